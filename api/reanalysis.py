"""The study analysed again with the register as it stands, from the network that its result holds."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

from api.desk import MADE_FROM, tier_names
from api.register.sheets import export_bytes
from api.register.store import Register
from geo.params import Source
from geo.progress import Progress, silent
from geo.register_run import run_with_register
from geo.store import read_result, write_result


def reanalysis(folder: Path, register: Register, progress: Progress = silent) -> int:
    """Run the study of a result folder with the stations of a register, and put the new result in its place.

    Returns
    -------
    int
        Revision of the register that the new result was made from.

    Raises
    ------
    InputError
        When the register cannot be used, such as when it holds no station.
    OutputError
        When the result cannot be written; the old one is still whole.
    """
    from maps.briefing import build_map
    from maps.workbook import workbook_bytes

    result = read_result(folder)
    revision, entries = register.state()
    with tempfile.TemporaryDirectory(prefix="servicecircle-") as room:
        path = Path(room) / "register.xlsx"
        path.write_bytes(export_bytes([one.row for one in entries], tier_names(result)))
        crs = "local" if result.params.crs == "local" else None
        run = run_with_register(result, Source("stations", path=path, crs=crs), progress)
    made = {"id": register.identity(), "revision": revision}
    run = replace(run, manifest={**run.manifest, MADE_FROM: made})
    files: dict[str, str | bytes] = {"map.html": build_map(run), "tables.xlsx": workbook_bytes(run)}
    write_result(run, folder, files)
    return revision

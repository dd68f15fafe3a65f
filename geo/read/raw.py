"""One file as it stands: their columns, raw geometry, the place of every row, and its hash."""

from __future__ import annotations

import functools
import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.errors import Fault, InputError, fault
from geo.tables import nearest_name

_SHAPEFILE_PARTS = (".shp", ".dbf", ".shx", ".prj", ".cpg")
_MAPINFO_PARTS = {".tab": (".tab", ".dat", ".map", ".id", ".ind"), ".mif": (".mif", ".mid")}


@dataclass(frozen=True)
class RawTable:
    """Rows of a file before anything is made of them.

    Attributes
    ----------
    frame
        Their columns under their names, without geometry; index 0…n-1.
    geometry
        Shapes as the file holds them (two dimensions), None for a table.
    sheet, row
        Where each row stands: sheet or layer, and the number a person sees (Excel's row; 1 for the first feature).
    file
        Name for messages.
    format
        ``geojson``, ``shapefile``, ``csv``, ``excel``, ``osm`` …
    crs
        What the file says about its coordinates.
    sha256
        Of all that was read; `table_sha256` of the file alone, where rows were corrected by another.
    """

    frame: pd.DataFrame
    geometry: npt.NDArray[np.object_] | None
    sheet: npt.NDArray[np.object_]
    row: npt.NDArray[np.int64]
    file: str
    format: str
    crs: str | None = None
    sha256: str = ""
    faults: tuple[Fault, ...] = ()
    table_sha256: str = ""

    @property
    def state(self) -> str:
        """Hash of the file that `row` counts in, whatever was read besides."""
        return self.table_sha256 or self.sha256

    def __len__(self) -> int:
        return len(self.frame)


def require_file(path: Path, section: str) -> None:
    """Check that `path` is there.

    Raises
    ------
    InputError
        Naming the file and the nearest name in its folder.
    """
    if path.exists():
        return
    folder = path.parent
    present = sorted(entry.name for entry in folder.iterdir()) if folder.is_dir() else []
    raise InputError(
        fault(
            "file_missing",
            section=section,
            file=path.name,
            folder=str(folder),
            nearest=nearest_name(path.name, present) or "—",
        )
    )


def digest(path: Path) -> str:
    """Hash a file's bytes (SHA-256); all files of a Shapefile, MapInfo table or geodatabase together."""
    hashes = [(part.name.lower(), _hash(part)) for part in _parts(path)]
    if len(hashes) == 1:
        return hashes[0][1]
    listing = "".join(f"{name} {value}\n" for name, value in hashes)
    return hashlib.sha256(listing.encode("utf-8")).hexdigest()


def _hash(path: Path) -> str:
    state = path.stat()
    return _hash_once(path, state.st_mtime_ns, state.st_size)


@functools.lru_cache(maxsize=256)
def _hash_once(path: Path, _changed: int, _size: int) -> str:
    """Hash a file once however many inputs come from it."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _parts(path: Path) -> list[Path]:
    if path.is_dir():
        # lock files come and go while a geodatabase is merely looked at
        return sorted(p for p in path.rglob("*") if p.is_file() and p.suffix != ".lock")
    suffix = path.suffix.lower()
    wanted = _SHAPEFILE_PARTS if suffix == ".shp" else _MAPINFO_PARTS.get(suffix)
    if wanted is None:
        return [path]
    same_stem = [p for p in path.parent.iterdir() if p.stem == path.stem]
    return sorted(p for p in same_stem if p.suffix.lower() in wanted)

"""The ledger (台账) beside a result: found, brought up to it, put back; what became of it is said."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from geo.errors import Fault, fault
from geo.messages import say

if TYPE_CHECKING:
    from geo.ledger import Ledger
    from geo.result import StudyResult


@dataclass(frozen=True)
class KeptLedger:
    """The ledger of a result, and the lines that say what was done with it."""

    ledger: Ledger
    lines: tuple[str, ...]


def kept_ledger(result: StudyResult, folder: Path, chosen: Path | None) -> KeptLedger:
    """Bring the ledger up to a result and write it back.

    A scenario and a result older than the ledger quote it and change nothing. Without a file of that name one is
    begun; a list in ``台账.csv`` is taken over.

    Raises
    ------
    InputError
        When the file cannot be read as a ledger.
    """
    from geo.ledger import BLIND, GAP, brought_up_to, empty_ledger
    from geo.ledger_read import TEXT_NAME, read_ledger
    from maps.ledger_book import ledger_bytes, save_ledger

    path, remarks = (chosen, ()) if chosen is not None else ledger_place(result, folder)
    text = path.with_name(TEXT_NAME)
    source = path if path.is_file() else text if chosen is None and text.is_file() else None
    old = read_ledger(source) if source is not None else empty_ledger()
    said = [one.text() for one in remarks]
    if "scenario_of" in result.manifest:
        quoted = replace(old, faults=(*old.faults, fault("ledger_scenario", "info")))
        return KeptLedger(quoted, (*said, *(one.text() for one in quoted.faults)))
    ledger = brought_up_to(old, result)
    lines = [*said, *(one.text() for one in ledger.faults)]
    if old.as_of is not None and result.params.as_of < old.as_of:
        return KeptLedger(ledger, tuple(lines))
    target = path.with_suffix(".xlsx")
    late = len(ledger.overdue(result.params.as_of))
    counts = {"blind": len(ledger.of_kind(BLIND)), "gaps": len(ledger.of_kind(GAP))}
    try:
        save_ledger(target, ledger_bytes(ledger, result, source))
        counts |= {"closed": len(ledger.closed), "late": late}
        lines.append(say("ledger_written", {"path": target, **counts}))
    except OSError as error:
        lines.append(say("ledger_in_use", {"file": target, "why": error.strerror or str(error)}))
    return KeptLedger(ledger, tuple(lines))


def ledger_place(result: StudyResult, folder: Path) -> tuple[Path, tuple[Fault, ...]]:
    """Return where the ledger of a result stands, and what is worth knowing of it.

    It stands beside the result folder: there it outlives a rerun, moves with the result and is shared by the results of
    several periods. The study may be another's, on another machine or part of a checkout, so nothing is ever written
    there unless the result stands there. A ledger of other buildings, left beside by another study, is let alone.
    """
    from geo.ledger_read import LEDGER_NAME

    beside = folder.resolve().parent
    path = beside / LEDGER_NAME
    remarks: list[Fault] = []
    if path.is_file() and _of_others(path, result):
        own = beside / f"{path.stem}（{_file_name(result.params.name)}）{path.suffix}"
        remarks.append(fault("ledger_of_others", "info", file=path.name, own=own.name))
        path = own
    elsewhere = result.params.folder / LEDGER_NAME
    if elsewhere.parent.resolve() != beside and elsewhere.is_file() and not path.is_file():
        remarks.append(fault("ledger_elsewhere", "info", file=elsewhere))
    return path, tuple(remarks)


def _of_others(path: Path, result: StudyResult) -> bool:
    """Tell whether a ledger knows buildings, and none of this result."""
    from geo.ledger_read import read_ledger

    known = read_ledger(path).members["building_id"]
    return len(known) > 0 and not known.isin(result.buildings["building_id"].astype(str)).any()


def _file_name(name: str) -> str:
    """Return a name without what no file name may hold."""
    kept = "".join("_" if one in '<>:"/\\|?*' or ord(one) < 32 else one for one in name)
    return kept.strip(" .")[:60]

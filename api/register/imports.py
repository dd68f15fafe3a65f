"""A file taken into the register: first what it would change, then, if that is what was meant, the change."""

from __future__ import annotations

import hashlib
import tempfile
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import sqlalchemy as sa
from sqlalchemy.orm import Session

from api.register.errors import ConflictError
from api.register.models import Change, Station
from api.register.rows import differences, folded
from api.register.store import (
    ADD,
    CHANGE,
    DELETE,
    RESTORE,
    Entry,
    Register,
    Words,
    entries_in,
    written,
)
from geo.errors import InputError, fault
from geo.names import fold
from geo.params import Source
from geo.register_rows import RegisterRows, Row, rows_of_file, with_ids

Missing = Literal["keep", "delete"]
_WORKBOOK, _OLD_WORKBOOK = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"


@dataclass(frozen=True)
class Planned:
    """One station that an import would touch.

    Attributes
    ----------
    action
        ``add``, ``change``, ``restore`` or ``delete``.
    changes
        Column -> [old, new].
    """

    station_id: str
    name: str
    action: str
    row: Row
    changes: Mapping[str, list[object]]


@dataclass(frozen=True)
class Preview:
    """What an import would do.

    Attributes
    ----------
    token
        Confirms exactly this: the file, how it is taken, and the register as it stands.
    missing
        Stations of the register that the file does not name.
    rejects
        Rows and values that cannot be taken, with sheet, row and reason.
    """

    token: str
    plans: tuple[Planned, ...]
    unchanged_count: int
    missing: tuple[Entry, ...]
    read: RegisterRows

    def counts(self) -> dict[str, int]:
        """Count what would happen."""
        found = Counter(one.action for one in self.plans)
        return {
            "rows_count": self.read.count,
            "add_count": found[ADD],
            "change_count": found[CHANGE] + found[RESTORE],
            "delete_count": found[DELETE],
            "unchanged_count": self.unchanged_count,
            "missing_count": len(self.missing),
            "rejects_count": len(self.read.rejects),
        }


def preview(
    register: Register, content: bytes, words: Words, crs: str | None, missing: Missing
) -> Preview:
    """Tell what the file would change; nothing is written.

    Raises
    ------
    InputError
        When the file as a whole cannot be used.
    """
    read = _read(content, words, crs)
    with register.database.reading() as session:
        return _planned(session, read, _token_seed(content, crs, missing), missing)


def take(
    register: Register,
    content: bytes,
    words: Words,
    crs: str | None,
    missing: Missing,
    *,
    token: str,
    who: str,
) -> Preview:
    """Write what the preview with `token` told; all of it, or nothing.

    Raises
    ------
    ConflictError
        When the file, or the register, is another than the preview's.
    InputError
        When the file as a whole cannot be used.
    """
    read = _read(content, words, crs)
    with register.database.writing() as session:
        if session.get_bind().dialect.name != "sqlite":
            session.execute(sa.text("LOCK TABLE stations IN SHARE ROW EXCLUSIVE MODE"))
        plan = _planned(session, read, _token_seed(content, crs, missing), missing)
        if plan.token != token:
            raise ConflictError(fault("register_import_token"))
        for one in plan.plans:
            station = None if one.action == ADD else session.get(Station, one.station_id)
            written(session, station, one.row, one.action, who)
        return plan


def _token_seed(content: bytes, crs: str | None, missing: str) -> str:
    return f"{hashlib.sha256(content).hexdigest()}|{crs or ''}|{missing}"


def _read(content: bytes, words: Words, crs: str | None) -> RegisterRows:
    if not content:
        raise InputError(fault("register_import_empty"))
    suffix = ".csv"
    if content.startswith(_WORKBOOK):
        suffix = ".xlsx"
    elif content.startswith(_OLD_WORKBOOK):
        suffix = ".xls"
    with tempfile.TemporaryDirectory(prefix="servicecircle-") as folder:
        path = Path(folder) / f"register{suffix}"
        path.write_bytes(content)
        source = Source("stations", path=path, crs=words.crs or crs)
        return rows_of_file(source, words.tiers, words.checks)


def _planned(session: Session, read: RegisterRows, seed: str, missing: Missing) -> Preview:
    there = entries_in(session, deleted=True)
    by_id = {one.station_id: one for one in there}
    known = _by_place(there)
    plans: list[Planned] = []
    new: list[Row] = []
    seen: set[str] = set()
    unchanged = 0
    for row, lost in zip(read.rows, read.lost, strict=True):
        entry = _meant(row, by_id, known)
        if entry is None or entry.station_id in seen:
            new.append(row)
            continue
        seen.add(entry.station_id)
        said = {n: row[n] for n in read.columns if n not in lost and n != "station_id"}
        plan = _change(entry, said)
        unchanged += plan is None
        plans += [plan] if plan is not None else []
    for row in with_ids(new, list(by_id)):
        whole = folded(row)
        plans.append(
            Planned(str(row["station_id"]), str(row["name"]), ADD, whole, differences({}, whole))
        )
    # a row that was set aside still names its station
    named = (_meant(row, by_id, known) for row in read.set_aside)
    seen |= {one.station_id for one in named if one is not None}
    absent = [one for one in there if not one.deleted and one.station_id not in seen]
    if missing == "delete":
        plans += [Planned(one.station_id, str(one.row["name"]), DELETE, {}, {}) for one in absent]
    revision = session.scalar(sa.select(sa.func.max(Change.revision))) or 0
    token = hashlib.sha256(f"{seed}|{revision}".encode()).hexdigest()[:32]
    return Preview(token, tuple(plans), unchanged, tuple(absent), read)


def _meant(
    row: Mapping[str, object], by_id: Mapping[str, Entry], known: Mapping[tuple[str, str], Entry]
) -> Entry | None:
    """Find the station that a row is about: by its id, or where it has none by sub-district and name."""
    station_id = row["station_id"]
    return known.get(_place(row)) if station_id is None else by_id.get(str(station_id))


def _change(entry: Entry, said: Mapping[str, object]) -> Planned | None:
    own = folded(said)
    if own["checks"] is None:
        del own["checks"]
    elif isinstance(entry.row["checks"], dict):
        own["checks"] = {**entry.row["checks"], **own["checks"]}  # type: ignore[dict-item]
    if {"lon", "lat"} & own.keys() and own.get("lon") is None:
        # a file without coordinates takes none away: those of the register may have been found since
        for name in ("lon", "lat", "coordinate_source"):
            own.pop(name, None)
    changes = differences(entry.row, own)
    if not changes and not entry.deleted:
        return None
    action = RESTORE if entry.deleted else CHANGE
    return Planned(entry.station_id, str(own.get("name", entry.row["name"])), action, own, changes)


def _by_place(entries: list[Entry]) -> dict[tuple[str, str], Entry]:
    """Index stations by sub-district and name, where these tell one from all others."""
    found: dict[tuple[str, str], list[Entry]] = {}
    for one in entries:
        if not one.deleted:
            found.setdefault(_place(one.row), []).append(one)
    return {place: group[0] for place, group in found.items() if len(group) == 1}


def _place(row: Mapping[str, object]) -> tuple[str, str]:
    return fold(str(row.get("subdistrict_name") or "")), fold(str(row.get("name") or ""))

"""The register: read, changed one station at a time, every change with who, when, old and new."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from api.register.database import Database
from api.register.errors import ConflictError, NoVersionError, StaleVersionError
from api.register.models import Change, Note, Station
from api.register.rows import differences, fill, folded, plain_row, unfolded
from geo.errors import InputError, NotFoundError, fault
from geo.register_rows import FIELDS, Row, label, rows_of_values, with_ids

ADD, CHANGE, DELETE, RESTORE = "add", "change", "delete", "restore"
_ID, _FIRST = "register_id", "first_revision"


@dataclass(frozen=True)
class Entry:
    """One station with its version."""

    row: Row
    version: int
    deleted: bool

    @property
    def station_id(self) -> str:
        """Its id."""
        return str(self.row["station_id"])


@dataclass(frozen=True)
class Words:
    """What the register of a study may say.

    Attributes
    ----------
    tiers
        Words of the city -> tier; empty for the usual three.
    checks
        Labels of the city's checklist.
    crs
        ``local`` where the study is, else None: every station states its 坐标来源.
    """

    tiers: Mapping[str, str] | None = None
    checks: Sequence[str] = ()
    crs: str | None = None


class Register:
    """The stations of a district, kept in a database.

    Parameters
    ----------
    database
        Migrated already.
    """

    def __init__(self, database: Database) -> None:
        self.database = database

    def identity(self) -> str:
        """Return the id of this register; made once, so that a result knows which register it was made from."""
        with self.database.reading() as session:
            found = session.get(Note, _ID)
        if found is not None:
            return found.value
        with self.database.writing() as session:
            found = session.get(Note, _ID)
            if found is None:
                found = Note(name=_ID, value=secrets.token_hex(8))
                session.add(found)
            return found.value

    def revision(self) -> int:
        """Return the number of the last change; 0 for none yet."""
        with self.database.reading() as session:
            return _revision(session)

    def first_revision(self) -> int:
        """Return the revision up to which the register came from the study itself."""
        with self.database.reading() as session:
            found = session.get(Note, _FIRST)
            return int(found.value) if found is not None else 0

    def entries(self, *, deleted: bool = False) -> list[Entry]:
        """Return all stations by id; the deleted ones too when asked."""
        with self.database.reading() as session:
            return entries_in(session, deleted=deleted)

    def state(self, *, deleted: bool = False) -> tuple[int, list[Entry]]:
        """Return the revision and the stations of one moment; the deleted ones too when asked."""
        with self.database.reading() as session:
            return _revision(session), entries_in(session, deleted=deleted)

    def entry(self, station_id: str) -> Entry:
        """Return one station, deleted or not.

        Raises
        ------
        NotFoundError
            When there is none.
        """
        with self.database.reading() as session:
            return _entry(_station(session, station_id))

    def history(self, station_id: str | None = None, since: int = 0) -> list[dict[str, object]]:
        """Return the changes of one station, or of all, after revision `since`, the oldest first.

        Raises
        ------
        NotFoundError
            When there is no such station.
        """
        asked = sa.select(Change).where(Change.revision > since).order_by(Change.revision)
        with self.database.reading() as session:
            if station_id is not None:
                _station(session, station_id)
                asked = asked.where(Change.station_id == station_id)
            return [_told(one) for one in session.scalars(asked.limit(10_000))]

    def changed_since(self, revision: int) -> tuple[str, ...]:
        """Return the ids of the stations changed after a revision."""
        asked = sa.select(Change.station_id).where(Change.revision > revision).distinct()
        with self.database.reading() as session:
            return tuple(session.scalars(asked.order_by(Change.station_id)))

    def add(self, values: Mapping[str, object], who: str, words: Words) -> Entry:
        """Enter a station; without an id it is numbered.

        Raises
        ------
        InputError
            When a value is wrong.
        ConflictError
            When its id is taken, perhaps by a deleted station.
        """
        row = checked(values, words)
        with self.database.writing() as session:
            if row.get("station_id") is None:
                row = with_ids([row], session.scalars(sa.select(Station.station_id)).all())[0]
            if session.get(Station, str(row["station_id"])) is not None:
                raise ConflictError(fault("register_id_taken", id=row["station_id"]))
            return _entry(written(session, None, row, ADD, who))

    def change(
        self,
        station_id: str,
        values: Mapping[str, object],
        version: int | None,
        who: str,
        words: Words,
    ) -> Entry:
        """Change some columns of a station; what changes nothing is no change.

        Raises
        ------
        InputError
            When a value is wrong, or the id is to be another.
        NotFoundError, ConflictError
            When there is no such station, or it is deleted.
        NoVersionError, StaleVersionError
            When `version` is missing, or no longer the present one.
        """
        if values.get("station_id", station_id) != station_id:
            raise InputError(fault("register_id_stays", id=station_id))
        with self.database.writing() as session:
            station = _station(session, station_id, hold=True)
            _require_version(station, version)
            if station.deleted_at is not None:
                raise ConflictError(fault("register_deleted", id=station_id))
            now = plain_row(station)
            row = checked({**unfolded(now), **unfolded(values)}, words)
            if not differences(now, row):
                return _entry(station)
            return _entry(written(session, station, row, CHANGE, who))

    def delete(self, station_id: str, version: int | None, who: str) -> Entry:
        """Take a station out of the register; it can be restored.

        Raises
        ------
        NotFoundError, NoVersionError, StaleVersionError
            As `change`.
        """
        return self._put(station_id, version, who, DELETE)

    def restore(self, station_id: str, version: int | None, who: str) -> Entry:
        """Take a deleted station back.

        Raises
        ------
        NotFoundError, NoVersionError, StaleVersionError
            As `change`.
        """
        return self._put(station_id, version, who, RESTORE)

    def seed(self, rows: Sequence[Row], who: str) -> int:
        """Fill a register that never held anything; return how many stations it took."""
        with self.database.writing() as session:
            if _revision(session) or session.get(Note, _FIRST) is not None:
                return 0
            for row in with_ids(rows, []):
                written(session, None, folded(row), ADD, who)
            session.flush()
            session.add(Note(name=_FIRST, value=str(_revision(session))))
            return len(rows)

    def _put(self, station_id: str, version: int | None, who: str, action: str) -> Entry:
        with self.database.writing() as session:
            station = _station(session, station_id, hold=True)
            _require_version(station, version)
            if (station.deleted_at is not None) == (action == DELETE):
                return _entry(station)
            return _entry(written(session, station, {}, action, who))


def entries_in(session: Session, *, deleted: bool = False) -> list[Entry]:
    """Return the stations that a session sees, by id."""
    asked = sa.select(Station).order_by(Station.station_id)
    if not deleted:
        asked = asked.where(Station.deleted_at.is_(None))
    return [_entry(one) for one in session.scalars(asked)]


def written(
    session: Session, station: Station | None, row: Mapping[str, object], action: str, who: str
) -> Station:
    """Write one change and its history; both stand or fall with the transaction of the session."""
    at = datetime.now(UTC)
    old: Row = plain_row(station) if station is not None else {}
    if station is None:
        station = Station(version=0)
    changes = differences(old, row)
    fill(station, row)
    station.version += 1
    if action in (DELETE, RESTORE):
        station.deleted_at = at if action == DELETE else None
    session.add(station)
    session.flush()
    session.add(
        Change(
            station_id=station.station_id,
            version=station.version,
            action=action,
            who=who,
            at=at,
            changes=changes or None,
        )
    )
    return station


def checked(values: Mapping[str, object], words: Words) -> Row:
    """Check one station as a register of a study is checked.

    Raises
    ------
    InputError
        With the sentences that a file with this row would get.
    """
    read = rows_of_values([values], words.tiers, words.checks, words.crs)
    if len(read.rejects):
        told = read.rejects.to_dict("records")
        names = {label(name): name for name in FIELDS}
        raise InputError(
            *(
                fault(
                    "register_value",
                    field=names.get(one["column"], one["column"]),
                    reason=str(one["reason"]),
                )
                for one in told
            )
        )
    return folded(read.rows[0])


def _revision(session: Session) -> int:
    return session.scalar(sa.select(sa.func.max(Change.revision))) or 0


def _station(session: Session, station_id: str, *, hold: bool = False) -> Station:
    # on PostgreSQL the row is held until the change is written; SQLite lets one writer in at a time anyway
    found = session.get(Station, station_id, with_for_update=True if hold else None)
    if found is None:
        raise NotFoundError(fault("register_no_station", id=station_id))
    return found


def _require_version(station: Station, version: int | None) -> None:
    if version is None:
        raise NoVersionError(fault("register_no_version"))
    if version != station.version:
        raise StaleVersionError(fault("register_stale_version", given=version, now=station.version))


def _entry(station: Station) -> Entry:
    return Entry(plain_row(station), station.version, station.deleted_at is not None)


def _told(change: Change) -> dict[str, object]:
    at = change.at if change.at.tzinfo is not None else change.at.replace(tzinfo=UTC)
    return {
        "revision": change.revision,
        "station_id": change.station_id,
        "version": change.version,
        "action": change.action,
        "who": change.who,
        "at": at.isoformat(timespec="milliseconds"),
        "changes": change.changes or {},
    }

"""The register as the service has it: opened when first asked for, filled from the study; whether figures are old."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Annotated

from fastapi import Depends, Request

from api.keys import Keys
from api.register.database import Database
from api.register.errors import NoRegisterError
from api.register.store import Register, Words
from api.served import Served
from geo.errors import ServiceCircleError, fault
from geo.params import DEFAULT_TIERS
from geo.profiles import profile_of
from geo.register_rows import rows_of_stations
from geo.result import StudyResult

MADE_FROM = "register"  # key of the manifest: which register, which revision


@dataclass(frozen=True)
class Staleness:
    """How far the register has gone since the result was made.

    Attributes
    ----------
    since
        Revision of the register that the result was made from.
    changed_stations
        Ids of the stations changed after that.
    """

    since: int
    changed_stations: tuple[str, ...]

    @property
    def is_stale(self) -> bool:
        """Whether the figures are those of an older register."""
        return bool(self.changed_stations)


class Desk:
    """Hands out the register; a database that is away when the service starts may come later.

    Parameters
    ----------
    where
        See `ServiceSettings.register`.
    home
        Result folder whose register it is; while another is served, it is not shown. None shows it always.
    """

    def __init__(self, where: str, home: Path | None = None) -> None:
        self._home = home
        self._database = Database(where) if where else None
        self._register: Register | None = None
        self._lock = Lock()
        self.keys = Keys(self._database) if self._database is not None else None

    @property
    def present(self) -> bool:
        """Whether the service has a register."""
        return self._database is not None

    def register(self, served: Served) -> Register:
        """Return the register; one that never held anything takes the stations of the study.

        Raises
        ------
        NoRegisterError
            When the service has none.
        UnavailableError
            When its database does not answer.
        """
        if self._home is not None and served.folder != self._home:
            raise NoRegisterError(fault("register_of_other"))
        with self._lock:
            if self._register is None:
                self.open()
                found = Register(self._opened())
                stations = served.result.inputs.get("stations")
                if stations is not None:
                    found.seed(rows_of_stations(stations), f"study:{served.result.params.name}")
                self._register = found
            return self._register

    def open(self) -> None:
        """Bring the tables up to date.

        Raises
        ------
        NoRegisterError, UnavailableError
            As `register`.
        """
        self._opened().migrate()

    def staleness(self, served: Served) -> Staleness | None:
        """Tell what changed since the result; None where there is no register, or it does not answer."""
        if not self.present:
            return None
        try:
            register = self.register(served)
            return staleness(register, served.result)
        except ServiceCircleError:
            return None

    def close(self) -> None:
        """Give all connections back."""
        if self._database is not None:
            self._database.close()

    def _opened(self) -> Database:
        if self._database is None:
            raise NoRegisterError(fault("register_off"))
        return self._database


def staleness(register: Register, result: StudyResult) -> Staleness:
    """Tell what changed in a register since a result was made; a result that names no register is of its beginning."""
    made = result.manifest.get(MADE_FROM)
    since = register.first_revision()
    if isinstance(made, Mapping) and made.get("id") == register.identity():
        since = int(str(made.get("revision", since)))
    return Staleness(since, register.changed_since(since))


def words_of(result: StudyResult) -> Words:
    """Return what the register of a study may say: tiers and checklist of its city."""
    profile = profile_of(result.params.city, result.params.folder)
    local = result.params.crs == "local"
    return Words(profile.words(), profile.checks, "local" if local else None)


def tier_names(result: StudyResult) -> dict[str, str]:
    """Return the words of the city's own tiers, as its register writes them."""
    profile = profile_of(result.params.city, result.params.folder)
    own = (one for one in profile.tiers if one.id not in DEFAULT_TIERS)
    return {one.id: next(iter(one.words), one.name) for one in own}


def _desk(request: Request) -> Desk:
    found: Desk = request.app.state.desk
    return found


DeskDep = Annotated[Desk, Depends(_desk)]

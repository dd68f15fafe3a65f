"""Saved scenarios (设想方案): named, changed by version, kept in the work database."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from api.jobs.answers import moment
from api.jobs.models import ScenarioRow
from api.jobs.workspace import Workspace
from api.problems import TooMuchError
from api.register.errors import NoVersionError, StaleVersionError
from api.toml_text import toml_text
from geo.errors import InputError, NotFoundError, fault
from geo.scenario_file import Scenario, parse_scenario, scenario_to_plain

LONGEST_NAME = 100


@dataclass(frozen=True)
class Saved:
    """One scenario as it is kept."""

    scenario_id: str
    name: str
    version: int
    who: str
    made_at: datetime
    changed_at: datetime
    plan: Mapping[str, Any]

    @property
    def scenario(self) -> Scenario:
        """What it changes."""
        return parse_scenario(self.plan)

    @property
    def text(self) -> str:
        """The scenario as ``scenario.toml``."""
        return toml_text(self.plan)

    def content(self) -> dict[str, object]:
        """Return it as an answer."""
        return {
            "id": self.scenario_id,
            "name": self.name,
            "version": self.version,
            "who": self.who,
            "made_at": moment(self.made_at),
            "changed_at": moment(self.changed_at),
            "stations_count": len(self.plan.get("station", ())),
            "links_count": len(self.plan.get("link", ())),
            "scenario": dict(self.plan),
        }


class Scenarios:
    """The scenarios of one service."""

    def __init__(self, workspace: Workspace, most: int) -> None:
        self._workspace, self._most = workspace, most

    def all(self) -> list[Saved]:
        """Return all of them, the last changed first."""
        if not self._workspace.present:
            return []
        with self._workspace.database.reading() as session:
            rows = session.scalars(
                sa.select(ScenarioRow).order_by(
                    ScenarioRow.changed_at.desc(), ScenarioRow.scenario_id
                )
            )
            return [_saved(one) for one in rows]

    def get(self, scenario_id: str) -> Saved:
        """Return one.

        Raises
        ------
        NotFoundError
            When there is none of this id.
        """
        if not self._workspace.present:
            raise _unknown(scenario_id)
        with self._workspace.database.reading() as session:
            return _saved(_row(session, scenario_id))

    def add(self, plan: Mapping[str, object], who: str) -> Saved:
        """Save a new one.

        Raises
        ------
        InputError
            With every fault of the plan; when it has no name.
        TooMuchError
            When there are as many as may be.
        """
        kept, now = _checked(plan), datetime.now(UTC)
        with self._workspace.database.writing() as session:
            count = session.scalar(sa.select(sa.func.count()).select_from(ScenarioRow)) or 0
            if count >= self._most:
                raise TooMuchError(fault("saved_too_many", most=self._most))
            row = ScenarioRow(
                scenario_id=secrets.token_hex(8), name=kept["name"], plan=kept, version=1, who=who,
                made_at=now, changed_at=now,
            )  # fmt: skip
            session.add(row)
            session.flush()
            return _saved(row)

    def change(
        self, scenario_id: str, plan: Mapping[str, object], version: int | None, who: str
    ) -> Saved:
        """Put another plan in the place of one.

        Raises
        ------
        InputError
            As `add`.
        NotFoundError, NoVersionError, StaleVersionError
            When it is gone, no version was said, or somebody was faster.
        """
        kept = _checked(plan)
        with self._workspace.database.writing() as session:
            row = _row(session, scenario_id)
            require_version(row.version, version)
            row.plan, row.name, row.who = kept, kept["name"], who
            row.version, row.changed_at = row.version + 1, datetime.now(UTC)
            session.flush()
            return _saved(row)

    def delete(self, scenario_id: str, version: int | None) -> None:
        """Delete one for good.

        Raises
        ------
        NotFoundError, NoVersionError, StaleVersionError
            As `change`.
        """
        with self._workspace.database.writing() as session:
            row = _row(session, scenario_id)
            require_version(row.version, version)
            session.delete(row)


def require_version(now: int, given: int | None) -> None:
    """Refuse a change of what the caller has not seen.

    Raises
    ------
    NoVersionError
        When no version was said.
    StaleVersionError
        When it is another by now.
    """
    if given is None:
        raise NoVersionError(fault("register_no_version"))
    if given != now:
        raise StaleVersionError(fault("saved_stale", now=now, given=given))


def _checked(plan: Mapping[str, object]) -> dict[str, Any]:
    scenario = parse_scenario(plan)
    if not 0 < len(scenario.name) <= LONGEST_NAME:
        raise InputError(fault("saved_no_name", most=LONGEST_NAME))
    return scenario_to_plain(scenario)


def _row(session: Session, scenario_id: str) -> ScenarioRow:
    found = session.get(ScenarioRow, scenario_id)
    if found is None:
        raise _unknown(scenario_id)
    return found


def _unknown(scenario_id: str) -> NotFoundError:
    return NotFoundError(fault("saved_unknown", id=scenario_id[:64]))


def _saved(row: ScenarioRow) -> Saved:
    return Saved(
        row.scenario_id, row.name, row.version, row.who, row.made_at, row.changed_at, row.plan
    )

"""Studies begun through the service: their folders, what a check said of them, what an analysis made of them."""

from __future__ import annotations

import json
import secrets
import shutil
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from api.jobs.models import StudyRow
from api.jobs.workspace import Workspace
from api.problems import TooMuchError
from api.scenarios import require_version
from api.study_rejects import Aside, corrected, read_aside
from geo.errors import NotFoundError, fault
from geo.messages import say
from geo.params import StudyParams
from geo.quality_files import REPORT
from geo.study_file import parse_study

MANIFEST = "manifest.json"
_FILE = "study.toml"
_STEM = "corrections"


@dataclass(frozen=True)
class StudyPlace:
    """Where the parts of one study lie.

    Attributes
    ----------
    room
        The service's own folder for it.
    base
        Where its input files lie.
    """

    room: Path
    base: Path

    @property
    def is_outside(self) -> bool:
        """Whether it was started from a folder of this machine, beside whose files its outputs go."""
        return not self.base.is_relative_to(self.room)

    @property
    def check(self) -> Path:
        """Folder of the quality report."""
        return (self.base if self.is_outside else self.room) / "check"

    @property
    def result(self) -> Path:
        """Result folder."""
        return (
            self.base / say("study_result_folder", lang="zh")
            if self.is_outside
            else self.room / "result"
        )

    def corrections(self, section: str) -> Path:
        """Return the workbook of corrected rows of a table."""
        return self.room / f"{_STEM}_{section}.xlsx"

    def params(self) -> StudyParams:
        """Read the study with its corrections.

        Raises
        ------
        StudyFileError
            When an input file has gone.
        """
        table = tomllib.loads((self.room / _FILE).read_text(encoding="utf-8"))
        for section, source in table.items():
            path = self.corrections(section)
            if isinstance(source, dict) and path.is_file():
                given = source.get("corrected", [])
                source["corrected"] = [*([given] if isinstance(given, str) else given), str(path)]
        return parse_study(table, self.base)

    def quality(self) -> dict[str, Any] | None:
        """Return the quality report, None before the first check has ended."""
        path = self.check / REPORT
        if not path.is_file():
            return None
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return found

    def aside(self, section: str) -> Aside | None:
        """Return the rows of a table that the last check set aside; None for none that can be corrected."""
        quality = self.quality() or {}
        name = next((one for one in quality.get("files", {}) if _is_of(one, section)), "")
        return read_aside(self.check / Path(name).name) if name else None

    def all_aside(self) -> list[dict[str, object]]:
        """Return all rows that can be corrected."""
        quality = self.quality() or {}
        sections = sorted({_section(one) for one in quality.get("files", {})} - {""})
        out: list[dict[str, object]] = []
        for section in sections:
            found = self.aside(section)
            out += found.content(section) if found is not None else []
        return out

    def require_correctable(self, section: str, changes: Sequence[Mapping[str, Any]]) -> None:
        """Refuse corrections that `correct` would.

        Raises
        ------
        NotFoundError, InputError
            See `api.study_rejects.corrected`.
        """
        corrected(self.aside(section), None, changes)

    def correct(self, section: str, changes: Sequence[Mapping[str, Any]]) -> None:
        """Write corrected rows where the study reads them.

        Raises
        ------
        NotFoundError, InputError
            See `api.study_rejects.corrected`.
        """
        path = self.corrections(section)
        content = corrected(self.aside(section), read_aside(path), changes)
        fresh = path.with_name(f".{path.name}.partial")
        fresh.write_bytes(content)
        fresh.replace(path)

    def files(self) -> list[str]:
        """Return the names of the finished products."""
        path = self.result / MANIFEST
        if not path.is_file():
            return []
        names = json.loads(path.read_text(encoding="utf-8")).get("files", {})
        return sorted(one for one in names if "/" not in one and (self.result / one).is_file())

    def file(self, name: str) -> Path:
        """Return the place of a finished product.

        Raises
        ------
        NotFoundError
            When there is none of this name.
        """
        names = self.files()
        if name not in names:
            there = "、".join(names) or "—"
            raise NotFoundError(fault("work_no_file", name=name[:100], names=there))
        return self.result / name


class Studies:
    """The studies of one service."""

    def __init__(self, workspace: Workspace, most: int) -> None:
        self._workspace, self._most = workspace, most

    def all(self) -> list[StudyRow]:
        """Return all of them, the newest first."""
        if not self._workspace.present:
            return []
        with self._workspace.database.reading() as session:
            newest = sa.select(StudyRow).order_by(StudyRow.made_at.desc(), StudyRow.study_id)
            rows = list(session.scalars(newest))
            session.expunge_all()
            return rows

    def get(self, study_id: str) -> StudyRow:
        """Return one.

        Raises
        ------
        NotFoundError
            When there is none of this id.
        """
        if self._workspace.present:
            with self._workspace.database.reading() as session:
                found = session.get(StudyRow, study_id)
                if found is not None:
                    session.expunge(found)
                    return found
        raise NotFoundError(fault("study_unknown_id", id=study_id[:64]))

    def place(self, study: StudyRow) -> StudyPlace:
        """Return where its parts lie."""
        room = self._workspace.study_room(study.study_id)
        return StudyPlace(room, Path(study.base) if study.base else room / "inputs")

    def room(self) -> tuple[str, StudyPlace]:
        """Make the folder of a new study.

        Raises
        ------
        TooMuchError
            When there are as many as may be.
        """
        if len(self.all()) >= self._most:
            raise TooMuchError(fault("study_too_many", most=self._most))
        study_id = secrets.token_hex(8)
        room = self._workspace.study_room(study_id)
        (room / "inputs").mkdir(parents=True)
        return study_id, StudyPlace(room, room / "inputs")

    def add(self, study_id: str, place: StudyPlace, text: str, name: str, who: str) -> StudyRow:
        """Enter a study whose files are there."""
        (place.room / _FILE).write_text(text, encoding="utf-8", newline="\n")
        base = str(place.base) if place.is_outside else None
        with self._workspace.database.writing() as session:
            row = StudyRow(
                study_id=study_id, name=name, version=1, who=who, base=base,
                made_at=datetime.now(UTC),
            )  # fmt: skip
            session.add(row)
        return self.get(study_id)

    def touch(self, study_id: str, version: int | None) -> StudyRow:
        """Count a change of a study that the caller has seen.

        Raises
        ------
        NotFoundError, NoVersionError, StaleVersionError
            When it is gone, no version was said, or somebody was faster.
        """
        self.get(study_id)
        with self._workspace.database.writing() as session:
            row = session.get(StudyRow, study_id)
            if row is not None:
                require_version(row.version, version)
                row.version += 1
        return self.get(study_id)

    def delete(self, study_id: str) -> None:
        """Delete a study with its folder; what lies in a folder of this machine stays."""
        with self._workspace.database.writing() as session:
            session.execute(sa.delete(StudyRow).where(StudyRow.study_id == study_id))
        shutil.rmtree(self._workspace.study_room(study_id), ignore_errors=True)


def _section(name: str) -> str:
    stem = Path(name).stem
    return stem.removeprefix("rejects_").split("_")[0] if stem.startswith("rejects_") else ""


def _is_of(name: str, section: str) -> bool:
    return bool(section) and _section(name) == section

"""The folder where the service keeps jobs, scenarios and studies; nothing is made before it is needed."""

from __future__ import annotations

from pathlib import Path
from threading import Lock

from sqlalchemy.orm import Session

from api.jobs.models import NoteRow, WorkBase
from api.register.database import Database
from geo.errors import OutputError, fault

_DATABASE = "work.db"


class Workspace:
    """A database and the folders of jobs and studies.

    Parameters
    ----------
    folder
        Its place; made when something is written first.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._database: Database | None = None
        self._lock = Lock()

    @property
    def present(self) -> bool:
        """Whether anything was ever kept."""
        return (self.folder / _DATABASE).is_file()

    @property
    def database(self) -> Database:
        """Return the database with its tables, made when there is none.

        Raises
        ------
        OutputError
            When the folder cannot be made.
        UnavailableError
            When the database cannot be opened.
        """
        with self._lock:
            if self._database is None:
                try:
                    self.folder.mkdir(parents=True, exist_ok=True)
                except OSError as error:
                    why = error.strerror or str(error)
                    raise OutputError(
                        fault("work_no_folder", folder=self.folder, why=why)
                    ) from error
                opened = Database(str(self.folder / _DATABASE))
                with opened.writing() as session:
                    WorkBase.metadata.create_all(session.connection())
                self._database = opened
            return self._database

    def job_room(self, job_id: str) -> Path:
        """Return the folder of what a job makes."""
        return self.folder / "jobs" / job_id

    def study_room(self, study_id: str) -> Path:
        """Return the folder of a study."""
        return self.folder / "studies" / study_id

    def note(self, name: str) -> str:
        """Return what was noted under a name; empty for nothing."""
        if not self.present:
            return ""
        with self.database.reading() as session:
            found = session.get(NoteRow, name)
            return found.value if found is not None else ""

    def take_note(self, name: str, value: str) -> None:
        """Note something for the next start."""
        with self.database.writing() as session:
            _note(session, name, value)

    def close(self) -> None:
        """Give all connections back."""
        if self._database is not None:
            self._database.close()


def _note(session: Session, name: str, value: str) -> None:
    found = session.get(NoteRow, name)
    if found is None:
        session.add(NoteRow(name=name, value=value))
    else:
        found.value = value

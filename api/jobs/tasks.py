"""What each kind of job does, in the process of its own."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from geo.progress import Progress

Files = dict[str, bytes]


@dataclass(frozen=True)
class Task:
    """One job as its process knows it.

    Attributes
    ----------
    asked
        What was asked for, checked by the route.
    room
        Folder of the job; what it leaves in ``files`` may be fetched.
    folder, register
        Result in service and register of the service.
    """

    kind: str
    asked: Mapping[str, Any]
    room: Path
    folder: Path
    register: str

    @classmethod
    def of(cls, spoken: Mapping[str, Any]) -> Task:
        """Make a task from what the runner says."""
        return cls(
            kind=spoken["kind"],
            asked=spoken["asked"],
            room=Path(spoken["room"]),
            folder=Path(spoken["folder"]),
            register=spoken["register"],
        )

    @property
    def files(self) -> Path:
        """Folder of what may be fetched."""
        return self.room / "files"

    def write(self, files: Mapping[str, bytes]) -> None:
        """Leave files to be fetched."""
        self.files.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            (self.files / name).write_bytes(content)


def work(task: Task, progress: Progress) -> dict[str, Any]:
    """Do a task and return the short figures of its result.

    Raises
    ------
    ServiceCircleError
        As the command of the same name does.
    """
    # said before the imports, which take seconds; each imports what it needs: a check of a study needs no solver
    progress("stage_read", 0, 1)
    if task.kind == "sites":
        from api.jobs.sites_task import choose

        return choose(task, progress)
    if task.kind == "reanalysis":
        return _reanalyse(task, progress)
    if task.kind == "check":
        from api.jobs.study_tasks import check

        return check(task, progress)
    from api.jobs.study_tasks import analyse

    return analyse(task, progress)


def _reanalyse(task: Task, progress: Progress) -> dict[str, Any]:
    from api.reanalysis import reanalysis
    from api.register.database import Database
    from api.register.store import Register

    database = Database(task.register)
    try:
        database.migrate()
        return {"revision": reanalysis(task.folder, Register(database), progress)}
    finally:
        database.close()


def as_json(content: object) -> bytes:
    """Write plain values for a file to be fetched."""
    from geo.plain_json import plain

    return json.dumps(plain(content), ensure_ascii=False, allow_nan=False).encode("utf-8")

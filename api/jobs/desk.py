"""Jobs as the service has them: workspace, queue, runner and listeners put together."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

from fastapi import Depends, Request

from api.gate import NOBODY, WHO
from api.jobs.runner import Runner
from api.jobs.store import Asker, Jobs
from api.jobs.stream import Streams
from api.jobs.workspace import Workspace
from api.keys import ForbiddenError, Person
from api.served import MANIFEST
from api.settings import ServiceSettings
from api.state import Shelf
from geo.errors import NotFoundError, fault
from geo.messages import language

_SERVING = "serving"


class WorkDesk:
    """What routes need to have work done.

    Parameters
    ----------
    shelf
        Knows which result is served.

    Attributes
    ----------
    serving
        Id of the study whose result is served; None for the result that the service was started with.
    """

    def __init__(self, settings: ServiceSettings, shelf: Shelf) -> None:
        self.settings, self.shelf = settings, shelf
        self.serving: str | None = None
        self.workspace = Workspace(settings.workspace)
        self.jobs = Jobs(self.workspace, settings.limits)
        self.streams = Streams(settings.limits.streams)
        self.runner = Runner(
            self.jobs,
            settings.limits,
            lambda: {"folder": str(shelf.folder), "register": settings.register},
        )

    def start(self) -> None:
        """Go on with what an earlier service left undone, and serve what it served."""
        if not self.workspace.present:
            return
        noted = self.workspace.note(_SERVING)
        study_id, _, folder = noted.partition(" ")
        if noted and (Path(folder) / MANIFEST).is_file():
            self.serving, self.shelf.folder = study_id, Path(folder)
        self.runner.wake()

    async def serve(self, folder: Path, study_id: str | None) -> None:
        """Serve the result of another folder from now on; the one that is served stays until that is loaded.

        Raises
        ------
        NotFoundError
            When it cannot be loaded.
        """
        before = self.shelf.folder
        self.shelf.folder = folder
        await self.shelf.look()
        if not self.shelf.ready or self.shelf.served.folder != folder:
            self.shelf.folder = before
            raise NotFoundError(*self.shelf.faults)
        self.serving = study_id
        if study_id is not None or self.workspace.present:
            note = f"{study_id} {folder}" if study_id is not None else ""
            await asyncio.to_thread(self.workspace.take_note, _SERVING, note)

    def close(self) -> None:
        """End the running job and all streams."""
        self.streams.stop()
        self.runner.stop()
        self.workspace.close()

    @property
    def home(self) -> Path:
        """Folder of the result that the service was started with."""
        return self.settings.folder


def _work(request: Request) -> WorkDesk:
    found: WorkDesk = request.app.state.work
    return found


WorkDep = Annotated[WorkDesk, Depends(_work)]


def asker(request: Request) -> Asker:
    """Return who asks; somebody at this machine may have no name."""
    person: Person | None = request.scope.get(WHO)
    return Asker(person.name if person is not None else NOBODY, language())


def require_own(request: Request, owner: str) -> None:
    """Refuse whoever neither asked for a job nor may edit.

    Raises
    ------
    ForbiddenError
        When it is somebody else's.
    """
    person: Person | None = request.scope.get(WHO)
    name = person.name if person is not None else NOBODY
    if name != owner and not (person is not None and person.may("editor")):
        raise ForbiddenError(fault("job_not_yours"))


AskerDep = Annotated[Asker, Depends(asker)]

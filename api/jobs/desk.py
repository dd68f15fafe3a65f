"""Jobs as the service has them: workspace, queue, runner and listeners put together."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from fastapi import Depends, Request

from api.gate import NOBODY, WHO
from api.jobs.runner import Runner
from api.jobs.store import Asker, Jobs
from api.jobs.stream import Streams
from api.jobs.workspace import Workspace
from api.keys import ForbiddenError, Person
from api.settings import ServiceSettings
from api.state import Shelf
from geo.errors import fault
from geo.messages import language


class WorkDesk:
    """What routes need to have work done.

    Parameters
    ----------
    shelf
        Knows which result is served.
    """

    def __init__(self, settings: ServiceSettings, shelf: Shelf) -> None:
        self.settings, self.shelf = settings, shelf
        self.workspace = Workspace(settings.workspace)
        self.jobs = Jobs(self.workspace, settings.limits)
        self.streams = Streams(settings.limits.streams)
        self.runner = Runner(
            self.jobs,
            settings.limits,
            lambda: {"folder": str(shelf.folder), "register": settings.register},
        )

    def start(self) -> None:
        """Go on with what an earlier service left undone."""
        if self.workspace.present:
            self.runner.wake()

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

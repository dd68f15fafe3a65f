"""Which result is served now: loaded off the event loop, replaced when the folder holds a new one, never taken away."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa

from api.problems import NotReadyError
from api.served import MANIFEST, Served, load, warm
from api.workers import Workers
from geo.errors import Fault, ServiceCircleError, fault

log = logging.getLogger("servicecircle")
# what reading a damaged folder can raise besides our own errors
DAMAGE = (OSError, ValueError, LookupError, TypeError, EOFError, pa.ArrowException)


class Shelf:
    """The result in service and the reason why a newer one is not.

    Parameters
    ----------
    folder
        Result folder.
    workers
        Where results are searched.
    warm
        Whether to search once after loading.
    """

    def __init__(self, folder: Path, workers: Workers, *, warm: bool = True) -> None:
        self.folder = folder
        self._warm = warm
        self.workers = workers
        self.faults: tuple[Fault, ...] = (fault("service_loading"),)
        self._served: Served | None = None
        self._seen: tuple[int, int] | None = None

    @property
    def ready(self) -> bool:
        """Whether a result is served."""
        return self._served is not None

    @property
    def served(self) -> Served:
        """Return the result in service; a request takes it once and keeps it to its end.

        Raises
        ------
        NotReadyError
            When there is none yet.
        """
        if self._served is None:
            raise NotReadyError(*self.faults)
        return self._served

    async def look(self) -> None:
        """Load the folder if its manifest is another than last time."""
        seen = await asyncio.to_thread(self._manifest_seen)
        if seen == self._seen and (seen is not None or self.ready):
            return
        await self._load()
        self._seen = seen

    async def watch(self, seconds: float) -> None:
        """Look for a new result again and again, until cancelled."""
        while True:
            await self.look()
            if seconds <= 0.0:
                return
            await asyncio.sleep(seconds)

    async def _load(self) -> None:
        found, faults = await asyncio.to_thread(_try, lambda: load(self.folder))
        if found is None:
            self.faults = faults
            log.warning("result not loaded: %s", "; ".join(one.text("en") for one in faults))
            return
        self._served, self.faults = found, ()
        log.info("serving result %s", found.stamp[:12])
        if self._warm:
            try:
                await self.workers.run(lambda: warm(found))
            except ServiceCircleError as error:
                log.warning("not warmed up: %s", error)

    def _manifest_seen(self) -> tuple[int, int] | None:
        with contextlib.suppress(OSError):
            status = (self.folder / MANIFEST).stat()
            return status.st_mtime_ns, status.st_ino
        return None


def _try(loading: Callable[[], Served]) -> tuple[Served | None, tuple[Fault, ...]]:
    try:
        return loading(), ()
    except ServiceCircleError as error:
        return None, error.faults
    except DAMAGE as error:
        why = f"{type(error).__name__}: {error}"
        return None, (fault("service_result_damaged", why=why),)

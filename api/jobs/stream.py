"""The progress of a job as server-sent events: resumed where a reader was cut off, alive while nothing happens."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

import orjson

from api.jobs.answers import event_content
from api.jobs.store import Event, Jobs
from api.problems import BusyError
from geo.errors import fault

_LOOK_SECONDS = 0.25
_RETRY_MS = 2_000


class Streams:
    """Counts the listeners; all of them are let go when the service stops.

    Parameters
    ----------
    most
        At a time.
    heartbeat_seconds
        How often a silent stream says that it lives.
    longest_seconds
        When a stream ends so that its reader comes back, with the number of the last event it had.
    """

    def __init__(
        self, most: int, *, heartbeat_seconds: float = 15.0, longest_seconds: float = 600.0
    ) -> None:
        self._most, self._open = most, 0
        self._heartbeat, self._longest = heartbeat_seconds, longest_seconds
        self._stopping = False

    @property
    def open_count(self) -> int:
        """How many listen now."""
        return self._open

    def stop(self) -> None:
        """End all streams; may be called from a signal handler."""
        self._stopping = True

    def require_room(self) -> None:
        """Refuse one listener too many.

        Raises
        ------
        BusyError
            When there are as many as may be.
        """
        if self._open >= self._most:
            raise BusyError(fault("job_too_many_streams", most=self._most))

    async def events(self, jobs: Jobs, job_id: str, after: int) -> AsyncIterator[bytes]:
        """Give the events after a number as they happen, to the end of the job.

        Each reader reads the database at its own pace: a slow one holds nobody up and is kept no backlog for.
        """
        self._open += 1
        try:
            begun = heard = time.monotonic()
            yield f"retry: {_RETRY_MS}\n\n".encode("ascii")
            while not self._stopping and time.monotonic() - begun < self._longest:
                found, ended = await asyncio.to_thread(jobs.events, job_id, after)
                for one in found:
                    yield event_bytes(one)
                    after = one.number
                    heard = time.monotonic()
                if ended:
                    return
                if time.monotonic() - heard >= self._heartbeat:
                    heard = time.monotonic()
                    yield b": alive\n\n"
                if not found:
                    await asyncio.sleep(_LOOK_SECONDS)
        finally:
            self._open -= 1


def event_bytes(event: Event) -> bytes:
    """Write one event."""
    data = orjson.dumps(event_content(event.name, event.data))
    return b"id: %d\nevent: %s\ndata: %s\n\n" % (event.number, event.name.encode("ascii"), data)

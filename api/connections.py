"""Connections of slow clients: one that does not finish the head of its request in time is closed.

uvicorn bounds how long a connection may idle between two requests, and `api.frame` how long a body may take;
the head of a request is bounded by nobody, so somebody could hold connections open by sending a letter a minute.
"""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_SECONDS = 10.0


class PatientProtocol(H11Protocol):
    """HTTP as uvicorn speaks it, with a limit on the time that the head of a request takes."""

    _waiting: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """Begin to wait for the first request."""
        super().connection_made(transport)
        self._wait()

    def data_received(self, data: bytes) -> None:
        """Take what came; a head that is complete ends the wait, the first byte of the next one begins it anew."""
        if self._waiting is None and self._is_idle():
            self._wait()
        super().data_received(data)
        if not self._is_idle():
            self._stop()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the wait."""
        self._stop()
        super().connection_lost(exc)

    def shutdown(self) -> None:
        """Let listeners go, who would hold up the end of the service; see `api.jobs.stream`."""
        cycle = getattr(self, "cycle", None)
        app = cycle.scope.get("app") if cycle is not None else None
        let_go = getattr(getattr(app, "state", None), "let_go", None)
        if let_go is not None:
            let_go()
        super().shutdown()

    def _is_idle(self) -> bool:
        cycle = getattr(self, "cycle", None)
        return cycle is None or bool(cycle.response_complete)

    def _wait(self) -> None:
        self._waiting = self.loop.call_later(HEAD_SECONDS, self._give_up)

    def _stop(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None

    def _give_up(self) -> None:
        self._waiting = None
        if self._is_idle() and self.transport is not None and not self.transport.is_closing():
            self.transport.close()

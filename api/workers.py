"""Searches off the event loop: a few threads, a bounded queue, a time limit."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import TypeVar

from api.problems import BusyError, TooLongError
from api.settings import Limits
from geo.errors import fault

T = TypeVar("T")


class Workers:
    """Threads that search; work given up by its caller still holds its thread until it ends.

    Parameters
    ----------
    limits
        How many at a time, how many wait, how long.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._pool = ThreadPoolExecutor(limits.workers, thread_name_prefix="search")
        self._open = 0

    async def run(self, work: Callable[[], T]) -> T:
        """Run `work` in a thread.

        Raises
        ------
        BusyError
            When too many wait already.
        TooLongError
            When it takes too long.
        """
        if self._open >= self._limits.workers + self._limits.waiting:
            raise BusyError(fault("service_busy", waiting=self._limits.waiting))
        self._open += 1
        loop = asyncio.get_running_loop()
        future = loop.run_in_executor(self._pool, copy_context().run, work)
        future.add_done_callback(self._ended)
        try:
            return await asyncio.wait_for(asyncio.shield(future), self._limits.work_seconds)
        except TimeoutError:
            if future.done():
                raise
            seconds = f"{self._limits.work_seconds:g}"
            raise TooLongError(fault("service_too_long", seconds=seconds)) from None

    def close(self) -> None:
        """Let running work end, start no more."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _ended(self, future: asyncio.Future[T]) -> None:
        self._open -= 1
        if not future.cancelled():
            future.exception()  # asked for, so that work nobody waits for ends without a warning

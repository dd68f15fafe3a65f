"""Single places asked for at the same moment are judged together: one search of many costs little more than of one."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import NamedTuple

from api.asked import Datum
from api.place_answers import answers_with_ways
from api.problems import BusyError
from api.served import Served
from api.workers import Workers
from geo.errors import fault
from geo.messages import language
from geo.params import Rule

Answer = dict[str, object]
MOST_AT_ONCE = 256
MOST_WAITING = 2_000


class _Alike(NamedTuple):
    """What places must share to be judged together; the language is that of the sentences."""

    stamp: str
    rule: str
    crs: Datum
    lang: str


@dataclass
class _Queue:
    places: list[tuple[float, float, asyncio.Future[Answer]]] = field(default_factory=list)
    work: asyncio.Task[None] | None = None


class Batches:
    """Queues of places, one for each kind of question; while one batch is judged the next gathers.

    Parameters
    ----------
    workers
        Where they are judged.
    """

    def __init__(self, workers: Workers) -> None:
        self._workers = workers
        self._queues: dict[_Alike, _Queue] = {}

    async def ask(
        self, served: Served, rule: Rule, place: tuple[float, float], crs: Datum
    ) -> Answer:
        """Judge one place that is known to be one (see `api.asked.check_places`).

        Raises
        ------
        BusyError
            When too many wait already.
        TooLongError
            When it takes too long.
        """
        key = _Alike(served.stamp, rule.name, crs, language())
        queue = self._queues.setdefault(key, _Queue())
        if len(queue.places) >= MOST_WAITING:
            raise BusyError(fault("service_busy", waiting=MOST_WAITING))
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        queue.places.append((*place, answer))
        if queue.work is None:
            queue.work = asyncio.create_task(self._work(key, queue, served, rule))
        return await answer

    async def _work(self, key: _Alike, queue: _Queue, served: Served, rule: Rule) -> None:
        try:
            while queue.places:
                batch, queue.places = queue.places[:MOST_AT_ONCE], queue.places[MOST_AT_ONCE:]
                await self._judge(batch, key, served, rule)
        finally:
            # whatever ended this, nobody waits for ever, and the next place starts a queue of its own
            del self._queues[key]
            for _, _, answer in queue.places:
                answer.cancel()

    async def _judge(
        self,
        batch: list[tuple[float, float, asyncio.Future[Answer]]],
        key: _Alike,
        served: Served,
        rule: Rule,
    ) -> None:
        lon, lat = [one[0] for one in batch], [one[1] for one in batch]
        waiting = [one[2] for one in batch]
        work = asyncio.ensure_future(
            self._workers.run(lambda: answers_with_ways(served, rule, lon, lat, key.crs))
        )
        await asyncio.wait([work])
        error = work.exception()  # also a fault of ours: every caller is told
        for row, answer in enumerate(waiting):
            if answer.done():
                continue  # its caller has gone
            if error is not None:
                answer.set_exception(error)
            else:
                answer.set_result(work.result()[row])

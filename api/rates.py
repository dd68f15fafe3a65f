"""How often somebody may ask: one bucket of tokens a key or address, bounded in number."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable

_MOST_BUCKETS = 10_000


class Rates:
    """Buckets that fill at `per_second` up to `burst`; the one not used for longest is forgotten first."""

    def __init__(
        self, per_second: float, burst: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._per_second, self._burst, self._clock = per_second, burst, clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait(self, who: str, tokens: float = 1.0) -> float:
        """Take tokens and return 0, or the seconds until there are enough and take none."""
        now = self._clock()
        held, at = self._buckets.pop(who, (self._burst, now))
        held = min(self._burst, held + (now - at) * self._per_second)
        missing = tokens - held
        if missing <= 0.0:
            held -= tokens
        self._buckets[who] = (held, now)
        while len(self._buckets) > _MOST_BUCKETS:
            self._buckets.popitem(last=False)
        return max(missing, 0.0) / self._per_second

"""Pairs of buildings and stations within reach of each other, and what is least among them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Pairs:
    """Stations within reach of buildings, sorted by building and station; costs in thousandths."""

    building: Ints
    station: Ints
    cost: Longs

    def where(self, keep: Bools) -> Pairs:
        """Keep some pairs."""
        return Pairs(self.building[keep], self.station[keep], self.cost[keep])


def no_pairs() -> Pairs:
    """Return none."""
    return Pairs(np.empty(0, np.int32), np.empty(0, np.int32), np.empty(0, np.int64))


def merge(first: Pairs, second: Pairs) -> Pairs:
    """Unite pairs, the least cost of each, sorted by building and station."""
    building = np.concatenate((first.building, second.building))
    station = np.concatenate((first.station, second.station))
    cost = np.concatenate((first.cost, second.cost))
    order = np.lexsort((cost, station, building))
    building, station, cost = building[order], station[order], cost[order]
    keep = np.ones(len(order), dtype=bool)
    keep[1:] = (building[1:] != building[:-1]) | (station[1:] != station[:-1])
    return Pairs(building[keep], station[keep], cost[keep])


def least(cost: Longs, station: Ints, pairs: Pairs) -> tuple[Longs, Ints]:
    """Improve the nearest stations by pairs; ties to the lowest station."""
    touched = np.unique(pairs.building)
    if len(touched) == 0:
        return cost, station
    building = np.concatenate((touched, pairs.building))
    costs = np.concatenate((cost[touched], pairs.cost))
    stations = np.concatenate((station[touched], pairs.station))
    order = np.lexsort((stations, costs, building))
    first = np.unique(building[order], return_index=True)[1]
    best = order[first]
    cost, station = cost.copy(), station.copy()
    cost[touched], station[touched] = costs[best], stations[best]
    return cost, station

"""Costs of points that lie along edges: from the labels of nodes, and directly along a seed's own edge.

Strategy
--------
- A point has rows: places on edges, each with an extra cost (its straight walk). Its cost is the least over them.
- A place costs ``label(tail) + from_tail`` or ``label(head) + from_head``; both legs were rounded once, outside.
- A seed at g and a place at h on one edge: ``from_tail(h) - from_tail(g)`` ahead, ``from_head(h) - from_head(g)``
  behind, nothing at the same spot. A closed leg never counts.
- Group by group, only rows on edges at touched nodes, or on the group's own edges, are looked at.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from geo.kernels.labels import CLOSED, GROUP_MASK, UNREACHED
from geo.kernels.search import Arcs, Entries, Scratch, enlarged, settle


class Places(NamedTuple):
    """Rows of points on edges, in any order, and the index that finds them by edge.

    Attributes
    ----------
    point, edge, fraction
        Which point, which edge, how far along it from its tail.
    extra
        Cost beyond the edge, thousandths.
    from_tail, from_head
        Cost from either end of the edge to the place; ``CLOSED`` where it cannot be walked.
    indptr, order
        Rows on edge e are ``order[indptr[e]:indptr[e + 1]]``.
    """

    point: npt.NDArray[np.int32]
    edge: npt.NDArray[np.int32]
    fraction: npt.NDArray[np.float64]
    extra: npt.NDArray[np.int32]
    from_tail: npt.NDArray[np.int32]
    from_head: npt.NDArray[np.int32]
    indptr: npt.NDArray[np.int32]
    order: npt.NDArray[np.int32]


class EdgeSeeds(NamedTuple):
    """Seeds that lie on edges; those of key k (an edge, or a group) are ``order[indptr[k]:indptr[k + 1]]``."""

    edge: npt.NDArray[np.int32]
    fraction: npt.NDArray[np.float64]
    label: npt.NDArray[np.int64]
    from_tail: npt.NDArray[np.int32]
    from_head: npt.NDArray[np.int32]
    indptr: npt.NDArray[np.int32]
    order: npt.NDArray[np.int32]


@njit(cache=True, nogil=True)
def direct_cost(seeds: EdgeSeeds, seed: int, places: Places, row: int) -> int:
    """Cost along their common edge from a seed to a place, ``CLOSED`` when there is no such way."""
    start = seeds.fraction[seed]
    end = places.fraction[row]
    if start == end:
        return 0
    if end > start:
        leg = places.from_tail[row]
        return leg - seeds.from_tail[seed] if leg < CLOSED else CLOSED
    leg = places.from_head[row]
    return leg - seeds.from_head[seed] if leg < CLOSED else CLOSED


@njit(cache=True, nogil=True)
def gather_nearest(
    places: Places,
    ends: npt.NDArray[np.int32],
    label: npt.NDArray[np.int64],
    seeds: EdgeSeeds,
    limit: int,
    point_count: int,
) -> npt.NDArray[np.int64]:
    """Label every point with its least cost and the group it comes from.

    Parameters
    ----------
    ends
        Edge x (tail, head).
    label
        Of nodes, after a search with all seeds.
    seeds
        By edge.
    """
    best = np.full(point_count, UNREACHED, np.int64)
    for row in range(len(places.point)):
        edge = places.edge[row]
        point = places.point[row]
        extra = np.int64(places.extra[row])
        for side in range(2):
            leg = places.from_head[row] if side else places.from_tail[row]
            at_end = label[ends[edge, side]]
            cost = (at_end >> 32) + leg + extra
            if cost <= limit:
                best[point] = min(best[point], (cost << 32) | (at_end & GROUP_MASK))
        for index in range(seeds.indptr[edge], seeds.indptr[edge + 1]):
            seed = seeds.order[index]
            start = seeds.label[seed]
            cost = (start >> 32) + direct_cost(seeds, seed, places, row) + extra
            if cost <= limit:
                best[point] = min(best[point], (cost << 32) | (start & GROUP_MASK))
    return best


@njit(cache=True, nogil=True)
def _offer(
    point: int,
    cost: int,
    limit: int,
    best: npt.NDArray[np.int32],
    found: npt.NDArray[np.int32],
    count: int,
) -> int:
    """Keep `cost` for `point` when it is within the limit and better; return how many points were found."""
    if cost <= limit and cost < best[point]:
        if best[point] == CLOSED:
            found[count] = point
            count += 1
        best[point] = cost
    return count


@njit(cache=True, nogil=True)
def _gather_group(
    arcs: Arcs,
    scratch: Scratch,
    touched_count: int,
    places: Places,
    seeds: EdgeSeeds,
    group: int,
    limit: int,
    best: npt.NDArray[np.int32],
    found: npt.NDArray[np.int32],
) -> int:
    """Fill `best` and `found` for one group whose search has just run; return how many points were found."""
    count = np.int64(0)  # typed: a literal would compile the kernel below twice
    for index in range(touched_count):
        node = scratch.touched[index]
        at_node = scratch.label[node] >> 32
        for arc_row in range(arcs.indptr[node], arcs.indptr[node + 1]):
            edge = arcs.arc[arc_row] >> 1
            at_head = arcs.arc[arc_row] & 1
            for place in range(places.indptr[edge], places.indptr[edge + 1]):
                row = np.int64(places.order[place])
                leg = places.from_head[row] if at_head else places.from_tail[row]
                cost = at_node + leg + places.extra[row]
                count = _offer(places.point[row], cost, limit, best, found, count)
    for index in range(seeds.indptr[group], seeds.indptr[group + 1]):
        seed = seeds.order[index]
        edge = seeds.edge[seed]
        for place in range(places.indptr[edge], places.indptr[edge + 1]):
            row = np.int64(places.order[place])
            along = direct_cost(seeds, seed, places, row)
            cost = (seeds.label[seed] >> 32) + along + places.extra[row]
            count = _offer(places.point[row], cost, limit, best, found, count)
    return int(count)


@njit(cache=True, nogil=True)
def gather_each(
    arcs: Arcs,
    entries: Entries,
    limit: int,
    scratch: Scratch,
    places: Places,
    seeds: EdgeSeeds,
    point_count: int,
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int32], npt.NDArray[np.int32]]:
    """Search from each group alone and list the points within the limit.

    Returns
    -------
    indptr, point, cost
        Group k reaches ``point[indptr[k]:indptr[k + 1]]``, in no order that means anything.
    """
    groups = len(entries.indptr) - 1
    best = np.full(point_count, CLOSED, np.int32)
    found = np.empty(point_count, np.int32)
    indptr = np.zeros(groups + 1, np.int64)
    point = np.empty(1024, np.int32)
    cost = np.empty(1024, np.int32)
    filled = np.int64(0)
    for group in range(groups):
        touched = settle(arcs, entries, group, limit, scratch)
        count = _gather_group(arcs, scratch, touched, places, seeds, group, limit, best, found)
        if filled + count > len(point):
            point = enlarged(point, filled, filled + count)
            cost = enlarged(cost, filled, filled + count)
        for row in range(count):
            one = found[row]
            point[filled + row] = one
            cost[filled + row] = best[one]
            best[one] = CLOSED
        for row in range(touched):
            scratch.label[scratch.touched[row]] = UNREACHED
        filled += count
        indptr[group + 1] = filled
    return indptr, point[:filled], cost[:filled]

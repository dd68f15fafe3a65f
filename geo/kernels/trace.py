"""The walks behind the costs: a search that remembers how it came, and sums along its tree.

Strategy
--------
- `settle_tree` is `geo.kernels.search.settle` with two more outputs, kept apart so that plain searches pay nothing.
- ``parent`` of a node is the arc by which its final label came, ``-2 - row`` where it came from entry `row`, -1 where
  nobody came. A label is only replaced by a lower one, so a parent was settled before its child and no walk goes
  round in circles, not even over edges that cost nothing.
- Nodes in the order they were settled let sums run down the tree in one pass.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

from geo.kernels.gather import EdgeSeeds, Places, direct_cost
from geo.kernels.heap import ONE, drop_least, push
from geo.kernels.labels import GROUP_MASK, UNREACHED
from geo.kernels.search import Arcs, Entries, Scratch

NO_PARENT = -1
FIRST_SEED = 2  # a way of a point: 0 by the tail of its edge, 1 by the head, 2 + s straight along the edge to seed s


@njit(cache=True, nogil=True)
def settle_tree(
    arcs: Arcs,
    entries: Entries,
    limit: int,
    scratch: Scratch,
    parent: npt.NDArray[np.int32],
    order: npt.NDArray[np.int32],
) -> int:
    """Label every node within `limit` of the entries of search 0, with parents and order; return how many."""
    label, _, keys, nodes = scratch
    settled = 0
    size = np.int64(0)
    for row in range(entries.indptr[0], entries.indptr[1]):
        node = entries.node[row]
        start = entries.label[row]
        if start >> 32 <= limit and start < label[node]:
            label[node] = start
            parent[node] = -2 - row
            size = push(keys, nodes, size, start, node)
    while size > 0:
        key = keys[0]
        node = nodes[0]
        size = drop_least(keys, nodes, size)
        if key != label[node]:
            continue
        order[settled] = node
        settled += 1
        left = limit - (key >> 32)
        for row in range(arcs.indptr[node], arcs.indptr[node + ONE]):
            step = np.int64(arcs.cost[row])
            if step > left:
                continue
            other = arcs.node[row]
            found = key + (step << 32)
            if found < label[other]:
                label[other] = found
                parent[other] = arcs.arc[row]
                size = push(keys, nodes, size, found, other)
    return settled


@njit(cache=True, nogil=True)
def choose_ways(
    places: Places,
    ends: npt.NDArray[np.int32],
    label: npt.NDArray[np.int64],
    seeds: EdgeSeeds,
    limit: int,
    point_count: int,
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int32], npt.NDArray[np.int32]]:
    """Label every point as `geo.kernels.gather.gather_nearest` does, and say which row and way it takes.

    Returns
    -------
    best, row, way
        Of each point: label, row of `places` (-1 for none), and how it goes on from there, see `FIRST_SEED`.
    """
    best = np.full(point_count, UNREACHED, np.int64)
    chosen = np.full(point_count, -1, np.int32)
    way = np.full(point_count, -1, np.int32)
    for row in range(len(places.point)):
        edge = places.edge[row]
        point = places.point[row]
        extra = np.int64(places.extra[row])
        for index in range(seeds.indptr[edge], seeds.indptr[edge + 1]):
            seed = seeds.order[index]
            start = seeds.label[seed]
            cost = (start >> 32) + direct_cost(seeds, seed, places, row) + extra
            found = (cost << 32) | (start & GROUP_MASK)
            if cost <= limit and found < best[point]:
                best[point], chosen[point], way[point] = found, row, FIRST_SEED + seed
        for side in range(2):
            leg = places.from_head[row] if side else places.from_tail[row]
            at_end = label[ends[edge, side]]
            cost = (at_end >> 32) + leg + extra
            found = (cost << 32) | (at_end & GROUP_MASK)
            if cost <= limit and found < best[point]:
                best[point], chosen[point], way[point] = found, row, side
    return best, chosen, way


@njit(cache=True, nogil=True)
def tree_sums(
    order: npt.NDArray[np.int32],
    parent: npt.NDArray[np.int32],
    ends: npt.NDArray[np.int32],
    edge_value: npt.NDArray[np.float64],
    entry_value: npt.NDArray[np.float64],
) -> npt.NDArray[np.float64]:
    """Sum the values of the edges between every settled node and its seed, the entry's own included.

    Parameters
    ----------
    edge_value, entry_value
        Edge x kind of value, entry row x kind of value.

    Returns
    -------
    numpy.ndarray
        Node x kind of value; NaN where nobody came.
    """
    sums = np.full((len(parent), edge_value.shape[1]), np.nan)
    for index in range(len(order)):
        node = order[index]
        came = parent[node]
        if came < NO_PARENT:
            sums[node] = entry_value[-2 - came]
        else:
            sums[node] = sums[ends[came >> 1, came & 1]] + edge_value[came >> 1]
    return sums


@njit(cache=True, nogil=True)
def climb(
    parent: npt.NDArray[np.int32], ends: npt.NDArray[np.int32], node: int
) -> tuple[npt.NDArray[np.int32], int]:
    """List the arcs from `node` to its seed, as they are met, and the entry row at the end."""
    count = 0
    here = node
    while parent[here] >= 0:
        here = ends[parent[here] >> 1, parent[here] & 1]
        count += 1
    arcs = np.empty(count, np.int32)
    here = node
    for index in range(count):
        arcs[index] = parent[here]
        here = ends[parent[here] >> 1, parent[here] & 1]
    return arcs, -2 - parent[here]

"""Bounded searches from many seeds over integer costs: nearest of all, and each group of seeds.

Strategy
--------
- A label is ``cost << 32 | group``: one comparison orders by cost, then by group, so ties go to the lowest group.
- No label says ``UNREACHED``, which unpacks to the closed cost and group -1.
- Costs only grow along a walk, so a node is expanded once, when its final label leaves the heap; entries left
  behind by better labels are skipped. The heap never holds more than arcs + entries.
- Every node that gets a label is noted, so the next group clears only what was touched.
- Nodes are unsigned where they index: see `geo.kernels.heap`.
- Backwards searches use the same arcs with the two costs of each edge exchanged.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from geo.kernels.heap import ONE, drop_least, push
from geo.kernels.labels import UNREACHED


class Arcs(NamedTuple):
    """Ends of edges by node: arc ``2 e`` leaves edge e at its tail, ``2 e + 1`` at its head.

    Attributes
    ----------
    indptr
        Arcs that leave node v are ``indptr[v]:indptr[v + 1]``.
    node
        Where each arc leads.
    cost
        Thousandths; ``2**31 - 1`` is closed.
    arc
        ``2 * edge + (0 at its tail, 1 at its head)``.
    """

    indptr: npt.NDArray[np.int32]
    node: npt.NDArray[np.uint32]
    cost: npt.NDArray[np.int32]
    arc: npt.NDArray[np.int32]


class Entries(NamedTuple):
    """Nodes where searches start, and their labels there; search k starts at ``indptr[k]:indptr[k + 1]``."""

    indptr: npt.NDArray[np.int32]
    node: npt.NDArray[np.uint32]
    label: npt.NDArray[np.int64]


class Scratch(NamedTuple):
    """Working arrays of one search: labels by node, nodes touched, the heap."""

    label: npt.NDArray[np.int64]
    touched: npt.NDArray[np.uint32]
    heap_key: npt.NDArray[np.int64]
    heap_node: npt.NDArray[np.uint32]


def scratch_for(arcs: Arcs, entries: Entries) -> Scratch:
    """Make working arrays large enough for any search of `entries` over `arcs`."""
    node_count = len(arcs.indptr) - 1
    capacity = len(arcs.node) + len(entries.node) + 1
    return Scratch(
        np.full(node_count, UNREACHED, np.int64),
        np.empty(node_count, np.uint32),
        np.empty(capacity, np.int64),
        np.empty(capacity, np.uint32),
    )


@njit(cache=True, nogil=True)
def settle(arcs: Arcs, entries: Entries, part: int, limit: int, scratch: Scratch) -> int:
    """Label every node within `limit` (inclusive) of the entries of `part`; return how many were touched."""
    label, touched, keys, nodes = scratch
    count = 0
    size = np.int64(0)  # typed: a literal would compile the heap twice
    for row in range(entries.indptr[part], entries.indptr[part + 1]):
        node = entries.node[row]
        start = entries.label[row]
        if start >> 32 <= limit and start < label[node]:
            if label[node] == UNREACHED:
                touched[count] = node
                count += 1
            label[node] = start
            size = push(keys, nodes, size, start, node)
    while size > 0:
        key = keys[0]
        node = nodes[0]
        size = drop_least(keys, nodes, size)
        if key != label[node]:
            continue
        left = limit - (key >> 32)
        for row in range(arcs.indptr[node], arcs.indptr[node + ONE]):
            step = np.int64(arcs.cost[row])
            if step > left:
                continue
            other = arcs.node[row]
            found = key + (step << 32)
            if found < label[other]:
                if label[other] == UNREACHED:
                    touched[count] = other
                    count += 1
                label[other] = found
                size = push(keys, nodes, size, found, other)
    return count


@njit(cache=True, nogil=True)
def search_each(
    arcs: Arcs, entries: Entries, limit: int, scratch: Scratch
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int32], npt.NDArray[np.int32]]:
    """Search from each group alone.

    Returns
    -------
    indptr, node, cost
        Group k reaches ``node[indptr[k]:indptr[k + 1]]``, in no order that means anything.
    """
    groups = len(entries.indptr) - 1
    indptr = np.zeros(groups + 1, np.int64)
    node = np.empty(1024, np.int32)
    cost = np.empty(1024, np.int32)
    filled = np.int64(0)
    for group in range(groups):
        count = settle(arcs, entries, group, limit, scratch)
        if filled + count > len(node):
            node = enlarged(node, filled, filled + count)
            cost = enlarged(cost, filled, filled + count)
        for row in range(count):
            one = scratch.touched[row]
            node[filled + row] = one
            cost[filled + row] = scratch.label[one] >> 32
            scratch.label[one] = UNREACHED
        filled += count
        indptr[group + 1] = filled
    return indptr, node[:filled], cost[:filled]


@njit(cache=True, nogil=True)
def enlarged(values: npt.NDArray[np.int32], filled: int, wanted: int) -> npt.NDArray[np.int32]:
    """Copy the first `filled` values into an array of at least `wanted`, and at least twice the size."""
    larger = np.empty(max(wanted, 2 * len(values)), np.int32)
    for row in range(filled):
        larger[row] = values[row]
    return larger

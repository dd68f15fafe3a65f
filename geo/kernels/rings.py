"""Closed rings of the segments of a contour, and whose holes are whose."""

# mypy: disable-error-code="no-untyped-def,untyped-decorator,type-arg,assignment"

from __future__ import annotations

import numpy as np
from numba import njit

MIXER = np.uint64(0x9E3779B97F4A7C15)  # spreads keys that share their low bits over the table


@njit(cache=True, nogil=True)
def _slot(table, key, value):
    mask = len(table) - 1
    spot = np.int64((np.uint64(key) * MIXER) >> np.uint64(36)) & mask
    while table[spot] >= 0 and key != value[table[spot]]:
        spot = (spot + 1) & mask
    return spot


@njit(cache=True, nogil=True)
def rings(key, to, xy, row_start):
    """Chain segments into rings.

    Returns
    -------
    (offset, order, area, parent)
        Segments of ring r are ``order[offset[r]:offset[r + 1]]``; signed area; for a hole, the ring of its shell.
    """
    total = len(key)
    size = 16
    while size < 2 * total:
        size *= 2
    table = np.full(size, -1, np.int64)
    for s in range(total):
        table[_slot(table, key[s], key)] = s
    ring = np.full(total, -1, np.int64)
    offset, order = np.empty(total + 1, np.int64), np.empty(total, np.int64)
    count, filled = 0, 0
    offset[0] = 0
    for s in range(total):
        if ring[s] >= 0:
            continue
        one = s
        while ring[one] < 0:
            ring[one] = count
            order[filled] = one
            filled += 1
            one = table[_slot(table, to[one], key)]
        count += 1
        offset[count] = filled
    offset = offset[: count + 1].copy()
    area = np.zeros(count)
    for r in range(count):
        for a in range(offset[r], offset[r + 1]):
            b = a + 1 if a + 1 < offset[r + 1] else offset[r]
            one, two = order[a], order[b]
            area[r] += 0.5 * (xy[one, 0] * xy[two, 1] - xy[two, 0] * xy[one, 1])
    return offset, order, area, _parents(key, to, xy, row_start, table, ring, offset, order, area)


@njit(cache=True, nogil=True)
def _parents(key, to, xy, row_start, table, ring, offset, order, area):
    """Find the shell of every hole, looking west from it, along the cells of one row."""
    count = len(area)
    west = np.full(count, -1, np.int64)
    for r in range(count):
        if area[r] >= 0.0:
            continue
        first = order[offset[r]]
        for a in range(offset[r], offset[r + 1]):
            if xy[order[a], 0] < xy[first, 0]:
                first = order[a]
        x, y = (
            xy[first, 0],
            xy[first, 1],
        )  # nothing of the hole itself lies west of its westernmost point
        row = int(np.floor(y))
        nearest = -np.inf
        for s in range(row_start[row], row_start[row + 1]):
            t = table[_slot(table, to[s], key)]
            if (xy[s, 1] > y) != (xy[t, 1] > y):
                there = xy[s, 0] + (y - xy[s, 1]) / (xy[t, 1] - xy[s, 1]) * (xy[t, 0] - xy[s, 0])
                if nearest < there < x:
                    nearest, west[r] = there, ring[s]
    parent = np.full(count, -1, np.int64)
    for r in range(count):
        if area[r] < 0.0:
            one = west[r]
            while one >= 0 and area[one] < 0.0:
                one = west[one]
            parent[r] = one
    return parent

"""Marching squares over a lattice with refined cells: closed rings round what lies within a limit.

Strategy
--------
- A point is inside when its value is at most the limit. Every edge between an inside and an outside point carries one
  crossing, known by a key that both its cells agree on; so rings close and never cross.
- Segments keep the inside on their left: shells run counter-clockwise, holes clockwise.
- On a cliff the crossing lies where the usable edges change, else where the interpolated value is the limit.
- Crossings keep away from the ends of their edge, so no two of them fall on one spot.
- The shell of a hole is found by looking west from it, along the cells of one row.
"""

# mypy: disable-error-code="no-untyped-def,untyped-decorator,type-arg,assignment"

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from geo.kernels.field_rows import NO_BREAK

MIXER = np.uint64(0x9E3779B97F4A7C15)  # spreads keys that share their low bits over the table
APART = 1e-3  # share of an edge


class Refined(NamedTuple):
    """Refined cells of a window: number by window cell (-1: none), fine values, breaks, points a side less one."""

    number: np.ndarray
    values: np.ndarray
    breaks: np.ndarray
    n: int


@njit(cache=True, nogil=True, inline="always")
def _crossing(a, b, limit, at_break, smooth):
    """Share of the way from a to b at which the limit is passed."""
    if at_break != NO_BREAK and not abs(b - a) <= smooth:
        share = at_break / 254.0
    elif a == np.inf:
        share = 1.0
    elif b == np.inf:
        share = 0.0
    else:
        share = (limit - a) / (b - a)
    return min(1.0 - APART, max(APART, share))


@njit(cache=True, nogil=True)
def _emit(corner, breaks, shares, keys, x, y, size, limit, smooth, out_key, out_to, out_xy, count):
    """Add the segments of one cell; `shares` are crossings known beforehand (negative: not)."""
    inside0, inside1 = corner[0] <= limit, corner[1] <= limit
    inside2, inside3 = corner[2] <= limit, corner[3] <= limit
    total = int(inside0) + int(inside1) + int(inside2) + int(inside3)
    if total in (0, 4):
        return count
    joined = False
    saddle = inside0 == inside2 and inside1 == inside3
    if saddle:
        joined = 0.25 * (corner[0] + corner[1] + corner[2] + corner[3]) <= limit
    for leave in range(4):
        if not (corner[leave] <= limit and corner[(leave + 1) % 4] > limit):
            continue
        turn = 1 if (joined or not saddle) else 3
        enter = (leave + turn) % 4
        while not (corner[enter] > limit and corner[(enter + 1) % 4] <= limit):
            enter = (enter + 1) % 4
        # bottom and right run with the axes, top and left against them
        flip = leave >= 2
        a, b = corner[leave], corner[(leave + 1) % 4]
        if flip:
            a, b = b, a
        share = shares[leave]
        if share < 0.0:
            share = _crossing(a, b, limit, breaks[leave], smooth)
        out_key[count], out_to[count] = keys[leave], keys[enter]
        out_xy[count, 0] = x + size * (share if leave in (0, 2) else (1.0 if leave == 1 else 0.0))
        out_xy[count, 1] = y + size * (share if leave in (1, 3) else (1.0 if leave == 2 else 0.0))
        count += 1
    return count


@njit(cache=True, nogil=True)
def _row_room(values, refined, limit):
    """Upper bound of the number of segments."""
    high, wide = values.shape[0] - 1, values.shape[1] - 1
    count = 0
    for j in range(high):
        for i in range(wide):
            if refined.number[j, i] >= 0:
                count += 2 * refined.n * refined.n
            else:
                inside = int(values[j, i] <= limit) + int(values[j, i + 1] <= limit)
                inside += int(values[j + 1, i] <= limit) + int(values[j + 1, i + 1] <= limit)
                if 0 < inside < 4:
                    count += 2
    return count


@njit(cache=True, nogil=True)
def segments(values, refined, limit, smooth):
    """Cut all cells of a window at `limit`, in units of lattice steps from its first point.

    Returns
    -------
    (key, to, xy, row_start)
        Key of each segment's start, key of its end, coordinates of its start; segments of window row j are
        ``row_start[j]:row_start[j + 1]``.
    """
    high, wide, n = values.shape[0] - 1, values.shape[1] - 1, refined.n
    room = _row_room(values, refined, limit)
    key, to = np.empty(room, np.int64), np.empty(room, np.int64)
    xy = np.empty((room, 2))
    row_start = np.zeros(high + 1, np.int64)
    count = 0
    across = np.int64(wide * n + 1)
    corner, shares = np.empty(4), np.full(4, -1.0)
    keys, breaks = np.empty(4, np.int64), np.full(4, NO_BREAK, np.uint8)
    p = n + 1
    whole = np.empty(4)
    side_share, side_key = np.empty(4), np.empty(4, np.int64)
    for j in range(high):
        for i in range(wide):
            whole[0], whole[1] = values[j, i], values[j, i + 1]
            whole[2], whole[3] = values[j + 1, i + 1], values[j + 1, i]
            k = refined.number[j, i]
            side_key[0] = 2 * (j * n * across + i * n)
            side_key[1] = 2 * (j * n * across + (i + 1) * n) + 1
            side_key[2] = 2 * ((j + 1) * n * across + i * n)
            side_key[3] = 2 * (j * n * across + i * n) + 1
            if k < 0:
                first = whole[0] <= limit
                if (
                    first == (whole[1] <= limit)
                    and first == (whole[2] <= limit)
                    and first == (whole[3] <= limit)
                ):
                    continue
                shares[:] = -1.0
                breaks[:] = NO_BREAK
                count = _emit(
                    whole, breaks, shares, side_key, float(i), float(j), 1.0, limit, smooth,
                    key, to, xy, count,
                )  # fmt: skip
                continue
            for side in range(4):
                b = j + (1 if side == 2 else 0) - (1 if side == 0 else 0)
                a = i + (1 if side == 1 else 0) - (1 if side == 3 else 0)
                side_share[side] = -1.0
                if not (0 <= a < wide and 0 <= b < high and refined.number[b, a] >= 0):
                    one, two = whole[side], whole[(side + 1) % 4]
                    if side >= 2:
                        one, two = two, one
                    if (one <= limit) != (two <= limit):
                        side_share[side] = _crossing(one, two, limit, NO_BREAK, smooth)
            for l in range(n):  # noqa: E741
                for m in range(n):
                    q = l * p + m
                    corner[0], corner[1] = refined.values[k, q], refined.values[k, q + 1]
                    corner[2], corner[3] = refined.values[k, q + p + 1], refined.values[k, q + p]
                    first = corner[0] <= limit
                    if (
                        first == (corner[1] <= limit)
                        and first == (corner[2] <= limit)
                        and first == (corner[3] <= limit)
                    ):
                        continue
                    fine_row, fine_column = j * n + l, i * n + m
                    keys[0] = 2 * (fine_row * across + fine_column)
                    keys[1] = 2 * (fine_row * across + fine_column + 1) + 1
                    keys[2] = 2 * ((fine_row + 1) * across + fine_column)
                    keys[3] = 2 * (fine_row * across + fine_column) + 1
                    breaks[0] = refined.breaks[k, l * n + m]
                    breaks[2] = refined.breaks[k, (l + 1) * n + m]
                    breaks[3] = refined.breaks[k, n * p + q]
                    breaks[1] = refined.breaks[k, n * p + q + 1]
                    for side in range(4):
                        shares[side] = -1.0
                        outer = (
                            (side == 0 and l == 0) or (side == 1 and m == n - 1)
                            or (side == 2 and l == n - 1) or (side == 3 and m == 0)
                        )  # fmt: skip
                        if outer and side_share[side] >= 0.0:
                            along = m if side in (0, 2) else l
                            shares[side] = side_share[side] * n - along
                            keys[side] = side_key[side]
                    count = _emit(
                        corner, breaks, shares, keys, i + m / n, j + l / n, 1.0 / n, limit, smooth,
                        key, to, xy, count,
                    )  # fmt: skip
        row_start[j + 1] = count
    return key[:count], to[:count], xy[:count], row_start


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
    """Find the shell of every hole, see the module's strategy."""
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

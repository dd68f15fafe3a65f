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

from geo.kernels.field import Search, point_cost, side_points
from geo.kernels.field_extent import PARTS, WHOLE, PointRows

MIXER = np.uint64(0x9E3779B97F4A7C15)  # spreads keys that share their low bits over the table
APART = 1e-3  # share of an edge
UNCROSSED, SHARED = -1.0, -2.0


class Window(NamedTuple):
    """Values of a rectangle of lattice points, and what they were made of.

    Attributes
    ----------
    values
        float32[rows, columns]; the rim is infinite.
    column, row, nx
        Lattice column and row of the first value; columns of the lattice.
    step
        Metres.
    per_metre
        Thousandths that a metre of straight walk costs.
    search, rows
        What the values are the least costs of.
    frontage, max_access
        Metres.
    """

    values: np.ndarray
    column: int
    row: int
    nx: int
    step: float
    per_metre: float
    search: Search
    rows: PointRows
    frontage: float
    max_access: float


class Refined(NamedTuple):
    """Refined cells of a window: number by window cell (-1: none), fine values, steps a side.

    ``shares``: by refined cell and sub-edge (those along x first) how far along it one limit is passed, -1 where not.
    """

    number: np.ndarray
    values: np.ndarray
    shares: np.ndarray
    n: int


@njit(cache=True, nogil=True, inline="always")
def _crossing(a, b, limit, share):
    """Share of the way from a to b at which the limit is passed; -1 where it is not."""
    if (a <= limit) == (b <= limit):
        return -1.0
    if (
        share < 0.0
    ):  # a side towards a coarse cell, whose fine points were put on one side of the limit
        share = 0.5
    return min(1.0 - APART, max(APART, share))


@njit(cache=True, nogil=True, inline="always")
def _row_cost(window, r):
    """Cost of a lattice point by one of its rows."""
    rows = window.rows
    along = point_cost(window.search, rows.edge[r], np.float64(rows.fraction[r]))
    return along + rows.walk[r] * window.per_metre


@njit(cache=True, nogil=True, inline="always")
def _way_within(window, point, step, side, limit):
    """Share of the way from a lattice point within the limit to the one `step` further that is within it, too."""
    rows = window.rows
    best = 0.0
    for r in range(rows.start[point], rows.start[point + 1]):
        cost = _row_cost(window, r)
        if cost > limit:
            continue
        extent = rows.extent[r, side]
        if extent == WHOLE:
            end, share = np.inf, 1.0
            for m in range(rows.start[point + step], rows.start[point + step + 1]):
                if rows.edge[m] == rows.edge[r]:
                    end = _row_cost(window, m)
        else:
            share = extent / PARTS
            furthest = window.frontage if rows.walk[r] <= window.frontage else window.max_access
            longer = min(furthest - rows.walk[r], share * window.step)
            end = cost + max(0.0, longer) * window.per_metre
        if end > limit:
            share *= (limit - cost) / (end - cost)
        best = max(best, share)
    return best


@njit(cache=True, nogil=True, inline="always")
def side_share(window, j, i, side, limit):
    """Share of a side of a window cell, with the axes, at which the limit is passed; -1 where it is not."""
    b, a = j + (1 if side == 2 else 0), i + (1 if side == 1 else 0)
    upright = side in (1, 3)
    first = window.values[b, a]
    last = window.values[b + 1, a] if upright else window.values[b, a + 1]
    if (first <= limit) == (last <= limit):
        return -1.0
    if abs(last - first) <= 2.0 * window.step * window.per_metre:  # no cliff: as two neighbours may
        share = (limit - first) / (last - first)
        return min(1.0 - APART, max(APART, share))
    point = (window.row + b) * window.nx + window.column + a
    step = window.nx if upright else 1
    if first <= limit:
        share = _way_within(window, point, step, 1 if upright else 0, limit)
    else:
        share = 1.0 - _way_within(window, point + step, -step, 3 if upright else 2, limit)
    return min(1.0 - APART, max(APART, share))


@njit(cache=True, nogil=True, inline="always")
def _emit(corner, shares, keys, x, y, size, limit, out, count):
    """Add the segments of one cell, whose sides are crossed at `shares` (with the axes)."""
    out_key, out_to, out_xy = out
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
        share = shares[leave]
        out_key[count], out_to[count] = keys[leave], keys[enter]
        out_xy[count, 0] = x + size * (share if leave in (0, 2) else (1.0 if leave == 1 else 0.0))
        out_xy[count, 1] = y + size * (share if leave in (1, 3) else (1.0 if leave == 2 else 0.0))
        count += 1
    return count


@njit(cache=True, nogil=True)
def _room(values, refined, limit):
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


@njit(cache=True, nogil=True, inline="always")
def _one_sided(corner, limit):
    """Whether all corners of a cell are inside, or all outside."""
    first = corner[0] <= limit
    return (
        first == (corner[1] <= limit)
        and first == (corner[2] <= limit)
        and first == (corner[3] <= limit)
    )


@njit(cache=True, nogil=True, inline="always")
def _side_keys(keys, across, line, place, length):
    """Name the four sides of a cell by their first fine point; `length` fine steps long."""
    keys[0] = 2 * (line * across + place)
    keys[1] = 2 * (line * across + place + length) + 1
    keys[2] = 2 * ((line + length) * across + place)
    keys[3] = 2 * (line * across + place) + 1


@njit(cache=True, nogil=True, inline="always")
def _beyond(refined, j, i, side):
    """Number of the fine cell beyond a side, -1 without one."""
    high, wide = refined.number.shape
    b = j + (1 if side == 2 else 0) - (1 if side == 0 else 0)
    a = i + (1 if side == 1 else 0) - (1 if side == 3 else 0)
    return refined.number[b, a] if 0 <= a < wide and 0 <= b < high else -1


@njit(cache=True, nogil=True)
def _fine_share(refined, k, side, limit):
    """Share of a side of fine cell k at which the limit is passed, -1 where that is not exactly once."""
    n = refined.n
    q, step = side_points(side, n)
    sub = (0, n * (n + 1) + n, n * n, n * (n + 1))[side]  # see `Refined.shares`
    along = 1 if side in (0, 2) else n + 1
    found, count = -1.0, 0
    for m in range(n):
        first, last = refined.values[k, q + m * step], refined.values[k, q + (m + 1) * step]
        if (first <= limit) != (last <= limit):
            found = (m + refined.shares[k, sub + m * along]) / n
            count += 1
    return found if count == 1 else -1.0


@njit(cache=True, nogil=True, inline="always")
def _coarse_cell(window, refined, j, i, keys, limit, out, count):
    """Cut a cell of the lattice; where a fine cell meets it, at the place that one says."""
    values = window.values
    corner = (values[j, i], values[j, i + 1], values[j + 1, i + 1], values[j + 1, i])
    shares = np.empty(4)
    for side in range(4):
        shares[side] = -1.0
        # a segment starts where its line leaves the inside; the cell beyond says where it ends
        if not (corner[side] <= limit and corner[(side + 1) % 4] > limit):
            continue
        other = _beyond(refined, j, i, side)
        if other >= 0:
            shares[side] = _fine_share(refined, other, (side + 2) % 4, limit)
        if shares[side] < 0.0:
            shares[side] = side_share(window, j, i, side, limit)
    return _emit(corner, shares, keys, float(i), float(j), 1.0, limit, out, count)


@njit(cache=True, nogil=True)
def _outer_shares(window, refined, j, i, limit, shares):
    """Where sides of a fine cell towards coarse cells are crossed: once, `UNCROSSED`; `SHARED` with a fine cell."""
    k = refined.number[j, i]
    for side in range(4):
        shares[side] = SHARED
        if _beyond(refined, j, i, side) < 0:
            shares[side] = side_share(window, j, i, side, limit)
            if shares[side] < 0.0:
                shares[side] = UNCROSSED
            else:
                once = _fine_share(refined, k, side, limit)
                shares[side] = once if once >= 0.0 else shares[side]


@njit(cache=True, nogil=True)
def _sides_cut(values, outer, n):
    """Let fine points of sides towards coarse cells lie on the side of the limit that the one crossing there says."""
    values = values.copy()
    for side in range(4):
        if outer[side] == SHARED:
            continue
        q, step = side_points(side, n)
        first, last = values[q], values[q + n * step]
        for m in range(1, n):
            before = outer[side] == UNCROSSED or m < outer[side] * n
            values[q + m * step] = first if before else last
    return values


@njit(cache=True, nogil=True)
def _refined_cell(window, refined, j, i, across, outer_keys, limit, out, count):
    """Cut the fine cells of a refined cell."""
    k, n = refined.number[j, i], refined.n
    p = n + 1
    outer = np.empty(4)
    _outer_shares(window, refined, j, i, limit, outer)
    shares, keys = np.empty(4), np.empty(4, np.int64)
    values, known = _sides_cut(refined.values[k], outer, n), refined.shares[k]
    for l in range(n):  # noqa: E741
        for m in range(n):
            q = l * p + m
            corner = (values[q], values[q + 1], values[q + p + 1], values[q + p])
            if _one_sided(corner, limit):
                continue
            _side_keys(keys, across, j * n + l, i * n + m, 1)
            shares[0] = _crossing(corner[0], corner[1], limit, known[l * n + m])
            shares[1] = _crossing(corner[1], corner[2], limit, known[n * p + q + 1])
            shares[2] = _crossing(corner[3], corner[2], limit, known[(l + 1) * n + m])
            shares[3] = _crossing(corner[0], corner[3], limit, known[n * p + q])
            for side in range(4):
                is_outer = (l == 0, m == n - 1, l == n - 1, m == 0)[side]
                if is_outer and outer[side] >= 0.0:
                    share = outer[side] * n - (m if side in (0, 2) else l)
                    shares[side] = min(1.0 - APART, max(APART, share))
                    keys[side] = outer_keys[side]
            count = _emit(corner, shares, keys, i + m / n, j + l / n, 1.0 / n, limit, out, count)
    return count


@njit(cache=True, nogil=True)
def segments(window, refined, limit):
    """Cut all cells of a window at `limit`, in units of lattice steps from its first point.

    Returns
    -------
    (key, to, xy, row_start)
        Key of each segment's start, key of its end, coordinates of its start; segments of window row j are
        ``row_start[j]:row_start[j + 1]``.
    """
    high, wide, n = window.values.shape[0] - 1, window.values.shape[1] - 1, refined.n
    room = _room(window.values, refined, limit)
    out = (np.empty(room, np.int64), np.empty(room, np.int64), np.empty((room, 2)))
    row_start = np.zeros(high + 1, np.int64)
    count = 0
    across = np.int64(wide * n + 1)
    keys = np.empty(4, np.int64)
    values, number = window.values, refined.number
    for j in range(high):
        west = int(values[j, 0] <= limit) + int(values[j + 1, 0] <= limit)
        for i in range(wide):
            east = int(values[j, i + 1] <= limit) + int(values[j + 1, i + 1] <= limit)
            inside = west + east
            west = east
            if number[j, i] < 0:
                if 0 < inside < 4:
                    _side_keys(keys, across, j * n, i * n, n)
                    count = _coarse_cell(window, refined, j, i, keys, limit, out, count)
            else:
                _side_keys(keys, across, j * n, i * n, n)
                count = _refined_cell(window, refined, j, i, across, keys, limit, out, count)
        row_start[j + 1] = count
    return out[0][:count], out[1][:count], out[2][:count], row_start


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

"""Marching squares over a lattice with refined cells: chords round what lies within limits.

Strategy
--------
- A point is inside when its value is at most the limit. Every edge between an inside and an outside point carries one
  crossing, known by a key that both its cells agree on; so rings close and never cross.
- Segments keep the inside on their left: shells run counter-clockwise, holes clockwise.
- Where lattice neighbours differ by a cliff, the crossing lies where the usable edges change, else where the
  interpolated value is the limit. Chords at cliffs are held against the costs beside them, see `contour_cell`.
- Refined cells are cut by the costs of their fine points, too: there pockets may lie between the corners.
"""

# mypy: disable-error-code="no-untyped-def,untyped-decorator,type-arg,assignment"

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from geo.kernels.contour_cell import ROOM, cut, emit, kept_apart, nodes_for, sought
from geo.kernels.field import Search, point_cost, side_points
from geo.kernels.field_cost import all_nearby, used_nearby
from geo.kernels.field_extent import PARTS, WHOLE, PointRows
from geo.kernels.field_local import Network
from geo.kernels.field_rows import Lattice

CLIFF_M = 36.0  # metres of walk between the corners of a cell that make a cliff: 30 s at 72 m/min


class Window(NamedTuple):
    """Values of a rectangle of lattice points, and what they were made of.

    Attributes
    ----------
    values
        float32[rows, columns]; the rim is infinite.
    column, row
        Lattice column and row of the first value.
    per_metre
        Thousandths that a metre of straight walk costs.
    search, rows
        What the values are the least costs of.
    seg_start
        Segments of edge e are ``seg_start[e]:seg_start[e + 1]``.
    """

    values: np.ndarray
    column: int
    row: int
    per_metre: float
    search: Search
    rows: PointRows
    network: Network
    lattice: Lattice
    seg_start: np.ndarray


class Refined(NamedTuple):
    """Refined cells of a window: number by window cell (-1: none), fine values, fine steps a side."""

    number: np.ndarray
    values: np.ndarray
    n: int


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
            furthest = (
                window.network.frontage
                if rows.walk[r] <= window.network.frontage
                else window.network.max_access
            )
            longer = min(furthest - rows.walk[r], share * window.lattice.step)
            end = cost + max(0.0, longer) * window.per_metre
        if end > limit:
            share *= (limit - cost) / (end - cost)
        best = max(best, share)
    return best


@njit(cache=True, nogil=True)
def side_share(window, j, i, side, limit):
    """Share of a side of a window cell, with the axes, at which the limit is passed; -1 where it is not."""
    b, a = j + (1 if side == 2 else 0), i + (1 if side == 1 else 0)
    upright = side in (1, 3)
    first = window.values[b, a]
    last = window.values[b + 1, a] if upright else window.values[b, a + 1]
    if (first <= limit) == (last <= limit):
        return -1.0
    if (
        abs(last - first) <= 2.0 * window.lattice.step * window.per_metre
    ):  # no cliff: as two neighbours may
        share = (limit - first) / (last - first)
        return kept_apart(share)
    point = (window.row + b) * window.lattice.nx + window.column + a
    step = window.lattice.nx if upright else 1
    if first <= limit:
        share = _way_within(window, point, step, 1 if upright else 0, limit)
    else:
        share = 1.0 - _way_within(window, point + step, -step, 3 if upright else 2, limit)
    return kept_apart(share)


@njit(cache=True, nogil=True, inline="always")
def _name_sides(keys, across, line, place, length):
    """Name the four sides of a cell by their first fine point; `length` fine steps long."""
    keys[0] = 2 * (line * across + place)
    keys[1] = 2 * (line * across + place + length) + 1
    keys[2] = 2 * ((line + length) * across + place)
    keys[3] = 2 * (line * across + place) + 1


@njit(cache=True, nogil=True, inline="always")
def _corners(values, j, i):
    """Values of a cell from the lower left counter-clockwise, the least and the greatest."""
    a, b, c, d = values[j, i], values[j, i + 1], values[j + 1, i + 1], values[j + 1, i]
    return (a, b, c, d), min(a, b, c, d), max(a, b, c, d)


@njit(cache=True, nogil=True, inline="always")
def _passes(low, top, limits):
    for limit in limits:  # noqa: SIM110 (numba compiles no generators)
        if low <= limit < top:
            return True
    return False


@njit(cache=True, nogil=True)
def _coarse_cell(window, j, i, across, n, limits, cliff, nodes, close, name, out, counts):
    """Cut a cell of the lattice."""
    corner, low, top = _corners(window.values, j, i)
    nodes.box[0] = (float(i), float(j), 1.0)
    _name_sides(nodes.key[0], across, j * n, i * n, n)
    for k in range(len(limits)):
        for c in range(4):
            nodes.inside[0, k, c] = corner[c] <= limits[k]
            nodes.share[0, k, c] = side_share(window, j, i, c, limits[k])
    if top - low > cliff:
        around = used_nearby(
            window.network, window.lattice, window.seg_start, window.rows, window.search,
            window.column + i, window.row + j, limits[-1] + close,
        )  # fmt: skip
        cut(window, around, nodes, limits, close, name, out, counts)
        return
    average = 0.25 * (corner[0] + corner[1] + corner[2] + corner[3])
    for k in range(len(limits)):
        counts[k] = emit(nodes, 0, k, average <= limits[k], out, counts[k])


@njit(cache=True, nogil=True)
def _outer_shares(window, refined, j, i, limits):
    """Where the sides of a refined cell towards coarse cells are crossed, as these have it; -2 towards refined ones."""
    high, wide = refined.number.shape
    shares = np.full((len(limits), 4), -2.0)
    for side in range(4):
        b = j + (1 if side == 2 else 0) - (1 if side == 0 else 0)
        a = i + (1 if side == 1 else 0) - (1 if side == 3 else 0)
        if not (0 <= a < wide and 0 <= b < high and refined.number[b, a] >= 0):
            for k in range(len(limits)):
                shares[k, side] = side_share(window, j, i, side, limits[k])
    return shares


@njit(cache=True, nogil=True)
def _fine_inside(values, outer, limits, n):
    """Tell which fine points are inside; on sides towards coarse cells, as the one crossing there says."""
    inside = np.empty((len(limits), len(values)), np.bool_)
    for k in range(len(limits)):
        inside[k] = values <= limits[k]
        for side in range(4):
            if outer[k, side] >= 0.0:
                q, step = side_points(side, n)
                for m in range(1, n):
                    inside[k, q + m * step] = inside[
                        k, q if m < outer[k, side] * n else q + n * step
                    ]
            elif outer[k, side] == -1.0:
                q, step = side_points(side, n)
                for m in range(1, n):
                    inside[k, q + m * step] = inside[k, q]
    return inside


@njit(cache=True, nogil=True)
def _refined_cell(window, refined, j, i, across, limits, nodes, stamp, close, name, out, counts):
    """Cut the fine cells of a refined cell."""
    n = refined.n
    p = n + 1
    outer = _outer_shares(window, refined, j, i, limits)
    inside = _fine_inside(refined.values[refined.number[j, i]], outer, limits, n)
    around = all_nearby(
        window.network, window.lattice, window.search, window.column + i, window.row + j, stamp
    )
    side_keys, share = np.empty(4, np.int64), np.empty(len(limits))
    _name_sides(side_keys, across, j * n, i * n, n)
    for l in range(n):  # noqa: E741
        for m in range(n):
            q = l * p + m
            corner = (q, q + 1, q + p + 1, q + p)
            nodes.box[0] = (i + m / n, j + l / n, 1.0 / n)
            _name_sides(nodes.key[0], across, j * n + l, i * n + m, 1)
            mixed = False
            for k in range(len(limits)):
                for c in range(4):
                    nodes.inside[0, k, c] = inside[k, corner[c]]
                    mixed = mixed or inside[k, corner[c]] != inside[k, q]
            if not mixed:
                continue
            for side in range(4):
                first, last = (0, 1, 3, 0)[side], (1, 2, 2, 3)[side]
                is_outer = (l == 0, m == n - 1, l == n - 1, m == 0)[side]
                if is_outer and outer[0, side] > -2.0:
                    nodes.key[0, side] = side_keys[side]
                    for k in range(len(limits)):
                        whole = outer[k, side] * n - (m if side in (0, 2) else l)
                        crossed = nodes.inside[0, k, first] != nodes.inside[0, k, last]
                        nodes.share[0, k, side] = kept_apart(whole) if crossed else -1.0
                    continue
                # from the point on, by whole fine steps: the neighbour must come to the same
                x = (i * n + m + (1 if side == 1 else 0)) / n
                y = (j * n + l + (1 if side == 2 else 0)) / n
                along = 1.0 / n
                sought(
                    window, around, x, y, along if side in (0, 2) else 0.0, along if side in (1, 3) else 0.0,
                    limits, nodes.inside[0, :, first], nodes.inside[0, :, last], share,
                )  # fmt: skip
                nodes.share[0, :, side] = share
            name = cut(window, around, nodes, limits, close, name, out, counts)


@njit(cache=True, nogil=True)
def _room_in(out, counts):
    """Make room for the segments of one more cell."""
    used = counts.max()
    room = out[0].shape[1]
    if used + ROOM <= room:
        return out
    key = np.empty((len(counts), 2 * room + ROOM), np.int64)
    to = np.empty((len(counts), 2 * room + ROOM), np.int64)
    xy = np.empty((len(counts), 2 * room + ROOM, 2))
    key[:, :used], to[:, :used], xy[:, :used] = out[0][:, :used], out[1][:, :used], out[2][:, :used]
    return key, to, xy


@njit(cache=True, nogil=True)
def segments(window, refined, limits, close, begin, end):
    """Cut the cells of some rows of a window at all limits.

    Parameters
    ----------
    limits
        Thousandths, float32, rising.
    close
        Thousandths: costs so close to a limit may lie on either side of its line.
    begin, end
        Rows of cells.

    Returns
    -------
    (key, to, xy, row_start)
        By limit: key of each segment's start, key of its end, coordinates of its start in lattice steps from the
        window's first point; segments of row ``begin + j`` are ``row_start[k, j]:row_start[k, j + 1]``.
    """
    wide, n, total = window.values.shape[1] - 1, refined.n, len(limits)
    out = (
        np.empty((total, 2 * ROOM), np.int64),
        np.empty((total, 2 * ROOM), np.int64),
        np.empty((total, 2 * ROOM, 2)),
    )
    counts = np.zeros(total, np.int64)
    row_start = np.zeros((total, end - begin + 1), np.int64)
    nodes = nodes_for(total)
    stamp = np.full(len(window.network.segments.edge), -1, np.int64)
    across = np.int64(wide * n + 1)
    cliff = CLIFF_M * window.per_metre
    for j in range(begin, end):
        for i in range(wide):
            is_fine = refined.number[j, i] >= 0
            if not is_fine:
                _, low, top = _corners(window.values, j, i)
                if not _passes(low, top, limits):
                    continue
            out = _room_in(out, counts)
            name = -1 - (np.int64(j) * wide + i) * 4 * ROOM
            if is_fine:
                _refined_cell(
                    window, refined, j, i, across, limits, nodes, stamp, close, name, out, counts
                )
            else:
                _coarse_cell(
                    window, j, i, across, n, limits, cliff, nodes, close, name, out, counts
                )
        row_start[:, j - begin + 1] = counts
    return out[0], out[1], out[2], row_start

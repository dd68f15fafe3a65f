"""Access rows of the lattice, edge by edge, and the cells that barriers touch."""

# mypy: disable-error-code="no-untyped-def,untyped-decorator,type-arg,assignment"

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from geo.kernels.field_local import bars_near, longer
from geo.kernels.snap import first_barrier


class Lattice(NamedTuple):
    """Points ``origin + step * (column, row)``, numbered row by row."""

    origin_x: float
    origin_y: float
    step: float
    nx: int
    ny: int


@njit(cache=True, nogil=True, inline="always")
def _span(low, high, origin, step, count):
    """Lattice columns (or rows) from `low` to `high`."""
    first = max(0, int(np.ceil((low - origin) / step)))
    last = min(count - 1, int(np.floor((high - origin) / step)))
    return first, last


@njit(cache=True, nogil=True)
def _measure(segments, first, last, lattice, radius, i0, i1, j0, square, at):
    """Note the nearest place of one edge for the lattice points of a window within `radius`."""
    wide = i1 - i0 + 1
    for k in range(first, last):
        ax, ay, bx, by = segments.x0[k], segments.y0[k], segments.x1[k], segments.y1[k]
        dx, dy = bx - ax, by - ay
        whole = dx * dx + dy * dy
        c0, c1 = _span(
            min(ax, bx) - radius, max(ax, bx) + radius, lattice.origin_x, lattice.step, lattice.nx
        )
        r0, r1 = _span(
            min(ay, by) - radius, max(ay, by) + radius, lattice.origin_y, lattice.step, lattice.ny
        )
        for j in range(r0, r1 + 1):
            py = lattice.origin_y + j * lattice.step
            for i in range(c0, c1 + 1):
                px = lattice.origin_x + i * lattice.step
                share = 0.0
                if whole > 0.0:
                    share = min(1.0, max(0.0, ((px - ax) * dx + (py - ay) * dy) / whole))
                ex, ey = px - (ax + share * dx), py - (ay + share * dy)
                here = (j - j0) * wide + i - i0
                if ex * ex + ey * ey < square[here]:
                    square[here] = ex * ex + ey * ey
                    at[here] = segments.at[k] + share * segments.length[k]


@njit(cache=True, nogil=True)
def _place_on(segments, first, last, at):
    """Coordinates of the position `at` along an edge."""
    k = first
    while k + 1 < last and segments.at[k + 1] <= at:
        k += 1
    share = 0.0
    if segments.length[k] > 0.0:
        share = min(1.0, (at - segments.at[k]) / segments.length[k])
    return (
        segments.x0[k] + share * (segments.x1[k] - segments.x0[k]),
        segments.y0[k] + share * (segments.y1[k] - segments.y0[k]),
    )


@njit(cache=True, nogil=True)
def lattice_rows(network, lattice, start, begin, end, served, nearby):
    """List the rows of lattice points on edges ``begin..end`` within the frontage distance.

    Parameters
    ----------
    start
        Segments of edge e are ``start[e]:start[e + 1]``.
    served, nearby
        Per lattice point, set here: has a row on a large piece; lies within `max_access` of an edge.

    Returns
    -------
    (edge, point, fraction, walk)
        By edge, then by point.
    """
    segments = network.segments
    room = 65536
    edges, points = np.empty(room, np.int32), np.empty(room, np.int32)
    fractions, walks = np.empty(room, np.float32), np.empty(room, np.float32)
    used = 0
    reach = network.max_access
    for e in range(begin, end):
        first, last = start[e], start[e + 1]
        if segments.group[e] < 0 or first == last:
            continue
        x_low, x_high = segments.x0[first:last].min(), segments.x0[first:last].max()
        y_low, y_high = segments.y0[first:last].min(), segments.y0[first:last].max()
        x_low, x_high = (
            min(x_low, segments.x1[last - 1]) - reach,
            max(x_high, segments.x1[last - 1]) + reach,
        )
        y_low, y_high = (
            min(y_low, segments.y1[last - 1]) - reach,
            max(y_high, segments.y1[last - 1]) + reach,
        )
        i0, i1 = _span(x_low, x_high, lattice.origin_x, lattice.step, lattice.nx)
        j0, j1 = _span(y_low, y_high, lattice.origin_y, lattice.step, lattice.ny)
        if i1 < i0 or j1 < j0:
            continue
        wide = i1 - i0 + 1
        size = wide * (j1 - j0 + 1)
        square, at = np.full(size, np.inf), np.zeros(size)
        _measure(segments, first, last, lattice, reach, i0, i1, j0, square, at)
        check = bars_near(x_low, y_low, x_high, y_high, network.barrier_grid)
        if used + size > room:
            room = 2 * (used + size)
            edges, points = longer(edges, used, room), longer(points, used, room)
            fractions, walks = longer(fractions, used, room), longer(walks, used, room)
        for here in range(size):
            if square[here] > reach * reach:
                continue
            j, i = j0 + here // wide, i0 + here % wide
            point = j * lattice.nx + i
            nearby[point] = True
            if square[here] > network.frontage * network.frontage:
                continue
            if check:
                qx, qy = _place_on(segments, first, last, at[here])
                px, py = lattice.origin_x + i * lattice.step, lattice.origin_y + j * lattice.step
                if first_barrier(px, py, qx, qy, network.barriers, network.barrier_grid) >= 0:
                    continue
            edges[used], points[used] = e, point
            length = network.length[e]
            fractions[used] = min(1.0, at[here] / length) if length > 0.0 else 0.0
            walks[used] = np.sqrt(square[here])
            if segments.group[e] == 0:
                served[point] = True
            used += 1
    return edges[:used].copy(), points[:used].copy(), fractions[:used].copy(), walks[:used].copy()


@njit(cache=True, nogil=True)
def _touch(lattice, ax, ay, bx, by, touched):
    """Mark the cells that a barrier segment touches, a step of a thousandth beyond included."""
    slack = 1e-3 * lattice.step
    if ay > by:
        ax, ay, bx, by = bx, by, ax, ay
    j0 = max(0, int(np.floor((ay - slack - lattice.origin_y) / lattice.step)))
    j1 = min(lattice.ny - 2, int(np.floor((by + slack - lattice.origin_y) / lattice.step)))
    for j in range(j0, j1 + 1):
        low = max(ay, lattice.origin_y + j * lattice.step - slack)
        high = min(by, lattice.origin_y + (j + 1) * lattice.step + slack)
        left, right = min(ax, bx), max(ax, bx)
        if by > ay:
            one = ax + (bx - ax) * min(1.0, max(0.0, (low - ay) / (by - ay)))
            two = ax + (bx - ax) * min(1.0, max(0.0, (high - ay) / (by - ay)))
            left, right = min(one, two), max(one, two)
        i0 = max(0, int(np.floor((left - slack - lattice.origin_x) / lattice.step)))
        i1 = min(lattice.nx - 2, int(np.floor((right + slack - lattice.origin_x) / lattice.step)))
        for i in range(i0, i1 + 1):
            touched[j, i] = True


@njit(cache=True, nogil=True)
def touched_cells(barriers, lattice):
    """Mark the cells that barriers touch."""
    touched = np.zeros((lattice.ny - 1, lattice.nx - 1), np.bool_)
    for k in range(len(barriers.x0)):
        _touch(lattice, barriers.x0[k], barriers.y0[k], barriers.x1[k], barriers.y1[k], touched)
    return touched

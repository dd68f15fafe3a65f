"""Access rows of lattices: of the coarse lattice edge by edge, of fine lattices inside single cells."""

# mypy: disable-error-code="no-untyped-def,untyped-decorator,type-arg,assignment"

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from geo.kernels.field_local import bars_near, local_network, longer, rows_of
from geo.kernels.snap import first_barrier

NO_BREAK = 255  # a sub-edge along which the usable edges do not change
BREAK_STEPS = 7
SAME_PLACE_M = (
    1.0  # nearest points of one edge that jump by more than this and their points: a break
)


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
def _position(rows, point, edge):
    """Position of a point's row on an edge, NaN without one."""
    start, edges, at, _ = rows
    for r in range(start[point], start[point + 1]):
        if edges[r] == edge:
            return at[r]
    return np.nan


@njit(cache=True, nogil=True)
def _differ(a_rows, a, b_rows, b, apart):
    """Whether two points `apart` metres from each other use different edges, or one edge at places far apart."""
    if a_rows[0][a + 1] - a_rows[0][a] != b_rows[0][b + 1] - b_rows[0][b]:
        return True
    for r in range(a_rows[0][a], a_rows[0][a + 1]):
        other = _position(b_rows, b, a_rows[1][r])
        if not abs(other - a_rows[2][r]) <= 3.0 * apart + SAME_PLACE_M:
            return True
    return False


@njit(cache=True, nogil=True)
def _like_first(mid_rows, mid, rows, a, b):
    """Whether a point between a and b still has what a has and b has not (and lacks what a lacks)."""
    for one, other, sign in ((a, b, True), (b, a, False)):
        for r in range(rows[0][one], rows[0][one + 1]):
            edge = rows[1][r]
            there = _position(rows, other, edge)
            here = _position(mid_rows, mid, edge)
            if np.isnan(there):
                if np.isnan(here) == sign:
                    return False
            elif (
                sign
                and not np.isnan(here)
                and (
                    abs(here - there) < abs(here - rows[2][r])
                    and abs(there - rows[2][r]) > SAME_PLACE_M
                )
            ):
                return False
    return True


@njit(cache=True, nogil=True)
def _breaks(network, small, bars, near, px, py, rows, n, out):
    """Find, for every sub-edge whose ends differ, where the first change happens (in 254ths of it)."""
    p = n + 1
    total = 2 * n * p
    first, second = np.empty(total, np.int64), np.empty(total, np.int64)
    which = np.empty(total, np.int64)
    count = 0
    for s in range(total):
        if s < n * p:
            a = (s // n) * p + s % n
            b = a + 1
        else:
            a = s - n * p
            b = a + p
        out[s] = NO_BREAK
        apart = abs(px[b] - px[a]) + abs(py[b] - py[a])
        if _differ(rows, a, rows, b, apart):
            first[count], second[count], which[count] = a, b, s
            count += 1
    if count == 0:
        return
    low, high = np.zeros(count), np.ones(count)
    mx, my = np.empty(count), np.empty(count)
    for _ in range(BREAK_STEPS):
        for k in range(count):
            share = 0.5 * (low[k] + high[k])
            mx[k] = px[first[k]] + share * (px[second[k]] - px[first[k]])
            my[k] = py[first[k]] + share * (py[second[k]] - py[first[k]])
        mid_rows = rows_of(network, small, bars, mx, my, near)
        for k in range(count):
            share = 0.5 * (low[k] + high[k])
            if _like_first(mid_rows, k, rows, first[k], second[k]):
                low[k] = share
            else:
                high[k] = share
    for k in range(count):
        out[which[k]] = np.uint8(np.rint(127.0 * (low[k] + high[k])))


@njit(cache=True, nogil=True)
def cell_rows(network, lattice, cells, n):
    """Access rows of the ``(n + 1) ** 2`` fine points of some cells, and the breaks between them.

    Parameters
    ----------
    cells
        Numbers of the cells: that of the lattice point at the lower left.

    Returns
    -------
    (counts, edge, fraction, walk, breaks)
        Rows a point, by cell and point; breaks by cell and sub-edge (along x first), see `NO_BREAK`.
    """
    p = n + 1
    counts = np.zeros((len(cells), p * p), np.int32)
    breaks = np.full((len(cells), 2 * n * p), NO_BREAK, np.uint8)
    room = 256 * len(cells) + 64
    edges = np.empty(room, np.int32)
    fractions, walks = np.empty(room, np.float32), np.empty(room, np.float32)
    used = 0
    stamp = np.full(len(network.segments.edge), -1, np.int64)
    px, py = np.empty(p * p), np.empty(p * p)
    fine = lattice.step / n
    for c in range(len(cells)):
        column, row = cells[c] % lattice.nx, cells[c] // lattice.nx
        for l in range(p):  # noqa: E741
            for k in range(p):
                # whole fine steps, so that neighbouring cells share their points to the bit
                px[l * p + k] = lattice.origin_x + (column * n + k) * fine
                py[l * p + k] = lattice.origin_y + (row * n + l) * fine
        middle_x, middle_y = 0.5 * (px[0] + px[p * p - 1]), 0.5 * (py[0] + py[p * p - 1])
        small, old, bars = local_network(
            network, middle_x, middle_y, network.max_access + 0.5 * lattice.step + 0.01, 0.7072 * lattice.step,
            stamp, c,
        )  # fmt: skip
        if len(old) == 0:
            continue
        near = np.empty((len(old), 7))
        rows = rows_of(network, small, bars, px, py, near)
        total = len(rows[1])
        if used + total > room:
            room = 2 * (used + total)
            edges = longer(edges, used, room)
            fractions, walks = longer(fractions, used, room), longer(walks, used, room)
        for q in range(p * p):
            counts[c, q] = rows[0][q + 1] - rows[0][q]
        for r in range(total):
            edge = old[rows[1][r]]
            length = network.length[edge]
            edges[used + r] = edge
            fractions[used + r] = min(1.0, rows[2][r] / length) if length > 0.0 else 0.0
            walks[used + r] = rows[3][r]
        used += total
        _breaks(network, small, bars, near, px, py, rows, n, breaks[c])
    return counts, edges[:used].copy(), fractions[:used].copy(), walks[:used].copy(), breaks


@njit(cache=True, nogil=True)
def _touched(lattice, ax, ay, bx, by, counts):
    """Count one barrier segment in the cells it touches, a step of a thousandth beyond included."""
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
            counts[j, i] = min(2, counts[j, i] + 1)


@njit(cache=True, nogil=True)
def winding_cells(barriers, lattice):
    """Mark the cells in which barriers do more than run straight through: those two segments touch, or one ends in."""
    counts = np.zeros((lattice.ny - 1, lattice.nx - 1), np.uint8)
    for k in range(len(barriers.x0)):
        _touched(lattice, barriers.x0[k], barriers.y0[k], barriers.x1[k], barriers.y1[k], counts)
        for x, y in ((barriers.x0[k], barriers.y0[k]), (barriers.x1[k], barriers.y1[k])):
            i = int(np.floor((x - lattice.origin_x) / lattice.step))
            j = int(np.floor((y - lattice.origin_y) / lattice.step))
            if 0 <= i < lattice.nx - 1 and 0 <= j < lattice.ny - 1:
                counts[j, i] = 2
    return counts > 1

"""Access rows of lattices: of the coarse lattice edge by edge, of fine lattices inside single cells."""

# mypy: disable-error-code="no-untyped-def,untyped-decorator,type-arg,assignment"

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from geo.kernels.field_local import bars_near, local_network, longer, rows_of
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
def _any_bar(network, x0, y0, x1, y1):
    """Whether the box of any barrier segment meets a box."""
    grid, bars = network.barrier_grid, network.barriers
    i0 = max(0, int(np.floor((x0 - grid.origin_x) / grid.cell)))
    i1 = min(grid.nx - 1, int(np.floor((x1 - grid.origin_x) / grid.cell)))
    j0 = max(0, int(np.floor((y0 - grid.origin_y) / grid.cell)))
    j1 = min(grid.ny - 1, int(np.floor((y1 - grid.origin_y) / grid.cell)))
    for j in range(j0, j1 + 1):
        for i in range(i0, i1 + 1):
            for n in range(grid.start[j * grid.nx + i], grid.start[j * grid.nx + i + 1]):
                k = grid.item[n]
                if (
                    max(bars.x0[k], bars.x1[k]) >= x0
                    and min(bars.x0[k], bars.x1[k]) <= x1
                    and max(bars.y0[k], bars.y1[k]) >= y0
                    and min(bars.y0[k], bars.y1[k]) <= y1
                ):
                    return True
    return False


@njit(cache=True, nogil=True)
def _nearest_place(segments, first, last, x, y):
    """Coordinates of the nearest place on an edge."""
    best, px, py = np.inf, 0.0, 0.0
    for k in range(first, last):
        ax, ay = segments.x0[k], segments.y0[k]
        dx, dy = segments.x1[k] - ax, segments.y1[k] - ay
        whole = dx * dx + dy * dy
        share = 0.0
        if whole > 0.0:
            share = min(1.0, max(0.0, ((x - ax) * dx + (y - ay) * dy) / whole))
        qx, qy = ax + share * dx, ay + share * dy
        far = (x - qx) * (x - qx) + (y - qy) * (y - qy)
        if far < best:
            best, px, py = far, qx, qy
    return px, py


@njit(cache=True, nogil=True)
def _pockets(network, lattice, first, last, i0, j0, wide, state, at, pockets):
    """Mark cells whose corners all see an edge, or none does, and a place between them does otherwise."""
    step, segments = lattice.step, network.segments
    for here in range(len(state) - wide):
        if here % wide == wide - 1:
            continue
        seen = state[here]
        if seen == 0 or (
            seen != state[here + 1] or seen != state[here + wide] or seen != state[here + wide + 1]
        ):
            continue
        j, i = j0 + here // wide, i0 + here % wide
        x, y = lattice.origin_x + i * step, lattice.origin_y + j * step
        x0, y0, x1, y1 = x, y, x + step, y + step
        for corner in (here, here + 1, here + wide, here + wide + 1):
            px, py = _place_on(segments, first, last, at[corner])
            x0, y0, x1, y1 = min(x0, px), min(y0, py), max(x1, px), max(y1, py)
        if not _any_bar(network, x0, y0, x1, y1):
            continue
        for right, up in ((0.25, 0.5), (0.75, 0.5), (0.5, 0.25), (0.5, 0.75)):
            qx, qy = x + right * step, y + up * step
            px, py = _nearest_place(segments, first, last, qx, qy)
            open_ = first_barrier(qx, qy, px, py, network.barriers, network.barrier_grid) < 0
            if open_ != (seen == 1):
                pockets[j * lattice.nx + i] = True
                break


@njit(cache=True, nogil=True)
def lattice_rows(network, lattice, start, begin, end, served, nearby, pockets):
    """List the rows of lattice points on edges ``begin..end`` within the frontage distance.

    Parameters
    ----------
    start
        Segments of edge e are ``start[e]:start[e + 1]``.
    served, nearby
        Per lattice point, set here: has a row on a large piece; lies within `max_access` of an edge.
    pockets
        Per cell, by its first point, set here: barriers let some place in it use an edge that no corner uses, or bar
        one that all use.

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
        state = np.zeros(size if check else 0, np.uint8)  # 1: uses the edge, 2: barred from it
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
                state[here] = 1
                if first_barrier(px, py, qx, qy, network.barriers, network.barrier_grid) >= 0:
                    state[here] = 2
                    continue
            edges[used], points[used] = e, point
            length = network.length[e]
            fractions[used] = min(1.0, at[here] / length) if length > 0.0 else 0.0
            walks[used] = np.sqrt(square[here])
            if segments.group[e] == 0:
                served[point] = True
            used += 1
        if check:
            _pockets(network, lattice, first, last, i0, j0, wide, state, at, pockets)
    return edges[:used].copy(), points[:used].copy(), fractions[:used].copy(), walks[:used].copy()


@njit(cache=True, nogil=True)
def cell_rows(network, lattice, cells, n):
    """Access rows of the ``(n + 1) ** 2`` fine points of some cells.

    Parameters
    ----------
    cells
        Numbers of the cells: that of the lattice point at the lower left.

    Returns
    -------
    (counts, edge, fraction, walk)
        Rows a point, by cell and point.
    """
    p = n + 1
    counts = np.zeros((len(cells), p * p), np.int32)
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
    return counts, edges[:used].copy(), fractions[:used].copy(), walks[:used].copy()


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

"""How far the use of an edge extends from a lattice point towards its neighbours: where cliffs cross lattice edges."""

# mypy: disable-error-code="no-untyped-def,untyped-decorator,type-arg,assignment"

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from geo.kernels.field_local import bars_near
from geo.kernels.snap import first_barrier

WHOLE = np.uint8(255)  # the neighbour uses the edge, too, and at nearly the same place
PARTS = 254.0  # of the way to the neighbour, that extents are counted in
HALVINGS = 7
SECANTS = 4
CLOSE_M = 0.02
SAME_PLACE_M = 1.0


class PointRows(NamedTuple):
    """Access rows by lattice point: those of p are ``start[p]:start[p + 1]``.

    Attributes
    ----------
    edge, fraction, walk
        By row.
    extent
        uint8[rows, 4], by row: to the right, up, left, down.
    """

    start: np.ndarray
    edge: np.ndarray
    fraction: np.ndarray
    walk: np.ndarray
    extent: np.ndarray


@njit(cache=True, nogil=True, inline="always")
def _nearest(segments, first, last, x, y):
    """Distance, position and coordinates of the nearest place on an edge."""
    best, at, px, py = np.inf, 0.0, 0.0, 0.0
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
            best, at, px, py = far, segments.at[k] + share * segments.length[k], qx, qy
    return np.sqrt(best), at, px, py


@njit(cache=True, nogil=True)
def _open(network, x, y, px, py):
    """Whether no barrier stands between two points."""
    return first_barrier(x, y, px, py, network.barriers, network.barrier_grid) < 0


@njit(cache=True, nogil=True)
def _outdone(network, seg_start, rows, p, e, far, x, y, barred):
    """Whether one of the edges of lattice point p keeps a point from using edge e beyond the frontage distance."""
    group = network.segments.group[e]
    for k in range(rows.start[p], rows.start[p + 1]):
        other = rows.edge[k]
        if other == e:
            continue
        gap, _, px, py = _nearest(network.segments, seg_start[other], seg_start[other + 1], x, y)
        serves = gap <= network.frontage and network.segments.group[other] == 0
        nearer = gap < far and network.segments.group[other] == group
        if (serves or nearer) and (not barred or _open(network, x, y, px, py)):
            return True
    return False


@njit(cache=True, nogil=True)
def _uses(network, seg_start, rows, a, b, e, at_a, at_b, x, y, barred):
    """Whether a point between a and b uses edge e as a does."""
    far, at, px, py = _nearest(network.segments, seg_start[e], seg_start[e + 1], x, y)
    if far > network.max_access:
        return False
    if at_b >= 0.0 and abs(at - at_b) < abs(at - at_a):
        return False
    if barred and not _open(network, x, y, px, py):
        return False
    if far <= network.frontage:
        return True
    return not (
        _outdone(network, seg_start, rows, a, e, far, x, y, barred)
        or _outdone(network, seg_start, rows, b, e, far, x, y, barred)
    )


@njit(cache=True, nogil=True)
def _row_on(rows, p, e):
    """Row of lattice point p on edge e, -1 without one."""
    for k in range(rows.start[p], rows.start[p + 1]):
        if rows.edge[k] == e:
            return k
    return -1


@njit(cache=True, nogil=True)
def _served_along(network, rows, a, b, e):
    """Whether one other edge on a large piece serves both ends within the frontage distance: then all between."""
    for r in range(rows.start[a], rows.start[a + 1]):
        other = rows.edge[r]
        if other == e or network.segments.group[other] != 0 or rows.walk[r] > network.frontage:
            continue
        there = _row_on(rows, b, other)
        if there >= 0 and rows.walk[there] <= network.frontage:
            return True
    return False


@njit(cache=True, nogil=True)
def _frontage_ends(network, first, last, x, y, dx, dy, near):
    """Share of the way from (x, y) by (dx, dy) at which an edge is the frontage distance away; 1 if never.

    The distance is all but linear over one step, so a few secants (Illinois) find the place.
    """
    far, _, _, _ = _nearest(network.segments, first, last, x + dx, y + dy)
    low, high = 0.0, 1.0
    below, above = near - network.frontage, far - network.frontage
    if above <= 0.0:
        return 1.0
    share = 1.0
    for _ in range(SECANTS):
        share = low + (high - low) * below / (below - above)
        far, _, _, _ = _nearest(network.segments, first, last, x + share * dx, y + share * dy)
        gap = far - network.frontage
        if abs(gap) < CLOSE_M:
            break
        if gap > 0.0:
            high, above, below = share, gap, 0.5 * below
        else:
            low, below, above = share, gap, 0.5 * above
    return share


@njit(cache=True, nogil=True)
def _extent(network, lattice, seg_start, rows, a, b, r, at_b, barred):
    """Share of the way from a to b up to which row r of a holds."""
    e = rows.edge[r]
    at_a = rows.fraction[r] * network.length[e]
    first, last = seg_start[e], seg_start[e + 1]
    x = lattice.origin_x + (a % lattice.nx) * lattice.step
    y = lattice.origin_y + (a // lattice.nx) * lattice.step
    dx = lattice.origin_x + (b % lattice.nx) * lattice.step - x
    dy = lattice.origin_y + (b // lattice.nx) * lattice.step - y
    low, high = 0.0, 1.0
    if at_b < 0.0 and rows.walk[r] <= network.frontage and _served_along(network, rows, a, b, e):
        high = _frontage_ends(network, first, last, x, y, dx, dy, rows.walk[r])
        if not barred:
            return high
        _, _, px, py = _nearest(network.segments, first, last, x + high * dx, y + high * dy)
        if _open(network, x + high * dx, y + high * dy, px, py):
            return high
    for _ in range(HALVINGS):
        share = 0.5 * (low + high)
        if _uses(
            network, seg_start, rows, a, b, e, at_a, at_b, x + share * dx, y + share * dy, barred
        ):
            low = share
        else:
            high = share
    return 0.5 * (low + high)


@njit(cache=True, nogil=True)
def extents(network, lattice, seg_start, rows, begin, end):
    """Fill ``rows.extent`` for lattice points ``begin..end``.

    Parameters
    ----------
    seg_start
        Segments of edge e are ``seg_start[e]:seg_start[e + 1]``.
    """
    apart = 3.0 * lattice.step + SAME_PLACE_M
    reach = network.max_access + lattice.step
    for a in range(begin, end):
        if rows.start[a] == rows.start[a + 1]:
            continue
        i, j = a % lattice.nx, a // lattice.nx
        x, y = lattice.origin_x + i * lattice.step, lattice.origin_y + j * lattice.step
        barred = bars_near(x - reach, y - reach, x + reach, y + reach, network.barrier_grid)
        for side in range(4):
            dx, dy = (1, 0, -1, 0)[side], (0, 1, 0, -1)[side]
            b = a + dx + dy * lattice.nx
            off = not (0 <= i + dx < lattice.nx and 0 <= j + dy < lattice.ny)
            for r in range(rows.start[a], rows.start[a + 1]):
                rows.extent[r, side] = WHOLE
                if off:
                    continue
                e = rows.edge[r]
                other = _row_on(rows, b, e)
                at_b = -1.0
                if other >= 0:
                    at_b = rows.fraction[other] * network.length[e]
                    if abs(at_b - rows.fraction[r] * network.length[e]) <= apart:
                        continue
                share = _extent(network, lattice, seg_start, rows, a, b, r, at_b, barred)
                rows.extent[r, side] = np.uint8(np.rint(share * PARTS))

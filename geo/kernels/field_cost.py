"""Costs of any points near a cell of the lattice: the access rule asked of the edges and barriers round the cell."""

# mypy: disable-error-code="no-untyped-def,untyped-decorator,type-arg,assignment"

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from geo.kernels.field import point_cost
from geo.kernels.field_local import bars_near, local_network, localised
from geo.kernels.labels import CLOSED
from geo.kernels.snap import EdgeSegments, first_barrier


class Surroundings(NamedTuple):
    """What points of one cell may use: segments with edge numbers of their own, the old numbers, barriers near or not.

    Attributes
    ----------
    served
        Whether an edge on a large piece within the frontage distance is known to serve every point.
    near
        float64[edges, 12], scratch: distance, position and coordinates of the nearest place; whether the edge needs
        `point_cost`; its length; cost; cost at its tail and along it, cost at its head and along it backwards.
    """

    small: EdgeSegments
    old: np.ndarray
    bars: bool
    served: bool
    near: np.ndarray


@njit(cache=True, nogil=True)
def _edges_of_points(rows, points):
    """Edges that lattice points use, sorted."""
    total = 0
    for p in points:
        total += rows.start[p + 1] - rows.start[p]
    found = np.empty(total, np.int32)
    count = 0
    for p in points:
        for r in range(rows.start[p], rows.start[p + 1]):
            known = False
            for k in range(count):
                known = known or found[k] == rows.edge[r]
            if not known:
                found[count] = rows.edge[r]
                count += 1
    return np.sort(found[:count])


@njit(cache=True, nogil=True)
def _within(segments, seg_start, edges, x, y, radius):
    """Segments of some edges whose box lies within a radius of a place."""
    total = 0
    for e in edges:
        total += seg_start[e + 1] - seg_start[e]
    chosen = np.empty(total, np.int64)
    count = 0
    for e in edges:
        for s in range(seg_start[e], seg_start[e + 1]):
            if (
                max(segments.x0[s], segments.x1[s]) >= x - radius
                and min(segments.x0[s], segments.x1[s]) <= x + radius
                and max(segments.y0[s], segments.y1[s]) >= y - radius
                and min(segments.y0[s], segments.y1[s]) <= y + radius
            ):
                chosen[count] = s
                count += 1
    return chosen[:count]


@njit(cache=True, nogil=True)
def _affordable(search, edges, furthest):
    """Leave out edges on which every place costs more than the furthest limit."""
    kept = np.empty(len(edges), np.int32)
    count = 0
    for e in edges:
        if search.seed_of[e] < 0:
            least = min(point_cost(search, e, 0.0), point_cost(search, e, 1.0))
            if least > furthest:
                continue
        kept[count] = e
        count += 1
    return kept[:count]


@njit(cache=True, nogil=True)
def _all_served(network, rows, points):
    """Whether every one of some lattice points has a row on a large piece within the frontage distance."""
    for p in points:
        served = False
        for r in range(rows.start[p], rows.start[p + 1]):
            served = served or (
                rows.walk[r] <= network.frontage and network.segments.group[rows.edge[r]] == 0
            )
        if not served:
            return False
    return True


@njit(cache=True, nogil=True)
def _block(lattice, column, row, margin):
    """Lattice points of a cell and of those `margin` cells round it."""
    i0, i1 = max(0, column - margin), min(lattice.nx - 1, column + 1 + margin)
    j0, j1 = max(0, row - margin), min(lattice.ny - 1, row + 1 + margin)
    points = np.empty(max(0, i1 - i0 + 1) * max(0, j1 - j0 + 1), np.int64)
    count = 0
    for j in range(j0, j1 + 1):
        for i in range(i0, i1 + 1):
            points[count] = np.int64(j) * lattice.nx + i
            count += 1
    return points


@njit(cache=True, nogil=True)
def _scratch(network, search, old):
    """Make room for what is worked out of every edge, with what holds for all points."""
    near = np.empty((len(old), 12))
    for e in range(len(old)):
        edge = old[e]
        forward, backward = search.forward[edge], search.backward[edge]
        both = forward != CLOSED and backward != CLOSED
        near[e, 5] = 0.0 if search.seed_of[edge] < 0 and both else 1.0
        near[e, 6] = network.length[edge]
        near[e, 8], near[e, 10] = point_cost(search, edge, 0.0), point_cost(search, edge, 1.0)
        near[e, 9], near[e, 11] = float(forward), float(backward)
    return near


@njit(cache=True, nogil=True)
def used_nearby(network, lattice, seg_start, rows, search, column, row, furthest):
    """Gather what points inside a cell may use: the edges that lattice points at and round it use.

    Parameters
    ----------
    furthest
        Thousandths: costs beyond may be told as infinite.
    """
    step = lattice.step
    x = lattice.origin_x + (column + 0.5) * step
    y = lattice.origin_y + (row + 0.5) * step
    corners = _block(lattice, column, row, 0)
    served = _all_served(network, rows, corners)
    radius = (network.frontage if served else network.max_access) + 0.7072 * step
    edges = _edges_of_points(rows, corners if served else _block(lattice, column, row, 1))
    if served:
        edges = _affordable(search, edges, furthest)
    chosen = _within(network.segments, seg_start, edges, x, y, radius)
    small, old = localised(network, chosen)
    bars = bars_near(x - radius, y - radius, x + radius, y + radius, network.barrier_grid)
    return Surroundings(small, old, bars, served, _scratch(network, search, old))


@njit(cache=True, nogil=True)
def all_nearby(network, lattice, search, column, row, stamp):
    """Gather all that points in and on the rim of a cell may use: exact, two cells agree about their common side."""
    step = lattice.step
    number = np.int64(row + 1) * (lattice.nx + 2) + column + 1
    small, old, bars = local_network(
        network, lattice.origin_x + (column + 0.5) * step, lattice.origin_y + (row + 0.5) * step,
        network.max_access + 0.5 * step + 0.01, 0.7072 * step, stamp, number,
    )  # fmt: skip
    return Surroundings(small, old, bars, False, _scratch(network, search, old))


@njit(cache=True, nogil=True, inline="always")
def _seen(network, around, e, x, y):
    """Whether no barrier stands between a point and its nearest place on an edge."""
    seen = True
    if around.bars:
        px, py = around.near[e, 2], around.near[e, 3]
        seen = first_barrier(x, y, px, py, network.barriers, network.barrier_grid) < 0
    return seen


@njit(cache=True, nogil=True, inline="always")
def _by(network, around, search, per_metre, e):
    """Cost of the point in question by one edge."""
    near = around.near
    fraction = min(1.0, near[e, 1] / near[e, 6]) if near[e, 6] > 0.0 else 0.0
    if near[e, 5] > 0.0:
        cost = point_cost(search, around.old[e], fraction)
    else:
        cost = min(near[e, 8] + fraction * near[e, 9], near[e, 10] + (1.0 - fraction) * near[e, 11])
    return cost + near[e, 0] * per_metre


@njit(cache=True, nogil=True)
def cost_at(network, around, search, per_metre, x, y):
    """Cost of a point by the rule of `geo.kernels.snap.access_rows`.

    Barriers are asked about the cheapest edge first: whether they bar a dearer one seldom matters.
    """
    near, group = around.near, around.small.group
    near, group, small = around.near, around.small.group, around.small
    ax, ay, bx, by = small.x0, small.y0, small.x1, small.y1
    best, served = np.inf, around.served
    near[:, 0], near[:, 7] = np.inf, np.inf
    for k in range(len(small.edge)):
        e = small.edge[k]
        dx, dy = bx[k] - ax[k], by[k] - ay[k]
        whole = dx * dx + dy * dy
        share = 0.0
        if whole > 0.0:
            share = min(1.0, max(0.0, ((x - ax[k]) * dx + (y - ay[k]) * dy) / whole))
        px, py = ax[k] + share * dx, ay[k] + share * dy
        far = np.sqrt((x - px) * (x - px) + (y - py) * (y - py))
        if far < near[e, 0]:
            near[e, 0], near[e, 1] = far, small.at[k] + share * small.length[k]
            near[e, 2], near[e, 3] = px, py
    for e in range(len(near)):
        if near[e, 0] <= network.frontage:
            near[e, 7] = _by(network, around, search, per_metre, e)
    while True:
        cheapest = -1
        for e in range(len(around.old)):
            if near[e, 7] < best and (cheapest < 0 or near[e, 7] < near[cheapest, 7]):
                cheapest = e
        if cheapest < 0:
            break
        if _seen(network, around, cheapest, x, y):
            best = near[cheapest, 7]
            served = served or group[cheapest] == 0
        near[cheapest, 7] = np.inf
    for e in range(len(around.old)):
        if served:
            return best
        if group[e] == 0 and near[e, 0] <= network.frontage:
            served = _seen(network, around, e, x, y)
    return best if served else _beyond(network, around, search, per_metre, x, y, best)


@njit(cache=True, nogil=True)
def _beyond(network, around, search, per_metre, x, y, best):
    """Cost of a point that no large piece serves: by the nearest edge of every group that has none yet."""
    near, group = around.near, around.small.group
    total = len(around.old)
    done = np.zeros(total, np.bool_)  # edges of groups that are used
    for attempt in range(2):
        order = np.argsort(near[:, 0], kind="mergesort")
        for e in order:
            if near[e, 0] > (network.frontage if attempt == 0 else network.max_access):
                break
            if done[e]:
                continue
            if _seen(network, around, e, x, y):
                best = min(best, _by(network, around, search, per_metre, e))
                for other in range(total):
                    done[other] = done[other] or group[other] == group[e]
    return best

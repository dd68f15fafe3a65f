"""A close look at single cells of the lattice: exact costs of any points inside, by the access rule itself.

Strategy
--------
- What a cell's points may use is taken out of the network once a cell: the edges within the frontage distance, and,
  only when some point there has none on a large piece, those within the farthest access distance.
- A point's cost is the least over its rows; a line to an edge is held against barriers only when it could lower the
  cost, or decide whether the point is served at all. Costs equal those of `geo.kernels.snap.access_rows`.
"""

# mypy: disable-error-code="no-untyped-def,untyped-decorator,type-arg,assignment"

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from geo.kernels.field import cost_on_edge, edge_costs, point_cost
from geo.kernels.field_local import longer
from geo.kernels.snap import TIE_M, TRIM_M, segments_meet


class Surroundings(NamedTuple):
    """Edges and barriers that points of one cell may meet.

    Attributes
    ----------
    shape
        By segment: x, y, its extent in both, that squared, its position along the edge, its length.
    first
        Segments of local edge k are ``first[k]:first[k + 1]``.
    edge, group, ends
        Per local edge: its number, its group; costs (at the tail, at the head, forward, backward) and length.
    bar
        Ends of barrier segments.
    """

    shape: np.ndarray
    first: np.ndarray
    edge: np.ndarray
    group: np.ndarray
    ends: np.ndarray
    bar: np.ndarray


@njit(cache=True, nogil=True, inline="always")
def _apart(x0, y0, x1, y1, x, y, radius):
    """Whether the box of a segment lies beyond a square of half width `radius`."""
    return (
        max(x0, x1) < x - radius
        or min(x0, x1) > x + radius
        or max(y0, y1) < y - radius
        or min(y0, y1) > y + radius
    )


@njit(cache=True, nogil=True)
def _listed(x, y, radius, grid, x0, y0, x1, y1, stamp, stamp_no):
    """Return the numbers of the segments near a point, rising."""
    found = np.empty(64, np.int64)
    count = 0
    i0 = max(0, int(np.floor((x - radius - grid.origin_x) / grid.cell)))
    i1 = min(grid.nx - 1, int(np.floor((x + radius - grid.origin_x) / grid.cell)))
    j0 = max(0, int(np.floor((y - radius - grid.origin_y) / grid.cell)))
    j1 = min(grid.ny - 1, int(np.floor((y + radius - grid.origin_y) / grid.cell)))
    for j in range(j0, j1 + 1):
        for i in range(i0, i1 + 1):
            c = j * grid.nx + i
            for n in range(grid.start[c], grid.start[c + 1]):
                s = grid.item[n]
                if stamp[s] == stamp_no or _apart(x0[s], y0[s], x1[s], y1[s], x, y, radius):
                    continue
                stamp[s] = stamp_no
                if count == len(found):
                    found = longer(found, count, 2 * count)
                found[count] = s
                count += 1
    return np.sort(found[:count])


@njit(cache=True, nogil=True)
def surroundings(network, search, x, y, radius, stamps, stamp_no):
    """Take out of the network what lies within `radius` (by box) of a point.

    Parameters
    ----------
    stamps
        Scratch, see `stamps_of`; `stamp_no` was not used for another place.
    """
    segments, bars = network.segments, network.barriers
    near = _listed(
        x, y, radius, network.grid, segments.x0, segments.y0, segments.x1, segments.y1, stamps[0], stamp_no,
    )  # fmt: skip
    shape, first = np.empty((len(near), 7)), np.empty(len(near) + 1, np.int64)
    edge, group = np.empty(len(near), np.int64), np.empty(len(near), np.int64)
    ends = np.empty((len(near), 5))
    used, count = 0, 0
    for s in near:
        e = segments.edge[s]
        if segments.group[e] < 0:
            continue
        if count == 0 or edge[count - 1] != e:
            first[count], edge[count], group[count] = used, e, segments.group[e]
            ends[count, 0], ends[count, 1], ends[count, 2], ends[count, 3] = edge_costs(search, e)
            ends[count, 4] = network.length[e]
            count += 1
        dx, dy = segments.x1[s] - segments.x0[s], segments.y1[s] - segments.y0[s]
        shape[used, 0], shape[used, 1], shape[used, 2], shape[used, 3] = (
            segments.x0[s], segments.y0[s], dx, dy,
        )  # fmt: skip
        shape[used, 4], shape[used, 5], shape[used, 6] = (
            dx * dx + dy * dy, segments.at[s], segments.length[s],
        )  # fmt: skip
        used += 1
    first[count] = used
    listed = _listed(
        x, y, radius, network.barrier_grid, bars.x0, bars.y0, bars.x1, bars.y1, stamps[1], stamp_no
    )
    bar = np.empty((len(listed), 4))
    for k in range(len(listed)):
        b = listed[k]
        bar[k, 0], bar[k, 1], bar[k, 2], bar[k, 3] = bars.x0[b], bars.y0[b], bars.x1[b], bars.y1[b]
    return Surroundings(
        shape[:used], first[: count + 1], edge[:count], group[:count], ends[:count], bar
    )


@njit(cache=True, nogil=True, inline="always")
def _nearest(around, k, x, y, near):
    """Find the nearest place on local edge k, both ends of a tie.

    ``near``: distance, then position and coordinates of the first and of the last of equally near places.
    """
    shape = around.shape
    best = np.inf
    for s in range(around.first[k], around.first[k + 1]):
        ax, ay, dx, dy = shape[s, 0], shape[s, 1], shape[s, 2], shape[s, 3]
        share = 0.0
        if shape[s, 4] > 0.0:
            share = min(1.0, max(0.0, ((x - ax) * dx + (y - ay) * dy) / shape[s, 4]))
        px, py = ax + share * dx, ay + share * dy
        far = np.sqrt((x - px) * (x - px) + (y - py) * (y - py))
        if far > best + TIE_M:
            continue
        at = shape[s, 5] + share * shape[s, 6]
        if far < best - TIE_M:
            best = far
            near[1], near[2], near[3] = at, px, py
            near[4], near[5], near[6] = at, px, py
        else:
            if at < near[1]:
                near[1], near[2], near[3] = at, px, py
            if at > near[4]:
                near[4], near[5], near[6] = at, px, py
            best = min(best, far)
    near[0] = best


@njit(cache=True, nogil=True, inline="always")
def _open(bar, ax, ay, bx, by):
    """Whether no barrier crosses the line a-b; see `geo.kernels.snap.first_barrier`."""
    length = np.hypot(bx - ax, by - ay)
    is_open = True
    if length > 2.0 * TRIM_M:
        tx, ty = (bx - ax) / length * TRIM_M, (by - ay) / length * TRIM_M
        for b in range(len(bar)):
            if segments_meet(
                ax + tx, ay + ty, bx - tx, by - ty, bar[b, 0], bar[b, 1], bar[b, 2], bar[b, 3]
            ):
                is_open = False
                break
    return is_open


@njit(cache=True, nogil=True, inline="always")
def _by_place(search, around, k, near, end, per_metre):
    """Cost of a point by its place on local edge k."""
    length = around.ends[k, 4]
    fraction = min(1.0, near[1 + 3 * end] / length) if length > 0.0 else 0.0
    along = cost_on_edge(
        search, around.edge[k], fraction,
        around.ends[k, 0], around.ends[k, 1], around.ends[k, 2], around.ends[k, 3],
    )  # fmt: skip
    return along + near[0] * per_metre


@njit(cache=True, nogil=True)
def _front_costs(search, around, frontage, per_metre, x, y, cost, large):
    """Fill in least costs over edges within the frontage distance, and whether one of them is of a large piece."""
    near = np.empty(7)
    for q in range(len(x)):
        best, served = np.inf, False
        for k in range(len(around.edge)):
            _nearest(around, k, x[q], y[q], near)
            if near[0] > frontage:
                continue
            main = around.group[k] == 0
            for end in range(2):
                if end == 1 and near[4] <= near[1]:
                    break
                one = _by_place(search, around, k, near, end, per_metre)
                if one >= best and (served or not main):
                    continue
                if _open(around.bar, x[q], y[q], near[2 + 3 * end], near[3 + 3 * end]):
                    best, served = min(best, one), served or main
        cost[q], large[q] = best, served


@njit(cache=True, nogil=True)
def _far_costs(search, around, max_access, per_metre, x, y, cost, large):
    """Lower the costs of points that are not `large` by the nearest open edge of every group, as far as one may go."""
    count = len(around.edge)
    far, near = np.empty(count), np.empty(7)
    for q in range(len(x)):
        if large[q]:
            continue
        for k in range(count):
            _nearest(around, k, x[q], y[q], near)
            far[k] = near[0]
        while True:
            nearest = -1
            for k in range(count):
                if far[k] <= max_access and (nearest < 0 or far[k] < far[nearest]):
                    nearest = k
            if nearest < 0:
                break
            _nearest(around, nearest, x[q], y[q], near)
            far[nearest] = np.inf
            taken = False
            for end in range(2):
                if end == 1 and near[4] <= near[1]:
                    break
                if _open(around.bar, x[q], y[q], near[2 + 3 * end], near[3 + 3 * end]):
                    cost[q] = min(cost[q], _by_place(search, around, nearest, near, end, per_metre))
                    taken = True
            if taken:
                for k in range(count):
                    if around.group[k] == around.group[nearest]:
                        far[k] = np.inf


@njit(cache=True, nogil=True)
def _holds(compounds, k, x, y):
    """Even-odd test of a point against the outline of compound k."""
    if not (
        compounds.box[k, 0] < x < compounds.box[k, 2]
        and compounds.box[k, 1] < y < compounds.box[k, 3]
    ):
        return False
    odd = False
    for s in range(compounds.start[k], compounds.start[k + 1]):
        ax, ay, bx, by = (
            compounds.side[s, 0], compounds.side[s, 1], compounds.side[s, 2], compounds.side[s, 3],
        )  # fmt: skip
        if (ay > y) != (by > y) and x < (bx - ax) * (y - ay) / (by - ay) + ax:
            odd = not odd
    return odd


@njit(cache=True, nogil=True)
def _gate_costs(search, compounds, per_metre, x, y, cost):
    """Lower costs of points inside walled compounds: straight to the gates of the first that holds them."""
    for q in range(len(x)):
        for k in range(len(compounds.box)):
            if not _holds(compounds, k, x[q], y[q]):
                continue
            for g in range(compounds.gate_start[k], compounds.gate_start[k + 1]):
                walk = np.hypot(x[q] - compounds.gate[g, 0], y[q] - compounds.gate[g, 1])
                along = point_cost(search, compounds.edge[g], 0.0)
                cost[q] = min(cost[q], along + walk * per_metre)
            break


@njit(cache=True, nogil=True)
def stamps_of(network):
    """Room for stamps of edge and barrier segments."""
    return (
        np.full(len(network.segments.edge), -1, np.int64),
        np.full(len(network.barriers.x0), -1, np.int64),
    )


@njit(cache=True, nogil=True)
def _round(network, lattice, search, cell, distance, stamps, stamp_no):
    """Take out what points of a cell meet within a distance; `stamp_no` was not used before."""
    x = lattice.origin_x + (cell % lattice.nx + 0.5) * lattice.step
    y = lattice.origin_y + (cell // lattice.nx + 0.5) * lattice.step
    return surroundings(
        network, search, x, y, distance + 0.5 * lattice.step + 0.01, stamps, stamp_no
    )


@njit(cache=True, nogil=True)
def nothing_near():
    """Return what `costs_of` keeps of a cell before the first one."""
    none = Surroundings(
        np.empty((0, 7)), np.zeros(1, np.int64), np.empty(0, np.int64), np.empty(0, np.int64),
        np.empty((0, 5)), np.empty((0, 4)),
    )  # fmt: skip
    return none, none, np.int64(-1), np.int64(-1), np.int64(0)


@njit(cache=True, nogil=True)
def costs_of(network, lattice, search, per_metre, cell, x, y, cost, large, stamps, near):
    """Fill in the costs of points of a cell.

    Parameters
    ----------
    large
        Scratch, by point.
    stamps
        See `stamps_of`.
    near
        What the call before returned, `nothing_near` at first: what was taken out of the network for the same cell is
        not taken out again.
    """
    close, wide, of_close, of_wide, taken = near
    if of_close != cell:
        close = _round(network, lattice, search, cell, network.frontage, stamps, taken)
        of_close, taken = cell, taken + 1
    _front_costs(search, close, network.frontage, per_metre, x, y, cost, large)
    if not large.all():
        if of_wide != cell:
            wide = _round(network, lattice, search, cell, network.max_access, stamps, taken)
            of_wide, taken = cell, taken + 1
        _far_costs(search, wide, network.max_access, per_metre, x, y, cost, large)
    if len(network.compounds.box):
        _gate_costs(search, network.compounds, per_metre, x, y, cost)
    return close, wide, of_close, of_wide, taken

"""Access rows of single points near one place: the segments round it, taken out of the network once."""

# mypy: disable-error-code="no-untyped-def,untyped-decorator,type-arg,assignment"

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from geo.kernels.snap import TIE_M, BarrierSegments, EdgeSegments, Grid, first_barrier


class Network(NamedTuple):
    """What access rows are made of: segments of edges and barriers, each with its index, and the two distances."""

    segments: EdgeSegments
    grid: Grid
    barriers: BarrierSegments
    barrier_grid: Grid
    length: np.ndarray
    frontage: float
    max_access: float


@njit(cache=True, nogil=True)
def bars_near(x0, y0, x1, y1, grid):
    """Whether any barrier segment is listed in the index cells of a box."""
    i0 = max(0, int(np.floor((x0 - grid.origin_x) / grid.cell)))
    i1 = min(grid.nx - 1, int(np.floor((x1 - grid.origin_x) / grid.cell)))
    j0 = max(0, int(np.floor((y0 - grid.origin_y) / grid.cell)))
    j1 = min(grid.ny - 1, int(np.floor((y1 - grid.origin_y) / grid.cell)))
    for j in range(j0, j1 + 1):
        for i in range(i0, i1 + 1):
            if grid.start[j * grid.nx + i + 1] > grid.start[j * grid.nx + i]:
                return True
    return False


@njit(cache=True, nogil=True)
def longer(values, used, room):
    """Copy the first `used` values into an array of `room`."""
    copy = np.empty(room, values.dtype)
    copy[:used] = values[:used]
    return copy


@njit(cache=True, nogil=True)
def _local_segments(network, x, y, radius, stamp, stamp_no):
    """Return the segments within `radius` (by box) of a point, by rising number."""
    grid, segments = network.grid, network.segments
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
                if stamp[s] == stamp_no or segments.group[segments.edge[s]] < 0:
                    continue
                stamp[s] = stamp_no
                if (
                    max(segments.x0[s], segments.x1[s]) < x - radius
                    or min(segments.x0[s], segments.x1[s]) > x + radius
                ):
                    continue
                if (
                    max(segments.y0[s], segments.y1[s]) < y - radius
                    or min(segments.y0[s], segments.y1[s]) > y + radius
                ):
                    continue
                if count == len(found):
                    found = longer(found, count, 2 * count)
                found[count] = s
                count += 1
    return np.sort(found[:count])


@njit(cache=True, nogil=True)
def _localised(network, chosen):
    """Make a network of the `chosen` segments with its own edge numbers; returns it and the old numbers."""
    segments = network.segments
    count = len(chosen)
    local = np.zeros(count, np.int32)
    for k in range(1, count):
        local[k] = local[k - 1] + (segments.edge[chosen[k]] != segments.edge[chosen[k - 1]])
    total = local[count - 1] + 1 if count else 0
    old = np.empty(total, np.int32)
    for k in range(count):
        old[local[k]] = segments.edge[chosen[k]]
    small = EdgeSegments(
        segments.x0[chosen], segments.y0[chosen], segments.x1[chosen], segments.y1[chosen],
        local, segments.at[chosen], segments.length[chosen], segments.group[old],
    )  # fmt: skip
    return small, old


@njit(cache=True, nogil=True)
def _within_frontage(network, small, chosen, x, y, slack):
    """Leave out edges that no point within `slack` of a place may use, where all have one within the frontage."""
    keep = np.zeros(len(chosen), np.bool_)
    near = np.empty(7)
    k, served = 0, False
    while k < len(chosen):
        first = k
        k = _nearest(small, k, x, y, near)
        keep[first:k] = near[0] <= network.frontage + slack
        served = served or (
            small.group[small.edge[first]] == 0 and near[0] <= network.frontage - slack
        )
    return chosen[keep] if served else chosen


@njit(cache=True, nogil=True)
def _nearest(small, k, px, py, near):
    """Find the nearest place on the edge that begins at segment k, both ends of a tie; returns the next segment.

    ``near``: distance, then position and coordinates of the first and of the last of equally near places.
    """
    edge = small.edge[k]
    near[:] = np.inf
    while k < len(small.edge) and small.edge[k] == edge:
        ax, ay = small.x0[k], small.y0[k]
        dx, dy = small.x1[k] - ax, small.y1[k] - ay
        whole = dx * dx + dy * dy
        share = 0.0
        if whole > 0.0:
            share = min(1.0, max(0.0, ((px - ax) * dx + (py - ay) * dy) / whole))
        x, y = ax + share * dx, ay + share * dy
        far = np.sqrt((px - x) * (px - x) + (py - y) * (py - y))
        at = small.at[k] + share * small.length[k]
        if far < near[0] - TIE_M:
            near[0], near[1], near[2], near[3] = far, at, x, y
            near[4], near[5], near[6] = at, x, y
        elif far <= near[0] + TIE_M:
            if at < near[1]:
                near[1], near[2], near[3] = at, x, y
            if at > near[4]:
                near[4], near[5], near[6] = at, x, y
            near[0] = min(near[0], far)
        k += 1
    return k


@njit(cache=True, nogil=True)
def local_network(network, x, y, radius, slack, stamp, stamp_no):
    """Take the edges that points of a cell may use.

    Parameters
    ----------
    x, y, radius
        Middle of the cell; all segments within `radius` (by box) come in question.
    slack
        Distance from the middle to a corner.
    stamp, stamp_no
        Scratch, one number a segment; a number not used before.

    Returns
    -------
    (small, old, bars)
        Segments with edge numbers of their own, the old numbers, and whether barriers are near.
    """
    chosen = _local_segments(network, x, y, radius, stamp, stamp_no)
    small, old = _localised(network, chosen)
    bars = bars_near(x - radius, y - radius, x + radius, y + radius, network.barrier_grid)
    if not bars and len(chosen):
        small, old = _localised(network, _within_frontage(network, small, chosen, x, y, slack))
    return small, old, bars


@njit(cache=True, nogil=True)
def rows_of(network, small, bars, px, py, near):
    """Access rows of points by the rule of `geo.kernels.snap.access_rows`, over few segments and much faster.

    Parameters
    ----------
    bars
        Whether barriers are near.
    near
        float64[edges, 7], scratch.

    Returns
    -------
    (start, edge, position, walk)
        By point.
    """
    count, total = len(px), len(near)
    start = np.zeros(count + 1, np.int64)
    room = max(1, 2 * total * count)
    edges, at, walk = np.empty(room, np.int32), np.empty(room), np.empty(room)
    used = 0
    for q in range(count):
        x, y = px[q], py[q]
        k = 0
        for e in range(total):
            k = _nearest(small, k, x, y, near[e])
        large = False
        first = used
        for attempt in range(2):
            if attempt == 0:
                order = np.arange(total)
                radius = network.frontage
            else:
                order = np.argsort(near[:, 0], kind="mergesort")
                radius = network.max_access
            for e in order:
                if near[e, 0] > radius:
                    continue
                group = small.group[e]
                if attempt == 1:
                    taken = False
                    for r in range(first, used):
                        taken = taken or small.group[edges[r]] == group
                    if taken:
                        continue
                for end in range(2):
                    place = near[e, 1 + 3 * end]
                    if end == 1 and place <= near[e, 1]:
                        break
                    if bars and first_barrier(
                        x, y, near[e, 2 + 3 * end], near[e, 3 + 3 * end], network.barriers, network.barrier_grid
                    ) >= 0:  # fmt: skip
                        continue
                    edges[used], at[used], walk[used] = e, place, near[e, 0]
                    used += 1
                    large = large or group == 0
            if large:
                break
        start[q + 1] = used
    return start, edges[:used], at[:used], walk[:used]

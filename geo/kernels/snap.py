"""Access rows: which edges a place may use, where it meets them, and what bars the way."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]

TIE_M = (
    1e-7  # as near as that is equally near: a front along a street keeps both its ends. Wider would
)
# count a vertex beside the foot of the perpendicular as a tie, and digitising would change minutes
APART_M = 0.001  # the two ends of a tie closer than this are one point
TRIM_M = 0.05  # an access line may start or end on a barrier, it may not cross one
NEVER = -1  # edge group: not enterable


class Grid(NamedTuple):
    """Segments by cell: those of cell (i, j) are ``item[start[j * nx + i]:start[j * nx + i + 1]]``."""

    origin_x: float
    origin_y: float
    cell: float
    nx: int
    ny: int
    start: Longs
    item: Ints


class Sides(NamedTuple):
    """Places as sides: those of place p are ``start[p]:start[p + 1]``; a point is one side of no length."""

    x0: Floats
    y0: Floats
    x1: Floats
    y1: Floats
    start: Longs
    is_area: npt.NDArray[np.bool_]


class EdgeSegments(NamedTuple):
    """Straight pieces of edges: ends, edge, position of the first end along the edge, length (metres)."""

    x0: Floats
    y0: Floats
    x1: Floats
    y1: Floats
    edge: Ints
    at: Floats
    length: Floats
    group: Ints  # of each edge: 0 large piece, >= 1 served island, NEVER


class BarrierSegments(NamedTuple):
    """Straight pieces of barriers."""

    x0: Floats
    y0: Floats
    x1: Floats
    y1: Floats


class Rows(NamedTuple):
    """Output rows; ``value``: walk, position, place end x, y, edge end x, y (metres)."""

    place: Ints
    edge: Ints
    value: Floats


@njit(cache=True, nogil=True, inline="always")
def _cells(
    ax: float,
    ay: float,
    bx: float,
    by: float,
    origin_x: float,
    origin_y: float,
    cell: float,
    nx: int,
    ny: int,
) -> tuple[int, int, int, int]:
    i0 = int(np.floor((min(ax, bx) - origin_x) / cell))
    i1 = int(np.floor((max(ax, bx) - origin_x) / cell))
    j0 = int(np.floor((min(ay, by) - origin_y) / cell))
    j1 = int(np.floor((max(ay, by) - origin_y) / cell))
    # what lies beyond the grid has no cell: an empty range, not the border cell
    return max(0, i0), min(nx - 1, i1), max(0, j0), min(ny - 1, j1)


@njit(cache=True, nogil=True)
def index_segments(
    x0: Floats,
    y0: Floats,
    x1: Floats,
    y1: Floats,
    origin_x: float,
    origin_y: float,
    cell: float,
    nx: int,
    ny: int,
) -> tuple[Longs, Ints]:
    """Count and list segments by the cells of their boxes; returns (start, item) of a `Grid`."""
    start = np.zeros(nx * ny + 1, np.int64)
    for k in range(len(x0)):
        i0, i1, j0, j1 = _cells(x0[k], y0[k], x1[k], y1[k], origin_x, origin_y, cell, nx, ny)
        for j in range(j0, j1 + 1):
            for i in range(i0, i1 + 1):
                start[j * nx + i + 1] += 1
    for c in range(nx * ny):
        start[c + 1] += start[c]
    fill = start[:-1].copy()
    item = np.empty(start[-1], np.int32)
    for k in range(len(x0)):
        i0, i1, j0, j1 = _cells(x0[k], y0[k], x1[k], y1[k], origin_x, origin_y, cell, nx, ny)
        for j in range(j0, j1 + 1):
            for i in range(i0, i1 + 1):
                item[fill[j * nx + i]] = k
                fill[j * nx + i] += 1
    return start, item


@njit(cache=True, nogil=True, inline="always")
def _project(
    px: float, py: float, ax: float, ay: float, bx: float, by: float
) -> tuple[float, float]:
    """Share along a-b of the point nearest to p, and its squared distance."""
    dx, dy = bx - ax, by - ay
    square = dx * dx + dy * dy
    share = 0.0
    if square > 0.0:
        share = ((px - ax) * dx + (py - ay) * dy) / square
        share = min(1.0, max(0.0, share))
    ex, ey = px - (ax + share * dx), py - (ay + share * dy)
    return share, ex * ex + ey * ey


@njit(cache=True, nogil=True, inline="always")
def _side(ax: float, ay: float, bx: float, by: float, px: float, py: float) -> float:
    return (bx - ax) * (py - ay) - (by - ay) * (px - ax)


@njit(cache=True, nogil=True)
def segments_meet(
    ax: float, ay: float, bx: float, by: float, cx: float, cy: float, dx: float, dy: float
) -> bool:
    """Whether segments a-b and c-d meet, ends included."""
    if max(ax, bx) < min(cx, dx) or max(cx, dx) < min(ax, bx):
        return False
    if max(ay, by) < min(cy, dy) or max(cy, dy) < min(ay, by):
        return False
    s1, s2 = _side(ax, ay, bx, by, cx, cy), _side(ax, ay, bx, by, dx, dy)
    s3, s4 = _side(cx, cy, dx, dy, ax, ay), _side(cx, cy, dx, dy, bx, by)
    apart = (s1 > 0.0 and s2 > 0.0) or (s1 < 0.0 and s2 < 0.0)
    return not (apart or (s3 > 0.0 and s4 > 0.0) or (s3 < 0.0 and s4 < 0.0))


@njit(cache=True, nogil=True)
def first_barrier(
    ax: float, ay: float, bx: float, by: float, barriers: BarrierSegments, grid: Grid
) -> int:
    """Return the lowest index of a barrier segment that the line a-b crosses, or -1.

    Both ends of the line are trimmed, so that a wall may stand on the bank and a path may run along it.
    """
    length = np.hypot(bx - ax, by - ay)
    if length <= 2.0 * TRIM_M or len(barriers.x0) == 0:
        return -1
    tx, ty = (bx - ax) / length * TRIM_M, (by - ay) / length * TRIM_M
    ax, ay, bx, by = ax + tx, ay + ty, bx - tx, by - ty
    found = -1
    i0, i1, j0, j1 = _cells(
        ax, ay, bx, by, grid.origin_x, grid.origin_y, grid.cell, grid.nx, grid.ny
    )
    for j in range(j0, j1 + 1):
        for i in range(i0, i1 + 1):
            c = j * grid.nx + i
            for n in range(grid.start[c], grid.start[c + 1]):
                k = grid.item[n]
                if (found < 0 or k < found) and segments_meet(
                    ax, ay, bx, by, barriers.x0[k], barriers.y0[k], barriers.x1[k], barriers.y1[k]
                ):
                    found = k
    return found


@njit(cache=True, nogil=True)
def _inside(px: float, py: float, sides: Sides, first: int, last: int) -> bool:
    """Even-odd test of a point against the ring sides first..last (holes included)."""
    odd = False
    for k in range(first, last):
        ay, by = sides.y0[k], sides.y1[k]
        if (ay > py) != (by > py):
            ax, bx = sides.x0[k], sides.x1[k]
            if px < (bx - ax) * (py - ay) / (by - ay) + ax:
                odd = not odd
    return odd


@njit(cache=True, nogil=True)
def _note(
    edge: int,
    distance: float,
    at: float,
    px: float,
    py: float,
    qx: float,
    qy: float,
    touched: Ints,
    count: int,
    near: Floats,
) -> int:
    """Keep the nearest point of an edge in near[edge, 0], the far end of a tie in near[edge, 1]."""
    best = near[edge, 0, 0]
    if best == np.inf:
        touched[count] = edge
        count += 1
    if distance < best - TIE_M:
        for end in range(2):
            row = near[edge, end]
            row[0], row[1] = distance, at
            row[2], row[3], row[4], row[5] = px, py, qx, qy
    elif distance <= best + TIE_M:
        for end in range(2):
            row = near[edge, end]
            if (end == 0 and at < row[1]) or (end == 1 and at > row[1]):
                row[1], row[2], row[3], row[4], row[5] = at, px, py, qx, qy
            row[0] = min(best, distance)
    return count


@njit(cache=True, nogil=True)
def _pair(
    ax: float,
    ay: float,
    bx: float,
    by: float,
    cx: float,
    cy: float,
    dx: float,
    dy: float,
    edge: int,
    at: float,
    length: float,
    radius: float,
    touched: Ints,
    count: int,
    near: Floats,
) -> int:
    """Note the nearest points of the place's side a-b and the edge's segment c-d.

    A side's second end is the first end of the next side, so only its first end is measured.
    """
    is_side = ax != bx or ay != by
    if is_side and segments_meet(ax, ay, bx, by, cx, cy, dx, dy):
        s3, s4 = _side(ax, ay, bx, by, cx, cy), _side(ax, ay, bx, by, dx, dy)
        if s3 != s4:  # collinear sides meet at one of the ends below
            share = s3 / (s3 - s4)
            x, y = cx + share * (dx - cx), cy + share * (dy - cy)
            count = _note(edge, 0.0, at + share * length, x, y, x, y, touched, count, near)
            return count  # noqa: RET504 (the type checker sees through no compiled call)
    limit = radius * radius
    share, square = _project(ax, ay, cx, cy, dx, dy)
    if square <= limit:
        x, y = cx + share * (dx - cx), cy + share * (dy - cy)
        far = np.sqrt(square)
        count = _note(edge, far, at + share * length, ax, ay, x, y, touched, count, near)
    if is_side:
        for end in range(2):
            qx, qy = (cx, cy) if end == 0 else (dx, dy)
            share, square = _project(qx, qy, ax, ay, bx, by)
            if square <= limit:
                x, y = ax + share * (bx - ax), ay + share * (by - ay)
                far = np.sqrt(square)
                count = _note(edge, far, at + end * length, x, y, qx, qy, touched, count, near)
    return count


@njit(cache=True, nogil=True)
def _nearest_on_edges(
    place: int,
    radius: float,
    sides: Sides,
    segments: EdgeSegments,
    grid: Grid,
    stamp: Longs,
    stamp_no: int,
    touched: Ints,
    near: Floats,
) -> int:
    """Find, for one place, the nearest point of every edge within `radius`; returns how many edges."""
    first, last = sides.start[place], sides.start[place + 1]
    count = 0
    min_x, min_y, max_x, max_y = np.inf, np.inf, -np.inf, -np.inf
    for k in range(first, last):
        min_x, max_x = min(min_x, sides.x0[k]), max(max_x, sides.x0[k])
        min_y, max_y = min(min_y, sides.y0[k]), max(max_y, sides.y0[k])
    min_x, min_y, max_x, max_y = min_x - radius, min_y - radius, max_x + radius, max_y + radius
    i0, i1, j0, j1 = _cells(
        min_x, min_y, max_x, max_y, grid.origin_x, grid.origin_y, grid.cell, grid.nx, grid.ny
    )
    for j in range(j0, j1 + 1):
        for i in range(i0, i1 + 1):
            c = j * grid.nx + i
            for n in range(grid.start[c], grid.start[c + 1]):
                s = grid.item[n]
                edge = segments.edge[s]
                if stamp[s] == stamp_no or segments.group[edge] < 0:
                    continue
                stamp[s] = stamp_no
                cx, cy, dx, dy = segments.x0[s], segments.y0[s], segments.x1[s], segments.y1[s]
                if max(cx, dx) < min_x or min(cx, dx) > max_x:
                    continue
                if max(cy, dy) < min_y or min(cy, dy) > max_y:
                    continue
                at, length = segments.at[s], segments.length[s]
                if sides.is_area[place] and _inside(cx, cy, sides, first, last):
                    count = _note(edge, 0.0, at, cx, cy, cx, cy, touched, count, near)
                for k in range(first, last):
                    count = _pair(
                        sides.x0[k], sides.y0[k], sides.x1[k], sides.y1[k], cx, cy, dx, dy,
                        edge, at, length, radius, touched, count, near,
                    )  # fmt: skip
    return count


@njit(cache=True, nogil=True)
def _emit(
    place: int,
    edge: int,
    near: Floats,
    barriers: BarrierSegments,
    bar_grid: Grid,
    rows: Rows,
    used: int,
) -> tuple[int, int]:
    """Write the rows of one edge that no barrier bars; returns (rows used, barrier hit or -1)."""
    hit = -1
    for end in range(2):
        value = near[edge, end]
        if end == 1 and value[1] <= near[edge, 0, 1] + APART_M:
            break
        bar = first_barrier(value[2], value[3], value[4], value[5], barriers, bar_grid)
        if bar >= 0:
            hit = bar
            continue
        rows.place[used], rows.edge[used] = place, edge
        rows.value[used, :] = value
        used += 1
    return used, hit


@njit(cache=True, nogil=True)
def _has_group(group: Ints, wanted: int, edges: Ints, first: int, last: int) -> bool:
    for r in range(first, last):  # noqa: SIM110 (numba compiles no generators)
        if group[edges[r]] == wanted:
            return True
    return False


@njit(cache=True, nogil=True)
def access_rows(
    begin: int,
    rows: Rows,
    frontage: float,
    max_access: float,
    sides: Sides,
    segments: EdgeSegments,
    grid: Grid,
    barriers: BarrierSegments,
    bar_grid: Grid,
    near: Floats,
) -> tuple[int, int, Ints]:
    """Apply the access rule to places from `begin` on, until `rows` are full or all are done.

    Strategy
    --------
    * a place is its sides (a point is one side of no length); an edge is its segments;
    * for each place the nearest point of every edge within ``frontage`` is gathered from the grid;
    * lines that cross a barrier are struck out, the rest become rows;
    * a place without a row on the large pieces (group 0) gets the nearest edge within ``max_access`` that
      no barrier bars, of the large pieces and of each served island (group >= 1) for itself: a station
      added on an island thus never takes a row away;
    * groups below 0 are never entered.

    Returns
    -------
    (next place, rows used, barred)
        ``barred`` per place: a barrier segment that stood in the way of a place without rows, else -1.
        ``near`` (float64[edges, 2, 6], inf) is scratch and comes back as it was.
    """
    places = len(sides.start) - 1
    stamp = np.full(len(segments.edge), -1, np.int64)
    touched = np.empty(len(segments.group), np.int32)
    barred = np.full(places, -1, np.int32)
    used, stamp_no = 0, 0
    for place in range(begin, places):
        before = used
        for attempt in range(2):
            radius = frontage if attempt == 0 else max_access
            stamp_no += 1
            count = _nearest_on_edges(
                place, radius, sides, segments, grid, stamp, stamp_no, touched, near
            )
            found = np.sort(touched[:count])
            full = used + 2 * count > len(rows.place)
            if not full:
                if attempt == 1:
                    found = found[np.argsort(near[found, 0, 0], kind="mergesort")]
                for edge in found:
                    group = segments.group[edge]
                    if attempt == 1 and _has_group(segments.group, group, rows.edge, before, used):
                        continue
                    used, hit = _emit(place, edge, near, barriers, bar_grid, rows, used)
                    if hit >= 0 and barred[place] < 0:
                        barred[place] = hit
            for edge in found:
                near[edge, 0, 0] = np.inf
            if full:
                return place, before, barred
            if _has_group(segments.group, 0, rows.edge, before, used):
                break
        if used > before:
            barred[place] = -1
    return places, used, barred

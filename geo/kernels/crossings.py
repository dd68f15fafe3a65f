"""Where straight lines cross barriers: all crossings along each line, found through the grid of barrier segments."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

from geo.kernels.snap import BarrierSegments, Grid

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int32]


@njit(cache=True, nogil=True)
def _meeting(
    ax: float, ay: float, bx: float, by: float, cx: float, cy: float, dx: float, dy: float
) -> float:
    """Share along a-b where it meets the segment c-d, -1 where it does not; parallel ones never meet."""
    rx, ry, sx, sy = bx - ax, by - ay, dx - cx, dy - cy
    across = rx * sy - ry * sx
    if across == 0.0:
        return -1.0
    t = ((cx - ax) * sy - (cy - ay) * sx) / across
    u = ((cx - ax) * ry - (cy - ay) * rx) / across
    return t if 0.0 <= t <= 1.0 and 0.0 <= u <= 1.0 else -1.0


@njit(cache=True, nogil=True)
def line_crossings(
    ax: Floats, ay: Floats, bx: Floats, by: Floats, barriers: BarrierSegments, grid: Grid
) -> tuple[Ints, Ints, Floats]:
    """List the crossings of lines a-b with barrier segments.

    Strategy
    --------
    * each line is walked in steps no longer than a cell; a step looks into the few cells its box meets;
    * a crossing belongs to the step that its position falls into, so that no other step lists it too;
    * within a step a segment that lies in several cells is listed once.

    Returns
    -------
    line, segment, share
        In the order of lines and steps; `share` is the position along the line, 0 to 1.
    """
    room, count = 1024, 0
    line, segment, share = np.empty(room, np.int32), np.empty(room, np.int32), np.empty(room)
    for one in range(len(ax)):
        if len(barriers.x0) == 0:
            break
        dx, dy = bx[one] - ax[one], by[one] - ay[one]
        steps = max(1, int(np.ceil(np.hypot(dx, dy) / grid.cell)))
        for step in range(steps):
            low, high = step / steps, (step + 1) / steps
            x0, x1 = ax[one] + low * dx, ax[one] + high * dx
            y0, y1 = ay[one] + low * dy, ay[one] + high * dy
            i0 = max(0, int(np.floor((min(x0, x1) - grid.origin_x) / grid.cell)))
            i1 = min(grid.nx - 1, int(np.floor((max(x0, x1) - grid.origin_x) / grid.cell)))
            j0 = max(0, int(np.floor((min(y0, y1) - grid.origin_y) / grid.cell)))
            j1 = min(grid.ny - 1, int(np.floor((max(y0, y1) - grid.origin_y) / grid.cell)))
            begun = count
            for j in range(j0, j1 + 1):
                for i in range(i0, i1 + 1):
                    cell = j * grid.nx + i
                    for n in range(grid.start[cell], grid.start[cell + 1]):
                        k = grid.item[n]
                        t = _meeting(
                            ax[one], ay[one], bx[one], by[one],
                            barriers.x0[k], barriers.y0[k], barriers.x1[k], barriers.y1[k],
                        )  # fmt: skip
                        if t < low or (t >= high and step + 1 < steps):
                            continue
                        known = False
                        for m in range(begun, count):
                            known = known or segment[m] == k
                        if known:
                            continue
                        if count == room:
                            room *= 2
                            line, segment = _wider(line, room), _wider(segment, room)
                            wide = np.empty(room)
                            wide[:count] = share
                            share = wide
                        line[count], segment[count], share[count] = one, k, t
                        count += 1
    return line[:count].copy(), segment[:count].copy(), share[:count].copy()


@njit(cache=True, nogil=True)
def _wider(values: Ints, room: int) -> Ints:
    wide = np.empty(room, np.int32)
    wide[: len(values)] = values
    return wide

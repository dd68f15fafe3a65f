"""Contours made exact inside refined cells: chords that cut a corner get bends where the state really changes.

Strategy
--------
- A chord joins two crossings of one fine cell, inside on its left. Just left of it must be inside, just right of it
  outside; where that holds at three places, or costs are within a few seconds of the limit, the chord stays.
- Else the change is sought at seven places of the chord, along its normal and within the fine cell,
  by bisection. Bends lie in the order of the chord, so the line never crosses itself.
- Costs are asked of the access rule itself, with the edges and barriers near the cell.
"""

# mypy: disable-error-code="no-untyped-def,untyped-decorator,type-arg,assignment"

from __future__ import annotations

import numpy as np
from numba import njit

from geo.kernels.contour import APART
from geo.kernels.field import point_cost
from geo.kernels.field_local import local_network, rows_of

BESIDE_M = 0.01
CHECKS = 6  # pairs of places beside the chord
BENDS = 7
STEPS = 9


@njit(cache=True, nogil=True)
def _costs(network, small, old, bars, near, search, per_metre, x, y, out):
    """Fill `out` with the costs of points."""
    start, edge, at, walk = rows_of(network, small, bars, x, y, near)
    for q in range(len(x)):
        out[q] = np.inf
        for r in range(start[q], start[q + 1]):
            e = old[edge[r]]
            length = network.length[e]
            fraction = min(1.0, at[r] / length) if length > 0.0 else 0.0
            out[q] = min(out[q], point_cost(search, e, fraction) + walk[r] * per_metre)


@njit(cache=True, nogil=True)
def _room(x, y, dx, dy, x0, y0, x1, y1):
    """How far one can go from a point in a direction and stay in a box."""
    far = np.inf
    if dx > 0.0:
        far = min(far, (x1 - x) / dx)
    elif dx < 0.0:
        far = min(far, (x0 - x) / dx)
    if dy > 0.0:
        far = min(far, (y1 - y) / dy)
    elif dy < 0.0:
        far = min(far, (y0 - y) / dy)
    return max(0.0, far)


@njit(cache=True, nogil=True)
def _fine_cell(x, y, n):
    return int(np.floor(x * n)), int(np.floor(y * n))


@njit(cache=True, nogil=True)
def settle_crossings(network, lattice, search, per_metre, limit, close, i0, j0, number, n, key, xy):
    """Move crossings of fine edges to where the state changes: an edge may meet two cliffs, and only one counts."""
    step = lattice.step
    stamp = np.full(len(network.segments.edge), -1, np.int64)
    small, old, bars = local_network(network, 0.0, 0.0, 0.0, 0.0, stamp, -2)
    near = np.empty((len(old), 7))
    cell = np.int64(-1)
    px, py, cost = np.empty(4), np.empty(4), np.empty(4)
    one_x, one_y, one = np.empty(1), np.empty(1), np.empty(1)
    for s in range(len(key)):
        # a hair's breadth up and right: a point on a side belongs to the cell beyond it
        j, i = int(np.floor(xy[s, 1] + 1e-9)), int(np.floor(xy[s, 0] + 1e-9))
        if j >= number.shape[0] or i >= number.shape[1] or number[j, i] < 0:
            continue
        if cell != j * number.shape[1] + i:
            cell = j * number.shape[1] + i
            small, old, bars = local_network(
                network, lattice.origin_x + (i0 + i + 0.5) * step, lattice.origin_y + (j0 + j + 0.5) * step,
                network.max_access + 0.5 * step + 0.01, 0.7072 * step, stamp, cell,
            )  # fmt: skip
            near = np.empty((len(old), 7))
        axis = key[s] & 1
        west = lattice.origin_x + (i0 + xy[s, 0]) * step
        south = lattice.origin_y + (j0 + xy[s, 1]) * step
        first = np.floor(xy[s, axis] * n) / n - xy[s, axis]
        ends = (first * step, (first + 1.0 / n) * step, -BESIDE_M, BESIDE_M)
        for k in range(4):
            away = min(ends[1], max(ends[0], ends[k]))
            px[k], py[k] = west + (1 - axis) * away, south + axis * away
        _costs(network, small, old, bars, near, search, per_metre, px, py, cost)
        begins = cost[0] <= limit
        if begins == (cost[1] <= limit):
            continue
        before = (cost[2] <= limit) == begins or abs(cost[2] - limit) <= close
        after = (cost[3] <= limit) != begins or abs(cost[3] - limit) <= close
        if before and after:
            continue
        low, high = ends[0], ends[1]
        for _ in range(STEPS):
            middle = 0.5 * (low + high)
            one_x[0], one_y[0] = west + (1 - axis) * middle, south + axis * middle
            _costs(network, small, old, bars, near, search, per_metre, one_x, one_y, one)
            if (one[0] <= limit) == begins:
                low = middle
            else:
                high = middle
        room = APART * (ends[1] - ends[0])
        xy[s, axis] += min(ends[1] - room, max(ends[0] + room, 0.5 * (low + high))) / step


@njit(cache=True, nogil=True)
def _is_cliff(values, j, i, cliff):
    """Whether corners of a cell differ by a cliff."""
    low = min(values[j, i], values[j, i + 1], values[j + 1, i], values[j + 1, i + 1])
    top = max(values[j, i], values[j, i + 1], values[j + 1, i], values[j + 1, i + 1])
    return top - low > cliff


@njit(cache=True, nogil=True)
def bend(
    network, lattice, search, per_metre, limit, close, i0, j0, number, fine, key, to, xy, row_start,
    values, cliff,
):  # fmt: skip
    """Bend the chords of refined cells and of cells whose corners differ by a cliff.

    See `geo.kernels.contour.segments` for the segments.

    Parameters
    ----------
    close
        Thousandths: costs so close to the limit may lie on either side.
    i0, j0
        Lattice column and row of the window.
    number
        Of refined cells, by window cell.
    fine
        Fine cells along a side of a refined cell.
    values, cliff
        Of the window, and what its neighbours differ by at a cliff.
    """
    total = len(key)
    end_of = np.argsort(key)
    sorted_key = key[end_of]
    new_key, new_to = (
        np.empty((BENDS + 1) * total, np.int64),
        np.empty((BENDS + 1) * total, np.int64),
    )
    new_xy = np.empty(((BENDS + 1) * total, 2))
    new_start = np.zeros(len(row_start), np.int64)
    stamp = np.full(len(network.segments.edge), -1, np.int64)
    count, cell = 0, np.int64(-1)
    px, py, cost = np.empty(CHECKS), np.empty(CHECKS), np.empty(CHECKS)
    bx, by, bend_cost = np.empty(BENDS), np.empty(BENDS), np.empty(BENDS)
    low, high, sign = np.empty(BENDS), np.empty(BENDS), np.empty(BENDS)
    step = lattice.step
    small, old, bars = local_network(network, 0.0, 0.0, 0.0, 0.0, stamp, -2)
    near = np.empty((len(old), 7))
    for row in range(len(row_start) - 1):
        for s in range(row_start[row], row_start[row + 1]):
            new_key[count], new_to[count] = key[s], to[s]
            new_xy[count, 0], new_xy[count, 1] = xy[s, 0], xy[s, 1]
            count += 1
            other = end_of[np.searchsorted(sorted_key, to[s])]
            ax, ay, dx, dy = xy[s, 0], xy[s, 1], xy[other, 0] - xy[s, 0], xy[other, 1] - xy[s, 1]
            long = np.hypot(dx, dy)
            mx, my = ax + 0.5 * dx, ay + 0.5 * dy
            j, i = int(np.floor(my)), int(np.floor(mx))
            refined = number[j, i] >= 0
            if not refined and not _is_cliff(values, j, i, cliff):
                continue
            n = fine if refined else 1
            own = _fine_cell(mx, my, n)
            twin = False  # two chords of one fine cell: bends of one might cross the other
            for t in (s - 1, s + 1):
                if row_start[row] <= t < row_start[row + 1]:
                    other = end_of[np.searchsorted(sorted_key, to[t])]
                    twin = twin or own == _fine_cell(
                        0.5 * (xy[t, 0] + xy[other, 0]), 0.5 * (xy[t, 1] + xy[other, 1]), n
                    )
            if twin or long * step < 2.0 * BESIDE_M:
                continue
            west, south = (i0 + i) * step + lattice.origin_x, (j0 + j) * step + lattice.origin_y
            if cell != j * number.shape[1] + i:
                cell = j * number.shape[1] + i
                small, old, bars = local_network(
                    network, west + 0.5 * step, south + 0.5 * step, network.max_access + 0.5 * step + 0.01,
                    0.7072 * step, stamp, cell,
                )  # fmt: skip
                near = np.empty((len(old), 7))
            nx, ny = -dy / long, dx / long  # to the left, inside
            for k in range(CHECKS):
                away = BESIDE_M if k % 2 == 0 else -BESIDE_M
                share = (k // 2 + 1.0) / (CHECKS // 2 + 1.0)
                px[k] = west + (ax + share * dx - i) * step + away * nx
                py[k] = south + (ay + share * dy - j) * step + away * ny
            _costs(network, small, old, bars, near, search, per_metre, px, py, cost)
            straight = True
            for k in range(CHECKS):
                right_side = (cost[k] <= limit) == (k % 2 == 0)
                straight = straight and (right_side or abs(cost[k] - limit) <= close)
            if straight:
                continue
            fine_x, fine_y = np.floor((mx - i) * n) / n, np.floor((my - j) * n) / n
            x0, y0 = west + fine_x * step, south + fine_y * step
            x1, y1 = x0 + step / n, y0 + step / n
            for b in range(BENDS):
                share = (b + 1.0) / (BENDS + 1.0)
                bx[b] = west + (ax + share * dx - i) * step
                by[b] = south + (ay + share * dy - j) * step
            _costs(network, small, old, bars, near, search, per_metre, bx, by, bend_cost)
            for b in range(BENDS):
                # from inside one walks to the right until outside, from outside to the left until inside
                sign[b] = -1.0 if bend_cost[b] <= limit else 1.0
                low[b] = 0.0
                high[b] = 0.999 * _room(bx[b], by[b], sign[b] * nx, sign[b] * ny, x0, y0, x1, y1)
            ex, ey = np.empty(BENDS), np.empty(BENDS)
            found = np.empty(BENDS)
            for _ in range(STEPS):
                for b in range(BENDS):
                    far = 0.5 * (low[b] + high[b])
                    ex[b], ey[b] = bx[b] + far * sign[b] * nx, by[b] + far * sign[b] * ny
                _costs(network, small, old, bars, near, search, per_metre, ex, ey, found)
                for b in range(BENDS):
                    if (found[b] <= limit) == (sign[b] < 0.0):
                        low[b] = 0.5 * (low[b] + high[b])
                    else:
                        high[b] = 0.5 * (low[b] + high[b])
            for b in range(BENDS):
                far = 0.5 * (low[b] + high[b]) * sign[b]
                link = -(np.int64(BENDS + 1) * s + b + 1)
                new_to[count - 1] = link
                new_key[count], new_to[count] = link, to[s]
                new_xy[count, 0] = (bx[b] + far * nx - lattice.origin_x) / step - i0
                new_xy[count, 1] = (by[b] + far * ny - lattice.origin_y) / step - j0
                count += 1
        new_start[row + 1] = count
    return new_key[:count].copy(), new_to[:count].copy(), new_xy[:count].copy(), new_start

"""Contours made exact beside barriers and in fine cells: chords get bends where the state really changes.

Strategy
--------
- A chord joins two crossings of one cell, inside on its left. Just left of it must be inside, just right of it
  outside; where that holds at three places, or costs are within a few seconds of the limit, the chord stays.
- Else the change is sought at seven places of the chord, along its normal and within the cell,
  by bisection. Bends lie in the order of the chord, so the line never crosses itself.
- Costs are asked of the access rule itself, see `geo.kernels.closeup`.
"""

# mypy: disable-error-code="no-untyped-def,untyped-decorator,type-arg,assignment"

from __future__ import annotations

import numpy as np
from numba import njit

from geo.kernels.closeup import costs_of, nothing_near, stamps_of
from geo.kernels.contour import APART

BESIDE_M = 0.01
CHECKS = 6  # pairs of places beside the chord
BENDS = 7
STEPS = 9


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
def settle_crossings(
    network, lattice, search, per_metre, limit, close, i0, j0, number, beside, key, xy
):  # fmt: skip
    """Move crossings of sides of marked cells to where the state changes, to the centimetre.

    Parameters
    ----------
    close
        Thousandths: costs so close to the limit may lie on either side.
    i0, j0
        Lattice column and row of the window.
    number
        Of fine cells, by window cell: their crossings were sought before.
    beside
        By window cell, whether its crossings are to be looked at.
    """
    step = lattice.step
    stamps = stamps_of(network)
    near = nothing_near()
    x, y, cost, large = np.empty(4), np.empty(4), np.empty(4), np.empty(4, np.bool_)
    for s in range(len(key)):
        # a hair's breadth up and right: a point on a side belongs to the cell beyond it
        j, i = int(np.floor(xy[s, 1] + 1e-9)), int(np.floor(xy[s, 0] + 1e-9))
        if not (0 <= j < number.shape[0] and 0 <= i < number.shape[1]):
            continue
        if number[j, i] >= 0 or not beside[j, i]:
            continue
        cell = (j0 + j) * lattice.nx + i0 + i
        axis = key[s] & 1
        west = lattice.origin_x + (i0 + xy[s, 0]) * step
        south = lattice.origin_y + (j0 + xy[s, 1]) * step
        first = np.floor(xy[s, axis]) - xy[s, axis]
        ends = (first * step, (first + 1.0) * step, -BESIDE_M, BESIDE_M)
        for k in range(4):
            away = min(ends[1], max(ends[0], ends[k]))
            x[k], y[k] = west + (1 - axis) * away, south + axis * away
        near = costs_of(network, lattice, search, per_metre, cell, x, y, cost, large, stamps, near)
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
            x[0], y[0] = west + (1 - axis) * middle, south + axis * middle
            near = costs_of(
                network, lattice, search, per_metre, cell, x[:1], y[:1], cost[:1], large[:1], stamps, near,
            )  # fmt: skip
            if (cost[0] <= limit) == begins:
                low = middle
            else:
                high = middle
        room = APART * (ends[1] - ends[0])
        xy[s, axis] += min(ends[1] - room, max(ends[0] + room, 0.5 * (low + high))) / step


@njit(cache=True, nogil=True)
def _crossings_of(number, n, key, to, xy, row_start, beside):
    """List the segments to be held against costs, with their ends and the origin and size of their fine cell."""
    end_of = np.argsort(key)
    sorted_key = key[end_of]
    total = len(key)
    kept = np.zeros(total, np.bool_)
    chord, box = np.empty((total, 4)), np.empty((total, 3))
    for s in range(total):
        other = end_of[np.searchsorted(sorted_key, to[s])]
        chord[s, 0], chord[s, 1] = xy[s, 0], xy[s, 1]
        chord[s, 2], chord[s, 3] = xy[other, 0], xy[other, 1]
        mx, my = 0.5 * (xy[s, 0] + xy[other, 0]), 0.5 * (xy[s, 1] + xy[other, 1])
        j, i = int(np.floor(my)), int(np.floor(mx))
        fine = number[j, i] >= 0
        steps = n if fine else 1
        box[s, 0], box[s, 1] = np.floor(mx * steps) / steps, np.floor(my * steps) / steps
        box[s, 2] = 1.0 / steps
        kept[s] = fine or beside[j, i]
    for row in range(len(row_start) - 1):
        for s in range(row_start[row] + 1, row_start[row + 1]):
            # two chords of one fine cell: bends of one might cross the other
            if box[s, 0] == box[s - 1, 0] and box[s, 1] == box[s - 1, 1]:
                kept[s] = kept[s - 1] = False
    return kept, chord, box


@njit(cache=True, nogil=True)
def _is_straight(place, near, limit, close, ax, ay, dx, dy, scratch):
    """Whether just left of a chord (metres) costs are within the limit and just right of it beyond, at three places."""
    network, lattice, search, per_metre, cell, stamps = place
    x, y, cost, large = scratch
    long = np.hypot(dx, dy)
    for k in range(CHECKS):
        away = BESIDE_M if k % 2 == 0 else -BESIDE_M
        share = (k // 2 + 1.0) / (CHECKS // 2 + 1.0)
        x[k], y[k] = ax + share * dx - away * dy / long, ay + share * dy + away * dx / long
    near = costs_of(
        network, lattice, search, per_metre, cell, x[:CHECKS], y[:CHECKS], cost[:CHECKS],
        large[:CHECKS], stamps, near,
    )  # fmt: skip
    straight = True
    for k in range(CHECKS):
        as_drawn = (cost[k] <= limit) == (k % 2 == 0)
        straight = straight and (as_drawn or abs(cost[k] - limit) <= close)
    return straight, near


@njit(cache=True, nogil=True)
def _bent(place, near, limit, chord, box, scratch, bends):
    """Seek the change along the normal at places of a chord, all in metres; fills in `bends`."""
    network, lattice, search, per_metre, cell, stamps = place
    x, y, cost, large = (
        scratch[0][:BENDS],
        scratch[1][:BENDS],
        scratch[2][:BENDS],
        scratch[3][:BENDS],
    )
    ax, ay, dx, dy = chord
    long = np.hypot(dx, dy)
    nx, ny = -dy / long, dx / long  # to the left, inside
    low, high, sign = np.zeros(BENDS), np.empty(BENDS), np.empty(BENDS)
    for b in range(BENDS):
        x[b], y[b] = ax + (b + 1.0) / (BENDS + 1.0) * dx, ay + (b + 1.0) / (BENDS + 1.0) * dy
        bends[b, 0], bends[b, 1] = x[b], y[b]
    near = costs_of(network, lattice, search, per_metre, cell, x, y, cost, large, stamps, near)
    for b in range(BENDS):
        # from inside one walks to the right until outside, from outside to the left until inside
        sign[b] = -1.0 if cost[b] <= limit else 1.0
        high[b] = 0.999 * _room(
            bends[b, 0], bends[b, 1], sign[b] * nx, sign[b] * ny, box[0], box[1], box[2], box[3]
        )
    for _ in range(STEPS):
        for b in range(BENDS):
            far = 0.5 * (low[b] + high[b]) * sign[b]
            x[b], y[b] = bends[b, 0] + far * nx, bends[b, 1] + far * ny
        near = costs_of(network, lattice, search, per_metre, cell, x, y, cost, large, stamps, near)
        for b in range(BENDS):
            if (cost[b] <= limit) == (sign[b] < 0.0):
                low[b] = 0.5 * (low[b] + high[b])
            else:
                high[b] = 0.5 * (low[b] + high[b])
    for b in range(BENDS):
        far = 0.5 * (low[b] + high[b]) * sign[b]
        bends[b, 0] += far * nx
        bends[b, 1] += far * ny
    return near


@njit(cache=True, nogil=True)
def bend(
    network, lattice, search, per_metre, limit, close, i0, j0, number, n, beside, key, to, xy,
    row_start,
):  # fmt: skip
    """Bend the chords of fine and of marked cells; see `settle_crossings`, and `geo.kernels.contour.segments`.

    Parameters
    ----------
    n
        Steps of a fine cell along a side.

    Returns
    -------
    (key, to, xy, row_start)
        All segments, those of bent chords in pieces.
    """
    kept, chord, box = _crossings_of(number, n, key, to, xy, row_start, beside)
    total, step = len(key), lattice.step
    room = total + BENDS * int(kept.sum())
    new_key, new_to, new_xy = (
        np.empty(room, np.int64),
        np.empty(room, np.int64),
        np.empty((room, 2)),
    )
    new_start = np.zeros(len(row_start), np.int64)
    stamps = stamps_of(network)
    near = nothing_near()
    most = max(CHECKS, BENDS)
    scratch = (np.empty(most), np.empty(most), np.empty(most), np.empty(most, np.bool_))
    bends = np.empty((BENDS, 2))
    west, south = lattice.origin_x + i0 * step, lattice.origin_y + j0 * step
    count = 0
    for row in range(len(row_start) - 1):
        for s in range(row_start[row], row_start[row + 1]):
            new_key[count], new_to[count] = key[s], to[s]
            new_xy[count, 0], new_xy[count, 1] = xy[s, 0], xy[s, 1]
            count += 1
            dx, dy = (chord[s, 2] - chord[s, 0]) * step, (chord[s, 3] - chord[s, 1]) * step
            if not kept[s] or np.hypot(dx, dy) < 2.0 * BESIDE_M:
                continue
            j, i = int(np.floor(box[s, 1] + 1e-9)), int(np.floor(box[s, 0] + 1e-9))
            cell = (j0 + j) * lattice.nx + i0 + i
            place = (network, lattice, search, per_metre, cell, stamps)
            ax, ay = west + chord[s, 0] * step, south + chord[s, 1] * step
            straight, near = _is_straight(place, near, limit, close, ax, ay, dx, dy, scratch)
            if straight:
                continue
            x0, y0, size = west + box[s, 0] * step, south + box[s, 1] * step, box[s, 2] * step
            whole = (x0, y0, x0 + size, y0 + size)
            near = _bent(place, near, limit, (ax, ay, dx, dy), whole, scratch, bends)
            for b in range(BENDS):
                link = -(np.int64(BENDS + 1) * s + b + 1)
                new_to[count - 1] = link
                new_key[count], new_to[count] = link, to[s]
                new_xy[count, 0] = (bends[b, 0] - west) / step
                new_xy[count, 1] = (bends[b, 1] - south) / step
                count += 1
        new_start[row + 1] = count
    return new_key[:count].copy(), new_to[:count].copy(), new_xy[:count].copy(), new_start

"""One cell cut at several limits at once, and quartered as long as a chord in it does not fit the costs beside it.

Strategy
--------
- A cell is known by which of its corners are inside and by where its sides are crossed. A chord joins two crossings.
- Beside a chord, a hair to its left must be inside and to its right outside; where that fails, the cell is quartered:
  only its middle is asked anew, what lies on its sides follows from the crossings there. So neighbours still agree,
  whichever of them was quartered.
- Crossings between the middle and the sides are sought by halving, and all limits of a search are cut in the same
  cells: the line of a smaller limit can never leave that of a larger one.
"""

# mypy: disable-error-code="no-untyped-def,untyped-decorator,type-arg,assignment"

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from geo.kernels.field_cost import cost_at

APART = 1e-3  # share of a side: crossings keep away from its ends, so no two fall on one spot
BESIDE_M = 0.04
CLOSE_M = 0.03  # crossings are sought as closely
PLACES = 3  # of a chord that are looked at
SMALLEST = 0.13  # of a lattice step: cells are quartered three times
DEEPEST = 5
ROOM = 1024  # segments of one cell, at most


class Nodes(NamedTuple):
    """Cells still to be cut: lower left corner and size in lattice steps; by limit corners inside and crossings.

    Attributes
    ----------
    box
        float64[nodes, 3].
    inside
        bool[nodes, limits, 4], from the lower left counter-clockwise.
    share
        float64[nodes, limits, 4]: of the bottom, right, top and left side, along the axes; -1 where not crossed.
    key
        int64[nodes, 4]: names of the sides.
    """

    box: np.ndarray
    inside: np.ndarray
    share: np.ndarray
    key: np.ndarray


@njit(cache=True, nogil=True)
def nodes_for(limits):
    """Make room for a cell and its quarters."""
    room = 4 * DEEPEST
    return Nodes(
        np.empty((room, 3)),
        np.empty((room, limits, 4), np.bool_),
        np.empty((room, limits, 4)),
        np.empty((room, 4), np.int64),
    )


@njit(cache=True, nogil=True, inline="always")
def kept_apart(share):
    """Keep a crossing away from the ends of its side."""
    return min(1.0 - APART, max(APART, share))


@njit(cache=True, nogil=True, inline="always")
def _place(box, share, side):
    """Where a side is crossed."""
    x = box[0] + box[2] * (share if side in (0, 2) else (1.0 if side == 1 else 0.0))
    y = box[1] + box[2] * (share if side in (1, 3) else (1.0 if side == 2 else 0.0))
    return x, y


@njit(cache=True, nogil=True)
def emit(nodes, top, k, joined, out, count):
    """Add the chords of a cell at limit k, inside on their left; returns how many segments there are now.

    Parameters
    ----------
    joined
        Whether inside corners that lie across are joined.
    out
        Key of each segment's start and of its end, coordinates of its start; one row a limit.
    """
    inside, share, key = nodes.inside[top, k], nodes.share[top, k], nodes.key[top]
    total = int(inside[0]) + int(inside[1]) + int(inside[2]) + int(inside[3])
    if total in (0, 4):
        return count
    saddle = inside[0] == inside[2] and inside[1] == inside[3]
    for leave in range(4):
        if not (inside[leave] and not inside[(leave + 1) % 4]):
            continue
        enter = (leave + (1 if (joined or not saddle) else 3)) % 4
        while not (not inside[enter] and inside[(enter + 1) % 4]):
            enter = (enter + 1) % 4
        out[0][k, count], out[1][k, count] = key[leave], key[enter]
        x, y = _place(nodes.box[top], share[leave], leave)
        out[2][k, count, 0], out[2][k, count, 1] = x, y
        count += 1
    return count


@njit(cache=True, nogil=True, inline="always")
def _cost(ground, around, x, y):
    """Cost at a place in lattice steps from the first point of the window."""
    lattice = ground.lattice
    return cost_at(
        ground.network, around, ground.search, ground.per_metre,
        lattice.origin_x + (ground.column + x) * lattice.step,
        lattice.origin_y + (ground.row + y) * lattice.step,
    )  # fmt: skip


@njit(cache=True, nogil=True)
def _fits(ground, around, nodes, top, k, limit, close):
    """Whether the chord of a cell fits the costs beside it; two chords never do."""
    inside, share = nodes.inside[top, k], nodes.share[top, k]
    total = int(inside[0]) + int(inside[1]) + int(inside[2]) + int(inside[3])
    if total in (0, 4):
        return True
    if inside[0] == inside[2] and inside[1] == inside[3]:
        return False
    ax, ay, bx, by = 0.0, 0.0, 0.0, 0.0
    for side in range(4):
        if inside[side] and not inside[(side + 1) % 4]:
            ax, ay = _place(nodes.box[top], share[side], side)
        elif inside[(side + 1) % 4] and not inside[side]:
            bx, by = _place(nodes.box[top], share[side], side)
    dx, dy = bx - ax, by - ay
    long = np.hypot(dx, dy)
    beside = BESIDE_M / ground.lattice.step
    if long < 2.0 * beside:
        return True
    for place in range(PLACES):
        # the middle first: it is where most chords fail
        along = (0.5, 0.15, 0.85)[place]
        for sign in (1.0, -1.0):
            x = ax + along * dx - sign * beside * dy / long
            y = ay + along * dy + sign * beside * dx / long
            cost = _cost(ground, around, x, y)
            if (cost <= limit) != (sign > 0.0) and abs(cost - limit) > close:
                return False
    return True


@njit(cache=True, nogil=True)
def sought(ground, around, x, y, dx, dy, limits, first, last, share):
    """Find by halving where a line from (x, y) by (dx, dy) crosses every limit that its two ends differ about.

    Parameters
    ----------
    first, last
        Whether its ends are inside, by limit.
    share
        Filled; -1 where both ends are alike.
    """
    count = len(limits)
    low, high = np.zeros(count), np.ones(count)
    far = np.hypot(dx, dy) * ground.lattice.step
    while far > CLOSE_M:
        far *= 0.5
        asked, cost = -1.0, np.inf
        for k in range(count):
            if first[k] == last[k]:
                continue
            middle = 0.5 * (low[k] + high[k])
            if middle != asked:
                asked = middle
                cost = _cost(ground, around, x + middle * dx, y + middle * dy)
            if (cost <= limits[k]) == first[k]:
                low[k] = middle
            else:
                high[k] = middle
    for k in range(count):
        share[k] = kept_apart(0.5 * (low[k] + high[k])) if first[k] != last[k] else -1.0


@njit(cache=True, nogil=True, inline="always")
def _halved(nodes, parent, k, side, half, child):
    """Hand the crossing on one half of a parent's side down to a child."""
    share = nodes.share[parent, k, side]
    own = -1.0
    if share >= 0.0 and (share > 0.5) == (half == 1):
        own = kept_apart(2.0 * share - half)
    nodes.share[child, k, side] = own


@njit(cache=True, nogil=True)
def _quarter(ground, around, nodes, top, limits, name):
    """Replace the node on top by its quarters; the parent moves up and is dropped."""
    parent = top + 4
    nodes.box[parent] = nodes.box[top]
    nodes.inside[parent] = nodes.inside[top]
    nodes.share[parent] = nodes.share[top]
    nodes.key[parent] = nodes.key[top]
    x0, y0, size = nodes.box[parent]
    half = 0.5 * size
    count = len(limits)
    cost = _cost(ground, around, x0 + half, y0 + half)
    middle = np.empty(count, np.bool_)
    sides = np.empty((4, count), np.bool_)  # middles of the sides
    for k in range(count):
        middle[k] = cost <= limits[k]
        inside, share = nodes.inside[parent, k], nodes.share[parent, k]
        for side in range(4):
            first, last = (0, 1, 3, 0)[side], (1, 2, 2, 3)[side]
            sides[side, k] = inside[first] if share[side] > 0.5 else inside[last]
    spoke = np.empty((4, count))  # from the bottom, to the right, to the top, from the left
    sought(ground, around, x0 + half, y0, 0.0, half, limits, sides[0], middle, spoke[0])
    sought(ground, around, x0 + half, y0 + half, half, 0.0, limits, middle, sides[1], spoke[1])
    sought(ground, around, x0 + half, y0 + half, 0.0, half, limits, middle, sides[2], spoke[2])
    sought(ground, around, x0, y0 + half, half, 0.0, limits, sides[3], middle, spoke[3])
    for q in range(4):  # from the lower left counter-clockwise
        child = top + q
        right, upper = int(q in (1, 2)), int(q >= 2)
        nodes.box[child] = (x0 + right * half, y0 + upper * half, half)
        # the quarter keeps the sides q - 1 and q of its parent, and has two spokes
        before, after = (q + 3) % 4, q
        nodes.key[child, before], nodes.key[child, after] = (
            nodes.key[parent, before],
            nodes.key[parent, after],
        )
        nodes.key[child, (q + 1) % 4] = name - after
        nodes.key[child, (q + 2) % 4] = name - before
        for k in range(count):
            corner = nodes.inside[child, k]
            corner[q] = nodes.inside[parent, k, q]
            corner[(q + 1) % 4] = sides[after, k]
            corner[(q + 2) % 4] = middle[k]
            corner[(q + 3) % 4] = sides[before, k]
            nodes.share[child, k, (q + 1) % 4] = spoke[after, k]
            nodes.share[child, k, (q + 2) % 4] = spoke[before, k]
            for side in (before, after):
                _halved(nodes, parent, k, side, right if side in (0, 2) else upper, child)
    return name - 4


@njit(cache=True, nogil=True)
def cut(ground, around, nodes, limits, close, name, out, counts):
    """Cut node 0 and, where chords do not fit, its quarters.

    Parameters
    ----------
    ground
        Window, see `geo.kernels.contour.Window`.
    around
        What its points may use.
    close
        Thousandths: costs so close to a limit may lie on either side of its line.
    name
        Names of inner sides are this and below.
    out, counts
        Segments by limit, and how many there are.

    Returns
    -------
    int
        The next name.
    """
    top = 0
    while top >= 0:
        fits = True
        whole = nodes.box[top, 2]
        for k in range(len(limits)):
            fits = fits and _fits(ground, around, nodes, top, k, limits[k], close)
        if not fits and whole > SMALLEST:
            name = _quarter(ground, around, nodes, top, limits, name)
            top += 3
            continue
        cost = np.inf
        if not fits:
            half = 0.5 * whole
            cost = _cost(ground, around, nodes.box[top, 0] + half, nodes.box[top, 1] + half)
        for k in range(len(limits)):
            counts[k] = emit(nodes, top, k, cost <= limits[k], out, counts[k])
        top -= 1
    return name

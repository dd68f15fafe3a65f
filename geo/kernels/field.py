"""Costs of lattice points from the labels of nodes, and which cells of the lattice need a closer look.

A *window* is a rectangle of lattice points with at least one unreached point all round; its values are float32
thousandths, infinite where nothing was reached.
"""

# mypy: disable-error-code="no-untyped-def,untyped-decorator,type-arg,assignment"

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from geo.kernels.labels import CLOSED, UNREACHED

SMOOTH = 5000.0  # thousandths; sub-edges whose ends differ by less are read by interpolation


class Search(NamedTuple):
    """Result of a search as rows need it: node labels, costs of edges away from the seeds, seeds on edges.

    Seeds of edge e are ``seed_start[seed_of[e]]`` onwards where ``seed_of[e] >= 0``, sorted by edge.
    """

    label: np.ndarray
    tail: np.ndarray
    head: np.ndarray
    forward: np.ndarray
    backward: np.ndarray
    seed_of: np.ndarray
    seed_edge: np.ndarray
    seed_fraction: np.ndarray
    seed_cost: np.ndarray


@njit(cache=True, nogil=True, inline="always")
def cost_on_edge(search, e, fraction, tail_cost, head_cost, forward, backward):
    """Cost at a position along an edge."""
    best = np.inf
    if fraction == 0.0:
        best = tail_cost
    elif forward < np.inf:
        best = tail_cost + fraction * forward
    if fraction == 1.0:
        best = min(best, head_cost)
    elif backward < np.inf:
        best = min(best, head_cost + (1.0 - fraction) * backward)
    s = search.seed_of[e]
    if s >= 0:
        while s < len(search.seed_edge) and search.seed_edge[s] == e:
            gap = fraction - search.seed_fraction[s]
            if gap == 0.0:
                best = min(best, search.seed_cost[s])
            elif gap > 0.0 and forward < np.inf:
                best = min(best, search.seed_cost[s] + gap * forward)
            elif gap < 0.0 and backward < np.inf:
                best = min(best, search.seed_cost[s] - gap * backward)
            s += 1
    return best


@njit(cache=True, nogil=True, inline="always")
def edge_costs(search, e):
    """Costs at the tail and the head of an edge, and of walking it either way; infinite where unreached or closed."""
    tail, head = search.label[search.tail[e]], search.label[search.head[e]]
    forward, backward = search.forward[e], search.backward[e]
    return (
        np.inf if tail == UNREACHED else float(tail >> 32),
        np.inf if head == UNREACHED else float(head >> 32),
        np.inf if forward == CLOSED else float(forward),
        np.inf if backward == CLOSED else float(backward),
    )


@njit(cache=True, nogil=True, inline="always")
def point_cost(search, e, fraction):
    """Cost at a position along an edge, infinite where it was not reached."""
    tail_cost, head_cost, forward, backward = edge_costs(search, e)
    return cost_on_edge(search, e, fraction, tail_cost, head_cost, forward, backward)


@njit(cache=True, nogil=True)
def active_edges(search):
    """Return the edges with an end, or a seed, that was reached."""
    found = np.empty(len(search.tail), np.int32)
    count = 0
    for e in range(len(search.tail)):
        if (
            search.label[search.tail[e]] != UNREACHED
            or search.label[search.head[e]] != UNREACHED
            or search.seed_of[e] >= 0
        ):
            found[count] = e
            count += 1
    return found[:count]


@njit(cache=True, nogil=True)
def spread(search, active, start, point, fraction, walk, per_metre, nx, i0, j0, values):
    """Fill a window with the least cost of its points over their rows.

    Parameters
    ----------
    start, point, fraction, walk
        Rows by edge.
    i0, j0
        Lattice column and row of the window's first point.
    """
    for e in active:
        tail_cost, head_cost, forward, backward = edge_costs(search, e)
        for r in range(start[e], start[e + 1]):
            cost = cost_on_edge(
                search, e, np.float64(fraction[r]), tail_cost, head_cost, forward, backward
            )
            cost = np.float32(cost + walk[r] * per_metre)
            j, i = point[r] // nx - j0, point[r] % nx - i0
            values[j, i] = min(values[j, i], cost)


@njit(cache=True, nogil=True)
def suspects(values, limits, doubtful, i0, j0, cliff):
    """Mark window cells whose coarse cut may be wrong.

    Parameters
    ----------
    limits
        Of contours.
    doubtful
        By lattice cell; window cell (j, i) is ``doubtful[j0 + j, i0 + i]``.
    cliff
        Difference of values.

    Returns
    -------
    (marked, steep)
        Doubtful cells with a value near them within the largest limit, and cells with a cliff that a contour passes;
        doubtful cells with a cliff that a contour passes.
    """
    high, wide = values.shape[0] - 1, values.shape[1] - 1
    marked, steep = np.zeros((high, wide), np.bool_), np.zeros((high, wide), np.bool_)
    furthest = limits.max()
    for j in range(max(0, -j0), min(high, doubtful.shape[0] - j0)):
        for i in range(max(0, -i0), min(wide, doubtful.shape[1] - i0)):
            low = min(values[j, i], values[j, i + 1], values[j + 1, i], values[j + 1, i + 1])
            top = max(values[j, i], values[j, i + 1], values[j + 1, i], values[j + 1, i + 1])
            if low < np.inf and top - low > cliff:
                for limit in limits:
                    if low <= limit < top:
                        marked[j, i], steep[j, i] = True, doubtful[j0 + j, i0 + i]
            if doubtful[j0 + j, i0 + i]:
                near = np.float32(np.inf)
                for b in range(max(0, j - 1), min(high, j + 2) + 1):
                    for a in range(max(0, i - 1), min(wide, i + 2) + 1):
                        near = min(near, values[b, a])
                marked[j, i] = near <= furthest
    return marked, steep


@njit(cache=True, nogil=True)
def side_points(side, n):
    """First fine point of a side (bottom, right, top, left) and the step to the next."""
    p = n + 1
    if side == 0:
        return 0, 1
    if side == 1:
        return n, p
    if side == 2:
        return n * p, 1
    return 0, p


@njit(cache=True, nogil=True)
def join_corners(values, coarse, cells, n):
    """Let corners of fine cells have the values of the lattice."""
    wide = coarse.shape[1] - 1
    for k in range(len(cells)):
        j, i = cells[k] // wide, cells[k] % wide
        p = n + 1
        values[k, 0], values[k, n] = coarse[j, i], coarse[j, i + 1]
        values[k, n * p], values[k, n * p + n] = coarse[j + 1, i], coarse[j + 1, i + 1]

"""Cells of the lattice looked at finely: costs inside them, whether the coarse cut is wrong, where a limit is passed.

A cell is *wrong* when the coarse cut puts a point of it on the other side than its cost, and clearly so.
"""

# mypy: disable-error-code="no-untyped-def,untyped-decorator,type-arg,assignment"

from __future__ import annotations

import numpy as np
from numba import njit

from geo.kernels.closeup import costs_of, nothing_near, stamps_of
from geo.kernels.contour import side_share

BISECTIONS = 9


@njit(cache=True, nogil=True)
def cell_costs(network, lattice, search, per_metre, cells, n):
    """Costs of the ``(n + 1) ** 2`` points of cells, float32 thousandths.

    Parameters
    ----------
    cells
        Numbers of lattice cells: that of the lattice point at the lower left.
    n
        Steps a side.
    """
    p = n + 1
    costs = np.empty((len(cells), p * p), np.float32)
    stamps, fine = stamps_of(network), lattice.step / n
    x, y, cost, large = np.empty(p * p), np.empty(p * p), np.empty(p * p), np.empty(p * p, np.bool_)
    near = nothing_near()
    for c in range(len(cells)):
        column, row = cells[c] % lattice.nx, cells[c] // lattice.nx
        for q in range(p * p):
            # whole fine steps, so that neighbouring cells share their points to the bit
            x[q] = lattice.origin_x + (column * n + q % p) * fine
            y[q] = lattice.origin_y + (row * n + q // p) * fine
        near = costs_of(
            network, lattice, search, per_metre, cells[c], x, y, cost, large, stamps, near
        )
        costs[c] = cost
    return costs


@njit(cache=True, nogil=True)
def wrong_cells(window, cells, costs, n, limits, clear):
    """Tell which window cells the coarse cut gets wrong at one of the limits.

    Parameters
    ----------
    cells
        Numbers ``j * (columns - 1) + i`` of window cells.
    costs
        Of their ``(n + 1) ** 2`` points.
    clear
        Thousandths from the limit at which a point is clearly on one side.
    """
    wide, p = window.values.shape[1] - 1, n + 1
    wrong = np.zeros(len(cells), np.bool_)
    share = np.empty(4)
    for c in range(len(cells)):
        j, i = cells[c] // wide, cells[c] % wide
        low, high = costs[c].min(), costs[c].max()
        for limit in limits:
            corners = 0
            for b in range(2):
                for a in range(2):
                    corners += int(window.values[j + b, i + a] <= limit)
            if (corners == 4 and high <= limit + clear) or (corners == 0 and low > limit - clear):
                continue
            ax, ay, bx, by = 0.0, 0.0, 0.0, 0.0
            if corners in (1, 2, 3):
                crossed = 0
                for side in range(4):
                    share[side] = side_share(window, j, i, side, limit)
                    crossed += int(share[side] >= 0.0)
                if crossed == 4:
                    wrong[c] = True
                    break
                ax, ay, bx, by = _chord(window, j, i, share, limit)
            for q in range(p * p):
                cost = costs[c, q]
                if abs(cost - limit) <= clear:
                    continue
                inside = corners == 4
                if corners in (1, 2, 3):
                    x, y = (q % p) / n, (q // p) / n
                    inside = (bx - ax) * (y - ay) - (by - ay) * (x - ax) > 0.0
                if inside != (cost <= limit):
                    wrong[c] = True
                    break
            if wrong[c]:
                break
    return wrong


@njit(cache=True, nogil=True)
def _chord(window, j, i, share, limit):
    """Ends of the one segment that cuts a cell, the inside on its left."""
    x, y = (0, 1, 1, 0), (0, 0, 1, 1)
    ax, ay, bx, by = 0.0, 0.0, 0.0, 0.0
    for side in range(4):
        if share[side] < 0.0:
            continue
        px = share[side] if side in (0, 2) else (1.0 if side == 1 else 0.0)
        py = share[side] if side in (1, 3) else (1.0 if side == 2 else 0.0)
        if (
            window.values[j + y[side], i + x[side]] <= limit
        ):  # going round, the line leaves the inside here
            ax, ay = px, py
        else:
            bx, by = px, py
    return ax, ay, bx, by


@njit(cache=True, nogil=True)
def fine_crossings(network, lattice, search, per_metre, cells, costs, n, limit, smooth):
    """Find where the limit is passed between neighbouring fine points of cells.

    Returns
    -------
    numpy.ndarray
        float32 shares by cell and sub-edge (those along x first), -1 where the limit is not passed: interpolated, or
        sought by bisection where the costs differ by more than `smooth`.
    """
    p = n + 1
    total = 2 * n * p
    shares = np.full((len(cells), total), -1.0, np.float32)
    stamps, fine = stamps_of(network), lattice.step / n
    which, one_x, one_y = np.empty(total, np.int64), np.empty(total), np.empty(total)
    low, high, inside = np.empty(total), np.empty(total), np.empty(total, np.bool_)
    x, y, cost, large = np.empty(total), np.empty(total), np.empty(total), np.empty(total, np.bool_)
    near = nothing_near()
    for c in range(len(cells)):
        column, row = cells[c] % lattice.nx, cells[c] // lattice.nx
        count = 0
        for s in range(total):
            one = (s // n) * p + s % n if s < n * p else s - n * p
            two = one + (1 if s < n * p else p)
            first, last = costs[c, one], costs[c, two]
            if (first <= limit) == (last <= limit):
                continue
            if abs(last - first) <= smooth:
                shares[c, s] = (limit - first) / (last - first)
                continue
            which[count], low[count], high[count], inside[count] = s, 0.0, 1.0, first <= limit
            one_x[count] = lattice.origin_x + (column * n + one % p) * fine
            one_y[count] = lattice.origin_y + (row * n + one // p) * fine
            count += 1
        if count == 0:
            continue
        for _ in range(BISECTIONS):
            for k in range(count):
                away = 0.5 * (low[k] + high[k]) * fine
                x[k] = one_x[k] + (away if which[k] < n * p else 0.0)
                y[k] = one_y[k] + (0.0 if which[k] < n * p else away)
            near = costs_of(
                network, lattice, search, per_metre, cells[c], x[:count], y[:count], cost[:count],
                large[:count], stamps, near,
            )  # fmt: skip
            for k in range(count):
                if (cost[k] <= limit) == inside[k]:
                    low[k] = 0.5 * (low[k] + high[k])
                else:
                    high[k] = 0.5 * (low[k] + high[k])
        for k in range(count):
            shares[c, which[k]] = 0.5 * (low[k] + high[k])
    return shares

"""Outlines held against exact costs: where they disagree about a place, it is drawn anew, finely.

A contour follows cliffs (places where the way to the network changes at once: behind walls, at the end of a frontage)
to about a decimetre and knows nothing of pockets smaller than its cells. So the doors of buildings, whose cost is known
exactly, are asked which side of the line they lie on. Round those on the wrong side a square of the outline is replaced
by small squares, each in or out by its own cost: error control after the fact, as in adaptive meshes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
import shapely

from geo.isochrone import polygons_of

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Geometries = npt.NDArray[np.object_]
CostAt = Callable[[Floats, Floats], Floats]

SIDES_M = (4.0, 0.4)  # of the square round a place, one try after the other
PARTS = 20  # small squares along a side: 20 and 2 cm


def repaired(
    discs: Geometries,
    limits: Sequence[float],
    x: Floats,
    y: Floats,
    cost: Floats,
    cost_at: CostAt,
    near: float,
) -> tuple[Geometries, int]:
    """Draw outlines anew round places that they put on the wrong side.

    Parameters
    ----------
    discs, limits
        One outline a limit (seconds or metres); a smaller limit's lies within a larger one's, and still does
        afterwards.
    x, y, cost
        Places and their exact costs, infinite where unreached.
    cost_at
        Gives the exact costs of any places.
    near
        A cost so close to the limit is on neither side.

    Returns
    -------
    (discs, count)
        The outlines, and how many places had been on the wrong side of one.
    """
    found = 0
    for side in SIDES_M:
        wrong = np.zeros(len(x), dtype=bool)
        for disc, limit in zip(discs, limits, strict=True):
            wrong |= _on_wrong_side(disc, limit, x, y, cost, near)
        if not wrong.any():
            break
        found = found or int(wrong.sum())
        discs = _redrawn(discs, limits, x[wrong], y[wrong], side, cost_at)
    return discs, found


def _on_wrong_side(
    disc: shapely.Geometry, limit: float, x: Floats, y: Floats, cost: Floats, near: float
) -> Bools:
    shapely.prepare(disc)
    inside = shapely.intersects_xy(disc, x, y)
    wrong: Bools = (inside != (cost <= limit)) & (np.abs(cost - limit) > near)
    return wrong


def _redrawn(
    discs: Geometries, limits: Sequence[float], x: Floats, y: Floats, side: float, cost_at: CostAt
) -> Geometries:
    """Replace every outline within the squares round the places; all outlines alike, so that they stay nested."""
    step = side / PARTS
    # on one lattice for all places, so that squares that overlap have their small squares in common
    column = np.floor(x / step).astype(np.int64)[:, None, None] + np.arange(-PARTS // 2, PARTS // 2)
    row = (
        np.floor(y / step).astype(np.int64)[:, None, None]
        + np.arange(-PARTS // 2, PARTS // 2)[:, None]
    )
    column, row = np.broadcast_arrays(column, row)
    cells = np.unique(np.column_stack((column.ravel(), row.ravel())), axis=0)
    west, south = cells[:, 0] * step, cells[:, 1] * step
    cost = cost_at(west + step / 2, south + step / 2)
    squares = shapely.box(west, south, west + step, south + step)
    window = shapely.union_all(shapely.box(*_corners(x, y, step)))
    new = np.empty(len(discs), dtype=object)
    for number, (disc, limit) in enumerate(zip(discs, limits, strict=True)):
        inside = shapely.union_all(squares[cost <= limit])
        new[number] = polygons_of(shapely.union(shapely.difference(disc, window), inside))
    return new


def _corners(x: Floats, y: Floats, step: float) -> tuple[Floats, Floats, Floats, Floats]:
    half = PARTS // 2
    west, south = np.floor(x / step) - half, np.floor(y / step) - half
    return west * step, south * step, (west + PARTS) * step, (south + PARTS) * step

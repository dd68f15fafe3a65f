"""Footprint templates in a unit box, and how they become polygons, one template at a time for all buildings."""

from __future__ import annotations

from enum import IntEnum

import numpy as np
import numpy.typing as npt
import shapely

F = npt.NDArray[np.float64]
I = npt.NDArray[np.int64]  # noqa: E741


class Shape(IntEnum):
    """Outlines of buildings; the box runs from (-.5, -.5) to (.5, .5), x along the front."""

    BOX = 0
    ELL = 1
    COURT = 2  # three wings round a yard that opens to the south
    RING = 3  # four wings
    CROSS = 4  # housing tower with notched corners
    CUT = 5  # office tower with cut corners
    PODIUM = 6  # podium with a notch in which its tower stands
    STEP = 7  # two slabs, staggered


_OUTLINES: dict[Shape, list[tuple[float, float]]] = {
    Shape.BOX: [(-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5)],
    Shape.ELL: [(-0.5, -0.5), (0.5, -0.5), (0.5, 0.0), (-0.1, 0.0), (-0.1, 0.5), (-0.5, 0.5)],
    Shape.COURT: [
        (-0.5, -0.5), (-0.22, -0.5), (-0.22, 0.12), (0.22, 0.12),
        (0.22, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5),
    ],
    Shape.RING: [(-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5)],
    Shape.CROSS: [
        (-0.28, -0.5), (0.28, -0.5), (0.28, -0.24), (0.5, -0.24), (0.5, 0.24), (0.28, 0.24),
        (0.28, 0.5), (-0.28, 0.5), (-0.28, 0.24), (-0.5, 0.24), (-0.5, -0.24), (-0.28, -0.24),
    ],
    Shape.CUT: [
        (-0.3, -0.5), (0.3, -0.5), (0.5, -0.3), (0.5, 0.3),
        (0.3, 0.5), (-0.3, 0.5), (-0.5, 0.3), (-0.5, -0.3),
    ],
    Shape.PODIUM: [(-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (0.02, 0.5), (0.02, 0.02), (-0.5, 0.02)],
    Shape.STEP: [
        (-0.5, -0.5), (0.02, -0.5), (0.02, -0.2), (0.5, -0.2),
        (0.5, 0.5), (-0.02, 0.5), (-0.02, 0.2), (-0.5, 0.2),
    ],
}  # fmt: skip
_YARD = [(-0.24, -0.22), (-0.24, 0.22), (0.24, 0.22), (0.24, -0.22)]


def polygons(shape: I, centre: F, axis: F, size: F, flip: F) -> npt.NDArray[np.object_]:
    """Make the footprints.

    Parameters
    ----------
    shape
        `Shape` of each building.
    centre, axis, size
        Middle, unit vector along the front, and (front, depth) in metres; (n, 2) each.
    flip
        +1 or -1 (n, 2): mirrors the outline along the front and the depth.
    """
    made = np.empty(len(shape), dtype=object)
    across = np.column_stack([-axis[:, 1], axis[:, 0]])
    for value, outline in _OUTLINES.items():
        some = np.flatnonzero(shape == value)
        if not len(some):
            continue

        def place(unit: list[tuple[float, float]], rows: I = some) -> F:
            box = np.array(unit)[None, :, :] * (size[rows] * flip[rows])[:, None, :]
            xy = centre[rows, None, :] + box[:, :, :1] * axis[rows, None, :]
            return np.asarray(np.round(xy + box[:, :, 1:] * across[rows, None, :], 2))

        shells = shapely.linearrings(place(outline))
        if value == Shape.RING:
            yards = np.asarray(shapely.linearrings(place(_YARD)))
            made[some] = shapely.polygons(shells, holes=yards[:, None])
        else:
            made[some] = shapely.polygons(shells)
    return np.asarray(shapely.orient_polygons(made))

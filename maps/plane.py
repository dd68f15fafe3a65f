"""The plane the page draws in: a unit square like Leaflet's, cut into steps of about 0.15 m."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

EQUATOR_M = 40_075_016.685578488
STEPS = 2.0**28
"""Steps along a side of the world: 0.149 m at the equator, less to the north."""


@dataclass(frozen=True)
class Plane:
    """Where the numbers of the page start and what one unit of it measures on the ground.

    Attributes
    ----------
    origin_x, origin_y
        World coordinates (0 to 1, y southwards) of step (0, 0).
    metres_per_world
        Ground length of the unit square's side at the study's latitude.
    local
        Whether coordinates are metres of an unpublished local grid instead of degrees.
    """

    origin_x: float
    origin_y: float
    metres_per_world: float
    local: bool = False

    @classmethod
    def around(cls, bounds: tuple[float, float, float, float], local: bool = False) -> Plane:
        """Make the plane of a study from its bounds (degrees, or metres when `local`)."""
        corner = to_world(np.array([[bounds[0], bounds[3]]]), local)[0]
        middle = np.deg2rad((bounds[1] + bounds[3]) / 2.0)
        metres = EQUATOR_M if local else EQUATOR_M * float(np.cos(middle))
        return cls(_on_step(corner[0]), _on_step(corner[1]), metres, local)

    def quantise(self, xy: FloatArray) -> IntArray:
        """Turn coordinates, shape (n, 2), into whole steps from the origin."""
        world = to_world(xy, self.local)
        steps = np.rint((world - (self.origin_x, self.origin_y)) * STEPS)
        return steps.astype(np.int64)


def to_world(xy: FloatArray, local: bool = False) -> FloatArray:
    """Project lon/lat degrees (or local metres) to the unit square, y southwards.

    Degrees take the spherical Mercator projection of web maps. It serves drawing only:
    nothing is ever measured in it.
    """
    xy = np.asarray(xy, dtype=np.float64).reshape(-1, 2)
    if local:
        return np.column_stack((0.5 + xy[:, 0] / EQUATOR_M, 0.5 - xy[:, 1] / EQUATOR_M))
    sine = np.sin(np.deg2rad(np.clip(xy[:, 1], -85.0, 85.0)))
    y = 0.5 - np.log((1.0 + sine) / (1.0 - sine)) / (4.0 * np.pi)
    return np.column_stack(((xy[:, 0] + 180.0) / 360.0, y))


def _on_step(value: float) -> float:
    return float(np.floor(value * STEPS) / STEPS)

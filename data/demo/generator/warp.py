"""The plane chart in which the city is laid out, and the smooth map that bends it into a landscape."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from pyproj import CRS, Transformer

from data.demo.generator.spec import DistrictSpec, Strip

F = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Warp:
    """Chart (u, v) to metric plane (x, y), both in metres about the middle of the district.

    Notes
    -----
    A turn, a meander of the river that dies away from it, and shear waves. Each shear wave moves points across its own
    direction, so it keeps areas; slopes stay below one, so the map never folds.
    """

    turn: float
    direction: F
    wavelength: F
    phase: F
    amplitude: F
    river_v: float
    meander: tuple[float, float, float]

    def __call__(self, uv: F) -> F:
        """Map points (n, 2), rounded to whole centimetres."""
        u, v = uv[:, 0], uv[:, 1]
        size, length, phase = self.meander
        swing = size * np.sin(2 * np.pi * u / length + phase)
        swing = swing + 0.35 * size * np.sin(2 * np.pi * u / (0.43 * length) + 2.1 * phase)
        v = v + swing * np.exp(-(((v - self.river_v) / 3500.0) ** 2))
        cos, sin = np.cos(self.direction), np.sin(self.direction)
        along = np.outer(u, cos) + np.outer(v, sin)
        move = self.amplitude * np.sin(2 * np.pi * along / self.wavelength + self.phase)
        x = u - move @ sin
        y = v + move @ cos
        c, s = np.cos(self.turn), np.sin(self.turn)
        return np.round(np.column_stack([c * x - s * y, s * x + c * y]), 2)


def make_warp(spec: DistrictSpec, rng: np.random.Generator) -> Warp:
    """Draw the bends of one district."""
    count = 6
    wavelength = rng.uniform(3200.0, 9000.0, count)
    slope = rng.uniform(0.09, 0.17, count)
    rivers: list[Strip] = [strip for strip in spec.strips if strip.kind == "river"]
    return Warp(
        turn=np.deg2rad(rng.uniform(8.0, 14.0)),
        direction=rng.uniform(0.0, np.pi, count),
        wavelength=wavelength,
        phase=rng.uniform(0.0, 2 * np.pi, count),
        amplitude=slope * wavelength / (2 * np.pi),
        river_v=rivers[0].at if rivers else 0.0,
        meander=(260.0, 5200.0, rng.uniform(0.0, 2 * np.pi)),
    )


@dataclass(frozen=True)
class Frame:
    """The metric plane on the earth: offsets in the metric CRS, both ways to lon/lat."""

    crs: str
    east: float
    north: float

    @classmethod
    def of(cls, spec: DistrictSpec) -> Frame:
        """Put the middle of the district at its stated longitude and latitude."""
        to_metric = Transformer.from_crs("EPSG:4326", CRS(spec.crs), always_xy=True)
        east, north = to_metric.transform(spec.lon, spec.lat)
        return cls(spec.crs, round(east, -1), round(north, -1))

    def lonlat(self, xy: F) -> F:
        """Turn metric points (n, 2) about the middle into lon/lat degrees."""
        back = Transformer.from_crs(CRS(self.crs), "EPSG:4326", always_xy=True)
        lon, lat = back.transform(xy[:, 0] + self.east, xy[:, 1] + self.north)
        return np.column_stack([lon, lat])

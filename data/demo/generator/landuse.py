"""What stands where: land uses, their measures, and which superblock gets which."""

from __future__ import annotations

from enum import IntEnum

import numpy as np
import numpy.typing as npt

from data.demo.generator.fabric import Kind
from data.demo.generator.spec import Blob, DistrictSpec

F = npt.NDArray[np.float64]
I = npt.NDArray[np.int64]  # noqa: E741
B = npt.NDArray[np.bool_]


class Use(IntEnum):
    """Land use of a superblock or block."""

    HILL = 0
    RURAL = 1  # outside the outline: roads, no buildings
    CBD = 2
    MALL = 3
    TECH = 4
    MODERN = 5
    OLD = 6
    VILLAGE = 7
    CAMPUS = 8
    INDUSTRY = 9
    PUBLIC = 10
    GREEN = 11


# use: block area, class of block streets, inner area (0: none), inner class, share of gates, share of walls
_MEASURES: dict[Use, tuple[float, Kind, float, Kind, float, float]] = {
    Use.HILL: (0.0, Kind.TRAIL, 1.0e5, Kind.TRAIL, 0.45, 0.0),
    Use.RURAL: (6.0e4, Kind.TERTIARY, 0.0, Kind.INNER, 0.0, 0.0),
    Use.CBD: (1.9e4, Kind.RESIDENTIAL, 0.0, Kind.INNER, 0.0, 0.0),
    Use.MALL: (3.4e4, Kind.RESIDENTIAL, 0.0, Kind.INNER, 0.0, 0.0),
    Use.TECH: (7.0e4, Kind.RESIDENTIAL, 1.7e4, Kind.INNER, 0.35, 0.6),
    Use.MODERN: (5.6e4, Kind.RESIDENTIAL, 0.78e4, Kind.INNER, 0.22, 0.9),
    Use.OLD: (3.4e4, Kind.RESIDENTIAL, 0.48e4, Kind.INNER, 0.5, 0.35),
    Use.VILLAGE: (5.2e4, Kind.RESIDENTIAL, 0.14e4, Kind.ALLEY, 0.6, 0.0),
    Use.CAMPUS: (2.6e5, Kind.TERTIARY, 2.3e4, Kind.INNER, 0.06, 1.0),
    Use.INDUSTRY: (8.0e4, Kind.RESIDENTIAL, 2.6e4, Kind.INNER, 0.3, 0.6),
    Use.PUBLIC: (0.0, Kind.RESIDENTIAL, 1.6e4, Kind.INNER, 0.2, 0.9),
    Use.GREEN: (1.0e5, Kind.RESIDENTIAL, 1.5e4, Kind.PATH, 0.8, 0.0),
}
_TABLE = np.array([_MEASURES[use] for use in Use], dtype=np.float64)
BLOCK_AREA, INNER_AREA, GATE_SHARE, WALL_SHARE = (_TABLE[:, k] for k in (0, 2, 4, 5))
BLOCK_KIND, INNER_KIND = (_TABLE[:, k].astype(np.int64) for k in (1, 3))


def oval(uv: F, blob: Blob) -> F:
    """Squared distance from the blob's centre in its own half axes."""
    return ((uv[:, 0] - blob.u) / blob.ru) ** 2 + ((uv[:, 1] - blob.v) / blob.rv) ** 2


class Fields:
    """Where the hills and the outline are, as functions of the chart."""

    def __init__(self, spec: DistrictSpec, rng: np.random.Generator) -> None:
        self.spec = spec
        self._wave = rng.uniform(0.0, 2 * np.pi, (5, 2))
        self._length = rng.uniform(420.0, 1300.0, 5)
        self._lobe = rng.uniform(0.0, 2 * np.pi, len(spec.lobes))

    def hill(self, uv: F) -> F:
        """Above zero on forested hills."""
        noise = sum(
            np.sin(
                2 * np.pi * (uv[:, 0] * np.cos(angle) + uv[:, 1] * np.sin(angle)) / length + phase
            )
            for (angle, phase), length in zip(self._wave, self._length, strict=True)
        )
        height = np.max([np.exp(-oval(uv, blob)) for blob in self.spec.hills], axis=0)
        return np.asarray(height - 0.37 + 0.035 * noise)

    def inside(self, uv: F) -> B:
        """Whether points lie in the rough outline: an oval with lobes."""
        blob = self.spec.outline
        du, dv = (uv[:, 0] - blob.u) / blob.ru, (uv[:, 1] - blob.v) / blob.rv
        angle = np.arctan2(dv, du)
        edge = np.ones(len(uv))
        for number, (size, phase) in enumerate(zip(self.spec.lobes, self._lobe, strict=True)):
            edge += size * np.cos((number + 2) * angle + phase)
        return np.asarray(np.hypot(du, dv) < edge)


def assign(spec: DistrictSpec, fields: Fields, centre: F, rng: np.random.Generator) -> I:
    """Give every superblock a use, from its centre (n, 2)."""
    use = np.where(rng.random(len(centre)) < 0.55, Use.MODERN, Use.OLD).astype(np.int64)
    core = oval(centre, spec.cbd)
    reach = np.sqrt(core)
    outward = rng.random(len(centre))
    use[(reach > 2.6) & (outward < 0.16)] = Use.INDUSTRY
    use[(reach > 2.2) & (use == Use.OLD) & (outward > 0.55)] = Use.MODERN
    free = fields.inside(centre) & (fields.hill(centre) <= 0)

    def pick(count: int, value: Use, score: F) -> None:
        nonlocal free
        chosen = np.argsort(np.where(free, score, np.inf), kind="stable")[:count]
        use[chosen] = value
        free[chosen] = False

    take = free & (core < 1.0)
    use[take] = Use.CBD
    free &= ~take
    for value, blobs in ((Use.MALL, spec.malls), (Use.TECH, spec.parks)):
        for blob in blobs:
            distance = oval(centre, blob)
            take = free & (distance < 1.0)
            if not take.any():
                take = np.arange(len(centre)) == np.argmin(np.where(free, distance, np.inf))
            use[take] = value
            free &= ~take
    spread = rng.random((3, len(centre)))
    pick(spec.campuses, Use.CAMPUS, spread[0] + np.abs(reach - 2.0))
    pick(spec.villages, Use.VILLAGE, spread[1] + 0.12 * np.abs(reach - 2.2))
    pick(spec.greens, Use.GREEN, spread[2])
    use[~fields.inside(centre)] = Use.RURAL
    use[fields.hill(centre) > 0] = Use.HILL
    return use

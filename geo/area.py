"""Coverage of area (面积覆盖率): the share of a polygon from which a station is within the limit.

Measured on a square lattice of points by the access rule, walking on the ground; water and hills count as area.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely
from scipy.spatial import cKDTree

from geo.assess import Assessor
from geo.network.access import AccessRows
from geo.network.snap import AccessFinder, Places
from geo.params import Rule
from geo.reach import PointRows

STEP_M = 20.0
MOST_POINTS = 400_000  # beyond it the lattice grows coarser, not slower

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int32]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Lattice:
    """Points of the study area, one every ``step_m`` metres, and how they enter the walk graph."""

    x: Floats
    y: Floats
    rows: AccessRows
    step_m: float

    @classmethod
    def over(cls, area: shapely.Geometry, finder: AccessFinder, groups: Ints) -> Lattice:
        """Lay the lattice over an area in the metric CRS; its points are the middles of cells at whole steps.

        Parameters
        ----------
        groups
            Per edge, see `AccessFinder.find`.
        """
        step = max(STEP_M, float(np.sqrt(shapely.area(area) / MOST_POINTS)))
        min_x, min_y, max_x, max_y = shapely.bounds(area)
        columns = (np.arange(np.floor(min_x / step), np.ceil(max_x / step)) + 0.5) * step
        lines = (np.arange(np.floor(min_y / step), np.ceil(max_y / step)) + 0.5) * step
        x, y = (one.ravel() for one in np.meshgrid(columns, lines))
        shapely.prepare(area)
        inside = shapely.contains_xy(area, x, y)
        x, y = x[inside], y[inside]
        return cls(x, y, finder.find(Places.from_points(x, y), groups).rows, step)

    def reached(self, assessor: Assessor, rule: Rule) -> Bools:
        """Tell from which points a public station that counts under `rule` is within its limit (inclusive)."""
        if rule.basis == "radius":
            supply = assessor.supply
            public = (supply.scope == "public") & assessor.counting(rule, rule.tiers)
            if not public.any():
                return np.zeros(len(self.x), dtype=bool)
            tree = cKDTree(np.column_stack((supply.x[public], supply.y[public])))
            gap, _ = tree.query(np.column_stack((self.x, self.y)))
            return np.asarray(gap <= rule.limit)
        weighting = assessor.weighting(rule)
        rows = PointRows(
            point=self.rows.point,
            edge=self.rows.edge,
            fraction=self.rows.fraction,
            cost=weighting.walk_cost(self.rows),
            point_count=len(self.x),
        )
        cost, _ = assessor.towards(rule).of_rows(rows)
        return np.asarray(cost <= round(rule.limit * 1000))

    def shares(self, polygons: gpd.GeoDataFrame, reached: Mapping[str, Bools]) -> dict[str, Floats]:
        """Return, rule by rule, the share of each polygon's points that are reached; nan for one without points."""
        tree = shapely.STRtree(np.asarray(shapely.points(self.x, self.y), dtype=object))
        shapes = polygons.geometry.to_numpy()
        usable = np.flatnonzero(~shapely.is_missing(shapes))
        polygon, point = tree.query(shapes[usable], predicate="intersects")
        polygon = usable[polygon]
        count = np.bincount(polygon, minlength=len(shapes)).astype(np.float64)
        result = {}
        for rule, yes in reached.items():
            hit = np.bincount(polygon[yes[point]], minlength=len(shapes)).astype(np.float64)
            result[rule] = np.divide(hit, count, out=np.full(len(shapes), np.nan), where=count > 0)
        return result

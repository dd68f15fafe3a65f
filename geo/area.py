"""Coverage of area (面积覆盖率): the share of a polygon that lies within the isochrone of a rule.

Measured on the outlines that the result holds; water and hills count as area.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import shapely

MOST_VERTICES = 2_000  # of a tile: an overlay takes time by the vertices of both sides
SMALLEST_M = 50.0

Floats = npt.NDArray[np.float64]
Geometries = npt.NDArray[np.object_]


class Cover:
    """An isochrone cut into tiles, so that thousands of polygons are quickly laid over it.

    Parameters
    ----------
    shape
        All places within a limit; metric CRS.
    """

    def __init__(self, shape: shapely.Geometry) -> None:
        self._tiles = _tiles(shape)
        self._tree = shapely.STRtree(self._tiles)

    def shares(self, polygons: Geometries) -> Floats:
        """Return the share of the area of every polygon that is covered; nan for one without area."""
        areas = np.nan_to_num(shapely.area(polygons))
        polygon, tile = self._tree.query(polygons, predicate="intersects")
        common = shapely.area(shapely.intersection(polygons[polygon], self._tiles[tile]))
        inside = np.bincount(polygon, weights=common, minlength=len(polygons))
        share = np.divide(inside, areas, out=np.full(len(areas), np.nan), where=areas > 0.0)
        return np.asarray(np.minimum(share, 1.0))


def _tiles(shape: shapely.Geometry) -> Geometries:
    """Quarter a shape until no part has many vertices."""
    done: list[shapely.Geometry] = []
    pending = [shape]
    while pending:
        one = pending.pop()
        west, south, east, north = shapely.bounds(one)
        if (
            shapely.get_num_coordinates(one) <= MOST_VERTICES
            or max(east - west, north - south) < SMALLEST_M
        ):
            done.append(one)
            continue
        x, y = (west + east) / 2.0, (south + north) / 2.0
        quarters = (
            (west, south, x, y),
            (x, south, east, y),
            (west, y, x, north),
            (x, y, east, north),
        )
        parts = (shapely.clip_by_rect(one, *box) for box in quarters)
        pending += [part for part in parts if not shapely.is_empty(part)]
    return np.array(done, dtype=object)

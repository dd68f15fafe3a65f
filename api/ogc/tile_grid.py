"""WebMercatorQuad: where its tiles lie, and longitude and latitude in its plane."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

Floats = npt.NDArray[np.float64]
Objects = npt.NDArray[np.object_]
Box = tuple[float, float, float, float]
SCHEME = "WebMercatorQuad"
SCHEME_URI = f"http://www.opengis.net/def/tilematrixset/OGC/1.0/{SCHEME}"
CRS_URI = "http://www.opengis.net/def/crs/EPSG/0/3857"
MOST_ZOOM = 22
_RADIUS_M = 6_378_137.0
_HALF_M = math.pi * _RADIUS_M
_PIXEL_M = 0.00028  # of the standard, for scale denominators
_HIGHEST = 85.05112877980659


def is_tile(z: int, y: int, x: int) -> bool:
    """Whether there is such a tile."""
    return 0 <= z <= MOST_ZOOM and 0 <= y < 2**z and 0 <= x < 2**z


def tile_box(z: int, y: int, x: int) -> Box:
    """Return the corners of a tile in the plane, rows counted from the north."""
    side = 2.0 * _HALF_M / 2**z
    west, north = x * side - _HALF_M, _HALF_M - y * side
    return west, north - side, west + side, north


def to_plane(shapes: Objects) -> Objects:
    """Turn shapes in longitude and latitude into Web Mercator: for drawing, never to measure."""

    def turned(degrees: Floats) -> Floats:
        lat = np.radians(np.clip(degrees[:, 1], -_HIGHEST, _HIGHEST))
        return np.column_stack((np.radians(degrees[:, 0]), np.arctanh(np.sin(lat)))) * _RADIUS_M

    moved: Objects = shapely.transform(shapes, turned)
    return moved


def tiles_of(bounds: Box, z: int) -> tuple[int, int, int, int]:
    """Return the rows and columns of the tiles that hold a box in degrees: north, south, west, east."""
    corners = to_plane(np.array([shapely.Point(bounds[:2]), shapely.Point(bounds[2:])]))
    xy = shapely.get_coordinates(corners)
    side, last = 2.0 * _HALF_M / 2**z, 2**z - 1
    columns = np.clip(np.floor((xy[:, 0] + _HALF_M) / side), 0, last).astype(int)
    rows = np.clip(np.floor((_HALF_M - xy[:, 1]) / side), 0, last).astype(int)
    return int(rows[1]), int(rows[0]), int(columns[0]), int(columns[1])


def definition() -> dict[str, Any]:
    """Return the tile matrix set (OGC 17-083r4)."""
    return {
        "id": SCHEME,
        "title": "Google Maps Compatible for the World",
        "uri": SCHEME_URI,
        "crs": CRS_URI,
        "orderedAxes": ["X", "Y"],
        "wellKnownScaleSet": "http://www.opengis.net/def/wkss/OGC/1.0/GoogleMapsCompatible",
        "tileMatrices": [_matrix(z) for z in range(MOST_ZOOM + 1)],
    }


def _matrix(z: int) -> dict[str, Any]:
    cell = 2.0 * _HALF_M / 2**z / 256
    return {
        "id": str(z),
        "scaleDenominator": cell / _PIXEL_M,
        "cellSize": cell,
        "cornerOfOrigin": "topLeft",
        "pointOfOrigin": [-_HALF_M, _HALF_M],
        "tileWidth": 256,
        "tileHeight": 256,
        "matrixWidth": 2**z,
        "matrixHeight": 2**z,
    }

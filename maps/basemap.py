"""The base map drawn from the study's own data: walking network, water, railways, walls."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyproj
import shapely

from geo.network.edges import EdgeKind
from maps.hidden import Hidden, cut_hidden
from maps.packing import Packer, add_lines, add_polygons
from maps.plane import Plane

if TYPE_CHECKING:
    from geo.network.edges import EdgeTable
    from geo.result import WalkModel

Bounds = tuple[float, float, float, float]
_TOLERANCE_M = 1.0
_MARGIN = 0.08
_MAJOR = ("motorway", "trunk", "primary", "secondary", "tertiary")
ROAD_CLASSES = ("major", "minor", "path", "steps")


def add_basemap(
    packer: Packer, walk: WalkModel | None, plane: Plane, bounds: Bounds, hidden: Hidden = None
) -> None:
    """Pack roads by class and barriers by kind within `bounds` (and a margin round it), `hidden` cut out."""
    lines = np.array([], dtype=object)
    classes = np.array([], dtype=np.int64)
    areas = np.array([], dtype=object)
    area_kinds: list[str] = []
    limits = np.array([], dtype=object)
    limit_kinds: list[str] = []
    if walk is not None:
        frame = _frame(bounds)
        if walk.graph.edges is not None:
            lines, classes = _roads(walk.graph.edges, walk.crs, plane, frame)
        shapes = _to_plane(np.asarray(walk.barriers.geometry, dtype=object), walk.crs, plane)
        kinds = walk.barriers["kind"].astype(str).to_numpy()
        within = shapely.intersects(shapes, frame)
        parts, owner = shapely.get_parts(shapes[within], return_index=True)
        kind = kinds[within][owner]
        areal = shapely.get_type_id(parts) == shapely.GeometryType.POLYGON
        linear = shapely.get_type_id(parts) == shapely.GeometryType.LINESTRING
        areas, area_kinds = parts[areal], kind[areal].tolist()
        limits, limit_kinds = parts[linear], kind[linear].tolist()
    add_lines(packer, "road", cut_hidden(lines, hidden), plane)
    packer.add("road.class", classes, "u1")
    add_polygons(packer, "water", cut_hidden(areas, hidden), plane)
    packer.add_text("water.kind", area_kinds)
    add_lines(packer, "barrier", cut_hidden(limits, hidden), plane)
    packer.add_text("barrier.kind", limit_kinds)


def _roads(
    edges: EdgeTable, crs: str, plane: Plane, frame: shapely.Polygon
) -> tuple[npt.NDArray[np.object_], npt.NDArray[np.int64]]:
    """Return the shapes worth drawing and the class of each, an index of `ROAD_CLASSES`."""
    drawn = ~np.isin(edges.kind, [EdgeKind.LIFT, EdgeKind.LINK, EdgeKind.EXIT]) & (
        edges.length_m > 0
    )
    lines = shapely.simplify(edges.lines()[drawn], _TOLERANCE_M, preserve_topology=False)
    lines = _to_plane(lines, crs, plane)
    kind, highway = edges.kind[drawn], np.asarray(edges.highway.astype(str))[drawn]
    classes = np.where(np.isin(highway, [*_MAJOR, *(f"{one}_link" for one in _MAJOR)]), 0, 1)
    classes = np.where(kind == EdgeKind.ROAD, classes, 2)
    classes = np.where(kind == EdgeKind.STEPS, 3, classes)
    within = shapely.intersects(lines, frame)
    order = np.lexsort((_start(lines[within]), classes[within]))
    return lines[within][order], classes[within][order]


def _start(lines: npt.NDArray[np.object_]) -> npt.NDArray[np.float64]:
    return np.round(shapely.bounds(lines)[:, 1], 3) if len(lines) else np.zeros(0)


def _to_plane(shapes: npt.NDArray[np.object_], crs: str, plane: Plane) -> npt.NDArray[np.object_]:
    """Turn metric shapes into the coordinates `Plane.quantise` takes."""
    if plane.local or not len(shapes):
        return shapes
    turn = pyproj.Transformer.from_crs(crs, "EPSG:4326", always_xy=True)
    moved: npt.NDArray[np.object_] = shapely.transform(
        shapes, lambda xy: np.column_stack(turn.transform(xy[:, 0], xy[:, 1]))
    )
    return moved


def _frame(bounds: Bounds) -> shapely.Polygon:
    dx, dy = (bounds[2] - bounds[0]) * _MARGIN, (bounds[3] - bounds[1]) * _MARGIN
    return shapely.box(bounds[0] - dx, bounds[1] - dy, bounds[2] + dx, bounds[3] + dy)

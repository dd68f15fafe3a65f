"""Geometry of the walk model in whole millimetres, and the way from the page's plane to the study's metric grid."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pyproj
import shapely

from geo.network.edges import EdgeTable
from geo.network.graph import WalkGraph
from maps.packing import Packer
from maps.plane import STEPS, Plane, to_world

if TYPE_CHECKING:
    from geo.result import StudyResult

MARGIN_M = 2000.0
WORST_M = 0.0005
HIGHEST_DEGREE = 9
BARRIER_STEP_MM = 10
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Origin:
    """Corner of the network in the metric grid, whole metres; packed coordinates count from it."""

    xy: Floats
    size: Floats

    @classmethod
    def of(cls, x: Floats, y: Floats) -> Origin:
        """Take the corner of all nodes."""
        low = np.floor(np.array([x.min(), y.min()]))
        high = np.ceil(np.array([x.max(), y.max()]))
        return cls(low, high - low)

    def millimetres(self, x: Floats, y: Floats) -> npt.NDArray[np.int64]:
        """Return coordinates as whole millimetres from the corner, shape (n, 2)."""
        return np.rint((np.column_stack((x, y)) - self.xy) * 1000.0).astype(np.int64)


def fit_transform(result: StudyResult, plane: Plane, origin: Origin) -> dict[str, object]:
    """Fit polynomials that lead from steps of the plane to metres from the origin, to half a millimetre.

    The page knows no projections; over a district a polynomial of low degree is as good as any of them.

    Raises
    ------
    ValueError
        When no degree is good enough, as for a study as large as a country.
    """
    side = np.cos(np.linspace(0.0, np.pi, 24)) * 0.5 + 0.5
    grid = np.stack(np.meshgrid(side, side), axis=-1).reshape(-1, 2)
    metres = grid * (origin.size + 2.0 * MARGIN_M) - MARGIN_M
    world = metres + origin.xy
    if not plane.local and result.walk is not None:
        back = pyproj.Transformer.from_crs(result.walk.crs, "EPSG:4326", always_xy=True)
        world = np.column_stack(back.transform(world[:, 0], world[:, 1]))
    steps = _unrounded(plane, world)
    middle = (steps.min(0) + steps.max(0)) / 2.0
    half = float((steps.max(0) - steps.min(0)).max() / 2.0)
    at = (steps - middle) / half
    for degree in range(1, HIGHEST_DEGREE + 1):
        powers = [(i, total - i) for total in range(degree + 1) for i in range(total + 1)]
        table = np.column_stack([at[:, 0] ** i * at[:, 1] ** j for i, j in powers])
        found = np.linalg.lstsq(table, metres, rcond=None)[0]
        worst = float(np.abs(table @ found - metres).max())
        if worst <= WORST_M:
            return {
                "middle": middle.tolist(),
                "half": half,
                "powers": powers,
                "x": found[:, 0].round(6).tolist(),
                "y": found[:, 1].round(6).tolist(),
            }
    raise ValueError(f"no polynomial of degree {HIGHEST_DEGREE} or less fits: off by {worst:.4f} m")


def _unrounded(plane: Plane, xy: Floats) -> Floats:
    world = to_world(xy, plane.local)
    return np.asarray((world - (plane.origin_x, plane.origin_y)) * STEPS)


def add_edges(packer: Packer, graph: WalkGraph, edges: EdgeTable, origin: Origin) -> None:
    """Pack nodes, ends of edges, their bends, and what their lengths differ from those of their shapes."""
    nodes = origin.millimetres(graph.x, graph.y)
    packer.add("node.xy", np.diff(nodes, axis=0, prepend=0).ravel(), "sv")
    tail, head = graph.tail.astype(np.int64), graph.head.astype(np.int64)
    packer.add("edge.tail", np.diff(tail, prepend=0), "sv")
    packer.add("edge.head", head - tail, "sv")
    shape = origin.millimetres(edges.shape_x, edges.shape_y)
    start, end = edges.shape_offset[:-1], edges.shape_offset[1:] - 1
    inner = np.ones(len(shape), dtype=bool)
    inner[start] = inner[end] = False
    bends = np.diff(edges.shape_offset) - 2
    packer.add("edge.bends", bends, "uv")
    before = shape[np.flatnonzero(inner) - 1]
    packer.add("edge.bend_xy", (shape[inner] - before).ravel(), "sv")
    off_tail = shape[start] - nodes[tail]
    off_head = shape[end] - nodes[head]
    if np.abs(off_tail).max(initial=0) > 1 or np.abs(off_head).max(initial=0) > 1:
        raise ValueError("an edge's shape does not begin and end at its nodes")
    packer.add("edge.length", _length_left(edges, shape, nodes, tail, head), "sv")


def _length_left(
    edges: EdgeTable,
    shape: npt.NDArray[np.int64],
    nodes: npt.NDArray[np.int64],
    tail: npt.NDArray[np.int64],
    head: npt.NDArray[np.int64],
) -> npt.NDArray[np.int64]:
    """Return the millimetres by which stated lengths exceed those of the packed shapes, as the page sums them."""
    exact = shape.copy()
    exact[edges.shape_offset[:-1]] = nodes[tail]
    exact[edges.shape_offset[1:] - 1] = nodes[head]
    step = np.diff(exact.astype(np.float64), axis=0)
    run = np.concatenate(([0.0], np.cumsum(np.rint(np.hypot(step[:, 0], step[:, 1])))))
    length = run[edges.shape_offset[1:] - 1] - run[edges.shape_offset[:-1]]
    left: npt.NDArray[np.int64] = (np.rint(edges.length_m * 1000.0) - length).astype(np.int64)
    return left


def add_barriers(packer: Packer, barriers: gpd.GeoDataFrame, origin: Origin) -> None:
    """Pack the lines nobody crosses: lines as they are, polygons by their rings."""
    geometry = barriers.geometry.to_numpy() if len(barriers) else np.empty(0, dtype=object)
    parts = shapely.get_parts(geometry)
    is_area = shapely.get_type_id(parts) == shapely.GeometryType.POLYGON
    is_line = np.isin(
        shapely.get_type_id(parts),
        (shapely.GeometryType.LINESTRING, shapely.GeometryType.LINEARRING),
    )
    lines = np.concatenate([shapely.get_rings(parts[is_area]), parts[is_line]])
    xy, line = shapely.get_coordinates(lines, return_index=True)
    steps = np.rint((xy - origin.xy) * (1000.0 / BARRIER_STEP_MM)).astype(np.int64)
    packer.add("barrier.sizes", np.bincount(line, minlength=len(lines)), "uv")
    packer.add("barrier.xy", np.diff(steps, axis=0, prepend=0).ravel(), "sv")
    packer.add_text("barrier_step_mm", BARRIER_STEP_MM)

"""The access rule: which edges a building, station or any point may use, and where."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely

from geo.kernels import snap as kernel
from geo.kernels.crossings import line_crossings
from geo.network.access import AccessRows
from geo.network.edges import EdgeTable
from geo.params import WalkParams

CELL_M = 50.0
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int32]


@dataclass(frozen=True)
class Places:
    """Points or areas that want to enter the walk graph.

    Attributes
    ----------
    sides
        Sides of every place, see `geo.kernels.snap.Sides`.
    owner
        Per place, the index of the point it speaks for (a building with three entrances owns three places).
    count
        Number of owners.
    """

    sides: kernel.Sides
    owner: Ints
    count: int

    @classmethod
    def from_points(
        cls, x: Floats, y: Floats, owner: Ints | None = None, count: int | None = None
    ) -> Places:
        """Make one place a point (metric CRS)."""
        x = np.ascontiguousarray(x, dtype=np.float64)
        y = np.ascontiguousarray(y, dtype=np.float64)
        if owner is None:
            owner = np.arange(len(x), dtype=np.int32)
        sides = kernel.Sides(
            x, y, x.copy(), y.copy(), np.arange(len(x) + 1, dtype=np.int64), np.zeros(len(x), bool)
        )
        return cls(sides, owner.astype(np.int32), len(x) if count is None else count)

    @classmethod
    def from_polygons(
        cls, polygons: npt.ArrayLike, owner: Ints | None = None, count: int | None = None
    ) -> Places:
        """Make one place a (multi)polygon: all its rings are sides, what lies inside is at distance 0."""
        geometry = np.asarray(polygons, dtype=object)
        parts, part_place = shapely.get_parts(geometry, return_index=True)
        rings, ring_part = shapely.get_rings(parts, return_index=True)
        xy, ring = shapely.get_coordinates(rings, return_index=True)
        goes_on = np.flatnonzero(ring[1:] == ring[:-1])  # a side joins two points of one ring
        place = part_place[ring_part[ring[goes_on]]]
        order = np.argsort(place, kind="stable")
        a, b = goes_on[order], goes_on[order] + 1
        start = np.searchsorted(place[order], np.arange(len(geometry) + 1)).astype(np.int64)
        x0, y0, x1, y1 = (np.ascontiguousarray(c) for c in (xy[a, 0], xy[a, 1], xy[b, 0], xy[b, 1]))
        sides = kernel.Sides(x0, y0, x1, y1, start, np.ones(len(geometry), bool))
        if owner is None:
            owner = np.arange(len(geometry), dtype=np.int32)
        return cls(sides, owner.astype(np.int32), len(geometry) if count is None else count)

    def joined(self, other: Places) -> Places:
        """Put two sets of places of the same owners together."""
        a, b = self.sides, other.sides
        x0, y0, x1, y1 = (
            np.concatenate((getattr(a, n), getattr(b, n))) for n in ("x0", "y0", "x1", "y1")
        )
        start = np.concatenate((a.start, a.start[-1] + b.start[1:]))
        sides = kernel.Sides(x0, y0, x1, y1, start, np.concatenate((a.is_area, b.is_area)))
        return Places(sides, np.concatenate((self.owner, other.owner)), self.count)


@dataclass(frozen=True)
class Access:
    """Access rows and, for owners without any, the barrier that stood in the way.

    Attributes
    ----------
    rows
        See `AccessRows`.
    barred_by
        Per owner: index of the barrier feature in the way, or -1; only set where there is no row.
    """

    rows: AccessRows
    barred_by: Ints


class AccessFinder:
    """Edges and barriers of one study, indexed once, asked many times.

    Parameters
    ----------
    edges
        Edge table of the walk graph; only ``enterable`` edges that are open at all are entered.
    barriers
        Lines and polygons nobody crosses at ground level, in the metric CRS of the graph; polygons bar by their
        outline, so a pier may be entered from the pier.
    walk
        ``frontage_m`` and ``max_access_m``.
    """

    def __init__(self, edges: EdgeTable, barriers: gpd.GeoDataFrame, walk: WalkParams) -> None:
        self._edges = edges
        self._walk = walk
        self._x0, self._y0, self._x1, self._y1, self._edge, self._at, self._length = _pieces(edges)
        self._grid = _grid(self._x0, self._y0, self._x1, self._y1)
        self._barriers, self._barrier_feature = _barrier_segments(barriers)
        self._barrier_grid = _grid(*self._barriers)

    def find(self, places: Places, groups: Ints) -> Access:
        """Apply the access rule.

        Parameters
        ----------
        places
            What wants to enter.
        groups
            Per edge: 0 on a large piece of the network, k >= 1 on served island k, -1 elsewhere. Edges that are
            not enterable are struck out here.
        """
        usable = self._edges.enterable & (self._edges.forward_open | self._edges.backward_open)
        groups = np.where(usable, groups, kernel.NEVER).astype(np.int32)
        segments = kernel.EdgeSegments(
            self._x0, self._y0, self._x1, self._y1, self._edge, self._at, self._length, groups
        )
        place, edge, value, barred = self._all_rows(places, segments)
        length = self._edges.length_m[edge]
        fraction = np.divide(value[:, 1], length, out=np.zeros(len(edge)), where=length > 0.0)
        owner = places.owner[place]
        order = np.lexsort((value[:, 1], edge, owner))
        rows = AccessRows(
            point=owner[order],
            edge=edge[order],
            fraction=np.clip(fraction[order], 0.0, 1.0),
            walk_m=value[order, 0],
            x=value[order, 2],
            y=value[order, 3],
            count=places.count,
        )
        return Access(rows, self._owners_barred(places, rows, barred))

    def crossings(
        self, ax: Floats, ay: Floats, bx: Floats, by: Floats
    ) -> tuple[Ints, Ints, Floats]:
        """List where the lines a-b cross barriers: line, barrier feature, share along the line."""
        line, segment, share = line_crossings(ax, ay, bx, by, self._barriers, self._barrier_grid)
        return line, self._barrier_feature[segment], share

    def _all_rows(
        self, places: Places, segments: kernel.EdgeSegments
    ) -> tuple[Ints, Ints, Floats, Ints]:
        count = len(places.owner)
        near = np.full((len(self._edges.length_m), 2, 6), np.inf)
        room = max(4096, 8 * count)
        barred = np.full(count, -1, np.int32)
        done: list[tuple[Ints, Ints, Floats]] = []
        begin = 0
        while begin < count:
            rows = kernel.Rows(
                np.empty(room, np.int32), np.empty(room, np.int32), np.empty((room, 6))
            )
            end, used, hits = kernel.access_rows(
                begin, rows, self._walk.frontage_m, self._walk.max_access_m, places.sides, segments,
                self._grid, self._barriers, self._barrier_grid, near,
            )  # fmt: skip
            barred[begin:end] = hits[begin:end]
            done.append(
                (rows.place[:used].copy(), rows.edge[:used].copy(), rows.value[:used].copy())
            )
            if end == begin:
                room *= 2
            begin = end
        if not done:
            return np.empty(0, np.int32), np.empty(0, np.int32), np.empty((0, 6)), barred
        place, edge, value = (np.concatenate(columns) for columns in zip(*done, strict=True))
        return place, edge, value, barred

    def _owners_barred(self, places: Places, rows: AccessRows, barred: Ints) -> Ints:
        by_owner = np.full(places.count, -1, np.int32)
        hit = barred >= 0
        by_owner[places.owner[hit]] = self._barrier_feature[barred[hit]]
        by_owner[rows.point] = -1
        return by_owner


def edge_groups(
    component: Ints, component_nodes: npt.NDArray[np.integer], tail: Ints, min_component_nodes: int
) -> tuple[Ints, Ints]:
    """Tell large pieces of the network from islands.

    Parameters
    ----------
    component, component_nodes
        Piece of every node, and the number of nodes of every piece.
    tail
        Tail node of every edge.

    Returns
    -------
    (all_groups, large_only)
        Per edge: 0 on a large piece; on islands k >= 1 in the first, -1 in the second.
    """
    small = component_nodes < min_component_nodes
    number = np.where(small, np.cumsum(small), 0).astype(np.int32)
    groups = number[component[tail]]
    return groups, np.where(groups == 0, 0, kernel.NEVER).astype(np.int32)


def _pieces(edges: EdgeTable) -> tuple[Floats, Floats, Floats, Floats, Ints, Floats, Floats]:
    """Cut edge shapes into straight pieces; positions are scaled so that they end at ``length_m``."""
    starts = edges.shape_offset[:-1]
    sizes = np.diff(edges.shape_offset)
    edge_of_point = np.repeat(np.arange(len(sizes), dtype=np.int32), sizes)
    a = np.flatnonzero(edge_of_point[1:] == edge_of_point[:-1])
    x, y = edges.shape_x, edges.shape_y
    length = np.hypot(x[a + 1] - x[a], y[a + 1] - y[a])
    edge = edge_of_point[a]
    run = np.concatenate(([0.0], np.cumsum(length)))[:-1]
    first = np.searchsorted(a, starts)
    at = run - run[np.minimum(first, max(len(run) - 1, 0))][edge] if len(run) else run
    columns = [np.ascontiguousarray(c, dtype=np.float64) for c in (x[a], y[a], x[a + 1], y[a + 1])]
    return (*columns, edge, at, length)  # type: ignore[return-value]


def _barrier_segments(
    barriers: gpd.GeoDataFrame,
) -> tuple[kernel.BarrierSegments, Ints]:
    """Cut barrier lines and polygon outlines into straight pieces, with the feature of each."""
    geometry = barriers.geometry.to_numpy() if len(barriers) else np.empty(0, dtype=object)
    parts, feature = shapely.get_parts(geometry, return_index=True)
    is_area = shapely.get_type_id(parts) == shapely.GeometryType.POLYGON
    rings, ring_part = shapely.get_rings(parts[is_area], return_index=True)
    is_line = np.isin(
        shapely.get_type_id(parts),
        (shapely.GeometryType.LINESTRING, shapely.GeometryType.LINEARRING),
    )
    lines = np.concatenate([rings, parts[is_line]])
    of_line = np.concatenate([feature[is_area][ring_part], feature[is_line]])
    xy, line = shapely.get_coordinates(lines, return_index=True)
    a = np.flatnonzero(line[1:] == line[:-1])
    pieces = [np.ascontiguousarray(c) for c in (xy[a, 0], xy[a, 1], xy[a + 1, 0], xy[a + 1, 1])]
    return kernel.BarrierSegments(*pieces), of_line[line[a]].astype(np.int32)


def _grid(x0: Floats, y0: Floats, x1: Floats, y1: Floats) -> kernel.Grid:
    """Index segments in square cells of about `CELL_M`; cells grow where the extent is huge."""
    if len(x0) == 0:
        return kernel.Grid(0.0, 0.0, CELL_M, 1, 1, np.zeros(2, np.int64), np.empty(0, np.int32))
    min_x, min_y = min(x0.min(), x1.min()), min(y0.min(), y1.min())
    wide, high = max(x0.max(), x1.max()) - min_x, max(y0.max(), y1.max()) - min_y
    cell = max(CELL_M, float(np.sqrt(wide * high / 4e7)))
    nx, ny = int(wide / cell) + 1, int(high / cell) + 1
    start, item = kernel.index_segments(x0, y0, x1, y1, min_x, min_y, cell, nx, ny)
    return kernel.Grid(float(min_x), float(min_y), float(cell), nx, ny, start, item)

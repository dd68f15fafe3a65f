"""The access rule: which edges a building, station or any point may use, and where."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

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
Longs = npt.NDArray[np.int64]


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


@dataclass(frozen=True)
class Hubs:
    """Walled compounds and the places inside or on their walls that everybody inside walks straight to.

    Attributes
    ----------
    shapes
        Polygons of the compounds.
    compound
        Per hub (a gate, or a station inside): its compound.
    edge
        Per hub: an edge that begins there.
    x, y
        Where hubs are.
    """

    shapes: npt.NDArray[np.object_]
    compound: Ints
    edge: Ints
    x: Floats
    y: Floats

    def holding(self, x: Floats, y: Floats) -> tuple[Longs, Longs]:
        """List the points that lie inside compounds, and the first compound that holds each."""
        if len(self.shapes) == 0:
            return np.empty(0, np.int64), np.empty(0, np.int64)
        points = np.asarray(shapely.points(x, y), dtype=object)
        compound, point = shapely.STRtree(points).query(self.shapes, predicate="contains_properly")
        order = np.lexsort((compound, point))
        point, first = np.unique(point[order], return_index=True)
        return point, compound[order][first]

    def pairs(self, x: Floats, y: Floats) -> tuple[Longs, Longs]:
        """List the points inside compounds with every hub of their compound, by point and hub."""
        point, compound = self.holding(x, y)
        order = np.argsort(self.compound, kind="stable")
        start = np.searchsorted(self.compound[order], np.arange(len(self.shapes) + 1))
        sizes = np.diff(start)[compound]
        before = np.cumsum(sizes) - sizes
        place = np.arange(int(sizes.sum())) + np.repeat(start[:-1][compound] - before, sizes)
        return np.repeat(point, sizes), order[place]


class SnapIndex(NamedTuple):
    """Segments of edges and barriers with the grids they are found by; lengths of edges; the two distances; hubs."""

    segments: kernel.EdgeSegments
    grid: kernel.Grid
    barriers: kernel.BarrierSegments
    barrier_grid: kernel.Grid
    length_m: Floats
    walk: WalkParams
    hubs: Hubs | None


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
    hubs
        Walled compounds: what is inside also walks straight to their gates, however far; None for none. Their walls
        must be among the barriers.
    """

    def __init__(
        self,
        edges: EdgeTable,
        barriers: gpd.GeoDataFrame,
        walk: WalkParams,
        hubs: Hubs | None = None,
    ) -> None:
        self._edges = edges
        self._hubs = hubs if hubs is not None and len(hubs.shapes) else None
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
        entered = np.where(usable, groups, kernel.NEVER).astype(np.int32)
        segments = kernel.EdgeSegments(
            self._x0, self._y0, self._x1, self._y1, self._edge, self._at, self._length, entered
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
        rows = rows.joined(self._hub_rows_of(places, groups)) if self._hubs is not None else rows
        return Access(rows, self._owners_barred(places, rows, barred))

    def hub_rows(self, x: Floats, y: Floats, groups: Ints) -> AccessRows:
        """Return the rows that points inside walled compounds have besides those of the ways near them.

        Parameters
        ----------
        groups
            As `find` takes them.

        Returns
        -------
        AccessRows
            The point's number, an edge that begins at a gate (or station inside), fraction 0, the straight walk there.
        """
        if self._hubs is None:
            return _no_rows(len(x))
        point, hub = self._hubs.pairs(x, y)
        return self._rows_to_hubs(point, hub, x[point], y[point], groups, len(x))

    def compound_of(self, x: Floats, y: Floats) -> Ints:
        """Return the walled compound that holds each point, -1 for none."""
        found = np.full(len(x), -1, np.int32)
        if self._hubs is not None and len(x):
            point, compound = self._hubs.holding(x, y)
            found[point] = compound
        return found

    def _hub_rows_of(self, places: Places, groups: Ints) -> AccessRows:
        """Let places inside compounds walk straight to the hubs; an area starts from its side nearest to each."""
        hubs = self._hubs
        sides = places.sides
        if hubs is None or len(places.owner) == 0:
            return _no_rows(places.count)
        first = sides.start[:-1]
        size = np.maximum(np.diff(sides.start), 1)
        x = np.add.reduceat(sides.x0, first) / size
        y = np.add.reduceat(sides.y0, first) / size
        place, hub = hubs.pairs(x, y)
        from_x, from_y = _nearest_on_sides(sides, place, hubs.x[hub], hubs.y[hub])
        rows = self._rows_to_hubs(place, hub, from_x, from_y, groups, len(places.owner))
        owned = replace(rows, point=places.owner[rows.point], count=places.count)
        return owned.take(np.lexsort((owned.edge, owned.point)))

    def _rows_to_hubs(
        self, point: Longs, hub: Longs, x: Floats, y: Floats, groups: Ints, count: int
    ) -> AccessRows:
        hubs = self._hubs
        if hubs is None:
            return _no_rows(count)
        edge = hubs.edge[hub]
        usable = groups[edge] >= 0
        walk = np.hypot(hubs.x[hub] - x, hubs.y[hub] - y)
        rows = AccessRows(point.astype(np.int32), edge, np.zeros(len(edge)), walk, x, y, count)
        return rows.take(usable)

    def index(self, groups: Ints) -> SnapIndex:
        """Return what the kernels search in, with `groups` as `find` takes them."""
        usable = self._edges.enterable & (self._edges.forward_open | self._edges.backward_open)
        groups = np.where(usable, groups, kernel.NEVER).astype(np.int32)
        segments = kernel.EdgeSegments(
            self._x0, self._y0, self._x1, self._y1, self._edge, self._at, self._length, groups
        )
        return SnapIndex(
            segments, self._grid, self._barriers, self._barrier_grid,
            np.ascontiguousarray(self._edges.length_m, dtype=np.float64), self._walk, self._hubs,
        )  # fmt: skip

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


def _no_rows(count: int) -> AccessRows:
    none, nowhere = np.empty(0, np.int32), np.empty(0)
    return AccessRows(none, none, nowhere, nowhere, nowhere, nowhere, count)


def _nearest_on_sides(
    sides: kernel.Sides, place: Longs, x: Floats, y: Floats
) -> tuple[Floats, Floats]:
    """Return, for pairs of a place and a point, the point of the place's sides that is nearest."""
    size = (sides.start[1:] - sides.start[:-1])[place]
    pair = np.repeat(np.arange(len(place)), size)
    before = np.cumsum(size) - size
    side = np.arange(len(pair)) + np.repeat(sides.start[:-1][place] - before, size)
    ax, ay = sides.x0[side], sides.y0[side]
    dx, dy = sides.x1[side] - ax, sides.y1[side] - ay
    whole = dx * dx + dy * dy
    along = (x[pair] - ax) * dx + (y[pair] - ay) * dy
    share = np.clip(np.divide(along, whole, out=np.zeros(len(pair)), where=whole > 0.0), 0.0, 1.0)
    near_x, near_y = ax + share * dx, ay + share * dy
    gap = np.hypot(near_x - x[pair], near_y - y[pair])
    order = np.lexsort((gap, pair))
    _, first = np.unique(pair[order], return_index=True)
    best = order[first]
    return near_x[best], near_y[best]


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

"""Walled compounds: gates joined to the ways outside, walls that nobody passes elsewhere, and the walks inside."""

from __future__ import annotations

from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo.errors import Fault, fault
from geo.network.additions import NewEdges, closed_pieces, with_edges
from geo.network.edges import EdgeKind, EdgeTable
from geo.network.graph import WalkGraph
from geo.network.links import split_edges
from geo.network.snap import AccessFinder, Hubs, Places
from geo.params import Pace, WalkParams

GATE_WITHIN_M = 5.0  # so far from the outline a gate may be drawn
WAY_WITHIN_M = 5.0  # so near to a gate a way passes through it
STOP_M = 0.25  # of a way through a wall, this much to either side is closed
STEP_M = 0.05  # how far before and behind a wall one looks on which side a way is
NAMED = 5
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int32]
Objects = npt.NDArray[np.object_]
Rows = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Gates:
    """Gates on outlines: compound (row) and place, sorted by compound and place."""

    compound: Ints
    x: Floats
    y: Floats


@dataclass(frozen=True)
class Walled:
    """A network with its compounds.

    Attributes
    ----------
    hubs
        Compounds that have a gate, and where the walks inside end.
    walls
        Their outlines as barriers: ``kind, name, geometry``.
    """

    graph: WalkGraph
    hubs: Hubs
    walls: gpd.GeoDataFrame
    faults: tuple[Fault, ...]


def is_gate(points: Objects, compounds: Objects, buildings: Objects) -> npt.NDArray[np.bool_]:
    """Tell which points are gates: on an outline, and no nearer to a building than to it."""
    to_wall = _distance(points, np.asarray(shapely.boundary(compounds), dtype=object))
    return np.asarray(
        (to_wall <= GATE_WITHIN_M) & (to_wall < _distance(points, buildings)), dtype=bool
    )


def gates_on(points: Objects, compounds: Objects) -> Gates:
    """Move gates onto the outlines they belong to; a gate between two compounds belongs to both."""
    outlines = np.asarray(shapely.boundary(compounds), dtype=object)
    gate, compound = shapely.STRtree(outlines).query(
        points, predicate="dwithin", distance=GATE_WITHIN_M
    )
    along = shapely.line_locate_point(_longest(outlines[compound], points[gate]), points[gate])
    placed = shapely.line_interpolate_point(_longest(outlines[compound], points[gate]), along)
    xy = shapely.get_coordinates(placed)
    order = np.lexsort((xy[:, 1], xy[:, 0], compound))
    return Gates(compound[order].astype(np.int32), xy[order, 0].copy(), xy[order, 1].copy())


def enclose(
    graph: WalkGraph,
    compounds: gpd.GeoDataFrame,
    gates: Gates,
    barriers: gpd.GeoDataFrame,
    walk: WalkParams,
    pace: Pace,
) -> Walled:
    """Put compounds into a network.

    Strategy
    --------
    * a compound without a gate that leads to a way is left open, and said: a wall nobody can pass is a fault of data;
    * ways on the ground that cross an outline farther than 5 m from every gate are closed there;
    * a gate is joined by the access rule to the ways round it, for leaving and entering, never for passing by;
    * places inside walk straight to the gates (`geo.network.snap.AccessFinder`), or use ways mapped inside.

    Parameters
    ----------
    graph
        With its edge table, weighted by `pace`.
    compounds
        Polygons with ``name``.
    barriers
        Other barriers.
    """
    shapes = np.asarray(compounds.geometry.to_numpy(), dtype=object)
    has = np.zeros(len(shapes), dtype=bool)
    has[gates.compound] = True
    walls = _walls(compounds, has)
    # the way through a gate meets the wall beside it: nobody walks along the wall to reach it
    openings = shapely.union_all(shapely.buffer(shapely.points(gates.x, gates.y), WAY_WITHIN_M))
    walls = walls.set_geometry(walls.geometry.difference(openings))
    bars = gpd.GeoDataFrame(pd.concat([barriers, walls], ignore_index=True), crs=barriers.crs)
    stopped, crossings = _stop_at_walls(graph, shapes, has, gates)
    linked, edge = _linked(stopped, gates, bars, walk, pace)
    usable = edge[:, 0] >= 0
    led = np.zeros(len(shapes), dtype=bool)
    led[gates.compound[usable]] = True
    faults = _faults(compounds, led, gates, crossings)
    if not led.any():
        return Walled(graph, no_hubs(), _walls(compounds, led), tuple(faults))
    if (has & ~led).any():  # gates that lead nowhere: as if they were not drawn
        kept = led[gates.compound]
        fewer = Gates(gates.compound[kept], gates.x[kept], gates.y[kept])
        again = enclose(graph, compounds, fewer, barriers, walk, pace)
        return replace(again, faults=tuple(faults))
    number = np.cumsum(led) - 1
    hubs = Hubs(
        shapes=shapes[led],
        compound=np.repeat(number[gates.compound[usable]], 2).astype(np.int32),
        edge=edge[usable].ravel(),
        x=np.repeat(gates.x[usable], 2),
        y=np.repeat(gates.y[usable], 2),
    )
    return Walled(linked, hubs, _walls(compounds, led), tuple(faults))


def no_hubs() -> Hubs:
    """Return the hubs of a study without compounds."""
    none = np.empty(0, np.int32)
    return Hubs(np.empty(0, object), none, none, np.empty(0), np.empty(0))


def with_points_inside(
    graph: WalkGraph, hubs: Hubs, x: Floats, y: Floats, pace: Pace
) -> tuple[WalkGraph, Hubs]:
    """Let points inside compounds be walked to straight from everywhere inside the same compound.

    Each becomes a hub with an edge of its own that has no length and leads nowhere: from outside it is reached through
    the gates, like all that is inside.
    """
    point, compound = hubs.holding(x, y)
    if len(point) == 0:
        return graph, hubs
    count = len(point)
    here = np.column_stack((x[point], y[point]))
    first = np.arange(count, dtype=np.int32)
    new = NewEdges(
        graph.node_count + 2 * first,
        graph.node_count + 2 * first + 1,
        np.asarray(shapely.linestrings(np.stack((here, here), axis=1)), dtype=object),
        EdgeKind.LINK,
        False,
        [None] * count,
        np.repeat(here[:, 0], 2),
        np.repeat(here[:, 1], 2),
    )
    more = Hubs(
        hubs.shapes,
        np.concatenate((hubs.compound, compound)).astype(np.int32),
        np.concatenate((hubs.edge, graph.edge_count + first)).astype(np.int32),
        np.concatenate((hubs.x, here[:, 0])),
        np.concatenate((hubs.y, here[:, 1])),
    )
    return with_edges(graph, _edges_of(graph), new, pace), more


def _distance(points: Objects, shapes: Objects) -> Floats:
    """Return the distance to the nearest shape, infinite beyond `GATE_WITHIN_M`."""
    found = np.full(len(points), np.inf)
    if len(points) == 0 or len(shapes) == 0:
        return found
    (at, _), metres = shapely.STRtree(shapes).query_nearest(
        points, max_distance=GATE_WITHIN_M, return_distance=True, all_matches=False
    )
    found[at] = metres
    return found


def _longest(outlines: Objects, points: Objects) -> Objects:
    """Take the ring nearest to each point of outlines that have several."""
    parts, owner = shapely.get_parts(outlines, return_index=True)
    metres = shapely.distance(parts, points[owner])
    order = np.lexsort((metres, owner))
    _, first = np.unique(owner[order], return_index=True)
    return np.asarray(parts[order[first]], dtype=object)


def _walls(compounds: gpd.GeoDataFrame, chosen: npt.NDArray[np.bool_]) -> gpd.GeoDataFrame:
    rows = compounds[chosen]
    names = rows["name"].astype(object).where(rows["name"].notna(), None)
    return gpd.GeoDataFrame(
        {"kind": ["wall"] * len(rows), "name": names.to_list()},
        geometry=np.asarray(shapely.boundary(rows.geometry.to_numpy()), dtype=object),
        crs=compounds.crs,
    )


def _edges_of(graph: WalkGraph) -> EdgeTable:
    if graph.edges is None:
        raise ValueError("the walk graph must know what its edges are")
    return graph.edges


def _stop_at_walls(
    graph: WalkGraph, shapes: Objects, has: npt.NDArray[np.bool_], gates: Gates
) -> tuple[WalkGraph, int]:
    """Close the ways that cross outlines on the ground away from gates; returns how many such places there are."""
    edges = _edges_of(graph)
    lines = edges.lines()
    compound, edge = shapely.STRtree(lines).query(shapes, predicate="intersects")
    walked = has[compound] & (edges.length_m[edge] > 0.0) & ~(edges.bridge | edges.tunnel)[edge]
    walked &= (edges.forward_open | edges.backward_open)[edge]
    compound, edge = compound[walked], edge[walked]
    meeting = shapely.intersection(lines[edge], shapely.boundary(shapes[compound]))
    xy, pair = shapely.get_coordinates(meeting, return_index=True)
    points = np.asarray(shapely.points(xy), dtype=object)
    compound, edge = compound[pair], edge[pair]
    metres = shapely.line_locate_point(lines[edge], points)
    far = _far_from_gates(xy, compound, gates)
    enters = _changes_side(lines[edge], metres, shapes[compound])
    stop = far & enters
    edge, metres = edge[stop], metres[stop]
    if len(edge) == 0:
        return graph, 0
    length = edges.length_m[edge]
    low = np.maximum(metres - STOP_M, 0.0) / length
    high = np.minimum(metres + STOP_M, length) / length
    split = split_edges(
        graph,
        np.concatenate((edge, edge)).astype(np.int32),
        np.concatenate((low, high)),
    )
    middle = np.clip((low + high) / 2.0, 1e-9, 1.0 - 1e-9)
    piece, _ = split.places(edge.astype(np.int32), middle)
    closed = closed_pieces(split.graph, _edges_of(split.graph), piece)
    return closed, len(np.unique(xy[stop].round(2), axis=0))


def _far_from_gates(xy: Floats, compound: Rows, gates: Gates) -> npt.NDArray[np.bool_]:
    """Tell which places on outlines lie farther than `WAY_WITHIN_M` from every gate of their compound."""
    far = np.ones(len(xy), dtype=bool)
    if len(xy) == 0:
        return far
    gate_points = np.asarray(shapely.points(gates.x, gates.y), dtype=object)
    place, gate = shapely.STRtree(gate_points).query(
        shapely.points(xy), predicate="dwithin", distance=WAY_WITHIN_M
    )
    far[place[gates.compound[gate] == compound[place]]] = False
    return far


def _changes_side(lines: Objects, metres: Floats, shapes: Objects) -> npt.NDArray[np.bool_]:
    """Tell at which places along lines one gets in or out; a line that ends on a wall counts from inside only."""
    length = shapely.length(lines)
    inside = []
    for at in (metres - STEP_M, metres + STEP_M):
        there = shapely.line_interpolate_point(lines, np.clip(at, 0.0, length))
        beyond = (at < 0.0) | (at > length)
        inside.append(shapely.contains_properly(shapes, there) & ~beyond)
    changes: npt.NDArray[np.bool_] = inside[0] != inside[1]
    return changes


def _linked(
    graph: WalkGraph, gates: Gates, bars: gpd.GeoDataFrame, walk: WalkParams, pace: Pace
) -> tuple[WalkGraph, Ints]:
    """Join each gate to the ways it may use; returns the edges that begin there, for leaving and for entering.

    A gate is two nodes, one for those who leave and one for those who enter: through a single one people would walk
    from way to way across the forecourt.
    """
    finder = AccessFinder(_edges_of(graph), bars, walk)
    everywhere = np.zeros(graph.edge_count, np.int32)
    rows = finder.find(Places.from_points(gates.x, gates.y), everywhere).rows
    edge = np.full((len(gates.x), 2), -1, np.int32)
    count = len(rows.point)
    if count == 0:
        return graph, edge
    split = split_edges(graph, rows.edge, rows.fraction)
    cut = split.graph
    chosen, first, number = np.unique(rows.point, return_index=True, return_inverse=True)
    ends = np.column_stack((cut.x[split.node], cut.y[split.node]))
    own = np.column_stack((rows.x, rows.y))
    shape = np.asarray(shapely.linestrings(np.stack((own, ends), axis=1)), dtype=object)
    leaving = np.repeat([True, False], count)
    new = NewEdges(
        (cut.node_count + np.concatenate((number, number + len(chosen)))).astype(np.int32),
        np.concatenate((split.node, split.node)),
        np.concatenate((shape, shape)),
        EdgeKind.LINK,
        False,
        [None] * (2 * count),
        np.tile(gates.x[chosen], 2),
        np.tile(gates.y[chosen], 2),
        leaving,
        ~leaving,
    )
    edge[chosen, 0] = cut.edge_count + first
    edge[chosen, 1] = cut.edge_count + count + first
    return with_edges(cut, _edges_of(cut), new, pace), edge


def _faults(
    compounds: gpd.GeoDataFrame, led: npt.NDArray[np.bool_], gates: Gates, crossings: int
) -> list[Fault]:
    faults = [
        fault("compounds_used", "info", count=int(led.sum()), gates=len(gates.compound)),
    ]
    open_ = np.flatnonzero(~led)
    if len(open_):
        names = compounds["name"].astype(object).where(compounds["name"].notna(), "—")
        some = "、".join(str(one) for one in names.iloc[open_[:NAMED]])
        faults.append(
            fault(
                "compounds_without_gate",
                "warning",
                count=len(open_),
                names=some,
                metres=f"{GATE_WITHIN_M:.0f}",
            )
        )
    if crossings:
        faults.append(
            fault("ways_through_walls", "warning", count=crossings, metres=f"{WAY_WITHIN_M:.0f}")
        )
    return faults

"""Corrections found on site: passages and gates put into the walk graph, closed stretches taken out of use."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely

from geo.errors import Fault, fault
from geo.network.additions import NewEdges, closed_pieces, with_edges
from geo.network.edges import EdgeKind, EdgeTable
from geo.network.graph import WalkGraph
from geo.network.links import split_edges
from geo.params import Pace

REACH_M = 20.0  # so far a passage or gate may end from the way it leads to
POINT_M = 10.0  # so far a point may lie from the way that is closed there
HALF_M = 2.0  # what is closed by a line or point: this much to either side
SAME_M = 1e-6
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int32]
Objects = npt.NDArray[np.object_]
Rows = npt.NDArray[np.int64]


@dataclass
class Corrected:
    """A graph with corrections.

    Attributes
    ----------
    refused
        Rows that could not be applied, with the code of the reason.
    passages, passages_m, gates, closures, closed_m
        What was applied: numbers of rows, and metres of way.
    """

    graph: WalkGraph
    refused: list[tuple[int, str]] = field(default_factory=list)
    passages: int = 0
    passages_m: float = 0.0
    gates: int = 0
    closures: int = 0
    closed_m: float = 0.0

    def faults(self) -> list[Fault]:
        """Say what was applied."""
        if not (self.passages or self.gates or self.closures):
            return []
        return [
            fault(
                "corrections_applied",
                "info",
                passages=self.passages,
                passages_m=f"{self.passages_m:.0f}",
                gates=self.gates,
                closures=self.closures,
                closed_m=f"{self.closed_m:.0f}",
            )
        ]


def correct(graph: WalkGraph, corrections: gpd.GeoDataFrame, pace: Pace) -> Corrected:
    """Apply corrections, closures first, so that a passage may lead over a closed place again.

    Parameters
    ----------
    graph
        With its edge table, weighted by `pace`.
    corrections
        ``kind`` (``passage``, ``gate``, ``closure``), ``name``, geometry in the CRS of the graph; what is drawn as a
        point and no closure is a gate, a gate drawn as a line a passage.
    """
    done = Corrected(graph)
    kind = corrections["kind"].to_numpy(dtype=object)
    shapes = np.asarray(corrections.geometry.to_numpy(), dtype=object)
    names = [one if isinstance(one, str) and one else None for one in corrections["name"].tolist()]
    dimension = shapely.get_dimensions(shapes)
    closure = kind == "closure"
    _close(done, shapes, np.flatnonzero(closure))
    areas = np.flatnonzero(~closure & (dimension == 2))
    done.refused.extend((int(row), "correction_not_a_line") for row in areas)
    _add_passages(done, shapes, names, np.flatnonzero(~closure & (dimension == 1)), pace)
    _add_gates(done, shapes, names, np.flatnonzero(~closure & (dimension == 0)), pace)
    return done


def _edges_of(graph: WalkGraph) -> EdgeTable:
    if graph.edges is None:
        raise ValueError("the walk graph must know what its edges are")
    return graph.edges


def _close(done: Corrected, shapes: Objects, rows: Rows) -> None:
    """Close what lies within closures: edges are cut at their outlines, the pieces inside closed.

    A closure means the ways on the ground; where it touches none, the bridges and tunnels it touches. A point means
    the way nearest to it.
    """
    if len(rows) == 0:
        return
    edges = _edges_of(done.graph)
    lines, open_ = edges.lines(), edges.forward_open | edges.backward_open
    off_ground = edges.bridge | edges.tunnel
    areas, raised = _closed_areas(shapes[rows], lines, open_, off_ground)
    tree = shapely.STRtree(lines)
    area, edge = tree.query(areas, predicate="intersects")
    meant = open_[edge] & (off_ground[edge] == raised[area])
    area, edge = area[meant], edge[meant]
    found = np.bincount(area, minlength=len(rows)) > 0
    done.refused.extend((int(row), "correction_closes_nothing") for row in rows[~found])
    places = shapely.intersection(lines[edge], shapely.boundary(areas[area]))
    xy, pair = shapely.get_coordinates(places, return_index=True)
    at = shapely.line_locate_point(lines[edge[pair]], shapely.points(xy), normalized=True)
    # (a zero-length edge has no place to cut)
    usable = np.isfinite(at)
    split = split_edges(done.graph, edge[pair][usable].astype(np.int32), at[usable])
    pieces = _edges_of(split.graph)
    touched = np.unique(np.concatenate((edge, np.arange(split.first, len(pieces)))))
    middles = shapely.line_interpolate_point(pieces.take(touched).lines(), 0.5, normalized=True)
    level = (pieces.bridge | pieces.tunnel)[touched]
    piece, area = shapely.STRtree(areas).query(middles, predicate="intersects")
    inside = np.unique(piece[level[piece] == raised[area]])
    closed = touched[inside]
    done.graph = closed_pieces(split.graph, pieces, closed)
    done.closures = int(found.sum())
    done.closed_m = float(pieces.length_m[closed].sum())


def _closed_areas(
    shapes: Objects,
    lines: Objects,
    open_: npt.NDArray[np.bool_],
    off_ground: npt.NDArray[np.bool_],
) -> tuple[Objects, npt.NDArray[np.bool_]]:
    """Return what each closure closes, and whether it means what is off the ground."""
    usable = np.flatnonzero(open_)
    tree = shapely.STRtree(lines[usable])
    raised = np.zeros(len(shapes), dtype=bool)
    areas = shapes.copy()
    points = shapely.get_dimensions(shapes) == 0
    at = np.flatnonzero(points)
    found, near = tree.query_nearest(shapes[at], max_distance=POINT_M, all_matches=False)
    raised[at[found]] = off_ground[usable[near]]
    on_way = shapely.line_interpolate_point(
        lines[usable[near]], shapely.line_locate_point(lines[usable[near]], shapes[at[found]])
    )
    areas[at[found]] = on_way
    flat = shapely.get_dimensions(shapes) < 2
    areas[flat] = shapely.buffer(areas[flat], HALF_M)
    rest = np.flatnonzero(~points)
    area, edge = tree.query(areas[rest], predicate="intersects")
    grounded = np.bincount(area[~off_ground[usable[edge]]], minlength=len(rest)) > 0
    raised[rest] = ~grounded
    return areas, raised


def _add_passages(
    done: Corrected, shapes: Objects, names: Sequence[str | None], rows: Rows, pace: Pace
) -> None:
    """Put lines in as footways that may be entered anywhere; their ends lead to the nearest ways, or to each other.

    Strategy
    --------
    * a line with both ends near ways goes in first; in later rounds its neighbours may end on it;
    * when no such line is left, one end is enough: the other is a dead end, or the next one's beginning;
    * a line of several parts is several passages.
    """
    parts, of_part = shapely.get_parts(shapes[rows], return_index=True)
    parts = np.asarray(shapely.force_2d(parts), dtype=object)
    waiting = np.flatnonzero(shapely.length(parts) > 0.0)
    applied = np.zeros(len(parts), dtype=bool)
    while len(waiting):
        near = _nearest_ways(done.graph, _ends(parts[waiting]))
        ends = (near[0] >= 0).sum(axis=1)
        ready = ends == 2
        if not ready.any():
            ready = ends >= 1
            ready[np.flatnonzero(ready)[1:]] = False
        if not ready.any():
            break
        chosen = waiting[ready]
        labels = [names[rows[of_part[one]]] for one in chosen.tolist()]
        _put_in(done, parts[chosen], near[0][ready], near[1][ready], labels, pace)
        applied[chosen] = True
        waiting = waiting[~ready]
    done.passages = len(np.unique(of_part[applied]))
    done.passages_m = float(shapely.length(parts[applied]).sum())
    lost = np.setdiff1d(np.arange(len(rows)), of_part[applied])
    done.refused.extend((int(rows[one]), "correction_leads_nowhere") for one in lost)


def _ends(lines: Objects) -> Objects:
    """Return first and last point of each line."""
    return np.column_stack((shapely.get_point(lines, 0), shapely.get_point(lines, -1)))


def _nearest_ways(graph: WalkGraph, points: Objects) -> tuple[Ints, Floats]:
    """Find the nearest edge that may be entered and the place along it; -1 for none within reach."""
    edges = _edges_of(graph)
    usable = np.flatnonzero(edges.enterable & (edges.forward_open | edges.backward_open))
    lines = edges.take(usable).lines()
    flat = points.ravel()
    at, near = shapely.STRtree(lines).query_nearest(flat, max_distance=REACH_M, all_matches=True)
    order = np.lexsort((near, at))
    at, near = at[order], near[order]
    at, first = np.unique(at, return_index=True)
    near = near[first]
    edge, fraction = np.full(len(flat), -1, np.int32), np.zeros(len(flat))
    edge[at] = usable[near]
    fraction[at] = shapely.line_locate_point(lines[near], flat[at], normalized=True)
    return edge.reshape(points.shape), fraction.reshape(points.shape)


def _put_in(
    done: Corrected,
    lines: Objects,
    edge: Ints,
    fraction: Floats,
    names: Sequence[str | None],
    pace: Pace,
) -> None:
    """Add lines as edges from way to way; ends that lead to none get a node of their own."""
    leads = edge >= 0
    split = split_edges(done.graph, edge[leads], fraction[leads])
    graph = split.graph
    node: Ints = np.empty(edge.shape, np.int32)
    node[leads] = split.node
    free = np.flatnonzero(~leads.ravel())
    node.ravel()[free] = graph.node_count + np.arange(len(free))
    own = shapely.get_coordinates(_ends(lines).ravel()[free])
    x, y = np.concatenate((graph.x, own[:, 0])), np.concatenate((graph.y, own[:, 1]))
    whole = [
        _led(line, (x[a], y[a]), (x[b], y[b]))
        for line, a, b in zip(lines, node[:, 0], node[:, 1], strict=True)
    ]
    new = NewEdges(
        node[:, 0].copy(),
        node[:, 1].copy(),
        np.array(whole, dtype=object),
        EdgeKind.FOOT,
        True,
        names,
        own[:, 0].copy(),
        own[:, 1].copy(),
    )
    done.graph = with_edges(graph, _edges_of(graph), new, pace)


def _led(
    line: shapely.LineString, start: tuple[float, float], end: tuple[float, float]
) -> shapely.LineString:
    """Lengthen a line to where it meets the ways."""
    xy = shapely.get_coordinates(line)
    first, last = np.array([start]), np.array([end])
    before = first if np.hypot(*(xy[0] - first[0])) > SAME_M else first[:0]
    behind = last if np.hypot(*(xy[-1] - last[0])) > SAME_M else last[:0]
    return shapely.LineString(np.concatenate((before, xy, behind)))


def _add_gates(
    done: Corrected, shapes: Objects, names: Sequence[str | None], rows: Rows, pace: Pace
) -> None:
    """Join the ways round a gate through it: straight to the nearest place of every way within reach."""
    points, of_point = shapely.get_parts(shapes[rows], return_index=True)
    if len(points) == 0:
        return
    edges = _edges_of(done.graph)
    usable = np.flatnonzero(edges.enterable & (edges.forward_open | edges.backward_open))
    lines = edges.take(usable).lines()
    gate, near = shapely.STRtree(lines).query(points, predicate="dwithin", distance=REACH_M)
    order = np.lexsort((near, gate))
    gate, near = gate[order], near[order]
    several = np.bincount(gate, minlength=len(points)) > 1
    keep = several[gate]
    gate, near = gate[keep], near[keep]
    lost = np.setdiff1d(np.arange(len(rows)), of_point[several])
    done.refused.extend((int(rows[one]), "correction_joins_nothing") for one in lost)
    if len(gate) == 0:
        return
    at = shapely.line_locate_point(lines[near], points[gate], normalized=True)
    split = split_edges(done.graph, usable[near].astype(np.int32), at)
    graph = split.graph
    chosen = np.flatnonzero(several)
    number = np.full(len(points), -1, np.int32)
    number[chosen] = graph.node_count + np.arange(len(chosen))
    xy = shapely.get_coordinates(points[chosen])
    own = shapely.get_coordinates(points[gate])
    ends = np.column_stack((graph.x[split.node], graph.y[split.node]))
    new = NewEdges(
        number[gate],
        split.node,
        np.asarray(shapely.linestrings(np.stack((own, ends), axis=1)), dtype=object),
        EdgeKind.LINK,
        False,
        [names[rows[of_point[one]]] for one in gate.tolist()],
        xy[:, 0].copy(),
        xy[:, 1].copy(),
    )
    done.graph = with_edges(graph, _edges_of(graph), new, pace)
    done.gates = len(np.unique(of_point[several]))

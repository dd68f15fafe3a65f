"""Links added to a walk graph: edges cut at places along them, and new edges between such places."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from shapely.ops import substring

from geo.errors import NetworkError, fault
from geo.kernels.labels import CLOSED
from geo.network.access import AccessRows
from geo.network.edges import PUBLIC, Delay, EdgeKind, EdgeTable
from geo.network.graph import WalkGraph
from geo.network.pace import Costs

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int32]
LINK_KINDS = ("gate", "crossing", "footbridge")
# A new crossing is assumed to have a signal: whatever needs one crosses a busy road.
_DELAY = {"gate": Delay.NONE, "crossing": Delay.SIGNAL, "footbridge": Delay.NONE}


@dataclass(frozen=True)
class Split:
    """A graph whose edges were cut.

    The first piece of an edge keeps its number, the others follow after the last edge. Pieces cost together exactly
    what the edge cost in either direction, by the rule of `docs/architecture.md`; weighted anew, each piece is
    rounded for itself, so a walk over a cut edge may then differ by a thousandth a piece.

    Attributes
    ----------
    graph
        With the pieces.
    node
        Node of every place asked for.
    cut_edge, cut_fraction
        Where edges were cut, sorted; piece k that begins at cut k is edge ``first + k``.
    first
        Number of edges before.
    """

    graph: WalkGraph
    node: Ints
    cut_edge: Ints
    cut_fraction: Floats
    first: int

    def places(self, edge: Ints, fraction: Floats) -> tuple[Ints, Floats]:
        """Find places of the uncut graph on its pieces; a place at a cut is the end of the piece before it."""
        before = _cuts_before(self.cut_edge, self.cut_fraction, edge, fraction) - 1
        last = max(len(self.cut_edge) - 1, 0)
        if len(self.cut_edge) == 0:
            return edge, fraction
        later = (before >= 0) & (self.cut_edge[np.maximum(before, 0)] == edge)
        following = np.minimum(before + 1, last)
        ends = (before < last) & (self.cut_edge[following] == edge)
        start = np.where(later, self.cut_fraction[np.maximum(before, 0)], 0.0)
        end = np.where(ends, self.cut_fraction[following], 1.0)
        piece = np.where(later, self.first + before, edge).astype(np.int32)
        return piece, (fraction - start) / (end - start)

    def moved(self, rows: AccessRows) -> AccessRows:
        """Let access rows of the uncut graph enter the pieces."""
        edge, fraction = self.places(rows.edge, rows.fraction)
        moved = replace(rows, edge=edge, fraction=fraction)
        return moved.take(np.lexsort((fraction, edge, moved.point)))


@dataclass(frozen=True)
class Links:
    """New links between places on edges, one row a link.

    Attributes
    ----------
    kind
        ``gate``, ``crossing`` or ``footbridge``.
    from_edge, from_fraction, to_edge, to_fraction
        Where each begins and ends.
    shape
        Line strings, metric CRS; walked as long as they are.
    """

    kind: npt.NDArray[np.object_]
    from_edge: Ints
    from_fraction: Floats
    to_edge: Ints
    to_fraction: Floats
    shape: npt.NDArray[np.object_]


def split_edges(graph: WalkGraph, edge: Ints, fraction: Floats) -> Split:
    """Cut edges at places; a place at an end of its edge is the node that is there.

    Parameters
    ----------
    edge, fraction
        Places, in any order, also several times the same.
    """
    inner = (fraction > 0.0) & (fraction < 1.0)
    order = np.lexsort((fraction[inner], edge[inner]))
    cut_edge, cut = edge[inner][order], fraction[inner][order]
    new = np.ones(len(cut), dtype=bool)
    new[1:] = (cut_edge[1:] != cut_edge[:-1]) | (cut[1:] != cut[:-1])
    cut_edge, cut = cut_edge[new].astype(np.int32), cut[new]
    node = np.where(fraction >= 1.0, graph.head[edge], graph.tail[edge]).astype(np.int32)
    number = _cuts_before(cut_edge, cut, edge, fraction)
    node[inner] = graph.node_count + number[inner]
    return Split(_cut(graph, cut_edge, cut), node, cut_edge, cut, graph.edge_count)


def links_between(
    graph: WalkGraph, kind: Sequence[str], start: npt.ArrayLike, end: npt.ArrayLike
) -> Links:
    """Join points to the nearest edge that may be entered, at either end of a new link.

    Parameters
    ----------
    kind
        One a link, see `LINK_KINDS`.
    start, end
        Points (x, y), one a link, in the metric CRS of the graph; what lies between them and the edges is walked
        straight, as part of the link.

    Raises
    ------
    NetworkError
        For a kind that is not known, or a graph that does not know its edges.
    """
    edges = _edges_of(graph)
    unknown = sorted(set(kind) - set(LINK_KINDS))
    if unknown:
        known = "、".join(LINK_KINDS)
        raise NetworkError(fault("link_kind_unknown", kind="、".join(unknown), known=known))
    usable = np.flatnonzero(edges.enterable & (edges.forward_open | edges.backward_open))
    lines = edges.take(usable).lines()
    tree = shapely.STRtree(lines)
    a, b = np.asarray(start, np.float64).reshape(-1, 2), np.asarray(end, np.float64).reshape(-1, 2)
    ends, places = [], []
    for xy in (a, b):
        points = shapely.points(xy)
        near = tree.nearest(points)
        at = shapely.line_locate_point(lines[near], points, normalized=True)
        places.append((usable[near].astype(np.int32), at))
        on_edge = shapely.line_interpolate_point(lines[near], at, normalized=True)
        ends.append(shapely.get_coordinates(on_edge))
    xy = np.stack([ends[0], a, b, ends[1]], axis=1)
    shape = np.asarray(shapely.linestrings(xy), dtype=object)
    return Links(np.array(kind, dtype=object), *places[0], *places[1], shape)


def with_links(graph: WalkGraph, links: Links, costs: Callable[[EdgeTable], Costs]) -> Split:
    """Add links, walked both ways, as the last edges of the graph; the edges they touch are cut.

    Parameters
    ----------
    graph
        Weighted, with its edge table.
    costs
        What edges cost: `geo.network.pace.cost_of_edges` with a pace, or `length_costs`.

    Returns
    -------
    Split
        With the links as edges ``graph.edge_count - len(links.kind)`` and on.
    """
    count = len(links.kind)
    split = split_edges(
        graph,
        np.concatenate((links.from_edge, links.to_edge)),
        np.concatenate((links.from_fraction, links.to_fraction)),
    )
    table = link_table(links, _edges_of(graph))
    forward, backward = costs(table)
    cut = split.graph
    linked = replace(
        cut,
        tail=np.concatenate((cut.tail, split.node[:count])),
        head=np.concatenate((cut.head, split.node[count:])),
        forward_cost=np.concatenate((cut.forward_cost, forward)),
        backward_cost=np.concatenate((cut.backward_cost, backward)),
        edges=_joined(_edges_of(cut), table),
    )
    return replace(split, graph=linked)


def _cuts_before(
    cut_edge: Ints, cut: Floats, edge: Ints, fraction: Floats
) -> npt.NDArray[np.int64]:
    """Count the cuts that come before each place, in the order of edges and positions along them."""
    edges = np.concatenate((edge, cut_edge))
    fractions = np.concatenate((fraction, cut))
    is_cut = np.repeat([0, 1], [len(edge), len(cut)])
    order = np.lexsort((is_cut, fractions, edges))
    before = np.empty(len(order), dtype=np.int64)
    before[order] = np.cumsum(is_cut[order]) - is_cut[order]
    return before[: len(edge)]


def _cut(graph: WalkGraph, edge: Ints, cut: Floats) -> WalkGraph:
    """Cut `edge` at `cut`; both sorted, without repeats, no cut at an end."""
    if len(edge) == 0:
        return graph
    nodes = graph.node_count + np.arange(len(edge), dtype=np.int32)
    begins = np.concatenate(([True], edge[1:] != edge[:-1]))
    ends = np.concatenate((begins[1:], [True]))
    stop = np.where(ends, 1.0, np.concatenate((cut[1:], [1.0])))
    opening = edge[begins]
    head = graph.head.copy()
    head[opening] = nodes[begins]
    following = np.where(ends, graph.head[edge], np.concatenate((nodes[1:], [0]))).astype(np.int32)
    table, xy = None, _straight(graph, edge, cut)
    if graph.edges is not None:
        table, xy = _cut_table(graph.edges, edge, cut, stop, begins)
    return WalkGraph(
        np.concatenate((graph.x, xy[:, 0])),
        np.concatenate((graph.y, xy[:, 1])),
        np.concatenate((graph.tail, nodes)),
        np.concatenate((head, following)),
        _piece_costs(graph.forward_cost, edge, cut, stop, begins),
        _piece_costs(graph.backward_cost, edge, cut, stop, begins),
        table,
        _longer(graph.node_ref, len(edge), -1),
        _longer(graph.cut, len(edge), False),
    )


def _piece_costs(
    cost: Ints, edge: Ints, cut: Floats, stop: Floats, begins: npt.NDArray[np.bool_]
) -> Ints:
    """Share out the costs of edges over their pieces, in whole numbers that add up."""
    whole = cost[edge]
    part = np.rint(stop * whole) - np.rint(cut * whole)
    pieces = np.where(whole == CLOSED, CLOSED, part).astype(np.int32)
    first = edge[begins]
    opening = np.rint(cut[begins] * cost[first])
    shortened = cost.copy()
    shortened[first] = np.where(cost[first] == CLOSED, CLOSED, opening).astype(np.int32)
    return np.concatenate((shortened, pieces))


def _cut_table(
    edges: EdgeTable, edge: Ints, cut: Floats, stop: Floats, begins: npt.NDArray[np.bool_]
) -> tuple[EdgeTable, Floats]:
    """Describe the pieces; returns the table of all edges and the points of the cuts."""
    first = edge[begins]
    source = np.concatenate((first, edge))
    start = np.concatenate((np.zeros(len(first)), cut))
    end = np.concatenate((cut[begins], stop))
    pieces = edges.take(source)
    pieces = pieces.with_columns(
        length_m=pieces.length_m * (end - start), delay_share=pieces.delay_share * (end - start)
    )
    lines = np.array(
        [
            line if line.length == 0.0 else substring(line, one, other, normalized=True)
            for line, one, other in zip(pieces.lines(), start, end, strict=True)
        ],
        dtype=object,
    )
    pieces = _with_shapes(pieces, lines)
    xy = shapely.get_coordinates(shapely.get_point(lines[len(first) :], 0))
    row = np.arange(len(edges) + len(edge))
    row[first] = len(edges) + np.arange(len(first))
    row[len(edges) :] += len(first)
    return _joined(edges, pieces).take(row), xy


def _with_shapes(table: EdgeTable, lines: npt.NDArray[np.object_]) -> EdgeTable:
    xy, edge = shapely.get_coordinates(lines, return_index=True)
    offset = np.searchsorted(edge, np.arange(len(lines) + 1)).astype(np.int64)
    return replace(table, shape_offset=offset, shape_x=xy[:, 0].copy(), shape_y=xy[:, 1].copy())


def _joined(one: EdgeTable, two: EdgeTable) -> EdgeTable:
    """Put the rows of two tables one after the other; the second names nothing that the first does not."""
    columns: dict[str, Any] = {
        name: np.concatenate((getattr(one, name), getattr(two, name))) for name in _COLUMNS
    }
    for name in ("highway", "name"):
        known, more = getattr(one, name), getattr(two, name)
        codes = np.concatenate((known.codes, more.codes))
        columns[name] = pd.Categorical.from_codes(codes, dtype=known.dtype)
    offset = np.concatenate((one.shape_offset, one.shape_offset[-1] + two.shape_offset[1:]))
    return EdgeTable(**columns, shape_offset=offset)


_COLUMNS = (
    "length_m", "kind", "bridge", "tunnel", "enterable", "forward_open", "backward_open", "delay",
    "delay_share", "private_group", "way_ref", "shape_x", "shape_y", "forward_slope", "backward_slope",
)  # fmt: skip


def link_table(links: Links, like: EdgeTable) -> EdgeTable:
    """Describe links as edges, in the words (classes, names) of another table."""
    count = len(links.kind)
    none, yes = np.zeros(count, dtype=bool), np.ones(count, dtype=bool)
    nobody = np.full(count, -1)
    delay = np.array([_DELAY[str(one)] for one in links.kind], dtype=np.uint8)
    table = EdgeTable(
        length_m=shapely.length(links.shape),
        kind=np.full(count, EdgeKind.LINK, np.uint8),
        highway=pd.Categorical.from_codes(nobody, dtype=like.highway.dtype),
        name=pd.Categorical.from_codes(nobody, dtype=like.name.dtype),
        bridge=links.kind == "footbridge",
        tunnel=none,
        enterable=none,
        forward_open=yes,
        backward_open=yes,
        delay=delay,
        delay_share=np.where(delay == Delay.NONE, 0.0, 1.0),
        private_group=np.full(count, PUBLIC, np.int32),
        way_ref=np.full(count, -1, np.int64),
        shape_offset=np.zeros(count + 1, np.int64),
        shape_x=np.empty(0),
        shape_y=np.empty(0),
    )
    return _with_shapes(table, links.shape)


def _straight(graph: WalkGraph, edge: Ints, cut: Floats) -> Floats:
    """Place cuts on the straight line between the ends of their edges."""
    ends = [
        np.column_stack((graph.x[end[edge]], graph.y[end[edge]]))
        for end in (graph.tail, graph.head)
    ]
    placed: Floats = ends[0] + cut[:, None] * (ends[1] - ends[0])
    return placed


_Kind = TypeVar("_Kind", bound=np.generic)


def _longer(
    values: npt.NDArray[_Kind] | None, count: int, value: object
) -> npt.NDArray[_Kind] | None:
    if values is None:
        return None
    return np.concatenate((values, np.full(count, value, values.dtype)))


def _edges_of(graph: WalkGraph) -> EdgeTable:
    if graph.edges is None:
        raise NetworkError(fault("graph_has_no_edge_table"))
    return graph.edges

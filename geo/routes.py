"""Routes: the walks behind the costs of one search to the nearest seeds, summed for all points or told for one."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from operator import index

import numpy as np
import numpy.typing as npt
import shapely
from shapely.ops import substring

from geo.errors import NetworkError, fault
from geo.kernels.gather import EdgeSeeds
from geo.kernels.labels import LARGEST_COST, cost_of, group_of
from geo.kernels.search import scratch_for
from geo.kernels.trace import FIRST_SEED, NO_PARENT, choose_ways, climb, settle_tree, tree_sums
from geo.network.edges import Delay, EdgeKind, EdgeTable
from geo.network.graph import WalkGraph
from geo.reach import Entered, PointRows, Seeds, edge_seeds_of, entries_of, places_of

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int32]


@dataclass(frozen=True)
class Totals:
    """What walks amount to, one value a point; nan where there is no walk.

    Attributes
    ----------
    metres
        Walked, with the straight walks at both ends.
    signals, crossings
        Signalled and unsignalled crossings waited at; a crossing walked in pieces counts by their shares.
    lifts
        Lifts waited for.
    steps_m
        Length of stairs.
    """

    metres: Floats
    signals: Floats
    crossings: Floats
    lifts: Floats
    steps_m: Floats


@dataclass(frozen=True)
class Route:
    """One walk to its seed, in walking order.

    Attributes
    ----------
    cost
        Thousandths.
    row, seed
        Rows of the points and seeds that it starts and ends with.
    edge, start, end
        Stretches of edges: where each begins and ends, fractions from the edge's tail. A walk that only meets an edge
        has one stretch of no length, at that place.
    """

    cost: int
    row: int
    seed: int
    edge: Ints
    start: Floats
    end: Floats


@dataclass(frozen=True, eq=False)
class Routes:
    """A search to the nearest seeds that remembers how it came; costs and winners are those of `geo.reach`."""

    graph: WalkGraph
    seeds: Seeds
    rows: PointRows
    _tree: _Tree
    _best: npt.NDArray[np.int64]
    _row: Ints
    _way: Ints

    @classmethod
    def search(cls, graph: WalkGraph, seeds: Seeds, rows: PointRows, limit: int) -> Routes:
        """Walk every point of `rows` to its nearest seed, within `limit` thousandths (inclusive).

        Raises
        ------
        InputError
            When seeds or rows do not fit the graph.
        """
        return RouteTree.search(graph, seeds, limit).of(rows)

    @cached_property
    def cost(self) -> Ints:
        """Thousandths of every point, `geo.kernels.labels.CLOSED` beyond the limit."""
        return cost_of(self._best)

    @cached_property
    def group(self) -> Ints:
        """Seed group of every point, -1 beyond the limit."""
        return group_of(self._best)

    def totals(self, seed_m: Floats, row_m: Floats) -> Totals:
        """Sum up the walks of all points.

        Parameters
        ----------
        seed_m, row_m
            Metres of straight walk of every row of the seeds and of the points.

        Raises
        ------
        NetworkError
            When the graph does not know what its edges are.
        """
        value = _edge_values(edges_of(self.graph))
        at = np.flatnonzero(self._way >= 0)
        row, way = self._row[at], self._way[at]
        edge, fraction = self.rows.edge[row], self.rows.fraction[row]
        direct = way >= FIRST_SEED
        seed = np.where(direct, way - FIRST_SEED, 0)
        end = np.where(direct, self.seeds.fraction[seed], way)
        node = self.graph.ends[edge, np.where(direct, 0, way)]
        beyond = np.where(direct[:, None], 0.0, self._node_sums(value, seed_m)[node])
        result = np.full((self.rows.point_count, value.shape[1]), np.nan)
        result[at] = np.abs(end - fraction)[:, None] * value[edge] + beyond
        result[at, 0] += row_m[row] + np.where(direct, seed_m[seed], 0.0)
        return Totals(*np.ascontiguousarray(result.T))

    @cached_property
    def ends(self) -> tuple[Ints, Ints]:
        """Rows of the points and of the seeds that the walks of all points start and end with; -1 for none."""
        point, seed = np.full((2, self.rows.point_count), -1, dtype=np.int32)
        at = np.flatnonzero(self._way >= 0)
        row, way = self._row[at], self._way[at]
        direct = way >= FIRST_SEED
        node = self.graph.ends[self.rows.edge[row], np.where(direct, 0, way)]
        # carried along the tree as a sum to which edges add nothing
        number = self._tree.entered.seed[:, None].astype(np.float64)
        nothing = np.zeros((self.graph.edge_count, 1))
        tree = self._tree
        sums = tree_sums(tree.order, tree.parent, self.graph.ends, nothing, number)
        carried = np.where(direct, 0.0, sums[node, 0])
        point[at] = row
        seed[at] = np.where(direct, way - FIRST_SEED, carried)
        return point, seed

    def route(self, point: int) -> Route | None:
        """Tell the walk of one point; None where there is none within the limit."""
        way, row = int(self._way[point]), int(self._row[point])
        if way < 0:
            return None
        edge, fraction = int(self.rows.edge[row]), float(self.rows.fraction[row])
        if way >= FIRST_SEED:
            seed = way - FIRST_SEED
            stretches = [(edge, fraction, float(self.seeds.fraction[seed]))]
        else:
            rest, seed = self._from_node(int(self.graph.ends[edge, way]))
            stretches = [(edge, fraction, float(way)), *rest]
        moving = [one for one in stretches if one[1] != one[2]]
        walked = np.array(moving or stretches[:1])
        cost = int(self.cost[point])
        return Route(cost, row, seed, walked[:, 0].astype(np.int32), walked[:, 1], walked[:, 2])

    def _from_node(self, node: int) -> tuple[list[tuple[int, float, float]], int]:
        """List the stretches from a node to its seed, and the seed."""
        arcs, entry = climb(self._tree.parent, self.graph.ends, node)
        # arcs lead away from the seed, the walk goes back along them
        stretches = [(int(arc) >> 1, 1.0 - (arc & 1), float(arc & 1)) for arc in arcs.tolist()]
        seed, at = int(self._tree.entered.seed[entry]), int(self._tree.entered.at[entry])
        if at >= 0:
            edge = int(self.seeds.edge[seed])
            stretches.append((edge, float(at), float(self.seeds.fraction[seed])))
        return stretches, seed

    def _node_sums(self, value: Floats, seed_m: Floats) -> Floats:
        """Sum the walks of all nodes, from the straight walk of their seed on."""
        _, seed, at = self._tree.entered
        share = np.where(at >= 0, np.abs(self.seeds.fraction[seed] - at), 0.0)
        entry = share[:, None] * value[self.seeds.edge[seed]]
        entry[:, 0] += seed_m[seed]
        tree = self._tree
        sums: Floats = tree_sums(tree.order, tree.parent, self.graph.ends, value, entry)
        return sums


@dataclass(frozen=True)
class _Tree:
    """How every node was reached, see `geo.kernels.trace.settle_tree`."""

    parent: Ints
    order: Ints
    entered: Entered


@dataclass(frozen=True, eq=False)
class RouteTree:
    """The search behind `Routes`, kept for points that are only asked for later."""

    graph: WalkGraph
    seeds: Seeds
    limit: int
    _tree: _Tree
    _label: npt.NDArray[np.int64]
    _on_edges: EdgeSeeds

    @classmethod
    def search(cls, graph: WalkGraph, seeds: Seeds, limit: int) -> RouteTree:
        """Search from all seeds at once, within `limit` thousandths (inclusive).

        Raises
        ------
        InputError
            When the seeds do not fit the graph.
        """
        limit = min(index(limit), LARGEST_COST)
        arcs = graph.arcs(towards=True)
        entered = entries_of(graph, seeds, towards=True, together=True)
        scratch = scratch_for(arcs, entered.entries)
        parent = np.full(graph.node_count, NO_PARENT, np.int32)
        order = np.empty(graph.node_count, np.int32)
        settled = settle_tree(arcs, entered.entries, limit, scratch, parent, order)
        tree = _Tree(parent, order[:settled], entered)
        on_edges = edge_seeds_of(graph, seeds, towards=True, by_edge=True)
        return cls(graph, seeds, limit, tree, scratch.label, on_edges)

    def of(self, rows: PointRows) -> Routes:
        """Walk every point of `rows` to its nearest seed.

        Raises
        ------
        InputError
            When the rows do not fit the graph.
        """
        graph = self.graph
        places = places_of(graph, rows, towards=True, by_edge=False)
        best, row, way = choose_ways(
            places, graph.ends, self._label, self._on_edges, self.limit, rows.point_count
        )
        direct = way >= FIRST_SEED  # the kernel numbers only the seeds on edges; from here on all
        way[direct] = FIRST_SEED + np.flatnonzero(self.seeds.on_edge)[way[direct] - FIRST_SEED]
        return Routes(graph, self.seeds, rows, self._tree, best, row, way)


def cost_of_stretches(graph: WalkGraph, route: Route) -> npt.NDArray[np.int64]:
    """Return what every stretch of a route costs, in thousandths; the straight walks at its ends come on top."""
    forward = route.end > route.start
    cost = np.where(forward, graph.forward_cost[route.edge], graph.backward_cost[route.edge])
    parts = np.rint(route.end * cost) - np.rint(route.start * cost)
    whole: npt.NDArray[np.int64] = np.abs(parts).astype(np.int64)
    return whole


def line_of(graph: WalkGraph, route: Route) -> Floats:
    """Draw a route along the shapes of its edges: points (x, y) in walking order, without repeats."""
    edges = edges_of(graph).take(route.edge)
    parts = [
        shapely.get_coordinates(_part(line, float(start), float(end)))
        for line, start, end in zip(edges.lines(), route.start, route.end, strict=True)
    ]
    xy = np.concatenate([np.empty((0, 2)), *parts])
    moved = np.ones(len(xy), dtype=bool)
    moved[1:] = (xy[1:] != xy[:-1]).any(axis=1)
    return xy[moved]


def edges_of(graph: WalkGraph) -> EdgeTable:
    """Return what the edges are.

    Raises
    ------
    NetworkError
        When the graph does not know.
    """
    if graph.edges is None:
        raise NetworkError(fault("graph_has_no_edge_table"))
    return graph.edges


def _part(line: shapely.LineString, start: float, end: float) -> shapely.Geometry:
    if line.length == 0.0:
        return line
    return substring(line, start, end, normalized=True)


def _edge_values(edges: EdgeTable) -> Floats:
    """Edge x what `Totals` adds up."""
    share = edges.delay_share
    values = [edges.length_m]
    values += [
        np.where(edges.delay == one, share, 0.0)
        for one in (Delay.SIGNAL, Delay.CROSSING, Delay.LIFT)
    ]
    values.append(np.where(edges.kind == EdgeKind.STEPS, edges.length_m, 0.0))
    return np.ascontiguousarray(np.column_stack(values), dtype=np.float64)

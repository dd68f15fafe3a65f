"""The walk graph: nodes, directed edges with integer costs, and the two ways to search it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from geo.errors import Fault, NetworkError, fault, raise_if_any
from geo.kernels.labels import CLOSED
from geo.network.columns import freeze, index_faults, length_faults
from geo.network.costs import cost_faults, to_thousandths, whole_limit

if TYPE_CHECKING:
    from pathlib import Path

    import networkx as nx
    from scipy.sparse import csr_array

    from geo.kernels.search import Arcs
    from geo.network.edges import EdgeTable
    from geo.params import Pace
    from geo.reach import Reach, SeedsLike

__all__ = ["CLOSED", "WalkGraph"]


@dataclass(frozen=True, eq=False)
class WalkGraph:
    """A directed pedestrian graph; its arrays are read-only.

    Attributes
    ----------
    x, y
        Nodes in metres, float64[n]; NaN where a foreign graph carries none.
    tail, head
        Ends of the edges, int32[m]. Parallel edges and loops are edges like others.
    forward_cost, backward_cost
        Thousandths of a second or metre, int32[m]; `CLOSED` closes the direction.
    edges
        What the edges are, needed to weight them anew.
    node_ref
        Foreign id of each node (OSM), -1 where there is none.
    cut
        Nodes where the network data end.
    """

    x: npt.NDArray[np.float64]
    y: npt.NDArray[np.float64]
    tail: npt.NDArray[np.int32]
    head: npt.NDArray[np.int32]
    forward_cost: npt.NDArray[np.int32]
    backward_cost: npt.NDArray[np.int32]
    edges: EdgeTable | None = None
    node_ref: npt.NDArray[np.int64] | None = None
    cut: npt.NDArray[np.bool_] | None = None

    def __post_init__(self) -> None:
        freeze(self, _KINDS)

    @classmethod
    def from_edges(
        cls,
        x: npt.ArrayLike,
        y: npt.ArrayLike,
        tail: npt.ArrayLike,
        head: npt.ArrayLike,
        forward_cost: npt.ArrayLike,
        backward_cost: npt.ArrayLike,
    ) -> WalkGraph:
        """Make a graph from arrays.

        Parameters
        ----------
        x, y
            Coordinates of the nodes in metres.
        tail, head
            Node index at either end of each edge.
        forward_cost, backward_cost
            Cost from tail to head and from head to tail, seconds or metres, rounded once to
            thousandths; infinity closes the direction.

        Raises
        ------
        NetworkError
            Once, with every fault found: unequal lengths, node indices out of range, coordinates that
            are not finite, costs that are negative, not a number or too large.

        Examples
        --------
        >>> graph = WalkGraph.from_edges([0, 60], [0, 0], [0], [1], [50.0], [float("inf")])
        >>> graph.reach([0], limit=600).cost_of_nodes.tolist()
        [0.0, 50.0]
        >>> graph.reach([1], limit=600).cost_of_nodes.tolist()
        [inf, 0.0]
        """
        where = np.asarray(x, np.float64), np.asarray(y, np.float64)
        ends = np.asarray(tail), np.asarray(head)
        costs = np.asarray(forward_cost, np.float64), np.asarray(backward_cost, np.float64)
        raise_if_any(
            [*_coordinate_faults(*where), *_edge_faults(len(where[0]), ends, costs)], NetworkError
        )
        return cls(*where, *ends, to_thousandths(costs[0]), to_thousandths(costs[1]))

    @classmethod
    def read_osm(cls, path: str | Path, pace: Pace | None = None) -> WalkGraph:
        """Build the walk graph of an OpenStreetMap extract, weighted by `pace` (default: standard).

        Raises
        ------
        InputError
            When the file cannot be read or holds no way that can be walked.
        """
        from geo.network.build import read_walk_graph

        return read_walk_graph(path, pace=pace)

    @classmethod
    def from_networkx(cls, graph: nx.Graph[Any], weight: str = "cost") -> WalkGraph:
        """Take over a networkx graph; see `geo.network.exchange.from_networkx`."""
        from geo.network.exchange import from_networkx

        return from_networkx(graph, weight)

    def to_networkx(self) -> nx.MultiDiGraph[int]:
        """Hand over to networkx; see `geo.network.exchange.to_networkx`."""
        from geo.network.exchange import to_networkx

        return to_networkx(self)

    @property
    def node_count(self) -> int:
        """Number of nodes."""
        return len(self.x)

    @property
    def edge_count(self) -> int:
        """Number of edges; both directions of one way are one edge."""
        return len(self.tail)

    def reach(self, seeds: SeedsLike, limit: float = math.inf, *, towards: bool = False) -> Reach:
        """Search from all seeds at once: the nearest seed wins, the lowest one on a tie.

        Parameters
        ----------
        seeds
            Node indices; or a tuple of arrays ``(edge, fraction, cost)`` with the fraction from the
            tail and a cost to start with; or `geo.reach.Seeds`.
        limit
            Inclusive, in seconds or metres.
        towards
            Measure walks to the seeds instead of from them.

        Raises
        ------
        InputError
            With every fault of the seeds.
        """
        from geo.reach import Reach, Seeds

        return Reach.search(self, Seeds.of(self, seeds), whole_limit(limit), towards=towards)

    def reach_each(
        self, seeds: SeedsLike, limit: float = math.inf, *, towards: bool = False
    ) -> csr_array:
        """Search from every seed alone, as `reach` does.

        Returns
        -------
        scipy.sparse.csr_array
            Seed x node in seconds or metres. Absent: beyond the limit; a stored zero: no cost.
            Within a row, nodes stand in the order they were met (``sort_indices()`` sorts them).
        """
        from geo.reach import Seeds, each_to_nodes

        return each_to_nodes(self, Seeds.of(self, seeds), whole_limit(limit), towards=towards)

    def with_costs(
        self,
        forward_cost: npt.NDArray[np.int32],
        backward_cost: npt.NDArray[np.int32],
        *,
        edges: EdgeTable | None = None,
    ) -> WalkGraph:
        """Return the same graph with other costs; what depends on the ends of edges only is shared.

        Parameters
        ----------
        forward_cost, backward_cost
            Thousandths.
        edges
            The edge table, where it changes too.

        Raises
        ------
        ValueError
            When the costs are not one whole number an edge, or negative.
        """
        for cost in (forward_cost, backward_cost):
            if cost.shape != self.tail.shape or cost.dtype != np.int32 or (cost < 0).any():
                raise ValueError("costs must be int32, not negative, one an edge")
        other = replace(
            self,
            forward_cost=forward_cost,
            backward_cost=backward_cost,
            edges=self.edges if edges is None else edges,
        )
        vars(other)["incidence"] = self.incidence  # where cached_property looks first
        return other

    def weighted(self, pace: Pace) -> WalkGraph:
        """Return the graph with walking times by `pace`.

        Raises
        ------
        NetworkError
            When the graph does not know what its edges are.
        """
        from geo.network.pace import weighted

        self._require_edges()
        return weighted(self, pace)

    def weighted_by_length(self) -> WalkGraph:
        """Return the graph with walking distances.

        Raises
        ------
        NetworkError
            When the graph does not know how long its edges are.
        """
        from geo.network.pace import weighted_by_length

        self._require_edges()
        return weighted_by_length(self)

    def opened(self, groups: npt.ArrayLike) -> WalkGraph:
        """Let people into the private pieces `groups`: their exits are walked both ways.

        Raises
        ------
        NetworkError
            When the graph does not know what its edges are.
        """
        from geo.network.edges import EdgeKind

        edges = self._require_edges()
        exits = (edges.kind == EdgeKind.EXIT) & np.isin(edges.private_group, np.asarray(groups))
        opened = replace(
            edges,
            forward_open=edges.forward_open | exits,
            backward_open=edges.backward_open | exits,
        )
        free = np.int32(0)  # exits have no length
        return self.with_costs(
            np.where(exits, free, self.forward_cost),
            np.where(exits, free, self.backward_cost),
            edges=opened,
        )

    def components(self) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int64]]:
        """Label the connected pieces, one-way edges joining like others, closed ones not.

        Returns
        -------
        label, node_count
            Piece of each node, and size of each piece. Piece 0 is the largest; equal ones are ordered
            by their lowest node.
        """
        from scipy.sparse import coo_array
        from scipy.sparse.csgraph import connected_components

        walked = np.minimum(self.forward_cost, self.backward_cost) < CLOSED
        ends = self.tail[walked], self.head[walked]
        shape = (self.node_count, self.node_count)
        links = coo_array((np.ones(len(ends[0])), ends), shape=shape)
        count, found = connected_components(links, directed=False)
        first = np.full(count, self.node_count, np.int64)
        np.minimum.at(first, found, np.arange(self.node_count))
        size = np.bincount(found, minlength=count)
        order = np.lexsort((first, -size))
        rank = np.empty(count, np.int32)
        rank[order] = np.arange(count, dtype=np.int32)
        return rank[found], size[order].astype(np.int64)

    @cached_property
    def ends(self) -> npt.NDArray[np.int32]:
        """Edge x (tail, head)."""
        return np.stack([self.tail, self.head], axis=1)

    @cached_property
    def incidence(
        self,
    ) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.uint32], npt.NDArray[np.int32]]:
        """Edge ends by node: ``indptr, node, arc`` of `geo.kernels.search.Arcs`."""
        from geo.kernels.grouping import group_rows

        ends = self.ends.ravel()
        indptr, arc = group_rows(ends, self.node_count)
        return indptr, ends[arc ^ 1].view(np.uint32), arc

    def arcs(self, *, towards: bool) -> Arcs:
        """Return the arcs that searches follow: away from seeds, or back from them (`towards`)."""
        return self._arcs_towards if towards else self._arcs_away

    def costs_away(self, *, towards: bool) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]:
        """Return the forward and backward costs as a search meets them.

        Walking to the seeds is walking from them with the two directions of every edge exchanged.
        """
        pair = self.forward_cost, self.backward_cost
        return (pair[1], pair[0]) if towards else pair

    @cached_property
    def _arcs_away(self) -> Arcs:
        return self._make_arcs(self.costs_away(towards=False))

    @cached_property
    def _arcs_towards(self) -> Arcs:
        return self._make_arcs(self.costs_away(towards=True))

    def _make_arcs(self, costs: tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]) -> Arcs:
        from geo.kernels.search import Arcs

        indptr, node, arc = self.incidence
        return Arcs(indptr, node, np.stack(costs, axis=1).ravel()[arc], arc)

    def _require_edges(self) -> EdgeTable:
        if self.edges is None:
            raise NetworkError(fault("graph_has_no_edge_table"))
        return self.edges


_KINDS: Mapping[str, Any] = {
    "x": np.float64,
    "y": np.float64,
    "tail": np.int32,
    "head": np.int32,
    "forward_cost": np.int32,
    "backward_cost": np.int32,
    "node_ref": np.int64,
    "cut": np.bool_,
}


def _coordinate_faults(x: npt.NDArray[np.float64], y: npt.NDArray[np.float64]) -> Iterator[Fault]:
    yield from length_faults(x=x, y=y)
    for name, values in (("x", x), ("y", y)):
        wrong = np.flatnonzero(~np.isfinite(values))
        if len(wrong):
            yield fault("coordinate_not_finite", what=name, count=len(wrong), first=int(wrong[0]))


def _edge_faults(
    node_count: int,
    ends: tuple[npt.NDArray[Any], npt.NDArray[Any]],
    costs: tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]],
) -> Iterator[Fault]:
    named = dict(
        zip(("tail", "head", "forward_cost", "backward_cost"), (*ends, *costs), strict=True)
    )
    yield from length_faults(**named)
    for name in ("tail", "head"):
        yield from index_faults(name, named[name], node_count)
    for name in ("forward_cost", "backward_cost"):
        yield from cost_faults(name, named[name])

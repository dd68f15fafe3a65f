"""Reach: the result of one bounded search, and the searches that make it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from operator import index
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from geo.kernels.gather import EdgeSeeds, Places, gather_each, gather_nearest
from geo.kernels.grouping import group_rows
from geo.kernels.labels import LARGEST_COST, UNREACHED, cost_of, group_of, pack
from geo.kernels.search import Entries, scratch_for, search_each, settle
from geo.network.costs import PER_UNIT, to_units
from geo.network.graph import WalkGraph
from geo.seeds import PointRows, Seeds, SeedsLike, legs

__all__ = [
    "Pairs",
    "PointRows",
    "Reach",
    "Seeds",
    "SeedsLike",
    "each_to_nodes",
    "nearest_to_points",
    "pairs_to_points",
]


@dataclass(frozen=True, eq=False)
class Reach:
    """What one search with many seeds found: every node's cost and the seed it belongs to.

    Attributes
    ----------
    graph, seeds, limit, towards
        What was asked; the limit in thousandths.
    label
        Cost and group of each node, see `geo.kernels.labels`.
    """

    graph: WalkGraph
    seeds: Seeds
    limit: int
    towards: bool
    label: npt.NDArray[np.int64]

    @classmethod
    def search(cls, graph: WalkGraph, seeds: Seeds, limit: int, *, towards: bool = False) -> Reach:
        """Search from all seeds at once, up to `limit` thousandths (inclusive).

        Raises
        ------
        InputError
            When the seeds do not fit the graph.
        """
        arcs = graph.arcs(towards=towards)
        entries = _entries(graph, seeds, towards=towards, together=True)
        scratch = scratch_for(arcs, entries)
        settle(arcs, entries, 0, _whole(limit), scratch)
        return cls(graph, seeds, limit, towards, scratch.label)

    @property
    def cost_of_nodes(self) -> npt.NDArray[np.float64]:
        """Seconds or metres of each node, infinite beyond the limit."""
        return to_units(self.node_cost_int)

    @cached_property
    def node_cost_int(self) -> npt.NDArray[np.int32]:
        """Thousandths of each node, `CLOSED` beyond the limit."""
        return cost_of(self.label)

    @cached_property
    def nearest_seed(self) -> npt.NDArray[np.int32]:
        """Seed (group) that each node belongs to, -1 beyond the limit."""
        return group_of(self.label)

    def cost_of_points(
        self, edge: npt.ArrayLike, fraction: npt.ArrayLike, extra: npt.ArrayLike | None = None
    ) -> npt.NDArray[np.float64]:
        """Cost at places on edges, exact to the thousandth.

        Parameters
        ----------
        edge, fraction
            One place a point, the fraction counted from the tail.
        extra
            Seconds or metres beyond the edge; the limit holds for the sum.

        Returns
        -------
        numpy.ndarray
            Seconds or metres, infinite beyond the limit.

        Raises
        ------
        InputError
            When the places do not lie on the graph.
        """
        return to_units(self.of_rows(PointRows.single(self.graph, edge, fraction, extra))[0])

    def nearest_of_points(
        self, edge: npt.ArrayLike, fraction: npt.ArrayLike, extra: npt.ArrayLike | None = None
    ) -> npt.NDArray[np.int32]:
        """Seed (group) that places on edges belong to, -1 beyond the limit; see `cost_of_points`."""
        return self.of_rows(PointRows.single(self.graph, edge, fraction, extra))[1]

    def of_rows(self, rows: PointRows) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]:
        """Cost in thousandths and seed of every point of `rows`.

        Raises
        ------
        InputError
            When the rows do not lie on the graph.
        """
        rows.check(self.graph)
        if len(rows.edge) > self.graph.edge_count:
            # a short search of many points: most of them stand where it never came
            near = self._reached_edges[rows.edge]
            if 2 * np.count_nonzero(near) < len(near):
                rows = rows.where(near)
        label = gather_nearest(
            places_of(self.graph, rows, towards=self.towards, by_edge=False),
            self.graph.ends,
            self.label,
            self._seeds_by_edge,
            self.limit,
            rows.point_count,
        )
        return cost_of(label), group_of(label)

    @cached_property
    def _seeds_by_edge(self) -> EdgeSeeds:
        return edge_seeds_of(self.graph, self.seeds, towards=self.towards, by_edge=True)

    @cached_property
    def _reached_edges(self) -> npt.NDArray[np.bool_]:
        """Tell on which edges a place can have been reached: by an end, or straight from a seed."""
        reached = self.label != UNREACHED
        edges: npt.NDArray[np.bool_] = reached[self.graph.tail] | reached[self.graph.head]
        edges[self.seeds.edge[self.seeds.on_edge]] = True
        return edges


class Pairs(NamedTuple):
    """Points within the limit of each group: ``point, cost`` at ``indptr[k]:indptr[k + 1]``, by rising point."""

    indptr: npt.NDArray[np.int64]
    point: npt.NDArray[np.int32]
    cost: npt.NDArray[np.int32]


def nearest_to_points(
    graph: WalkGraph, seeds: Seeds, rows: PointRows, limit: int, *, towards: bool
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]:
    """Measure points to their nearest group.

    Parameters
    ----------
    limit
        Thousandths, inclusive, for the whole walk with both ends.
    towards
        Walks lead from the points to the seeds.

    Returns
    -------
    cost, group
        Thousandths and winner of each point; `CLOSED` and -1 beyond the limit.
    """
    return Reach.search(graph, seeds, limit, towards=towards).of_rows(rows)


def pairs_to_points(
    graph: WalkGraph, seeds: Seeds, rows: PointRows, limit: int, *, towards: bool
) -> Pairs:
    """Measure points to every group within `limit` (thousandths, inclusive, for the whole walk)."""
    arcs = graph.arcs(towards=towards)
    entries = _entries(graph, seeds, towards=towards, together=False)
    found = gather_each(
        arcs,
        entries,
        _whole(limit),
        scratch_for(arcs, entries),
        places_of(graph, rows, towards=towards, by_edge=True),
        edge_seeds_of(graph, seeds, towards=towards, by_edge=False),
        rows.point_count,
    )
    indptr, point, cost = found
    table = csr_array((cost, point, indptr), shape=(seeds.group_count, rows.point_count))
    table.sort_indices()
    return Pairs(indptr, table.indices.astype(np.int32), table.data)


def each_to_nodes(
    graph: WalkGraph, seeds: Seeds, limit: int, *, towards: bool = False
) -> csr_array:
    """Search from every group alone, `limit` in thousandths; see `WalkGraph.reach_each`."""
    arcs = graph.arcs(towards=towards)
    entries = _entries(graph, seeds, towards=towards, together=False)
    indptr, node, cost = search_each(arcs, entries, _whole(limit), scratch_for(arcs, entries))
    table = csr_array((cost, node, indptr), shape=(seeds.group_count, graph.node_count))
    table.data = table.data / PER_UNIT
    return table


class Entered(NamedTuple):
    """Entries of a search, and where each comes from.

    Attributes
    ----------
    seed
        Row of the seeds.
    at
        The end of the seed's edge that the entry is: 0 its tail, 1 its head, -1 for a seed at a node.
    """

    entries: Entries
    seed: npt.NDArray[np.int64]
    at: npt.NDArray[np.int8]


def entries_of(graph: WalkGraph, seeds: Seeds, *, towards: bool, together: bool) -> Entered:
    """Turn seeds into nodes where searches start: both ends of an edge, or the node itself.

    One search starts from all of them (`together`), or one from each group.
    """
    seeds.check(graph)
    on_edge = np.flatnonzero(seeds.on_edge)
    edge = seeds.edge[on_edge]
    leg = legs(graph, edge, seeds.fraction[on_edge], towards=towards)
    at_node = np.flatnonzero(~seeds.on_edge)
    row = np.concatenate([on_edge, on_edge, at_node])
    node = [graph.tail[edge], graph.head[edge]]
    cost = [leg.to_tail, leg.to_head]
    if seeds.node is not None:
        node.append(seeds.node[at_node])
        cost.append(np.zeros(len(at_node), np.int32))
    total = seeds.cost[row] + np.concatenate(cost).astype(np.int64)
    group = seeds.group[row]
    searched = np.zeros_like(group) if together else group
    indptr, order = group_rows(searched, 1 if together else seeds.group_count)
    label = pack(total, group)[order]
    at = np.repeat(np.array([0, 1, -1], np.int8), [len(on_edge), len(on_edge), len(at_node)])
    entries = Entries(indptr, np.concatenate(node)[order].view(np.uint32), label)
    return Entered(entries, row[order], at[order])


def _entries(graph: WalkGraph, seeds: Seeds, *, towards: bool, together: bool) -> Entries:
    return entries_of(graph, seeds, towards=towards, together=together).entries


def places_of(graph: WalkGraph, rows: PointRows, *, towards: bool, by_edge: bool) -> Places:
    """Make the rows ready for the gathering kernels, with the index by edge where one is needed."""
    rows.check(graph)
    leg = legs(graph, rows.edge, rows.fraction, towards=towards)
    by_edge_rows = group_rows(rows.edge, graph.edge_count) if by_edge else _NO_INDEX
    return Places(
        rows.point,
        rows.edge,
        rows.fraction,
        rows.cost,
        leg.from_tail,
        leg.from_head,
        *by_edge_rows,
    )


def edge_seeds_of(graph: WalkGraph, seeds: Seeds, *, towards: bool, by_edge: bool) -> EdgeSeeds:
    """Make the seeds on edges ready for the gathering kernels, indexed by edge or by group."""
    on_edge = np.flatnonzero(seeds.on_edge)
    edge, fraction, group = seeds.edge[on_edge], seeds.fraction[on_edge], seeds.group[on_edge]
    leg = legs(graph, edge, fraction, towards=towards)
    key, key_count = (edge, graph.edge_count) if by_edge else (group, seeds.group_count)
    label = pack(seeds.cost[on_edge].astype(np.int64), group)
    return EdgeSeeds(
        edge, fraction, label, leg.from_tail, leg.from_head, *group_rows(key, key_count)
    )


def _whole(limit: int) -> int:
    """Insist on a whole number: kernels would compile again for a float, and seconds are not thousandths."""
    return min(index(limit), LARGEST_COST)


_NO_INDEX = np.zeros(1, np.int32), np.zeros(0, np.int32)

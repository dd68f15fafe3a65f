"""Where searches start and what they measure: seeds and point rows on the edges of a graph, and their exact legs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from geo.errors import Fault, InputError, raise_if_any
from geo.kernels.labels import CLOSED
from geo.network.columns import fraction_faults, freeze, index_faults, length_faults
from geo.network.costs import cost_faults, negative_faults, to_thousandths
from geo.network.graph import WalkGraph

OnEdges: TypeAlias = tuple[npt.ArrayLike, npt.ArrayLike, npt.ArrayLike]
_PLACE_KINDS = {"edge": np.int32, "fraction": np.float64, "cost": np.int32}
_SEED_KINDS = {**_PLACE_KINDS, "group": np.int32, "node": np.int32}
_ROW_KINDS = {**_PLACE_KINDS, "point": np.int32}


@dataclass(frozen=True, eq=False)
class Seeds:
    """Where searches start; a group (a station, say) may have several rows.

    Attributes
    ----------
    edge, fraction
        Place of each row, the fraction counted from the tail of the edge. At 0 and 1 it is the node.
    cost
        Thousandths to start with; `geo.kernels.labels.CLOSED` keeps the row out.
    group, group_count
        Which start each row belongs to, ``0 <= group < group_count``; ties go to the lowest.
    node
        None, or node index of each row that stands at a node (its edge is -1) and -1 for the others.
    """

    edge: npt.NDArray[np.int32]
    fraction: npt.NDArray[np.float64]
    cost: npt.NDArray[np.int32]
    group: npt.NDArray[np.int32]
    group_count: int
    node: npt.NDArray[np.int32] | None = None

    def __post_init__(self) -> None:
        freeze(self, _SEED_KINDS)

    @classmethod
    def of(cls, graph: WalkGraph, seeds: SeedsLike) -> Seeds:
        """Make seeds of what a caller gave: node indices, ``(edge, fraction, cost)`` or seeds.

        Raises
        ------
        InputError
            Once, with every fault.
        """
        if isinstance(seeds, Seeds):
            return seeds
        if isinstance(seeds, tuple) and len(seeds) == 3 and all(np.ndim(one) for one in seeds):
            return cls._on_edges(graph, seeds)
        node = np.atleast_1d(np.asarray(seeds))
        raise_if_any([*length_faults(seeds=node), *index_faults("seeds", node, graph.node_count)])
        count = len(node)
        return cls(
            np.full(count, -1, np.int32),
            np.zeros(count),
            np.zeros(count, np.int32),
            np.arange(count, dtype=np.int32),
            count,
            node.astype(np.int32),
        )

    @classmethod
    def _on_edges(cls, graph: WalkGraph, seeds: OnEdges) -> Seeds:
        edge = np.asarray(seeds[0])
        fraction = np.asarray(seeds[1], np.float64)
        cost = np.asarray(seeds[2], np.float64)
        raise_if_any(
            [
                *length_faults(edge=edge, fraction=fraction, cost=cost),
                *place_faults(graph, edge, fraction),
                *cost_faults("cost", cost),
            ]
        )
        group = np.arange(len(edge), dtype=np.int32)
        return cls(edge.astype(np.int32), fraction, to_thousandths(cost), group, len(edge))

    @property
    def on_edge(self) -> npt.NDArray[np.bool_]:
        """Which rows stand on an edge."""
        return self.edge >= 0

    def check(self, graph: WalkGraph) -> None:
        """Raise unless every row stands on `graph`; kernels trust indices blindly.

        Raises
        ------
        InputError
            Once, with every fault.
        """
        faults = [
            *length_faults(edge=self.edge, fraction=self.fraction, cost=self.cost, group=self.group)
        ]
        faults += index_faults("group", self.group, self.group_count)
        faults += negative_faults("cost", self.cost)
        if self.node is None:
            faults += place_faults(graph, self.edge, self.fraction)
        else:
            on_edge = self.on_edge
            faults += place_faults(graph, self.edge[on_edge], self.fraction[on_edge])
            faults += index_faults("node", self.node[~on_edge], graph.node_count)
        raise_if_any(faults, InputError)


SeedsLike: TypeAlias = "Seeds | npt.ArrayLike | OnEdges"


@dataclass(frozen=True, eq=False)
class PointRows:
    """Points to measure, by their places on edges; a point costs the least over its rows.

    Attributes
    ----------
    point, point_count
        Which point each row belongs to, ``0 <= point < point_count``; a point without rows is not reached.
    edge, fraction
        Place of each row.
    cost
        Thousandths beyond the edge (the straight walk to it).
    """

    point: npt.NDArray[np.int32]
    edge: npt.NDArray[np.int32]
    fraction: npt.NDArray[np.float64]
    cost: npt.NDArray[np.int32]
    point_count: int

    def __post_init__(self) -> None:
        freeze(self, _ROW_KINDS)

    @classmethod
    def single(
        cls,
        graph: WalkGraph,
        edge: npt.ArrayLike,
        fraction: npt.ArrayLike,
        extra: npt.ArrayLike | None = None,
    ) -> PointRows:
        """Make one row a point from what a caller gave, `extra` in seconds or metres.

        Raises
        ------
        InputError
            Once, with every fault.
        """
        edges, fractions = (
            np.atleast_1d(np.asarray(edge)),
            np.atleast_1d(np.asarray(fraction, np.float64)),
        )
        beyond = (
            np.zeros(len(edges)) if extra is None else np.atleast_1d(np.asarray(extra, np.float64))
        )
        raise_if_any(
            [
                *length_faults(edge=edges, fraction=fractions, extra=beyond),
                *place_faults(graph, edges, fractions),
                *cost_faults("extra", beyond),
            ]
        )
        point = np.arange(len(edges), dtype=np.int32)
        return cls(point, edges.astype(np.int32), fractions, to_thousandths(beyond), len(edges))

    def of_points(self, points: npt.NDArray[np.int32]) -> PointRows:
        """Keep the rows of some points; points keep their numbers, the others are not reached."""
        return self.where(np.isin(self.point, points))

    def where(self, keep: npt.NDArray[np.bool_]) -> PointRows:
        """Keep some rows; points keep their numbers, those without any are not reached."""
        return PointRows(
            self.point[keep],
            self.edge[keep],
            self.fraction[keep],
            self.cost[keep],
            self.point_count,
        )

    def check(self, graph: WalkGraph) -> None:
        """Raise unless every row lies on `graph`; kernels trust indices blindly.

        Raises
        ------
        InputError
            Once, with every fault.
        """
        raise_if_any(
            [
                *length_faults(
                    point=self.point, edge=self.edge, fraction=self.fraction, cost=self.cost
                ),
                *index_faults("point", self.point, self.point_count),
                *place_faults(graph, self.edge, self.fraction),
                *negative_faults("cost", self.cost),
            ]
        )


class Legs(NamedTuple):
    """Costs between a place on an edge and the ends of that edge, int32 thousandths, `CLOSED` where barred."""

    to_tail: npt.NDArray[np.int32]
    to_head: npt.NDArray[np.int32]
    from_tail: npt.NDArray[np.int32]
    from_head: npt.NDArray[np.int32]


def legs(
    graph: WalkGraph,
    edge: npt.NDArray[np.int32],
    fraction: npt.NDArray[np.float64],
    *,
    towards: bool,
) -> Legs:
    """Divide the costs of edges at places, in whole numbers.

    With ``p = rint(fraction * cost)`` of either direction, the two parts of an edge add up to the whole.
    At fraction 0 or 1 the place is the node itself, also where the edge is closed.
    """
    forward, backward = (cost[edge] for cost in graph.costs_away(towards=towards))
    ahead = np.rint(fraction * forward).astype(np.int32)
    behind = np.rint(fraction * backward).astype(np.int32)
    beyond_tail, before_head = fraction > 0.0, fraction < 1.0
    return Legs(
        to_tail=_barred(behind, (backward == CLOSED) & beyond_tail),
        to_head=_barred(forward - ahead, (forward == CLOSED) & before_head),
        from_tail=_barred(ahead, (forward == CLOSED) & beyond_tail),
        from_head=_barred(backward - behind, (backward == CLOSED) & before_head),
    )


def _barred(cost: npt.NDArray[np.int32], closed: npt.NDArray[np.bool_]) -> npt.NDArray[np.int32]:
    return np.where(closed, np.int32(CLOSED), cost)


def place_faults(
    graph: WalkGraph, edge: npt.NDArray[Any], fraction: npt.NDArray[np.float64]
) -> Iterator[Fault]:
    """Find edges that `graph` does not have, and fractions outside 0 to 1."""
    yield from index_faults("edge", edge, graph.edge_count)
    yield from fraction_faults("fraction", fraction)

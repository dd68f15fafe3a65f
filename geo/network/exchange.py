"""The walk graph and networkx: hand over, take over."""

from __future__ import annotations

from typing import Any

import networkx as nx
import numpy as np

from geo.errors import NetworkError, fault, raise_if_any
from geo.network.costs import cost_faults, to_thousandths, to_units
from geo.network.graph import CLOSED, WalkGraph


def to_networkx(graph: WalkGraph) -> nx.MultiDiGraph[int]:
    """Hand over every open direction as an edge of its own.

    Returns
    -------
    networkx.MultiDiGraph
        Nodes 0 … n-1 with ``x, y``; edges with ``cost`` (seconds or metres) and ``edge`` (our index).
        Parallel edges and loops are kept.
    """
    result: nx.MultiDiGraph[int] = nx.MultiDiGraph()
    places = zip(graph.x.tolist(), graph.y.tolist(), strict=True)
    result.add_nodes_from((node, {"x": x, "y": y}) for node, (x, y) in enumerate(places))
    for start, end, cost in (
        (graph.tail, graph.head, graph.forward_cost),
        (graph.head, graph.tail, graph.backward_cost),
    ):
        edge = np.flatnonzero(cost < CLOSED)
        columns = start[edge], end[edge], to_units(cost[edge]), edge
        result.add_edges_from(
            (u, v, {"cost": value, "edge": index})
            for u, v, value, index in zip(*(one.tolist() for one in columns), strict=True)
        )
    return result


def from_networkx(graph: nx.Graph[Any], weight: str = "cost") -> WalkGraph:
    """Take over a graph; undirected edges are walked both ways at the same cost.

    Parameters
    ----------
    graph
        Graph, DiGraph, MultiGraph or MultiDiGraph. Node i of the result is the i-th of ``graph.nodes``;
        ``x, y`` are taken where present, and whole-number names are kept as `WalkGraph.node_ref`.
    weight
        Edge attribute with the cost in seconds or metres.

    Raises
    ------
    NetworkError
        Once, with every fault: edges without the attribute, costs that cannot be used.
    """
    names = list(graph.nodes)
    index = {name: place for place, name in enumerate(names)}
    edges: list[tuple[Any, Any, Any]] = list(graph.edges(data=weight))
    missing = [place for place, (_, _, value) in enumerate(edges) if value is None]
    if missing:
        raise NetworkError(
            fault(
                "edge_attribute_missing",
                weight=weight,
                count=len(missing),
                first=edges[missing[0]][:2],
            )
        )
    cost = np.array([value for _, _, value in edges], np.float64)
    raise_if_any(cost_faults(weight, cost), NetworkError)
    forward = to_thousandths(cost)
    closed = np.full(len(edges), CLOSED, np.int32)
    return WalkGraph(
        x=_coordinate(graph, "x"),
        y=_coordinate(graph, "y"),
        tail=np.array([index[u] for u, _, _ in edges], np.int32),
        head=np.array([index[v] for _, v, _ in edges], np.int32),
        forward_cost=forward,
        backward_cost=closed if graph.is_directed() else forward,
        node_ref=_whole_names(names),
    )


def _coordinate(graph: nx.Graph[Any], name: str) -> np.ndarray[Any, np.dtype[np.float64]]:
    return np.array([value for _, value in graph.nodes(data=name, default=np.nan)], np.float64)


def _whole_names(names: list[Any]) -> np.ndarray[Any, np.dtype[np.int64]] | None:
    whole = all(isinstance(name, int | np.integer) and not isinstance(name, bool) for name in names)
    return np.array(names, np.int64) if whole else None

"""Bounded and nearest searches beside networkx and scipy, on one core, answers compared exactly."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import networkx as nx
import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from benchmarks.synthetic import lattice
from geo import WalkGraph

LIMIT_M = 800.0
SEEDS_OF_NEAREST = 5000
REPEATS = 5


@dataclass(frozen=True)
class Figure:
    """One measured figure and what it must reach."""

    network: str
    what: str
    value: float
    unit: str
    target: str = ""
    met: bool | None = None


def measure(sides: tuple[int, ...] = (210, 1000), *, nearest_side: int = 1000) -> list[Figure]:
    """Measure on lattices of ``side * side`` nodes.

    Raises
    ------
    ValueError
        When a library gives another answer than ours.
    """
    figures: list[Figure] = []
    for side in sides:
        graph = lattice(side)
        figures += bounded(graph, large=side == max(sides))
        if side == nearest_side:
            figures += nearest(graph)
    return figures


def bounded(graph: WalkGraph, *, large: bool) -> list[Figure]:
    """Measure the 800 m search from single nodes."""
    name = f"{graph.node_count:,} nodes"
    draw = np.random.default_rng(1)
    sources = draw.choice(graph.node_count, 2000, replace=False).astype(np.int32)
    graph.reach_each(sources[:2], LIMIT_M)  # compiles, and builds the arcs
    ours, found = best_of(lambda: graph.reach_each(sources, LIMIT_M))
    few = sources[:100]
    theirs_graph = undirected(graph)
    cutoff = round(LIMIT_M * 1000)
    networkx_s, by_networkx = best_of(
        lambda: [
            nx.single_source_dijkstra_path_length(theirs_graph, one, cutoff=cutoff, weight="cost")
            for one in few.tolist()
        ],
        repeats=2,
    )
    check_networkx(found, by_networkx)
    matrix = symmetric(graph)
    fewer = few[: 10 if large else 50]
    scipy_s, by_scipy = best_of(
        lambda: dijkstra(matrix, indices=fewer, limit=float(cutoff)), repeats=2
    )
    check_scipy(found, by_scipy)
    own, other, dense = ours / len(sources), networkx_s / len(few), scipy_s / len(fewer)
    settled = found.nnz / ours
    wanted = 100.0 if large else None
    return [
        Figure(name, "nodes settled a search", found.nnz / len(sources), "nodes"),
        Figure(name, "ours, 800 m, a source", own * 1e3, "ms"),
        Figure(name, "networkx single_source_dijkstra_path_length", other * 1e3, "ms"),
        Figure(name, "scipy dijkstra(limit)", dense * 1e3, "ms"),
        Figure(name, "times faster than networkx", other / own, "x", "≥ 25", other / own >= 25),
        Figure(
            name,
            "times faster than scipy",
            dense / own,
            "x",
            "≥ 100" if wanted else "",
            dense / own >= wanted if wanted else None,
        ),
        Figure(name, "settled on one core", settled / 1e6, "M/s", "≥ 5", settled >= 5e6),
    ]


def nearest(graph: WalkGraph) -> list[Figure]:
    """Measure the search from 5,000 seeds at once over all nodes."""
    name = f"{graph.node_count:,} nodes"
    draw = np.random.default_rng(2)
    seeds = np.sort(draw.choice(graph.node_count, SEEDS_OF_NEAREST, replace=False)).astype(np.int32)
    graph.reach(seeds[:2], limit=1.0)  # compiles
    ours, reach = best_of(lambda: graph.reach(seeds))
    matrix = symmetric(graph)
    theirs, (cost, _, _) = best_of(
        lambda: dijkstra(matrix, indices=seeds, min_only=True, return_predecessors=True),
        repeats=2,
    )
    if not np.array_equal(reach.cost_of_nodes, cost / 1000.0):
        raise ValueError("scipy min_only finds other costs")
    what = f"nearest of {SEEDS_OF_NEAREST:,}"
    return [
        Figure(name, f"ours, {what}", ours, "s", "≤ 0.6", ours <= 0.6),
        Figure(name, f"scipy min_only, {what}", theirs, "s"),
        Figure(name, "times faster than scipy min_only", theirs / ours, "x"),
    ]


def best_of(run: Callable[[], Any], repeats: int = REPEATS) -> tuple[float, Any]:
    """Run several times; return the least processor seconds and the last result."""
    least = np.inf
    result: Any = None
    for _ in range(repeats):
        start = time.process_time()
        result = run()
        least = min(least, time.process_time() - start)
    return least, result


def undirected(graph: WalkGraph) -> nx.Graph[Any]:
    """Hand the network to networkx with whole millimetres."""
    result: nx.Graph[Any] = nx.Graph()
    result.add_nodes_from(range(graph.node_count))
    columns = (one.tolist() for one in (graph.tail, graph.head, graph.forward_cost))
    result.add_weighted_edges_from(zip(*columns, strict=True), weight="cost")
    return result


def symmetric(graph: WalkGraph) -> csr_array:
    """Hand the network to scipy with whole millimetres."""
    rows = np.concatenate([graph.tail, graph.head])
    columns = np.concatenate([graph.head, graph.tail])
    cost = np.concatenate([graph.forward_cost, graph.backward_cost]).astype(np.float64)
    return csr_array((cost, (rows, columns)), shape=(graph.node_count, graph.node_count))


def check_networkx(found: csr_array, expected: list[dict[int, int]]) -> None:
    """Compare node by node.

    Raises
    ------
    ValueError
        On any difference.
    """
    for row, costs in enumerate(expected):
        nodes, values = row_of(found, row)
        if dict(zip(nodes.tolist(), values.tolist(), strict=True)) != costs:
            raise ValueError(f"networkx finds other costs from source {row}")


def check_scipy(found: csr_array, expected: npt.NDArray[np.float64]) -> None:
    """Compare node by node.

    Raises
    ------
    ValueError
        On any difference.
    """
    for row, costs in enumerate(expected):
        nodes, values = row_of(found, row)
        ours = np.full(len(costs), np.inf)
        ours[nodes] = values
        if not np.array_equal(ours, costs):
            raise ValueError(f"scipy finds other costs from source {row}")


def row_of(found: csr_array, row: int) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int64]]:
    """Return nodes and whole millimetres of one source."""
    part = slice(found.indptr[row], found.indptr[row + 1])
    return found.indices[part], np.rint(found.data[part] * 1000.0).astype(np.int64)

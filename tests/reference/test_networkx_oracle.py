"""Every search equals networkx, whole thousandth by whole thousandth, on 500 random directed graphs.

The oracle cuts each edge at the places on it, makes nodes of them, and asks networkx. It shares with us only
the rule for dividing a cost: ``rint(fraction * cost)``.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import networkx as nx
import numpy as np

from geo import WalkGraph
from geo.kernels.labels import CLOSED, LARGEST_COST
from geo.reach import PointRows, Reach, Seeds, nearest_to_points, pairs_to_points

GRAPHS = 500
FRACTIONS = np.array([0.0, 1.0, 0.5, 0.25, 1 / 3])


@dataclass
class Case:
    """One random graph with seeds and points."""

    graph: WalkGraph
    seeds: Seeds
    rows: PointRows


def draw_case(number: int) -> Case:
    draw = np.random.default_rng(number)
    nodes = int(draw.integers(5, 41))
    edges = int(nodes * draw.uniform(0.6, 2.0))
    tail, head = draw.integers(0, nodes, (2, edges))
    copied = draw.random(edges) < 0.1  # parallel edges
    tail[copied], head[copied] = tail[0], head[0]
    grain = int(draw.choice([1, 500, 1000]))  # coarse costs make ties
    cost = draw.integers(0, 20_000, (2, edges)) // grain * grain
    cost[draw.random((2, edges)) < 0.1] = 0
    seconds = np.where(draw.random((2, edges)) < 0.15, np.inf, cost / 1000.0)
    graph = WalkGraph.from_edges(np.zeros(nodes), np.zeros(nodes), tail, head, *seconds)
    return Case(graph, draw_seeds(draw, edges, grain), draw_rows(draw, edges, grain))


def draw_fractions(draw, count):
    return np.where(draw.random(count) < 0.5, draw.choice(FRACTIONS, count), draw.random(count))


def draw_seeds(draw, edges, grain) -> Seeds:
    groups = int(draw.integers(1, 6))
    count = int(draw.integers(1, 10))
    cost = draw.integers(0, 8_000, count) // grain * grain * draw.integers(0, 2, count)
    few = max(1, edges // 3)  # so that seeds share edges with each other and with points
    return Seeds(
        draw.integers(0, few, count),
        draw_fractions(draw, count),
        cost,
        draw.integers(0, groups, count),
        groups,
    )


def draw_rows(draw, edges, grain) -> PointRows:
    points, count = 12, 20
    cost = draw.integers(0, 8_000, count) // grain * grain * draw.integers(0, 2, count)
    return PointRows(
        draw.integers(0, points, count),
        draw.integers(0, edges, count),
        draw_fractions(draw, count),
        cost,
        points,
    )


def place(case: Case, edge: int, fraction: float):
    if fraction == 0.0:
        return int(case.graph.tail[edge])
    return int(case.graph.head[edge]) if fraction == 1.0 else (edge, fraction)


def oracle_graph(case: Case, towards: bool) -> nx.MultiDiGraph:
    """Cut every edge at its places; the pieces cost the differences of the rounded parts."""
    graph = case.graph
    result = nx.MultiDiGraph()
    result.add_nodes_from(range(graph.node_count))
    for edge in range(graph.edge_count):
        on_it = [rows.fraction[rows.edge == edge] for rows in (case.seeds, case.rows)]
        stops = np.unique(np.concatenate([[0.0, 1.0], *on_it])).tolist()
        names = [place(case, edge, one) for one in stops]
        for cost, forward in (
            (int(graph.forward_cost[edge]), True),
            (int(graph.backward_cost[edge]), False),
        ):
            if cost == CLOSED:
                continue
            part = [round(one * cost) for one in stops]  # half to even, as rint
            for left in range(len(stops) - 1):
                pair = names[left], names[left + 1]
                result.add_edge(
                    *(pair if forward else pair[::-1]), cost=part[left + 1] - part[left]
                )
    if towards:
        result = nx.MultiDiGraph(result.reverse())
    for edge, fraction, cost, group in zip(*seed_columns(case.seeds), strict=True):
        result.add_edge(("group", group), place(case, edge, fraction), cost=cost)
    result.add_nodes_from(("group", group) for group in range(case.seeds.group_count))
    return result


def seed_columns(seeds: Seeds):
    return [one.tolist() for one in (seeds.edge, seeds.fraction, seeds.cost, seeds.group)]


def oracle(case: Case, towards: bool):
    """Cost of every (group, node) and (group, point), without limit; `CLOSED` where there is no way."""
    graph = oracle_graph(case, towards)
    groups, rows = case.seeds.group_count, case.rows
    nodes = np.full((groups, case.graph.node_count), CLOSED, np.int64)
    points = np.full((groups, rows.point_count), CLOSED, np.int64)
    row_cost = np.full((groups, len(rows.point)), CLOSED, np.int64)
    for group in range(groups):
        cost = nx.single_source_dijkstra_path_length(graph, ("group", group), weight="cost")
        for node in range(case.graph.node_count):
            nodes[group, node] = cost.get(node, CLOSED)
        for row, (edge, fraction) in enumerate(
            zip(rows.edge.tolist(), rows.fraction.tolist(), strict=True)
        ):
            there = place(case, edge, fraction)
            if there in cost:
                row_cost[group, row] = cost[there] + int(rows.cost[row])
        np.minimum.at(points[group], rows.point, row_cost[group])
    return nodes, points, row_cost


def within(cost, limit):
    return np.where(cost <= limit, cost, CLOSED)


def winner(cost):
    """Lowest group with the least cost, -1 where none reaches."""
    return np.where(cost.min(axis=0) == CLOSED, -1, cost.argmin(axis=0))


def dense(indptr, column, cost, shape):
    result = np.full(shape, CLOSED, np.int64)
    result[np.repeat(np.arange(shape[0]), np.diff(indptr)), column] = cost
    return result


def check(case: Case, towards: bool, limit: int, nodes, points) -> None:
    graph, seeds, rows = case.graph, case.seeds, case.rows
    nodes, points = within(nodes, limit), within(points, limit)
    reach = Reach.search(graph, seeds, limit, towards=towards)
    np.testing.assert_array_equal(reach.node_cost_int, nodes.min(axis=0))
    np.testing.assert_array_equal(reach.nearest_seed, winner(nodes))
    cost, group = nearest_to_points(graph, seeds, rows, limit, towards=towards)
    np.testing.assert_array_equal(cost, points.min(axis=0))
    np.testing.assert_array_equal(group, winner(points))
    seconds = limit / 1000 if limit < LARGEST_COST else np.inf
    each = graph.reach_each(seeds, seconds, towards=towards)
    whole = np.rint(each.data * 1000).astype(np.int64)
    np.testing.assert_array_equal(dense(each.indptr, each.indices, whole, nodes.shape), nodes)
    pairs = pairs_to_points(graph, seeds, rows, limit, towards=towards)
    np.testing.assert_array_equal(dense(*pairs, points.shape), points)
    assert each.nnz == (nodes < CLOSED).sum()
    assert len(pairs.point) == (points < CLOSED).sum()


def seen(case: Case, towards: bool, limit: int, nodes, points, row_cost) -> Counter:
    """Count the situations this case holds."""
    reached = within(points, limit)
    best = reached.min(axis=0)
    met = best < CLOSED
    graph, rows = case.graph, case.rows
    ends = np.minimum(nodes[:, graph.tail[rows.edge]], nodes[:, graph.head[rows.edge]])
    direct = (row_cost < CLOSED) & (row_cost - rows.cost < ends) & (row_cost <= limit)
    return Counter(
        reached=int(met.sum()),
        unreached=int((~met).sum()),
        tie=int(((reached == best).sum(axis=0) > 1)[met].sum()),
        at_the_limit=int((best == limit).sum()),
        same_edge=int(direct.sum()),
        island=int((nodes.min(axis=0) == CLOSED).sum()),
        one_way=int((graph.forward_cost != graph.backward_cost).sum()),
        loop=int((graph.tail == graph.head).sum()),
        towards=int(towards and met.any()),
    )


def test_every_search_equals_networkx():
    situations: Counter = Counter()
    for number in range(GRAPHS):
        case = draw_case(number)
        for towards in (False, True):
            nodes, points, row_cost = oracle(case, towards)
            reachable = points[points < CLOSED]
            limits = [LARGEST_COST]
            if len(reachable):
                limits.append(
                    int(np.sort(reachable)[len(reachable) // 2])
                )  # exactly a cost: inclusive
            for limit in limits:
                check(case, towards, limit, nodes, points)
                situations += seen(case, towards, limit, nodes, points, row_cost)
    kinds = (
        "reached",
        "unreached",
        "tie",
        "at_the_limit",
        "same_edge",
        "island",
        "one_way",
        "loop",
        "towards",
    )
    missing = [one for one in kinds if situations[one] < GRAPHS // 5]
    assert not missing, situations

"""Every route is a walk on the graph whose cost, added up edge by edge, is the cost the search gave."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pandas as pd

from geo.kernels.labels import CLOSED, LARGEST_COST
from geo.network.edges import Delay, EdgeKind, EdgeTable
from geo.reach import PointRows, Seeds, nearest_to_points
from geo.routes import Route, Routes
from tests.reference.test_networkx_oracle import Case, draw_case

GRAPHS = 300


def edge_table(draw: np.random.Generator, count: int) -> EdgeTable:
    """What edges are, at random; shapes are of no interest here."""
    names = pd.Categorical([None] * count)
    no, yes = np.zeros(count, bool), np.ones(count, bool)
    return EdgeTable(
        length_m=draw.integers(0, 100, count).astype(float),
        kind=draw.choice([EdgeKind.ROAD, EdgeKind.STEPS, EdgeKind.CROSSING], count).astype(np.uint8),
        highway=names, name=names, bridge=no, tunnel=no, enterable=yes, forward_open=yes, backward_open=yes,
        delay=draw.integers(0, len(Delay), count).astype(np.uint8),
        delay_share=draw.choice([0.5, 1.0], count),
        private_group=np.full(count, -1, np.int32), way_ref=np.full(count, -1, np.int64),
        shape_offset=2 * np.arange(count + 1), shape_x=np.zeros(2 * count), shape_y=np.zeros(2 * count),
    )  # fmt: skip


def node_at(case: Case, edge: int, fraction: float) -> int:
    """The node at an end of an edge."""
    assert fraction in (0.0, 1.0)
    return int(case.graph.ends[edge, int(fraction)])


def same_place(case: Case, one: tuple[int, float], two: tuple[int, float]) -> bool:
    if one == two:
        return True
    if one[1] not in (0.0, 1.0) or two[1] not in (0.0, 1.0):
        return False
    return node_at(case, *one) == node_at(case, *two)


def walked_cost(case: Case, route: Route) -> int:
    """Walk edge by edge: it hangs together, every direction is open, parts are differences of rounded parts."""
    graph, rows, seeds = case.graph, case.rows, case.seeds
    cost = int(rows.cost[route.row]) + int(seeds.cost[route.seed])
    here = int(rows.edge[route.row]), float(rows.fraction[route.row])
    for edge, start, end in zip(
        route.edge.tolist(), route.start.tolist(), route.end.tolist(), strict=True
    ):
        assert same_place(case, here, (edge, start))
        if start == end:
            continue
        whole = int((graph.forward_cost if end > start else graph.backward_cost)[edge])
        assert whole < CLOSED
        cost += abs(round(end * whole) - round(start * whole))
        here = edge, end
    last = int(seeds.edge[route.seed])
    if last < 0:
        assert node_at(case, *here) == int(seeds.node[route.seed])
    else:
        assert same_place(case, here, (last, float(seeds.fraction[route.seed])))
    return cost


def some_at_nodes(case: Case) -> Case:
    """Let every other seed stand at a node."""
    seeds = case.seeds
    at_node = np.arange(len(seeds.edge)) % 2 == 1
    node = np.where(at_node, np.arange(len(at_node)) % case.graph.node_count, -1)
    moved = replace(seeds, edge=np.where(at_node, -1, seeds.edge), node=node)
    return Case(case.graph, moved, case.rows)


def check(case: Case, limit: int, draw: np.random.Generator) -> Counter:
    seeds, rows, graph = case.seeds, case.rows, case.graph
    routes = Routes.search(graph, seeds, rows, limit)
    cost, group = nearest_to_points(graph, seeds, rows, limit, towards=True)
    np.testing.assert_array_equal(routes.cost, cost)
    np.testing.assert_array_equal(routes.group, group)
    seed_m, row_m = draw.random(len(seeds.edge)), draw.random(len(rows.edge))
    totals = routes.totals(seed_m, row_m)
    situations: Counter = Counter()
    for point in range(rows.point_count):
        route = routes.route(point)
        if route is None:
            assert cost[point] == CLOSED
            assert np.isnan(totals.metres[point])
            situations["unreached"] += 1
            continue
        assert rows.point[route.row] == point
        assert seeds.group[route.seed] == group[point]
        assert walked_cost(case, route) == cost[point] == route.cost
        edges = graph.edges
        share = np.abs(route.end - route.start)
        length = share * edges.length_m[route.edge]
        np.testing.assert_allclose(
            totals.metres[point], length.sum() + seed_m[route.seed] + row_m[route.row]
        )
        np.testing.assert_allclose(
            totals.steps_m[point], length[edges.kind[route.edge] == EdgeKind.STEPS].sum()
        )
        waits = share * edges.delay_share[route.edge]
        for name, delay in (
            ("signals", Delay.SIGNAL),
            ("crossings", Delay.CROSSING),
            ("lifts", Delay.LIFT),
        ):
            np.testing.assert_allclose(
                getattr(totals, name)[point], waits[edges.delay[route.edge] == delay].sum()
            )
        whole = np.where(
            route.end > route.start, graph.forward_cost[route.edge], graph.backward_cost[route.edge]
        )
        closed = np.minimum(graph.forward_cost, graph.backward_cost) < np.maximum(
            graph.forward_cost, graph.backward_cost
        )
        situations["reached"] += 1
        situations["same_edge"] += (
            len(route.edge) == 1 and route.edge[0] == rows.edge[route.row] == seeds.edge[route.seed]
        )
        situations["nothing_walked"] += bool((route.start == route.end).all())
        situations["free_edge"] += int((whole == 0).any())
        situations["one_way"] += int(closed[route.edge].any())
        situations["loop"] += int((graph.tail[route.edge] == graph.head[route.edge]).any())
        situations["five_edges"] += len(route.edge) >= 5
        situations["at_node"] += int(seeds.edge[route.seed] < 0)
    return situations


def test_every_route_is_a_walk_that_costs_what_the_search_says() -> None:
    situations: Counter = Counter()
    for number in range(GRAPHS):
        case = draw_case(number)
        draw = np.random.default_rng(number)
        graph = replace(case.graph, edges=edge_table(draw, case.graph.edge_count))
        case = Case(graph, case.seeds, case.rows)
        for one in (case, some_at_nodes(case)):
            for limit in (LARGEST_COST, 20_000):
                situations += check(one, limit, draw)
    kinds = (
        "reached",
        "unreached",
        "same_edge",
        "nothing_walked",
        "free_edge",
        "one_way",
        "five_edges",
        "at_node",
    )
    assert not [one for one in kinds if situations[one] < GRAPHS // 5], situations


def test_a_loop_is_walked_the_short_way_round() -> None:
    """A loop of 100 s at node 0, the seed at a fifth of it: from three tenths straight back, from 0.9 over the node."""
    from tests.networks import lasso

    graph = lasso()
    seeds = Seeds(np.array([0]), np.array([0.2]), np.array([0]), np.array([0]), 1)
    rows = PointRows(np.array([0, 1]), np.array([0, 0]), np.array([0.3, 0.9]), np.array([0, 0]), 2)
    routes = Routes.search(graph, seeds, rows, LARGEST_COST)
    assert routes.cost.tolist() == [10_000, 30_000]
    direct, round_ = routes.route(0), routes.route(1)
    assert (direct.start.tolist(), direct.end.tolist()) == ([0.3], [0.2])
    assert (round_.start.tolist(), round_.end.tolist()) == ([0.9, 0.0], [1.0, 0.2])

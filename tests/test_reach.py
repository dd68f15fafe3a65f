"""Searches on hand-drawn networks with answers derived on paper."""

from __future__ import annotations

import numpy as np
import pytest

from geo.errors import InputError
from geo.kernels.labels import CLOSED
from geo.reach import PointRows, Seeds, nearest_to_points, pairs_to_points
from tests.networks import INF, lasso, line_of_three, stairs_without_length, street_block


def seeds_of(edge, fraction, cost, group, group_count=None):
    count = max(group) + 1 if group_count is None else group_count
    return Seeds(np.array(edge), np.array(fraction), np.array(cost), np.array(group), count)


def rows_of(point, edge, fraction, cost, point_count):
    return PointRows(
        np.array(point), np.array(edge), np.array(fraction), np.array(cost), point_count
    )


def test_from_a_corner_of_the_block():
    reach = street_block().reach([0])
    assert reach.cost_of_nodes.tolist() == [0, 60, 90, 40, 65, INF, INF, 100]
    assert reach.nearest_seed.tolist() == [0, 0, 0, 0, 0, -1, -1, 0]


def test_towards_a_corner_nobody_walks_against_the_one_way_street():
    reach = street_block().reach([0], towards=True)
    assert reach.cost_of_nodes.tolist() == [0, 60, 150, 40, 65, INF, INF, 100]


@pytest.mark.parametrize(("limit", "reached"), [(64.999, [0, 1, 3]), (65.0, [0, 1, 3, 4])])
def test_limits_are_inclusive(limit, reached):
    graph = street_block()
    assert (
        np.flatnonzero(np.isfinite(graph.reach([0], limit=limit).cost_of_nodes)).tolist() == reached
    )
    assert sorted(graph.reach_each([0], limit=limit).indices.tolist()) == reached


def test_the_nearest_seed_wins():
    reach = street_block().reach([0, 7])
    assert reach.cost_of_nodes.tolist() == [0, 55, 50, 40, 35, INF, INF, 0]
    assert reach.nearest_seed.tolist() == [0, 1, 1, 0, 1, -1, -1, 1]


@pytest.mark.parametrize("seeds", [[0, 2], [2, 0]])
def test_ties_go_to_the_first_seed(seeds):
    reach = line_of_three().reach(seeds)
    assert reach.nearest_seed[1] == 0
    assert reach.nearest_seed[2] == seeds.index(2)


def test_ties_over_edges_without_length_go_to_the_lowest_group():
    reach = stairs_without_length().reach([1, 0])
    assert reach.nearest_seed.tolist() == [0, 0, 0]
    assert stairs_without_length().reach([0, 1]).nearest_seed.tolist() == [0, 0, 0]


def test_each_seed_keeps_stored_zeros_and_leaves_out_the_rest():
    found = street_block().reach_each([5, 3], limit=40)
    found.sort_indices()
    assert found.indptr.tolist() == [0, 2, 5]
    assert found.indices.tolist() == [5, 6, 0, 3, 4]
    assert found.data.tolist() == [0, 10, 40, 0, 25]


def test_a_seed_on_an_edge_leaves_by_both_ends():
    reach = street_block().reach(([0], [0.25], [2.0]))
    assert reach.cost_of_nodes[[0, 1]].tolist() == [17, 47]
    assert reach.cost_of_points([0, 0, 0], [0.25, 0.75, 0.0]).tolist() == [2, 32, 17]


def test_against_a_one_way_street_the_walk_goes_round_the_block():
    graph = street_block()
    seed = ([1], [0.5], [0.0])
    assert graph.reach(seed).cost_of_points([1, 1, 1], [0.25, 0.5, 0.75]).tolist() == [
        127.5,
        0,
        7.5,
    ]
    towards = graph.reach(seed, towards=True).cost_of_points([1, 1, 1], [0.25, 0.5, 0.75])
    assert towards.tolist() == [7.5, 0, 127.5]


def test_at_the_ends_of_an_edge_a_place_is_the_node_even_on_a_closed_edge():
    graph = street_block()
    shut = graph.with_costs(
        np.where(np.arange(8) == 3, CLOSED, graph.forward_cost).astype(np.int32),
        np.where(np.arange(8) == 3, CLOSED, graph.backward_cost).astype(np.int32),
    )
    reach = shut.reach(([3], [0.0], [0.0]))  # node 1
    assert reach.cost_of_nodes[[0, 1, 2]].tolist() == [60, 0, 30]
    assert reach.cost_of_points([3, 3, 3], [0.0, 0.5, 1.0]).tolist() == [
        0,
        INF,
        115,
    ]  # 30 + 50 + 35


def test_round_a_loop_the_shorter_way_counts():
    reach = lasso().reach(([0], [0.1], [0.0]))
    assert reach.cost_of_nodes.tolist() == [10, 14]
    assert reach.cost_of_points([0, 0, 2], [0.3, 0.9, 0.5]).tolist() == [20, 20, 15]


def test_the_shorter_of_parallel_ways_counts():
    assert lasso().reach([0]).cost_of_points([2], [1.0]).tolist() == [4]


def test_extra_cost_counts_against_the_limit():
    reach = line_of_three().reach([0], limit=10)
    assert reach.cost_of_points([0, 0], [0.5, 0.5], [5.0, 5.001]).tolist() == [10, INF]
    assert reach.nearest_of_points([0, 0], [0.5, 0.5], [5.0, 5.001]).tolist() == [0, -1]


def test_positions_are_rounded_so_that_parts_add_up():
    graph = line_of_three().with_costs(np.array([3, 10], np.int32), np.array([3, 10], np.int32))
    reach = graph.reach(
        [0, 1]
    )  # 3 thousandths, half way: rint(1.5) = 2 from the tail, 1 from the head
    assert reach.cost_of_points([0], [0.5]).tolist() == [0.001]
    assert reach.nearest_of_points([0], [0.5]).tolist() == [1]


def test_a_point_costs_the_least_over_its_rows_and_a_group_over_its_seeds():
    graph = street_block()
    seeds = seeds_of([0, 7, 4], [0.0, 0.0, 1.0], [0, 0, 5000], [0, 0, 1])  # node 0 and 5; node 7
    rows = rows_of([2, 0, 0], [7, 5, 2], [0.5, 1.0, 0.75], [1000, 0, 2000], 3)
    cost, group = nearest_to_points(graph, seeds, rows, 600_000, towards=True)
    assert cost.tolist() == [32_000, CLOSED, 6_000]  # (0) + 30 + 2; no rows; (5) + 5 + 1
    assert group.tolist() == [0, -1, 0]
    pairs = pairs_to_points(graph, seeds, rows, 40_000, towards=True)
    assert pairs.indptr.tolist() == [0, 2, 3]
    assert pairs.point.tolist() == [0, 2, 0]
    assert pairs.cost.tolist() == [32_000, 6_000, 40_000]  # 7 to 4: 35 + 5


def test_groups_without_seeds_and_closed_seeds_reach_nothing():
    graph = line_of_three()
    seeds = seeds_of([0, 0], [0.0, 1.0], [CLOSED, 0], [2, 1], group_count=4)
    rows = rows_of([0], [0], [0.0], [0], 1)
    assert pairs_to_points(graph, seeds, rows, 60_000, towards=False).indptr.tolist() == [
        0,
        0,
        1,
        1,
        1,
    ]
    assert nearest_to_points(graph, seeds, rows, 60_000, towards=False)[1].tolist() == [1]


def test_a_limit_in_seconds_is_not_taken_for_thousandths():
    graph = line_of_three()
    seeds, rows = seeds_of([0], [0.0], [0], [0]), rows_of([0], [0], [0.0], [0], 1)
    for search in (nearest_to_points, pairs_to_points):
        with pytest.raises(TypeError):
            search(graph, seeds, rows, 600.0, towards=True)


@pytest.mark.parametrize(
    ("seeds", "rows"),
    [
        (seeds_of([9], [0.0], [0], [0]), rows_of([0], [0], [0.0], [0], 1)),
        (seeds_of([0], [0.0], [0], [1], group_count=1), rows_of([0], [0], [0.0], [0], 1)),
        (seeds_of([0], [0.0], [0], [0]), rows_of([1], [0], [0.0], [0], 1)),
        (seeds_of([0], [0.0], [0], [0]), rows_of([0], [-1], [0.0], [0], 1)),
        (seeds_of([0], [0.0], [0], [0]), rows_of([0], [0], [0.0], [-1], 1)),
    ],
)
def test_rows_that_do_not_fit_the_graph_are_refused_before_a_kernel_sees_them(seeds, rows):
    for search in (nearest_to_points, pairs_to_points):
        with pytest.raises(InputError):
            search(line_of_three(), seeds, rows, 1000, towards=True)

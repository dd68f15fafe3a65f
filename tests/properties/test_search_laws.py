"""Laws that every search keeps, whatever the network."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from geo import WalkGraph
from geo.kernels.labels import CLOSED
from geo.reach import PointRows, Reach, Seeds, nearest_to_points, pairs_to_points
from geo.seeds import legs

FEW = settings(max_examples=60, deadline=None)
COST = st.one_of(st.integers(0, 9), st.integers(0, 30_000), st.just(CLOSED))
FRACTION = st.one_of(st.sampled_from([0.0, 0.5, 1.0]), st.floats(0.0, 1.0))


@st.composite
def graphs(draw):
    nodes = draw(st.integers(2, 12))
    edge = st.tuples(st.integers(0, nodes - 1), st.integers(0, nodes - 1), COST, COST)
    tail, head, forward, backward = np.array(draw(st.lists(edge, min_size=1, max_size=25))).T
    x, y = np.arange(nodes, dtype=float), np.zeros(nodes)
    return WalkGraph(x, y, tail, head, forward, backward)


@st.composite
def cases(draw):
    """Draw a graph, seeds in up to four groups, and points."""
    graph = draw(graphs())
    groups = draw(st.integers(1, 4))
    edge = st.integers(0, graph.edge_count - 1)
    small = st.integers(0, 5000)
    seed = st.tuples(edge, FRACTION, small, st.integers(0, groups - 1))
    place = st.tuples(st.integers(0, 5), edge, FRACTION, small)
    rows = zip(*draw(st.lists(seed, min_size=1, max_size=6)), strict=True)
    places = zip(*draw(st.lists(place, min_size=1, max_size=8)), strict=True)
    return graph, Seeds(*map(np.array, rows), groups), PointRows(*map(np.array, places), 6)


LIMIT = st.integers(0, 60_000)


@FEW
@given(cases(), LIMIT, LIMIT, st.booleans())
def test_a_larger_limit_loses_nothing_and_changes_nothing(case, one, other, towards):
    graph, seeds, rows = case
    small, _ = nearest_to_points(graph, seeds, rows, min(one, other), towards=towards)
    large, _ = nearest_to_points(graph, seeds, rows, max(one, other), towards=towards)
    kept = small < CLOSED
    assert (small[kept] == large[kept]).all()
    assert (large[~kept] > min(one, other)).all()


@FEW
@given(cases(), LIMIT, st.booleans())
def test_another_seed_never_raises_a_cost(case, limit, towards):
    graph, seeds, rows = case
    fewer = Seeds(
        seeds.edge[1:], seeds.fraction[1:], seeds.cost[1:], seeds.group[1:], seeds.group_count
    )
    before, _ = nearest_to_points(graph, fewer, rows, limit, towards=towards)
    after, _ = nearest_to_points(graph, seeds, rows, limit, towards=towards)
    assert (after <= before).all()


@FEW
@given(cases(), LIMIT, st.booleans())
def test_the_nearest_is_the_least_of_the_pairs_and_the_lowest_group_of_these(case, limit, towards):
    graph, seeds, rows = case
    cost, group = nearest_to_points(graph, seeds, rows, limit, towards=towards)
    pairs = pairs_to_points(graph, seeds, rows, limit, towards=towards)
    of_group = np.full((seeds.group_count, rows.point_count), CLOSED, np.int64)
    of_group[np.repeat(np.arange(seeds.group_count), np.diff(pairs.indptr)), pairs.point] = (
        pairs.cost
    )
    assert (of_group.min(axis=0) == cost).all()
    assert (group[cost < CLOSED] == of_group.argmin(axis=0)[cost < CLOSED]).all()


@FEW
@given(cases(), LIMIT, st.booleans(), st.randoms(use_true_random=False))
def test_renumbering_changes_no_cost_and_no_winner(case, limit, towards, random):
    graph, seeds, rows = case
    node_of = np.array(random.sample(range(graph.node_count), graph.node_count))
    old_of = np.array(random.sample(range(graph.edge_count), graph.edge_count))
    new_of = np.argsort(old_of)
    other = WalkGraph(
        graph.x,
        graph.y,
        node_of[graph.tail[old_of]],
        node_of[graph.head[old_of]],
        graph.forward_cost[old_of],
        graph.backward_cost[old_of],
    )
    moved = Seeds(new_of[seeds.edge], seeds.fraction, seeds.cost, seeds.group, seeds.group_count)
    there = PointRows(rows.point, new_of[rows.edge], rows.fraction, rows.cost, rows.point_count)
    expected = nearest_to_points(graph, seeds, rows, limit, towards=towards)
    found = nearest_to_points(other, moved, there, limit, towards=towards)
    assert [one.tolist() for one in found] == [one.tolist() for one in expected]
    nodes = Reach.search(other, moved, limit, towards=towards)
    assert (nodes.label[node_of] == Reach.search(graph, seeds, limit, towards=towards).label).all()


@FEW
@given(cases(), LIMIT, st.booleans(), FRACTION, st.data())
def test_a_way_cut_in_two_costs_what_it_cost_whole(case, limit, towards, fraction, data):
    graph, seeds, _ = case
    edge = data.draw(st.integers(0, graph.edge_count - 1))
    off = seeds.edge != edge  # seeds elsewhere keep their place
    kept = Seeds(
        seeds.edge[off], seeds.fraction[off], seeds.cost[off], seeds.group[off], seeds.group_count
    )
    part = legs(graph, np.array([edge], np.int32), np.array([fraction]), towards=False)
    extra = graph.node_count
    tail, head = np.append(graph.tail, extra), np.append(graph.head, graph.head[edge])
    head[edge] = extra
    forward = np.append(graph.forward_cost, part.to_head)
    backward = np.append(graph.backward_cost, part.from_head)
    forward[edge], backward[edge] = part.from_tail[0], part.to_tail[0]
    cut = WalkGraph(np.zeros(extra + 1), np.zeros(extra + 1), tail, head, forward, backward)
    before = Reach.search(graph, kept, limit, towards=towards)
    after = Reach.search(cut, kept, limit, towards=towards)
    assert (before.label == after.label[:extra]).all()
    at_cut = PointRows(np.array([0]), np.array([edge]), np.array([fraction]), np.array([0]), 1)
    cost, group = before.of_rows(at_cut)
    assert (cost[0], group[0]) == (after.node_cost_int[extra], after.nearest_seed[extra])


@FEW
@given(graphs(), st.data(), LIMIT)
def test_towards_is_from_on_the_reversed_graph(graph, data, limit):
    node = data.draw(st.integers(0, graph.node_count - 1))
    reversed_graph = WalkGraph(
        graph.x, graph.y, graph.head, graph.tail, graph.forward_cost, graph.backward_cost
    )
    towards = graph.reach([node], limit / 1000, towards=True).node_cost_int
    assert (towards == reversed_graph.reach([node], limit / 1000).node_cost_int).all()


@FEW
@given(graphs(), st.data(), LIMIT)
def test_the_walk_there_towards_a_seed_is_the_walk_from_the_start(graph, data, limit):
    """Measured from a and measured towards b, the walk from a to b costs the same."""
    edges, both = st.integers(0, graph.edge_count - 1), st.tuples(FRACTION, FRACTION)
    start, end, (f, g) = data.draw(edges), data.draw(edges), data.draw(both)
    there = graph.reach(([start], [f], [0.0]), limit / 1000).cost_of_points([end], [g])
    back = graph.reach(([end], [g], [0.0]), limit / 1000, towards=True).cost_of_points([start], [f])
    assert there == back


@FEW
@given(cases(), st.floats(-1e6, 1e6), st.floats(-1e6, 1e6), st.floats(0.0, 6.28))
def test_moving_and_turning_the_map_changes_costs_by_rounding_only(case, east, north, angle):
    graph, seeds, _ = case
    draw = np.random.default_rng(graph.edge_count)
    x, y = draw.uniform(0, 500, (2, graph.node_count))
    turned = (
        np.cos(angle) * x - np.sin(angle) * y + east,
        np.sin(angle) * x + np.cos(angle) * y + north,
    )
    found = []
    for where in ((x, y), turned):
        length = np.hypot(*(one[graph.tail] - one[graph.head] for one in where))
        moved = WalkGraph.from_edges(*where, graph.tail, graph.head, length, length)
        found.append(Reach.search(moved, seeds, 10**8).node_cost_int.astype(np.int64))
    assert ((found[0] == CLOSED) == (found[1] == CLOSED)).all()
    assert (np.abs(found[0] - found[1]) <= graph.node_count).all()  # a thousandth an edge

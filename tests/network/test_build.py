"""Chains, and the laws that building a graph obeys."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.errors import NetworkError
from geo.network.build import build_graph, morton
from geo.network.edges import Delay, EdgeKind
from geo.network.raw import RawNetwork, dropped_table, way_frame


def network(points, lines, **columns):
    x, y = zip(*points, strict=True)
    columns.setdefault("way_ref", np.arange(len(lines)))
    return RawNetwork.from_ways(
        x, y, lines, way_frame(**columns), vertex_ref=np.arange(len(points)) + 100
    )


#  0 --- 1 --- 2 --- 3      vertex 1 joins two ways of one kind, 2 has a branch to 4
#              |
#              4
FORK = ([(0, 0), (10, 0), (20, 0), (30, 0), (20, 7)], [[0, 1], [1, 2, 3], [2, 4]])


def test_edges_are_whole_chains_between_junctions():
    graph = build_graph(network(*FORK))
    assert sorted(graph.node_ref) == [100, 102, 103, 104]
    assert sorted(graph.edges.length_m) == [7, 10, 20]
    longest = int(np.argmax(graph.edges.length_m))
    shape = slice(*graph.edges.shape_offset[longest : longest + 2])
    assert graph.edges.shape_x[shape].tolist() == [0, 10, 20]


def test_a_change_of_attributes_keeps_the_node_a_change_of_name_does_not():
    assert (
        build_graph(network(*FORK, highway=["residential", "service", "service"])).node_count == 5
    )
    assert build_graph(network(*FORK, bridge=[True, False, False])).node_count == 5
    named = build_graph(network(*FORK, name=["甲路", "乙路", None]))
    assert named.node_count == 4
    assert named.edges.name[named.edges.length_m == 20].tolist() == [
        "乙路"
    ]  # equal lengths: the first by code


def test_a_one_way_chain_is_joined_only_in_one_direction():
    points, lines = [(0, 0), (10, 0), (20, 0)], [[0, 1], [2, 1]]
    onward = build_graph(
        network(points, lines, backward_open=[False, True], forward_open=[True, False])
    )
    assert onward.edge_count == 1
    against = build_graph(network(points, lines, backward_open=[False, False]))
    assert against.edge_count == 2


def test_a_cut_end_stays_a_node():
    raw = network([(0, 0), (10, 0), (20, 0)], [[0, 1, 2]])
    graph = build_graph(replace(raw, cut=np.array([False, True, False])))
    assert graph.node_count == 3
    assert graph.node_ref[graph.cut].tolist() == [101]


def test_a_ring_without_a_junction_starts_at_its_lowest_vertex():
    raw = network([(0, 0), (10, 0), (10, 10), (0, 10)], [[2, 3, 0, 1, 2]])
    graph = build_graph(raw)
    assert (graph.node_count, graph.edge_count) == (1, 1)
    assert graph.node_ref.tolist() == [100]
    assert graph.tail.tolist() == graph.head.tolist() == [0]
    assert graph.edges.length_m.tolist() == [40]


def test_parallel_edges_stay_and_repeats_go():
    points = [(0, 0), (10, 0), (5, 5)]
    parallel = build_graph(network(points, [[0, 1], [0, 2, 1]], highway=["service", "footway"]))
    assert parallel.edge_count == 2
    repeated = build_graph(
        network(points, [[0, 1], [1, 0], [1, 2]], name=["甲", "乙", None], way_ref=[5, 3, 9])
    )
    assert sorted(repeated.edges.length_m) == pytest.approx([10 + 50**0.5])
    there_and_back = build_graph(network(points, [[0, 1], [1, 0]], backward_open=[False, False]))
    assert there_and_back.edge_count == 1
    assert there_and_back.edges.forward_open.all()
    assert there_and_back.edges.backward_open.all()


def test_a_way_without_length_is_refused():
    with pytest.raises(NetworkError):
        build_graph(network([(0, 0), (1, 1)], [[0, 0]]))


def test_nodes_are_numbered_along_a_curve():
    x, y = np.meshgrid([0.0, 100.0], [0.0, 100.0])
    assert np.argsort(morton(x.ravel(), y.ravel())).tolist() == [0, 1, 2, 3]
    square = morton(np.array([0, 0.1, 0, 0.1, 0.2]), np.array([0, 0, 0.1, 0.1, 0]))
    assert square.tolist() == [0, 1, 2, 3, 4]


def test_dropped_ways_are_counted_by_reason():
    table = dropped_table(["b", "a", "b"], [1.0, 2.0, 3.5])
    assert table.to_dict("list") == {"reason": ["a", "b"], "count": [1, 2], "length_m": [2.0, 4.5]}
    assert list(dropped_table([], []).columns) == ["reason", "count", "length_m"]


GRID = [(10.0 * (n % 4), 10.0 * (n // 4) + n % 3) for n in range(12)]
KINDS = [EdgeKind.ROAD, EdgeKind.FOOT, EdgeKind.STEPS, EdgeKind.CROSSING]


@st.composite
def networks(draw):
    """Draw ways over twelve vertices, with crossings, lifts, private ways and one-way paths."""
    size = draw(st.integers(1, 7))
    lines = []
    for _ in range(size):
        line = draw(st.lists(st.integers(0, 11), min_size=2, max_size=5))
        lines.append([line[0]] + [b for a, b in pairwise(line) if a != b])
    lines = [line if len(line) > 1 else [line[0], (line[0] + 1) % 12] for line in lines]
    kind = draw(st.lists(st.sampled_from(KINDS), min_size=size, max_size=size))
    flags = [draw(st.lists(st.booleans(), min_size=size, max_size=size)) for _ in range(3)]
    waits = draw(st.lists(st.sampled_from([0, 0, 0, 1, 2, 3]), min_size=12, max_size=12))
    crossing = np.array([one == EdgeKind.CROSSING for one in kind])
    private = np.array(flags[0]) & np.array(flags[1])
    ways = way_frame(
        kind=[int(one) for one in kind],
        delay=np.where(crossing, int(Delay.CROSSING), 0),
        enterable=~crossing,
        private=private,
        backward_open=np.array(flags[2]) | private,
        way_ref=np.arange(size) + 1,
    )
    x, y = zip(*GRID, strict=True)
    return RawNetwork.from_ways(x, y, lines, ways, vertex_ref=np.arange(12) + 1, vertex_delay=waits)


def lines_of(raw):
    return [raw.vertex[a:b].tolist() for a, b in zip(raw.offset[:-1], raw.offset[1:], strict=True)]


def rebuilt(raw, lines, ways, order=None):
    order = np.arange(len(raw.x)) if order is None else order
    place = np.argsort(order)
    return RawNetwork.from_ways(
        raw.x[order],
        raw.y[order],
        [place[line] for line in lines],
        ways,
        vertex_ref=raw.vertex_ref[order],
        vertex_delay=raw.vertex_delay[order],
        cut=raw.cut[order],
    )


def arrays(graph):
    frame = graph.edges.to_frame()
    return [
        graph.x,
        graph.y,
        graph.node_ref,
        graph.tail,
        graph.head,
        graph.forward_cost,
        graph.backward_cost,
        graph.edges.shape_offset,
        graph.edges.shape_x,
        graph.edges.shape_y,
        *(
            frame[name].to_numpy()
            for name in ("length_m", "kind", "delay", "delay_share", "private_group", "way_ref")
        ),
    ]


def assert_same(first, second):
    for one, other in zip(arrays(first), arrays(second), strict=True):
        assert np.array_equal(one, other)


def bag(graph):
    """Edges as ends and costs, whatever their order and direction, and the numbers of nodes at one place."""
    rows = []
    for tail, head, there, back in zip(
        graph.tail, graph.head, graph.forward_cost, graph.backward_cost, strict=True
    ):
        a, b = ((graph.x[one], graph.y[one]) for one in (tail, head))
        costs = (int(there), int(back))
        if a == b:
            rows.append((*a, *b, *sorted(costs)))
        else:
            rows.append((*a, *b, *costs) if a < b else (*b, *a, *costs[::-1]))
    return np.array(sorted(rows))


LAW = settings(max_examples=40, deadline=None)


@LAW
@given(networks(), st.randoms(use_true_random=False))
def test_the_order_of_the_input_changes_nothing(raw, random):
    ways = list(range(len(raw.ways)))
    vertices = list(range(12))
    random.shuffle(ways)
    random.shuffle(vertices)
    lines = lines_of(raw)
    shuffled = rebuilt(
        raw,
        [lines[n] for n in ways],
        raw.ways.iloc[ways].reset_index(drop=True),
        np.array(vertices),
    )
    assert_same(build_graph(raw), build_graph(shuffled))


@LAW
@given(networks(), st.data())
def test_the_direction_of_digitising_changes_nothing(raw, data):
    turn = np.array(
        data.draw(st.lists(st.booleans(), min_size=len(raw.ways), max_size=len(raw.ways)))
    )
    lines = [line[::-1] if one else line for line, one in zip(lines_of(raw), turn, strict=True)]
    ways = raw.ways.assign(
        forward_open=np.where(turn, raw.ways["backward_open"], raw.ways["forward_open"]),
        backward_open=np.where(turn, raw.ways["forward_open"], raw.ways["backward_open"]),
    )
    assert_same(build_graph(raw), build_graph(rebuilt(raw, lines, ways)))


@LAW
@given(networks(), st.data())
def test_splitting_a_way_by_a_pseudo_node_changes_nothing(raw, data):
    lines = lines_of(raw)
    row = data.draw(st.integers(0, len(lines) - 1))
    at = data.draw(st.integers(0, len(lines[row]) - 2))
    a, b = lines[row][at], lines[row][at + 1]
    middle = len(raw.x)
    grown = replace(
        raw,
        x=np.append(raw.x, (raw.x[a] + raw.x[b]) / 2),
        y=np.append(raw.y, (raw.y[a] + raw.y[b]) / 2),
        vertex_ref=np.append(raw.vertex_ref, 999),
        vertex_delay=np.append(raw.vertex_delay, np.uint8(0)),
        cut=np.append(raw.cut, False),
    )
    # Repeats of a segment are left out, so they must be split alike or the copies would differ.
    if sum({a, b} == {c, d} for line in lines for c, d in pairwise(line)) > 1:
        return
    parts = [[*lines[row][: at + 1], middle], [middle, *lines[row][at + 1 :]]]
    ways = pd.concat([raw.ways, raw.ways.iloc[[row]]], ignore_index=True)
    split = rebuilt(grown, [*lines[:row], parts[0], *lines[row + 1 :], parts[1]], ways)
    before, after = build_graph(raw), build_graph(split)
    assert np.array_equal(before.x, after.x)
    assert np.allclose(bag(before), bag(after), rtol=0, atol=1)  # thousandths of a second


@LAW
@given(networks())
def test_all_length_is_kept_but_repeats(raw):
    seen = {}
    for line, way in zip(lines_of(raw), raw.ways.itertuples(), strict=True):
        for a, b in pairwise(line):
            key = (min(a, b), max(a, b), way.kind, way.private)
            seen[key] = np.hypot(raw.x[a] - raw.x[b], raw.y[a] - raw.y[b])
    graph = build_graph(raw)
    assert graph.edges.length_m.sum() == pytest.approx(sum(seen.values()))
    ends = graph.edges.shape_offset
    assert np.array_equal(graph.edges.shape_x[ends[:-1]], graph.x[graph.tail])
    assert np.array_equal(graph.edges.shape_y[ends[1:] - 1], graph.y[graph.head])

"""Cutting edges changes nothing; links cost what they are long and take access rows along."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.errors import NetworkError
from geo.kernels.labels import CLOSED, LARGEST_COST
from geo.network.access import AccessRows
from geo.network.edges import Delay, EdgeKind, EdgeTable
from geo.network.graph import WalkGraph
from geo.network.links import links_between, split_edges, with_links
from geo.network.pace import cost_of_edges, length_costs
from geo.params import PACES
from geo.reach import PointRows, Reach, Seeds, nearest_to_points
from tests.reference.test_networkx_oracle import draw_case


def two_streets() -> WalkGraph:
    """Two streets 100 m apart, 600 m long, joined at x = 0 only.

    ::

        2 ------600------ 3     y = 100
        |
        0 ------600------ 1     y = 0

    Edges: 0 (0-1), 1 (2-3, one way to the east), 2 (0-2).
    """
    x, y = np.array([0.0, 600, 0, 600]), np.array([0.0, 0, 100, 100])
    tail, head = np.array([0, 2, 0], np.int32), np.array([1, 3, 2], np.int32)
    count = len(tail)
    none, yes = np.zeros(count, bool), np.ones(count, bool)
    xy = np.stack(
        [np.column_stack((x[tail], y[tail])), np.column_stack((x[head], y[head]))], axis=1
    ).reshape(-1, 2)
    edges = EdgeTable(
        length_m=np.array([600.0, 600.0, 100.0]), kind=np.full(count, EdgeKind.ROAD, np.uint8),
        highway=pd.Categorical(["residential"] * count), name=pd.Categorical(["南街", "北街", None]),
        bridge=none, tunnel=none, enterable=yes, forward_open=yes, backward_open=np.array([True, False, True]),
        delay=np.array([0, Delay.SIGNAL, 0], np.uint8), delay_share=np.array([0.0, 1.0, 0.0]),
        private_group=np.full(count, -1, np.int32), way_ref=np.arange(count, dtype=np.int64),
        shape_offset=2 * np.arange(count + 1), shape_x=xy[:, 0].copy(), shape_y=xy[:, 1].copy(),
    )  # fmt: skip
    costs = length_costs(edges)
    return WalkGraph(
        x, y, tail, head, *costs, edges, np.arange(4), np.array([False, True, False, False])
    )


def rows_at(edge: list[int], fraction: list[float]) -> AccessRows:
    count = len(edge)
    zero = np.zeros(count)
    return AccessRows(
        np.arange(count, dtype=np.int32),
        np.array(edge, np.int32),
        np.array(fraction),
        zero,
        zero,
        zero,
        count,
    )


def metres(graph: WalkGraph, rows: AccessRows, seed: int) -> list[float]:
    """Walked metres from every row to the node `seed`."""
    reach = graph.reach([seed], towards=True)
    return reach.cost_of_points(rows.edge, rows.fraction).tolist()


def test_a_link_across_shortens_the_way_by_what_it_is_worth() -> None:
    graph = two_streets()
    rows = rows_at([0, 0, 0, 1, 1], [0.5, 0.75, 1.0, 0.25, 0.75])
    assert metres(graph, rows, 3) == [1000, 1150, 1300, 450, 150]
    links = links_between(graph, ["gate"], [(450, 5)], [(450, 95)])
    split = with_links(graph, links, length_costs)
    moved = split.moved(rows)
    # the gate stands at x = 450: 100 m across, 150 m left to the east end
    assert metres(split.graph, moved, 3) == [400, 250, 400, 450, 150]
    link = split.graph.edge_count - 1
    assert split.graph.edges.length_m[link] == 100
    assert split.graph.edges.kind[link] == EdgeKind.LINK
    assert not split.graph.edges.enterable[link]
    assert split.graph.cut.tolist() == [False, True, False, False, False, False]
    # nobody walks west on the one-way street, also not on its pieces
    assert metres(split.graph, split.moved(rows_at([1], [1.0])), 2) == [np.inf]


def test_pieces_keep_name_shape_and_share_of_the_delay() -> None:
    split = split_edges(two_streets(), np.array([1, 1, 0]), np.array([0.5, 0.25, 1.0]))
    edges = split.graph.edges
    assert split.node.tolist() == [5, 4, 1]
    assert edges.length_m.tolist() == [600, 150, 100, 150, 300]
    assert edges.delay_share.tolist() == [0, 0.25, 0, 0.25, 0.5]
    assert list(edges.name)[3:] == ["北街", "北街"]
    assert [line.coords[:] for line in edges.lines()[[1, 3, 4]]] == [
        [(0, 100), (150, 100)], [(150, 100), (300, 100)], [(300, 100), (600, 100)],
    ]  # fmt: skip
    assert split.graph.tail.tolist() == [0, 2, 0, 4, 5]
    assert split.graph.head.tolist() == [1, 4, 2, 5, 3]
    np.testing.assert_allclose(split.graph.x[4:], [150, 300])


def test_a_crossing_waits_and_a_footbridge_is_a_bridge() -> None:
    graph = two_streets()
    links = links_between(
        graph, ["crossing", "footbridge"], [(100, 0), (200, 0)], [(100, 100), (200, 100)]
    )
    pace = PACES["standard"]
    linked = with_links(graph, links, lambda edges: cost_of_edges(edges, pace)).graph
    assert (
        linked.forward_cost[-2:].tolist() == linked.backward_cost[-2:].tolist() == [113_333, 83_333]
    )
    assert linked.edges.bridge[-2:].tolist() == [False, True]


def test_an_unknown_kind_is_refused_by_name() -> None:
    with pytest.raises(NetworkError, match="ferry"):
        links_between(two_streets(), ["ferry"], [(0, 0)], [(1, 1)])


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000))
def test_cutting_changes_no_cost(number: int) -> None:
    """Nodes keep their costs to the thousandth; places on cut edges are rounded once more."""
    case = draw_case(number)
    graph = case.graph
    draw = np.random.default_rng(number)
    count = int(draw.integers(1, 12))
    edge = draw.integers(0, graph.edge_count, count).astype(np.int32)
    fraction = draw.choice([0.0, 1.0, 0.5, 1 / 3, draw.random()], count)
    split = split_edges(graph, edge, fraction)
    seeds = Seeds(
        np.array([-1]),
        np.array([0.0]),
        np.array([0]),
        np.array([0]),
        1,
        np.array([number % graph.node_count]),
    )
    before = Reach.search(graph, seeds, LARGEST_COST, towards=True)
    after = Reach.search(split.graph, seeds, LARGEST_COST, towards=True)
    np.testing.assert_array_equal(after.node_cost_int[: graph.node_count], before.node_cost_int)
    # the node of a place costs what the place costs
    at_place = before.of_rows(PointRows.single(graph, edge, fraction))[0]
    np.testing.assert_array_equal(after.node_cost_int[split.node], at_place)
    rows = case.rows
    moved_edge, moved_fraction = split.places(rows.edge, rows.fraction)
    moved = replace(rows, edge=moved_edge, fraction=moved_fraction)
    one, _ = nearest_to_points(graph, seeds, rows, LARGEST_COST, towards=True)
    two, _ = nearest_to_points(split.graph, seeds, moved, LARGEST_COST, towards=True)
    np.testing.assert_array_equal(one == CLOSED, two == CLOSED)
    assert np.abs(one.astype(np.int64) - two).max() <= 1


def test_an_extract_keeps_its_shape_when_cut_anywhere() -> None:
    graph = two_streets()
    split = split_edges(graph, np.array([0, 0, 2], np.int32), np.array([0.1, 0.9, 0.5]))
    before, after = (shapely.union_all(one.edges.lines()) for one in (graph, split.graph))
    assert shapely.length(before) == pytest.approx(shapely.length(after))

"""The walk graph: what it refuses, what it keeps, how it goes to networkx and back."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pandas as pd
import pytest

from geo import Pace, WalkGraph
from geo.errors import InputError, NetworkError
from geo.network.edges import EdgeKind, EdgeTable
from geo.network.graph import CLOSED
from tests.networks import INF, lasso, line_of_three, street_block


def test_costs_are_rounded_once_to_thousandths_and_infinity_closes():
    graph = WalkGraph.from_edges([0, 1], [0, 0], [0], [1], [1.2344], [INF])
    assert graph.forward_cost.tolist() == [1234]
    assert graph.backward_cost.tolist() == [CLOSED]


def test_every_fault_is_collected_before_raising():
    with pytest.raises(NetworkError) as caught:
        WalkGraph.from_edges([0, np.nan], [0, 0], [0, 5], [1, -1], [-1, np.nan], [1, 3e6])
    codes = [one.code for one in caught.value.faults]
    assert codes == [
        "coordinate_not_finite",
        "index_out_of_range",
        "index_out_of_range",
        "cost_not_a_number",
        "cost_negative",
        "cost_too_large",
    ]
    assert all(one.text("zh") and one.text("en") for one in caught.value.faults)


def test_columns_of_unequal_length_are_refused():
    with pytest.raises(NetworkError) as caught:
        WalkGraph.from_edges([0, 1], [0, 0, 0], [0], [1], [1, 2], [1])
    assert [one.params["what"] for one in caught.value.faults] == ["y", "forward_cost"]


def test_indices_must_be_whole_numbers():
    with pytest.raises(NetworkError) as caught:
        WalkGraph.from_edges([0, 1], [0, 0], [0.0], [1.0], [1], [1])
    assert {one.code for one in caught.value.faults} == {"index_not_whole"}


@pytest.mark.parametrize(("cost", "fits"), [(2147483.646, True), (2147483.647, False)])
def test_the_largest_cost_that_fits(cost, fits):
    if fits:
        assert (
            WalkGraph.from_edges([0, 1], [0, 0], [0], [1], [cost], [0]).forward_cost[0]
            == CLOSED - 1
        )
    else:
        with pytest.raises(NetworkError):
            WalkGraph.from_edges([0, 1], [0, 0], [0], [1], [cost], [0])


def test_a_graph_may_have_no_edges_and_no_nodes():
    assert WalkGraph.from_edges([], [], [], [], [], []).components()[1].tolist() == []
    lonely = WalkGraph.from_edges([0, 9], [0, 0], [], [], [], [])
    assert lonely.reach([1]).cost_of_nodes.tolist() == [INF, 0.0]


def test_arrays_are_read_only_and_the_callers_are_not():
    cost = np.array([1000], np.int32)
    graph = line_of_three().with_costs(np.array([1, 2], np.int32), np.array([3, 4], np.int32))
    with pytest.raises(ValueError, match="read-only"):
        graph.forward_cost[0] = 5
    WalkGraph(np.zeros(2), np.zeros(2), np.array([0]), np.array([1]), cost, cost)
    cost[0] = 7  # still the caller's own


def test_other_costs_share_the_topology():
    graph = street_block()
    slower = np.where(np.arange(8) == 0, 90_000, graph.forward_cost).astype(np.int32)
    other = graph.with_costs(slower, graph.backward_cost)
    assert other.incidence is graph.incidence
    assert other.reach([0]).cost_of_nodes[1] == 85.0  # now by 3 and 4: 40 + 25 + 20
    assert other.reach([1]).cost_of_nodes[0] == 60.0


def test_other_costs_must_fit():
    graph = line_of_three()
    good = graph.forward_cost
    for bad in (good[:1], good.astype(np.float64), np.array([-1, 0], np.int32)):
        with pytest.raises(ValueError, match="int32"):
            graph.with_costs(good, bad)


def test_components_are_numbered_by_size_then_by_lowest_node():
    label, size = street_block().components()
    assert label.tolist() == [0, 0, 0, 0, 0, 1, 1, 0]
    assert size.tolist() == [6, 2]
    pairs = WalkGraph.from_edges([0] * 5, [0] * 5, [3, 1], [2, 0], [1, INF], [INF, INF])
    label, size = pairs.components()  # 1-0 is closed both ways; 3>2 joins one way
    assert label.tolist() == [1, 2, 0, 0, 3]
    assert size.tolist() == [2, 1, 1, 1]


def test_networkx_gets_every_open_direction_of_every_edge():
    found = lasso().to_networkx()
    assert isinstance(found, nx.MultiDiGraph)
    assert sorted(found.edges(data="cost")) == [
        (0, 0, 100.0),
        (0, 0, 100.0),
        (0, 1, 4.0),
        (0, 1, 10.0),
        (1, 0, 4.0),
        (1, 0, 10.0),
    ]
    assert found.nodes[1] == {"x": 4.0, "y": 0.0}
    one_way = street_block().to_networkx()
    assert one_way.has_edge(1, 2)
    assert not one_way.has_edge(2, 1)


def test_there_and_back_gives_the_same_costs():
    graph = street_block()
    back = WalkGraph.from_networkx(graph.to_networkx())
    assert back.node_ref.tolist() == list(range(8))
    assert back.x.tolist() == graph.x.tolist()
    for seed in range(8):
        assert (
            back.reach([seed]).cost_of_nodes.tolist() == graph.reach([seed]).cost_of_nodes.tolist()
        )


@pytest.mark.parametrize(
    ("kind", "there", "back"),
    [(nx.Graph, 2.5, 2.5), (nx.DiGraph, 2.5, INF), (nx.MultiDiGraph, 2.5, INF)],
)
def test_undirected_graphs_are_walked_both_ways(kind, there, back):
    source = kind()
    source.add_edge("a", "b", minutes=2.5)
    graph = WalkGraph.from_networkx(source, weight="minutes")
    assert graph.node_ref is None
    assert np.isnan(graph.x).all()
    assert graph.reach([0]).cost_of_nodes.tolist() == [0.0, there]
    assert graph.reach([1]).cost_of_nodes.tolist() == [back, 0.0]


def test_networkx_edges_without_the_attribute_are_named():
    source = nx.Graph([(0, 1)])
    with pytest.raises(NetworkError, match="length"):
        WalkGraph.from_networkx(source, weight="length")


def test_a_graph_of_costs_alone_cannot_be_weighted_anew():
    for call in (lambda: street_block().weighted_by_length(), lambda: street_block().opened([0])):
        with pytest.raises(NetworkError) as caught:
            call()
        assert caught.value.faults[0].code == "graph_has_no_edge_table"


@pytest.mark.parametrize(
    "seeds",
    [
        [8],
        [-1],
        [0.5],
        ([8], [0.5], [0.0]),
        ([0], [1.5], [0.0]),
        ([0], [np.nan], [0.0]),
        ([0], [0.5], [-1.0]),
    ],
)
def test_seeds_off_the_graph_are_refused(seeds):
    with pytest.raises(InputError):
        street_block().reach(seeds, limit=10)


@pytest.mark.parametrize("limit", [-1.0, float("nan")])
def test_limits_are_zero_or_more(limit):
    with pytest.raises(InputError):
        street_block().reach([0], limit=limit)


def private_yard() -> WalkGraph:
    """Draw ``0 ===60=== 1 <-exit- 2 ===30=== 3``: nodes 1 and 2 are one place, 2-3 is private."""
    count = 3
    edges = EdgeTable(
        length_m=np.array([60.0, 0.0, 30.0]),
        kind=np.array([EdgeKind.ROAD, EdgeKind.EXIT, EdgeKind.ROAD], np.uint8),
        highway=pd.Categorical(["service", "service", "service"]),
        name=pd.Categorical([None, None, None]),
        bridge=np.zeros(count, bool),
        tunnel=np.zeros(count, bool),
        enterable=np.array([True, False, True]),
        forward_open=np.array([True, False, True]),
        backward_open=np.ones(count, bool),
        delay=np.zeros(count, np.uint8),
        delay_share=np.zeros(count),
        private_group=np.array([-1, 4, 4], np.int32),
        way_ref=np.full(count, -1),
        shape_offset=np.array([0, 2, 4, 6]),
        shape_x=np.array([0.0, 60, 60, 60, 60, 90]),
        shape_y=np.zeros(6),
    )
    x, y = np.array([0.0, 60, 60, 90]), np.zeros(4)
    whole = np.array([60_000, 0, 30_000], np.int32)
    forward = np.where(edges.forward_open, whole, CLOSED)
    return WalkGraph(x, y, np.array([0, 1, 2]), np.array([1, 2, 3]), forward, whole, edges)


def test_private_ways_are_left_and_entered_only_when_opened():
    graph = private_yard()
    assert graph.reach([3]).cost_of_nodes.tolist() == [90, 30, 30, 0]
    assert graph.reach([0]).cost_of_nodes.tolist() == [0, 60, INF, INF]
    assert graph.opened([9]).reach([0]).cost_of_nodes.tolist() == [0, 60, INF, INF]
    opened = graph.opened([4])
    assert opened.reach([0]).cost_of_nodes.tolist() == [0, 60, 60, 90]
    assert opened.weighted_by_length().reach([0]).cost_of_nodes.tolist() == [0, 60, 60, 90]
    at_half_a_metre_a_second = opened.weighted(Pace(speed_m_per_min=30.0))
    assert at_half_a_metre_a_second.reach([0]).cost_of_nodes.tolist() == [0, 120, 120, 180]
    assert at_half_a_metre_a_second.incidence is graph.incidence
    assert graph.edges.forward_open.tolist() == [
        True,
        False,
        True,
    ]  # the first graph stays as it was


def test_the_public_names_come_from_the_package():
    import geo

    assert geo.WalkGraph is WalkGraph
    assert set(geo.__all__) <= set(dir(geo))
    with pytest.raises(AttributeError, match="Nothing"):
        geo.Nothing  # noqa: B018

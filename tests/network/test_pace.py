"""What edges cost, and the table of edges."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from geo.kernels.labels import CLOSED
from geo.network.build import build_graph
from geo.network.edges import Delay, EdgeKind, EdgeTable
from geo.network.graph import WalkGraph
from geo.network.pace import cost_of_edges, length_costs, weighted, weighted_by_length
from geo.network.raw import RawNetwork, way_frame
from geo.params import PACES, Pace


def table(length, kind, delay, share, forward=True, backward=True):
    one = np.ones(1, bool)
    return EdgeTable(
        length_m=np.array([length]),
        kind=np.array([kind], np.uint8),
        highway=pd.Categorical(["footway"]),
        name=pd.Categorical([None]),
        bridge=~one,
        tunnel=~one,
        enterable=one,
        forward_open=np.array([forward]),
        backward_open=np.array([backward]),
        delay=np.array([delay], np.uint8),
        delay_share=np.array([share]),
        private_group=np.array([-1], np.int32),
        way_ref=np.array([7]),
        shape_offset=np.array([0, 2]),
        shape_x=np.array([0.0, length]),
        shape_y=np.array([0.0, 0.0]),
    )


@pytest.mark.parametrize(
    ("edge", "pace", "milliseconds"),
    [
        ((72.0, EdgeKind.ROAD, Delay.NONE, 0.0), "standard", 60_000),
        ((54.0, EdgeKind.ROAD, Delay.NONE, 0.0), "elderly", 60_000),
        ((72.0, EdgeKind.STEPS, Delay.NONE, 0.0), "standard", 120_000),
        ((72.0, EdgeKind.STEPS, Delay.NONE, 0.0), "plain", 60_000),
        ((7.2, EdgeKind.CROSSING, Delay.CROSSING, 1.0), "standard", 11_000),
        ((7.2, EdgeKind.CROSSING, Delay.SIGNAL, 0.5), "standard", 21_000),
        ((7.2, EdgeKind.CROSSING, Delay.SIGNAL, 1.0), "plain", 6_000),
        ((0.0, EdgeKind.LIFT, Delay.LIFT, 0.5), "standard", 20_000),
        ((0.0, EdgeKind.EXIT, Delay.NONE, 0.0), "standard", 0),
        ((1.0, EdgeKind.ROAD, Delay.NONE, 0.0), "standard", 833),
        ((0.5, EdgeKind.ROAD, Delay.NONE, 0.0), "standard", 417),
    ],
)
def test_walking_time_is_length_over_speed_plus_the_share_of_the_delay(edge, pace, milliseconds):
    forward, backward = cost_of_edges(table(*edge), PACES[pace])
    assert (forward[0], backward[0]) == (milliseconds, milliseconds)
    assert forward.dtype == np.int32


def test_closed_directions_stay_closed_in_both_bases():
    edges = table(12.3456, EdgeKind.ROAD, Delay.NONE, 0.0, backward=False)
    assert length_costs(edges)[0].tolist() == [12_346]
    assert length_costs(edges)[1].tolist() == [CLOSED]
    assert cost_of_edges(edges, Pace())[1].tolist() == [CLOSED]


def graph():
    ways = way_frame(
        way_ref=[1, 2, 3], kind=[0, int(EdgeKind.STEPS), 1], name=["甲路", None, "乙路"]
    )
    return build_graph(
        RawNetwork.from_ways([0, 60, 60, 0], [0, 0, 30, 30], [[0, 1], [1, 2], [2, 3, 0]], ways)
    )


def test_a_graph_is_weighted_anew():
    first = graph()
    assert sorted(weighted_by_length(first).forward_cost) == [30_000, 60_000, 90_000]
    slow = weighted(first, PACES["elderly"])
    assert sorted(slow.forward_cost) == [round(66_666.667), round(66_666.667), 100_000]
    assert np.array_equal(weighted(slow, Pace()).forward_cost, first.forward_cost)


def test_a_graph_without_edges_cannot_be_weighted():
    bare = WalkGraph.from_edges([0, 60], [0, 0], [0], [1], [50.0], [50.0])
    with pytest.raises(ValueError):
        weighted(bare, Pace())


def test_edges_are_taken_with_their_shapes():
    edges = graph().edges
    turned = edges.take([2, 0])
    assert turned.length_m.tolist() == [edges.length_m[2], edges.length_m[0]]
    assert turned.name.tolist() == [edges.name[2], edges.name[0]]
    assert shapely.equals_exact(turned.lines(), edges.lines()[[2, 0]]).all()
    assert len(edges.subset(np.zeros(3, bool))) == 0


def test_edges_become_a_layer():
    layer = graph().edges.to_geodataframe("EPSG:32651")
    assert isinstance(layer, gpd.GeoDataFrame)
    assert layer.crs == "EPSG:32651"
    assert layer.length.to_numpy() == pytest.approx(layer["length_m"].to_numpy())

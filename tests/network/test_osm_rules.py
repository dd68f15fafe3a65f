"""Every rule of the walk graph on a network small enough to check by hand (72 m/min = 1.2 m/s)."""

from __future__ import annotations

import math

import numpy as np
import pytest

from geo.errors import NetworkError
from geo.network.build import build_graph, read_walk_graph
from geo.network.edges import Delay, EdgeKind
from geo.network.osm import raw_from_osm
from geo.network.pace import weighted
from geo.params import PACES
from geo.read.osm import OsmExtract
from tests.network.conftest import CRS

FOOT = {"highway": "footway"}
ROAD = {"highway": "residential"}
CROSSING = {"highway": "footway", "footway": "crossing"}
ZEBRA = {"highway": "crossing", "crossing": "uncontrolled"}
LIGHTS = {"highway": "crossing", "crossing": "traffic_signals"}
SPEED = 1.2
NEAR = pytest.approx


def near(value):
    return pytest.approx(value, abs=0.05)  # coordinates of OSM are whole centimetres


def test_a_bridge_does_not_join_what_it_passes_over(walk_graph):
    nodes = {1: (-50, 0), 2: (50, 0), 3: (0, -50), 4: (0, 50)}
    graph = walk_graph(nodes, {1: ([1, 2], ROAD), 2: ([3, 4], FOOT | {"bridge": "yes"})})
    _, size = graph.components()
    assert size.tolist() == [2, 2]
    bridge = graph.edges.bridge
    assert bridge.sum() == 1
    assert not graph.edges.enterable[bridge].any()
    assert graph.edges.enterable[~bridge].all()


#   1 --- 2 ==X== 3 --- 4     footway, crossing way over the road 5-X-6, footway
CROSSED = {1: (-40, 0), 2: (-5, 0), 3: (5, 0), 4: (40, 0), 5: (0, -60), 6: (0, 60)}


@pytest.mark.parametrize(
    ("node_tags", "way_tags", "delay"),
    [
        (ZEBRA, {}, 5.0),
        (LIGHTS, {}, 30.0),
        ({}, {}, 5.0),
        ({}, {"crossing": "traffic_signals"}, 30.0),
        (ZEBRA, {"crossing": "traffic_signals"}, 30.0),
    ],
)
@pytest.mark.parametrize("split", [False, True])
def test_a_crossing_way_is_paid_once_whole_or_split_at_the_road(
    walk_graph, seconds, node_tags, way_tags, delay, split
):
    nodes = CROSSED | {9: (0, 0, node_tags)}
    tags = CROSSING | way_tags
    crossing = {2: ([2, 9], tags), 3: ([9, 3], tags)} if split else {2: ([2, 9, 3], tags)}
    graph = walk_graph(
        nodes, {1: ([1, 2], FOOT), **crossing, 4: ([3, 4], FOOT), 5: ([5, 9, 6], ROAD)}
    )
    assert seconds(graph, 1, 4) == near(80 / SPEED + delay)
    assert seconds(graph, 5, 6) == near(120 / SPEED)
    assert seconds(graph, 1, 5) == near(100 / SPEED + delay / 2)
    crossings = graph.edges.kind == EdgeKind.CROSSING
    assert graph.edges.delay_share[crossings].sum() == NEAR(1.0)
    assert not graph.edges.enterable[crossings].any()


def test_a_crossing_way_split_in_unequal_parts_shares_the_delay_by_length(walk_graph, seconds):
    nodes = {1: (-40, 0), 2: (-8, 0), 9: (0, 0, ZEBRA), 3: (2, 0), 5: (0, -60), 6: (0, 60)}
    ways = {1: ([1, 2], FOOT), 2: ([2, 9], CROSSING), 3: ([9, 3], CROSSING), 5: ([5, 9, 6], ROAD)}
    graph = walk_graph(nodes, ways)
    assert seconds(graph, 1, 3) == near(42 / SPEED + 5)
    assert seconds(graph, 1, 5) == near(100 / SPEED + 5 * 0.8)


def test_a_crossing_way_that_goes_on_as_a_footway_is_not_paid_again(walk_graph, seconds):
    nodes = CROSSED | {9: (0, 0, ZEBRA)}
    ways = {1: ([1, 2], FOOT), 2: ([2, 9], CROSSING), 3: ([9, 3, 4], FOOT), 5: ([5, 9, 6], ROAD)}
    assert seconds(walk_graph(nodes, ways), 1, 4) == near(80 / SPEED + 5)


def test_four_arms_of_a_crossing_cost_the_delay_once_whichever_way(walk_graph, seconds):
    nodes = {
        9: (0, 0, LIGHTS),
        1: (-9, -9),
        2: (9, 9),
        3: (-4, 4),
        4: (4, -4),
        5: (0, -60),
        6: (0, 60),
    }
    ways = {1: ([1, 9, 2], CROSSING), 2: ([3, 9, 4], CROSSING), 3: ([5, 9, 6], ROAD)}
    graph = walk_graph(nodes, ways)
    assert seconds(graph, 1, 2) == near(18 * math.sqrt(2) / SPEED + 30)
    assert seconds(graph, 3, 4) == near(8 * math.sqrt(2) / SPEED + 30)
    assert seconds(graph, 1, 3) == near(13 * math.sqrt(2) / SPEED + 30)


@pytest.mark.parametrize(
    ("tags", "delay"), [(ZEBRA, 5.0), (LIGHTS, 30.0), (ZEBRA | {"crossing": "no"}, 0.0)]
)
@pytest.mark.parametrize("road", [ROAD, {"highway": "trunk"}])
def test_a_foot_path_through_a_crossing_node_pays_once(walk_graph, seconds, tags, delay, road):
    nodes = CROSSED | {9: (0, 0, tags)}
    graph = walk_graph(nodes, {1: ([1, 9, 4], FOOT), 5: ([5, 9, 6], road)})
    assert seconds(graph, 1, 4) == near(80 / SPEED + delay)
    if road == ROAD:
        assert seconds(graph, 5, 6) == near(120 / SPEED)
        assert seconds(graph, 1, 5) == near(100 / SPEED + delay / 2)


def test_a_crossing_node_that_no_road_passes_delays_nobody(walk_graph, seconds):
    graph = walk_graph({1: (0, 0), 2: (30, 0, ZEBRA), 3: (60, 0)}, {1: ([1, 2, 3], FOOT)})
    assert seconds(graph, 1, 3) == near(60 / SPEED)


def test_signals_along_the_road_cost_nothing(walk_graph, seconds):
    graph = walk_graph(
        {1: (0, 0), 2: (30, 0, {"highway": "traffic_signals"}), 3: (60, 0)}, {1: ([1, 2, 3], ROAD)}
    )
    assert seconds(graph, 1, 3) == near(60 / SPEED)


def test_a_lift_is_waited_for_once(walk_graph, seconds):
    lift = (30, 0, {"highway": "elevator"})
    ways = {1: ([1, 2], FOOT), 2: ([2, 3], FOOT), 3: ([2, 4], {"highway": "corridor"})}
    graph = walk_graph({1: (0, 0), 2: lift, 3: (60, 0), 4: (30, 30)}, ways)
    assert seconds(graph, 1, 3) == near(60 / SPEED + 40)
    assert seconds(graph, 1, 4) == near(60 / SPEED + 40)
    assert (graph.edges.delay[graph.edges.kind == EdgeKind.LIFT] == Delay.LIFT).all()


def test_a_lift_drawn_as_an_area_is_waited_for_once(walk_graph, seconds):
    nodes = {1: (0, 0), 2: (30, 0), 3: (32, 0), 4: (32, 2), 5: (30, 2), 6: (62, 2)}
    ways = {
        1: ([1, 2], FOOT),
        2: ([2, 3, 4, 5, 2], {"highway": "elevator"}),
        3: ([4, 6], FOOT),
    }
    assert seconds(walk_graph(nodes, ways), 1, 6) == near((60 + math.sqrt(8)) / SPEED + 40)


#   1 ------- 2 -------- 3      a street 300 m round the corner, a private short cut 2-5-6
#             |          |
#             5 (private)|
#             |          |
#             6 -------- 4
def _with_short_cut(tags):
    nodes = {
        1: (0, 0),
        2: (100, 0),
        3: (200, 0),
        4: (200, -100),
        5: (100, -50),
        6: (100, -100),
        7: (130, -50),
    }
    ways = {1: ([1, 2, 3, 4, 6], ROAD), 2: ([2, 5, 6], tags), 3: ([5, 7], tags)}
    return nodes, ways


def test_nobody_passes_through_a_private_way_but_its_people_leave(walk_graph, seconds):
    private = walk_graph(*_with_short_cut({"highway": "service", "access": "private"}))
    public = walk_graph(*_with_short_cut({"highway": "service"}))
    assert seconds(public, 1, 6) == near(200 / SPEED)
    assert seconds(private, 1, 6) == near(400 / SPEED)
    assert seconds(private, 7, 1) == near(180 / SPEED)
    assert seconds(private, 7, 6) == near(80 / SPEED)
    assert seconds(private, 1, 7) == math.inf


def test_an_opened_private_way_is_walked_by_all(walk_graph, seconds):
    graph = walk_graph(*_with_short_cut({"highway": "service", "access": "private"}))
    assert graph.edges.private_group.max() == 0
    opened = graph.opened([0])
    assert seconds(opened, 1, 7) == near(180 / SPEED)
    assert seconds(opened, 1, 6) == near(200 / SPEED)
    again = weighted(opened, PACES["standard"])
    assert seconds(again, 1, 7) == near(180 / SPEED)


def test_permission_for_walkers_makes_a_private_way_public(walk_graph, seconds):
    graph = walk_graph(*_with_short_cut({"highway": "service", "access": "private", "foot": "yes"}))
    assert seconds(graph, 1, 6) == near(200 / SPEED)


def test_two_private_pieces_are_two_groups(walk_graph):
    nodes = {
        1: (0, 0),
        2: (100, 0),
        3: (200, 0),
        5: (50, 40),
        6: (150, 40),
        7: (50, 0),
        8: (150, 0),
    }
    private = {"highway": "service", "access": "private"}
    graph = walk_graph(
        nodes, {1: ([1, 7, 2, 8, 3], ROAD), 2: ([7, 5], private), 3: ([8, 6], private)}
    )
    assert sorted(set(graph.edges.private_group)) == [-1, 0, 1]
    assert (graph.edges.kind == EdgeKind.EXIT).sum() == 2


@pytest.mark.parametrize(
    ("tags", "up", "down"),
    [
        ({"highway": "steps", "conveying": "forward"}, True, False),
        ({"highway": "steps", "conveying": "backward"}, False, True),
        ({"highway": "steps", "conveying": "reversible"}, True, True),
        ({"highway": "footway", "oneway:foot": "yes"}, True, False),
        ({"highway": "residential", "oneway": "yes"}, True, True),
        ({"highway": "footway", "foot:forward": "no"}, False, True),
    ],
)
def test_escalators_and_one_way_paths_have_one_direction(walk_graph, seconds, tags, up, down):
    graph = walk_graph({1: (0, 0), 2: (60, 0)}, {1: ([1, 2], tags)})
    assert (math.isfinite(seconds(graph, 1, 2)), math.isfinite(seconds(graph, 2, 1))) == (up, down)


def test_stairs_are_walked_at_half_speed(walk_graph, seconds):
    graph = walk_graph({1: (0, 0), 2: (60, 0)}, {1: ([1, 2], {"highway": "steps"})})
    assert seconds(graph, 1, 2) == near(120 / SPEED)


SQUARE = {"highway": "pedestrian", "area": "yes"}


def test_a_plaza_is_crossed_diagonally(walk_graph, seconds):
    nodes = {1: (0, 0), 2: (100, 0), 3: (100, 100), 4: (0, 100), 5: (-10, 0), 6: (110, 100)}
    ways = {1: ([1, 2, 3, 4, 1], SQUARE), 2: ([5, 1], FOOT), 3: ([3, 6], FOOT)}
    graph = walk_graph(nodes, ways)
    assert seconds(graph, 5, 6) == near((20 + 100 * math.sqrt(2)) / SPEED)
    line = walk_graph(nodes, ways | {1: ([1, 2, 3, 4, 1], {"highway": "pedestrian"})})
    assert seconds(line, 5, 6) == near(220 / SPEED)


def test_the_way_over_a_plaza_bends_at_the_corner_that_sticks_into_it(walk_graph, seconds):
    # An L: from (0, 100) to (100, 0) round the inner corner (40, 40).
    nodes = {
        1: (0, 0),
        2: (100, 0),
        3: (100, 40),
        4: (40, 40),
        5: (40, 100),
        6: (0, 100),
        7: (100, -9),
        8: (-9, 100),
    }
    ways = {1: ([1, 2, 3, 4, 5, 6, 1], SQUARE), 2: ([7, 2], FOOT), 3: ([6, 8], FOOT)}
    graph = walk_graph(nodes, ways)
    assert seconds(graph, 7, 8) == near((18 + 2 * math.hypot(60, 40)) / SPEED)


def test_a_plaza_relation_is_crossed_round_its_fountain(walk_graph, seconds):
    nodes = {
        1: (0, 0),
        2: (100, 0),
        3: (100, 100),
        4: (0, 100),
        5: (-10, 50),
        6: (110, 50),
        9: (0, 50),
        10: (100, 50),
    }
    nodes |= {11: (40, 40), 12: (60, 40), 13: (60, 60), 14: (40, 60)}
    ways = {
        1: ([1, 2, 10, 3, 4, 9, 1], {}),
        2: ([11, 12, 13, 14, 11], {}),
        3: ([5, 9], FOOT),
        4: ([10, 6], FOOT),
    }
    relation = {
        1: ([(1, "outer"), (2, "inner")], {"type": "multipolygon", "highway": "pedestrian"})
    }
    graph = walk_graph(nodes, ways, relation)
    assert seconds(graph, 5, 6) == near((20 + 2 * math.hypot(40, 10) + 20) / SPEED)


def test_road_tunnels_are_left_out_and_counted(osm_file):
    nodes = {1: (0, 0), 2: (100, 0), 3: (200, 0), 4: (300, 0), 5: (400, 0)}
    ways = {
        1: ([1, 2], ROAD),
        2: ([2, 3], ROAD | {"tunnel": "yes"}),
        3: ([3, 4], ROAD | {"tunnel": "building_passage"}),
        4: ([4, 5], {"highway": "service", "tunnel": "yes"}),
    }
    raw = raw_from_osm(OsmExtract(osm_file(nodes, ways)), CRS)
    assert raw.dropped["reason"].tolist() == ["road_tunnel", "service_tunnel"]
    assert raw.dropped["length_m"].to_numpy() == NEAR([100, 100], abs=0.05)
    assert sorted(raw.ways["way_ref"]) == [1, 3]
    assert not raw.ways["tunnel"].any()


def test_nodes_and_ways_that_the_file_lacks_are_cut_ends(walk_graph):
    nodes = {1: (0, 0), 2: (100, 0), 4: (300, 0), 5: (400, 0)}
    graph = walk_graph(nodes, {1: ([1, 2, 3, 4, 5], ROAD)})
    assert sorted(graph.node_ref[graph.cut]) == [2, 4]
    assert graph.edge_count == 2


def test_a_box_cuts_the_ways_that_leave_it(osm_file):
    nodes = {n: (100.0 * n, 0.0) for n in range(10)}
    path = osm_file(nodes, {1: (list(range(10)), ROAD)})
    whole = OsmExtract(path).ways({"highway": ()})
    box = (whole.lon[3] - 1e-5, whole.lat.min() - 1, whole.lon[5] + 1e-5, whole.lat.max() + 1)
    graph = read_walk_graph(path, CRS, bbox=box)
    assert sorted(graph.node_ref) == [2, 6]
    assert graph.cut.all()
    assert graph.edges.length_m == NEAR([400], abs=0.05)


def test_a_file_without_a_way_to_walk_is_refused(osm_file):
    path = osm_file({1: (0, 0), 2: (9, 0)}, {1: ([1, 2], {"highway": "motorway"})})
    with pytest.raises(NetworkError) as caught:
        raw_from_osm(OsmExtract(path), CRS)
    assert caught.value.faults[0].code == "network_no_walkable"


def test_degrees_are_refused(osm_file):
    path = osm_file({1: (0, 0), 2: (9, 0)}, {1: ([1, 2], ROAD)})
    with pytest.raises(NetworkError) as caught:
        raw_from_osm(OsmExtract(path), "EPSG:4326")
    assert caught.value.faults[0].code == "network_needs_metres"


def test_a_station_platform_is_walked_without_a_highway_tag(walk_graph):
    nodes = {1: (0, 0), 2: (60, 0), 3: (60, 4)}
    graph = walk_graph(
        nodes, {1: ([1, 2], {"railway": "platform"}), 2: ([2, 3], {"railway": "rail"})}
    )
    assert graph.edge_count == 1
    assert graph.edges.highway.tolist() == ["platform"]
    assert np.array_equal(graph.edges.kind, [EdgeKind.FOOT])


def test_the_same_file_gives_the_same_graph(osm_file):
    path = osm_file(*_with_short_cut(ROAD))
    first, second = (build_graph(raw_from_osm(OsmExtract(path), CRS)) for _ in range(2))
    assert np.array_equal(first.forward_cost, second.forward_cost)

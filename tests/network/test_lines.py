"""Line layers: shared vertices join, mere crossings do not."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely

from geo.errors import NetworkError
from geo.network.build import build_graph
from geo.network.edges import EdgeKind
from geo.network.line_tags import line_tags
from geo.network.lines import raw_from_lines

CRS = "EPSG:32651"


def layer(*lines, **columns):
    return gpd.GeoDataFrame(columns, geometry=[shapely.LineString(one) for one in lines], crs=CRS)


def pieces(frame, **options):
    graph = build_graph(raw_from_lines(frame, **options).raw)
    return len(graph.components()[1])


@pytest.mark.parametrize(
    ("second", "count"),
    [
        ([(100, 0), (100, 50)], 1),  # end on end
        ([(50, 0), (50, 50)], 1),  # end on a vertex inside
        ([(50, -50), (50, 0), (50, 50)], 1),  # both pass through a common vertex
        ([(50.06, -50), (50.06, 0.06), (50, 50)], 1),  # within 0.1 m
        ([(50.2, -50), (50.2, 0.2), (50, 50)], 2),  # beyond it
        ([(30, -50), (30, 50)], 2),  # a mere crossing
        ([(30, 0), (30, 50)], 2),  # an end on a stretch without a vertex
    ],
)
def test_lines_join_at_common_vertices_only(second, count):
    assert pieces(layer([(0, 0), (50, 0), (100, 0)], second)) == count


def test_points_in_a_row_within_the_tolerance_are_one_place():
    assert pieces(layer([(0, 0), (10, 0)], [(10.08, 0), (20, 0)], [(10.16, 0), (10, 20)])) == 1


@pytest.mark.parametrize(
    ("flags", "count"), [(["no", "no"], 1), (["no", "yes"], 2), (["yes", "yes"], 1)]
)
@pytest.mark.parametrize("key", ["bridge", "tunnel"])
def test_two_lines_passing_through_a_vertex_join_only_with_equal_flags(flags, count, key):
    frame = layer(
        [(0, 0), (50, 0), (100, 0)],
        [(50, -50), (50, 0), (50, 50)],
        **{key: flags},
        highway=["footway"] * 2,
    )
    assert pieces(frame) == count


def test_a_bridge_ends_in_the_middle_of_a_street():
    frame = layer([(0, 0), (50, 0), (100, 0)], [(50, 0), (50, 50)], bridge=["", "yes"])
    assert pieces(frame) == 1


def test_a_street_that_ends_under_a_bridge_does_not_lead_onto_it():
    street, other, bridge = (
        [(0, 0), (50, 0), (100, 0)],
        [(50, 0), (50, 50)],
        [(50, -50), (50, 0), (0, 50)],
    )
    assert pieces(layer(street, other, bridge, bridge=["", "", "yes"])) == 2


def test_a_layer_without_columns_is_walked_whole():
    found = raw_from_lines(layer([(0, 0), (9, 0)], [(9, 0), (9, 9)]))
    assert len(found.raw.ways) == 2
    assert len(found.raw.dropped) == 0


def test_parts_of_one_line_are_ways_of_their_own():
    parts = shapely.MultiLineString([[(0, 0), (9, 0)], [(50, 0), (59, 0)]])
    frame = gpd.GeoDataFrame({"name": ["甲路"]}, geometry=[parts], crs=CRS)
    raw = raw_from_lines(frame).raw
    assert raw.ways["way_ref"].tolist() == [0, 0]
    assert raw.ways["name"].tolist() == ["甲路", "甲路"]


GRID = [[(x, -5), (x, 45)] for x in (0, 10, 20, 30, 40)] + [
    [(-5, y), (45, y)] for y in (0, 10, 20, 30, 40)
]


def test_a_layer_not_cut_at_its_crossings_is_reported_never_joined_in_silence():
    found = raw_from_lines(layer(*GRID))
    assert (found.crossings, found.uncut) == (25, 25)
    assert [one.code for one in found.faults] == ["network_uncut"]
    assert "100%" in found.faults[0].text("zh")
    assert len(build_graph(found.raw).components()[1]) == 10


def test_crossings_are_joined_when_asked():
    found = raw_from_lines(layer(*GRID), join="crossings")
    assert [(one.code, one.severity, one.params["count"]) for one in found.faults] == [
        ("network_joined", "info", 25)
    ]
    graph = build_graph(found.raw)
    assert graph.node_count == 25 + 20
    assert graph.edge_count == 10 * 6
    assert graph.edges.length_m.sum() == pytest.approx(500)


def test_a_layer_cut_at_its_crossings_is_not_reported():
    cut = [[(x, y), (x, y + 10)] for x in range(0, 50, 10) for y in range(0, 40, 10)]
    cut += [[(x, y), (x + 10, y)] for x in range(0, 40, 10) for y in range(0, 50, 10)]
    found = raw_from_lines(layer(*cut))
    assert found.faults == ()
    assert found.uncut == 0


@pytest.mark.parametrize("key", ["bridge", "tunnel"])
def test_bridges_and_tunnels_are_not_joined_to_what_they_cross(key):
    frame = layer(
        [(0, 0), (100, 0)], [(50, -50), (50, 50)], **{key: ["", "yes"]}, highway=["footway"] * 2
    )
    assert pieces(frame, join="crossings") == 2


def test_an_end_that_touches_a_line_is_joined_at_the_end_when_asked():
    raw = raw_from_lines(layer([(0, 0), (100, 0)], [(50.03, 0.05), (50, 50)]), join="crossings").raw
    graph = build_graph(raw)
    assert graph.node_count == 4
    assert (50.03, 0.05) in set(zip(graph.x, graph.y, strict=True))


TILES = {
    "kind": ["major_road", "major_road", "path", "path", "rail", "ferry", "path", "minor_road"],
    "kind_detail": [
        "primary",
        "primary",
        "footway",
        "steps",
        "subway",
        None,
        "pier",
        "residential",
    ],
    "is_bridge": [None, None, "True", None, None, None, None, None],
    "is_tunnel": [None, "True", None, "True", "True", None, None, None],
}


def test_columns_of_map_tiles_are_understood():
    lines = [[(0, 9 * n), (100, 9 * n)] for n in range(8)]
    found = raw_from_lines(layer(*lines, **TILES))
    assert found.raw.dropped.to_dict("records") == [
        {"reason": "ferry", "count": 1, "length_m": 100.0},
        {"reason": "road_tunnel", "count": 1, "length_m": 100.0},
        {"reason": "subway", "count": 1, "length_m": 100.0},
    ]
    ways = found.raw.ways
    assert ways["highway"].tolist() == ["primary", "footway", "steps", "pier", "residential"]
    assert ways["kind"].tolist() == [
        EdgeKind.ROAD,
        EdgeKind.FOOT,
        EdgeKind.STEPS,
        EdgeKind.FOOT,
        EdgeKind.ROAD,
    ]
    assert ways["bridge"].tolist() == [False, True, False, False, False]
    assert ways["tunnel"].tolist() == [False, False, True, False, False]


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ({"道路等级": ["主干路"]}, {"highway": "primary"}),
        ({"道路等级": ["人行天桥"]}, {"highway": "footway", "bridge": "yes"}),
        ({"道路等级": ["地下通道"]}, {"highway": "footway", "tunnel": "yes"}),
        ({"道路等级": ["地铁"]}, {"highway": None, "railway": "subway"}),
        ({"道路等级": ["斑马线"]}, {"highway": "footway", "footway": "crossing"}),
        (
            {"fclass": ["residential"], "bridge": ["F"], "tunnel": ["T"]},
            {"bridge": None, "tunnel": "yes"},
        ),
        ({"highway": [" footway "], "foot": ["yes"]}, {"highway": "footway", "foot": "yes"}),
        ({"highway": ["service"], "tunnel": ["building_passage"]}, {"tunnel": "building_passage"}),
        ({"bridge": [1], "tunnel": [0]}, {"bridge": "yes", "tunnel": None}),
        ({"bridge": [True], "tunnel": [False]}, {"bridge": "yes", "tunnel": None}),
    ],
)
def test_columns_planners_have_are_understood(columns, expected):
    import pandas as pd

    tags = line_tags(pd.DataFrame(columns))
    found = {key: (tags[key].iloc[0] if key in tags else None) for key in expected}
    assert found == expected


def test_the_studys_own_mapping_goes_first():
    frame = layer(
        [(0, 0), (9, 0)],
        [(0, 9), (9, 9)],
        等级码=["motorway", "footway"],
        highway=["footway", "footway"],
    )
    found = raw_from_lines(frame, columns={"highway": "等级码"})
    assert found.raw.dropped["reason"].tolist() == ["motorway"]


def test_the_order_of_the_lines_changes_nothing():
    frame = layer(*GRID, highway=["residential"] * 10)
    first = build_graph(raw_from_lines(frame, join="crossings").raw)
    second = build_graph(raw_from_lines(frame.iloc[::-1], join="crossings").raw)
    assert np.array_equal(first.x, second.x)
    assert np.array_equal(first.head, second.head)
    assert np.array_equal(first.forward_cost, second.forward_cost)


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        (layer([(0, 0), (9, 0)], highway=["motorway"]), "network_no_walkable"),
        (
            layer([(121, 31), (121.1, 31)]).set_crs("EPSG:4326", allow_override=True),
            "network_needs_metres",
        ),
        (gpd.GeoDataFrame(geometry=[shapely.Point(0, 0)], crs=CRS), "network_not_lines"),
    ],
)
def test_layers_that_are_no_network_are_refused(frame, code):
    with pytest.raises(NetworkError) as caught:
        raw_from_lines(frame)
    assert caught.value.faults[0].code == code
    assert caught.value.faults[0].text("zh")


def test_what_is_not_a_line_is_counted():
    frame = gpd.GeoDataFrame(
        geometry=[shapely.LineString([(0, 0), (9, 0)]), shapely.Point(1, 1), None], crs=CRS
    )
    dropped = raw_from_lines(frame).raw.dropped
    assert dropped[["reason", "count"]].values.tolist() == [["not_a_line", 2]]

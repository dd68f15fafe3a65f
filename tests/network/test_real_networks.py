"""Monaco and Lujiazui: facts that were looked at and found right."""

from __future__ import annotations

import warnings

import geopandas as gpd
import numpy as np
import pytest

from geo.network.build import build_graph
from geo.network.edges import EdgeKind
from geo.network.lines import raw_from_lines
from geo.network.osm import raw_from_osm
from geo.read.osm import OsmExtract

pytestmark = pytest.mark.shared


def shares(graph):
    """Shares of the length in each connected piece, largest first."""
    label, _ = graph.components()
    length = np.bincount(label[graph.tail], weights=graph.edges.length_m)
    return np.sort(length)[::-1] / length.sum()


@pytest.fixture(scope="module")
def monaco(shared_data):
    return raw_from_osm(OsmExtract(shared_data / "monaco" / "monaco.osm.pbf"), "EPSG:32632")


def test_monacos_ways_are_judged(monaco):
    assert monaco.ways["highway"].eq("steps").sum() == 259
    assert monaco.ways["highway"].eq("footway").sum() == 566
    assert dict(zip(monaco.dropped["reason"], monaco.dropped["count"], strict=True)) == {
        "access_no": 16,
        "cycleway": 2,
        "foot_no": 23,
        "motorway": 65,
        "not_a_way": 4,
        "not_built": 3,
        "raceway": 1,
        "road_tunnel": 50,
        "service_tunnel": 18,
    }


def test_monaco_holds_together(monaco):
    graph = build_graph(monaco)
    assert shares(graph)[0] > 0.97
    assert graph.node_count < 6000
    assert (graph.edges.kind == EdgeKind.STEPS).sum() >= 259
    kinds = graph.edges.kind
    assert not graph.edges.enterable[
        np.isin(kinds, [EdgeKind.CROSSING, EdgeKind.LIFT, EdgeKind.EXIT])
    ].any()


@pytest.fixture(scope="module")
def lujiazui(shared_data):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # the file repeats ids
        roads = gpd.read_file(shared_data / "shanghai-lujiazui" / "roads.geojson")
    return roads.to_crs("EPSG:32651")


def test_nobody_walks_under_the_river_at_lujiazui(lujiazui):
    found = raw_from_lines(lujiazui)
    assert dict(zip(found.raw.dropped["reason"], found.raw.dropped["count"], strict=True)) == {
        "cycleway": 97,
        "ferry": 17,
        "funicular": 12,
        "road_tunnel": 183,
        "subway": 110,
        "trunk": 10,
    }
    assert found.faults == ()
    assert found.uncut / found.crossings < 0.1
    banks = shares(build_graph(found.raw))
    assert banks[:2].sum() > 0.95  # the two banks, which nothing joins
    assert 0.5 < banks[0] < 0.6


def test_lujiazui_is_one_piece_with_its_tunnels(lujiazui):
    roads = lujiazui[~lujiazui["kind"].isin(["rail", "ferry"])][
        ["geometry", "is_bridge", "is_tunnel"]
    ]
    assert shares(build_graph(raw_from_lines(roads).raw))[0] == pytest.approx(0.96, abs=0.005)

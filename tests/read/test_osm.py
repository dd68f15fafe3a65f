"""What a study asks of an OpenStreetMap file."""

from __future__ import annotations

import pytest
import shapely

from geo.errors import InputError
from geo.read.osm import OsmExtract, rejects_of
from geo.read.osm_ways import OsmWays
from tests.network.conftest import write_osm

HOUSE = {1: (0, 0), 2: (10, 0), 3: (10, 10), 4: (0, 10)}


@pytest.fixture
def extract(tmp_path):
    def write(nodes, ways, relations=None, bbox=None):
        return OsmExtract(write_osm(tmp_path / "small.osm", nodes, ways, relations), bbox)

    return write


def test_buildings_are_closed_ways_and_multipolygons_with_their_tags(extract):
    nodes = HOUSE | {n + 10: (x + 100, y) for n, (x, y) in HOUSE.items()}
    nodes |= {21: (103, 3), 22: (107, 3), 23: (107, 7), 24: (103, 7)}
    ways = {
        1: (
            [1, 2, 3, 4, 1],
            {"building": "yes", "building:levels": "6", "name": "一号楼", "addr:street": "云麓路"},
        ),
        2: ([11, 12, 13, 14, 11], {}),
        3: ([21, 22, 23, 24, 21], {}),
        4: ([1, 2, 3, 1], {"building": "no"}),
        5: ([2, 3, 4, 2], {"building:part": "yes"}),
        6: ([1, 2, 3], {"building": "yes"}),
    }
    court = {7: ([(2, "outer"), (3, "inner")], {"type": "multipolygon", "building": "school"})}
    found = extract(nodes, ways, court).buildings()
    frame = found.frame
    assert frame["osm_id"].tolist() == ["w1", "r7"]
    assert frame.geom_type.tolist() == ["Polygon", "Polygon"]
    assert len(frame.geometry.iloc[1].interiors) == 1
    assert frame.iloc[0][["building", "building:levels", "name", "addr:street"]].tolist() == [
        "yes",
        "6",
        "一号楼",
        "云麓路",
    ]
    assert frame.crs == "EPSG:4326"
    rejects = rejects_of(found, "buildings")
    assert rejects[["input", "row"]].values.tolist() == [["buildings", "w6"]]


def test_an_outline_that_crosses_itself_comes_as_drawn(extract):
    ways = {1: ([1, 3, 2, 4, 1], {"building": "yes"})}
    frame = extract(HOUSE, ways).buildings().frame
    assert frame["osm_id"].tolist() == ["w1"]
    assert not frame.geometry.is_valid.any()


def test_entrances_know_the_buildings_on_whose_outline_they_lie(extract):
    nodes = {
        1: (0, 0, {"entrance": "main"}),
        2: (10, 0),
        3: (10, 10, {"entrance": "yes"}),
        4: (0, 10),
    }
    nodes |= {5: (20, 0), 6: (20, 10), 9: (5, 5, {"entrance": "yes"})}
    ways = {1: ([1, 2, 3, 4, 1], {"building": "yes"}), 2: ([2, 5, 6, 3, 2], {"building": "yes"})}
    found = extract(nodes, ways).entrances()
    assert found[["osm_id", "entrance", "building"]].values.tolist() == [
        ["n1", "main", 0],
        ["n3", "yes", 0],
        ["n3", "yes", 1],
        ["n9", "yes", -1],
    ]


def test_boundaries_that_do_not_close_are_rejects(extract):
    tags = {"type": "boundary", "boundary": "administrative", "admin_level": "8"}
    ways = {1: ([1, 2, 3], {}), 2: ([3, 4, 1], {}), 3: ([1, 3], {})}
    relations = {
        1: ([(1, "outer"), (2, "outer")], tags | {"name": "整街道"}),
        2: ([(1, "outer"), (3, "outer")], tags | {"name": "别级", "admin_level": "10"}),
        3: ([(1, "outer")], tags | {"name": "缺街道"}),
        4: ([(1, "outer"), (99, "outer")], tags | {"name": "残街道"}),
        5: (
            [(1, "outer"), (2, "outer")],
            tags | {"name": "宗教", "boundary": "religious_administration"},
        ),
    }
    found = extract(HOUSE, ways, relations).boundaries(8)
    assert found.frame["name"].tolist() == ["整街道"]
    assert [one["osm_id"] for one in found.rejects] == ["r3", "r4"]
    assert "残街道" in rejects_of(found, "subdistricts")["reason"].iloc[1]


def test_a_tag_query_takes_each_object_once_as_a_point(extract):
    nodes = HOUSE | {
        7: (50, 50, {"amenity": "pharmacy", "name": "药店"}),
        8: (60, 50, {"amenity": "bench"}),
    }
    ways = {
        1: ([1, 2, 3, 4, 1], {"amenity": "townhall"}),
        2: ([1, 2], {"amenity": "pharmacy"}),
    }
    small = extract(nodes, ways)
    found = small.places({"amenity": ("pharmacy", "townhall")}).frame
    assert found["osm_id"].tolist() == ["n7", "w1", "w2"]
    assert (found.geom_type == "Point").all()
    area = small.features({"amenity": ("townhall",)}).frame.geometry.iloc[0]
    assert area.geom_type == "Polygon"
    assert area.contains(found.geometry.iloc[1])
    anything = small.places({"amenity": ()}).frame
    assert anything["osm_id"].tolist() == ["n7", "n8", "w1", "w2"]


def test_nothing_found_is_an_empty_frame(extract):
    small = extract(HOUSE, {1: ([1, 2], {"highway": "footway"})})
    assert len(small.places({"amenity": ("pharmacy",)}).frame) == 0
    assert len(small.buildings().frame) == 0
    assert len(small.entrances()) == 0
    assert len(small.barriers()) == 0
    assert len(small.boundaries(8).frame) == 0


def line(n):
    return {10 * n: (0, 100 * n), 10 * n + 1: (90, 100 * n)}, [10 * n, 10 * n + 1]


@pytest.mark.parametrize(
    ("tags", "kind"),
    [
        ("natural=coastline", "water"),
        ("waterway=river", "water"),
        ("waterway=canal tunnel=culvert", None),
        ("waterway=stream", None),
        ("railway=rail", "railway"),
        ("railway=rail tunnel=yes", None),
        ("railway=rail bridge=viaduct", None),
        ("railway=disused", None),
        ("railway=rail disused=yes", None),
        ("railway=tram", None),
        ("railway=light_rail", "railway"),
        ("railway=subway", "railway"),
        ("railway=subway tunnel=yes", None),
        ("railway=subway layer=-2", None),
        ("railway=subway bridge=yes", None),
        ("highway=motorway", "motorway"),
        ("highway=motorway tunnel=yes", None),
        ("highway=trunk", "motorway"),
        ("highway=trunk sidewalk=both", None),
        ("highway=primary motorroad=yes", "motorway"),
        ("highway=primary", None),
    ],
)
def test_what_bars_the_way_on_the_ground(extract, tags, kind):
    nodes, refs = line(1)
    own = dict(one.split("=") for one in tags.split())
    found = extract(nodes, {1: (refs, own | {"name": "甲"})}).barriers()
    assert found["kind"].tolist() == ([kind] if kind else [])
    assert found["name"].tolist() == (["甲"] if kind else [])


def test_a_river_line_counts_only_outside_its_water_area(extract):
    nodes = {1: (0, 0), 2: (100, 0), 3: (100, 20), 4: (0, 20), 5: (50, 10), 6: (150, 10)}
    ways = {1: ([1, 2, 3, 4, 1], {"natural": "water"}), 2: ([5, 6], {"waterway": "river"})}
    found = extract(nodes, ways).barriers().to_crs("EPSG:32651")
    assert found.geom_type.tolist() == ["Polygon", "LineString"]
    assert found.geometry.iloc[1].length == pytest.approx(50, rel=0.01)


def test_a_closed_coastline_bars_along_its_line_and_a_lake_as_an_area(extract):
    nodes = HOUSE | {n + 10: (x + 100, y) for n, (x, y) in HOUSE.items()}
    ways = {
        1: ([1, 2, 3, 4, 1], {"natural": "coastline"}),
        2: ([11, 12, 13, 14, 11], {"natural": "water", "name": "湖"}),
    }
    found = extract(nodes, ways).barriers()
    assert found.geom_type.tolist() == ["Polygon", "LineString"]
    assert found["name"].tolist()[0] == "湖"


def test_a_bay_is_no_barrier(extract):
    assert len(extract(HOUSE, {1: ([1, 2, 3, 4, 1], {"natural": "bay"})}).barriers()) == 0


def test_ways_share_nodes_and_carry_the_tags_asked_for(extract):
    nodes = {1: (0, 0), 2: (10, 0, {"highway": "crossing"}), 3: (20, 0), 4: (10, 9)}
    ways = {
        1: ([1, 2, 3], {"highway": "residential"}),
        2: ([2, 4], {"highway": "footway"}),
        3: ([1, 4], {"power": "line"}),
    }
    found = extract(nodes, ways).ways({"highway": ()}, {"highway": ("crossing",)})
    assert isinstance(found, OsmWays)
    assert found.way_id.tolist() == [1, 2]
    assert found.node_ref[found.node].tolist() == [1, 2, 3, 2, 4]
    assert found.node_tags == {2: {"highway": "crossing"}}
    assert not found.cut.any()


def test_a_box_keeps_what_meets_it(extract, tmp_path):
    nodes = HOUSE | {n + 10: (x + 1000, y) for n, (x, y) in HOUSE.items()}
    ways = {n: ([n * 10 + k for k in (1, 2, 3, 4, 1)], {"building": "yes"}) for n in (0, 1)}
    ways = {n + 1: one for n, one in ways.items()}
    whole = extract(nodes, ways).buildings().frame
    west, south, east, north = whole.geometry.iloc[0].bounds
    boxed = OsmExtract(tmp_path / "small.osm", (west, south, east, north)).buildings().frame
    assert boxed["osm_id"].tolist() == ["w1"]


def test_a_missing_file_and_another_format_are_said(tmp_path):
    with pytest.raises(InputError) as caught:
        OsmExtract(tmp_path / "none.osm.pbf")
    assert caught.value.faults[0].code == "osm_missing"
    table = tmp_path / "roads.csv"
    table.write_text("a", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        OsmExtract(table)
    assert caught.value.faults[0].code == "osm_format"


@pytest.mark.parametrize(
    "ask",
    [
        lambda one: one.ways({"highway": ()}),
        lambda one: one.buildings(),
        lambda one: one.barriers(),
        lambda one: one.boundaries(8),
        lambda one: one.places({"amenity": ()}),
        lambda one: one.entrances(),
    ],
)
def test_a_cut_xml_file_is_damaged(tmp_path, ask):
    path = write_osm(tmp_path / "small.osm", HOUSE, {1: ([1, 2, 3, 4, 1], {"building": "yes"})})
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(InputError) as caught:
        ask(OsmExtract(path))
    assert caught.value.faults[0].code == "osm_damaged"
    assert "small.osm" in caught.value.faults[0].text("zh")


@pytest.mark.shared
@pytest.mark.parametrize("share", [0.1, 0.5, 0.99])
def test_a_cut_pbf_is_damaged(shared_data, tmp_path, share):
    whole = (shared_data / "monaco" / "monaco.osm.pbf").read_bytes()
    cut = tmp_path / "cut.osm.pbf"
    cut.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(InputError) as caught:
        OsmExtract(cut).ways({"highway": ()})
    assert caught.value.faults[0].code == "osm_damaged"


@pytest.mark.shared
def test_monaco_has_what_its_readme_says(shared_data):
    monaco = OsmExtract(shared_data / "monaco" / "monaco.osm.pbf")
    assert monaco.box == pytest.approx((7.349, 43.71, 7.491, 43.77))
    buildings = monaco.buildings()
    assert len(buildings.frame) == 23_329  # two of them cross themselves and are repaired later
    assert int(shapely.is_valid(buildings.frame.geometry.array).sum()) == 23_327
    assert len(buildings.rejects) == 25
    assert len(monaco.boundaries(10).frame) == 9
    communes = monaco.boundaries(8)
    assert sorted(communes.frame["name"]) == ["Beausoleil", "Cap-d'Ail", "La Turbie", "Monaco"]
    assert len(communes.rejects) == 7
    counts = [
        len(monaco.places({"amenity": (one,)}).frame)
        for one in ("pharmacy", "post_office", "townhall")
    ]
    assert counts == [23, 18, 5]
    entrances = monaco.entrances()
    assert (len(entrances), int((entrances["building"] >= 0).sum())) == (10, 8)
    assert monaco.barriers()["kind"].value_counts().to_dict() == {
        "motorway": 46,
        "water": 39,
        "railway": 31,
    }

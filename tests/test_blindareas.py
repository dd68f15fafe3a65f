"""Blind areas: groups by walking nearness against brute force, the width of groups, outlines, ranks and names."""

from __future__ import annotations

import time
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse.csgraph import connected_components

from geo import WalkGraph
from geo.blind_names import Found, blind_area_names
from geo.blindareas import COLUMNS
from geo.nearness import near_groups
from geo.network.access import AccessRows
from geo.placenames import NamedRoads
from geo.reach import PointRows, Seeds, pairs_to_points
from geo.result import StudyResult
from geo.study import Study
from tests.small_study import write_small_study
from tests.test_explain import behind_a_wall

TIME = "十分钟党群服务圈"
INF = float("inf")


@pytest.fixture(scope="module")
def demo() -> StudyResult:
    return Study.read(Path(__file__).parents[1] / "data/demo/small/study.toml").run()


def street(at: list[float], walk: float = 0.0) -> tuple[WalkGraph, AccessRows]:
    """Put members along one street of 2,000 m, `walk` metres off it."""
    graph = WalkGraph.from_edges(
        [0, 2000], [0, 0], [0], [1], [2000.0], [INF]
    )  # one-way: people walk both ways
    count = len(at)
    rows = AccessRows(
        np.arange(count, dtype=np.int32), np.zeros(count, np.int32), np.array(at) / 2000, np.full(count, walk),
        np.array(at), np.zeros(count), count,
    )  # fmt: skip
    return graph, rows


def groups(at: list[float], part: list[int] | None = None, walk: float = 0.0) -> list[int]:
    graph, rows = street(at, walk)
    parts = np.array(part or [0] * len(at), np.int32)
    return near_groups(
        graph, rows, parts, np.array(at), np.zeros(len(at)), near_m=150, wide_m=600
    ).tolist()


def test_neighbours_within_150_metres_are_one_group() -> None:
    assert groups([0, 150, 300, 451, 500]) == [0, 0, 0, 1, 1]


def test_the_walk_to_the_street_counts() -> None:
    assert groups([0, 110], walk=20) == [0, 0]
    assert groups([0, 111], walk=20) == [0, 1]


def test_borders_divide_but_do_not_stand_in_the_way() -> None:
    # the middle one is of another part; the outer two are 140 m apart and stay together
    assert groups([0, 70, 140], part=[0, 1, 0]) == [0, 1, 0]


def test_no_group_is_wider_than_600_metres() -> None:
    found = groups([float(x) for x in range(0, 1501, 50)])
    at = np.arange(0, 1501, 50)
    for one in set(found):
        inside = at[np.array(found) == one]
        assert np.ptp(inside) <= 600
    assert len(set(found)) in (3, 4)
    assert groups([0, 100, 200, 300, 400, 500, 600]) == [0] * 7


def test_members_without_a_way_join_the_nearest_by_straight_line() -> None:
    graph, rows = street([0, 100, 1000])
    lost = rows.take(rows.point != 1)
    x = np.array([0.0, 100.0, 1000.0])
    found = near_groups(graph, lost, np.zeros(3, np.int32), x, np.zeros(3), near_m=150, wide_m=600)
    assert found.tolist() == [0, 0, 1]


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000))
def test_groups_equal_those_of_all_pairs(number: int) -> None:
    """On random networks: connected exactly where chains of pairs within 150 m connect, measured pair by pair."""
    draw = np.random.default_rng(number)
    nodes, edges, members = 12, 18, 14
    tail, head = draw.integers(0, nodes, (2, edges)).astype(np.int32)
    length = draw.integers(0, 200, edges).astype(float)
    graph = WalkGraph.from_edges(np.zeros(nodes), np.zeros(nodes), tail, head, length, length)
    point = np.sort(draw.integers(0, members, 2 * members)).astype(np.int32)
    edge = draw.integers(0, edges, len(point)).astype(np.int32)
    fraction = draw.choice([0.0, 1.0, 0.5, 0.25], len(point))
    walk = draw.integers(0, 60, len(point)).astype(float)
    none = np.zeros(len(point))
    rows = AccessRows(point, edge, fraction, walk, none, none, members)
    part = draw.integers(0, 2, members).astype(np.int32)
    cost = (walk * 1000).astype(np.int32)
    ends = (
        Seeds(edge, fraction, cost, point, members),
        PointRows(point, edge, fraction, cost, members),
    )
    pairs = pairs_to_points(graph, *ends, 150_000, towards=False)
    anywhere = pairs_to_points(graph, *ends, 10**9, towards=False)
    one = np.repeat(np.arange(members), np.diff(pairs.indptr))
    near = np.zeros((members, members), bool)
    near[one, pairs.point] = True
    near &= part[:, None] == part
    expected = connected_components(near, directed=False)[1]
    same_place = np.zeros(members)
    found = near_groups(graph, rows, part, same_place, same_place, near_m=150, wide_m=100_000)
    walkable = np.zeros((members, members), bool)
    walkable[np.repeat(np.arange(members), np.diff(anywhere.indptr)), anywhere.point] = True
    has = np.flatnonzero(
        np.bincount(point, minlength=members) > 0
    )  # the others join by straight line, here 0
    for a in has:
        for b in has:
            group = np.flatnonzero(expected == expected[a])
            # a building that stands on two pieces of the network joins them, but nobody walks through it
            whole = walkable[np.ix_(group, group)].all()
            assert found[a] != found[b] or expected[a] == expected[b]
            assert found[a] == found[b] or expected[a] != expected[b] or not whole


def test_the_walled_street_by_hand(tmp_path: Path) -> None:
    """Houses a and b, 200 m apart along the street: two areas; c is one of its own."""
    result = Study.read(behind_a_wall(tmp_path)).run()
    areas = result.tables["blind_areas"]
    areas = areas[areas["rule"] == TIME]
    assert areas["rank"].tolist() == [1, 2, 3]
    assert areas["buildings_count"].tolist() == [1, 1, 1]
    assert areas["cause"].tolist() == ["barrier", "barrier", "far"]
    assert areas["obstacle_kind"].tolist()[:2] == ["wall", "wall"]
    assert areas["obstacle_name"].tolist()[:2] == ["校园围墙", "校园围墙"]
    # one road, no compound of two buildings: told apart by the house each stands at
    assert areas["name"].tolist() == [
        f"东街道北街“{house}”一带" for house in ("甲楼", "乙楼", "丙楼")
    ]
    assert areas["blind_area_id"].tolist() == [f"990001001000-B00{number}" for number in (1, 2, 3)]
    assert areas["nearest_minutes"].iloc[0] == pytest.approx(2855 / 72, abs=0.001)
    assert areas["excess_minutes"].iloc[0] == pytest.approx(2855 / 72 - 10, abs=0.001)
    assert areas["residents"].tolist() == [100, 100, 100]


def test_a_study_without_blind_areas_has_an_empty_table(tmp_path: Path) -> None:
    path = write_small_study(tmp_path)
    text = (
        path.read_text(encoding="utf-8")
        + '[[rule]]\nname = "一小时"\nbasis = "time"\nminutes = 60\n'
    )
    path.write_text(text, encoding="utf-8")
    areas = Study.read(path).run().tables["blind_areas"]
    assert len(areas[areas["rule"] == "一小时"]) == 0
    assert set(COLUMNS) <= set(areas.columns)


def test_every_uncovered_building_is_in_one_area_of_its_sub_district(demo: StudyResult) -> None:
    areas, buildings = demo.tables["blind_areas"], demo.buildings
    uncovered = buildings[buildings["verdict"] == "uncovered"]
    one, two = (frame.groupby(["rule", "subdistrict_id"]) for frame in (areas, uncovered))
    assert one["buildings_count"].sum().to_dict() == two.size().to_dict()
    people = one["residents"].sum() - two["residents"].sum()
    assert people.abs().max() < 1e-6
    assert areas["blind_area_id"].groupby(areas["rule"]).nunique().sum() == len(areas)


def test_no_two_areas_of_a_list_have_one_name(demo: StudyResult) -> None:
    areas = demo.tables["blind_areas"]
    assert len(areas) > 50
    assert not areas.duplicated(["rule", "name"]).any()
    subdistricts = demo.subdistricts.drop_duplicates("subdistrict_id").set_index("subdistrict_id")[
        "name"
    ]
    for name, one in zip(areas["name"], areas["subdistrict_id"], strict=True):
        assert name.startswith(subdistricts[one])
        assert name != subdistricts[one]


def test_areas_of_one_name_are_counted_from_one_end_to_the_other() -> None:
    none = np.full(4, None, dtype=object)
    units = np.full(4, "东街道", dtype=object)
    outline = shapely.box([300, 0, 100, 0], [0, 0, 0, 900], [310, 10, 110, 10], [10, 10, 10, 910])
    road = np.array(["长路", "长路", "长路", "短路"], dtype=object)
    found = Found(units, np.full(4, "", dtype=object), road, none, outline)
    roads = NamedRoads(WalkGraph.from_edges([0, 1], [0, 0], [0], [1], [1.0], [1.0]))
    assert blind_area_names(found, roads).tolist() == [
        "东街道长路一带（自西向东第 3 处）",
        "东街道长路一带（自西向东第 1 处）",
        "东街道长路一带（自西向东第 2 处）",
        "东街道短路一带",
    ]


def test_an_area_names_no_obstacle_of_another_cause(demo: StudyResult) -> None:
    far = demo.tables["blind_areas"]
    far = far[far["cause"] == "far"]
    assert len(far) > 3
    assert far["obstacle_name"].isna().all()


def test_areas_are_ranked_by_residents(demo: StudyResult) -> None:
    areas = demo.tables["blind_areas"]
    for _, part in areas.groupby("rule"):
        assert part["rank"].tolist() == list(range(1, len(part) + 1))
        assert (np.diff(part["residents"]) <= 0).all()


def test_outlines_hold_their_buildings_and_little_else(demo: StudyResult) -> None:
    crs = demo.walk.crs
    assert not gpd.GeoDataFrame(demo.tables["blind_areas"]).geometry.is_empty.any()
    areas = gpd.GeoDataFrame(demo.tables["blind_areas"]).to_crs(crs)
    areas = areas[areas["rule"] == TIME]
    houses = gpd.GeoDataFrame(demo.buildings).to_crs(crs)
    houses = houses[houses["rule"] == TIME]
    assert areas.geometry.is_valid.all()
    points = shapely.point_on_surface(houses.geometry.to_numpy())
    union = shapely.union_all(areas.geometry.to_numpy())
    inside = shapely.intersects(union, points)
    uncovered = (houses["verdict"] == "uncovered").to_numpy()
    assert inside[uncovered].all()
    assert (inside & ~uncovered).sum() <= 0.5 * uncovered.sum()
    # far below the hull of what they hold
    hull = shapely.area(shapely.convex_hull(areas.geometry.to_numpy())).sum()
    assert areas.area.sum() < hull
    assert (areas["name"].str.len() > 3).all()
    assert set(areas["cause"]) <= {"far", "barrier", "detour", "disconnected"}


@pytest.mark.shared
def test_monaco_is_grouped_in_a_second_a_rule(tmp_path: Path, shared_data: Path) -> None:
    """23,000 buildings, half of them uncovered: groups, causes and outlines."""
    import geo.study as room
    from tests.real.test_monaco import RECTANGLE, study_file

    spent: list[float] = []
    plain = room.blind_areas

    def timed(*arguments: object) -> gpd.GeoDataFrame:
        begun = time.perf_counter()
        areas = plain(*arguments)
        spent.append(time.perf_counter() - begun)
        return areas

    study = Study.read(study_file(tmp_path, shared_data / "monaco" / "monaco.osm.pbf", RECTANGLE))
    try:
        room.blind_areas = timed
        result = study.run()
    finally:
        room.blind_areas = plain
    areas = result.tables["blind_areas"]
    assert areas["buildings_count"].sum() == (result.buildings["verdict"] == "uncovered").sum()
    assert spent[0] < 3 * 4.0  # about one second a rule on an idle core, with room for a busy one
    assert not gpd.GeoDataFrame(areas).geometry.is_empty.any()
    # nothing is wider than 600 m as the crow flies either, but for the size of its buildings
    boxes = gpd.GeoSeries(gpd.GeoDataFrame(areas).to_crs(result.walk.crs).geometry).bounds
    assert (
        np.quantile(np.hypot(boxes["maxx"] - boxes["minx"], boxes["maxy"] - boxes["miny"]), 0.99)
        < 800
    )

"""Links valued alone: a gate worked out by hand, the same link built and run, any link of the demo searched anew."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from geo.errors import InputError
from geo.link_candidates import layer_links, proposed_links, taken
from geo.link_tables import value_all
from geo.link_values import blind_members, over_links, value_links
from geo.network.links import Links, links_between
from geo.reassess import Reassessed, linked, reassess
from geo.result import StudyResult
from geo.study import Study
from tests.small_study import X0, Y0, at, house, walled_study, write_small_study

TIME = "十分钟党群服务圈"
STUDY = walled_study("两街之间")


def behind_a_wall(folder: Path, more: str = "") -> Path:
    """A wall between two streets that meet at x = 1500 only; the station stands south, the houses north.

    ::

        y=110      a     b          c         (x = 100, 300, 990; 10 m off the street)
        y=100  o--------------------------o   北街
        y=50   ########################   |   围墙, x = -50 … 1450
        y=0    o--S-----------------------o   南街; S at (100, -5)
    """
    path = write_small_study(folder, STUDY + more)
    area = at(shapely.box(-200, -200, 1700, 400))
    gpd.GeoDataFrame(
        {"code": ["990001001000"], "name": ["东街道"], "residents": [300]}, geometry=area
    ).to_file(folder / "subdistricts.gpkg")
    gpd.GeoDataFrame(
        {"building_id": list("abc"), "use": ["住宅"] * 3, "levels": [1, 1, 1]},
        geometry=at(house(100, 110), house(300, 110), house(990, 110)),
    ).to_file(folder / "buildings.gpkg")
    (folder / "roads.gpkg").unlink()
    gpd.GeoDataFrame(
        {"highway": ["residential"] * 2 + ["footway"], "name": ["南街", "北街", None]},
        geometry=at(
            shapely.LineString([(x, 0) for x in range(0, 1501, 100)]),
            shapely.LineString([(x, 100) for x in range(0, 1501, 100)]),
            line(1500),
        ),
    ).to_file(folder / "roads.gpkg")
    gpd.GeoDataFrame(
        {"kind": ["wall"], "name": ["围墙"]},
        geometry=at(shapely.LineString([(-50, 50), (1450, 50)])),
    ).to_file(folder / "barriers.gpkg")
    pd.DataFrame(
        {"编号": ["S1"], "名称": ["南站"], "层级": ["社区"], "经度": [X0 + 100], "纬度": [Y0 - 5], "状态": ["启用"],
         "开放对象": ["公众开放"]}
    ).to_csv(folder / "stations.csv", index=False, encoding="utf-8-sig")  # fmt: skip
    return path


def line(x: float, *more: tuple[float, float]) -> shapely.LineString:
    return shapely.LineString([(x, 0), *more, (x, 100)])


@pytest.fixture(scope="module")
def walled(tmp_path_factory: pytest.TempPathFactory) -> Reassessed:
    folder = tmp_path_factory.mktemp("links")
    path = behind_a_wall(folder, '[links]\npath = "links.gpkg"\n')
    shapes = [
        line(300),
        shapely.MultiPoint([(300, 100), (300, 0)]),
        line(800, (830, 50)),
        shapely.LineString([(0, 0), (0, 399)]),
        shapely.MultiPoint([(0, 0), (1, 1), (2, 2)]),
    ]
    gpd.GeoDataFrame(
        {
            "编号": ["A", "B", "C", "D", "E"],
            "类型": ["大门", "大门", "天桥", "过街", "大门"],
            "名称": ["北门", None, None, None, None],
            "造价": [0.2, None, None, None, None],
        },
        geometry=at(*shapes),
    ).to_file(folder / "links.gpkg")
    return reassess(Study.read(path).run())


@pytest.fixture(scope="module")
def demo(small_demo: StudyResult) -> Reassessed:
    return reassess(small_demo)


def searched(now: Reassessed, links: Links) -> np.ndarray:
    """Cost of every building with links in the network, by a whole search."""
    rule = now.result.params.rules[0]
    return linked(now.assessor, rule, links).nearest(rule, rule.tiers)[0]


def test_a_layer_of_links_and_why_some_are_left_out(walled: Reassessed) -> None:
    found = layer_links(walled, walled.result.inputs["links"], walled.result.params.costs)
    table = found.table.set_index("link_id")
    assert table["reason"].to_dict() == {
        "K-A": "admitted",
        "K-B": "twice",  # the same gate, drawn as two points from the other side
        "K-C": "admitted",
        "K-D": "far_from_ways",  # ends 299 m north of 北街
        "K-E": "not_a_line",
    }
    assert table["kind"].tolist() == ["gate", "gate", "footbridge", "crossing", "gate"]
    assert table["cost"].tolist() == [0.2, 0.1, 5.0, 0.5, 0.1]
    assert table["name"]["K-A"] == "北门"
    # a drawn line is walked as it was drawn: twice the way from (800, 0) to (830, 50)
    assert found.rows["length_m"].tolist() == pytest.approx([100, 2 * np.hypot(30, 50)])


def test_a_gate_worked_out_by_hand(walled: Reassessed) -> None:
    rule = walled.result.params.rules[0]
    found = layer_links(walled, walled.result.inputs["links"], walled.result.params.costs)
    table = value_all(walled, rule, found).set_index("link_id")
    # over the gate: a 10 + 190 + 100 + 200 + 5 = 505 m, b 10 + 100 + 200 + 5 = 315 m; c 1,005 m is beyond 720 m
    assert table["rank"].to_dict() == {"K-A": 1, "K-C": 2}
    assert table["gain_buildings_count"].to_dict() == {"K-A": 2, "K-C": 0}
    assert table["gain_residents"]["K-A"] == pytest.approx(200)
    assert table["coverage_after_share"]["K-A"] == pytest.approx(2 / 3)
    # c walked 10 + 500 + 100 + 1,400 + 5 = 2,015 m
    assert table["shorter_residents"]["K-A"] == pytest.approx(100)
    assert table["saved_minutes"]["K-A"] == pytest.approx((2015 - 1005) / 72, abs=0.001)
    members = blind_members(walled, rule)
    of = {str(one): int(area) for one, area in zip("abc", members.area, strict=True)}
    gone = {members.ids[of[one]] for one in "ab"} - {members.ids[of["c"]]}
    assert table["blind_areas_gone_count"]["K-A"] == len(gone)
    assert (table["model"] == "single").all()


def test_the_value_is_that_of_a_run_with_the_link_built(walled: Reassessed, tmp_path: Path) -> None:
    path = behind_a_wall(tmp_path, '[corrections]\npath = "built.gpkg"\n')
    gpd.GeoDataFrame({"类型": ["通道"]}, geometry=at(line(300))).to_file(tmp_path / "built.gpkg")
    built = Study.read(path).run().buildings
    built = built[built["rule"] == TIME].set_index("building_id")
    rule, now = walled.result.params.rules[0], walled.assessor
    gate = links_between(now.graph, ["gate"], [(X0 + 300, Y0)], [(X0 + 300, Y0 + 100)])
    values = value_links(walled, rule, gate)
    after = dict(zip("abc", now.nearest(rule, rule.tiers)[0] / 60_000, strict=True))
    after |= {
        "abc"[row]: cost / 60_000
        for row, cost in zip(values.over.building, values.over.cost, strict=True)
    }
    assert after == pytest.approx(built["minutes"].to_dict(), abs=1e-4)
    assert built["verdict"].to_dict() == {"a": "covered", "b": "covered", "c": "uncovered"}


def test_each_value_equals_a_whole_search(demo: Reassessed) -> None:
    rule = demo.result.params.rules[0]
    found = proposed_links(demo, rule, demo.result.params.costs, most=12)
    assert found.count >= 6
    values = value_links(demo, rule, found.links)
    before, _ = demo.assessor.nearest(rule, rule.tiers)
    limit, gained, shorter = round(rule.limit * 1000), 0, 0
    for number in range(found.count):
        mine = values.over.link == number
        ours = before.copy()
        ours[values.over.building[mine]] = values.over.cost[mine]
        whole = searched(demo, taken(found.links, np.array([number])))
        # a place on a piece of a cut edge is rounded for itself: a thousandth of a second at most
        assert np.abs(ours - whole).max() <= 1
        assert ((ours <= limit) == (whole <= limit)).all()
        assert values.gain_buildings_count[number] == ((whole <= limit) & (before > limit)).sum()
        gained += values.gain_buildings_count[number]
        shorter += (mine & ~values.gained).sum()
    assert gained > 0
    assert shorter > 0


def test_a_station_for_its_own_buildings_gains_by_a_link_too(walled: Reassessed) -> None:
    rule, base = walled.result.params.rules[0], walled.assessor
    own = replace(
        base.supply, scope=np.array(["building"], object), served=np.array([[0, 1]], np.int32)
    )
    assessor = replace(base, supply=own, _pairs={}, _near_cut={}, _fields={})
    gate = links_between(base.graph, ["gate"], [(X0 + 300, Y0)], [(X0 + 300, Y0 + 100)])
    before, _ = assessor.nearest(rule, rule.tiers)
    over = over_links(assessor, rule, gate, before)
    whole, _ = linked(assessor, rule, gate).nearest(rule, rule.tiers)
    # only b is served; it walks 315 m now
    assert over.building.tolist() == [1]
    assert over.cost.tolist() == [whole[1]] == [round(315 / 1.2 * 1000)]


def test_no_link_changes_a_straight_radius(walled: Reassessed) -> None:
    radius = next(one for one in walled.result.params.rules if one.basis == "radius")
    gate = links_between(walled.assessor.graph, ["gate"], [(X0, Y0)], [(X0, Y0 + 100)])
    with pytest.raises(InputError, match=radius.name):
        value_links(walled, radius, gate)

"""Causes and explanations: a wall drawn by hand, the demo's walls and expressway, the Huangpu, Monaco."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from api import cli
from api.cli_explain import explanation_lines
from geo.coverage import COVERED, UNCOVERED, verdicts
from geo.errors import NotFoundError
from geo.explain import Explainer
from geo.reassess import linked
from geo.result import StudyResult
from geo.store import read_result, write_result
from geo.study import Study
from tests.small_study import X0, Y0, at, house, walled_study, write_small_study

TIME = "十分钟党群服务圈"
STUDY = walled_study("一墙之隔")


def behind_a_wall(folder: Path) -> Path:
    """A wall between two streets that meet at x = 1500 only; the station stands south, the houses north.

    ::

        y=60       a     b          c         (x = 100, 300, 990; 10 m off the street)
        y=50   o--------------------------o   北街
        y=25   ########################   |   校园围墙, x = -50 … 1450
        y=0    o--S-----------------------o   南街; S at (100, -5)

    House a walks 10 + 1390 + 50 + 1400 + 5 = 2,855 m (its nearest corner is x = 110).
    """
    path = write_small_study(folder, STUDY)
    area = at(shapely.box(-200, -200, 1700, 400))
    gpd.GeoDataFrame(
        {"code": ["990001001000"], "name": ["东街道"], "residents": [300]}, geometry=area
    ).to_file(folder / "subdistricts.gpkg")
    gpd.GeoDataFrame(
        {
            "building_id": list("abc"),
            "name": ["甲楼", "乙楼", "丙楼"],
            "use": ["住宅"] * 3,
            "levels": [1, 1, 1],
        },
        geometry=at(house(100, 60), house(300, 60), house(990, 60)),
    ).to_file(folder / "buildings.gpkg")
    (folder / "roads.gpkg").unlink()
    gpd.GeoDataFrame(
        {"highway": ["residential"] * 2 + ["footway"], "name": ["南街", "北街", None]},
        geometry=at(
            shapely.LineString([(x, 0) for x in range(0, 1501, 100)]),
            shapely.LineString([(x, 50) for x in range(0, 1501, 100)]),
            shapely.LineString([(1500, 0), (1500, 50)]),
        ),
    ).to_file(folder / "roads.gpkg")
    gpd.GeoDataFrame(
        {"kind": ["wall"], "name": ["校园围墙"]},
        geometry=at(shapely.LineString([(-50, 25), (1450, 25)])),
    ).to_file(folder / "barriers.gpkg")
    pd.DataFrame(
        {"编号": ["S1"], "名称": ["南站"], "层级": ["社区"], "经度": [X0 + 100], "纬度": [Y0 - 5], "状态": ["启用"],
         "开放对象": ["公众开放"]}
    ).to_csv(folder / "stations.csv", index=False, encoding="utf-8-sig")  # fmt: skip
    return path


@pytest.fixture(scope="module")
def walled(tmp_path_factory: pytest.TempPathFactory) -> StudyResult:
    return Study.read(behind_a_wall(tmp_path_factory.mktemp("wall"))).run()


@pytest.fixture(scope="module")
def demo() -> StudyResult:
    return Study.read(Path(__file__).parents[1] / "data/demo/small/study.toml").run()


def test_the_table_names_the_cause_of_each_building(walled: StudyResult) -> None:
    table = walled.buildings[walled.buildings["rule"] == TIME].set_index("building_id")
    # c lies 898 m from the station by straight line, further than anybody walks in ten minutes
    assert table["cause"].to_dict() == {"a": "barrier", "b": "barrier", "c": "far"}
    assert table["metres"]["a"] == pytest.approx(2855, abs=0.01)


def test_why_not_and_what_would_help(walled: StudyResult) -> None:
    found = Explainer(walled).explain("a")
    assert (found.verdict, found.reason, found.cause) == ("uncovered", "beyond_limit", "barrier")
    assert found.sentence == "最近的“南站”需 39.7 分钟，超过 步行10分钟。"
    assert found.excess_minutes == pytest.approx(2855 / 72 - 10, abs=0.001)
    assert [(leg.name, round(leg.metres)) for leg in found.route.legs] == [
        (None, 10),
        ("北街", 1390),
        (None, 50),
        ("南街", 1400),
        (None, 5),
    ]
    # from the corner (110, 60) to the station at (100, -5); the rest of 2,855 m is the detour, and nobody waits
    straight = np.hypot(10, 65)
    assert found.straight_m == pytest.approx(straight, abs=0.001)
    assert found.detour_ratio == pytest.approx(2855 / straight, abs=0.001)
    assert found.parts_of_minutes == pytest.approx(
        (straight / 72, (2855 - straight) / 72, 0.0), abs=0.001
    )
    assert (found.address, found.behind_name) == ("东街道，北街旁", "南站")
    assert (found.obstacle_kind, found.obstacle_name) == ("wall", "校园围墙")
    # straight from (105, 65) to (100, -5), 1 m before the wall at x = 102.2, 1 m behind it at x = 102.1
    assert found.across_minutes == pytest.approx((10 + 2.2 + 24 + 2 + 24 + 2.1 + 5) / 72, abs=0.01)
    gate, station = found.fixes
    assert found.cheapest_fix is gate
    # over the gate: 10 m to the street, 50 m across, 5 m to the station, and a few metres along
    assert (gate.kind, gate.cost, gate.covers) == ("gate", 0.1, True)
    assert (gate.obstacle_kind, gate.obstacle_name, gate.gates_count) == ("wall", "校园围墙", 1)
    assert gate.length_m == pytest.approx(50, abs=1)
    assert gate.minutes == pytest.approx(70 / 72, abs=0.1)
    # b walks 200 m further and is covered too, c with 1,000 m is not
    assert gate.gain_buildings_count == 1
    # a station in b is within 720 m of all three
    assert (station.kind, station.host_building_id, station.where) == ("station", "b", "“乙楼”")
    assert station.gain_buildings_count == 2
    assert station.cost == 1.0


def test_the_link_really_removes_the_barrier(walled: StudyResult) -> None:
    explainer = Explainer(walled)
    gate = explainer.explain("a").cheapest_fix
    rule = walled.params.rules[0]
    after = linked(explainer.now.assessor, rule, gate.links)
    reach = after.reach(rule)[0]
    assert verdicts(reach).tolist() == [COVERED, COVERED, UNCOVERED]
    # places on edges are rounded each for itself, cut edges in pieces
    assert reach.cost[0] / 60_000 == pytest.approx(gate.minutes, abs=1e-4)


def test_a_covered_building_gets_its_way_and_no_remedy(demo: StudyResult) -> None:
    table = demo.buildings[demo.buildings["rule"] == TIME]
    one = table[(table["verdict"] == "covered") & (table["minutes"] > 5)].iloc[0]
    found = Explainer(demo).explain(str(one["building_id"]))
    assert found.cause is None
    assert found.fixes == ()
    assert found.excess_minutes < 0
    assert found.route.minutes == pytest.approx(one["minutes"], abs=1e-9)
    assert found.route.geometry.length == pytest.approx(one["metres"], abs=0.05)
    assert sum(leg.metres for leg in found.route.legs) == pytest.approx(one["metres"], abs=0.05)
    spent = sum(leg.minutes for leg in found.route.legs)
    assert spent == pytest.approx(one["minutes"], abs=1e-3)
    assert found.station_name in found.sentence


def test_explanations_agree_with_the_tables_and_their_links_work(demo: StudyResult) -> None:
    explainer = Explainer(demo)
    rule = demo.params.rules[0]
    table = demo.buildings[demo.buildings["rule"] == rule.name]
    uncovered = table[table["verdict"] == "uncovered"]
    kinds, removed = set(), 0
    for one in uncovered.iloc[::4].to_dict("records"):
        found = explainer.explain(str(one["building_id"]))
        assert found.cause == one["cause"]
        assert found.station_id == one["station_id"]
        assert found.cheapest_fix is not None  # a station in the building itself always helps
        link = next((fix for fix in found.fixes if fix.kind != "station"), None)
        if found.cause == "barrier":
            kinds.add(found.obstacle_kind)
        if link is None or not link.covers:
            continue
        after = linked(explainer.now.assessor, rule, link.links).reach(rule)[0]
        row = explainer.now.walk.building_ids.tolist().index(one["building_id"])
        assert verdicts(after)[row] == COVERED
        assert after.cost[row] / 60_000 == pytest.approx(link.minutes, abs=1e-4)
        others = (verdicts(after) == COVERED).sum() - (table["verdict"] == "covered").sum() - 1
        assert others == link.gain_buildings_count
        removed += found.cause == "barrier"
    assert {"wall", "motorway"} <= kinds
    assert removed >= 5


def test_barred_buildings_name_what_bars_them(demo: StudyResult) -> None:
    table = demo.buildings[
        (demo.buildings["rule"] == TIME) & (demo.buildings["reason"] == "barred")
    ]
    assert len(table) >= 1
    found = Explainer(demo).explain(str(table["building_id"].iloc[0]))
    assert "隔断" in found.sentence
    assert "围墙" in found.sentence


def test_unknown_ids_and_rules_are_answered_with_the_nearest(walled: StudyResult) -> None:
    with pytest.raises(NotFoundError, match="没有名为"):
        Explainer(walled).explain("a", "十分钟服务圈")
    with pytest.raises(NotFoundError, match="zzz"):
        Explainer(walled).explain("zzz")


def test_the_command_works_from_a_finished_folder(
    walled: StudyResult,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    write_result(walled, tmp_path / "out")
    again = Explainer(read_result(tmp_path / "out")).explain("a")
    assert list(explanation_lines(again)) == list(explanation_lines(Explainer(walled).explain("a")))
    monkeypatch.setattr(cli.signal, "signal", lambda *_: None)
    with pytest.raises(SystemExit) as ended:
        cli.main(["explain", str(tmp_path / "out"), "a", "--lang", "zh"])
    said = capsys.readouterr().out
    assert ended.value.code == 0
    assert "中间隔着围墙“校园围墙”；若能从中间穿过，步行 1" in said
    assert "最省的办法：在北街“甲楼”附近增开 1 处出入口，穿过围墙“校园围墙”（连通段长 50 米" in said
    assert "另有 1 栋未覆盖建筑随之覆盖，住 100 人。坐标 (" in said

"""The lines round the map: what must stand, in the words an official expects."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from geo.params import PACES, OsmQuery, Pace, Rule, Source
from maps.captions import (
    captions,
    method,
    rule_entries,
    short_name,
    source_line,
    standard,
    standing_lines,
    station_counts,
    title,
)
from tests.maps.fixture import study


def test_title_is_completed_once() -> None:
    assert title("云麓区十分钟党群服务圈") == "云麓区十分钟党群服务圈覆盖现状图"
    assert title("云麓区覆盖图") == "云麓区覆盖图"


def test_method_prints_every_constant() -> None:
    rule = Rule("十分钟", minutes=10.0)
    slow = {"standard": Pace(speed_m_per_min=54.0, signal_s=45.0, crossing_s=2.5)}
    assert method(rule, slow) == "步行时间，步速54米/分钟，过街等候：有信号灯45秒、无信号灯2.5秒"
    plain = replace(rule, pace="plain")
    assert method(plain, PACES) == "步行时间，步速72米/分钟"
    assert "不计道路" in method(Rule("直线", basis="radius", metres=500.0), PACES)


def test_limit_is_said_once() -> None:
    assert (
        standard(Rule("步行500米", basis="walk_distance", minutes=None, metres=500.0))
        == "步行500米"
    )
    assert standard(Rule("十分钟党群服务圈")) == "十分钟党群服务圈（不超过10分钟）"
    assert short_name(Rule("x", basis="radius", minutes=None, metres=500.0)) == "直线500米"


def test_rules_that_would_be_called_alike_keep_their_names() -> None:
    result = study(3, 2)
    rules = (Rule("标准"), Rule("老年", pace="elderly"), Rule("五分钟", minutes=5.0))
    entries = rule_entries(replace(result, params=replace(result.params, rules=rules)))
    assert [one["short"] for one in entries] == ["标准", "老年", "步行5分钟"]


def test_two_rejected_cells_are_one_station() -> None:
    assert station_counts(study(6, 4)) == (5, 4)


def test_stations_without_a_place_and_rows_by_rule() -> None:
    result = study(6, 4)
    table = result.stations
    twice = table.assign(rule="a"), table.assign(rule="b")
    from pandas import concat

    long = concat(twice, ignore_index=True)
    long.loc[long["station_id"] == "s001", "geometry"] = None
    assert station_counts(replace(result, tables=dict(result.tables, stations=long))) == (5, 3)


def test_a_file_in_osm_format_made_by_somebody_else_is_not_openstreetmap() -> None:
    result = study(3, 2)
    network = replace(result.params.sources["network"], attribution="虚构路网")
    made = replace(
        result, params=replace(result.params, sources={**result.params.sources, "network": network})
    )
    assert not any("OpenStreetMap" in line for line in standing_lines(made))
    assert "步行路网 虚构路网" in source_line(made.params.sources)
    dated = replace(network, osm_date=made.params.as_of)  # what was cut from OpenStreetMap stays so
    both = replace(made.params, sources={"network": dated})
    assert any("OpenStreetMap" in line for line in standing_lines(replace(made, params=both)))


def test_osm_is_named_where_it_is_used_and_only_there() -> None:
    result = study(3, 2)
    assert any("OpenStreetMap 贡献者" in line for line in standing_lines(result))
    files = {kind: one for kind, one in result.params.sources.items() if kind != "network"}
    without = replace(result, params=replace(result.params, sources=files))
    assert standing_lines(without) == [
        "内部资料 · 仅供工作汇报使用 · 未经地图审核不得以任何形式公开",
        "图中界线仅供示意，不作为划界依据",
    ]


@pytest.mark.parametrize(
    "source",
    [
        Source("subdistricts", osm=OsmQuery(Path("monaco.osm.pbf"), admin_level=10)),
        Source("subdistricts", place="天河区"),
    ],
)
def test_boundaries_from_osm_are_not_statutory(source: Source) -> None:
    result = study(3, 2)
    sources = dict(result.params.sources, subdistricts=source)
    lines = standing_lines(replace(result, params=replace(result.params, sources=sources)))
    assert "界线来自 OpenStreetMap，非法定界线" in lines


def test_sources_without_folders() -> None:
    line = source_line({"buildings": Source("buildings", path=Path("/home/somebody/建筑.gpkg"))})
    assert line == "来源：建筑 建筑.gpkg"
    assert source_line({}) == ""


def test_real_data_are_not_called_simulated() -> None:
    assert captions(study(3, 2, simulated=False))["simulated"] == ""
    assert captions(study(3, 2))["simulated"] == "模拟数据（非真实情况）· 仅供演示 · 不得引用"

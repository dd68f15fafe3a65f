"""Coverage by time of the week on a town one can count by hand."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from geo.study import Study
from tests.town import station, write_town

REGISTER = [
    station(1, "社区", 0, 0, 开放时间="周一至周五 9:00-17:30"),
    station(2, "社区", 5, 2, 开放时间="工作日 8:30—12:00,14:00—21:00"),
    station(3, "社区", 2, 1, 开放时间="详见公告"),
]
RULES = """
[[rule]]
name = "步行290米"
basis = "walk_distance"
metres = 290
weight = "count"
[[rule]]
name = "午间步行290米"
basis = "walk_distance"
metres = 290
weight = "count"
open = "weekday 12:00-14:00"
"""


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory):
    return Study.read(write_town(tmp_path_factory.mktemp("town"), REGISTER, more=RULES)).run()


def covered_by(result, *stations: str) -> float:
    """Share of houses that have one of the stations in reach, counted from the walks to each."""
    alone = result.buildings.query("rule == '步行290米'").set_index("building_id")
    nearest = alone[(alone["verdict"] == "covered") & alone["station_id"].isin(stations)]
    return len(nearest) / len(alone)


def test_a_slice_counts_stations_known_to_be_open(result) -> None:
    table = result.tables["coverage_by_time"]
    study = table[(table["unit_kind"] == "study") & (table["rule"] == "步行290米")].set_index(
        "slice"
    )
    assert study.index.tolist() == ["工作日午间", "晚间", "周末", "节假日"]
    assert study["stations_count"].tolist() == [3, 3, 3, 3]
    assert study["stations_open_count"].tolist() == [1, 1, 0, 0]
    assert study["stations_hours_unknown_count"].tolist() == [1, 1, 1, 2]
    # the stations are at least 600 m apart: no house is within 290 m of two
    s1, s2, s3 = (covered_by(result, one) for one in ("S001", "S002", "S003"))
    assert min(s1, s2, s3) > 0
    assert study["coverage_count_share"].tolist() == pytest.approx([s1, s2, 0, 0])
    assert study["most_count_share"].tolist() == pytest.approx([s1 + s3, s2 + s3, s3, s1 + s3])


def test_a_rule_may_ask_for_stations_that_are_open(result) -> None:
    table = result.subdistricts.set_index(["rule", "name"])
    assert table.loc[("步行290米", "东风街道"), "stations_count"] == 2
    assert table.loc[("午间步行290米", "东风街道"), "stations_count"] == 1
    assert table.loc[("午间步行290米", "西林街道"), "stations_count"] == 0
    assert table.loc[("午间步行290米", "西林街道"), "coverage_count_share"] == 0
    houses = result.buildings.query("rule == '午间步行290米'")
    assert set(houses["station_id"].dropna()) == {"S001"}


def test_unknown_hours_are_said(result) -> None:
    said = {one.code: one.text("zh") for one in result.quality.faults}
    assert "1 座站点开放时间不明" in said["rule_hours_unknown"]
    assert "详见公告" in said["hours_unknown"]


def test_the_week_as_it_was_understood(result) -> None:
    table = result.tables["station_hours"].set_index("station_id")
    assert table["hours_known"].tolist() == [True, True, False]
    assert table.loc["S001", ["mon", "sat", "holiday"]].tolist() == [
        "09:00-17:30",
        "休息",
        "未注明",
    ]
    assert pd.isna(table.loc["S003", "mon"])


def test_subdistricts_beside_the_study(result) -> None:
    table = result.tables["coverage_by_time"].query("slice == '工作日午间' and rule == '步行290米'")
    assert table["unit_kind"].tolist() == ["study", "subdistrict", "subdistrict"]
    assert table["stations_open_count"].tolist() == [1, 1, 0]


def test_opening_cannot_add_coverage(tmp_path: Path) -> None:
    everywhere = [{**one, "开放时间": "24小时"} for one in REGISTER]
    found = Study.read(write_town(tmp_path, everywhere, more=RULES)).run()
    table = found.tables["coverage_by_time"].query("rule == '步行290米'")
    whole = found.subdistricts.query("rule == '步行290米'").set_index("subdistrict_id")[
        "coverage_count_share"
    ]
    units = table[table["unit_kind"] == "subdistrict"]
    assert (
        units["coverage_count_share"].to_numpy() == units["unit_id"].map(whole).to_numpy()
    ).all()

"""Every column that the result folder and the register promise has its printed header."""

from __future__ import annotations

import re

import pytest

from geo.read.stations import REGISTER
from geo.tables import columns, header

# The contract's tables, W standing for each weight.
PROMISED = [
    "subdistrict_id",
    "community_id",
    "zone_id",
    "name",
    "rule",
    "buildings_count",
    "stations_count",
    "area_m2",
    "coverage_W_share",
    "floor_W_share",
    "covered_count",
    "uncovered_count",
    "coverage_area_share",
    "unknown_count",
    "outside_count",
    "overlap_share",
    "minutes_mean",
    "minutes_p50",
    "minutes_p90",
    "passes",
    "building_id",
    "use",
    "levels",
    "verdict",
    "reason",
    "minutes",
    "metres",
    "station_id",
    "stations_in_reach_count",
    "detour_ratio",
    "footprint_m2",
    "floor_area_m2",
    "residents",
    "workers",
    "org_covered",
    "work_covered",
    "tier",
    "host_kind",
    "host_building_ids",
    "served_building_ids",
    "floor",
    "access_scope",
    "status",
    "opening_hours",
    "opened_on",
    "closed_on",
    "exemplary",
    "programmes",
    "lon",
    "lat",
    "snap_m",
    "source",
    "source_date",
    "covered_buildings_count",
    "covered_residents",
    "sole_residents",
    "pace",
    "blind_area_id",
    "rank",
    "nearest_station_id",
    "nearest_minutes",
    "excess_minutes",
    "cause",
    "obstacle_kind",
    "obstacle_name",
    "unit_id",
    "kind",
    "expected",
    "actual",
    "site_id",
    "host_building_id",
    "owner",
    "cost",
    "gain_residents",
    "gain_buildings_count",
    "coverage_after_share",
    "model",
    "optimality_gap_share",
    "input",
    "sheet",
    "row",
    "column",
    "value",
]
WEIGHTS = ("count", "footprint", "floor_area", "residents", "workers")
NAMES = [
    name.replace("W", weight) for name in PROMISED for weight in (WEIGHTS if "W" in name else ("",))
]
KINDS = {"text", "number", "count", "share", "minutes", "date", "flag", "list"}


@pytest.mark.parametrize("name", NAMES)
def test_every_promised_column_has_a_header(name):
    column = columns()[name]
    assert re.search("[\u4e00-\u9fff]|^SHA", column.zh) and column.en and column.kind in KINDS


def test_every_register_field_has_a_header():
    missing = [
        field.name
        for field in REGISTER.fields
        if field.name not in columns() and field.name != "location"
    ]
    assert missing == []


def test_units_follow_the_names():
    for name, column in columns().items():
        assert column.kind in KINDS
        if name.endswith("_share"):
            assert (column.kind, column.unit) == ("share", "%"), name
        if name.endswith("_m2"):
            assert column.unit == "㎡", name
        if name.startswith("minutes") or name.endswith("_minutes"):
            assert (column.kind, column.unit) == ("minutes", "分钟"), name


def test_words_of_the_design():
    assert header("coverage_residents_share") == "人口覆盖率（常住）（%）"
    assert header("coverage_count_share") == "楼栋覆盖率（%）"
    assert header("floor_count_share") == "保底楼栋覆盖率（%）"
    assert header("coverage_floor_area_share") == "建筑面积覆盖率（%）"
    assert header("excess_minutes") == "超时（分钟）"
    assert header("党员数") == "党员数"

"""Which stations serve, and which building each is in."""

from __future__ import annotations

from datetime import date

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from geo.names import fold
from geo.register import match_hosts, open_on, reject_scopeless

DAY = date(2026, 6, 30)


def stations(**columns: list) -> gpd.GeoDataFrame:
    count = len(next(iter(columns.values())))
    base = {
        "station_id": [f"S{n}" for n in range(count)],
        "name": [f"站{n}" for n in range(count)],
        "status": ["open"] * count,
        "opened_on": [None] * count,
        "closed_on": [None] * count,
        "access_scope": ["public"] * count,
        "host_building_ids": [[] for _ in range(count)],
        "served_building_ids": [[] for _ in range(count)],
        "source_sheet": ["台账"] * count,
        "source_row": list(range(2, count + 2)),
    }
    where = columns.pop("geometry", [shapely.Point(0, 0)] * count)
    return gpd.GeoDataFrame({**base, **columns}, geometry=where)


def buildings(names: list[str | None], shapes: list[shapely.Geometry]) -> gpd.GeoDataFrame:
    ids = [f"b{n}" for n in range(len(names))]
    return gpd.GeoDataFrame({"building_id": ids, "name": names}, geometry=shapes)


@pytest.mark.parametrize(
    ("status", "opened", "closed", "serves"),
    [
        ("open", None, None, True),
        (None, None, None, True),
        ("open", "2026-06-30", None, True),
        ("open", "2026-07-01", None, False),
        ("open", "2020-01-01", "2026-06-30", False),
        ("open", "2020-01-01", "2026-07-01", True),
        ("closed", None, None, False),
        ("closed", "2020-01-01", "2026-07-01", True),
        ("closed", "2020-01-01", "2025-01-01", False),
        ("planned", None, None, False),
        ("building", "2020-01-01", None, False),
    ],
)
def test_a_station_serves_on_the_day_by_its_dates_then_its_status(
    status: str | None, opened: str | None, closed: str | None, serves: bool
) -> None:
    table = stations(status=[status], opened_on=[opened], closed_on=[closed])
    for name in ("opened_on", "closed_on"):
        table[name] = pd.to_datetime(table[name])
    assert open_on(table, DAY).tolist() == [serves]


def test_names_are_folded_for_width_brackets_and_spaces() -> None:
    assert fold("广州（国际） Ａ座") == fold("广州(国际)a座")


def test_a_named_building_wins_over_the_one_it_stands_in() -> None:
    houses = buildings(
        ["甲大厦", "乙大厦"], [shapely.box(0, 0, 10, 10), shapely.box(20, 0, 30, 10)]
    )
    table = stations(host_building_ids=[["乙大厦"]], geometry=[shapely.Point(5, 5)])
    hosts = match_hosts(table, houses)
    assert hosts.building.tolist() == [1]
    assert hosts.how.tolist() == ["name"]


def test_of_two_buildings_of_one_name_the_nearer_is_meant() -> None:
    houses = buildings(["甲", "甲"], [shapely.box(500, 0, 510, 10), shapely.box(20, 0, 30, 10)])
    hosts = match_hosts(stations(host_building_ids=[["甲"]]), houses)
    assert hosts.building.tolist() == [1]


def test_without_a_name_the_footprint_counts_then_the_nearest_within_fifteen_metres() -> None:
    houses = buildings([None, None], [shapely.box(0, 0, 10, 10), shapely.box(20, 0, 30, 10)])
    where = [
        shapely.Point(5, 5),
        shapely.Point(14, 5),
        shapely.Point(45, 5),
        shapely.Point(45.1, 5),
    ]
    hosts = match_hosts(stations(name=list("甲乙丙丁"), geometry=where), houses)
    assert hosts.building.tolist() == [0, 0, 1, -1]
    assert hosts.how.tolist() == ["footprint", "near", "near", ""]
    assert [one.code for one in hosts.faults] == ["host_near"]


def test_a_name_far_from_the_point_and_a_name_nobody_bears_are_flagged() -> None:
    houses = buildings(["甲"], [shapely.box(500, 0, 510, 10)])
    table = stations(name=["一", "二"], host_building_ids=[["甲"], ["查无此楼"]])
    hosts = match_hosts(table, houses)
    assert hosts.building.tolist() == [0, -1]
    assert [one.code for one in hosts.faults] == ["host_far", "host_unknown"]
    assert "查无此楼" in hosts.faults[1].text("zh")


def test_served_buildings_are_kept_beside_the_host() -> None:
    houses = buildings(["甲", "乙"], [shapely.box(0, 0, 10, 10), shapely.box(20, 0, 30, 10)])
    table = stations(served_building_ids=[["乙"]], geometry=[shapely.Point(5, 5)])
    assert match_hosts(table, houses).served.tolist() == [[0, 0], [0, 1]]


def test_a_station_for_its_own_building_needs_one() -> None:
    houses = buildings(["甲"], [shapely.box(0, 0, 10, 10)])
    table = stations(
        name=["楼内站", "无楼站"],
        access_scope=["building", "building"],
        geometry=[shapely.Point(5, 5), shapely.Point(900, 5)],
    )
    keep, rejects = reject_scopeless(table, match_hosts(table, houses))
    assert keep.tolist() == [True, False]
    assert rejects[["input", "sheet", "row"]].to_numpy().tolist() == [["stations", "台账", 3]]
    assert "无楼站" in rejects["reason"].iloc[0]
    assert np.all(rejects["column"] == "access_scope")

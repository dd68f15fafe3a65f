"""Lifts and stairs at both ends, worked out by hand, and verdicts with and without them beside each other."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.height import Heights, floor_seconds
from geo.params import Pace
from geo.study import Study
from tests.small_study import STUDY, write_small_study

PACE = Pace(lift_s=40, lift_floor_s=2, stairs_floor_s=18, lift_from_levels=7)


def heights(levels: list[float], floor: list[float], host: list[int]) -> Heights:
    return Heights(np.array(levels, float), np.array(floor, float), np.array(host, np.int32))


def test_the_quicker_of_lift_and_stairs() -> None:
    # 2 floors: stairs 36 s, lift 44 s; 3 floors: 54 s, 46 s
    assert floor_seconds([0, 2, 3, 45], True, PACE).tolist() == [0, 36, 46, 130]
    assert floor_seconds([0, 2, 3], False, PACE).tolist() == [0, 36, 54]


def test_a_building_counts_with_the_mean_over_its_levels() -> None:
    found = heights([1, 3, 8, np.nan], [], []).building_ms(PACE)
    with_lift = (0 + 18 + 36 + 46 + 48 + 50 + 52 + 54) / 8
    assert found.tolist() == [0, (0 + 18 + 36) / 3 * 1000, with_lift * 1000, 0]


def test_floor_46_is_not_the_ground_floor() -> None:
    found = heights([60, 3], [46, 1, np.nan, -1, 3], [0, 0, 0, 0, 1]).station_ms(PACE)
    assert found.tolist() == [130_000, 0, 0, 18_000, 36_000]


def test_inside_one_building_one_ride() -> None:
    found = heights([3, 8], [3, 1, -1, 8], [0, 0, 0, -1]).home_ms(PACE)
    assert found.tolist() == [
        18_000,
        18_000,
        36_000,
        0,
    ]  # means of 36, 18, 0; of 0, 18, 36; of 18, 36, 54


@given(st.integers(1, 80), st.integers(1, 80))
def test_more_levels_never_bring_people_nearer_within_one_kind_of_building(
    low: int, more: int
) -> None:
    found = heights([low, low + more], [], []).building_ms(
        dataclasses.replace(PACE, lift_from_levels=200)
    )
    assert found[0] <= found[1]


TALL = (
    STUDY
    + """
[[rule]]
name = "十分钟"
minutes = 10
pace = "high"
[walk.pace.high]
floors = true
signal_s = 0
"""
)


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> dict[str, pd.DataFrame]:
    folder = tmp_path_factory.mktemp("tall")
    return dict(Study.read(write_small_study(folder, TALL)).run().tables)


def test_the_limit_holds_for_the_whole_way(tables: dict[str, pd.DataFrame]) -> None:
    rows = tables["buildings"].query("rule == '十分钟'").set_index("building_id")
    # b has one level and walks 715 m; c has two: 725 m / 1.2 + mean of 0 and 18 s; e holds S2 on an unknown floor
    assert rows.loc["b", "minutes"] * 60 == pytest.approx(715 / 1.2, abs=0.002)
    assert rows.loc["c", "minutes"] * 60 == pytest.approx(725 / 1.2 + 9, abs=0.002)
    assert rows.loc["e", "minutes"] * 60 == pytest.approx(18, abs=0.002)


def test_with_and_without_height_beside_each_other(tables: dict[str, pd.DataFrame]) -> None:
    rows = tables["height"].query("rule == '十分钟'").set_index("building_id")
    assert rows.loc["c", "minutes_height"] - rows.loc["c", "minutes_flat"] == pytest.approx(9 / 60)
    assert rows.loc["a", "minutes_height"] == rows.loc["a", "minutes_flat"]
    units = tables["coverage_by_height"].query("rule == '十分钟' and unit_kind == 'study'").iloc[0]
    assert (
        units["coverage_flat_count_share"]
        == units["coverage_height_count_share"]
        == pytest.approx(3 / 5)
    )


def test_height_can_cost_a_verdict(tmp_path: Path) -> None:
    text = TALL.replace("signal_s = 0", "signal_s = 0\nlift_from_levels = 99\nstairs_floor_s = 18")
    path = write_small_study(tmp_path, text)
    import geopandas as gpd

    houses = gpd.read_file(tmp_path / "buildings.gpkg")
    houses.loc[houses["building_id"] == "b", "levels"] = 9
    houses.to_file(tmp_path / "buildings.gpkg")
    rows = (
        Study.read(path).run().tables["height"].query("rule == '十分钟'").set_index("building_id")
    )
    # 595.8 s and the mean of 0 … 144 s by stairs
    assert rows.loc["b", "minutes_height"] * 60 == pytest.approx(715 / 1.2 + 72, abs=0.002)
    assert (rows.loc["b", "verdict_flat"], rows.loc["b", "verdict_height"]) == (
        "covered",
        "uncovered",
    )

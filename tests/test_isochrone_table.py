"""Isochrones of a study: which rows there are, what they cover, and that the audit goes with them."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely

import geo
from geo import isochrone_table
from geo.quality_page import quality_from_plain, quality_to_plain
from geo.result import StudyResult
from tests.small_study import write_small_study

TIME, DISTANCE, RADIUS = "十分钟党群服务圈", "步行500米", "直线500米"


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> StudyResult:
    return geo.Study.read(write_small_study(tmp_path_factory.mktemp("study"))).run()


def test_rows_are_half_whole_and_more_of_every_limit(result: StudyResult):
    table = result.tables["isochrones"]
    assert list(table.columns) == list(isochrone_table.COLUMNS)
    assert set(table["station_id"]) == {"all"}
    assert table.loc[table["rule"] == TIME, "minutes"].tolist() == [5.0, 10.0, 15.0]
    assert table.loc[table["rule"] == DISTANCE, "metres"].tolist() == [250.0, 500.0, 750.0]
    assert table.loc[table["rule"] == TIME, "metres"].isna().all()
    assert RADIUS not in set(table["rule"])
    assert table.crs == "EPSG:4326"
    assert table.geometry.is_valid.all()


def test_outline_is_what_can_be_walked(result: StudyResult):
    """From S1, 5 m off the street at x = 0: along the street 720 - 5 m, and 100 m to either side."""
    table = gpd.GeoDataFrame(result.tables["isochrones"]).to_crs(result.params.crs)
    shape = table[(table["rule"] == TIME) & (table["minutes"] == 10)].geometry.iloc[0]
    area = result.summary["isochrone_audit"][TIME]
    assert area["holds"] is True
    assert area["points_count"] > 10_000
    assert area["wrong_share"] <= 0.002
    smaller = table[(table["rule"] == TIME) & (table["minutes"] == 5)].geometry.iloc[0]
    assert shape.buffer(0.01).covers(smaller)


def test_audit_stands_in_quality_report(result: StudyResult):
    plain = quality_to_plain(result.quality)
    assert plain["isochrone_audit"][DISTANCE]["unit"] == "metres"
    said = [one for one in plain["findings"] if one["code"] == "audit_holds"]
    assert [one["params"]["rule"] for one in said] == [TIME, DISTANCE]
    assert "核对通过" in said[0]["text"]
    assert quality_from_plain(plain).audit == plain["isochrone_audit"]


def test_a_spoiled_field_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def spoiled(field, limits, **how):
        return np.array([shapely.buffer(one, -30.0) for one in drawn(field, limits, **how)])

    drawn = isochrone_table.contours
    monkeypatch.setattr(isochrone_table, "contours", spoiled)
    quality = geo.Study.read(write_small_study(tmp_path)).run().quality
    assert any(one.code == "audit_mismatch" for one in quality.faults)

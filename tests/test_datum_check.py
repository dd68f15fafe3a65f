"""At the door: a datum that the data contradict stops GeoJSON, warns where declared, and is named where missing."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import geopandas as gpd
import pytest
import shapely

from geo.crs import bd09_to_wgs84, wgs84_to_bd09, wgs84_to_gcj02
from geo.errors import CrsError, InputError
from geo.study import Study

SMALL = Path(__file__).resolve().parents[1] / "data" / "demo" / "small"


@pytest.fixture
def folder(tmp_path):
    shutil.copytree(SMALL, tmp_path / "small")
    return tmp_path / "small"


def _shift(folder, name, convert, driver="GeoJSON", to=None):
    frame = gpd.read_file(folder / name)
    moved = shapely.transform(frame.geometry.to_numpy(), convert, interleaved=False)
    frame = frame.set_geometry(gpd.GeoSeries(moved, crs="EPSG:4326"))
    frame.to_file(folder / (to or name), driver=driver)


def _edit(folder, old, new):
    file = folder / "study.toml"
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


def _findings(folder):
    quality = Study.read(folder / "study.toml").check()
    return [one for one in quality.faults if one.code.startswith("datum_")]


def test_every_layer_of_the_demo_agrees_with_what_it_is_stated_to_be(folder):
    found = _findings(folder)
    assert {one.severity for one in found} == {"info"}
    agreeing = {
        (one.params["file"], one.params["group"]) for one in found if one.code == "datum_agrees"
    }
    assert {("buildings.parquet", ""), ("entrances.geojson", "")} <= agreeing
    assert ("stations.xlsx", "gcj02") in agreeing  # rows of one register, each in its own datum
    assert all(
        "中位距离" in one.text() or "比例" in one.text()
        for one in found
        if one.code == "datum_agrees"
    )


def test_geojson_in_gcj02_stops_the_run_and_runs_once_declared(folder):
    _shift(folder, "entrances.geojson", wgs84_to_gcj02)
    with pytest.raises(CrsError) as refused:
        _findings(folder)
    assert [one.code for one in refused.value.faults] == ["datum_stops"]
    sentence = str(refused.value)
    assert all(
        word in sentence for word in ("entrances.geojson", "GCJ-02", 'crs = "gcj02"', "[entrances]")
    )
    _edit(folder, 'path = "entrances.geojson"', 'path = "entrances.geojson"\ncrs = "gcj02"')
    assert {one.severity for one in _findings(folder)} == {"info"}


def test_what_the_study_declares_is_followed_but_the_contradiction_fails_strict(folder):
    _shift(folder, "entrances.geojson", wgs84_to_bd09)
    _edit(folder, 'path = "entrances.geojson"', 'path = "entrances.geojson"\ncrs = "EPSG:4326"')
    quality = Study.read(folder / "study.toml").check()
    worst = [one for one in quality.faults if one.code == "datum_contradicts"]
    assert [one.params["best"] for one in worst] == ["bd09"]
    assert quality.has_errors
    assert "EPSG:4326" not in worst[0].text("en").split("Suggested")[1]


def test_a_file_that_names_a_wrong_system_itself_is_found_out(folder):
    _shift(folder, "subdistricts.geojson", wgs84_to_bd09, "GPKG", "街道.gpkg")
    _edit(folder, "subdistricts.geojson", "街道.gpkg")
    found = [one for one in _findings(folder) if one.severity != "info"]
    assert [(one.code, one.params["file"], one.params["best"]) for one in found] == [
        ("datum_contradicts", "街道.gpkg", "bd09")
    ]


def test_shifted_buildings_are_blamed_themselves_and_not_all_that_stands_by_them(folder):
    frame = gpd.read_parquet(folder / "buildings.parquet")
    moved = shapely.transform(frame.geometry.to_numpy(), wgs84_to_gcj02, interleaved=False)
    frame.set_geometry(gpd.GeoSeries(moved, crs=frame.crs)).to_parquet(folder / "buildings.parquet")
    found = _findings(folder)
    assert [(one.code, one.params.get("best")) for one in found] == [
        ("datum_contradicts", "gcj02"),
        ("datum_not_tested", None),
    ]


def _without_crs(folder, convert=None, crs="EPSG:4547"):
    """Write the entrances as a Shapefile without .prj."""
    frame = gpd.read_file(folder / "entrances.geojson")[["geometry"]]
    frame["entrance"] = "yes"
    frame = (
        frame.to_crs(crs)
        if convert is None
        else frame.set_geometry(
            gpd.GeoSeries(shapely.transform(frame.geometry.to_numpy(), convert, interleaved=False))
        )
    )
    frame.to_file(folder / "门.shp", encoding="utf-8")
    (folder / "门.prj").unlink(missing_ok=True)
    _edit(folder, "entrances.geojson", "门.shp")


@pytest.mark.parametrize(
    "convert, crs, best, words",
    [
        (wgs84_to_gcj02, None, "gcj02", ['crs = "gcj02"']),
        (None, "EPSG:4547", "EPSG:4547", ['crs = "EPSG:4547"']),
        (None, "EPSG:4526", "EPSG:4526", ['crs = "EPSG:4526"']),
        (lambda x, y: (y, x), None, "wgs84", ["颠倒", "对调"]),
    ],
)
def test_a_file_without_crs_is_refused_and_the_finding_named(folder, convert, crs, best, words):
    _without_crs(folder, convert, crs)
    with pytest.raises(CrsError) as refused:
        _findings(folder)
    first, second = refused.value.faults
    assert (first.code, second.code, second.params["best"]) == ("crs_missing", "datum_found", best)
    assert all(word in str(refused.value) for word in words)


def test_a_local_grid_is_recognised_and_official_conversion_advised(folder):
    _without_crs(folder, lambda x, y: ((x - 113.0) * 1e5, (y - 22.0) * 1e5))
    with pytest.raises(CrsError) as refused:
        _findings(folder)
    assert refused.value.faults[1].code == "datum_local_grid"
    assert all(word in str(refused.value) for word in ("地方坐标系", "local", "测绘主管部门"))


def test_geojson_in_metres_is_named_too(folder):
    frame = gpd.read_file(folder / "entrances.geojson").to_crs("EPSG:4547")
    content = json.loads(frame.set_crs(None, allow_override=True).to_json())
    content.pop("crs", None)
    (folder / "entrances.geojson").write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(InputError) as refused:
        _findings(folder)
    assert "EPSG:4547" in str(refused.value)


def test_conversion_of_a_million_points_is_quick_each_way():
    import time

    import numpy as np

    rng = np.random.default_rng(0)
    lon, lat = rng.uniform(73.0, 135.0, 1_000_000), rng.uniform(18.0, 53.0, 1_000_000)
    for convert in (wgs84_to_bd09, bd09_to_wgs84):
        begun = time.process_time()
        convert(lon, lat)
        assert time.process_time() - begun < 1.5

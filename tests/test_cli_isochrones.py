"""``servicecircle isochrones``: files it writes, and what it says to a point that is nowhere."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pytest

import geo
from api.cli import main
from geo.crs import wgs84_to_gcj02
from geo.store import write_result
from tests.small_study import write_small_study


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, float, float]:
    folder = tmp_path_factory.mktemp("isochrones")
    study = write_small_study(folder)
    result = geo.Study.read(study).run()
    out = write_result(result, folder / "out")
    station = result.stations.iloc[0]
    return study, out, float(station["lon"]), float(station["lat"])


def call(*words: object) -> int:
    with pytest.raises(SystemExit) as ended:
        main([str(one) for one in words])
    return int(ended.value.code or 0)


def test_study_and_result_give_the_same(places, tmp_path):
    study, out, lon, lat = places
    at = f"{lon},{lat}"
    for target, file in ((study, "a.geojson"), (out, "b.gpkg")):
        words = ("--at", at, "--minutes", 10, "--minutes", 5, "--out", tmp_path / file)
        assert call("isochrones", target, *words) == 0
    one, two = (gpd.read_file(tmp_path / file) for file in ("a.geojson", "b.gpkg"))
    assert one["minutes"].tolist() == [5.0, 10.0]
    metric = one.estimate_utm_crs()
    areas = [frame.to_crs(metric).area for frame in (one, two)]
    assert areas[0].to_numpy() == pytest.approx(areas[1].to_numpy(), rel=1e-4)


def test_points_of_a_file_in_gcj02_as_rings(places, tmp_path):
    _, out, lon, lat = places
    x, y = wgs84_to_gcj02(lon, lat)
    (tmp_path / "点.csv").write_text(f"名称,经度,纬度\n甲,{x},{y}\n", encoding="utf-8")
    rings = tmp_path / "rings.parquet"
    words = ("--points", tmp_path / "点.csv", "--crs", "gcj02", "--metres", 200, "--metres", 400)
    assert call("isochrones", out, *words, "--bands", "--out", rings) == 0
    table = gpd.read_parquet(rings)
    assert table["name"].tolist() == ["甲", "甲"]
    assert table["metres"].tolist() == [200.0, 400.0]
    assert table.geometry.iloc[0].intersection(table.geometry.iloc[1]).area < 1e-12


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--at", "abc"), "读不出经度和纬度"),
        (("--at", "23.1,113.3"), "经度在前"),
        (("--at", "113.9,23.9"), "路网数据范围以外"),
        ((), "没有给出点位"),
        (("--at", "{at}", "--minutes", "0"), "等时圈时限须为正数"),
        (("--at", "{at}", "--minutes", "5", "--metres", "5"), "只能用一种"),
        (("--at", "{at}", "--rule", "直线500米"), "按直线半径测算"),
        (("--at", "{at}", "--rule", "没有"), "没有名为“没有”的评价标准"),
        (("--at", "{at}", "--pace", "跑"), "没有名为“跑”的步速"),
        (("--at", "{at}", "--crs", "local"), "--crs local 用不上"),
        (("--points", "missing.csv"), "missing.csv"),
    ],
)
def test_bad_input_is_answered_in_chinese(places, tmp_path, capsys, words, said):
    _, out, lon, lat = places
    words = [one.format(at=f"{lon},{lat}") for one in words]
    file = tmp_path / "x.geojson"
    assert call("isochrones", out, *words, "--out", file) == 2
    assert said in capsys.readouterr().err
    assert not file.exists()


def test_format_must_be_known(places, tmp_path, capsys):
    _, out, lon, lat = places
    assert call("isochrones", out, "--at", f"{lon},{lat}", "--out", tmp_path / "x.shp") == 2
    assert ".geojson、.gpkg、.parquet" in capsys.readouterr().err


def test_point_beside_no_way(places, tmp_path, capsys):
    _, out, lon, lat = places
    # 300 m north of the street, within the data, beyond 100 m of any way
    words = ("--at", f"{lon + 0.004},{lat + 0.0027}", "--out", tmp_path / "x.geojson")
    assert call("isochrones", out, *words) == 2
    assert "100 米内没有可步行的道路" in capsys.readouterr().err

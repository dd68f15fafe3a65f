"""Lujiazui and the Bund from plain line and polygon layers, with the Huangpu between them."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely

from geo.explain import Explainer
from geo.result import StudyResult
from geo.study import Study

pytestmark = pytest.mark.shared
TIME = "十分钟党群服务圈"
KINDS = ("museum", "police", "post_office", "government", "hospital")


def run(folder: Path, data: Path, roads: Path) -> StudyResult:
    """Run the study with another road layer."""
    pois = gpd.read_file(data / "pois.geojson")
    pois[pois["kind"].isin(KINDS)][["id", "name", "geometry"]].to_file(folder / "stations.geojson")
    water = gpd.read_file(data / "water.geojson")
    water = water[water.geom_type.isin(["Polygon", "MultiPolygon"])][
        ["id", "name", "kind", "geometry"]
    ]
    water.to_file(folder / "water.geojson")
    (folder / "study.toml").write_text(
        f"""
[study]
name = "陆家嘴"
as_of = 2026-06-30
[subdistricts]
path = "{(data / "coverage.geojson").as_posix()}"
[buildings]
path = "{(data / "buildings.geojson").as_posix()}"
[stations]
path = "stations.geojson"
[barriers]
path = "water.geojson"
[network]
path = "{roads.as_posix()}"
extent = "{(data / "coverage.geojson").as_posix()}"
""",
        encoding="utf-8",
    )
    return Study.read(folder / "study.toml").run()


@pytest.fixture(scope="module")
def data(shared_data: Path) -> Path:
    return shared_data / "shanghai-lujiazui"


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory, data: Path) -> StudyResult:
    return run(tmp_path_factory.mktemp("lujiazui"), data, data / "roads.geojson")


def bank_of(shapes: gpd.GeoSeries, data: Path) -> np.ndarray:
    """Say on which bank of the Huangpu each shape lies: 0 or 1, -1 for on the water."""
    water = gpd.read_file(data / "water.geojson")
    areas = water[water.geom_type.isin(["Polygon", "MultiPolygon"])]
    river = shapely.buffer(
        shapely.union_all(areas[areas["name"] == "黄浦江"].geometry.to_numpy()), 1e-5
    )
    land = shapely.difference(gpd.read_file(data / "coverage.geojson").geometry.iloc[0], river)
    parts = sorted(shapely.get_parts(land), key=shapely.area, reverse=True)[:2]
    points = shapely.point_on_surface(shapes.to_numpy())
    inside = [shapely.intersects(part, points) for part in parts]
    return np.where(inside[0], 0, np.where(inside[1], 1, -1))


def test_nobody_walks_through_the_river_or_the_tunnels_under_it(
    result: StudyResult, data: Path
) -> None:
    for rule in (TIME, "步行500米"):
        table = result.buildings[result.buildings["rule"] == rule]
        stations = result.stations.drop_duplicates("station_id").set_index("station_id")
        reached = table[table["station_id"].notna()]
        house = bank_of(reached.geometry, data)
        station = bank_of(stations.geometry.loc[reached["station_id"]], data)
        judged = (house >= 0) & (station >= 0)
        assert judged.mean() > 0.95
        assert (house[judged] == station[judged]).all()
        assert set(house[judged]) == {0, 1}


def test_subway_ferry_funicular_and_road_tunnels_are_dropped_and_counted(
    result: StudyResult,
) -> None:
    note = next(one for one in result.quality.faults if one.code == "network_dropped")
    dropped = dict(note.params["reasons"])
    assert {name: dropped[name] for name in ("subway", "ferry", "funicular", "road_tunnel")} == {
        "subway": 110, "ferry": 17, "funicular": 12, "road_tunnel": 183,
    }  # fmt: skip
    assert "地铁线" in note.text("zh")


def test_a_centreline_layer_without_footways_still_runs_and_covers_less(
    result: StudyResult, data: Path, tmp_path: Path
) -> None:
    roads = gpd.read_file(data / "roads.geojson")
    roads[roads["kind"] != "path"].to_file(tmp_path / "roads.geojson")
    after = run(tmp_path, data, tmp_path / "roads.geojson")
    full, thin = (one.summary["rules"][0]["coverage_count_share"] for one in (result, after))
    assert full == pytest.approx(0.899, abs=0.0005)
    assert thin < full - 0.01


def test_the_huangpu_is_named_and_the_rest_is_far(tmp_path: Path, shared_data: Path) -> None:
    data = shared_data / "shanghai-lujiazui"
    station = gpd.GeoDataFrame(
        {"name": ["滨江站"]}, geometry=[shapely.Point(121.4925, 31.2385)], crs=4326
    )
    station.to_file(tmp_path / "stations.geojson")
    water = gpd.read_file(data / "water.geojson")
    water = water[water.geom_type.isin(["Polygon", "MultiPolygon"])][
        ["id", "name", "kind", "geometry"]
    ]
    water.to_file(tmp_path / "water.geojson")
    paths = {
        name: (data / f"{name}.geojson").as_posix() for name in ("coverage", "buildings", "roads")
    }
    (tmp_path / "study.toml").write_text(
        f"""
[study]
name = "陆家嘴"
as_of = 2026-06-30
[subdistricts]
path = "{paths["coverage"]}"
[buildings]
path = "{paths["buildings"]}"
[stations]
path = "stations.geojson"
[barriers]
path = "water.geojson"
[network]
path = "{paths["roads"]}"
extent = "complete"
""",
        encoding="utf-8",
    )
    result = Study.read(tmp_path / "study.toml").run()
    assert bank_of(station.geometry, data).tolist() != [-1]
    east = bank_of(station.geometry, data)[0]
    table = result.buildings[result.buildings["rule"] == TIME]
    table = table[table["verdict"] == "uncovered"]
    bund = table[bank_of(table.geometry, data) == 1 - east].to_crs(result.walk.crs)
    at_station = station.to_crs(result.walk.crs).geometry.iloc[0]
    straight = shapely.distance(shapely.point_on_surface(bund.geometry.to_numpy()), at_station)
    near = straight <= 720
    assert near.sum() >= 20
    assert (~near).sum() >= 100
    assert set(bund["cause"][near]) == {"barrier"}
    assert set(bund["cause"][~near]) == {"far"}
    explainer = Explainer(result)
    names = {explainer.explain(one).obstacle_name for one in bund["building_id"][near]}
    assert names == {"黄浦江"}
    # nobody bridges the river for one station: a station of its own is the remedy
    found = explainer.explain(str(bund["building_id"][near].iloc[0]))
    assert [one.kind for one in found.fixes] == ["station"]
    areas = result.tables["blind_areas"]
    assert "黄浦江" in set(areas["obstacle_name"][areas["rule"] == TIME])

"""Each reader gives our columns, whatever theirs were called; OSM answers in the same form."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pytest
import shapely

from geo.crs import bd09_to_wgs84, wgs84_to_bd09, wgs84_to_gcj02
from geo.params import OsmQuery, Source
from geo.read.buildings import building_ids, read_buildings
from geo.read.communities import read_communities
from geo.read.layers import read_layer
from geo.read.stations import REGISTER, WHERE_PRESENT, read_stations, station_ids
from geo.read.subdistricts import read_subdistricts
from geo.read.zones import read_zones

REGISTER_HEADERS = [
    "编号",
    "名称*",
    "层级*",
    "所属街道*",
    "所属社区",
    "地址",
    "经度*",
    "纬度*",
    "坐标来源*（高德/百度/天地图/测绘）",
    "依托类型",
    "所在建筑",
    "服务楼宇",
    "楼层",
    "建筑面积（㎡）",
    "开放对象",
    "开放时间",
    "是否预约",
    "状态*",
    "启用日期",
    "停用日期",
    "示范站",
    "所属专项",
    "合设机构",
    "运营单位",
    "数据来源",
    "数据日期",
    "备注",
]
ROW = {
    "编号": "S1",
    "名称*": "富力盈凯服务站",
    "层级*": "新兴领域",
    "所属街道*": "猎德街道",
    "依托类型": "楼宇",
    "所在建筑": "富力盈凯大厦",
    "服务楼宇": "富力中心、盈力",
    "楼层": "46楼",
    "建筑面积（㎡）": "1,000",
    "开放对象": "楼内开放",
    "开放时间": "工作日 9:00-18:00",
    "是否预约": "是",
    "状态*": "启用",
    "启用日期": "2020.6",
    "示范站": "是",
    "所属专项": "百楼百站",
    **dict.fromkeys(["所属社区", "地址", "合设机构", "运营单位", "数据来源", "备注"], "某某"),
    "停用日期": "2030-01-01",
    "数据日期": "2026-06-30",
}


def _register(path, rows, headers=REGISTER_HEADERS):
    book = openpyxl.Workbook()
    book.active.append(list(headers))
    for row in rows:
        book.active.append([row.get(name) for name in headers])
    book.save(path)
    return path


def _squares(count, **columns):
    shapes = [
        shapely.box(430_000 + 100 * i, 2_557_000, 430_050 + 100 * i, 2_557_050)
        for i in range(count)
    ]
    return gpd.GeoDataFrame(columns, geometry=shapes, crs="EPSG:4547")


def test_register_columns_are_all_understood(tmp_path):
    places = {
        "高德": wgs84_to_gcj02(113.32, 23.12),
        "百度": wgs84_to_bd09(113.33, 23.13),
        "天地图": (113.34, 23.14),
        "测绘": (113.35, 23.15),
    }
    rows = [
        ROW | {"编号": f"S{i}", "经度*": float(lon), "纬度*": float(lat), REGISTER_HEADERS[8]: word}
        for i, (word, (lon, lat)) in enumerate(places.items())
    ]
    read = read_stations(Source("stations", path=_register(tmp_path / "s.xlsx", rows)))
    assert set(read.mapping.values()) == set(REGISTER_HEADERS)
    assert len(read.rejects) == 0 and read.faults == ()
    frame = read.frame
    assert np.allclose(frame.geometry.x, [113.32, 113.33, 113.34, 113.35], rtol=0, atol=1e-7)
    assert np.allclose(frame.geometry.y, [23.12, 23.13, 23.14, 23.15], rtol=0, atol=1e-7)
    first = frame.iloc[0]
    assert (first["tier"], first["host_kind"], first["access_scope"], first["status"]) == (
        "emerging",
        "tower",
        "building",
        "open",
    )
    assert (first["floor"], first["area_m2"], first["booking_required"], first["exemplary"]) == (
        46,
        1000,
        True,
        True,
    )
    assert first["opened_on"] == pd.Timestamp(2020, 6, 1) and first["closed_on"].year == 2030
    assert first["host_building_ids"] == ["富力盈凯大厦"] and first["served_building_ids"] == [
        "富力中心",
        "盈力",
    ]
    assert first["programmes"] == ["百楼百站"] and first["subdistrict_name"] == "猎德街道"


def test_register_fields_are_those_of_the_contract():
    assert len(REGISTER_HEADERS) == 27
    extra = {"location", *WHERE_PRESENT}
    assert len([one for one in REGISTER.fields if one.name not in extra]) == 27


def test_declared_crs_holds_where_a_row_names_none(tmp_path):
    lon, lat = wgs84_to_gcj02(113.32, 23.12)
    rows = [
        ROW | {"编号": "A", "经度*": float(lon), "纬度*": float(lat)},
        ROW | {"编号": "B", "经度*": 113.32, "纬度*": 23.12, REGISTER_HEADERS[8]: "天地图"},
    ]
    read = read_stations(Source("stations", path=_register(tmp_path / "s.xlsx", rows), crs="gcj02"))
    assert (
        read.frame.geometry.to_crs("EPSG:4547").distance(shapely.Point(0, 0)).diff().abs().max()
        < 0.01
    )


def test_metres_in_a_csv_stay_metres(tmp_path):
    (tmp_path / "s.csv").write_text("名称,X,Y\n甲,430345,2557989\n", encoding="utf-8")
    read = read_stations(Source("stations", path=tmp_path / "s.csv", crs="EPSG:4547"))
    assert read.frame.crs.to_epsg() == 4547 and read.crs_note == "declared"
    assert read.frame.geometry[0].equals(shapely.Point(430_345, 2_557_989))


def test_location_in_one_cell(tmp_path):
    (tmp_path / "s.csv").write_text('name,location\n甲,"113.32,23.12"\n', encoding="utf-8")
    read = read_stations(Source("stations", path=tmp_path / "s.csv", crs="EPSG:4326"))
    assert (read.frame.geometry[0].x, read.frame.geometry[0].y) == (113.32, 23.12)


def test_missing_tier_scope_and_status_are_counted(tmp_path):
    (tmp_path / "s.csv").write_text(
        "名称,经度,纬度,联系电话,备用\n甲,113.3,23.1,13800000000,\n", encoding="utf-8"
    )
    read = read_stations(Source("stations", path=tmp_path / "s.csv", crs="EPSG:4326"))
    assert read.frame["tier"][0] == "community" and read.frame["access_scope"][0] == "public"
    assert pd.isna(read.frame["status"][0])
    codes = {one.code: one.severity for one in read.faults}
    assert codes == {
        "stations_without_tier": "warning",
        "stations_without_access_scope": "info",
        "stations_without_status": "info",
        "columns_private": "info",
    }
    assert not any("138" in str(cell) for cell in read.frame.astype(str).to_numpy().ravel())


def test_tiers_of_a_city_profile(tmp_path):
    (tmp_path / "s.csv").write_text(
        "名称,层级,经度,纬度\n甲,小区站,104.0,30.6\n乙,社区,104.0,30.6\n", encoding="utf-8"
    )
    source = Source("stations", path=tmp_path / "s.csv", crs="EPSG:4326")
    assert read_stations(source, tiers=("小区站",)).frame["tier"].tolist() == [
        "小区站",
        "community",
    ]


def test_station_footprints_become_points_inside(tmp_path):
    _squares(2, name=["甲", "乙"]).to_file(tmp_path / "s.gpkg", driver="GPKG")
    points = read_stations(Source("stations", path=tmp_path / "s.gpkg")).frame.geometry
    assert (points.geom_type == "Point").all() and points.within(_squares(2).geometry).all()


def test_station_ids_by_community_then_serial():
    stations = pd.DataFrame({"station_id": [None, "440106001001002", None, None, None]})
    communities = pd.Series(["440106001001", None, "440106001001", None, "440106001001"])
    assert station_ids(stations, communities).tolist() == [
        "440106001001001",
        "440106001001002",  # its own
        "440106001001003",
        "S0001",
        "440106001001004",
    ]


def test_subdistricts_with_people_in_ten_thousands(tmp_path):
    frame = _squares(
        2,
        **{
            "街道代码": ["440106001", "440106002"],
            "街道名称": ["五山", "员村"],
            "常住人口（万人）": [14.23, 12.37],
        },
    )
    frame.to_file(tmp_path / "j.gpkg", driver="GPKG")
    read = read_subdistricts(Source("subdistricts", path=tmp_path / "j.gpkg"))
    assert read.frame["subdistrict_id"].tolist() == ["440106001000", "440106002000"]
    assert read.frame["residents"].tolist() == pytest.approx([142_300, 123_700])
    assert {one.code for one in read.faults} == {"unit_applied", "codes_padded"}


def test_subdistricts_without_ids_are_numbered(tmp_path):
    _squares(2, name=["甲", None]).to_file(tmp_path / "j.gpkg", driver="GPKG")
    frame = read_subdistricts(Source("subdistricts", path=tmp_path / "j.gpkg")).frame
    assert frame["subdistrict_id"].tolist() == ["D001", "D002"] and frame["name"].tolist() == [
        "甲",
        "D002",
    ]


def test_communities_name_their_subdistrict_by_code(tmp_path):
    (tmp_path / "c.csv").write_bytes(
        "社区代码,社区\n440106001001,岳洲\n440106003016,天雅\n".encode("gbk")
    )
    frame = read_communities(Source("communities", path=tmp_path / "c.csv")).frame
    assert frame["subdistrict_id"].tolist() == ["440106001000", "440106003000"]
    assert frame.geometry.isna().all()


def test_zones_of_two_layers_keep_apart(tmp_path):
    _squares(2, 编号=["1", "2"], 名称=["东片", None]).to_file(tmp_path / "z.gpkg", driver="GPKG")
    first = read_zones(Source("zones", path=tmp_path / "z.gpkg", name="商务区")).frame
    second = read_zones(Source("zones", path=tmp_path / "z.gpkg", name="科技园")).frame
    assert first["zone_id"].tolist() == ["商务区-1", "商务区-2"] and first["name"].tolist() == [
        "东片",
        "商务区-2",
    ]
    assert not set(first["zone_id"]) & set(second["zone_id"])


def test_buildings_keep_the_users_columns(tmp_path):
    frame = _squares(
        3,
        用途=["住宅", "飞碟", "yes"],
        党员数=[1, 2, 3],
        minutes=[9, 9, 9],
        组织覆盖=["是", "否", None],
    )
    frame.to_file(tmp_path / "b.gpkg", driver="GPKG")
    read = read_buildings(Source("buildings", path=tmp_path / "b.gpkg"))
    assert read.frame["党员数"].tolist() == [1, 2, 3]
    assert "minutes" not in read.frame and read.frame["minutes_原表"].tolist() == [9, 9, 9]
    assert read.frame["use"].tolist()[:1] == ["residential"] and read.frame[
        "use"
    ].isna().tolist() == [False, True, True]
    assert read.frame["org_covered"].tolist()[:2] == [True, False]
    (said,) = [one.text() for one in read.faults]
    assert "飞碟（1）" in said and "yes" not in said


def test_building_ids_follow_the_place_not_the_order():
    frame = _squares(3).assign(building_id=None)
    ids = building_ids(frame)
    assert ids.is_unique and building_ids(frame.iloc[::-1]).tolist() == ids.tolist()[::-1]
    moved = frame.set_geometry(frame.translate(0.04, 0.0))  # below half of 0.1 m on a 0.1 m grid
    assert building_ids(moved).tolist() == ids.tolist()
    assert building_ids(frame.set_geometry(frame.translate(0.2, 0.0)))[0] != ids[0]
    twice = gpd.GeoDataFrame({"building_id": [None, None, "x"]}, geometry=[frame.geometry[0]] * 3)
    assert building_ids(twice).tolist() == [ids[0], ids[0] + "-2", "x"]


def test_barrier_kinds(tmp_path):
    lines = gpd.GeoDataFrame(
        {"类型": ["围墙", "铁路", "River", "谜"]},
        geometry=[shapely.LineString([(0, i), (1, i)]) for i in range(4)],
        crs="EPSG:4547",
    )
    lines.geometry = lines.translate(430_000, 2_557_000)
    lines.to_file(tmp_path / "w.gpkg", driver="GPKG")
    read = read_layer(Source("barriers", path=tmp_path / "w.gpkg"))
    assert read.frame["kind"].tolist() == ["wall", "railway", "water", "wall"]
    assert "1 个阻隔要素" in read.faults[0].text()


def test_corrections_need_a_kind_we_know(tmp_path):
    lines = [shapely.LineString([(113.3, 23.1 + i / 1000), (113.301, 23.1)]) for i in range(3)]
    gpd.GeoDataFrame({"类型": ["通道", "封闭", "?"]}, geometry=lines, crs=4326).to_file(
        tmp_path / "x.geojson"
    )
    read = read_layer(Source("corrections", path=tmp_path / "x.geojson"))
    assert read.frame["kind"].tolist() == ["passage", "closure"]
    assert "不在可选项中" in read.rejects["reason"][0]


def test_entrances_from_a_table(tmp_path):
    (tmp_path / "e.csv").write_text("建筑编号,经度,纬度\nB1,113.3,23.1\n", encoding="utf-8")
    frame = read_layer(Source("entrances", path=tmp_path / "e.csv", crs="EPSG:4326")).frame
    assert frame["building_id"].tolist() == ["B1"] and frame.geometry[0].x == 113.3


def test_network_lines_keep_every_column(tmp_path):
    lines = gpd.GeoDataFrame(
        {"highway": ["steps"], "oneway": ["yes"]},
        geometry=[shapely.LineString([(113.3, 23.1), (113.4, 23.1)])],
        crs=4326,
    )
    lines.to_file(tmp_path / "r.geojson")
    frame = read_layer(Source("network", path=tmp_path / "r.geojson")).frame
    assert frame["highway"].tolist() == ["steps"] and frame["oneway"].tolist() == ["yes"]


def test_same_column_under_two_headers_is_reported(tmp_path):
    (tmp_path / "s.csv").write_text("名称,站点名称,经度,纬度\n甲,乙,113.3,23.1\n", encoding="utf-8")
    read = read_stations(Source("stations", path=tmp_path / "s.csv", crs="EPSG:4326"))
    assert read.frame["name"].tolist() == ["甲"]
    assert any("采用“名称”，未采用“站点名称”" in one.text() for one in read.faults)


@pytest.mark.shared
def test_monaco_wards_communes_buildings_and_stations(shared_data):
    file = shared_data / "monaco/monaco.osm.pbf"
    wards = read_subdistricts(Source("subdistricts", osm=OsmQuery(file, admin_level=10)))
    assert len(wards.frame) == 9 and (wards.frame["subdistrict_id"].str[0] == "r").all()
    communes = read_subdistricts(Source("subdistricts", osm=OsmQuery(file, admin_level=8)))
    assert sorted(communes.frame["name"]) == ["Beausoleil", "Cap-d'Ail", "La Turbie", "Monaco"]
    assert len(communes.rejects) == 7 and communes.rejects["value"].str.contains("Menton").any()
    for tags, count in (
        ({"amenity": ("pharmacy",)}, 23),
        ({"amenity": ("post_office",)}, 18),
        ({"amenity": ("townhall",)}, 5),
    ):
        read = read_stations(Source("stations", osm=OsmQuery(file, tags)))
        assert (
            len(read.frame) == count and read.frame["station_id"].str.fullmatch(r"[nwr]\d+").all()
        )
    buildings = read_buildings(Source("buildings", osm=OsmQuery(file)))
    assert len(buildings.frame) > 23_000 and buildings.frame["building_id"].is_unique


@pytest.mark.shared
def test_tianhe_district_in_gcj02_falls_on_its_streets(shared_data):
    streets = read_subdistricts(
        Source("subdistricts", path=shared_data / "tianhe/tianhe_streets.json")
    )
    assert (
        len(streets.frame) == 21
        and streets.frame["subdistrict_id"].str.fullmatch(r"440106\d{6}").all()
    )
    union = streets.frame.to_crs("EPSG:4547").union_all()

    def agreement(crs):
        source = Source(
            "subdistricts", path=shared_data / "tianhe/tianhe_district_datav.json", crs=crs
        )
        district = read_subdistricts(source).frame.to_crs("EPSG:4547").union_all()
        return district.intersection(union).area / district.union(union).area

    assert agreement("gcj02") == pytest.approx(0.984, abs=0.002)
    assert agreement("EPSG:4326") == pytest.approx(0.85, abs=0.01)


@pytest.mark.shared
def test_tianhe_communities(shared_data):
    read = read_communities(
        Source("communities", path=shared_data / "tianhe/tianhe_communities.csv")
    )
    assert len(read.frame) == 230 and read.frame["subdistrict_id"].nunique() == 21
    assert read.frame["subdistrict_id"].str.fullmatch(r"440106\d{3}000").all()


def test_bd09_table(tmp_path):
    lon, lat = wgs84_to_bd09(113.32, 23.12)
    (tmp_path / "s.csv").write_text(f"名称,经度,纬度\n甲,{lon:.9f},{lat:.9f}\n", encoding="utf-8")
    read = read_stations(Source("stations", path=tmp_path / "s.csv", crs="bd09"))
    assert read.crs_note == "bd09"
    assert read.frame.geometry[0].x == pytest.approx(float(bd09_to_wgs84(lon, lat)[0]), abs=1e-8)
    assert read.frame.geometry[0].y == pytest.approx(23.12, abs=1e-7)

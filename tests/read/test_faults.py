"""Bad input: what stops the run, what sets a row or a value aside, and the sentence for each."""

from __future__ import annotations

from string import Formatter

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from geo.errors import CrsError, InputError
from geo.messages import catalogue
from geo.params import OsmQuery, Source
from geo.read.buildings import read_buildings
from geo.read.layers import read_layer
from geo.read.stations import read_stations
from geo.read.subdistricts import read_subdistricts

HEADER = "编号,名称,层级,经度,纬度,坐标来源,状态\n"
GOOD = "".join(f"G{i},站{i},社区,113.3{i},23.1{i},天地图,启用\n" for i in range(8))


@pytest.fixture
def register(tmp_path):
    """Write a register of eight good rows and the rows given; return what is read."""

    def make(*rows, header=HEADER, crs=None, columns=None):
        path = tmp_path / "台账.csv"
        path.write_text(header + GOOD + "".join(row + "\n" for row in rows), encoding="utf-8")
        return read_stations(Source("stations", path=path, crs=crs, columns=columns or {}))

    return make


def _refused(error, *words):
    return all(word in str(error.value) for word in words)


@pytest.mark.parametrize(
    "row, column, value, words",
    [
        ("G1,重,社区,113.3,23.1,天地图,启用", "编号", "G1", ["G1", "重复", "保留第一行"]),
        ("X,缺,社区,,23.1,天地图,启用", "", "", ["缺少经度或纬度", "补填"]),
        ("X,字,社区,东边,23.1,天地图,启用", "经度", "东边", ["不是可用的数字"]),
        ("X,反,社区,23.1,113.3,天地图,启用", "", "23.100000, 113.300000", ["写反", "对调"]),
        (
            "X,远,社区,430345,2557989,天地图,启用",
            "",
            "430345.000000, 2557989.000000",
            ["不是合理的经纬度", "核对"],
        ),
        ("X,零,社区,0,0,天地图,启用", "", "0.000000, 0.000000", ["（0, 0）", "补填"]),
        ("X,源,社区,113.3,23.1,谷歌,启用", "坐标来源", "谷歌", ["不在可选项中", "填表说明"]),
        ("X,某,社区,113.3,23.1,,启用", "坐标来源", "", ["没有填写坐标来源", "高德"]),
        ("X,级,省级,113.3,23.1,天地图,启用", "层级", "省级", ["不在可选项中"]),
        ("X,某,,113.3,23.1,天地图,启用", "层级", "", ["为空", "必填"]),
        ("X,,社区,113.3,23.1,天地图,启用", "名称", "", ["为空", "必填"]),
        ("X,态,社区,113.3,23.1,天地图,忙", "状态", "忙", ["不在可选项中"]),
        (
            "4.40106E+11,站1,社区,113.3,23.1,天地图,启用",
            "编号",
            "4.40106E+11",
            ["科学记数", "无法唯一认定", "文本格式"],
        ),
    ],
)
def test_a_bad_row_is_set_aside_with_its_sentence(register, row, column, value, words):
    read = register(row)
    assert len(read.frame) == 8 and read.rows == 9
    (reject,) = read.rejects.to_dict("records")
    assert (reject["input"], reject["row"], reject["column"], reject["value"]) == (
        "stations",
        10,
        column,
        value,
    )
    assert all(word in reject["reason"] for word in words)


def test_swapped_where_both_numbers_could_be_either(tmp_path):
    rows = "".join(f"站,87.6{i},43.8\n" for i in range(5)) + "反,43.8,87.61\n怪,60.0,43.8\n"
    (tmp_path / "s.csv").write_text("名称,经度,纬度\n" + rows, encoding="utf-8")
    read = read_stations(Source("stations", path=tmp_path / "s.csv", crs="EPSG:4326"))
    assert read.rejects["row"].tolist() == [7]  # the last is odd, not provably swapped
    assert "写反" in read.rejects["reason"][0]


def test_swapped_metres(tmp_path):
    rows = "".join(f"站{i},43034{i},2557989\n" for i in range(3)) + "反,2557989,430345\n"
    (tmp_path / "s.csv").write_text("名称,X,Y\n" + rows, encoding="utf-8")
    read = read_stations(Source("stations", path=tmp_path / "s.csv", crs="EPSG:4547"))
    assert read.rejects["row"].tolist() == [5]
    assert "东坐标、北坐标写反" in read.rejects["reason"][0]


def test_a_bad_value_leaves_the_row(register):
    header = HEADER.strip() + ",建筑面积（㎡）\n"
    read = register("X,面,社区,113.3,23.1,天地图,启用,很大", header=header)
    assert len(read.frame) == 9 and np.isnan(read.frame["area_m2"].iloc[-1])
    (reject,) = read.rejects.to_dict("records")
    assert reject["column"] == "建筑面积（㎡）" and reject["value"] == "很大"
    assert "仅此值按空白处理，本行保留" in reject["reason"]


def test_more_than_half_bad_is_fatal(register):
    bad = [f"B{i},站,社区,,,天地图,启用" for i in range(9)]
    with pytest.raises(InputError) as refused:
        register(*bad)
    assert _refused(
        refused, "台账.csv", "17 行中有 9 行", "超过一半", "缺少经度或纬度", "改正后重试"
    )
    assert len(register(*bad[:8]).frame) == 8  # exactly half still runs


def test_no_crs_is_fatal_and_says_how_to_fix_it(register):
    header = HEADER.replace("坐标来源", "备注")
    with pytest.raises(CrsError) as refused:
        register(header=header)
    assert _refused(refused, "[stations] 台账.csv", "没有坐标系", 'crs = "gcj02"', "坐标来源")


def test_no_coordinate_columns(register):
    with pytest.raises(InputError) as refused:
        register(header=HEADER.replace("经度", "甲").replace("纬度", "乙"), crs="EPSG:4326")
    assert _refused(refused, "没有坐标列", "现有列：编号、名称", "lon")


def test_every_unknown_column_is_reported_at_once_with_the_nearest(register):
    with pytest.raises(InputError) as refused:
        register(columns={"nmae": "名称", "tier": "层极"})
    assert len(refused.value.faults) == 2
    assert _refused(
        refused,
        "“nmae”不是可用的列名（最接近的：name",
        "没有列“层极”",
        "最接近的：层级",
        "现有：编号、名称",
    )


def test_id_may_be_mapped_by_its_short_name(register):
    read = register(columns={"id": "名称"})
    assert read.frame["station_id"][0] == "站0"


def test_missing_file_names_the_nearest(tmp_path):
    (tmp_path / "buildings.gpkg").touch()
    with pytest.raises(InputError) as refused:
        read_buildings(Source("buildings", path=tmp_path / "building.gpkg"))
    assert _refused(
        refused, "找不到文件 building.gpkg", "最接近的文件名：buildings.gpkg", "检查 study.toml"
    )


@pytest.mark.parametrize(
    "name", ["b.gpkg", "b.shp", "b.geojson", "b.parquet", "b.xlsx", "b.zip", "b.kml", "b.dxf"]
)
def test_broken_files(tmp_path, name):
    (tmp_path / name).write_bytes(b"PK\x03\x04 this is no such file" * 20)
    with pytest.raises(InputError) as refused:
        read_buildings(Source("buildings", path=tmp_path / name, crs="EPSG:4547"))
    assert _refused(refused, "[buildings]", name)
    assert any(
        word in str(refused.value) for word in ("重新导出", "检查压缩包", "没有带图形的图层")
    )


def test_truncated_geojson(tmp_path):
    frame = gpd.GeoDataFrame(geometry=[shapely.box(113, 23, 113.1, 23.1)], crs=4326)
    frame.to_file(tmp_path / "b.geojson")
    text = (tmp_path / "b.geojson").read_text(encoding="utf-8")
    (tmp_path / "b.geojson").write_text(text[: len(text) // 2], encoding="utf-8")
    with pytest.raises(InputError, match=r"无法读取 b.geojson"):
        read_buildings(Source("buildings", path=tmp_path / "b.geojson"))


def test_empty_layer_and_empty_table(tmp_path):
    empty = gpd.GeoDataFrame({"name": []}, geometry=[], crs=4547)
    empty.to_file(tmp_path / "b.gpkg", driver="GPKG", geometry_type="Polygon")
    (tmp_path / "s.csv").write_text("名称,经度,纬度\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"\[buildings\] b.gpkg 是空的.*请检查"):
        read_buildings(Source("buildings", path=tmp_path / "b.gpkg"))
    with pytest.raises(InputError, match=r"\[stations\] s.csv 还没有填写"):
        read_stations(Source("stations", path=tmp_path / "s.csv", crs="EPSG:4326"))


def test_wrong_geometry_is_fatal_and_a_stray_shape_is_not(tmp_path):
    points = gpd.GeoDataFrame(geometry=shapely.points([113.3, 113.4], [23.1, 23.2]), crs=4326)
    points.to_file(tmp_path / "p.geojson")
    with pytest.raises(InputError) as refused:
        read_subdistricts(Source("subdistricts", path=tmp_path / "p.geojson"))
    assert _refused(refused, "p.geojson", "需要面，实际是点", "选错了文件或图层")
    lines = [shapely.LineString([(113, 23), (113.1, 23.1)])]
    gpd.GeoDataFrame(geometry=lines, crs=4326).to_file(tmp_path / "l.geojson")
    with pytest.raises(InputError, match="需要点或面，实际是线"):
        read_stations(Source("stations", path=tmp_path / "l.geojson"))
    mixed = [shapely.box(113, 23, 113.1, 23.1), shapely.box(113.1, 23, 113.2, 23.1), *lines, None]
    gpd.GeoDataFrame(geometry=mixed, crs=4326).to_file(tmp_path / "m.geojson")
    read = read_subdistricts(Source("subdistricts", path=tmp_path / "m.geojson"))
    assert len(read.frame) == 2 and read.rejects["row"].tolist() == [3, 4]
    assert "图形类型是线" in read.rejects["reason"][0] and "没有图形" in read.rejects["reason"][1]


def test_a_table_where_shapes_are_needed(tmp_path):
    (tmp_path / "b.csv").write_text("名称,层数\n甲,3\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"\[buildings\] b.csv 是不带图形的表格，此处需要面图层"):
        read_buildings(Source("buildings", path=tmp_path / "b.csv"))


def test_duplicate_buildings_keep_the_first(tmp_path):
    shapes = [shapely.box(113 + i / 100, 23, 113.005 + i / 100, 23.01) for i in range(3)]
    gpd.GeoDataFrame({"编号": ["a", "a", "b"]}, geometry=shapes, crs=4326).to_file(
        tmp_path / "b.geojson"
    )
    read = read_buildings(Source("buildings", path=tmp_path / "b.geojson"))
    assert read.frame["building_id"].tolist() == ["a", "b"]
    assert read.frame.geometry[0].equals_exact(shapes[0], 1e-9) and read.rejects[
        "row"
    ].tolist() == [2]


def test_a_row_already_set_aside_makes_no_duplicate(register):
    read = register("N,反,省级,113.3,23.1,天地图,启用", "N,好,社区,113.3,23.1,天地图,启用")
    assert read.rejects["row"].tolist() == [10] and "N" in read.frame["station_id"].tolist()


def test_geojson_in_metres_is_refused(tmp_path):
    point = '{"type":"Point","coordinates":[430345,2557989]}'
    feature = f'{{"type":"Feature","properties":{{}},"geometry":{point}}}'
    text = f'{{"type":"FeatureCollection","features":[{feature}]}}'
    (tmp_path / "s.geojson").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match="不是合理的经纬度"):
        read_stations(Source("stations", path=tmp_path / "s.geojson"))


def test_zone_prefix_is_noticed(tmp_path):
    (tmp_path / "s.csv").write_text("名称,X,Y\n甲,38430345,2557989\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"适用范围之外.*带号"):
        read_stations(Source("stations", path=tmp_path / "s.csv", crs="EPSG:4547"))


def test_local_grid_has_no_crs_and_mixes_with_nothing(register):
    header = HEADER.replace("坐标来源", "备注")
    assert register(header=header, crs="local").frame.crs is None
    with pytest.raises(CrsError, match="既有地方坐标又有注明坐标来源的行"):
        register("X,高,社区,113.3,23.1,高德,启用", crs="local")


def test_other_faults_name_what_to_do(tmp_path):
    with pytest.raises(InputError, match=r"没有指定文件.*fetch"):
        read_buildings(Source("buildings", place="天河区"))
    with pytest.raises(InputError, match=r"没有名为 \[lakes\] 的图层输入"):
        read_layer(Source("lakes", path=tmp_path))
    (tmp_path / "s.csv").write_bytes(b"\xff\xff\xff\x00")
    with pytest.raises(InputError, match="既不是 UTF-8 也不是 GBK"):
        read_stations(Source("stations", path=tmp_path / "s.csv"))


@pytest.mark.shared
def test_osm_query_without_answer(shared_data):
    query = OsmQuery(shared_data / "monaco/monaco.osm.pbf", {"amenity": ("党群服务中心",)})
    with pytest.raises(InputError, match="没有符合“amenity = 党群服务中心”的对象"):
        read_stations(Source("stations", osm=query))


def test_every_sentence_of_these_topics_exists_in_both_languages():
    codes = [
        code for code in catalogue() if code.startswith(("reject_", "crs_", "column", "layer_"))
    ]
    assert len(codes) > 30
    for code in codes:
        texts = catalogue()[code]
        assert set(texts) == {"zh", "en"}
        named = [
            {name for _, name, _, _ in Formatter().parse(text) if name} for text in texts.values()
        ]
        assert named[0] == named[1], code


def test_rejects_have_the_columns_of_the_contract(register):
    read = register("X,缺,社区,,23.1,天地图,启用")
    assert list(read.rejects.columns) == ["input", "sheet", "row", "column", "value", "reason"]
    assert isinstance(read.rejects, pd.DataFrame)

"""Every format is written here and read back: same rows, same names, same places."""

from __future__ import annotations

import warnings
import zipfile
from pathlib import Path

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pytest
import shapely

from geo.errors import CrsError, InputError
from geo.params import Source
from geo.read.buildings import read_buildings
from geo.read.stations import read_stations
from geo.read.subdistricts import read_subdistricts

NAMES = ["甲楼", "乙楼", "丙楼"]
SQUARES = [shapely.box(430_000 + 50 * i, 2_557_000, 430_020 + 50 * i, 2_557_030) for i in range(3)]


@pytest.fixture
def buildings() -> gpd.GeoDataFrame:
    """Three footprints near 珠江新城, EPSG:4547."""
    return gpd.GeoDataFrame(
        {
            "编号": ["B1", "B2", "B3"],
            "名称": NAMES,
            "层数": [10, 3, None],
            "用途": ["办公", "住宅", "商业"],
        },
        geometry=SQUARES,
        crs="EPSG:4547",
    )


def _check(path: Path, crs: str | None = None, **more) -> gpd.GeoDataFrame:
    """Read buildings and compare names and places."""
    read = read_buildings(Source("buildings", path=path, crs=crs, **more))
    frame = read.frame
    assert frame["name"].tolist() == NAMES
    assert len(read.rejects) == 0 and read.rows == 3 and len(read.sha256) == 64
    places = frame.geometry.to_crs("EPSG:4547").centroid
    wanted = gpd.GeoSeries(SQUARES, crs="EPSG:4547").centroid
    assert places.distance(wanted).max() < 0.02
    return frame


def test_geojson_is_wgs84(buildings, tmp_path):
    buildings.to_crs(4326).to_file(tmp_path / "楼.geojson", driver="GeoJSON")
    frame = _check(tmp_path / "楼.geojson")
    assert frame.crs.to_epsg() == 4326
    assert frame["use"].tolist() == ["office", "residential", "commercial"]
    assert frame["levels"].tolist()[:2] == [10, 3] and np.isnan(frame["levels"][2])


def test_geopackage_keeps_metres(buildings, tmp_path):
    buildings.to_file(tmp_path / "楼.gpkg", layer="楼", driver="GPKG")
    assert _check(tmp_path / "楼.gpkg").crs.to_epsg() == 4547


def test_filegdb_folder_and_zip(buildings, tmp_path):
    buildings.to_file(tmp_path / "b.gdb", layer="buildings", driver="OpenFileGDB")
    _check(tmp_path / "b.gdb")
    with zipfile.ZipFile(tmp_path / "b.zip", "w") as archive:
        for part in sorted((tmp_path / "b.gdb").iterdir()):
            archive.write(part, f"数据/b.gdb/{part.name}")
    _check(tmp_path / "b.zip")


def test_shapefile_in_gbk_without_cpg(buildings, tmp_path):
    buildings.to_file(tmp_path / "b.shp", encoding="GB18030")
    (tmp_path / "b.cpg").unlink()
    _check(tmp_path / "b.shp")


@pytest.mark.parametrize("encoding", ["UTF-8", "GBK"])
def test_shapefile_follows_its_cpg(buildings, tmp_path, encoding):
    buildings.to_file(tmp_path / "b.shp", encoding=encoding)
    assert (tmp_path / "b.cpg").exists()
    _check(tmp_path / "b.shp")


def test_shapefile_follows_its_language_driver(buildings, tmp_path):
    buildings.to_file(tmp_path / "b.shp", encoding="CP936")
    (tmp_path / "b.cpg").unlink(missing_ok=True)
    dbf = bytearray((tmp_path / "b.dbf").read_bytes())
    dbf[29] = 0x4D  # code page 936
    (tmp_path / "b.dbf").write_bytes(dbf)
    _check(tmp_path / "b.shp")


def test_the_language_driver_wins_over_a_wrong_cpg(buildings, tmp_path):
    buildings.to_file(tmp_path / "b.shp", encoding="CP936")
    (tmp_path / "b.cpg").write_text("UTF-8", encoding="ascii")
    dbf = bytearray((tmp_path / "b.dbf").read_bytes())
    dbf[29] = 0x4D
    (tmp_path / "b.dbf").write_bytes(dbf)
    _check(tmp_path / "b.shp")


def test_shapefile_names_cut_after_ten_bytes(buildings, tmp_path):
    long = buildings.rename(columns={"层数": "地上层数计", "用途": "建筑用途"})
    long["从业人员"] = [5, 6, 7]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that names are cut is the point
        long.to_file(
            tmp_path / "b.shp", encoding="UTF-8"
        )  # ten bytes of UTF-8 hold three characters
    frame = _check(tmp_path / "b.shp", columns={"levels": "地上层"})
    assert frame["use"].tolist() == ["office", "residential", "commercial"]
    assert frame["workers"].tolist() == [5, 6, 7]


def test_shapefile_in_a_zip_with_gbk_names(buildings, tmp_path):
    buildings.to_file(tmp_path / "b.shp", encoding="UTF-8")
    with zipfile.ZipFile(tmp_path / "b.zip", "w") as archive:
        for part in tmp_path.glob("b.*"):
            if part.suffix != ".zip":
                name = f"建筑{part.suffix}".encode("gbk").decode(
                    "cp437"
                )  # as Chinese Windows writes it
                archive.writestr(zipfile.ZipInfo(name), part.read_bytes())
    _check(tmp_path / "b.zip")


def test_shapefile_without_prj_is_refused_and_read_once_declared(buildings, tmp_path):
    buildings.to_file(tmp_path / "b.shp", encoding="UTF-8")
    (tmp_path / "b.prj").unlink()
    with pytest.raises(CrsError) as refused:
        _check(tmp_path / "b.shp")
    text = str(refused.value)
    assert (
        "b.shp" in text and "没有坐标系" in text and "[buildings]" in text and "EPSG:4547" in text
    )
    _check(tmp_path / "b.shp", crs="EPSG:4547")


def test_kml(buildings, tmp_path):
    named = buildings.to_crs(4326).rename(columns={"名称": "Name"})
    named.to_file(tmp_path / "b.kml", driver="KML")
    _check(tmp_path / "b.kml")


def test_mapinfo_tab_with_and_without_a_charset(buildings, tmp_path):
    latin = buildings[["名称", "geometry"]].rename(columns={"名称": "name"})
    latin.to_file(tmp_path / "b.tab", driver="MapInfo File", ENCODING="CP936")
    assert b"WindowsSimpChinese" in (tmp_path / "b.tab").read_bytes()
    _check(tmp_path / "b.tab")
    latin.to_file(tmp_path / "n.tab", driver="MapInfo File", encoding="CP936")
    assert b"Neutral" in (tmp_path / "n.tab").read_bytes()
    _check(tmp_path / "n.tab")


def test_geoparquet(buildings, tmp_path):
    buildings.to_parquet(tmp_path / "b.parquet")
    assert _check(tmp_path / "b.parquet").crs.to_epsg() == 4547


def test_dxf_closed_lines_are_polygons_and_need_a_crs(buildings, tmp_path):
    rings = gpd.GeoDataFrame({"Layer": ["建筑", "建筑", "围墙"]}, geometry=buildings.exterior)
    rings.to_file(tmp_path / "b.dxf", driver="DXF")
    drawing = (tmp_path / "b.dxf").read_bytes().replace(b"ANSI_1252", b"ANSI_936")
    for layer in ("建筑", "围墙"):  # as a Chinese AutoCAD writes them
        drawing = drawing.replace(layer.encode("utf-8"), layer.encode("gbk"))
    (tmp_path / "b.dxf").write_bytes(drawing)
    with pytest.raises(CrsError, match="没有坐标系"):
        read_buildings(Source("buildings", path=tmp_path / "b.dxf"))
    read = read_buildings(
        Source("buildings", path=tmp_path / "b.dxf", layer="建筑", crs="EPSG:4547")
    )
    assert read.frame.area.round().tolist() == [600, 600]
    assert "闭合线按面读取" in " ".join(one.text() for one in read.faults)
    with pytest.raises(InputError, match=r"没有图层“道路”.*现有：围墙、建筑"):
        read_buildings(Source("buildings", path=tmp_path / "b.dxf", layer="道路", crs="EPSG:4547"))


def test_several_layers_need_a_name(buildings, tmp_path):
    for layer in ("住宅", "办公"):
        buildings.to_file(tmp_path / "b.gpkg", layer=layer, driver="GPKG")
    with pytest.raises(InputError) as refused:
        read_buildings(Source("buildings", path=tmp_path / "b.gpkg"))
    assert all(
        word in str(refused.value)
        for word in ("b.gpkg", "多个图层", "住宅、办公", 'layer = "住宅"')
    )
    _check(tmp_path / "b.gpkg", layer="办公")
    with pytest.raises(InputError, match="没有图层“办公楼”（最接近的：办公"):
        read_buildings(Source("buildings", path=tmp_path / "b.gpkg", layer="办公楼"))


def test_gcj02_layer_comes_back_to_wgs84(buildings, tmp_path):
    from geo.crs import wgs84_to_gcj02

    def shift(xy):
        return np.column_stack(wgs84_to_gcj02(xy[:, 0], xy[:, 1]))

    shifted = buildings.to_crs(4326)
    shifted = shifted.set_geometry(shapely.transform(shifted.geometry.to_numpy(), shift))
    shifted.set_crs(4326).to_file(tmp_path / "b.geojson", driver="GeoJSON")
    _check(tmp_path / "b.geojson", crs="gcj02")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-8", "gb18030"])
def test_csv_in_the_encodings_of_excel(tmp_path, encoding):
    text = "名称,层级,经度,纬度\n甲站,街道,113.32,23.12\n乙站,社区,113.33,23.13\n"
    (tmp_path / "s.csv").write_bytes(text.encode(encoding))
    read = read_stations(Source("stations", path=tmp_path / "s.csv", crs="EPSG:4326"))
    assert read.frame["name"].tolist() == ["甲站", "乙站"]
    assert read.frame["tier"].tolist() == ["subdistrict", "community"]
    assert read.frame["source_row"].tolist() == [2, 3]


def test_excel_reads_every_sheet_below_title_rows(tmp_path):
    book = openpyxl.Workbook()
    first, second, notes = book.active, book.create_sheet("车陂街道"), book.create_sheet("填表说明")
    first.title = "五山街道"
    first.append(["五山街道党群服务阵地一览表"])
    first.append([])
    for sheet in (first, second):
        sheet.append(
            ["编号", "名称*", "层级*", "经度*", "纬度*", "坐标来源*（高德/百度/天地图/测绘）"]
        )
    first.append(["示例", "示例站", "社区", 113.0, 23.0, "高德"])
    first.append(["A1", "甲站", "街道", 113.32, 23.12, "高德"])
    second.append([440106003001, "乙站", "新兴领域", "113.33", "23.13", "天地图"])
    notes.append(["栏目", "编号"])
    notes.append(["请勿改动表头"])
    book.save(tmp_path / "s.xlsx")
    read = read_stations(Source("stations", path=tmp_path / "s.xlsx"))
    assert read.frame["station_id"].tolist() == ["A1", "440106003001"]
    assert read.frame["source_sheet"].tolist() == ["五山街道", "车陂街道"]
    assert read.frame["source_row"].tolist() == [5, 2]  # as Excel shows them
    assert read.crs_note == "column"
    said = " ".join(one.text() for one in read.faults)
    assert "填表说明" in said and "1 行的编号或名称以“示例”开头" in said
    with pytest.raises(InputError, match="没有工作表“五山”（最接近的：五山街道"):
        read_stations(Source("stations", path=tmp_path / "s.xlsx", layer="五山"))


def test_parquet_table_and_geometry_free_geopackage(tmp_path):
    from geo.read.communities import read_communities

    pd.DataFrame({"社区代码": ["440106001001"], "社区": ["岳洲"]}).to_parquet(
        tmp_path / "c.parquet"
    )
    read = read_communities(Source("communities", path=tmp_path / "c.parquet"))
    assert read.frame.crs is None and read.frame.geometry.isna().all()
    with pytest.raises(InputError, match="需要面图层"):
        read_subdistricts(Source("subdistricts", path=tmp_path / "c.parquet"))


def test_hash_follows_every_part_of_a_shapefile(buildings, tmp_path):
    buildings.to_file(tmp_path / "b.shp", encoding="UTF-8")
    before = read_buildings(Source("buildings", path=tmp_path / "b.shp")).sha256
    buildings.assign(名称=["子", "丑", "寅"]).to_file(tmp_path / "b.shp", encoding="UTF-8")
    assert read_buildings(Source("buildings", path=tmp_path / "b.shp")).sha256 != before

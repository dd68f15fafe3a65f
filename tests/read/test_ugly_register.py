"""A register with everything that registers have: read whole but for its broken rows, which come back corrected."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pytest

from geo.crs import bd09_to_wgs84, gcj02_to_wgs84
from geo.names import without_pinyin
from geo.params import Source
from geo.read.buildings import read_buildings
from geo.read.communities import read_communities
from geo.read.stations import read_stations
from geo.read.subdistricts import read_subdistricts
from geo.read.words import TIERS
from geo.rejected_rows import rejected_workbooks
from geo.station_register import read_register
from tests.read import ugly_register as ugly

DEMO = Path(__file__).resolve().parents[2] / "data/demo"
CRS = "EPSG:4547"


@pytest.fixture(scope="module")
def frames() -> dict[str, gpd.GeoDataFrame]:
    read = {
        "subdistricts": read_subdistricts(Source("s", path=DEMO / "subdistricts.geojson")),
        "communities": read_communities(Source("c", path=DEMO / "communities.geojson")),
        "buildings": read_buildings(Source("b", path=DEMO / "buildings.parquet")),
    }
    return {name: one.frame.to_crs(CRS) for name, one in read.items()}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("ugly")
    what, rows = ugly.uglify()
    ugly.write_workbook(folder / "台账.xlsx", rows)
    return folder, what, rows


def _read(path, frames, *corrected):
    source = Source("stations", path=path, corrected=corrected)
    return read_register(source, frames=frames, aliases={}, tiers=TIERS)


@pytest.fixture(scope="module")
def read(made, frames):
    return _read(made[0] / "台账.xlsx", frames)


def _true_places(names, truth):
    convert = {"高德": gcj02_to_wgs84, "百度": bd09_to_wgs84, "天地图": lambda x, y: (x, y)}
    places = []
    for name in names:
        row = truth[name]
        places.append(convert[row["坐标来源"]](float(row["经度"]), float(row["纬度"])))
    lon, lat = np.array(places, dtype=float).T
    return gpd.GeoSeries(gpd.points_from_xy(lon, lat), crs=4326).to_crs(CRS)


def test_378_stations_and_20_rejects_with_sheet_row_and_reason(made, read):
    _, what, _ = made
    assert len(what.truth) == 398 and len(what.broken) == 20
    assert (read.rows, len(read.frame), len(read.rejects)) == (398, 378, 20)
    book = openpyxl.load_workbook(made[0] / "台账.xlsx", read_only=True)
    for reject in read.rejects.to_dict("records"):
        page = book[reject["sheet"]]
        cells = [str(c.value) for c in page[reject["row"]] if c.value is not None]
        names = [without_pinyin(cell) for cell in cells]
        assert any(name in what.broken for name in names), reject
        assert reject["reason"].endswith("。")
    assert read.rejects["sheet"].nunique() > 1


def test_the_rest_says_what_the_clean_register_says(made, read):
    _, what, _ = made
    frame = read.frame.to_crs(CRS)
    names = frame["name"].tolist()
    assert set(names) == set(what.truth) - set(what.broken)
    truth = pd.DataFrame([what.truth[name] for name in names])
    assert frame["station_id"].tolist() == truth["编号"].tolist()
    assert frame["subdistrict_name"].tolist() == truth["街道"].tolist()
    assert frame["community_name"].tolist() == truth["社区"].tolist()
    assert frame["area_m2"].tolist() == truth["面积"].astype(float).tolist()
    assert frame["tier"].tolist() == truth["层级"].map(TIERS).tolist()
    assert (frame["status"] == "open").all()
    opened = pd.to_datetime(truth["启用"])
    same_month = (frame["opened_on"].dt.year == opened.dt.year) & (
        frame["opened_on"].dt.month == opened.dt.month
    )
    assert (same_month | opened.isna()).all()
    away = frame.distance(_true_places(names, what.truth), align=False)
    located = frame["located_by"].notna()
    assert away[~located].max() < 0.2
    assert sorted(frame["name"][located]) == sorted(what.unplaced)
    assert (frame["located_score"][located] == 1.0).all() and away[located].max() < 150.0


def test_what_was_done_is_said(read):
    said = {one.code: one.text("zh") for one in read.faults}
    assert "“阵地名称”→“名称”" in said["columns_recognised"]
    assert "“站点名称”→“名称”" in said["columns_recognised"]
    for code in (
        "merged_cells_filled",
        "total_rows_skipped",
        "note_rows_skipped",
        "header_rows_skipped",
        "subdistrict_from_sheet",
        "area_names_unified",
        "stations_located",
    ):
        assert code in said, code
    assert "22 行合计" in said["total_rows_skipped"]  # 6 sheets, 15 blocks, one sum of all


def test_corrected_rejects_bring_it_to_398(made, read, frames):
    folder, what, _ = made
    ((name, content),) = rejected_workbooks({"stations": read.original}, read.rejects).items()
    assert name == "rejects_stations.xlsx"
    assert content == rejected_workbooks({"stations": read.original}, read.rejects)[name]
    (folder / name).write_bytes(content)
    book = openpyxl.load_workbook(folder / name)
    page = book["退回记录"]
    titles = {str(cell.value): cell.column for cell in page[1]}
    assert page.max_row == 21 and not any("电话" in title for title in titles)
    for row in range(2, 22):
        _mend(page, row, titles, what)
    book.save(folder / "改正.xlsx")
    whole = _read(folder / "台账.xlsx", frames, folder / "改正.xlsx")
    assert (whole.rows, len(whole.frame), len(whole.rejects)) == (398, 398, 0)
    frame = whole.frame.to_crs(CRS)
    away = frame.distance(_true_places(frame["name"], what.truth), align=False)
    assert away[frame["located_by"].isna()].max() < 0.2
    assert whole.sha256 != read.sha256
    # the same corrections do not fit another state of the register
    _, rows = ugly.uglify()
    ugly.write_workbook(folder / "新台账.xlsx", rows[1:])
    with pytest.raises(ValueError, match=r"不是从现在的 新台账\.xlsx 导出"):
        _read(folder / "新台账.xlsx", frames, folder / "改正.xlsx")


def _mend(page, row, titles, what):
    """Write what a planner would write, whatever the headers of the sheet the row came from."""

    def place(key):
        found = [h[key] for h in ugly._HEADERS if key in h and h[key] in titles]
        filled = [one for one in found if page.cell(row, titles[one]).value is not None]
        return titles[(filled or found)[0]]

    cells = {"名称": without_pinyin(str(page.cell(row, place("名称")).value))}
    truth, how = what.truth[cells["名称"]], what.broken[cells["名称"]]
    fixed = {}
    ugly.mend(fixed, truth, how)
    alone = (
        page.cell(row, titles["经纬度"]).value is not None
        or page.cell(row, 1).value != "其余街道汇总"
    )
    if alone and {"经度", "纬度"} & fixed.keys():
        page.cell(row, titles["经纬度"]).value = f"{truth['经度']},{truth['纬度']}"
        fixed = {k: v for k, v in fixed.items() if k not in ("经度", "纬度")}
    for key, value in fixed.items():
        page.cell(row, place(key)).value = value


def test_as_text_lost_digits_cost_the_id_not_the_row(made, frames, tmp_path):
    _, _, rows = made
    lost = ugly.write_text(tmp_path / "台账.csv", rows)
    read = _read(tmp_path / "台账.csv", frames)
    assert len(read.frame) == 378
    known = read.frame.set_index("name")["station_id"]
    kept = [without_pinyin(name) for name in lost if without_pinyin(name) in known.index]
    assert known[kept].isna().all() and known.drop(kept).notna().all() and len(kept) > 40
    values = read.rejects["reason"].str.contains("按街道和名称认定")
    assert (~values).sum() == 20 and values.sum() >= len(kept)
    assert any(one.code == "blocks_filled" for one in read.faults)


def test_old_xls():
    """A workbook of Excel 97 (fictional): merged cells, one sheet a 街道, serial dates, pairs of coordinates."""
    source = Source("stations", path=Path(__file__).with_name("register.xls"), crs="EPSG:4326")
    frame = read_stations(source).frame
    assert frame["name"].tolist() == ["甲一站", "甲二站", "甲三站"]
    assert frame["subdistrict_name"].tolist() == ["甲街"] * 3
    assert frame["community_name"].tolist() == ["东社区", "东社区", "西社区"]
    assert frame["opened_on"].dt.strftime("%Y%m%d").tolist()[:2] == ["20210615", "20210601"]
    assert frame["area_m2"].tolist()[:2] == [558.0, 1000.0] and np.isnan(frame["area_m2"][2])
    assert frame.geometry.x.round(6).tolist() == [113.32, 113.33, 113.32]

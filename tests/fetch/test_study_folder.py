"""What the study folder says, and that the analysis takes it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import geopandas as gpd
import pytest
import shapely
from openpyxl import load_workbook

from api import cli
from api.register_sheet import register_bytes
from geo.errors import InputError
from geo.fetch.osm_files import write_elements
from geo.fetch.request import FetchRequest
from geo.study import Study
from geo.study_file import read_study_file
from maps.captions import standing_lines
from tests.fake_overpass import SOUTH, STEP, WEST, FakeService, Town, make_town
from tests.fetch.conftest import Fetch


def fill_register(file: Path, count: int = 2) -> None:
    """Write stations into the empty register, on the ground of the town."""
    file.write_bytes(register_bytes())
    book = load_workbook(file)
    page = book.worksheets[0]
    page.delete_rows(2)
    for number in range(count):
        row = {
            2: f"第{number}站", 3: "社区", 4: "东湖街道", 7: WEST + (2.1 + number) * STEP,
            8: SOUTH + 2 * STEP, 9: "测绘", 15: "公众开放", 18: "启用",
        }  # fmt: skip
        for column, value in row.items():
            page.cell(2 + number, column, value)
    book.save(file)


def test_a_fetched_study_runs_and_names_its_boundaries(online: Fetch, tmp_path: Path) -> None:
    online(margin_m=2300.0)
    folder = tmp_path / "study"
    fill_register(folder / "stations.xlsx")
    result = Study.read(folder / "study.toml").run()
    table = result.buildings[result.buildings["rule"] == "十分钟党群服务圈"]
    assert set(table["verdict"]) == {
        "covered",
        "uncovered",
    }  # the margin holds every walk: none is outside
    assert len(table) == 50
    assert set(table["subdistrict_id"]) == {"r5001", "r5002"}
    lines = standing_lines(result)
    assert "界线来自 OpenStreetMap，非法定界线" in lines
    assert "© OpenStreetMap 贡献者（ODbL），截至2026年10月3日，非测绘成果" in lines


def test_the_study_file_names_source_date_and_extent(online: Fetch, tmp_path: Path) -> None:
    online()
    fill_register(tmp_path / "study" / "stations.xlsx")
    text = (tmp_path / "study" / "study.toml").read_text(encoding="utf-8")
    assert text.startswith(
        "# 由 servicecircle fetch 写成。数据 © OpenStreetMap 贡献者（ODbL），截至 2026-10-03"
    )
    assert "非法定界线" in text
    assert '# path = "walls.geojson"' in text
    params = read_study_file(tmp_path / "study" / "study.toml")
    assert params.name == "云湖区十分钟党群服务圈"
    for kind in ("subdistricts", "buildings", "network"):
        assert params.sources[kind].osm_date == date(2026, 10, 3)
    assert params.network.extent == (tmp_path / "study" / "extent.geojson").resolve()


def test_own_boundaries_become_the_subdistricts(get: Fetch, extract: Path, tmp_path: Path) -> None:
    halves = [shapely.box(WEST, SOUTH, WEST + 0.01, SOUTH + 0.005),
              shapely.box(WEST, SOUTH + 0.005, WEST + 0.01, SOUTH + 0.01)]  # fmt: skip
    own = gpd.GeoDataFrame(
        {"code": ["440106001000", "440106002000"], "街道": ["南", "北"], "常住人口": [10, 20]},
        geometry=halves, crs=4326,
    )  # fmt: skip
    own.to_crs("EPSG:4547").to_file(tmp_path / "街道.gpkg")
    done = get(boundary=tmp_path / "街道.gpkg", pbf=extract)
    assert (done.units.level, done.units.from_osm, done.name) == (None, False, "街道")
    units = gpd.read_file(tmp_path / "study" / "subdistricts.geojson")
    assert units["code"].tolist() == ["440106001000", "440106002000"]
    assert units["residents"].tolist() == [10, 20]
    text = (tmp_path / "study" / "study.toml").read_text(encoding="utf-8")
    assert "非法定界线" not in text
    asked = get("asked", boundary=tmp_path / "街道.gpkg", pbf=extract, admin_level=8)
    assert asked.units.frame["name"].tolist() == ["东湖街道"]


def test_an_outline_without_boundaries_inside_stands_alone(get: Fetch, tmp_path: Path) -> None:
    town = make_town()
    bare = [one for one in town.elements if one["tags"].get("admin_level") != "8"]
    write_elements(bare, tmp_path / "bare.osm.pbf")
    done = get(place="云湖区", pbf=tmp_path / "bare.osm.pbf")
    assert done.units.frame["name"].tolist() == ["云湖区"]
    assert [one.code for one in done.notes] == ["fetch_units_outline"]
    with pytest.raises(InputError, match="admin_level = 8"):
        get("other", place="云湖区", pbf=tmp_path / "bare.osm.pbf", admin_level=8)


def test_boundaries_that_leave_a_part_out_are_counted(get: Fetch, tmp_path: Path) -> None:
    town = make_town()
    few = [one for one in town.elements if one["tags"].get("name") != "西湖街道"]
    write_elements(few, tmp_path / "few.osm.pbf")
    done = get(place="云湖区", pbf=tmp_path / "few.osm.pbf", admin_level=8)
    assert "1 个界线只占所取范围的 50%" in done.notes[0].text()


def test_a_place_without_buildings_is_told(get: Fetch, tmp_path: Path) -> None:
    town = Town()
    town.way((-5, 1), (15, 1), highway="residential")
    outline = town.ring(0, 0, 10, 5)
    town.relation(outline, type="boundary", boundary="administrative", admin_level="6", name="荒野")
    write_elements(town.elements, tmp_path / "wild.osm.pbf")
    done = get(place="荒野", pbf=tmp_path / "wild.osm.pbf")
    assert [one.code for one in done.notes] == ["fetch_units_outline", "fetch_no_buildings"]


def test_a_title_may_hold_quotes(get: Fetch, extract: Path, tmp_path: Path) -> None:
    box = gpd.GeoDataFrame(
        {"name": ["a"]}, geometry=[shapely.box(WEST, SOUTH, WEST + 0.02, SOUTH + 0.01)], crs=4326
    )
    box.to_file(tmp_path / "box.geojson")
    get(place='"云湖"\\区', boundary=tmp_path / "box.geojson", pbf=extract)
    fill_register(tmp_path / "study" / "stations.xlsx")
    assert read_study_file(tmp_path / "study" / "study.toml").name == '"云湖"\\区十分钟党群服务圈'


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({}, "没有说明取哪里的数据"),
        ({"place": "x", "margin_m": float("nan")}, "--margin-m 为 nan"),
        ({"place": "x", "margin_m": -1.0}, "--margin-m 为 -1"),
        ({"place": "x", "overpass_url": "overpass"}, "--overpass-url 不是网址：overpass"),
        ({"place": "x", "pbf": Path("none.osm.pbf")}, "--pbf 所指的文件不存在"),
    ],
)
def test_calls_that_cannot_be_met(asked: dict[str, object], said: str) -> None:
    with pytest.raises(InputError, match=said):
        FetchRequest(**asked).check()  # type: ignore[arg-type]


def test_the_command(
    service: FakeService,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(cli.signal, "signal", lambda *_: None)
    words = ["fetch", "云湖区", "--out", str(tmp_path / "s"), "--margin-m", "300", "--timeout-s", "20",
             "--overpass-url", f"{service.url}/api/interpreter", "--nominatim-url", service.url]  # fmt: skip
    with pytest.raises(SystemExit) as ended:
        cli.main(words)
    out = capsys.readouterr().out
    assert ended.value.code == 0
    assert "街道界线 2 个、建筑 50 栋" in out
    assert "非法定界线" in out
    assert (tmp_path / "s" / "stations.xlsx").is_file()
    with pytest.raises(SystemExit) as ended:
        cli.main(words)
    assert ended.value.code == 2
    assert "不是空的" in capsys.readouterr().err


def test_a_service_that_fails_ends_with_status_two(
    service: FakeService,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(cli.signal, "signal", lambda *_: None)
    service.moods = ["", "400"]
    with pytest.raises(SystemExit) as ended:
        cli.main(["fetch", "云湖区", "--out", str(tmp_path / "s"), "--overpass-url", service.url,
                  "--nominatim-url", service.url])  # fmt: skip
    error = capsys.readouterr().err
    assert ended.value.code == 2
    assert "状态 400" in error
    assert "Traceback" not in error
    assert list(tmp_path.iterdir()) == []


def test_a_place_in_a_study_file_is_sent_to_fetch(online: Fetch, tmp_path: Path) -> None:
    online()
    fill_register(tmp_path / "study" / "stations.xlsx")
    file = tmp_path / "study" / "study.toml"
    text = file.read_text(encoding="utf-8")
    file.write_text(
        text.replace('path = "subdistricts.geojson"', 'place = "云湖区"', 1), encoding="utf-8"
    )
    with pytest.raises(InputError, match='servicecircle fetch "云湖区" --out'):
        Study.read(file).check()

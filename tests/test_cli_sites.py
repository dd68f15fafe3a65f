"""``servicecircle sites``: tables, picture and map in the folder, sentences on the terminal, refusals with status 2."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import pytest
import shapely

from api import cli
from api.cli_sites import floor_of
from geo.errors import InputError
from geo.store import read_result
from tests.small_study import at
from tests.town import station, write_town

RULE = '[[rule]]\nname = "三分钟"\nbasis = "time"\nminutes = 3\nweight = "count"\n'


@pytest.fixture(scope="module")
def town_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The result of a town with one station in a corner."""
    from geo.study import Study

    folder = tmp_path_factory.mktemp("town")
    study = write_town(folder, [station(1, "社区", 5, 2)], more=RULE)
    return Study.read(study).run().write(folder / "out")


@pytest.fixture
def folder(town_folder: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(town_folder, tmp_path / "out"))


def run(*words: str) -> int:
    with pytest.raises(SystemExit) as ended:
        cli.main(["sites", *words])
    return int(ended.value.code or 0)


def test_the_command_writes_tables_picture_and_map(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(str(folder), "--count", "2", "--grid", "200", "--use", "office") == 0
    said = capsys.readouterr().out
    assert "备选点位：考虑" in said and "按“三分钟”（以楼栋计），建议新增党群服务站2处" in said
    assert "已证明最优" in said and "site" not in said.replace("sites.xlsx", "")
    tables = read_result(folder).tables
    assert {"sites", "gain_curve", "candidates", "site_answers"} <= set(tables)
    assert tables["sites"]["rank"].tolist() == [1, 2]
    assert tables["sites"].crs == "EPSG:4326"
    assert (folder / "gain_curve.png").read_bytes()[:4] == b"\x89PNG"
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    for name in ("tables/sites.parquet", "sites.xlsx", "gain_curve.png", "map.html"):
        digest = hashlib.sha256((folder / name).read_bytes()).hexdigest()
        assert manifest["files"][name] == digest
    first = {name: manifest["files"][name] for name in ("tables/sites.parquet", "gain_curve.png")}
    assert run(str(folder), "--count", "2", "--grid", "200", "--use", "office") == 0
    again = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["files"]
    assert {name: again[name] for name in first} == first


def test_a_file_of_candidates_with_a_crs(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    corner = at(shapely.Point(300, 10)).iloc[0]
    table = tmp_path / "备选.csv"
    table.write_text(
        f"编号,名称,经度,纬度\n甲,国企物业一层,{corner.x},{corner.y}\n", encoding="utf-8-sig"
    )
    words = ("--candidates", str(table), "--crs", "EPSG:4547")
    assert run(str(folder), *words, "--count", "1") == 0
    assert "国企物业一层" in capsys.readouterr().out
    assert read_result(folder).tables["sites"]["site_id"].tolist() == ["L-甲"]


def test_bad_calls_end_with_status_2_and_leave_the_folder(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = sorted(one.name for one in (folder / "tables").iterdir())
    for words, sentence in (
        (("--forbid", "B-没有"), "不在备选点位中"),
        (("--floor", "东风街道=1", "--count", "0"), "东风街道"),
        (("--floor", "九成"), "--floor 填写为“九成”"),
        (("--candidates", "没有.gpkg"), "既不是文件"),
        (("--candidates", "layer"), "没有备选点位图层"),
        (("--rule", "没有"), "没有评价标准“没有”"),
        (("--weight", "voters"), "没有可用的计量“voters”"),
    ):
        assert run(str(folder), *words) == 2, words
        assert sentence in capsys.readouterr().err
    assert sorted(one.name for one in (folder / "tables").iterdir()) == before


def test_floors_are_read() -> None:
    assert floor_of(()) == 0.0
    assert floor_of(("0.8",)) == 0.8
    assert floor_of(("东风街道=0.8", "西林街道=0.5")) == {"东风街道": 0.8, "西林街道": 0.5}
    for words in (("80%",), ("1.1",), ("0.8", "东风街道=0.9")):
        with pytest.raises(InputError):
            floor_of(words)

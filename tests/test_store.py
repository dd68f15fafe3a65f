"""The result folder: whole or not at all, the same bytes again, read back as it was."""

from __future__ import annotations

import errno
import json
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
from pyogrio.raw import read_arrow

import geo.store
from geo.errors import NotFoundError, OutputError
from geo.rounding import minutes_up, share_down
from geo.store import add_files, read_result, write_result
from tests.fakes import TIME, fake_result


def tree(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_round_trip(tmp_path: Path) -> None:
    result = fake_result(tmp_path)
    write_result(result, tmp_path / "out", {"map.html": "<p>图</p>"})
    again = read_result(tmp_path / "out")
    assert again.params == result.params
    assert again.summary == result.summary
    assert list(again.quality.faults) == list(result.quality.faults)
    assert sorted(again.tables) == sorted(result.tables)
    for name in ("subdistricts", "buildings", "reach_pairs"):
        pd.testing.assert_frame_equal(
            pd.DataFrame(again.table(name)), pd.DataFrame(result.table(name)), check_dtype=False
        )
    assert isinstance(again.buildings, gpd.GeoDataFrame) and again.buildings.crs == "EPSG:4326"
    assert again.table("rejects")["value"].tolist() == ["<script>alert(1)</script>", "3.5"]
    assert again.inputs["stations"]["name"].tolist() == ["东风街道党群服务中心", "西岭站"]
    assert again.walk is not None and result.walk is not None
    assert again.walk.graph.forward_cost.tolist() == result.walk.graph.forward_cost.tolist()
    assert again.walk.graph.backward_cost.tolist() == result.walk.graph.backward_cost.tolist()
    np.testing.assert_array_equal(again.walk.buildings.edge, result.walk.buildings.edge)
    assert again.walk.buildings.count == 2 and again.walk.crs == "EPSG:4547"
    assert again.walk.barriers["kind"].tolist() == ["water"]
    assert (tmp_path / "out" / "map.html").read_text(encoding="utf-8") == "<p>图</p>"


def test_manifest_names_every_file(tmp_path: Path) -> None:
    write_result(fake_result(tmp_path), tmp_path / "out")
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text(encoding="utf-8"))
    assert set(manifest["files"]) == set(tree(tmp_path / "out")) - {"manifest.json"}
    assert manifest["inputs"]["stations"]["sha256"] == "0" * 64
    assert manifest["versions"]["gdal"].startswith("3.")
    assert manifest["parameters"]["rules"][0]["pass_mark"] == 0.95
    assert manifest["rows"]["buildings"] == 8


def test_same_bytes_again(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_result(fake_result(tmp_path), tmp_path / name)
    first, second = tree(tmp_path / "a"), tree(tmp_path / "b")
    may_differ = {"manifest.json", "layers.gpkg"}
    assert [name for name in first if first[name] != second[name] and name not in may_differ] == []
    assert set(first) == set(second)


def _disk_full() -> OSError:
    return OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize(
    ("failure", "raised"),
    [
        (_disk_full, OutputError),
        (lambda: sqlite3.OperationalError("database or disk is full"), OutputError),
        (KeyboardInterrupt, KeyboardInterrupt),
    ],
)
def test_failed_write_leaves_the_old_result_whole(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    failure: Callable[[], BaseException],
    raised: type[BaseException],
) -> None:
    out = tmp_path / "out"
    write_result(fake_result(tmp_path), out)
    before = tree(tmp_path)

    def fail(*_: object) -> None:
        raise failure()

    monkeypatch.setattr(geo.store, "write_geopackage", fail)
    with pytest.raises(raised):
        write_result(fake_result(tmp_path), out)
    assert tree(tmp_path) == before  # no litter beside it either


def test_kill_between_the_two_renames_is_mended(tmp_path: Path) -> None:
    out = tmp_path / "out"
    write_result(fake_result(tmp_path), out)
    before = tree(out)
    out.rename(tmp_path / ".out.old")
    with pytest.raises(RuntimeError), geo.store.replacing(out, "manifest.json"):
        raise RuntimeError
    assert tree(out) == before


def test_failed_second_rename_brings_the_old_result_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    write_result(fake_result(tmp_path), out)
    before = tree(tmp_path)
    rename = Path.rename

    def stubborn(self: Path, target: Path) -> Path:
        if ".partial-" in self.name:
            raise PermissionError("in use")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", stubborn)
    with pytest.raises(OutputError, match="Excel"):
        write_result(fake_result(tmp_path), out)
    assert tree(tmp_path) == before


def test_foreign_folder_is_refused_and_kept(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "论文.docx").write_text("mine", encoding="utf-8")
    with pytest.raises(OutputError, match=r"manifest\.json"):
        write_result(fake_result(tmp_path), out)
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    (out / "论文.docx").unlink()
    write_result(fake_result(tmp_path), out)  # an empty folder is fine
    with pytest.raises(OutputError, match="一个文件"):
        write_result(fake_result(tmp_path), out / "summary.json")


def test_what_a_person_added_survives_and_stale_parts_go(tmp_path: Path) -> None:
    out = tmp_path / "out"
    write_result(fake_result(tmp_path), out, {"report.html": "old"})
    (out / "批注.docx").write_text("mine", encoding="utf-8")
    (out / "layers.gpkg-wal").write_text("journal", encoding="utf-8")
    write_result(fake_result(tmp_path), out)
    assert (out / "批注.docx").read_text(encoding="utf-8") == "mine"
    assert not (out / "report.html").exists()
    assert not (out / "layers.gpkg-wal").exists()


def test_files_added_later_are_in_the_manifest(tmp_path: Path) -> None:
    out = tmp_path / "out"
    write_result(fake_result(tmp_path), out)
    add_files(out, {"map.html": "neu"})
    files = read_result(out).manifest["files"]
    assert isinstance(files, dict) and "map.html" in files
    assert (out / "map.html").read_text(encoding="utf-8") == "neu"


def test_missing_and_broken_results(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="servicecircle run"):
        read_result(tmp_path)
    write_result(fake_result(tmp_path), tmp_path / "out")
    (tmp_path / "out" / "summary.json").unlink()
    with pytest.raises(NotFoundError, match="不完整"):
        read_result(tmp_path / "out")


def test_layers_with_chinese_aliases(tmp_path: Path) -> None:
    write_result(fake_result(tmp_path), tmp_path / "out")
    path = tmp_path / "out" / "layers.gpkg"
    layers = [name for name, kind in pyogrio.list_layers(path) if kind]
    assert layers == [
        "subdistricts_十分钟党群服务圈", "subdistricts_直线500米",
        "buildings_十分钟党群服务圈", "buildings_直线500米", "stations",
    ]  # fmt: skip
    _, arrow = read_arrow(path, layer=f"buildings_{TIME.name}")
    aliases = {
        field.name: (field.metadata or {}).get(b"GDAL:OGR:alternative_name", b"").decode()
        for field in arrow.schema
    }
    assert aliases["verdict"] == "判定结果"
    assert aliases["minutes"] == "步行时间（分钟）"
    _, arrow = read_arrow(path, layer=f"subdistricts_{TIME.name}")
    share = arrow.schema.field("coverage_count_share").metadata[b"GDAL:OGR:alternative_name"]
    assert share.decode().endswith("率（0–1）")  # no percent: the values are shares
    frame = pyogrio.read_dataframe(path, layer=f"buildings_{TIME.name}")
    assert frame["verdict"].tolist() == ["covered", "covered", "uncovered", "unknown"]
    assert pyogrio.read_dataframe(path, layer="stations")["host_building_ids"].tolist() == [
        "b1",
        "",
    ]
    with sqlite3.connect(path) as database:
        styled = [row[0] for row in database.execute("SELECT f_table_name FROM layer_styles")]
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert database.execute("PRAGMA foreign_key_check").fetchall() == []
    assert styled == [name for name in layers if name.startswith("buildings_")]


def test_local_studies_have_no_crs(tmp_path: Path) -> None:
    result = fake_result(tmp_path)
    plane = {
        name: frame.set_crs(None, allow_override=True)
        if isinstance(frame, gpd.GeoDataFrame)
        else frame
        for name, frame in result.tables.items()
    }
    object.__setattr__(result, "tables", plane)
    write_result(result, tmp_path / "out")
    assert read_result(tmp_path / "out").table("buildings").crs is None
    assert len(pyogrio.list_layers(tmp_path / "out" / "layers.gpkg")) == 6


def test_quality_page_escapes_what_inputs_say(tmp_path: Path) -> None:
    write_result(fake_result(tmp_path), tmp_path / "out")
    page = (tmp_path / "out" / "quality.html").read_text(encoding="utf-8")
    assert "<script>" not in page and "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "云麓区&lt;示例&gt;" in page
    assert "模拟数据" in page and "须处理的问题 1 项" in page
    report = json.loads((tmp_path / "out" / "quality.json").read_text(encoding="utf-8"))
    assert [one["severity"] for one in report["findings"]] == ["error", "info"]


@pytest.mark.parametrize(
    ("share", "shown"), [(0.9499, 0.949), (0.57, 0.57), (1.0, 1.0), (0.0, 0.0), (0.29, 0.29)]
)
def test_shares_round_down(share: float, shown: float) -> None:
    assert float(share_down(share)) == shown


@pytest.mark.parametrize(
    ("minutes", "shown"), [(9.91, 10.0), (7.1, 7.1), (0.0, 0.0), (10.001, 10.1)]
)
def test_minutes_round_up(minutes: float, shown: float) -> None:
    assert float(minutes_up(minutes)) == shown


def test_moved_results_open(tmp_path: Path) -> None:
    write_result(fake_result(tmp_path), tmp_path / "out")
    shutil.move(tmp_path / "out", tmp_path / "档案")
    assert len(read_result(tmp_path / "档案").buildings) == 8

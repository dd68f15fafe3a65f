"""``servicecircle links``: what it prints and writes, alone and with a budget."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from api import cli
from geo.store import read_result


@pytest.fixture
def folder(small_demo_folder: Path, tmp_path: Path) -> Path:
    copied: Path = shutil.copytree(small_demo_folder, tmp_path / "result")
    return copied


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as exit_:
        cli.main(list(arguments))
    return int(exit_.value.code or 0)


def test_links_alone_and_for_a_budget(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("links", str(folder), "--most", "6") == 0
    said = capsys.readouterr().out
    assert "可作备选的连通项目 6 项" in said
    assert "相互之间不能相加" in said
    table = read_result(folder).table("links")
    assert table["rank"].tolist() == [1, 2, 3, 4, 5, 6]
    assert table["coverage_after_share"].is_monotonic_decreasing
    assert set(table["kind"]) <= {"gate", "crossing", "footbridge"}
    assert table.crs == "EPSG:4326"
    assert run("links", str(folder), "--most", "6", "--budget", "1.2") == 0
    said = capsys.readouterr().out
    assert "总额 1.2 内建议新增站点" in said
    result = read_result(folder)
    links, sites = result.table("links"), result.table("sites")
    assert links["cost"].sum() + sites["cost"].sum() <= 1.2 + 1e-9
    assert set(links["model"]) | set(sites["model"]) == {"budget"}
    assert (folder / "links.xlsx").is_file()


def test_what_cannot_be_asked(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("links", str(folder), "--candidates", "layer") == 2
    assert "没有步行连通项目图层" in capsys.readouterr().err
    assert run("links", str(folder), "--rule", "直线500米") == 2
    assert "按直线半径测算" in capsys.readouterr().err

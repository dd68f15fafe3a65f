"""``servicecircle map --against``: an earlier result beside the present one."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from api import cli
from geo.result import StudyResult
from geo.store import write_result
from maps.briefing import build_map
from tests.maps.test_briefing import packed


@pytest.fixture
def folders(small_demo: StudyResult, small_demo_folder: Path, tmp_path: Path) -> tuple[Path, Path]:
    """The small demo, and the same without its first station."""
    now: Path = shutil.copytree(small_demo_folder, tmp_path / "now")
    stations = small_demo.stations
    fewer = stations[stations["station_id"] != stations["station_id"].iloc[0]]
    earlier = replace(small_demo, tables={**small_demo.tables, "stations": fewer})
    return now, write_result(earlier, tmp_path / "before")


def run(*arguments: object) -> int:
    with pytest.raises(SystemExit) as exit_:
        cli.main([str(one) for one in arguments])
    return int(exit_.value.code or 0)


def test_an_earlier_result_on_the_same_map(
    folders: tuple[Path, Path],
    small_demo: StudyResult,
    capsys: pytest.CaptureFixture[str],
) -> None:
    now, before = folders
    file = now / "map.html"
    assert run("map", now, "--against", before) == 0
    assert str(file) in capsys.readouterr().out
    _, texts = packed(file.read_text("utf-8"))
    assert texts["earlier"]["gone"] == [0]  # the station that was not there
    assert not (before / "map.html").exists()
    assert run("map", now) == 0
    alone = file.read_text("utf-8")
    assert "earlier" not in packed(alone)[1]
    assert alone == build_map(small_demo)


def test_what_cannot_stand_beside_it(
    folders: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    now, _ = folders
    page = (now / "map.html").read_bytes()
    assert run("map", now, "--against", now) == 2
    assert "是同一个文件夹" in capsys.readouterr().err
    assert run("map", now, "--against", tmp_path / "none") == 2
    assert "none" in capsys.readouterr().err
    assert (now / "map.html").read_bytes() == page

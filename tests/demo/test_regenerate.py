"""The committed files are what the generator draws, byte for byte."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
DEMO = REPOSITORY / "data" / "demo"
LAYERS = (
    "barriers.geojson",
    "buildings.parquet",
    "cbd.geojson",
    "communities.geojson",
    "district.osm.pbf",
    "entrances.geojson",
    "malls.geojson",
    "parks.geojson",
    "riverside.geojson",
    "stations.xlsx",
    "study.toml",
    "city.toml",
    "subdistricts.geojson",
)


def _draw(size: str, folder: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "data.demo", str(folder), "--size", size],
        cwd=REPOSITORY,
        check=True,
        timeout=600,
    )


def _different(drawn: Path, committed: Path) -> list[str]:
    return [
        name for name in LAYERS if (drawn / name).read_bytes() != (committed / name).read_bytes()
    ]


def test_small_district_is_redrawn_byte_for_byte(tmp_path: Path) -> None:
    _draw("small", tmp_path)
    assert sorted(one.name for one in tmp_path.iterdir()) == sorted(LAYERS)
    assert _different(tmp_path, DEMO / "small") == []


@pytest.mark.slow
def test_whole_district_is_redrawn_byte_for_byte(tmp_path: Path) -> None:
    _draw("full", tmp_path)
    assert _different(tmp_path, DEMO) == []


def test_comparison_notices_one_changed_byte(tmp_path: Path) -> None:
    for name in LAYERS:
        (tmp_path / name).write_bytes((DEMO / "small" / name).read_bytes())
    text = (tmp_path / "study.toml").read_bytes()
    (tmp_path / "study.toml").write_bytes(text.replace(b"minutes = 10", b"minutes = 11"))
    assert _different(tmp_path, DEMO / "small") == ["study.toml"]


@pytest.mark.parametrize(("folder", "most"), [(DEMO / "small", 1.5e6), (DEMO, 8.0e6)])
def test_districts_take_little_room(folder: Path, most: float) -> None:
    assert sum((folder / name).stat().st_size for name in LAYERS) <= most


def test_nothing_committed_names_a_machine_or_a_clock() -> None:
    for folder in (DEMO, DEMO / "small"):
        for name in ("study.toml", "district.osm.pbf", "buildings.parquet"):
            content = (folder / name).read_bytes()
            assert not any(str(one).encode() in content for one in (REPOSITORY, Path.home()))

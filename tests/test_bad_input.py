"""Bad files and calls from end to end: one clear message, the right exit status, nothing half-written."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from tests.small_study import STUDY, X0, Y0, at, write_small_study

Spoil = Callable[[Path], str | None]
REPOSITORY = Path(__file__).resolve().parents[1]


def run(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Run the study of `folder` into ``folder/out`` as a user would."""
    return subprocess.run(
        [
            sys.executable,
            "-m",
            "api.cli",
            "run",
            str(folder / "study.toml"),
            "--out",
            str(folder / "out"),
            *options,
        ],
        capture_output=True,
        encoding="utf-8",
        cwd=REPOSITORY,
        env={**os.environ, "PYTHONIOENCODING": "utf-8", "SERVICECIRCLE_LANG": "zh"},
        check=False,
    )


def replaced(old: str, new: str) -> Spoil:
    def spoil(folder: Path) -> None:
        path = folder / "study.toml"
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")

    return spoil


def layer(name: str, change: Callable[[gpd.GeoDataFrame], gpd.GeoDataFrame]) -> Spoil:
    def spoil(folder: Path) -> None:
        frame = change(gpd.read_file(folder / name))
        (folder / name).unlink()
        frame.to_file(folder / name)

    return spoil


def sheet(change: Callable[[pd.DataFrame], pd.DataFrame]) -> Spoil:
    def spoil(folder: Path) -> None:
        path = folder / "stations.csv"
        change(pd.read_csv(path, encoding="utf-8-sig")).to_csv(
            path, index=False, encoding="utf-8-sig"
        )

    return spoil


def truncated_extract(folder: Path) -> None:
    """Cut a valid extract in the middle."""
    import osmium

    whole = folder / "whole.osm.pbf"
    with osmium.SimpleWriter(str(whole)) as writer:
        for n in range(1, 30_000):
            writer.add_node(
                osmium.osm.mutable.Node(
                    id=n, location=(113.3 + n * 1e-6, 23.1), tags={"name": str(n * 7919)}
                )
            )
    raw = whole.read_bytes()
    (folder / "cut.osm.pbf").write_bytes(raw[: len(raw) // 2])
    replaced('path = "roads.gpkg"\nextent = "complete"', 'osm = "cut.osm.pbf"')(folder)


def without_crs(folder: Path) -> None:
    frame = gpd.read_file(folder / "buildings.gpkg")
    frame.to_file(folder / "buildings.shp", encoding="utf-8")
    (folder / "buildings.prj").unlink()
    replaced('path = "buildings.gpkg"', 'path = "buildings.shp"')(folder)


def as_points(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    return frame.set_geometry(frame.centroid)


FATAL = {
    "missing file": (
        replaced("buildings.gpkg", "building.gpkg"),
        ["building.gpkg", "buildings.gpkg"],
    ),
    "no CRS": (without_crs, ["buildings.shp", "crs"]),
    "degrees for the study": (replaced("as_of", 'crs = "EPSG:4326"\nas_of'), ["EPSG:4326", "米"]),
    "empty layer": (layer("buildings.gpkg", lambda f: f.iloc[:0]), ["buildings.gpkg"]),
    "wrong geometry": (layer("buildings.gpkg", as_points), ["buildings.gpkg", "面"]),
    "unknown key": (replaced("as_of", "as_off = 1\nas_of"), ["as_off", "as_of"]),
    "unknown column": (
        replaced('path = "buildings.gpkg"', 'path = "buildings.gpkg"\ncolumns = { name = "nane" }'),
        ["nane", "name"],
    ),
    "truncated extract": (truncated_extract, ["cut.osm.pbf"]),
    "network elsewhere": (
        layer("roads.gpkg", lambda f: f.set_geometry(f.translate(200_000, 0))),
        ["路网", "不相交"],
    ),
    "negative minutes": (
        replaced("[subdistricts]", '[[rule]]\nname = "坏"\nminutes = -1\n[subdistricts]'),
        ["minutes", "-1"],
    ),
    "most rows bad": (
        sheet(
            lambda f: pd.concat(
                [f, f.assign(编号=["X1", "X2"], 经度=None), f.assign(编号=["X3", "X4"], 纬度=None)]
            )
        ),
        ["stations.csv", "4"],
    ),
}


@pytest.mark.parametrize("case", FATAL)
def test_fatal_input_is_one_message_and_leaves_nothing(case: str, tmp_path: Path) -> None:
    write_small_study(tmp_path)
    spoil, words = FATAL[case]
    spoil(tmp_path)
    before = {path.name for path in tmp_path.iterdir()}
    outcome = run(tmp_path)
    assert outcome.returncode == 2, outcome.stderr
    assert "Traceback" not in outcome.stderr
    for word in words:
        assert word in outcome.stderr, outcome.stderr
    assert {path.name for path in tmp_path.iterdir()} == before


def test_every_fault_of_a_study_file_is_said_at_once(tmp_path: Path) -> None:
    write_small_study(tmp_path)
    replaced("as_of = 2026-06-30", 'as_off = 2026-06-30\n[walk]\nfrontage_m = "wide"')(tmp_path)
    replaced("buildings.gpkg", "building.gpkg")(tmp_path)
    outcome = run(tmp_path)
    assert outcome.returncode == 2
    for word in ("as_off", "frontage_m", "building.gpkg"):
        assert word in outcome.stderr


def far_station(frame: pd.DataFrame) -> pd.DataFrame:
    return pd.concat(
        [frame, frame.iloc[[0]].assign(编号="S9", 名称="远站", 经度=X0 + 300, 纬度=Y0 + 400)]
    )


ASIDE = {
    "duplicate id": sheet(lambda f: pd.concat([f, f.iloc[[0]].assign(名称="重号站")])),
    "no coordinate": sheet(lambda f: pd.concat([f, f.iloc[[0]].assign(编号="S9", 经度=None)])),
    "swapped coordinates": sheet(
        lambda f: pd.concat(
            [f, f.iloc[[0]].assign(编号="S9", 经度=f["纬度"].iloc[0], 纬度=f["经度"].iloc[0])]
        )
    ),
    "beyond the network": sheet(far_station),
}


@pytest.mark.parametrize("case", ASIDE)
def test_a_bad_row_is_set_aside_and_strict_says_so(case: str, tmp_path: Path) -> None:
    write_small_study(tmp_path)
    ASIDE[case](tmp_path)
    outcome = run(tmp_path)
    assert outcome.returncode == 0, outcome.stderr
    rejects = pd.read_parquet(tmp_path / "out" / "tables" / "rejects.parquet")
    assert rejects["row"].astype(int).tolist() == [4]
    assert rejects["reason"].str.len().min() > 5
    stations = gpd.read_parquet(tmp_path / "out" / "tables" / "stations.parquet")
    assert sorted(stations["station_id"].unique()) == ["S1", "S2"]
    assert run(tmp_path, "--strict").returncode == 3


def test_a_self_crossing_footprint_is_repaired_and_the_run_ends_well(tmp_path: Path) -> None:
    write_small_study(tmp_path)
    bow = at(shapely.Polygon([(100, 10), (110, 20), (110, 10), (100, 20)])).iloc[0]
    layer("buildings.gpkg", lambda f: f.set_geometry([bow, *f.geometry[1:]], crs=f.crs))(tmp_path)
    outcome = run(tmp_path, "--strict")
    assert outcome.returncode == 0, outcome.stderr
    quality = (tmp_path / "out" / "quality.json").read_text(encoding="utf-8")
    assert "polygons_repaired" in quality


def test_a_refused_run_leaves_the_old_result_whole(tmp_path: Path) -> None:
    write_small_study(tmp_path)
    assert run(tmp_path).returncode == 0
    before = {path: path.read_bytes() for path in (tmp_path / "out").rglob("*") if path.is_file()}
    (tmp_path / "roads.gpkg").write_bytes(b"not a database")
    assert run(tmp_path).returncode == 2
    after = {path: path.read_bytes() for path in (tmp_path / "out").rglob("*") if path.is_file()}
    assert before == after


def test_a_second_run_gives_the_same_bytes(tmp_path: Path) -> None:
    write_small_study(tmp_path)
    assert run(tmp_path).returncode == 0
    shutil.move(tmp_path / "out", tmp_path / "first")
    assert run(tmp_path).returncode == 0
    names = ["summary.json", "tables.xlsx", "map.html"]
    names += [f"tables/{path.name}" for path in (tmp_path / "first" / "tables").iterdir()]
    for name in names:
        assert (tmp_path / "first" / name).read_bytes() == (tmp_path / "out" / name).read_bytes(), (
            name
        )


def test_the_study_of_these_tests_is_sound(tmp_path: Path) -> None:
    assert "extent" in STUDY
    write_small_study(tmp_path)
    outcome = run(tmp_path, "--strict")
    assert outcome.returncode == 0, outcome.stderr
    assert "东街道" in outcome.stdout

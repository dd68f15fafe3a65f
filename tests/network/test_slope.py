"""Slopes: Tobler's function, heights of nodes, and a study where the hill decides."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import rasterio
from rasterio.transform import from_origin

from geo.errors import CrsError, InputError
from geo.network.slope import STEEPEST, slope_factor, with_slopes
from geo.params import PACES, Pace, Source
from geo.read.elevation import read_elevation
from tests.network.test_links import two_streets
from tests.planner_layers import finding, metres, run, verdicts
from tests.small_study import X0, Y0

BOX = (X0 - 100, Y0 - 100, X0 + 2500, Y0 + 700)


def tobler(slope: float) -> float:
    return float(np.exp(-3.5 * 0.05) / np.exp(-3.5 * abs(slope + 0.05)))


def write_dem(
    path: Path, heights, *, step: float = 10.0, crs="EPSG:4547", nodata=None, units=None
) -> Path:
    """Write heights(x, y) of the small study round its origin."""
    wide, high = round(3000 / step), round(1200 / step)
    x = (np.arange(wide) + 0.5) * step - 300
    y = 900 - (np.arange(high) + 0.5) * step
    values = heights(*np.meshgrid(x, y)).astype(np.float32)
    with rasterio.open(
        path, "w", driver="GTiff", width=wide, height=high, count=1, dtype="float32", crs=crs,
        transform=from_origin(X0 - 300, Y0 + 900, step, step), nodata=nodata,
    ) as raster:  # fmt: skip
        raster.write(values, 1)
        if units:
            raster.units = (units,)
    return path


def source(path: Path, **more: object) -> Source:
    return Source("elevation", path=path, **more)


def test_factor_is_that_of_tobler_relative_to_the_flat() -> None:
    for slope in (-0.3, -0.05, 0.0, 0.02, 0.1, 0.3):
        assert slope_factor(slope) == pytest.approx(tobler(slope))
    assert slope_factor(0.0) == 1.0
    assert slope_factor(9.0) == slope_factor(STEEPEST)


def test_heights_lie_between_the_four_nearest_pixels(tmp_path: Path) -> None:
    path = write_dem(tmp_path / "dem.tif", lambda x, y: 0.1 * x + 0.2 * y)
    ground = read_elevation(source(path), BOX, "EPSG:4547")
    x, y = np.array([0.0, 3.3, 100.0]), np.array([0.0, 7.7, 499.0])
    found = ground.heights(X0 + x, Y0 + y, "EPSG:4547")
    assert found == pytest.approx(0.1 * x + 0.2 * y, abs=1e-3)
    assert np.isnan(ground.heights(np.array([X0 - 9000.0]), np.array([Y0]), "EPSG:4547")).all()


def test_heights_of_another_crs_are_asked_for_in_it(tmp_path: Path) -> None:
    """The same hill in degrees."""
    from pyproj import Transformer

    to_degrees = Transformer.from_crs("EPSG:4547", "EPSG:4326", always_xy=True)
    west, south, east, north = to_degrees.transform_bounds(*BOX)
    path, step = tmp_path / "degrees.tif", 0.0002
    wide, high = int((east - west) / step) + 4, int((north - south) / step) + 4
    lon, lat = west + (np.arange(wide) - 0.5) * step, north - (np.arange(high) - 0.5) * step
    values = np.add.outer(lat * 0, lon) * 1000
    with rasterio.open(
        path, "w", driver="GTiff", width=wide, height=high, count=1, dtype="float64", crs="EPSG:4326",
        transform=from_origin(west - step, north + step, step, step),
    ) as raster:  # fmt: skip
        raster.write(values, 1)
    x, y = np.array([X0 + 500.0]), np.array([Y0 + 100.0])
    ground = read_elevation(source(path), BOX, "EPSG:4547")
    assert ground.heights(x, y, "EPSG:4547") == pytest.approx(
        to_degrees.transform(x, y)[0] * 1000, abs=0.05
    )


def test_rasters_that_cannot_be_used_are_refused(tmp_path: Path) -> None:
    level = lambda x, y: 0 * x  # noqa: E731
    bare = write_dem(tmp_path / "bare.tif", level, crs=None)
    with pytest.raises(CrsError, match="坐标系"):
        read_elevation(source(bare), BOX, "EPSG:4547")
    assert read_elevation(source(bare, crs="EPSG:4547"), BOX, "EPSG:4547").note == "declared"
    assert read_elevation(source(bare, crs="local"), BOX, None).crs is None
    with pytest.raises(CrsError, match="栅格"):
        read_elevation(source(bare, crs="gcj02"), BOX, "EPSG:4547")
    feet = write_dem(tmp_path / "feet.tif", level, units="ft")
    with pytest.raises(InputError, match="ft"):
        read_elevation(source(feet), BOX, "EPSG:4547")
    with pytest.raises(InputError, match="不相交"):
        read_elevation(source(write_dem(tmp_path / "a.tif", level)), (0, 0, 9, 9), "EPSG:4547")
    (tmp_path / "broken.tif").write_bytes(b"II*\0nothing")
    with pytest.raises(InputError, match="无法读取"):
        read_elevation(source(tmp_path / "broken.tif"), BOX, "EPSG:4547")


def test_a_chain_over_a_hill_is_no_flat_street() -> None:
    """600 m with a ridge of 30 m in the middle: up 10 %, down 10 %, though both ends are level."""
    graph = two_streets()
    sloped = with_slopes(graph, graph.edges, lambda x, y: 30 - np.abs(x - 300) * 0.1)
    edges = sloped.graph.edges
    expected = (tobler(0.1) + tobler(-0.1)) / 2
    assert edges.forward_slope[0] == pytest.approx(expected)
    assert edges.backward_slope[0] == pytest.approx(expected)
    assert edges.forward_slope[2] == pytest.approx(1.0)  # along x = 0
    assert sloped.steepest == pytest.approx(0.1)


def test_bridges_rise_evenly_between_their_ends() -> None:
    """A bridge of two edges over a river 20 m deep: its middle node hangs between the banks."""
    graph = two_streets()
    bridge = np.array([True, False, True])  # 1-0-2, over node 0
    edges = graph.edges.with_columns(bridge=bridge)
    ground = {(0.0, 0.0): -20.0, (600.0, 0.0): 7.0, (0.0, 100.0): 0.0, (600.0, 100.0): 0.0}

    def heights(x, y):
        return np.array([ground.get((a, b), 0.0) for a, b in zip(x, y, strict=True)])

    table = with_slopes(graph, edges, heights).graph.edges
    # the ends 1 and 2: node 2 stands on street 1, node 1 hangs free and keeps the ground's height
    assert table.forward_slope[0] == pytest.approx(tobler(0.01))
    assert table.forward_slope[2] == pytest.approx(tobler(-0.01))
    assert table.backward_slope[2] == pytest.approx(tobler(0.01))


def test_a_part_without_heights_is_level() -> None:
    graph = two_streets()
    sloped = with_slopes(graph, graph.edges, lambda x, y: np.where(y > 50, np.nan, 0.1 * x))
    edges = sloped.graph.edges
    assert edges.forward_slope == pytest.approx([tobler(0.1), 1.0, 1.0])
    assert edges.backward_slope == pytest.approx([tobler(-0.1), 1.0, 1.0])
    # of street 2 (100 m) the parts below y = 50 are known
    assert sloped.known_share == pytest.approx((600 + 25 * 2) / 1300)


def test_a_hill_decides_the_verdict_and_a_plain_changes_nothing(tmp_path: Path) -> None:
    section = '[elevation]\npath = "dem.tif"\n'
    results = {}
    for name, heights in (
        ("hill", lambda x, y: 0.02 * x + 0 * y),
        ("level", lambda x, y: 0 * x),
        ("none", None),
    ):
        folder = tmp_path / name
        folder.mkdir()
        if heights is not None:
            write_dem(folder / "dem.tif", heights)
        results[name] = run(folder, section if heights is not None else "")
    hill, level, none = results["hill"], results["level"], results["none"]
    # house b walks 700 m downhill by 2 % to S1; house c 710 m of its 725
    walked = 700 * tobler(-0.02)
    assert metres(hill)["b"] == pytest.approx(walked + 15, abs=0.05)
    assert metres(hill)["c"] == pytest.approx(710 * tobler(-0.02) + 15, abs=0.05)
    assert (verdicts(none)["c"], verdicts(hill)["c"]) == ("uncovered", "covered")
    assert finding(hill, "elevation_used")["share"] == "100.0%"
    assert metres(level) == metres(none)
    assert level.subdistricts.equals(none.subdistricts)


def test_only_a_pace_that_counts_slopes_is_slowed(tmp_path: Path) -> None:
    graph = two_streets()
    sloped = with_slopes(graph, graph.edges, lambda x, y: 0.02 * x).graph
    flat = graph.weighted(PACES["plain"])
    assert np.array_equal(sloped.weighted(PACES["plain"]).forward_cost, flat.forward_cost)
    assert sloped.weighted(Pace()).forward_cost[0] == pytest.approx(
        600 / 1.2 * tobler(0.02) * 1000, abs=1
    )
    assert sloped.weighted(Pace()).backward_cost[0] < 600 / 1.2 * 1000

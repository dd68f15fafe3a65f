"""Neighbouring boundaries: what is narrow is closed, what is wide is told, nobody's building is lost."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.study import Study
from geo.topology import find_gaps, find_overlaps, fit, fit_boundaries
from tests.small_study import at, write_small_study


def shapes(*boxes: tuple[float, float, float, float]) -> np.ndarray:
    return np.array([shapely.box(*one) for one in boxes], dtype=object)


def test_a_narrow_overlap_and_a_narrow_gap_are_closed() -> None:
    # second 0.4 m into the first; third 0.5 m off the second, closed in above and below by the fourth
    drawn = np.array(
        [
            shapely.box(0, 0, 100, 100),
            shapely.box(99.6, 0, 200, 100),
            shapely.box(200.5, 0, 300, 100),
            shapely.box(0, -50, 300, 0).union(shapely.box(0, 100, 300, 150)).union(shapely.box(300, -50, 310, 150)),
        ],
        dtype=object,
    )  # fmt: skip
    fitted = fit(drawn)
    assert fitted.overlaps.area_m2.tolist() == pytest.approx([40.0])
    assert fitted.gaps.area_m2.tolist() == pytest.approx([50.0])
    assert not fitted.overlaps.wide.any()
    assert not fitted.gaps.wide.any()
    assert shapely.coverage_is_valid(fitted.shapes)
    assert shapely.area(fitted.shapes).sum() == pytest.approx(310 * 200)
    assert 0.0 < fitted.moved_share < 0.006


def test_what_is_wide_stays_as_drawn_and_is_reported() -> None:
    frame = gpd.GeoDataFrame(
        {"name": ["甲街", "乙街", "丙街"]},
        geometry=[
            shapely.box(0, 0, 100, 100),
            shapely.box(95, 0, 200, 100),  # 5 m into the first
            shapely.box(199.5, 0, 300, 100),  # 0.5 m into the second
        ],
        crs="EPSG:4547",
    )
    fitted, faults = fit_boundaries(frame, "subdistricts")
    assert shapely.area(fitted.geometry[0]) == pytest.approx(10_000)
    assert shapely.area(fitted.geometry.to_numpy()[:2]).sum() == pytest.approx(20_000 + 500, abs=51)
    assert shapely.intersection(fitted.geometry[0], fitted.geometry[1]).area == pytest.approx(500)
    assert shapely.intersection(fitted.geometry[1], fitted.geometry[2]).area == pytest.approx(0)
    assert [(one.code, one.severity) for one in faults] == [
        ("boundaries_fitted", "info"),
        ("boundaries_overlap", "warning"),
    ]
    assert "甲街/乙街" in faults[1].text("zh")
    assert "500 平方米" in faults[1].text("zh")


def test_a_wide_gap_between_neighbours_is_reported_a_hole_of_one_is_not() -> None:
    ring = shapely.box(0, 0, 100, 100).difference(shapely.box(40, 40, 60, 60))
    assert len(find_gaps(np.array([ring, shapely.box(100, 0, 200, 100)], dtype=object)).shape) == 0
    halves = np.array(
        [ring.intersection(shapely.box(0, 0, 50, 100)), ring.intersection(shapely.box(50, 0, 100, 100))],
        dtype=object,
    )  # fmt: skip
    gaps = find_gaps(halves)
    assert gaps.wide.tolist() == [True]
    assert gaps.area_m2.tolist() == pytest.approx([400.0])
    fitted = fit(halves)
    assert shapely.area(fitted.shapes).sum() == pytest.approx(9_600)


def test_three_polygons_over_one_place_stay_as_drawn() -> None:
    drawn = shapes((0, 0, 60, 60), (50, 0, 110, 60), (40, 50, 100, 110))
    fitted = fit(drawn)
    assert fitted.overlaps.wide.tolist() == [True, True, True]
    assert shapely.area(fitted.shapes) == pytest.approx(shapely.area(drawn))


def test_boundaries_that_meet_are_left_alone() -> None:
    drawn = shapes((0, 0, 100, 100), (100, 0, 200, 100))
    fitted = fit(drawn)
    assert all(a is b for a, b in zip(fitted.shapes, drawn, strict=True))
    assert len(find_overlaps(drawn).shape) == 0


@settings(max_examples=25, deadline=None)
@given(st.lists(st.floats(-0.3, 0.3), min_size=12, max_size=12))
def test_jittered_neighbours_become_a_coverage(moved: list[float]) -> None:
    """Four quarters, each corner drawn anew by each: no overlap or gap is left, hardly any area moves."""
    quarters = []
    for number, (x, y) in enumerate([(0, 0), (100, 0), (0, 100), (100, 100)]):
        a, b, c = moved[3 * number : 3 * number + 3]
        quarters.append(shapely.box(x + a, y + b, x + 100 + c, y + 100 - a))
    fitted = fit(np.array(quarters, dtype=object))
    assert shapely.coverage_is_valid(fitted.shapes, gap_width=0.0)
    assert fitted.moved_share < 0.02
    assert shapely.is_valid(fitted.shapes).all()


def test_a_building_in_a_sliver_gets_its_subdistrict(tmp_path: Path) -> None:
    """House c stands where the eastern street's border was digitised 0.8 m short."""
    path = write_small_study(tmp_path)
    frame = gpd.read_file(tmp_path / "subdistricts.gpkg")
    west = shapely.box(-100, -100, 714.6, 700)
    east = shapely.box(715.4, -100, 2500, 700).union(shapely.box(-100, 700, 2500, 710))
    east = east.union(shapely.box(-100, -110, 2500, -100))
    frame.geometry = at(west, east)
    frame.to_file(tmp_path / "subdistricts.gpkg")
    result = Study.read(path).run()
    table = result.buildings.drop_duplicates("building_id").set_index("building_id")
    assert table.loc["c", "subdistrict_id"] in ("990001001000", "990001002000")
    assert "boundaries_fitted" in [one.code for one in result.quality.faults]
    area = result.subdistricts.drop_duplicates("subdistrict_id")["area_m2"].sum()
    assert area == pytest.approx(
        shapely.union_all(frame.geometry.to_numpy()).area + 0.8 * 800, rel=1e-6
    )


@pytest.mark.shared
def test_the_streets_of_tianhe_are_fitted_with_every_sliver_counted(shared_data: Path) -> None:
    streets = gpd.read_file(shared_data / "tianhe" / "tianhe_streets.json").to_crs("EPSG:4547")
    drawn = streets.geometry.to_numpy()
    fitted = fit(np.asarray(drawn, dtype=object))
    united = shapely.union_all(drawn)
    holes = sum(shapely.get_num_interior_rings(one) for one in shapely.get_parts(united))
    assert len(drawn) == 21
    assert len(fitted.gaps.shape) == holes == 163
    assert fitted.overlaps.area_m2.sum() == pytest.approx(443, abs=1)
    assert not fitted.overlaps.wide.any()
    assert not fitted.gaps.wide.any()
    assert shapely.coverage_is_valid(fitted.shapes, gap_width=1.0)
    change = np.abs(shapely.area(fitted.shapes) / shapely.area(drawn) - 1.0)
    assert change.max() == pytest.approx(fitted.moved_share)
    assert change.max() < 1e-4

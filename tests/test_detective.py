"""The datum detective: what numbers may mean, what speaks for it, and that it says so when nothing does."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely

from benchmarks.datum import CALIBRATION_SEEDS, TEST_SEEDS, Town, judge_layers
from geo.detective import Plane, of_points, of_shapes, outline_points, overlap_share
from geo.evidence import AtLines, AtPlaces, OffPlaces
from geo.hypotheses import BAIDU_MERCATOR, Hypothesis, readings, stated

LON, LAT = np.array([113.3205]), np.array([23.1193])
EVERY = [
    Hypothesis(),
    Hypothesis(shift="gcj02"),
    Hypothesis(shift="bd09"),
    Hypothesis(BAIDU_MERCATOR, "bd09"),
    Hypothesis(swapped=True),
    Hypothesis("EPSG:4547"),
    Hypothesis("EPSG:4526"),
    Hypothesis("EPSG:4526", swapped=True),
    Hypothesis("EPSG:3857", "gcj02"),
]


@pytest.fixture(scope="module")
def town() -> Town:
    return Town.of_demo()


@pytest.mark.parametrize("one", EVERY, ids=lambda one: f"{one.name}-{one.order}")
def test_numbers_go_there_and_back(one):
    there = one.from_wgs84(LON, LAT)
    assert np.allclose(one.to_wgs84(*there), (LON, LAT), rtol=0, atol=1e-8)


@pytest.mark.parametrize("one", EVERY, ids=lambda one: f"{one.name}-{one.order}")
def test_the_true_reading_is_among_those_that_lead_to_the_place(one):
    found = readings(*one.from_wgs84(LON, LAT), 113.3, 23.1)
    assert one in found or (one.plane == "EPSG:4526" and len(found) >= 3)
    names = [(each.name, each.swapped) for each in found]
    assert (one.name, one.swapped) in names


def test_zhujiang_new_town_in_metres_with_and_without_zone_number():
    plain = Hypothesis("EPSG:4547").from_wgs84(LON, LAT)
    prefixed = Hypothesis("EPSG:4526").from_wgs84(LON, LAT)
    assert np.allclose(plain, ([430_345], [2_557_989]), atol=60)
    assert np.allclose(np.subtract(prefixed, plain), ([38_000_000], [0]), atol=1e-3)


def test_baidu_metres_are_those_of_its_own_tables():
    # the polynomial that Baidu publishes for latitudes from 15 to 30 degrees, at its middle
    x, y = Hypothesis(BAIDU_MERCATOR).from_wgs84(np.array([113.3]), np.array([22.5]))
    assert y[0] == pytest.approx(2_555_164.3970602, abs=0.02)
    assert x[0] == pytest.approx(113.3 * 111_320.7020576856 - 0.000344, abs=0.02)


def test_only_what_a_study_file_can_say_is_advised():
    assert [one.declaration for one in EVERY[:7]] == [
        *("EPSG:4326", "gcj02", "bd09", None, None, "EPSG:4547", "EPSG:4526"),
    ]
    assert stated("EPSG:4490") == stated("EPSG:4326", "none") == Hypothesis()
    assert stated("EPSG:4547") == Hypothesis("EPSG:4547")


def test_outside_china_two_of_the_datums_are_one():
    found = readings(np.array([7.42]), np.array([43.73]), 7.42, 43.73)
    assert [one.name for one in found] == ["wgs84", "bd09"]


def test_a_hand_made_layer_is_recognised_and_its_residual_is_true():
    """Nine huts on a field; points stand 5 m east of them, written down in GCJ-02."""
    rng = np.random.default_rng(4)
    corner = rng.uniform(0.0, 4_000.0, (60, 2)) + np.array([430_000.0, 2_557_000.0])
    huts = shapely.box(corner[:, 0], corner[:, 1], corner[:, 0] + 10.0, corner[:, 1] + 10.0)
    plane = Plane("EPSG:4547", corner)
    at = corner + np.array([15.0, 5.0])
    numbers = np.column_stack(Hypothesis(shift="gcj02").from_wgs84(*plane.degrees(at)))
    found = of_points(numbers, AtPlaces(huts), plane, stated=Hypothesis())
    assert found is not None and found.contradicts and not found.thin
    assert found.best.hypothesis.name == "gcj02"
    assert found.best.residual == pytest.approx(5.0, abs=0.01)
    assert found.stated is not None and found.stated.residual > 100.0
    alone = of_points(numbers[:1], AtPlaces(huts), plane, stated=Hypothesis())
    assert alone is not None and not alone.contradicts


def test_points_that_have_nothing_to_do_with_buildings_are_thin_evidence(town):
    rng = np.random.default_rng(9)
    low, high = town.middles.min(axis=0), town.middles.max(axis=0)
    decided = 0
    for _ in range(20):
        xy = rng.uniform(low, high, (30, 2))
        numbers = np.column_stack(town.plane.degrees(xy))
        found = of_points(numbers, town.evidence, town.plane, stated=Hypothesis())
        decided += found is not None and found.contradicts
    assert decided == 0


def test_numbers_that_lead_nowhere_near_have_no_finding(town):
    numbers = np.array([[31_000.0, 231_000.0], [32_000.0, 233_000.0]])
    assert of_points(numbers, town.evidence, town.plane) is None


def test_repeats_of_one_point_count_once(town):
    numbers = np.repeat(np.column_stack(town.plane.degrees(town.middles[:1])), 50, axis=0)
    found = of_points(numbers, town.evidence, town.plane, stated=Hypothesis())
    assert found is not None and found.count == 1


def test_shifted_buildings_are_told_by_the_roads_that_run_through_them():
    """A chessboard of blocks with roads between them: the blocks are 60 m wide, the gaps 20 m."""
    x, y = (part.ravel() for part in np.meshgrid(np.arange(30) * 83.0, np.arange(30) * 79.0))
    origin = np.array([430_000.0, 2_557_000.0])
    blocks = shapely.box(x + origin[0], y + origin[1], x + origin[0] + 63, y + origin[1] + 59)
    roads = np.column_stack((x + 73.0, y + 5.0)) + origin
    plane = Plane("EPSG:4547", roads)
    numbers = np.column_stack(plane.degrees(roads))

    def shifted(xy):
        return plane.metres(*Hypothesis(shift="gcj02").from_wgs84(*plane.degrees(xy)))

    evidence = OffPlaces(shapely.transform(blocks, shifted))
    found = of_shapes(numbers, roads, evidence, plane, stated=Hypothesis())
    assert found is not None
    assert found.best.hypothesis.name == "gcj02"
    assert found.best.residual == 0.0
    right = of_shapes(numbers, roads, OffPlaces(blocks), plane, stated=Hypothesis())
    assert right is not None and not right.contradicts


def test_outline_points_lie_on_the_outline_by_length():
    long_and_short = shapely.box([0.0, 1_000.0], [0.0, 0.0], [100.0, 1_010.0], [100.0, 10.0])
    points = outline_points(long_and_short, 2_000)
    on = shapely.distance(
        shapely.union_all(shapely.boundary(long_and_short)), shapely.points(points)
    )
    assert on.max() < 1e-9
    assert (points[:, 0] <= 100.0).mean() == pytest.approx(400.0 / 440.0, abs=0.03)


@pytest.mark.shared
def test_outline_of_tianhe_is_found_to_be_gcj02(shared_data):
    folder = shared_data / "tianhe"
    streets = gpd.read_file(folder / "tianhe_streets.json").to_crs("EPSG:4547").geometry.to_numpy()
    outline = gpd.read_file(folder / "tianhe_district_datav.json").geometry.to_numpy()
    plane = Plane("EPSG:4547", shapely.get_coordinates(streets))
    border = np.array([shapely.boundary(shapely.union_all(streets))], dtype=object)
    found = of_points(outline_points(outline, 200), AtLines(border), plane, stated=Hypothesis())
    assert found is not None and found.contradicts
    assert found.best.hypothesis.name == "gcj02"
    assert found.best.residual < 50.0 < found.stated.residual
    assert overlap_share(outline, streets, plane, Hypothesis(shift="gcj02")) >= 0.98
    assert overlap_share(outline, streets, plane, Hypothesis()) <= 0.86


def test_a_few_random_layers_are_read_right(town):
    outcome = judge_layers(town, TEST_SEEDS, 60, 15, 200)
    assert outcome.right.mean() >= 0.98


@pytest.mark.slow
def test_a_thousand_random_layers_are_read_right_and_confidence_means_what_it_says(town):
    """Bins of fewer than 20 cases say nothing; the others are allowed two standard errors more."""
    outcome = judge_layers(town, TEST_SEEDS, 1_000, 15, 200)
    assert outcome.right.mean() >= 0.99
    assert outcome.right[~outcome.thin].mean() >= 0.995
    thin = judge_layers(town, TEST_SEEDS + 10_000, 1_500, 3, 14)
    assert TEST_SEEDS + 11_500 < CALIBRATION_SEEDS
    for bins in (outcome.bins(), thin.bins()):
        for said, observed, count in (one for one in bins if one[2] >= 20):
            chance = np.sqrt(said * (1.0 - said) / count)
            assert abs(said - observed) <= 0.05 + 2.0 * chance, (said, observed, count)
    assert thin.thin.mean() > 0.1  # and it says so

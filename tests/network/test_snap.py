"""The access rule against hand-drawn cases and against shapely on random ones."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from geo.kernels.snap import TIE_M, TRIM_M
from geo.network.edges import EdgeTable
from geo.network.snap import AccessFinder, Places, edge_groups
from geo.params import WalkParams


def edge_table(lines: list[shapely.LineString], enterable: list[bool] | None = None) -> EdgeTable:
    """Make a table of plain footways along `lines`."""
    count = len(lines)
    sizes = [len(line.coords) for line in lines]
    xy = shapely.get_coordinates(lines)
    return EdgeTable(
        length_m=shapely.length(lines),
        kind=np.ones(count, np.uint8),
        highway=pd.Categorical(["footway"] * count),
        name=pd.Categorical([None] * count),
        bridge=np.zeros(count, bool),
        tunnel=np.zeros(count, bool),
        enterable=np.array(enterable if enterable is not None else [True] * count),
        forward_open=np.ones(count, bool),
        backward_open=np.ones(count, bool),
        delay=np.zeros(count, np.uint8),
        delay_share=np.zeros(count),
        private_group=np.full(count, -1, np.int32),
        way_ref=np.arange(count, dtype=np.int64),
        shape_offset=np.concatenate(([0], np.cumsum(sizes))).astype(np.int64),
        shape_x=np.ascontiguousarray(xy[:, 0]),
        shape_y=np.ascontiguousarray(xy[:, 1]),
    )


def barrier_frame(*geometry: shapely.Geometry) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame({"kind": ["wall"] * len(geometry)}, geometry=list(geometry))


def rows_of(
    finder: AccessFinder, places: Places, groups: np.ndarray
) -> dict[tuple[int, int], list[float]]:
    rows = finder.find(places, groups.astype(np.int32)).rows
    found: dict[tuple[int, int], list[float]] = {}
    for point, edge, fraction in zip(rows.point, rows.edge, rows.fraction, strict=True):
        found.setdefault((int(point), int(edge)), []).append(round(float(fraction), 6))
    return found


STREET = shapely.LineString([(0, 0), (100, 0)])
LANE = shapely.LineString([(0, 40), (100, 40)])
FAR_LANE = shapely.LineString([(0, 120), (100, 120)])


def test_a_point_uses_every_edge_within_frontage_and_no_other() -> None:
    finder = AccessFinder(edge_table([STREET, LANE, FAR_LANE]), barrier_frame(), WalkParams())
    found = rows_of(finder, Places.from_points(np.array([25.0]), np.array([10.0])), np.zeros(3))
    assert found == {(0, 0): [0.25], (0, 1): [0.25]}


def test_frontage_is_inclusive() -> None:
    finder = AccessFinder(
        edge_table([STREET]), barrier_frame(), WalkParams(frontage_m=50, max_access_m=50)
    )
    x = np.array([10.0, 10.0])
    found = rows_of(finder, Places.from_points(x, np.array([50.0, 50.001])), np.zeros(1))
    assert found == {(0, 0): [0.1]}


def test_without_an_edge_in_frontage_the_nearest_within_max_access_is_used() -> None:
    finder = AccessFinder(edge_table([STREET, FAR_LANE]), barrier_frame(), WalkParams())
    places = Places.from_points(np.array([50.0, 50.0, 50.0]), np.array([-60.0, -100.0, -101.0]))
    assert rows_of(finder, places, np.zeros(2)) == {(0, 0): [0.5], (1, 0): [0.5]}


def test_a_wall_bars_the_near_street_but_not_the_lane_behind() -> None:
    wall = shapely.LineString([(-20, 5), (120, 5)])
    finder = AccessFinder(edge_table([STREET, LANE]), barrier_frame(wall), WalkParams())
    found = rows_of(finder, Places.from_points(np.array([25.0]), np.array([10.0])), np.zeros(2))
    assert found == {(0, 1): [0.25]}


def test_a_place_behind_walls_on_all_sides_names_the_barrier() -> None:
    ring = shapely.box(20, 5, 30, 15)
    far = shapely.LineString([(500, 500), (600, 500)])
    finder = AccessFinder(edge_table([STREET]), barrier_frame(far, ring), WalkParams())
    access = finder.find(
        Places.from_points(np.array([25.0]), np.array([10.0])), np.zeros(1, np.int32)
    )
    assert len(access.rows.point) == 0
    assert access.barred_by.tolist() == [1]


def test_a_wall_on_the_bank_and_a_path_along_it_are_no_crossing() -> None:
    bank = shapely.LineString([(-10, 0), (110, 0)])
    finder = AccessFinder(edge_table([STREET]), barrier_frame(bank), WalkParams())
    house = shapely.box(10, 8, 20, 12)
    assert (0, 0) in rows_of(finder, Places.from_polygons([house]), np.zeros(1))
    across = Places.from_points(np.array([15.0]), np.array([-8.0]))
    assert (0, 0) in rows_of(finder, across, np.zeros(1))  # up to the path, not over it
    on_the_bank = Places.from_polygons([shapely.box(10, -10, 20, 0)])
    assert rows_of(finder, on_the_bank, np.zeros(1))[(0, 0)] == [0.1, 0.2]


def test_a_house_along_the_street_keeps_both_ends_of_its_front() -> None:
    finder = AccessFinder(edge_table([STREET]), barrier_frame(), WalkParams())
    house = shapely.box(30, 5, 60, 15)
    assert rows_of(finder, Places.from_polygons([house]), np.zeros(1)) == {(0, 0): [0.3, 0.6]}


def test_an_edge_through_or_inside_a_building_is_at_distance_zero() -> None:
    passage = shapely.LineString([(-50, 10), (150, 10)])
    inner = shapely.LineString([(45, 8), (55, 8)])
    finder = AccessFinder(edge_table([passage, inner]), barrier_frame(), WalkParams())
    access = finder.find(Places.from_polygons([shapely.box(30, 5, 60, 15)]), np.zeros(2, np.int32))
    assert access.rows.walk_m.max() == 0.0
    assert set(access.rows.edge.tolist()) == {0, 1}


def test_a_courtyard_edge_is_reached_from_the_inner_wall() -> None:
    outer, hole = shapely.box(0, 0, 100, 100), shapely.box(20, 20, 80, 80)
    yard = shapely.LineString([(50, 45), (50, 55)])
    finder = AccessFinder(edge_table([yard]), barrier_frame(), WalkParams())
    access = finder.find(
        Places.from_polygons([shapely.difference(outer, hole)]), np.zeros(1, np.int32)
    )
    assert access.rows.walk_m.tolist() == [25.0, 25.0]  # from the walls below and above


def test_bridges_are_entered_at_their_ends_only() -> None:
    finder = AccessFinder(edge_table([STREET, LANE], [False, True]), barrier_frame(), WalkParams())
    found = rows_of(finder, Places.from_points(np.array([25.0]), np.array([10.0])), np.zeros(2))
    assert found == {(0, 1): [0.25]}


def test_a_served_island_adds_rows_and_never_takes_one_away() -> None:
    near_island = shapely.LineString([(0, 30), (100, 30)])
    finder = AccessFinder(edge_table([FAR_LANE, near_island]), barrier_frame(), WalkParams())
    place = Places.from_points(np.array([50.0]), np.array([40.0]))
    assert rows_of(finder, place, np.array([0, -1])) == {(0, 0): [0.5]}
    assert rows_of(finder, place, np.array([0, 1])) == {(0, 0): [0.5], (0, 1): [0.5]}


def test_an_entrance_speaks_for_its_building() -> None:
    finder = AccessFinder(edge_table([STREET, LANE]), barrier_frame(), WalkParams(frontage_m=12))
    places = Places.from_points(
        np.array([20.0, 80.0]), np.array([10.0, 35.0]), owner=np.array([0, 0]), count=2
    )
    assert rows_of(finder, places, np.zeros(2)) == {(0, 0): [0.2], (0, 1): [0.8]}


def test_edge_groups_number_islands_and_leave_large_pieces_zero() -> None:
    component = np.array([0, 0, 1, 2], np.int32)
    every, large = edge_groups(component, np.array([60, 3, 2]), np.array([0, 2, 3]), 50)
    assert every.tolist() == [0, 1, 2]
    assert large.tolist() == [0, -1, -1]


@pytest.mark.parametrize("seed", range(30))
def test_equal_to_shapely_on_random_streets_houses_and_walls(seed: int) -> None:
    random = np.random.default_rng(seed)
    lines = [
        shapely.LineString(
            random.uniform(0, 400, (1, 2)) + np.cumsum(random.normal(0, 30, (5, 2)), 0)
        )
        for _ in range(12)
    ]
    walls = [shapely.LineString(random.uniform(0, 400, (2, 2))) for _ in range(4)]
    houses = [
        shapely.convex_hull(
            shapely.MultiPoint(random.uniform(0, 400, (1, 2)) + random.normal(0, 9, (6, 2)))
        )
        for _ in range(25)
    ]
    walk = WalkParams()
    edges = edge_table(lines)
    found = AccessFinder(edges, barrier_frame(*walls), walk).find(
        Places.from_polygons(houses), np.zeros(12, np.int32)
    )
    rows = found.rows
    got = {
        (int(p), int(e)): float(w)
        for p, e, w in zip(rows.point, rows.edge, rows.walk_m, strict=True)
    }
    assert got.keys() == expected_rows(houses, lines, walls, walk).keys()
    for key, distance in expected_rows(houses, lines, walls, walk).items():
        assert got[key] == pytest.approx(distance, abs=TIE_M)
    on_edge = shapely.line_interpolate_point(
        np.array(lines)[rows.edge], rows.fraction, normalized=True
    )
    ends = shapely.points(rows.x, rows.y)
    assert shapely.distance(on_edge, ends) == pytest.approx(rows.walk_m, abs=TIE_M + 1e-6)


def expected_rows(houses, lines, walls, walk) -> dict[tuple[int, int], float]:
    """Say the rule again, slowly, with shapely."""
    expected: dict[tuple[int, int], float] = {}
    for h, house in enumerate(houses):
        free = {}
        for e, line in enumerate(lines):
            way = shapely.shortest_line(house, line)
            if way.length > 2 * TRIM_M:
                way = shapely.ops.substring(way, TRIM_M, way.length - TRIM_M)
                if shapely.intersects(way, walls).any():
                    continue
            free[e] = shapely.distance(house, line)
        near = {e: d for e, d in free.items() if d <= walk.frontage_m}
        if not near:
            within = [(d, e) for e, d in free.items() if d <= walk.max_access_m]
            near = {min(within)[1]: min(within)[0]} if within else {}
        expected |= {(h, e): d for e, d in near.items()}
    return expected

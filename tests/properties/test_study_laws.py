"""Laws of the whole chain from lines and footprints to verdicts, on random small towns."""

from __future__ import annotations

from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geo.assess import Assessor, Demanders, Supply
from geo.entry import enter, no_entrances
from geo.network.build import build_graph
from geo.network.lines import raw_from_lines
from geo.network.snap import AccessFinder
from geo.params import PACES, Rule, WalkParams
from geo.register import Hosts
from geo.tabulate import Judged, judge

RULE = Rule("五分钟", minutes=5.0, tiers=())
WALK = WalkParams(min_component_nodes=4)
SLACK_MS = 3  # one rounding a leg: access walk, edge, access walk


@dataclass(frozen=True)
class Town:
    """Streets as coordinate lists, houses, station points, walls; metres."""

    streets: list[np.ndarray]
    houses: list[np.ndarray]
    stations: np.ndarray
    walls: list[np.ndarray]

    def moved(self, angle: float, shift: tuple[float, float]) -> Town:
        turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])

        def move(xy: np.ndarray) -> np.ndarray:
            return xy @ turn.T + np.array(shift)

        return Town(
            [move(one) for one in self.streets],
            [move(one) for one in self.houses],
            move(self.stations),
            [move(one) for one in self.walls],
        )


def town(seed: int) -> Town:
    """Draw a town: a bent lattice with missing streets, a detached lane and hamlet, houses, stations and walls."""
    random = np.random.default_rng(seed)
    size, step = 5, 110.0
    knots = np.stack(np.meshgrid(np.arange(size), np.arange(size), indexing="ij"), -1) * step
    knots = knots + random.normal(0, 18, knots.shape)
    streets = []
    for i in range(size):
        for j in range(size):
            for di, dj in ((1, 0), (0, 1)):
                if i + di < size and j + dj < size and random.random() > 0.2:
                    a, b = knots[i, j], knots[i + di, j + dj]
                    streets.append(np.array([a, (a + b) / 2 + random.normal(0, 6, 2), b]))
    lane = np.array([[700.0, 60.0], [760.0, 75.0], [840.0, 60.0]]) + random.normal(0, 5, (3, 2))
    streets.append(lane)
    hub = np.array([760.0, 300.0]) + random.normal(
        0, 5, 2
    )  # a hamlet of five nodes nobody walks to
    streets += [np.array([hub, hub + arm]) for arm in ([60, 4], [-60, 3], [5, 70], [-2, -70])]
    houses = []
    for x, y in random.uniform(-60, 860, (30, 2)) * (1, 0.6):
        turn = random.uniform(0, np.pi)
        axes = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
        half = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * random.uniform(4, 12, 2)
        houses.append(half @ axes + (x, y))
    stations = random.uniform(0, 700, (4, 2)) * (1, 0.6)
    walls = [random.uniform(0, 500, (2, 2)) for _ in range(3)]
    return Town(streets, houses, stations, walls)


def judged(one: Town, rule: Rule = RULE) -> tuple[Judged, np.ndarray]:
    """Judge a town; returns the minutes' integer costs too."""
    layer = gpd.GeoDataFrame(geometry=[shapely.LineString(street) for street in one.streets])
    graph = build_graph(raw_from_lines(layer).raw)
    barriers = gpd.GeoDataFrame(
        {"kind": ["wall"] * len(one.walls)}, geometry=[shapely.LineString(w) for w in one.walls]
    )
    polygons = [shapely.Polygon(house) for house in one.houses]
    buildings = gpd.GeoDataFrame(
        {"building_id": [str(n) for n in range(len(polygons))]}, geometry=polygons
    )
    count = len(one.stations)
    points = gpd.GeoDataFrame(geometry=list(shapely.points(one.stations)))
    hosts = Hosts(
        np.full(count, -1, np.int32), np.full(count, "", object), np.empty((0, 2), np.int32)
    )
    finder = AccessFinder(graph.edges, barriers, WALK)
    serving = np.ones(count, bool)
    entry = enter(graph, finder, points, hosts, buildings, no_entrances(), WALK, serving)
    centre = shapely.get_coordinates(shapely.centroid(polygons))
    demand = Demanders(
        centre[:, 0], centre[:, 1], entry.buildings.rows, entry.buildings.barred_by >= 0
    )
    supply = Supply(
        one.stations[:, 0], one.stations[:, 1], np.full(count, "community", object), np.full(count, "public", object),
        entry.stations, np.full(count, -1, np.int32), np.empty((0, 2), np.int32),
    )  # fmt: skip
    assessor = Assessor(entry.graph, demand, supply, (rule,), PACES, np.empty(0, np.int32), 30.0)
    result = judge(assessor, rule)
    return result, result.reach.cost


seeds = st.integers(0, 10_000)
quick = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@quick
@given(seeds)
def test_every_building_gets_one_of_four_verdicts(seed: int) -> None:
    result, _ = judged(town(seed))
    assert np.isin(result.verdict, (0, 1, 2, 3)).all()
    assert len(result.verdict) == len(result.reason) == 30


@quick
@given(seeds, st.floats(1.0, 10.0), st.floats(0.0, 10.0))
def test_a_larger_limit_never_loses_a_building(seed: int, minutes: float, more: float) -> None:
    near, _ = judged(town(seed), replace(RULE, minutes=minutes))
    far, _ = judged(town(seed), replace(RULE, minutes=minutes + more))
    assert not ((near.verdict == 0) & (far.verdict != 0)).any()


@quick
@given(seeds, st.tuples(st.floats(0, 800), st.floats(0, 480)))
def test_a_station_more_never_takes_cover_away(seed: int, place: tuple[float, float]) -> None:
    before, cost = judged(town(seed))
    with_one = replace(town(seed), stations=np.vstack([town(seed).stations, place]))
    after, cheaper = judged(with_one)
    assert (cheaper <= cost).all()
    assert not ((before.verdict == 0) & (after.verdict != 0)).any()


@quick
@given(seeds, st.floats(0, 6.28), st.tuples(st.floats(-1e5, 1e5), st.floats(-1e5, 1e5)))
def test_moving_and_turning_a_town_changes_no_cost_beyond_rounding(
    seed: int, angle: float, shift: tuple[float, float]
) -> None:
    _, cost = judged(town(seed))
    _, moved = judged(town(seed).moved(angle, shift))
    same = (np.abs(cost - moved) <= SLACK_MS) | (cost == moved)
    assert same.all()


@quick
@given(seeds, st.randoms(use_true_random=False))
def test_the_order_of_streets_houses_and_walls_changes_nothing(seed: int, random) -> None:
    one = town(seed)
    result, cost = judged(one)
    streets, walls = list(one.streets), list(one.walls)
    random.shuffle(streets)
    random.shuffle(walls)
    turned = [street[::-1] if random.random() < 0.5 else street for street in streets]
    order = list(range(len(one.houses)))
    random.shuffle(order)
    again, other = judged(
        replace(one, streets=turned, walls=walls, houses=[one.houses[n] for n in order])
    )
    assert (other == cost[order]).all()
    assert (again.verdict == result.verdict[order]).all()
    assert (again.reach.station == result.reach.station[order]).all()


@quick
@given(seeds, st.floats(0.05, 0.95))
def test_cutting_a_street_by_a_vertex_changes_nothing(seed: int, share: float) -> None:
    one = town(seed)
    _, cost = judged(one)
    cut: list[np.ndarray] = []
    for number, street in enumerate(one.streets):
        if number % 2:
            cut.append(street)
            continue
        middle = street[0] + share * (street[1] - street[0])
        cut += [np.array([street[0], middle]), np.array([middle, *street[1:]])]
    _, other = judged(replace(one, streets=cut))
    assert (np.abs(cost - other) <= 1).all() or (cost == other).all()


def test_the_towns_hold_every_case() -> None:
    seen = pd.Series(dtype=int)
    for seed in range(25):
        result, _ = judged(town(seed))
        seen = seen.add(pd.Series(result.reason).value_counts(), fill_value=0)
    for reason in ("within_limit", "beyond_limit", "no_edge", "barred", "no_way"):
        assert seen.get(reason, 0) > 0, reason

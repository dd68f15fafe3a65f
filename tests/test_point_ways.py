"""The walk of a point agrees with its verdict: it costs what the verdict says and ends at the station named."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from geo.isochrone_points import terrain_of
from geo.point_verdicts import PointJudge
from geo.point_ways import MOST_NEAR, PointWays
from geo.reassess import reassess


@pytest.fixture(scope="module")
def judge(small_demo_folder, small_demo):
    return PointJudge(reassess(small_demo), terrain_of(small_demo_folder))


@pytest.fixture(scope="module")
def places(judge):
    west, south, east, north = judge.subdistricts.total_bounds
    draw = np.random.default_rng(5)
    return draw.uniform(west, east, 300), draw.uniform(south, north, 300)


def test_walks_are_as_long_as_the_verdict_says(judge, places):
    rule = next(one for one in judge.kept.result.params.rules if one.basis == "walk_distance")
    found = judge.judge(*places, rule)
    ways = PointWays(judge.kept, rule).ways(*places, found)
    drawn = [one for one, way in enumerate(ways) if way.line is not None]
    assert {bool(found.building[one] >= 0) for one in drawn} == {True, False}
    supply = judge.kept.assessor.supply
    for one in drawn:
        line = ways[one].line
        length = np.hypot(*np.diff(line, axis=0).T).sum()
        assert length == pytest.approx(found.amount[one], abs=0.01)
        station = int(found.station[one])
        if supply.host[station] < 0:
            assert line[-1] == pytest.approx((supply.x[station], supply.y[station]))
        if found.building[one] < 0:
            assert line[0] == pytest.approx((places[0][one], places[1][one]))
    missing = [one for one, way in enumerate(ways) if way.near and way.line is None]
    assert all(found.building[one] >= 0 for one in missing)


@pytest.mark.parametrize("basis", ["time", "walk_distance", "radius"])
def test_near_stations_rise_and_begin_with_that_of_the_verdict(judge, places, basis):
    rule = next(one for one in judge.kept.result.params.rules if one.basis == basis)
    found = judge.judge(*places, rule)
    ways = PointWays(judge.kept, rule).ways(*places, found)
    outside = np.flatnonzero(found.building < 0)
    counts = set()
    for one in outside.tolist():
        near = ways[one].near
        counts.add(len(near))
        amounts = [amount for _, amount in near]
        assert amounts == sorted(amounts) and len({row for row, _ in near}) == len(near)
        assert (near[0][0] if near else -1) == found.station[one]
        if near:
            assert near[0][1] == found.amount[one]
    assert max(counts) == MOST_NEAR


def test_near_stations_are_those_of_searches_one_by_one(judge, places):
    rule = judge.kept.result.params.rules[0]
    found = judge.judge(*places, rule)
    one = int(np.flatnonzero((found.building < 0) & (found.amount < rule.limit))[0])
    near = PointWays(judge.kept, rule).ways(*places, found)[one].near
    assert len(near) == MOST_NEAR
    assessor = judge.kept.assessor
    weighting = assessor.weighting(rule)
    rows = found.rows.take(found.rows.point == one)
    public = (assessor.supply.scope == "public") & assessor.counting(rule, rule.tiers)
    cost = {}
    for station in np.flatnonzero(public).tolist():
        seeds, _ = assessor.seeds(weighting, np.array([station]))
        ends = (seeds.edge, seeds.fraction, seeds.cost / 1000.0)
        reach = weighting.graph.reach(ends, 1.5 * rule.limit, towards=True)
        walk = weighting.walk_cost(rows) / 1000.0
        least = reach.cost_of_points(rows.edge, rows.fraction, walk).min()
        if np.isfinite(least):
            cost[station] = least
    best = sorted(cost.items(), key=lambda row: (row[1], row[0]))[:MOST_NEAR]
    assert [row for row, _ in near] == [row for row, _ in best]
    assert [amount for _, amount in near] == pytest.approx([amount for _, amount in best])


def test_a_point_in_a_building_leaves_by_its_doors(judge):
    rule = judge.kept.result.params.rules[0]
    shapes = judge.kept.buildings.geometry.to_numpy()[:40]
    xy = shapely.get_coordinates(shapely.point_on_surface(shapes))
    x, y = xy[:, 0].copy(), xy[:, 1].copy()
    found = judge.judge(x, y, rule)
    ways = PointWays(judge.kept, rule).ways(x, y, found)
    drawn = [one for one, way in enumerate(ways) if way.line is not None]
    assert drawn
    for one in drawn:
        shape = judge.kept.buildings.geometry.iloc[int(found.building[one])]
        assert shape.distance(shapely.Point(ways[one].line[0])) < 0.01

"""Verdicts of any points equal those of a study that had a building without walls on each of them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from geo.assess import Demanders
from geo.coverage import FAR, VERDICT_NAMES, reasons, verdicts
from geo.isochrone_points import terrain_of
from geo.network.snap import Places
from geo.point_verdicts import PointJudge
from geo.reassess import reassess
from geo.store import read_result


@pytest.fixture(scope="module")
def terrain(small_demo_folder):
    return terrain_of(small_demo_folder)


@pytest.fixture(scope="module")
def judge(small_demo_folder, terrain):
    return PointJudge(reassess(read_result(small_demo_folder)), terrain)


@pytest.fixture(scope="module")
def points(judge):
    west, south, east, north = judge.kept.buildings.total_bounds
    draw = np.random.default_rng(3)
    return draw.uniform(west - 800, east + 800, 500), draw.uniform(south - 800, north + 800, 500)


def test_points_are_judged_as_a_whole_study_would(judge, terrain, points):
    x, y = points
    kept = judge.kept
    seen: set[str] = set()
    for rule in kept.result.params.rules:
        answer = judge.judge(x, y, rule)
        access = terrain.finder.find(Places.from_points(x, y), terrain.groups)
        supply = replace(
            kept.assessor.supply,
            host=np.full(kept.assessor.supply.count, -1, np.int32),
            served=np.empty((0, 2), np.int32),
        )
        whole = replace(
            kept.assessor,
            demand=Demanders(x, y, access.rows, access.barred_by >= 0),
            supply=supply,
            heights=None,
            _weightings={}, _pairs={}, _near_cut={}, _fields={},
        )  # fmt: skip
        reach, _ = whole.reach(rule)
        verdict = verdicts(reach)
        free = answer.building < 0
        assert free.sum() > 50
        assert answer.verdict[free].tolist() == VERDICT_NAMES[verdict][free].tolist()
        assert answer.reason[free].tolist() == reasons(reach, verdict)[free].tolist()
        cost = np.where(reach.cost == FAR, np.nan, reach.cost / 1000.0)
        np.testing.assert_array_equal(answer.amount[free], cost[free])
        near = free & (reach.cost < FAR)
        assert answer.station[near].tolist() == reach.station[near].tolist()
        seen |= set(answer.verdict[free])
    assert seen >= {"covered", "uncovered", "unknown"}

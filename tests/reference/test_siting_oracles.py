"""The same objectives as spopt on its kind of instance: dense tables, a count, no further rule."""

from __future__ import annotations

import numpy as np
import pytest

from geo.siting import SitingProblem

locate = pytest.importorskip("spopt.locate", reason="spopt is in the development extra")
pulp = pytest.importorskip("pulp")

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # spopt on new pulp
INSTANCES = 6


def table(seed: int) -> tuple[np.ndarray, np.ndarray]:
    draw = np.random.default_rng(seed)
    demand, sites = draw.uniform(0, 10, (60, 2)), draw.uniform(0, 10, (25, 2))
    cost = np.hypot(*(demand[:, None] - sites[None]).transpose(2, 0, 1))
    return np.round(cost, 3), draw.integers(1, 100, 60)


def solver() -> object:
    return pulp.PULP_CBC_CMD(msg=False)


@pytest.mark.parametrize("seed", range(INSTANCES))
def test_mclp_equals_spopt(seed: int) -> None:
    cost, weight = table(seed)
    theirs = locate.MCLP.from_cost_matrix(cost, weight, 2.0, p_facilities=4).solve(solver())
    ours = SitingProblem.from_cost_matrix(cost, weight, limit=2.0, count=4).solve()
    assert ours.status == "optimal"
    assert ours.objective == pytest.approx(pulp.value(theirs.problem.objective))


@pytest.mark.parametrize("seed", range(INSTANCES))
def test_lscp_equals_spopt(seed: int) -> None:
    cost, weight = table(seed)
    limit = float(cost.min(axis=1).max()) + 0.5
    theirs = locate.LSCP.from_cost_matrix(cost, limit).solve(solver())
    ours = SitingProblem.from_cost_matrix(cost, weight, limit=limit, model="lscp").solve()
    assert ours.objective == pytest.approx(pulp.value(theirs.problem.objective))


@pytest.mark.parametrize("seed", range(INSTANCES))
def test_p_median_equals_spopt(seed: int) -> None:
    cost, weight = table(seed)
    theirs = locate.PMedian.from_cost_matrix(cost, weight, p_facilities=4).solve(solver())
    ours = SitingProblem.from_cost_matrix(cost, weight, model="p_median", count=4).solve()
    assert ours.status == "optimal"
    assert ours.objective == pytest.approx(pulp.value(theirs.problem.objective))


@pytest.mark.parametrize("seed", range(INSTANCES))
def test_p_centre_equals_spopt(seed: int) -> None:
    cost, weight = table(seed)
    theirs = locate.PCenter.from_cost_matrix(cost, p_facilities=4).solve(solver())
    ours = SitingProblem.from_cost_matrix(cost, weight, model="p_center", count=4).solve()
    assert ours.objective == pytest.approx(pulp.value(theirs.problem.objective))

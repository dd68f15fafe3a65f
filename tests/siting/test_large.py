"""Larger tables: bounds of different origin agree, gaps close, time limits hold with floors."""

from __future__ import annotations

import time

import numpy as np
import pytest

from benchmarks.siting import clustered_city, random_graph
from geo.siting import SitingProblem, SitingRules
from geo.siting.cover import solve_cover
from geo.siting.cover_bound import priced_out, stepped_bound
from geo.siting.cover_search import greedy_needs, swapped_to_needs
from geo.siting.judge import Clock, feasible, score, shortfalls
from geo.siting.milp import LinearModel
from geo.siting.prepare import prepare
from geo.siting.quick_bound import bound_by_needs
from geo.siting.reduce import merge_rows
from tests.siting.oracle import all_choices
from tests.siting.test_brute_force import draw_case, problem_of


@pytest.fixture(scope="module")
def city() -> tuple[object, np.ndarray]:
    return clustered_city(1200, 500.0, 4, clusters=15, side_m=6000.0)


def test_clustered_cover_is_within_two_percent(city: tuple[object, np.ndarray]) -> None:
    cost, weight = city
    solution = SitingProblem.from_cost_matrix(cost, weight, count=30).solve(time_limit=20.0)
    assert 0.6 < solution.coverage_share < 0.95
    assert solution.optimality_gap_share <= 0.02
    assert solution.bound >= solution.objective


def test_bounds_by_prices_and_by_steps_hold(city: tuple[object, np.ndarray]) -> None:
    cost, weight = city
    problem = SitingProblem.from_cost_matrix(cost, weight, count=30)
    prepared = prepare(problem)
    merged = merge_rows(prepared)
    found = solve_cover(prepared, Clock(20.0), 0.0)
    assert found.chosen is not None
    worth = score(prepared, found.chosen)
    stepped = stepped_bound(prepared, merged, worth)
    assert stepped <= found.bound * (1.0 - 1e-9) <= worth * (1.0 - 1e-9) + 1e-6
    assert stepped >= 1.03 * worth  # negative: at most three percent beyond
    draw = np.random.default_rng(1)
    for _ in range(5):  # any prices give a bound that holds
        lower, out = priced_out(
            prepared, merged, (draw.uniform(0, 1) * merged.weight, np.empty(0)), worth
        )
        assert lower <= found.bound + 1e-6
        assert not (out & found.chosen).any()


def test_rows_with_equal_sites_are_merged_and_others_are_not() -> None:
    table = [[1.0, np.inf], [2.0, np.inf], [np.inf, 1.0], [1.0, 1.0], [np.inf, np.inf]]
    prepared = prepare(SitingProblem.from_cost_matrix(table, [1, 2, 4, 8, 16], limit=3.0, count=1))
    merged = merge_rows(prepared)
    assert merged.weight.tolist() == [3.0, 4.0, 8.0]
    assert merged.label.tolist() == [0, 0, 1, 2, -1]


@pytest.mark.parametrize("count", [5, 10, 20, 40, 67])
def test_p_median_of_random_graphs_is_proven(count: int) -> None:
    problem = SitingProblem.from_cost_matrix(
        random_graph(200, count), np.ones(200), model="p_median", count=count
    )
    solution = problem.solve(time_limit=60.0)
    assert solution.optimality_gap_share <= 0.01
    standing = np.isin(np.arange(200), solution.chosen)
    least = np.where(standing, random_graph(200, count), np.inf).min(axis=1)
    assert solution.objective == least.sum()
    assert standing.sum() == count


def test_floors_are_kept_on_a_larger_table(city: tuple[object, np.ndarray]) -> None:
    cost, weight = city
    group = np.arange(len(weight)) % 3
    rules = SitingRules(group=group, floor=0.6)
    begun = time.monotonic()
    solution = SitingProblem.from_cost_matrix(cost, weight, count=30, rules=rules).solve(
        time_limit=15.0
    )
    assert time.monotonic() - begun < 40.0
    assert solution.status in {"optimal", "feasible"}
    assert min(solution.best.coverage_by_group.values()) >= 0.6
    assert solution.optimality_gap_share <= 0.03


def line_of_pairs(pairs: int) -> tuple[np.ndarray, np.ndarray]:
    """Two rows a pair; site 2k covers both rows of pair k, site 2k + 1 the heavy one of pairs k and k + 1."""
    cost = np.full((2 * pairs, 2 * pairs), np.inf)
    for pair in range(pairs):
        cost[[2 * pair, 2 * pair + 1], 2 * pair] = 1.0
        cost[[2 * pair, 2 * ((pair + 1) % pairs)], 2 * pair + 1] = 1.0
    return cost, np.tile([10.0, 1.0], pairs)


def test_floors_that_take_every_site_of_the_count_are_met() -> None:
    # 20 pairs, 20 sites: all of each pair's weight only with the site of both rows, greedy would take the others
    cost, weight = line_of_pairs(20)
    rules = SitingRules(group=np.arange(40) // 2, floor=1.0)
    for count, status in ((20, "optimal"), (19, "infeasible")):
        problem = SitingProblem.from_cost_matrix(cost, weight, limit=1.0, count=count, rules=rules)
        solution = problem.solve(time_limit=20.0)
        assert solution.status == status
    # one site too few: one site serves the heavy rows of two neighbours, whose light rows are missing
    assert [one.code for one in solution.faults] == ["siting_floor_missed"] * 2
    assert {one.params["missing"] for one in solution.faults} == {"1"}


def test_swaps_meet_floors_that_greedy_choice_misses(city: tuple[object, np.ndarray]) -> None:
    cost, weight = city
    group = np.arange(len(weight)) // 150
    problem = SitingProblem.from_cost_matrix(
        cost, weight, count=30, rules=SitingRules(group=group, floor=0.695)
    )
    prepared = prepare(problem)
    merged = merge_rows(prepared)
    nothing = np.zeros(len(prepared.free), dtype=bool)
    greedy = greedy_needs(prepared, merged, nothing)
    assert not feasible(prepared, greedy)
    found, closest = swapped_to_needs(prepared, merged, nothing, (greedy,), (60, Clock(600.0)))
    assert found is not None
    assert feasible(prepared, found)
    assert not shortfalls(prepared, closest)


def test_what_needs_take_is_never_more_than_the_best_answer_takes() -> None:
    told = 0
    for seed in range(60):
        case = draw_case("lscp", "floor", 900 + seed)
        prepared = prepare(problem_of(case))
        bound = bound_by_needs(prepared, merge_rows(prepared))
        least = min((worth for _, worth in all_choices(case)), default=np.inf)
        assert bound <= least + 1e-6
        told += 0.0 < bound == least
    assert told > 10


def test_model_rows_and_columns_are_read_back() -> None:
    # min -x - 2y with x + y <= 1.5, x and y whole: y = 1, x = 0
    model = LinearModel()
    model.add_columns(np.array([-1.0, -2.0]), integer=True)
    model.add_row([0, 1], [1.0, 1.0], upper=1.5)
    outcome = model.solve(seconds=5.0)
    assert outcome.ending == "optimal"
    assert outcome.values is not None
    assert np.rint(outcome.values).tolist() == [0.0, 1.0]
    model.add_row([0], [1.0], lower=2.0)
    assert model.solve(seconds=5.0).ending == "infeasible"

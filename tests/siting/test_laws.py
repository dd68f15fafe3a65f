"""Laws every answer obeys, whatever the table."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from geo.siting import SitingProblem, SitingRules

FEW = settings(max_examples=40, deadline=None, derandomize=True)
Table = npt.NDArray[np.float64]


@st.composite
def tables(draw: st.DrawFn) -> tuple[Table, Table]:
    shape = (draw(st.integers(2, 9)), draw(st.integers(2, 7)))
    costs = st.sampled_from([0.0, 1.0, 2.0, 3.0, 5.0, 8.0, np.inf])
    cost = draw(hnp.arrays(np.float64, shape, elements=costs))
    weight = draw(hnp.arrays(np.float64, shape[0], elements=st.integers(0, 9).map(float)))
    return cost, weight


def covered(cost: Table, weight: Table, count: int, limit: float = 2.0, **rules: object) -> float:
    problem = SitingProblem.from_cost_matrix(
        cost, weight, limit=limit, count=count, rules=SitingRules(**rules)
    )
    solution = problem.solve()
    assert solution.bound >= solution.objective
    return solution.objective


@FEW
@given(tables())
def test_one_site_more_never_covers_less_and_brings_less_each_on_the_whole(
    drawn: tuple[Table, Table],
) -> None:
    cost, weight = drawn
    figures = [covered(cost, weight, count) for count in range(cost.shape[1] + 1)]
    assert figures == sorted(figures)
    reachable = weight[(cost <= 2.0).any(axis=1)].sum()
    assert figures[-1] == reachable


@FEW
@given(tables(), st.integers(0, 6))
def test_forbidding_a_site_never_helps_and_a_forced_one_neither(
    drawn: tuple[Table, Table], site: int
) -> None:
    cost, weight = drawn
    site %= cost.shape[1]
    free = covered(cost, weight, 2)
    assert covered(cost, weight, 2, forbidden=[site]) <= free
    assert covered(cost, weight, 2, forced=[site]) <= free
    standing = covered(cost, weight, 2, existing=[site])
    assert free <= standing


@FEW
@given(tables())
def test_a_larger_limit_never_loses_demand(drawn: tuple[Table, Table]) -> None:
    cost, weight = drawn
    figures = [covered(cost, weight, 2, limit) for limit in (0.0, 1.0, 3.0, 8.0)]
    assert figures == sorted(figures)


@FEW
@given(tables(), st.randoms(use_true_random=False))
def test_renumbering_changes_no_objective(drawn: tuple[Table, Table], random: object) -> None:
    cost, weight = drawn
    draw = np.random.default_rng(random.randint(0, 999))
    rows, sites = draw.permutation(cost.shape[0]), draw.permutation(cost.shape[1])
    assert covered(cost, weight, 2) == covered(cost[rows][:, sites], weight[rows], 2)


@FEW
@given(tables())
def test_splitting_a_demand_row_in_two_halves_changes_nothing(drawn: tuple[Table, Table]) -> None:
    cost, weight = drawn
    for model in ("mclp", "p_median"):
        figures = []
        half = np.append(weight, weight[0] / 2)
        half[0] /= 2
        for table, heavy in ((cost, weight), (np.vstack([cost, cost[:1]]), half)):
            problem = SitingProblem.from_cost_matrix(
                table,
                heavy,
                limit=2.0,
                count=2,
                model=model,
                unserved_cost=20.0 if model == "p_median" else None,
            )
            figures.append(problem.solve().objective)
        assert abs(figures[0] - figures[1]) < 1e-9


@FEW
@given(tables())
def test_greedy_is_never_better_than_exact_nor_beyond_its_own_bound(
    drawn: tuple[Table, Table],
) -> None:
    cost, weight = drawn
    problem = SitingProblem.from_cost_matrix(cost, weight, limit=2.0, count=2)
    best = problem.solve()
    greedy = problem.solve(method="greedy")
    assert greedy.objective <= best.objective <= greedy.bound + 1e-9
    assert greedy.objective >= (1.0 - 1.0 / np.e) * best.objective - 1e-9


@FEW
@given(tables())
def test_answers_name_what_they_serve(drawn: tuple[Table, Table]) -> None:
    cost, weight = drawn
    solution = SitingProblem.from_cost_matrix(cost, weight, limit=2.0, count=2).solve()
    answer = solution.best
    assert answer is not None
    standing = cost[:, answer.chosen]
    least = standing.min(axis=1, initial=np.inf)
    assert answer.assigned_cost.tolist() == least.tolist()
    assert answer.objective == weight[least <= 2.0].sum() == answer.gains.sum()
    assert sorted(answer.ranked.tolist()) == answer.chosen.tolist()
    assert answer.gains.tolist() == sorted(answer.gains.tolist(), reverse=True)


def test_the_same_problem_twice_gives_the_same_answer() -> None:
    draw = np.random.default_rng(5)
    demand, sites = draw.uniform(0, 10, (200, 2)), draw.uniform(0, 10, (80, 2))
    cost = np.hypot(*(demand[:, None] - sites[None]).transpose(2, 0, 1))
    weight = draw.integers(1, 30, 200)
    for model in ("mclp", "p_median"):
        problem = SitingProblem.from_cost_matrix(cost, weight, limit=1.0, model=model, count=8)
        first, second = problem.solve(), problem.solve()
        assert first.chosen.tolist() == second.chosen.tolist()
        assert first.bound == second.bound


def test_of_equal_sites_the_lowest_is_chosen() -> None:
    cost = np.array([[1.0, 1.0, 1.0, np.inf], [np.inf, np.inf, np.inf, 1.0]])
    solution = SitingProblem.from_cost_matrix(cost, [2.0, 1.0], limit=1.0, count=1).solve()
    assert solution.chosen.tolist() == [0]
    solution = SitingProblem.from_cost_matrix(cost, [2.0, 1.0], limit=1.0, count=4).solve()
    assert solution.chosen.tolist() == [0, 3]

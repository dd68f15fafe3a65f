"""What cannot be done is said: bad input at once, impossible rules by how much, time limits with a bound."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csr_array

from geo.errors import InputError
from geo.messages import catalogue
from geo.siting import SitingProblem, SitingRules, too_close

# Three demand rows, three sites:      site 0   site 1   site 2
COST = np.array([[1.0, np.inf, 2.0], [np.inf, 1.0, 2.0], [np.inf, np.inf, np.inf]])
WEIGHT = np.array([10.0, 20.0, 5.0])


def problem(**options: object) -> SitingProblem:
    return SitingProblem.from_cost_matrix(COST, WEIGHT, **{"limit": 2.0, **options})


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"count": None}, "siting_unlimited"),
        ({"model": "p_median"}, "siting_unlimited"),
        ({"model": "mlcp", "count": 1}, "siting_model"),
        ({"count": -1}, "siting_bad_number"),
        ({"count": 1, "limit": -2.0}, "siting_bad_number"),
        ({"budget": np.inf}, "siting_bad_number"),
        ({"model": "lscp", "target": 1.5}, "siting_bad_number"),
        ({"count": 1, "unserved_cost": 3.0}, "siting_bad_number"),
        ({"count": 1, "rules": SitingRules(site_cost=[1.0, -1.0, 1.0])}, "siting_bad_values"),
        ({"count": 1, "rules": SitingRules(site_cost=[1.0])}, "siting_length"),
        ({"count": 1, "rules": SitingRules(forced=[3])}, "siting_no_such_site"),
        ({"count": 1, "rules": SitingRules(forced=[0.5])}, "siting_not_places"),
        ({"count": 1, "rules": SitingRules(forced=[1], forbidden=[1])}, "siting_in_both"),
        ({"count": 1, "rules": SitingRules(floor=0.5)}, "siting_floor_without_group"),
        (
            {"count": 1, "rules": SitingRules(group=["a", "a", "b"], floor={"c": 0.5})},
            "siting_no_such_group",
        ),
        (
            {"count": 1, "model": "p_center", "rules": SitingRules(capacity=[1, 1, 1])},
            "siting_not_with",
        ),
    ],
)
def test_bad_input_is_refused_with_its_code(options: dict[str, object], code: str) -> None:
    with pytest.raises(InputError) as caught:
        problem(**options)
    assert code in {one.code for one in caught.value.faults}
    assert str(caught.value)


def test_all_faults_are_said_at_once() -> None:
    with pytest.raises(InputError) as caught:
        SitingProblem.from_cost_matrix([[-1.0]], [np.nan], count=None)
    assert {one.code for one in caught.value.faults} == {"siting_bad_values", "siting_unlimited"}
    assert len(caught.value.faults) == 3


def test_unreachable_demand_makes_full_cover_impossible_and_says_how_much() -> None:
    solution = problem(model="lscp").solve()
    assert solution.status == "infeasible"
    [fault] = solution.faults
    assert fault.code == "siting_target_beyond_reach"
    assert fault.params["missing"] == "5"
    assert "还差 5" in fault.text("zh")
    assert "85.7%" in fault.text("en")
    assert np.isnan(solution.objective)


def test_floor_that_the_count_does_not_allow_names_group_and_shortfall() -> None:
    rules = SitingRules(group=["东", "西", "西"], floor={"东": 1.0, "西": 0.8}, forbidden=[2])
    solution = problem(count=1, rules=rules).solve()
    assert solution.status == "infeasible"
    [fault] = solution.faults
    assert (fault.code, fault.params["group"], fault.params["missing"]) == (
        "siting_floor_missed",
        "东",
        "10",
    )
    assert solution.chosen.tolist() == [1]


def test_floor_beyond_reach_names_the_most_that_can_be_had() -> None:
    rules = SitingRules(group=["东", "西", "西"], floor=0.9)
    solution = problem(count=3, rules=rules).solve()
    assert [one.code for one in solution.faults] == ["siting_floor_beyond_reach"]
    assert solution.faults[0].params["most"] == "80%"
    assert solution.faults[0].params["missing"] == "2.5"


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"count": 1, "rules": SitingRules(forced=[0, 1])}, "siting_forced_over_count"),
        ({"budget": 1.5, "rules": SitingRules(forced=[0, 1])}, "siting_forced_over_budget"),
        (
            {"count": 2, "rules": SitingRules(forced=[0, 1], clashes=[(0, 1)])},
            "siting_forced_too_close",
        ),
        ({"count": 1, "model": "p_median", "rules": SitingRules(forbidden=[2])}, "siting_unserved"),
        ({"count": 1, "model": "p_center", "rules": SitingRules(forbidden=[2])}, "siting_unserved"),
        (
            {"count": 2, "model": "p_median", "rules": SitingRules(capacity=[9, 9, 9])},
            "siting_over_capacity",
        ),
        ({"model": "lscp", "count": 1, "target": 0.5, "rules": SitingRules(forbidden=[1, 2])},
         "siting_target_beyond_reach"),
        ({"model": "lscp", "count": 1, "target": 0.8, "rules": SitingRules(forbidden=[2])},
         "siting_target_missed"),
    ],
)  # fmt: skip
def test_impossible_rules_are_named(options: dict[str, object], code: str) -> None:
    solution = problem(**options).solve()
    assert solution.status == "infeasible"
    assert [one.code for one in solution.faults] == [code]
    for lang in ("zh", "en"):
        assert all("{" not in line for line in solution.sentences(lang))


def test_zero_count_zero_weight_and_existing_only() -> None:
    solution = problem(count=0).solve()
    assert (solution.status, solution.objective, solution.bound) == ("optimal", 0.0, 0.0)
    solution = problem(count=0, rules=SitingRules(existing=[2])).solve()
    assert (solution.objective, solution.chosen.tolist()) == (30.0, [])
    assert solution.assigned_site.tolist() == [2, 2, -1]
    nothing = SitingProblem.from_cost_matrix(COST, np.zeros(3), limit=2.0, count=2).solve()
    assert (nothing.status, nothing.objective, nothing.chosen.tolist()) == ("optimal", 0.0, [])


def test_stored_zeros_cost_nothing_and_absent_entries_are_unreachable() -> None:
    cost = csr_array((np.array([0.0, 5.0]), ([0, 1], [0, 1])), shape=(2, 2))
    solution = SitingProblem.from_cost_matrix(cost, [1.0, 1.0], limit=0.0, count=2).solve()
    assert (solution.objective, solution.chosen.tolist()) == (1.0, [0])
    assert solution.best.assigned_cost.tolist() == [0.0, np.inf]


def test_limit_is_inclusive() -> None:
    assert problem(count=1, limit=2.0).solve().objective == 30.0
    assert problem(count=1, limit=1.999).solve().objective == 20.0


def test_sites_closer_than_the_distance_are_pairs_and_others_are_not() -> None:
    assert too_close([0.0, 3.0, 10.0], [0.0, 4.0, 0.0], 5.0).tolist() == []
    assert too_close([0.0, 3.0, 10.0], [0.0, 4.0, 0.0], 5.1).tolist() == [[0, 1]]


@pytest.mark.parametrize("model", ["mclp", "lscp", "p_median", "p_center", "backup"])
def test_time_limit_gives_an_answer_with_its_bound(model: str) -> None:
    draw = np.random.default_rng(3)
    places, sites = draw.uniform(0, 1, (400, 2)), draw.uniform(0, 1, (300, 2))
    cost = np.hypot(*(places[:, None] - sites[None]).transpose(2, 0, 1))
    options: dict[str, object] = {} if model == "lscp" else {"count": 25}
    if model == "lscp":
        options["target"] = 0.9
    solution = SitingProblem.from_cost_matrix(
        cost, draw.integers(1, 50, 400), limit=0.1, model=model, **options
    ).solve(time_limit=0.05)
    assert solution.status in {"optimal", "feasible"}
    assert np.isfinite(solution.objective)
    least, most = sorted([solution.objective, solution.bound])
    assert (least, most) == (
        (solution.objective, solution.bound)
        if model in {"mclp", "backup"}
        else (solution.bound, solution.objective)
    )
    assert solution.sentences("zh")[1].startswith(("与最优相差不超过", "已证明最优"))


def test_every_code_of_the_catalogue_has_both_languages() -> None:
    codes = [code for code in catalogue() if code.startswith("siting_")]
    assert len(codes) > 25
    assert all(set(catalogue()[code]) == {"zh", "en"} for code in codes)


@pytest.mark.parametrize(
    "options",
    [{"time_limit": 0.0}, {"gap": -0.1}, {"answers": 0}, {"differ": 0}, {"method": "quick"}],
)
def test_bad_options_of_solve_are_refused(options: dict[str, object]) -> None:
    with pytest.raises(InputError):
        problem(count=1).solve(**options)


def test_greedy_is_refused_with_rules_it_does_not_keep() -> None:
    with pytest.raises(InputError) as caught:
        problem(budget=1.0).solve(method="greedy")
    assert caught.value.faults[0].code == "siting_greedy_only_count"

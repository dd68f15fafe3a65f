"""Every model, with and without every rule, equals trying all choices."""

from __future__ import annotations

import numpy as np
import pytest

from geo.siting import SitingProblem, SitingRules
from tests.siting.oracle import Case, all_choices, decisions

MODELS = ("mclp", "lscp", "p_median", "p_center", "backup")
RULES = (
    "none", "existing", "closable", "forced", "floor", "tier", "clashes", "budget", "capacity",
    "unserved",
)  # fmt: skip
INSTANCES = 300


def draw_case(model: str, name: str, seed: int) -> Case:
    """Draw an instance with whole numbers, so that ties occur."""
    draw = np.random.default_rng([MODELS.index(model), RULES.index(name), seed])
    rows, sites = int(draw.integers(3, 9)), int(draw.integers(3, 6 if name == "capacity" else 7))
    cost = draw.integers(0, 12, (rows, sites)).astype(float)
    cost[draw.random((rows, sites)) < draw.choice([0.1, 0.4])] = np.inf
    weight = draw.integers(0, 9, rows).astype(float)
    limit = float(draw.integers(2, 9))
    case = Case(cost, weight, limit, model)
    if model == "lscp":
        case.target = float(draw.choice([0.5, 0.8, 1.0]))
        case.limit = limit + 3.0
    else:
        case.count = int(draw.integers(1, 4))
    places = draw.permutation(sites).tolist()
    if name in {"existing", "closable"}:
        case.rules["existing"] = sorted(places[:2])
    if name == "closable":
        case.rules["closing_cost"] = draw.choice([-0.5, 0.0, 0.5, np.nan], 2).tolist()
        case.rules["moves"] = int(draw.integers(0, 3))
        case.budget = float(draw.integers(1, 4)) / 2.0 if draw.random() < 0.5 else None
    if name == "forced":
        case.rules["forced"] = places[:1]
        case.rules["forbidden"] = places[1:2]
    if name in {"floor", "capacity"} and draw.random() < (1.0 if name == "floor" else 0.3):
        case.rules["group"] = draw.choice(["a", "b"], rows).tolist()
        case.rules["floor"] = float(draw.choice([0.3, 0.6, 1.0]))
    if name == "tier":
        case.rules["tier"] = draw.choice(["x", "y"], sites).tolist()
    if name == "clashes":
        case.rules["clashes"] = [(places[0], places[1]), (places[1], places[2])]
    if name == "budget":
        case.rules["site_cost"] = draw.integers(1, 5, sites).astype(float).tolist()
        case.count = int(draw.integers(1, 4)) if draw.random() < 0.3 and model != "lscp" else None
        case.budget = None if model == "lscp" else float(draw.integers(2, 9))
    if name == "capacity":
        case.rules["capacity"] = draw.integers(0, 20, sites).astype(float).tolist()
    if name == "unserved":
        case.unserved_cost = float(draw.integers(3, 30))
    return case


def problem_of(case: Case) -> SitingProblem:
    return SitingProblem.from_cost_matrix(
        case.cost,
        case.weight,
        limit=case.limit,
        model=case.model,
        count=case.count,
        budget=case.budget,
        target=case.target,
        unserved_cost=case.unserved_cost,
        rules=SitingRules(**case.rules),
    )


def combinations() -> list[tuple[str, str]]:
    pairs = [(model, name) for model in MODELS for name in RULES]
    return [
        (model, name)
        for model, name in pairs
        if not (name == "capacity" and model in {"p_center", "backup"})
        and not (name == "unserved" and model != "p_median")
    ]


def standing_of(case: Case, answer) -> np.ndarray:
    standing = np.zeros(case.cost.shape[1], dtype=bool)
    standing[case.rules.get("existing", [])] = True
    standing[answer.closed] = False
    standing[answer.chosen] = True
    return standing


@pytest.mark.parametrize(("model", "name"), combinations())
def test_equals_every_choice_tried(model: str, name: str) -> None:
    solved = impossible = 0
    for seed in range(INSTANCES):
        case = draw_case(model, name, seed)
        choices = list(all_choices(case))
        solution = problem_of(case).solve()
        if not choices:
            assert solution.status == "infeasible", (seed, case)
            assert solution.faults, (seed, case)
            assert all(one.text("zh") and one.text("en") for one in solution.faults)
            impossible += 1
            continue
        least = min(worth for _, worth in choices)
        sign = -1.0 if model in {"mclp", "backup"} else 1.0
        assert solution.status == "optimal", (seed, case, solution)
        assert sign * solution.objective == pytest.approx(least, abs=1e-6), (seed, case)
        standing = standing_of(case, solution.best).tolist()
        mine = [worth for one, worth in choices if one.tolist() == standing]
        assert mine == [pytest.approx(least, abs=1e-6)], (seed, case)
        solved += 1
    assert solved >= 10
    if name == "floor":
        assert impossible > 20


@pytest.mark.parametrize("model", MODELS)
def test_next_best_answers_equal_every_choice_tried(model: str) -> None:
    several = 0
    for seed in range(60):
        case = draw_case(model, ("none", "existing", "clashes")[seed % 3], 5000 + seed)
        differ = 1 + seed % 2
        choices = list(all_choices(case))
        if not choices:
            continue
        solution = problem_of(case).solve(answers=3, differ=differ)
        earlier: list[set[int]] = []
        sign = -1.0 if model in {"mclp", "backup"} else 1.0
        for answer in solution.answers:
            open_ = [
                worth
                for one, worth in choices
                if all(len(made - decisions(case, one)) >= differ for made in earlier)
            ]
            assert sign * answer.objective == pytest.approx(min(open_), abs=1e-6), (seed, case)
            earlier.append(decisions(case, standing_of(case, answer)))
        several += len(earlier) == 3
    assert several >= 10

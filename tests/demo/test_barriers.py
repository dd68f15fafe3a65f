"""The demo's walls and railway: cases whose link removes them, routes that are walks, examples that are true."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from api.cli_explain import explanation_lines
from geo.coverage import COVERED, UNCOVERED, verdicts
from geo.explain import Explainer
from geo.messages import say, set_language
from geo.reassess import linked
from geo.study import Study
from tests.route_check import check_walk

REPOSITORY = Path(__file__).resolve().parents[2]
EXAMPLE = re.compile(
    r"```console\n\$ servicecircle explain \S+ (B\d+)[^\n]*\n(.*?)\n```", re.DOTALL
)


@pytest.fixture(scope="module")
def explainer() -> Explainer:
    return Explainer(Study.read(REPOSITORY / "data/demo/study.toml").run())


@pytest.fixture
def in_chinese() -> Iterator[None]:
    set_language("zh")
    yield
    set_language("zh")


def barrier_cases(explainer: Explainer, kind: str, named: str) -> list[str]:
    """List the barrier cases of the first rule whose obstacle is of a kind and has a part of a name."""
    obstacles, rule = explainer.now.obstacles, explainer.now.result.params.rules[0]
    reach = explainer.now.assessor.reach(rule)[0]
    uncovered = verdicts(reach) == UNCOVERED
    causes = obstacles.causes(explainer.now.assessor, reach, uncovered)
    at = np.flatnonzero(uncovered & (causes.cause == "barrier"))
    kinds, names = obstacles.of(causes, at.astype(np.int32))
    return [
        str(explainer.now.walk.building_ids[row])
        for row, one, name in zip(at, kinds, names, strict=True)
        if one == kind and named in str(name)
    ]


@pytest.mark.parametrize(
    ("kind", "named", "link"), [("wall", "学院", "gate"), ("railway", "云澄铁路", "footbridge")]
)
def test_the_link_removes_the_campus_wall_and_the_railway(
    explainer: Explainer, kind: str, named: str, link: str
) -> None:
    cases = barrier_cases(explainer, kind, named)
    assert len(cases) >= 10
    rule = explainer.now.result.params.rules[0]
    removed = 0
    for building in cases[:: len(cases) // 5]:
        found = explainer.explain(building)
        assert (found.cause, found.obstacle_kind) == ("barrier", kind)
        assert named in found.obstacle_name
        check_walk(explainer, found)
        across = [one for one in found.fixes if one.kind == link and one.obstacle_kind == kind]
        for fix in across:
            after = linked(explainer.now.assessor, rule, fix.links).reach(rule)[0]
            row = explainer.now.walk.building_ids.tolist().index(building)
            assert after.cost[row] / 60_000 == pytest.approx(fix.minutes, abs=1e-4)
            assert fix.saved_minutes == pytest.approx(found.minutes - fix.minutes)
            assert (verdicts(after)[row] == COVERED) == fix.covers
            removed += fix.covers
    assert removed >= 1


def test_covered_buildings_walk_on_the_graph_too(explainer: Explainer) -> None:
    table = explainer.now.result.buildings
    table = table[(table["rule"] == explainer.now.result.params.rules[0].name)]
    far = np.sort(table["building_id"][(table["verdict"] == "covered") & (table["minutes"] > 6)])
    walked = [
        check_walk(explainer, explainer.explain(str(one)))
        for one in np.random.default_rng(4).choice(far, 15, replace=False)
    ]
    assert max(walked) > 5


@pytest.mark.parametrize(("page", "lang"), [("README.md", "en"), ("README.zh-CN.md", "zh")])
@pytest.mark.usefixtures("in_chinese")
def test_the_examples_of_the_readme_are_what_explain_prints(
    explainer: Explainer, page: str, lang: str
) -> None:
    examples = EXAMPLE.findall((REPOSITORY / page).read_text(encoding="utf-8"))
    assert len(examples) == 3
    set_language(lang)
    for building, text in examples:
        lines = [say("map_simulated"), *explanation_lines(explainer.explain(building))]
        assert "\n".join(lines) == text


def test_outlines_of_the_demo_hold(explainer: Explainer) -> None:
    """No door of a building and none of 10,000 random points is off by more than a minute, at six limits."""
    audits = explainer.now.result.quality.audit
    assert len(audits) == 2
    for found in audits.values():
        assert found["holds"]
        assert found["points_count"] > 100_000
        assert found["wrong_share"] < 0.0005
        assert all(one["beyond_count"] == 0 for one in found["limits"])

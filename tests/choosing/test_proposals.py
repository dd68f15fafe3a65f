"""Proposals: equal to a fresh run to the building, honest curves, refusals that say why."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from geo.choosing.candidates import CandidateChoice, Candidates, candidates_of
from geo.choosing.costs import site_table
from geo.choosing.curve import greedy_curve
from geo.choosing.effects import Effects
from geo.choosing.proposals import Proposal, proposal_tables, propose
from geo.choosing.request import SitesRequest
from geo.choosing.sentences import plan_sentence, proof_words, step_sentence
from geo.errors import InputError, NotFoundError
from geo.reassess import Reassessed, reassess
from geo.result import StudyResult
from geo.siting import SitingProblem, SitingRules
from geo.store import read_result
from geo.study import Study
from geo.tables import columns
from tests.choosing.register_plan import run_with_plan

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def kept(small_demo_folder: Path) -> Reassessed:
    """The small demo as a planner has it: read back from its folder."""
    return reassess(read_result(small_demo_folder))


@pytest.fixture(scope="module")
def candidates(kept: Reassessed) -> Candidates:
    return candidates_of(kept)


@pytest.fixture(scope="module")
def five(kept: Reassessed, candidates: Candidates) -> Proposal:
    """Five sites under the strictest rule, one of them in a building."""
    inside = candidates.sites[candidates.sites["origin"] == "building"]["site_id"].iloc[0]
    return propose(kept, candidates, SitesRequest(rule="步行500米", count=5, force=(inside,)))


@pytest.fixture(scope="module")
def fresh(five: Proposal) -> StudyResult:
    return run_with_plan(five)


def assert_equal_to_run(proposal: Proposal, fresh: StudyResult) -> None:
    """Under every rule, what the plan covers is what a run with it covers, building by building."""
    chosen = [one.site for one in proposal.steps]
    before = proposal.kept.result
    for rule in before.params.rules:
        table = site_table(proposal.kept, proposal.candidates, rule, weight=proposal.weight)
        effects = Effects(proposal.kept, table)
        covered = effects.covered_by(chosen)
        run = fresh.buildings[fresh.buildings["rule"] == rule.name].set_index("building_id")
        ids = proposal.kept.buildings["building_id"]
        said = (run.loc[ids, "verdict"] == "covered").to_numpy()
        assert np.array_equal(covered, said), rule.name
        then = before.buildings[before.buildings["rule"] == rule.name].set_index("building_id")
        assert covered.sum() >= (then["verdict"] == "covered").sum()


def test_five_sites_equal_a_fresh_run_to_the_building(five: Proposal, fresh: StudyResult) -> None:
    assert len(five.steps) == 5
    assert five.chosen["host_building_id"].notna().any()
    assert_equal_to_run(five, fresh)
    sites = proposal_tables(five)["sites"]
    rule = five.rule.name
    weight = five.kept.demand.weights["residents"]
    run = fresh.buildings[fresh.buildings["rule"] == rule].set_index("building_id")
    verdict = run.loc[five.kept.buildings["building_id"], "verdict"].to_numpy()
    judged = verdict != "unknown"
    share = np.nansum(weight[verdict == "covered"]) / np.nansum(weight[judged])
    assert sites["coverage_after_share"].iloc[-1] == pytest.approx(share, abs=1e-12)
    there = sites.groupby("there_subdistrict_name")["there_after_share"].last().dropna()
    table = fresh.subdistricts[fresh.subdistricts["rule"] == rule].set_index("name")
    assert len(there)
    for name, value in there.items():
        assert value == pytest.approx(table.loc[name, "coverage_residents_share"], abs=1e-12)


def test_blind_areas_are_those_of_the_table_and_gone_when_the_run_says_so(
    five: Proposal, fresh: StudyResult
) -> None:
    blind = five.effects.blind_groups()
    table = five.kept.result.tables["blind_areas"]
    mine = table[table["rule"] == five.rule.name]
    sizes = np.bincount(blind[blind >= 0])
    assert sorted(sizes.tolist()) == sorted(mine["buildings_count"].tolist())
    run = fresh.buildings[fresh.buildings["rule"] == five.rule.name].set_index("building_id")
    still = (run.loc[five.kept.buildings["building_id"], "verdict"] != "covered").to_numpy()
    left = np.bincount(blind[(blind >= 0) & still], minlength=len(sizes))
    gone = int((left == 0).sum())
    assert gone > 0
    assert sum(one.blind_areas for one in five.steps) == gone


def test_gains_add_up_and_ranks_follow_them(five: Proposal) -> None:
    sites = proposal_tables(five)["sites"]
    assert sites["rank"].tolist() == [1, 2, 3, 4, 5]
    assert (np.diff(sites["gain_residents"]) <= 1e-6).all()
    assert sites["coverage_previous_share"].tolist()[1:] == pytest.approx(
        sites["coverage_after_share"].tolist()[:-1]
    )
    newly = np.concatenate([one.newly for one in five.steps])
    assert len(np.unique(newly)) == len(newly)
    assert five.solution.status == "optimal" and sites["optimality_gap_share"].eq(0.0).all()


def test_every_column_has_a_header(five: Proposal) -> None:
    known = columns()
    for name, table in proposal_tables(five).items():
        missing = [one for one in table.columns if one not in known and one != "geometry"]
        assert missing == [], name


def test_the_paragraphs_have_the_form_that_was_asked_for(five: Proposal) -> None:
    first = step_sentence(five, 0, "zh")
    assert first.startswith("建议在")
    for part in (
        "党群服务站1处，可新增覆盖常住人口",
        "覆盖率由",
        "提高到",
        "个百分点），消除服务盲区",
    ):
        assert part in first
    row = proposal_tables(five)["sites"].iloc[0]
    assert f"常住人口{round(row['gain_residents']):,}人" in first
    assert str(row["there_subdistrict_name"]) in first
    assert plan_sentence(five, "zh").endswith("已证明最优。")
    assert proof_words("feasible", 0.00312, "zh") == "与最优相差不超过0.4%"


def test_points_between_shares_agree_with_the_shares_printed(five: Proposal) -> None:
    texts = [step_sentence(five, number, "zh") for number in range(len(five.steps))]
    every = [re.search(r"由([\d.]+)%提高到([\d.]+)%（提高([\d.]+)个百分点）", one) for one in texts]
    assert len([one for one in every if one]) >= 4
    for found in filter(None, every):
        before, after, points = (float(one) for one in found.groups())
        assert after - before == pytest.approx(points, abs=1e-9)


def test_the_curve_lies_below_its_bound_and_the_best_in_between(
    kept: Reassessed, candidates: Candidates, five: Proposal
) -> None:
    table = five.table
    curve = greedy_curve(table, 6)
    assert curve["sites_count"].tolist() == list(range(7))
    assert (np.diff(curve["gain_weight"].to_numpy()[1:]) <= 1e-9).all()
    for count in (1, 2, 4, 6):
        problem = SitingProblem.from_cost_matrix(
            table.cost, table.weight, limit=table.limit, model="mclp", count=count,
            rules=SitingRules(existing=table.standing),
        )  # fmt: skip
        best = problem.solve().coverage_share
        row = curve.iloc[count]
        assert row["coverage_share"] - 1e-12 <= best <= row["bound_share"] + 1e-12
    assert curve["coverage_share"].iloc[1] == pytest.approx(curve["bound_share"].iloc[1])
    barred = np.array([int(curve["site"].iloc[1])])
    assert barred[0] not in greedy_curve(table, 3, barred)["site"].tolist()


def test_forced_and_forbidden_sites_are_obeyed(
    kept: Reassessed, candidates: Candidates, five: Proposal
) -> None:
    best = str(five.chosen["site_id"].iloc[0])
    poor = str(candidates.sites["site_id"].iloc[0])
    other = propose(
        kept,
        candidates,
        SitesRequest(rule="步行500米", count=2, forbid=(best,), force=(poor,), answers=2),
    )
    chosen = set(other.chosen["site_id"])
    assert poor in chosen and best not in chosen
    answers = proposal_tables(other)["site_answers"]
    assert answers["answer"].unique().tolist() == [1, 2]
    sets = answers.groupby("answer")["site_id"].apply(frozenset)
    assert sets.nunique() == 2


@pytest.mark.parametrize("model", ["lscp", "p_median", "p_center", "backup"])
def test_other_models_speak_and_keep_their_promise(
    kept: Reassessed, candidates: Candidates, model: str
) -> None:
    asked = {"target": 0.99} if model == "lscp" else {"count": 3}
    found = propose(kept, candidates, SitesRequest(model=model, **asked))  # type: ignore[arg-type]
    sites = proposal_tables(found)["sites"]
    assert found.solution.status == "optimal"
    if model == "lscp":
        assert sites["coverage_after_share"].iloc[-1] >= 0.99
    else:
        assert len(sites) == 3
    assert (np.diff(sites["coverage_after_share"].to_numpy()) >= -1e-12).all()


@pytest.mark.parametrize("basis", ["步行500米", "直线500米"])
def test_other_bases_equal_their_own_tables(
    kept: Reassessed, candidates: Candidates, basis: str
) -> None:
    found = propose(kept, candidates, SitesRequest(rule=basis, count=2, weight="count"))
    assert found.rule.name == basis
    assert found.steps[0].coverage_after > found.steps[0].coverage_before
    before = kept.result.buildings
    of_rule = before[before["rule"] == basis]
    covered = (of_rule["verdict"] == "covered").sum()
    judged = (of_rule["verdict"] != "unknown").sum()
    assert found.steps[0].coverage_before == pytest.approx(covered / judged)


def test_what_cannot_be_done_is_said_with_by_how_much(
    kept: Reassessed, candidates: Candidates
) -> None:
    with pytest.raises(InputError) as refused:
        propose(kept, candidates, SitesRequest(count=1, floor=0.999))
    text = str(refused.value)
    assert "没有方案能满足全部要求" in text and "街道" in text and "还差" in text
    with pytest.raises(InputError, match="不在备选点位中"):
        propose(kept, candidates, SitesRequest(forbid=("B-没有",)))
    taken = candidates.table[candidates.table["reason"] == "has_station"]["site_id"].iloc[0]
    with pytest.raises(InputError, match="已有对公众开放的站点"):
        propose(kept, candidates, SitesRequest(force=(taken,)))
    with pytest.raises(InputError, match="没有可用的计量"):
        propose(kept, candidates, SitesRequest(weight="voters"))
    with pytest.raises(NotFoundError, match="没有评价标准"):
        propose(kept, candidates, SitesRequest(rule="一分钟"))
    none = candidates_of(kept, CandidateChoice(uses=(), grid_m=None))
    with pytest.raises(NotFoundError, match="没有一处可作备选点位"):
        propose(kept, none, SitesRequest())


def test_the_budget_counts_stated_costs(kept: Reassessed, candidates: Candidates) -> None:
    dear = candidates.table.copy()
    dear["cost"] = np.where(dear["origin"] == "network", 0.4, 3.0)
    priced = Candidates(dear, candidates.supply, candidates.admitted)
    found = propose(kept, priced, SitesRequest(budget=1.0))
    assert found.chosen["origin"].tolist() == ["network", "network"]
    assert proposal_tables(found)["sites"]["cost"].sum() == pytest.approx(0.8)


@pytest.mark.slow
def test_five_sites_of_the_whole_demo_equal_a_fresh_run() -> None:
    kept = reassess(Study.read(REPOSITORY / "data/demo/study.toml").run())
    candidates = candidates_of(kept)
    assert candidates.count >= 2000
    found = propose(kept, candidates, SitesRequest(count=5))
    assert found.gap_share <= 0.01
    fresh = run_with_plan(found)
    assert_equal_to_run(found, fresh)
    assert isinstance(proposal_tables(found)["gain_curve"], pd.DataFrame)

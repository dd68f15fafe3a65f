"""One budget for stations and links: against whole searches, every choice, and where one needs the other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from scipy.sparse import csr_array

from geo.assess import Supply
from geo.choosing.candidates import CandidateChoice, Candidates, candidates_of
from geo.height import Heights
from geo.link_candidates import LinkCandidates, proposed_links, taken
from geo.link_tables import joint_plan
from geo.network.links import Links
from geo.plan_budget import plan_budget
from geo.plan_tables import FAR, PlanTables, helpful, plan_tables
from geo.reassess import Reassessed, linked, reassess
from geo.result import StudyResult

Case = tuple[Reassessed, Candidates, LinkCandidates]


@pytest.fixture(scope="module")
def case(small_demo: StudyResult) -> Case:
    now = reassess(small_demo)
    rule = small_demo.params.rules[0]
    sites = candidates_of(now, CandidateChoice(uses=("public",), grid_m=400.0))
    return now, sites, proposed_links(now, rule, small_demo.params.costs, most=12)


def few_sites(sites: Candidates, chosen: np.ndarray) -> Candidates:
    """Keep some admitted candidates, in the order given."""
    supply = sites.supply
    new = np.full(supply.count, -1, np.int32)
    new[chosen] = np.arange(len(chosen))
    rows = supply.rows.take(new[supply.rows.point] >= 0)
    host = supply.host[chosen]
    inside = np.flatnonzero(host >= 0)
    kept = Supply(
        supply.x[chosen], supply.y[chosen], supply.tier[chosen], supply.scope[chosen],
        replace(rows, point=new[rows.point], count=len(chosen)), host,
        np.column_stack((inside, host[inside])).astype(np.int32),
    )  # fmt: skip
    return Candidates(sites.table, kept, sites.admitted[chosen])


def searched(now: Reassessed, sites: Candidates, links: Links) -> np.ndarray:
    """Cost of every building with all of `sites` open and all of `links` built, by one whole search."""
    rule, base, old, new = (
        now.result.params.rules[0],
        now.assessor,
        now.assessor.supply,
        sites.supply,
    )
    rows = old.rows.for_owners(np.arange(old.count, dtype=np.int32), np.arange(old.count, dtype=np.int32),
                               old.count + new.count)  # fmt: skip
    more = replace(
        new.rows, point=new.rows.point + np.int32(old.count), count=old.count + new.count
    )
    served = new.served + np.array([[old.count, 0]], np.int32)
    supply = Supply(
        x=np.concatenate((old.x, new.x)),
        y=np.concatenate((old.y, new.y)),
        tier=np.concatenate((old.tier, new.tier)),
        scope=np.concatenate((old.scope, new.scope)),
        rows=rows.joined(more),
        host=np.concatenate((old.host, new.host)),
        served=np.concatenate((old.served, served)),
    )
    assert base.heights is not None
    floor = np.concatenate((base.heights.floor, np.full(new.count, np.nan)))
    heights = Heights(base.heights.levels, floor, supply.host)
    both = replace(base, supply=supply, heights=heights, _pairs={}, _near_cut={}, _fields={})
    return linked(both, rule, links).nearest(rule, rule.tiers)[0]


def choices(count: int, cost: np.ndarray, budget: float) -> Iterator[tuple[int, ...]]:
    for size in range(count + 1):
        for chosen in combinations(range(count), size):
            if cost[list(chosen)].sum() <= budget + 1e-9:
                yield chosen


def test_the_tables_say_what_a_whole_search_says(case: Case) -> None:
    now, sites, links = case
    rule = now.result.params.rules[0]
    tables = plan_tables(now.assessor, rule, sites, links.links)
    draw, seen = np.random.default_rng(6), set()
    useful = np.flatnonzero(np.diff(tables.site_building.indptr))
    for _ in range(10):
        some = np.sort(draw.choice(useful, 3, replace=False))
        build = np.sort(draw.choice(links.count, 5, replace=False))
        cost = searched(now, few_sites(sites, some), taken(links.links, build))
        ours = tables.covered(some.tolist(), build.tolist())
        assert (ours == (cost[tables.building] <= tables.limit)).all()
        seen |= {int(ours.sum())}
    assert len(seen) > 3


def test_plans_against_every_choice(case: Case) -> None:
    now, sites, links = case
    rule = now.result.params.rules[0]
    draw, proven = np.random.default_rng(7), 0
    whole = plan_tables(now.assessor, rule, sites, links.links)
    useful = np.flatnonzero(np.diff(whole.site_building.indptr))
    for _ in range(6):
        some = few_sites(sites, np.sort(draw.choice(useful, 4, replace=False)))
        build = taken(links.links, np.sort(draw.choice(links.count, 4, replace=False)))
        tables = plan_tables(now.assessor, rule, some, build)
        aids = helpful(tables, now.assessor, rule, some, build)
        weight = np.nan_to_num(now.demand.weights["residents"])[tables.building]
        cost, budget = draw.choice([0.1, 0.5, 1.0], 8), float(draw.choice([0.6, 1.1, 2.0]))
        found = plan_budget(tables, aids, weight, cost, budget)
        best = max(
            weight[tables.covered([i for i in one if i < 4], [i - 4 for i in one if i >= 4])].sum()
            for one in choices(8, cost, budget)
        )
        assert found.spent <= budget + 1e-9
        assert found.gain <= best + 1e-6 <= found.bound + 2e-6
        assert found.gain == pytest.approx(best)
        proven += found.optimality_gap_share == 0.0
    assert proven >= 3


def one_table(rows: list[list[int]]) -> csr_array:
    """Costs, -1 for no entry, as the tables store them."""
    table = csr_array(np.array(rows, dtype=np.int64) + 1)
    table.eliminate_zeros()
    return table


def test_a_link_and_a_station_that_need_each_other() -> None:
    # the building walks 10 to one end of the link, 20 over it, and 5 on to the site; alone neither helps
    tables = PlanTables(
        limit=35,
        building=np.array([0]),
        site_building=csr_array((1, 1)),
        link_building=csr_array((1, 1)),
        end_building=one_table([[10], [-1]]),
        end_site=one_table([[-1, 5]]),
        end_end=one_table([[0, -1], [-1, 0]]),
        end_station=np.array([FAR, FAR]),
        over=np.array([20, 20]),
    )
    assert [bool(tables.covered(*one)[0]) for one in (((0,), ()), ((), (0,)), ((0,), (0,)))] == [
        False,
        False,
        True,
    ]
    assert not replace(tables, limit=34).covered((0,), (0,))[0]
    aids = csr_array(np.array([[1.0], [0.0]]))  # all links open, the site serves it
    plan = plan_budget(tables, aids, [7.0], [1.0, 0.1], 1.1)
    assert sorted(one.item for one in plan.steps) == [0, 1]
    assert (plan.gain, plan.bound, plan.optimality_gap_share) == (7.0, 7.0, 0.0)
    short = plan_budget(tables, aids, [7.0], [1.0, 0.1], 1.0)
    assert (short.gain, short.steps) == (0.0, ())
    assert short.bound == 7.0  # the bound cannot know that the link does not fit


def test_walks_over_two_links_in_a_row() -> None:
    # 10 to link 0, 5 over it, 4 on to link 1, 5 over it, 6 on to a station: 30
    far = -1
    between = [[far] * 4 for _ in range(4)]
    between[1][2] = (
        4  # from the end of link 0 (ends 0 and 2) to the beginning of link 1 (ends 1 and 3)
    )
    tables = PlanTables(
        limit=30,
        building=np.array([0]),
        site_building=csr_array((0, 1)),
        link_building=csr_array((2, 1)),
        end_building=one_table([[10], [far], [far], [far]]),
        end_site=csr_array((0, 4), dtype=np.int64),
        end_end=one_table(between),
        end_station=np.array([FAR, FAR, FAR, 6]),
        over=np.array([5, 5, 5, 5]),
    )
    assert tables.covered((), (0, 1)).tolist() == [True]
    assert tables.covered((), (0,)).tolist() == tables.covered((), (1,)).tolist() == [False]
    assert replace(tables, limit=29).covered((), (0, 1)).tolist() == [False]


def test_the_joint_plan_of_the_demo_names_both_and_adds_up(case: Case) -> None:
    now, sites, links = case
    rule = now.result.params.rules[0]
    found = joint_plan(now, rule, sites, links, 2.0)
    assert len(found.sites) + len(found.links) == len(found.plan.steps) > 1
    ranks = sorted([*found.sites["rank"], *found.links["rank"]])
    assert ranks == list(range(1, len(ranks) + 1))
    cost = found.sites["cost"].sum() + found.links["cost"].sum()
    assert cost == pytest.approx(found.plan.spent)
    assert cost <= 2.0 + 1e-9
    chosen = [one.item for one in found.plan.steps]
    built = np.array([one - sites.count for one in chosen if one >= sites.count], dtype=np.int64)
    opened = np.array([one for one in chosen if one < sites.count], dtype=np.int64)
    after = searched(now, few_sites(sites, opened), taken(links.links, built))
    before, _ = now.assessor.nearest(rule, rule.tiers)
    gained = (after <= rule.limit * 1000) & (before > rule.limit * 1000)
    people = np.nan_to_num(now.demand.weights["residents"])[gained].sum()
    assert people == pytest.approx(found.plan.gain)
    assert (
        gained.sum()
        == found.sites["gain_buildings_count"].sum() + found.links["gain_buildings_count"].sum()
    )
    last = max([*found.sites["coverage_after_share"], *found.links["coverage_after_share"]])
    assert last == pytest.approx(found.after)
    assert found.before < found.after

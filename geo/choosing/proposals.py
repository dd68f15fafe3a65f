"""Proposals: the answer to a request for sites, as tables and sentences, with the proof of how good it is."""

from __future__ import annotations

import math
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo.choosing.candidates import Candidates
from geo.choosing.costs import SiteTable, site_table, subdistrict_labels
from geo.choosing.curve import greedy_curve
from geo.choosing.effects import Effects, Step
from geo.choosing.request import SitesRequest, problem_of, rule_named, site_costs, weight_named
from geo.choosing.sentences import reason_sentence, step_sentence
from geo.errors import InputError, fault
from geo.inputs import WGS84
from geo.params import Rule
from geo.progress import Progress, silent
from geo.reassess import Reassessed
from geo.siting import SitingAnswer, SitingSolution

Longs = npt.NDArray[np.int64]
LEAST_CURVE = 20


@dataclass(frozen=True)
class Proposal:
    """What was proposed.

    Attributes
    ----------
    kept
        The result it builds on.
    rule, weight
        What was judged and counted.
    table
        Demand x site.
    solution
        Choices by place among the admitted candidates.
    steps
        What each site of the best answer brings, the one that brings most first.
    effects
        To follow other choices.
    curve
        Of the greedy choice, see `greedy_curve`.
    """

    kept: Reassessed
    request: SitesRequest
    rule: Rule
    weight: str
    candidates: Candidates
    table: SiteTable
    solution: SitingSolution
    steps: list[Step]
    effects: Effects
    curve: pd.DataFrame

    @property
    def gap_share(self) -> float:
        """How far the best answer is from the best possible at most; 0 proven best, nan when that is not known."""
        return self.solution.optimality_gap_share

    @property
    def chosen(self) -> pd.DataFrame:
        """Rows of the candidates of the best answer, in rank order."""
        return self.candidates.sites.iloc[[one.site for one in self.steps]].reset_index(drop=True)

    @property
    def subdistrict_names(self) -> npt.NDArray[np.object_]:
        """Printed name of each sub-district of `Effects.subdistricts`."""
        ids = self.kept.buildings["subdistrict_id"].to_numpy(dtype=object)
        label_of = dict(zip(ids, subdistrict_labels(self.kept), strict=True))
        return np.array([label_of[one] for one in self.effects.subdistricts], dtype=object)


def propose(
    kept: Reassessed,
    candidates: Candidates,
    request: SitesRequest,
    progress: Progress = silent,
) -> Proposal:
    """Search from all candidates, choose, and say what the choice brings.

    Raises
    ------
    InputError
        For a request that cannot be met, with which rule is missed by how much; see also `problem_of`.
    """
    rule = rule_named(kept.result.params.rules, request.rule)
    weight = weight_named(kept.demand, rule, request.weight)
    progress("stage_candidates", 0, 1)
    table = site_table(kept, candidates, rule, weight=weight, model=request.model)
    progress("stage_candidates", 1, 1)
    cap = kept.assessor.cap(rule)
    problem = problem_of(request, candidates, table, kept.result.params.costs, cap)
    progress("stage_solve", 0, 1)
    solution = problem.solve(
        time_limit=request.time_limit, answers=request.answers, gap=request.gap
    )
    progress("stage_solve", 1, 1)
    if solution.status == "infeasible":
        head = fault("sites_infeasible", rule=rule.name, weight=weight)
        raise InputError(head, *solution.faults)
    effects = Effects(kept, table)
    ranked = solution.best.ranked.tolist() if solution.best is not None else []
    forbidden = np.asarray(problem.rules.forbidden, dtype=np.int64)
    curve = greedy_curve(table, max(LEAST_CURVE, 2 * len(ranked)), forbidden)
    steps = effects.steps(ranked)
    return Proposal(kept, request, rule, weight, candidates, table, solution, steps, effects, curve)


def proposal_tables(proposal: Proposal) -> dict[str, pd.DataFrame]:
    """Make the tables of the result folder: ``sites``, ``gain_curve``, ``candidates``, and ``site_answers``."""
    return {
        "sites": sites_frame(proposal),
        "gain_curve": curve_frame(proposal),
        "candidates": candidate_frame(proposal),
        "site_answers": answers_frame(proposal),
    }


def sites_frame(proposal: Proposal) -> gpd.GeoDataFrame:
    """List the sites of the best answer in rank order, each with what it brings on top of those before it.

    ``coverage_before_share`` and ``coverage_after_share`` are of the whole study by the weight counted;
    ``there_…`` of the sub-district that gains most.
    """
    chosen, steps = proposal.chosen, proposal.steps
    residents = proposal.kept.demand.weights.get("residents")
    workers = proposal.kept.demand.weights.get("workers")
    names = proposal.subdistrict_names
    prices = site_costs(proposal.candidates, proposal.kept.result.params.costs)
    there = [names[one.subdistrict] if one.subdistrict >= 0 else None for one in steps]
    table = pd.DataFrame(
        {
            "rank": np.arange(1, len(steps) + 1),
            "site_id": chosen["site_id"].astype(object),
            "name": chosen["name"].astype(object),
            "rule": proposal.rule.name,
            "origin": chosen["origin"].astype(object),
            "tier": chosen["tier"].astype(object),
            "subdistrict_id": chosen["subdistrict_id"].astype(object),
            "community_id": chosen["community_id"].astype(object),
            "host_building_id": chosen["host_building_id"].astype(object),
            "owner": chosen["owner"].astype(object),
            "cost": prices[[one.site for one in steps]],
            "gain_residents": _gains(steps, residents),
            "gain_workers": _gains(steps, workers),
            "gain_buildings_count": [len(one.newly) for one in steps],
            "coverage_previous_share": [one.coverage_before for one in steps],
            "coverage_after_share": [one.coverage_after for one in steps],
            "there_subdistrict_name": pd.Series(there, dtype=object),
            "there_before_share": [one.there_before for one in steps],
            "there_after_share": [one.there_after for one in steps],
            "blind_areas_gone_count": [one.blind_areas for one in steps],
            "weight": proposal.weight,
            "model": proposal.solution.model,
            "proof": proposal.solution.status,
            "optimality_gap_share": proposal.gap_share,
        }
    )
    table["sentence"] = pd.Series(
        [step_sentence(proposal, number) for number in range(len(steps))], dtype=object
    )
    return _placed(proposal, table, chosen)


def candidate_frame(proposal: Proposal) -> gpd.GeoDataFrame:
    """List all places considered with why each is in or out, and what each would cover alone."""
    candidates, table = proposal.candidates, proposal.table
    frame = candidates.table.reset_index(drop=True)
    weight = proposal.effects.weight
    open_ = ~proposal.effects.covered_by(())
    pairs = table.pairs
    alone = np.bincount(
        pairs.station,
        weights=np.where(open_, weight, 0.0)[pairs.building],
        minlength=candidates.count,
    )
    gain = np.full(len(frame), np.nan)
    gain[candidates.admitted] = alone
    columns = ["site_id", "name", "origin", "use", "owner", "cost", "tier", "area_m2",
               "host_building_id", "subdistrict_id", "community_id", "admitted"]  # fmt: skip
    text = [reason_sentence(one) for one in frame["reason"]]
    listed = frame[columns].assign(rule=proposal.rule.name, gain_alone=gain, reason=text)
    return _placed(proposal, listed, frame)


def curve_frame(proposal: Proposal) -> pd.DataFrame:
    """List the greedy curve and the best answer, both from 0 sites on; ``curve`` tells them apart."""
    ids = proposal.candidates.sites["site_id"].to_numpy(dtype=object)
    greedy = proposal.curve
    start = greedy["coverage_share"].iloc[0]
    plan = pd.DataFrame(
        {
            "sites_count": np.arange(len(proposal.steps) + 1),
            "site": [-1, *(one.site for one in proposal.steps)],
            "gain_weight": [0.0, *(_sum(one, proposal) for one in proposal.steps)],
            "coverage_share": [start, *(one.coverage_after for one in proposal.steps)],
            "bound_share": np.nan,
        }
    )
    both = pd.concat([greedy.assign(curve="greedy"), plan.assign(curve="plan")], ignore_index=True)
    site = both["site"].to_numpy(dtype=np.int64)
    name = ids[site]
    name[site < 0] = None
    both = both.assign(site_id=name, rule=proposal.rule.name, weight=proposal.weight)
    return both[
        ["rule", "weight", "curve", "sites_count", "site_id", "gain_weight", "coverage_share",
         "bound_share"]
    ]  # fmt: skip


def answers_frame(proposal: Proposal) -> pd.DataFrame:
    """List the sites of all answers, the best first."""
    sites = proposal.candidates.sites
    parts = []
    for number, answer in enumerate(proposal.solution.answers, 1):
        rows = sites.iloc[answer.ranked]
        parts.append(
            pd.DataFrame(
                {
                    "answer": number,
                    "rank": np.arange(1, len(rows) + 1),
                    "site_id": rows["site_id"].to_numpy(dtype=object),
                    "name": rows["name"].to_numpy(dtype=object),
                    "rule": proposal.rule.name,
                    "coverage_after_share": _share_of(proposal, answer),
                    "objective": answer.objective,
                    "optimality_gap_share": answer.optimality_gap_share,
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def _share_of(proposal: Proposal, answer: SitingAnswer) -> float:
    return proposal.effects.share(proposal.effects.covered_by(answer.chosen.tolist()))


def _sum(step: Step, proposal: Proposal) -> float:
    return float(proposal.effects.weight[step.newly].sum())


def _gains(steps: list[Step], weight: npt.NDArray[np.float64] | None) -> list[float]:
    if weight is None:
        return [math.nan] * len(steps)
    return [float(np.nan_to_num(weight[one.newly]).sum()) for one in steps]


def _placed(proposal: Proposal, table: pd.DataFrame, places: pd.DataFrame) -> gpd.GeoDataFrame:
    """Add point, longitude and latitude; a study in a local grid has no longitude."""
    crs = proposal.kept.buildings.crs
    points = shapely.points(places["x"].to_numpy(float), places["y"].to_numpy(float))
    frame = gpd.GeoDataFrame(table, geometry=np.asarray(points, dtype=object), crs=crs)
    if crs is None:
        return frame.assign(lon=np.nan, lat=np.nan)
    frame = frame.to_crs(WGS84)
    return frame.assign(lon=frame.geometry.x, lat=frame.geometry.y)

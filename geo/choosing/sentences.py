"""Proposals in words: one paragraph a site, what the plan brings as a whole, and how good it is."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from geo.messages import say
from geo.rounding import minutes_up, share_down
from geo.words import word

if TYPE_CHECKING:
    from geo.choosing.proposals import Proposal


def reason_sentence(reason: str, lang: str | None = None) -> str:
    """Say why a place is, or is not, among the candidates."""
    return say(f"candidate_{reason}", lang=lang)


def step_sentence(proposal: Proposal, number: int, lang: str | None = None) -> str:
    """Say what one site of the best answer brings on top of those before it, by its place in the ranking."""
    step = proposal.steps[number]
    place = proposal.chosen.iloc[number]
    params: dict[str, object] = {
        "place": _place(proposal, place, lang),
        "verb": say(
            "sites_rebuild" if isinstance(place["host_building_id"], str) else "sites_build",
            lang=lang,
        ),
        "gain": _gain(proposal, step.newly, lang),
        "blind": step.blind_areas,
    }
    if step.subdistrict < 0:
        return say("sites_step_nothing", params, lang)
    params |= {"there": proposal.subdistrict_names[step.subdistrict]}
    params |= _raised(step.there_before, step.there_after)
    return say("sites_step", params, lang)


def plan_sentence(proposal: Proposal, lang: str | None = None) -> str:
    """Say what the best answer brings as a whole, among how many candidates, and how good it is."""
    steps = proposal.steps
    before = proposal.effects.share(proposal.effects.covered_by(()))
    after = steps[-1].coverage_after if steps else before
    newly = np.concatenate([np.empty(0, dtype=np.int64), *(one.newly for one in steps)])
    params: dict[str, object] = {
        "rule": proposal.rule.name,
        "weight": word("weight", proposal.weight),
        "count": len(steps),
        "gain": _gain(proposal, newly, lang),
        "blind": sum(one.blind_areas for one in steps),
        "candidates": f"{proposal.candidates.count:,}",
        "proof": proof_words(proposal.solution.status, proposal.gap_share, lang),
        **_raised(before, after),
    }
    return say("sites_plan" if steps else "sites_plan_nothing", params, lang)


def proof_words(status: str, gap_share: float, lang: str | None = None) -> str:
    """Say how good an answer is: 已证明最优, 与最优相差不超过x%, or that not all rules are kept yet."""
    gap = "—" if math.isnan(gap_share) else f"{np.ceil(1000.0 * gap_share - 1e-6) / 10.0:g}%"
    if gap_share == np.inf:
        gap = "—"
    return say(f"proof_{status}", {"gap": gap}, lang)


def objective_sentence(proposal: Proposal, lang: str | None = None) -> str | None:
    """Say what ``p_median`` and ``p_center`` make small, and ``backup`` great; None for other models."""
    answer = proposal.solution.best
    if answer is None or proposal.solution.model not in {"p_median", "p_center", "backup"}:
        return None
    if proposal.solution.model == "backup":
        share = f"{float(share_down(answer.coverage_share)) * 100:.1f}%"
        return say("sites_objective_backup", {"share": share}, lang)
    value = answer.objective
    if proposal.solution.model == "p_median":
        value = value / float(proposal.table.weight.sum())
    timed = proposal.rule.basis == "time"
    figure = f"{float(minutes_up(value / 60.0)):.1f}" if timed else f"{math.ceil(value):,}"
    unit = say("sites_unit_minutes" if timed else "sites_unit_metres", lang=lang)
    return say(f"sites_objective_{proposal.solution.model}", {"figure": figure, "unit": unit}, lang)


def _raised(before: float, after: float) -> dict[str, object]:
    """Print two shares rounded down and the points between what is printed, so that the three agree."""
    shown = share_down([before, after])
    tenths = np.rint((shown[1] - shown[0]) * 1000.0)
    return {
        "before": f"{shown[0] * 100:.1f}%",
        "after": f"{shown[1] * 100:.1f}%",
        "points": f"{tenths / 10.0:.1f}",
    }


def _gain(proposal: Proposal, newly: np.ndarray, lang: str | None) -> str:
    """Say residents and buildings newly covered; buildings alone where nobody knows the residents."""
    residents = proposal.kept.demand.weights.get("residents")
    figures: dict[str, object] = {"buildings": f"{len(newly):,}"}
    if residents is None:
        return say("sites_gain_buildings", figures, lang)
    figures["people"] = f"{round(float(np.nan_to_num(residents[newly]).sum())):,}"
    return say("sites_gain_people", figures, lang)


def _place(proposal: Proposal, place: pd.Series, lang: str | None) -> str:
    """Name a place so that one finds it: sub-district, community, own name or road, id."""
    inputs = proposal.kept.result.inputs
    parts = []
    for section, column in (("subdistricts", "subdistrict_id"), ("communities", "community_id")):
        units = inputs.get(section)
        if units is None or not isinstance(place[column], str):
            continue
        called = units["name"][units[column].astype(str) == place[column]]
        parts += [str(one) for one in called.head(1)]
    own = str(place["name"])
    code = "sites_place_by" if place["origin"] == "network" else "sites_place"
    if own in parts or own == place["site_id"]:
        code = "sites_place_in"
    area = "".join(parts[:1])
    if len(parts) > 1:
        area = say("sites_area", {"outer": parts[0], "inner": parts[1]}, lang)
    return say(code, {"area": area, "name": own, "id": place["site_id"]}, lang)

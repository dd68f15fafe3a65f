"""Scenarios tried on a finished result: what changes, at once; or the whole changed study as a result of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.assess import Assessor
from geo.coverage import COVERED, FAR, OUTSIDE, UNCOVERED, VERDICT_NAMES, verdicts_of
from geo.errors import Fault, InputError, NotFoundError, fault
from geo.inputs import Inputs
from geo.messages import say
from geo.params import Rule, StudyParams
from geo.progress import Progress, silent
from geo.reassess import Reassessed, reassess
from geo.reentry import stored
from geo.regions import Regions, regions_of, share
from geo.result import StudyResult
from geo.scenario_file import Scenario, parse_scenario, read_scenario, scenario_to_plain
from geo.scenario_inputs import ChangedInputs, changed_inputs, with_station_ids
from geo.scenario_stations import StationSwap
from geo.study import Study
from geo.tables import REJECT_COLUMNS
from geo.walk_network import WalkNetwork

__all__ = [
    "Changed", "Scenario", "Trial", "applied", "parse_scenario", "read_scenario", "rerun", "scenario_to_plain",
]  # fmt: skip
Floats = npt.NDArray[np.float64]
Longs = npt.NDArray[np.int64]
Verdicts = npt.NDArray[np.int8]
FLIP_COLUMNS = (
    "building_id", "name", "subdistrict_id", "rule", "verdict_before", "verdict_after", "minutes_before",
    "minutes_after", "metres_before", "metres_after", "residents",
)  # fmt: skip


@dataclass(frozen=True)
class Changed:
    """What a scenario does.

    Attributes
    ----------
    figures
        One row a (region, rule, weight): ``unit_kind, unit_id, name, rule, weight, before, after, change``,
        shares of coverage.
    flips
        One row a (building, rule) whose verdict changes; columns `FLIP_COLUMNS`.
    searched_anew
        Whether the network or who may enter it changed, so that all buildings entered it again.
    """

    scenario: Scenario
    figures: pd.DataFrame
    flips: pd.DataFrame
    searched_anew: bool


@dataclass(frozen=True)
class _Found:
    """Costs and verdicts of all buildings under one rule."""

    cost: Longs
    verdict: Verdicts


class Trial:
    """A finished result on which scenarios are tried, one after the other; it remembers how things stand today.

    Parameters
    ----------
    kept
        The result, searchable.
    """

    def __init__(self, kept: Reassessed) -> None:
        self.kept = kept
        self.params = kept.result.params
        self.today = {rule.name: _found(kept.assessor, rule) for rule in self.params.rules}
        self.regions: Regions = regions_of(kept)
        self._shares_today = _shares(self.regions, kept, self.today)

    @cached_property
    def stored(self) -> tuple[Inputs, WalkNetwork]:
        """Inputs and network as the run had them; stations with the ids it gave them."""
        inputs, network = stored(self.kept.result)
        frames = {**inputs.frames, "stations": with_station_ids(inputs)}
        return replace(inputs, frames=frames), network

    @cached_property
    def _swap(self) -> StationSwap:
        return StationSwap(self.kept, *self.stored)

    def applied(self, scenario: Scenario) -> Changed:
        """Try a scenario.

        Strategy
        --------
        * stations added only: nothing can get worse, so one search from the new ones and the lesser cost of each
          building;
        * stations moved, closed or changed: one search a rule, with who enters where as before;
        * links, speeds that weight the network, stations that open or close private ways or islands: all enter anew.

        Raises
        ------
        InputError
            When the scenario does not fit the study; carries every fault.
        """
        changed = changed_inputs(self.params, *self.stored, scenario)
        swap = None if scenario.links else self._swap.swapped(changed)
        if swap is None:
            assessor = self._entered(changed)
            after = {rule.name: _found(assessor, rule) for rule in changed.params.rules}
        elif swap.only_adds and not scenario.paces:
            after = {rule.name: self._least(swap.assessor, rule) for rule in self.params.rules}
        else:
            assessor = replace(swap.whole(), paces=changed.params.walk.paces)
            if scenario.paces:
                assessor = replace(assessor, _weightings={}, _near_cut={})
            after = {rule.name: _found(assessor, rule) for rule in self.params.rules}
        shares = _shares(self.regions, self.kept, after)
        return Changed(
            scenario,
            _figures(self.regions, self.kept, self._shares_today, shares),
            _flips(self.kept, self.today, after),
            swap is None,
        )

    def _least(self, added: Assessor, rule: Rule) -> _Found:
        # beyond the limit no verdict changes, and only what changes is told
        cost, _ = added.nearest(rule, rule.tiers, limited=True)
        least = np.minimum(cost, self.today[rule.name].cost)
        enterable, near_cut = self.kept.assessor.bounds(rule)
        return _Found(least, _judged(least, rule, enterable, near_cut))

    def _entered(self, changed: ChangedInputs) -> Assessor:
        entered = Study(changed.params).entered(changed.inputs, changed.network)
        if not np.array_equal(
            entered.building_ids.astype(str), self.kept.walk.building_ids.astype(str)
        ):
            raise NotFoundError(fault("sensitivity_inputs_differ"))
        _refuse_rejected(changed, entered.station_ids)
        return entered.assessor


def applied(study: StudyResult | Reassessed | Trial, scenario: Scenario) -> Changed:
    """Try a scenario on a result; who tries many makes a `Trial` once and hands that in.

    Raises
    ------
    InputError
        When the scenario does not fit the study; carries every fault.
    NotFoundError
        When the result lacks its network or inputs.
    """
    if isinstance(study, StudyResult):
        study = reassess(study)
    trial = study if isinstance(study, Trial) else Trial(study)
    return trial.applied(scenario)


def rerun(result: StudyResult, scenario: Scenario, progress: Progress = silent) -> StudyResult:
    """Run the changed study whole, from the inputs and the network that the result holds.

    A scenario that changes nothing gives the tables of `result` themselves.

    Raises
    ------
    InputError
        When the scenario does not fit the study; carries every fault.
    NotFoundError
        When the result lacks its network or inputs.
    """
    params = _planned(result.params, scenario)
    if scenario.is_empty:
        changed_result = replace(result, params=params)
    else:
        inputs, network = stored(result)
        changed = changed_inputs(params, inputs, network, scenario)
        run = Study(changed.params).run(progress, changed.inputs, changed.network)
        serving = run.stations.loc[run.stations["counts"].astype(bool), "station_id"]
        _refuse_rejected(changed, serving.to_numpy(dtype=object))
        tables = {**run.tables, "rejects": _rejects(result, run, changed.inputs)}
        told = replace(run.quality, inputs=result.quality.inputs, faults=_faults(result, run))
        # layers that are as they were are kept to the bit
        same = {
            name: result.inputs[name]
            for name, frame in inputs.frames.items()
            if changed.inputs.frames.get(name) is frame
        }
        changed_result = replace(run, tables=tables, quality=told, inputs={**run.inputs, **same})
    summary = {**changed_result.summary, "study": params.name}
    manifest = {
        **changed_result.manifest,
        "inputs": result.manifest.get("inputs", {}),
        "scenario": scenario_to_plain(scenario),
        "scenario_of": {
            "study": result.params.name,
            "written_at": result.manifest.get("written_at"),
        },
    }
    return replace(changed_result, summary=summary, manifest=manifest, reject_files={})


def _planned(params: StudyParams, scenario: Scenario) -> StudyParams:
    """Name the study after the plan; a plan never bears the number of a reviewed map."""
    name = say("scenario_study", {"study": params.name, "name": scenario.name or "—"})
    output = replace(params.output, map_review_no="", map_review_of="")
    return replace(params, name=name, output=output)


def _refuse_rejected(changed: ChangedInputs, serving: npt.NDArray[np.object_]) -> None:
    """Refuse a plan whose stations cannot be judged; stations closed by it are not asked."""
    frame = changed.inputs.frames["stations"]
    ids = frame["station_id"].astype(str).to_numpy(dtype=object)
    open_ = (frame["status"].astype("string") != "closed").fillna(True).to_numpy(dtype=bool)
    lost = np.isin(ids, changed.touched) & open_ & ~np.isin(ids, serving.astype(str))
    planned = frame["status"].isin(["planned", "building"]).to_numpy(dtype=bool)
    names = frame["name"].to_numpy(dtype=object)[lost & ~planned]
    if len(names):
        metres = f"{changed.params.walk.max_access_m:.0f}"
        raise InputError(*(fault("scenario_unusable", name=one, metres=metres) for one in names))


def _rejects(result: StudyResult, run: StudyResult, inputs: Inputs) -> pd.DataFrame:
    """Keep the rows that the reading set aside; those a run sets aside are told anew, where they stood in the file."""
    before, again = result.table("rejects"), run.table("rejects")
    names = set(inputs.frames["stations"]["name"].dropna().astype(str))
    # only what was read can be set aside by a run, and it is told by its name
    ran = (before["input"] == "stations") & before["value"].astype(str).isin(names)
    ran &= before["column"].isin(["geometry", "access_scope"])
    key = ["input", "column", "value", "reason"]
    placed = before[ran].astype({"value": str}).drop_duplicates(key)
    told = again.astype({"value": str}).merge(
        placed[[*key, "sheet", "row"]], on=key, how="left", suffixes=("_again", "")
    )
    kept = before[~ran]
    return pd.concat([kept, told[list(REJECT_COLUMNS)]], ignore_index=True) if len(told) else kept


def _faults(result: StudyResult, run: StudyResult) -> list[Fault]:
    """Join what the reading found with what the run found; a code the run tells again replaces the old one."""
    again = {one.code for one in run.quality.faults}
    kept = [one for one in result.quality.faults if one.code not in again | {"rows_rejected"}]
    rank = {"error": 0, "warning": 1, "info": 2}
    rejected = [one for one in result.quality.faults if one.code == "rows_rejected"]
    found = [one for one in run.quality.faults if one.code != "rows_rejected"]
    return sorted([*kept, *rejected, *found], key=lambda one: rank[one.severity])


def _found(assessor: Assessor, rule: Rule) -> _Found:
    cost, _ = assessor.nearest(rule, rule.tiers)
    return _Found(cost, _judged(cost, rule, *assessor.bounds(rule)))


def _judged(
    cost: Longs, rule: Rule, enterable: npt.NDArray[np.bool_], near_cut: npt.NDArray[np.bool_]
) -> Verdicts:
    return verdicts_of(cost <= round(rule.limit * 1000), enterable, near_cut)


def _shares(regions: Regions, kept: Reassessed, found: Mapping[str, _Found]) -> Floats:
    """Tell coverage, one value a (rule, weight, region), in this order."""
    parts = []
    for rule in kept.result.params.rules:
        for values in kept.demand.weights.values():
            sums = regions.sums_by(found[rule.name].verdict, len(VERDICT_NAMES), values)
            judged = sums[:, COVERED] + sums[:, UNCOVERED] + sums[:, OUTSIDE]
            parts.append(share(sums[:, COVERED], judged))
    return np.concatenate(parts)


def _figures(regions: Regions, kept: Reassessed, before: Floats, after: Floats) -> pd.DataFrame:
    """Tell coverage before and after, one row a (region, rule, weight)."""
    rules = np.array([rule.name for rule in kept.result.params.rules], dtype=object)
    weights = np.array(list(kept.demand.weights), dtype=object)
    times = len(rules) * len(weights)
    return pd.DataFrame(
        {
            "unit_kind": np.tile(regions.kind, times),
            "unit_id": np.tile(regions.id, times),
            "name": np.tile(regions.name, times),
            "rule": np.repeat(rules, len(weights) * regions.count),
            "weight": np.tile(np.repeat(weights, regions.count), len(rules)),
            "before": before,
            "after": after,
            "change": after - before,
        }
    )


def _flips(
    kept: Reassessed, before: Mapping[str, _Found], after: Mapping[str, _Found]
) -> pd.DataFrame:
    """List the buildings whose verdict changes, rule by rule."""
    rules = kept.result.params.rules
    at = [np.flatnonzero(before[one.name].verdict != after[one.name].verdict) for one in rules]
    rows = np.concatenate(at)
    columns = {
        name: kept.buildings[name].iloc[rows].to_numpy(dtype=object)
        for name in ("building_id", "name", "subdistrict_id")
    }
    table = pd.DataFrame(columns).assign(
        rule=np.repeat([one.name for one in rules], [len(one) for one in at]).astype(object),
        residents=kept.demand.weights.get("residents", np.full(kept.demand.count, np.nan))[rows],
    )
    by_time = np.repeat([one.basis == "time" for one in rules], [len(one) for one in at])
    for name, found in (("before", before), ("after", after)):
        pairs = [(found[rule.name], one) for rule, one in zip(rules, at, strict=True)]
        verdict = np.concatenate([one.verdict[chosen] for one, chosen in pairs])
        cost = np.concatenate([one.cost[chosen] for one, chosen in pairs])
        known = np.where(cost == FAR, np.nan, cost.astype(np.float64))
        table[f"verdict_{name}"] = VERDICT_NAMES[verdict]
        table[f"minutes_{name}"] = np.where(by_time, known / 60_000.0, np.nan)
        table[f"metres_{name}"] = np.where(by_time, np.nan, known / 1000.0)
    return table[list(FLIP_COLUMNS)]

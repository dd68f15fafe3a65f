"""Coverage as a range (不同假设下的结果区间): the same study under declared assumptions, and what flips."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.assess import Assessor
from geo.coverage import (
    COVERED,
    FAR,
    OUTSIDE,
    UNCOVERED,
    UNKNOWN,
    VERDICT_NAMES,
    verdicts_of,
)
from geo.params import Rule
from geo.progress import Progress, silent
from geo.reassess import Reassessed
from geo.reentry import Reentry
from geo.regions import Regions, regions_of, share
from geo.variations import CENTRAL, VARIATIONS, Variation

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
Longs = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Outcome:
    """Verdicts of all buildings under one rule and one set of assumptions.

    Attributes
    ----------
    cost
        Least cost to a station, thousandths; `FAR` beyond the cap.
    verdict
        As `geo.coverage.verdicts` gives it.
    """

    rule: Rule
    cost: Longs
    verdict: npt.NDArray[np.int8]


@dataclass(frozen=True)
class Sensitivity:
    """What varied assumptions do to a study.

    Attributes
    ----------
    ranges
        One row a (region, rule, weight): lowest, central, highest share and what gives them (`sensitivity`).
    variations
        One row a (region, rule, weight, variation), the central one first (`sensitivity_variations`).
    flips
        One row a (building, rule, variation in the range) whose verdict differs from the central one.
    scope_missing_count, scope_own_count
        Stations in service without a stated access scope, and those of them with a building to serve; None where
        the result does not tell.
    """

    ranges: pd.DataFrame
    variations: pd.DataFrame
    flips: pd.DataFrame
    scope_missing_count: int | None
    scope_own_count: int | None


def sensitivity(
    kept: Reassessed,
    declared: Sequence[Variation] = VARIATIONS,
    progress: Progress = silent,
) -> Sensitivity:
    """Judge a study again under every declared variation, one at a time.

    Raises
    ------
    NotFoundError
        When the result lacks the inputs to enter buildings into the network again.
    """
    rules = kept.result.params.rules
    regions = regions_of(kept)
    central = {rule.name: outcome(kept.assessor, rule) for rule in rules}
    tables = [_shares(regions, kept, list(central.values()), None)]
    flipped = []
    reentry = Reentry(kept) if any(one.enters_anew for one in declared) else None
    for number, variation in enumerate(declared):
        progress("stage_variations", number, len(declared))
        assessor = varied(kept, variation, reentry)
        found = [
            outcome(assessor, variation.of_rule(rule)) for rule in rules if variation.concerns(rule)
        ]
        if variation.in_range:
            found += [central[rule.name] for rule in rules if not variation.concerns(rule)]
            flipped += [_flips(kept, central[one.rule.name], one, variation) for one in found]
        tables.append(_shares(regions, kept, found, variation))
    progress("stage_variations", 1, 1)
    table = pd.concat(tables, ignore_index=True)
    missing, own = _unstated(kept)
    return Sensitivity(
        ranges=_ranges(table),
        variations=table,
        flips=_joined_flips(flipped),
        scope_missing_count=None if missing is None else int(missing.sum()),
        scope_own_count=None if missing is None else int((missing & own).sum()),
    )


def outcome(assessor: Assessor, rule: Rule) -> Outcome:
    """Judge every building by one rule; no pairs, no routes."""
    cost, _ = assessor.nearest(rule, rule.tiers)
    enterable, near_cut = assessor.bounds(rule)
    return Outcome(rule, cost, verdicts_of(cost <= round(rule.limit * 1000), enterable, near_cut))


def varied(kept: Reassessed, variation: Variation, reentry: Reentry | None) -> Assessor:
    """Return the assessor of the study under a variation."""
    params = variation.of_study(kept.result.params)
    if variation.enters_anew and reentry is not None:
        return reentry.entered(params)
    assessor = replace(
        kept.assessor,
        rules=[variation.of_rule(rule) for rule in params.rules],
        paces=params.walk.paces,
        _weightings={},
        _pairs={},
        _near_cut={},
        _fields={},
    )
    missing, own = _unstated(kept)
    if not variation.own_building or missing is None:
        return assessor
    supply = assessor.supply
    scope = np.where(missing & own, "building", supply.scope).astype(object)
    return replace(assessor, supply=replace(supply, scope=scope))


def _unstated(kept: Reassessed) -> tuple[Bools | None, Bools]:
    """Tell which stations in service state no access scope, and which have a building of their own."""
    stations = kept.stations
    own = np.array(
        [
            len(inside) + len(also) > 0
            for inside, also in zip(
                stations["host_building_ids"], stations["served_building_ids"], strict=True
            )
        ],
        dtype=bool,
    )
    if "access_scope_stated" not in stations.columns:
        return None, own
    return ~stations["access_scope_stated"].to_numpy(dtype=bool), own


def _shares(
    regions: Regions, kept: Reassessed, outcomes: Sequence[Outcome], variation: Variation | None
) -> pd.DataFrame:
    """Tell the coverage of every region by every weight, one row each."""
    parts = []
    for one in outcomes:
        for weight, values in kept.demand.weights.items():
            sums = regions.sums_by(one.verdict, len(VERDICT_NAMES), values)
            judged = sums[:, COVERED] + sums[:, UNCOVERED] + sums[:, OUTSIDE]
            parts.append(
                regions.head().assign(
                    rule=one.rule.name,
                    weight=weight,
                    variation=CENTRAL if variation is None else variation.code,
                    in_range=variation is None or variation.in_range,
                    coverage_share=share(sums[:, COVERED], judged),
                    unknown_share=share(sums[:, UNKNOWN], sums.sum(axis=1)),
                )
            )
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()


def _ranges(table: pd.DataFrame) -> pd.DataFrame:
    """Reduce rows a variation to lowest, central and highest; of equals the one declared first is named."""
    keys = ["unit_kind", "unit_id", "name", "rule", "weight"]
    inside = table[table["in_range"]]
    groups = inside.groupby(keys, sort=False, dropna=False)["coverage_share"]
    central = inside[inside["variation"] == CENTRAL].reset_index(drop=True)
    ranges = central[keys].assign(central_share=central["coverage_share"])
    for name, lowest in (("lowest", True), ("highest", False)):
        best = groups.transform("min" if lowest else "max")
        hits = inside[inside["coverage_share"] == best].drop_duplicates(keys)
        chosen = hits.set_index(keys).reindex(pd.MultiIndex.from_frame(central[keys]))
        ranges[f"{name}_share"] = chosen["coverage_share"].to_numpy(dtype=np.float64)
        ranges[f"{name}_variation"] = chosen["variation"].to_numpy(dtype=object)
    ranges["width_points"] = (ranges["highest_share"] - ranges["lowest_share"]) * 100.0
    order = [
        *keys, "lowest_share", "central_share", "highest_share", "width_points", "lowest_variation",
        "highest_variation",
    ]  # fmt: skip
    return ranges[order]


FLIP_COLUMNS = (
    "building_id", "name", "subdistrict_id", "rule", "variation", "verdict_before", "verdict_after",
    "minutes_before", "minutes_after", "metres_before", "metres_after", "residents",
)  # fmt: skip


def _flips(kept: Reassessed, before: Outcome, after: Outcome, variation: Variation) -> pd.DataFrame:
    """List the buildings whose verdict changes; metres for rules by distance, minutes for those by time."""
    at = np.flatnonzero(before.verdict != after.verdict)
    frame = pd.DataFrame(kept.buildings[["building_id", "name", "subdistrict_id"]].iloc[at])
    frame = frame.assign(
        rule=before.rule.name,
        variation=variation.code,
        verdict_before=VERDICT_NAMES[before.verdict[at]],
        verdict_after=VERDICT_NAMES[after.verdict[at]],
        residents=kept.demand.weights.get("residents", np.full(kept.demand.count, np.nan))[at],
    )
    by_time = before.rule.basis == "time"
    for name, one in (("before", before), ("after", after)):
        cost = np.where(one.cost[at] == FAR, np.nan, one.cost[at].astype(np.float64))
        frame[f"minutes_{name}"] = cost / 60_000.0 if by_time else np.nan
        frame[f"metres_{name}"] = np.nan if by_time else cost / 1000.0
    return frame[list(FLIP_COLUMNS)]


def _joined_flips(parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    filled = [one for one in parts if len(one)]
    if not filled:
        return pd.DataFrame({name: pd.Series(dtype="object") for name in FLIP_COLUMNS})
    return pd.concat(filled, ignore_index=True)


def sensitivity_tables(found: Sensitivity) -> Mapping[str, pd.DataFrame]:
    """Return the tables by the names of the result folder."""
    return {
        "sensitivity": found.ranges,
        "sensitivity_variations": found.variations,
        "flips": found.flips,
    }

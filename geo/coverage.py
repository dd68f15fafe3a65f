"""Verdicts building by building, and coverage of any grouping of buildings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.params import Rule

COVERED, UNCOVERED, UNKNOWN, OUTSIDE = range(4)
VERDICT_NAMES = np.array(["covered", "uncovered", "unknown", "outside"], dtype=object)
MAX_UNKNOWN_SHARE = 0.05  # above this a pass is not declared (数据不足，暂不评价)
FAR = np.iinfo(np.int64).max  # no cost found within the cap

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class RuleReach:
    """What the searches found for every building under one rule.

    Attributes
    ----------
    cost
        Least cost to a station that counts, thousandths of a second or metre; `FAR` beyond the cap.
    station
        Index of that station, -1 for none.
    metres
        Walked metres of that way (straight metres for ``radius``); nan where there is none.
    in_reach
        Number of stations within the limit.
    enterable
        Whether the building has a usable edge at all (always true for ``radius``).
    connected
        Whether its piece of the network holds a station that counts.
    in_host
        Whether a station that counts is inside the building.
    near_cut
        Whether the walk to the nearest cut end of the data is within the limit.
    barred
        Whether a barrier stands between the building and every edge near it.
    """

    rule: Rule
    cost: Longs
    station: Ints
    metres: Floats
    in_reach: Ints
    enterable: Bools
    connected: Bools
    in_host: Bools
    near_cut: Bools
    barred: Bools


def verdicts(reach: RuleReach) -> npt.NDArray[np.int8]:
    """Judge every building: covered, unknown, outside, uncovered, in this order of precedence.

    The limit is inclusive. A building is ``outside`` only when not covered, for the data may hide a station there.
    """
    covered = reach.cost <= round(reach.rule.limit * 1000)
    return verdicts_of(covered, reach.enterable, reach.near_cut)


def verdicts_of(covered: Bools, enterable: Bools, near_cut: Bools) -> npt.NDArray[np.int8]:
    """Judge from what decides alone; see `verdicts`."""
    verdict = np.where(near_cut, OUTSIDE, UNCOVERED)
    verdict = np.where(enterable, verdict, UNKNOWN)
    return np.where(covered, COVERED, verdict).astype(np.int8)


def reasons(reach: RuleReach, verdict: npt.NDArray[np.int8]) -> npt.NDArray[np.object_]:
    """Name the reason of each verdict by its code (sentences: ``reason_*`` of the catalogue)."""
    conditions = [
        (verdict == COVERED) & reach.in_host,
        verdict == COVERED,
        (verdict == UNKNOWN) & reach.barred,
        verdict == UNKNOWN,
        verdict == OUTSIDE,
        ~reach.connected,
        reach.cost == FAR,
    ]
    codes = [
        "same_building", "within_limit", "barred", "no_edge", "cut_network", "no_way", "beyond_cap",
    ]  # fmt: skip
    return np.select(conditions, codes, default="beyond_limit").astype(object)


@dataclass(frozen=True)
class Demand:
    """Buildings as arrays: weights by name, and minutes are left to the reach.

    Attributes
    ----------
    weights
        Name -> one value a building; nan where unknown. A weight that nobody has is absent.
    """

    weights: Mapping[str, Floats]
    count: int


def demand_of(buildings: pd.DataFrame, rules: Iterable[Rule]) -> Demand:
    """Take the weights of buildings from their table: the five of ours, and columns that a rule names."""
    weights = {
        "count": np.ones(len(buildings)),
        "footprint": buildings["footprint_m2"].to_numpy(dtype=np.float64),
    }
    named = {"floor_area": "floor_area_m2", "residents": "residents", "workers": "workers"}
    for name, column in named.items():
        values = _numbers(buildings[column])
        if np.isfinite(values).any():
            weights[name] = values
    for rule in rules:
        if rule.weight in buildings.columns and rule.weight not in (*weights, *named):
            weights[rule.weight] = _numbers(buildings[rule.weight])
    return Demand(weights, len(buildings))


def _numbers(column: pd.Series) -> Floats:
    return pd.to_numeric(column, errors="coerce").to_numpy(np.float64, na_value=np.nan)


def coverage_table(
    demand: Demand,
    reach: RuleReach,
    verdict: npt.NDArray[np.int8],
    group: Ints,
    group_count: int,
) -> pd.DataFrame:
    """Sum verdicts and shares over groups of buildings.

    Parameters
    ----------
    group
        Per building the group it belongs to, -1 for none.

    Returns
    -------
    DataFrame
        One row a group: counts, ``coverage_*_share`` (unknown left out), ``floor_*_share`` (unknown counted as not
        covered), ``unknown_share`` and ``outside_share`` of the rule's weight, overlap, minutes, ``passes``.
        Shares of nothing are null.
    """
    inside = group >= 0
    cell = group[inside].astype(np.int64) * 4 + verdict[inside]

    def by_verdict(values: Floats) -> Floats:
        known = np.nan_to_num(values[inside])
        sums = _sums(cell, known, 4 * group_count)
        return sums.reshape(-1, 4)

    counts = by_verdict(np.ones(demand.count))
    table: dict[str, npt.ArrayLike] = {"buildings_count": counts.sum(1).astype(np.int64)}
    for code, name in enumerate(VERDICT_NAMES):
        table[f"{name}_count"] = counts[:, code].astype(np.int64)
    for name, values in demand.weights.items():
        sums = by_verdict(values)
        judged = sums[:, COVERED] + sums[:, UNCOVERED] + sums[:, OUTSIDE]
        table[f"coverage_{name}_share"] = _share(sums[:, COVERED], judged)
        table[f"floor_{name}_share"] = _share(sums[:, COVERED], judged + sums[:, UNKNOWN])
    measured = reach.rule.weight if reach.rule.weight in demand.weights else "count"
    weight = np.nan_to_num(demand.weights[measured])
    sums = by_verdict(weight)
    table["unknown_share"] = _share(sums[:, UNKNOWN], sums.sum(1))
    table["outside_share"] = _share(sums[:, OUTSIDE], sums.sum(1))
    table["overlap_share"] = _overlap(weight, reach.in_reach, group, group_count)
    table |= _minutes(reach, weight, group, group_count)
    frame = pd.DataFrame(table)
    frame["passes"] = _passes(reach.rule, demand, frame)
    return frame


def _sums(group: npt.NDArray[np.integer], weight: Floats, count: int) -> Floats:
    return np.bincount(group, weights=weight, minlength=count).astype(np.float64)


def _share(part: Floats, whole: Floats) -> Floats:
    share: Floats = np.divide(part, whole, out=np.full(len(whole), np.nan), where=whole > 0)
    return share


def _overlap(weight: Floats, in_reach: Ints, group: Ints, group_count: int) -> Floats:
    """Demand within the limit of two stations or more / of one or more."""
    sums = []
    for least in (2, 1):
        chosen = (group >= 0) & (in_reach >= least)
        sums.append(_sums(group[chosen], weight[chosen], group_count))
    return _share(sums[0], sums[1])


def _minutes(reach: RuleReach, weight: Floats, group: Ints, group_count: int) -> dict[str, Floats]:
    """Weighted mean and quantiles of minutes to the nearest station, over judged buildings.

    A quantile that falls on a building beyond the cap is null, and so is the mean of a group with one. Only the
    basis ``time`` has minutes.
    """
    names = ("minutes_mean", "minutes_p50", "minutes_p90")
    if reach.rule.basis != "time":
        return {name: np.full(group_count, np.nan) for name in names}
    chosen = np.flatnonzero((group >= 0) & reach.enterable & (weight > 0))
    minutes = np.where(reach.cost[chosen] == FAR, np.inf, reach.cost[chosen] / 60_000.0)
    order = np.lexsort((minutes, group[chosen]))
    of_group, minutes, share = group[chosen][order], minutes[order], weight[chosen][order]
    total = _sums(of_group, share, group_count)
    running = np.cumsum(share)
    start = np.concatenate(([0.0], np.cumsum(total)))[:-1]
    finite = np.where(np.isfinite(minutes), minutes, 0.0)
    mean = _share(_sums(of_group, share * finite, group_count), total)
    mean[np.unique(of_group[~np.isfinite(minutes)])] = np.nan
    result = {"minutes_mean": mean}
    for name, level in (("minutes_p50", 0.5), ("minutes_p90", 0.9)):
        # the first building whose running share reaches the level; a hair of tolerance for float sums
        target = start + level * total - 1e-9 * np.maximum(total, 1.0)
        index = np.minimum(np.searchsorted(running, target), max(len(running) - 1, 0))
        value = minutes[index] if len(minutes) else np.full(group_count, np.nan)
        result[name] = np.where((total > 0) & np.isfinite(value), value, np.nan)
    return result


def _passes(rule: Rule, demand: Demand, frame: pd.DataFrame) -> pd.Series:
    """Whether the pass mark is met; null without a mark, without the weight, or with too much unknown."""
    passes = pd.Series(pd.NA, index=frame.index, dtype="boolean")
    if rule.pass_mark is None or rule.weight not in demand.weights:
        return passes
    share = frame[f"coverage_{rule.weight}_share"]
    judged = share.notna() & (frame["unknown_share"] <= MAX_UNKNOWN_SHARE)
    passes[judged] = share[judged] >= rule.pass_mark
    return passes

"""Verdicts and coverage with and without height beside each other."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.assess import Assessor
from geo.coverage import FAR, VERDICT_NAMES, verdicts
from geo.indicators.by_time import shares
from geo.indicators.findings import Findings, Floats
from geo.tabulate import Judged

_KINDS = ("study", "subdistrict", "zone")


def height_tables(findings: Findings) -> dict[str, pd.DataFrame]:
    """Judge every rule by time once more, with floors where it has none and without where it has.

    Returns
    -------
    dict
        ``height``: one row a (building, rule); ``coverage_by_height``: one row a (unit, rule). Empty where no
        building has levels.
    """
    if not np.isfinite(findings.buildings["levels"].to_numpy(dtype=np.float64)).any():
        return {}
    houses, units = [], []
    for one in findings.judged:
        if one.rule.basis != "time":
            continue
        flat, high = _both(findings.assessor, one)
        houses.append(_houses(findings, one, flat, high))
        for scope in (findings.scopes[kind] for kind in _KINDS if kind in findings.scopes):
            frame = scope.head().assign(rule=one.rule.name)
            without, with_floors = (
                shares(scope, findings.demand, verdict) for verdict, _ in (flat, high)
            )
            for weight in without:
                frame[f"coverage_flat_{weight}_share"] = without[weight]
                frame[f"coverage_height_{weight}_share"] = with_floors[weight]
            units.append(frame)
    if not houses:
        return {}
    return {
        "height": pd.concat(houses, ignore_index=True),
        "coverage_by_height": pd.concat(units, ignore_index=True),
    }


Found = tuple[npt.NDArray[np.int8], npt.NDArray[np.int64]]


def _both(assessor: Assessor, one: Judged) -> tuple[Found, Found]:
    """Return verdicts and costs without and with floors."""
    pace = assessor.paces[one.rule.pace]
    paces = {**assessor.paces, one.rule.pace: replace(pace, floors=not pace.floors)}
    twin = replace(assessor, paces=paces, _pairs={}, _near_cut={})
    cost, _ = twin.nearest(one.rule, one.rule.tiers)
    here = (one.verdict, one.reach.cost)
    there = (verdicts(replace(one.reach, cost=cost)), cost)
    return (there, here) if pace.floors else (here, there)


def _houses(findings: Findings, one: Judged, flat: Found, high: Found) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "building_id": findings.buildings["building_id"].to_numpy(dtype=object),
            "levels": findings.buildings["levels"].to_numpy(dtype=np.float64),
            "rule": one.rule.name,
            "verdict_flat": VERDICT_NAMES[flat[0]],
            "verdict_height": VERDICT_NAMES[high[0]],
            "minutes_flat": _minutes(flat[1]),
            "minutes_height": _minutes(high[1]),
        }
    )


def _minutes(cost: npt.NDArray[np.int64]) -> Floats:
    return np.where(cost == FAR, np.nan, cost / 60_000.0)

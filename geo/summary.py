"""The headline figures of a result, plain JSON values."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from geo.coverage import Demand, coverage_table
from geo.messages import say
from geo.params import Rule, StudyParams
from geo.tabulate import Judged

_FIGURES = (
    "buildings_count", "covered_count", "uncovered_count", "unknown_count", "outside_count",
    "coverage_count_share", "coverage_footprint_share", "coverage_floor_area_share",
    "coverage_residents_share", "coverage_workers_share", "floor_count_share", "floor_residents_share",
    "unknown_share", "outside_share", "overlap_share", "minutes_mean", "minutes_p50", "minutes_p90", "passes",
)  # fmt: skip


def limit_text(rule: Rule) -> str:
    """Say the limit of a rule with its basis: 步行10分钟, 步行500米, 直线500米."""
    value = rule.minutes if rule.basis == "time" else rule.metres
    return say(f"limit_{rule.basis}", {"value": f"{value:g}"})


def rule_figures(one: Judged, demand: Demand) -> dict[str, object]:
    """Sum one rule over the whole study area."""
    everywhere = np.zeros(demand.count, dtype=np.int32)
    row = coverage_table(demand, one.reach, one.verdict, everywhere, 1).iloc[0]
    figures = {name: plain_value(row[name]) if name in row.index else None for name in _FIGURES}
    rule = one.rule
    return {
        "name": rule.name,
        "basis": rule.basis,
        "limit_text": limit_text(rule),
        "pace": rule.pace if rule.basis == "time" else None,
        "tiers": list(rule.tiers),
        "weight": rule.weight,
        "pass_mark": rule.pass_mark,
        **figures,
    }


def summarise(
    params: StudyParams,
    judged: Sequence[Judged],
    demand: Demand,
    counts: dict[str, int],
    basis_of_people: dict[str, str],
) -> dict[str, object]:
    """Make the summary: what was studied, as of when, and every rule's figures for the whole area."""
    return {
        "study": params.name,
        "as_of": params.as_of.isoformat(),
        "simulated": params.output.simulated,
        **counts,
        "people": basis_of_people,
        "rules": [rule_figures(one, demand) for one in judged],
    }


def plain_value(value: object) -> object:
    """Turn a table cell into a JSON value; what is not known becomes None."""
    if value is None or value is pd.NA or (isinstance(value, float) and np.isnan(value)):
        return None
    if isinstance(value, np.generic):
        return plain_value(value.item())
    return value

"""Roll-up by code prefix: city (4 digits), district (6), sub-district (9), community (12)."""

from __future__ import annotations

import numpy as np
import pandas as pd

from geo.coverage import coverage_table
from geo.indicators.findings import Findings

LEVELS = {4: "city", 6: "district", 9: "subdistrict", 12: "community"}
_KEPT = ("buildings_count", "covered_count", "uncovered_count", "unknown_count", "outside_count")


def rollup_table(findings: Findings) -> pd.DataFrame:
    """Sum buildings by the first 4, 6, 9 and 12 digits of their codes.

    Only codes of twelve digits take part; a building without a community counts at the upper levels.

    Returns
    -------
    DataFrame
        ``level, code, rule``, counts by verdict, ``coverage_W_share``.
    """
    codes = _codes(findings)
    parts = []
    for digits, level in LEVELS.items():
        prefix = codes.str[:digits].where(codes.str.len() >= digits)
        group, names = pd.factorize(prefix, sort=True)
        if len(names) == 0:
            continue
        for one in findings.judged:
            figures = coverage_table(
                findings.demand, one.reach, one.verdict, group.astype(np.int32), len(names)
            )
            kept = [*_KEPT, *(name for name in figures.columns if name.startswith("coverage_"))]
            parts.append(figures[kept].assign(level=level, code=names, rule=one.rule.name))
    if not parts:
        return pd.DataFrame(columns=["level", "code", "rule", *_KEPT])
    table = pd.concat(parts, ignore_index=True)
    return table[
        ["level", "code", "rule", *(n for n in table if n not in ("level", "code", "rule"))]
    ]


def _codes(findings: Findings) -> pd.Series:
    """Twelve digits where the community is known, nine where only the sub-district is."""
    community = findings.buildings["community_id"].astype("string")
    subdistrict = findings.buildings["subdistrict_id"].astype("string")
    coded = subdistrict.str.fullmatch(r"\d{12}").fillna(False)
    full = community.str.fullmatch(r"\d{12}").fillna(False)
    codes = subdistrict.str[:9].where(coded)
    known: pd.Series = community.where(full, codes)
    return known

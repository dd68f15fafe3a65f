"""Rules told by what the study knows: by buildings where it has no people to count by."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

    from geo.params import Rule
    from geo.result import StudyResult


def with_known_weights(result: StudyResult) -> StudyResult:
    """Return the result with rules of an unknown weight told by buildings, without their pass mark.

    A pass mark is measured by the rule's own weight; where that is not known, nothing passes and nothing fails.
    """
    table = result.subdistricts
    rules = tuple(_known(rule, table) for rule in result.params.rules)
    if rules == tuple(result.params.rules):
        return result
    return replace(result, params=replace(result.params, rules=rules))


def _known(rule: Rule, table: pd.DataFrame) -> Rule:
    column = f"coverage_{rule.weight}_share"
    if column in table.columns and table.loc[table["rule"] == rule.name, column].notna().any():
        return rule
    return replace(rule, weight="count", pass_mark=None)

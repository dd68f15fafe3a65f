"""What ``compare`` and ``what-if`` print: rules before and after, sub-districts that change most, causes, flips."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from api.cli_layout import aligned, minutes, percent
from geo.attribution import CAUSES
from geo.compare import SAME, Comparison, measured_figure, most_changed
from geo.errors import NotFoundError, fault
from geo.messages import say
from geo.result import StudyResult
from geo.rounding import share_down
from geo.words import word

_MOST_PLACES, _MOST_FLIPS = 8, 10
_CAUSE_NAMES = {
    "data": "cli_compare_cause_data",
    "network": "cli_compare_cause_network",
    "stations": "cli_compare_cause_stations",
    "rules": "cli_compare_cause_rules",
}


def change_lines(
    before: StudyResult, after: StudyResult, found: Comparison, rule: str
) -> Iterable[str]:
    """Say what changed; sub-districts and buildings by one rule."""
    if after.params.output.simulated:
        yield say("map_simulated")
    yield say("cli_compare_title", {"before": before.params.name, "after": after.params.name})
    if found.rules_new or found.rules_gone:
        comma = say("page_comma")
        new, gone = comma.join(found.rules_new) or "—", comma.join(found.rules_gone) or "—"
        yield say("cli_compare_rules", {"new": new, "gone": gone})
    if found.buildings_new_count or found.buildings_gone_count:
        counts = {"new": found.buildings_new_count, "gone": found.buildings_gone_count}
        yield say("cli_compare_buildings", counts)
    if not (found.change["change"].abs() > SAME).any():
        yield say("cli_compare_same")
        return
    study = _study_rows(after, found)
    yield from (f"  {line}" for line in aligned(_rule_rows(found, study)))
    yield _sentence(next(one for one in study if one["rule"] == rule))
    yield ""
    yield from _place_lines(after, found, rule)
    yield ""
    yield say("cli_compare_causes")
    yield from (f"  {line}" for line in aligned(_cause_rows(study)))
    yield ""
    yield from _flip_lines(found, rule)


def rule_shown(before: StudyResult, after: StudyResult, name: str | None) -> str:
    """Return the rule to print by: the one asked for, else the first that both results have.

    Raises
    ------
    NotFoundError
        When the results do not share it.
    """
    there = {one.name for one in before.params.rules}
    shared = [one.name for one in after.params.rules if one.name in there]
    if (name is None and shared) or name in shared:
        return name or shared[0]
    known = say("page_comma").join(shared) or "—"
    raise NotFoundError(fault("cli_compare_no_rule", rule=name or "—", known=known))


def _study_rows(after: StudyResult, found: Comparison) -> list[dict[str, object]]:
    """Return the coverage of the whole study by the weight of each rule."""
    rows: list[dict[str, object]] = []
    whole = found.change[found.change["unit_kind"] == "study"]
    for rule in after.params.rules:
        figure = measured_figure(after, rule.name)
        row = whole[(whole["rule"] == rule.name) & (whole["figure"] == figure)]
        if len(row) and rule.name not in found.rules_new:
            weight = figure.removeprefix("coverage_").removesuffix("_share")
            values: dict[str, object] = {str(key): one for key, one in row.iloc[0].items()}
            rows.append({**values, "weight": str(word("weight", weight))})
    return rows


def _tenths(value: object) -> int:
    """Return a share as it is printed, in tenths of a point; steps of a sum are settled first."""
    return round(float(share_down(round(float(str(value)), 9))) * 1000)


def _points(tenths: int) -> str:
    return f"{tenths / 10:+.1f}" if tenths else "0.0"


def _difference(row: dict[str, object]) -> str:
    if pd.isna(row["before"]) or pd.isna(row["after"]):  # type: ignore[call-overload]
        return "—"
    return _points(_tenths(row["after"]) - _tenths(row["before"]))


def _rule_rows(found: Comparison, study: list[dict[str, object]]) -> list[list[str]]:
    rows = [
        [
            say("cli_compare_head_rule"),
            say("cli_compare_head_weight"),
            say("cli_compare_head_before"),
            say("cli_compare_head_after"),
            say("cli_compare_head_change"),
            say("cli_compare_head_gained"),
            say("cli_compare_head_lost"),
            say("cli_compare_head_other"),
        ]
    ]
    for one in study:
        counts = _directions(found, str(one["rule"]))
        rows.append(
            [
                str(one["rule"]),
                str(one["weight"]),
                percent(one["before"]),
                percent(one["after"]),
                _difference(one),
                *(f"{counts[name]:,}" for name in ("gained", "lost", "other")),
            ]
        )
    return rows


def _directions(found: Comparison, rule: str) -> dict[str, int]:
    flips = found.flips[found.flips["rule"] == rule]["direction"]
    return {name: int((flips == name).sum()) for name in ("gained", "lost", "other")}


def _sentence(row: dict[str, object]) -> str:
    if pd.isna(row["before"]) or pd.isna(row["after"]):  # type: ignore[call-overload]
        change = "—"
    else:
        tenths = _tenths(row["after"]) - _tenths(row["before"])
        code = "cli_compare_up" if tenths > 0 else "cli_compare_down"
        points = {"points": f"{abs(tenths) / 10:.1f}"}
        change = say(code, points) if tenths else say("cli_compare_level")
    figures = {"before": percent(row["before"]), "after": percent(row["after"])}
    return say(
        "cli_compare_sentence",
        {"rule": row["rule"], "weight": row["weight"], "change": change, **figures},
    )


def _place_lines(after: StudyResult, found: Comparison, rule: str) -> Iterable[str]:
    worst = most_changed(found.change, rule, measured_figure(after, rule), _MOST_PLACES)
    if len(worst) == 0:
        yield say("cli_compare_no_place", {"rule": rule})
        return
    yield say("cli_compare_places", {"rule": rule})
    rows = [
        [
            say("cli_compare_place"),
            say("cli_compare_head_before"),
            say("cli_compare_head_after"),
            say("cli_compare_head_change"),
        ]
    ]
    for row in worst.to_dict("records"):
        line = {str(key): value for key, value in row.items()}
        rows.append(
            [str(row["name"]), percent(row["before"]), percent(row["after"]), _difference(line)]
        )
    yield from (f"  {line}" for line in aligned(rows))


def _cause_rows(study: list[dict[str, object]]) -> list[list[str]]:
    """Print parts as the differences of printed totals, so that they add up as printed."""
    heads = [say(_CAUSE_NAMES[cause]) for cause in CAUSES]
    rows = [[say("cli_compare_head_rule"), *heads, say("cli_compare_whole")]]
    for one in study:
        value = float(str(one["before"]))
        cells = []
        for cause in CAUSES:
            part = float(str(one[f"by_{cause}"]))
            known = not pd.isna(part) and not pd.isna(value)
            cells.append(_points(_tenths(value + part) - _tenths(value)) if known else "—")
            value += part
        rows.append([str(one["rule"]), *cells, _difference(one)])
    return rows


def _flip_lines(found: Comparison, rule: str) -> Iterable[str]:
    yield say("cli_compare_flips", {"rule": rule, **_directions(found, rule)})
    flips = found.flips[found.flips["rule"] == rule]
    flips = flips.sort_values(
        ["residents", "building_id"], ascending=[False, True], kind="stable", na_position="last"
    )
    for row in flips.head(_MOST_FLIPS).to_dict("records"):
        name = str(row["name"]) if pd.notna(row["name"]) else str(row["building_id"])
        by_time = pd.notna(row["minutes_before"]) or pd.notna(row["minutes_after"])
        way = ""
        if by_time:
            way = f"  {minutes(row['minutes_before'])}→{minutes(row['minutes_after'])}"
        turn = f"{word('verdict', row['verdict_before'])}→{word('verdict', row['verdict_after'])}"
        yield f"  {name}  {turn}{way}"
    if len(flips) > _MOST_FLIPS:
        yield say("cli_compare_more", {"count": len(flips) - _MOST_FLIPS})

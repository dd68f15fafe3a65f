"""What a leader asks first, as `run` prints it: the zones, the worst sub-districts, the gaps, the blind areas."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from api.cli_layout import aligned, minutes, percent
from geo.messages import say
from geo.result import StudyResult

WORST = 3
SHOWN = 5
_PEOPLE = (("residents", "page_weight_residents"), ("workers", "page_weight_workers"))


def finding_lines(result: StudyResult) -> Iterable[str]:
    """Say zones on all bases, then the worst sub-districts, gap units and blind areas of the first rule."""
    rules = [rule.name for rule in result.params.rules]
    yield from _zone_lines(_table(result, "zones"), rules)
    yield from _worst_lines(_of_rule(_table(result, "subdistricts"), rules[0]), rules[0])
    yield from _gap_lines(_table(result, "gap_units"))
    yield from _blind_lines(_of_rule(_table(result, "blind_areas"), rules[0]))


def _table(result: StudyResult, name: str) -> pd.DataFrame:
    return pd.DataFrame(result.tables.get(name, pd.DataFrame()))


def _of_rule(table: pd.DataFrame, rule: str) -> pd.DataFrame:
    return table[table["rule"] == rule] if "rule" in table else table


def _zone_lines(zones: pd.DataFrame, rules: list[str]) -> Iterable[str]:
    """Zones overlap: each stands for itself and nothing is summed."""
    if len(zones) == 0:
        return
    people = [
        (f"coverage_{name}_share", word)
        for name, word in _PEOPLE
        if f"coverage_{name}_share" in zones
    ]
    rows = [
        [say("cli_column_zone"), *[f"{rule} {say(word)}" for rule in rules for _, word in people]]
    ]
    for name, part in zones.groupby("name", sort=False):
        by_rule = part.set_index("rule")
        shares = [percent(by_rule[column].get(rule)) for rule in rules for column, _ in people]
        rows.append([str(name), *shares])
    yield ""
    yield say("cli_zones")
    yield from (f"  {line}" for line in aligned(rows))


def _worst_lines(table: pd.DataFrame, rule: str) -> Iterable[str]:
    column = "coverage_residents_share"
    if column not in table or table[column].isna().all():
        column = "coverage_count_share"
    if column not in table or len(table) <= WORST:
        return
    worst = table.sort_values([column, "subdistrict_id"]).head(WORST)
    names = say("page_comma").join(
        f"{name} {percent(share)}" for name, share in zip(worst["name"], worst[column], strict=True)
    )
    yield ""
    yield say("cli_worst", {"rule": rule, "names": names})


def _gap_lines(gaps: pd.DataFrame) -> Iterable[str]:
    if len(gaps) == 0:
        return
    yield ""
    yield say("cli_gaps", {"count": len(gaps), "names": _names(gaps["name"])})


def _blind_lines(areas: pd.DataFrame) -> Iterable[str]:
    if len(areas) == 0:
        return
    yield ""
    yield say("cli_blind", {"count": len(areas)})
    for row in areas.sort_values("rank").head(SHOWN).to_dict("records"):
        yield "  " + say(
            "cli_blind_area",
            {
                "rank": row["rank"],
                "name": row["name"],
                "buildings": row["buildings_count"],
                "residents": "—" if pd.isna(row["residents"]) else f"{row['residents']:,.0f}",
                "minutes": minutes(row["nearest_minutes"]),
                "cause": row["cause"],
            },
        )


def _names(names: pd.Series) -> str:
    shown = say("page_comma").join(names.head(SHOWN).astype(str))
    return say("cli_and_more", {"names": shown}) if len(names) > SHOWN else shown

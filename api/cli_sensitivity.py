"""``servicecircle sensitivity``: coverage of a finished result as a range, and its critical stations."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from api.cli_click import Command, Option, common_options
from geo.errors import NotFoundError, fault
from geo.messages import say

if TYPE_CHECKING:
    import pandas as pd

    from geo.critical import Critical
    from geo.params import Rule
    from geo.result import StudyResult
    from geo.sensitivity import Sensitivity

WORKBOOK = "sensitivity.xlsx"
_MOST_CRITICAL = 10


@click.command(cls=Command, help="cli_help_sensitivity")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--rule", cls=Option, metavar="NAME", help="cli_sensitivity_rule")
@common_options
def sensitivity(folder: Path, rule: str | None) -> None:
    """Vary the assumptions and close the stations of a finished result."""
    from api.cli_progress import CliProgress
    from geo.critical import critical_stations, critical_tables
    from geo.reassess import reassess
    from geo.sensitivity import sensitivity as varied
    from geo.sensitivity import sensitivity_tables
    from geo.store import add_tables, read_result
    from maps.workbook import workbook_bytes

    result = read_result(folder)
    shown = _rule_of(result, rule)
    kept = reassess(result)
    with CliProgress() as progress:
        found = varied(kept, progress=progress)
        critical = critical_stations(kept, progress)
        progress("stage_write", 0, 1)
        tables = {**sensitivity_tables(found), **critical_tables(critical)}
        book = workbook_bytes(replace(result, tables=tables))
        add_tables(folder, tables, {WORKBOOK: book})
        progress("stage_write", 1, 1)
    lines = [*range_lines(result, found, shown), "", *critical_lines(critical, shown)]
    lines += ["", say("cli_results_at", {"folder": folder}), f"  {folder / WORKBOOK}"]
    click.echo("\n".join(lines))


def _rule_of(result: StudyResult, name: str | None) -> Rule:
    rules = result.params.rules
    if name is None:
        return rules[0]
    for one in rules:
        if one.name == name:
            return one
    known = say("page_comma").join(one.name for one in rules)
    raise NotFoundError(fault("sensitivity_no_rule", rule=name, known=known))


def range_lines(result: StudyResult, found: Sensitivity, rule: Rule) -> Iterable[str]:
    """Say the range of every sub-district and zone, the least certain, and what each variation does."""
    from geo.summary import limit_text
    from geo.words import word

    if result.params.output.simulated:
        yield say("map_simulated")
    weight = _weight_of(found.ranges, rule)
    measured = word("weight", weight)
    yield say(
        "cli_sensitivity_title",
        {"rule": rule.name, "limit": limit_text(rule), "weight": measured},
    )
    varied = _of(found.variations, rule, weight)
    count = varied[varied["in_range"]]["variation"].nunique() - 1
    yield say("cli_sensitivity_note", {"count": count})
    yield ""
    ranges = _of(found.ranges, rule, weight)
    yield from _range_table(ranges[ranges["unit_kind"] != "zone"], "cli_sensitivity_place")
    zones = ranges[(ranges["unit_kind"] == "zone") & ranges["central_share"].notna()]
    if len(zones):
        yield ""
        yield from _range_table(zones, "cli_sensitivity_zone")
    yield ""
    yield from _widest_line(ranges[ranges["unit_kind"] == "subdistrict"])
    yield from _variation_lines(varied, found.flips, rule)
    yield _scope_line(found)


def _of(table: pd.DataFrame, rule: Rule, weight: str) -> pd.DataFrame:
    chosen: pd.DataFrame = table[(table["rule"] == rule.name) & (table["weight"] == weight)]
    return chosen


def _weight_of(ranges: pd.DataFrame, rule: Rule) -> str:
    known = set(ranges["weight"])
    return rule.weight if rule.weight in known else "count"


def _range_table(ranges: pd.DataFrame, head: str) -> Iterable[str]:
    from api.cli_layout import aligned, percent
    from geo.words import word

    columns = ("lowest", "central", "highest")
    rows = [[say(head), *(say(f"cli_sensitivity_{one}") for one in columns), ""]]
    rows[0][-1] = say("cli_sensitivity_lowest_by")
    for row in ranges.to_dict("records"):
        whole = row["unit_kind"] == "study"
        name = say("cli_sensitivity_whole") if whole else str(row["name"])
        shares = [percent(row[f"{one}_share"]) for one in columns]
        by = row["lowest_variation"]
        steady = by == "central"
        rows.append([name, *shares, "—" if steady else str(word("lowest_variation", by))])
    yield from (f"  {line}" for line in aligned(rows))


def _widest_line(ranges: pd.DataFrame) -> Iterable[str]:
    from api.cli_layout import percent
    from geo.words import word

    known = ranges[ranges["width_points"] > 0]
    if len(known) == 0:
        return
    order = known.sort_values(["width_points", "unit_id"], ascending=[False, True])
    row = order.iloc[0]
    figures = {
        "name": row["name"],
        "lowest": percent(row["lowest_share"]),
        "highest": percent(row["highest_share"]),
        "by": word("lowest_variation", row["lowest_variation"]),
    }
    yield say("cli_sensitivity_widest", figures)


def _variation_lines(varied: pd.DataFrame, flips: pd.DataFrame, rule: Rule) -> Iterable[str]:
    from api.cli_layout import aligned, percent
    from geo.words import word

    whole = varied[varied["unit_kind"] == "study"]
    counts = flips[flips["rule"] == rule.name]["variation"].value_counts()
    rows = [
        [
            say("cli_sensitivity_variation"),
            say("cli_sensitivity_coverage"),
            say("cli_sensitivity_flips"),
        ]
    ]
    for row in whole[whole["in_range"]].to_dict("records"):
        code = row["variation"]
        number = "—" if code == "central" else f"{int(counts.get(code, 0)):,}"
        rows.append([str(word("variation", code)), percent(row["coverage_share"]), number])
    yield ""
    yield say("cli_sensitivity_variations")
    yield from (f"  {line}" for line in aligned(rows))
    beside = whole[~whole["in_range"].astype(bool)]
    if len(beside):
        figures = say("page_comma").join(
            f"{word('variation', code)} {percent(value)}"
            for code, value in zip(beside["variation"], beside["coverage_share"], strict=True)
        )
        yield say("cli_sensitivity_beside", {"figures": figures})


def _scope_line(found: Sensitivity) -> str:
    if found.scope_missing_count is None:
        return say("cli_sensitivity_scope_unknown")
    if found.scope_missing_count == 0:
        return say("cli_sensitivity_scope_all")
    figures = {"count": found.scope_missing_count, "own": found.scope_own_count}
    return say("cli_sensitivity_scope", figures)


def critical_lines(found: Critical, rule: Rule) -> Iterable[str]:
    """Say the stations whose closing takes cover from most people, and where."""
    from pandas import notna

    from api.cli_layout import aligned, percent
    from geo.critical import most_critical

    table = found.stations[found.stations["rule"] == rule.name]
    alone = int((table["lost_buildings_count"] > 0).sum())
    if alone == 0:
        yield say("cli_critical_none")
        return
    yield say("cli_critical_title", {"count": len(table), "alone": alone})
    if found.searched_anew_count:
        yield say("cli_critical_anew", {"count": found.searched_anew_count})
    heads = ("station", "people", "buildings", "after", "subdistrict")
    rows = [[say(f"cli_critical_{one}") for one in heads]]
    there = found.regions[found.regions["rule"] == rule.name]
    there = there.set_index(["station_id", "unit_id"])
    for row in most_critical(found, rule.name, _MOST_CRITICAL).to_dict("records"):
        key = (row["station_id"], row["worst_subdistrict_id"])
        people = f"{row['lost_residents']:,.0f}" if notna(row["lost_residents"]) else "—"
        hit = ""
        if key in there.index:
            place = there.loc[key]
            figures = {
                "before": percent(place["coverage_before_share"]),
                "after": percent(place["coverage_closed_share"]),
            }
            hit = say("cli_critical_there", {"name": place["name"], **figures})
        rows.append(
            [
                f"{row['rank']} {row['name']}",
                people,
                f"{row['lost_buildings_count']:,}",
                percent(row["coverage_closed_share"]),
                hit,
            ]
        )
    yield from (f"  {line}" for line in aligned(rows))

"""``servicecircle links``: what gates, crossings and footbridges would bring, alone or for one budget with stations."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from api.cli_click import Command, Option, common_options
from geo.errors import NotFoundError, fault
from geo.messages import say

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

    from geo.link_candidates import LinkCandidates
    from geo.link_tables import JointPlan
    from geo.params import Rule
    from geo.progress import Progress
    from geo.reassess import Reassessed

WORKBOOK = "links.xlsx"
_SHOWN = 15


@click.command(cls=Command, help="cli_help_links")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--rule", cls=Option, metavar="NAME", help="cli_links_rule")
@click.option(
    "--budget", cls=Option, type=click.FloatRange(0), metavar="X", help="cli_links_budget"
)
@click.option(
    "--candidates",
    "source",
    cls=Option,
    type=click.Choice(["layer", "proposed"]),
    help="cli_links_candidates",
)
@click.option(
    "--most", cls=Option, type=click.IntRange(1), default=200, metavar="N", help="cli_links_most"
)
@common_options
def links(
    folder: Path, rule: str | None, budget: float | None, source: str | None, most: int
) -> None:
    """Value links and, with a budget, choose among links and stations together."""
    from api.cli_progress import CliProgress
    from geo.choosing.candidates import candidates_of
    from geo.choosing.request import rule_named
    from geo.link_tables import joint_plan, value_all
    from geo.reassess import reassess
    from geo.store import add_tables, read_result
    from maps.workbook import workbook_bytes

    result = read_result(folder)
    chosen = rule_named(result.params.rules, rule)
    now = reassess(result)
    with CliProgress() as progress:
        candidates = _candidates(now, chosen, source, most, progress)
        plan = None
        if budget is None:
            tables: dict[str, pd.DataFrame] = {"links": value_all(now, chosen, candidates)}
        else:
            plan = joint_plan(now, chosen, candidates_of(now), candidates, budget)
            tables = {"links": plan.links, "sites": plan.sites}
        progress("stage_write", 0, 1)
        add_tables(folder, tables, {WORKBOOK: workbook_bytes(replace(result, tables=tables))})
        progress("stage_write", 1, 1)
    said = value_lines(tables["links"], chosen) if plan is None else plan_lines(plan, chosen)
    lines = [say("map_simulated")] if result.params.output.simulated else []
    lines += [_counts(candidates), "", *said]
    lines += ["", say("cli_results_at", {"folder": folder}), f"  {folder / WORKBOOK}"]
    click.echo("\n".join(lines))


def _candidates(
    now: Reassessed, rule: Rule, source: str | None, most: int, progress: Progress
) -> LinkCandidates:
    from geo.link_candidates import layer_links, proposed_links

    layer, costs = now.result.inputs.get("links"), now.result.params.costs
    if source == "layer" and layer is None:
        raise NotFoundError(fault("links_no_layer"))
    if layer is not None and source != "proposed":
        return layer_links(now, layer, costs)
    return proposed_links(now, rule, costs, most, progress)


def _counts(candidates: LinkCandidates) -> str:
    out = candidates.table.loc[~candidates.table["admitted"].astype(bool), "reason"]
    reasons = [(one, int(count)) for one, count in out.value_counts().sort_index().items()]
    origin = "layer" if (candidates.table["origin"] == "layer").any() else "blind_area"
    left = say("cli_links_left_out", {"reasons": reasons}) if reasons else ""
    figures = {"count": candidates.count, "origin": origin, "left": left}
    return say("cli_links_counts", figures)


def value_lines(table: gpd.GeoDataFrame, rule: Rule) -> Iterable[str]:
    """Say the links that gain most, each alone."""
    from api.cli_layout import aligned, minutes, percent
    from geo.summary import limit_text

    useful = table[table["gain_buildings_count"] > 0]
    figures = {"rule": rule.name, "limit": limit_text(rule), "count": len(useful)}
    yield say("cli_links_title", figures)
    if len(useful) == 0:
        return
    heads = ("link", "cost", "people", "buildings", "after", "blind", "others", "saved")
    rows = [[say(f"cli_links_head_{one}") for one in heads]]
    for row in useful.head(_SHOWN).to_dict("records"):
        rows.append(
            [
                f"{row['rank']} {row['name']}（{row['link_id']}）",
                f"{row['cost']:g}",
                _people(row["gain_residents"]),
                f"{row['gain_buildings_count']:,}",
                percent(row["coverage_after_share"]),
                f"{row['blind_areas_gone_count']}",
                _people(row["shorter_residents"]),
                minutes(row["saved_minutes"]),
            ]
        )
    yield from (f"  {line}" for line in aligned(rows))
    yield say("cli_links_alone")


def plan_lines(found: JointPlan, rule: Rule) -> Iterable[str]:
    """Say what a budget builds, what stations and links bring, and how good that is at best."""
    from api.cli_layout import percent
    from geo.rounding import share_down

    plan = found.plan
    points = 100.0 * (float(share_down(found.after)) - float(share_down(found.before)))
    figures = {
        "rule": rule.name,
        "budget": f"{found.budget:g}",
        "spent": f"{plan.spent:.10g}",
        "sites": len(found.sites),
        "links": len(found.links),
        "before": percent(found.before),
        "after": percent(found.after),
        "points": f"{points:.1f}",
        "blind": found.blind_areas_gone_count,
        "proof": _proof(plan.optimality_gap_share),
    }
    if len(plan.steps) == 0:
        yield say("cli_links_nothing", figures)
        return
    yield say("cli_links_plan", figures)
    share = float(share_down(plan.by_links / plan.gain))
    yield say("cli_links_shares", {"links": percent(share), "sites": percent(1.0 - share)})
    both = [*_steps(found.sites, "sites"), *_steps(found.links, "links")]
    yield from (line for _, line in sorted(both))


def _proof(gap: float) -> str:
    if gap == 0.0:
        return say("proof_optimal")
    # at most so far: rounded up
    return say("proof_feasible", {"gap": f"{-((-gap * 1000.0) // 1.0) / 10.0:.1f}%"})


def _steps(table: gpd.GeoDataFrame, what: str) -> Iterable[tuple[int, str]]:
    for row in table.to_dict("records"):
        figures = {
            "rank": row["rank"],
            "name": row["name"],
            "id": row["site_id" if what == "sites" else "link_id"],
            "cost": f"{row['cost']:g}",
            "people": _people(row["gain_residents"]),
            "buildings": f"{row['gain_buildings_count']:,}",
            "blind": row["blind_areas_gone_count"],
        }
        yield row["rank"], "  " + say(f"cli_links_step_{what}", figures)


def _people(value: float) -> str:
    return "—" if math.isnan(value) else f"{value:,.0f}"

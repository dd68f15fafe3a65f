"""``servicecircle explain``: why a building of a finished result is covered or not, and what would help."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from api.cli_click import Command, Option, common_options
from geo.messages import say

if TYPE_CHECKING:
    from geo.explain import Explanation, WayThere
    from geo.fixes import Fix

_LEGS_SHOWN = 12


@click.command(cls=Command, help="cli_help_explain")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.argument("building", metavar="BUILDING_ID")
@click.option("--rule", cls=Option, metavar="NAME", help="cli_explain_rule")
@common_options
def explain(folder: Path, building: str, rule: str | None) -> None:
    """Print why a building has its verdict."""
    from geo.explain import explain as explained
    from geo.store import read_result

    click.echo("\n".join(explanation_lines(explained(read_result(folder), building, rule))))


def explanation_lines(found: Explanation) -> Iterable[str]:
    """Say an explanation: verdict and sentence, the way, what is in the way, what would help."""
    from geo.explain import obstacle_words
    from geo.summary import limit_text
    from geo.words import word

    named = found.building_name or found.building_id
    yield say("cli_explain_title", {"name": named, "id": found.building_id})
    rule = {"name": found.rule.name, "limit": limit_text(found.rule)}
    yield say("cli_rule", rule)
    yield "  " + say(
        "cli_explain_verdict",
        {"verdict": word("verdict", found.verdict), "sentence": found.sentence},
    )
    if found.route is not None:
        yield from _way_lines(found, found.route)
    if found.cause is not None:
        obstacle = found.obstacle_kind
        yield "  " + say(
            "cli_explain_cause",
            {
                "cause": word("cause", found.cause),
                "obstacle": obstacle_words(obstacle, found.obstacle_name) if obstacle else "—",
            },
        )
        yield from _fix_lines(found)


def _way_lines(found: Explanation, way: WayThere) -> Iterable[str]:
    from api.cli_layout import minutes

    figures = {
        "station": found.station_name,
        "metres": f"{way.metres:.0f}",
        "signals": f"{way.signals:.0f}",
        "crossings": f"{way.crossings:.0f}",
        "steps": f"{way.steps_m:.0f}",
    }
    yield "  " + say("cli_explain_way", figures)
    if found.excess_minutes is not None and found.excess_minutes > 0:
        yield "  " + say("cli_explain_excess", {"minutes": minutes(found.excess_minutes)})
    if found.detour_ratio is not None:
        yield "  " + say("cli_explain_detour", {"ratio": f"{found.detour_ratio:.1f}"})
    for leg in way.legs[:_LEGS_SHOWN]:
        named = leg.name or say(f"leg_{leg.kind}")
        spent = (
            "" if leg.minutes is None else say("explain_minutes", {"value": minutes(leg.minutes)})
        )
        yield (
            "    "
            + say(
                "cli_explain_leg", {"name": named, "metres": f"{leg.metres:.0f}", "minutes": spent}
            ).rstrip()
        )
    if len(way.legs) > _LEGS_SHOWN:
        yield "  " + say("cli_explain_more_legs", {"count": len(way.legs) - _LEGS_SHOWN})


def _fix_lines(found: Explanation) -> Iterable[str]:
    if not found.fixes:
        yield "  " + say("cli_explain_no_fix")
    cheapest = found.cheapest_fix
    for one in found.fixes:
        code = "cli_explain_cheapest" if one is cheapest else "cli_explain_other"
        yield "  " + say(code, {"fix": _fix_words(one)})


def _fix_words(fix: Fix) -> str:
    from api.cli_layout import minutes

    effect = "fix_covers" if fix.covers else "fix_not_enough"
    if fix.minutes is None:
        effect = "fix_covers_plainly" if fix.covers else "fix_not_enough_plainly"
    return say(
        f"fix_{fix.kind}",
        {
            "where": fix.name or fix.host_building_id,
            "length": f"{fix.length_m:.0f}",
            "cost": f"{fix.cost:g}",
            "effect": say(effect, {"minutes": minutes(fix.minutes)}),
            "buildings": fix.gain_buildings_count,
            "residents": "—" if fix.gain_residents is None else f"{fix.gain_residents:,.0f}",
        },
    )

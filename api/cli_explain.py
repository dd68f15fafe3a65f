"""``servicecircle explain``: why a building of a finished result is covered or not, and what would help."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from api.cli_click import Command, Option, common_options
from geo.messages import say

if TYPE_CHECKING:
    from geo.explain import Explanation
    from geo.fixes import Fix
    from geo.way_there import WayThere

_LEGS_SHOWN = 12
_SHORTEST_LEG_M = 0.5


@click.command(cls=Command, help="cli_help_explain")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.argument("building", metavar="BUILDING_ID")
@click.option("--rule", cls=Option, metavar="NAME", help="cli_explain_rule")
@common_options
def explain(folder: Path, building: str, rule: str | None) -> None:
    """Print why a building has its verdict."""
    from geo.explain import explain as explained
    from geo.store import read_result

    result = read_result(folder)
    lines = [say("map_simulated")] if result.params.output.simulated else []
    click.echo("\n".join([*lines, *explanation_lines(explained(result, building, rule))]))


def explanation_lines(found: Explanation) -> Iterable[str]:
    """Say an explanation: verdict and sentence, the way, what is in the way, what would help."""
    from geo.summary import limit_text
    from geo.words import word

    title = "cli_explain_title" if found.building_name else "cli_explain_title_nameless"
    yield say(title, {"name": found.building_name, "id": found.building_id})
    if found.address:
        yield say("cli_explain_address", {"address": found.address})
    yield say("cli_rule", {"name": found.rule.name, "limit": limit_text(found.rule)})
    verdict = {"verdict": word("verdict", found.verdict), "sentence": found.sentence}
    yield "  " + say("cli_explain_verdict", verdict)
    if found.route is not None:
        yield from _way_lines(found, found.route)
    if found.cause is not None:
        yield "  " + _cause_words(found)
        yield from _fix_lines(found)


def _way_lines(found: Explanation, way: WayThere) -> Iterable[str]:
    metres, straight = way.metres, found.straight_m or 0.0
    figures = {"station": found.station_name, "metres": f"{metres:.0f}"}
    # beside a large footprint the door may be nearer than the middle of the building
    if straight < metres:
        figures |= {"straight": f"{straight:.0f}", "ratio": f"{metres / max(straight, 1.0):.1f}"}
        yield "  " + say("cli_explain_way", figures)
    else:
        yield "  " + say("cli_explain_way_near", figures)
    counts = {
        "cli_explain_signals": round(way.signals),
        "cli_explain_crossings": round(way.crossings),
        "cli_explain_lifts": round(way.lifts),
        "cli_explain_steps": round(way.steps_m),
    }
    met = [say(code, {"count": count}) for code, count in counts.items() if count > 0]
    if met:
        yield "  " + say(
            "cli_explain_on_the_way", {"parts": say("explain_list_separator").join(met)}
        )
    if found.excess_minutes is not None and found.excess_minutes > 0:
        yield "  " + _excess_words(found, found.excess_minutes)
    yield from _leg_lines(way)


def _excess_words(found: Explanation, excess: float) -> str:
    from api.cli_layout import minutes

    parts = found.parts_of_minutes
    if parts is None:
        return say("cli_explain_excess", {"excess": minutes(excess)})
    straight, detour, waits = _adding_up(parts)
    values = {"straight": straight, "detour": detour, "waits": waits, "excess": minutes(excess)}
    return say("cli_explain_parts", values)


def _adding_up(parts: Iterable[float]) -> list[str]:
    """Round minutes so that they add up to what their sum is rounded (up) to."""
    from geo.rounding import minutes_up

    shown, total, before = [], 0.0, 0.0
    for one in parts:
        total += one
        now = float(minutes_up(total))
        shown.append(f"{now - before:.1f}")
        before = now
    return shown


def _leg_lines(way: WayThere) -> Iterable[str]:
    timed = all(leg.minutes is not None for leg in way.legs)
    spent = _adding_up(leg.minutes or 0.0 for leg in way.legs)
    legs = [
        (leg, time)
        for leg, time in zip(way.legs, spent, strict=True)
        if leg.metres >= _SHORTEST_LEG_M or float(time) > 0.0
    ]
    for leg, time in legs[:_LEGS_SHOWN]:
        values = {
            "name": leg.name or say(f"leg_{leg.kind}"),
            "metres": f"{leg.metres:.0f}",
            "minutes": say("explain_minutes", {"value": time}) if timed else "",
        }
        waited = leg.kind == "crossing" and leg.metres < _SHORTEST_LEG_M
        code = "cli_explain_waited" if waited else "cli_explain_leg"
        if waited:
            values["name"] = say("leg_crossing")
        yield "    " + say(code, values).rstrip()
    if len(legs) > _LEGS_SHOWN:
        yield "  " + say("cli_explain_more_legs", {"count": len(legs) - _LEGS_SHOWN})


def _cause_words(found: Explanation) -> str:
    from api.cli_layout import minutes
    from geo.explain import obstacle_words

    values = {
        "station": found.behind_name,
        "straight": None if found.behind_m is None else f"{found.behind_m:.0f}",
        "limit": f"{found.straight_limit_m:.0f}",
        "obstacle": obstacle_words(found.obstacle_kind, found.obstacle_name),
    }
    code = f"cli_explain_cause_{found.cause}"
    if found.across_minutes is not None:
        values["amount"] = say("explain_minutes", {"value": minutes(found.across_minutes)})
    elif found.across_metres is not None:
        values["amount"] = say("explain_metres", {"value": f"{found.across_metres:.0f}"})
    elif found.cause == "barrier":
        code = "cli_explain_cause_barred"
    elif found.cause == "detour" and found.obstacles_between:
        code = "cli_explain_cause_detour_past"
    return say(code, values)


def _fix_lines(found: Explanation) -> Iterable[str]:
    if not found.fixes:
        yield "  " + say("cli_explain_no_fix")
    cheapest = found.cheapest_fix
    for one in found.fixes:
        code = "cli_explain_cheapest" if one is cheapest else "cli_explain_other"
        yield "  " + say(code, {"fix": _fix_words(found, one)})


def _fix_words(found: Explanation, fix: Fix) -> str:
    from geo.explain import obstacle_words

    gates = {"gates": fix.gates_count}
    return say(
        f"fix_{fix.kind}",
        {
            **gates,
            "at": say("fix_at", {"where": fix.where}) if fix.where else "",
            "obstacle": obstacle_words(fix.obstacle_kind, fix.obstacle_name),
            "also": say("fix_with_gates", gates) if fix.gates_count else "",
            "length": f"{fix.length_m:.0f}",
            "cost": f"{fix.cost:g}",
            "effect": _effect_words(found, fix),
            "gain": _gain_words(fix),
            "position": _position(found.crs, fix),
        },
    )


def _effect_words(found: Explanation, fix: Fix) -> str:
    from api.cli_layout import minutes

    code = "fix_covers" if fix.covers else "fix_not_enough"
    if fix.minutes is None:
        code += "_plainly"
    elif fix.minutes == 0.0:
        code = "fix_covers_inside"
    elif found.minutes is None:
        code += "_first"
    return say(code, {"minutes": minutes(fix.minutes), "before": minutes(found.minutes)})


def _gain_words(fix: Fix) -> str:
    if fix.gain_buildings_count == 0:
        return ""
    people = fix.gain_residents is not None and round(fix.gain_residents) > 0
    residents = f"{fix.gain_residents:,.0f}" if people else ""
    code = "fix_gain_people" if people else "fix_gain"
    return say(code, {"buildings": fix.gain_buildings_count, "residents": residents})


def _position(crs: str, fix: Fix) -> str:
    """Say where a measure begins and ends: degrees as what-if takes them, metres in a local plane."""
    import geopandas as gpd
    import shapely

    from geo.crs import LOCAL

    shape, digits = gpd.GeoSeries([fix.geometry]), 1
    if crs != LOCAL:
        shape, digits = shape.set_crs(crs).to_crs(4326), 5
    ends = shapely.get_coordinates(shape.iloc[0])[[0, -1]]
    points = [f"({x:.{digits}f}, {y:.{digits}f})" for x, y in ends]
    return "–".join(dict.fromkeys(points))

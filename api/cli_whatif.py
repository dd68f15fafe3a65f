"""``servicecircle what-if``: a scenario tried on a finished result, as a whole result of its own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from api.cli_click import Command, Option, common_options
from geo.errors import InputError, fault
from geo.messages import say

if TYPE_CHECKING:
    from geo.scenario_file import Scenario

WORKBOOK = "change.xlsx"
PLAN = "inputs/scenario.json"


@click.command("what-if", cls=Command, help="cli_help_whatif")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.argument("plan", metavar="SCENARIO.toml", type=click.Path(path_type=Path))
@click.option(
    "--out",
    cls=Option,
    required=True,
    metavar="DIR2",
    type=click.Path(path_type=Path),
    help="cli_out",
)
@click.option("--rule", cls=Option, metavar="NAME", help="cli_compare_rule")
@common_options
def what_if(folder: Path, plan: Path, out: Path, rule: str | None) -> None:
    """Run the changed study from what a finished result holds."""
    from dataclasses import replace

    from api.cli_change_lines import change_lines, rule_shown
    from api.cli_progress import CliProgress
    from geo.compare import compare, printed
    from geo.plain_json import to_json
    from geo.scenario import rerun
    from geo.scenario_file import read_scenario, scenario_to_plain
    from geo.store import read_result, write_result
    from maps.briefing import build_map
    from maps.workbook import workbook_bytes

    if folder.resolve() == out.resolve():
        raise InputError(fault("whatif_same_folder", folder=folder))
    scenario = read_scenario(plan)
    result = read_result(folder)
    shown = rule_shown(result, result, rule)
    with CliProgress() as progress:
        changed = rerun(result, scenario, progress)
        found = compare(result, changed, progress)
        progress("stage_map", 0, 1)
        files: dict[str, str | bytes] = {"map.html": build_map(changed)}
        progress("stage_map", 1, 1)
        progress("stage_write", 0, 2)
        files["tables.xlsx"] = workbook_bytes(changed)
        sheets = {**found.tables(), "change": printed(found.change)}
        files[WORKBOOK] = workbook_bytes(replace(changed, tables=sheets))
        files[PLAN] = to_json(scenario_to_plain(scenario))
        progress("stage_write", 1, 2)
        tables = {**changed.tables, **found.tables()}
        write_result(replace(changed, tables=tables), out, files)
        progress("stage_write", 2, 2)
    lines = [_plan_line(scenario), *change_lines(result, changed, found, shown), ""]
    lines += [say("cli_results_at", {"folder": out})]
    lines += [f"  {out / name}" for name in ("map.html", "tables.xlsx", WORKBOOK)]
    click.echo("\n".join(lines))


def _plan_line(scenario: Scenario) -> str:
    actions = [one.action for one in scenario.stations]
    links = [one.action for one in scenario.links]
    counts = {one: actions.count(one) for one in ("add", "move", "close", "change")}
    figures = {
        **counts,
        "links": links.count("add"),
        "cuts": links.count("cut"),
        "paces": len(scenario.paces),
    }
    return say("cli_whatif_plan", {"name": scenario.name or "—", **figures})

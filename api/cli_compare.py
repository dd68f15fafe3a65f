"""``servicecircle compare``: what changed from one finished result to another, and what moved it."""

from __future__ import annotations

from pathlib import Path

import click

from api.cli_click import Command, Option, common_options
from geo.errors import InputError, fault
from geo.messages import say

WORKBOOK = "change.xlsx"


@click.command(cls=Command, help="cli_help_compare")
@click.argument("before", metavar="DIR_A", type=click.Path(path_type=Path))
@click.argument("after", metavar="DIR_B", type=click.Path(path_type=Path))
@click.option("--rule", cls=Option, metavar="NAME", help="cli_compare_rule")
@common_options
def compare(before: Path, after: Path, rule: str | None) -> None:
    """Compare two finished results."""
    from dataclasses import replace

    from api.cli_change_lines import change_lines, rule_shown
    from api.cli_progress import CliProgress
    from geo.compare import compare as compared
    from geo.compare import printed
    from geo.store import add_tables, read_result
    from maps.workbook import workbook_bytes

    if before.resolve() == after.resolve():
        raise InputError(fault("compare_same_folder", folder=before))
    first, last = read_result(before), read_result(after)
    shown = rule_shown(first, last, rule)
    with CliProgress() as progress:
        found = compared(first, last, progress)
        progress("stage_write", 0, 1)
        sheets = {**found.tables(), "change": printed(found.change)}
        book = workbook_bytes(replace(last, tables=sheets))
        add_tables(after, found.tables(), {WORKBOOK: book})
        progress("stage_write", 1, 1)
    lines = [*change_lines(first, last, found, shown), ""]
    lines += [say("cli_results_at", {"folder": after}), f"  {after / WORKBOOK}"]
    click.echo("\n".join(lines))

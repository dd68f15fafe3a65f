"""``servicecircle run`` and ``map``: from a study file to the result folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from api.cli_click import Command, Option, common_options
from geo.errors import InputError, StudyFileError, fault
from geo.messages import say

if TYPE_CHECKING:
    from geo.result import StudyResult

# The engine takes two seconds to import, so each command imports what it needs when it runs.
NOT_MET = 3
_STUDY = click.argument("study", metavar="STUDY.toml", type=click.Path(path_type=Path))
_STRICT = click.option("--strict", cls=Option, is_flag=True, help="cli_strict")


@click.command(cls=Command, help="cli_help_run")
@_STUDY
@click.option(
    "--out",
    cls=Option,
    required=True,
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="cli_out",
)
@_STRICT
@click.option("--require-pass", cls=Option, is_flag=True, help="cli_require_pass")
@common_options
def run(study: Path, out: Path, strict: bool, require_pass: bool) -> int:
    """Run a study and write its result folder."""
    from api.cli_print import result_lines
    from api.cli_progress import CliProgress
    from geo.store import write_result
    from geo.study import Study
    from maps.briefing import build_map
    from maps.workbook import workbook_bytes

    planned = Study.read(study)
    if require_pass and not any(rule.pass_mark is not None for rule in planned.params.rules):
        raise StudyFileError(fault("cli_no_pass_mark"))
    with CliProgress() as progress:
        result = planned.run(progress)
        progress("stage_map", 0, 1)
        files: dict[str, str | bytes] = {"map.html": build_map(result)}
        progress("stage_map", 1, 1)
        progress("stage_write", 0, 2)
        files["tables.xlsx"] = workbook_bytes(result)
        progress("stage_write", 1, 2)
        write_result(result, out, files)
        progress("stage_write", 2, 2)
    click.echo("\n".join(result_lines(result, out, tuple(files))))
    missed = _missed(result) if require_pass else []
    if missed:
        click.echo(say("cli_pass_missed", {"rules": "、".join(missed)}), err=True)
    return _strictly(strict and result.quality.has_errors) or (NOT_MET if missed else 0)


@click.command("map", cls=Command, help="cli_help_map")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option(
    "--against", cls=Option, metavar="DIR_BEFORE", type=click.Path(path_type=Path),
    help="cli_map_against",
)  # fmt: skip
@common_options
def map_(folder: Path, against: Path | None) -> None:
    """Draw the map of a finished result anew."""
    from geo.store import add_files, read_result
    from maps.briefing import build_map

    if against is not None and against.resolve() == folder.resolve():
        raise InputError(fault("compare_same_folder", folder=against))
    page = build_map(read_result(folder), None if against is None else read_result(against))
    add_files(folder, {"map.html": page})
    click.echo(say("cli_map_done", {"path": folder / "map.html"}))


def _strictly(failed: bool) -> int:
    if failed:
        click.echo(say("cli_strict_failed"), err=True)
        return NOT_MET
    return 0


def _missed(result: StudyResult) -> list[str]:
    marked = [rule.name for rule in result.params.rules if rule.pass_mark is not None]
    rules = result.summary.get("rules")
    passed = [
        str(one.get("name"))
        for one in (rules if isinstance(rules, (list, tuple)) else ())
        if one.get("passes") is True
    ]
    return [name for name in marked if name not in passed]

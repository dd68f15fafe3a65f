"""``servicecircle check``: the quality report, printed and as files, and the sheet for checking walks on foot."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from api.cli_click import Command, Option, common_options
from geo.messages import say

if TYPE_CHECKING:
    from geo.checked import Checked
    from geo.errors import Fault, InputError
    from geo.params import StudyParams
    from geo.result import QualityReport

FOLDER = "check"
_NOT_MET = 3
_RANK = {"error": 0, "warning": 1, "info": 2}


@click.command(cls=Command, help="cli_help_check")
@click.argument("study", metavar="STUDY.toml", type=click.Path(path_type=Path))
@click.option(
    "--out", cls=Option, metavar="DIR", type=click.Path(path_type=Path), help="cli_check_out"
)
@click.option("--strict", cls=Option, is_flag=True, help="cli_strict")
@click.option(
    "--field-sheet",
    "sheet",
    cls=Option,
    metavar="N",
    type=click.IntRange(1, 500),
    help="cli_field_sheet",
)
@click.option("--seed", cls=Option, type=int, help="cli_field_seed")
@click.option(
    "--field-sheet-back",
    "back",
    cls=Option,
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="cli_field_sheet_back",
)
@common_options
def check(
    study: Path,
    out: Path | None,
    strict: bool,
    sheet: int | None,
    seed: int | None,
    back: Path | None,
) -> int:
    """Print the quality report of a study's inputs and write it; draw walks to be timed, read them back."""
    from api.cli_print import quality_lines
    from api.cli_progress import CliProgress
    from geo.checked import check_study
    from geo.errors import InputError
    from geo.quality_files import write_quality
    from geo.study import Study

    planned = Study.read(study)
    timed = _timed(back)
    folder = out or planned.params.folder / FOLDER
    try:
        with CliProgress() as progress:
            checked = check_study(planned, progress, walks=sheet is not None)
    except InputError as error:
        _report_the_rest(planned.params, folder, error)
        raise
    quality = _with_timed(checked.quality, timed)
    files = write_quality(planned.params, quality, checked.rejects, folder, checked.reject_files)
    if sheet is not None and checked.entered is not None:
        files += _write_sheet(planned.params, checked, sheet, seed, folder)
    click.echo("\n".join([*quality_lines(quality), *_files(folder, files)]))
    if strict and quality.has_errors:
        click.echo(say("cli_strict_failed"), err=True)
        return _NOT_MET
    return 0


def _timed(back: Path | None) -> tuple[dict[str, object], list[Fault]]:
    """Read a field sheet before the long work, so that a wrong file is refused at once."""
    from geo.field_check import read_field_sheet

    return read_field_sheet(back) if back is not None else ({}, [])


def _with_timed(
    quality: QualityReport, timed: tuple[dict[str, object], list[Fault]]
) -> QualityReport:
    figures, faults = timed
    if not figures:
        return quality
    every = sorted([*quality.faults, *faults], key=lambda one: _RANK[one.severity])
    return replace(quality, faults=every, measures={**quality.measures, "field_check": figures})


def _write_sheet(
    params: StudyParams, checked: Checked, count: int, seed: int | None, folder: Path
) -> list[str]:
    from geo.field_sheet import SEED, field_sheet
    from geo.quality_files import free_name, write_files
    from geo.result import StudyResult
    from maps.field_sheet import field_page, field_workbook

    entered = checked.entered
    if entered is None:
        return []
    drawn = field_sheet(entered, checked.subdistricts, count, seed=SEED if seed is None else seed)
    bare = StudyResult(params, {}, {}, checked.quality)
    book = free_name(folder, "field_sheet.xlsx")  # somebody may be filling in the one that is there
    page = field_page(bare, entered, drawn).encode("utf-8")
    files = {Path(book).stem + ".html": page, book: field_workbook(bare, drawn)}
    return write_files(folder, files)


def _report_the_rest(params: StudyParams, folder: Path, error: InputError) -> None:
    """Say what is known of the other inputs of a study that cannot be read as a whole."""
    from api.cli_print import quality_lines
    from geo.inputs import survey
    from geo.quality_files import write_quality
    from geo.rejected_rows import rejected_workbooks
    from geo.result import QualityReport

    found = survey(params)
    known = [(one.code, one.params) for one in found.faults]
    more = [one for one in error.faults if (one.code, one.params) not in known]
    faults = sorted([*more, *found.faults], key=lambda one: _RANK[one.severity])
    quality = QualityReport(inputs=found.records, faults=faults)
    books = rejected_workbooks(found.originals, found.rejects)
    files = write_quality(params, quality, found.rejects, folder, books)
    click.echo("\n".join([*quality_lines(quality), *_files(folder, files)]))


def _files(folder: Path, files: Iterable[str]) -> list[str]:
    return ["", say("quality_files_at", {"folder": folder}), *(f"  {name}" for name in files)]

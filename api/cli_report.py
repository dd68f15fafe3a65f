"""``servicecircle report``: a finished result as a report to read, sign and hand on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from api.cli_click import Command, Option, common_options
from api.report_forms import FORMS, report_content, report_file
from geo.errors import InputError, fault
from geo.messages import say

if TYPE_CHECKING:
    from api.cli_progress import CliProgress
    from geo.ledger import Ledger
    from geo.result import StudyResult
    from maps.report.against import Against

EACH = ("subdistrict",)
EACH_FORMS = ("html", "pdf")
Files = dict[str, str | bytes]


@click.command(cls=Command, help="cli_help_report")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option(
    "--form", "forms", cls=Option, multiple=True, type=click.Choice(FORMS), default=("html",),
    help="cli_report_form",
)  # fmt: skip
@click.option("--each", cls=Option, type=click.Choice(EACH), help="cli_report_each")
@click.option("--separate", cls=Option, is_flag=True, help="cli_report_separate")
@click.option(
    "--against", "previous", cls=Option, metavar="DIR_PREVIOUS", type=click.Path(path_type=Path),
    help="cli_report_against",
)  # fmt: skip
@click.option(
    "--ledger", "ledger_file", cls=Option, metavar="FILE", type=click.Path(path_type=Path),
    help="cli_report_ledger",
)  # fmt: skip
@common_options
def report(
    folder: Path,
    forms: tuple[str, ...],
    each: str | None,
    separate: bool,
    previous: Path | None,
    ledger_file: Path | None,
) -> None:
    """Write the report of a finished result into its folder."""
    from api.cli_progress import CliProgress
    from api.cli_report_ledger import kept_ledger
    from geo.store import add_files, read_result

    if previous is not None and previous.resolve() == folder.resolve():
        raise InputError(fault("compare_same_folder", folder=folder))
    if each is not None and (unfit := [one for one in forms if one not in EACH_FORMS]):
        raise InputError(fault("cli_report_each_form", forms="、".join(unfit)))
    result = read_result(folder)
    earlier = read_result(previous) if previous is not None else None
    with CliProgress() as progress:
        last = _against(result, earlier, progress)
        kept = kept_ledger(result, folder, ledger_file)
        if each is not None:
            files = _one_pages(result, kept.ledger, forms, separate, progress)
        else:
            files = _whole(result, kept.ledger, last, forms)
    for parent in {(folder / name).parent for name in files}:
        parent.mkdir(exist_ok=True)
    add_files(folder, files)
    for name in files:
        click.echo(say("cli_report_done", {"path": folder / name}))
    click.echo("\n".join(kept.lines))


def _against(
    result: StudyResult, earlier: StudyResult | None, progress: CliProgress
) -> Against | None:
    from maps.report.against import against

    return None if earlier is None else against(result, earlier, progress=progress)


def _whole(
    result: StudyResult, ledger: Ledger, last: Against | None, forms: tuple[str, ...]
) -> Files:
    from maps.report.sections import make_report

    written = make_report(result, ledger=ledger, last=last)
    return {report_file(form): report_content(form, written, result, ledger) for form in forms}


def _one_pages(
    result: StudyResult,
    ledger: Ledger,
    forms: tuple[str, ...],
    separate: bool,
    progress: CliProgress,
) -> Files:
    """One page a sub-district: all in one file, and each in a file of its own where asked."""
    from maps.report.html import one_page_html
    from maps.report.one_page import file_names, one_page_reports
    from maps.report.pdf import html_pdf

    pages = one_page_reports(result, ledger, progress=progress)
    title = say("one_page_title", {"study": result.params.name})
    folder = say("one_page_folder")
    files: Files = {}
    for form in forms:
        whole = one_page_html(pages, title)
        files[f"{folder}.{form}"] = whole if form == "html" else html_pdf(whole)
        if separate:
            for page, name in zip(
                pages, file_names([one.title for one in pages], form), strict=True
            ):
                text = one_page_html([page], f"{page.title} · {title}")
                files[f"{folder}/{name}"] = text if form == "html" else html_pdf(text)
    return files

"""``servicecircle report``: a finished result as a report to read, sign and hand on."""

from __future__ import annotations

from pathlib import Path

import click

from api.cli_click import Command, Option, common_options
from geo.messages import say

FORMS = ("html", "pdf")


@click.command(cls=Command, help="cli_help_report")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option(
    "--form", "forms", cls=Option, multiple=True, type=click.Choice(FORMS), default=("html",),
    help="cli_report_form",
)  # fmt: skip
@common_options
def report(folder: Path, forms: tuple[str, ...]) -> None:
    """Write the report of a finished result into its folder."""
    from geo.store import add_files, read_result
    from maps.report.html import report_html
    from maps.report.pdf import report_pdf
    from maps.report.sections import make_report

    written = make_report(read_result(folder))
    files: dict[str, str | bytes] = {}
    for form in forms:
        content = report_html(written) if form == "html" else report_pdf(written)
        files[f"report.{form}"] = content
    add_files(folder, files)
    for name in files:
        click.echo(say("cli_report_done", {"path": folder / name}))

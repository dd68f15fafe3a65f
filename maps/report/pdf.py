"""The report as PDF: its HTML set by weasyprint with the fonts that come along, the same on every machine."""

from __future__ import annotations

from dataclasses import replace

from pylopdf_fonts_zh_cn import sans_path, serif_path

from geo.errors import OutputError, fault
from geo.messages import say
from maps.report.html import report_html
from maps.report.model import Grid, Report

LONGEST = 60
"""Rows of a table in print; the workbook has all. Setting hundreds of rows takes longer than all the rest."""


def report_pdf(report: Report) -> bytes:
    """Set the report as an A4 PDF.

    Raises
    ------
    OutputError
        When Pango, which weasyprint sets text with, is not on the machine.
    """
    try:
        from weasyprint import CSS, HTML
        from weasyprint.text.fonts import FontConfiguration
    except OSError as error:  # a shared library that cannot be loaded
        raise OutputError(fault("report_no_pango", why=str(error))) from error
    fonts = FontConfiguration()
    faces = CSS(string=_font_faces(), font_config=fonts)
    page = HTML(string=report_html(shortened(report)), url_fetcher=_only_ours)
    document = page.write_pdf(stylesheets=[faces], font_config=fonts)
    if document is None:
        raise OutputError(fault("report_no_pango", why="weasyprint"))
    return bytes(document)


def shortened(report: Report) -> Report:
    """Return the report with long tables cut for print, each with a line that says so."""
    blocks = tuple(
        replace(
            one,
            rows=one.rows[:LONGEST],
            note=say("report_ledger_long", {"count": len(one.rows), "shown": LONGEST}),
        )
        if isinstance(one, Grid) and len(one.rows) > LONGEST
        else one
        for one in report.blocks
    )
    return replace(report, blocks=blocks)


def _font_faces() -> str:
    faces = (("Noto Sans SC", sans_path()), ("Noto Serif SC", serif_path()))
    return "\n".join(
        f'@font-face {{ font-family: "{name}"; src: url("{path.resolve().as_uri()}"); }}'
        for name, path in faces
    )


def _only_ours(url: str, *rest: object, **named: object) -> object:
    """Fetch what stands in the page itself and the fonts; nothing else is ever asked for."""
    from weasyprint import default_url_fetcher

    if not url.startswith(("data:", sans_path().parent.resolve().as_uri())):
        raise ValueError(url)
    return default_url_fetcher(url, *rest, **named)

"""The report as PDF: its HTML set by weasyprint with the fonts that come along, the same on every machine."""

from __future__ import annotations

from pylopdf_fonts_zh_cn import sans_path, serif_path

from geo.errors import OutputError, fault
from maps.report.chapters import shortened
from maps.report.html import report_html
from maps.report.model import Report


def report_pdf(report: Report) -> bytes:
    """Set the report as an A4 PDF; long tables are cut and say so.

    Raises
    ------
    OutputError
        When Pango, which weasyprint sets text with, is not on the machine.
    """
    return html_pdf(report_html(shortened(report)))


def html_pdf(text: str) -> bytes:
    """Set a page of ours as PDF.

    Raises
    ------
    OutputError
        When Pango, which weasyprint sets text with, is not on the machine.
    """
    try:
        from weasyprint import CSS, HTML
        from weasyprint.text.fonts import FontConfiguration
        from weasyprint.urls import URLFetcher
    except OSError as error:  # a shared library that cannot be loaded
        raise OutputError(fault("report_no_pango", why=str(error))) from error
    fonts = FontConfiguration()
    faces = CSS(string=_font_faces(), font_config=fonts)
    # all that the page shows stands in it; nothing else is ever asked for
    only_itself = URLFetcher(allowed_protocols=("data",), fail_on_errors=True)
    page = HTML(string=text, url_fetcher=only_itself)
    document = page.write_pdf(stylesheets=[faces], font_config=fonts)
    if document is None:
        raise OutputError(fault("report_no_pango", why="weasyprint"))
    return bytes(document)


def _font_faces() -> str:
    faces = (("Noto Sans SC", sans_path()), ("Noto Serif SC", serif_path()))
    return "\n".join(
        f'@font-face {{ font-family: "{name}"; src: url("{path.resolve().as_uri()}"); }}'
        for name, path in faces
    )

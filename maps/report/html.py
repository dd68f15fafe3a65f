"""The report as one HTML file that needs nothing from outside, and as the source of the PDF."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Sequence
from importlib.resources import files

from jinja2 import Environment, Template, select_autoescape

from geo.messages import language, say
from maps.report.chapters import chapters, lies
from maps.report.column_widths import shared_widths
from maps.report.model import Grid, Report
from maps.theme import COLOURS


def report_html(report: Report) -> str:
    """Lay the report out as HTML with everything in it."""
    page = _page("report.html", _widths)
    return page.render(
        report=report,
        chapters=[
            (lies(chapter), [(type(one).__name__, one) for one in chapter])  # which turns the page
            for chapter in chapters(report.blocks)
        ],
        style=_asset("report.css"),
        colours=COLOURS,
        lang="zh-CN" if language() == "zh" else "en",
        say=say,
    )


def one_page_html(reports: Sequence[Report], title: str) -> str:
    """Lay out 一街一图一表: every sub-district a page of its own in print; a long ledger goes on with its header."""
    page = _page("one_page.html", lambda grid: shared_widths(grid, 1000, 8.7, 19.0))
    return page.render(
        reports=reports,
        title=title,
        label=reports[0].label if reports else "",
        standing=reports[0].standing if reports else (),
        blocks=lambda report: [(type(one).__name__, one) for one in report.blocks],
        style=_asset("one_page.css"),
        colours=COLOURS,
        lang="zh-CN" if language() == "zh" else "en",
    )


def _widths(grid: Grid) -> list[int]:
    """Share the width of the page out: on a page on its side the same letters take less of it."""
    sideways = lies([grid])
    unit, padding = (7.1, 18.0) if sideways else (10.7, 27.0)
    return shared_widths(grid, 1000, unit, padding)


def _page(name: str, widths: Callable[[Grid], list[int]]) -> Template:
    """Return a page with what it asks of blocks: pictures as text, columns in thousandths of the width.

    Widths that are given are also what makes a PDF quick: a table that finds its own is measured cell by cell.
    """
    environment = Environment(autoescape=select_autoescape(default=True), trim_blocks=True)
    environment.filters["b64"] = lambda data: b64encode(data).decode("ascii")
    environment.filters["widths"] = lambda grid: [f"{one / 10:g}%" for one in widths(grid)]
    return environment.from_string(_asset(name))


def _asset(name: str) -> str:
    return files("maps").joinpath("assets", name).read_text(encoding="utf-8")

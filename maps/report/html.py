"""The report as one HTML file that needs nothing from outside, and as the source of the PDF."""

from __future__ import annotations

from base64 import b64encode
from importlib.resources import files

from jinja2 import Environment, select_autoescape

from geo.messages import language, say
from maps.report.model import Report
from maps.theme import COLOURS


def report_html(report: Report) -> str:
    """Lay the report out as HTML with everything in it."""
    environment = Environment(autoescape=select_autoescape(default=True), trim_blocks=True)
    environment.filters["b64"] = lambda data: b64encode(data).decode("ascii")
    page = environment.from_string(_asset("report.html"))
    return page.render(
        report=report,
        blocks=[(type(one).__name__, one) for one in report.blocks],
        style=_asset("report.css"),
        colours=COLOURS,
        lang="zh-CN" if language() == "zh" else "en",
        say=say,
    )


def _asset(name: str) -> str:
    return files("maps").joinpath("assets", name).read_text(encoding="utf-8")

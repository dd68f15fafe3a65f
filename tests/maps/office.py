"""Reading Word and slide files back, as far as the tests of the report need it."""

from __future__ import annotations

import re

import pandas as pd
from pptx.slide import Slide as Page

from geo.ledger import Ledger
from geo.result import StudyResult
from maps.printed import printed
from maps.report.against import Against, with_earlier
from maps.report.appendices import with_quality
from maps.report.ledger_part import with_ledger
from maps.report.model import Cell

FOREIGN = re.compile(r"[A-Za-z]{3,}")
FILE = re.compile(r"[\w.-]+\.(geojson|parquet|xlsx|pbf|gpkg|csv|toml|json)\b")
NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")
KNOWN_LATIN = {
    "WGS", "GCJ", "SFCA", "OpenStreetMap", "ODbL", "servicecircle", "sites", "check", "field", "sheet",
    "name", "bd", "gcj",
}  # fmt: skip


def foreign_words(text: str) -> set[str]:
    return set(FOREIGN.findall(FILE.sub("", text))) - KNOWN_LATIN


def numbers(text: str) -> set[str]:
    return set(NUMBER.findall(text))


def is_told(cell: Cell, result: StudyResult) -> bool:
    """Whether a figure is what its table says: one cell as printed, or the number of rows."""
    frame: pd.DataFrame = (
        result.tables[cell.table] if cell.table in result.tables else pd.DataFrame()
    )
    if frame.empty and not cell.column:
        return cell.text == "0"
    for column, value in cell.keys:
        if value.startswith(">="):
            frame = frame[pd.to_numeric(frame[column], errors="coerce") >= float(value[2:])]
        else:
            frame = frame[frame[column].astype(str) == value]
    if not cell.column:
        return cell.text == f"{len(frame):,}"
    if len(frame) != 1:
        return False
    value = frame.iloc[0][cell.column]
    return cell.text in {printed(cell.column, value, unit=unit) for unit in (False, True)}


def full(
    result: StudyResult, ledger: Ledger | None = None, last: Against | None = None
) -> StudyResult:
    """The result with all tables that a report quotes."""
    told = with_ledger(with_quality(result), ledger)
    return told if last is None else with_earlier(told, last)


def without(result: StudyResult, *tables: str) -> dict[str, pd.DataFrame]:
    return {name: table for name, table in result.tables.items() if name not in tables}


def deck_texts(page: Page) -> list[str]:
    """All texts of a slide, of its tables and charts too."""
    found: list[str] = []
    for shape in page.shapes:
        if shape.has_text_frame:
            found.append(shape.text_frame.text)
        if shape.has_table:
            found.extend(cell.text for row in shape.table.rows for cell in row.cells)
        if shape.has_chart:
            found.extend(str(one) for one in shape.chart.plots[0].categories)
            found.extend(f"{one}%" for one in shape.chart.plots[0].series[0].values)
    return found

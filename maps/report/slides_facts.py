"""Figures as the slides need them: with their names, counts of rows, and where each comes from."""

from __future__ import annotations

from collections.abc import Iterable

from geo.messages import say
from geo.table_titles import table_title
from geo.tables import header
from geo.words import word
from maps.printed import NOTHING
from maps.report.book import Book, sentence
from maps.report.model import Cell, Paragraph
from maps.report.slides_model import Figure, Slide

WORKBOOKS = {
    **dict.fromkeys(("sites", "gain_curve", "site_answers", "candidates"), "sites.xlsx"),
    **dict.fromkeys(("links",), "links.xlsx"),
    **dict.fromkeys(
        ("sensitivity", "sensitivity_variations", "critical_stations", "critical_regions", "flips"),
        "sensitivity.xlsx",
    ),
}
"""Which workbook has a table, where it is not ``tables.xlsx``."""
NOTED = 24
"""Figures of a page whose origin its notes tell one by one; a table's are told by its columns."""


def named(book: Book, indicator: str, *, alarm: bool = False) -> Figure | None:
    """Return an indicator of the whole study with its name; None where the study has none."""
    cell = book.indicator(indicator)
    if cell is None:
        return None
    name = book.rows("indicators", id=indicator, unit_kind="study")["name"].iloc[0]
    return Figure(cell, str(name), alarm)


def percent(text: str) -> float | None:
    """Return the value of a share as it is printed; None where there is none."""
    return float(text.rstrip("%")) if text.endswith("%") else None


def sources(slide: Slide, book: Book) -> tuple[Paragraph, ...]:
    """Write where every figure of a page comes from, for the speaker."""
    return tuple(_source(cell, book) for cell in _told(slide.cells()))


def _told(cells: Iterable[Cell]) -> list[Cell]:
    """Take every figure once, the first ones where there are very many."""
    return list(dict.fromkeys(one for one in cells if str(one) != NOTHING))[:NOTED]


def _source(cell: Cell, book: Book) -> Paragraph:
    # the study is named by its kind already
    keys = [(name, value) for name, value in cell.keys if (name, value) != ("unit_id", "study")]
    row = say("slides_note_comma").join(_named_by(cell, *one, book) for one in keys)
    if cell.table == "ledger":
        return sentence("slides_note_ledger", text=cell)
    table, known = table_title(cell.table), row or say("slides_note_all")
    file = WORKBOOKS.get(cell.table, "tables.xlsx")
    if not cell.column:
        return sentence("slides_note_count", text=cell, file=file, table=table, row=known)
    return sentence(
        "slides_note_source",
        text=cell,
        file=file,
        table=table,
        column=header(cell.column),
        row=known,
    )


def _named_by(cell: Cell, column: str, value: str, book: Book) -> str:
    """Tell a row by what a person finds it by: an indicator by its name."""
    if cell.table == "indicators" and column == "id":
        return str(book.rows("indicators", id=value)["name"].iloc[0])
    return say("slides_note_key", {"column": column, "value": word(column, value)})

"""The evidence at the end: every indicator, the ledgers of blind areas and gap units, data quality, how sure it is."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from geo.messages import say
from maps.report.book import Book, head, sentence
from maps.report.model import Block, Bullets, Cell, Grid, Heading, Paragraph

LEDGER_FIELDS = ("responsible", "deadline", "progress")
"""Columns that the user fills in: 责任单位, 整改时限, 状态."""
_LONG = 200  # rows of a ledger in print; the workbook has all


def appendices(book: Book) -> Iterator[Block]:
    """All appendices that the study has something for."""
    yield Heading(say("report_appendix_indicators"))
    yield _indicators(book)
    blind = _blind_ledger(book)
    if blind is not None:
        yield Heading(say("report_appendix_blind"))
        yield blind
    gaps = book.rows("gap_units")
    if len(gaps):
        yield Heading(say("report_appendix_gaps"))
        columns = ("unit_id", "name", "kind", "subdistrict_id", "expected", "actual")
        grid = book.grid(
            "gap_units", gaps, columns, ("unit_id", "kind"), say("report_gap_grid"),
            [head(name) for name in columns],
        )  # fmt: skip
        yield _with_ledger(grid)
    if book.has("sensitivity"):
        yield Heading(say("report_appendix_range"))
        yield from _range(book)
    yield Heading(say("report_appendix_quality"))
    yield from _quality(book)


def _indicators(book: Book) -> Grid:
    """Every indicator of the whole study under the report's rule."""
    frame = book.rows("indicators", unit_kind="study")
    frame = frame[frame["rule"].fillna("").astype(str).isin([book.rule.name, ""])]
    frame = frame[frame["value"].notna()]
    rows: list[tuple[Cell | str, ...]] = []
    for row in frame.to_dict("records"):
        value = book.of_row("indicators", "shown", row, ("id", "unit_kind", "rule"))
        rows.append((str(row["name"]), value, str(row["scope"] or "")))
    headers = (say("report_indicator"), say("report_value"), say("report_definition"))
    return Grid(say("report_indicator_grid"), headers, tuple(rows), (False, True, False))


def _blind_ledger(book: Book) -> Grid | None:
    frame = book.rows("blind_areas", rule=book.rule.name)
    if not len(frame):
        return None
    columns = (
        "blind_area_id", "name", "buildings_count", "residents", "nearest_minutes", "cause",
    )  # fmt: skip
    note = say("report_ledger_long", {"count": len(frame), "shown": _LONG})
    grid = book.grid(
        "blind_areas",
        frame.sort_values("rank").head(_LONG),
        columns,
        ("blind_area_id", "rule"),
        say("report_blind_ledger"),
        [head(name) for name in columns],
        note if len(frame) > _LONG else "",
    )
    return _with_ledger(grid)


def _with_ledger(grid: Grid) -> Grid:
    """Add the columns that the user fills in."""
    added = tuple(say(f"report_ledger_{name}") for name in LEDGER_FIELDS)
    empty = ("",) * len(added)
    return Grid(
        grid.title,
        (*grid.headers, *added),
        tuple((*row, *empty) for row in grid.rows),
        (*grid.figures, *(False for _ in added)),
        grid.note,
    )


def _range(book: Book) -> Iterator[Block]:
    frame = book.rows("sensitivity")
    yield sentence("report_range_note", count=len(frame))


def _quality(book: Book) -> Iterator[Block]:
    """What was read, what was set aside, what was assumed."""
    report = book.result.quality
    rows: list[tuple[Cell | str, ...]] = [
        (
            str(one.get("name") or one.get("input") or ""),
            str(one.get("file") or ""),
            f"{_count(one.get('rows')):,}",
            f"{_count(one.get('rejects')):,}",
        )
        for one in report.inputs
    ]
    headers = tuple(say(f"report_quality_{one}") for one in ("input", "file", "rows", "rejects"))
    yield Grid(say("report_quality_grid"), headers, tuple(rows), (False, False, True, True))
    found = [one for one in report.faults if one.severity in ("error", "warning")]
    notes = [one for one in report.faults if one.severity == "info"]
    if found:
        yield Heading(say("report_quality_found"), 2)
        yield Bullets(tuple(Paragraph(one.text()) for one in found))
    if notes:
        yield Heading(say("report_quality_notes"), 2)
        yield Bullets(tuple(Paragraph(one.text()) for one in notes))


def _count(value: object) -> int:
    return int(value) if isinstance(value, (int, float)) and not pd.isna(value) else 0

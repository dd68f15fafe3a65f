"""What the report says of the ledger (台账): how many items stand, are new, closed, overdue; who answers for what."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd

from geo.ledger import BLIND, ENTRIES, GAP, Ledger, brought_up_to, empty_ledger
from geo.ledger_read import LEDGER_NAME
from geo.messages import say
from maps.ledger_book import said
from maps.report.book import Book, head, listed, sentence
from maps.report.chapters import rest_note
from maps.report.model import Block, Bullets, Cell, Grid, Paragraph

if TYPE_CHECKING:
    from geo.result import StudyResult

LONG = 300
"""Rows of a ledger in a report; 台账.xlsx has all."""
SHOWN_UNITS = 5
"""Units named with what is overdue with them."""
_TOLD = ("new", "kept")
_BLIND = ("name", "buildings_count", "residents", "nearest_minutes", "cause")


def with_ledger(result: StudyResult, ledger: Ledger | None) -> StudyResult:
    """Return the result with the ledger as its table ``ledger``, so that figures can be traced to it.

    Without a ledger the items of today stand in it, with nothing filled in.
    """
    now = ledger if ledger is not None else brought_up_to(empty_ledger(), result)
    day, items = result.params.as_of, now.items
    late = set(now.overdue(day)["number"])
    is_open = items["closed_on"].isna()
    known = items["situation"].where(items["situation"].isin(_TOLD), "other")
    table = items.assign(
        is_open=is_open,
        standing=known.where(is_open, "closed"),
        overdue=items["number"].isin(late),
        unsolved=is_open & items["state_code"].eq("done") & items["situation"].ne("manual"),
        closed_now=items["closed_on"] == pd.Timestamp(day),
        responsible_name=items["responsible"].fillna(say("report_ledger_nobody")).astype(str),
    )
    return replace(result, tables={**result.tables, "ledger": table})


def ledger_lines(book: Book) -> Iterator[Paragraph]:
    """Say how the ledger stands, in sentences; nothing of a ledger just begun."""
    items = book.rows("ledger")
    if not len(items):
        return
    standing, closed = items[items["closed_on"].isna()], items[items["closed_on"].notna()]
    if standing["situation"].eq("new").all() and not len(closed):
        return
    yield sentence(
        "report_ledger_standing",
        count=book.count("ledger", item_kind=BLIND, is_open=True),
        fresh=book.count("ledger", item_kind=BLIND, standing="new"),
        kept=book.count("ledger", item_kind=BLIND, standing="kept"),
        other=book.count("ledger", item_kind=BLIND, standing="other"),
    )
    if len(closed):
        yield sentence(
            "report_ledger_closed",
            count=book.count("ledger", is_open=False),
            now=book.count("ledger", is_open=False, closed_now=True),
        )


def overdue_lines(book: Book) -> Iterator[Paragraph]:
    """Say how many items are overdue, and which are said to be done and are not."""
    items = book.rows("ledger")
    if not len(items):
        return
    by = items.loc[items["overdue"].astype(bool), "responsible_name"].value_counts()
    if len(by):
        order = sorted(by.items(), key=lambda one: (-int(one[1]), str(one[0])))[:SHOWN_UNITS]
        parts = listed(
            sentence(
                "report_ledger_overdue_part",
                name=name,
                count=book.count("ledger", overdue=True, responsible_name=name),
            )
            for name, _ in order
        )
        code = "report_ledger_overdue" if len(by) <= SHOWN_UNITS else "report_ledger_overdue_many"
        yield sentence(code, count=book.count("ledger", overdue=True), parts=parts)
    done = items[items["unsolved"].astype(bool)]
    if len(done):
        numbers = "、".join(done["number"].astype(str).head(8))
        many = book.count("ledger", unsolved=True)
        yield sentence("report_ledger_not_done", count=many, numbers=numbers)


def blind_grid(book: Book, frame: pd.DataFrame | None = None) -> Grid | None:
    """Lay the open blind areas out with who answers for them; None without any."""
    items = _items(book, BLIND)
    if frame is not None:
        items = items[items["number"].isin(frame["number"])]
    if not len(items):
        return None
    areas = _areas(book)
    rows = tuple(
        (
            str(row["number"]),
            *(_cell(book, areas, row, name) for name in _BLIND),
            *_entries(row),
        )
        for row in items.head(LONG).to_dict("records")
    )
    headers = (say("report_ledger_number"), *(head(name) for name in _BLIND), *_entry_heads())
    figures = (False, False, True, True, True, False, *(False for _ in ENTRIES))
    return _ledger_grid("report_blind_ledger", headers, rows, figures, len(items))


def gap_grid(book: Book, frame: pd.DataFrame | None = None) -> Grid | None:
    """Lay the missing stations out with who answers for them; None without any."""
    items = _items(book, GAP)
    if frame is not None:
        items = items[items["number"].isin(frame["number"])]
    if not len(items):
        return None
    rows = tuple(
        (
            str(row["number"]), str(row["name"]), str(said(_named(row), "gap")),
            _written(row["subdistrict_name"]) or "—", *_entries(row),
        )
        for row in items.head(LONG).to_dict("records")
    )  # fmt: skip
    headers = (
        say("report_ledger_number"), head("name"), head("kind"), head("subdistrict_name"), *_entry_heads(),
    )  # fmt: skip
    return _ledger_grid("report_gap_ledger", headers, rows, (False,) * len(headers), len(items))


def closed_grid(book: Book) -> Grid | None:
    """Lay out what has been closed, with its date and why; None without any."""
    items = book.rows("ledger")
    items = items[items["closed_on"].notna()] if len(items) else items
    if not len(items):
        return None
    items = items.sort_values(["closed_on", "number"], ascending=[False, True])
    rows = tuple(
        (
            str(row["number"]), str(said(_named(row), "item_kind")), str(row["name"]),
            _written(row["responsible"]), f"{row['closed_on']:%Y-%m-%d}", str(said(_named(row), "closed_why")),
        )
        for row in items.head(LONG).to_dict("records")
    )  # fmt: skip
    names = ("number", "kind", "name", "responsible", "closed_on", "closed_why")
    headers = tuple(head("name") if one == "name" else say(f"report_ledger_{one}") for one in names)
    return _ledger_grid("report_closed_ledger", headers, rows, (False,) * len(headers), len(items))


def _ledger_grid(
    title: str,
    headers: tuple[str, ...],
    rows: tuple[tuple[Cell | str, ...], ...],
    figures: tuple[bool, ...],
    count: int,
) -> Grid:
    """Make one of the ledger's tables; a cut one says where the rest stands."""
    grid = Grid(say(title), headers, rows, figures, "", count, LEDGER_NAME)
    return replace(grid, note=rest_note(grid, LONG)) if count > LONG else grid


def ledger_remarks(ledger: Ledger | None) -> Iterator[Block]:
    """Say what in the user's entries could not be read."""
    if ledger is not None and ledger.faults:
        yield Bullets(tuple(Paragraph(one.text()) for one in ledger.faults))


def _items(book: Book, kind: str) -> pd.DataFrame:
    items = book.rows("ledger", item_kind=kind)
    return items[items["closed_on"].isna()] if len(items) else items


def _named(row: dict[object, object]) -> dict[str, object]:
    return {str(key): value for key, value in row.items()}


def _areas(book: Book) -> dict[str, dict[object, object]]:
    rows = book.rows("blind_areas", rule=book.rule.name).to_dict("records")
    return {str(row["blind_area_id"]): dict(row) for row in rows}


def _cell(
    book: Book, areas: dict[str, dict[object, object]], row: dict[object, object], name: str
) -> Cell | str:
    """Return a figure of an item: of the blind area it is today, else of the ledger."""
    if name in ("name", "cause"):
        value = said(_named(row), name)
        return "—" if value is None else str(value)
    area = areas.get(str(row["source_id"]))
    if area is not None and row["situation"] not in ("manual", "unjudged"):
        return book.of_row("blind_areas", name, area, ("blind_area_id", "rule"))
    return book.of_row("ledger", name, row, ("number",))


def _entries(row: dict[object, object]) -> tuple[str, ...]:
    state = str(said(_named(row), "state"))
    if row["overdue"]:
        state = say("report_ledger_late", {"state": state})
    responsible, deadline, remarks = (_written(row[one]) for one in ENTRIES if one != "state")
    return responsible, deadline, state, remarks


def _written(value: object) -> str:
    """Return what stands in a cell; nothing for an empty one."""
    return "" if value is None or pd.isna(value) else str(value)  # type: ignore[call-overload]


def _entry_heads() -> tuple[str, ...]:
    return tuple(say(f"report_ledger_{name}") for name in ENTRIES)

"""The ledger (台账) as a workbook that people fill in and send back: drop-downs, dates, hidden sheet of buildings."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
from openpyxl import Workbook, load_workbook
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet
from rich.cells import cell_len

from geo.ledger import BLIND, ENTRIES, GAP, STATES, Ledger
from geo.ledger_read import AS_OF_LABEL, LABELS, MEMBER_LABELS, SHEETS
from geo.messages import say
from geo.rounding import minutes_up
from geo.words import word
from maps.workbook import LINE_PT, head_height, set_up_print
from maps.workbook_zip import pack

if TYPE_CHECKING:
    from geo.result import StudyResult

_BLIND = (
    "number", "name", "subdistrict_name", "community_name", "buildings_count", "residents", "nearest_minutes", "cause",
    "situation", *ENTRIES, "entered_on", "rule",
)  # fmt: skip
_GAP = (
    "number", "name", "subdistrict_name", "gap", "situation", *ENTRIES, "entered_on", "source_id",
)  # fmt: skip
_CLOSED = (
    "number", "item_kind", "name", "subdistrict_name", "closed_on", "closed_why", *ENTRIES, "buildings_count",
    "residents", "entered_on", "rule", "source_id",
)  # fmt: skip
_FORMATS = {"buildings_count": "#,##0", "residents": "#,##0", "nearest_minutes": "0.0"}
_DAYS = ("entered_on", "closed_on", "deadline")
_WIDTHS = {"number": 9, "name": 34, "responsible": 20, "deadline": 13, "state": 11, "remarks": 26, "situation": 17,
           "closed_why": 17, "nearest_minutes": 12, "source_id": 22}  # fmt: skip
_HEAD, _FILLED_IN = PatternFill("solid", fgColor="CE1126"), PatternFill("solid", fgColor="FBF4DC")
_LATE = Font(color="CE1126", bold=True)
_LINE = Border(bottom=Side("thin", color="D8D8D8"))
_DAY_FORMAT = "yyyy-mm-dd"


def ledger_bytes(ledger: Ledger, result: StudyResult, before: Path | None = None) -> bytes:
    """Make the workbook.

    Parameters
    ----------
    before
        The workbook it takes the place of; sheets that are not ours are kept.
    """
    book = _begun(before)
    late = set(ledger.overdue(result.params.as_of)["number"])
    sheets = (
        (SHEETS[0], _BLIND, ledger.of_kind(BLIND)),
        (SHEETS[1], _GAP, ledger.of_kind(GAP)),
        (SHEETS[2], _CLOSED, ledger.closed),
    )
    for place, (code, names, rows) in enumerate(sheets):
        page = book.create_sheet(say(code, lang="zh"), place)
        _fill(page, [*names, *ledger.own_columns], rows, result, late)
    _notes(book.create_sheet(say("ledger_sheet_notes", lang="zh"), len(sheets)), result)
    _members(book.create_sheet(say(SHEETS[3], lang="zh")), ledger)
    book.active = 0
    for page in book.worksheets[1:]:
        page.sheet_view.tabSelected = False
    out = BytesIO()
    book.save(out)
    return pack(out.getvalue(), {}, {})


def save_ledger(path: Path, content: bytes) -> None:
    """Put the ledger in its place in one step; the one before is kept beside it.

    Raises
    ------
    OSError
        When it cannot be written, e.g. while somebody has it open.
    """
    if path.is_file():
        old = path.read_bytes()
        if old == content:
            return
        path.with_name(f"{path.stem}（上一版）{path.suffix}").write_bytes(old)
    fresh = path.with_name(f".{path.name}.partial-{os.getpid()}")
    try:
        fresh.write_bytes(content)
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)


def said(row: dict[str, object], name: str) -> object:
    """Return the value of an item as a person reads it."""
    value = row.get(name)
    if name == "situation":
        return say(f"ledger_situation_{value}", {"number": row.get("related_number")})
    if name == "closed_why":
        return say(f"ledger_closed_{value}", {"number": row.get("related_number")})
    if name == "item_kind":
        return say(f"ledger_kind_{value}")
    if name == "state":
        return value or say("ledger_state_pending")
    if name == "gap":
        return (
            word("kind", str(row.get("source_id")).split("/")[1])
            if "/" in str(row.get("source_id"))
            else ""
        )
    if value is None or pd.isna(value):  # type: ignore[call-overload]
        return None
    if name == "nearest_minutes":
        return float(minutes_up(float(str(value))))
    return word(name, value)


def _begun(before: Path | None) -> Workbook:
    ours = {say(code, lang="zh") for code in (*SHEETS, "ledger_sheet_notes")}
    if before is not None and before.suffix.lower() == ".xlsx" and before.is_file():
        book = load_workbook(before)
        if set(book.sheetnames) - ours:
            for name in [one for one in book.sheetnames if one in ours]:
                book.remove(book[name])
            return book
    # with nothing of theirs in it begun anew, so that the same ledger gives the same bytes
    book = Workbook()
    book.remove(book.worksheets[0])
    return book


def _fill(
    page: Worksheet, names: Sequence[str], rows: pd.DataFrame, result: StudyResult, late: set[str]
) -> None:
    head = 1
    if result.params.output.simulated:
        page.cell(1, 1, say("map_simulated")).font = Font(bold=True, color="CE1126")
        head = 2
    for place, name in enumerate(names, 1):
        cell = page.cell(head, place, LABELS.get(name, name))
        cell.font, cell.fill = Font(bold=True, color="FFFFFF"), _HEAD
        cell.alignment = Alignment(wrap_text=True, vertical="center", horizontal="center")
        page.column_dimensions[get_column_letter(place)].width = _WIDTHS.get(name, 14)
    for line, row in enumerate(rows.to_dict("records"), head + 1):
        for place, name in enumerate(names, 1):
            _write(page, line, place, name, {str(key): value for key, value in row.items()}, late)
        page.row_dimensions[line].height = LINE_PT * _lines(page, line)
    page.row_dimensions[head].height = head_height(page, head)
    page.freeze_panes = f"C{head + 1}"
    last = max(head + 1, head + len(rows))
    page.auto_filter.ref = f"A{head}:{get_column_letter(len(names))}{last}"
    if "state" in names:
        letter = get_column_letter(names.index("state") + 1)
        words = ",".join(say(f"ledger_state_{one}", lang="zh") for one in STATES)
        choice = DataValidation(
            "list", formula1=f'"{words}"', allow_blank=True, showErrorMessage=False
        )
        choice.add(f"{letter}{head + 1}:{letter}{last + 200}")
        page.add_data_validation(choice)
    set_up_print(page, head, result)


def _lines(page: Worksheet, line: int) -> int:
    """Return how many lines a row takes: not every program finds that out when it opens a file."""
    return max(
        -(-cell_len(str(cell.value)) // int(page.column_dimensions[cell.column_letter].width - 1))
        for cell in page[line]
        if cell.alignment.wrap_text and cell.value is not None
    )


def _write(
    page: Worksheet, line: int, place: int, name: str, row: dict[str, object], late: set[str]
) -> None:
    value = said(row, name)
    if name == "deadline" and pd.notna(row["deadline_on"]) and _is_day(row["deadline"]):  # type: ignore[call-overload]
        value = row["deadline_on"]
    cell = page.cell(line, place)
    if isinstance(value, (pd.Timestamp, date)):
        cell.value, cell.number_format = pd.Timestamp(value).to_pydatetime(), _DAY_FORMAT
    else:
        cell.value = value  # type: ignore[assignment]
        cell.number_format = _FORMATS.get(name, "General")
        if isinstance(value, str):
            cell.data_type = "s"  # what looks like a formula is text
    cell.border = _LINE
    cell.alignment = Alignment(vertical="top", wrap_text=name in ("name", "remarks", "responsible"))
    if name in ENTRIES:
        cell.fill = _FILLED_IN
    if name == "deadline" and row["number"] in late:
        cell.font = _LATE


def _is_day(text: object) -> bool:
    """Whether a deadline names a day; 2026年9月底 stays as written."""
    return (
        isinstance(text, str)
        and len([one for one in text if one.isdigit()]) >= 6
        and "底" not in text
    )


def _notes(page: Worksheet, result: StudyResult) -> None:
    day = f"{result.params.as_of:%Y-%m-%d}"
    for number in range(1, 6):
        page.cell(number, 1, f"{number}. " + say(f"ledger_note_{number}", {"date": day}))
        page.cell(number, 1).alignment = Alignment(wrap_text=True, vertical="top")
    page.column_dimensions["A"].width = 100
    set_up_print(page, 1, result)


def _members(page: Worksheet, ledger: Ledger) -> None:
    page.append([AS_OF_LABEL, f"{ledger.as_of:%Y-%m-%d}" if ledger.as_of else None])
    page.append(list(MEMBER_LABELS))
    for pair in ledger.members.sort_values(["number", "building_id"]).itertuples(index=False):
        page.append([str(pair.number), str(pair.building_id)])
    for row in page.iter_rows(min_row=3):
        for cell in row:
            cell.data_type, cell.number_format = "s", "@"
    page.sheet_state = "hidden"

"""Pages of a workbook or a text table: cells as text, merged cells filled down."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path

from python_calamine import CalamineSheet, CalamineWorkbook

from geo.errors import InputError, fault
from geo.tables import nearest_name

_ENCODINGS = ("utf-8-sig", "utf-8", "gb18030")
_WIDE_MERGE = 3  # columns; a wider merged block holds a title or a note, not a value of every row
Cell = str | None


@dataclass(frozen=True)
class Page:
    """One sheet as it stands.

    Attributes
    ----------
    rows
        Cells from the first row on, merged ones filled down.
    blank
        Rows that hold nothing of their own.
    filled
        Cells that were filled.
    """

    name: str
    rows: list[list[Cell]]
    blank: list[bool]
    filled: int = 0


def text_page(path: Path, section: str) -> Page:
    """Read a CSV as Excel or WPS wrote it.

    Raises
    ------
    InputError
        Its encoding cannot be told.
    """
    text = _decode(path, section)
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text))
    rows = [[cell.strip() or None for cell in line] for line in lines]
    return Page("", rows, [not any(row) for row in rows])


def _decode(path: Path, section: str) -> str:
    content = path.read_bytes()
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):  # Excel's "Unicode text"
        encodings: tuple[str, ...] = ("utf-16",)
    else:
        encodings = _ENCODINGS
    for encoding in encodings:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise InputError(fault("encoding_unknown", section=section, file=path.name))


def _delimiter(text: str) -> str:
    head = text[:4096]
    return max((",", "\t", ";"), key=head.count)


def workbook_pages(path: Path, sheet: str | None, section: str) -> list[Page]:
    """Read one sheet of a workbook, or all of them.

    Raises
    ------
    InputError
        The sheet is not there.
    """
    with CalamineWorkbook.from_path(str(path)) as book:
        names = list(book.sheet_names)
        if sheet is not None and sheet not in names:
            raise InputError(
                fault(
                    "sheet_missing",
                    section=section,
                    file=path.name,
                    sheet=sheet,
                    nearest=nearest_name(sheet, names) or "—",
                    present="、".join(names),
                )
            )
        wanted = [sheet] if sheet is not None else names
        return [_page(name, book.get_sheet_by_name(name)) for name in wanted]


def _page(name: str, sheet: CalamineSheet) -> Page:
    values = sheet.to_python(skip_empty_area=False)
    rows = [[_cell(value) for value in row] for row in values]
    blank = [not any(row) for row in rows]
    return Page(name, rows, blank, _fill_down(rows, sheet.merged_cell_ranges or ()))


def _fill_down(
    rows: list[list[Cell]], merged: Sequence[tuple[tuple[int, int], tuple[int, int]]]
) -> int:
    """Write the value of every merged block into the cells below its first; return how many."""
    count = 0
    for (top, left), (bottom, right) in merged:
        if bottom == top or right - left >= _WIDE_MERGE or top >= len(rows):
            continue
        value = rows[top][left] if left < len(rows[top]) else None
        for row in rows[top + 1 : bottom + 1]:
            if value is not None and left < len(row) and row[left] is None:
                row[left] = value
                count += 1
    return count


def _cell(value: object) -> Cell:
    """Write a cell as Excel would show it without formatting."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 2**53 else repr(value)
    if isinstance(value, datetime):
        return value.isoformat(sep=" ") if value.time() != time() else value.date().isoformat()
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return str(value)
    return str(value).strip() or None

"""Pages of a workbook or a text table: cells as text, merged cells filled down."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path

from python_calamine import CalamineError, CalamineWorkbook

from geo.errors import InputError, fault
from geo.read.limits import require_text_size, require_workbook_size
from geo.read.old_workbook import FORMATS as OLD_FORMATS
from geo.read.old_workbook import read_apart
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
    require_text_size(path, section)
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
    if path.suffix.lower() in OLD_FORMATS:
        sheets = read_apart(path, section)
        wanted = _wanted([name for name, _, _ in sheets], sheet, path, section)
        return [_page(name, values, merged) for name, values, merged in sheets if name in wanted]
    require_workbook_size(path, section)
    with _steady(), CalamineWorkbook.from_path(str(path)) as book:
        pages = []
        for name in _wanted(list(book.sheet_names), sheet, path, section):
            one = book.get_sheet_by_name(name)
            values = one.to_python(skip_empty_area=False)
            pages.append(_page(name, values, one.merged_cell_ranges or ()))
        return pages


@contextmanager
def _steady() -> Iterator[None]:
    """Turn a breakdown of the reader, which is no `Exception`, into its error."""
    try:
        yield
    except BaseException as error:
        if type(error).__name__ != "PanicException":
            raise
        raise CalamineError(str(error)) from error


def _wanted(names: list[str], sheet: str | None, path: Path, section: str) -> list[str]:
    if sheet is None:
        return names
    if sheet not in names:
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
    return [sheet]


def _page(
    name: str,
    values: Sequence[Sequence[object]],
    merged: Sequence[tuple[tuple[int, int], tuple[int, int]]],
) -> Page:
    rows = [[_cell(value) for value in row] for row in values]
    blank = [not any(row) for row in rows]
    return Page(name, rows, blank, _fill_down(rows, merged))


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

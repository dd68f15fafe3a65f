"""Tables of CSV and Excel files: cells as text, the header row found, every row with its number."""

from __future__ import annotations

import csv
import io
import string
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
import pandas as pd
from python_calamine import CalamineError, CalamineWorkbook

from geo.errors import Fault, InputError, fault
from geo.read.headers import plain_header
from geo.read.raw import RawTable, digest
from geo.tables import nearest_name

TEXT_FORMATS = (".csv", ".txt", ".tsv")
WORKBOOK_FORMATS = (".xlsx", ".xlsm", ".xls", ".xlsb", ".ods")
_ENCODINGS = ("utf-8-sig", "utf-8", "gb18030")
_HEADER_WITHIN = 30  # rows searched for the header
_EXAMPLE = "示例"  # begins the id or the name in the example row of the register that `new` writes
_TABLE_SHARE = 3  # a sheet with less than a third of the known headers of the best is no table
Cell = str | None


@dataclass(frozen=True)
class _Sheet:
    name: str
    header: list[str]
    rows: list[list[Cell]]
    numbers: list[int]
    recognised: int
    examples: int


def read_sheets(
    path: Path, sheet: str | None, section: str, known: frozenset[str] = frozenset()
) -> RawTable:
    """Read a table: a CSV, one sheet of a workbook, or all its sheets under one another.

    Parameters
    ----------
    sheet
        Sheet to take; None takes every sheet that has a header row we know (or the only one).
    known
        Plain headers that mean something, to tell the header row from title rows.

    Raises
    ------
    InputError
        The file cannot be read or the sheet is not there.
    """
    is_text = path.suffix.lower() in TEXT_FORMATS
    with _readable(path, section):
        pages = _csv_pages(path, section) if is_text else _workbook_pages(path, sheet, section)
    sheets = [_as_sheet(name, cells, known) for name, cells in pages]
    # notes and pick lists beside the table repeat a header or two: they are no tables
    best = max((one.recognised for one in sheets), default=0)
    used = [one for one in sheets if one.rows and _TABLE_SHARE * one.recognised >= best]
    skipped = "、".join(one.name for one in sheets if one.rows and one not in used)
    faults: list[Fault] = []
    if skipped:
        faults.append(fault("sheets_skipped", "info", file=path.name, sheets=skipped))
    examples = sum(one.examples for one in sheets)
    if examples:
        faults.append(fault("example_rows_skipped", "info", file=path.name, count=examples))
    return RawTable(
        frame=_stack(used),
        geometry=None,
        sheet=np.repeat(
            np.array([one.name for one in used], dtype=object), [len(one.rows) for one in used]
        ),
        row=np.array([n for one in used for n in one.numbers], dtype=np.int64),
        file=path.name,
        format="csv" if is_text else "excel",
        sha256=digest(path),
        faults=tuple(faults),
    )


@contextmanager
def _readable(path: Path, section: str) -> Iterator[None]:
    try:
        yield
    except (CalamineError, BadZipFile, csv.Error) as error:
        raise InputError(
            fault("file_unreadable", section=section, file=path.name, found=str(error))
        ) from error


def _csv_pages(path: Path, section: str) -> list[tuple[str, list[list[Cell]]]]:
    text = _decode(path, section)
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text))
    return [("", [[cell.strip() or None for cell in line] for line in lines])]


def _decode(path: Path, section: str) -> str:
    content = path.read_bytes()
    for encoding in _ENCODINGS:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise InputError(fault("encoding_unknown", section=section, file=path.name))


def _delimiter(text: str) -> str:
    head = text[:4096]
    return max((",", "\t", ";"), key=head.count)


def _workbook_pages(
    path: Path, sheet: str | None, section: str
) -> list[tuple[str, list[list[Cell]]]]:
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
        pages = []
        for name in [sheet] if sheet is not None else names:
            rows = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
            pages.append((name, [[_cell(value) for value in row] for row in rows]))
    return pages


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


def _as_sheet(name: str, cells: list[list[Cell]], known: frozenset[str]) -> _Sheet:
    at, recognised = _header_row(cells, known)
    if at < 0:
        return _Sheet(name, [], [], [], 0, 0)
    header = _names(cells[at], max(len(row) for row in cells))
    rows: list[list[Cell]] = []
    numbers: list[int] = []
    examples = 0
    for number, row in enumerate(cells[at + 1 :], start=at + 2):
        if all(cell is None for cell in row):
            continue
        if any(cell is not None and cell.lstrip("（(").startswith(_EXAMPLE) for cell in row[:2]):
            examples += 1
            continue
        rows.append(row + [None] * (len(header) - len(row)))
        numbers.append(number)
    return _Sheet(name, header, rows, numbers, recognised, examples)


def _header_row(cells: list[list[Cell]], known: frozenset[str]) -> tuple[int, int]:
    """Return the index of the header row and how many of its headers mean something; -1 for an empty sheet."""
    filled = [i for i, row in enumerate(cells[:_HEADER_WITHIN]) if any(row)]
    if not filled:
        return -1, 0
    scores = {i: sum(bool(c) and plain_header(str(c)) in known for c in cells[i]) for i in filled}
    best = max(filled, key=lambda i: (scores[i], -i))
    if scores[best] > 0:
        return best, scores[best]
    wide = [i for i in filled if sum(cell is not None for cell in cells[i]) > 1]
    return (wide or filled)[0], 0


def _names(row: Sequence[Cell], width: int) -> list[str]:
    """Name every column: blank headers by their letter, repeated ones with a number."""
    names: list[str] = []
    for i in range(width):
        name = (row[i] if i < len(row) else None) or f"列{_letter(i)}"
        serial = 2
        while name in names:
            name, serial = f"{(row[i] or '')}_{serial}", serial + 1
        names.append(name)
    return names


def _letter(index: int) -> str:
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = string.ascii_uppercase[rest] + letters
    return letters


def _stack(sheets: Sequence[_Sheet]) -> pd.DataFrame:
    frames = [pd.DataFrame(one.rows, columns=one.header, dtype=object) for one in sheets]
    if not frames:
        return pd.DataFrame()
    return pd.concat(frames, ignore_index=True).astype(object)

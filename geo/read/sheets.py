"""Tables of CSV and Excel files: cells as text, the header row found, every row with its number."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
import pandas as pd
from python_calamine import CalamineError

from geo.errors import Fault, InputError, fault
from geo.read.raw import RawTable, digest
from geo.read.sheet_rows import TablePart, table_part
from geo.read.workbook import text_page, workbook_pages

TEXT_FORMATS = (".csv", ".txt", ".tsv")
WORKBOOK_FORMATS = (".xlsx", ".xlsm", ".xls", ".xlsb", ".ods")
_TABLE_SHARE = 3  # a sheet with less than a third of the known headers of the best is no table
_SKIPPED = {
    "examples": "example_rows_skipped",
    "totals": "total_rows_skipped",
    "notes": "note_rows_skipped",
    "headers": "header_rows_skipped",
}


def read_sheets(
    path: Path, sheet: str | None, section: str, known: frozenset[str] = frozenset()
) -> RawTable:
    """Read a table: a CSV, one sheet of a workbook, or all its sheets under one another.

    Merged cells are filled down; rows of totals, remarks below the table, repeated headers and the example row are
    left out and counted.

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
        pages = [text_page(path, section)] if is_text else workbook_pages(path, sheet, section)
    parts = [table_part(page, known) for page in pages]
    # notes and pick lists beside the table repeat a header or two: they are no tables
    best = max((one.recognised for one in parts), default=0)
    used = [one for one in parts if one.rows and _TABLE_SHARE * one.recognised >= best]
    left = [one.name for one in parts if one.rows and one not in used]
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
        faults=tuple(_remarks(used, left, path.name)),
    )


@contextmanager
def _readable(path: Path, section: str) -> Iterator[None]:
    try:
        yield
    except (CalamineError, BadZipFile, csv.Error) as error:
        raise InputError(
            fault("file_unreadable", section=section, file=path.name, found=str(error))
        ) from error


def _remarks(used: Sequence[TablePart], left: Sequence[str], file: str) -> list[Fault]:
    """Say what was filled and what was left out."""
    faults: list[Fault] = []
    if left:
        faults.append(fault("sheets_skipped", "info", file=file, sheets="、".join(left)))
    filled = sum(one.filled for one in used)
    if filled:
        faults.append(fault("merged_cells_filled", "info", file=file, count=filled))
    skipped = sum((one.skipped for one in used), Counter[str]())
    faults += [
        fault(code, "info", file=file, count=skipped[kind])
        for kind, code in _SKIPPED.items()
        if skipped[kind]
    ]
    return faults


def _stack(parts: Sequence[TablePart]) -> pd.DataFrame:
    frames = [pd.DataFrame(one.rows, columns=one.header, dtype=object) for one in parts]
    if not frames:
        return pd.DataFrame()
    return pd.concat(frames, ignore_index=True).astype(object)

"""Rows of a table that were set aside, corrected in Excel and read back in their place."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from python_calamine import CalamineError, CalamineWorkbook

from geo.errors import Fault, InputError, fault
from geo.read.headers import plain_header
from geo.read.limits import require_workbook_size
from geo.read.raw import RawTable, require_file
from geo.read.sheets import WORKBOOK_FORMATS, read_sheets
from geo.read.workbook import workbook_pages

# Headers of what the export adds to the table's own columns.
SHEET_COLUMN, ROW_COLUMN, REASON_COLUMN = "原表工作表", "原表行号", "退回原因"
ROWS_SHEET, NOTES_SHEET, CHECK_LABEL = "退回记录", "说明", "原表校验码"
CHECK_DIGITS = 16


def with_corrections(
    raw: RawTable, paths: Iterable[Path], section: str, known: frozenset[str]
) -> RawTable:
    """Put corrected rows in the place of those they correct, and rows without 原表行号 at the end.

    Raises
    ------
    InputError
        When a file was exported from another state of the table, or names a row that the table does not have.
    """
    check = raw.state[:CHECK_DIGITS]
    for path in paths:
        require_file(path, section)
        raw = _corrected(raw, path, section, known, check)
    return raw


def _corrected(
    raw: RawTable, path: Path, section: str, known: frozenset[str], check: str
) -> RawTable:
    if path.suffix.lower() in WORKBOOK_FORMATS:
        require_workbook_size(path, section)
    added = {plain_header(one) for one in (SHEET_COLUMN, ROW_COLUMN, REASON_COLUMN)}
    rows = read_sheets(path, _rows_sheet(path), section, known | added)
    frame = rows.frame.rename(columns=lambda name: str(name).strip())
    numbers = _column(frame, ROW_COLUMN)
    if numbers.notna().any() and _check_code(path, section) != check:
        raise InputError(
            fault("corrected_of_other_table", section=section, file=path.name, table=raw.file)
        )
    sheets = _column(frame, SHEET_COLUMN).fillna("").astype(str)
    place = {
        (str(s or ""), str(n)): i for i, (s, n) in enumerate(zip(raw.sheet, raw.row, strict=True))
    }
    new = (numbers.isna() | (sheets == path.name)).to_numpy(bool)
    at = np.array(
        [place.get((s, str(n).strip()), -1) for s, n in zip(sheets, numbers, strict=True)],
        dtype=int,
    )
    lost = ~new & (at < 0)
    if lost.any():
        row = int(rows.row[lost][0])
        number = f"{sheets[lost].iloc[0]} {numbers[lost].iloc[0]}".strip()
        raise InputError(
            fault("corrected_row_unknown", section=section, file=path.name, row=row, number=number)
        )
    cells = frame.drop(columns=[SHEET_COLUMN, ROW_COLUMN, REASON_COLUMN], errors="ignore")
    table = raw.frame.reindex(columns=list(dict.fromkeys([*raw.frame.columns, *cells.columns])))
    for name in cells.columns:
        column = table[name].to_numpy(dtype=object).copy()
        column[at[~new]] = cells[name].to_numpy(dtype=object)[~new]
        table[name] = column
    return _joined(raw, rows, table, cells, new, path)


def _joined(
    raw: RawTable,
    rows: RawTable,
    table: pd.DataFrame,
    cells: pd.DataFrame,
    new: np.ndarray,
    path: Path,
) -> RawTable:
    count = int(new.sum())
    said = fault(
        "corrected_rows",
        "info",
        file=raw.file,
        corrected=path.name,
        rows=len(new) - count,
        new=count,
    )
    # what its reader remarks about the workbook of corrections is no news of the table
    kept: tuple[Fault, ...] = (*raw.faults, said)
    together = hashlib.sha256(f"{raw.sha256} {rows.sha256}".encode()).hexdigest()
    return replace(
        raw,
        frame=pd.concat([table, cells[new]], ignore_index=True).astype(object),
        sheet=np.concatenate([raw.sheet, np.full(count, path.name, dtype=object)]),
        row=np.concatenate([raw.row, rows.row[new]]),
        sha256=together,
        table_sha256=raw.state,
        faults=kept,
    )


def _column(frame: pd.DataFrame, name: str) -> pd.Series:
    return (
        frame[name] if name in frame.columns else pd.Series(None, index=frame.index, dtype=object)
    )


def _rows_sheet(path: Path) -> str | None:
    if path.suffix.lower() not in WORKBOOK_FORMATS:
        return None
    return ROWS_SHEET if ROWS_SHEET in _sheet_names(path) else None


def _sheet_names(path: Path) -> list[str]:
    try:
        with CalamineWorkbook.from_path(str(path)) as book:
            return list(book.sheet_names)
    except (CalamineError, OSError):
        return []  # `read_sheets` says what is wrong with it


def _check_code(path: Path, section: str) -> str:
    """Read the code that says which state of the table the rows came from."""
    if path.suffix.lower() not in WORKBOOK_FORMATS or NOTES_SHEET not in _sheet_names(path):
        return ""
    for row in workbook_pages(path, NOTES_SHEET, section)[0].rows:
        if row and row[0] == CHECK_LABEL:
            return str(row[1]) if len(row) > 1 and row[1] else ""
    return ""

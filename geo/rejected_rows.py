"""Rows set aside as a workbook in the table's own columns, to be corrected in Excel and read back."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Mapping
from io import BytesIO

import pandas as pd
from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from geo.messages import say
from geo.read.corrected import (
    CHECK_DIGITS,
    CHECK_LABEL,
    NOTES_SHEET,
    REASON_COLUMN,
    ROW_COLUMN,
    ROWS_SHEET,
    SHEET_COLUMN,
)
from geo.read.raw import RawTable
from geo.read.stations import is_private

_OWN = (SHEET_COLUMN, ROW_COLUMN, REASON_COLUMN)
_MOMENT = (1980, 1, 1, 0, 0, 0)
_STAMP = re.compile(r"(<dcterms:(created|modified)[^>]*>)[^<]*")
_TEXT_FORMAT = "@"
_NOT_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def rejected_workbooks(
    originals: Mapping[str, RawTable], rejects: pd.DataFrame
) -> dict[str, bytes]:
    """Make ``rejects_<input>.xlsx`` for every table of which rows or values were set aside.

    Parameters
    ----------
    originals
        Section -> the table as it stands in the file; only CSV and Excel files have one.
    rejects
        Table of rejects of the study.
    """
    books = {}
    for section, original in sorted(originals.items()):
        own = rejects[rejects["input"] == section]
        rows = rejected_rows(original, own)
        if len(rows):
            books[f"rejects_{section}.xlsx"] = _workbook(rows, original, own, section)
    return books


def rejected_rows(original: RawTable, rejects: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of a table that were set aside, or lost a value, as the file has them.

    Returns
    -------
    DataFrame
        原表工作表, 原表行号, 退回原因, then the table's own columns; those that may hold phones or names of persons
        are left out.
    """
    place = {
        (str(s or ""), int(n)): i
        for i, (s, n) in enumerate(zip(original.sheet, original.row, strict=True))
    }
    reasons: dict[int, list[str]] = {}
    for sheet, row, reason in rejects[["sheet", "row", "reason"]].itertuples(index=False):
        at = place.get((str(sheet or ""), -1 if pd.isna(row) else int(row)), -1)
        if at >= 0 and reason not in reasons.setdefault(at, []):
            reasons[at].append(str(reason))
    rows = sorted(reasons)
    filled = original.frame.columns[original.frame.notna().any().to_numpy(bool)]
    columns = [name for name in filled if not is_private(str(name)) and name not in _OWN]
    table = original.frame.loc[rows, columns].reset_index(drop=True)
    table.insert(0, REASON_COLUMN, [" ".join(reasons[row]) for row in rows])
    table.insert(0, ROW_COLUMN, original.row[rows])
    table.insert(0, SHEET_COLUMN, original.sheet[rows])
    return table


def _workbook(rows: pd.DataFrame, original: RawTable, rejects: pd.DataFrame, section: str) -> bytes:
    book = Workbook()
    page = book.worksheets[0]
    page.title = ROWS_SHEET
    bad = {
        (str(sheet or ""), int(row), str(column))
        for sheet, row, column in rejects[["sheet", "row", "column"]].itertuples(index=False)
        if not pd.isna(row)
    }
    _write(page, rows, bad)
    notes = book.create_sheet(NOTES_SHEET)
    file = f"rejects_{section}.xlsx"
    for number in range(1, 5):
        params = {"file": original.file, "rejects": file, "section": section}
        notes.append([say(f"rejects_note_{number}", params)])
    notes.append([])
    # the label is looked for when the rows are read back, so it is the same in every language
    notes.append([CHECK_LABEL, original.state[:CHECK_DIGITS]])
    notes.column_dimensions["A"].width = 100
    out = BytesIO()
    book.save(out)
    return _repeatable(out.getvalue())


def _write(page: Worksheet, rows: pd.DataFrame, bad: set[tuple[str, int, str]]) -> None:
    red = PatternFill("solid", fgColor="CE1126")
    grey = PatternFill("solid", fgColor="667080")
    marked = PatternFill("solid", fgColor="FFE699")
    for at, name in enumerate(rows.columns, 1):
        head = page.cell(1, at, str(name))
        head.font = Font(bold=True, color="FFFFFF")
        head.fill = red if name in _OWN else grey
        head.alignment = Alignment(horizontal="center", vertical="center", wrap_text=True)
        wide = 60 if name == REASON_COLUMN else 16
        page.column_dimensions[get_column_letter(at)].width = wide
    for line, cells in enumerate(rows.itertuples(index=False), 2):
        key = (str(cells[0] or ""), int(cells[1]))
        for at, (name, value) in enumerate(zip(rows.columns, cells, strict=True), 1):
            # always text: a number would lose digits, and what begins with "=" would be a formula
            cell = page.cell(line, at)
            cell.number_format = _TEXT_FORMAT
            if value is not None and not pd.isna(value):
                cell.value = _NOT_XML.sub("", str(value))
                cell.data_type = "s"
            if name == REASON_COLUMN:
                cell.alignment = Alignment(wrap_text=True, vertical="top")
            if (*key, str(name)) in bad:
                cell.fill = marked
    page.freeze_panes = "D2"


def _repeatable(workbook: bytes) -> bytes:
    """Pack the file anew without the moment it was made, so that its bytes repeat."""
    out = BytesIO()
    with (
        zipfile.ZipFile(BytesIO(workbook)) as source,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for name in source.namelist():
            content = source.read(name)
            if name == "docProps/core.xml":
                content = _STAMP.sub(r"\g<1>2000-01-01T00:00:00Z", content.decode("utf-8")).encode()
            entry = zipfile.ZipInfo(name, _MOMENT)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3  # or it would name the system it was made on
            target.writestr(entry, content)
    return out.getvalue()

"""Rows that were set aside: read from the workbooks of a check, corrected, put where the study reads them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

from openpyxl import Workbook, load_workbook

from geo.errors import Fault, InputError, NotFoundError, fault, raise_if_any
from geo.read.corrected import (
    CHECK_LABEL,
    NOTES_SHEET,
    REASON_COLUMN,
    ROW_COLUMN,
    ROWS_SHEET,
    SHEET_COLUMN,
)
from geo.read.stations import is_private

Key = tuple[str, int]
_OWN = (SHEET_COLUMN, ROW_COLUMN, REASON_COLUMN)


@dataclass(frozen=True)
class Aside:
    """Rows of one table that were set aside, or lost a value.

    Attributes
    ----------
    columns
        The table's own.
    rows
        By sheet and row of the table: its cells as text.
    reasons
        Why, by the same keys.
    code
        Which state of the table they are of.
    """

    columns: tuple[str, ...]
    rows: Mapping[Key, Mapping[str, str | None]]
    reasons: Mapping[Key, str]
    code: str

    def content(self, section: str) -> list[dict[str, object]]:
        """Return the rows as an answer."""
        return [
            {
                "input": section,
                "sheet": sheet,
                "row": row,
                "reason": self.reasons[sheet, row],
                "values": dict(self.rows[sheet, row]),
            }
            for sheet, row in sorted(self.rows)
        ]


def read_aside(path: Path) -> Aside | None:
    """Read a workbook of rows set aside, or of corrections; None where there is none."""
    if not path.is_file():
        return None
    book = load_workbook(BytesIO(path.read_bytes()), read_only=True, data_only=True)
    lines = list(book[ROWS_SHEET].iter_rows(values_only=True))
    notes = {
        str(one[0]): one[1] for one in book[NOTES_SHEET].iter_rows(values_only=True) if len(one) > 1
    }
    names = [str(one) for one in lines[0] if one is not None]
    own = tuple(one for one in names if one not in _OWN)
    rows: dict[Key, dict[str, str | None]] = {}
    reasons: dict[Key, str] = {}
    for cells in lines[1:]:
        row = dict(zip(names, cells, strict=False))
        key = (str(row.get(SHEET_COLUMN) or ""), int(str(row[ROW_COLUMN])))
        rows[key] = {name: None if row[name] is None else str(row[name]) for name in own}
        reasons[key] = str(row.get(REASON_COLUMN) or "")
    return Aside(own, rows, reasons, str(notes.get(CHECK_LABEL) or ""))


def corrected(
    aside: Aside | None, before: Aside | None, changes: Sequence[Mapping[str, Any]]
) -> bytes:
    """Make the workbook of corrections anew: those made before, and `changes` on the rows as they stand.

    Raises
    ------
    NotFoundError
        When a row is not one that was set aside.
    InputError
        When a column cannot be written.
    """
    if aside is None:
        raise NotFoundError(fault("rejects_none"))
    faults: list[Fault] = []
    rows = dict(before.rows) if before is not None and before.code == aside.code else {}
    for one in changes:
        key = (str(one["sheet"]), int(one["row"]))
        if key not in aside.rows:
            raise NotFoundError(fault("rejects_no_row", sheet=key[0][:50] or "—", row=key[1]))
        values: Mapping[str, str | None] = one["values"]
        bad = [name for name in values if name in _OWN or not name.strip() or is_private(name)]
        faults += [fault("rejects_column", column=name[:50]) for name in bad]
        rows[key] = {**aside.rows[key], **values}
    raise_if_any(faults, InputError)
    return _workbook(rows, aside.code)


def _workbook(rows: Mapping[Key, Mapping[str, str | None]], code: str) -> bytes:
    columns = list(dict.fromkeys(name for row in rows.values() for name in row))
    book = Workbook()
    page = book.worksheets[0]
    page.title = ROWS_SHEET
    for at, name in enumerate([SHEET_COLUMN, ROW_COLUMN, *columns], 1):
        _text(page.cell(1, at), name)
    for line, ((sheet, row), values) in enumerate(sorted(rows.items()), 2):
        cells = [sheet or None, str(row), *(values.get(name) for name in columns)]
        for at, value in enumerate(cells, 1):
            if value:
                _text(page.cell(line, at), value)
    notes = book.create_sheet(NOTES_SHEET)
    notes.append([CHECK_LABEL, code])
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def _text(cell: Any, value: str) -> None:
    # always text: what begins with "=" would be a formula, and a number would lose digits
    cell.value = "".join(sign for sign in value if sign >= " " or sign in "\n\t")
    cell.data_type = "s"

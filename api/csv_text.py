"""CSV as the service writes and reads it: RFC 4180, UTF-8, nothing in it that a spreadsheet would run."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

CSV = "text/csv; charset=utf-8"
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def csv_text(header: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """Write a table; text that a spreadsheet would take for a formula gets an apostrophe before it."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(header)
    writer.writerows([_cell(one) for one in row] for row in rows)
    return out.getvalue().encode("utf-8")


def wants_csv(form: str | None, accept: str) -> bool:
    """Whether a caller asks for CSV: by ``f=csv``, else as the first of what it accepts."""
    if form is not None:
        return form == "csv"
    return accept.partition(",")[0].partition(";")[0].strip().lower() == "text/csv"


def _cell(value: object) -> object:
    if isinstance(value, str):
        return f"'{value}" if value.startswith(_FORMULA) else value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return "、".join(map(str, value))
    return value

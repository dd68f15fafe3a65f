"""Which rows of a page are the header, which are data, and which only look like it."""

from __future__ import annotations

import re
import string
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from geo.read.headers import plain_header
from geo.read.workbook import Cell, Page

_HEADER_WITHIN = 30  # rows searched for the header
_EXAMPLE = "示例"  # begins the id or the name in the example row of the register that `new` writes
_LOOKED_AT = 4  # filled cells of a row searched for 合计 and the like
_NOTE_CELLS = 8  # a row with more filled cells is no remark below the table
_SUM = r"(?:合计|小计|总计|共计|累计|总数)"
_TOTAL = re.compile(rf"{_SUM}:?\d*")
_TOTAL_FIRST = re.compile(rf".{{0,20}}?{_SUM}(?:[:(].*|\d.*|[座个处]数?)?", re.DOTALL)
_NOTE = re.compile(
    r"(?:注|备注|说明|填表说明|填表人|填报人|填报单位|填表单位|制表|制表人|制表单位|审核|审核人|单位负责人|"
    r"联系人|联系电话|数据来源|统计时间|填表日期|填报日期|制表日期)\d*[:：].*",
    re.DOTALL,
)


@dataclass(frozen=True)
class TablePart:
    """The table of one page.

    Attributes
    ----------
    numbers
        Row number of every data row as a person sees it.
    recognised
        Headers we know.
    skipped
        Rows that are no data, by kind: ``examples, totals, notes, headers``.
    """

    name: str
    header: list[str]
    rows: list[list[Cell]]
    numbers: list[int]
    recognised: int
    filled: int = 0
    skipped: Counter[str] = field(default_factory=Counter)


def table_part(page: Page, known: frozenset[str]) -> TablePart:
    """Find the table of a page; without a header row it comes out empty.

    Parameters
    ----------
    known
        Plain headers that mean something, to tell the header row from title rows.
    """
    at, recognised = _header_row(page.rows, known)
    if at < 0:
        return TablePart(page.name, [], [], [], 0)
    cells, begin = _whole_header(page.rows, at, known)
    header = _names(cells, max(len(row) for row in page.rows))
    rows: list[list[Cell]] = []
    numbers: list[int] = []
    skipped: Counter[str] = Counter()
    titles = _squeezed(cells)
    for index in range(begin, len(page.rows)):
        row = page.rows[index]
        if page.blank[index]:
            continue
        kind = _no_data(row, titles)
        if kind:
            skipped[kind] += 1
            continue
        rows.append(row + [None] * (len(header) - len(row)))
        numbers.append(index + 1)
    return TablePart(page.name, header, rows, numbers, recognised, page.filled, skipped)


def _header_row(rows: list[list[Cell]], known: frozenset[str]) -> tuple[int, int]:
    """Return the index of the header row and how many of its headers mean something; -1 for an empty sheet."""
    filled = [i for i, row in enumerate(rows[:_HEADER_WITHIN]) if any(row)]
    if not filled:
        return -1, 0
    scores = {i: len(_known(rows[i], known)) for i in filled}
    best = max(filled, key=lambda i: (scores[i], -i))
    if scores[best] > 0:
        return best, scores[best]
    wide = [i for i in filled if sum(cell is not None for cell in rows[i]) > 1]
    return (wide or filled)[0], 0


def _known(row: Sequence[Cell], known: frozenset[str]) -> set[str]:
    return {plain for cell in row if cell and (plain := plain_header(cell)) in known}


def _whole_header(rows: list[list[Cell]], at: int, known: frozenset[str]) -> tuple[list[Cell], int]:
    """Join a header of two rows, 坐标 above 经度 and 纬度; return it and the index of the first row of data."""
    below = rows[at + 1] if at + 1 < len(rows) else []
    parts = [cell for cell in below if cell]
    if len(parts) >= 2 and len(_known(below, known)) == len(parts):
        upper = rows[at] + [None] * (len(below) - len(rows[at]))
        under = below + [None] * (len(upper) - len(below))
        return [low or high for high, low in zip(upper, under, strict=True)], at + 2
    above = rows[at - 1] if at else []
    if len(_known(above, known)) >= 2:
        upper = above + [None] * (len(rows[at]) - len(above))
        return [
            low or (high if high and plain_header(high) in known else None)
            for high, low in zip(upper, rows[at], strict=False)
        ], at + 1
    return rows[at], at + 1


def _squeeze(cell: str) -> str:
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", cell))


def _squeezed(row: Sequence[Cell]) -> list[str]:
    return [_squeeze(cell) if cell else "" for cell in row]


def _no_data(row: Sequence[Cell], titles: Sequence[str]) -> str:
    """Tell why a row is no data; empty for one that is."""
    if any(cell is not None and cell.lstrip("（(").startswith(_EXAMPLE) for cell in row[:2]):
        return "examples"
    cells = [one for one in _squeezed(row) if one]
    total = len(cells[0]) <= 40 and _TOTAL_FIRST.fullmatch(cells[0])
    if total or any(_TOTAL.fullmatch(one) for one in cells[1:_LOOKED_AT]):
        return "totals"
    if len(cells) <= _NOTE_CELLS and _NOTE.fullmatch(cells[0]):
        return "notes"
    again = [one for one, title in zip(_squeezed(row), titles, strict=False) if one == title != ""]
    return "headers" if len(again) >= 3 and len(again) >= 0.8 * len(cells) else ""


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

"""The register as an Excel file that reads back as it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from openpyxl.cell import Cell, MergedCell
from openpyxl.styles import Font, PatternFill

from api.register.rows import CHECKS, COLUMNS, unfolded
from api.register_sheet import HEADERS, book_bytes, new_book
from geo.read.headers import plain_header
from geo.register_rows import FIELDS, Row, label

_TEXT = "@"
_WORDS: Mapping[str, Mapping[str, str]] = {
    "tier": {"subdistrict": "街道", "community": "社区", "emerging": "新兴领域"},
    "coordinate_source": {"gcj02": "高德", "bd09": "百度", "survey": "测绘"},
    "host_kind": {
        "tower": "楼宇",
        "park": "园区",
        "commercial": "商圈",
        "compound": "小区",
        "standalone": "独立",
        "other": "其他",
    },
    "access_scope": {"public": "公众开放", "building": "楼内开放", "members": "组织内"},
    "status": {"planned": "规划", "building": "在建", "open": "启用", "closed": "停用"},
}


def export_bytes(rows: Sequence[Row], tier_names: Mapping[str, str] | None = None) -> bytes:
    """Write stations into the register's form; columns the form lacks follow where any station fills them.

    Parameters
    ----------
    tier_names
        Tier -> its word in the city's register, for tiers other than the usual three.
    """
    book = new_book()
    page = book.worksheets[0]
    words = {**_WORDS, "tier": {**_WORDS["tier"], **(tier_names or {})}}
    flat = [unfolded(row) for row in rows]
    names = [_name_of(label) for label in HEADERS]
    more = _more(flat, names)
    for at, name in enumerate(more, len(HEADERS) + 1):
        head = page.cell(1, at, label(name))
        head.font, head.fill = (
            Font(bold=True, color="FFFFFF"),
            PatternFill("solid", fgColor="667080"),
        )
    for line, row in enumerate(flat, 2):
        for at, name in enumerate([*names, *more], 1):
            _write(page.cell(line, at), row.get(name), words.get(name, {}))
    return book_bytes(book)


def _name_of(label: str) -> str:
    plain = plain_header(label)
    return next(
        name
        for name, one in FIELDS.items()
        if plain in {plain_header(word) for word in one.headers}
    )


def _more(rows: Sequence[Row], names: Sequence[str]) -> list[str]:
    known = [name for name in COLUMNS if name not in names and name != CHECKS]
    others = sorted({name for row in rows for name in row} - set(COLUMNS))
    return [one for one in (*known, *others) if any(row.get(one) is not None for row in rows)]


def _write(cell: Cell | MergedCell, value: object, words: Mapping[str, str]) -> None:
    if value is None:
        return
    if isinstance(value, bool):
        cell.value = "是" if value else "否"
    elif isinstance(value, float):
        cell.value = int(value) if value.is_integer() else value
    else:
        text = "、".join(map(str, value)) if isinstance(value, list) else str(value)
        cell.value = words.get(text, text)
        # what begins with "=" is text here, never a formula; codes keep their zeros
        cell.data_type, cell.number_format = "s", _TEXT

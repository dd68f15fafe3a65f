"""Rows put into the sheets of a finished workbook, and the file packed so that its bytes repeat.

The library writes a million cells in ten seconds and more; rows joined from ready fragments take a fraction of that.
It still makes all else: styles, widths, frozen panes, print set-up.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Mapping, Sequence
from io import BytesIO

import numpy as np
import numpy.typing as npt
from openpyxl.utils import get_column_letter

_MOMENT = (1980, 1, 1, 0, 0, 0)
_STAMP = re.compile(r"(<dcterms:(created|modified)[^>]*>)[^<]*")
_TITLES = re.compile(  # rows to repeat come after columns, as Excel writes them
    r"('[^'<]*'!\$\d+:\$\d+),('[^'<]*'!\$[A-Z]+:\$[A-Z]+)"
)
_EDGE = re.compile(r"<(oddHeader|oddFooter)>.*?</\1>", re.DOTALL)
_CELL_STYLE = re.compile(r'<c r="[A-Z]+\d+"(?: s="(\d+)")?')


def pack(
    workbook: bytes,
    rows_of: Mapping[int, Sequence[npt.NDArray[np.object_]]],
    first_row: Mapping[int, int],
) -> bytes:
    """Put rows into the sheets of `workbook` and pack it anew.

    Parameters
    ----------
    workbook
        An .xlsx whose sheets end with one styled template row.
    rows_of
        Sheet number (from 1) -> fragments by column; they take the place of the template row.
    first_row
        Sheet number -> number of the template row.
    """
    out = BytesIO()
    with (
        zipfile.ZipFile(BytesIO(workbook)) as source,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=4) as target,
    ):
        for name in source.namelist():
            content = source.read(name)
            sheet = re.fullmatch(r"xl/worksheets/sheet(\d+)\.xml", name)
            if name == "docProps/core.xml":
                content = _STAMP.sub(r"\g<1>2000-01-01T00:00:00Z", content.decode("utf-8")).encode()
            elif name == "xl/workbook.xml":
                content = _TITLES.sub(r"\2,\1", content.decode("utf-8")).encode("utf-8")
            elif sheet:
                number = int(sheet[1])
                text = _EDGE.sub(_with_breaks, content.decode("utf-8"))
                if number in rows_of:
                    text = _spliced(text, first_row[number], rows_of[number])
                content = text.encode("utf-8")
            entry = zipfile.ZipInfo(name, _MOMENT)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3  # or it would name the system it was made on
            entry.external_attr = 0o644 << 16
            target.writestr(entry, content)
    return out.getvalue()


def _with_breaks(edge: re.Match[str]) -> str:
    """Break lines above and below the page by real breaks: only Excel reads the escape that the library writes."""
    return edge[0].replace("_x000a_", "&#10;").replace("_x000A_", "&#10;")


def _spliced(sheet: str, first: int, columns: Sequence[npt.NDArray[np.object_]]) -> str:
    start = sheet.index(f'<row r="{first}"')
    end = sheet.index("</row>", start) + len("</row>")
    styles = _CELL_STYLE.findall(sheet[start:end])
    count = len(columns[0])
    numbers = [str(row) for row in range(first, first + count)]
    cells = []
    for place, (column, style) in enumerate(zip(columns, styles, strict=True), 1):
        begin = f'<c r="{get_column_letter(place)}'
        middle = f'" s="{style}"' if style else '"'
        cells.append(
            [
                f"{begin}{number}{middle}{cell}" if cell else ""
                for number, cell in zip(numbers, column.tolist(), strict=True)
            ]
        )
    rows = [
        f'<row r="{number}">{"".join(row)}</row>'
        for number, row in zip(numbers, zip(*cells, strict=True), strict=True)
    ]
    last = f"{get_column_letter(len(columns))}{max(first + count - 1, 1)}"
    head = re.sub(r'<dimension ref="[^"]*"', f'<dimension ref="A1:{last}"', sheet[:start], count=1)
    return "".join([head, *rows, sheet[end:]])

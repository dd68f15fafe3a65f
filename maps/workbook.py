"""``tables.xlsx``: every table of a result as a sheet a planner can filter, print and quote."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO

import pandas as pd
from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.header_footer import HeaderFooterItem
from openpyxl.worksheet.page import PageMargins
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet
from rich.cells import cell_len

from geo.messages import say
from geo.params import WEIGHTS
from geo.result import StudyResult
from geo.table_titles import table_title
from geo.tables import header
from maps.captions import printed_date, rule_entries, source_line, standing_lines
from maps.workbook_cells import SheetColumn, sheet_column, text_column
from maps.workbook_zip import pack

ORDER = (
    "indicators", "subdistricts", "communities", "zones", "coverage_by_tier", "coverage_by_time",
    "coverage_by_height", "matrix", "gap_units", "stations", "buildings", "blind_areas", "sites", "links",
)  # fmt: skip
LAST = ("rejects",)
NEVER = ("reach_pairs", "isochrones", "height", "building_accessibility")
_BUILDING_LEVEL = ("buildings", "programme_buildings", "flips")
_MOST_ROWS = 1_000_000  # a sheet ends at 1,048,576
_PAGE_CHARACTERS = 245.0  # on a page on its side, at three fifths of their size
_NAMING_CHARACTERS = 60.0
LINE_PT = 15.0
_HEAD = PatternFill("solid", fgColor="CE1126")
_LINE = Border(bottom=Side("thin", color="D8D8D8"))


@dataclass
class _Sheet:
    """One sheet: its columns, or none for an empty table."""

    title: str
    columns: list[SheetColumn]
    wrap: bool = False
    first_row: int = field(default=2)


def workbook_bytes(result: StudyResult) -> bytes:
    """Make the workbook of a result; the same result gives the same bytes.

    Shares are rounded down to 0.1 percentage point and minutes up to 0.1, as everywhere a person reads them; the
    full values stand in ``tables/*.parquet``.
    """
    book = Workbook()
    book.remove(book.worksheets[0])
    sheets = [_overview(result), *_tables(result), _definitions(result)]
    taken: list[str] = []
    for sheet in sheets:
        _lay_out(book.create_sheet(_sheet_name(sheet.title, taken)), sheet, result)
    out = BytesIO()
    book.save(out)
    filled = {number: sheet for number, sheet in enumerate(sheets, 1) if _rows(sheet)}
    return pack(
        out.getvalue(),
        {number: [one.cells for one in sheet.columns] for number, sheet in filled.items()},
        {number: sheet.first_row for number, sheet in filled.items()},
    )


def _rows(sheet: _Sheet) -> int:
    return len(sheet.columns[0].cells) if sheet.columns else 0


def _overview(result: StudyResult) -> _Sheet:
    rules = result.summary.get("rules")
    frame = pd.DataFrame(rules if isinstance(rules, list) else [])
    return _Sheet(say("workbook_overview"), _columns(frame))


def _tables(result: StudyResult) -> Iterator[_Sheet]:
    others = sorted(set(result.tables) - set(ORDER) - set(LAST) - set(NEVER))
    hidden = _BUILDING_LEVEL if result.params.output.audience == "external" else ()
    for name in (*ORDER, *others, *LAST):
        frame = result.tables.get(name)
        if frame is None or name in hidden:
            continue
        plain = pd.DataFrame(frame).drop(columns="geometry", errors="ignore")
        for part, start in enumerate(range(0, max(len(plain), 1), _MOST_ROWS), 1):
            title = table_title(name) if part == 1 else f"{table_title(name)} {part}"
            yield _Sheet(title, _columns(plain.iloc[start : start + _MOST_ROWS]))


def _columns(frame: pd.DataFrame) -> list[SheetColumn]:
    return [sheet_column(str(name), frame[name]) for name in frame.columns]


def _definitions(result: StudyResult) -> _Sheet:
    rows = [(entry["standard"], entry["method"]) for entry in rule_entries(result)]
    for weight in WEIGHTS:
        rows.append((header(f"coverage_{weight}_share"), say("definition_coverage")))
        rows.append((header(f"floor_{weight}_share"), say("definition_floor")))
    rows += [
        (say("verdict_covered"), say("definition_covered")),
        (say("verdict_uncovered"), say("definition_uncovered")),
        (say("verdict_unknown"), say("definition_unknown")),
        (say("verdict_outside"), say("definition_outside")),
        (header("passes"), say("definition_passes")),
        (header("overlap_share"), say("definition_overlap")),
        (header("minutes_p50"), say("definition_minutes")),
        (header("minutes_p90"), say("definition_minutes")),
        (header("detour_ratio"), say("definition_detour")),
        (header("sole_residents"), say("definition_sole")),
        (say("workbook_rounding"), say("definition_rounding")),
        (say("workbook_as_of"), printed_date(result.params.as_of)),
        (say("workbook_source"), source_line(result.params.sources)),
        *[(say("workbook_notice"), line) for line in standing_lines(result)],
    ]
    names, texts = zip(*rows, strict=True)
    columns = [
        text_column(say("workbook_indicator"), [str(one) for one in names]),
        text_column(say("workbook_meaning"), [str(one) for one in texts]),
    ]
    return _Sheet(say("workbook_definitions"), columns, wrap=True)


def _lay_out(page: Worksheet, sheet: _Sheet, result: StudyResult) -> None:
    head = 1
    if result.params.output.simulated:
        banner = page.cell(1, 1, say("map_simulated"))
        banner.font = Font(bold=True, color="CE1126")
        head = 2
    sheet.first_row = head + 1
    count = _rows(sheet)
    if not count:
        page.cell(head, 1, say("workbook_empty"))
    for place, column in enumerate(sheet.columns if count else [], 1):
        cell = page.cell(head, place, column.label)
        cell.font = Font(bold=True, color="FFFFFF")
        cell.fill = _HEAD
        cell.alignment = Alignment(wrap_text=True, vertical="center", horizontal="center")
        template = page.cell(head + 1, place)
        template.number_format = column.number_format
        template.border = _LINE
        template.alignment = Alignment(vertical="top", wrap_text=sheet.wrap)
        page.column_dimensions[get_column_letter(place)].width = column.width
    if count:
        page.row_dimensions[head].height = head_height(page, head)
    page.freeze_panes = f"{'B' if len(sheet.columns) > 6 else 'A'}{head + 1}"
    if count:
        page.auto_filter.ref = f"A{head}:{get_column_letter(len(sheet.columns))}{head + count}"
    set_up_print(page, head, result)


def set_up_print(page: Worksheet, head: int, result: StudyResult) -> None:
    """Set a sheet up for A4 paper: heads on every page, name and label above, the lines that must stand below."""
    page.print_title_rows = f"1:{head}"
    page.page_setup.orientation = "landscape"
    page.page_setup.paperSize = page.PAPERSIZE_A4
    _fit_width(page)
    page.page_margins = PageMargins(0.4, 0.4, top=0.9, bottom=0.8, header=0.3, footer=0.3)
    page.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    name = result.params.name.replace("&", "&&")[:80]
    simulated = say("map_simulated") + "\n" if result.params.output.simulated else ""
    lines = "\n".join(line.replace("&", "&&") for line in standing_lines(result))
    top, bottom = HeaderFooterItem(), HeaderFooterItem()
    top.center.text = simulated + f"{name} · {page.title.replace('&', '&&')}"
    bottom.left.text = lines[:200]  # all of it may have 255 characters
    bottom.left.size = 8
    bottom.right.text = "&P / &N"
    page.oddHeader, page.oddFooter = top, bottom
    page.HeaderFooter.scaleWithDoc = False  # they are read whatever the size of the table


def head_height(page: Worksheet, head: int) -> float:
    """Return the height of a row of headers, in points, for the longest of them."""
    lines = [1]
    for place, cell in enumerate(page[head], 1):
        width = int(page.column_dimensions[get_column_letter(place)].width) - 1
        lines.append(-(-cell_len(str(cell.value or "")) // max(width, 1)))
    return LINE_PT * min(max(lines), 4) + 4


def _fit_width(page: Worksheet) -> None:
    """Spread a wide table over as many pages as leave it readable, its first columns on each of them."""
    widths = [page.column_dimensions[letter].width for letter in sorted(page.column_dimensions)]
    across = max(1, math.ceil(sum(widths) / _PAGE_CHARACTERS))
    page.page_setup.fitToWidth, page.page_setup.fitToHeight = across, 0
    if across > 1:
        named = sum(page.column_dimensions[letter].width for letter in "AB") <= _NAMING_CHARACTERS
        page.print_title_cols = "A:B" if named else "A:A"


def _sheet_name(title: str, taken: list[str]) -> str:
    base = re.sub(r"[\[\]:*?/\\]", "_", title)[:28] or "_"
    name, number = base, 2
    while name.lower() in taken:
        name, number = f"{base} {number}", number + 1
    taken.append(name.lower())
    return name

"""Tables of the Word report: header rows that repeat, rows that stay whole, columns as wide as what they hold."""

from __future__ import annotations

from xml.sax.saxutils import escape

from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from docx.oxml.xmlchemy import BaseOxmlElement

from maps.report.column_widths import shared_widths
from maps.report.model import Grid
from maps.report.office_zip import fit
from maps.report.word_page import BODY_FONT, HEAD_FONT, LATIN_FONT

_TWIPS_PER_MM = 1440 / 25.4
_PADDING = 70  # twips left and right in a cell
_LINE = "A6A6A6"
_HEAD_FILL = "F2F2F2"


def word_table(grid: Grid, width_mm: float) -> BaseOxmlElement:
    """Lay a grid out as a Word table of the given width."""
    half_points = 21 if len(grid.headers) <= 6 else 18  # 五号, 小五
    # twips of a half-width character with some air: half the size of a point in twentieths, and a tenth
    widths = shared_widths(grid, round(width_mm * _TWIPS_PER_MM), half_points * 5.5, 2 * _PADDING)
    columns = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
    head = _row(grid.headers, widths, grid.figures, half_points, head=True)
    rows = "".join(
        _row([str(one) for one in row], widths, grid.figures, half_points) for row in grid.rows
    )
    edges = "".join(
        f'<w:{side} w:val="single" w:sz="4" w:space="0" w:color="{_LINE}"/>'
        for side in ("top", "left", "bottom", "right", "insideH", "insideV")
    )
    sides = "".join(f'<w:{side} w:w="{_PADDING}" w:type="dxa"/>' for side in ("left", "right"))
    table: BaseOxmlElement = parse_xml(
        f'<w:tbl {nsdecls("w")}><w:tblPr><w:tblW w:w="{sum(widths)}" w:type="dxa"/><w:jc w:val="center"/>'
        f'<w:tblBorders>{edges}</w:tblBorders><w:tblLayout w:type="fixed"/>'
        f'<w:tblCellMar>{sides}</w:tblCellMar><w:tblCaption w:val="{_text(grid.title)}"/></w:tblPr>'
        f"<w:tblGrid>{columns}</w:tblGrid>{head}{rows}</w:tbl>"
    )
    return table


def _row(
    cells: list[str] | tuple[str, ...],
    widths: list[int],
    figures: tuple[bool, ...],
    half_points: int,
    head: bool = False,
) -> str:
    font = HEAD_FONT if head else BODY_FONT
    look = (
        f'<w:rPr><w:rFonts w:ascii="{LATIN_FONT}" w:hAnsi="{LATIN_FONT}" w:eastAsia="{font}"/>'
        f'<w:sz w:val="{half_points}"/><w:szCs w:val="{half_points}"/></w:rPr>'
    )
    fill = f'<w:shd w:val="clear" w:color="auto" w:fill="{_HEAD_FILL}"/>' if head else ""
    inside = []
    for text, width, figure in zip(cells, widths, figures, strict=True):
        side = "center" if head else "right" if figure else "left"
        inside.append(
            f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/>{fill}<w:vAlign w:val="center"/></w:tcPr>'
            '<w:p><w:pPr><w:spacing w:before="20" w:after="20" w:line="300" w:lineRule="exact"/>'
            f'<w:ind w:firstLine="0" w:firstLineChars="0"/><w:jc w:val="{side}"/></w:pPr>'
            f'<w:r>{look}<w:t xml:space="preserve">{_text(text)}</w:t></w:r></w:p></w:tc>'
        )
    repeats = "<w:tblHeader/>" if head else ""
    return f"<w:tr><w:trPr><w:cantSplit/>{repeats}</w:trPr>{''.join(inside)}</w:tr>"


def _text(text: str) -> str:
    return escape(fit(text), {'"': "&quot;"})

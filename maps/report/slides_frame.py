"""How a slide looks: one grid, few sizes, the colours of the maps; title, label and standing lines on each."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO

from pptx.chart.data import CategoryChartData
from pptx.dml.color import RGBColor
from pptx.enum.chart import XL_CHART_TYPE, XL_LABEL_POSITION, XL_TICK_LABEL_POSITION
from pptx.enum.shapes import MSO_SHAPE
from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
from pptx.oxml.ns import qn
from pptx.oxml.xmlchemy import OxmlElement
from pptx.shapes.autoshape import Shape
from pptx.slide import Slide as Page
from pptx.text.text import TextFrame
from pptx.util import Emu, Inches, Pt

from maps.report.column_widths import shared_widths, text_length
from maps.report.model import Grid, Picture
from maps.report.office_zip import fit
from maps.report.slides_facts import percent
from maps.report.slides_model import Area, Bars, Figures, Points
from maps.theme import COLOURS

WIDTH, HEIGHT = 13.333, 7.5
LEFT, RIGHT = 0.6, 12.733
TITLE = Area(LEFT, 0.62, RIGHT - LEFT, 0.86)
BODY = Area(LEFT, 1.72, RIGHT - LEFT, 4.98)
GAP = 0.45
WIDE = 8.3
"""Width of the larger part of a page."""
_HEADING = Area(LEFT, 0.26, 7.4, 0.32)
_LABEL = Area(8.0, 0.26, RIGHT - 8.0, 0.32)
_FOOT = Area(LEFT, 6.93, 11.4, 0.4)
_NUMBER = Area(12.033, 6.93, 0.7, 0.4)
_ROW_IN, _HEAD_IN = 0.42, 0.56
_POINTS_PER_INCH = 72.0
_SIZES = (18, 17, 16, 15, 14, 13, 12)
_SPACING, _AFTER = 1.1, 0.6
_UNDER_HEADING = 0.56
_CELL_AIR = 0.18
_WIDEST = 0.72  # of a bold half-width letter, in its size
_NARROW_IN = 5.0
_INK, _MUTED, _RED = COLOURS["ink"], COLOURS["muted"], COLOURS["red"]
_RED_DARK, _GOOD, _WANTING = COLOURS["red_dark"], COLOURS["covered_line"], COLOURS["uncovered"]
_TONES = {True: _GOOD, False: _WANTING, None: COLOURS["unknown_line"]}
_RULE, _STRIPE = "#E3DDD2", "#FAF7F0"


def halves(width: float, whole: Area = BODY) -> tuple[Area, Area]:
    """Part a place in two: the left one of this width."""
    rest = whole.width - width - GAP
    return (
        Area(whole.left, whole.top, width, whole.height),
        Area(whole.left + width + GAP, whole.top, rest, whole.height),
    )


def put_frame(page: Page, heading: str, label: str, standing: tuple[str, ...]) -> None:
    """Put what stands on every page."""
    if label:
        _watermark(page, label)
    _bar(page, Area(0.0, 0.0, WIDTH, 0.12), _RED)
    _bar(page, Area(LEFT, 6.86, RIGHT - LEFT, 0.012), _RULE)
    _line(page, _HEADING, heading, 11, _MUTED)
    if label:
        _line(page, _LABEL, label, 11, _RED, PP_ALIGN.RIGHT, bold=True)
    _line(page, _FOOT, "　".join(standing), 8.5, _RED_DARK)
    number = _line(page, _NUMBER, "", 10, _MUTED, PP_ALIGN.RIGHT)
    _number_field(number)


def put_title(page: Page, text: str) -> None:
    """Put the statement of the page: its real title, so that outline and screen readers have it."""
    shape = page.shapes.title
    shape.left, shape.top = Inches(TITLE.left), Inches(TITLE.top)
    shape.width, shape.height = Inches(TITLE.width), Inches(TITLE.height)
    long = text_length(text)
    size = 28 if long <= 60 else 24 if long <= 72 else 20
    frame = shape.text_frame
    frame.word_wrap = True
    frame.vertical_anchor = MSO_ANCHOR.MIDDLE
    _no_margins(frame)
    _write(frame, text, size, _INK, PP_ALIGN.LEFT, bold=True)


def put_figures(page: Page, area: Area, figures: Figures) -> None:
    """Put big figures: side by side, or below each other in a narrow place."""
    count = max(len(figures.items), 1)
    narrow = area.width < _NARROW_IN
    across, down = (1, count) if narrow else (count, 1)
    width, height = area.width / across, area.height / down
    # one size for all, letters counted wide: a figure that breaks in two is none
    longest = max((text_length(str(one.cell)) for one in figures.items), default=1)
    size = min(40.0, (width - 0.3) * _POINTS_PER_INCH / (longest * _WIDEST))
    for place, item in enumerate(figures.items):
        left = area.left + (0 if narrow else place * width)
        top = area.top + (place * height if narrow else 0)
        colour = _WANTING if item.alarm else _RED_DARK
        _bar(page, Area(left, top + 0.06, 0.05, min(height - 0.16, 1.2)), colour)
        _line(
            page, Area(left + 0.2, top, width - 0.3, 0.78), str(item.cell), size, colour, bold=True
        )
        _line(page, Area(left + 0.2, top + 0.8, width - 0.3, 0.42), item.name, 14, _MUTED)


def points_size(area: Area, points: Points) -> float:
    """Return the largest size at which sentences fit their place."""
    room = area.height - _UNDER_HEADING
    sizes = (one for one in _SIZES if _height(points, area.width, one) <= room)
    return next(sizes, _SIZES[-1])


def put_points(page: Page, area: Area, points: Points, size: float) -> None:
    """Put short sentences under their heading."""
    _line(
        page, Area(area.left, area.top, area.width, 0.4), points.heading, 17, _RED_DARK, bold=True
    )
    _bar(page, Area(area.left, area.top + 0.44, area.width, 0.02), COLOURS["gold"])
    top = area.top + _UNDER_HEADING
    box = page.shapes.add_textbox(
        *_emu(Area(area.left, top, area.width, area.height - (top - area.top)))
    )
    frame = box.text_frame
    frame.word_wrap = True
    _no_margins(frame)
    for place, one in enumerate(points.items):
        line = frame.paragraphs[0] if place == 0 else frame.add_paragraph()
        line.space_after = Pt(size * _AFTER)
        line.line_spacing = _SPACING
        _run(line, one.text, size, _INK)


def _height(points: Points, width: float, size: float) -> float:
    """Return how high sentences stand in a place of this width, in inches, with some air."""
    each = width * _POINTS_PER_INCH / (size * 0.53)  # half-width characters a line
    lines = sum(-(-text_length(one.text) // int(each)) for one in points.items)
    gaps = len(points.items) * _AFTER
    return (lines * _SPACING * 1.25 + gaps) * size / _POINTS_PER_INCH


def put_picture(page: Page, area: Area, picture: Picture) -> None:
    """Put a picture whole into its place, with its caption as description."""
    shape = page.shapes.add_picture(BytesIO(picture.png), Inches(area.left), Inches(area.top))
    scale = min(Inches(area.width) / shape.width, Inches(area.height) / shape.height)
    shape.width, shape.height = Emu(int(shape.width * scale)), Emu(int(shape.height * scale))
    shape.left = Emu(Inches(area.left) + (Inches(area.width) - shape.width) // 2)
    shape.top = Emu(Inches(area.top) + (Inches(area.height) - shape.height) // 2)
    _describe(shape, picture.caption)


def put_grid(page: Page, area: Area, grid: Grid) -> None:
    """Put a real table, with a line below where it says more."""
    top, size = area.top, 13 if len(grid.headers) < 7 else 12
    if grid.title:
        _line(page, Area(area.left, top, area.width, 0.36), grid.title, 14, _RED_DARK, bold=True)
        top += 0.4
    widths = shared_widths(grid, Inches(area.width), Pt(size) * 0.56, Inches(_CELL_AIR))
    heights = [
        _row_height(row, widths, size, _ROW_IN if number else _HEAD_IN)
        for number, row in enumerate((grid.headers, *grid.rows))
    ]
    height = sum(heights)
    place = _emu(Area(area.left, top, area.width, height))
    shape = page.shapes.add_table(len(grid.rows) + 1, len(grid.headers), *place)
    _describe(shape, grid.title)
    table = shape.table
    for column, width in zip(table.columns, widths, strict=True):
        column.width = Emu(width)
    for number, row in enumerate((grid.headers, *grid.rows)):
        table.rows[number].height = Inches(heights[number])
        fill = _RED_DARK if number == 0 else _STRIPE if number % 2 == 0 else "#FFFFFF"
        for column, text in enumerate(row):
            cell = table.cell(number, column)
            cell.fill.solid()
            cell.fill.fore_color.rgb = _colour(fill)
            cell.margin_left = cell.margin_right = Inches(0.08)
            cell.margin_top = cell.margin_bottom = Inches(0.03)
            cell.vertical_anchor = MSO_ANCHOR.MIDDLE
            side = PP_ALIGN.RIGHT if grid.figures[column] else PP_ALIGN.LEFT
            ink = _INK if number else "#FFFFFF"
            _write(cell.text_frame, str(text), size, ink, side, bold=number == 0)
    if grid.note:
        below = Area(area.left, top + height + 0.1, area.width, 0.4)
        _line(page, below, grid.note, 11, _MUTED)


def _row_height(row: Sequence[object], widths: list[int], size: float, least: float) -> float:
    """Return how high a row of a table stands, in inches, for its longest cell."""
    lines = max(
        -(-text_length(str(text)) * Pt(size) * 0.54 // (width - Inches(_CELL_AIR)))
        for text, width in zip(row, widths, strict=True)
    )
    return max(least, float(lines) * size * 1.3 / _POINTS_PER_INCH + 0.08)


def put_bars(page: Page, area: Area, bars: Bars) -> None:
    """Put a chart that can be edited, with every bar's figure on it."""
    top = area.top
    _line(page, Area(area.left, top, area.width, 0.36), bars.name, 14, _RED_DARK, bold=True)
    under = 0.36 if bars.note else 0.0
    lying = not bars.upright
    data = CategoryChartData(number_format='0.0"%"')
    # a lying chart counts from below
    order = range(len(bars.names))[::-1] if lying else range(len(bars.names))
    data.categories = [fit(bars.names[one]) for one in order]
    data.add_series(fit(bars.name), [percent(str(bars.cells[one])) for one in order])
    kind = XL_CHART_TYPE.BAR_CLUSTERED if lying else XL_CHART_TYPE.COLUMN_CLUSTERED
    place = _emu(Area(area.left, top + 0.38, area.width, area.height - 0.38 - under))
    shape = page.shapes.add_chart(kind, *place, data)
    _describe(shape, bars.name)
    chart = shape.chart
    chart.has_legend, chart.has_title = False, False
    small = len(bars.names) > 15
    chart.font.size, chart.font.color.rgb = Pt(9 if small else 13), _colour(_INK)
    chart.value_axis.visible = False
    chart.value_axis.has_major_gridlines = False
    chart.value_axis.minimum_scale, chart.value_axis.maximum_scale = 0, 110
    axis = chart.category_axis
    axis.format.line.color.rgb = _colour(_RULE)
    axis.tick_label_position = XL_TICK_LABEL_POSITION.LOW
    skip = OxmlElement("c:tickLblSkip")
    skip.set("val", "1")  # every name, however many there are
    axis._element.find(qn("c:noMultiLvlLbl")).addprevious(skip)
    plot = chart.plots[0]
    plot.gap_width = 35 if lying else 70
    plot.has_data_labels = True
    plot.data_labels.number_format, plot.data_labels.number_format_is_linked = '0.0"%"', False
    plot.data_labels.position = XL_LABEL_POSITION.OUTSIDE_END
    for point, one in enumerate(order):
        fill = plot.series[0].points[point].format.fill
        fill.solid()
        fill.fore_color.rgb = _colour(_TONES[bars.good[one]])
    if bars.note:
        below = Area(area.left, area.top + area.height - under, area.width, under)
        _line(page, below, bars.note, 11, _MUTED)


def _line(
    page: Page,
    area: Area,
    text: str,
    size: float,
    colour: str,
    side: PP_ALIGN = PP_ALIGN.LEFT,
    *,
    bold: bool = False,
) -> Shape:
    box: Shape = page.shapes.add_textbox(*_emu(area))
    frame = box.text_frame
    frame.word_wrap = True
    frame.vertical_anchor = MSO_ANCHOR.MIDDLE
    _no_margins(frame)
    _write(frame, text, size, colour, side, bold=bold)
    return box


def _write(
    frame: TextFrame, text: str, size: float, colour: str, side: PP_ALIGN, *, bold: bool
) -> None:
    line = frame.paragraphs[0]
    line.alignment = side
    _run(line, text, size, colour, bold=bold)


def _run(line: object, text: str, size: float, colour: str, *, bold: bool = False) -> None:
    run = line.add_run()  # type: ignore[attr-defined]
    run.text = fit(text)
    run.font.size, run.font.bold = Pt(size), bold
    run.font.color.rgb = _colour(colour)


def _bar(page: Page, area: Area, colour: str) -> None:
    shape = page.shapes.add_shape(MSO_SHAPE.RECTANGLE, *_emu(area))
    shape.fill.solid()
    shape.fill.fore_color.rgb = _colour(colour)
    shape.line.fill.background()
    shape.shadow.inherit = False


def _watermark(page: Page, text: str) -> None:
    box = _line(page, Area(0.6, 3.2, 12.1, 1.0), text, 34, _MUTED, PP_ALIGN.CENTER)
    box.rotation = -24
    colour = box.text_frame.paragraphs[0].runs[0]._r.find(f".//{qn('a:srgbClr')}")
    alpha = OxmlElement("a:alpha")
    alpha.set("val", "16000")
    colour.append(alpha)


def _number_field(box: Shape) -> None:
    """Turn an empty line into the number of the page, which follows when pages are moved."""
    line = box.text_frame.paragraphs[0]._p
    run = line.find(qn("a:r"))
    field = OxmlElement("a:fld")
    field.set("id", "{5B2F7D1C-0C5B-4C6E-9C1F-6F0A3E0D7A11}")
    field.set("type", "slidenum")
    field.append(run.find(qn("a:rPr")))
    shown = OxmlElement("a:t")
    shown.text = "‹#›"
    field.append(shown)
    line.replace(run, field)


def _describe(shape: Shape, text: str) -> None:
    shape._element.xpath(".//p:cNvPr")[0].set("descr", fit(text))


def _no_margins(frame: TextFrame) -> None:
    frame.margin_left = frame.margin_right = frame.margin_top = frame.margin_bottom = 0


def _emu(area: Area) -> tuple[Emu, Emu, Emu, Emu]:
    return Inches(area.left), Inches(area.top), Inches(area.width), Inches(area.height)


def _colour(text: str) -> RGBColor:
    return RGBColor.from_string(text.lstrip("#"))

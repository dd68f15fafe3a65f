"""The sheet for timing walks on foot: pages to print with route pictures, and a workbook to fill in."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from io import BytesIO

import numpy as np
import numpy.typing as npt
import shapely
from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from geo.entered import Entered
from geo.field_check import BUILDING, LIMIT, MEASURED, PREDICTED, RULE, STATION, WALKS_SHEET
from geo.field_sheet import FieldSheet, FieldWalk, printed_minutes
from geo.messages import language, say
from geo.result import StudyResult
from geo.routes import edges_of
from geo.summary import limit_text
from maps.captions import standing_lines
from maps.theme import COLOURS

_SIDE = 460.0  # of a picture, in its own units
_MARGIN_M = 45.0
_LEGS_SHOWN = 14
_SHORTEST_LEG_M = 3.0
_SCALES_M = (20, 50, 100, 200, 500, 1000)
_NOTES_SHEET = "说明"
Objects = npt.NDArray[np.object_]
_STYLE = """
@page{size:A4;margin:12mm}*{box-sizing:border-box}
body{font:14px/1.6 "Noto Sans SC","Microsoft YaHei","PingFang SC",sans-serif;color:#20242b;margin:0 auto;
max-width:800px;padding:20px}h1{font-size:21px;border-bottom:3px solid #ce1126;padding-bottom:6px;margin:0 0 8px}
.how{background:#f4f2ed;border-radius:6px;padding:8px 14px;margin:10px 0}.how p{margin:2px 0}
.walk{display:grid;grid-template-columns:46% 1fr;gap:14px;border:1px solid #cfcac0;border-radius:6px;
padding:10px 12px;margin:10px 0;break-inside:avoid}.walk h2{font-size:16px;line-height:1.4;margin:0 0 4px}
.walk p{margin:2px 0}.walk b.number{display:inline-block;min-width:1.7em;text-align:center;background:#ce1126;
color:#fff;border-radius:4px;margin-right:6px}.way{font-size:12.5px;color:#445}.fill{font-size:16px;
margin-top:10px!important}.line{border-bottom:1px solid #9aa0a8;height:1.7em}svg{width:100%;height:auto;
background:#f0ede6;border:1px solid #cfcac0;display:block}.simulated{background:#fff3cd;border:1px solid #d4af37;
padding:6px 12px;font-weight:bold}footer{color:#667080;font-size:12px;margin-top:12px}
@media print{body{padding:0;font-size:12px}}
"""


def field_page(result: StudyResult, entered: Entered, sheet: FieldSheet) -> str:
    """Write the pages to print.

    Parameters
    ----------
    result
        Only its parameters are asked: name, sources, what must stand on every map.
    """
    title = say("field_title", {"study": result.params.name})
    opening = {
        "rule": sheet.rule.name,
        "limit": limit_text(sheet.rule),
        "count": len(sheet.walks),
        "seed": sheet.seed,
    }
    ground = _Ground(entered)
    how = "".join(f"<p>{escape(say(f'field_how_{number}'))}</p>" for number in (1, 2, 3))
    simulated = f"<p class=simulated>{escape(say('map_simulated'))}</p>"
    lines = "<br>".join(escape(line) for line in standing_lines(result))
    return "\n".join(
        [
            "<!doctype html>",
            f'<html lang="{"zh-CN" if language() == "zh" else "en"}"><head><meta charset="utf-8">',
            f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body>",
            simulated * result.params.output.simulated + f"<h1>{escape(title)}</h1>",
            f"<p>{escape(say('field_opening', opening))}</p><div class=how>{how}</div>",
            *(_walk(walk, ground) for walk in sheet.walks),
            f"<footer>{lines}</footer></body></html>",
        ]
    )


def _walk(walk: FieldWalk, ground: _Ground) -> str:
    way = walk.way
    named = walk.building_name or say("field_building_id") + " " + walk.building_id
    head = say("field_walk", {"building": named, "station": walk.station_name})
    figures = {"minutes": printed_minutes(walk.predicted_min), "metres": f"{way.metres:.0f}"}
    waits = {"signals": round(way.signals), "crossings": round(way.crossings)}
    lines = [
        f"{walk.subdistrict}　{say('field_building_id')} {walk.building_id}",
        f"{say('field_gcj02')} {walk.gcj02}" if walk.gcj02 else "",
        say("field_predicted", figures),
        say("field_waits", waits) if any(waits.values()) else "",
    ]
    told = "".join(f"<p>{escape(line)}</p>" for line in lines if line)
    fill = "".join(
        f"<p class=fill>{escape(say(code))}</p>" for code in ("field_measured", "field_day")
    )
    return (
        f"<section class=walk><div>{ground.picture(walk)}</div><div><h2><b class=number>{walk.number}</b>"
        f"{escape(head)}</h2>{told}<p class=way>{escape(route_words(walk))}</p>{fill}"
        f"<p class=fill>{escape(say('field_remarks'))}</p><p class=line></p></div></section>"
    )


def route_words(walk: FieldWalk) -> str:
    """Say the ways of a walk one after another."""
    legs = [leg for leg in walk.way.legs if leg.metres >= _SHORTEST_LEG_M]
    words = [
        f"{leg.name or say(f'leg_{leg.kind}')} {leg.metres:.0f} m" for leg in legs[:_LEGS_SHOWN]
    ]
    return " → ".join([*words, "…"] if len(legs) > _LEGS_SHOWN else words)


class _Ground:
    """What is drawn round a route: ways and footprints."""

    def __init__(self, entered: Entered) -> None:
        self.lines = edges_of(entered.assessor.graph).lines()
        self.houses = np.asarray(entered.buildings.geometry.to_numpy(), dtype=object)
        self.line_tree, self.house_tree = shapely.STRtree(self.lines), shapely.STRtree(self.houses)

    def picture(self, walk: FieldWalk) -> str:
        """Draw a walk as SVG, north up."""
        shown = shapely.GeometryCollection([walk.way.geometry, walk.footprint, walk.station])
        left, bottom, right, top = shown.bounds
        size = max(right - left, top - bottom) + 2 * _MARGIN_M
        x0, y1 = (left + right - size) / 2.0, (bottom + top + size) / 2.0
        window = shapely.box(x0, y1 - size, x0 + size, y1)
        frame = _Frame(x0, y1, _SIDE / size)
        houses = self.houses[self.house_tree.query(window)]
        lines = self.lines[self.line_tree.query(window)]
        ways, end = frame.path(lines), frame.point(shapely.get_coordinates(walk.station)[0])
        start = frame.point(shapely.get_coordinates(walk.way.geometry)[0])
        red, ink = COLOURS["red"], COLOURS["ink"]
        stroke = f'fill="none" stroke-linejoin="round" stroke-linecap="round" d="{ways}"'
        return (
            f'<svg viewBox="0 0 {_SIDE:.0f} {_SIDE:.0f}" role="img">'
            f'<path {stroke} stroke="{COLOURS["road_casing"]}" stroke-width="5"/>'
            f'<path {stroke} stroke="#fff" stroke-width="3.4"/>'
            f'<path d="{frame.path(houses)}" fill="#ddd7cb" stroke="#b9b1a3" stroke-width=".6"/>'
            f'<path d="{frame.path([walk.footprint])}" fill="{COLOURS["gold"]}" stroke="{ink}"/>'
            f'<path d="{frame.path([walk.way.geometry])}" fill="none" stroke="{red}" stroke-width="4" '
            'stroke-linejoin="round" stroke-linecap="round" stroke-opacity=".85"/>'
            f"{_mark(start, say('field_start'), ink)}{_mark(end, say('field_end'), red)}"
            f"{_scale(size)}</svg>"
        )


class _Frame:
    """From metres to the units of a picture."""

    def __init__(self, left: float, top: float, scale: float) -> None:
        self.left, self.top, self.scale = left, top, scale

    def point(self, xy: npt.NDArray[np.float64]) -> tuple[float, float]:
        """Place one point."""
        return (xy[0] - self.left) * self.scale, (self.top - xy[1]) * self.scale

    def path(self, shapes: Sequence[shapely.Geometry] | Objects) -> str:
        """Draw lines and rings."""
        parts = np.asarray(shapely.get_parts(np.asarray(shapes, dtype=object)), dtype=object)
        areal = shapely.get_type_id(parts) == shapely.GeometryType.POLYGON
        rings = shapely.get_rings(parts[areal]) if areal.any() else parts[areal]
        drawn = []
        for one, closed in [
            *((line, "") for line in parts[~areal]),
            *((ring, "Z") for ring in rings),
        ]:
            xy = shapely.get_coordinates(one)
            x, y = (xy[:, 0] - self.left) * self.scale, (self.top - xy[:, 1]) * self.scale
            points = "L".join(f"{a:.1f} {b:.1f}" for a, b in zip(x, y, strict=True))
            drawn.append(f"M{points}{closed}")
        return "".join(drawn)


def _mark(at: tuple[float, float], text: str, colour: str) -> str:
    x, y = at
    return (
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="11" fill="{colour}" stroke="#fff" stroke-width="2"/>'
        f'<text x="{x:.1f}" y="{y + 4.5:.1f}" font-size="12" fill="#fff" text-anchor="middle">{escape(text)}</text>'
    )


def _scale(size_m: float) -> str:
    metres = max((one for one in _SCALES_M if one <= size_m / 3.0), default=_SCALES_M[0])
    wide, base = metres * _SIDE / size_m, _SIDE - 12
    return (
        f'<g stroke="#20242b" fill="#20242b"><path d="M12 {base - 6}V{base}H{12 + wide:.1f}V{base - 6}" fill="none"/>'
        f'<text x="{16 + wide:.1f}" y="{base}" font-size="12" stroke="none">{metres} m</text>'
        f'<path d="M{_SIDE - 20} 12l7 20-7-5-7 5z" stroke="none"/><text x="{_SIDE - 20}" y="46" font-size="12" '
        'stroke="none" text-anchor="middle">N</text></g>'
    )


def field_workbook(result: StudyResult, sheet: FieldSheet) -> bytes:
    """Write the workbook to fill in; its headers are the same in every language, for it is read back."""
    book = Workbook()
    page = book.worksheets[0]
    page.title = WALKS_SHEET
    names = (
        "序号", "街道", BUILDING, "建筑名称", "高德坐标", STATION, "站点名称", "预测米数", PREDICTED,
        LIMIT, RULE, MEASURED, "实测日期", "备注", "路线",
    )  # fmt: skip
    page.append(names)
    limit = sheet.rule.limit / 60.0
    for walk in sheet.walks:
        page.append(
            [
                walk.number, walk.subdistrict, walk.building_id, walk.building_name, walk.gcj02, walk.station_id,
                walk.station_name, round(walk.way.metres), walk.predicted_min, limit, sheet.rule.name,
                None, None, None, route_words(walk),
            ]
        )  # fmt: skip
    _dress(page, names)
    notes = book.create_sheet(_NOTES_SHEET)
    notes.append([say("field_title", {"study": result.params.name})])
    if result.params.output.simulated:
        notes.append([say("map_simulated")])
    for number in (1, 2, 3):
        notes.append([say(f"field_how_{number}")])
    notes.column_dimensions["A"].width = 110
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def _dress(page: Worksheet, names: tuple[str, ...]) -> None:
    """Make the sheet one that invites to fill in the right column."""
    wide = {
        "建筑名称": 22,
        "高德坐标": 23,
        "站点名称": 26,
        "路线": 70,
        "备注": 26,
        RULE: 18,
        "街道": 12,
        BUILDING: 20,
    }
    line = Side(style="thin", color="CFCAC0")
    for at, name in enumerate(names, 1):
        head = page.cell(1, at)
        fill = "667080" if name != MEASURED else "CE1126"
        head.font, head.fill = Font(bold=True, color="FFFFFF"), PatternFill("solid", fgColor=fill)
        head.alignment = Alignment(horizontal="center", vertical="center", wrap_text=True)
        page.column_dimensions[get_column_letter(at)].width = wide.get(name, 11)
        for row in range(2, page.max_row + 1):
            cell = page.cell(row, at)
            cell.border = Border(bottom=line)
            if name == PREDICTED:
                cell.number_format = "0.0"
            if isinstance(cell.value, str):
                cell.data_type = "s"  # a name that begins with "=" is no formula
            if name == MEASURED:
                cell.fill = PatternFill("solid", fgColor="FFF7DB")
                cell.number_format = "@"  # or Excel would make a time of day of 8:30
    page.freeze_panes = "D2"
    page.page_setup.orientation = "landscape"
    page.page_setup.fitToWidth, page.page_setup.fitToHeight = 1, 0
    page.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)

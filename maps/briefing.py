"""The briefing map: a finished study as one HTML file that opens with no internet."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely
from jinja2 import Environment

from geo.messages import language
from maps.basemap import add_basemap
from maps.captions import captions, page_texts, reason_texts, rule_entries, standing_lines
from maps.critical_layer import add_critical
from maps.earlier import add_earlier, both_lines, both_marked, check_comparable
from maps.figures import headlines
from maps.hidden import Hidden, hidden_area, without_hidden
from maps.initials import initials_text
from maps.layers import add_areas, add_buildings, add_outline, add_stations
from maps.model_pack import model_text, reason_without_model
from maps.offline import OfflineMap, script_tag
from maps.overlays import add_overlays
from maps.packing import Packer
from maps.plane import STEPS, Plane
from maps.shapes import shapes_of
from maps.theme import COLOURS, page_theme
from maps.trial_candidates import add_candidates

if TYPE_CHECKING:
    from geo.result import StudyResult

Bounds = tuple[float, float, float, float]

SCRIPTS = (
    "inflate.js", "packed.js", "dom.js", "state.js", "canvas.js", "ground.js", "buildings.js", "marks.js",
    "labels.js", "overlays.js", "critical.js", "pointer.js", "cards.js", "panel.js", "legend.js", "layertree.js",
    "search.js", "furniture.js", "fit.js", "print.js", "present.js", "snapshot.js",
    "whatif_model.js", "whatif_access.js", "whatif_search.js", "whatif_plan.js",
    "whatif_marks.js", "whatif_figures.js", "whatif_file.js", "whatif_best.js", "whatif.js", "whatif_panel.js",
    "divider.js", "main.js",
)  # fmt: skip
STYLES = ("briefing.css", "whatif.css", "divider.css", "print.css")
_NOWHERE: Bounds = (113.0, 23.0, 113.02, 23.02)


def build_map(result: StudyResult, earlier: StudyResult | None = None) -> str:
    """Make the briefing map of a study; with an earlier result, both sides of a divider on one map.

    The number of a map review (审图号) is printed only where the page without it has the hash that
    the review names: it belongs to that one picture.

    Raises
    ------
    OutputError
        When the page would fetch anything from outside.
    InputError
        For an earlier result that cannot stand beside this one.
    """
    if earlier is not None:
        check_comparable(result, earlier)
        result = both_marked(result, earlier)
    local = result.params.crs == "local"
    bounds = study_bounds(result)
    hidden = hidden_area(result)
    sides = Sides(
        without_hidden(result, hidden), earlier and without_hidden(earlier, hidden), hidden
    )
    packed = _packed(sides, Plane.around(bounds, local), bounds)
    page = _page(sides, packed, bounds, review_no="")
    output = result.params.output
    digest = hashlib.sha256(page.encode("utf-8")).hexdigest()
    if output.map_review_no and output.map_review_of.strip().lower() == digest:
        return _page(sides, packed, bounds, review_no=output.map_review_no)
    return page


@dataclass(frozen=True)
class Sides:
    """What the page shows: the study, the earlier result beside it if there is one, what neither may show."""

    result: StudyResult
    earlier: StudyResult | None
    hidden: Hidden

    def captions(self) -> dict[str, object]:
        """Return every line round the map; those of both sides."""
        lines = captions(self.result)
        if self.earlier is not None:
            lines["lines"] = both_lines(standing_lines(self.result), self.earlier)
        return lines


def study_bounds(result: StudyResult) -> Bounds:
    """Return what the map shows first: the sub-districts, else buildings, else stations."""
    for name in ("subdistricts", "buildings", "stations"):
        table = result.tables.get(name)
        if table is None or not len(table):
            continue
        west, south, east, north = shapely.total_bounds(shapes_of(table))
        if np.isfinite((west, south, east, north)).all():
            return (float(west), float(south), float(east), float(north))
    return _NOWHERE


def _packed(sides: Sides, plane: Plane, bounds: Bounds) -> tuple[str, str]:
    """Pack every layer and text of the page, and the walk model for what-if apart, for later.

    Strategy: stations and sub-districts first, for buildings name them by position; an external
    reader gets neither boundaries nor anything about a single building.
    """
    result, hidden = sides.result, sides.hidden
    rules = result.params.rules
    external = result.params.output.audience == "external"
    packer = Packer()
    subdistricts = _without_shapes(result.subdistricts) if external else result.subdistricts
    areas = add_areas(packer, "subdistrict", subdistricts, rules, "subdistrict_id", plane)
    add_outline(packer, subdistricts, "subdistrict_id", plane)
    stations = add_stations(packer, result, plane, areas)
    buildings = result.buildings.iloc[:0] if external else result.buildings
    add_buildings(packer, buildings, rules, plane, areas, stations)
    for kind in ("community", "zone"):
        table = result.tables.get("communities" if kind == "community" else "zones")
        shown = table if table is not None and not external else pd.DataFrame()
        add_areas(packer, kind, shown, rules, f"{kind}_id", plane)
    add_overlays(packer, result, plane, hidden)
    add_critical(packer, result, stations)
    add_basemap(packer, result.walk, plane, bounds, hidden)
    buildings_shown = str(packer.text("building.id")).split("\n") if len(buildings) else []
    add_candidates(packer, result, buildings_shown, plane)
    if sides.earlier is not None:
        add_earlier(packer, result, sides.earlier, buildings_shown, plane)
    corners = plane.quantise(np.array([[bounds[0], bounds[3]], [bounds[2], bounds[1]]]))
    _add_initials(packer)
    packer.add_text(
        "page",
        {
            "captions": sides.captions(),
            "no_trial": reason_without_model(result, buildings_shown),
            "texts": page_texts(),
            "reasons": reason_texts(),
            "theme": page_theme(),
            "rules": rule_entries(result),
            "headlines": headlines(result),
            "external": external,
            "local": plane.local,
            "cap_minutes": result.params.cap_minutes,
            "max_access_m": result.params.walk.max_access_m,
            "plane": {
                "x": plane.origin_x,
                "y": plane.origin_y,
                "steps": STEPS,
                "metres_per_world": round(plane.metres_per_world, 3),
            },
            "bounds": corners.ravel().tolist(),
        },
    )
    return packer.to_base64(), model_text(result, plane, buildings_shown, stations)


def _add_initials(packer: Packer) -> None:
    """Pack the pinyin initials of every name the search looks through."""
    for kind in ("subdistrict", "community", "zone"):
        packer.add_text(f"{kind}.initials", initials_text(packer.texts(f"{kind}.name")))
    rows = packer.text("station.rows")
    names = [str(row[1] or "") for row in rows] if isinstance(rows, list) else []
    packer.add_text("station.initials", initials_text(names))
    packer.add_text("building.initials", initials_text(packer.texts("building.name")))


def _without_shapes(table: pd.DataFrame) -> pd.DataFrame:
    return table.drop(columns="geometry", errors="ignore")


def _page(sides: Sides, packed: tuple[str, str], bounds: Bounds, review_no: str) -> str:
    result, lines = sides.result, sides.captions()
    lang = "zh-CN" if language() == "zh" else "en"
    page = OfflineMap(
        ((bounds[1] + bounds[3]) / 2.0, (bounds[0] + bounds[2]) / 2.0),
        title=str(lines["title"]),
        lang=lang,
        crs="Plane" if result.params.crs == "local" else "EPSG3857",
        zoom_start=12,
        zoom_control=False,
        min_zoom=8,
        max_zoom=20,
        zoom_snap=0.25,
        zoom_delta=0.5,
        wheel_px_per_zoom_level=90,
        fade_animation=False,
    )
    page.add_raw("header", _head())
    texts = page_texts()
    body = Environment(autoescape=True).from_string(_asset("page.html"))
    page.add_raw("html", body.render(c=lines, t=texts, review_no=review_no))
    for name, text in zip(("sc-data", "sc-model"), packed, strict=True):
        page.add_raw("html", f'<script type="application/octet-stream" id="{name}">{text}</script>')
    page.add_raw("html", script_tag(_asset("gate.js")))
    page.add_raw("closing", f"ServiceCircle.start({page.get_name()});")
    return page.html()


@cache
def _head() -> str:
    """Return styles and scripts of the page, colours as CSS variables."""
    colours = "".join(f"--{name.replace('_', '-')}:{value};" for name, value in COLOURS.items())
    styles = "\n".join(_asset(name) for name in STYLES)
    scripts = "\n".join(script_tag(_asset(name)) for name in SCRIPTS)
    return f"<style>:root{{{colours}}}\n{styles}</style>\n{scripts}"


def _asset(name: str) -> str:
    return files("maps").joinpath("assets", name).read_text(encoding="utf-8")

"""Standard maps as pictures, for report, slides and workbook (what stands round them: `picture_frame`)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from io import BytesIO
from typing import TYPE_CHECKING, Literal

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.figure import Figure
from matplotlib.path import Path as Outline

from geo.errors import InputError, fault
from geo.messages import say
from geo.network.edges import EdgeKind
from maps.captions import title
from maps.hidden import hidden_area, without_hidden
from maps.picture_frame import Frame, label, legend_entries, map_box
from maps.printed import printed
from maps.shapes import Shapes, is_placed, shapes_of
from maps.theme import CHOROPLETH, CHOROPLETH_STEPS, COLOURS

if TYPE_CHECKING:
    from geo.params import Rule
    from geo.result import StudyResult

Theme = Literal["verdict", "choropleth"]
LOCAL = "local"
TIER_SIZES = {"subdistrict": 95.0, "community": 46.0}
OTHER_TIER_SIZE = 26.0
MM_PER_INCH = 25.4
_MARGIN_SHARE = 0.04
_NEIGHBOURHOOD_SHARE = 0.25  # of a sub-district's size, drawn round it
_MAJOR = ("motorway", "trunk", "primary", "secondary", "tertiary")


@dataclass(frozen=True)
class View:
    """What a picture shows.

    Attributes
    ----------
    rule
        Name of the rule; None for the first of the study.
    theme
        ``verdict``: every building by its verdict; ``choropleth``: sub-districts by coverage of the rule's weight.
    subdistrict_id
        Only this one and what lies close round it; None for the whole study.
    layers
        Drawn on top, of ``blind_areas, stations, names, sites, links``.
    width_mm, height_mm, dpi
        Size of the picture.
    """

    rule: str | None = None
    theme: Theme = "verdict"
    subdistrict_id: str | None = None
    layers: tuple[str, ...] = ("blind_areas", "stations", "names")
    width_mm: float = 277.0
    height_mm: float = 190.0
    dpi: int = 150


def draw_map(result: StudyResult, view: View | None = None) -> bytes:
    """Draw a standard map: title, legend, scale, north arrow, sources, dates and the lines that must stand.

    Returns
    -------
    bytes
        A PNG; the same bytes for the same result and view.

    Raises
    ------
    InputError
        When the rule or the sub-district is not in the result.
    """
    return Atlas(result).draw(view or View())


class Atlas:
    """Standard maps of one result; what they share is brought into the metric CRS once."""

    def __init__(self, result: StudyResult) -> None:
        self.external = result.params.output.audience == "external"
        self.result = without_hidden(result, hidden_area(result))
        self.crs = None if result.params.crs == LOCAL else result.params.crs
        self._metric: dict[tuple[str, str], gpd.GeoDataFrame] = {}

    def draw(self, view: View) -> bytes:
        """Draw one map; see `draw_map`."""
        rule = _rule_of(self.result, view.rule)
        sheet = _Sheet(self, rule, view)
        figure = Figure((view.width_mm / MM_PER_INCH, view.height_mm / MM_PER_INCH), dpi=view.dpi)
        axes = figure.add_axes(map_box(view))
        sheet.draw(axes)
        frame = Frame(figure, axes, view, self.result, rule)
        frame.draw(sheet.title, legend_entries(rule, view, sheet.drawn))
        canvas = FigureCanvasAgg(figure)
        stream = BytesIO()
        # without a Software entry, which would name the version of the library in every picture
        canvas.print_png(stream, metadata={"Software": None})
        return stream.getvalue()

    def metric(self, name: str, rule: Rule | None = None) -> gpd.GeoDataFrame:
        """Return what has a place in a table, of one rule where asked, in the metric CRS; empty without the table."""
        key = name, rule.name if rule is not None else ""
        if key not in self._metric:
            table = self.result.tables.get(name)
            if table is None or not len(table):
                return gpd.GeoDataFrame({"rule": []}, geometry=[])
            chosen = table if rule is None else table[table["rule"].astype(str) == rule.name]
            frame = gpd.GeoDataFrame(chosen[is_placed(chosen)], geometry="geometry")
            moved = frame.to_crs(self.crs) if self.crs and frame.crs is not None else frame
            self._metric[key] = moved
        return self._metric[key]

    @cached_property
    def ways(self) -> Shapes:
        """Lines of the walking network, one an edge."""
        walk = self.result.walk
        edges = None if walk is None else walk.graph.edges
        return np.zeros(0, dtype=object) if edges is None else edges.lines()


class _Sheet:
    """The map itself, in the study's metric CRS."""

    def __init__(self, atlas: Atlas, rule: Rule, view: View) -> None:
        self.atlas, self.result, self.external = atlas, atlas.result, atlas.external
        self.rule, self.view = rule, view
        self.areas = atlas.metric("subdistricts", rule)
        self.focus = self._focus()
        _, _, width, height = map_box(view)
        self.box = _framed(self.focus, view.width_mm * width, view.height_mm * height)
        self.drawn: set[str] = set()

    @property
    def title(self) -> str:
        """The 图名: of the study, or of the one sub-district."""
        name = self.result.params.name
        if self.view.subdistrict_id is not None:
            mine = self.areas[self.areas["subdistrict_id"].astype(str) == self.view.subdistrict_id]
            name = f"{mine['name'].iloc[0]}{self.rule.name}"
        return title(name)

    def draw(self, axes: Axes) -> None:
        """Draw every layer from the ground up."""
        west, south, east, north = self.box
        axes.set(xlim=(west, east), ylim=(south, north), xticks=[], yticks=[])
        axes.set_aspect("equal")
        axes.set_facecolor(COLOURS["ground"])
        for spine in axes.spines.values():
            spine.set(linewidth=0.8, edgecolor=COLOURS["muted"])
        if self.view.theme == "choropleth":
            self._choropleth(axes)
        self._ground(axes)
        self._roads(axes)
        if self.view.theme == "verdict" and not self.external:
            self._buildings(axes)
        if not self.external:
            self._borders(axes)
        self._veil(axes)
        for layer in ("blind_areas", "links", "sites", "stations", "names"):
            if layer in self.view.layers:
                getattr(self, f"_{layer}")(axes)

    def _within(self, frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
        return frame[shapely.intersects(shapely.box(*self.box), shapes_of(frame))]

    def _focus(self) -> tuple[float, float, float, float]:
        wanted = self.view.subdistrict_id
        areas = self.areas
        if wanted is not None:
            areas = areas[areas["subdistrict_id"].astype(str) == wanted]
            if not len(areas):
                raise InputError(fault("picture_no_subdistrict", id=wanted))
        if not len(areas):
            areas = self.atlas.metric("buildings", self.rule)
        west, south, east, north = (
            areas.total_bounds.tolist() if len(areas) else (0.0, 0.0, 1000.0, 1000.0)
        )
        share = _MARGIN_SHARE if wanted is None else _NEIGHBOURHOOD_SHARE
        margin = max(east - west, north - south, 100.0) * share
        return west - margin, south - margin, east + margin, north + margin

    def _ground(self, axes: Axes) -> None:
        walk = self.result.walk
        if walk is None:
            return
        barriers = self._within(walk.barriers)
        kinds = barriers["kind"].astype(str).to_numpy()
        parts, owner = shapely.get_parts(shapes_of(barriers), return_index=True)
        kind = kinds[owner]
        areal = shapely.get_type_id(parts) == shapely.GeometryType.POLYGON
        water = areal & (kind == "water")
        _fill(axes, parts[water], COLOURS["water"], COLOURS["water_line"], 0.4, 2)
        for name, colour, width in (
            ("railway", COLOURS["railway"], 1.3),
            ("motorway", COLOURS["motorway_line"], 1.6),
            ("wall", COLOURS["wall"], 0.7),
        ):
            lines = parts[~areal & (kind == name)]
            _stroke(
                axes, lines, colour, width, 2.5, dashes=(0, (4, 2)) if name == "railway" else None
            )
            if len(lines):
                self.drawn.add(name)
        if water.any():
            self.drawn.add("water")

    def _roads(self, axes: Axes) -> None:
        walk = self.result.walk
        if walk is None or walk.graph.edges is None:
            return
        edges = walk.graph.edges
        shown = ~np.isin(edges.kind, [EdgeKind.LIFT, EdgeKind.LINK, EdgeKind.EXIT])
        lines = self.atlas.ways
        shown &= shapely.intersects(shapely.box(*self.box), lines)
        highway = np.asarray(edges.highway.astype(str))
        major = shown & np.isin(highway, _MAJOR)
        foot = shown & (edges.kind != EdgeKind.ROAD)
        minor = shown & ~major & ~foot
        if self.view.theme == "choropleth":  # the classes must be read, not the streets
            _stroke(axes, lines[major], COLOURS["road_major"], 0.6, 3)
            return
        _stroke(axes, lines[minor], COLOURS["road_casing"], 0.55, 3)
        _stroke(axes, lines[foot], COLOURS["path"], 0.3, 3)
        _stroke(axes, lines[major], COLOURS["road_casing"], 1.9, 3)
        _stroke(axes, lines[major], COLOURS["road_major"], 1.2, 4)

    def _choropleth(self, axes: Axes) -> None:
        share = pd.to_numeric(
            self.areas[f"coverage_{self.rule.weight}_share"], errors="coerce"
        ).to_numpy(float)
        steps = np.searchsorted(np.array(CHOROPLETH_STEPS) / 1000.0, share, side="right")
        for step, colour in enumerate(CHOROPLETH):
            mine = np.isfinite(share) & (steps == step)
            _fill(axes, shapes_of(self.areas)[mine], colour, "none", 0.0, 1)
        _fill(
            axes, shapes_of(self.areas)[~np.isfinite(share)], COLOURS["unknown_tint"], "none", 0, 1
        )

    def _buildings(self, axes: Axes) -> None:
        table = self._within(self.atlas.metric("buildings", self.rule))
        verdict = table["verdict"].astype(str).to_numpy()
        shapes = shapes_of(table)
        line = 0.25 if self.view.subdistrict_id else 0.0
        for name, face, edge in (
            ("covered", COLOURS["covered"], COLOURS["covered_line"]),
            ("unknown", COLOURS["unknown"], COLOURS["unknown_line"]),
            ("outside", COLOURS["outside"], COLOURS["outside_line"]),
            ("uncovered", COLOURS["uncovered"], COLOURS["uncovered"]),
        ):
            mine = verdict == name
            _fill(axes, shapes[mine], face, edge, line if name != "outside" else 0.4, 5)
            if mine.any():
                self.drawn.add(name)

    def _borders(self, axes: Axes) -> None:
        rings = shapely.boundary(shapes_of(self.areas))
        _stroke(axes, rings, "white", 2.6, 6)
        _stroke(axes, rings, COLOURS["border"], 1.0, 7, dashes=(0, (7, 2, 1.5, 2)))
        wanted = self.view.subdistrict_id
        if wanted is not None:
            mine = self.areas["subdistrict_id"].astype(str).to_numpy() == wanted
            _stroke(axes, rings[mine], COLOURS["outline"], 2.0, 8)

    def _veil(self, axes: Axes) -> None:
        """Pale what the picture is not about."""
        areas = self.areas
        if self.view.subdistrict_id is not None:
            areas = areas[areas["subdistrict_id"].astype(str) == self.view.subdistrict_id]
        if len(areas) and not self.external:
            rest = shapely.box(*self.box).difference(shapely.union_all(shapes_of(areas)))
            _fill(axes, np.array([rest], dtype=object), (1.0, 1.0, 1.0, 0.5), "none", 0.0, 8.5)

    def _blind_areas(self, axes: Axes) -> None:
        frame = self._within(self.atlas.metric("blind_areas", self.rule))
        if not len(frame) or self.external:
            return
        self.drawn.add("blind_areas")
        collection = PathCollection(
            [_outline(shape) for shape in shapes_of(frame)],
            facecolors=[(*_rgb(COLOURS["uncovered_tint"]), 0.35)],
            edgecolors=[COLOURS["uncovered"]],
            linewidths=0.7,
            hatch="/////",
            zorder=9,
        )
        axes.add_collection(collection, autolim=False)

    def _stations(self, axes: Axes) -> None:
        frame = self._within(self.atlas.metric("stations"))
        if len(frame):
            frame = frame[frame["counts"].to_numpy(dtype=bool)]
        tiers = frame["tier"].astype(str).to_numpy()
        xy = shapely.get_coordinates(shapes_of(frame)) if len(frame) else np.zeros((0, 2))
        for tier in sorted(set(tiers.tolist()), key=lambda one: TIER_SIZES.get(one, 0.0)):
            mine = tiers == tier
            self.drawn.add(f"tier:{tier}")
            axes.scatter(
                xy[mine, 0],
                xy[mine, 1],
                s=TIER_SIZES.get(tier, OTHER_TIER_SIZE),
                marker="*" if tier == "subdistrict" else "o",
                c=COLOURS["red"] if tier in TIER_SIZES else COLOURS["gold"],
                edgecolors=COLOURS["gold_light"] if tier in TIER_SIZES else COLOURS["red"],
                linewidths=0.7,
                zorder=12,
            )

    def _sites(self, axes: Axes) -> None:
        self._points("sites", "D", COLOURS["gold"], axes)

    def _links(self, axes: Axes) -> None:
        frame = self.atlas.metric("links")
        if len(frame):
            self.drawn.add("links")
            frame = self._within(frame)
            _stroke(axes, shapes_of(frame), COLOURS["red_dark"], 2.4, 11)

    def _points(self, name: str, marker: str, colour: str, axes: Axes) -> None:
        frame = self._within(self.atlas.metric(name))
        if not len(frame):
            return
        self.drawn.add(name)
        xy = shapely.get_coordinates(shapely.centroid(shapes_of(frame)))
        axes.scatter(
            xy[:, 0], xy[:, 1], s=90, marker=marker, c=colour, edgecolors=COLOURS["red_dark"],
            linewidths=1.2, zorder=13,
        )  # fmt: skip

    def _names(self, axes: Axes) -> None:
        points = shapely.get_coordinates(shapely.point_on_surface(shapes_of(self.areas)))
        names = self.areas["name"].astype(str).tolist()
        if self.view.theme == "choropleth":
            shares = self.areas[f"coverage_{self.rule.weight}_share"].tolist()
            names = [
                f"{name}\n{_printed_share(float(share))}"
                for name, share in zip(names, shares, strict=True)
            ]
        for (x, y), name in zip(points, names, strict=True):
            if self.box[0] < x < self.box[2] and self.box[1] < y < self.box[3]:
                label(axes, float(x), float(y), name)


def _rule_of(result: StudyResult, name: str | None) -> Rule:
    for rule in result.params.rules:
        if name in (None, rule.name):
            return rule
    known = "、".join(rule.name for rule in result.params.rules)
    raise InputError(fault("picture_no_rule", rule=str(name), present=known))


def _printed_share(share: float) -> str:
    """Return a share as printed everywhere; what is not judged says so."""
    return printed("coverage_count_share", share) if np.isfinite(share) else say("page_no_share")


def _framed(
    box: tuple[float, float, float, float], width: float, height: float
) -> tuple[float, float, float, float]:
    """Widen a box to the proportions of the paper."""
    west, south, east, north = box
    metres = max((east - west) / width, (north - south) / height)
    x, y = (west + east) / 2, (south + north) / 2
    dx, dy = metres * width / 2, metres * height / 2
    return x - dx, y - dy, x + dx, y + dy


def _fill(
    axes: Axes,
    shapes: Shapes,
    face: str | tuple[float, ...],
    edge: str,
    width: float,
    order: float,
) -> None:
    if len(shapes):
        paths = [_outline(shape) for shape in shapes]
        drawn = PathCollection(
            paths, facecolors=[face], edgecolors=[edge], linewidths=width, zorder=order
        )
        axes.add_collection(drawn, autolim=False)


def _stroke(
    axes: Axes,
    shapes: Shapes,
    colour: str,
    width: float,
    order: float,
    dashes: tuple[float, Sequence[float]] | None = None,
) -> None:
    parts = shapely.get_parts(shapely.line_merge(shapes)) if len(shapes) else shapes
    lines = [shapely.get_coordinates(one) for one in parts]
    style = dashes or "solid"
    drawn = LineCollection(
        lines, colors=[colour], linewidths=width, linestyles=[style], zorder=order, capstyle="round"
    )
    axes.add_collection(drawn, autolim=False)


def _outline(shape: shapely.Geometry) -> Outline:
    """Return a polygon (or many) with its holes as one path."""
    rings = shapely.get_rings(shape)
    vertices: list[npt.NDArray[np.float64]] = [shapely.get_coordinates(ring) for ring in rings]
    if not vertices:
        return Outline(np.zeros((0, 2)))
    codes = [_codes(len(one)) for one in vertices]
    return Outline(np.concatenate(vertices), np.concatenate(codes))


def _codes(count: int) -> npt.NDArray[np.uint8]:
    codes = np.full(count, Outline.LINETO, dtype=np.uint8)
    codes[0], codes[-1] = Outline.MOVETO, Outline.CLOSEPOLY
    return codes


def _rgb(colour: str) -> tuple[float, float, float]:
    return (int(colour[1:3], 16) / 255, int(colour[3:5], 16) / 255, int(colour[5:7], 16) / 255)

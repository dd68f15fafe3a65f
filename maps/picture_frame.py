"""What stands round and on a picture: title, legend, scale, north arrow, names, sources, standing lines, watermark."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Polygon, Rectangle
from matplotlib.patheffects import withStroke

from geo.messages import say
from geo.words import word
from maps.captions import captions, method, standard
from maps.picture_font import sans, serif
from maps.theme import CHOROPLETH, CHOROPLETH_STEPS, COLOURS

if TYPE_CHECKING:
    from geo.params import Rule
    from geo.result import StudyResult
    from maps.picture import View

Entry = tuple[Artist, str]
_VERDICTS = ("covered", "uncovered", "unknown", "outside")
_SCALE_STEPS_M = (50, 100, 200, 500, 1000, 2000, 5000, 10000, 20000)
SIDE_MM, ABOVE_MM, BELOW_MM = 4.0, 18.0, 14.0
WIDE_MM = 230.0  # paper on which the standing lines fit in one row
_SCALE_SHARE = 0.16  # of the width of the map, at most


def legend_entries(rule: Rule, view: View, drawn: set[str]) -> list[Entry]:
    """Return the legend of what was drawn, and of nothing else."""
    entries: list[Entry] = []
    for tier in sorted((one for one in drawn if one.startswith("tier:")), key=_tier_order):
        name = tier.removeprefix("tier:")
        main, ours = name == "subdistrict", name in ("subdistrict", "community")
        entries.append(
            (
                Line2D(
                    [], [], linestyle="none", marker="*" if main else "o", markersize=11 if main else 6,
                    markerfacecolor=COLOURS["red" if ours else "gold"],
                    markeredgecolor=COLOURS["gold" if ours else "red"], markeredgewidth=0.7,
                ),
                str(word("tier", name)),
            )
        )  # fmt: skip
    if view.theme == "choropleth":
        entries.extend(_classes(rule))
    entries.extend(
        (
            Patch(facecolor=COLOURS[name], edgecolor=COLOURS.get(f"{name}_line", "none"), lw=0.5),
            say(f"page_verdict_{name}"),
        )
        for name in _VERDICTS
        if name in drawn
    )
    if "blind_areas" in drawn:
        tint = Patch(
            facecolor=COLOURS["uncovered_tint"],
            edgecolor=COLOURS["uncovered"],
            hatch="/////",
            lw=0.7,
        )
        entries.append((tint, say("picture_blind_areas")))
    if "sites" in drawn:
        mark = Line2D(
            [], [], linestyle="none", marker="D", markersize=8, markerfacecolor=COLOURS["gold"],
            markeredgecolor=COLOURS["red_dark"],
        )  # fmt: skip
        entries.append((mark, say("picture_sites")))
    if "links" in drawn:
        entries.append((Line2D([], [], color=COLOURS["red_dark"], lw=2.4), say("picture_links")))
    if "water" in drawn:
        entries.append((Patch(facecolor=COLOURS["water"]), say("obstacle_water")))
    if "railway" in drawn:
        line = Line2D([], [], color=COLOURS["railway"], lw=1.3, linestyle=(0, (4, 2)))
        entries.append((line, say("obstacle_railway")))
    border = Line2D([], [], color=COLOURS["border"], lw=1.0, linestyle=(0, (7, 2, 1.5, 2)))
    entries.append((border, say("picture_borders")))
    return entries


def map_box(view: View) -> tuple[float, float, float, float]:
    """Return left, bottom, width, height of the map in shares of the paper."""
    left, below, above = (
        SIDE_MM / view.width_mm,
        BELOW_MM / view.height_mm,
        ABOVE_MM / view.height_mm,
    )
    return left, below, 1.0 - 2 * left, 1.0 - below - above


class Frame:
    """All that stands round one map."""

    def __init__(
        self, figure: Figure, axes: Axes, view: View, result: StudyResult, rule: Rule
    ) -> None:
        self.figure, self.axes, self.view, self.rule = figure, axes, view, rule
        self.lines = captions(result)
        self.stated = (
            standard(rule),
            method(rule, result.params.walk.paces),
            str(self.lines["counts"]),
            str(self.lines["as_of"]),
        )

    def draw(self, title: str, entries: Sequence[Entry]) -> None:
        """Put title, legend, scale, north arrow and the lines that must stand round the map."""
        self._write(
            self.view.width_mm / 2, self.view.height_mm - 8.0, title, 16, "ink", "center", serif
        )
        self._write(
            self.view.width_mm - SIDE_MM, self.view.height_mm - ABOVE_MM + 2.6, "　".join(self.stated), 6.6,
            "muted", "right",
        )  # fmt: skip
        _legend(self.axes, entries)
        _scale(self.axes)
        _north(self.axes, self.view)
        self._footer()
        if self.lines["simulated"]:
            self._watermark(str(self.lines["simulated"]))

    def _write(
        self, x: float, y: float, text: str, size: float, colour: str, side: str = "left",
        font: Callable[[float], FontProperties] = sans,
    ) -> None:  # fmt: skip
        """Write at millimetres from the lower left corner of the paper."""
        self.figure.text(
            x / self.view.width_mm, y / self.view.height_mm, text, ha=side, va="center",
            fontproperties=font(size), color=COLOURS[colour],
        )  # fmt: skip

    def _footer(self) -> None:
        standing = self.lines["lines"]
        texts = [str(one) for one in standing] if isinstance(standing, list) else []
        wide = self.view.width_mm >= WIDE_MM
        rows = ["　".join(texts)] if wide else [*texts[:1], "　".join(texts[1:])]
        y = BELOW_MM - 3.4
        for row in rows:
            self._write(SIDE_MM, y, row, 6.6, "red_dark")
            y -= 3.6
        rest = [str(self.lines[name]) for name in ("issuer", "sources") if self.lines[name]]
        self._write(SIDE_MM, y, "　".join(rest), 6.0, "muted")

    def _watermark(self, text: str) -> None:
        self._write(SIDE_MM, self.view.height_mm - 3.0, text, 6.8, "red")
        size = self.view.width_mm / 14.0
        for x, y in ((0.33, 0.68), (0.67, 0.34)):
            self.figure.text(
                x, y, text, rotation=24, ha="center", va="center", fontproperties=sans(size),
                color=COLOURS["muted"], alpha=0.2, zorder=30,
            )  # fmt: skip


def label(axes: Axes, x: float, y: float, text: str) -> None:
    """Write a name with a white halo."""
    axes.text(
        x, y, text, ha="center", va="center", fontproperties=sans(7.5), color=COLOURS["outline"],
        path_effects=[withStroke(linewidth=2.2, foreground="white")], zorder=14, clip_on=True,
    )  # fmt: skip


def _tier_order(name: str) -> tuple[int, str]:
    known = ("tier:subdistrict", "tier:community", "tier:emerging")
    return (known.index(name) if name in known else len(known), name)


def _classes(rule: Rule) -> list[Entry]:
    borders = [f"{step / 10:g}%" for step in CHOROPLETH_STEPS]
    names = [
        say("picture_below", {"to": borders[0]}),
        *(say("picture_between", {"from": low, "to": high}) for low, high in pairwise(borders)),
        say("picture_from", {"from": borders[-1]}),
    ]
    title = Line2D([], [], linestyle="none")
    weight = word("weight", rule.weight)
    entries: list[Entry] = [(title, say("picture_coverage_of", {"weight": weight}))]
    for colour, name in zip(CHOROPLETH[::-1], names[::-1], strict=True):
        entries.append((Patch(facecolor=colour, edgecolor=COLOURS["muted"], lw=0.3), name))
    return entries


def _legend(axes: Axes, entries: Sequence[Entry]) -> None:
    box = axes.legend(
        [one for one, _ in entries],
        [name for _, name in entries],
        loc="lower left",
        title=say("page_legend"),
        prop=sans(7.2),
        title_fontproperties=sans(8.5),
        facecolor="white",
        framealpha=0.92,
        edgecolor=COLOURS["muted"],
        fancybox=False,
        borderpad=0.8,
    )
    box.set_zorder(20)


def _scale(axes: Axes) -> None:
    """Draw a bar of a round length in the lower right corner."""
    west, east = axes.get_xlim()
    south, north = axes.get_ylim()
    width, height = east - west, north - south
    length = max(
        (step for step in _SCALE_STEPS_M if step <= width * _SCALE_SHARE), default=_SCALE_STEPS_M[0]
    )
    right, low = east - width * 0.03, south + height * 0.035
    left, thick = right - length, height * 0.008
    axes.add_patch(
        Rectangle(
            (left - width * 0.015, south + height * 0.018), length + width * 0.03, height * 0.06,
            facecolor="white", alpha=0.85, edgecolor="none", zorder=19,
        )
    )  # fmt: skip
    for part, colour in enumerate((COLOURS["ink"], "white", COLOURS["ink"], "white")):
        axes.add_patch(
            Rectangle(
                (left + part * length / 4, low), length / 4, thick, facecolor=colour,
                edgecolor=COLOURS["ink"], linewidth=0.6, zorder=20,
            )
        )  # fmt: skip
    for share, text in ((0.0, "0"), (0.5, _distance(length / 2)), (1.0, _distance(length))):
        axes.text(
            left + share * length, low + thick * 1.6, text, ha="center", va="bottom",
            fontproperties=sans(6.5), color=COLOURS["ink"], zorder=20,
        )  # fmt: skip


def _distance(metres: float) -> str:
    if metres >= 1000:
        return say("picture_km", {"value": f"{metres / 1000:g}"})
    return say("picture_m", {"value": f"{metres:g}"})


def _north(axes: Axes, view: View) -> None:
    _, _, width, height = map_box(view)
    size = 10.0 / (height * view.height_mm)
    x, y = 1.0 - 9.0 / (width * view.width_mm), 1.0 - 17.0 / (height * view.height_mm)
    ratio = height * view.height_mm / (width * view.width_mm)
    needle = np.array([(0, 1), (0.32, -0.15), (0, 0.1), (-0.32, -0.15)]) * size
    needle[:, 0] *= ratio
    for half, colour in ((needle[[0, 1, 2]], "white"), (needle[[0, 2, 3]], COLOURS["ink"])):
        axes.add_patch(
            Polygon(
                np.add(half, (x, y)), transform=axes.transAxes, facecolor=colour,
                edgecolor=COLOURS["ink"], linewidth=0.7, zorder=20,
            )
        )  # fmt: skip
    axes.text(
        x, y + size * 1.12, say("picture_north"), transform=axes.transAxes, ha="center", va="bottom",
        fontproperties=sans(8), color=COLOURS["ink"], zorder=20,
        path_effects=[withStroke(linewidth=2, foreground="white")],
    )  # fmt: skip

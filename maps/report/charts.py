"""Charts of the report: ranking of sub-districts, histogram of minutes."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from geo.messages import say
from geo.words import word
from maps.picture_font import sans
from maps.printed import printed
from maps.theme import BANDS, COLOURS

if TYPE_CHECKING:
    from maps.report.book import Book

_DPI = 150
_WIDTH_IN = 6.7
_BIN_MIN = 1.0
_ROOM_SHARE = 0.06  # of a bar that holds its figure


def ranking_chart(book: Book) -> bytes:
    """Draw coverage of every sub-district, the highest on top, with the pass mark."""
    rule = book.rule
    column = f"coverage_{rule.weight}_share"
    frame = book.rows("subdistricts", rule=rule.name).sort_values([column, "subdistrict_id"])
    shares = pd.to_numeric(frame[column], errors="coerce").to_numpy(dtype=float)
    figure, axes = _empty(max(2.0, 0.2 * len(frame) + 0.8))
    places = np.arange(len(frame))
    mark = rule.pass_mark
    good = shares >= (mark if mark is not None else 0.0)
    colours = np.where(good, COLOURS["covered_line"], COLOURS["uncovered"])
    axes.barh(places, np.nan_to_num(shares) * 100, color=colours.tolist(), height=0.66)
    for place, share in zip(places, shares, strict=True):
        text = printed(column, float(share)) if np.isfinite(share) else say("page_no_share")
        axes.text(
            0.8, float(place), text, va="center", ha="left", fontproperties=sans(7),
            color="white" if np.nan_to_num(share) > _ROOM_SHARE else COLOURS["ink"],
        )  # fmt: skip
    axes.set_yticks(places, frame["name"].astype(str).tolist(), fontproperties=sans(8))
    if mark is not None:
        axes.axvline(mark * 100, color=COLOURS["red"], lw=1.0, ls=(0, (4, 2)))
        text = say("report_mark", {"mark": f"{mark * 100:g}%"})
        axes.text(
            mark * 100 - 0.6, len(frame) - 0.35, text, color=COLOURS["red"], ha="right", va="bottom",
            fontproperties=sans(7.5),
        )  # fmt: skip
    axes.set_xlim(0, 100)
    axes.set_ylim(-0.6, len(frame) + 0.2)
    weight = word("weight", rule.weight)
    axes.set_xlabel(
        say("picture_coverage_of", {"weight": weight}) + "（%）", fontproperties=sans(8)
    )
    return _png(figure)


def minutes_chart(book: Book) -> bytes | None:
    """Draw how many people walk how many minutes; None for a rule without minutes."""
    rule = book.rule
    if rule.basis != "time" or rule.minutes is None:
        return None
    rows = book.rows("buildings", rule=rule.name)
    minutes = pd.to_numeric(rows["minutes"], errors="coerce").to_numpy(dtype=float)
    people = np.ones(len(rows))
    if "residents" in rows.columns and rows["residents"].notna().any():
        known_people = pd.to_numeric(rows["residents"], errors="coerce")
        people = np.nan_to_num(known_people.to_numpy(dtype=float))
    known = np.isfinite(minutes)
    top = rule.minutes * 2
    edges = np.arange(0.0, top + _BIN_MIN, _BIN_MIN)
    inside = known & (minutes < top)
    counts, _ = np.histogram(minutes[inside], bins=edges, weights=people[inside])
    beyond = people[known & (minutes >= top)].sum()
    shares = np.append(counts, beyond) / people.sum() * 100
    figure, axes = _empty(2.4)
    middle = np.append(edges[:-1] + _BIN_MIN / 2, top + _BIN_MIN / 2)
    band = np.searchsorted([rule.minutes / 2, rule.minutes, rule.minutes * 1.5], middle)
    axes.bar(middle, shares, width=_BIN_MIN * 0.88, color=[BANDS[one] for one in band])
    axes.axvline(rule.minutes, color=COLOURS["red"], lw=1.0, ls=(0, (4, 2)))
    ticks = np.arange(0.0, top + 1, max(1.0, rule.minutes / 5))
    labels = [f"{one:g}" for one in ticks]
    axes.set_xticks([*ticks, top + _BIN_MIN / 2 + 0.4], [*labels, "＋"], fontproperties=sans(7.5))
    axes.set_xlabel(say("report_minutes_axis"), fontproperties=sans(8))
    axes.set_ylabel(say("report_people_axis"), fontproperties=sans(8))
    for tick in axes.get_yticklabels():
        tick.set_fontproperties(sans(7.5))
    return _png(figure)


def _empty(height_in: float) -> tuple[Figure, Axes]:
    figure = Figure((_WIDTH_IN, height_in), dpi=_DPI, layout="constrained")
    axes = figure.add_subplot()
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    axes.tick_params(length=2, labelsize=7.5)
    return figure, axes


def _png(figure: Figure) -> bytes:
    stream = BytesIO()
    FigureCanvasAgg(figure).print_png(stream, metadata={"Software": None})
    return stream.getvalue()

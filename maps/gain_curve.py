"""The gain curve (新增站点—覆盖率曲线) as a picture."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from geo.messages import say
from geo.result import StudyResult
from geo.words import word
from maps.captions import standing_lines
from maps.picture_font import sans
from maps.theme import COLOURS

_DPI = 150
_SIZE_IN = (7.2, 4.4)
_GREY, _PALE = "#5F6670", "#B9BEC5"


def gain_curve_png(result: StudyResult) -> bytes:
    """Draw the table ``gain_curve`` of a result: the same table gives the same bytes.

    Raises
    ------
    NotFoundError
        When the result has no such table.
    """
    table = result.table("gain_curve")
    rule = next(one for one in result.params.rules if one.name == table["rule"].iloc[0])
    greedy, plan = (table[table["curve"] == one] for one in ("greedy", "plan"))
    figure = Figure(_SIZE_IN, dpi=_DPI, layout="constrained")
    axes = figure.add_subplot()
    _lines(axes, greedy, plan)
    if rule.pass_mark is not None:
        axes.axhline(rule.pass_mark * 100, color=COLOURS["red"], lw=0.9, ls=(0, (4, 3)))
        text = say("gain_curve_mark", {"mark": f"{rule.pass_mark * 100:g}%"})
        axes.text(
            0.995, rule.pass_mark * 100, text, transform=axes.get_yaxis_transform(), ha="right",
            va="bottom", color=COLOURS["red"], fontproperties=sans(8),
        )  # fmt: skip
    weight = word("weight", table["weight"].iloc[0])
    axes.set_xlabel(say("gain_curve_x"), fontproperties=sans(9))
    # above the axis: Chinese is not read sideways
    axes.set_title(say("gain_curve_y", {"weight": weight}), fontproperties=sans(9), loc="left")
    title = f"{result.params.name} · {say('gain_curve_title')}"
    figure.suptitle(title, fontproperties=sans(11), x=0.01, ha="left")
    for tick in (*axes.get_xticklabels(), *axes.get_yticklabels()):
        tick.set_fontproperties(sans(8))
    axes.legend(
        loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=3, frameon=False, prop=sans(8),
        borderaxespad=0.3,
    )  # fmt: skip
    lines = [say("gain_curve_note", {"rule": rule.name}), *standing_lines(result)]
    if result.params.output.simulated:
        axes.text(
            0.5, 0.5, say("map_simulated"), transform=axes.transAxes, ha="center", va="center",
            rotation=18, color="#000000", alpha=0.10, fontproperties=sans(15),
        )  # fmt: skip
    figure.supxlabel("\n".join(lines), fontproperties=sans(7), color=_GREY, x=0.01, ha="left")
    stream = BytesIO()
    FigureCanvasAgg(figure).print_png(stream, metadata={"Software": None})
    return stream.getvalue()


def _lines(axes: Axes, greedy: pd.DataFrame, plan: pd.DataFrame) -> None:
    """Draw the bound, the greedy curve and the plan, each told apart by shape too."""
    counts = greedy["sites_count"].to_numpy(dtype=int)
    bound = greedy["bound_share"].to_numpy(dtype=float) * 100
    cover = greedy["coverage_share"].to_numpy(dtype=float) * 100
    axes.plot(counts, bound, color=_PALE, lw=3.0, ls=":", label=say("gain_curve_bound"))
    axes.plot(counts, cover, color=_GREY, lw=1.4, marker="o", ms=3.2, label=say("curve_greedy"))
    axes.plot(
        plan["sites_count"].to_numpy(dtype=int),
        plan["coverage_share"].to_numpy(dtype=float) * 100,
        color=COLOURS["red"], lw=1.4, marker="D", ms=4.4, label=say("curve_plan"),
    )  # fmt: skip
    last = plan.iloc[-1]
    share = float(last["coverage_share"]) * 100
    axes.annotate(
        f"{np.floor(share * 10 + 1e-6) / 10:.1f}%", (int(last["sites_count"]), share),
        xytext=(4, -11), textcoords="offset points", color=COLOURS["red"], fontproperties=sans(8.5),
    )  # fmt: skip
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    axes.grid(axis="y", color="#E3E5E8", lw=0.6)
    axes.set_axisbelow(True)
    most = max(int(counts.max()), int(plan["sites_count"].max()), 1)
    axes.set_xlim(0, most * 1.02)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))

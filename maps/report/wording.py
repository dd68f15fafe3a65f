"""How figures are worded in official papers: shares down, minutes up, 个百分点, 截至, 超过 as stated."""

from __future__ import annotations

from datetime import date

import pandas as pd

from geo.messages import say
from geo.rounding import minutes_up
from maps.captions import printed_date
from maps.printed import NOTHING, tenths

_COMPARISONS = {
    ">": "over", ">=": "at_least", "<": "under", "<=": "at_most", "about": "about", "=": "exactly",
}  # fmt: skip


def minutes_text(minutes: object) -> str:
    """Print minutes with one decimal, rounded up."""
    if minutes is None or pd.isna(minutes):  # type: ignore[call-overload]
        return NOTHING
    return say("wording_minutes", {"value": f"{float(minutes_up(float(str(minutes)))):.1f}"})


def points_text(before: object, after: object) -> str:
    """Print the change of a share as a signed figure for a column headed 个百分点."""
    one, two = tenths(before), tenths(after)
    if one is None or two is None:
        return NOTHING
    return f"{(two - one) / 10:+.1f}" if two != one else "0.0"


def change_text(before: object, after: object) -> str:
    """Say the change of a share in a sentence: 提高1.2个百分点, 降低…, 持平."""
    one, two = tenths(before), tenths(after)
    if one is None or two is None:
        return say("wording_no_change_known")
    if one == two:
        return say("wording_level")
    code = "wording_up" if two > one else "wording_down"
    return say(code, {"points": f"{abs(two - one) / 10:.1f}"})


def as_of_text(day: date) -> str:
    """Say 截至2026年6月30日."""
    return say("map_as_of", {"date": printed_date(day)})


def stated_text(comparison: str, value: object, source: str = "") -> str:
    """Print a figure of somebody else's with the word it was stated with: 超过, 近, 约.

    A figure that was stated as 超过400 must not become 400 by being quoted; `source` tells 近 from 约.
    """
    number = float(str(value))
    figure = f"{number:,.0f}" if number == round(number) else f"{number:,g}"
    kind = _COMPARISONS.get(comparison, "exactly")
    if kind == "about" and "近" in source and "约" not in source:
        kind = "near"
    return say(f"wording_stated_{kind}", {"value": figure})


def parts_note(*notes: str) -> str:
    """Return the note below a table of parts, after other notes: 分项之和可能不等于总数."""
    return "".join([one for one in notes if one] + [say("wording_parts")])

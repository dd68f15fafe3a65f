"""How a value of a table is printed where a person reads it: by the kind of its column."""

from __future__ import annotations

import math

import pandas as pd

from geo.rounding import minutes_up, share_down
from geo.tables import columns
from geo.words import has_words, word

NOTHING = "—"


def tenths(share: object) -> int | None:
    """Return a share as printed, in whole tenths of a percentage point, rounded down; None where there is none.

    Differences are taken between printed shares, so that what a reader subtracts is what stands there.
    """
    if share is None or pd.isna(share):  # type: ignore[call-overload]
        return None
    # what a sum of steps may fall short of the value it leads to is far below what is printed
    return round(float(share_down(round(float(str(share)), 9))) * 1000)


def share_text(share: object) -> str:
    """Print a share: percent with one decimal, rounded down.

    >>> share_text(0.9496)
    '94.9%'
    """
    value = tenths(share)
    return NOTHING if value is None else f"{value / 10:.1f}%"


def printed(column: str, value: object, *, unit: bool = False) -> str:
    """Print one value: shares in percent rounded down, minutes rounded up, counts with thousands, words as words.

    Parameters
    ----------
    column
        Name of its column in ``columns.toml``; decides the kind.
    unit
        Whether to put the unit behind a number; percent always has its sign.
    """
    known = columns().get(column)
    if isinstance(value, (list, tuple)):
        return "、".join(printed(column, one) for one in value) or NOTHING
    if value is None or value is pd.NA or (isinstance(value, float) and math.isnan(value)):
        return NOTHING
    if has_words(column):
        return str(word(column, value))
    kind = known.kind if known is not None else "text"
    if kind == "share":
        return share_text(value)
    behind = known.unit if unit and known is not None else ""
    if kind == "minutes":
        return f"{float(minutes_up(float(str(value)))):.1f}{behind}"
    if kind == "count":
        return f"{round(float(str(value))):,}{behind}"
    if kind == "number":
        number = float(str(value))
        return f"{number:,.0f}{behind}" if abs(number) >= 100 else f"{number:,.2f}{behind}"
    if kind == "flag":
        return str(word("flag", bool(value)))
    return str(value)

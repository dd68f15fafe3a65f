"""The sentence of a verdict: its reason with the figures a person needs."""

from __future__ import annotations

import math

from geo.messages import say
from geo.params import Rule, StudyParams
from geo.rounding import minutes_up
from geo.summary import limit_text

_BY_LINE = ("within_limit", "beyond_limit")


def reason_sentence(
    params: StudyParams,
    rule: Rule,
    reason: str,
    *,
    amount: float = math.nan,
    station: str | None = None,
    obstacle: str = "",
) -> str:
    """Say why a place has its verdict.

    Parameters
    ----------
    reason
        Code of `geo.coverage.reasons`.
    amount
        Seconds or metres to the nearest station; nan for none.
    station
        Its name.
    obstacle
        What bars the place, for ``barred``.
    """
    straight = rule.basis == "radius" and reason in _BY_LINE
    return say(
        f"straight_{reason}" if straight else f"reason_{reason}",
        {
            "amount": amount_text(rule, amount),
            "station": station or "—",
            "limit": limit_text(rule),
            "cap": say("explain_minutes", {"value": f"{params.cap_minutes:g}"}),
            "metres": f"{params.walk.max_access_m:g}",
            "obstacle": obstacle,
        },
    )


def amount_text(rule: Rule, amount: float) -> str:
    """Say seconds as minutes, or metres; both rounded up."""
    if math.isnan(amount):
        return "—"
    if rule.basis == "time":
        return say("explain_minutes", {"value": f"{float(minutes_up(amount / 60.0)):g}"})
    return say("explain_metres", {"value": f"{math.ceil(amount - 1e-6)}"})

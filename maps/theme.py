"""Colours and classes of every map product, in one place; they stay apart when printed grey."""

from __future__ import annotations

from collections.abc import Mapping

from geo.params import Rule

COLOURS: Mapping[str, str] = {
    "red": "#CE1126",  # 党建红
    "red_dark": "#9F0D1E",
    "gold": "#D4AF37",  # 党建金
    "gold_light": "#F3DE9A",
    "ink": "#20242B",
    "muted": "#667080",
    "ground": "#F0EDE6",
    "covered": "#86C29C",
    "covered_line": "#3F8A60",
    "uncovered": "#5A2D82",
    "uncovered_tint": "#CDB9DF",
    "unknown": "#B4B9C0",
    "unknown_tint": "#E2E4E7",
    "unknown_line": "#7C838D",
    "outside": "#FBFBFB",
    "outside_line": "#9AA0A8",
    "water": "#BFD8E8",
    "water_line": "#9CC0D8",
    "road_major": "#FFFFFF",
    "road_casing": "#CCC4B5",
    "path": "#BFB196",
    "railway": "#8C8C8C",
    "motorway": "#F2D9A0",
    "motorway_line": "#C3A15A",
    "wall": "#8A7B6A",
    "border": "#5E4A69",
    "outline": "#4A3B55",
}

BANDS = ("#2E9A5F", "#F4D35E", "#F08A24", "#B3541E")
"""Up to half the limit, up to the limit, up to one and a half, beyond: green, yellow, orange."""
BEYOND = "#6E4A32"
OVERLAP = ("#D3E2A6", "#B5D3A0", "#6FAE8B", "#2F7F7A", "#154F5C")
"""One station in reach, two, three, four, five and more: darker step by step in grey too."""

CHOROPLETH_STEPS = (600, 800, 900, 950)
"""Class borders of coverage in thousandths."""
CHOROPLETH = ("#E4EDF3", "#BCD4E4", "#86B2D0", "#4C88B4", "#1F5F92")

HIDDEN_BELOW_ZOOM = {"path": 15.0, "building_line": 15.5, "hatch": 14.0}


def band_limits(rule: Rule) -> list[float]:
    """Upper ends of the first three bands, in the rule's own unit (minutes or metres)."""
    limit = rule.minutes if rule.basis == "time" else rule.metres
    whole = float(limit or 0.0)
    return [whole * 0.5, whole, whole * 1.5]


def page_theme() -> dict[str, object]:
    """Return all of it for the page."""
    return {
        "colours": dict(COLOURS),
        "bands": list(BANDS),
        "beyond": BEYOND,
        "overlap": list(OVERLAP),
        "choropleth": list(CHOROPLETH),
        "choropleth_steps": list(CHOROPLETH_STEPS),
        "zoom": dict(HIDDEN_BELOW_ZOOM),
    }

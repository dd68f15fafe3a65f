"""Figures of `geo.quality_measures` as tables, bars and sentences of the quality page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from geo.messages import language, say
from geo.plain_json import plain
from geo.quality_charts import bars, histogram
from geo.rounding import share_down
from geo.tables import header
from geo.words import word

Figures = Mapping[str, object]


def part(figures: Figures, name: str) -> Figures:
    """Return one group of figures, empty where the report has none."""
    found = figures.get(name)
    return found if isinstance(found, Mapping) else {}


def snapping_figures(figures: Figures) -> str:
    """Show how far buildings and stations stand from the network."""
    shown = []
    for kind in ("buildings", "stations"):
        own = part(figures, kind)
        if own:
            drawn = histogram(own, say(f"quality_snap_{kind}"))
            shown.append(f"<div>{drawn}<p class=note>{escape(snapping_text(own))}</p></div>")
    return f"<div class=pair>{''.join(shown)}</div>" if shown else ""


def snapping_text(own: Figures) -> str:
    """Say the distances of one kind of points."""
    quantiles = {"p50": "metres_p50", "p90": "metres_p90", "most": "metres_max"}
    said = {name: _figure(own.get(key)) for name, key in quantiles.items()}
    counts = {"count": _figure(own.get("count")), "without": _figure(own.get("without_count"))}
    return say("quality_snap_figures", {**said, **counts})


def piece_figures(figures: Figures) -> str:
    """Show the pieces of the network."""
    if not figures:
        return ""
    listed = table(_rows(figures.get("pieces")))
    return f"<p>{escape(pieces_text(figures))}</p>{listed}"


def pieces_text(figures: Figures) -> str:
    """Say into how many pieces the network falls."""
    if not figures.get("pieces"):
        return say("quality_islands_one")
    share = _percent(figures.get("largest_share"))
    return say("quality_islands_figures", {"count": _figure(figures.get("count")), "share": share})


def cover_figures(figures: Figures) -> str:
    """Show how the network covers the study area, as a whole and by sub-district."""
    if not figures:
        return ""
    return f"<p>{escape(cover_text(figures))}</p>{table(_rows(figures.get('subdistricts')))}"


def cover_text(figures: Figures) -> str:
    """Say how much of the study area the network covers."""
    code = "quality_cover_figures" if figures.get("beyond_m") else "quality_cover_figures_part"
    beyond = _figure(figures.get("beyond_m"))
    return say(code, {"share": _percent(figures.get("share")), "beyond": beyond})


def filled_figures(figures: Figures) -> str:
    """Show where levels and people came from."""
    if not figures:
        return ""
    levels = part(figures, "levels")
    total = max(_number(levels.get("total")), 1.0)
    kinds = ("stated_count", "from_height_count", "assumed_count")
    drawn = [
        (
            say(f"quality_levels_{kind}"),
            _number(levels.get(kind)) / total,
            f"{_number(levels.get(kind)):,.0f} ({_number(levels.get(kind)) / total:.1%})",
        )
        for kind in kinds
    ]
    said = "".join(f"<p>{escape(text)}</p>" for text in filled_texts(figures))
    return bars(drawn) + said


def filled_texts(figures: Figures) -> list[str]:
    """Say where levels and people came from."""
    levels, people = part(figures, "levels"), part(figures, "people")
    how = "quality_levels_as_one" if levels.get("floor_area_known") else "quality_levels_unused"
    counts = {name: _figure(value) for name, value in levels.items()}
    texts = [
        say(
            "quality_levels",
            {**counts, "assumed_how": say(how) if levels.get("assumed_count") else ""},
        )
    ]
    for kind in people:
        own = part(people, kind)
        figures_of = {name: _figure(value) for name, value in own.items() if name != "basis"}
        texts.append(say(f"quality_people_{own.get('basis')}", {**figures_of, "kind": kind}))
    return texts


def field_figures(figures: Figures) -> str:
    """Show how measured minutes compare with predicted ones."""
    if not figures:
        return ""
    return f"<p>{escape(field_text(figures))}</p>{table(_rows(figures.get('rows')))}"


def field_text(figures: Figures) -> str:
    """Say bias and spread of the predicted minutes."""
    values = {name: "—" if one is None else one for name, one in figures.items() if name != "rows"}
    share = _percent(values.get("within_one_share"))
    return say("field_check_figures", {**values, "within_one_share": share})


def table(rows: Sequence[Mapping[str, object]]) -> str:
    """Write an HTML table; columns that are empty everywhere are left out, headers and words are ours."""
    if not rows:
        return ""
    told = {name for row in rows for name, value in row.items() if value not in (None, "")}
    names = [name for name in dict.fromkeys(key for row in rows for key in row) if name in told]
    right = {name for name in names if all(_is_number(row.get(name)) for row in rows)}
    heads = "".join(
        f"<th{_CLASS * (name in right)}>{escape(header(name, language()))}</th>" for name in names
    )
    body = "".join(
        "<tr>"
        + "".join(
            f"<td{_CLASS * (name in right)}>{escape(_cell(word(name, row.get(name))))}</td>"
            for name in names
        )
        + "</tr>"
        for row in rows
    )
    return f"<table><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>"


_CLASS = " class=figure"


def _is_number(value: object) -> bool:
    value = plain(value)
    return value is None or (isinstance(value, (int, float)) and not isinstance(value, bool))


def _cell(value: object) -> str:
    value = plain(value)
    if value is None:
        return ""
    if isinstance(value, Mapping):
        pairs = [f"{header(str(key), language())} ← {_cell(one)}" for key, one in value.items()]
        return "；".join(pairs)
    if isinstance(value, list):
        return "、".join(_cell(one) for one in value)
    if isinstance(value, bool):
        return say("word_yes") if value else say("word_no")
    return f"{value:,}" if isinstance(value, (int, float)) else str(value)


def _rows(value: object) -> list[Mapping[str, object]]:
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []


def _number(value: object) -> float:
    return float(value) if isinstance(value, (int, float)) else 0.0


def _figure(value: object) -> str:
    return "—" if value is None else _cell(value)


def _percent(value: object) -> str:
    return "—" if not isinstance(value, (int, float)) else f"{float(share_down(value)):.1%}"

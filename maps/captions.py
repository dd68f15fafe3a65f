"""What is printed round the map: title, standard, method, dates, sources, the lines that must stand."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING

from geo.messages import catalogue, language, say
from geo.params import Pace, Rule, Source
from maps.shapes import is_placed
from maps.theme import band_limits

if TYPE_CHECKING:
    from geo.result import StudyResult

_SOURCES = ("subdistricts", "communities", "buildings", "stations", "network")


def captions(result: StudyResult) -> dict[str, object]:
    """Return every line of the page that depends on the study but not on what is shown."""
    params = result.params
    registered, mapped = station_counts(result)
    return {
        "title": title(params.name),
        "as_of": say("map_as_of", {"date": printed_date(params.as_of)}),
        "counts": say("map_station_counts", {"registered": registered, "mapped": mapped}),
        "sources": source_line(params.sources),
        "issuer": say("map_issuer", {"name": params.output.issuer}) if params.output.issuer else "",
        "simulated": say("map_simulated") if params.output.simulated else "",
        "lines": standing_lines(result),
    }


def title(name: str) -> str:
    """Return the 图名 of a study; a name that already says it is a map stays as it is."""
    return name if name.endswith(("图", "map")) else say("map_title", {"name": name})


def standing_lines(result: StudyResult) -> list[str]:
    """Return the lines that stand on every copy of the map."""
    lines = [say("map_internal"), say("map_boundaries_indicative")]
    sources = result.params.sources
    if "subdistricts" in sources and _from_osm(sources["subdistricts"]):
        lines.append(say("map_boundaries_osm"))
    from_osm = [one for one in [*sources.values(), *result.params.zones] if _from_osm(one)]
    if from_osm:
        day = min(one.osm_date or result.params.as_of for one in from_osm)
        lines.append(say("map_osm", {"date": printed_date(day)}))
    return lines


def source_line(sources: Mapping[str, Source]) -> str:
    """Return where the data come from, input by input, without any folder."""
    named = [
        f"{say(f'map_input_{kind}')} {_origin(sources[kind])}"
        for kind in _SOURCES
        if kind in sources
    ]
    return say("map_sources", {"list": say("map_semicolon").join(named)}) if named else ""


def rule_entries(result: StudyResult) -> list[dict[str, object]]:
    """Return the rules as the page's switch and captions need them."""
    rules = result.params.rules
    short = [short_name(rule) for rule in rules]
    return [
        {
            "name": rule.name,
            "short": short[number] if short.count(short[number]) == 1 else rule.name,
            "basis": rule.basis,
            "limit_text": _limit(rule),
            "bands": band_limits(rule),
            "weight": rule.weight,
            "pass_mark": rule.pass_mark,
            "tiers": list(rule.tiers),
            "standard": standard(rule),
            "method": method(rule, result.params.walk.paces),
        }
        for number, rule in enumerate(rules)
    ]


def standard(rule: Rule) -> str:
    """Return the 评价标准: the rule's name, and its limit unless the name says it."""
    if _limit(rule) in rule.name:
        return rule.name
    return say("map_standard", {"name": rule.name, "limit": _limit(rule)})


def short_name(rule: Rule) -> str:
    """Return how the rule is called on its button, e.g. 步行10分钟."""
    return say(f"map_short_{rule.basis}", {"limit": _limit(rule)})


def method(rule: Rule, paces: Mapping[str, Pace]) -> str:
    """Return the 测算方式 with every constant that makes the figures."""
    if rule.basis != "time":
        return say(f"map_method_{rule.basis}")
    pace = paces.get(rule.pace, Pace())
    speed = say("map_method_time", {"speed": _figure(pace.speed_m_per_min)})
    if not (pace.signal_s or pace.crossing_s):
        return speed
    waits = {"signal": _figure(pace.signal_s), "crossing": _figure(pace.crossing_s)}
    return speed + say("map_method_waits", waits)


def station_counts(result: StudyResult) -> tuple[int, int]:
    """Return how many stations the register holds and how many stand on the map."""
    table = result.stations.drop_duplicates("station_id")
    mapped = int(is_placed(table).sum())
    rejects = result.tables.get("rejects")
    refused = 0
    if rejects is not None and len(rejects):
        rows = rejects[rejects["input"].astype(str) == "stations"]
        refused = len(rows.drop_duplicates(["sheet", "row"]))
    return len(table) + refused, mapped


def printed_date(day: date) -> str:
    """Return a date as an official writes it."""
    return say("map_date", {"year": day.year, "month": day.month, "day": day.day})


def page_texts() -> dict[str, str]:
    """Return all sentences of the page's own, without their prefix, placeholders left for the page."""
    return _with_prefix("page_")


def reason_texts() -> dict[str, str]:
    """Return the sentence of every reason code."""
    return _with_prefix("reason_")


def _with_prefix(prefix: str) -> dict[str, str]:
    chosen = language()
    return {
        code.removeprefix(prefix): entry[chosen]
        for code, entry in sorted(catalogue().items())
        if code.startswith(prefix)
    }


def _limit(rule: Rule) -> str:
    if rule.basis == "time":
        return say("map_minutes", {"value": _figure(rule.minutes)})
    return say("map_metres", {"value": _figure(rule.metres)})


def _figure(value: float | None) -> str:
    return f"{value or 0:g}"


def _from_osm(source: Source) -> bool:
    """Tell whether an input is OpenStreetMap's: fetched by name, dated as such, or a file in its format.

    A file in its format of which the study says who else made it (``attribution``) is not.
    """
    if source.place is not None or source.osm_date is not None:
        return True
    if source.attribution:
        return False
    if source.osm is not None:
        return True
    return source.path is not None and source.path.name.endswith((".osm", ".osm.pbf", ".osm.gz"))


def _origin(source: Source) -> str:
    if source.attribution:
        return source.attribution
    if source.path is not None:
        return source.path.name
    if source.osm is not None:
        return source.osm.file.name
    return f"OpenStreetMap（{source.place}）"

"""What the report says, in the order a leader reads it: conclusion, then 成效 — 问题 — 建议, then the evidence."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pandas as pd

from geo.messages import say
from geo.words import word
from maps.captions import captions, method, printed_date, standard
from maps.gain_curve import gain_curve_png
from maps.picture import View, draw_map
from maps.report.against import Against, against_blocks, against_lead, with_earlier
from maps.report.appendices import appendices, with_quality
from maps.report.book import Book, head, listed, sentence
from maps.report.charts import minutes_chart, ranking_chart
from maps.report.ledger_part import ledger_lines, ledger_remarks, overdue_lines, with_ledger
from maps.report.model import (
    Block,
    Bullets,
    Cell,
    Grid,
    Heading,
    PageBreak,
    Paragraph,
    Picture,
    Report,
)
from maps.report.review import reviewed_caption
from maps.report.wording import parts_note

if TYPE_CHECKING:
    from geo.ledger import Ledger
    from geo.params import Rule
    from geo.result import StudyResult

SHOWN_BLIND_AREAS = 10
SHOWN_LOWEST = 3
SHOWN_GAPS = 8


def make_report(
    result: StudyResult,
    *,
    pictures: bool = True,
    ledger: Ledger | None = None,
    last: Against | None = None,
) -> Report:
    """Write the report of a finished study.

    Parameters
    ----------
    pictures
        Whether to draw maps and charts; without them the words and tables alone.
    ledger
        As brought up to this result; without one its columns stand empty.
    last
        An earlier result to compare with.
    """
    full = with_ledger(with_quality(result), ledger)
    book = Book(full if last is None else with_earlier(full, last))
    lines = captions(result)
    standing = lines["lines"]
    issuer = [str(lines["issuer"])] if lines["issuer"] else []
    return Report(
        title=result.params.name,
        subtitle=say("report_subtitle"),
        facts=(str(lines["as_of"]), *issuer),
        standing=tuple(str(one) for one in standing) if isinstance(standing, list) else (),
        label=str(lines["simulated"]),
        blocks=tuple(_blocks(book, pictures, ledger, last)),
    )


def _blocks(
    book: Book, pictures: bool, ledger: Ledger | None, last: Against | None
) -> Iterator[Block]:
    yield Heading(say("report_conclusion"))
    yield from conclusion(book, last)
    yield Heading(say("report_scope"))
    yield from scope(book)
    yield Heading(say("report_coverage"))
    yield from coverage(book, pictures)
    yield Heading(say("report_system"))
    yield from list(system(book)) or [sentence("report_system_none")]
    yield Heading(say("report_blind"))
    yield from blind(book)
    yield Heading(say("report_advice"))
    yield from advice(book, pictures)
    if last is not None:
        yield Heading(say("report_against"))
        yield from against_blocks(book, last)
    yield PageBreak()
    yield from appendices(book)
    yield from ledger_remarks(ledger)


def conclusion(book: Book, last: Against | None = None) -> Iterator[Block]:
    """One sentence first, then what was achieved, what is wanting, what is proposed."""
    yield headline(book)
    if last is not None:
        yield from against_lead(book, last)
    yield Heading(say("report_achieved"), 2)
    yield Bullets(tuple(achieved(book)))
    yield Heading(say("report_wanting"), 2)
    found = (*wanting(book), *overdue_lines(book))
    yield Bullets(found or (sentence("report_none_wanting"),))
    yield Heading(say("report_proposed"), 2)
    yield Bullets(tuple(proposed(book)))


def headline(book: Book) -> Paragraph:
    """The conclusion in one sentence."""
    rule, params = book.rule, book.result.params
    share = main_share(book)
    if share is None:
        return sentence("report_headline_unknown", standard=standard(rule), lead=True)
    values = {
        "date": printed_date(params.as_of),
        "area": params.name,
        "weight": word("weight", rule.weight),
        "share": share,
        "standard": standard(rule),
    }
    passes = _summary(book, rule).get("passes")
    if rule.pass_mark is None or passes is None:
        return sentence("report_headline", lead=True, **values)
    code = "report_headline_pass" if passes else "report_headline_fail"
    return sentence(code, lead=True, mark=f"{rule.pass_mark * 100:g}%", **values)


def main_share(book: Book, rule: Rule | None = None) -> Cell | None:
    """Coverage of the rule's own weight over the whole study."""
    chosen = rule or book.rule
    return book.indicator(f"coverage_{chosen.weight}_share", chosen.name)


def achieved(book: Book) -> Iterator[Paragraph]:
    """What holds: buildings covered, the walk of most people, stations in service."""
    count = book.indicator("coverage_count_share")
    median, most = book.indicator("minutes_p50"), book.indicator("minutes_p90")
    if count is not None:
        yield sentence("report_buildings_covered", share=count)
    if median is not None and most is not None:
        yield sentence("report_minutes", median=median, most=most)
    overlap = book.indicator("overlap_share")
    if overlap is not None:
        yield sentence("report_overlap", share=overlap)
    rows = _of_rule(book, "subdistricts")
    share = f"coverage_{book.rule.weight}_share"
    mark = book.rule.pass_mark
    if len(rows) and mark is not None:
        name = book.rule.name
        yield sentence(
            "report_subdistricts_pass",
            count=book.count("subdistricts", at_least={share: mark}, rule=name),
            all=book.count("subdistricts", rule=name),
            mark=f"{mark * 100:g}%",
        )


def wanting(book: Book) -> Iterator[Paragraph]:
    """What does not hold: the lowest sub-districts, blind areas, gap units, radius against walk."""
    rows = lowest(book)
    for row in rows[rows["uncovered_count"] > 0].to_dict("records")[:SHOWN_LOWEST]:
        keys = ("subdistrict_id", "rule")
        yield sentence(
            "report_lowest",
            name=row["name"],
            share=book.of_row("subdistricts", f"coverage_{book.rule.weight}_share", row, keys),
            uncovered=book.of_row("subdistricts", "uncovered_count", row, keys),
        )
    areas, people = book.indicator("blind_areas_count"), book.indicator("blind_residents")
    if areas is not None:
        if people is None:
            yield sentence("report_blind_count_bare", count=areas)
        else:
            yield sentence("report_blind_count", count=areas, people=people)
    if book.has("gap_units"):
        gaps = book.rows("gap_units")
        names = "、".join(gaps["name"].astype(str).head(SHOWN_GAPS))
        code = "report_gaps" if len(gaps) <= SHOWN_GAPS else "report_gaps_many"
        yield sentence(code, count=book.count("gap_units"), names=names)
    yield from radius_against_walk(book)


def radius_against_walk(book: Book) -> Iterator[Paragraph]:
    """By straight radius so much, by the real walk so much."""
    rules = book.result.params.rules
    radius = next((one for one in rules if one.basis == "radius"), None)
    if radius is None or book.rule.basis == "radius":
        return
    straight, walked = main_share(book, radius), main_share(book)
    if straight is not None and walked is not None:
        yield sentence(
            "report_radius",
            radius=radius.name,
            straight=straight,
            rule=book.rule.name,
            walked=walked,
        )


def proposed(book: Book) -> Iterator[Paragraph]:
    """What would help, from the tables of sites and links; else where to begin."""
    if book.has("sites"):
        frame = book.rows("sites").sort_values("rank")
        for row in frame.to_dict("records")[:5]:
            keys = ("rank",)
            yield sentence(
                "report_site",
                name=row["name"],
                people=book.of_row("sites", "gain_residents", row, keys),
                buildings=book.of_row("sites", "gain_buildings_count", row, keys),
            )
        return
    causes = book.rows("blind_areas", rule=book.rule.name)
    if len(causes):
        barred = book.count("blind_areas", rule=book.rule.name, cause="barrier")
        if barred.text != "0":
            whole = book.count("blind_areas", rule=book.rule.name)
            yield sentence("report_first_links", count=barred, all=whole)
        yield sentence("report_then_sites")
    else:
        yield sentence("report_nothing_wanting")


def scope(book: Book) -> Iterator[Block]:
    """What was studied, by which rule and with which constants."""
    params = book.result.params
    lines = captions(book.result)
    rule = book.rule
    yield sentence(
        "report_method_rule", standard=standard(rule), method=method(rule, params.walk.paces)
    )
    yield sentence(
        "report_method_access",
        frontage=f"{params.walk.frontage_m:g}",
        access=f"{params.walk.max_access_m:g}",
    )
    yield sentence("report_method_counts", counts=lines["counts"], as_of=lines["as_of"])
    yield sentence("report_method_sources", sources=lines["sources"])
    yield sentence("report_method_rounding", parts=parts_note())


def coverage(book: Book, pictures: bool) -> Iterator[Block]:
    """Coverage by rule, the map, the ranking, the minutes."""
    yield _rules_grid(book)
    rows = lowest(book)
    columns: tuple[str, ...] = (
        "name", "stations_count", "buildings_count", "covered_count", "uncovered_count",
        "coverage_count_share", "coverage_residents_share", "minutes_p90",
    )  # fmt: skip
    columns = tuple(name for name in columns if name in rows.columns)
    yield book.grid(
        "subdistricts",
        rows,
        columns,
        ("subdistrict_id", "rule"),
        say("report_ranking", {"rule": book.rule.name}),
        [head(name) for name in columns],
        say("report_ranking_note"),
    )
    if pictures:  # after the table, which fills the page that a map would leave half empty
        yield _map(book, say("report_map_verdict"))
        yield Picture(ranking_chart(book), say("report_ranking_chart"))
        histogram = minutes_chart(book)
        if histogram is not None:
            yield Picture(histogram, say("report_minutes_chart"))


def _rules_grid(book: Book) -> Grid:
    weights = ("count", "floor_area", "residents", "workers")
    names = [
        one
        for one in weights
        if any(
            book.indicator(f"coverage_{one}_share", rule.name) for rule in book.result.params.rules
        )
    ]
    rows = tuple(
        (
            standard(rule),
            *(book.indicator(f"coverage_{one}_share", rule.name) or "—" for one in names),
        )
        for rule in book.result.params.rules
    )
    headers = (say("report_rule"), *(head(f"coverage_{one}_share") for one in names))
    numeric = (False, *(True for _ in names))
    return Grid(say("report_rules_grid"), headers, rows, numeric, say("report_rules_note"))


def system(book: Book) -> Iterator[Block]:
    """How many stations of which tier there are, and how many there should be."""
    matrix = book.rows("matrix", unit_kind="study")
    if len(matrix):
        columns = ("tier_name", "expected_units", "actual", "units_without")
        yield book.grid(
            "matrix",
            matrix,
            columns,
            ("unit_kind", "unit_id", "tier"),
            say("report_tiers"),
            [head(name) for name in columns],
        )
    tiers = book.rows("coverage_by_tier", rule=book.rule.name)
    if len(tiers):
        yield sentence("report_tier_note")
    access = book.rows("accessibility", unit_kind="study", rule=book.rule.name, method="2sfca")
    if len(access) == 1:
        row, keys = access.iloc[0], ("unit_kind", "unit_id", "rule", "method")
        yield sentence(
            "report_accessibility",
            area=book.of_row("accessibility", "area_m2_per_thousand", row, keys),
            none=book.of_row("accessibility", "without_share", row, keys),
        )


def blind(book: Book) -> Iterator[Block]:
    """Blind areas: how many, why, the largest ten."""
    rows = book.rows("blind_areas", rule=book.rule.name)
    if not len(rows):
        yield sentence("report_no_blind")
        return
    rule = book.rule.name
    parts = listed(
        sentence(
            "report_cause_part",
            cause=word("cause", cause),
            count=book.count("blind_areas", rule=rule, cause=cause),
        )
        for cause in sorted(rows["cause"].astype(str).unique())
    )
    yield sentence("report_blind_causes", count=book.count("blind_areas", rule=rule), parts=parts)
    yield from ledger_lines(book)
    columns: tuple[str, ...] = (
        "rank", "name", "buildings_count", "residents", "nearest_minutes", "excess_minutes", "cause",
        "obstacle_name",
    )  # fmt: skip
    columns = tuple(one for one in columns if one in rows and rows[one].notna().any())
    code = "report_blind_grid" if "residents" in columns else "report_blind_grid_bare"
    yield book.grid(
        "blind_areas",
        rows.sort_values("rank").head(SHOWN_BLIND_AREAS),
        columns,
        ("blind_area_id", "rule"),
        say(code, {"count": min(SHOWN_BLIND_AREAS, len(rows))}),
        [head(name) for name in columns],
    )
    gaps = book.rows("gap_units")
    if len(gaps):
        shown = ("unit_id", "name", "kind", "expected", "actual")
        yield book.grid(
            "gap_units", gaps, shown, ("unit_id", "kind"), say("report_gap_grid"),
            [head(name) for name in shown],
        )  # fmt: skip


def advice(book: Book, pictures: bool) -> Iterator[Block]:
    """Proposals in full, and what each further site would bring."""
    if not book.has("sites"):
        yield sentence("report_no_sites")
        yield Bullets(tuple(proposed(book)))
        return
    columns: tuple[str, ...] = (
        "rank", "name", "cost", "gain_residents", "gain_buildings_count", "coverage_after_share",
    )  # fmt: skip
    frame = book.rows("sites").sort_values("rank")
    columns = tuple(name for name in columns if name in frame.columns)
    yield book.grid(
        "sites",
        frame,
        columns,
        ("rank",),
        say("report_site_grid"),
        [head(name) for name in columns],
    )
    if pictures and book.has("gain_curve"):
        yield Picture(gain_curve_png(book.result), say("report_gain_curve"))


def lowest(book: Book) -> pd.DataFrame:
    """Sub-districts under the rule, the lowest coverage first."""
    rows = _of_rule(book, "subdistricts")
    share = f"coverage_{book.rule.weight}_share"
    if share not in rows.columns:
        share = "coverage_count_share"
    return rows.sort_values([share, "subdistrict_id"], na_position="last")


_PAGE_VIEW = View(width_mm=200.0, height_mm=125.0, dpi=170)
"""Near the width of a page, so that its letters are read there."""


def _map(book: Book, caption: str, view: View | None = None) -> Picture:
    drawn = draw_map(book.result, view or _PAGE_VIEW)
    return Picture(drawn, reviewed_caption(book.result, drawn, caption))


def _of_rule(book: Book, table: str) -> pd.DataFrame:
    return book.rows(table, rule=book.rule.name)


def _summary(book: Book, rule: Rule) -> dict[str, object]:
    rules = book.result.summary.get("rules")
    if not isinstance(rules, (list, tuple)):
        return {}
    return next((dict(one) for one in rules if one.get("name") == rule.name), {})

"""What the slides say, page by page: conclusion, map, ranking, walk, blind areas, stations, proposals, method."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from geo.messages import say
from geo.words import word
from maps.picture import View, draw_map
from maps.report.book import Book, head, sentence
from maps.report.charts import minutes_chart
from maps.report.model import Grid, Paragraph, Picture
from maps.report.review import reviewed_caption
from maps.report.sections import (
    SHOWN_LOWEST,
    achieved,
    lowest,
    main_share,
    radius_against_walk,
    wanting,
)
from maps.report.slides_advice import assumptions, proposals, steps
from maps.report.slides_facts import named, percent
from maps.report.slides_frame import BODY, GAP, WIDE, halves
from maps.report.slides_model import Area, Bars, Figure, Figures, Points, Slide

SHOWN_BARS = 21
SHOWN_BLIND = 6
SHOWNGAPS = 5
_MM_PER_INCH = 25.4
_MAP_DPI = 170
_KEYS = ("subdistrict_id", "rule")


def pages(book: Book, pictures: bool) -> Iterator[Slide]:
    """Make every page that the study has something for."""
    made = (
        conclusion(book),
        where(book, pictures),
        ranking(book),
        walk(book, pictures),
        blind(book),
        stations(book),
        proposals(book),
        assumptions(book),
    )
    yield from (one for one in made if one is not None)


def conclusion(book: Book) -> Slide:
    """The conclusion in a line, four figures, and three columns: 成效, 问题, 建议."""
    rule = book.rule
    figures = (
        named(book, f"coverage_{rule.weight}_share"),
        named(book, "minutes_p90"),
        named(book, "blind_areas_count", alarm=True),
        named(book, "blind_residents", alarm=True),
    )
    shown = tuple(one for one in figures if one is not None)
    top = Area(BODY.left, BODY.top + 0.05, BODY.width, 1.4)
    third = (BODY.width - 2 * GAP) / 3
    places = [
        Area(BODY.left + place * (third + GAP), BODY.top + 1.75, third, 3.2) for place in range(3)
    ]
    columns = (
        Points(say("slides_achieved"), tuple(achieved(book))[-3:]),
        Points(say("slides_wanting"), _short_of(book)),
        Points(say("slides_proposed"), steps(book)[:3]),
    )
    return Slide(
        _headline(book),
        ((top, Figures(shown)), *zip(places, columns, strict=True)),
    )


def _headline(book: Book) -> Paragraph:
    rule, share = book.rule, main_share(book)
    if share is None:
        return sentence("slides_unknown")
    weight = word("weight", rule.weight)
    if rule.pass_mark is None or _passes(book) is None:
        return sentence("slides_share", weight=weight, share=share)
    code = "slides_pass" if _passes(book) else "slides_fail"
    return sentence(code, weight=weight, share=share, mark=f"{rule.pass_mark * 100:g}%")


def _passes(book: Book) -> bool | None:
    entries = book.result.summary.get("rules")
    for one in entries if isinstance(entries, (list, tuple)) else ():
        if one.get("name") == book.rule.name and one.get("passes") is not None:
            return bool(one["passes"])
    return None


def _short_of(book: Book) -> tuple[Paragraph, ...]:
    """The two lowest sub-districts and what else is wanting, without what has a page of its own."""
    told = {one.text for one in radius_against_walk(book)}
    found = [one for one in wanting(book) if one.text not in told]
    low = lowest(book)
    few = min(int((low["uncovered_count"] > 0).sum()), SHOWN_LOWEST)
    late = [_overdue(book)] if book.has("ledger") and book.rows("ledger")["overdue"].any() else []
    kept = (found[: min(few, 2)] + found[few:])[: 4 - len(late)] + late
    return tuple(kept) or (sentence("report_none_wanting"),)


def _overdue(book: Book) -> Paragraph:
    return sentence("slides_overdue", count=book.count("ledger", overdue=True))


def where(book: Book, pictures: bool) -> Slide:
    """The map, and where most uncovered buildings are."""
    rows = book.rows("subdistricts", rule=book.rule.name)
    rows = rows[rows["uncovered_count"] > 0].sort_values(
        ["uncovered_count", "subdistrict_id"], ascending=[False, True]
    )
    found = [
        (str(row["name"]), book.of_row("subdistricts", "uncovered_count", row, _KEYS))
        for row in rows.head(2).to_dict("records")
    ]
    if not found:
        title = sentence("slides_map_none")
    elif len(found) == 1:
        title = sentence("slides_map_one", first=found[0][0], first_count=found[0][1])
    else:
        title = sentence(
            "slides_map_two",
            first=found[0][0],
            first_count=found[0][1],
            second=found[1][0],
            second_count=found[1][1],
        )
    left, right = halves(WIDE)
    figures = Figures(tuple(_verdict_figures(book)))
    if not pictures:
        return Slide(title, ((right, figures),))
    view = View(
        rule=book.rule.name,
        width_mm=round(left.width * _MM_PER_INCH),
        height_mm=round(left.height * _MM_PER_INCH),
        dpi=_MAP_DPI,
    )
    drawn = draw_map(book.result, view)
    picture = Picture(drawn, reviewed_caption(book.result, drawn, say("report_map_verdict")))
    return Slide(title, ((left, picture), (right, figures)))


def _verdict_figures(book: Book) -> Iterator[Figure]:
    rule = book.rule.name
    uncovered = book.count("buildings", rule=rule, verdict="uncovered")
    yield Figure(uncovered, say("slides_uncovered"), alarm=True)
    unknown = book.count("buildings", rule=rule, verdict="unknown")
    share = named(book, "coverage_count_share")
    if share is not None:
        yield share
    if unknown.text != "0":
        yield Figure(unknown, say("slides_unknown_count"))


def ranking(book: Book) -> Slide | None:
    """Sub-districts by coverage, the lowest first."""
    rows = lowest(book)
    column = f"coverage_{book.rule.weight}_share"
    if column not in rows.columns:
        return None
    rows = rows[rows[column].notna()]
    if not len(rows):
        return None
    cells = [book.of_row("subdistricts", column, row, _KEYS) for row in rows.to_dict("records")]
    names = rows["name"].astype(str).tolist()
    mark = book.rule.pass_mark
    good = (pd.to_numeric(rows[column]) >= (mark or 0.0)).tolist()
    shown = slice(None, SHOWN_BARS)
    notes = []
    if mark is not None:
        notes.append(say("slides_ranking_colours", {"mark": f"{mark * 100:g}%"}))
    if len(rows) > SHOWN_BARS:
        notes.append(say("slides_ranking_cut", {"all": len(rows), "shown": SHOWN_BARS}))
    weight = word("weight", book.rule.weight)
    chart = Bars(
        say("slides_ranking_chart", {"weight": weight}),
        tuple(names[shown]),
        tuple(cells[shown]),
        tuple(good[shown]),
        "".join(notes),
    )
    if len(rows) == 1:
        title = sentence("slides_ranking_one", name=names[0], share=cells[0])
    elif mark is not None:
        title = sentence(
            "slides_ranking_mark",
            all=len(rows), count=sum(good), mark=f"{mark * 100:g}%", name=names[0], share=cells[0],
        )  # fmt: skip
    else:
        title = sentence(
            "slides_ranking", name=names[0], share=cells[0], best=names[-1], top=cells[-1]
        )
    left, right = halves(WIDE)
    low = tuple(_lowest_sentences(book, rows))
    if not low:
        return Slide(title, ((BODY, chart),))
    return Slide(title, ((left, chart), (right, Points(say("slides_lowest"), low))))


def _lowest_sentences(book: Book, rows: pd.DataFrame) -> Iterator[Paragraph]:
    column = f"coverage_{book.rule.weight}_share"
    for row in rows[rows["uncovered_count"] > 0].head(5).to_dict("records"):
        yield sentence(
            "report_lowest",
            name=row["name"],
            share=book.of_row("subdistricts", column, row, _KEYS),
            uncovered=book.of_row("subdistricts", "uncovered_count", row, _KEYS),
        )


def walk(book: Book, pictures: bool) -> Slide | None:
    """By straight radius so much, by the real walk so much; how long people walk."""
    rules = [one for one in book.result.params.rules if main_share(book, one) is not None]
    cells = [main_share(book, one) for one in rules]
    radius = next((one for one in rules if one.basis == "radius"), None)
    walked, median, most = (
        main_share(book), book.indicator("minutes_p50"), book.indicator("minutes_p90"),
    )  # fmt: skip
    if radius is not None and walked is not None and book.rule.basis != "radius":
        straight = main_share(book, radius)
        higher = straight is not None and (percent(straight.text) or 0.0) > (
            percent(walked.text) or 0.0
        )
        code = "slides_radius_high" if higher else "slides_radius_even"
        title = sentence(code, straight=straight, walked=walked)
    elif median is not None and most is not None:
        title = sentence("slides_minutes", median=median, most=most)
    else:
        return None
    weight = word("weight", book.rule.weight)
    chart = Bars(
        say("slides_rules_chart", {"weight": weight}),
        tuple(one.name for one in rules),
        tuple(one for one in cells if one is not None),
        tuple(True if one.name == book.rule.name else None for one in rules),
        upright=True,
    )
    left, right = halves(5.6)
    drawn = minutes_chart(book) if pictures else None
    if drawn is None:
        return Slide(title, ((left, chart),))
    above = Area(right.left, right.top + 0.4, right.width, 3.1)
    parts: list[tuple[Area, Bars | Picture | Figures]] = [
        (left, chart),
        (above, Picture(drawn, say("report_minutes_chart"))),
    ]
    figures = (named(book, "minutes_p50"), named(book, "minutes_p90"))
    below = Area(right.left, right.top + 3.65, right.width, 1.35)
    parts.append((below, Figures(tuple(one for one in figures if one is not None))))
    return Slide(title, tuple(parts))


def blind(book: Book) -> Slide | None:
    """Blind areas: how many, why, the first ones; no page where there are none."""
    rows = book.rows("blind_areas", rule=book.rule.name)
    count, people = book.indicator("blind_areas_count"), book.indicator("blind_residents")
    if not len(rows) or count is None:
        return None
    causes = (
        rows["cause"]
        .astype(str)
        .value_counts()
        .sort_index()
        .sort_values(ascending=False, kind="stable")
    )
    main = word("cause", causes.index[0])
    if people is not None:
        title = sentence("slides_blind", count=count, people=people, cause=main)
    else:
        title = sentence("slides_blind_bare", count=count, cause=main)
    figures = tuple(
        Figure(
            book.count("blind_areas", rule=book.rule.name, cause=cause),
            say("slides_cause", {"cause": word("cause", cause)}),
            alarm=True,
        )
        for cause in causes.index
    )
    columns: tuple[str, ...] = (
        "rank", "name", "buildings_count", "residents", "nearest_minutes", "cause", "obstacle_name",
    )  # fmt: skip
    columns = tuple(one for one in columns if rows[one].notna().any())
    shown = rows.sort_values("rank").head(SHOWN_BLIND)
    grid = book.grid(
        "blind_areas", shown, columns, ("blind_area_id", "rule"),
        say("slides_blind_grid", {"count": len(shown)}), [head(one) for one in columns],
    )  # fmt: skip
    top = Area(BODY.left, BODY.top, BODY.width, 1.3)
    below = Area(BODY.left, BODY.top + 1.35, BODY.width, 3.6)
    return Slide(title, ((top, Figures(figures)), (below, grid)))


def stations(book: Book) -> Slide | None:
    """Tiers of stations, and units that should have one and have none."""
    matrix, gaps = book.rows("matrix", unit_kind="study"), book.rows("gap_units")
    if not len(matrix) and not len(gaps):
        return None
    total = book.indicator("stations_count")
    if len(gaps):
        title = sentence("slides_gaps", count=book.count("gap_units"))
    elif total is not None:
        title = sentence("slides_no_gaps", count=total)
    else:
        return None
    above = Area(BODY.left, BODY.top, BODY.width, 1.3)
    below = Area(BODY.left, BODY.top + 1.5, BODY.width, 3.4)
    left, right = halves(6.6, below)
    wanted = ("stations_count", "stations_per_10k", "area_per_1000", "exemplary_count")
    figures = tuple(one for one in (named(book, name) for name in wanted) if one is not None)
    parts: list[tuple[Area, Figures | Grid]] = [(above, Figures(figures))]
    if len(matrix):
        columns = ("tier_name", "expected_units", "actual", "units_without")
        parts.append(
            (
                left if len(gaps) else below,
                book.grid(
                    "matrix", matrix, columns, ("unit_kind", "unit_id", "tier"),
                    say("slides_tiers_grid"), [head(one) for one in columns],
                ),
            )
        )  # fmt: skip
    if len(gaps):
        shown = gaps.head(SHOWNGAPS)
        columns = ("name", "kind", "expected", "actual")
        cut = {"all": len(gaps), "shown": len(shown)}
        note = say("slides_gap_cut", cut) if len(gaps) > len(shown) else ""
        grid = book.grid(
            "gap_units", shown, columns, ("unit_id", "kind"), say("slides_gap_grid"),
            [head(one) for one in columns], note,
        )  # fmt: skip
        parts.append((right if len(matrix) else left, grid))
    return Slide(title, tuple(parts))

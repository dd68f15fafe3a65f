"""The last slides: what to do, with its effect before and after, and how far the figures can be trusted."""

from __future__ import annotations

from geo.messages import say
from geo.words import word
from maps.captions import captions, method, standard
from maps.report.book import Book, head, sentence
from maps.report.model import Paragraph
from maps.report.sections import proposed
from maps.report.slides_facts import named
from maps.report.slides_frame import BODY, GAP, WIDE, halves
from maps.report.slides_model import Area, Bars, Figures, Points, Slide
from maps.report.wording import parts_note

SHOWN_SITES = 7


def steps(book: Book) -> tuple[Paragraph, ...]:
    """What to do, in short sentences."""
    if book.has("sites"):
        return tuple(proposed(book))
    blind_areas = book.rows("blind_areas", rule=book.rule.name)
    if not len(blind_areas):
        return (sentence("slides_step_check"), sentence("slides_step_register"))
    barred = book.count("blind_areas", rule=book.rule.name, cause="barrier")
    first = (sentence("slides_step_links"),) if barred.text != "0" else ()
    return (*first, sentence("slides_step_sites"), sentence("slides_step_register"))


def proposals(book: Book) -> Slide:
    """New stations before and after; else the steps that come first."""
    if book.has("sites"):
        return _sites(book)
    barred = book.count("blind_areas", rule=book.rule.name, cause="barrier")
    if not len(book.rows("blind_areas", rule=book.rule.name)):
        title = sentence("slides_keep")
    elif barred.text != "0":
        title = sentence("slides_links_first", count=barred)
    else:
        title = sentence("slides_sites_later")
    left, right = halves(WIDE)
    figures = tuple(
        one
        for one in (
            named(book, "blind_areas_count", alarm=True),
            named(book, f"coverage_{book.rule.weight}_share"),
        )
        if one is not None
    )
    return Slide(
        title, ((left, Points(say("slides_steps"), steps(book))), (right, Figures(figures)))
    )


def _sites(book: Book) -> Slide:
    frame = book.rows("sites").sort_values("rank")
    records = frame.to_dict("records")
    rule = str(records[0].get("rule") or book.rule.name)
    weight = word("weight", records[0].get("weight") or book.rule.weight)
    left, right = halves(3.7)
    columns: tuple[str, ...] = (
        "rank", "name", "gain_residents", "gain_buildings_count", "there_subdistrict_name",
        "there_before_share", "there_after_share",
    )  # fmt: skip
    columns = tuple(one for one in columns if one in frame.columns)
    note = say("slides_sites_note", {"rule": rule})
    if len(frame) > SHOWN_SITES:
        note += say("slides_sites_cut", {"all": len(frame), "shown": SHOWN_SITES})
    grid = book.grid(
        "sites", frame.head(SHOWN_SITES), columns, ("rank",), say("slides_sites_grid"),
        [head(one) for one in columns], note,
    )  # fmt: skip
    count = book.count("sites")
    if "coverage_previous_share" not in frame.columns or frame["coverage_after_share"].isna().any():
        return Slide(sentence("slides_sites_bare", count=count), ((BODY, grid),))
    before = book.of_row("sites", "coverage_previous_share", records[0], ("rank",))
    after = [book.of_row("sites", "coverage_after_share", one, ("rank",)) for one in records]
    steps = range(1, len(after) + 1)
    # four columns at most: now, and the steps at even distances up to the last
    taken = sorted({len(after) * part // 3 for part in (1, 2, 3)} & set(steps))
    cells = (before, *(after[one - 1] for one in taken))
    chart = Bars(
        say("slides_sites_chart", {"weight": weight}),
        (say("slides_before"), *(say("slides_after", {"count": one}) for one in taken)),
        cells,
        (None, *(True for _ in taken)),
        upright=True,
    )
    title = sentence("slides_sites", count=count, weight=weight, before=before, after=after[-1])
    return Slide(title, ((left, chart), (right, grid)))


def assumptions(book: Book) -> Slide:
    """How it was measured, with what, and how far other assumptions move it."""
    params, rule, lines = book.result.params, book.rule, captions(book.result)
    how = (
        sentence(
            "report_method_rule", standard=standard(rule), method=method(rule, params.walk.paces)
        ),
        sentence(
            "report_method_access",
            frontage=f"{params.walk.frontage_m:g}",
            access=f"{params.walk.max_access_m:g}",
        ),
        sentence("report_method_rounding", parts=parts_note()),
    )
    data = (
        sentence("report_method_counts", counts=lines["counts"], as_of=lines["as_of"]),
        sentence("report_method_sources", sources=lines["sources"]),
    )
    above = Area(BODY.left, BODY.top, BODY.width, 3.5)
    below = Area(BODY.left, BODY.top + 3.65, BODY.width, 1.3)
    left, right = halves((BODY.width - GAP) / 2, above)
    wanted = (f"floor_{rule.weight}_share", "unknown_share", "detour_mean", "coverage_area_share")
    figures = tuple(one for one in (named(book, name) for name in wanted) if one is not None)
    return Slide(
        _range(book),
        (
            (left, Points(say("slides_method_rule"), how)),
            (right, Points(say("slides_method_data"), data)),
            (below, Figures(figures)),
        ),
    )


def _range(book: Book) -> Paragraph:
    keys = {"unit_kind": "study", "rule": book.rule.name, "weight": book.rule.weight}
    found = book.rows("sensitivity", **keys)
    if len(found) == 1:
        row, named_by = found.iloc[0], ("unit_kind", "unit_id", "rule", "weight")
        return sentence(
            "slides_range",
            lowest=book.of_row("sensitivity", "lowest_share", row, named_by),
            highest=book.of_row("sensitivity", "highest_share", row, named_by),
        )
    return sentence("slides_method_radius" if book.rule.basis == "radius" else "slides_method")

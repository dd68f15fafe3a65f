"""The evidence at the end: every indicator, the ledgers of blind areas and gap units, data quality, how sure it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd

from geo.messages import language, say
from geo.words import word
from maps.printed import share_text
from maps.report.book import Book, head, sentence
from maps.report.ledger_part import blind_grid, closed_grid, gap_grid
from maps.report.model import Block, Bullets, Cell, Grid, Heading, Paragraph
from maps.report.wording import minutes_text, stated_text

if TYPE_CHECKING:
    from geo.result import StudyResult

_CRITICAL = 10


def appendices(book: Book) -> Iterator[Block]:
    """All appendices that the study has something for."""
    number = 0
    for title, grid in (
        ("report_appendix_indicators", _indicators(book)),
        ("report_appendix_blind", blind_grid(book)),
        ("report_appendix_gaps", gap_grid(book)),
        ("report_appendix_closed", closed_grid(book)),
    ):
        if grid is not None:
            number += 1
            yield _appendix(number, title)
            yield grid
    number += 1
    if book.has("sensitivity") or book.has("critical_stations"):
        yield _appendix(number, "report_appendix_range")
        if book.has("sensitivity"):
            yield from _range(book)
            yield from _variations(book)
        yield from _critical(book)
        number += 1
    yield _appendix(number, "report_appendix_quality")
    yield from _quality(book)
    yield from _published(book)
    yield Heading(say("report_field_head"), 2)
    yield from _field_check(book)


def _appendix(number: int, title: str) -> Heading:
    """Number the appendices as they come: one that is not there takes no number."""
    ordinal = "〇一二三四五六七八九"[number] if language() == "zh" else str(number)
    return Heading(say("report_appendix", {"ordinal": ordinal, "title": say(title)}))


def _indicators(book: Book) -> Grid | None:
    """Every indicator of the whole study under the report's rule."""
    if not book.has("indicators"):
        return None
    frame = book.rows("indicators", unit_kind="study")
    frame = frame[frame["rule"].fillna("").astype(str).isin([book.rule.name, ""])]
    frame = frame[frame["value"].notna()]
    rows: list[tuple[Cell | str, ...]] = []
    for row in frame.to_dict("records"):
        value = book.of_row("indicators", "shown", row, ("id", "unit_kind", "rule"))
        rows.append((str(row["name"]), value, str(row["scope"] or "")))
    headers = (say("report_indicator"), say("report_value"), say("report_definition"))
    return Grid(say("report_indicator_grid"), headers, tuple(rows), (False, True, False))


def _range(book: Book) -> Iterator[Block]:
    """The result under other assumptions, by the weight of every rule, and the assumptions at either end."""
    frame = book.rows("sensitivity", unit_kind="study")
    weights = {rule.name: rule.weight for rule in book.result.params.rules}
    mine = frame[frame["weight"].astype(str) == frame["rule"].astype(str).map(weights)]
    columns = (
        "rule", "lowest_share", "lowest_variation", "central_share", "highest_share", "highest_variation",
    )  # fmt: skip
    yield book.grid(
        "sensitivity", mine, columns, ("unit_kind", "unit_id", "rule", "weight"), say("report_range_grid"),
        [head(name) for name in columns], say("report_range_note"),
    )  # fmt: skip


def _variations(book: Book) -> Iterator[Block]:
    """Every assumption by itself, under the report's rule."""
    rule = book.rule
    frame = book.rows(
        "sensitivity_variations", unit_kind="study", rule=rule.name, weight=rule.weight
    )
    if len(frame):
        columns = ("variation", "coverage_share")
        yield book.grid(
            "sensitivity_variations", frame, columns, ("unit_kind", "rule", "weight", "variation"),
            say("report_variation_grid", {"rule": rule.name}), [head(name) for name in columns],
        )  # fmt: skip


def _critical(book: Book) -> Iterator[Block]:
    """The stations whose closing would cost most."""
    rule = book.rule
    frame = book.rows("critical_stations", rule=rule.name)
    if not len(frame):
        return
    columns = (
        "rank", "name", "lost_buildings_count", "lost_residents", "coverage_closed_share",
    )  # fmt: skip
    yield book.grid(
        "critical_stations", frame.sort_values("rank").head(_CRITICAL), columns, ("station_id", "rule"),
        say("report_critical_grid", {"count": min(_CRITICAL, len(frame))}),
        [head(name) for name in columns], say("report_critical_note"),
    )  # fmt: skip


def _field_check(book: Book) -> Iterator[Block]:
    """How walks timed on foot compare with the minutes worked out."""
    found = book.result.quality.measures.get("field_check")
    if not isinstance(found, Mapping) or not found.get("count"):
        yield sentence("report_field_none")
        return
    yield sentence(
        "report_field",
        count=found["count"],
        bias=f"{float(str(found['bias_min'])):+.1f}",
        largest=minutes_text(found["largest_min"]),
        share=share_text(found["within_one_share"]),
        changed=found["changed_count"],
    )


def _published(book: Book) -> Iterator[Block]:
    """Published figures beside our count, each with the word it was published with."""
    frame = book.rows("published_figures")
    if not len(frame):
        return
    rows = tuple(
        (
            str(row["text"]),
            stated_text(str(row["comparison"]), row["published"], str(row["text"])),
            book.of_row("published_figures", "counted", row, ("text",)),
            say("word_yes" if row["agrees"] else "word_no") if pd.notna(row["agrees"]) else "—",
        )
        for row in frame.to_dict("records")
    )
    headers = tuple(
        say(f"report_published_{one}") for one in ("text", "stated", "counted", "agrees")
    )
    yield Grid(say("report_published_grid"), headers, rows, (False, True, True, False))


def _quality(book: Book) -> Iterator[Block]:
    """What was read, what was set aside, what was assumed."""
    report = book.result.quality
    headers = tuple(say(f"report_quality_{one}") for one in ("input", "file", "rows", "rejects"))
    columns = ("input_name", "file", "rows_count", "rows_rejected")
    rows = book.rows("quality_inputs")
    if len(rows):
        yield book.grid(
            "quality_inputs", rows, columns, ("input_name", "file"), say("report_quality_grid"), headers,
        )  # fmt: skip
    found = [one for one in report.faults if one.severity in ("error", "warning")]
    notes = [one for one in report.faults if one.severity == "info"]
    if found:
        yield Heading(say("report_quality_found"), 2)
        yield Bullets(tuple(Paragraph(one.text()) for one in found))
    if notes:
        yield Heading(say("report_quality_notes"), 2)
        yield Bullets(tuple(Paragraph(one.text()) for one in notes))


def with_quality(result: StudyResult) -> StudyResult:
    """Return the result with its inputs as table ``quality_inputs``, so that their counts can be traced."""
    rows = [
        {
            "input_name": str(one.get("name") or word("input", one.get("input")) or ""),
            "file": str(one.get("file") or ""),
            "rows_count": _count(one.get("rows")),
            "rows_rejected": _count(one.get("rows_rejected")),
        }
        for one in result.quality.inputs
    ]
    return replace(result, tables={**result.tables, "quality_inputs": pd.DataFrame(rows)})


def _count(value: object) -> int:
    return int(value) if isinstance(value, (int, float)) and not pd.isna(value) else 0

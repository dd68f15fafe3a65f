"""Against last time (较上期): coverage by sub-district, blind areas new, closed and kept, what moved the figures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pandas as pd

from geo.attribution import CAUSES
from geo.compare import Comparison, compare
from geo.errors import Fault, InputError, NotFoundError, fault
from geo.ledger_areas import area_members, matched, overlaps
from geo.messages import say
from geo.params import Rule
from geo.progress import Progress, silent
from geo.words import word
from maps.captions import standard
from maps.printed import share_text, tenths
from maps.report.book import Book, head, sentence
from maps.report.chapters import rest_note
from maps.report.model import Block, Bullets, Cell, Grid, Heading, Paragraph
from maps.report.wording import as_of_text, change_text, parts_note, points_text

if TYPE_CHECKING:
    from geo.result import StudyResult

_SHOWN = 40


@dataclass(frozen=True)
class Against:
    """An earlier result and how it may be compared.

    Attributes
    ----------
    remarks
        How scope, rule, data or constants differ: said before any figure is compared.
    figures
        Whether coverage is compared: not where the two were judged by another basis, limit or weight.
    found
        What moved the figures, from `geo.compare`; None where that cannot be told.
    """

    before: StudyResult
    remarks: tuple[Fault, ...]
    figures: bool
    found: Comparison | None = None


def against(
    after: StudyResult, before: StudyResult, *, causes: bool = True, progress: Progress = silent
) -> Against:
    """See how a result may be compared with an earlier one.

    Parameters
    ----------
    causes
        Whether to find out what moved the figures, which judges the study anew for every cause.

    Raises
    ------
    InputError
        When the earlier result is not earlier: the two were taken for each other.
    """
    if before.params.as_of > after.params.as_of:
        days = {"before": before.params.as_of, "after": after.params.as_of}
        raise InputError(fault("against_not_earlier", before=days["before"], after=days["after"]))
    remarks, figures = _rule_remarks(before, after)
    remarks += _scope_remarks(before, after)
    found = None
    if causes and figures:
        try:
            found = compare(before, after, progress)
        except (InputError, NotFoundError) as error:
            remarks.append(fault("against_causes_unknown", "warning", why=str(error)))
    return Against(before, tuple(remarks), figures, found)


def _rule_remarks(before: StudyResult, after: StudyResult) -> tuple[list[Fault], bool]:
    now = after.params.rules[0]
    was = next((one for one in before.params.rules if one.name == now.name), None)
    if was is None:
        names = "、".join(one.name for one in before.params.rules)
        return [fault("against_no_rule", "warning", rule=now.name, present=names)], False
    remarks: list[Fault] = []
    hard = [
        one
        for one in ("basis", "minutes", "metres", "weight")
        if getattr(was, one) != getattr(now, one)
    ]
    if hard:
        texts = {"before": _said(was), "after": _said(now)}
        remarks.append(fault("against_rule_differs", "warning", rule=now.name, **texts))
    soft = [one for one in ("tiers", "pace", "open") if getattr(was, one) != getattr(now, one)]
    soft += ["constants"] if _constants(before, was) != _constants(after, now) else []
    if soft:
        kinds = "、".join(say(f"against_part_{one}") for one in soft)
        remarks.append(fault("against_rule_adjusted", "warning", rule=now.name, parts=kinds))
    if was.pass_mark != now.pass_mark:
        marks = {"before": _mark(was), "after": _mark(now)}
        remarks.append(fault("against_mark_differs", "info", **marks))
    return remarks, not hard


def _said(rule: Rule) -> str:
    text = f"{standard(rule)}，{word('basis', rule.basis)}"
    return say("against_rule_said", {"rule": text, "weight": word("weight", rule.weight)})


def _mark(rule: Rule) -> str:
    return "—" if rule.pass_mark is None else f"{rule.pass_mark * 100:g}%"


def _constants(result: StudyResult, rule: Rule) -> tuple[object, ...]:
    walk = result.params.walk
    return walk.frontage_m, walk.max_access_m, walk.paces.get(rule.pace)


def _scope_remarks(before: StudyResult, after: StudyResult) -> list[Fault]:
    one, two = (dict(_names(each)) for each in (before, after))
    new, gone = sorted(set(two) - set(one)), sorted(set(one) - set(two))
    remarks = []
    if new or gone:
        names = {
            "new": "、".join(two[each] for each in new) or "—",
            "gone": "、".join(one[each] for each in gone) or "—",
        }
        remarks.append(fault("against_scope_differs", "warning", **names))
    if before.params.output.simulated != after.params.output.simulated:
        remarks.append(fault("against_simulated", "warning"))
    return remarks


def _names(result: StudyResult) -> Iterator[tuple[str, str]]:
    table = result.subdistricts.drop_duplicates("subdistrict_id")
    return zip(table["subdistrict_id"].astype(str), table["name"].astype(str), strict=True)


def with_earlier(after: StudyResult, last: Against) -> StudyResult:
    """Return the result with what is told of last time as tables, so that figures can be traced.

    ``earlier`` (coverage by sub-district), ``earlier_indicators``, ``earlier_blind_areas``, ``blind_change`` (which
    blind areas are new, kept, gone) and ``change``.
    """
    rule = after.params.rules[0]
    figure = f"coverage_{rule.weight}_share"
    table = last.before.subdistricts
    mine = table[table["rule"].astype(str) == rule.name]
    tables = dict(after.tables)
    if last.figures and figure in mine:
        tables["earlier"] = pd.DataFrame(
            {
                "subdistrict_id": mine["subdistrict_id"].astype(str),
                "rule": rule.name,
                figure: mine[figure],
            }
        ).reset_index(drop=True)
    for name in ("indicators", "blind_areas"):
        if name in last.before.tables:
            tables[f"earlier_{name}"] = last.before.tables[name]
    tables["blind_change"] = _blind_change(after, last)
    if last.found is not None:
        tables["change"] = last.found.change
    return replace(after, tables=tables)


def _blind_change(after: StudyResult, last: Against) -> pd.DataFrame:
    """Match blind areas of today with those of last time by the buildings they share: new, kept or gone."""
    rule = after.params.rules[0].name
    one, two = area_members(last.before, rule), area_members(after, rule)
    pairs = matched(overlaps(two, one.rename(columns={"blind_area_id": "number"})))
    now, was = _areas(after, rule), _areas(last.before, rule)
    rows = [(area, "kept" if area in pairs else "new") for area in now]
    rows += [(area, "gone") for area in was if area not in set(pairs.values())]
    return pd.DataFrame(rows, columns=["blind_area_id", "fate"])


def _areas(result: StudyResult, rule: str) -> list[str]:
    table = result.tables.get("blind_areas")
    if table is None:
        return []
    return table.loc[table["rule"].astype(str) == rule, "blind_area_id"].astype(str).tolist()


def against_blocks(book: Book, last: Against) -> Iterator[Block]:
    """The chapter 较上期."""
    days = {
        "before": as_of_text(last.before.params.as_of),
        "after": as_of_text(book.result.params.as_of),
    }
    yield sentence("against_days", before=days["before"], after=days["after"])
    if last.remarks:
        yield Bullets(tuple(Paragraph(one.text()) for one in last.remarks))
    if last.figures:
        yield _study_line(book, last)
        grid = _coverage_grid(book)
        if grid is not None:
            yield grid
        if last.found is not None:
            yield _cause_grid(book, last.found)
    yield Heading(say("against_blind"), 2)
    yield from _blind(book, last)


def against_lead(book: Book, last: Against) -> Iterator[Paragraph]:
    """One line for the conclusion."""
    if last.figures and not any(one.code == "against_scope_differs" for one in last.remarks):
        yield _study_line(book, last)
    if book.has("blind_change"):
        yield _blind_line(book)


def _blind_line(book: Book) -> Paragraph:
    rule = book.rule.name
    return sentence(
        "against_blind_line",
        before=book.count("earlier_blind_areas", rule=rule),
        after=book.count("blind_areas", rule=rule),
        new=book.count("blind_change", fate="new"),
        gone=book.count("blind_change", fate="gone"),
        kept=book.count("blind_change", fate="kept"),
    )


def _study_line(book: Book, last: Against) -> Paragraph:
    rule = book.rule
    name = f"coverage_{rule.weight}_share"
    one, two = _share(last.before, rule.name, name), _share(book.result, rule.name, name)
    if any(each.code == "against_scope_differs" for each in last.remarks):
        return sentence("against_scope_line")
    return sentence(
        "against_line",
        weight=word("weight", rule.weight),
        before=_indicator(Book(last.before, rule), name, "earlier_indicators") or share_text(one),
        after=_indicator(book, name, "indicators") or share_text(two),
        change=change_text(one, two),
    )


def _indicator(book: Book, name: str, table: str) -> Cell | None:
    cell = book.indicator(name)
    return None if cell is None else replace(cell, table=table)


def _share(result: StudyResult, rule: str, figure: str) -> object:
    rules = result.summary.get("rules")
    entries: list[Mapping[str, object]] = list(rules) if isinstance(rules, (list, tuple)) else []
    return next((one.get(figure) for one in entries if one.get("name") == rule), None)


def _coverage_grid(book: Book) -> Grid | None:
    """Coverage of every sub-district, last time and now, with the difference in 个百分点."""
    earlier = book.rows("earlier", rule=book.rule.name)
    name = f"coverage_{book.rule.weight}_share"
    rows = book.rows("subdistricts", rule=book.rule.name)
    if not len(earlier) or name not in rows:
        return None
    was = {str(row["subdistrict_id"]): row for row in earlier.to_dict("records")}
    keys = ("subdistrict_id", "rule")

    def line(row: dict[object, object]) -> tuple[Cell | str, ...]:
        before = was.get(str(row["subdistrict_id"]))
        first: Cell | str = (
            book.of_row("earlier", name, before, keys) if before is not None else "—"
        )
        moved = points_text(before[name] if before is not None else None, row[name])
        return str(row["name"]), first, book.of_row("subdistricts", name, row, keys), moved

    order = rows.assign(move=[_moved(was, one, name) for one in rows.to_dict("records")])
    order = order.sort_values(["move", "subdistrict_id"], na_position="last")
    headers = (
        head("subdistrict_name"),
        say("against_before"),
        say("against_after"),
        say("against_points"),
    )
    title = say("against_grid", {"figure": head(name)})
    lines = tuple(line(dict(one)) for one in order.to_dict("records"))
    return Grid(title, headers, lines, (False, True, True, True), say("against_points_note"))


def _moved(was: dict[str, dict[object, object]], row: dict[object, object], name: str) -> float:
    before = was.get(str(row["subdistrict_id"]))
    one, two = tenths(before[name] if before is not None else None), tenths(row[name])
    return float("nan") if one is None or two is None else float(two - one)


def _cause_grid(book: Book, found: Comparison) -> Grid:
    """What moved the coverage: data, network, stations, rules, each on top of the last."""
    figure = f"coverage_{book.rule.weight}_share"
    table = found.change
    mine = table[
        (table["rule"] == book.rule.name)
        & (table["figure"] == figure)
        & table["unit_kind"].isin(["study", "subdistrict"])
        & (table["change"].abs() > 1e-6)
    ]
    whole = mine["unit_kind"] == "study"
    order = pd.concat([mine[whole], mine[~whole].sort_values(["change", "unit_id"])])
    rows = []
    for row in order.to_dict("records"):
        value = float(str(row["before"]))
        parts = []
        for cause in CAUSES:
            step = value + float(str(row[f"by_{cause}"]))
            parts.append(points_text(value, step))
            value = step
        rows.append((str(row["name"]), *parts, points_text(row["before"], row["after"])))
    heads = (
        say("against_unit"),
        *(say(f"against_cause_{one}") for one in CAUSES),
        say("against_whole"),
    )
    note = parts_note(say("against_cause_note"))
    numeric = (False, *(True for _ in heads[1:]))
    if not rows:
        note = say("against_same")
    return Grid(say("against_cause_grid"), heads, tuple(rows), numeric, note)


def _blind(book: Book, last: Against) -> Iterator[Block]:
    if any(one.code == "against_no_rule" for one in last.remarks):
        yield sentence("against_blind_none")
        return
    yield _blind_line(book)
    fate = book.rows("blind_change")
    new, gone = (set(fate.loc[fate["fate"] == one, "blind_area_id"]) for one in ("new", "gone"))
    columns: tuple[str, ...] = (
        "name", "buildings_count", "residents", "nearest_minutes", "cause",
    )  # fmt: skip
    if new:
        yield _area_grid(book, "blind_areas", new, columns, "against_new_grid")
    if gone:
        yield _area_grid(book, "earlier_blind_areas", gone, columns[:3], "against_gone_grid")


def _area_grid(
    book: Book, table: str, areas: set[str], columns: tuple[str, ...], title: str
) -> Grid:
    rows = book.rows(table, rule=book.rule.name)
    rows = rows[rows["blind_area_id"].astype(str).isin(areas)].sort_values("rank")
    heads = [head(one) for one in columns]
    grid = book.grid(
        table, rows.head(_SHOWN), columns, ("blind_area_id", "rule"), say(title, {"count": len(rows)}), heads,
    )  # fmt: skip
    return _cut(grid, len(rows))


def _cut(grid: Grid, whole: int) -> Grid:
    """Say below a table whether it is all."""
    if whole <= _SHOWN:
        return grid
    full = replace(grid, whole=whole)
    return replace(full, note=rest_note(full, _SHOWN))

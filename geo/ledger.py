"""The ledger (台账) of blind areas and missing stations, kept across runs: who answers for what, and by when."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from geo.errors import Fault, fault
from geo.ledger_areas import area_members, fate, matched, overlaps

if TYPE_CHECKING:
    from geo.result import StudyResult

Row = dict[str, object]
BLIND, GAP = "blind", "gap"
STATES = ("pending", "working", "done", "paused")
WAITING = ("pending", "working")
ENTRIES = ("responsible", "deadline", "state", "remarks")
"""What the user fills in: 责任单位, 整改时限, 状态, 备注; kept as written."""
COLUMNS = (
    "item_kind", "number", "source_id", "gap", "rule", "name", "subdistrict_id", "subdistrict_name", "community_name",
    "buildings_count", "residents", "nearest_minutes", "cause", "entered_on", "situation", "related_number",
    *ENTRIES, "deadline_on", "state_code", "closed_on", "closed_why",
)  # fmt: skip
_FIRST = {BLIND: "M", GAP: "K"}


@dataclass(frozen=True)
class Ledger:
    """All items that were ever entered.

    Attributes
    ----------
    items
        `COLUMNS` and the user's own columns; ``closed_on`` is empty while an item is open. ``situation``: ``new, kept,
        split, again, unjudged, manual``; ``closed_why``: ``covered, built, merged, gone``.
    members
        ``number, building_id``: the buildings of every blind area, by which it is known again.
    as_of
        Date of the study it was last brought up to; None for a new one.
    faults
        What in the user's entries cannot be read.
    """

    items: pd.DataFrame
    members: pd.DataFrame
    as_of: date | None = None
    faults: tuple[Fault, ...] = ()
    own_columns: tuple[str, ...] = field(default=())

    @property
    def open(self) -> pd.DataFrame:
        """Items that are not closed."""
        return self.items[self.items["closed_on"].isna()]

    @property
    def closed(self) -> pd.DataFrame:
        """Items closed (已销号), the latest first."""
        done = self.items[self.items["closed_on"].notna()]
        return done.sort_values(["closed_on", "number"], ascending=[False, True])

    def of_kind(self, kind: str) -> pd.DataFrame:
        """Open items of one kind, in their order."""
        return self.open[self.open["item_kind"] == kind]

    def overdue(self, day: date) -> pd.DataFrame:
        """Open items whose deadline is before `day` and which nobody says are done or put off."""
        waiting = self.open
        late = waiting["deadline_on"].notna() & (waiting["deadline_on"] < pd.Timestamp(day))
        return waiting[late & waiting["state_code"].isin(WAITING)]


def empty_ledger() -> Ledger:
    """Return a ledger without items."""
    items = pd.DataFrame({name: pd.Series(dtype=object) for name in COLUMNS})
    for name in ("entered_on", "deadline_on", "closed_on"):
        items[name] = pd.to_datetime(items[name])
    return Ledger(items, pd.DataFrame({"number": [], "building_id": []}, dtype=object))


def brought_up_to(old: Ledger, result: StudyResult) -> Ledger:
    """Bring a ledger up to a result; what the user filled in stays with its blind area or unit.

    Strategy
    --------
    * a blind area is the earlier one that it shares most buildings with, open items before closed ones;
    * one that shares buildings with an item already taken was split off and takes over its entries;
    * an open item that is not there any more is closed when its buildings are covered, gone from the data, or part of
      another item; it stays open where they are without verdict or somebody wrote it in by hand;
    * a missing station is known by its unit; a closed item that comes back is opened again with its entries;
    * a result older than the ledger changes nothing.
    """
    as_of = result.params.as_of
    if old.as_of is not None and as_of < old.as_of:
        late = fault("ledger_newer", "warning", ledger=old.as_of, study=as_of)
        return replace(old, faults=(*old.faults, late))
    rule = result.params.rules[0].name
    faults = list(old.faults)
    before = old.open.loc[old.open["item_kind"] == BLIND, "rule"].dropna().astype(str).unique()
    others = sorted(set(before.tolist()) - {rule})
    if others:
        faults.append(fault("ledger_rule_changed", "warning", before="、".join(others), now=rule))
    blind, members = _blind(old, result, rule)
    items = pd.concat([blind, _gaps(old, result)], ignore_index=True)
    items = _numbered(items)
    given = dict(zip(items["token"], items["number"], strict=True))
    members = members.assign(number=members["number"].map(lambda one: given.get(one, one)))
    items["related_number"] = items["related_number"].map(lambda one: given.get(one, one))
    names = [*COLUMNS, *old.own_columns]
    return Ledger(
        items.reindex(columns=names),
        members[["number", "building_id"]].reset_index(drop=True),
        as_of,
        tuple(faults),
        old.own_columns,
    )


def _blind(old: Ledger, result: StudyResult, rule: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    kept = _by_number(old, BLIND)
    now = _records(_current_areas(result, rule))
    members = area_members(result, rule)
    shared = overlaps(members, old.members)
    closed = {number for number, was in kept.items() if _is_closed(was)}
    pairs = matched(shared, closed)
    pairs.update(_by_name(now, kept, old.members, pairs))
    owner = {area: number for area, number in pairs.items() if number in kept}
    split = _split_from(shared, {number for number in kept if number not in closed})
    rows = [_entered(one, kept, owner, split, result) for one in now]
    taken = set(owner.values())
    token = {str(row["source_id"]): str(row["token"]) for row in rows}
    left = [number for number in kept if number not in taken]
    states = fate(result, rule, old.members, left, shared)
    rows += [_left(kept[number], states[number], token, result) for number in left]
    mine = members.assign(number=members["blind_area_id"].map(token))
    stay = old.members[old.members["number"].isin(left)]
    return _frame(rows), pd.concat([mine, stay], ignore_index=True)


def _by_number(old: Ledger, kind: str) -> dict[str, Row]:
    rows = _records(old.items[old.items["item_kind"] == kind])
    return {str(row["number"]): row for row in rows}


def _records(frame: pd.DataFrame) -> list[Row]:
    return [{str(key): value for key, value in row.items()} for row in frame.to_dict("records")]


def _is_closed(was: Row) -> bool:
    return isinstance(was["closed_on"], pd.Timestamp)


def _current_areas(result: StudyResult, rule: str) -> pd.DataFrame:
    table = result.tables.get("blind_areas")
    if table is None:
        return pd.DataFrame()
    rows = pd.DataFrame(table[table["rule"].astype(str) == rule]).sort_values("rank")
    rows = rows.assign(source_id=rows["blind_area_id"].astype(str), item_kind=BLIND, gap=None)
    return _placed(rows, result)


def _placed(rows: pd.DataFrame, result: StudyResult) -> pd.DataFrame:
    """Name sub-district and community."""
    placed = rows.copy()
    for kind, section in (("subdistrict", "subdistricts"), ("community", "communities")):
        units = result.tables.get(section)
        if units is None or f"{kind}_id" not in rows:
            placed[f"{kind}_name"] = None
            continue
        first = units.drop_duplicates(f"{kind}_id")
        names = pd.Series(
            first["name"].astype(str).to_numpy(object), index=first[f"{kind}_id"].astype(str)
        )
        found = rows[f"{kind}_id"].astype(str).map(names).astype(object)
        placed[f"{kind}_name"] = found.where(found.notna(), None)
    return placed.reindex(columns=[one for one in COLUMNS if one not in ENTRIES])


def _split_from(shared: pd.DataFrame, open_ones: Collection[str]) -> dict[str, str]:
    """Return the open item of which every area shares most buildings."""
    mine = shared[shared["number"].isin(list(open_ones))]
    mine = mine.sort_values(["shared", "number"], ascending=[True, False])
    return dict(zip(mine["blind_area_id"].astype(str), mine["number"].astype(str), strict=True))


def _entered(
    row: Row,
    kept: Mapping[str, Row],
    owner: Mapping[str, str],
    split: Mapping[str, str],
    result: StudyResult,
) -> Row:
    """Make the item of an area or unit found now, with the entries of the item it was."""
    source = str(row["source_id"])
    as_of = pd.Timestamp(result.params.as_of)
    fresh: Row = {**row, "token": f"+{source}", "closed_on": pd.NaT, "closed_why": None}
    if source in owner:
        was = kept[owner[source]]
        same = {name: was[name] for name in ("number", "entered_on", "related_number")}
        situation = _situation(was, as_of)
        return {
            **was,
            **fresh,
            **same,
            **_entries(was),
            "token": was["number"],
            "situation": situation,
        }
    first: Row = {"number": None, "entered_on": as_of}
    if source in split:
        was = kept[split[source]]
        related = {"situation": "split", "related_number": was["number"]}
        return {**fresh, **first, **related, **_entries(was)}
    blank: Row = dict.fromkeys((*ENTRIES, "related_number"))
    nothing: Row = {"deadline_on": pd.NaT, "state_code": "pending", "situation": "new"}
    return {**fresh, **first, **blank, **nothing}


def _situation(was: Row, as_of: pd.Timestamp) -> str:
    """Tell how an item stands that is still there; a second report of the same day says the same."""
    if _is_closed(was):
        return "again"
    if was["entered_on"] != as_of:
        return "kept"
    return "split" if was["situation"] == "split" else "new"


def _entries(was: Row) -> Row:
    return {name: was[name] for name in (*ENTRIES, "deadline_on", "state_code")}


def _left(was: Row, state: tuple[str, str], token: Mapping[str, str], result: StudyResult) -> Row:
    """Say what became of an item that no area of today is."""
    row: Row = {**was, "token": was["number"]}
    why, area = state
    if _is_closed(was):
        return row
    if why in ("manual", "unjudged", "kept"):
        return {**row, "situation": why}
    closed: Row = {"closed_on": pd.Timestamp(result.params.as_of), "closed_why": why}
    return {**row, **closed, "related_number": token.get(area) if why == "merged" else None}


def _by_name(
    now: Sequence[Row],
    kept: Mapping[str, Row],
    members: pd.DataFrame,
    pairs: Mapping[str, str],
) -> dict[str, str]:
    """Match items of which no buildings are known (a list begun by hand) by name and sub-district."""
    passed = set(members["number"]) | set(pairs.values())
    bare = [one for number, one in kept.items() if number not in passed and not _is_closed(one)]
    names = {
        (str(one["name"]), str(one["subdistrict_name"])): str(one["number"])
        for one in reversed(bare)
    }
    found: dict[str, str] = {}
    for one in now:
        number = names.pop((str(one["name"]), str(one["subdistrict_name"])), None)
        if number is not None and str(one["source_id"]) not in pairs:
            found[str(one["source_id"])] = number
    return found


def _gaps(old: Ledger, result: StudyResult) -> pd.DataFrame:
    kept = _by_number(old, GAP)
    table = result.tables.get("gap_units")
    rows: list[Row] = []
    if table is not None and len(table):
        frame = pd.DataFrame(table).copy()
        gap = frame["gap"].astype(str) if "gap" in frame else "station"
        key = frame["unit_id"].astype(str) + "/" + frame["kind"].astype(str) + "/" + gap
        rows = _records(_placed(frame.assign(source_id=key, item_kind=GAP), result))
    # where a unit was entered twice (copied by hand) the first one is it
    numbers = {str(was["source_id"]): number for number, was in reversed(kept.items())}
    found = {str(one["source_id"]) for one in rows}
    owner = {source: number for source, number in numbers.items() if source in found}
    items = [_entered(one, kept, owner, {}, result) for one in rows]
    taken = set(owner.values())
    for number, was in kept.items():
        if number not in taken:
            why = "unjudged" if table is None else _fate_of_unit(was, result)
            items.append(_left(was, (why, ""), {}, result))
    return _frame(items)


def _fate_of_unit(was: Row, result: StudyResult) -> str:
    """Tell whether a unit got what it lacked or left the data; one entered by hand stays."""
    if not isinstance(was["source_id"], str) or "/" not in was["source_id"]:
        return "manual"
    unit, kind = was["source_id"].split("/")[:2]
    units = result.tables.get(
        {"community": "communities", "subdistrict": "subdistricts"}.get(kind, "")
    )
    if units is None:
        return "built"
    return "built" if (units[f"{kind}_id"].astype(str) == unit).any() else "gone"


def _frame(rows: Sequence[Row]) -> pd.DataFrame:
    frame = pd.DataFrame(list(rows)) if rows else pd.DataFrame(columns=[*COLUMNS, "token"])
    for name in ("entered_on", "deadline_on", "closed_on"):
        frame[name] = pd.to_datetime(frame[name])
    return frame.astype({name: object for name in frame.columns if frame[name].isna().all() and name not in (
        "entered_on", "deadline_on", "closed_on")})  # fmt: skip


def _numbered(items: pd.DataFrame) -> pd.DataFrame:
    """Give new items the next numbers of their kind; numbers are never used twice."""
    items = items.copy()
    for kind, letter in _FIRST.items():
        mine = items["item_kind"] == kind
        used = items.loc[mine, "number"].dropna().astype(str).str.extract(rf"^{letter}(\d+)$")[0]
        first = int(pd.to_numeric(used).max()) if used.notna().any() else 0
        fresh = np.flatnonzero((mine & items["number"].isna()).to_numpy(dtype=bool))
        numbers = [f"{letter}{first + one:04d}" for one in range(1, len(fresh) + 1)]
        items["number"] = items["number"].astype(object)
        items.loc[items.index[fresh], "number"] = numbers
    return items

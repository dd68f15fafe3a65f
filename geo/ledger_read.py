"""The ledger (台账) as the user filled it in: read whole, odd entries told with row and remedy, nothing dropped."""

from __future__ import annotations

import calendar
import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from zipfile import BadZipFile

import pandas as pd
from python_calamine import CalamineError

from geo.errors import Fault, InputError, fault
from geo.ledger import BLIND, COLUMNS, ENTRIES, GAP, Ledger, empty_ledger
from geo.messages import say
from geo.read.sheets import TEXT_FORMATS
from geo.read.values import as_date, as_text, fold_word
from geo.read.workbook import Cell, Page, text_page, workbook_pages

LEDGER_NAME = "台账.xlsx"
TEXT_NAME = "台账.csv"
SHEETS = ("ledger_sheet_blind", "ledger_sheet_gap", "ledger_sheet_closed", "ledger_sheet_members")
LABELS: Mapping[str, str] = {
    "number": "编号", "item_kind": "类别", "name": "名称", "subdistrict_name": "所属街道", "community_name": "所属社区",
    "buildings_count": "建筑（栋）", "residents": "常住人口（人）", "nearest_minutes": "最近站点步行时间（分钟）",
    "cause": "成因", "situation": "本期情况", "related_number": "相关编号", "responsible": "责任单位",
    "deadline": "整改时限", "state": "状态", "remarks": "备注", "entered_on": "列入日期", "closed_on": "销号日期",
    "closed_why": "销号原因", "rule": "评价标准", "source_id": "系统编号", "gap": "空白类型",
    "subdistrict_id": "街道代码",
}  # fmt: skip
"""Headers of the file, the same in every language: people send the file round and send it back."""
MEMBER_LABELS = ("编号", "建筑编号")
AS_OF_LABEL = "截止日期"
_OTHER_NAMES = {
    "责任部门": "responsible", "牵头单位": "responsible", "完成时限": "deadline", "时限": "deadline",
    "整改期限": "deadline", "整改状态": "state", "进展": "state", "说明": "remarks", "街道": "subdistrict_name",
    "社区": "community_name", "服务盲区": "name",
}  # fmt: skip
_STATES = {
    "pending": ("待整改", "未整改", "未开始", "未启动", "未办结", "pending"),
    "working": ("整改中", "正在整改", "推进中", "进行中", "办理中", "working"),
    "done": ("已整改", "整改完成", "已完成", "完成", "已办结", "办结", "已销号", "done"),
    "paused": ("暂缓", "延期", "搁置", "paused"),
}
_OPEN_ENDED = ("长期", "长期坚持", "持续推进", "常态化", "待定", "暂无", "无")
_MONTH = re.compile(r"(\d{4})[-./年](\d{1,2})月?")
_YEAR = re.compile(r"(\d{4})年?")
_TAIL = re.compile(r"(?:以前|之前|前|以内|内|底|末)+$")


def read_ledger(path: Path) -> Ledger:
    """Read a ledger written by an earlier report, or a list that somebody began.

    Raises
    ------
    InputError
        The file cannot be read or has no column 编号 or 名称.
    """
    pages = _pages(path)
    parts: list[pd.DataFrame] = []
    members, as_of = empty_ledger().members, None
    faults: list[Fault] = []
    for page in pages:
        if page.name == say("ledger_sheet_members", lang="zh"):
            members, as_of = _members(page)
            continue
        found = _items(page, _kind_of(page.name))
        if found is not None:
            parts.append(found)
    if not parts:
        raise InputError(fault("ledger_no_header", file=path.name))
    table = pd.concat(parts, ignore_index=True)
    table = _with_kinds(table)
    table = _without_doubles(table, path.name, faults)
    table = _parsed(table, path.name, faults)
    own = tuple(sorted(set(table.columns) - {*COLUMNS, "row", "sheet"}))
    table = table.reindex(columns=[*COLUMNS, *own])
    table = table.astype(dict.fromkeys((*ENTRIES, "number", "source_id"), object))
    return Ledger(table, members, as_of, tuple(faults), own)


def _pages(path: Path) -> list[Page]:
    try:
        if path.suffix.lower() in TEXT_FORMATS:
            return [text_page(path, "ledger")]
        return workbook_pages(path, None, "ledger")
    except (CalamineError, BadZipFile, OSError) as error:
        raise InputError(
            fault("file_unreadable", section="ledger", file=path.name, found=str(error))
        ) from error


def _kind_of(sheet: str) -> str | None:
    if sheet == say("ledger_sheet_gap", lang="zh"):
        return GAP
    return None if sheet == say("ledger_sheet_closed", lang="zh") else BLIND


def _columns_of(row: Sequence[Cell]) -> dict[int, str]:
    """Return our names of the columns of a header row; the user's own keep their name."""
    ours = {fold_word(label): name for name, label in LABELS.items()}
    ours |= {fold_word(label.split("（")[0]): name for name, label in LABELS.items()}
    ours |= {fold_word(label): name for label, name in _OTHER_NAMES.items()}
    found: dict[int, str] = {}
    for place, cell in enumerate(row):
        if cell:
            name = ours.get(fold_word(cell), cell)
            found[place] = name if name not in found.values() else f"{cell}_{place + 1}"
    return found


def _items(page: Page, kind: str | None) -> pd.DataFrame | None:
    """Read the rows of one sheet; None for a sheet without a header of ours."""
    heads = ((at, _columns_of(row)) for at, row in enumerate(page.rows[:8]))
    head = next((one for one in heads if _is_head(set(one[1].values()))), None)
    if head is None:
        return None
    at, names = head
    records = []
    for index in range(at + 1, len(page.rows)):
        cells = page.rows[index]
        record: dict[str, object] = {
            name: cells[place] for place, name in names.items() if place < len(cells)
        }
        if any(record.get(one) for one in ("number", "name", *ENTRIES)):
            records.append({**record, "row": index + 1, "sheet": page.name, "sheet_kind": kind})
    return pd.DataFrame(records) if records else None


def _is_head(names: set[str]) -> bool:
    return "number" in names or {"name", "responsible"} <= names


def _members(page: Page) -> tuple[pd.DataFrame, date | None]:
    as_of: date | None = None
    rows = []
    for cells in page.rows:
        first, second = [*cells, None, None][:2]
        if first == AS_OF_LABEL and second:
            day, _ = as_date(pd.Series([second], dtype=object))
            as_of = None if pd.isna(day.iloc[0]) else day.iloc[0].date()
        elif first and second and (first, second) != MEMBER_LABELS:
            rows.append((first, second))
    return pd.DataFrame(rows, columns=["number", "building_id"], dtype=object), as_of


def _with_kinds(table: pd.DataFrame) -> pd.DataFrame:
    """Tell blind areas from missing stations: by sheet, else by the column 类别, else by the number."""
    number = table.get("number", pd.Series(None, index=table.index, dtype=object))
    said = table.get("item_kind", pd.Series(None, index=table.index, dtype=object))
    gap = (said == say("ledger_sheet_gap", lang="zh")) | number.astype(object).fillna("").astype(
        str
    ).str.startswith("K")
    kind = table["sheet_kind"].where(table["sheet_kind"].notna(), None)
    kind = kind.where(kind.notna(), gap.map({True: GAP, False: BLIND}))
    return table.drop(columns="sheet_kind").assign(item_kind=kind.astype(object), number=number)


def _without_doubles(table: pd.DataFrame, file: str, faults: list[Fault]) -> pd.DataFrame:
    """Take the number from rows that repeat one (copied by hand) and from none at all; the rows stay."""
    number = table["number"].astype(object)
    double = number.notna() & number.duplicated()
    for row, sheet, one in table.loc[double, ["row", "sheet", "number"]].itertuples(index=False):
        faults.append(
            fault("ledger_double", "warning", file=file, sheet=sheet, row=row, number=one)
        )
    bare = number.isna()
    if bare.any():
        rows = "、".join(str(one) for one in table.loc[bare, "row"].tolist()[:8])
        faults.append(
            fault("ledger_unnumbered", "info", file=file, rows=rows, count=int(bare.sum()))
        )
    # a number of their own until the next free ones are known
    number = number.where(~(double | bare), None)
    table = table.assign(number=number)
    lost = table["number"].isna()
    start = {kind: _highest(number, letter) for kind, letter in ((BLIND, "M"), (GAP, "K"))}
    for kind, letter in ((BLIND, "M"), (GAP, "K")):
        mine = lost & (table["item_kind"] == kind)
        fresh = [f"{letter}{start[kind] + one:04d}" for one in range(1, int(mine.sum()) + 1)]
        table.loc[mine, "number"] = fresh
    if "source_id" in table:
        table.loc[lost, "source_id"] = None
    return table


def _highest(number: pd.Series, letter: str) -> int:
    serial = number.dropna().astype(str).str.extract(rf"^{letter}(\d+)$")[0].dropna()
    return int(serial.astype(int).max()) if len(serial) else 0


def _parsed(table: pd.DataFrame, file: str, faults: list[Fault]) -> pd.DataFrame:
    frame = table.reindex(columns=sorted(set(table.columns) | set(COLUMNS))).copy()
    for name in ("entered_on", "closed_on"):
        frame[name] = as_date(frame[name].astype(object))[0]
    for name in ("buildings_count", "residents", "nearest_minutes"):
        frame[name] = pd.to_numeric(frame[name], errors="coerce")
    deadline = as_text(frame["deadline"].astype(object)).astype(object)
    frame["deadline"] = deadline.where(deadline.notna(), None)
    frame["deadline_on"] = pd.to_datetime(
        pd.Series([deadline_of(one) for one in frame["deadline"]], index=frame.index, dtype=object)
    )
    state = as_text(frame["state"].astype(object)).astype(object)
    frame["state"] = state.where(state.notna(), None)
    words = {fold_word(one): code for code, names in _STATES.items() for one in names}
    read = [
        words.get(fold_word(one)) if isinstance(one, str) else "pending" for one in frame["state"]
    ]
    frame["state_code"] = [one or "pending" for one in read]
    open_ended = [isinstance(one, str) and one in _OPEN_ENDED for one in frame["deadline"]]
    odd_day = frame["deadline"].notna() & frame["deadline_on"].isna() & ~pd.Series(open_ended)
    odd_state = pd.Series([one is None for one in read])
    for bad, column in ((odd_day, "deadline"), (odd_state, "state")):
        picked = frame.loc[bad.to_numpy(bool), ["sheet", "row", "number", column]]
        for sheet, row, number, value in picked.itertuples(index=False):
            where = {"file": file, "sheet": sheet, "row": row, "number": number, "value": value}
            faults.append(fault(f"ledger_{column}_bad", "warning", **where))
    return frame.drop(columns=["row", "sheet"])


def deadline_of(text: object) -> date | None:
    """Read a deadline; a month or a year means its last day, None for what is no day.

    >>> [str(deadline_of(one)) for one in ("2026-9-30", "2026年9月底前", "2026年底", "9月30日")]
    ['2026-09-30', '2026-09-30', '2026-12-31', 'None']
    """
    if not isinstance(text, str):
        return None
    flat = _TAIL.sub("", unicodedata.normalize("NFKC", text).replace(" 00:00:00", "").strip())
    flat = flat.replace(" ", "")
    month, year = _MONTH.fullmatch(flat), _YEAR.fullmatch(flat)
    if month is not None and 1 <= int(month[2]) <= 12:
        last = calendar.monthrange(int(month[1]), int(month[2]))[1]
        return date(int(month[1]), int(month[2]), last)
    if year is not None:
        return date(int(year[1]), 12, 31)
    found, _ = as_date(pd.Series([flat], dtype=object))
    return None if pd.isna(found.iloc[0]) else found.iloc[0].date()

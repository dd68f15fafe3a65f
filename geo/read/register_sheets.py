"""What a register says by its layout: one sheet a sub-district; a sub-district only in the first row of its block."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from geo.errors import fault
from geo.names import fold, simplified
from geo.read.headers import plain_header
from geo.read.raw import RawTable
from geo.read.schema import Schema
from geo.read.words import TIERS

SUBDISTRICT = "subdistrict_name"
_ENDS_LIKE_ONE = re.compile(r".+(?:街道办事处|街道办|街道|街|镇|乡)")
_SAYS_NOTHING = re.compile(
    r"(?i)(?:sheet|工作表|表|table)?\s*[\d一二三四五六七八九十]*|.*(?:登记|台账|汇总|清单|名单|统计|总表|明细).*"
)
_BLOCK_SHARE = 0.5  # of the cells below the first are empty where blocks were merged


def with_subdistricts(raw: RawTable, schema: Schema, mapping: Mapping[str, str]) -> RawTable:
    """Fill the sub-district of rows that leave it to the layout; both are said, nothing else is changed.

    Parameters
    ----------
    mapping
        Declared columns, ours -> theirs.
    """
    column = _column(raw, schema, mapping)
    frame = raw.frame.copy()
    if column is None:
        field = next(one for one in schema.fields if one.name == SUBDISTRICT)
        column = field.aliases[0]
        frame[column] = pd.Series(None, index=frame.index, dtype=object)
    faults = list(raw.faults)
    blocks = _fill_blocks(frame, column, raw)
    if blocks:
        faults.append(fault("blocks_filled", "warning", file=raw.file, column=column, count=blocks))
    sheets = _fill_from_sheets(frame, column, raw)
    if sheets:
        names = "、".join(sheets)
        faults.append(fault("subdistrict_from_sheet", "info", file=raw.file, sheets=names))
    return replace(raw, frame=frame, faults=tuple(faults))


def _column(raw: RawTable, schema: Schema, mapping: Mapping[str, str]) -> str | None:
    """Find the column of the sub-district, as `match_columns` will."""
    if mapping.get(SUBDISTRICT) in raw.frame.columns:
        return mapping[SUBDISTRICT]
    field = next(one for one in schema.fields if one.name == SUBDISTRICT)
    plain = {plain_header(word) for word in field.headers}
    found = [str(name) for name in raw.frame.columns if plain_header(str(name)) in plain]
    filled = [name for name in found if raw.frame[name].notna().any()]
    return next(iter([*filled, *found]), None)


def _fill_blocks(frame: pd.DataFrame, column: str, raw: RawTable) -> int:
    """Fill down where cells were merged before the table was saved as text.

    Only where it looks like it in the whole sheet: the first row is filled, no name comes twice, and at least half of
    the other cells are empty.
    """
    count = 0
    for name in dict.fromkeys(raw.sheet):
        here = raw.sheet == name
        cells = frame.loc[here, column]
        given = cells.notna().to_numpy(bool)
        if len(cells) < 2 or not given[0] or given.all() or cells[given].duplicated().any():
            continue
        if (~given).sum() < _BLOCK_SHARE * (len(cells) - 1) or given.sum() < 2:
            continue
        frame.loc[here, column] = cells.ffill()
        count += int((~given).sum())
    return count


def _fill_from_sheets(frame: pd.DataFrame, column: str, raw: RawTable) -> list[str]:
    """Take the name of a sheet for the sub-district of its rows where none of them states one."""
    used: list[str] = []
    names = [str(name) for name in dict.fromkeys(raw.sheet)]
    tiers = {fold(word) for word in TIERS}
    for name in names:
        plain = simplified(name).strip()
        said = _ENDS_LIKE_ONE.fullmatch(plain) is not None
        several = len(names) > 1 and not _SAYS_NOTHING.fullmatch(plain)
        here = np.asarray(raw.sheet == name, dtype=bool)
        if fold(plain) in tiers or not (said or several) or frame.loc[here, column].notna().any():
            continue
        frame.loc[here, column] = name.strip()
        used.append(name)
    return used

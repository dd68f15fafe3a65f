"""The fields of a schema taken from raw columns: typed, with bad values and rows set aside."""

from __future__ import annotations

import numpy as np
import pandas as pd

from geo.errors import Fault, fault
from geo.read import values
from geo.read.headers import Match
from geo.read.raw import RawTable
from geo.read.rejects import Rejects
from geo.read.schema import Field, Schema

_SUFFIX = "_原表"
_ALWAYS_RESERVED = ("geometry", "source_sheet", "source_row")


def take_fields(
    raw: RawTable, schema: Schema, match: Match, rejects: Rejects
) -> tuple[pd.DataFrame, list[Fault]]:
    """Type every field of `schema`; fields that the file lacks come out missing.

    Returns
    -------
    DataFrame
        One row a raw row, our columns, then the user's own where the schema keeps them.
    list of Fault
        What was changed in reading.
    """
    taken = {field.name: _take(raw, field, match, rejects) for field in schema.fields}
    faults = [
        fault("unit_applied", "info", file=raw.file, column=match.theirs[ours], factor=f"{by:g}")
        for ours, by in match.factors.items()
    ]
    if schema.unique_ids:
        ids = taken[schema.id_column]
        # a row already set aside must not make its namesake a duplicate
        doubled = ids.notna() & ids.where(pd.Series(rejects.good)).duplicated()
        column = match.theirs.get(schema.id_column, schema.id_column)
        rejects.rows(doubled.to_numpy(bool), "reject_duplicate_id", column=column, value=ids)
    if schema.keeps_others:
        taken |= _others(raw, schema, match)
    return pd.DataFrame(taken), faults


def _take(raw: RawTable, field: Field, match: Match, rejects: Rejects) -> pd.Series:
    theirs = match.theirs.get(field.name)
    if theirs is None:
        return _parse(pd.Series([None] * len(raw), dtype=object), field, 1.0)[0]
    cells = raw.frame[theirs].reset_index(drop=True)
    parsed, bad = _parse(cells, field, match.factors.get(field.name, 1.0))
    if bad.any():
        code = f"reject_{field.kind}"
        shown = _shown(cells)
        if field.sets_row_aside:
            rejects.rows(bad, code, column=theirs, value=shown)
        else:
            rejects.values(bad, code, column=theirs, value=shown)
    if field.required:
        empty = parsed.isna().to_numpy(bool) & ~bad
        rejects.rows(empty, "reject_empty", column=theirs)
    return parsed


def _parse(cells: pd.Series, field: Field, factor: float) -> values.Parsed:
    match field.kind:
        case "code":
            return values.as_code(cells)
        case "number":
            return values.as_number(cells, factor, field.least)
        case "date":
            return values.as_date(cells)
        case "flag":
            return values.as_flag(cells)
        case "word":
            return values.as_word(cells, field.words)
        case "floor":
            return values.as_floor(cells)
        case "list":
            return values.as_list(cells), np.zeros(len(cells), bool)
        case _:
            return values.as_text(cells), np.zeros(len(cells), bool)


def _shown(cells: pd.Series) -> pd.Series:
    return cells.astype(object)


def _others(raw: RawTable, schema: Schema, match: Match) -> dict[str, pd.Series]:
    """Keep the user's own columns; one that bears a name of ours is renamed, not lost."""
    used = set(match.theirs.values())
    reserved = {field.name for field in schema.fields} | {*schema.reserved, *_ALWAYS_RESERVED}
    others: dict[str, pd.Series] = {}
    for name in raw.frame.columns:
        if name in used:
            continue
        ours = f"{name}{_SUFFIX}" if name in reserved else str(name)
        others[ours] = raw.frame[name].reset_index(drop=True)
    return others

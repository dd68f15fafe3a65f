"""The fields of a schema taken from raw columns: typed, with bad values and rows set aside."""

from __future__ import annotations

import numpy as np
import pandas as pd

from geo.errors import Fault, fault
from geo.names import fold_subdistrict
from geo.read import values
from geo.read.degrees import as_degrees
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
    taken = {field.name: _take(raw, field, schema, match, rejects) for field in schema.fields}
    faults = [
        fault("unit_applied", "info", file=raw.file, column=match.theirs[ours], factor=f"{by:g}")
        for ours, by in match.factors.items()
    ]
    _identify(raw, schema, match, rejects, taken)
    if schema.unique_ids:
        ids = taken[schema.id_column]
        # a row already set aside must not make its namesake a duplicate
        doubled = ids.notna() & ids.where(pd.Series(rejects.good)).duplicated()
        column = _headers(raw, match, schema.id_column)
        rejects.rows(doubled.to_numpy(bool), "reject_duplicate_id", column=column, value=ids)
    if schema.keeps_others:
        taken |= _others(raw, schema, match)
    return pd.DataFrame(taken), faults


def _take(raw: RawTable, field: Field, schema: Schema, match: Match, rejects: Rejects) -> pd.Series:
    theirs = match.theirs.get(field.name)
    if theirs is None:
        return _parse(pd.Series([None] * len(raw), dtype=object), field, 1.0)[0]
    cells = _cells(raw, match, field.name)
    parsed, bad = _parse(cells, field, match.factors.get(field.name, 1.0))
    if bad.any():
        code = f"reject_{field.kind}"
        shown, column = _shown(cells), _headers(raw, match, field.name)
        if field.name == schema.id_column and schema.identity:
            pass  # whether the row is known without its code, `_identify` sees
        elif field.sets_row_aside:
            rejects.rows(bad, code, column=column, value=shown)
        else:
            rejects.values(bad, code, column=column, value=shown)
    if field.required:
        empty = parsed.isna().to_numpy(bool) & ~bad
        rejects.rows(empty, "reject_empty", column=_headers(raw, match, field.name))
    return parsed


def _cells(raw: RawTable, match: Match, ours: str) -> pd.Series:
    """Take the cells of a field, from whichever column a sheet has them in."""
    cells = raw.frame[match.theirs[ours]].reset_index(drop=True)
    for more in match.also.get(ours, ()):
        cells = cells.where(cells.notna(), raw.frame[more].reset_index(drop=True))
    return cells


def _headers(raw: RawTable, match: Match, ours: str) -> str | pd.Series:
    """Return the header over a field: one for all rows, or one per row where sheets differ."""
    first = match.theirs.get(ours, ours)
    names = (first, *match.also.get(ours, ()))
    if len(names) == 1:
        return first
    # an empty cell belongs to the column that its sheet fills
    filled = raw.frame[list(names)].notna().groupby(raw.sheet, sort=False).transform("any")
    return pd.Series(np.array(names, dtype=object)[filled.to_numpy(bool).argmax(axis=1)])


def _identify(
    raw: RawTable, schema: Schema, match: Match, rejects: Rejects, taken: dict[str, pd.Series]
) -> None:
    """Keep a row whose code has lost digits where sub-district and name tell it from all others."""
    if not schema.identity or schema.id_column not in match.theirs:
        return
    column, cells = _headers(raw, match, schema.id_column), _cells(raw, match, schema.id_column)
    lost = values.as_code(cells)[1]
    if not lost.any():
        return
    keys = pd.DataFrame({name: taken[name].astype(object) for name in schema.identity})
    folded = keys.map(lambda one: fold_subdistrict(one) if isinstance(one, str) else "")
    doubtful = folded.duplicated(keep=False) | keys[schema.identity[-1]].isna()
    shown = _shown(cells)
    unknown = lost & doubtful.to_numpy(bool)
    rejects.rows(unknown, "reject_code", column=column, value=shown)
    rejects.values(lost & ~unknown, "reject_code_lost", column=column, value=shown)


def _parse(cells: pd.Series, field: Field, factor: float) -> values.Parsed:
    match field.kind:
        case "code":
            return values.as_code(cells)
        case "number":
            return values.as_number(cells, factor, field.least)
        case "degrees":
            return as_degrees(cells)
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
    used = set(match.theirs.values()).union(*match.also.values())
    reserved = {field.name for field in schema.fields} | {*schema.reserved, *_ALWAYS_RESERVED}
    others: dict[str, pd.Series] = {}
    for name in raw.frame.columns:
        if name in used:
            continue
        ours = f"{name}{_SUFFIX}" if name in reserved else str(name)
        others[ours] = raw.frame[name].reset_index(drop=True)
    return others

"""Columns of a table as cells of a sheet: words for enums, figures rounded as printed, formats, widths."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

import numpy as np
import numpy.typing as npt
import pandas as pd
from rich.cells import cell_len

from geo.messages import language, say
from geo.rounding import minutes_up, share_down
from geo.tables import columns, header
from geo.words import has_words, word

Texts = npt.NDArray[np.object_]

_FORMATS = {"share": "0.0%", "minutes": "0.0", "count": "#,##0", "date": "yyyy-mm-dd"}
_FINE = {"lon": "0.000000", "lat": "0.000000", "detour_ratio": "0.00"}
_PARTLY = {
    "unit_id": {"study": "unit_kind_study"},
    "slice_hours": {one: f"day_kind_{one}" for one in ("weekday", "weekend", "holiday")},
}
"""Columns of codes in which some are words of ours, or begin with one."""
_GENERAL = "General"
_EPOCH = pd.Timestamp("1899-12-30")  # day 0 of a spreadsheet
_LONGEST = 32_767
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_ESCAPE_LIKE = re.compile("_(?=x[0-9A-Fa-f]{4}_)")  # _x000D_ would be read as a line break


@dataclass(frozen=True)
class SheetColumn:
    """One column ready to be written.

    Attributes
    ----------
    label
        Printed header with unit.
    cells
        One XML fragment a row, from the type attribute on; empty for an empty cell.
    number_format
        Format of its cells.
    width
        In characters.
    """

    label: str
    cells: Texts
    number_format: str
    width: float


def sheet_column(name: str, values: pd.Series) -> SheetColumn:
    """Prepare one column of a table."""
    label = header(name, language())
    known = columns().get(name)
    kind = known.kind if known is not None else ""
    if has_words(name):
        values = _words(name, values.astype(object))
    elif name in _PARTLY:
        values = _partly(values.astype(object), _PARTLY[name])
    number_format = _FINE.get(name, _FORMATS.get(kind, _GENERAL))
    numbers = _dates(values) if kind == "date" else _numbers(values)
    if numbers is None:
        texts = _texts(values)
        return SheetColumn(label, _text_cells(texts), _GENERAL, _width(label, texts))
    if kind == "share":
        numbers = share_down(numbers)
    elif kind == "minutes":
        numbers = minutes_up(numbers)
    elif number_format == _GENERAL and known is not None and kind == "number":
        numbers = np.round(numbers, 3)
        number_format = "#,##0" if known.unit in ("㎡", "米", "人", "m²", "m") else "0.##"
    return SheetColumn(label, _number_cells(numbers), number_format, _width(label, ()))


def text_column(label: str, texts: Sequence[str]) -> SheetColumn:
    """Prepare a column of plain texts, e.g. of the sheet of definitions."""
    values = np.array(texts, dtype=object)
    return SheetColumn(label, _text_cells(values), _GENERAL, _width(label, values))


def _words(name: str, values: pd.Series) -> pd.Series:
    if values.map(lambda value: isinstance(value, str), na_action="ignore").dropna().all():
        return values.map({value: word(name, value) for value in values.dropna().unique()})
    return values.map(lambda value: [word(name, one) for one in value], na_action="ignore")


def _partly(values: pd.Series, codes: Mapping[str, str]) -> pd.Series:
    """Say the words at the beginning of texts; what is no word of ours stays."""

    def said(text: object) -> object:
        first, gap, rest = str(text).partition(" ")
        return f"{say(codes[first])}{gap}{rest}" if first in codes else text

    return values.map({one: said(one) for one in values.dropna().unique()})


def _numbers(values: pd.Series) -> npt.NDArray[np.float64] | None:
    if values.dtype == object:
        kind = pd.api.types.infer_dtype(values, skipna=True)
        if kind not in ("integer", "floating", "mixed-integer-float", "decimal"):
            return None
    elif pd.api.types.is_bool_dtype(values) or not pd.api.types.is_numeric_dtype(values):
        return None
    return pd.to_numeric(values).to_numpy(dtype=np.float64, na_value=np.nan)


def _dates(values: pd.Series) -> npt.NDArray[np.float64] | None:
    days = pd.to_datetime(values, errors="coerce")
    if days.isna().sum() != values.isna().sum():
        return None
    counted = (days.dt.tz_localize(None) - _EPOCH) / pd.Timedelta(days=1)
    return np.floor(counted.to_numpy(dtype=np.float64))


def _texts(values: pd.Series) -> Texts:
    yes, no = say("word_yes"), say("word_no")

    def said(value: object) -> str:
        if isinstance(value, (bool, np.bool_)):
            return yes if value else no
        if isinstance(value, (list, tuple, np.ndarray)):
            return "、".join(map(str, value))
        return str(value)

    column = values.astype(object)
    if pd.api.types.infer_dtype(column, skipna=True) != "string":
        column = column.map(said, na_action="ignore")
    return np.where(column.isna(), "", column).astype(object)


def _text_cells(texts: Texts) -> Texts:
    codes, known = pd.factorize(texts)
    cells = np.array([_text_cell(text) for text in known] + [""], dtype=object)
    return cells[codes]


def _text_cell(text: str) -> str:
    if not text:
        return ""
    clean = _ESCAPE_LIKE.sub("_x005F_", _NOT_XML.sub("", text)[:_LONGEST])
    return f' t="inlineStr"><is><t xml:space="preserve">{escape(clean, quote=False)}</t></is></c>'


def _number_cells(numbers: npt.NDArray[np.float64]) -> Texts:
    codes, known = pd.factorize(numbers)  # -1 for NaN, which takes the last, empty cell
    cells = [
        f"><v>{repr(value).removesuffix('.0')}</v></c>" if math.isfinite(value) else ""
        for value in np.round(known, 10).tolist()
    ]
    return np.array([*cells, ""], dtype=object)[codes]


def _width(label: str, texts: Sequence[str] | Texts) -> float:
    widest = max([cell_len(text) for text in list(texts[:300])] + [8])
    return float(min(max(min(cell_len(label), 18) + 2, widest + 2), 60))

"""Which rows of a layer a request asks for: by place, by time, by the values of columns."""

from __future__ import annotations

from datetime import date

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import shapely

from api.ogc.asked import ItemsAsked
from api.ogc.layers import Layer

Longs = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


def rows_asked(layer: Layer, asked: ItemsAsked) -> Longs:
    """Return all rows that meet every condition, in the order of the table."""
    wanted = np.ones(layer.count, dtype=bool)
    if asked.boxes is not None:
        inside = np.zeros(layer.count, dtype=bool)
        for box in asked.boxes:
            inside[layer.tree.query(shapely.box(*box), predicate="intersects")] = True
        wanted &= inside
    for name, value in asked.equals:
        wanted &= _equal(layer.table.column(name), value)
    if asked.days is not None and layer.lives is not None:
        wanted &= _alive(layer, *asked.days)
    return np.flatnonzero(wanted)


def _equal(column: pa.ChunkedArray, value: object) -> Bools:
    same = pc.equal(column, pa.scalar(value, column.type))
    return _flags(same)


def _alive(layer: Layer, first: date | None, last: date | None) -> Bools:
    """Tell which features were there at some time from `first` to `last`; an end not stated is open."""
    begun, ended = (layer.table.column(name) for name in layer.lives or ())
    there = np.ones(layer.count, dtype=bool)
    if last is not None:
        there &= ~_flags(pc.greater(begun, pa.scalar(last, begun.type)))
    if first is not None:
        there &= ~_flags(pc.less(ended, pa.scalar(first, ended.type)))
    return there


def _flags(found: pa.ChunkedArray) -> Bools:
    """Return flags, false where nothing is known."""
    flags: Bools = pc.fill_null(found, False).to_numpy(zero_copy_only=False)
    return flags

"""Geometry of result tables as plain arrays, whether the table has rows, a geometry, or neither."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

Shapes = npt.NDArray[np.object_]


def shapes_of(table: pd.DataFrame) -> Shapes:
    """Return the geometry of a table, None where a row has none."""
    if "geometry" not in table.columns:
        return np.full(len(table), None, dtype=object)
    shapes = np.empty(len(table), dtype=object)
    shapes[:] = np.asarray(table["geometry"], dtype=object)
    return shapes


def is_placed(table: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """Tell which rows have a place on the map."""
    shapes = shapes_of(table)
    placed: npt.NDArray[np.bool_] = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    return placed

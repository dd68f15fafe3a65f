"""Places that are never shown: what lies in the study's ``[exclude]`` polygons leaves every layer."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from maps.shapes import Shapes, shapes_of

if TYPE_CHECKING:
    from geo.result import StudyResult

Hidden = shapely.Geometry | None
_TABLES = ("buildings", "stations", "blind_areas", "sites", "links")


def hidden_area(result: StudyResult) -> Hidden:
    """Return all excluded polygons as one, in the CRS of the result's tables; None where there are none."""
    layer = result.inputs.get("exclude")
    if layer is None or not len(layer):
        return None
    if layer.crs is not None and result.params.crs != "local":
        layer = layer.to_crs(4326)
    return shapely.union_all(shapes_of(layer))


def without_hidden(result: StudyResult, hidden: Hidden) -> StudyResult:
    """Return the result without what stands in, or touches, the excluded area."""
    if hidden is None:
        return result
    kept = {
        name: _outside(result.tables[name], hidden) for name in _TABLES if name in result.tables
    }
    return replace(result, tables={**result.tables, **kept})


def cut_hidden(shapes: Shapes, hidden: Hidden) -> Shapes:
    """Return shapes with the excluded area cut out of those that touch it."""
    if hidden is None or not len(shapes):
        return shapes
    touched = shapely.intersects(shapes, hidden)
    cut = shapes.copy()
    cut[touched] = shapely.difference(shapes[touched], hidden)
    return cut


def _outside(table: pd.DataFrame, hidden: shapely.Geometry) -> pd.DataFrame:
    shapely.prepare(hidden)
    return table[~np.asarray(shapely.intersects(hidden, shapes_of(table)), dtype=bool)]

"""Features as bytes: GeoJSON pages and single features, and pages as CSV."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import orjson
import shapely

from api.csv_text import csv_text
from api.ogc.crs import to_crs
from api.ogc.layers import Layer

Longs = npt.NDArray[np.int64]
Link = Mapping[str, str]


def collection_bytes(
    layer: Layer,
    rows: Longs,
    crs: str,
    *,
    matched: int,
    links: Sequence[Link],
    standing: Mapping[str, object],
) -> bytes:
    """Write a page of features.

    Parameters
    ----------
    matched
        How many features the request matches on all pages.
    standing
        What stands beside every figure: study, day, notices.
    """
    content = {
        "type": "FeatureCollection",
        **standing,
        "numberMatched": matched,
        "numberReturned": len(rows),
        "links": links,
        "features": _features(layer, rows, crs),
    }
    return orjson.dumps(content)


def feature_bytes(
    layer: Layer, row: int, crs: str, *, links: Sequence[Link], standing: Mapping[str, object]
) -> bytes:
    """Write one feature."""
    feature = _features(layer, np.array([row]), crs)[0]
    return orjson.dumps({**feature, **standing, "links": links})


def csv_bytes(layer: Layer, rows: Longs, crs: str, notices: Sequence[str]) -> bytes:
    """Write a page as CSV, geometry as WKT; the last column says what the figures may not be shown without."""
    shapes = shapely.to_wkt(to_crs(layer.shapes[rows], crs), rounding_precision=7)
    names = layer.table.column_names
    table = layer.table.take(rows).to_pylist()
    ids = [layer.ids[row] for row in rows.tolist()]
    said = " ".join(notices)
    return csv_text(
        ["id", *names, "geometry", "notices"],
        (
            [key, *(record[name] for name in names), shape, said]
            for key, record, shape in zip(ids, table, shapes.tolist(), strict=True)
        ),
    )


def _features(layer: Layer, rows: Longs, crs: str) -> list[dict[str, object]]:
    shapes = shapely.to_geojson(to_crs(layer.shapes[rows], crs)).tolist()
    records = layer.table.take(rows).to_pylist()
    return [
        {
            "type": "Feature",
            "id": layer.ids[row],
            "geometry": None if shape is None else orjson.Fragment(shape),
            "properties": record,
        }
        for row, shape, record in zip(rows.tolist(), shapes, records, strict=True)
    ]

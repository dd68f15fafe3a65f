"""Geometry to lon/lat and to GeoJSON files, one feature a line."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from data.demo.generator.warp import Frame

Shapes = npt.NDArray[np.object_]


def to_lonlat(shapes: Shapes, frame: Frame, digits: int = 7) -> Shapes:
    """Turn metric geometry into rounded lon/lat."""
    return np.asarray(
        shapely.transform(shapes, lambda xy: np.round(frame.lonlat(np.asarray(xy)), digits))
    )


def write_geojson(path: Path, shapes: Shapes, frame: pd.DataFrame, name: str) -> None:
    """Write features one a line; geometry in lon/lat."""
    rows = frame.to_dict(orient="records")
    lines = [
        '{"type":"Feature","properties":'
        + json.dumps(row, ensure_ascii=False, separators=(",", ":"))
        + ',"geometry":'
        + shape
        + "}"
        for row, shape in zip(rows, shapely.to_geojson(shapes).tolist(), strict=True)
    ]
    head = (
        f'{{"type":"FeatureCollection","name":{json.dumps(name, ensure_ascii=False)},"features":['
    )
    path.write_text(head + "\n" + ",\n".join(lines) + "\n]}\n", encoding="utf-8", newline="\n")

"""Geometry repaired and counted, and what the quality report says of each input."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo.errors import Fault, fault
from geo.messages import say
from geo.tables import ReadResult, reject_rows

_POLYGONS = (3, 6)
# A bow tie looks fine on screen and loses area in repair; beyond this share a person should look.
_MOVED_SHARE = 0.05
Geometries = npt.NDArray[np.object_]


def repair_polygons(read: ReadResult, section: str, file: str) -> ReadResult:
    """Make invalid polygons valid, keep their polygon parts, set aside what has no area.

    Points and lines, and rows of tables without geometry, pass as they are.

    Returns
    -------
    ReadResult
        With repaired shapes, faults that count the repairs, and rejects for the polygons of which nothing was left.
    """
    shapes = read.frame.geometry.to_numpy().copy()
    areal = np.isin(shapely.get_type_id(shapes), _POLYGONS)
    broken = areal & ~shapely.is_valid(shapes)
    before = np.abs(shapely.area(shapes[broken]))
    shapes[broken] = _polygon_parts(shapely.make_valid(shapes[broken]))
    after = shapely.area(shapes[broken])
    flat = areal & ~(shapely.area(shapes) > 0.0)
    rows = read.frame["source_row"].to_numpy()
    repaired = broken & ~flat
    faults: list[Fault] = []
    if repaired.any():
        params = {"section": section, "file": file, "row": int(rows[repaired][0])}
        faults.append(
            Fault("polygons_repaired", {**params, "count": int(repaired.sum())}, "warning")
        )
    moved = np.flatnonzero(broken)[
        np.abs(after - before) > _MOVED_SHARE * np.maximum(after, before)
    ]
    moved = moved[~flat[moved]]
    if len(moved):
        params = {"section": section, "file": file, "row": int(rows[moved[0]])}
        params |= {"count": len(moved), "percent": f"{_MOVED_SHARE:.0%}".rstrip("%")}
        faults.append(Fault("repair_moved_area", params, "warning"))
    frame = read.frame.set_geometry(
        gpd.GeoSeries(shapes, index=read.frame.index, crs=read.frame.crs)
    )
    return set_aside(
        replace(read, frame=frame, faults=(*read.faults, *faults)),
        flat,
        section,
        "reject_collapsed",
    )


def _polygon_parts(shapes: Geometries) -> Geometries:
    """Keep the polygons of what `make_valid` returns, which may hold lines and points besides."""
    parts, owner = shapely.get_parts(shapes, return_index=True)
    inner, of_part = shapely.get_parts(parts, return_index=True)  # collections hold multi-polygons
    owner = owner[of_part]
    areal = shapely.get_type_id(inner) == 3
    out = np.full(len(shapes), shapely.Polygon(), dtype=object)
    if not areal.any():
        return out
    inner, owner = inner[areal], owner[areal]
    single = np.bincount(owner, minlength=len(shapes)) == 1
    alone = single[owner]
    out[owner[alone]] = inner[alone]
    if not alone.all():
        several = np.unique(owner[~alone])
        renumbered = np.searchsorted(several, owner[~alone])
        out[several] = shapely.multipolygons(inner[~alone], indices=renumbered)
    return out


def set_aside(
    read: ReadResult, mask: npt.NDArray[np.bool_], section: str, code: str, **params: object
) -> ReadResult:
    """Move rows of a read input to its rejects, with the sentence of `code` as their reason."""
    if not mask.any():
        return read
    frame = read.frame
    records = [
        {
            "input": section,
            "sheet": sheet or "",
            "row": int(row),
            "column": "geometry",
            "value": "",
            "reason": say(code, params),
        }
        for sheet, row in zip(
            frame.loc[mask, "source_sheet"], frame.loc[mask, "source_row"], strict=True
        )
    ]
    return replace(
        read,
        frame=frame[~mask].reset_index(drop=True),
        rejects=pd.concat([read.rejects, reject_rows(records)], ignore_index=True),
    )


def input_entry(read: ReadResult, section: str, file: str) -> dict[str, object]:
    """Return the line of one input in the quality report; plain JSON values."""
    return {
        "input": section,
        "file": file,
        "rows": read.rows,
        "rows_kept": len(read.frame),
        "rows_rejected": read.rows - len(read.frame),
        "values_rejected": len(read.rejects) - (read.rows - len(read.frame)),
        "crs": read.frame.crs.to_string() if read.frame.crs is not None else "",
        "crs_note": read.crs_note,
        "columns": dict(sorted(read.mapping.items())),
        "sha256": read.sha256,
    }


def input_faults(read: ReadResult, section: str, file: str) -> list[Fault]:
    """Return what the quality report finds in one input: its own faults, then what was set aside."""
    entry = input_entry(read, section, file)
    faults = list(read.faults)
    common: Mapping[str, object] = {"section": section, "file": file}
    if entry["rows_rejected"]:
        faults.append(
            fault("rows_rejected", "error", **common, rows=read.rows, count=entry["rows_rejected"])
        )
    if entry["values_rejected"]:
        faults.append(fault("values_rejected", "warning", **common, count=entry["values_rejected"]))
    return faults

"""Stations and imports of the register as answers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from api.register.imports import Preview
from api.register.store import Entry
from geo.crs import bd09_to_wgs84, gcj02_to_wgs84
from geo.plain_json import plain

Floats = npt.NDArray[np.float64]
_BACK = {"gcj02": gcj02_to_wgs84, "bd09": bd09_to_wgs84}
_DECIMALS = 8


def records(entries: Sequence[Entry]) -> list[dict[str, object]]:
    """Return stations with their version and their place in WGS 84."""
    lon, lat = _degrees(entries)
    return [
        {
            **one.row,
            "version": one.version,
            "deleted": one.deleted,
            "lon_wgs84": _or_none(x),
            "lat_wgs84": _or_none(y),
        }
        for one, x, y in zip(entries, lon, lat, strict=True)
    ]


def import_answer(found: Preview, *, written: bool) -> dict[str, object]:
    """Return what an import would do or has done."""
    rejects = found.read.rejects
    return {
        "written": written,
        "token": found.token,
        **found.counts(),
        "plans": [
            {
                "station_id": one.station_id,
                "name": one.name,
                "action": one.action,
                "changes": dict(one.changes),
            }
            for one in found.plans
        ],
        "missing": [
            {"station_id": one.station_id, "name": one.row["name"]} for one in found.missing
        ],
        "rejects": [
            {name: plain(row[name]) for name in ("sheet", "row", "column", "value", "reason")}
            for row in rejects.fillna("").to_dict("records")
        ],
        "private_columns": list(found.read.private),
    }


def _degrees(entries: Sequence[Entry]) -> tuple[Floats, Floats]:
    """Return longitude and latitude in WGS 84; missing where a station has none, or is in a local grid."""
    source = np.array([one.row["coordinate_source"] for one in entries], dtype=object)
    written = [(one.row["lon"], one.row["lat"]) for one in entries]
    xy = np.array(written, dtype=np.float64).reshape(-1, 2)
    xy[source == None] = np.nan  # noqa: E711
    for name, back in _BACK.items():
        here = source == name
        if here.any():
            xy[here, 0], xy[here, 1] = back(xy[here, 0], xy[here, 1])
    return xy[:, 0], xy[:, 1]


def _or_none(value: np.float64) -> float | None:
    return round(float(value), _DECIMALS) if np.isfinite(value) else None

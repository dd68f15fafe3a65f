"""``POST /coverage`` as CSV: points read from rows, answers written as rows."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping, Sequence

from api.csv_text import csv_text
from api.models import PointAsked
from geo.errors import Fault, InputError, fault, raise_if_any

_NAMES = {"lon": ("lon", "经度"), "lat": ("lat", "纬度"), "id": ("id", "编号")}
_MOST_FAULTS = 20
_COLUMNS = ("verdict", "reason", "sentence", "minutes", "metres")
_NESTED = (
    ("station", "station_id"),
    ("station", "name"),
    ("building", "building_id"),
    ("building", "name"),
    ("subdistrict", "subdistrict_id"),
    ("subdistrict", "name"),
)


def read_points(raw: bytes) -> list[PointAsked]:
    """Read points: columns ``lon``, ``lat`` and, if one likes, ``id``; UTF-8, else GB 18030.

    Raises
    ------
    InputError
        When a column is missing, or cells are not numbers; the first rows of them are named.
    """
    table = csv.reader(io.StringIO(_decoded(raw), newline=""), strict=False)
    try:
        rows = [row for row in table if row]
    except csv.Error as error:
        raise InputError(fault("service_csv_unreadable")) from error
    place = _places(rows[0] if rows else [])
    points: list[PointAsked] = []
    faults: list[Fault] = []
    for number, row in enumerate(rows[1:], 2):
        lon, lat = _number(row, place["lon"]), _number(row, place["lat"])
        if lon is None or lat is None:
            faults.append(fault("service_csv_row", row=number))
            if len(faults) == _MOST_FAULTS:
                break
            continue
        own = place.get("id")
        key = row[own] if own is not None and own < len(row) else str(number - 1)
        points.append(PointAsked.model_construct(lon=lon, lat=lat, id=key))
    raise_if_any(faults, InputError)
    if not points:
        raise InputError(fault("service_csv_empty"))
    return points


def write_answers(
    points: Sequence[PointAsked], answers: Sequence[Mapping[str, object]], notices: Sequence[str]
) -> bytes:
    """Write answers in the order of the points; the last column says what no figure may be shown without."""
    said = " ".join(notices)
    header = [
        *("id", "lon", "lat", *_COLUMNS),
        *(f"{group}_name" if key == "name" else key for group, key in _NESTED),
        "notices",
    ]
    rows = []
    for point, answer in zip(points, answers, strict=True):
        row: list[object] = [point.id, point.lon, point.lat, *(answer[one] for one in _COLUMNS)]
        for group, key in _NESTED:
            inner = answer[group]
            row.append(inner.get(key) if isinstance(inner, Mapping) else None)
        rows.append([*row, said])
    return csv_text(header, rows)


def _decoded(raw: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise InputError(fault("service_csv_unreadable"))


def _places(header: Sequence[str]) -> Mapping[str, int]:
    names = [one.strip().lower() for one in header]
    found = {
        ours: names.index(one) for ours, theirs in _NAMES.items() for one in theirs if one in names
    }
    if "lon" not in found or "lat" not in found:
        raise InputError(fault("service_csv_header"))
    return found


def _number(row: Sequence[str], place: int) -> float | None:
    try:
        value = float(row[place])
    except (ValueError, IndexError):
        return None
    return value if math.isfinite(value) else None

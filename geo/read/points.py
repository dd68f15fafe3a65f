"""Points from columns: longitude and latitude (or x and y), each row in the datum its 坐标来源 names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo.crs import WGS84, InputCrs, place, resolve_crs
from geo.errors import CrsError, InputError, fault
from geo.read.degrees import as_pairs
from geo.read.headers import Match
from geo.read.raw import RawTable
from geo.read.rejects import Rejects
from geo.read.schema import Field
from geo.read.shapes import check_places

# 坐标来源 -> what the numbers are; ``survey`` is degrees of CGCS2000 unless the study file declares metres.
DATUM_WORDS: Mapping[str, str] = {
    **dict.fromkeys(["高德", "高德地图", "高德坐标", "amap", "gaode", "gcj02", "gcj-02"], "gcj02"),
    **dict.fromkeys(["腾讯", "腾讯地图", "qq地图", "火星坐标", "火星", "国测局"], "gcj02"),
    **dict.fromkeys(["百度", "百度地图", "百度坐标", "baidu", "bd09", "bd-09", "bd09ll"], "bd09"),
    **dict.fromkeys(["天地图", "测绘", "测量", "实测", "cgcs2000", "国家2000", "2000"], "survey"),
    **dict.fromkeys(["gps", "wgs84", "wgs-84", "wgs_84", "epsg:4326", "osm"], "survey"),
    **dict.fromkeys(["手机定位", "rtk", "epsg:4490"], "survey"),
}
COORDINATES = (
    Field(
        "lon",
        "degrees",
        ("经度", "lng", "longitude", "long", "x", "x坐标", "东经"),
        sets_row_aside=True,
    ),
    Field("lat", "degrees", ("纬度", "latitude", "y", "y坐标", "北纬"), sets_row_aside=True),
    Field("location", "text", ("经纬度", "坐标", "经纬度坐标", "地理坐标", "lnglat", "lonlat")),
    Field(
        "coordinate_source",
        "word",
        ("坐标来源", "坐标系", "坐标类型", "datum"),
        DATUM_WORDS,
        sets_row_aside=True,
    ),
)


def points_of(
    table: pd.DataFrame,
    match: Match,
    declared: str | None,
    rejects: Rejects,
    section: str,
    *,
    placed_later: bool = False,
) -> tuple[gpd.GeoSeries, str, InputCrs | None]:
    """Make the points of a table.

    Parameters
    ----------
    table
        Typed fields with `COORDINATES` among them.
    declared
        CRS that the study file declares for the rows without a 坐标来源 of their own.
    placed_later
        Rows without coordinates are kept, and so is a table that has no columns for them.

    Returns
    -------
    GeoSeries
        Missing where a row has no usable coordinates (the row is set aside).
    str
        How the CRS came to be known; ``column`` where 坐标来源 said it.
    InputCrs or None
        The one system of all rows; None when rows differ.

    Raises
    ------
    InputError
        There are no coordinate columns.
    CrsError
        Nothing says which CRS the coordinates are in.
    """
    file = rejects.raw.file
    has_columns = "location" in match.theirs or {"lon", "lat"} <= match.theirs.keys()
    if not has_columns and not placed_later:
        present = "、".join(map(str, rejects.raw.frame.columns))
        raise InputError(fault("coordinates_missing", section=section, file=file, present=present))
    x, y = _numbers(table)
    named = table["coordinate_source"]
    given = np.isfinite(x) & np.isfinite(y)
    unread = ~given & table["location"].notna().to_numpy(bool)
    column = match.theirs.get("location", "")
    rejects.rows(unread, "reject_location", column=column, value=table["location"])
    if declared is None and named.isna().all() and given.any():
        raise CrsError(fault("crs_missing", file=file, section=section))
    if not placed_later:
        rejects.rows(~given, "reject_no_coordinates")
    systems = _systems(named, declared, file, section)
    rejects.rows(
        given & (pd.Series(systems) == "").to_numpy(bool),
        "reject_no_datum",
        column=match.theirs.get("coordinate_source", ""),
    )
    return _placed(x, y, systems, declared, rejects, section)


def split_pairs(raw: RawTable, match: Match) -> RawTable:
    """Part two coordinates written into the cell of one, where the other cell is empty or repeats them."""
    if not {"lon", "lat"} <= match.theirs.keys():
        return raw
    frame = raw.frame.copy()
    lon, lat = match.theirs["lon"], match.theirs["lat"]
    if any(pd.api.types.is_numeric_dtype(frame[name]) for name in (lon, lat)):
        return raw
    for here, there in ((lon, lat), (lat, lon)):
        pairs = as_pairs(frame[here])
        alone = (frame[there].isna() | (frame[there] == frame[here])).to_numpy(bool)
        both = np.isfinite(pairs).all(axis=1) & alone
        for column, values in ((lon, pairs[:, 0]), (lat, pairs[:, 1])):
            written = pd.Series(values, index=frame.index).map(repr)
            frame[column] = frame[column].astype(object).where(~both, written)
    return replace(raw, frame=frame)


def _numbers(table: pd.DataFrame) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Take both columns where a row fills them, else the one that holds the pair."""
    both = table[["lon", "lat"]].to_numpy(np.float64)
    pairs = as_pairs(table["location"])
    both = np.where(np.isfinite(both).all(axis=1)[:, None], both, pairs)
    return both[:, 0], both[:, 1]


def _systems(
    named: pd.Series, declared: str | None, file: str, section: str
) -> npt.NDArray[np.object_]:
    """Return for every row the declaration that holds for it; empty where nothing does."""
    surveyed = "EPSG:4490"
    if declared is not None:
        known = resolve_crs(declared, None, file=file, section=section)
        if known.shift == "none" and not known.is_degrees:
            surveyed = declared  # 测绘 in a file of metres means these metres
    systems = named.astype(object).replace("survey", surveyed)
    return np.asarray(systems.where(named.notna(), declared or ""), dtype=object)


def _placed(
    x: npt.NDArray[np.float64],
    y: npt.NDArray[np.float64],
    systems: npt.NDArray[np.object_],
    declared: str | None,
    rejects: Rejects,
    section: str,
) -> tuple[gpd.GeoSeries, str, InputCrs | None]:
    has = rejects.good & np.isfinite(x) & np.isfinite(y)
    present = sorted({str(one) for one in systems[has]})
    if not present:
        return gpd.GeoSeries(np.full(len(x), None, dtype=object), crs=WGS84), "column", None
    raw = np.full(len(x), None, dtype=object)
    raw[has] = shapely.points(x[has], y[has])
    parts: list[gpd.GeoSeries] = []
    known: InputCrs | None = None
    for system in present:
        here = systems == system
        known = resolve_crs(system, None, file=rejects.raw.file, section=section)
        only = raw.copy()
        only[~here] = None
        check_places(only, known, rejects)
        parts.append(place(only, known))
    if len(parts) == 1 and known is not None:
        note = known.note if present == [declared] else "column"
        return parts[0], note, known
    if any(part.crs is None for part in parts):
        raise CrsError(fault("crs_local_rows", file=rejects.raw.file, section=section))
    merged = np.full(len(x), None, dtype=object)
    for part in parts:
        in_degrees = part.to_crs(WGS84)
        has_point = in_degrees.notna().to_numpy()
        merged[has_point] = in_degrees.to_numpy()[has_point]
    return gpd.GeoSeries(merged, crs=WGS84), "column", None

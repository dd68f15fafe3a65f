"""Barriers from OpenStreetMap: water, railways at grade, motorways, as they lie on the ground."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

WATER_AREAS = {
    "natural": ("water",),
    "waterway": ("riverbank", "dock"),
    "landuse": ("basin", "reservoir"),
}
BARRIER_WAYS = {
    "natural": ("coastline",),
    "waterway": ("river", "canal"),
    "railway": ("rail", "light_rail", "narrow_gauge", "monorail", "subway"),
    "highway": ("motorway", "motorway_link", "trunk", "trunk_link"),
    "motorroad": ("yes",),
}
WALKERS_MAY = ("yes", "designated", "permissive", "official")
SIDEWALKS = ("both", "left", "right", "yes")
ON_GROUND = ("no", "building_passage", "covered", "arcade")
Bools = npt.NDArray[np.bool_]


BARRIERS = {
    key: (*WATER_AREAS.get(key, ()), *BARRIER_WAYS.get(key, ()))
    for key in (*WATER_AREAS, *BARRIER_WAYS)
}


def barrier_frame(found: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Sort barriers into ``kind`` (water, railway, motorway), ``name, geometry``.

    Parameters
    ----------
    found
        Features of `BARRIERS`; closed ways that are lines by their tags come as areas.

    Notes
    -----
    What is in a tunnel or on a bridge bars nobody. A river drawn as a line counts only outside water areas.
    """
    found = found[_on_ground(found)].reset_index(drop=True)
    area = found.geom_type.isin(["Polygon", "MultiPolygon"]).to_numpy()
    wet = np.zeros(len(found), dtype=bool)
    for key, values in WATER_AREAS.items():
        wet |= _is(found, key, *values)
    water = found[area & wet]
    # A closed coastline is an island, a closed track a loop: their outline is what bars the way.
    shapes = np.asarray(found.geometry.array).copy()
    shapes[area] = shapely.boundary(shapes[area])
    open_lines = found.set_geometry(shapes)[~wet]
    coast = _is(open_lines, "natural", "coastline")
    stream = _is(open_lines, "waterway", "river", "canal") & ~coast
    parts = [
        _part("water", water, np.asarray(water.geometry.array)),
        _part("water", open_lines[coast], np.asarray(open_lines.geometry.array)[coast]),
        _outside(open_lines[stream], water),
        _kept("railway", open_lines, _bars_as_railway(open_lines)),
        _kept("motorway", open_lines, _bars_as_motorway(open_lines)),
    ]
    frame = pd.concat(parts, ignore_index=True)
    return gpd.GeoDataFrame(frame, geometry="geometry", crs=found.crs)


def _is(frame: pd.DataFrame, key: str, *values: str) -> Bools:
    """Tell which rows have one of `values` for `key`."""
    if key not in frame:
        return np.zeros(len(frame), dtype=bool)
    found: Bools = frame[key].isin(values).to_numpy()
    return found


def _has(frame: pd.DataFrame, key: str, but: tuple[str, ...]) -> Bools:
    """Tell which rows have a value for `key` other than `but`."""
    if key not in frame:
        return np.zeros(len(frame), dtype=bool)
    found: Bools = (frame[key].notna() & ~frame[key].isin(but)).to_numpy()
    return found


def _on_ground(frame: pd.DataFrame) -> Bools:
    """Tell what is neither in a tunnel nor on a bridge."""
    aloft = _has(frame, "tunnel", ON_GROUND) | _has(frame, "bridge", ("no",))
    return ~(aloft | _is(frame, "location", "underground", "overground", "overhead"))


def _bars_as_railway(lines: pd.DataFrame) -> Bools:
    """Tell which lines are railways at grade; an underground line needs no tunnel tag where its layer says so."""
    gone = _is(lines, "disused", "yes") | _is(lines, "abandoned", "yes")
    track = _is(lines, "railway", "rail", "light_rail", "narrow_gauge", "monorail")
    metro = _is(lines, "railway", "subway")
    if "layer" in lines:
        metro = metro & ~(pd.to_numeric(lines["layer"], errors="coerce") < 0).to_numpy()
    return (track | metro) & ~gone


def _bars_as_motorway(lines: pd.DataFrame) -> Bools:
    """Tell which lines are carriageways that nobody walks along or across."""
    fast = _is(lines, "highway", "motorway", "motorway_link") | _is(lines, "motorroad", "yes")
    trunk = _is(lines, "highway", "trunk", "trunk_link") & ~_is(lines, "foot", *WALKERS_MAY)
    for key in ("sidewalk", "sidewalk:both", "sidewalk:left", "sidewalk:right"):
        trunk = trunk & ~_is(lines, key, *SIDEWALKS)
    return fast | trunk


def _part(kind: str, rows: gpd.GeoDataFrame, shapes: npt.NDArray[np.object_]) -> pd.DataFrame:
    name = rows["name"] if "name" in rows else pd.Series(None, index=rows.index, dtype=object)
    return pd.DataFrame({"kind": kind, "name": name.to_numpy(), "geometry": shapes})


def _kept(kind: str, rows: gpd.GeoDataFrame, keep: Bools) -> pd.DataFrame:
    return _part(kind, rows[keep], np.asarray(rows.geometry.array)[keep])


def _outside(streams: gpd.GeoDataFrame, water: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return streams without the stretches inside water areas."""
    shapes = np.asarray(streams.geometry.array).copy()
    areas = shapely.make_valid(np.asarray(water.geometry.array))
    if len(areas) and len(shapes):
        line, area = shapely.STRtree(areas).query(shapes, predicate="intersects")
        for one in np.unique(line):
            shapes[one] = shapely.difference(
                shapes[one], shapely.union_all(areas[area[line == one]])
            )
    return _kept("water", streams.set_geometry(shapes), ~shapely.is_empty(shapes))

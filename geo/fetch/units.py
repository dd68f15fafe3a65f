"""The sub-districts of a fetched study: boundaries of one level inside the area, or the area itself."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely

from geo.errors import Fault, InputError, fault
from geo.fetch.place import WGS84, Place
from geo.fetch.wanted import LEVELS, WALLS
from geo.read.osm import OsmExtract

_INSIDE = 0.5  # share of a unit's area that must lie in the study area
_ENOUGH = 0.5  # share of the study area that the units of a level must fill to be taken unasked
_ALMOST = 0.95
_COLUMNS = {"subdistrict_id": "code", "name": "name", "residents": "residents",
            "workers": "workers", "households": "households"}  # fmt: skip
ATTRIBUTION = "© OpenStreetMap contributors (ODbL)"
NOT_STATUTORY = "界线来自 OpenStreetMap，非法定界线，不作为划界依据"


@dataclass(frozen=True)
class Units:
    """Sub-districts as they are written.

    Attributes
    ----------
    frame
        ``code, name`` and what else is known, ``geometry`` in degrees.
    level
        ``admin_level``; None for the user's own polygons and for an outline.
    from_osm
        Whether the lines came from OpenStreetMap.
    notes
        What a person should know about them.
    """

    frame: gpd.GeoDataFrame
    level: int | None
    from_osm: bool
    notes: tuple[Fault, ...] = ()


def wanted_levels(place: Place, level: int | None) -> tuple[int, ...]:
    """Return the levels of boundaries that must be read; none where the user's own polygons are taken."""
    if level is not None:
        return (level,)
    return () if place.own is not None and len(place.own) > 1 else LEVELS


def choose_units(extract: OsmExtract, place: Place, level: int | None, crs: str) -> Units:
    """Choose the sub-districts of a study.

    Parameters
    ----------
    level
        As asked for; None takes the user's own polygons if there are several, else the coarsest level whose units fill
        half the area, else the outline of the area.
    crs
        Metric CRS in which areas are measured.

    Raises
    ------
    InputError
        When there is no boundary of the level asked for.
    """
    if level is None and place.own is not None and len(place.own) > 1:
        kept = [name for name in _COLUMNS if name in place.own and place.own[name].notna().any()]
        frame = place.own[[*kept, "geometry"]].rename(columns=_COLUMNS)
        return Units(frame, None, from_osm=False)
    area = gpd.GeoSeries([place.area], crs=WGS84).to_crs(crs).iloc[0]
    for one in (level,) if level is not None else LEVELS:
        found = extract.boundaries(one)
        units, share = _inside(found.frame, area, crs, keep_whole=level is not None)
        if level is None and (len(units) < 2 or share < _ENOUGH):
            continue
        if len(units) == 0:
            break
        return Units(_table(units, one), one, from_osm=True, notes=_notes(units, share, one))
    if level is not None:
        raise InputError(fault("fetch_no_level", level=level, place=place.name))
    return _outline(place)


def _inside(
    frame: gpd.GeoDataFrame, area: shapely.Geometry, crs: str, *, keep_whole: bool
) -> tuple[gpd.GeoDataFrame, float]:
    """Return the units inside the area and the share of it they fill."""
    if len(frame) == 0:
        return frame, 0.0
    shapes = shapely.make_valid(frame.geometry.to_crs(crs).to_numpy())
    size = float(shapely.area(area))
    common = shapely.area(shapely.intersection(shapes, area))
    inside = common >= _INSIDE * shapely.area(shapes)
    if not keep_whole:  # the area itself is no part of itself
        inside &= common < _ALMOST * size
    filled = shapely.union_all(shapely.intersection(shapes[inside], area))
    return frame[inside].reset_index(drop=True), float(shapely.area(filled)) / size


def _table(units: gpd.GeoDataFrame, level: int) -> gpd.GeoDataFrame:
    names = units["name"].astype(object) if "name" in units else units["osm_id"]
    if "name:zh" in units:
        names = units["name:zh"].where(units["name:zh"].notna(), names)
    return gpd.GeoDataFrame(
        {
            "code": units["osm_id"].to_numpy(),
            "name": names.where(names.notna(), units["osm_id"]).to_numpy(),
            "admin_level": level,
            "note": NOT_STATUTORY,
        },
        geometry=units.geometry.to_numpy(),
        crs=WGS84,
    )


def _notes(units: gpd.GeoDataFrame, share: float, level: int) -> tuple[Fault, ...]:
    if share >= _ALMOST:
        return ()
    return (
        fault(
            "fetch_units_partial", "warning", level=level, count=len(units), share=f"{share:.0%}"
        ),
    )


def _outline(place: Place) -> Units:
    from_osm = place.own is None
    frame = gpd.GeoDataFrame(
        {"code": ["D001"], "name": [place.name]}, geometry=[place.area], crs=WGS84
    )
    if from_osm:
        frame.insert(2, "note", NOT_STATUTORY)
    note = fault("fetch_units_outline", "warning", place=place.name)
    return Units(frame, None, from_osm=from_osm, notes=(note,))


def walls_of(extract: OsmExtract) -> gpd.GeoDataFrame:
    """Return walls and fences as lines; a wall drawn as a ring bars the way along the ring, not inside it."""
    frame = extract.features(WALLS, nodes=False).frame
    shapes = np.asarray(frame.geometry.to_numpy(), dtype=object).copy()
    areas = shapely.get_dimensions(shapes) == 2
    shapes[areas] = shapely.boundary(shapes[areas])
    return gpd.GeoDataFrame(
        {"id": frame["osm_id"].to_numpy(), "kind": "wall"}, geometry=shapes, crs=WGS84
    )


def write_geojson(frame: gpd.GeoDataFrame, target: Path, *, from_osm: bool) -> None:
    """Write a layer as GeoJSON, coordinates to 1 cm; what came from OpenStreetMap says so inside."""
    shapes = shapely.set_precision(frame.geometry.to_numpy(), 1e-7, mode="pointwise")
    table = frame.drop(columns="geometry").astype(object)
    rows = table.where(table.notna(), None).to_dict("records")
    content: dict[str, object] = {"type": "FeatureCollection", "name": target.stem}
    if from_osm:
        content["attribution"] = ATTRIBUTION
    content["features"] = [
        {"type": "Feature", "properties": row, "geometry": json.loads(shapely.to_geojson(shape))}
        for row, shape in zip(rows, shapes, strict=True)
    ]
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"), default=float)
    target.write_text(text + "\n", encoding="utf-8", newline="\n")

"""Reporting polygons: which buildings and stations belong to which sub-district, community and zone."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely

from geo.demand import members
from geo.inputs import WGS84, Inputs
from geo.tabulate import Unit

Ints = npt.NDArray[np.int32]
Objects = npt.NDArray[np.object_]
CARRIED = ("subdistrict_id", "households", "zone_layer")


@dataclass(frozen=True)
class Membership:
    """Row of the sub-district and community of every point, -1 for none."""

    subdistrict: Ints
    community: Ints


def locate(points: Objects, inputs: Inputs) -> Membership:
    """Find the sub-district and community of points by where they lie."""
    nowhere = np.full(len(points), -1, dtype=np.int32)
    communities = inputs.get("communities")
    has_shapes = communities is not None and bool(communities.geometry.notna().any())
    return Membership(
        members(points, inputs.frames["subdistricts"]),
        members(points, communities) if communities is not None and has_shapes else nowhere,
    )


def ids_of(frame: gpd.GeoDataFrame | None, column: str, row: Ints) -> Objects:
    """Return the id of each row, None for -1."""
    ids = np.full(len(row), None, dtype=object)
    if frame is not None:
        ids[row >= 0] = frame[column].to_numpy(dtype=object)[row[row >= 0]]
    return ids


def unit_of(id_column: str, frame: gpd.GeoDataFrame, building: Ints, station: Ints) -> Unit:
    """Make a unit kind whose members are given by row, -1 for none."""
    return Unit(id_column, _printed(id_column, frame), _pairs(building), _pairs(station))


def zone_unit(zones: gpd.GeoDataFrame, buildings: Objects, stations: Objects) -> Unit:
    """Make the unit kind of zones: they overlap, a building counts in each that holds it."""
    tree = shapely.STRtree(zones.geometry.to_numpy())

    def inside(points: Objects) -> tuple[Ints, Ints]:
        point, zone = tree.query(points, predicate="intersects")
        order = np.lexsort((zone, point))
        return point[order].astype(np.int32), zone[order].astype(np.int32)

    return Unit("zone_id", _printed("zone_id", zones), inside(buildings), inside(stations))


def _printed(id_column: str, frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Keep what a unit's table carries along, with its area, in the CRS of the result tables."""
    carried = [name for name in CARRIED if name in frame.columns and name != id_column]
    kept = frame[[id_column, "name", *carried, "geometry"]].copy()
    area = shapely.area(frame.geometry.to_numpy())
    kept["area_m2"] = np.where(frame.geometry.notna(), area, np.nan)
    return kept if kept.crs is None else kept.to_crs(WGS84)


def _pairs(unit: Ints) -> tuple[Ints, Ints]:
    member = np.flatnonzero(unit >= 0).astype(np.int32)
    return member, unit[member]

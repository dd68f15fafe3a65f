"""Zones that are lists of buildings (联合党委、百楼片区): their shape is that of the buildings they name."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely

from geo.errors import Fault, fault
from geo.names import fold


def shape_building_zones(
    zones: gpd.GeoDataFrame, buildings: gpd.GeoDataFrame
) -> tuple[gpd.GeoDataFrame, list[Fault]]:
    """Give zones without a polygon the footprints of the buildings they name, by id or name.

    Both frames in the study's CRS. A zone whose buildings nobody knows is left out.

    Returns
    -------
    (zones, faults)
        Zones with geometry only, without the column of names.
    """
    names = zones.get("building_names")
    bare = np.flatnonzero(zones.geometry.isna().to_numpy())
    shapes = zones.geometry.to_numpy().copy()
    faults: list[Fault] = []
    rows = _rows_by_name(buildings) if len(bare) else {}
    footprints = buildings.geometry.to_numpy()
    for zone in bare.tolist():
        wanted = names.iloc[zone] if names is not None else None
        listed = [str(one) for one in wanted] if isinstance(wanted, list) else []
        found = [row for one in listed for row in rows.get(fold(one), ())]
        lost = [one for one in listed if fold(one) not in rows]
        if lost or not found:
            name = str(zones["name"].iloc[zone])
            faults.append(
                fault(
                    "zone_buildings_unknown",
                    "warning",
                    name=name,
                    count=len(lost),
                    names="、".join(lost[:5]) or "—",
                )
            )
        if found:
            shapes[zone] = shapely.union_all(footprints[np.unique(found)])
    shaped = zones.drop(columns="building_names", errors="ignore").set_geometry(
        gpd.GeoSeries(shapes, index=zones.index, crs=zones.crs)
    )
    return shaped[shaped.geometry.notna()].reset_index(drop=True), faults


def _rows_by_name(buildings: gpd.GeoDataFrame) -> dict[str, list[int]]:
    rows: dict[str, list[int]] = {}
    ids = buildings["building_id"].astype(str)
    names = buildings["name"].fillna("").astype(str)
    for row, (one, name) in enumerate(zip(ids, names, strict=True)):
        for key in {fold(one), fold(name)} - {""}:
            rows.setdefault(key, []).append(row)
    return rows

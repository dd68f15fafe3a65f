"""Stations that count: open on a date, matched to the buildings they are in, restricted by access scope."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo.errors import Fault, fault
from geo.names import fold
from geo.tables import reject_rows

HOST_WITHIN_M = 15.0
HOST_FAR_M = 100.0


def open_on(stations: pd.DataFrame, as_of: date) -> npt.NDArray[np.bool_]:
    """Tell which stations serve on `as_of`.

    Dates rule where they are given: opened on or before the day, not closed on or before it. A station without dates
    serves when its status is ``open``; a missing status counts as open (the reader reports it); one ``planned`` or
    under construction (``building``) never serves.
    """
    day = pd.Timestamp(as_of)
    status = stations["status"].fillna("open").to_numpy(dtype=object)
    opened = pd.to_datetime(stations["opened_on"], errors="coerce")
    closed = pd.to_datetime(stations["closed_on"], errors="coerce")
    begun = (opened.isna() | (opened <= day)).to_numpy()
    ended = (closed.notna() & (closed <= day)).to_numpy()
    closed_without_date = (status == "closed") & closed.isna().to_numpy()
    may_serve = np.isin(status, ("open", "closed"))
    serving: npt.NDArray[np.bool_] = may_serve & begun & ~ended & ~closed_without_date
    return serving


@dataclass(frozen=True)
class Hosts:
    """Which building each station is in.

    Attributes
    ----------
    building
        Row of the host building of each station, -1 for a station that stands alone.
    how
        ``name``, ``footprint``, ``near`` (flagged) or an empty string.
    served
        Pairs (station, building) of buildings named as host or served, by rows.
    """

    building: npt.NDArray[np.int32]
    how: npt.NDArray[np.object_]
    served: npt.NDArray[np.int32]
    faults: tuple[Fault, ...] = ()


def match_hosts(stations: gpd.GeoDataFrame, buildings: gpd.GeoDataFrame) -> Hosts:
    """Find the building each station is in: by id or name, else the footprint that holds it, else within 15 m.

    Of several buildings of one name the nearest to the station is meant. Both frames in one metric CRS, buildings
    sorted by id.
    """
    points = stations.geometry.to_numpy()
    count = len(stations)
    host = np.full(count, -1, dtype=np.int32)
    how = np.full(count, "", dtype=object)
    if len(buildings) == 0:
        return Hosts(host, how, np.empty((0, 2), dtype=np.int32))
    index = _NameIndex(buildings)
    named, lost = index.pairs(stations, "host_building_ids")
    if len(named):
        first = np.unique(named[:, 0], return_index=True)[1]
        host[named[first, 0]] = named[first, 1]
        how[named[first, 0]] = "name"
    tree = shapely.STRtree(buildings.geometry.to_numpy())
    rest = np.flatnonzero(host < 0)
    at, building = tree.query_nearest(points[rest], max_distance=HOST_WITHIN_M, all_matches=True)
    gap = shapely.distance(points[rest[at]], buildings.geometry.to_numpy()[building])
    order = np.lexsort((building, gap, at))
    first = np.unique(at[order], return_index=True)[1]
    chosen = order[first]
    host[rest[at[chosen]]] = building[chosen]
    how[rest[at[chosen]]] = np.where(gap[chosen] == 0.0, "footprint", "near")
    also, lost_served = index.pairs(stations, "served_building_ids")
    own = np.column_stack((np.flatnonzero(host >= 0), host[host >= 0])).astype(np.int32)
    served = np.unique(np.concatenate([own, named, also]).astype(np.int32), axis=0)
    faults = _doubts(stations, buildings, host, how)
    unknown = sorted(set(lost) | set(lost_served))
    if unknown:
        faults.append(
            fault("host_unknown", "warning", count=len(unknown), names="、".join(unknown[:5]))
        )
    return Hosts(host, how, served, tuple(faults))


def _doubts(
    stations: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame,
    host: npt.NDArray[np.int32],
    how: npt.NDArray[np.object_],
) -> list[Fault]:
    """Flag stations put into a building by nearness, and named buildings far from the station's point."""
    faults = []
    near = np.flatnonzero(how == "near")
    if len(near):
        faults.append(fault("host_near", "info", count=len(near), metres=f"{HOST_WITHIN_M:.0f}"))
    named = np.flatnonzero(how == "name")
    gaps = shapely.distance(
        stations.geometry.to_numpy()[named], buildings.geometry.to_numpy()[host[named]]
    )
    far = named[gaps > HOST_FAR_M]
    if len(far):
        names = "、".join(stations["name"].to_numpy(dtype=object)[far[:5]].astype(str))
        faults.append(
            fault("host_far", "warning", count=len(far), names=names, metres=f"{HOST_FAR_M:.0f}")
        )
    return faults


def reject_scopeless(
    stations: gpd.GeoDataFrame, hosts: Hosts
) -> tuple[npt.NDArray[np.bool_], pd.DataFrame]:
    """Set aside stations open to their own building only that name no building.

    Returns
    -------
    (keep, rejects)
    """
    scope = stations["access_scope"].to_numpy(dtype=object)
    has = np.zeros(len(stations), dtype=bool)
    has[hosts.served[:, 0]] = True
    bad = (scope == "building") & ~has
    records = [
        {
            "input": "stations",
            "sheet": stations["source_sheet"].iloc[row] if "source_sheet" in stations else "",
            "row": stations["source_row"].iloc[row] if "source_row" in stations else None,
            "column": "access_scope",
            "value": f"{stations['name'].iloc[row]}",
            "reason": fault("scope_without_building", name=stations["name"].iloc[row]).text(),
        }
        for row in np.flatnonzero(bad)
    ]
    return ~bad, reject_rows(records)


class _NameIndex:
    """Buildings by id and folded name."""

    def __init__(self, buildings: gpd.GeoDataFrame) -> None:
        self._geometry = buildings.geometry.to_numpy()
        self._rows: dict[str, list[int]] = {}
        ids = buildings["building_id"].astype(str)
        names = buildings["name"].fillna("").astype(str)
        for row, (one, name) in enumerate(zip(ids, names, strict=True)):
            self._rows.setdefault(one, []).append(row)
            if name and fold(name) != one:
                self._rows.setdefault(fold(name), []).append(row)

    def pairs(
        self, stations: gpd.GeoDataFrame, column: str
    ) -> tuple[npt.NDArray[np.int32], list[str]]:
        """Return (station, building) rows for the names in a list column, and the names nobody bears."""
        found: list[tuple[int, int]] = []
        lost: list[str] = []
        if column not in stations.columns:
            return np.empty((0, 2), np.int32), lost
        points = stations.geometry.to_numpy()
        for row, wanted in enumerate(stations[column]):
            for name in wanted if isinstance(wanted, list | tuple | np.ndarray) else ():
                candidates = self._rows.get(str(name)) or self._rows.get(fold(str(name)))
                if not candidates:
                    lost.append(str(name))
                    continue
                gaps = shapely.distance(self._geometry[candidates], points[row])
                found.append((row, candidates[int(np.argmin(gaps))]))
        return np.array(found, dtype=np.int32).reshape(-1, 2), lost

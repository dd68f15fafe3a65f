"""Places: stations that share one place (三合一融合建设) are counted once."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from geo.indicators.findings import xy_of
from geo.names import fold

SAME_PLACE_M = 10.0


def place_ids(stations: gpd.GeoDataFrame, host: npt.NDArray[np.int32]) -> pd.Series:
    """Name the place of every station: the lowest id of the stations there.

    Two stations are one place when one names the other among its co-located bodies, or when both name
    co-located bodies and stand on the same floor of one building (without a building: within 10 m).

    Parameters
    ----------
    stations
        Sorted by id, metric CRS.
    host
        Row of the building each is in, -1 for none.
    """
    count = len(stations)
    pairs = [*_named(stations), *_together(stations, host)]
    if not pairs:
        alone: pd.Series = stations["station_id"].astype(object)
        return alone
    one, other = np.array(pairs).T
    links = coo_array((np.ones(len(one)), (one, other)), shape=(count, count))
    group = connected_components(links, directed=False)[1]
    first = np.unique(group, return_index=True)[1]
    ids = stations["station_id"].to_numpy(dtype=object)
    return pd.Series(ids[first[group]], index=stations.index, dtype=object)


def _bodies(stations: pd.DataFrame) -> list[list[str]]:
    return [
        [fold(str(one)) for one in cell] if isinstance(cell, list | tuple | np.ndarray) else []
        for cell in stations["co_located"]
    ]


def _named(stations: pd.DataFrame) -> list[tuple[int, int]]:
    rows: dict[str, list[int]] = {}
    ids = stations["station_id"].astype(str)
    for row, (one, name) in enumerate(
        zip(ids, stations["name"].fillna("").astype(str), strict=True)
    ):
        for key in {fold(one), fold(name)} - {""}:
            rows.setdefault(key, []).append(row)
    return [
        (row, other)
        for row, names in enumerate(_bodies(stations))
        for name in names
        for other in rows.get(name, ())
        if other != row
    ]


def _together(stations: gpd.GeoDataFrame, host: npt.NDArray[np.int32]) -> list[tuple[int, int]]:
    merged = np.flatnonzero([bool(one) for one in _bodies(stations)])
    if len(merged) < 2:
        return []
    floor = np.nan_to_num(stations["floor"].to_numpy(dtype=np.float64), nan=1.0)
    near = cKDTree(xy_of(stations)[merged]).query_pairs(SAME_PLACE_M, output_type="ndarray")
    pairs = [
        (int(a), int(b))
        for a, b in merged[near].tolist()
        if host[a] == host[b] and floor[a] == floor[b]
    ]
    inside = merged[host[merged] >= 0]
    keys = pd.Series(inside, index=pd.MultiIndex.from_arrays([host[inside], floor[inside]]))
    for _, same in keys.groupby(level=[0, 1]):
        pairs += [(int(same.iloc[0]), int(row)) for row in same.iloc[1:]]
    return pairs

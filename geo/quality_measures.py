"""Figures of the quality report: how points meet the network, its pieces and cover, and how gaps were filled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo.demand import members
from geo.errors import Fault, fault
from geo.network.access import AccessRows
from geo.network.extent import hull_of
from geo.network.graph import WalkGraph

WGS84 = "EPSG:4326"
_BINS = 10
_PIECES_LISTED = 10
_NAMES_SAID = 5
# Below this a hull of road ends, never quite as wide as the outline, leaves a part of the area without data.
_COVERED_SHARE = 0.98
# A sub-district where more of the buildings find no way than this lacks roads, not doors.
_WITHOUT_WAY_SHARE = 0.05
Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int32]


@dataclass(frozen=True)
class Measured:
    """Figures for the report, plain JSON values, and what they give cause to say."""

    figures: dict[str, object]
    faults: tuple[Fault, ...] = ()


def snapping(rows: AccessRows, count: int, farthest_m: float) -> dict[str, object]:
    """Say how far points stand from the network: the shortest straight walk of each.

    Parameters
    ----------
    rows
        Access rows of `count` points.
    farthest_m
        As far as the access rule goes: where the last bin ends.

    Returns
    -------
    dict
        ``count, without_count``, quantiles ``metres_p50, metres_p90, metres_max`` (None without any), and the
        histogram: ``bin_metres`` (one edge more than bins) and ``bin_counts``.
    """
    least = np.full(count, np.inf)
    np.minimum.at(least, rows.point, rows.walk_m)
    found = least[np.isfinite(least)]
    edges = np.linspace(0.0, max(farthest_m, 1.0), _BINS + 1)
    counts = np.histogram(np.minimum(found, edges[-1]), edges)[0]
    p50, p90 = np.quantile(found, [0.5, 0.9]) if len(found) else (None, None)
    return {
        "count": count,
        "without_count": count - len(found),
        "metres_p50": _rounded(p50),
        "metres_p90": _rounded(p90),
        "metres_max": _rounded(found.max() if len(found) else None),
        "bin_metres": edges.round(1).tolist(),
        "bin_counts": counts.tolist(),
    }


def pieces(
    graph: WalkGraph, buildings: AccessRows, stations: AccessRows, least_nodes: int, crs: str | None
) -> dict[str, object]:
    """List the pieces of the network besides the largest, the longest first.

    Parameters
    ----------
    least_nodes
        Smaller pieces are entered only where a station stands on them.
    crs
        Of the graph; None for a local grid, which has no degrees.

    Returns
    -------
    dict
        ``count, largest_share`` (of the length), ``small_count``, and for the ten longest ``pieces``: ``length_m,
        nodes_count, stations_count, buildings_count, entered, lon, lat``.
    """
    if graph.edges is None or len(graph.tail) == 0:
        return {}
    piece, sizes = graph.components()
    of_edge = piece[graph.tail]
    length = np.bincount(of_edge, weights=graph.edges.length_m, minlength=len(sizes))
    houses = _points_on(buildings, of_edge, len(sizes))
    served = _points_on(stations, of_edge, len(sizes))
    largest = int(np.argmax(length))
    order = np.lexsort((np.arange(len(sizes)), -length))
    shown = order[(order != largest) & (length[order] > 0.0)]
    middles = [np.flatnonzero(piece == one)[0] for one in shown[:_PIECES_LISTED]]
    places = gpd.GeoSeries(shapely.points(graph.x[middles], graph.y[middles]), crs=crs)
    if crs is not None:
        places = places.to_crs(WGS84)
    lon, lat = places.x.round(6).tolist(), places.y.round(6).tolist()
    listed = [
        {
            "length_m": round(float(length[one])),
            "nodes_count": int(sizes[one]),
            "stations_count": int(served[one]),
            "buildings_count": int(houses[one]),
            "entered": bool(sizes[one] >= least_nodes or served[one] > 0),
            "lon": x if crs is not None else None,
            "lat": y if crs is not None else None,
        }
        for one, x, y in zip(shown[:_PIECES_LISTED].tolist(), lon, lat, strict=True)
    ]
    return {
        "count": len(shown) + 1,
        "small_count": int((sizes[shown] < least_nodes).sum()),
        "largest_share": round(float(length[largest] / max(length.sum(), 1e-9)), 4),
        "pieces": listed,
    }


def _points_on(rows: AccessRows, of_edge: Ints, count: int) -> npt.NDArray[np.int64]:
    """Count the points that may enter each piece."""
    pairs = np.unique(np.column_stack((rows.point, of_edge[rows.edge])), axis=0)
    return np.bincount(pairs[:, 1], minlength=count)


def network_cover(
    graph: WalkGraph,
    subdistricts: gpd.GeoDataFrame,
    of_subdistrict: Ints,
    has_way: Bools,
    needed_m: float | None,
) -> Measured:
    """Hold the network against the study area.

    Parameters
    ----------
    of_subdistrict, has_way
        Of every building: row of its sub-district, and whether it finds a way.
    needed_m
        How far the data should go beyond the area; None where they are stated to be complete.

    Returns
    -------
    Measured
        ``share`` of the area within the hull of the network, ``beyond_m`` (how far that goes beyond the area, 0 where
        it does not hold all of it), ``needed_m``, and by sub-district ``name, area_km2, network_km,
        network_km_per_km2, buildings_count, without_way_count``.
    """
    hull = hull_of(graph)
    shapes = np.asarray(subdistricts.geometry.to_numpy(), dtype=object)
    area = shapely.union_all(shapes)
    share = float(shapely.intersection(hull, area).area / max(area.area, 1e-9))
    holds = bool(shapely.covers(hull, area))
    beyond = float(shapely.distance(shapely.boundary(hull), area)) if holds else 0.0
    table = _by_subdistrict(graph, subdistricts, of_subdistrict, has_way)
    faults = []
    if share < _COVERED_SHARE:
        faults.append(fault("network_covers_part", "warning", share=f"{share:.1%}"))
    elif needed_m is not None and beyond < needed_m:
        figures = {"beyond": f"{beyond:.0f}", "needed": f"{needed_m:.0f}"}
        faults.append(fault("network_margin_short", "info", **figures))
    thin = table["without_way_count"] > _WITHOUT_WAY_SHARE * table["buildings_count"]
    names = table["name"][thin].astype(str).tolist()
    if names:
        said = "、".join(names[:_NAMES_SAID])
        faults.append(
            fault(
                "network_thin",
                "warning",
                count=len(names),
                names=said,
                share=f"{_WITHOUT_WAY_SHARE:.0%}",
            )
        )
    needed = None if needed_m is None else round(needed_m)
    figures_of = {"share": round(share, 4), "beyond_m": round(beyond), "needed_m": needed}
    return Measured({**figures_of, "subdistricts": table.to_dict("records")}, tuple(faults))


def _by_subdistrict(
    graph: WalkGraph, subdistricts: gpd.GeoDataFrame, of_subdistrict: Ints, has_way: Bools
) -> pd.DataFrame:
    count = len(subdistricts)
    km2 = subdistricts.geometry.area.to_numpy() / 1e6
    km = np.zeros(count)
    if graph.edges is not None:
        x = (graph.x[graph.tail] + graph.x[graph.head]) / 2.0
        y = (graph.y[graph.tail] + graph.y[graph.head]) / 2.0
        at = members(np.asarray(shapely.points(x, y), dtype=object), subdistricts)
        inside = at >= 0
        km = np.bincount(at[inside], graph.edges.length_m[inside], count) / 1000.0
    houses = np.bincount(of_subdistrict, minlength=count)
    without = np.bincount(of_subdistrict[~has_way], minlength=count)
    return pd.DataFrame(
        {
            "name": subdistricts["name"].astype(object).to_numpy(),
            "area_km2": km2.round(3),
            "network_km": km.round(1),
            "network_km_per_km2": (km / np.maximum(km2, 1e-9)).round(1),
            "buildings_count": houses,
            "without_way_count": without,
        }
    )


def filled_in(
    raw: pd.DataFrame, measured: pd.DataFrame, people_basis: Mapping[str, str]
) -> dict[str, object]:
    """Say how many buildings had levels and people of their own, and how the others came by theirs.

    Parameters
    ----------
    raw
        Buildings of the study area as read.
    measured
        The same, with ``floor_area_m2, residents, workers`` filled in.
    people_basis
        ``building, community, subdistrict`` or ``none`` for residents and workers.

    Returns
    -------
    dict
        ``levels``: ``total, stated_count, from_height_count, assumed_count, floor_area_known``; ``people``: for each
        kind ``basis, stated_count, filled_count, empty_count, total``.
    """
    levels, height = _numbers(raw, "levels"), _numbers(raw, "height_m")
    stated = np.isfinite(levels)
    by_height = ~stated & (height > 0.0)
    figures: dict[str, object] = {
        "levels": {
            "total": len(raw),
            "stated_count": int(stated.sum()),
            "from_height_count": int(by_height.sum()),
            "assumed_count": int((~stated & ~by_height).sum()),
            "floor_area_known": bool(np.isfinite(_numbers(measured, "floor_area_m2")).any()),
        }
    }
    people = {}
    for kind, basis in people_basis.items():
        own, given = np.isfinite(_numbers(raw, kind)), _numbers(measured, kind)
        by_unit = basis in ("community", "subdistrict")
        filled = int((given > 0.0).sum()) if by_unit else 0
        known = int(own.sum()) if basis == "building" else 0
        people[kind] = {
            "basis": basis,
            "stated_count": known,
            "filled_count": filled,
            "empty_count": len(raw) - known - filled,
            "total": None if basis == "none" else round(float(np.nansum(given))),
        }
    return {**figures, "people": people}


def _numbers(frame: pd.DataFrame, column: str) -> Floats:
    if column not in frame.columns:
        return np.full(len(frame), np.nan)
    return pd.to_numeric(frame[column], errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)


def _rounded(metres: float | None) -> float | None:
    return None if metres is None else round(float(metres), 1)

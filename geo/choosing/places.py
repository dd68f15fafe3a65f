"""Where candidates come from: a layer of the user's own, buildings by use, points of the network on a grid."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo.network.edges import EdgeTable
from geo.placenames import NamedRoads, road_names
from geo.read.words import TIERS
from geo.reassess import Reassessed
from geo.register import HOST_WITHIN_M

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Objects = npt.NDArray[np.object_]
ROAD_WITHIN_M = 50.0


def layer_places(kept: Reassessed, layer: gpd.GeoDataFrame) -> pd.DataFrame:
    """Take the places of a layer; of an area (a vacant lot) a point inside and, where it states none, its size."""
    metric = layer if layer.crs is None else layer.to_crs(kept.walk.crs)
    shapes = metric.geometry.to_numpy()
    inner = np.asarray(shapely.point_on_surface(shapes), dtype=object)
    area = np.where(shapely.get_dimensions(shapes) == 2, shapely.area(shapes), np.nan)
    stated = _numbers(metric, "area_m2")
    serial = np.array([f"{one:03d}" for one in range(1, len(metric) + 1)], dtype=object)
    label = _texts(metric, "id")
    label = np.where(pd.isna(label), serial, label)
    table = pd.DataFrame(
        {
            "site_id": _unique(np.array([f"L-{one}" for one in label], dtype=object)),
            "origin": "layer",
            "name": _texts(metric, "name"),
            "owner": _texts(metric, "owner"),
            "cost": _numbers(metric, "cost"),
            "tier": [TIERS.get(one, one) for one in _texts(metric, "tier")],
            "area_m2": np.where(np.isnan(stated), area, stated),
            "use": None,
            "host_building_id": None,
            "x": shapely.get_x(inner),
            "y": shapely.get_y(inner),
        }
    )
    unnamed = table["name"].isna()
    table.loc[unnamed, "name"] = label[unnamed.to_numpy(dtype=bool)]
    return table.sort_values("site_id", kind="stable", ignore_index=True)


def building_places(kept: Reassessed, uses: tuple[str, ...]) -> pd.DataFrame:
    """Take the buildings of some uses; one without a name is called after the road it stands on."""
    buildings = kept.buildings
    chosen = np.flatnonzero(buildings["use"].isin(uses).to_numpy(dtype=bool))
    rows = buildings.iloc[chosen]
    name = _texts(rows, "name")
    road = road_names(kept.assessor)[chosen]
    name = np.where(pd.isna(name) | (name == ""), road, name)
    table = pd.DataFrame(
        {
            "site_id": [f"B-{one}" for one in rows["building_id"]],
            "origin": "building",
            "name": name,
            "owner": _texts(rows, "owner"),
            "cost": _numbers(rows, "cost"),
            "tier": None,
            "area_m2": _numbers(rows, "floor_area_m2"),
            "use": rows["use"].to_numpy(dtype=object),
            "host_building_id": rows["building_id"].astype(str).to_numpy(dtype=object),
            "x": kept.assessor.demand.x[chosen],
            "y": kept.assessor.demand.y[chosen],
        }
    )
    return table.sort_values("site_id", kind="stable", ignore_index=True)


def network_places(kept: Reassessed, side_m: float) -> pd.DataFrame:
    """Take one junction of the network a square: the one nearest to its middle that is clear of buildings.

    Only where an edge may be entered, and farther from every footprint than a station that would be taken to be in
    the building.
    """
    graph, edges = kept.walk.graph, kept.walk.graph.edges
    if not isinstance(edges, EdgeTable):
        return _points(kept, np.empty(0), np.empty(0), [])
    usable = np.zeros(graph.node_count, dtype=bool)
    entered = edges.enterable & (edges.forward_open | edges.backward_open)
    usable[graph.tail[entered]] = True
    usable[graph.head[entered]] = True
    usable &= _in_study(kept, graph.x, graph.y)
    node = np.flatnonzero(usable)
    node = node[_clear(kept, graph.x[node], graph.y[node])]
    column = np.floor(graph.x[node] / side_m).astype(np.int64)
    line = np.floor(graph.y[node] / side_m).astype(np.int64)
    off = np.hypot(graph.x[node] - (column + 0.5) * side_m, graph.y[node] - (line + 0.5) * side_m)
    order = np.lexsort((node, off, column, line))
    cells = np.column_stack((line, column))[order]
    first = np.ones(len(order), dtype=bool)
    first[1:] = (cells[1:] != cells[:-1]).any(axis=1)
    chosen = order[first]
    # squares are counted from the south-west, so that ids do not carry coordinates of the whole country
    low = (
        (line.min(initial=0), column.min(initial=0))
        if len(node) == 0
        else (line.min(), column.min())
    )
    ids = [
        f"G-{row + 1:03d}-{place + 1:03d}"
        for row, place in zip(line[chosen] - low[0], column[chosen] - low[1], strict=True)
    ]
    return _points(kept, graph.x[node[chosen]], graph.y[node[chosen]], ids)


def _points(kept: Reassessed, x: Floats, y: Floats, ids: list[str]) -> pd.DataFrame:
    points = np.asarray(shapely.points(x, y), dtype=object)
    name = NamedRoads(kept.walk.graph).near(points, ROAD_WITHIN_M)
    table = pd.DataFrame({"site_id": ids, "origin": "network", "name": name, "x": x, "y": y})
    return table.assign(
        owner=None, cost=np.nan, tier=None, area_m2=np.nan, use=None, host_building_id=None
    )


def _in_study(kept: Reassessed, x: Floats, y: Floats) -> npt.NDArray[np.bool_]:
    areas = kept.result.inputs["subdistricts"]
    metric = areas if areas.crs is None else areas.to_crs(kept.walk.crs)
    tree = shapely.STRtree(metric.geometry.to_numpy())
    inside = np.zeros(len(x), dtype=bool)
    inside[tree.query(shapely.points(x, y), predicate="intersects")[0]] = True
    return inside


def _clear(kept: Reassessed, x: Floats, y: Floats) -> npt.NDArray[np.bool_]:
    """Tell which points no building is so near to that a station there would be taken to be inside."""
    every = kept.result.inputs["buildings"]
    metric = every if every.crs is None else every.to_crs(kept.walk.crs)
    clear = np.ones(len(x), dtype=bool)
    near = shapely.STRtree(metric.geometry.to_numpy()).query(
        shapely.points(x, y), predicate="dwithin", distance=HOST_WITHIN_M + 1.0
    )
    clear[near[0]] = False
    return clear


def _unique(ids: Objects) -> Objects:
    """Number ids that occur more than once: their second is called …#2."""
    serial = pd.Series(ids).groupby(ids, sort=False).cumcount().to_numpy()
    return np.array(
        [
            one if number == 0 else f"{one}#{number + 1}"
            for one, number in zip(ids, serial, strict=True)
        ],
        dtype=object,
    )


def _texts(frame: pd.DataFrame, column: str) -> Objects:
    if column not in frame.columns:
        return np.full(len(frame), None, dtype=object)
    values = frame[column].astype(object)
    return np.asarray(values.where(values.notna(), None).to_numpy(dtype=object), dtype=object)


def _numbers(frame: pd.DataFrame, column: str) -> Floats:
    if column not in frame.columns:
        return np.full(len(frame), np.nan)
    return pd.to_numeric(frame[column], errors="coerce").to_numpy(np.float64, na_value=np.nan)

"""A finished result made searchable again: the assessor and the obstacles that its tables came from."""

from __future__ import annotations

from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo.assess import Assessor, Demanders, Supply, Weighting
from geo.coverage import Demand, demand_of
from geo.errors import NotFoundError, fault
from geo.height import Heights
from geo.indicators.by_time import open_masks
from geo.network.edges import EdgeTable
from geo.network.links import Links, with_links
from geo.network.pace import Costs, cost_of_edges, length_costs
from geo.network.snap import AccessFinder, edge_groups
from geo.obstacles import Obstacles
from geo.params import Rule
from geo.placenames import named_walls
from geo.result import StudyResult, WalkModel

Ints = npt.NDArray[np.int32]
Objects = npt.NDArray[np.object_]


@dataclass(frozen=True)
class Reassessed:
    """A result, searchable.

    Attributes
    ----------
    assessor
        Gives the costs, winners and verdicts that the tables hold.
    obstacles
        Barriers and the access rule for any point.
    buildings
        One row a building, in the order of the assessor; metric CRS.
    stations
        One row a station that counts, in the order of the assessor; metric CRS.
    demand
        Weights of buildings.
    """

    result: StudyResult
    walk: WalkModel
    assessor: Assessor
    obstacles: Obstacles
    buildings: gpd.GeoDataFrame
    stations: gpd.GeoDataFrame
    demand: Demand


def reassess(result: StudyResult) -> Reassessed:
    """Make a finished result searchable again.

    Raises
    ------
    NotFoundError
        When it has no walking network.
    """
    walk = result.walk
    if walk is None:
        raise NotFoundError(fault("table_missing", table="network", present="—"))
    buildings = _once(result.buildings, "building_id", walk.building_ids, walk.crs)
    every = _once(result.stations, "station_id", walk.station_ids, walk.crs)
    counting = every["counts"].to_numpy(dtype=bool)
    stations = every[counting].reset_index(drop=True)
    supply = _supply(walk, buildings, stations, counting)
    graph, params = walk.graph, result.params
    if not isinstance(graph.edges, EdgeTable):
        raise NotFoundError(fault("graph_has_no_edge_table"))
    component, sizes = graph.components()
    all_groups, large = edge_groups(component, sizes, graph.tail, params.walk.min_component_nodes)
    served = np.unique(all_groups[supply.rows.edge])
    groups = np.where(np.isin(all_groups, served[served > 0]), all_groups, large).astype(np.int32)
    finder = AccessFinder(graph.edges, walk.barriers, params.walk, walk.hubs)
    xy = shapely.get_coordinates(shapely.point_on_surface(buildings.geometry.to_numpy()))
    nowhere = np.zeros(len(buildings), dtype=bool)
    assessor = Assessor(
        graph=graph,
        demand=Demanders(xy[:, 0].copy(), xy[:, 1].copy(), walk.buildings, nowhere),
        supply=supply,
        rules=params.rules,
        paces=params.walk.paces,
        cut=walk.cut,
        cap_minutes=params.cap_minutes,
        open_at=open_masks(params.rules, stations)[0],
        heights=Heights(_numbers(buildings, "levels"), _numbers(stations, "floor"), supply.host),
    )
    obstacles = Obstacles(finder, groups, named_walls(walk.barriers, buildings))
    demand = demand_of(buildings, params.rules)
    return Reassessed(result, walk, assessor, obstacles, buildings, stations, demand)


def linked(assessor: Assessor, rule: Rule, links: Links) -> Assessor:
    """Add links to the network as `rule` weights it and let everybody enter it as before."""
    weighting = assessor.weighting(rule)

    def costs(edges: EdgeTable) -> Costs:
        if rule.basis == "time":
            return cost_of_edges(edges, assessor.paces[rule.pace])
        return length_costs(edges)

    split = with_links(weighting.graph, links, costs)
    name = rule.pace if rule.basis == "time" else rule.basis
    return replace(
        assessor,
        graph=split.graph,
        demand=replace(assessor.demand, rows=split.moved(assessor.demand.rows)),
        supply=replace(assessor.supply, rows=split.moved(assessor.supply.rows)),
        _weightings={name: Weighting(weighting.name, split.graph, weighting.per_metre)},
        _pairs={},
        _near_cut={},
        _fields={},
    )


def _once(table: pd.DataFrame, column: str, ids: Objects, crs: str) -> gpd.GeoDataFrame:
    """Take one row an id of a table that is long by rule, in the order of `ids`, in the metric CRS."""
    frame = gpd.GeoDataFrame(table.drop_duplicates(column))
    frame = frame.set_index(frame[column].astype(str)).loc[ids.astype(str)].reset_index(drop=True)
    return frame if frame.crs is None else frame.to_crs(crs)


def _supply(
    walk: WalkModel,
    buildings: gpd.GeoDataFrame,
    stations: gpd.GeoDataFrame,
    counting: npt.NDArray[np.bool_],
) -> Supply:
    row_of = {str(one): row for row, one in enumerate(buildings["building_id"])}
    new = np.full(len(counting), -1, dtype=np.int32)
    new[counting] = np.arange(int(counting.sum()), dtype=np.int32)
    rows = walk.stations.take(counting[walk.stations.point])
    host = [
        next((row_of.get(str(one), -1) for one in ids), -1) for ids in stations["host_building_ids"]
    ]
    served = [
        (station, row_of[str(one)])
        for station, (inside, also) in enumerate(
            zip(stations["host_building_ids"], stations["served_building_ids"], strict=True)
        )
        for one in (*inside, *also)
        if str(one) in row_of
    ]
    xy = shapely.get_coordinates(stations.geometry.to_numpy())
    return Supply(
        x=xy[:, 0].copy(),
        y=xy[:, 1].copy(),
        tier=stations["tier"].to_numpy(dtype=object),
        scope=stations["access_scope"].to_numpy(dtype=object),
        rows=replace(rows, point=new[rows.point], count=int(counting.sum())),
        host=np.array(host, dtype=np.int32),
        served=np.array(served, dtype=np.int32).reshape(-1, 2),
    )


def _numbers(frame: pd.DataFrame, column: str) -> npt.NDArray[np.float64]:
    if column not in frame.columns:
        return np.full(len(frame), np.nan)
    return pd.to_numeric(frame[column], errors="coerce").to_numpy(dtype=np.float64)

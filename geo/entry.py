"""Where buildings and stations enter the walk graph: entrances, hosts, served islands, opened private ways."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely

from geo.errors import Fault, fault
from geo.network.access import AccessRows
from geo.network.graph import WalkGraph
from geo.network.snap import Access, AccessFinder, Places, edge_groups
from geo.params import WalkParams
from geo.register import Hosts

ENTRANCE_WITHIN_M = 5.0
Ints = npt.NDArray[np.int32]


@dataclass(frozen=True)
class Entrances:
    """Entrances by building: ``building`` (row) and the point's coordinates, sorted by building."""

    building: Ints
    x: npt.NDArray[np.float64]
    y: npt.NDArray[np.float64]
    faults: tuple[Fault, ...] = ()


def no_entrances() -> Entrances:
    """Return the entrances of a study without any."""
    return Entrances(np.empty(0, np.int32), np.empty(0), np.empty(0))


def match_entrances(entrances: gpd.GeoDataFrame, buildings: gpd.GeoDataFrame) -> Entrances:
    """Give every entrance its building: by id where it names one, else the footprint within 5 m."""
    points = entrances.geometry.to_numpy()
    row_of = {str(one): row for row, one in enumerate(buildings["building_id"])}
    named = entrances["building_id"].map(lambda one: row_of.get(str(one), -1)).to_numpy(np.int64)
    building = np.asarray(named, dtype=np.int32)
    rest = np.flatnonzero(building < 0)
    if len(rest) and len(buildings):
        tree = shapely.STRtree(buildings.geometry.to_numpy())
        at, near = tree.query_nearest(
            points[rest], max_distance=ENTRANCE_WITHIN_M, all_matches=False
        )
        building[rest[at]] = near
    lost = int((building < 0).sum())
    found = np.flatnonzero(building >= 0)
    found = found[np.argsort(building[found], kind="stable")]
    faults = [
        fault("entrances_unmatched", "warning", count=lost, metres=f"{ENTRANCE_WITHIN_M:.0f}")
    ]
    xy = shapely.get_coordinates(points[found])
    return Entrances(
        building[found], xy[:, 0].copy(), xy[:, 1].copy(), tuple(faults if lost else ())
    )


def building_places(buildings: gpd.GeoDataFrame, entrances: Entrances) -> Places:
    """Say where each building may be entered: at its entrances, or with none at any side of its footprint."""
    count = len(buildings)
    has = np.zeros(count, dtype=bool)
    has[entrances.building] = True
    rest = np.flatnonzero(~has).astype(np.int32)
    outlines = Places.from_polygons(buildings.geometry.to_numpy()[rest], rest, count)
    doors = Places.from_points(entrances.x, entrances.y, entrances.building, count)
    return outlines.joined(doors)


@dataclass(frozen=True)
class Entry:
    """The walk graph as the stations open it, and the access of both sides.

    Attributes
    ----------
    graph
        Private pieces that hold a station are open.
    stations
        Access rows of all stations handed in, by row.
    buildings
        Access of all buildings handed in, by row.
    groups
        Per edge: 0 large piece, k >= 1 island that a station serves, -1 not entered; for later points.
    islands_only
        Rows of stations that reach an island only.
    """

    graph: WalkGraph
    stations: AccessRows
    buildings: Access
    groups: Ints
    islands_only: Ints


def enter(
    graph: WalkGraph,
    finder: AccessFinder,
    stations: gpd.GeoDataFrame,
    hosts: Hosts,
    buildings: gpd.GeoDataFrame,
    entrances: Entrances,
    walk: WalkParams,
    counting: npt.NDArray[np.bool_],
) -> Entry:
    """Apply the access rule to stations, then to buildings.

    Strategy
    --------
    * a station in a building uses the building's access points, any other its own point;
    * a station may enter every piece of the network: the islands it stands on are served from then on;
    * a station on private ways opens their piece;
    * only stations that count (`counting`) serve an island or open a piece;
    * buildings enter large pieces and served islands.
    """
    if graph.edges is None:
        raise ValueError("the walk graph must know what its edges are")
    component, sizes = graph.components()
    every, large = edge_groups(component, sizes, graph.tail, walk.min_component_nodes)
    stations_in = station_rows(finder, stations, hosts, buildings, entrances, every)
    reached = every[stations_in.edge]
    serving = counting[stations_in.point]
    served = np.unique(reached[serving & (reached > 0)])
    groups = np.where(np.isin(every, served), every, large).astype(np.int32)
    private = graph.edges.private_group[stations_in.edge[serving]]
    opened = graph.opened(np.unique(private[private >= 0]))
    access = finder.find(building_places(buildings, entrances), groups)
    on_large = np.bincount(stations_in.point[reached == 0], minlength=len(stations)) > 0
    on_any = np.bincount(stations_in.point, minlength=len(stations)) > 0
    lonely = np.flatnonzero(on_any & ~on_large).astype(np.int32)
    return Entry(opened, stations_in, access, groups, lonely)


def station_rows(
    finder: AccessFinder,
    stations: gpd.GeoDataFrame,
    hosts: Hosts,
    buildings: gpd.GeoDataFrame,
    entrances: Entrances,
    groups: Ints,
) -> AccessRows:
    """Find the access rows of all stations; `groups` as `AccessFinder.find` takes them."""
    alone = np.flatnonzero(hosts.building < 0).astype(np.int32)
    xy = shapely.get_coordinates(stations.geometry.to_numpy()[alone])
    places = Places.from_points(xy[:, 0], xy[:, 1], alone, len(stations))
    housed = np.flatnonzero(hosts.building >= 0).astype(np.int32)
    house = hosts.building[housed]
    inner, row = np.unique(house, return_inverse=True)
    kept = np.isin(entrances.building, inner)
    doors = Entrances(
        np.searchsorted(inner, entrances.building[kept]).astype(np.int32),
        entrances.x[kept],
        entrances.y[kept],
    )
    host_rows = finder.find(building_places(buildings.iloc[inner], doors), groups).rows
    alone_rows = finder.find(places, groups).rows
    return alone_rows.joined(host_rows.for_owners(row.astype(np.int32), housed, len(stations)))

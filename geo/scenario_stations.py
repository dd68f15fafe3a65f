"""Stations swapped in a searchable result, where nobody else's way into the network changes with them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo.assess import Assessor, Supply
from geo.critical import keystones
from geo.entry import Entrances, match_entrances, no_entrances, station_rows
from geo.errors import InputError, fault
from geo.height import Heights
from geo.indicators.by_time import open_masks
from geo.inputs import Inputs
from geo.names import fold
from geo.network.access import AccessRows
from geo.network.edges import PUBLIC
from geo.network.snap import edge_groups
from geo.prepare import places_of
from geo.reassess import Reassessed
from geo.register import HOST_WITHIN_M, Hosts, match_hosts, open_on
from geo.scenario_inputs import ChangedInputs
from geo.walk_network import WalkNetwork, entrance_gates

Ints = npt.NDArray[np.int32]
Bools = npt.NDArray[np.bool_]
Objects = npt.NDArray[np.object_]


@dataclass(frozen=True)
class Swapped:
    """The study with stations swapped.

    Attributes
    ----------
    assessor
        Searches from the new and changed stations alone.
    rest
        Supply of the stations that stay as they are.
    rest_stations
        Their rows, for opening hours and floors.
    """

    assessor: Assessor
    stations: pd.DataFrame
    rest: Supply
    rest_stations: pd.DataFrame
    only_adds: bool

    def whole(self) -> Assessor:
        """Search from all stations; they come in no order, so ties may name another one of the same cost."""
        supply, rest = self.assessor.supply, self.rest
        behind = supply.served + np.array([[rest.count, 0]], dtype=np.int32)
        both = Supply(
            x=np.concatenate((rest.x, supply.x)),
            y=np.concatenate((rest.y, supply.y)),
            tier=np.concatenate((rest.tier, supply.tier)),
            scope=np.concatenate((rest.scope, supply.scope)),
            rows=_joined(rest.rows, supply.rows),
            host=np.concatenate((rest.host, supply.host)),
            served=np.concatenate((rest.served, behind)).astype(np.int32),
        )
        columns = ["opening_hours", "floor"]
        stations = pd.concat(
            [self.rest_stations[columns].astype(object), self.stations[columns].astype(object)],
            ignore_index=True,
        )
        return _with_supply(self.assessor, both, stations)


class StationSwap:
    """Puts new and changed stations into a result without letting its buildings enter the network again.

    Parameters
    ----------
    kept
        The result, searchable.
    inputs, network
        Its inputs and network, see `geo.reentry.stored`.
    """

    def __init__(self, kept: Reassessed, inputs: Inputs, network: WalkNetwork) -> None:
        self._kept = kept
        every = inputs.frames["buildings"]
        self._ids = kept.stations["station_id"].astype(str).to_numpy(dtype=object)
        hosts = {str(one) for ids in kept.stations["host_building_ids"] for one in ids}
        known = np.array([*kept.walk.building_ids.astype(str), *sorted(hosts)], dtype=object)
        ids = every["building_id"].astype(str)
        self._houses = every[ids.isin(known).to_numpy(dtype=bool)].reset_index(drop=True)
        row_of = {str(one): row for row, one in enumerate(kept.walk.building_ids)}
        self._study_row = np.array(
            [row_of.get(str(one), -1) for one in self._houses["building_id"]], dtype=np.int32
        )
        self._every = every
        house_of = {str(one): row for row, one in enumerate(self._houses["building_id"])}
        self._house_row = np.array(
            [house_of.get(str(one), -1) for one in every["building_id"]], dtype=np.int32
        )
        self._tree = shapely.STRtree(every.geometry.to_numpy())
        self._entrances = self._matched(inputs)
        self._stones = frozenset(self._ids[keystones(kept)].tolist())
        graph = network.graph
        component, sizes = graph.components()
        least = kept.result.params.walk.min_component_nodes
        self._groups, _ = edge_groups(component, sizes, graph.tail, least)
        rows = kept.assessor.supply.rows
        self._served = np.unique(self._groups[rows.edge])
        self._private = np.empty(0, np.int32) if graph.edges is None else graph.edges.private_group
        self._opened = np.unique(self._private[rows.edge])

    def swapped(self, changed: ChangedInputs) -> Swapped | None:
        """Return the changed study, or None where others enter the network differently then.

        Raises
        ------
        InputError
            When a new station stands too far from every way, or is open to no building at all.
        """
        frame = changed.inputs.frames["stations"]
        ids = frame["station_id"].astype(str).to_numpy(dtype=object)
        touched = np.isin(ids, changed.touched)
        if self._stones & set(changed.touched.tolist()):
            return None
        serving = touched & open_on(frame, changed.params.as_of)
        stations = frame[serving].reset_index(drop=True)
        supply = self._supply(stations, changed.params.walk.max_access_m)
        if supply is None:
            return None
        stays = ~np.isin(self._ids, changed.touched)
        return Swapped(
            _with_supply(self._kept.assessor, supply, stations),
            stations,
            _some(self._kept.assessor.supply, stays),
            self._kept.stations[stays].reset_index(drop=True),
            bool(stays.all()),
        )

    def _matched(self, inputs: Inputs) -> Entrances:
        layer = inputs.get("entrances")
        if layer is None or len(layer) == 0:
            return no_entrances()
        layer = layer[~entrance_gates(inputs)]
        return match_entrances(layer, self._houses) if len(layer) else no_entrances()

    def _supply(self, stations: gpd.GeoDataFrame, most_m: float) -> Supply | None:
        """Let the stations enter; None where they open, serve or stand in what nobody else does."""
        kept = self._kept
        xy = shapely.get_coordinates(stations.geometry.to_numpy())
        x, y = xy[:, 0].copy(), xy[:, 1].copy()
        if kept.walk.hubs is not None and len(kept.walk.hubs.holding(x, y)[0]):
            return None
        houses = self._houses
        hosts = self._hosts(stations)
        if hosts is None:
            return None
        rows = station_rows(
            kept.obstacles.finder, stations, hosts, houses, self._entrances, self._groups
        )
        scope = stations["access_scope"].to_numpy(dtype=object)
        self._refuse(stations, hosts, rows, scope, most_m)
        known = np.isin(self._groups[rows.edge], [0, *self._served]).all()
        if not known or not np.isin(self._private[rows.edge], [PUBLIC, *self._opened]).all():
            return None
        host = hosts.building
        served = np.column_stack((hosts.served[:, 0], self._study_row[hosts.served[:, 1]]))
        return Supply(
            x=x,
            y=y,
            tier=stations["tier"].to_numpy(dtype=object),
            scope=scope,
            rows=rows,
            host=np.where(host >= 0, self._study_row[np.maximum(host, 0)], -1).astype(np.int32),
            served=served[(served >= 0).all(axis=1)].astype(np.int32),
        )

    def _hosts(self, stations: gpd.GeoDataFrame) -> Hosts | None:
        """Match stations to houses: only those near or named are asked; None for one outside the study."""
        _, near = self._tree.query(
            stations.geometry.to_numpy(), predicate="dwithin", distance=HOST_WITHIN_M
        )
        asked = np.zeros(len(self._every), dtype=bool)
        asked[near] = True
        asked |= self._named(stations)
        rows = np.flatnonzero(asked)
        found = match_hosts(stations, self._every.iloc[rows].reset_index(drop=True))
        new = self._house_row[rows]
        housed = found.building >= 0
        if len(rows) and (new[found.building[housed]] < 0).any():
            return None
        building = found.building.copy()
        building[housed] = new[found.building[housed]]
        served = found.served.copy()
        served[:, 1] = new[served[:, 1]] if len(rows) else served[:, 1]
        return replace(found, building=building, served=served[(served >= 0).all(axis=1)])

    def _named(self, stations: gpd.GeoDataFrame) -> Bools:
        names = {
            str(name)
            for column in ("host_building_ids", "served_building_ids")
            if column in stations.columns
            for wanted in stations[column]
            if isinstance(wanted, list | tuple | np.ndarray)
            for name in wanted
        }
        if not names:
            return np.zeros(len(self._every), dtype=bool)
        folded = {fold(one) for one in names}
        ids = self._every["building_id"].astype(str).isin(names)
        called = self._every["name"].fillna("").astype(str).map(fold).isin(folded)
        return np.asarray((ids | called).to_numpy(dtype=bool))

    @staticmethod
    def _refuse(
        stations: gpd.GeoDataFrame, hosts: Hosts, rows: AccessRows, scope: Objects, most_m: float
    ) -> None:
        reached = np.bincount(rows.point, minlength=len(stations)) > 0
        lost = ~reached & (hosts.building < 0)
        has = np.zeros(len(stations), dtype=bool)
        has[hosts.served[:, 0]] = True
        lost |= (scope == "building") & ~has
        names = stations["name"].to_numpy(dtype=object)[lost]
        if len(names):
            metres = f"{most_m:.0f}"
            raise InputError(
                *(fault("scenario_unusable", name=one, metres=metres) for one in names)
            )


def _with_supply(assessor: Assessor, supply: Supply, stations: pd.DataFrame) -> Assessor:
    """Exchange the stations; what the network alone decides is kept."""
    floor = pd.to_numeric(stations["floor"], errors="coerce") if "floor" in stations else None
    floors = np.full(supply.count, np.nan) if floor is None else floor.to_numpy(dtype=np.float64)
    heights = assessor.heights
    return replace(
        assessor,
        supply=supply,
        open_at=open_masks(tuple(assessor.rules), stations)[0],
        heights=None if heights is None else Heights(heights.levels, floors, supply.host),
        _pairs={},
        _fields={},
    )


def _some(supply: Supply, chosen: Bools) -> Supply:
    new = places_of(np.flatnonzero(chosen), supply.count)
    rows = supply.rows.take(chosen[supply.rows.point])
    served = supply.served[chosen[supply.served[:, 0]]]
    return Supply(
        x=supply.x[chosen],
        y=supply.y[chosen],
        tier=supply.tier[chosen],
        scope=supply.scope[chosen],
        rows=replace(rows, point=new[rows.point], count=int(chosen.sum())),
        host=supply.host[chosen],
        served=np.column_stack((new[served[:, 0]], served[:, 1])).astype(np.int32),
    )


def _joined(one: AccessRows, two: AccessRows) -> AccessRows:
    """Put the rows of more stations behind; their numbers follow."""
    count = one.count + two.count
    return replace(one, count=count).joined(replace(two, point=two.point + one.count, count=count))

"""From inputs to a study ready to be searched: buildings measured, stations placed, both entered into the graph."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo.datum_check import examine
from geo.demand import floor_areas, spread
from geo.entry import Entrances, Entry, enter, match_entrances, no_entrances
from geo.errors import Fault, InputError, fault
from geo.inputs import Inputs, limit_m, read_inputs
from geo.network.compounds import with_points_inside
from geo.network.snap import AccessFinder, Hubs
from geo.params import PACES, StudyParams
from geo.progress import Progress, silent
from geo.quality_measures import Measured, filled_in, network_cover, pieces, snapping
from geo.read.stations import station_ids
from geo.register import Hosts, match_hosts, open_on, reject_scopeless
from geo.result import QualityReport
from geo.tables import reject_rows
from geo.units import ids_of, locate
from geo.walk_network import WalkNetwork, entrance_gates, read_network

Ints = npt.NDArray[np.int32]


@dataclass
class Clock:
    """Seconds spent a stage."""

    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time what happens inside."""
        begun = time.perf_counter()
        yield
        self.seconds[name] = round(time.perf_counter() - begun, 3)


class Prepared:
    """A study read, checked and entered into its walk graph; nothing is judged yet.

    Attributes
    ----------
    inputs, network
        As read.
    buildings
        Buildings of the study area with area, people, sub-district and community; metric CRS.
    inside
        Row of each of them in ``inputs.frames["buildings"]``.
    points
        A point inside each of them.
    of_subdistrict, of_community
        Row of the polygon each belongs to, -1 for none.
    people_basis
        How residents and workers came to the buildings.
    stations
        Stations sorted by id, with sub-district and community; metric CRS.
    hosts
        Building (row of the input) each station is in.
    house_of
        Row among ``entry.buildings`` of each input building, -1 for those not entered.
    entry
        Access of both sides.
    hubs
        Walled compounds, with the stations inside.
    """

    inputs: Inputs
    network: WalkNetwork
    buildings: gpd.GeoDataFrame
    inside: Ints
    points: npt.NDArray[np.object_]
    of_subdistrict: Ints
    of_community: Ints
    people_basis: dict[str, str]
    stations: gpd.GeoDataFrame
    hosts: Hosts
    house_of: Ints
    entry: Entry
    hubs: Hubs

    def __init__(
        self,
        params: StudyParams,
        progress: Progress = silent,
        inputs: Inputs | None = None,
        network: WalkNetwork | None = None,
    ) -> None:
        self.params = params
        self.clock = Clock()
        self.faults: list[Fault] = []
        with self.clock.stage("read"):
            self.inputs = inputs if inputs is not None else read_inputs(params, progress)
        with self.clock.stage("network"):
            progress("stage_network", 0, 1)
            self.network = read_network(params, self.inputs) if network is None else network
            if network is None:
                self.faults.extend(examine(params, self.inputs, self.network.graph))
            progress("stage_network", 1, 1)
        self._take_over_network()
        with self.clock.stage("access"):
            progress("stage_access", 0, 1)
            self._place_buildings()
            self._place_stations()
            self._enter()
            progress("stage_access", 1, 1)

    def _take_over_network(self) -> None:
        """Add the walls of compounds to the barriers, and the corrections that failed to the rejects."""
        walls, rejects = self.network.walls, self.network.rejects
        frames = dict(self.inputs.frames)
        if walls is not None and len(walls):
            bars = pd.concat([frames["barriers"], walls], ignore_index=True)
            frames["barriers"] = gpd.GeoDataFrame(bars, crs=frames["barriers"].crs)
        self.inputs = replace(self.inputs, frames=frames)  # the caller's stay as they were read
        if rejects is not None:
            self._note_rejects(rejects)

    @property
    def counting(self) -> npt.NDArray[np.bool_]:
        """Which stations are in service on the day."""
        return open_on(self.stations, self.params.as_of)

    def quality(self, more: list[Fault] | None = None) -> QualityReport:
        """Gather what was found so far, the gravest first."""
        figures = self._figures
        findings = [*self.inputs.faults, *self.network.faults, *self.faults, *figures.faults]
        findings += more or []
        rank = {"error": 0, "warning": 1, "info": 2}
        findings.sort(key=lambda one: rank[one.severity])
        records = [*self.inputs.records, self.network.record, *self.network.more_records]
        return QualityReport(
            inputs=records, faults=findings, counts=self.counts(), measures=figures.figures
        )

    @cached_property
    def _figures(self) -> Measured:
        """What the quality report says in figures."""
        walk, rows = self.params.walk, self.entry.stations
        houses = self.entry.buildings.rows
        inside, count = self.house_of[self.inside], len(self.inside)
        own = houses.for_owners(inside, np.arange(count, dtype=np.int32), count)
        raw = self.inputs.frames["buildings"].iloc[self.inside]
        cover = network_cover(
            self.network.graph,
            self.inputs.frames["subdistricts"],
            self.of_subdistrict,
            np.bincount(own.point, minlength=count) > 0,
            None if self.params.network.extent == "complete" else limit_m(self.params),
        )
        crs = None if self.inputs.is_local else self.inputs.crs
        least = walk.min_component_nodes
        return Measured(
            {
                "snapping": {
                    "buildings": snapping(own, count, walk.max_access_m),
                    "stations": snapping(rows, len(self.stations), walk.max_access_m),
                },
                "pieces": pieces(self.entry.graph, own, rows, least, crs),
                "cover": cover.figures,
                "filled": filled_in(raw, self.buildings, self.people_basis),
            },
            cover.faults,
        )

    def counts(self) -> dict[str, int]:
        """Count what the study has."""
        return {
            "buildings_count": len(self.buildings),
            "stations_count": len(self.stations),
            "stations_open_count": int(self.counting.sum()),
            "subdistricts_count": len(self.inputs.frames["subdistricts"]),
            "rejects_count": len(self.inputs.rejects),
            "nodes_count": self.network.graph.node_count,
            "edges_count": self.network.graph.edge_count,
        }

    def hashes(self) -> dict[str, object]:
        """Return file and SHA-256 of every input; layers of zones by their name."""
        return {
            " ".join(filter(None, (str(one["input"]), str(one.get("name") or "")))): {
                "file": one.get("file"),
                "sha256": one.get("sha256"),
            }
            for one in [
                *self.inputs.records,
                self.network.record,
                *self.network.more_records,
            ]
        }

    def _place_buildings(self) -> None:
        """Keep the buildings of the study area, measured and with their people."""
        every = self.inputs.frames["buildings"]
        points = np.asarray(shapely.point_on_surface(every.geometry.to_numpy()), dtype=object)
        where = locate(points, self.inputs)
        inside = np.flatnonzero(where.subdistrict >= 0).astype(np.int32)
        if len(inside) == 0:
            raise InputError(fault("buildings_none_inside"))
        if len(inside) < len(every):
            self.faults.append(fault("buildings_outside", "info", count=len(every) - len(inside)))
        self.inside = inside
        self.points = points[inside]
        self.of_subdistrict = where.subdistrict[inside]
        self.of_community = self._communities(every.iloc[inside], where.community[inside])
        self.buildings = self._measured(every.iloc[inside].reset_index(drop=True))

    def _communities(self, buildings: gpd.GeoDataFrame, found: Ints) -> Ints:
        """Take the community a building states where no polygon tells."""
        communities = self.inputs.get("communities")
        if communities is None or "community_id" not in buildings.columns:
            return found
        row_of = {str(one): row for row, one in enumerate(communities["community_id"])}
        stated = (
            buildings["community_id"].map(lambda one: row_of.get(str(one), -1)).to_numpy(np.int32)
        )
        return np.where(found >= 0, found, stated).astype(np.int32)

    def _measured(self, buildings: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
        """Add floor area, people and the polygons a building belongs to."""
        sizes, faults = floor_areas(buildings)
        self.faults.extend(faults)
        table = buildings.assign(**{name: sizes[name] for name in sizes.columns})
        table["use"] = table["use"].astype(object).where(table["use"].notna(), "other")
        communities = self.inputs.get("communities")
        units = [("subdistrict", self.of_subdistrict, self.inputs.frames["subdistricts"])]
        if communities is not None:
            units.insert(0, ("community", self.of_community, communities))
        floor = sizes["floor_area_m2"].to_numpy()
        size = np.where(np.isnan(floor), sizes["footprint_m2"].to_numpy(), floor)
        self.people_basis = {}
        for kind in ("residents", "workers"):
            people = spread(kind, table, size, units)
            table[kind] = people.people
            self.people_basis[kind] = people.basis
            self.faults.extend(people.faults)
            if people.basis == "none":
                self.faults.append(fault("people_none", "warning", kind=kind))
        subdistricts = self.inputs.frames["subdistricts"]
        table["subdistrict_id"] = ids_of(subdistricts, "subdistrict_id", self.of_subdistrict)
        table["community_id"] = ids_of(communities, "community_id", self.of_community)
        return table

    def _place_stations(self) -> None:
        """Give stations ids, polygons and host buildings; set aside those that cannot be judged."""
        stations = self.inputs.frames["stations"]
        where = locate(stations.geometry.to_numpy(), self.inputs)
        communities = self.inputs.get("communities")
        subdistricts = self.inputs.frames["subdistricts"]
        stations = stations.assign(
            subdistrict_id=ids_of(subdistricts, "subdistrict_id", where.subdistrict),
            community_id=ids_of(communities, "community_id", where.community),
        )
        stations["station_id"] = station_ids(stations, stations["community_id"])
        stations = stations.sort_values("station_id", kind="stable").reset_index(drop=True)
        every = self.inputs.frames["buildings"]
        hosts = match_hosts(stations, every)
        keep, rejects = reject_scopeless(stations, hosts)
        self._note_rejects(rejects)
        self.stations = stations[keep].reset_index(drop=True)
        self.hosts = _kept(hosts, keep)
        self.faults.extend(hosts.faults)

    def _note_rejects(self, rejects: pd.DataFrame) -> None:
        if len(rejects) == 0:
            return
        self.inputs.rejects = pd.concat([self.inputs.rejects, rejects], ignore_index=True)
        section = str(rejects["input"].iloc[0])
        rows = len(self.inputs.frames[section])
        self.faults.append(
            fault("rows_rejected", "error", section=section, file="", rows=rows, count=len(rejects))
        )

    def _enter(self) -> None:
        """Let stations and buildings enter the walk graph; stations beyond the network are set aside."""
        walk, pace = self.params.walk, self.params.walk.paces.get("standard", PACES["standard"])
        xy = shapely.get_coordinates(self.stations.geometry.to_numpy())
        graph, self.hubs = with_points_inside(
            self.network.graph, self.network.hubs, xy[:, 0], xy[:, 1], pace
        )
        every = self.inputs.frames["buildings"]
        used = np.union1d(self.inside, self.hosts.building[self.hosts.building >= 0])
        houses = every.iloc[used].reset_index(drop=True)
        self.house_of = places_of(used, len(every))
        entrances = self._entrances(houses)
        hosts = replace(self.hosts, building=self._houses(self.hosts.building))
        if graph.edges is None:
            raise ValueError("the walk graph must know what its edges are")
        self.finder = AccessFinder(graph.edges, self.inputs.frames["barriers"], walk, self.hubs)
        self.entry: Entry = enter(
            graph, self.finder, self.stations, hosts, houses, entrances, walk, self.counting
        )
        reached = np.bincount(self.entry.stations.point, minlength=len(self.stations)) > 0
        lost = ~reached & (self.hosts.building < 0)
        self._set_aside_lost(lost)
        self._report_access(houses)

    def _houses(self, rows: Ints) -> Ints:
        return np.where(rows >= 0, self.house_of[np.maximum(rows, 0)], -1).astype(np.int32)

    def _entrances(self, houses: gpd.GeoDataFrame) -> Entrances:
        layer = self.inputs.get("entrances")
        if layer is None or len(layer) == 0:
            return no_entrances()
        layer = layer[~entrance_gates(self.inputs)]
        if len(layer) == 0:
            return no_entrances()
        entrances = match_entrances(layer, houses)
        self.faults.extend(entrances.faults)
        return entrances

    def _set_aside_lost(self, lost: npt.NDArray[np.bool_]) -> None:
        if not lost.any():
            return
        metres = f"{self.params.walk.max_access_m:.0f}"
        frame = self.stations
        self._note_rejects(
            reject_rows(
                {
                    "input": "stations",
                    "sheet": frame["source_sheet"].iloc[row],
                    "row": frame["source_row"].iloc[row],
                    "column": "geometry",
                    "value": frame["name"].iloc[row],
                    "reason": fault(
                        "station_beyond_network", name=frame["name"].iloc[row], metres=metres
                    ).text(),
                }
                for row in np.flatnonzero(lost)
            )
        )
        keep = ~lost
        self.stations = frame[keep].reset_index(drop=True)
        self.hosts = _kept(self.hosts, keep)
        new = (np.cumsum(keep) - 1).astype(np.int32)
        rows = self.entry.stations
        self.entry = replace(
            self.entry,
            stations=replace(rows, point=new[rows.point], count=int(keep.sum())),
            islands_only=new[self.entry.islands_only],
        )

    def _report_access(self, houses: gpd.GeoDataFrame) -> None:
        lonely = self.entry.islands_only
        if len(lonely):
            names = "、".join(self.stations["name"].iloc[lonely[:5]].astype(str))
            self.faults.append(
                fault("stations_island_only", "warning", count=len(lonely), names=names)
            )
        rows = self.entry.buildings
        mute = np.bincount(rows.rows.point, minlength=len(houses)) == 0
        mute[self.house_of[np.setdiff1d(np.flatnonzero(self.house_of >= 0), self.inside)]] = False
        if mute.any():
            barred = int((rows.barred_by[mute] >= 0).sum())
            self.faults.append(
                fault("buildings_unknown", "warning", count=int(mute.sum()), barred=barred)
            )


def places_of(rows: npt.NDArray[np.integer], count: int) -> Ints:
    """Return, for each of `count` rows, its place among the chosen `rows`, -1 for those left out."""
    places = np.full(count, -1, dtype=np.int32)
    places[rows] = np.arange(len(rows), dtype=np.int32)
    return places


def _kept(hosts: Hosts, keep: npt.NDArray[np.bool_]) -> Hosts:
    """Drop stations from what was matched."""
    new = (np.cumsum(keep) - 1).astype(np.int32)
    served = hosts.served[keep[hosts.served[:, 0]]]
    served = np.column_stack((new[served[:, 0]], served[:, 1])).astype(np.int32)
    return replace(hosts, building=hosts.building[keep], how=hosts.how[keep], served=served)

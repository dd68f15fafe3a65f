"""A study from its file to its result: read, enter, search, judge, sum up."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo.assess import Assessor, Demanders, Supply
from geo.coverage import Demand
from geo.demand import floor_areas, spread
from geo.entry import Entrances, Entry, enter, match_entrances, no_entrances
from geo.errors import Fault, InputError, fault
from geo.inputs import WGS84, Inputs, read_inputs
from geo.network.access import AccessRows
from geo.network.snap import AccessFinder
from geo.params import DEFAULT_RULES, Rule, StudyParams
from geo.progress import Progress, silent
from geo.read.stations import station_ids
from geo.register import Hosts, match_hosts, open_on, reject_scopeless
from geo.result import QualityReport, StudyResult, WalkModel
from geo.study_file import read_study_file
from geo.summary import summarise
from geo.tables import reject_rows
from geo.tabulate import (
    Judged,
    Unit,
    building_table,
    judge,
    pair_table,
    station_table,
    tier_table,
    unit_table,
)
from geo.units import ids_of, locate, unit_of, zone_unit
from geo.walk_network import WalkNetwork, read_network

Ints = npt.NDArray[np.int32]
Objects = npt.NDArray[np.object_]
PLACE_COLUMNS = ("source_sheet", "source_row")


def with_comparisons(rules: tuple[Rule, ...]) -> tuple[Rule, ...]:
    """Add the default rule of every basis that the study does not ask for: the three stand side by side."""
    present = {rule.basis for rule in rules}
    names = {rule.name for rule in rules}
    added = [one for one in DEFAULT_RULES if one.basis not in present and one.name not in names]
    first = rules[0]
    return (*rules, *(replace(one, tiers=first.tiers, weight=first.weight) for one in added))


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


@dataclass(frozen=True)
class Study:
    """A study: parameters, ready to be checked or run."""

    params: StudyParams

    @classmethod
    def read(cls, path: str | Path) -> Study:
        """Read a study file.

        Raises
        ------
        StudyFileError
            With every fault of the file.
        """
        return cls(read_study_file(path))

    def load(self, progress: Progress = silent) -> Inputs:
        """Read all layers but the network."""
        return read_inputs(self.params, progress)

    def check(self, progress: Progress = silent) -> QualityReport:
        """Read and check the inputs, the network and how both meet, without judging anything.

        Raises
        ------
        InputError
            When an input as a whole cannot be used.
        """
        return _Run(self.params, progress).prepared(self.load(progress)).quality()

    def run(self, progress: Progress = silent, inputs: Inputs | None = None) -> StudyResult:
        """Run the whole analysis.

        Parameters
        ----------
        inputs
            Layers read (and perhaps changed) before; None reads them.

        Raises
        ------
        InputError
            When an input as a whole cannot be used.
        """
        return _Run(self.params, progress).finished(inputs)


class _Run:
    """One run: the state that the stages hand on."""

    def __init__(self, params: StudyParams, progress: Progress) -> None:
        self.params = replace(params, rules=with_comparisons(params.rules))
        self.progress = progress
        self.clock = Clock()
        self.faults: list[Fault] = [
            fault("rule_added", "info", rule=rule.name)
            for rule in self.params.rules[len(params.rules) :]
        ]

    def prepared(self, inputs: Inputs | None) -> _Run:
        """Read, build the graph, and let buildings and stations enter it."""
        with self.clock.stage("read"):
            self.inputs = inputs if inputs is not None else read_inputs(self.params, self.progress)
        with self.clock.stage("network"):
            self.progress("stage_network", 0, 1)
            self.network: WalkNetwork = read_network(self.params, self.inputs)
            self.progress("stage_network", 1, 1)
        with self.clock.stage("access"):
            self.progress("stage_access", 0, 1)
            self._place_buildings()
            self._place_stations()
            self._enter()
            self.progress("stage_access", 1, 1)
        return self

    def finished(self, inputs: Inputs | None) -> StudyResult:
        """Run all stages."""
        self.prepared(inputs)
        with self.clock.stage("search"):
            assessor = self._assessor()
            judged = []
            for number, rule in enumerate(self.params.rules):
                self.progress("stage_search", number, len(self.params.rules))
                judged.append(judge(assessor, rule))
            self.progress("stage_search", 1, 1)
        with self.clock.stage("tables"):
            self.progress("stage_tables", 0, 1)
            demand = self._demand()
            tables = self._tables(assessor, judged, demand)
            self.progress("stage_tables", 1, 1)
        counts = self._counts()
        return StudyResult(
            params=replace(self.params, crs=self.inputs.crs),
            tables=tables,
            summary=summarise(self.params, judged, demand, counts, self.people_basis),
            quality=self.quality(),
            manifest={"seconds": self.clock.seconds, "counts": counts, "inputs": self._hashes()},
            walk=WalkModel(
                graph=self.entry.graph,
                buildings=self._rows_inside(),
                stations=self.entry.stations,
                building_ids=self.buildings["building_id"].to_numpy(dtype=object),
                station_ids=self.stations["station_id"].to_numpy(dtype=object),
                barriers=self.inputs.frames["barriers"],
                crs=self.inputs.crs,
            ),
            inputs={name: self._printed(frame) for name, frame in self.inputs.frames.items()},
        )

    def quality(self) -> QualityReport:
        """Gather what was found so far."""
        findings = [*self.inputs.faults, *self.network.faults, *self.faults]
        rank = {"error": 0, "warning": 1, "info": 2}
        findings.sort(key=lambda one: rank[one.severity])
        return QualityReport(
            inputs=[*self.inputs.records, self.network.record],
            faults=findings,
            counts=self._counts(),
        )

    # -- buildings and stations -----------------------------------------------------------------

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
        walk, graph = self.params.walk, self.network.graph
        every = self.inputs.frames["buildings"]
        used = np.union1d(self.inside, self.hosts.building[self.hosts.building >= 0])
        houses = every.iloc[used].reset_index(drop=True)
        self.house_of = np.full(len(every), -1, dtype=np.int32)
        self.house_of[used] = np.arange(len(used), dtype=np.int32)
        entrances = self._entrances(houses)
        counting = open_on(self.stations, self.params.as_of)
        hosts = replace(self.hosts, building=self._houses(self.hosts.building))
        if graph.edges is None:
            raise ValueError("the walk graph must know what its edges are")
        self.finder = AccessFinder(graph.edges, self.inputs.frames["barriers"], walk)
        self.entry: Entry = enter(
            graph, self.finder, self.stations, hosts, houses, entrances, walk, counting
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

    # -- search and tables ----------------------------------------------------------------------

    def _rows_inside(self) -> AccessRows:
        """Access rows of the buildings of the study area, by their row in the tables."""
        count = len(self.inside)
        houses = self.house_of[self.inside]
        return self.entry.buildings.rows.for_owners(houses, np.arange(count, dtype=np.int32), count)

    def _assessor(self) -> Assessor:
        xy = shapely.get_coordinates(self.points)
        barred = self.entry.buildings.barred_by[self.house_of[self.inside]] >= 0
        return Assessor(
            graph=self.entry.graph,
            demand=Demanders(xy[:, 0].copy(), xy[:, 1].copy(), self._rows_inside(), barred),
            supply=self._supply(),
            rules=self.params.rules,
            paces=self.params.walk.paces,
            cut=self.network.cut,
            cap_minutes=self.params.cap_minutes,
        )

    def _supply(self) -> Supply:
        """Keep the stations that count on the day; their order by id is the order of ties."""
        counting = open_on(self.stations, self.params.as_of)
        self.counting = np.flatnonzero(counting).astype(np.int32)
        scope = self.stations["access_scope"].to_numpy(dtype=object)
        closed, members = int((~counting).sum()), int((counting & (scope == "members")).sum())
        if closed:
            as_of = self.params.as_of.isoformat()
            self.faults.append(fault("stations_not_counted", "info", count=closed, as_of=as_of))
        if members:
            self.faults.append(fault("stations_members", "info", count=members))
        new = np.full(len(self.stations), -1, dtype=np.int32)
        new[self.counting] = np.arange(len(self.counting), dtype=np.int32)
        rows = self.entry.stations.take(counting[self.entry.stations.point])
        position = np.full(len(self.inputs.frames["buildings"]), -1, dtype=np.int32)
        position[self.inside] = np.arange(len(self.inside), dtype=np.int32)
        served = self.hosts.served
        served = np.column_stack((new[served[:, 0]], position[served[:, 1]]))
        host = self.hosts.building[self.counting]
        xy = shapely.get_coordinates(self.stations.geometry.to_numpy()[self.counting])
        return Supply(
            x=xy[:, 0].copy(),
            y=xy[:, 1].copy(),
            tier=self.stations["tier"].to_numpy(dtype=object)[self.counting],
            scope=scope[self.counting],
            rows=replace(rows, point=new[rows.point], count=len(self.counting)),
            host=np.where(host >= 0, position[np.maximum(host, 0)], -1).astype(np.int32),
            served=served[(served >= 0).all(axis=1)].astype(np.int32),
        )

    def _demand(self) -> Demand:
        table = self.buildings
        weights = {"count": np.ones(len(table)), "footprint": table["footprint_m2"].to_numpy(float)}
        for name, column in (
            ("floor_area", "floor_area_m2"),
            ("residents", "residents"),
            ("workers", "workers"),
        ):
            values = table[column].to_numpy(float)
            if np.isfinite(values).any():
                weights[name] = values
        for rule in self.params.rules:
            if (
                rule.weight not in weights
                and rule.weight in table.columns
                and rule.weight not in ("residents", "workers")
            ):
                weights[rule.weight] = pd.to_numeric(table[rule.weight], errors="coerce").to_numpy(
                    float
                )
        return Demand(weights, len(table))

    def _units(self) -> dict[str, Unit]:
        inputs = self.inputs
        stations = self.stations.geometry.to_numpy()[self.counting]
        where = locate(stations, inputs)
        units = {
            "subdistricts": unit_of(
                "subdistrict_id",
                inputs.frames["subdistricts"],
                self.of_subdistrict,
                where.subdistrict,
            )
        }
        communities, zones = inputs.get("communities"), inputs.get("zones")
        if communities is not None:
            units["communities"] = unit_of(
                "community_id", communities, self.of_community, where.community
            )
        if zones is not None:
            units["zones"] = zone_unit(zones, self.points, stations)
        return units

    def _tables(
        self, assessor: Assessor, judged: list[Judged], demand: Demand
    ) -> dict[str, pd.DataFrame]:
        ids = self.stations["station_id"].to_numpy(dtype=object)[self.counting]
        counting = {
            one.rule.name: np.isin(assessor.supply.tier, np.array(one.rule.tiers, dtype=object))
            for one in judged
        }
        tables: dict[str, pd.DataFrame] = {}
        units = self._units()
        for name, unit in units.items():
            tables[name] = unit_table(unit, judged, demand, counting)
        tables["coverage_by_tier"] = tier_table(units["subdistricts"], judged, demand, assessor)
        tables["buildings"] = building_table(self._printed(self.buildings), judged, ids, assessor)
        tables["stations"] = station_table(self._station_frame(), judged, demand, self.counting)
        tables["reach_pairs"] = pair_table(
            assessor, self.params.rules, self.buildings["building_id"].to_numpy(dtype=object), ids
        )
        tables["rejects"] = self.inputs.rejects
        return tables

    def _station_frame(self) -> gpd.GeoDataFrame:
        """The register's rows with the buildings they were matched to, coordinates and the walk to the network."""
        frame = self._printed(self.stations)
        ids = self.inputs.frames["buildings"]["building_id"].to_numpy(dtype=object)
        station, building = self.hosts.served[:, 0], self.hosts.served[:, 1]
        frame["host_building_ids"] = [
            [str(ids[row])] if row >= 0 else [] for row in self.hosts.building
        ]
        also = [[] for _ in range(len(frame))]  # type: list[list[str]]
        for one, house in zip(station.tolist(), building.tolist(), strict=True):
            if house != self.hosts.building[one]:
                also[one].append(str(ids[house]))
        frame["served_building_ids"] = also
        frame["host_match"] = self.hosts.how
        rows = self.entry.stations
        snap = np.full(len(frame), np.inf)
        np.minimum.at(snap, rows.point, rows.walk_m)
        frame["snap_m"] = np.where(np.isfinite(snap), snap, np.nan)
        frame["counts"] = np.isin(np.arange(len(frame)), self.counting)
        if frame.crs is not None:
            frame["lon"], frame["lat"] = frame.geometry.x, frame.geometry.y
        return frame

    def _printed(self, frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
        """Bring a frame into the CRS of the result tables, without the columns that say where a row stood."""
        frame = frame.drop(columns=[name for name in PLACE_COLUMNS if name in frame.columns])
        return frame if frame.crs is None else frame.to_crs(WGS84)

    def _counts(self) -> dict[str, int]:
        return {
            "buildings_count": len(self.buildings),
            "stations_count": len(self.stations),
            "stations_open_count": int(open_on(self.stations, self.params.as_of).sum()),
            "subdistricts_count": len(self.inputs.frames["subdistricts"]),
            "rejects_count": len(self.inputs.rejects),
            "nodes_count": self.network.graph.node_count,
            "edges_count": self.network.graph.edge_count,
        }

    def _hashes(self) -> dict[str, object]:
        return {
            str(one["input"]): {"file": one.get("file"), "sha256": one.get("sha256")}
            for one in self.inputs.records
        }


def _kept(hosts: Hosts, keep: npt.NDArray[np.bool_]) -> Hosts:
    """Drop stations from what was matched."""
    new = (np.cumsum(keep) - 1).astype(np.int32)
    served = hosts.served[keep[hosts.served[:, 0]]]
    served = np.column_stack((new[served[:, 0]], served[:, 1])).astype(np.int32)
    return replace(hosts, building=hosts.building[keep], how=hosts.how[keep], served=served)

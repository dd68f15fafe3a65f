"""A study from its file to its result: read, enter, search, judge, sum up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo.accessibility import accessibility_tables
from geo.area import Cover
from geo.assess import Assessor, Demanders, Supply
from geo.blindareas import Grounds, blind_areas
from geo.coverage import UNCOVERED, Demand, demand_of
from geo.entered import Entered
from geo.errors import fault
from geo.height import Heights
from geo.indicators.by_time import open_masks
from geo.indicators.findings import Findings, scopes_of
from geo.indicators.places import place_ids
from geo.indicators.tables import indicator_tables
from geo.inputs import WGS84, Inputs, read_inputs
from geo.isochrone_table import Ground, StudyIsochrones, study_isochrones
from geo.network.access import AccessRows
from geo.obstacles import Obstacles
from geo.params import DEFAULT_RULES, Rule, StudyParams
from geo.placenames import named_walls
from geo.prepare import Prepared, places_of
from geo.profiles import profile_of
from geo.progress import Progress, silent
from geo.rejected_rows import rejected_workbooks
from geo.result import QualityReport, StudyResult, WalkModel
from geo.study_file import read_study_file
from geo.summary import rule_figures, summarise
from geo.tabulate import (
    Judged,
    Unit,
    building_table,
    judge,
    judged_without_ways,
    pair_table,
    station_table,
    tier_table,
    unit_table,
)
from geo.units import locate, unit_of, zone_unit
from geo.walk_network import WalkNetwork

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
        return Prepared(self.params, progress).quality()

    def run(
        self,
        progress: Progress = silent,
        inputs: Inputs | None = None,
        network: WalkNetwork | None = None,
    ) -> StudyResult:
        """Run the whole analysis.

        Parameters
        ----------
        inputs
            Layers read (and perhaps changed) before; None reads them.
        network
            The walking network, known from before like `inputs`; None reads it.

        Raises
        ------
        InputError
            When an input as a whole cannot be used.
        """
        return _Run(self.params, progress, inputs, network).finished()

    def entered(self, inputs: Inputs, network: WalkNetwork, closed: Sequence[str] = ()) -> Entered:
        """Let inputs and a network that are known enter each other once more; nothing is judged.

        Parameters
        ----------
        closed
            Ids of stations to take out of service.

        Raises
        ------
        InputError
            When no building lies in the study area.
        """
        return _Run(self.params, silent, inputs, network, closed).entered()

    def figures(self, inputs: Inputs, network: WalkNetwork) -> dict[str, pd.DataFrame]:
        """Judge inputs and a network that are known and sum up; no isochrones, blind areas or indicators.

        Returns
        -------
        dict
            ``study``: one row a rule, as in the summary; ``subdistricts, communities, zones`` as in the result,
            without ``coverage_area_share``.

        Raises
        ------
        InputError
            When no building lies in the study area.
        """
        return _Run(self.params, silent, inputs, network).figures()


class _Run(Prepared):
    """One run: searches and tables on top of what was prepared."""

    def __init__(
        self,
        params: StudyParams,
        progress: Progress,
        inputs: Inputs | None,
        network: WalkNetwork | None = None,
        closed: Sequence[str] = (),
    ) -> None:
        self.progress = progress
        self.closed = np.array(closed, dtype=object)
        every = replace(params, rules=with_comparisons(params.rules))
        super().__init__(every, progress, inputs, network)
        added = self.params.rules[len(params.rules) :]
        self.faults.extend(fault("rule_added", "info", rule=rule.name) for rule in added)

    @property
    def counting(self) -> npt.NDArray[np.bool_]:
        """Which stations are in service on the day and not closed on trial."""
        return super().counting & ~np.isin(
            self.stations["station_id"].to_numpy(dtype=object), self.closed
        )

    def entered(self) -> Entered:
        """Hand over the assessor with the rows it counts in."""
        assessor = self.assessor()
        stations = self.stations.iloc[self.supply_rows].reset_index(drop=True)
        return Entered(assessor, self.buildings, stations)

    def finished(self) -> StudyResult:
        """Search, judge, sum up."""
        with self.clock.stage("search"):
            assessor = self.assessor()
            judged = []
            for number, rule in enumerate(self.params.rules):
                self.progress("stage_search", number, len(self.params.rules))
                judged.append(judge(assessor, rule))
            self.progress("stage_search", 1, 1)
        with self.clock.stage("isochrones"):
            self.progress("stage_isochrones", 0, 1)
            isochrones = self._isochrones(assessor)
            self.progress("stage_isochrones", 1, 1)
        with self.clock.stage("tables"):
            self.progress("stage_tables", 0, 1)
            demand = demand_of(self.buildings, self.params.rules)
            tables = self._tables(assessor, judged, demand, isochrones)
            self.progress("stage_tables", 1, 1)
        counts = self.counts()
        quality = self.quality(isochrones.faults())
        return StudyResult(
            params=replace(self.params, crs=self.inputs.crs),
            tables=tables,
            summary={
                **summarise(self.params, judged, demand, counts, self.people_basis),
                "isochrone_audit": isochrones.figures(),
            },
            quality=replace(quality, audit=isochrones.figures()),
            manifest={"seconds": self.clock.seconds, "counts": counts, "inputs": self.hashes()},
            walk=self._walk_model(assessor),
            inputs={name: self._printed(frame) for name, frame in self.inputs.frames.items()},
            reject_files=rejected_workbooks(self.inputs.originals, self.inputs.rejects),
        )

    def figures(self) -> dict[str, pd.DataFrame]:
        """Search, judge and sum up by polygon alone."""
        assessor = self.assessor()
        judged = [judged_without_ways(assessor, rule) for rule in self.params.rules]
        demand = demand_of(self.buildings, self.params.rules)
        counting = {one.rule.name: assessor.counting(one.rule, one.rule.tiers) for one in judged}
        tables: dict[str, pd.DataFrame] = {
            name: unit_table(unit, judged, demand, counting) for name, unit in self._units().items()
        }
        return {"study": pd.DataFrame([rule_figures(one, demand) for one in judged]), **tables}

    def _walk_model(self, assessor: Assessor) -> WalkModel:
        return WalkModel(
            graph=self.entry.graph,
            buildings=assessor.demand.rows,
            stations=self.entry.stations,
            building_ids=self.buildings["building_id"].to_numpy(dtype=object),
            station_ids=self.stations["station_id"].to_numpy(dtype=object),
            barriers=self.inputs.frames["barriers"],
            crs=self.inputs.crs,
            cut=self.network.cut,
            hubs=self.hubs if len(self.hubs.shapes) else None,
        )

    def _rows_inside(self) -> AccessRows:
        """Access rows of the buildings of the study area, by their row in the tables."""
        count = len(self.inside)
        houses = self.house_of[self.inside]
        return self.entry.buildings.rows.for_owners(houses, np.arange(count, dtype=np.int32), count)

    def assessor(self) -> Assessor:
        """Gather what the searches need."""
        xy = shapely.get_coordinates(self.points)
        barred = self.entry.buildings.barred_by[self.house_of[self.inside]] >= 0
        supply = self._supply()
        serving = self.stations.iloc[self.supply_rows]
        open_at, faults = open_masks(self.params.rules, serving)
        self.faults.extend(faults)
        return Assessor(
            graph=self.entry.graph,
            demand=Demanders(xy[:, 0].copy(), xy[:, 1].copy(), self._rows_inside(), barred),
            supply=supply,
            rules=self.params.rules,
            paces=self.params.walk.paces,
            cut=self.network.cut,
            cap_minutes=self.params.cap_minutes,
            open_at=open_at,
            heights=Heights(
                self.buildings["levels"].to_numpy(dtype=np.float64),
                serving["floor"].to_numpy(dtype=np.float64),
                supply.host,
            ),
        )

    def _supply(self) -> Supply:
        """Keep the stations that count on the day; their order by id is the order of ties."""
        counting = self.counting
        self.supply_rows = np.flatnonzero(counting).astype(np.int32)
        scope = self.stations["access_scope"].to_numpy(dtype=object)
        closed, members = int((~counting).sum()), int((counting & (scope == "members")).sum())
        if closed:
            as_of = self.params.as_of.isoformat()
            self.faults.append(fault("stations_not_counted", "info", count=closed, as_of=as_of))
        if members:
            self.faults.append(fault("stations_members", "info", count=members))
        new = places_of(self.supply_rows, len(self.stations))
        rows = self.entry.stations.take(counting[self.entry.stations.point])
        position = places_of(self.inside, len(self.inputs.frames["buildings"]))
        host = self.hosts.building[self.supply_rows]
        xy = shapely.get_coordinates(self.stations.geometry.to_numpy()[self.supply_rows])
        return Supply(
            x=xy[:, 0].copy(),
            y=xy[:, 1].copy(),
            tier=self.stations["tier"].to_numpy(dtype=object)[self.supply_rows],
            scope=scope[self.supply_rows],
            rows=replace(rows, point=new[rows.point], count=len(self.supply_rows)),
            host=np.where(host >= 0, position[np.maximum(host, 0)], -1).astype(np.int32),
            served=self._served_pairs(),
        )

    def _units(self) -> dict[str, Unit]:
        inputs = self.inputs
        stations = self.stations.geometry.to_numpy()[self.supply_rows]
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
        self,
        assessor: Assessor,
        judged: list[Judged],
        demand: Demand,
        isochrones: StudyIsochrones,
    ) -> dict[str, pd.DataFrame]:
        ids = self.stations["station_id"].to_numpy(dtype=object)[self.supply_rows]
        counting = {one.rule.name: assessor.counting(one.rule, one.rule.tiers) for one in judged}
        tables: dict[str, pd.DataFrame] = {}
        units = self._units()
        area = self._area_shares(isochrones, units)
        for name, unit in units.items():
            table = unit_table(unit, judged, demand, counting)
            shares = np.concatenate([area[name][one.rule.name] for one in judged])
            table.insert(table.columns.get_loc("unknown_count"), "coverage_area_share", shares)
            tables[name] = table
        tables["coverage_by_tier"] = tier_table(units["subdistricts"], judged, demand, assessor)
        barriers = named_walls(self.inputs.frames["barriers"], self.buildings)
        obstacles = Obstacles(self.finder, self.entry.groups, barriers)
        causes = [obstacles.causes(assessor, one.reach, one.verdict == UNCOVERED) for one in judged]
        printed = self._printed(self.buildings)
        tables["buildings"] = building_table(printed, judged, ids, causes)
        grounds = Grounds(
            self.buildings,
            self.inputs.frames["subdistricts"],
            self.inputs.get("communities"),
            self.of_subdistrict,
            ids,
        )
        areas = blind_areas(grounds, assessor, obstacles, judged, causes, demand)
        tables["blind_areas"] = self._printed(areas)
        tables["stations"] = station_table(self._station_frame(), judged, demand, self.supply_rows)
        tables["reach_pairs"] = pair_table(
            assessor, self.params.rules, self.buildings["building_id"].to_numpy(dtype=object), ids
        )
        tables["isochrones"] = self._printed(isochrones.table)
        tables["rejects"] = self.inputs.rejects
        findings = self._findings(assessor, judged, demand, units)
        findings = replace(findings, blind_areas=areas, area_shares=area)
        return tables | indicator_tables(findings) | accessibility_tables(findings)

    def _isochrones(self, assessor: Assessor) -> StudyIsochrones:
        inputs = self.inputs
        crs = None if inputs.is_local else inputs.crs
        return study_isochrones(assessor, Ground(self.finder, self.entry.groups, inputs.area, crs))

    def _area_shares(
        self, isochrones: StudyIsochrones, units: dict[str, Unit]
    ) -> dict[str, dict[str, npt.NDArray[np.float64]]]:
        """Measure coverage of area: unit kind -> rule -> share of every unit; ``study`` is the whole area."""
        shapes = {name: self.inputs.frames[name].geometry.to_numpy() for name in units}
        shapes["study"] = np.array([self.inputs.area], dtype=object)
        covers = {rule: Cover(within) for rule, within in isochrones.within.items()}
        return {
            name: {rule: cover.shares(polygons) for rule, cover in covers.items()}
            for name, polygons in shapes.items()
        }

    def _findings(
        self, assessor: Assessor, judged: list[Judged], demand: Demand, units: dict[str, Unit]
    ) -> Findings:
        """Gather what the indicators are made from."""
        stations = self.stations.iloc[self.supply_rows].reset_index(drop=True)
        host = self.hosts.building[self.supply_rows]
        inputs = self.inputs
        return Findings(
            params=self.params,
            profile=profile_of(self.params.city, self.params.folder),
            assessor=assessor,
            judged=judged,
            demand=demand,
            buildings=self.buildings,
            stations=stations.assign(place_id=place_ids(stations, host)),
            scopes=scopes_of(self.params.name, units, len(self.buildings), len(stations)),
            subdistricts=inputs.frames["subdistricts"],
            communities=inputs.get("communities"),
            host=assessor.supply.host,
            served=assessor.supply.served,
            lines=inputs.get("lines"),
            people_basis=self.people_basis,
            faults=self.faults,
        )

    def _served_pairs(self) -> Ints:
        """Pairs (station in service, study building) that the register names or that hold the station."""
        new = places_of(self.supply_rows, len(self.stations))
        position = places_of(self.inside, len(self.inputs.frames["buildings"]))
        served = self.hosts.served
        pairs = np.column_stack((new[served[:, 0]], position[served[:, 1]]))
        return pairs[(pairs >= 0).all(axis=1)].astype(np.int32)

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
        frame["counts"] = self.counting
        if frame.crs is not None:
            frame["lon"], frame["lat"] = frame.geometry.x, frame.geometry.y
        return frame

    def _printed(self, frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
        """Bring a frame into the CRS of the result tables, without the columns that say where a row stood."""
        frame = frame.drop(columns=[name for name in PLACE_COLUMNS if name in frame.columns])
        return frame if frame.crs is None else frame.to_crs(WGS84)

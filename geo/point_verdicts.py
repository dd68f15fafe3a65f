"""Verdicts of any points of a finished result, by the one access rule; in a building, the verdict of that building."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from scipy.spatial import cKDTree

from geo.assess import Weighting
from geo.coverage import FAR, VERDICT_NAMES, RuleReach, reasons, verdicts
from geo.errors import NotFoundError, fault
from geo.explain import obstacle_words
from geo.isochrone_points import Terrain
from geo.kernels.labels import CLOSED
from geo.network.access import AccessRows
from geo.network.snap import Access, Places
from geo.params import Rule
from geo.reach import PointRows, Reach
from geo.reason_sentence import reason_sentence
from geo.reassess import Reassessed
from geo.tables import nearest_name

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Objects = npt.NDArray[np.object_]


@dataclass(frozen=True)
class PointVerdicts:
    """Answers, one entry a point.

    Attributes
    ----------
    verdict, reason
        As in table ``buildings``.
    amount
        Seconds or metres to the nearest station; nan where none is within the cap.
    station
        Row of that station among those that count, -1 for none.
    building
        Row of the building a point lies in, -1 for none.
    subdistrict
        Row of the sub-district, -1 outside all of them.
    barrier
        For ``barred`` points the row of the barrier in the way, else -1.
    rows
        How the points enter the network, also those in a building; None by straight radius.
    """

    rule: Rule
    verdict: Objects
    reason: Objects
    amount: Floats
    station: Ints
    building: Longs
    subdistrict: Longs
    barrier: Ints
    rows: AccessRows | None


@dataclass(frozen=True)
class _Searched:
    """What is searched once a rule: walks to the nearest station and to the cut ends, pieces with a station."""

    weighting: Weighting
    reach: Reach
    cut: Reach | None
    served_edge: Bools


@dataclass(frozen=True)
class _OfBuildings:
    """What buildings have under one rule, as arrays: looked up for every batch of points."""

    verdict: Objects
    reason: Objects
    amount: Floats
    station: Ints


class PointJudge:
    """A finished result that judges points; what points share is searched once a rule.

    Parameters
    ----------
    kept
        The result, searchable.
    terrain
        Its network and access rule.
    """

    def __init__(self, kept: Reassessed, terrain: Terrain) -> None:
        self.kept = kept
        self._terrain = terrain
        self._searched: dict[str, _Searched] = {}
        self._of_buildings: dict[str, _OfBuildings] = {}
        self._buildings = shapely.STRtree(kept.buildings.geometry.to_numpy())
        areas = kept.result.subdistricts.drop_duplicates("subdistrict_id").reset_index(drop=True)
        self.subdistricts = gpd.GeoDataFrame(areas)
        if not terrain.is_local:
            self.subdistricts = self.subdistricts.to_crs(kept.walk.crs)
        self._areas = shapely.STRtree(self.subdistricts.geometry.to_numpy())

    def rule(self, name: str | None) -> Rule:
        """Find a rule by name; None for the first.

        Raises
        ------
        NotFoundError
            When there is no such rule.
        """
        rules = self.kept.result.params.rules
        for one in rules:
            if name is None or one.name == name:
                return one
        known = [one.name for one in rules]
        nearest = nearest_name(str(name), known) or "—"
        raise NotFoundError(
            fault("explain_no_rule", rule=name, nearest=nearest, known="、".join(known))
        )

    def prepare(self, rule: Rule) -> None:
        """Search what `judge` needs of `rule`."""
        self._buildings_under(rule)
        if rule.basis != "radius":
            self._search(rule)

    def judge(self, x: Floats, y: Floats, rule: Rule) -> PointVerdicts:
        """Judge points.

        Parameters
        ----------
        x, y
            In the metric CRS of the study.
        """
        points = np.asarray(shapely.points(x, y), dtype=object)
        if rule.basis == "radius":
            found, barrier = self._straight(x, y, rule), np.full(len(x), -1, dtype=np.int32)
            rows = None
        else:
            found, access = self._walked(x, y, rule)
            barrier, rows = access.barred_by, access.rows
        verdict = verdicts(found)
        answer = PointVerdicts(
            rule=rule,
            verdict=VERDICT_NAMES[verdict],
            reason=reasons(found, verdict),
            amount=np.where(found.cost == FAR, np.nan, found.cost / 1000.0),
            station=found.station,
            building=_first(self._buildings, points),
            subdistrict=_first(self._areas, points),
            barrier=barrier,
            rows=rows,
        )
        self._as_buildings(answer)
        return answer

    def sentence(self, answer: PointVerdicts, one: int) -> str:
        """Say why point `one` has its verdict."""
        reason, obstacle = str(answer.reason[one]), "—"
        if reason == "barred" and answer.barrier[one] >= 0:
            feature = int(answer.barrier[one])
            obstacles = self.kept.obstacles
            obstacle = obstacle_words(obstacles.kind[feature], obstacles.name[feature])
        station = int(answer.station[one])
        return reason_sentence(
            self.kept.result.params,
            answer.rule,
            reason,
            amount=float(answer.amount[one]),
            station=None if station < 0 else str(self.station_names[station]),
            obstacle=obstacle,
        )

    @cached_property
    def station_names(self) -> Objects:
        """Names of the stations that count; the id of one without a name."""
        frame = self.kept.stations
        ids: Objects = frame["station_id"].astype(str).to_numpy(dtype=object)
        if "name" not in frame.columns:
            return ids
        names = frame["name"].to_numpy(dtype=object)
        found: Objects = np.where(pd.isna(names), ids, names)
        return found

    def _public(self, rule: Rule) -> Bools:
        assessor = self.kept.assessor
        public: Bools = (assessor.supply.scope == "public") & assessor.counting(rule, rule.tiers)
        return public

    def _search(self, rule: Rule) -> _Searched:
        if rule.name not in self._searched:
            assessor, graph = self.kept.assessor, self.kept.assessor.graph
            weighting = assessor.weighting(rule)
            cut = None
            if len(assessor.cut):
                cut = weighting.graph.reach(assessor.cut, rule.limit, towards=True)
            piece, sizes = graph.components()
            rows = assessor.supply.rows
            served = np.zeros(len(sizes), dtype=bool)
            served[piece[graph.tail[rows.edge[self._public(rule)[rows.point]]]]] = True
            self._searched[rule.name] = _Searched(
                weighting, assessor.towards(rule), cut, served[piece[graph.tail]]
            )
        return self._searched[rule.name]

    def _walked(self, x: Floats, y: Floats, rule: Rule) -> tuple[RuleReach, Access]:
        searched, count = self._search(rule), len(x)
        access: Access = self._terrain.finder.find(Places.from_points(x, y), self._terrain.groups)
        rows = PointRows(
            access.rows.point,
            access.rows.edge,
            access.rows.fraction,
            searched.weighting.walk_cost(access.rows),
            count,
        )
        cost, station = searched.reach.of_rows(rows)
        near_cut = np.zeros(count, dtype=bool)
        if searched.cut is not None:
            near_cut = searched.cut.of_rows(rows)[0] <= round(rule.limit * 1000)
        enters = np.bincount(rows.point, minlength=count) > 0
        to_station = rows.point[searched.served_edge[rows.edge]]
        found = _reach(
            rule,
            np.where(cost == CLOSED, FAR, cost.astype(np.int64)),
            station.astype(np.int32),
            enterable=enters,
            connected=np.bincount(to_station, minlength=count) > 0,
            near_cut=near_cut,
            barred=access.barred_by >= 0,
        )
        return found, access

    def _straight(self, x: Floats, y: Floats, rule: Rule) -> RuleReach:
        count, supply = len(x), self.kept.assessor.supply
        stations = np.flatnonzero(self._public(rule))
        cost, station = np.full(count, FAR), np.full(count, -1, dtype=np.int32)
        if len(stations):
            tree = cKDTree(np.column_stack((supply.x[stations], supply.y[stations])))
            gap, near = tree.query(np.column_stack((x, y)))
            cost, station = np.rint(gap * 1000).astype(np.int64), stations[near].astype(np.int32)
        yes, no = np.ones(count, dtype=bool), np.zeros(count, dtype=bool)
        return _reach(rule, cost, station, enterable=yes, connected=yes, near_cut=no, barred=no)

    def _buildings_under(self, rule: Rule) -> _OfBuildings:
        """Return what buildings have under a rule, in the order of the assessor."""
        if rule.name not in self._of_buildings:
            table = pd.DataFrame(self.kept.result.buildings)
            table = table.loc[
                table["rule"] == rule.name,
                ["building_id", "verdict", "reason", "minutes", "metres", "station_id"],
            ]
            table = table.set_index(table["building_id"].astype(str))
            table = table.loc[self.kept.walk.building_ids.astype(str)]
            row_of = {str(one): row for row, one in enumerate(self.kept.stations["station_id"])}
            station = [row_of.get(str(one), -1) for one in table["station_id"]]
            by_time = rule.basis == "time"
            amount = table["minutes"] * 60.0 if by_time else table["metres"]
            self._of_buildings[rule.name] = _OfBuildings(
                verdict=table["verdict"].to_numpy(dtype=object),
                reason=table["reason"].to_numpy(dtype=object),
                amount=amount.to_numpy(dtype=np.float64),
                station=np.array(station, dtype=np.int32),
            )
        return self._of_buildings[rule.name]

    def _as_buildings(self, answer: PointVerdicts) -> None:
        """Give points in a building the verdict of that building."""
        at = np.flatnonzero(answer.building >= 0)
        if len(at) == 0:
            return
        building = answer.building[at]
        known = self._buildings_under(answer.rule)
        for name in ("verdict", "reason", "amount", "station"):
            getattr(answer, name)[at] = getattr(known, name)[building]
        barred = at[answer.reason[at] == "barred"]
        if len(barred):
            shapes = self.kept.buildings.geometry.to_numpy()[answer.building[barred]]
            places = Places.from_polygons(np.asarray(shapes, dtype=object))
            access = self._terrain.finder.find(places, self._terrain.groups)
            answer.barrier[barred] = access.barred_by


def _first(tree: shapely.STRtree, points: Objects) -> Longs:
    """Return for every point the first of the areas that hold it, -1 for none."""
    point, area = tree.query(points, predicate="intersects")
    found = np.full(len(points), np.iinfo(np.int64).max)
    np.minimum.at(found, point, area)
    return np.where(found == np.iinfo(np.int64).max, -1, found)


def _reach(
    rule: Rule,
    cost: Longs,
    station: Ints,
    *,
    enterable: Bools,
    connected: Bools,
    near_cut: Bools,
    barred: Bools,
) -> RuleReach:
    """Put together what decides a verdict; a point outside buildings is inside none."""
    count = len(cost)
    return RuleReach(
        rule=rule,
        cost=cost,
        station=station,
        metres=np.full(count, math.nan),
        in_reach=np.zeros(count, dtype=np.int32),
        enterable=enterable,
        connected=connected,
        in_host=np.zeros(count, dtype=bool),
        near_cut=near_cut,
        barred=barred,
    )

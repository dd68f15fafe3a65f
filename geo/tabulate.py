"""The tables of a result: one row an (id, rule), made from what the assessment found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.assess import Assessor
from geo.coverage import (
    COVERED,
    FAR,
    VERDICT_NAMES,
    Demand,
    RuleReach,
    coverage_table,
    reasons,
    verdicts,
)
from geo.obstacles import Causes
from geo.pairs import Pairs
from geo.params import Rule
from geo.ways import with_metres

Ints = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Judged:
    """One rule, judged: what the search found, the verdicts, and the pairs within the limit.

    Beside it the straight metres between the two ends of each walk, nan where there is none; None where nobody asked.
    """

    rule: Rule
    reach: RuleReach
    pairs: Pairs
    verdict: npt.NDArray[np.int8]
    reason: npt.NDArray[np.object_]
    straight_m: Floats | None = None

    @property
    def detour_ratio(self) -> Floats:
        """Walked metres over straight metres between the same two ends; null inside the station's own building."""
        if self.straight_m is None:
            return np.full(len(self.reach.cost), np.nan)
        return np.maximum(self.reach.metres / np.maximum(self.straight_m, 1.0), 1.0)


def judge(assessor: Assessor, rule: Rule) -> Judged:
    """Search and judge one rule."""
    reach, pairs = assessor.reach(rule)
    reach, straight_m = with_metres(assessor, reach)
    verdict = verdicts(reach)
    return Judged(rule, reach, pairs, verdict, reasons(reach, verdict), straight_m)


def judged_without_ways(assessor: Assessor, rule: Rule) -> Judged:
    """Search and judge one rule without asking how many metres the ways by time are: sums need none."""
    reach, pairs = assessor.reach(rule)
    verdict = verdicts(reach)
    return Judged(rule, reach, pairs, verdict, reasons(reach, verdict))


@dataclass(frozen=True)
class Unit:
    """One kind of reporting polygon.

    Attributes
    ----------
    id_column
        ``subdistrict_id``, ``community_id`` or ``zone_id``.
    frame
        One row a unit: its id, name, other columns to carry, geometry where it has one.
    members
        Pairs (building, unit); a building may be in several zones.
    stations
        Pairs (station, unit).
    """

    id_column: str
    frame: gpd.GeoDataFrame
    members: tuple[Ints, Ints]
    stations: tuple[Ints, Ints]


def building_table(
    buildings: gpd.GeoDataFrame,
    judged: Sequence[Judged],
    station_ids: npt.NDArray[np.object_],
    causes: Sequence[Causes],
) -> gpd.GeoDataFrame:
    """Say of every building, rule by rule, its verdict, reason, way and station."""
    parts = []
    for one, why in zip(judged, causes, strict=True):
        reach = one.reach
        frame = buildings.copy()
        found = reach.station >= 0
        frame["rule"] = one.rule.name
        frame["verdict"] = VERDICT_NAMES[one.verdict]
        frame["reason"] = one.reason
        frame["cause"] = why.cause
        far = reach.cost == FAR
        by_time = one.rule.basis == "time"
        frame["minutes"] = np.where(far | (not by_time), np.nan, reach.cost / 60_000.0)
        frame["metres"] = reach.metres
        ids = np.full(len(frame), None, dtype=object)
        ids[found] = station_ids[reach.station[found]]
        frame["station_id"] = ids
        frame["stations_in_reach_count"] = reach.in_reach
        frame["detour_ratio"] = one.detour_ratio
        parts.append(frame)
    table = pd.concat(parts, ignore_index=True)
    last = [name for name in table.columns if name not in BUILDING_ORDER and name != "geometry"]
    first = [name for name in BUILDING_ORDER if name in table.columns]
    return table[[*first, *last, "geometry"]]


BUILDING_ORDER = (
    "building_id", "name", "use", "levels", "subdistrict_id", "community_id", "rule", "verdict", "reason", "cause",
    "minutes", "metres", "station_id", "stations_in_reach_count", "detour_ratio", "footprint_m2",
    "floor_area_m2", "residents", "workers", "org_covered", "work_covered",
)  # fmt: skip


def unit_figures(unit: Unit, one: Judged, demand: Demand, count: int) -> pd.DataFrame:
    """Sum one rule over the units of a kind, in their order; see `geo.coverage.coverage_table`."""
    building, group = unit.members
    return coverage_table(
        _some(demand, building),
        _some_reach(one.reach, building),
        one.verdict[building],
        group,
        count,
    )


def unit_table(
    unit: Unit,
    judged: Sequence[Judged],
    demand: Demand,
    counting: Mapping[str, npt.NDArray[np.bool_]],
) -> gpd.GeoDataFrame:
    """Report coverage of every unit, rule by rule.

    Parameters
    ----------
    counting
        Rule name -> which stations count under it.
    """
    parts = []
    count = len(unit.frame)
    for one in judged:
        frame = unit.frame.copy()
        frame["rule"] = one.rule.name
        station, of_unit = unit.stations
        counts = counting[one.rule.name][station]
        frame["stations_count"] = np.bincount(of_unit[counts], minlength=count)
        figures = unit_figures(unit, one, demand, count)
        figures.index = frame.index
        parts.append(pd.concat([frame, figures], axis=1))
    table = pd.concat(parts, ignore_index=True)
    lead = [unit.id_column, "name", "rule"]
    geometry = ["geometry"] if "geometry" in table.columns else []
    rest = [name for name in table.columns if name not in (*lead, *geometry)]
    return table[[*lead, *rest, *geometry]]


def tier_table(
    unit: Unit, judged: Sequence[Judged], demand: Demand, assessor: Assessor
) -> pd.DataFrame:
    """Report coverage by the stations of one tier alone; an upper tier does not stand in for a lower one."""
    building, group = unit.members
    parts = []
    for one in judged:
        for tier in one.rule.tiers:
            cost, station = assessor.nearest(one.rule, (tier,))
            pairs = one.pairs.where(assessor.supply.tier[one.pairs.station] == tier)
            in_reach = np.bincount(pairs.building, minlength=demand.count).astype(np.int32)
            reach = replace(one.reach, cost=cost, station=station, in_reach=in_reach)
            figures = coverage_table(
                _some(demand, building),
                _some_reach(reach, building),
                verdicts(reach)[building],
                group,
                len(unit.frame),
            )
            head = pd.DataFrame(
                {
                    unit.id_column: unit.frame[unit.id_column].to_numpy(),
                    "name": unit.frame["name"].to_numpy(),
                    "rule": one.rule.name,
                    "tier": tier,
                }
            )
            keep = [
                name
                for name in figures.columns
                if name.startswith(("coverage_", "floor_")) or name.endswith("_count")
            ]
            parts.append(pd.concat([head, figures[keep]], axis=1))
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()


def station_table(
    stations: gpd.GeoDataFrame, judged: Sequence[Judged], demand: Demand, row_of_supply: Ints
) -> gpd.GeoDataFrame:
    """Say of every station of the register what it covers, and what nobody else does, rule by rule.

    Parameters
    ----------
    row_of_supply
        Row of `stations` of every station that counts.
    """
    parts = []
    residents = demand.weights.get("residents")
    for one in judged:
        frame = stations.copy()
        frame["rule"] = one.rule.name
        pairs = one.pairs.where(one.verdict[one.pairs.building] == COVERED)
        sole = one.reach.in_reach[pairs.building] == 1
        row = row_of_supply[pairs.station]
        counts = np.bincount(row, minlength=len(frame))
        frame["covered_buildings_count"] = counts
        for name, chosen in (("covered_residents", slice(None)), ("sole_residents", sole)):
            frame[name] = (
                np.nan
                if residents is None
                else np.bincount(
                    row[chosen],
                    weights=np.nan_to_num(residents[pairs.building[chosen]]),
                    minlength=len(frame),
                )
            )
        parts.append(frame)
    return pd.concat(parts, ignore_index=True)


def pair_table(
    assessor: Assessor,
    rules: Sequence[Rule],
    building_ids: npt.NDArray[np.object_],
    station_ids: npt.NDArray[np.object_],
) -> pd.DataFrame:
    """List every pair of building and station within the largest limit, once a pace."""
    parts = []
    done: set[str] = set()
    for rule in rules:
        if rule.basis != "time" or rule.pace in done:
            continue
        done.add(rule.pace)
        pairs = assessor.pairs(rule)
        parts.append(
            pd.DataFrame(
                {
                    "building_id": building_ids[pairs.building],
                    "station_id": station_ids[pairs.station],
                    "pace": rule.pace,
                    "minutes": pairs.cost / 60_000.0,
                }
            )
        )
    columns = ["building_id", "station_id", "pace", "minutes"]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)


def _some(demand: Demand, building: Ints) -> Demand:
    return Demand(
        {name: values[building] for name, values in demand.weights.items()}, len(building)
    )


def _some_reach(reach: RuleReach, building: Ints) -> RuleReach:
    return replace(
        reach,
        cost=reach.cost[building],
        station=reach.station[building],
        metres=reach.metres[building],
        in_reach=reach.in_reach[building],
        enterable=reach.enterable[building],
        connected=reach.connected[building],
        in_host=reach.in_host[building],
        near_cut=reach.near_cut[building],
        barred=reach.barred[building],
    )

"""Critical stations (关键站点): one station closed at a time, who loses cover."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.assess import Assessor
from geo.coverage import COVERED, OUTSIDE, UNCOVERED, UNKNOWN, VERDICT_NAMES
from geo.network.edges import PUBLIC, EdgeTable
from geo.network.snap import edge_groups
from geo.pairs import Pairs
from geo.params import Rule
from geo.progress import Progress, silent
from geo.reassess import Reassessed
from geo.reentry import Reentry, closed_again
from geo.regions import Regions, regions_of, share
from geo.sensitivity import Outcome, outcome

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int32]
Bools = npt.NDArray[np.bool_]
Verdicts = npt.NDArray[np.int8]


@dataclass(frozen=True)
class Changes:
    """Verdicts that closures change under one rule, one row a (station, building), sorted by both.

    Attributes
    ----------
    after
        Verdict with the station closed.
    """

    station: Ints
    building: Ints
    after: Verdicts


@dataclass(frozen=True)
class Critical:
    """What each station holds up.

    Attributes
    ----------
    stations
        One row a (rule, station in service), ranked within the rule (`critical_stations`).
    regions
        One row a (rule, station, region) where cover is lost (`critical_regions`).
    searched_anew_count
        Stations whose closing also shuts private ways or an island, so that the whole study was searched again.
    """

    stations: pd.DataFrame
    regions: pd.DataFrame
    searched_anew_count: int


def critical_stations(kept: Reassessed, progress: Progress = silent) -> Critical:
    """Close every station in service alone and tell what is lost, exactly as a run without it would.

    Strategy
    --------
    * a building loses cover only where the closed station is the only one within its limit: the pairs of the rule
      tell, no search is needed;
    * unless the station alone opens private ways or makes an island served: then ways and access rows change for
      others too, and the study is entered and searched again without it.

    Raises
    ------
    NotFoundError
        When the result lacks the inputs that such a search needs.
    """
    regions = regions_of(kept)
    rules = kept.result.params.rules
    anew = _searched_anew(kept, progress)
    ids = kept.stations["station_id"].astype(str).to_numpy(dtype=object)
    parts, by_region = [], []
    for rule in rules:
        central = outcome(kept.assessor, rule)
        changes = _changes(kept.assessor, rule, central, anew)
        lost = _lost(kept, regions, rule, central, changes)
        parts.append(_ranked(kept, regions, rule, central, lost))
        table = lost[lost["unit_kind"] != "study"].drop(columns="lost")
        by_region.append(table.assign(station_id=ids[table["station"]]).drop(columns="station"))
    lead = ["rule", "station_id"]
    table = pd.concat(by_region, ignore_index=True)
    return Critical(
        stations=pd.concat(parts, ignore_index=True),
        regions=table[[*lead, *(one for one in table.columns if one not in lead)]],
        searched_anew_count=len(anew),
    )


def keystones(kept: Reassessed) -> Ints:
    """Return the stations that alone open private ways or alone serve an island of the network."""
    rows = kept.assessor.supply.rows
    graph = closed_again(kept.walk.graph)
    if not isinstance(graph.edges, EdgeTable):
        return np.empty(0, np.int32)
    component, sizes = graph.components()
    least = kept.result.params.walk.min_component_nodes
    island, _ = edge_groups(component, sizes, graph.tail, least)
    found = []
    for of_edge, nothing in ((graph.edges.private_group, PUBLIC), (island, 0)):
        group = of_edge[rows.edge]
        pairs = np.unique(np.column_stack((group, rows.point))[group != nothing], axis=0)
        _, first, stations = np.unique(pairs[:, 0], return_index=True, return_counts=True)
        found.append(pairs[first[stations == 1], 1])
    return np.unique(np.concatenate(found)).astype(np.int32)


def _searched_anew(kept: Reassessed, progress: Progress) -> dict[int, Assessor]:
    """Enter the study again without each keystone."""
    stones = keystones(kept).tolist()
    if not stones:
        return {}
    reentry = Reentry(kept)
    ids = kept.stations["station_id"].astype(str).to_numpy(dtype=object)
    found = {}
    for number, station in enumerate(stones):
        progress("stage_closures", number, len(stones))
        found[station] = reentry.entered(kept.result.params, [ids[station]])
    progress("stage_closures", 1, 1)
    return found


def _changes(
    assessor: Assessor, rule: Rule, central: Outcome, anew: dict[int, Assessor]
) -> Changes:
    """List who loses (or with a keystone, otherwise changes) cover when a station closes."""
    sole = _sole(assessor, rule, central)
    enterable, near_cut = assessor.bounds(rule)
    # without its only station a building is what it would be without any
    bare = np.where(near_cut, OUTSIDE, UNCOVERED)
    bare = np.where(enterable, bare, UNKNOWN).astype(np.int8)
    plain = ~np.isin(sole.station, list(anew))
    station, building = [sole.station[plain]], [sole.building[plain]]
    after = [bare[sole.building[plain]]]
    for closed, without in anew.items():
        verdict = outcome(without, rule).verdict
        at = np.flatnonzero(verdict != central.verdict).astype(np.int32)
        station.append(np.full(len(at), closed, dtype=np.int32))
        building.append(at)
        after.append(verdict[at])
    stations, buildings = np.concatenate(station), np.concatenate(building)
    order = np.lexsort((buildings, stations))
    return Changes(stations[order], buildings[order], np.concatenate(after)[order])


def _sole(assessor: Assessor, rule: Rule, central: Outcome) -> Pairs:
    """Return the pairs of buildings with the only station within their limit."""
    pairs = assessor.pairs(rule)
    counting = assessor.counting(rule, rule.tiers)
    pairs = pairs.where((pairs.cost <= round(rule.limit * 1000)) & counting[pairs.station])
    in_reach = np.bincount(pairs.building, minlength=len(central.verdict))
    return pairs.where(in_reach[pairs.building] == 1)


def _lost(
    kept: Reassessed, regions: Regions, rule: Rule, central: Outcome, changes: Changes
) -> pd.DataFrame:
    """Sum changes by station and region, one row each that has any; ``station`` is the row of the station."""
    weights = kept.demand.weights
    measured = rule.weight if rule.weight in weights else "count"
    row, region = regions.of_buildings(changes.building)
    station, building = changes.station[row].astype(np.int64), changes.building[row]
    before, after = central.verdict[building], changes.after[row]
    cells, group = np.unique(station * regions.count + region, return_inverse=True)
    region = cells % regions.count

    def of(values: Floats, part: npt.NDArray[np.integer]) -> Floats:
        weight = np.nan_to_num(values[building]) * part
        return np.bincount(group, weights=weight, minlength=len(cells)).astype(np.float64)

    gone = ((before == COVERED) & (after != COVERED)).astype(np.int8)
    table: pd.DataFrame = regions.head().iloc[region].reset_index(drop=True)
    table.insert(0, "station", cells // regions.count)
    table.insert(1, "rule", rule.name)
    table["weight"] = measured
    table["lost_buildings_count"] = of(weights["count"], gone).astype(np.int64)
    for name, column in _LOST.items():
        table[column] = of(weights[name], gone) if name in weights else np.nan
    table["lost"] = of(weights[measured], gone)
    sums = regions.sums_by(central.verdict, len(VERDICT_NAMES), weights[measured])[region]
    covered, judged = sums[:, COVERED], sums[:, COVERED] + sums[:, UNCOVERED] + sums[:, OUTSIDE]
    table["coverage_before_share"] = share(covered, judged)
    covered = covered + of(weights[measured], _plus(before == COVERED, after == COVERED))
    judged = judged + of(weights[measured], _plus(before != UNKNOWN, after != UNKNOWN))
    table["coverage_closed_share"] = share(covered, judged)
    return table


def _plus(before: Bools, after: Bools) -> npt.NDArray[np.int8]:
    """Return 1 where something comes to be, -1 where it ends."""
    return after.astype(np.int8) - before.astype(np.int8)


_LOST = {
    "residents": "lost_residents",
    "workers": "lost_workers",
    "floor_area": "lost_floor_area_m2",
}


def _ranked(
    kept: Reassessed, regions: Regions, rule: Rule, central: Outcome, lost: pd.DataFrame
) -> pd.DataFrame:
    """Rank the stations of a rule by the weight it is measured by, then buildings, then id."""
    weights = kept.demand.weights
    measured = rule.weight if rule.weight in weights else "count"
    stations = kept.stations
    whole = lost[lost["unit_kind"] == "study"].set_index("station").reindex(range(len(stations)))
    sums = regions.sums_by(central.verdict, len(VERDICT_NAMES), weights[measured])[:1]
    today = share(sums[:, COVERED], sums[:, COVERED] + sums[:, UNCOVERED] + sums[:, OUTSIDE])[0]
    columns = ["station_id", "name", "tier", "access_scope", "subdistrict_id"]
    table = pd.DataFrame(stations[columns]).assign(rule=rule.name, weight=measured)
    table["lost_buildings_count"] = (
        whole["lost_buildings_count"].fillna(0).to_numpy().astype(np.int64)
    )
    for name, column in _LOST.items():
        table[column] = whole[column].fillna(0.0 if name in weights else np.nan).to_numpy()
    table["coverage_before_share"] = today
    table["coverage_closed_share"] = whole["coverage_closed_share"].fillna(today).to_numpy()
    worst = _hardest_hit(lost).reindex(range(len(stations)))
    table["worst_subdistrict_id"] = worst["unit_id"].to_numpy(dtype=object)
    order = np.lexsort(
        (
            stations["station_id"].astype(str).to_numpy(dtype=str),
            -table["lost_buildings_count"].to_numpy(),
            -whole["lost"].fillna(0.0).to_numpy(),
        )
    )
    table = table.iloc[order].reset_index(drop=True)
    table.insert(0, "rank", np.arange(1, len(table) + 1))
    return table


def _hardest_hit(lost: pd.DataFrame) -> pd.DataFrame:
    """Return for each station the sub-district that loses most, by row of the station."""
    inside = lost[(lost["unit_kind"] == "subdistrict") & (lost["lost_buildings_count"] > 0)]
    order = ["station", "lost", "lost_buildings_count", "unit_id"]
    ordered = inside.sort_values(order, ascending=[True, False, False, True])
    worst: pd.DataFrame = ordered.drop_duplicates("station").set_index("station")
    return worst


def most_critical(found: Critical, rule: str, most: int) -> pd.DataFrame:
    """Return the stations of a rule that hold up most, those that hold up nothing left out."""
    table = found.stations
    chosen = (table["rule"] == rule) & (table["lost_buildings_count"] > 0) & (table["rank"] <= most)
    worst: pd.DataFrame = table[chosen]
    return worst


def critical_tables(found: Critical) -> dict[str, pd.DataFrame]:
    """Return the tables by the names of the result folder."""
    return {"critical_stations": found.stations, "critical_regions": found.regions}

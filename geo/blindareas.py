"""Blind areas: uncovered buildings grouped by walking nearness, each group with outline, cause, rank and name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo.assess import Assessor
from geo.blind_names import Found, blind_area_names
from geo.coverage import FAR, UNCOVERED, Demand
from geo.nearness import near_groups
from geo.network.graph import WalkGraph
from geo.obstacles import CAUSES, Causes, Obstacles
from geo.placenames import NamedRoads, compound_names, road_names
from geo.tabulate import Judged

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int32]
Objects = npt.NDArray[np.object_]
NEAR_M = 150.0  # walk between neighbours of one blind area
WIDE_M = 600.0  # walk from one end of a blind area to the other
SMOOTH_M = 1.0  # corners of an outline that stand out less are cut
REACH_OUT_M, DRAW_BACK_M = 40.0, 28.0  # outlines close gaps of 80 m and keep 12 m off the walls
BLOCK_M = 40.0  # buildings in one square of this side are drawn as one; far below the gaps that are closed
COLUMNS = (
    "blind_area_id", "name", "rank", "rule", "subdistrict_id", "community_id", "buildings_count", "residents",
    "floor_area_m2", "nearest_station_id", "nearest_minutes", "excess_minutes", "detour_ratio", "cause",
    "obstacle_kind", "obstacle_name", "geometry",
)  # fmt: skip


@dataclass(frozen=True)
class Grounds:
    """What blind areas are told from, one entry a building where not said otherwise.

    Attributes
    ----------
    buildings
        Footprints in the metric CRS with ``building_id, name, subdistrict_id, community_id``.
    subdistricts
        Polygons in the metric CRS with ``subdistrict_id, name``.
    communities
        ``community_id, name``, or None.
    of_subdistrict
        Row of `subdistricts`.
    station_ids
        Of the stations that count.
    """

    buildings: gpd.GeoDataFrame
    subdistricts: gpd.GeoDataFrame
    communities: pd.DataFrame | None
    of_subdistrict: Ints
    station_ids: Objects


def blind_areas(
    grounds: Grounds,
    assessor: Assessor,
    obstacles: Obstacles,
    judged: Sequence[Judged],
    causes: Sequence[Causes],
    demand: Demand,
) -> gpd.GeoDataFrame:
    """List the blind areas of every rule, the one with most residents (or what the rule measures) first.

    Returns
    -------
    GeoDataFrame
        `COLUMNS`, in the metric CRS; minutes are means over the buildings, by the rule's weight.
    """
    shared = _Shared.of(grounds, assessor, obstacles, demand, judged)
    parts = [_of_rule(shared, one, why) for one, why in zip(judged, causes, strict=True)]
    crs = grounds.buildings.crs
    table = pd.concat(parts, ignore_index=True)
    return gpd.GeoDataFrame(table[list(COLUMNS)], geometry="geometry", crs=crs)


@dataclass(frozen=True, eq=False)
class _Shared:
    """What all rules have in common; `road` and `compound` are names, `hull` footprints, one a building."""

    grounds: Grounds
    assessor: Assessor
    obstacles: Obstacles
    demand: Demand
    graph: WalkGraph
    hull: Objects
    road: Objects
    compound: Objects
    roads: NamedRoads

    @classmethod
    def of(
        cls,
        grounds: Grounds,
        assessor: Assessor,
        obstacles: Obstacles,
        demand: Demand,
        judged: Sequence[Judged],
    ) -> _Shared:
        """Work it out."""
        buildings = grounds.buildings
        named = "name" in buildings
        return cls(
            grounds,
            assessor,
            obstacles,
            demand,
            graph=assessor.graph.weighted_by_length(),
            hull=_hulls(grounds, judged),
            road=road_names(assessor),
            compound=compound_names(
                buildings["name"].to_numpy(object) if named else np.full(len(buildings), None)
            ),
            roads=NamedRoads(assessor.graph),
        )


def _of_rule(shared: _Shared, judged: Judged, causes: Causes) -> pd.DataFrame:
    grounds, demand = shared.grounds, shared.demand
    at = np.flatnonzero(judged.verdict == UNCOVERED).astype(np.int32)
    group = _groups(shared, at)
    count = int(group.max()) + 1 if len(at) else 0
    weight = demand.weights.get(judged.rule.weight, demand.weights["count"])
    weight = np.nan_to_num(weight[at])
    # where nobody lives, every building counts alike
    share = np.where(_sums(group, weight, count)[group] > 0, weight, 1.0)
    table = pd.DataFrame(
        {
            "rule": judged.rule.name,
            "subdistrict_id": _most(group, grounds.buildings["subdistrict_id"].to_numpy(object)[at], share),
            "community_id": _most(group, grounds.buildings["community_id"].to_numpy(object)[at], share),
            "buildings_count": np.bincount(group, minlength=count),
            **_people(group, demand, at, count),
            **_station(group, judged, shared, at, share, count),
            **_cause(group, shared.obstacles, causes, at, share),
            "geometry": _outlines(group, shared, at, count),
        }
    )  # fmt: skip
    table["name"] = _names(shared, group, at, share, table)
    residents = table["residents"].fillna(0.0).to_numpy()
    measured = _sums(group, weight, count)
    first = np.zeros(count, dtype=np.int64)
    first[group[::-1]] = at[::-1]
    order = np.lexsort((first, -table["buildings_count"].to_numpy(), -residents, -measured))
    table = table.iloc[order].reset_index(drop=True)
    table["rank"] = np.arange(1, count + 1)
    serial = table.groupby("subdistrict_id", sort=False).cumcount() + 1
    ids = [f"{one}-B{two:03d}" for one, two in zip(table["subdistrict_id"], serial, strict=True)]
    table["blind_area_id"] = np.array(ids, dtype=object)
    return table


def _groups(shared: _Shared, at: Ints) -> Ints:
    assessor, count = shared.assessor, len(at)
    rows = assessor.demand.rows.for_owners(at, np.arange(count, dtype=np.int32), count)
    x, y = assessor.demand.x[at], assessor.demand.y[at]
    part = shared.grounds.of_subdistrict[at]
    return near_groups(shared.graph, rows, part, x, y, near_m=NEAR_M, wide_m=WIDE_M)


def _sums(group: Ints, values: Floats, count: int) -> Floats:
    return np.bincount(group, weights=values, minlength=count).astype(np.float64)


def _most(group: Ints, values: Objects, weight: Floats) -> Objects:
    """Return per group the value with the greatest weight; missing values stand back, ties go to the lowest."""
    count = int(group.max()) + 1 if len(group) else 0
    result = np.full(count, None, dtype=object)
    known = np.flatnonzero(pd.notna(values))
    if len(known) == 0:
        return result
    code, names = pd.factorize(values[known], sort=True)
    pair, inverse = np.unique(
        group[known].astype(np.int64) * len(names) + code, return_inverse=True
    )
    total = np.bincount(inverse, weights=weight[known])
    owner, code = pair // len(names), pair % len(names)
    order = np.lexsort((code, -total, owner))
    first = order[np.unique(owner[order], return_index=True)[1]]
    result[owner[first]] = np.asarray(names, dtype=object)[code[first]]
    return result


def _people(group: Ints, demand: Demand, at: Ints, count: int) -> dict[str, Floats]:
    none = np.full(count, np.nan)
    return {
        column: _sums(group, np.nan_to_num(demand.weights[name][at]), count) if name in demand.weights else none
        for column, name in (("residents", "residents"), ("floor_area_m2", "floor_area"))
    }  # fmt: skip


def _station(
    group: Ints,
    judged: Judged,
    shared: _Shared,
    at: Ints,
    share: Floats,
    count: int,
) -> dict[str, npt.NDArray[np.generic]]:
    """Say which station most people are nearest to, and how far they walk in the mean."""
    reach, rule = judged.reach, judged.rule
    station = np.full(len(at), None, dtype=object)
    found = reach.station[at] >= 0
    station[found] = shared.grounds.station_ids[reach.station[at[found]]]
    far = reach.cost[at] == FAR
    minutes = np.full(len(at), np.nan)
    if rule.basis == "time":
        minutes[~far] = reach.cost[at[~far]] / 60_000.0
    mean = _mean(group, minutes, share, count)
    return {
        "nearest_station_id": _most(group, station, share),
        "nearest_minutes": mean,
        "excess_minutes": mean - rule.limit / 60.0,
        "detour_ratio": _mean(group, judged.detour_ratio[at], share, count),
    }


def _mean(group: Ints, values: Floats, weight: Floats, count: int) -> Floats:
    known = np.isfinite(values) & (weight > 0)
    total = _sums(group[known], weight[known], count)
    sums = _sums(group[known], weight[known] * values[known], count)
    mean: Floats = np.divide(sums, total, out=np.full(count, np.nan), where=total > 0)
    return mean


def _cause(
    group: Ints, obstacles: Obstacles, causes: Causes, at: Ints, share: Floats
) -> dict[str, Objects]:
    """Take the cause with the greatest weight, and of the buildings with that cause the obstacle that most have."""
    # sorted as CAUSES, so that a tie goes to the simplest
    order = {name: f"{number}{name}" for number, name in enumerate(CAUSES)}
    keyed = np.array([order[str(one)] for one in causes.cause[at]], dtype=object)
    chosen = _most(group, keyed, share)
    kinds, names = obstacles.of(causes, at)
    same = keyed == chosen[group] if len(group) else np.empty(0, dtype=bool)
    kinds[~same], names[~same] = None, None
    kind = _most(group, kinds, share)
    if len(group):
        names[kinds != kind[group]] = None
    return {
        "cause": np.array([str(one)[1:] for one in chosen], dtype=object),
        "obstacle_kind": kind,
        "obstacle_name": _most(group, names, share),
    }


def _hulls(grounds: Grounds, judged: Sequence[Judged]) -> Objects:
    """Return the hulls of all buildings that are uncovered under any rule."""
    hulls = np.full(len(grounds.buildings), None, dtype=object)
    some = np.zeros(len(hulls), dtype=bool)
    for one in judged:
        some |= one.verdict == UNCOVERED
    shapes = grounds.buildings.geometry.to_numpy()[some]
    hulls[some] = shapely.simplify(shapely.convex_hull(shapes), SMOOTH_M)
    return hulls


def _blocks(group: Ints, shared: _Shared, at: Ints) -> tuple[Objects, Ints]:
    """Return hulls round the buildings of a group in one square of a lattice, and the group of each, sorted.

    What an outline closes anyway is put together before: there is half as much to unite, or less.
    """
    demand = shared.assessor.demand
    column = np.floor(demand.x[at] / BLOCK_M).astype(np.int64)
    line = np.floor(demand.y[at] / BLOCK_M).astype(np.int64)
    order = np.lexsort((at, line, column, group))
    keys = np.column_stack((group, column, line))[order]
    first = np.ones(len(at), dtype=bool)
    first[1:] = (keys[1:] != keys[:-1]).any(axis=1)
    together = shapely.multipolygons(shared.hull[at[order]], indices=np.cumsum(first) - 1)
    return np.asarray(shapely.convex_hull(together), dtype=object), group[order[first]]


def _outlines(group: Ints, shared: _Shared, at: Ints, count: int) -> Objects:
    """Draw outlines that follow the buildings, inside the sub-district; corners stay corners, which is quick."""
    outlines = np.empty(count, dtype=object)
    if count == 0:
        return outlines
    blocks, owner = _blocks(group, shared, at)
    wide = shapely.buffer(blocks, REACH_OUT_M, join_style="mitre", mitre_limit=1.5)
    starts = np.searchsorted(owner, np.arange(1, count))
    for number, members in enumerate(np.split(wide, starts)):
        outlines[number] = shapely.union_all(members)
    outlines = shapely.simplify(outlines, SMOOTH_M)
    drawn_back = shapely.buffer(outlines, -DRAW_BACK_M, join_style="mitre", mitre_limit=1.5)
    # GEOS loses an outline in a thousand when it cuts corners; with round ones it does not
    lost = shapely.is_empty(drawn_back)
    drawn_back[lost] = shapely.buffer(outlines[lost], -DRAW_BACK_M, quad_segs=2)
    first = np.zeros(count, dtype=np.int64)
    first[group] = at
    grounds = shared.grounds
    areas = grounds.subdistricts.geometry.to_numpy()[grounds.of_subdistrict[first]]
    return np.asarray(_clipped(drawn_back, areas), dtype=object)


def _clipped(outlines: Objects, areas: Objects) -> Objects:
    """Keep what lies in the sub-district; an outline that would vanish stays whole."""
    inner = outlines.copy()
    for area in np.unique([id(one) for one in areas]):
        mine = np.array([id(one) == area for one in areas])
        shape = areas[np.flatnonzero(mine)[0]]
        shapely.prepare(shape)
        out = np.flatnonzero(mine & ~shapely.covers(shape, outlines))
        inner[out] = shapely.intersection(shape, outlines[out])
    gone = shapely.area(inner) == 0.0
    inner[gone] = outlines[gone]
    return inner


def _names(shared: _Shared, group: Ints, at: Ints, share: Floats, table: pd.DataFrame) -> Objects:
    found = Found(
        subdistrict=_looked_up(table["subdistrict_id"], shared.grounds.subdistricts),
        community=_looked_up(table["community_id"], shared.grounds.communities),
        road=_most(group, shared.road[at], share),
        compound=_most(group, shared.compound[at], share),
        outline=table["geometry"].to_numpy(dtype=object),
    )
    return blind_area_names(found, shared.roads)


def _looked_up(ids: pd.Series, frame: pd.DataFrame | None) -> Objects:
    """Return the names of units; an empty text for those without one."""
    if frame is None:
        return np.full(len(ids), "", dtype=object)
    names = frame["name"].where(frame["name"].notna(), "").astype(str)
    name_of = dict(zip(frame[ids.name].astype(str), names, strict=True))
    return np.array([name_of.get(str(one), "") for one in ids], dtype=object)

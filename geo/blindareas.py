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
from geo.coverage import FAR, UNCOVERED, Demand
from geo.messages import say
from geo.nearness import near_groups
from geo.network.edges import EdgeTable
from geo.obstacles import CAUSES, Causes, Obstacles
from geo.tabulate import Judged, detour_ratio

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int32]
Objects = npt.NDArray[np.object_]
NEAR_M = 150.0  # walk between neighbours of one blind area
WIDE_M = 600.0  # walk from one end of a blind area to the other
REACH_OUT_M, DRAW_BACK_M = 40.0, 28.0  # outlines close gaps of 80 m and keep 12 m off the walls
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
    reached_out = _reached_out(grounds, judged)
    parts = [
        _of_rule(grounds, assessor, obstacles, one, why, demand, reached_out)
        for one, why in zip(judged, causes, strict=True)
    ]
    crs = grounds.buildings.crs
    table = pd.concat(parts, ignore_index=True)
    return gpd.GeoDataFrame(table[list(COLUMNS)], geometry="geometry", crs=crs)


def _of_rule(
    grounds: Grounds,
    assessor: Assessor,
    obstacles: Obstacles,
    judged: Judged,
    causes: Causes,
    demand: Demand,
    reached_out: Objects,
) -> pd.DataFrame:
    at = np.flatnonzero(judged.verdict == UNCOVERED).astype(np.int32)
    group = _groups(grounds, assessor, at)
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
            **_station(group, judged, assessor, grounds, at, share, count),
            **_cause(group, obstacles, causes, at, share),
            "geometry": _outlines(group, grounds, reached_out, at, count),
        }
    )  # fmt: skip
    table["name"] = _names(group, grounds, assessor, at, share, table)
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


def _groups(grounds: Grounds, assessor: Assessor, at: Ints) -> Ints:
    count = len(at)
    rows = assessor.demand.rows.for_owners(at, np.arange(count, dtype=np.int32), count)
    x, y = assessor.demand.x[at], assessor.demand.y[at]
    graph = assessor.graph.weighted_by_length()
    return near_groups(graph, rows, grounds.of_subdistrict[at], x, y, near_m=NEAR_M, wide_m=WIDE_M)


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
    assessor: Assessor,
    grounds: Grounds,
    at: Ints,
    share: Floats,
    count: int,
) -> dict[str, npt.NDArray[np.generic]]:
    """Say which station most people are nearest to, and how far they walk in the mean."""
    reach, rule = judged.reach, judged.rule
    station = np.full(len(at), None, dtype=object)
    found = reach.station[at] >= 0
    station[found] = grounds.station_ids[reach.station[at[found]]]
    far = reach.cost[at] == FAR
    minutes = np.full(len(at), np.nan)
    if rule.basis == "time":
        minutes[~far] = reach.cost[at[~far]] / 60_000.0
    mean = _mean(group, minutes, share, count)
    return {
        "nearest_station_id": _most(group, station, share),
        "nearest_minutes": mean,
        "excess_minutes": mean - rule.limit / 60.0,
        "detour_ratio": _mean(group, detour_ratio(reach, assessor)[at], share, count),
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
    kinds[~same] = None
    kind = _most(group, kinds, share)
    if len(group):
        names[kinds != kind[group]] = None
    return {
        "cause": np.array([str(one)[1:] for one in chosen], dtype=object),
        "obstacle_kind": kind,
        "obstacle_name": _most(group, names, share),
    }


def _reached_out(grounds: Grounds, judged: Sequence[Judged]) -> Objects:
    """Widen the hulls of all buildings that are uncovered under any rule; corners stay corners, which is quick."""
    wide = np.full(len(grounds.buildings), None, dtype=object)
    some = np.zeros(len(wide), dtype=bool)
    for one in judged:
        some |= one.verdict == UNCOVERED
    hulls = shapely.simplify(shapely.convex_hull(grounds.buildings.geometry.to_numpy()[some]), 2.0)
    wide[some] = shapely.buffer(hulls, REACH_OUT_M, join_style="mitre", mitre_limit=1.5)
    return wide


def _outlines(group: Ints, grounds: Grounds, reached_out: Objects, at: Ints, count: int) -> Objects:
    """Draw outlines that follow the buildings, inside the sub-district."""
    outlines = np.empty(count, dtype=object)
    if count == 0:
        return outlines
    order = np.argsort(group, kind="stable")
    starts = np.searchsorted(group[order], np.arange(1, count))
    for number, members in enumerate(np.split(at[order], starts)):
        outlines[number] = shapely.union_all(reached_out[members])
    drawn_back = shapely.buffer(outlines, -DRAW_BACK_M, join_style="mitre", mitre_limit=1.5)
    # GEOS loses an outline in a thousand when it cuts corners; with round ones it does not
    lost = shapely.is_empty(drawn_back)
    drawn_back[lost] = shapely.buffer(outlines[lost], -DRAW_BACK_M, quad_segs=2)
    outlines = drawn_back
    first = np.zeros(count, dtype=np.int64)
    first[group] = at
    areas = grounds.subdistricts.geometry.to_numpy()[grounds.of_subdistrict[first]]
    return np.asarray(_clipped(outlines, areas), dtype=object)


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


def _names(
    group: Ints, grounds: Grounds, assessor: Assessor, at: Ints, share: Floats, table: pd.DataFrame
) -> Objects:
    """Name each area by sub-district, community and the road that most buildings stand on (or the main building)."""
    subdistricts = _name_of(grounds.subdistricts, "subdistrict_id")
    communities = (
        {} if grounds.communities is None else _name_of(grounds.communities, "community_id")
    )
    road = _most(group, _roads(assessor)[at], share)
    named = (
        _most(group, grounds.buildings["name"].to_numpy(object)[at], share)
        if "name" in grounds.buildings
        else road
    )
    names = []
    for number, (subdistrict, community) in enumerate(
        zip(table["subdistrict_id"], table["community_id"], strict=True)
    ):
        where = {
            "subdistrict": subdistricts.get(str(subdistrict), ""),
            "community": communities.get(str(community), ""),
            "place": road[number] or named[number] or "",
        }
        code = "blind_area_road" if road[number] else "blind_area_building"
        names.append(say(code if where["place"] else "blind_area_nameless", where))
    return np.array(names, dtype=object)


def _name_of(frame: pd.DataFrame, column: str) -> dict[str, str]:
    names = frame["name"].where(frame["name"].notna(), "").astype(str)
    return dict(zip(frame[column].astype(str), names, strict=True))


def _roads(assessor: Assessor) -> Objects:
    """Return the name of the road nearest to each building among those it may enter; None without a name."""
    rows, edges = assessor.demand.rows, assessor.graph.edges
    roads = np.full(assessor.demand.count, None, dtype=object)
    if not isinstance(edges, EdgeTable):
        return roads
    named = np.flatnonzero(edges.name.codes[rows.edge] >= 0)
    order = named[np.lexsort((rows.edge[named], rows.walk_m[named], rows.point[named]))]
    first = order[np.unique(rows.point[order], return_index=True)[1]]
    names = np.asarray(edges.name.categories, dtype=object)
    roads[rows.point[first]] = names[edges.name.codes[rows.edge[first]]]
    return roads

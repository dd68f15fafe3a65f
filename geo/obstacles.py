"""What stands between a building and its stations: barriers on the straight line that the walk has to go round."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from scipy.spatial import cKDTree

from geo.assess import Assessor, Weighting
from geo.coverage import RuleReach
from geo.kernels.labels import CLOSED
from geo.network.snap import AccessFinder, Places
from geo.params import Pace, Rule
from geo.reach import PointRows

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]
Objects = npt.NDArray[np.object_]
CAUSES = ("far", "barrier", "disconnected", "detour")
LINES = 3  # stations that a building is compared with
STEP_OFF_M = 1.0  # how far before and behind a barrier somebody stands who would cross it
ONE_OBSTACLE_M = 30.0  # barriers this close behind each other are one (the tracks of a railway, both carriageways)
ROUND_S = 60.0  # an obstacle is gone round where crossing it would save at least a minute
# of barriers that lie close behind each other, the one that is named
_RANK = {"water": 0, "railway": 1, "motorway": 2, "wall": 3}


@dataclass(frozen=True)
class Lines:
    """Straight lines from buildings to stations, sorted by building and length."""

    building: Ints
    station: Ints
    ax: Floats
    ay: Floats
    bx: Floats
    by: Floats

    @property
    def length(self) -> Floats:
        """Metres."""
        return np.hypot(self.bx - self.ax, self.by - self.ay)


@dataclass(frozen=True)
class Hurdles:
    """Obstacles that lines cross, sorted by line and position.

    Attributes
    ----------
    line
        Index of the line.
    feature
        Row of the barrier that gives the obstacle its name.
    start, end
        Shares along the line where the obstacle begins and ends; the same for a single wall.
    """

    line: Ints
    feature: Ints
    start: Floats
    end: Floats


@dataclass(frozen=True)
class Causes:
    """Why buildings are not covered, one entry a building.

    Attributes
    ----------
    cause
        One of `CAUSES`; None for buildings that are not uncovered.
    feature
        Row of the barrier in the way, -1 for none.
    station
        The station that the cause is told by, the nearest by straight line or the one behind the barrier; -1 for
        ``far``.
    """

    cause: Objects
    feature: Ints
    station: Ints


class Obstacles:
    """The barriers of a study, ready to be compared with its walks.

    Parameters
    ----------
    finder, groups
        The access rule, and which edges it may enter.
    barriers
        ``kind, name, geometry`` in the metric CRS, as the finder knows them.
    """

    def __init__(self, finder: AccessFinder, groups: Ints, barriers: gpd.GeoDataFrame) -> None:
        self.finder = finder
        self._groups = groups
        self.kind = (
            barriers["kind"].to_numpy(dtype=object) if len(barriers) else np.empty(0, object)
        )
        self.name = (
            barriers["name"].to_numpy(dtype=object) if len(barriers) else np.empty(0, object)
        )
        shapes = barriers.geometry.to_numpy() if len(barriers) else np.empty(0, object)
        self.shapes = np.asarray(shapes, dtype=object)
        areas = shapely.get_dimensions(self.shapes) == 2
        self._areas = shapely.STRtree(self.shapes[areas])
        rank = np.array([_RANK.get(str(one), len(_RANK)) for one in self.kind], dtype=np.int64)
        nameless = np.array(
            [not isinstance(one, str) or one == "" for one in self.name], dtype=bool
        )
        self._rank = rank * 2 + nameless

    def causes(
        self, assessor: Assessor, reach: RuleReach, uncovered: npt.NDArray[np.bool_]
    ) -> Causes:
        """Find the cause of every uncovered building.

        ``far``: no station within the limit by straight line. ``barrier``: an obstacle lies on the way to one, and
        crossing it would save a minute at least (or nobody could tell, for no way leads near it). Else
        ``disconnected`` without any way to a station, ``detour`` with one.
        """
        rule = reach.rule
        cause = np.full(assessor.demand.count, None, dtype=object)
        feature = np.full(assessor.demand.count, -1, dtype=np.int32)
        station = feature.copy()
        at = np.flatnonzero(uncovered).astype(np.int32)
        cause[at] = "far"
        lines = lines_to_stations(assessor, rule, at)
        if len(lines.building) == 0:
            return Causes(cause, feature, station)
        near, nearest = np.unique(lines.building, return_index=True)
        station[near] = lines.station[nearest]
        cause[near] = np.where(reach.connected[near], "detour", "disconnected")
        hurdles = self.hurdles(lines)
        saved = self.saved(assessor, rule, lines, hurdles)
        round_ = (
            ROUND_S * 1000.0 if rule.basis == "time" else ROUND_S * 1000.0 * Pace().speed_m_per_s
        )
        unknown = np.isnan(saved)
        counts = np.flatnonzero(unknown | (saved >= round_))
        # the greatest saving first, then (where it is not known, or there is no way at all) the widest obstacle
        wide = (hurdles.end - hurdles.start) * lines.length[hurdles.line]
        gain = np.where(unknown, -1.0, saved)
        building = lines.building[hurdles.line[counts]]
        order = np.lexsort((hurdles.feature[counts], -wide[counts], -gain[counts], building))
        first = order[np.unique(building[order], return_index=True)[1]]
        cause[building[first]] = "barrier"
        feature[building[first]] = hurdles.feature[counts[first]]
        station[building[first]] = lines.station[hurdles.line[counts[first]]]
        return Causes(cause, feature, station)

    def of(self, causes: Causes, building: Ints) -> tuple[Objects, Objects]:
        """Return kind and name of what is in the way of buildings; None for nothing (``far``) and for no name."""
        feature = causes.feature[building]
        kind = np.full(len(building), None, dtype=object)
        name = kind.copy()
        kind[np.isin(causes.cause[building], ("detour", "disconnected"))] = "missing_path"
        met = feature >= 0
        kind[met], name[met] = self.kind[feature[met]], self.name[feature[met]]
        name[~pd.notna(name)] = None
        return kind, name

    def hurdles(self, lines: Lines) -> Hurdles:
        """Find the obstacles on lines; what lies close behind each other, or in one water, is one."""
        line, feature, share = self.finder.crossings(lines.ax, lines.ay, lines.bx, lines.by)
        order = np.lexsort((feature, share, line))
        line, feature, share = line[order], feature[order], share[order]
        if len(line) == 0:
            return Hurdles(line, feature, share, share)
        same = line[1:] == line[:-1]
        gap = (share[1:] - share[:-1]) * lines.length[line[1:]]
        middle = (share[1:] + share[:-1]) / 2.0
        x = lines.ax[line[1:]] + middle * (lines.bx - lines.ax)[line[1:]]
        y = lines.ay[line[1:]] + middle * (lines.by - lines.ay)[line[1:]]
        joined = same & (gap <= ONE_OBSTACLE_M)
        open_ = np.flatnonzero(same & ~joined)
        inside = self._areas.query(shapely.points(x[open_], y[open_]), predicate="intersects")[0]
        joined[open_[inside]] = True
        begins = np.concatenate(([True], ~joined))
        number = np.cumsum(begins) - 1
        best = np.lexsort((feature, self._rank[feature], number))
        first = best[np.unique(number[best], return_index=True)[1]]
        ends = np.concatenate((begins[1:], [True]))
        return Hurdles(line[begins], feature[first], share[begins], share[ends])

    def sides(self, lines: Lines, hurdles: Hurdles) -> tuple[Floats, Floats]:
        """Return the points (x, y) just before and just behind obstacles."""
        line = hurdles.line
        a = np.column_stack((lines.ax[line], lines.ay[line]))
        way = np.column_stack(((lines.bx - lines.ax)[line], (lines.by - lines.ay)[line]))
        off = STEP_OFF_M / np.maximum(lines.length[line], STEP_OFF_M)
        before: Floats = a + (hurdles.start - off)[:, None] * way
        behind: Floats = a + (hurdles.end + off)[:, None] * way
        return before, behind

    def rows_near(self, points: Floats, weighting: Weighting) -> PointRows:
        """Let points (x, y) enter the network by the access rule."""
        rows = self.finder.find(Places.from_points(points[:, 0], points[:, 1]), self._groups).rows
        return PointRows(
            rows.point, rows.edge, rows.fraction, weighting.walk_cost(rows), len(points)
        )

    def saved(self, assessor: Assessor, rule: Rule, lines: Lines, hurdles: Hurdles) -> Floats:
        """Say what crossing an obstacle would save on the walk to the nearest station, thousandths.

        Infinite where no way leads to a station from before it; nan where it cannot be told: no way near, before or
        behind it, or no way to a station from behind it.
        """
        before, behind = self.sides(lines, hurdles)
        weighting = assessor.weighting(rule)
        reach = assessor.towards(rule)
        rows = self.rows_near(np.concatenate((before, behind)), weighting)
        cost = reach.of_rows(rows)[0].astype(np.float64)
        known = np.bincount(rows.point, minlength=rows.point_count) > 0
        cost[cost == CLOSED] = np.inf
        cost[~known] = np.nan
        here, there = cost[: len(before)], cost[len(before) :]
        with np.errstate(invalid="ignore"):
            saved: Floats = (
                here - there
            )  # inf - inf is nan: nobody gets to a station from either side
        saved[np.isinf(there)] = np.nan
        return saved


def straight_limit_m(assessor: Assessor, rule: Rule) -> float:
    """Return how far a station may be by straight line: what is walked within the limit."""
    if rule.basis != "time":
        return rule.limit
    return rule.limit * assessor.paces[rule.pace].speed_m_per_s


def lines_to_stations(assessor: Assessor, rule: Rule, building: Ints) -> Lines:
    """Draw lines from buildings to the nearest public stations within the limit by straight line."""
    supply, demand = assessor.supply, assessor.demand
    stations = np.flatnonzero((supply.scope == "public") & assessor.counting(rule, rule.tiers))
    station = np.empty(0, np.int32)
    if len(stations) and rule.basis != "radius":
        tree = cKDTree(np.column_stack((supply.x[stations], supply.y[stations])))
        several = [*range(1, min(LINES, len(stations)) + 1)]
        at = np.column_stack((demand.x[building], demand.y[building]))
        gap, near = tree.query(at, k=several, distance_upper_bound=straight_limit_m(assessor, rule))
        found = np.isfinite(gap).ravel()
        station = stations[near.ravel()[found]].astype(np.int32)
        building = np.repeat(building, len(several))[found]
    else:
        building = building[:0]
    return Lines(
        building,
        station,
        demand.x[building],
        demand.y[building],
        supply.x[station],
        supply.y[station],
    )

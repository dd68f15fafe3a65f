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
from geo.coverage import FAR, RuleReach
from geo.kernels.labels import CLOSED
from geo.network.snap import AccessFinder, Places
from geo.params import Pace, Rule
from geo.reach import PointRows, Seeds, pairs_to_points

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]
Objects = npt.NDArray[np.object_]
CAUSES = ("far", "barrier", "disconnected", "detour")
LINES = 3  # stations that a building is compared with
STEP_OFF_M = 1.0  # how far before and behind a barrier somebody stands who would cross it
ONE_OBSTACLE_M = 30.0  # barriers this close behind each other are one (the tracks of a railway, both carriageways)
MOST_OF_DETOUR = (
    0.5  # an obstacle that makes up this share of a detour (and a minute) is to blame for it
)
_AT_ONCE = 2000  # buildings that are searched from together, which bounds the memory
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
class Crossed:
    """What walks would be across obstacles, one entry an obstacle on a line; thousandths, infinite for no walk.

    Attributes
    ----------
    now
        The walk there is.
    cost
        Across the obstacle.
    straight
        By straight line, as if nothing were in the way.
    station
        That the walk across leads to.
    """

    now: Floats
    cost: Floats
    straight: Floats
    station: Ints

    def to_blame(self, rule: Rule) -> npt.NDArray[np.bool_]:
        """Tell which obstacles are the reason that a building is not covered.

        Those across which it would be covered, and those that make up at least half of its detour and a minute.
        Without any way to a station every obstacle is, for nobody could tell which is not.
        """
        minute = 60_000.0 if rule.basis == "time" else 60_000.0 * Pace().speed_m_per_s
        cut_off = np.isinf(self.now)
        now = np.where(cut_off, 0.0, self.now)
        saved, detour = now - self.cost, now - self.straight
        most = (saved >= MOST_OF_DETOUR * detour) & (saved >= minute)
        result: npt.NDArray[np.bool_] = cut_off | (self.cost <= round(rule.limit * 1000)) | most
        return result


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
        The station that the cause is told by, the nearest by straight line or the one reached across the barrier; -1
        for ``far``.
    crossed
        Of ``barrier``: the walk across it, thousandths; else, and where nobody could tell, `FAR`.
    met
        Whether any obstacle lies on the lines to the nearest stations.
    """

    cause: Objects
    feature: Ints
    station: Ints
    crossed: Longs
    met: npt.NDArray[np.bool_]


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

        ``far``: no station within the limit by straight line. ``barrier``: one obstacle on the way to one is to blame,
        see `Crossed.to_blame`. Else ``disconnected`` without any way to a station, ``detour`` with one.
        """
        rule, count = reach.rule, assessor.demand.count
        at = np.flatnonzero(uncovered).astype(np.int32)
        causes = Causes(
            np.full(count, None, dtype=object), np.full(count, -1, np.int32), np.full(count, -1, np.int32),
            np.full(count, FAR), np.zeros(count, dtype=bool),
        )  # fmt: skip
        causes.cause[at] = "far"
        lines = lines_to_stations(assessor, rule, at)
        if len(lines.building) == 0:
            return causes
        near, nearest = np.unique(lines.building, return_index=True)
        causes.station[near] = lines.station[nearest]
        causes.cause[near] = np.where(reach.connected[near], "detour", "disconnected")
        hurdles = self.hurdles(lines)
        causes.met[lines.building[hurdles.line]] = True
        crossed = self.crossed(assessor, reach, lines, hurdles)
        to_blame = np.flatnonzero(crossed.to_blame(rule))
        # the shortest walk first, then (where nobody could tell) the widest obstacle
        wide = (hurdles.end - hurdles.start) * lines.length[hurdles.line]
        building = lines.building[hurdles.line[to_blame]]
        order = np.lexsort(
            (hurdles.feature[to_blame], -wide[to_blame], crossed.cost[to_blame], building)
        )
        first = order[np.unique(building[order], return_index=True)[1]]
        row = to_blame[first]
        causes.cause[building[first]] = "barrier"
        causes.feature[building[first]] = hurdles.feature[row]
        causes.station[building[first]] = crossed.station[row]
        known = np.isfinite(crossed.cost[row])
        causes.crossed[building[first[known]]] = np.rint(crossed.cost[row[known]])
        return causes

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

    def _compounds(self, lines: Lines) -> tuple[Ints, Ints]:
        """Return the walled compounds that lines begin and end in, -1 for none."""
        return (
            self.finder.compound_of(lines.ax, lines.ay),
            self.finder.compound_of(lines.bx, lines.by),
        )

    def rows_near(self, points: Floats, weighting: Weighting) -> PointRows:
        """Let points (x, y) enter the network by the access rule."""
        rows = self.finder.find(Places.from_points(points[:, 0], points[:, 1]), self._groups).rows
        return PointRows(
            rows.point, rows.edge, rows.fraction, weighting.walk_cost(rows), len(points)
        )

    def crossed(
        self, assessor: Assessor, reach: RuleReach, lines: Lines, hurdles: Hurdles
    ) -> Crossed:
        """Say what the walks would be if people crossed obstacles on a straight line.

        Strategy
        --------
        * to a place just before the obstacle, straight over it, and from just behind it on to the nearest station,
          each by the ways there are and the one access rule;
        * searched only where even a straight walk to the obstacle would make the whole walk shorter;
        * where no way is near, open ground is walked straight: up to the first obstacle of a line, and from the last;
        * so is the ground inside one walled compound, where the ways there are all lead by the gates.
        """
        weighting = assessor.weighting(reach.rule)
        before, behind = self.sides(lines, hurdles)
        near, far = self.rows_near(before, weighting), self.rows_near(behind, weighting)
        per_share = lines.length[hurdles.line] * weighting.per_metre
        same = hurdles.line[1:] == hurdles.line[:-1]
        first, last = np.concatenate(([True], ~same)), np.concatenate((~same, [True]))
        on, station = assessor.towards(reach.rule).of_rows(far)
        on_from = np.where(on == CLOSED, np.inf, on.astype(np.float64))
        of_line = self._compounds(lines)
        yard = self.finder.compound_of(behind[:, 0], behind[:, 1])
        inside = (yard >= 0) & (yard == of_line[1][hurdles.line])
        open_ = (~_has_rows(far) | inside) & last[: len(on)]
        on_from[open_] = ((1.0 - hurdles.end) * per_share)[open_]
        ends = np.where((station >= 0) & ~open_, station, lines.station[hurdles.line])
        over = (hurdles.end - hurdles.start) * per_share + 2.0 * STEP_OFF_M * weighting.per_metre
        onward = over + on_from
        up_to = hurdles.start * per_share
        now = _or_infinite(reach.cost[lines.building[hurdles.line]])
        yard = self.finder.compound_of(before[:, 0], before[:, 1])
        inside = (yard >= 0) & (yard == of_line[0][hurdles.line]) & first[: len(on)]
        ways = _has_rows(near) & ~inside
        asked = np.flatnonzero(ways & (up_to + onward < now))
        away = np.where(~ways & first[: len(on)], up_to, np.inf)
        building = lines.building[hurdles.line[asked]]
        away[asked] = _walks(assessor, reach.rule, building, near, asked)
        return Crossed(now, away + onward, per_share, ends.astype(np.int32))


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


def _has_rows(rows: PointRows) -> npt.NDArray[np.bool_]:
    found: npt.NDArray[np.bool_] = np.bincount(rows.point, minlength=rows.point_count) > 0
    return found


def _or_infinite(cost: Longs) -> Floats:
    return np.where(cost >= FAR, np.inf, cost.astype(np.float64))


def _walks(assessor: Assessor, rule: Rule, building: Ints, rows: PointRows, point: Longs) -> Floats:
    """Walk each of `building` (sorted) to its one of `point`, within the limit; infinite beyond."""
    weighting = assessor.weighting(rule)
    starts = assessor.point_rows(weighting)
    found = np.full(len(point), np.inf)
    every, own = np.unique(building, return_inverse=True)
    number = np.full(starts.point_count, -1, dtype=np.int32)
    for first in range(0, len(every), _AT_ONCE):
        some = every[first : first + _AT_ONCE]
        number[:] = -1
        number[some] = np.arange(len(some), dtype=np.int32)
        mine = number[starts.point] >= 0
        seeds = Seeds(
            starts.edge[mine], starts.fraction[mine], starts.cost[mine], number[starts.point[mine]], len(some)
        )  # fmt: skip
        asked = np.flatnonzero((own >= first) & (own < first + len(some)))
        ends = rows.of_points(point[asked].astype(np.int32))
        pairs = pairs_to_points(
            weighting.graph, seeds, ends, round(rule.limit * 1000), towards=False
        )
        group = np.repeat(np.arange(len(some)), np.diff(pairs.indptr))
        of_point = np.full(rows.point_count, -1, dtype=np.int64)
        of_point[point[asked]] = asked
        row = of_point[pairs.point]
        meant = own[row] - first == group
        found[row[meant]] = pairs.cost[meant]
    return found

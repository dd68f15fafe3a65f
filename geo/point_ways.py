"""The walk from any point to its nearest station, drawn, and the stations near it; beside the verdicts of the point."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from scipy.spatial import cKDTree

from geo.network.access import AccessRows
from geo.network.edges import EdgeTable
from geo.params import Rule
from geo.point_verdicts import PointVerdicts
from geo.reach import PointRows, Seeds, pairs_to_points
from geo.reassess import Reassessed
from geo.routes import Route, RouteTree, edges_of

MOST_NEAR = 3
FARTHER = 1.5  # so many times the limit away, stations beside the nearest are still told
Floats = npt.NDArray[np.float64]
Longs = npt.NDArray[np.int64]


@dataclass(frozen=True)
class PointWay:
    """What lies around one point.

    Attributes
    ----------
    near
        Stations (rows) with seconds or metres, the nearest first.
    line
        The walk to the nearest of them, metric CRS; None by straight radius, inside the station's own building, for a
        building that a station of its own serves, and where there is no station.
    """

    near: tuple[tuple[int, float], ...]
    line: Floats | None


class PointWays:
    """Walks of points under one rule; what they share is searched once.

    Parameters
    ----------
    kept
        The result, searchable.
    rule
        Of the study.
    """

    def __init__(self, kept: Reassessed, rule: Rule) -> None:
        self._kept, self._rule = kept, rule
        assessor = kept.assessor
        public = (assessor.supply.scope == "public") & assessor.counting(rule, rule.tiers)
        self._stations = np.flatnonzero(public)
        if rule.basis == "radius":
            return
        self._weighting = assessor.weighting(rule)
        self._seeds, self._doors = assessor.seeds(self._weighting, self._stations)
        graph, cap = self._weighting.graph, round(assessor.cap(rule) * 1000)
        self._tree = RouteTree.search(graph, self._seeds, cap)
        self._shapes = _Shapes(edges_of(graph))
        self._houses = assessor.point_rows(self._weighting)
        self._first_row = np.searchsorted(
            self._houses.point, np.arange(self._houses.point_count + 1)
        )

    def ways(self, x: Floats, y: Floats, found: PointVerdicts) -> list[PointWay]:
        """Tell what lies around points that were judged.

        Parameters
        ----------
        x, y
            In the metric CRS of the study.
        found
            Their verdicts under the rule.
        """
        if found.rows is None:
            near = self._straight(x, y)
            return [PointWay(_near(found, one, near[one]), None) for one in range(len(x))]
        rows, cost = self._rows(found, found.rows)
        points = PointRows(rows.point, rows.edge, rows.fraction, cost, len(x))
        routes = self._tree.of(points)
        near = self._walked(points)
        # a building that a station inside it or of its own serves has another cost than the walk found here
        known = np.rint(np.nan_to_num(found.amount, nan=-1.0) * 1000.0).astype(np.int64)
        drawn = (routes.cost == known) & (routes.group == found.station)
        ways = []
        for one in range(len(x)):
            route = routes.route(one) if drawn[one] else None
            line = None if route is None else self._line(route, rows)
            ways.append(PointWay(_near(found, one, near[one]), line))
        return ways

    def _rows(
        self, found: PointVerdicts, own: AccessRows
    ) -> tuple[AccessRows, npt.NDArray[np.int32]]:
        """Return how the points enter the network, those in a building by its doors, and what that costs."""
        houses = self._kept.assessor.demand.rows
        inside = np.flatnonzero(found.building >= 0)
        rows = own.take(found.building[own.point] < 0)
        start, end = (self._first_row[found.building[inside] + one] for one in (0, 1))
        count = end - start
        taken = np.arange(count.sum()) + np.repeat(start - (np.cumsum(count) - count), count)
        both = AccessRows(
            np.concatenate((rows.point, np.repeat(inside, count))).astype(np.int32),
            np.concatenate((rows.edge, houses.edge[taken])),
            np.concatenate((rows.fraction, houses.fraction[taken])),
            np.concatenate((rows.walk_m, houses.walk_m[taken])),
            np.concatenate((rows.x, houses.x[taken])),
            np.concatenate((rows.y, houses.y[taken])),
            own.count,
        )
        cost = np.concatenate((self._weighting.walk_cost(rows), self._houses.cost[taken]))
        return both, cost.astype(np.int32)

    def _walked(self, points: PointRows) -> list[list[tuple[int, float]]]:
        """List the stations within reach of every point, the nearest first."""
        seeds = Seeds(points.edge, points.fraction, points.cost, points.point, points.point_count)
        stations = PointRows(
            self._seeds.group,
            self._seeds.edge,
            self._seeds.fraction,
            self._seeds.cost,
            self._seeds.group_count,
        )
        limit = round(FARTHER * self._rule.limit * 1000)
        start, station, cost = pairs_to_points(
            self._weighting.graph, seeds, stations, limit, towards=False
        )
        point = np.repeat(np.arange(points.point_count), np.diff(start))
        order = np.lexsort((station, cost, point))
        listed = list(zip(station[order].tolist(), (cost[order] / 1000.0).tolist(), strict=True))
        # one more than is told: the nearest may come from elsewhere
        return [listed[one : min(one + MOST_NEAR, end)] for one, end in pairwise(start.tolist())]

    def _straight(self, x: Floats, y: Floats) -> list[list[tuple[int, float]]]:
        most = min(MOST_NEAR, len(self._stations))
        if most == 0:
            return [[] for _ in range(len(x))]
        gap, row = self._around.query(np.column_stack((x, y)), k=[*range(1, most + 1)])
        gap = np.rint(gap * 1000.0) / 1000.0
        return [
            list(zip(stations.tolist(), gaps.tolist(), strict=True))
            for stations, gaps in zip(self._stations[row], gap, strict=True)
        ]

    @cached_property
    def _around(self) -> cKDTree:
        supply = self._kept.assessor.supply
        return cKDTree(np.column_stack((supply.x, supply.y))[self._stations])

    def _line(self, route: Route, rows: AccessRows) -> Floats:
        doors = self._doors
        begin = (rows.x[route.row], rows.y[route.row])
        end = (doors.x[route.seed], doors.y[route.seed])
        xy = np.concatenate(([begin], self._shapes.along(route), [end]))
        moved = np.ones(len(xy), dtype=bool)
        moved[1:] = (xy[1:] != xy[:-1]).any(axis=1)
        return np.asarray(xy[moved])


class _Shapes:
    """Shapes of edges as arrays, to draw a route hundreds of times a second."""

    def __init__(self, edges: EdgeTable) -> None:
        self._start = edges.shape_offset
        self._xy = np.column_stack((edges.shape_x, edges.shape_y))
        step = np.zeros(len(self._xy))
        step[1:] = np.hypot(*(self._xy[1:] - self._xy[:-1]).T)
        step[self._start[:-1]] = 0.0
        along = np.cumsum(step)
        count = np.diff(self._start)
        along -= np.repeat(along[self._start[:-1]], count)
        length = along[self._start[1:] - 1]
        self._along = along / np.maximum(np.repeat(length, count), 1e-9)

    def along(self, route: Route) -> Floats:
        """Return the points of a route in walking order."""
        parts = [
            self._part(edge, start, end)
            for edge, start, end in zip(
                route.edge.tolist(), route.start.tolist(), route.end.tolist(), strict=True
            )
        ]
        return np.concatenate(parts)

    def _part(self, edge: int, start: float, end: float) -> Floats:
        rows = slice(int(self._start[edge]), int(self._start[edge + 1]))
        xy = self._xy[rows]
        if start == 0.0 and end == 1.0:
            return xy
        if start == 1.0 and end == 0.0:
            return xy[::-1]
        along, (low, high) = self._along[rows], sorted((start, end))
        within = xy[(along > low) & (along < high)]
        ends = np.column_stack(
            (np.interp((low, high), along, xy[:, 0]), np.interp((low, high), along, xy[:, 1]))
        )
        part = np.concatenate((ends[:1], within, ends[1:]))
        return part if start <= end else part[::-1]


def _near(
    found: PointVerdicts, one: int, others: list[tuple[int, float]]
) -> tuple[tuple[int, float], ...]:
    """Put the station of the verdict first."""
    first = int(found.station[one])
    if first < 0:
        return ()
    rest = [row for row in others if row[0] != first]
    return ((first, float(found.amount[one])), *rest)[:MOST_NEAR]

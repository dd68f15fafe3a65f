"""What would bring a building within the limit: a station in a building near by, or a link across the obstacle."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

from geo.assess import Weighting
from geo.coverage import FAR
from geo.kernels.labels import CLOSED
from geo.network.links import Links
from geo.obstacles import Hurdles, Lines, lines_to_stations, straight_limit_m
from geo.params import Costs, Rule
from geo.reach import PointRows, Reach, Seeds, pairs_to_points
from geo.reassess import Reassessed, linked

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]
LONGEST_LINK_M = 150.0  # nobody builds a longer one for a station
ASIDE_M = np.array(
    [0, -25, 25, -50, 50, -100, 100, -150, 150, -200, 200, -300, 300], dtype=np.float64
)
MOST_CANDIDATES = 400  # buildings near by that are tried as hosts, the nearest ones
LINK_OF = {"wall": "gate", "gate": "gate"}  # everything else is passed by a footbridge


@dataclass(frozen=True)
class Fix:
    """One measure and what it does under the rule.

    Attributes
    ----------
    kind
        ``station``, ``gate``, ``crossing`` or ``footbridge``.
    cost
        By the study's own relative costs.
    covers
        Whether the building comes within the limit.
    minutes, saved_minutes
        Of the building afterwards, and less than before (null before where it had no way; by time only).
    gain_buildings_count, gain_residents
        Other buildings that come within the limit, and who lives there.
    host_building_id, name
        Of a station: the building it would be in.
    feature
        Of a link: row of the barrier it passes, -1 for none.
    geometry
        A point or a line, metric CRS.
    """

    kind: str
    cost: float
    covers: bool
    minutes: float | None
    saved_minutes: float | None
    gain_buildings_count: int
    gain_residents: float | None
    host_building_id: str | None
    name: str | None
    feature: int
    geometry: shapely.Geometry
    links: Links | None = None

    @property
    def length_m(self) -> float:
        """Metres of a link, 0 of a station."""
        return float(shapely.length(self.geometry))


@dataclass(frozen=True)
class Case:
    """An uncovered building under a rule: costs of all buildings, and which are uncovered."""

    now: Reassessed
    rule: Rule
    building: int
    cost: Longs
    uncovered: npt.NDArray[np.bool_]

    @property
    def limit(self) -> int:
        """Thousandths."""
        return round(self.rule.limit * 1000)


def fixes(case: Case, costs: Costs) -> list[Fix]:
    """List measures, those that cover the building first, the cheapest first, more people before fewer."""
    found = [one for one in (_station(case, costs), _link(case, costs)) if one is not None]
    return sorted(
        found,
        key=lambda one: (
            not one.covers,
            one.cost,
            -(one.gain_residents or 0.0),
            -one.gain_buildings_count,
            one.kind,
        ),
    )


def _minutes(case: Case, cost: int) -> float | None:
    return cost / 60_000.0 if case.rule.basis == "time" and cost < FAR else None


def _fix(
    case: Case, kind: str, price: float, cost: int, gained: npt.NDArray[np.int64], **rest: object
) -> Fix:
    """Sum up what a measure does; `gained` are all buildings that it brings within the limit."""
    others = gained[gained != case.building]
    residents = case.now.demand.weights.get("residents")
    after, before = _minutes(case, cost), _minutes(case, int(case.cost[case.building]))
    saved = None if after is None or before is None else max(before - after, 0.0)
    people = None if residents is None else float(np.nan_to_num(residents[others]).sum())
    parts = {"host_building_id": None, "name": None, "feature": -1, **rest}
    return Fix(kind, price, cost <= case.limit, after, saved, len(others), people, **parts)  # type: ignore[arg-type]


def _station(case: Case, costs: Costs) -> Fix | None:
    """Find the building near by where a new public station would cover most people who are not covered."""
    if case.rule.basis == "radius":
        near, own, pairs = _straight(case)
    else:
        near, own, pairs = _on_foot(case)
    if len(near) == 0:
        return None
    candidate, building = pairs
    kept = case.uncovered[building]
    candidate, building = candidate[kept], building[kept]
    residents = case.now.demand.weights.get("residents", np.zeros(case.now.demand.count))
    people = np.bincount(candidate, np.nan_to_num(residents[building]), minlength=len(near))
    count = np.bincount(candidate, minlength=len(near))
    best = int(np.lexsort((near, own, -count, -people))[0])
    frame = case.now.buildings
    host = int(near[best])
    name = frame["name"].iloc[host] if "name" in frame.columns else None
    return _fix(
        case,
        "station",
        costs.station,
        int(own[best]),
        building[candidate == best].astype(np.int64),
        host_building_id=str(frame["building_id"].iloc[host]),
        name=name if isinstance(name, str) and name else None,
        geometry=shapely.point_on_surface(frame.geometry.iloc[host]),
    )


def _straight(case: Case) -> tuple[Ints, Longs, tuple[Ints, Ints]]:
    demand = case.now.assessor.demand
    x, y = demand.x[case.building], demand.y[case.building]
    gap = np.rint(np.hypot(demand.x - x, demand.y - y) * 1000).astype(np.int64)
    near = _nearest(gap, case.limit)
    at = np.flatnonzero(case.uncovered)
    gaps = np.hypot(demand.x[near][:, None] - demand.x[at], demand.y[near][:, None] - demand.y[at])
    candidate, building = np.nonzero(np.rint(gaps * 1000) <= case.limit)
    return near, gap[near], (candidate.astype(np.int32), at[building].astype(np.int32))


def _on_foot(case: Case) -> tuple[Ints, Longs, tuple[Ints, Ints]]:
    """Return candidates, the walk from the building to each, and (candidate, building) within the limit."""
    assessor = case.now.assessor
    weighting = assessor.weighting(case.rule)
    rows = assessor.demand.rows
    walk = weighting.walk_cost(rows)
    away = _from_building(case, weighting, case.limit)
    reached = away.of_rows(PointRows(rows.point, rows.edge, rows.fraction, walk, rows.count))[0]
    own = np.where(reached == CLOSED, FAR, reached.astype(np.int64))
    own[case.building] = 0
    near = _nearest(own, case.limit)
    number = np.full(rows.count, -1, dtype=np.int32)
    number[near] = np.arange(len(near), dtype=np.int32)
    mine = number[rows.point] >= 0
    seeds = Seeds(
        rows.edge[mine], rows.fraction[mine], walk[mine], number[rows.point[mine]], len(near)
    )
    indptr, building, _ = pairs_to_points(
        weighting.graph, seeds, assessor.point_rows(weighting), case.limit, towards=True
    )
    candidate = np.repeat(np.arange(len(near), dtype=np.int32), np.diff(indptr))
    pairs = np.column_stack((candidate, building))
    home = np.column_stack((np.arange(len(near), dtype=np.int32), near))
    pairs = np.unique(np.concatenate((pairs, home)), axis=0)
    return near, own[near], (pairs[:, 0], pairs[:, 1])


def _nearest(cost: Longs, limit: int) -> Ints:
    order = np.lexsort((np.arange(len(cost)), cost))
    return order[cost[order] <= limit][:MOST_CANDIDATES].astype(np.int32)


def _from_building(case: Case, weighting: Weighting, limit: int) -> Reach:
    """Search from the building away, with what it costs to get out of it."""
    rows = case.now.assessor.point_rows(weighting)
    mine = rows.point == case.building
    none = np.zeros(int(mine.sum()), np.int32)
    seeds = Seeds(rows.edge[mine], rows.fraction[mine], rows.cost[mine], none, 1)
    return Reach.search(weighting.graph, seeds, limit)


def _link(case: Case, costs: Costs) -> Fix | None:
    """Find the best link across an obstacle between the building and a station, and search again with it."""
    if case.rule.basis == "radius":
        return None
    lines = _lines_aside(case)
    if len(lines.building) == 0:
        return None
    obstacles, assessor = case.now.obstacles, case.now.assessor
    hurdles = obstacles.hurdles(lines)
    width = (hurdles.end - hurdles.start) * lines.length[hurdles.line]
    short = width <= LONGEST_LINK_M
    hurdles = Hurdles(
        hurdles.line[short], hurdles.feature[short], hurdles.start[short], hurdles.end[short]
    )
    plan = _best_crossing(case, lines, hurdles)
    if plan is None:
        return None
    feature, links = plan
    after = linked(assessor, case.rule, links)
    cost, _ = after.nearest(case.rule, case.rule.tiers)
    gained = np.flatnonzero((cost <= case.limit) & case.uncovered)
    kind = str(links.kind[0])
    return _fix(
        case,
        kind,
        float(getattr(costs, kind)),
        int(cost[case.building]),
        gained,
        feature=feature,
        geometry=links.shape[0],
        links=links,
    )


def _lines_aside(case: Case) -> Lines:
    """Draw the lines to the nearest stations, and parallels to either side, where a crossing may be better."""
    lines = lines_to_stations(case.now.assessor, case.rule, np.array([case.building], np.int32))
    length = np.maximum(lines.length, 1.0)
    aside = ASIDE_M[np.abs(ASIDE_M) <= straight_limit_m(case.now.assessor, case.rule) / 2.0]
    right = np.multiply.outer(-(lines.by - lines.ay) / length, aside).ravel()
    up = np.multiply.outer((lines.bx - lines.ax) / length, aside).ravel()
    row = np.repeat(np.arange(len(length)), len(aside))
    return Lines(
        lines.building[row], lines.station[row],
        lines.ax[row] + right, lines.ay[row] + up, lines.bx[row] + right, lines.by[row] + up,
    )  # fmt: skip


def _best_crossing(case: Case, lines: Lines, hurdles: Hurdles) -> tuple[int, Links] | None:
    """Choose the link with the shortest walk over it; a gate goes first where a gate is enough.

    The walk over a link is known without adding it: from the building to its near end, over it, and from its far end
    to the nearest station.
    """
    obstacles, assessor, rule = case.now.obstacles, case.now.assessor, case.rule
    weighting = assessor.weighting(rule)
    before, behind = obstacles.sides(lines, hurdles)
    limit = round(assessor.cap(rule) * 1000)
    away, towards = _from_building(case, weighting, limit), assessor.towards(rule)
    near = _best_rows(away, obstacles.rows_near(before, weighting))
    far = _best_rows(towards, obstacles.rows_near(behind, weighting))
    gap = np.hypot(*(behind - before).T)
    total = near.cost + far.cost + np.rint(gap * weighting.per_metre)
    length = gap + np.hypot(*(near.place - before).T) + np.hypot(*(far.place - behind).T)
    current = case.cost[case.building]
    useful = np.flatnonzero((total < current) & np.isfinite(total) & (length <= LONGEST_LINK_M))
    if len(useful) == 0:
        return None
    kinds = np.array(
        [LINK_OF.get(str(obstacles.kind[one]), "footbridge") for one in hurdles.feature[useful]]
    )
    cheap = (kinds == "gate") & (total[useful] <= case.limit)
    order = np.lexsort((hurdles.feature[useful], total[useful], total[useful] > case.limit, ~cheap))
    one = useful[order[0]]
    shape = shapely.linestrings([near.place[one], before[one], behind[one], far.place[one]])
    return int(hurdles.feature[one]), Links(
        np.array([kinds[order[0]]], dtype=object),
        near.edge[[one]], near.fraction[[one]], far.edge[[one]], far.fraction[[one]],
        np.array([shape], dtype=object),
    )  # fmt: skip


@dataclass(frozen=True)
class _Places:
    """The best place on the network for each of some points: cost over it (inf for none), and where it is."""

    cost: Floats
    edge: Ints
    fraction: Floats
    place: Floats


def _best_rows(reach: Reach, rows: PointRows) -> _Places:
    alone = PointRows(
        np.arange(len(rows.point), dtype=np.int32),
        rows.edge,
        rows.fraction,
        rows.cost,
        len(rows.point),
    )
    found = reach.of_rows(alone)[0]
    cost = np.where(found == CLOSED, np.inf, found.astype(np.float64))
    order = np.lexsort((np.arange(len(cost)), cost, rows.point))
    point, first = np.unique(rows.point[order], return_index=True)
    best = order[first]
    count = rows.point_count
    result = _Places(
        np.full(count, np.inf), np.zeros(count, np.int32), np.zeros(count), np.zeros((count, 2))
    )
    result.cost[point], result.edge[point] = cost[best], rows.edge[best]
    result.fraction[point] = rows.fraction[best]
    edges = reach.graph.edges
    if edges is not None and len(best):
        lines = edges.take(rows.edge[best]).lines()
        on_edge = shapely.line_interpolate_point(lines, rows.fraction[best], normalized=True)
        result.place[point] = shapely.get_coordinates(on_edge)
    return result

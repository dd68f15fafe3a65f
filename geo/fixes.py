"""What would bring a building within the limit: a station in a building near by, or a link across the obstacle."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

from geo.coverage import FAR
from geo.fix_case import Case
from geo.fix_links import Plan, link_plans
from geo.kernels.labels import CLOSED
from geo.link_values import over_links
from geo.network.links import Links
from geo.params import Costs, Pace
from geo.reach import PointRows, Seeds, pairs_to_points

Ints = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]
MOST_CANDIDATES = 400  # buildings near by that are tried as hosts, the nearest ones
WORTH_S = 60.0  # a measure that is not enough is told if it saves a minute at least


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
    host_building_id
        Of a station: the building it would be in.
    where
        By what one finds the place; None where nothing with a name is near.
    obstacle_kind, obstacle_name
        Of a link: what it passes; a kind of barrier, or ``road``.
    gates_count
        Of a link: walls it passes.
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
    where: str | None
    obstacle_kind: str | None
    obstacle_name: str | None
    gates_count: int
    geometry: shapely.Geometry
    links: Links | None = None

    @property
    def length_m(self) -> float:
        """Metres of a link, 0 of a station."""
        return float(shapely.length(self.geometry))


def fixes(case: Case, costs: Costs) -> list[Fix]:
    """List measures, those that cover the building first, the cheapest first, more people before fewer."""
    station = _station(case, costs)
    links = [_linked(case, one) for one in link_plans(case, costs)]
    least = WORTH_S if case.rule.basis == "time" else WORTH_S * Pace().speed_m_per_s
    worth = [
        fix
        for fix, cost in links
        if fix.covers or case.cost[case.building] - cost >= least * 1000.0
    ]
    return sorted(
        [*worth, *([] if station is None else [station])],
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
    parts = {"host_building_id": None, "where": None, "obstacle_kind": None, "obstacle_name": None,
             "gates_count": 0, **rest}  # fmt: skip
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
    return _fix(
        case,
        "station",
        costs.station,
        int(own[best]),
        building[candidate == best].astype(np.int64),
        host_building_id=str(frame["building_id"].iloc[host]),
        where=case.around.host_words(host),
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
    away = case.away(weighting, case.limit)
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
    demanding = assessor.point_rows(weighting).of_points(
        np.flatnonzero(case.uncovered).astype(np.int32)
    )
    indptr, building, _ = pairs_to_points(
        weighting.graph, seeds, demanding, case.limit, towards=True
    )
    candidate = np.repeat(np.arange(len(near), dtype=np.int64), np.diff(indptr))
    # whoever is inside walks nothing, whatever the way round the block
    candidate = np.concatenate((candidate, np.arange(len(near))))
    key = np.unique(candidate * rows.count + np.concatenate((building, near)))
    pairs = (key // rows.count).astype(np.int32), (key % rows.count).astype(np.int32)
    return near, own[near], pairs


def _nearest(cost: Longs, limit: int) -> Ints:
    order = np.lexsort((np.arange(len(cost)), cost))
    return order[cost[order] <= limit][:MOST_CANDIDATES].astype(np.int32)


def _linked(case: Case, plan: Plan) -> tuple[Fix, int]:
    """Say what a link does, and the cost of the building then."""
    obstacles = case.now.obstacles
    cost = case.cost.copy()
    over = over_links(case.now.assessor, case.rule, plan.links, case.cost)
    cost[over.building] = over.cost
    gained = np.flatnonzero((cost <= case.limit) & case.uncovered)
    kind, name = "road", plan.road
    if plan.kind != "crossing" and plan.feature >= 0:
        kind = str(obstacles.kind[plan.feature])
        named = obstacles.name[plan.feature]
        name = named if isinstance(named, str) and named else None
    shape = plan.links.shape[0]
    fix = _fix(
        case,
        plan.kind,
        plan.cost,
        int(cost[case.building]),
        gained,
        where=case.around.place_words(shapely.line_interpolate_point(shape, 0.5, normalized=True)),
        obstacle_kind=kind,
        obstacle_name=name,
        gates_count=plan.gates,
        geometry=shape,
        links=plan.links,
    )
    return fix, int(cost[case.building])

"""The way from one building to its station as a person walks it: line, totals, and the streets one after another."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import shapely

from geo.assess import Assessor
from geo.coverage import FAR, RuleReach
from geo.network.costs import PER_UNIT
from geo.network.edges import EdgeKind
from geo.params import Rule
from geo.routes import Route, cost_of_stretches, edges_of, line_of
from geo.ways import Ways

DOOR = "door"  # kind of the straight walks between a building and the way it enters
_TOTALS = ("metres", "signals", "crossings", "lifts", "steps_m")
_ALIKE = {"road", "foot", "plaza", "exit"}  # under one name these are one street


@dataclass(frozen=True)
class Leg:
    """A stretch of a route along one way: `EdgeKind` in lower case or `DOOR`, its name, metres and minutes."""

    kind: str
    name: str | None
    metres: float
    minutes: float | None

    def goes_on_with(self, other: Leg) -> bool:
        """Tell whether somebody would say that `other` is still the same way."""
        if self.name != other.name:
            return False
        return self.kind == other.kind or (
            self.name is not None and {self.kind, other.kind} <= _ALIKE
        )

    def and_then(self, other: Leg) -> Leg:
        """Walk on along the same way."""
        both = None
        if self.minutes is not None and other.minutes is not None:
            both = self.minutes + other.minutes
        return replace(self, metres=self.metres + other.metres, minutes=both)


@dataclass(frozen=True)
class WayThere:
    """The route of a building to its station.

    Attributes
    ----------
    geometry
        From the building to the station, metric CRS.
    signals, crossings, lifts
        Waited at; a crossing walked in pieces counts by its shares.
    legs
        From door to door; they add up to the metres, and (but for floors) to the minutes.
    route, weighted
        The edges walked, of the network as the rule weights it, and what each stretch costs in thousandths.
    """

    geometry: shapely.LineString
    minutes: float | None
    metres: float
    signals: float
    crossings: float
    lifts: float
    steps_m: float
    legs: tuple[Leg, ...]
    route: Route
    weighted: npt.NDArray[np.int64]

    @property
    def straight_m(self) -> float:
        """Straight line between the two ends."""
        xy = shapely.get_coordinates(self.geometry)
        return float(np.hypot(*(xy[-1] - xy[0])))


def way_there(assessor: Assessor, reach: RuleReach, building: int) -> WayThere | None:
    """Tell the way of one building; None without one, and inside the station's own building."""
    only = np.zeros(len(reach.cost), dtype=bool)
    only[building] = True
    ways = Ways(assessor, replace(reach, cost=np.where(only, reach.cost, FAR)))
    found = ways.route(building)
    if found is None:
        return None
    route, stations = found
    graph, rows = assessor.weighting(reach.rule).graph, assessor.demand.rows
    start = [rows.x[route.row], rows.y[route.row]]
    end = [stations.x[route.seed], stations.y[route.seed]]
    xy = np.concatenate([[start], line_of(graph, route), [end]])
    totals = {name: float(getattr(ways.totals, name)[building]) for name in _TOTALS}
    minutes = route.cost / 60_000.0 if reach.rule.basis == "time" else None
    doors = float(rows.walk_m[route.row]), float(stations.walk_m[route.seed])
    legs = _legs(assessor, reach.rule, route, doors)
    cost = cost_of_stretches(graph, route)
    return WayThere(
        shapely.LineString(xy), minutes, **totals, legs=legs, route=route, weighted=cost
    )


def _legs(
    assessor: Assessor, rule: Rule, route: Route, doors: tuple[float, float]
) -> tuple[Leg, ...]:
    weighting = assessor.weighting(rule)
    edges = edges_of(weighting.graph).take(route.edge)
    metres = edges.length_m * np.abs(route.end - route.start)
    minutes = cost_of_stretches(weighting.graph, route) / (PER_UNIT * 60.0)
    timed = rule.basis == "time"
    at_door = [
        Leg(DOOR, None, one, np.rint(one * weighting.per_metre) / 60_000.0 if timed else None)
        for one in doors
    ]
    legs = [at_door[0]]
    for row in np.flatnonzero(route.start != route.end).tolist():
        kind, name = EdgeKind(int(edges.kind[row])).name.lower(), edges.name[row]
        leg = Leg(
            kind,
            name if isinstance(name, str) and name else None,
            float(metres[row]),
            float(minutes[row]) if timed else None,
        )
        if legs[-1].goes_on_with(leg):
            leg = legs.pop().and_then(leg)
        legs.append(leg)
    return (*legs, at_door[1])

"""Why a building has its verdict: the sentence, the way, what is in the way, and what would help."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo.coverage import FAR, RuleReach
from geo.errors import NotFoundError, fault
from geo.fixes import Case, Fix, fixes
from geo.messages import say
from geo.network.costs import PER_UNIT
from geo.network.edges import EdgeKind
from geo.params import Rule
from geo.reassess import Reassessed, reassess
from geo.result import StudyResult
from geo.rounding import minutes_up
from geo.routes import Route, cost_of_stretches, edges_of, line_of
from geo.summary import limit_text
from geo.tables import nearest_name
from geo.ways import Ways
from geo.words import word


@dataclass(frozen=True)
class Leg:
    """A stretch of a route along one way: `EdgeKind` in lower case, its name, metres and minutes."""

    kind: str
    name: str | None
    metres: float
    minutes: float | None

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
    """

    geometry: shapely.LineString
    minutes: float | None
    metres: float
    signals: float
    crossings: float
    lifts: float
    steps_m: float
    legs: tuple[Leg, ...]


@dataclass(frozen=True)
class Explanation:
    """The answer to "why (not)?" for one building under one rule.

    Attributes
    ----------
    reason, sentence
        Code and sentence with the figures.
    station_id, station_name
        The nearest station that counts; None for none.
    excess_minutes
        Beyond the limit, by time only; negative within it.
    cause, obstacle_kind, obstacle_name
        As in table ``blind_areas``, for uncovered buildings.
    route
        None without a way, by straight radius, and inside the station's own building.
    fixes
        For uncovered buildings; the first is the cheapest that covers it.
    crs
        Of all geometry.
    """

    building_id: str
    building_name: str | None
    rule: Rule
    verdict: str
    reason: str
    sentence: str
    station_id: str | None
    station_name: str | None
    minutes: float | None
    metres: float | None
    excess_minutes: float | None
    detour_ratio: float | None
    cause: str | None
    obstacle_kind: str | None
    obstacle_name: str | None
    route: WayThere | None
    fixes: tuple[Fix, ...]
    crs: str

    @property
    def cheapest_fix(self) -> Fix | None:
        """The cheapest measure that covers the building."""
        return next((one for one in self.fixes if one.covers), None)


class Explainer:
    """Explains the buildings of one result; what they share is prepared once.

    Parameters
    ----------
    result
        Finished, with its walking network.

    Raises
    ------
    NotFoundError
        When the result has no walking network.
    """

    def __init__(self, result: StudyResult) -> None:
        self.now: Reassessed = reassess(result)
        self._reaches: dict[str, RuleReach] = {}

    def explain(self, building_id: str, rule: str | None = None) -> Explanation:
        """Explain one building.

        Parameters
        ----------
        rule
            Name of the rule; None for the first.

        Raises
        ------
        NotFoundError
            When there is no such building or rule.
        """
        chosen = self._rule(rule)
        building = self._building(building_id)
        reach = self._reach(chosen)
        row = self._row(building_id, chosen)
        station = int(reach.station[building])
        verdict, reason = str(row["verdict"]), str(row["reason"])
        uncovered = verdict == "uncovered"
        cause, kind, name = self._cause(building, reach) if uncovered else (None, None, None)
        minutes = _or_none(row["minutes"])
        return Explanation(
            building_id=building_id,
            building_name=_text_or_none(row.get("name")),
            rule=chosen,
            verdict=verdict,
            reason=reason,
            sentence=self._sentence(building, reach, reason),
            station_id=None if station < 0 else str(self.now.stations["station_id"].iloc[station]),
            station_name=self._station_name(station),
            minutes=minutes,
            metres=_or_none(row["metres"]),
            excess_minutes=None if minutes is None else minutes - chosen.limit / 60.0,
            detour_ratio=_or_none(row["detour_ratio"]),
            cause=cause,
            obstacle_kind=kind,
            obstacle_name=name,
            route=self._way(building, reach),
            fixes=tuple(self._fixes(building, reach)) if uncovered else (),
            crs=self.now.walk.crs,
        )

    def _rule(self, name: str | None) -> Rule:
        rules = self.now.result.params.rules
        if name is None:
            return rules[0]
        for one in rules:
            if one.name == name:
                return one
        known = [one.name for one in rules]
        raise NotFoundError(
            fault(
                "explain_no_rule",
                rule=name,
                nearest=nearest_name(name, known) or "—",
                known="、".join(known),
            )
        )

    @cached_property
    def _row_of(self) -> dict[str, int]:
        return {str(one): row for row, one in enumerate(self.now.walk.building_ids)}

    def _building(self, building_id: str) -> int:
        if building_id not in self._row_of:
            near = nearest_name(building_id, self._row_of) or "—"
            raise NotFoundError(fault("explain_no_building", building=building_id, nearest=near))
        return self._row_of[building_id]

    def _row(self, building_id: str, rule: Rule) -> pd.Series:
        table = self.now.result.buildings
        chosen = (table["building_id"].astype(str) == building_id) & (table["rule"] == rule.name)
        return table[chosen].iloc[0]

    def _reach(self, rule: Rule) -> RuleReach:
        if rule.name not in self._reaches:
            self._reaches[rule.name] = self.now.assessor.reach(rule)[0]
        return self._reaches[rule.name]

    def _uncovered(self, rule: Rule) -> npt.NDArray[np.bool_]:
        table = self.now.result.buildings
        table = table[table["rule"] == rule.name]
        verdict = table.set_index(table["building_id"].astype(str))["verdict"]
        ids = self.now.walk.building_ids.astype(str)
        return (verdict.loc[ids] == "uncovered").to_numpy(dtype=bool)

    def _station_name(self, station: int) -> str | None:
        if station < 0:
            return None
        frame = self.now.stations
        name = _text_or_none(frame["name"].iloc[station]) if "name" in frame.columns else None
        return name or str(frame["station_id"].iloc[station])

    def _sentence(self, building: int, reach: RuleReach, reason: str) -> str:
        rule, walk = reach.rule, self.now.result.params.walk
        code = f"reason_{reason}"
        if rule.basis == "radius" and reason in ("within_limit", "beyond_limit"):
            code = f"straight_{reason}"
        return say(
            code,
            {
                "amount": _amount(rule, int(reach.cost[building])),
                "station": self._station_name(int(reach.station[building])) or "—",
                "limit": limit_text(rule),
                "cap": say("explain_minutes", {"value": f"{self.now.result.params.cap_minutes:g}"}),
                "metres": f"{walk.max_access_m:g}",
                "obstacle": self._bar_near(building) if reason == "barred" else "",
            },
        )

    def _bar_near(self, building: int) -> str:
        """Name the barrier between a building and the nearest edge."""
        obstacles = self.now.obstacles
        lines = edges_of(self.now.assessor.graph).lines()
        footprint = self.now.buildings.geometry.iloc[building]
        near = lines[int(np.argmin(shapely.distance(lines, footprint)))]
        across = shapely.shortest_line(footprint, near)
        gap = shapely.distance(obstacles.shapes, across)
        feature = int(np.argmin(gap)) if len(gap) else -1
        return (
            obstacle_words(obstacles.kind[feature], obstacles.name[feature])
            if feature >= 0
            else "—"
        )

    def _cause(self, building: int, reach: RuleReach) -> tuple[str, str | None, str | None]:
        only = np.zeros(self.now.assessor.demand.count, dtype=bool)
        only[building] = True
        causes = self.now.obstacles.causes(self.now.assessor, reach, only)
        kinds, names = self.now.obstacles.of(causes, np.array([building], np.int32))
        return str(causes.cause[building]), kinds[0], names[0]

    def _way(self, building: int, reach: RuleReach) -> WayThere | None:
        only = np.zeros(len(reach.cost), dtype=bool)
        only[building] = True
        cost = np.where(only, reach.cost, FAR)
        ways = Ways(self.now.assessor, replace(reach, cost=cost))
        found = ways.route(building)
        if found is None:
            return None
        route, stations = found
        weighting = self.now.assessor.weighting(reach.rule)
        graph, rows = weighting.graph, self.now.assessor.demand.rows
        start = [rows.x[route.row], rows.y[route.row]]
        end = [stations.x[route.seed], stations.y[route.seed]]
        xy = np.concatenate([[start], line_of(graph, route), [end]])
        totals = {name: float(getattr(ways.totals, name)[building]) for name in _TOTALS}
        minutes = route.cost / 60_000.0 if reach.rule.basis == "time" else None
        return WayThere(
            shapely.LineString(xy), minutes, **totals, legs=self._legs(reach.rule, route)
        )

    def _legs(self, rule: Rule, route: Route) -> tuple[Leg, ...]:
        graph = self.now.assessor.weighting(rule).graph
        edges = edges_of(graph).take(route.edge)
        names = [_text_or_none(one) for one in edges.name]
        metres = edges.length_m * np.abs(route.end - route.start)
        cost = cost_of_stretches(graph, route) / (PER_UNIT * 60.0)
        legs: list[Leg] = []
        for row in np.flatnonzero(route.start != route.end).tolist():
            name = names[row]
            leg = Leg(
                EdgeKind(int(edges.kind[row])).name.lower(),
                name,
                float(metres[row]),
                float(cost[row]) if rule.basis == "time" else None,
            )
            if legs and (legs[-1].kind, legs[-1].name) == (leg.kind, leg.name):
                leg = legs.pop().and_then(leg)
            legs.append(leg)
        return tuple(legs)

    def _fixes(self, building: int, reach: RuleReach) -> list[Fix]:
        case = Case(self.now, reach.rule, building, reach.cost, self._uncovered(reach.rule))
        return fixes(case, self.now.result.params.costs)


_TOTALS = ("metres", "signals", "crossings", "lifts", "steps_m")


def explain(result: StudyResult, building_id: str, rule: str | None = None) -> Explanation:
    """Explain the verdict of one building; for many of them keep an `Explainer`.

    Raises
    ------
    NotFoundError
        When there is no such building or rule, or the result has no walking network.
    """
    return Explainer(result).explain(building_id, rule)


def obstacle_words(kind: object, name: object) -> str:
    """Say an obstacle: its kind, with its name where it has one that says more."""
    words = word("obstacle_kind", kind)
    if not isinstance(name, str) or name in ("", words):
        return str(words)
    return say("obstacle_named", {"kind": words, "name": name})


def _amount(rule: Rule, cost: int) -> str:
    if cost >= FAR:
        return "—"
    if rule.basis == "time":
        return say("explain_minutes", {"value": f"{float(minutes_up(cost / 60_000.0)):g}"})
    return say("explain_metres", {"value": f"{np.ceil(cost / 1000.0 - 1e-6):.0f}"})


def _or_none(value: object) -> float | None:
    return None if value is None or pd.isna(value) else float(str(value))  # type: ignore[call-overload]


def _text_or_none(value: object) -> str | None:
    return value if isinstance(value, str) and value else None

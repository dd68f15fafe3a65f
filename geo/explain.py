"""Why a building has its verdict: the sentence, the way, what is in the way, and what would help."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo.coverage import FAR, RuleReach
from geo.errors import NotFoundError, fault
from geo.fix_case import Case, Surroundings
from geo.fixes import Fix, fixes
from geo.messages import say
from geo.obstacles import straight_limit_m
from geo.params import Rule
from geo.reason_sentence import reason_sentence
from geo.reassess import Reassessed, reassess
from geo.result import StudyResult
from geo.routes import edges_of
from geo.tables import nearest_name
from geo.way_there import WayThere, way_there
from geo.words import word


@dataclass(frozen=True)
class Explanation:
    """The answer to "why (not)?" for one building under one rule.

    Attributes
    ----------
    reason, sentence
        Code and sentence with the figures.
    address
        By what one finds the building: sub-district, community, road; empty where nothing is known.
    station_id, station_name
        The nearest station that counts; None for none.
    straight_m
        To that station, between the ends of the way there; from middle to middle without one. None without a station.
    excess_minutes
        Beyond the limit, by time only; negative within it.
    cause, obstacle_kind, obstacle_name
        As in table ``blind_areas``, for uncovered buildings.
    straight_limit_m
        How far a station may be by straight line: further than that nobody walks within the limit.
    behind_name, behind_m
        For every cause but ``far`` the station that is near by straight line (behind the obstacle), and how near.
    across_minutes, across_metres
        For ``barrier``: the walk to that station straight across the obstacle, by time or by distance; None where
        nobody can tell.
    obstacles_between
        Whether any obstacle lies between the building and the nearest stations, to blame or not.
    route
        None without a way, by straight radius, and inside the station's own building.
    fixes
        For uncovered buildings; the first is the cheapest that covers it.
    crs
        Of all geometry; ``local`` for a plane that nobody published.
    """

    building_id: str
    building_name: str | None
    address: str
    rule: Rule
    verdict: str
    reason: str
    sentence: str
    station_id: str | None
    station_name: str | None
    straight_m: float | None
    straight_limit_m: float
    minutes: float | None
    metres: float | None
    excess_minutes: float | None
    detour_ratio: float | None
    cause: str | None
    obstacle_kind: str | None
    obstacle_name: str | None
    behind_name: str | None
    behind_m: float | None
    across_minutes: float | None
    across_metres: float | None
    obstacles_between: bool
    route: WayThere | None
    fixes: tuple[Fix, ...]
    crs: str

    @property
    def parts_of_minutes(self) -> tuple[float, float, float] | None:
        """Minutes by straight line, for the detour, and for waits, steps and the like; None without a route."""
        way = self.route
        if way is None or self.minutes is None or not self.straight_m:
            return None
        pace = self.straight_limit_m / (self.rule.limit / 60.0)
        straight = self.straight_m / pace
        walked = max(way.metres, self.straight_m) / pace
        return straight, walked - straight, max(self.minutes - walked, 0.0)

    @property
    def cheapest_fix(self) -> Fix | None:
        """The cheapest measure that covers the building."""
        return next((one for one in self.fixes if one.covers), None)


@dataclass(frozen=True)
class _Blame:
    """Cause, what is in the way, the station behind it (-1 for none), the walk across, and whether anything is met."""

    cause: str | None = None
    kind: str | None = None
    name: str | None = None
    station: int = -1
    across: int = FAR
    met: bool = False


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
        self._around = Surroundings(self.now)
        self._reaches: dict[str, RuleReach] = {}
        self._tables: dict[str, pd.DataFrame] = {}

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
        row = self._row(building, chosen)
        station = int(reach.station[building])
        verdict, reason = str(row["verdict"]), str(row["reason"])
        uncovered = verdict == "uncovered"
        blame = self._blame(building, reach) if uncovered else _Blame()
        minutes = _or_none(row["minutes"])
        way = way_there(self.now.assessor, reach, building)
        across = None if blame.across >= FAR else blame.across / 1000.0
        timed = chosen.basis == "time"
        return Explanation(
            building_id=building_id,
            building_name=_text_or_none(row.get("name")),
            address=self._address(building),
            rule=chosen,
            verdict=verdict,
            reason=reason,
            sentence=self._sentence(building, reach, reason),
            station_id=None if station < 0 else str(self.now.stations["station_id"].iloc[station]),
            station_name=self._station_name(station),
            straight_m=self._straight_m(building, station) if way is None else way.straight_m,
            straight_limit_m=straight_limit_m(self.now.assessor, chosen),
            minutes=minutes,
            metres=_or_none(row["metres"]),
            excess_minutes=None if minutes is None else minutes - chosen.limit / 60.0,
            detour_ratio=_or_none(row["detour_ratio"]),
            cause=blame.cause,
            obstacle_kind=blame.kind,
            obstacle_name=blame.name,
            behind_name=self._station_name(blame.station),
            behind_m=self._straight_m(building, blame.station),
            across_minutes=across / 60.0 if across is not None and timed else None,
            across_metres=None if timed else across,
            obstacles_between=blame.met,
            route=way,
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

    def _row(self, building: int, rule: Rule) -> pd.Series:
        return self._table(rule).iloc[building]

    def _reach(self, rule: Rule) -> RuleReach:
        if rule.name not in self._reaches:
            self._reaches[rule.name] = self.now.assessor.reach(rule)[0]
        return self._reaches[rule.name]

    def _uncovered(self, rule: Rule) -> npt.NDArray[np.bool_]:
        return (self._table(rule)["verdict"] == "uncovered").to_numpy(dtype=bool)

    def _table(self, rule: Rule) -> pd.DataFrame:
        """Return what is known of the buildings under a rule, by id, in the order of the assessor."""
        if rule.name not in self._tables:
            table = self.now.result.buildings
            table = table[table["rule"] == rule.name]
            table = pd.DataFrame(table.set_index(table["building_id"].astype(str)))
            self._tables[rule.name] = table.loc[self.now.walk.building_ids.astype(str)]
        return self._tables[rule.name]

    def _station_name(self, station: int) -> str | None:
        if station < 0:
            return None
        frame = self.now.stations
        name = _text_or_none(frame["name"].iloc[station]) if "name" in frame.columns else None
        return name or str(frame["station_id"].iloc[station])

    def _sentence(self, building: int, reach: RuleReach, reason: str) -> str:
        cost = int(reach.cost[building])
        return reason_sentence(
            self.now.result.params,
            reach.rule,
            reason,
            amount=math.nan if cost >= FAR else cost / 1000.0,
            station=self._station_name(int(reach.station[building])),
            obstacle=self._bar_near(building) if reason == "barred" else "",
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

    def _blame(self, building: int, reach: RuleReach) -> _Blame:
        only = np.zeros(self.now.assessor.demand.count, dtype=bool)
        only[building] = True
        causes = self.now.obstacles.causes(self.now.assessor, reach, only)
        kinds, names = self.now.obstacles.of(causes, np.array([building], np.int32))
        return _Blame(
            str(causes.cause[building]), kinds[0], names[0], int(causes.station[building]),
            int(causes.crossed[building]), bool(causes.met[building]),
        )  # fmt: skip

    def _straight_m(self, building: int, station: int) -> float | None:
        if station < 0:
            return None
        demand, supply = self.now.assessor.demand, self.now.assessor.supply
        gap = np.hypot(
            demand.x[building] - supply.x[station], demand.y[building] - supply.y[station]
        )
        return float(gap)

    @cached_property
    def _names_of_units(self) -> dict[str, dict[str, str]]:
        names = {}
        for table, column in (("subdistricts", "subdistrict_id"), ("communities", "community_id")):
            frame = self.now.result.tables.get(table)
            if frame is not None:
                known = frame[frame["name"].notna()]
                names[column] = dict(
                    zip(known[column].astype(str), known["name"].astype(str), strict=True)
                )
        return names

    def _address(self, building: int) -> str:
        row = self.now.buildings.iloc[building]
        units = [
            names.get(str(row.get(column)), "") for column, names in self._names_of_units.items()
        ]
        road = self._around.road_of(building)
        values = {"units": "".join(units), "road": road}
        if road is None:
            return "".join(units)
        return say("place_units_and_road" if values["units"] else "place_on_road", values)

    def _fixes(self, building: int, reach: RuleReach) -> list[Fix]:
        uncovered = self._uncovered(reach.rule)
        case = Case(self._around, reach.rule, building, reach.cost, uncovered)
        return fixes(case, self.now.result.params.costs)


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


def _or_none(value: object) -> float | None:
    return None if value is None or pd.isna(value) else float(str(value))  # type: ignore[call-overload]


def _text_or_none(value: object) -> str | None:
    return value if isinstance(value, str) and value else None

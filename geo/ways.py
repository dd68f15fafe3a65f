"""The way of every building to its station under one rule: totals for tables, the route of one for its explanation."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from geo.assess import Assessor
from geo.coverage import FAR, RuleReach
from geo.network.access import AccessRows
from geo.routes import Route, Routes, Totals

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int32]


@dataclass(frozen=True)
class _Search:
    """One search with routes: the buildings it answers for and its access rows."""

    building: npt.NDArray[np.int64]
    routes: Routes
    seeds: AccessRows


@dataclass(frozen=True, eq=False)
class Ways:
    """The ways that the costs of one rule belong to; rules by straight radius have none.

    Strategy
    --------
    * public stations: one search from all of them, as the costs were found;
    * a building with its station inside walks nothing;
    * what is left are buildings served by a station open to its own buildings only: one search a station.
    """

    assessor: Assessor
    reach: RuleReach

    @cached_property
    def totals(self) -> Totals:
        """What the ways amount to; nan where there is none, 0 inside the station's own building."""
        count = self.assessor.demand.count
        sums = {one.name: np.full(count, np.nan) for one in fields(Totals)}
        for search in self._searches:
            found = search.routes.totals(search.seeds.walk_m, self.assessor.demand.rows.walk_m)
            for name, values in sums.items():
                values[search.building] = getattr(found, name)[search.building]
        for values in sums.values():
            values[self._at_home] = 0.0
        return Totals(**sums)

    @cached_property
    def straight_m(self) -> Floats:
        """Straight line between the two ends of each way, metres; nan where there is none, or no walk at all.

        Not from middle to middle: next to a large building that would be longer than the walk from its door.
        """
        rows = self.assessor.demand.rows
        straight = np.full(self.assessor.demand.count, np.nan)
        for search in self._searches:
            row, seed = (ends[search.building] for ends in search.routes.ends)
            known = row >= 0
            row, seed = row[known], seed[known]
            straight[search.building[known]] = np.hypot(
                rows.x[row] - search.seeds.x[seed], rows.y[row] - search.seeds.y[seed]
            )
        return straight

    def route(self, building: int) -> tuple[Route, AccessRows] | None:
        """Tell the route of one building, with the access rows of the stations that it may end at.

        None where there is no way, and inside the station's own building.
        """
        for search in self._searches:
            if building in search.building:
                route = search.routes.route(building)
                return None if route is None else (route, search.seeds)
        return None

    @cached_property
    def _at_home(self) -> npt.NDArray[np.bool_]:
        """Buildings whose station is inside."""
        host, reach = self.assessor.supply.host, self.reach
        inside = np.zeros(len(reach.cost), dtype=bool)
        at = np.flatnonzero(reach.station >= 0)
        inside[at] = host[reach.station[at]] == at
        return inside

    @cached_property
    def _searches(self) -> list[_Search]:
        assessor, reach = self.assessor, self.reach
        if reach.rule.basis == "radius":
            return []
        wanted = (reach.cost < FAR) & ~self._at_home
        scope = assessor.supply.scope[np.maximum(reach.station, 0)]
        public = wanted & (scope == "public")
        of_tier = assessor.counting(reach.rule, reach.rule.tiers)
        found = []
        if public.any():
            stations = np.flatnonzero((assessor.supply.scope == "public") & of_tier)
            found.append(self._search(np.flatnonzero(public), stations))
        rest = wanted & ~public
        for station in np.unique(reach.station[rest]).tolist():
            own = np.flatnonzero(rest & (reach.station == station))
            found.append(self._search(own, np.array([station])))
        return found

    def _search(self, building: npt.NDArray[np.int64], stations: npt.NDArray[np.int64]) -> _Search:
        weighting = self.assessor.weighting(self.reach.rule)
        seeds, rows = self.assessor.seeds(weighting, stations)
        limit = int(self.reach.cost[building].max())
        routes = Routes.search(weighting.graph, seeds, self.assessor.point_rows(weighting), limit)
        return _Search(building, routes, rows)


def with_metres(assessor: Assessor, reach: RuleReach) -> tuple[RuleReach, Floats]:
    """Fill in the walked metres of a rule by time, and say how far apart the ends of each way are, straight."""
    ways = Ways(assessor, reach)
    if reach.rule.basis == "time":
        reach = replace(reach, metres=ways.totals.metres)
    return reach, ways.straight_m

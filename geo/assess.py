"""From access rows to what every rule needs: costs, winners and pairs, one search a weighting."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.spatial import cKDTree

from geo.coverage import FAR, RuleReach
from geo.height import Heights
from geo.network.access import AccessRows
from geo.network.graph import CLOSED, WalkGraph
from geo.pairs import Pairs, least, merge, no_pairs
from geo.params import Pace, Rule
from geo.reach import PointRows, Reach, Seeds, nearest_to_points, pairs_to_points

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Objects = npt.NDArray[np.object_]


@dataclass(frozen=True)
class Supply:
    """Stations that count on the study's day, sorted by id.

    Attributes
    ----------
    x, y
        Metric CRS.
    tier, scope
        One a station.
    rows
        Access rows; the point is the station.
    host
        Row of the study building a station is in, -1 for none.
    served
        Pairs (station, building) that a station open to its own building only may serve.
    """

    x: Floats
    y: Floats
    tier: Objects
    scope: Objects
    rows: AccessRows
    host: Ints
    served: Ints

    @property
    def count(self) -> int:
        """Number of stations."""
        return len(self.x)


@dataclass(frozen=True)
class Demanders:
    """Buildings as the searches see them.

    Attributes
    ----------
    x, y
        Representative points.
    rows
        Access rows; the point is the building.
    barred
        Whether a barrier stands between the building and every edge near it.
    """

    x: Floats
    y: Floats
    rows: AccessRows
    barred: Bools

    @property
    def count(self) -> int:
        """Number of buildings."""
        return len(self.x)


@dataclass(frozen=True)
class Weighting:
    """The graph with the costs of one basis and pace.

    Attributes
    ----------
    name
        Name of the pace, or ``walk_distance``.
    graph
        Weighted.
    per_metre
        Thousandths that a metre of straight access walk costs.
    """

    name: str
    graph: WalkGraph
    per_metre: float

    @classmethod
    def of(cls, graph: WalkGraph, rule: Rule, paces: Mapping[str, Pace]) -> Weighting:
        """Weight `graph` as `rule` asks."""
        if rule.basis == "walk_distance":
            return cls("walk_distance", graph.weighted_by_length(), 1000.0)
        pace = paces[rule.pace]
        return cls(rule.pace, graph.weighted(pace), 1000.0 / pace.speed_m_per_s)

    def walk_cost(self, rows: AccessRows) -> Ints:
        """Cost of the straight walks of access rows, rounded once."""
        return np.rint(rows.walk_m * self.per_metre).astype(np.int32)


@dataclass
class Assessor:
    """Searches each weighting once and answers every rule from it.

    Parameters
    ----------
    graph
        Private pieces that hold a station are open.
    cut
        Nodes where the data end.
    cap_minutes
        How far searches for the nearest station go; distances are capped at the same minutes by the plain speed.
    open_at
        ``Rule.open`` -> which stations are known to be open then; ``any`` needs none.
    heights
        Levels and floors, for paces that count them.
    """

    graph: WalkGraph
    demand: Demanders
    supply: Supply
    rules: Sequence[Rule]
    paces: Mapping[str, Pace]
    cut: Ints
    cap_minutes: float
    open_at: Mapping[str, Bools] = field(default_factory=dict)
    heights: Heights | None = None
    _weightings: dict[str, Weighting] = field(default_factory=dict)
    _pairs: dict[str, Pairs] = field(default_factory=dict)
    _near_cut: dict[str, Longs] = field(default_factory=dict)
    _fields: dict[str, Reach] = field(default_factory=dict)

    def reach(self, rule: Rule) -> tuple[RuleReach, Pairs]:
        """Search for one rule; the pairs are those within its limit, of its tiers."""
        cost, station = self.nearest(rule, rule.tiers)
        pairs = self.pairs(rule)
        limit = round(rule.limit * 1000)
        of_tier = self.counting(rule, rule.tiers)
        pairs = pairs.where((pairs.cost <= limit) & of_tier[pairs.station])
        in_reach = np.bincount(pairs.building, minlength=self.demand.count).astype(np.int32)
        network = rule.basis != "radius"
        everywhere = np.ones(self.demand.count, dtype=bool)
        nowhere = np.zeros(self.demand.count, dtype=bool)
        enterable, near_cut = self.bounds(rule)
        reach = RuleReach(
            rule=rule,
            cost=cost,
            station=station,
            metres=self._metres(rule, cost),
            in_reach=in_reach,
            enterable=enterable,
            connected=self._connected(of_tier) if network else everywhere,
            in_host=self._in_host(of_tier),
            near_cut=near_cut,
            barred=self.demand.barred if network else nowhere,
        )
        return reach, pairs

    def bounds(self, rule: Rule) -> tuple[Bools, Bools]:
        """Tell which buildings have a usable edge, and which are within the limit of a cut end of the data.

        By straight radius neither matters: all have one, and none is near an end.
        """
        count = self.demand.count
        if rule.basis == "radius":
            return np.ones(count, dtype=bool), np.zeros(count, dtype=bool)
        return self._enterable(), self._cut_within(rule, round(rule.limit * 1000))

    def nearest(
        self, rule: Rule, tiers: Sequence[str], *, limited: bool = False
    ) -> tuple[Longs, Ints]:
        """Return the least cost of every building to a station of `tiers`, and which; ties to the lowest id.

        `limited` searches no farther than the limit of the rule, in place of the cap.
        """
        counting = self.counting(rule, tiers)
        public = (self.supply.scope == "public") & counting
        if rule.basis == "radius":
            cost, station = self._nearest_straight(np.flatnonzero(public))
        else:
            cost, station = self._nearest_walk(rule, public, limited)
        own = self._own_pairs(rule)
        own = own.where(counting[own.station])
        at_home = self._at_home(np.flatnonzero(public), self._floors(rule.pace, rule.basis))
        return least(*least(cost, station, at_home), own)

    def pairs(self, rule: Rule) -> Pairs:
        """Return all pairs within the largest limit of the rules that share the weighting of `rule`."""
        key = self._key(rule)
        if key not in self._pairs:
            limit = max(round(one.limit * 1000) for one in self.rules if self._key(one) == key)
            public = np.flatnonzero(self.supply.scope == "public")
            if rule.basis == "radius":
                found = self._straight_pairs(public, limit)
            else:
                found = self._walk_pairs(rule, public, limit)
            own = self._own_pairs(rule)
            self._pairs[key] = merge(found, own.where(own.cost <= limit))
        return self._pairs[key]

    def weighting(self, rule: Rule) -> Weighting:
        """Return the weighted graph of a rule, made once."""
        key = self._key(rule)
        if key not in self._weightings:
            self._weightings[key] = Weighting.of(self.graph, rule, self.paces)
        return self._weightings[key]

    def _key(self, rule: Rule) -> str:
        return rule.pace if rule.basis == "time" else rule.basis

    def of_tiers(self, tiers: Sequence[str]) -> Bools:
        """Tell which stations are of `tiers`; no tiers are all."""
        if not tiers:
            return np.ones(self.supply.count, dtype=bool)
        return np.isin(self.supply.tier, np.array(tiers, dtype=object))

    def counting(self, rule: Rule, tiers: Sequence[str]) -> Bools:
        """Tell which stations are of `tiers` and known to be open when `rule` asks."""
        of_tiers = self.of_tiers(tiers)
        return of_tiers if rule.open == "any" else of_tiers & self.open_at[rule.open]

    def _floors(self, pace: str, basis: str = "time") -> Pace | None:
        """Return a pace that counts floors, None where floors do not count."""
        found = self.paces.get(pace) if basis == "time" else None
        return found if found is not None and found.floors and self.heights is not None else None

    def cap(self, rule: Rule) -> float:
        """How far to search, in seconds or metres; never short of the limit."""
        seconds = self.cap_minutes * 60.0
        cap = seconds if rule.basis == "time" else seconds * Pace().speed_m_per_s
        return max(cap, rule.limit)

    def seeds(self, weighting: Weighting, stations: Longs) -> tuple[Seeds, AccessRows]:
        """Return where searches from `stations` start, and the access rows that this stands for."""
        chosen = np.isin(self.supply.rows.point, stations)
        rows = self.supply.rows.take(chosen)
        cost, pace = weighting.walk_cost(rows), self._floors(weighting.name)
        if pace is not None and self.heights is not None:
            cost = cost + self.heights.station_ms(pace)[rows.point]
        seeds = Seeds(
            edge=rows.edge,
            fraction=rows.fraction,
            cost=cost,
            group=rows.point,
            group_count=self.supply.count,
        )
        return seeds, rows

    def point_rows(self, weighting: Weighting) -> PointRows:
        """Return the buildings as a search measures them."""
        rows = self.demand.rows
        cost, pace = weighting.walk_cost(rows), self._floors(weighting.name)
        if pace is not None and self.heights is not None:
            cost = cost + self.heights.building_ms(pace)[rows.point]
        return PointRows(
            point=rows.point,
            edge=rows.edge,
            fraction=rows.fraction,
            cost=cost,
            point_count=self.demand.count,
        )

    def towards(self, rule: Rule) -> Reach:
        """Search for the walks from any place to the nearest public station that counts under `rule`, to the cap."""
        key = rule.name
        if key not in self._fields:
            weighting = self.weighting(rule)
            public = (self.supply.scope == "public") & self.counting(rule, rule.tiers)
            seeds, _ = self.seeds(weighting, np.flatnonzero(public))
            limit = round(self.cap(rule) * 1000)
            self._fields[key] = Reach.search(weighting.graph, seeds, limit, towards=True)
        return self._fields[key]

    def _nearest_walk(self, rule: Rule, public: Bools, limited: bool) -> tuple[Longs, Ints]:
        weighting = self.weighting(rule)
        found, station = nearest_to_points(
            weighting.graph,
            self.seeds(weighting, np.flatnonzero(public))[0],
            self.point_rows(weighting),
            round((rule.limit if limited else self.cap(rule)) * 1000),
            towards=True,
        )
        cost = np.where(found == CLOSED, FAR, found.astype(np.int64))
        return cost, station.astype(np.int32)

    def _walk_pairs(
        self, rule: Rule, stations: Longs, limit: int, buildings: Ints | None = None
    ) -> Pairs:
        """Search from every station alone; where only some `buildings` are asked for, only they are measured."""
        weighting = self.weighting(rule)
        points = self.point_rows(weighting)
        if buildings is not None:
            points = points.of_points(buildings)
        indptr, building, cost = pairs_to_points(
            weighting.graph,
            self.seeds(weighting, stations)[0],
            points,
            limit,
            towards=True,
        )
        station = np.repeat(np.arange(self.supply.count, dtype=np.int32), np.diff(indptr))
        found = Pairs(building.astype(np.int32), station, cost.astype(np.int64))
        at_home = self._at_home(stations, self._floors(rule.pace, rule.basis))
        return merge(found, at_home.where(at_home.cost <= limit))

    def _own_pairs(self, rule: Rule) -> Pairs:
        """Pairs of stations open to their own buildings only, within the cap."""
        key = f"own {self._key(rule)}"
        if key not in self._pairs:
            own = np.flatnonzero(self.supply.scope == "building")
            cap = round(self.cap(rule) * 1000)
            if len(own) == 0:
                found = no_pairs()
            elif rule.basis == "radius":
                found = self._straight_pairs(own, cap)
            else:
                found = self._walk_pairs(rule, own, cap, np.unique(self.supply.served[:, 1]))
            served = self.supply.served.astype(np.int64)
            allowed = served[:, 0] * self.demand.count + served[:, 1]
            wanted = found.station.astype(np.int64) * self.demand.count + found.building
            self._pairs[key] = found.where(np.isin(wanted, allowed))
        return self._pairs[key]

    def _nearest_straight(self, stations: Longs) -> tuple[Longs, Ints]:
        count = self.demand.count
        if len(stations) == 0:
            return np.full(count, FAR), np.full(count, -1, dtype=np.int32)
        tree = cKDTree(np.column_stack((self.supply.x[stations], self.supply.y[stations])))
        several = min(4, len(stations))  # enough to settle ties of stations at one address
        gap, index = tree.query(
            np.column_stack((self.demand.x, self.demand.y)), k=[*range(1, several + 1)]
        )
        cost = np.rint(gap * 1000).astype(np.int64)
        station = stations[index]
        best = np.lexsort((station, cost), axis=1)[:, 0]
        row = np.arange(count)
        return cost[row, best], station[row, best].astype(np.int32)

    def _straight_pairs(self, stations: Longs, limit: int) -> Pairs:
        if len(stations) == 0 or self.demand.count == 0:
            return no_pairs()
        points = cKDTree(np.column_stack((self.demand.x, self.demand.y)))
        at = np.column_stack((self.supply.x[stations], self.supply.y[stations]))
        near: Any = points.query_ball_point(at, (limit + 1) / 1000.0)
        sizes = np.array([len(one) for one in near], dtype=np.int64)
        building = np.concatenate([np.asarray(one, dtype=np.int32) for one in near])
        station = np.repeat(stations.astype(np.int32), sizes)
        gap = np.hypot(
            self.demand.x[building] - self.supply.x[station],
            self.demand.y[building] - self.supply.y[station],
        )
        found = Pairs(building, station, np.rint(gap * 1000).astype(np.int64))
        return merge(found.where(found.cost <= limit), self._at_home(stations))

    def _at_home(self, stations: Longs, pace: Pace | None = None) -> Pairs:
        """Pairs of stations with the building they are in: no walk at all, a ride where `pace` counts floors."""
        inside = stations[self.supply.host[stations] >= 0]
        cost = np.zeros(len(inside), dtype=np.int64)
        if pace is not None and self.heights is not None:
            cost = self.heights.home_ms(pace)[inside].astype(np.int64)
        return Pairs(self.supply.host[inside], inside.astype(np.int32), cost)

    def _enterable(self) -> Bools:
        return np.bincount(self.demand.rows.point, minlength=self.demand.count) > 0

    @cached_property
    def _pieces(self) -> tuple[Ints, Longs]:
        """Pieces of the graph, labelled once for all rules."""
        return self.graph.components()

    def _connected(self, of_tier: Bools) -> Bools:
        """Whether any piece of the network that a building enters holds a public station of the tiers."""
        piece, sizes = self._pieces
        chosen = (self.supply.scope == "public") & of_tier
        served = np.zeros(len(sizes), dtype=bool)
        rows = self.supply.rows
        served[piece[self.graph.tail[rows.edge[chosen[rows.point]]]]] = True
        rows = self.demand.rows
        reached = served[piece[self.graph.tail[rows.edge]]]
        return np.bincount(rows.point[reached], minlength=self.demand.count) > 0

    def _in_host(self, of_tier: Bools) -> Bools:
        inside = np.zeros(self.demand.count, dtype=bool)
        serving = of_tier & (self.supply.scope != "members") & (self.supply.host >= 0)
        inside[self.supply.host[serving]] = True
        return inside

    def _cut_within(self, rule: Rule, limit: int) -> Bools:
        """Whether the walk from a building to the nearest cut end of the data is within the limit."""
        key = self._key(rule)
        if key not in self._near_cut:
            largest = max(one.limit for one in self.rules if self._key(one) == key)
            self._near_cut[key] = self._walk_to_cut(rule, largest)
        return self._near_cut[key] <= limit

    def _walk_to_cut(self, rule: Rule, limit: float) -> Longs:
        rows = self.point_rows(self.weighting(rule))
        if len(self.cut) == 0:
            return np.full(self.demand.count, FAR, dtype=np.int64)
        reach = self.weighting(rule).graph.reach(self.cut, limit, towards=True)
        found, _ = reach.of_rows(rows)
        return np.where(found == CLOSED, FAR, found.astype(np.int64))

    def _metres(self, rule: Rule, cost: Longs) -> Floats:
        """Walked (or straight) metres to the nearest station; of a way by time they are not known here."""
        if rule.basis == "time":
            return np.full(len(cost), np.nan)
        return np.where(cost == FAR, np.nan, cost / 1000.0)

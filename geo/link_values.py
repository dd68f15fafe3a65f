"""What single links are worth under a rule: who comes within the limit, who walks less, which blind areas go."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely

from geo.assess import Assessor
from geo.coverage import COVERED, FAR, UNKNOWN, verdicts_of
from geo.errors import InputError, fault
from geo.kernels.labels import CLOSED
from geo.network.links import Links, link_table
from geo.network.pace import cost_of_edges, length_costs
from geo.params import Rule
from geo.reach import PointRows, Seeds, pairs_to_points
from geo.reassess import Reassessed
from geo.routes import edges_of

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]


@dataclass(frozen=True)
class OverLinks:
    """Walks that get shorter by one link, sorted by link and building, one entry a pair.

    Attributes
    ----------
    link, building
        Of each pair.
    cost
        Thousandths from the building to its nearest station with this link alone.
    """

    link: Ints
    building: Ints
    cost: Longs


@dataclass(frozen=True)
class LinkValues:
    """What each link does alone, one entry a link.

    Attributes
    ----------
    over
        Every walk that gets shorter.
    gained
        Which of these bring their building within the limit.
    gain_buildings_count, gain_residents
        Buildings that come within the limit, and who lives there (nan where nobody knows residents).
    coverage_after_share
        Coverage of the study by the rule's weight with the link.
    shorter_residents, saved_minutes
        People whose walk gets shorter although their verdict stays, and the minutes each of them saves in the mean
        (by time only; nan where there is nobody).
    blind_areas
        Ids of the blind areas that are left without any building.
    """

    over: OverLinks
    gained: npt.NDArray[np.bool_]
    gain_buildings_count: Longs
    gain_residents: Floats
    coverage_after_share: Floats
    shorter_residents: Floats
    saved_minutes: Floats
    blind_areas: tuple[tuple[str, ...], ...]


def value_links(now: Reassessed, rule: Rule, links: Links) -> LinkValues:
    """Value every link alone, as a full search with that link in the network would.

    Raises
    ------
    InputError
        For a rule by straight radius, which no link changes.
    """
    count = len(links.kind)
    before, _ = now.assessor.nearest(rule, rule.tiers)
    over = over_links(now.assessor, rule, links, before)
    limit = round(rule.limit * 1000)
    gained = (over.cost <= limit) & (before[over.building] > limit)
    weights = now.demand.weights
    residents = np.nan_to_num(weights.get("residents", np.full(len(before), np.nan)))
    people = residents[over.building]
    known = "residents" in weights
    stay = ~gained & (before[over.building] < FAR)
    saved = np.where(stay, before[over.building] - over.cost, 0) / 60_000.0
    shorter = np.bincount(over.link[stay], people[stay], count)
    minutes = np.bincount(over.link, people * saved, count)
    with np.errstate(invalid="ignore"):
        mean = minutes / shorter if rule.basis == "time" else np.full(count, np.nan)
    gain = np.bincount(over.link[gained], people[gained], count)
    return LinkValues(
        over=over,
        gained=gained,
        gain_buildings_count=np.bincount(over.link[gained], minlength=count).astype(np.int64),
        gain_residents=np.where(known, gain, np.nan),
        coverage_after_share=_coverage_after(now, rule, before, over, gained, count),
        shorter_residents=np.where(known, shorter, np.nan),
        saved_minutes=mean,
        blind_areas=_emptied(now, rule, over, gained, count),
    )


def over_links(assessor: Assessor, rule: Rule, links: Links, before: Longs) -> OverLinks:
    """Find the walks that get shorter by each link alone.

    Strategy
    --------
    * a walk over a link goes from the building to one end, over the link, and on from the other end to a station;
    * the last part is read off the search that is known already, so every link is one search from its two ends,
      begun with what the rest of the walk costs; all links are searched in one call of the kernel;
    * places on edges are exact in whole thousandths, so the sums are those of a search with the link in the network;
    * stations open to their own buildings only are searched each for itself, and only as far as it matters.
    """
    if rule.basis == "radius":
        raise InputError(fault("links_radius", rule=rule.name))
    if len(links.kind) == 0:
        return OverLinks(np.empty(0, np.int32), np.empty(0, np.int32), np.empty(0, np.int64))
    over = link_costs(assessor, rule, links)
    found = [_public(assessor, rule, links, over), _own(assessor, rule, links, over, before)]
    link, building, cost = (np.concatenate(part) for part in zip(*found, strict=True))
    less = cost < before[building]
    link, building, cost = link[less], building[less], cost[less]
    order = np.lexsort((cost, building, link))
    link, building, cost = link[order], building[order], cost[order]
    first = np.ones(len(link), dtype=bool)
    first[1:] = (link[1:] != link[:-1]) | (building[1:] != building[:-1])
    return OverLinks(link[first], building[first], cost[first])


def link_costs(assessor: Assessor, rule: Rule, links: Links) -> tuple[Ints, Ints]:
    """Return what it costs to walk each link from its beginning to its end, and back, in thousandths."""
    table = link_table(links, edges_of(assessor.graph))
    if rule.basis == "time":
        return cost_of_edges(table, assessor.paces[rule.pace])
    return length_costs(table)


def ends_of(links: Links) -> PointRows:
    """Return the ends of links as points: first where they begin, then where they end."""
    edge = np.concatenate((links.from_edge, links.to_edge)).astype(np.int32)
    fraction = np.concatenate((links.from_fraction, links.to_fraction))
    count = len(edge)
    return PointRows(
        np.arange(count, dtype=np.int32), edge, fraction, np.zeros(count, np.int32), count
    )


_Found = tuple[Ints, Ints, Longs]


def _public(assessor: Assessor, rule: Rule, links: Links, over: tuple[Ints, Ints]) -> _Found:
    """Walks over links to public stations."""
    weighting, count = assessor.weighting(rule), len(links.kind)
    ends = ends_of(links)
    rest = assessor.towards(rule).of_rows(ends)[0].astype(np.int64)
    # whoever begins at one end walks on from the other
    onward = np.concatenate((rest[count:] + over[0], rest[:count] + over[1]))
    known = np.concatenate((rest[count:], rest[:count])) != CLOSED
    group = np.tile(np.arange(count, dtype=np.int32), 2)
    limit = round(assessor.cap(rule) * 1000)
    seeds = _seeds(ends, onward, known & (onward <= limit), group, count)
    indptr, building, cost = pairs_to_points(
        weighting.graph, seeds, assessor.point_rows(weighting), limit, towards=True
    )
    link = np.repeat(np.arange(count, dtype=np.int32), np.diff(indptr))
    return link, building, cost.astype(np.int64)


def _own(
    assessor: Assessor, rule: Rule, links: Links, over: tuple[Ints, Ints], before: Longs
) -> _Found:
    """Walks over links to stations open to their own buildings only, from those buildings."""
    supply, count = assessor.supply, len(links.kind)
    station, building = supply.served[:, 0], supply.served[:, 1]
    counts = (supply.scope == "building") & assessor.counting(rule, rule.tiers)
    chosen = counts[station] & (supply.host[station] != building)
    station, building = station[chosen], building[chosen]
    if len(station) == 0:
        none = np.empty(0, np.int32)
        return none, none, np.empty(0, np.int64)
    weighting, ends = assessor.weighting(rule), ends_of(links)
    limit = min(round(assessor.cap(rule) * 1000), int(before[building].max()))
    seeds, _ = assessor.seeds(weighting, np.unique(station).astype(np.int64))
    indptr, end, rest = pairs_to_points(weighting.graph, seeds, ends, limit, towards=True)
    owner = np.repeat(np.arange(supply.count), np.diff(indptr))
    other = np.where(end < count, end + count, end - count)
    # at the far end `end` the walk has come over the link from `other`
    onward = rest.astype(np.int64) + np.where(
        end < count, over[1][end % count], over[0][end % count]
    )
    keys, group = np.unique(owner * count + end % count, return_inverse=True)
    near = _rows(ends, other.astype(np.int64))
    from_ends = _seeds(near, onward, onward <= limit, group.astype(np.int32), len(keys))
    rows = assessor.point_rows(weighting).of_points(np.unique(building))
    indptr, point, cost = pairs_to_points(weighting.graph, from_ends, rows, limit, towards=True)
    key = np.repeat(keys, np.diff(indptr))
    allowed = station.astype(np.int64) * assessor.demand.count + building
    served = np.isin(key // count * assessor.demand.count + point, allowed)
    link = (key % count).astype(np.int32)
    return link[served], point[served], cost[served].astype(np.int64)


def _rows(ends: PointRows, chosen: Longs) -> PointRows:
    count = len(chosen)
    return PointRows(
        np.arange(count, dtype=np.int32), ends.edge[chosen], ends.fraction[chosen],
        np.zeros(count, np.int32), count,
    )  # fmt: skip


def _seeds(
    ends: PointRows, cost: Longs, usable: npt.NDArray[np.bool_], group: Ints, count: int
) -> Seeds:
    return Seeds(
        ends.edge[usable],
        ends.fraction[usable],
        cost[usable].astype(np.int32),
        group[usable],
        count,
    )


def _coverage_after(
    now: Reassessed, rule: Rule, before: Longs, over: OverLinks,
    gained: npt.NDArray[np.bool_], count: int,
) -> Floats:  # fmt: skip
    covered, judged, weight = judged_weight(now, rule, before)
    more = np.bincount(over.link[gained], weight[over.building[gained]], count)
    with np.errstate(invalid="ignore", divide="ignore"):
        share: Floats = np.asarray((covered + more) / np.float64(judged), dtype=np.float64)
    return share


def judged_weight(now: Reassessed, rule: Rule, cost: Longs) -> tuple[float, float, Floats]:
    """Return the covered and the judged weight of the study, and the rule's weight of every building.

    The weight counts buildings where nobody knows what the rule asks for, as the tables of coverage do.
    """
    weights = now.demand.weights
    weight = np.nan_to_num(weights[rule.weight if rule.weight in weights else "count"])
    enterable, near_cut = now.assessor.bounds(rule)
    verdict = verdicts_of(cost <= round(rule.limit * 1000), enterable, near_cut)
    covered, judged = weight[verdict == COVERED].sum(), weight[verdict != UNKNOWN].sum()
    return float(covered), float(judged), weight


@dataclass(frozen=True)
class BlindMembers:
    """Which blind area of a rule every building belongs to.

    Attributes
    ----------
    ids
        Of the blind areas.
    area
        One entry a building: its place in `ids`, -1 for none.
    """

    ids: tuple[str, ...]
    area: Ints

    def emptied(self, gained: npt.NDArray[np.bool_]) -> tuple[str, ...]:
        """Name the areas all of whose buildings are among `gained` (one entry a building)."""
        members = np.bincount(self.area[self.area >= 0], minlength=len(self.ids))
        taken = np.bincount(self.area[gained & (self.area >= 0)], minlength=len(self.ids))
        return tuple(
            self.ids[one] for one in np.flatnonzero((members > 0) & (taken == members)).tolist()
        )


def blind_members(now: Reassessed, rule: Rule) -> BlindMembers:
    """Find the blind area that the outline of the table gives each uncovered building."""
    assessor = now.assessor
    none = np.full(assessor.demand.count, -1, np.int32)
    table = now.result.tables.get("blind_areas")
    if table is None or len(table) == 0:
        return BlindMembers((), none)
    areas = gpd.GeoDataFrame(table[table["rule"] == rule.name]).sort_values("rank")
    areas = areas if areas.crs is None else areas.to_crs(now.walk.crs)
    cost, _ = assessor.nearest(rule, rule.tiers)
    at = np.flatnonzero(cost > round(rule.limit * 1000))
    points = np.asarray(shapely.points(assessor.demand.x[at], assessor.demand.y[at]), dtype=object)
    area, point = shapely.STRtree(points).query(areas.geometry.to_numpy(), predicate="intersects")
    # areas never leave their sub-district, but outlines may overlap at its border
    own = areas["subdistrict_id"].astype(str).to_numpy()[area]
    other = own != now.buildings["subdistrict_id"].astype(str).to_numpy()[at[point]]
    order = np.lexsort((area, other, point))
    first = order[np.unique(point[order], return_index=True)[1]]
    none[at[point[first]]] = area[first]
    return BlindMembers(tuple(str(one) for one in areas["blind_area_id"]), none)


def _emptied(
    now: Reassessed, rule: Rule, over: OverLinks, gained: npt.NDArray[np.bool_], count: int
) -> tuple[tuple[str, ...], ...]:
    members = blind_members(now, rule)
    start = np.searchsorted(over.link[gained], np.arange(count + 1))
    building = over.building[gained]
    found = []
    for link in range(count):
        mine = np.zeros(len(members.area), dtype=bool)
        mine[building[start[link] : start[link + 1]]] = True
        found.append(members.emptied(mine))
    return tuple(found)

"""What stations and links would do together under a rule: walks between them, and who is covered by any choice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from geo.assess import Assessor
from geo.choosing.candidates import Candidates
from geo.height import Heights
from geo.kernels.labels import CLOSED
from geo.link_values import ends_of, link_costs, over_links
from geo.network.edges import EdgeTable
from geo.network.links import Links, Split, with_links
from geo.network.pace import Costs, cost_of_edges, length_costs
from geo.pairs import Pairs
from geo.params import Rule
from geo.reach import PointRows, Seeds, pairs_to_points

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
Longs = npt.NDArray[np.int64]
FAR = np.int64(CLOSED)
SLACK = 10  # thousandths: places on pieces of cut edges are rounded for themselves


@dataclass(frozen=True, eq=False)
class PlanTables:
    """Walks within the limit of one rule, in whole thousandths; sparse, each entry one more than the cost.

    Attributes
    ----------
    limit
        Of the rule.
    building
        The buildings that are not covered but have a way: the columns of the tables.
    site_building
        Site x building: 1 where the walk is within the limit.
    link_building
        Link x building: 1 where the link alone brings the building within the limit.
    end_building
        Walks from buildings to ends of links; end x building.
    end_site
        Walks from ends to sites; site x end.
    end_end
        Walks from ends (columns) to ends (rows).
    end_station
        From each end to the nearest station that stands, `FAR` beyond the limit.
    over
        What it costs to walk over each link from the end in question.
    """

    limit: int
    building: Longs
    site_building: csr_array
    link_building: csr_array
    end_building: csr_array
    end_site: csr_array
    end_end: csr_array
    end_station: Longs
    over: Longs

    @property
    def site_count(self) -> int:
        """Number of sites."""
        return int(self.site_building.shape[0])

    @property
    def link_count(self) -> int:
        """Number of links."""
        return int(self.link_building.shape[0])

    def covered(self, sites: Sequence[int], links: Sequence[int]) -> Bools:
        """Tell which buildings a choice brings within the limit, as a search with all of it would.

        Walks over several links in a row count, to stations that stand and to chosen sites alike.
        """
        found = np.zeros(len(self.building), dtype=bool)
        for site in sites:
            found[_columns(self.site_building, site)] = True
        ends, start = self.starts(sites, links)
        for end, cost in zip(ends.tolist(), start.tolist(), strict=True):
            row = slice(self.end_building.indptr[end], self.end_building.indptr[end + 1])
            near = self.end_building.data[row] - 1 + cost <= self.limit
            found[self.end_building.indices[row][near]] = True
        for link in links:
            found[_columns(self.link_building, link)] = True
        return found

    def starts(self, sites: Sequence[int], links: Sequence[int]) -> tuple[Longs, Longs]:
        """Return the ends of chosen links, and what the walk over the link and on to a station or site costs."""
        chosen = np.asarray(links, dtype=np.int64)
        ends = np.concatenate((chosen, chosen + self.link_count))
        if len(ends) == 0:
            return ends, ends
        alone = self._to_destinations(ends, sites)
        between = _dense(self.end_end, ends, ends).T
        other = np.roll(np.arange(len(ends)), len(chosen))
        onward = alone
        while True:
            start = np.minimum(self.over[ends] + onward[other], FAR)
            through = np.minimum(alone, (between + start).min(axis=1))
            if np.array_equal(through, onward):
                return ends, start
            onward = through

    def interacting(self, sites: Sequence[int], links: Sequence[int]) -> tuple[Bools, Bools]:
        """Tell which sites and which links may do more, or less, beside a choice than they do alone.

        Sites that shorten the walk from an end of a chosen link; links whose ends a chosen link, or a chosen site
        nearer than what stands, is within reach of.
        """
        count = self.link_count
        chosen = np.asarray(links, dtype=np.int64)
        ends = np.concatenate((chosen, chosen + count))
        near = self.end_site[:, ends].tocoo()
        shorter = near.data - 1 < self._to_destinations(ends, sites)[near.col]
        of_site = np.zeros(self.site_count, dtype=bool)
        of_site[near.row[shorter]] = True
        met = self.end_site[np.asarray(sites, dtype=np.int64)].tocoo()
        nearer = met.data - 1 < self.end_station[met.col]
        of_end = np.zeros(2 * count, dtype=bool)
        of_end[met.col[nearer]] = True
        of_end[self.end_end[ends].tocoo().col] = True
        of_end[self.end_end[:, ends].tocoo().row] = True
        return of_site, of_end[:count] | of_end[count:]

    def _to_destinations(self, ends: Longs, sites: Sequence[int]) -> Longs:
        to = self.end_station[ends]
        if len(sites):
            to = np.minimum(
                to, _dense(self.end_site, np.asarray(sites, np.int64), ends).min(axis=0)
            )
        return to


def plan_tables(assessor: Assessor, rule: Rule, candidates: Candidates, links: Links) -> PlanTables:
    """Search from every site and every end of a link, once each.

    Raises
    ------
    InputError
        For a rule by straight radius, which no link changes.
    """
    limit = round(rule.limit * 1000)
    before, _ = assessor.nearest(rule, rule.tiers)
    enterable, _ = assessor.bounds(rule)
    building = np.flatnonzero((before > limit) & enterable).astype(np.int64)
    place = np.full(assessor.demand.count, -1, dtype=np.int64)
    place[building] = np.arange(len(building))
    single = over_links(assessor, rule, links, before)
    gained = (single.cost <= limit) & (place[single.building] >= 0)
    weighting, ends, count = assessor.weighting(rule), ends_of(links), len(links.kind)
    rows = assessor.point_rows(weighting).of_points(building.astype(np.int32))
    searcher = _searcher(assessor, candidates)
    seeds, _ = searcher.seeds(weighting, np.flatnonzero(searcher.counting(rule, rule.tiers)))
    from_ends = Seeds(ends.edge, ends.fraction, ends.cost, ends.point, ends.point_count)
    forward, backward = link_costs(assessor, rule, links)
    to_station = assessor.towards(rule).of_rows(ends)[0].astype(np.int64)

    def walks(start: Seeds, points: PointRows, columns: Longs | None = None) -> csr_array:
        indptr, point, cost = pairs_to_points(weighting.graph, start, points, limit, towards=True)
        width = points.point_count if columns is None else len(building)
        at = point if columns is None else columns[point].astype(np.int32)
        return csr_array((cost.astype(np.int64) + 1, at, indptr), shape=(start.group_count, width))

    direct = site_pairs(assessor, rule, candidates, limit, building)
    return PlanTables(
        limit=limit,
        building=building,
        site_building=_flags(
            direct.station, place[direct.building], (candidates.count, len(building))
        ),
        link_building=_flags(
            single.link[gained], place[single.building[gained]], (count, len(building))
        ),
        end_building=walks(from_ends, rows, place),
        end_site=walks(seeds, ends),
        end_end=walks(from_ends, ends),
        end_station=np.where(to_station <= limit, to_station, FAR),
        over=np.concatenate((forward, backward)).astype(np.int64),
    )


def helpful(
    tables: PlanTables, assessor: Assessor, rule: Rule, candidates: Candidates, links: Links
) -> csr_array:
    """Return who could be covered at all with the help of each item: item (sites, then links) x building.

    Whatever is chosen, a building that it covers has an item of the choice in its column: the site its walk ends
    at, as all links together would let it, or the first link of a walk to a station that stands, as all links
    together would let it go on. So no choice covers more than the best cover by these columns.
    """
    open_, split = _all_open(assessor, rule, links)
    moved = candidates.with_rows(split.moved(candidates.supply.rows))
    place = np.full(assessor.demand.count, -1, dtype=np.int64)
    place[tables.building] = np.arange(len(tables.building))
    near = site_pairs(open_, rule, moved, tables.limit + SLACK, tables.building)
    count = tables.link_count
    rest = open_.towards(rule).node_cost_int[split.node].astype(np.int64)
    other = np.concatenate((rest[count:], rest[:count]))
    start = np.minimum(other + tables.over, FAR)
    walks = tables.end_building.tocoo()
    within = walks.data - 1 + start[walks.row] <= tables.limit + SLACK
    alone = tables.link_building.tocoo()
    item = np.concatenate((near.station, candidates.count + walks.row[within] % count,
                           candidates.count + alone.row))  # fmt: skip
    column = np.concatenate((place[near.building], walks.col[within], alone.col))
    return _flags(item, column, (candidates.count + count, len(tables.building)))


def site_pairs(
    assessor: Assessor, rule: Rule, candidates: Candidates, limit: int, building: Longs
) -> Pairs:
    """Measure some buildings to the sites within `limit` thousandths whose tier counts under the rule."""
    amount = limit / 1000.0
    reach = (
        replace(rule, minutes=amount / 60.0)
        if rule.basis == "time"
        else replace(rule, metres=amount)
    )
    rows = assessor.demand.rows
    few = replace(assessor.demand, rows=rows.take(np.isin(rows.point, building)))
    searcher = replace(_searcher(assessor, candidates), demand=few, rules=[reach])
    found = searcher.pairs(reach)
    wanted = np.zeros(assessor.demand.count, dtype=bool)
    wanted[building] = True
    return found.where(wanted[found.building] & searcher.of_tiers(rule.tiers)[found.station])


def _searcher(assessor: Assessor, candidates: Candidates) -> Assessor:
    """Let the candidates stand in for the stations, open whenever a rule asks, on the ground floor."""
    supply, heights = candidates.supply, assessor.heights
    if heights is not None:
        heights = Heights(heights.levels, np.full(supply.count, np.nan), supply.host)
    always = {name: np.ones(supply.count, dtype=bool) for name in assessor.open_at}
    return replace(assessor, supply=supply, heights=heights, open_at=always,
                   _pairs={}, _near_cut={}, _fields={})  # fmt: skip


def _all_open(assessor: Assessor, rule: Rule, links: Links) -> tuple[Assessor, Split]:
    weighting = assessor.weighting(rule)

    def costs(edges: EdgeTable) -> Costs:
        if rule.basis == "time":
            return cost_of_edges(edges, assessor.paces[rule.pace])
        return length_costs(edges)

    split = with_links(weighting.graph, links, costs)
    opened = replace(
        assessor,
        graph=split.graph,
        demand=replace(assessor.demand, rows=split.moved(assessor.demand.rows)),
        supply=replace(assessor.supply, rows=split.moved(assessor.supply.rows)),
        _weightings={weighting.name: replace(weighting, graph=split.graph)},
        _pairs={},
        _near_cut={},
        _fields={},
    )
    return opened, split


def _flags(
    row: npt.NDArray[np.integer], column: npt.NDArray[np.integer], shape: tuple[int, int]
) -> csr_array:
    """Make a table of ones."""
    keys = np.unique(row.astype(np.int64) * max(shape[1], 1) + column)
    rows, columns = keys // max(shape[1], 1), keys % max(shape[1], 1)
    indptr = np.searchsorted(rows, np.arange(shape[0] + 1))
    return csr_array((np.ones(len(keys)), columns.astype(np.int32), indptr), shape=shape)


def _columns(table: csr_array, row: int) -> npt.NDArray[np.integer]:
    found: npt.NDArray[np.integer] = table.indices[table.indptr[row] : table.indptr[row + 1]]
    return found


def _dense(table: csr_array, rows: Longs, columns: Longs) -> Longs:
    """Cut out a few rows and columns as costs, `FAR` where there is no entry."""
    part = table[rows][:, columns].toarray()
    return np.where(part == 0, FAR, part - 1)

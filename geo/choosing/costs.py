"""The sparse demand x site table of a rule: what every candidate would reach, and what stands already."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from geo.assess import Assessor
from geo.choosing.candidates import Candidates
from geo.coverage import FAR, UNKNOWN, verdicts_of
from geo.height import Heights
from geo.pairs import Pairs
from geo.params import Rule
from geo.reassess import Reassessed
from geo.siting.problem import Model, from_entries

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]
Objects = npt.NDArray[np.object_]


@dataclass(frozen=True)
class SiteTable:
    """One rule's demand and what may serve it.

    Attributes
    ----------
    rule, weight_name
        What is judged, and what is counted.
    cost
        Row x site, seconds or metres: the admitted candidates, then `standing_count` columns for the stations that
        stand (the nearest; for ``backup`` the second too). Entries that can change nothing are left out.
    weight
        Of rows: buildings with a weight, those whose verdict is unknown left out.
    building
        Row of the study's buildings of each row.
    group
        Sub-district of each row, by name (with its id where two bear one name).
    limit
        Greatest cost that covers, inclusive.
    standing_count
        Columns at the end that stand for existing stations.
    verdict
        Of all buildings, as things are.
    pairs
        Candidates within the limit of buildings, all of both; ``station`` is the candidate.
    """

    rule: Rule
    weight_name: str
    cost: csr_array
    weight: Floats
    building: Ints
    group: Objects
    limit: float
    standing_count: int
    verdict: npt.NDArray[np.int8]
    pairs: Pairs

    @property
    def site_count(self) -> int:
        """Number of candidates."""
        return int(self.cost.shape[1]) - self.standing_count

    @property
    def standing(self) -> Longs:
        """Columns of what stands already."""
        return np.arange(self.site_count, self.cost.shape[1], dtype=np.int64)


def site_table(
    kept: Reassessed,
    candidates: Candidates,
    rule: Rule,
    *,
    weight: str,
    model: Model = "mclp",
    assessor: Assessor | None = None,
) -> SiteTable:
    """Search from every candidate and make the table.

    Parameters
    ----------
    weight
        Name in ``kept.demand.weights``.
    model
        ``p_median`` and ``p_center`` ask for costs up to the cap, the others up to the limit.
    assessor
        Another state of the network, such as one with links; the candidates must then have the rows of it.
    """
    base = kept.assessor if assessor is None else assessor
    limit = round(rule.limit * 1000)
    standing, _ = base.nearest(rule, rule.tiers)
    verdict = verdicts_of(standing <= limit, *base.bounds(rule))
    far = model in {"p_median", "p_center"}
    found = candidate_pairs(base, candidates, rule, base.cap(rule) if far else rule.limit)
    share = np.nan_to_num(kept.demand.weights[weight])
    rows = np.flatnonzero((verdict != UNKNOWN) & (share > 0.0)).astype(np.int32)
    columns = _standing(base, rule, standing, limit, twice=model == "backup")
    useful = _useful(found, columns, limit, model)
    return SiteTable(
        rule=rule,
        weight_name=weight,
        cost=_matrix(useful, columns, rows, candidates.count),
        weight=share[rows],
        building=rows,
        group=subdistrict_labels(kept)[rows],
        limit=limit / 1000.0,
        standing_count=len(columns),
        verdict=verdict,
        pairs=found.where(found.cost <= limit),
    )


def candidate_pairs(base: Assessor, candidates: Candidates, rule: Rule, limit: float) -> Pairs:
    """Search from every candidate alone, as a run would from a station there, to `limit` seconds or metres.

    A candidate's station is open when the rule asks, and stands on the ground floor; it counts where its tier does.
    """
    supply = candidates.supply
    reach = (
        replace(rule, minutes=limit / 60.0) if rule.basis == "time" else replace(rule, metres=limit)
    )
    heights = None
    if base.heights is not None:
        heights = Heights(base.heights.levels, np.full(supply.count, np.nan), supply.host)
    searcher = replace(
        base,
        supply=supply,
        rules=[reach],
        heights=heights,
        _weightings=base._weightings,
        _pairs={},
        _near_cut={},
        _fields={},
    )
    found = searcher.pairs(reach)
    return found.where(searcher.of_tiers(rule.tiers)[found.station])


def subdistrict_labels(kept: Reassessed) -> Objects:
    """Return the name of each building's sub-district, with its id where two bear one name."""
    table = kept.result.subdistricts.drop_duplicates("subdistrict_id")
    name = table["name"].astype(str)
    label = name.where(~name.duplicated(keep=False), name + "（" + table["subdistrict_id"] + "）")
    label_of = dict(zip(table["subdistrict_id"].astype(str), label, strict=True))
    return np.array(
        [label_of.get(str(one), str(one)) for one in kept.buildings["subdistrict_id"]], dtype=object
    )


def _standing(
    base: Assessor, rule: Rule, nearest: Longs, limit: int, *, twice: bool
) -> list[Longs]:
    """Make the columns of what stands: the cost of the nearest station, and for ``backup`` that it is one of two."""
    if not twice:
        return [nearest]
    pairs = base.pairs(rule)
    counting = base.counting(rule, rule.tiers)
    near = pairs.where((pairs.cost <= limit) & counting[pairs.station])
    several = np.bincount(near.building, minlength=len(nearest)) >= 2
    return [nearest, np.where(several, nearest, FAR)]


def _useful(found: Pairs, columns: list[Longs], limit: int, model: Model) -> Pairs:
    """Drop entries that no choice can gain by: a standing station serves as well."""
    if model in {"p_median", "p_center"}:
        return found.where(found.cost < columns[0][found.building])
    # the last column alone tells who has all that the model asks: one station, or two
    return found.where(columns[-1][found.building] > limit)


def _matrix(found: Pairs, columns: list[Longs], rows: Ints, sites: int) -> csr_array:
    place = np.full(len(columns[0]), -1, dtype=np.int64)
    place[rows] = np.arange(len(rows))
    kept = place[found.building] >= 0
    row, site, cost = [place[found.building[kept]]], [found.station[kept]], [found.cost[kept]]
    for number, standing in enumerate(columns):
        there = np.flatnonzero(standing[rows] != FAR)
        row.append(there)
        site.append(np.full(len(there), sites + number, dtype=np.int32))
        cost.append(standing[rows[there]])
    rows_, sites_, costs = np.concatenate(row), np.concatenate(site), np.concatenate(cost)
    order = np.lexsort((sites_, rows_))
    shape = (len(rows), sites + len(columns))
    return from_entries(rows_[order], sites_[order], costs[order] / 1000.0, shape)

"""What a choice of sites brings, place by place: people, buildings, coverage, blind areas that are gone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.blindareas import NEAR_M, WIDE_M
from geo.choosing.costs import SiteTable
from geo.coverage import COVERED, UNCOVERED, UNKNOWN
from geo.nearness import near_groups
from geo.reassess import Reassessed

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Step:
    """What one more site brings, on top of those before it.

    Attributes
    ----------
    site
        Admitted candidate.
    newly
        Buildings that it covers and nothing did before.
    coverage_before, coverage_after
        Share of the judged weight of the whole study.
    subdistrict
        The one that gains most of the weight (by its place among `Effects.subdistricts`), -1 when nothing is gained.
    there_before, there_after
        Its coverage.
    blind_areas
        How many blind areas have no uncovered building left, and had one before.
    """

    site: int
    newly: Longs
    coverage_before: float
    coverage_after: float
    subdistrict: int
    there_before: float
    there_after: float
    blind_areas: int


class Effects:
    """Follows a study as sites are added, building by building.

    Parameters
    ----------
    table
        Of the rule in question.
    """

    def __init__(self, kept: Reassessed, table: SiteTable) -> None:
        self.kept = kept
        self.verdict = table.verdict
        self.weight = np.nan_to_num(kept.demand.weights[table.weight_name])
        ids = kept.buildings["subdistrict_id"]
        of, self.subdistricts = pd.factorize(ids, sort=True)
        self._of = of.astype(np.int64)
        order = np.lexsort((table.pairs.building, table.pairs.station))
        self._buildings = table.pairs.building[order]
        self._start = np.searchsorted(table.pairs.station[order], np.arange(table.site_count + 1))
        self._judged = self.verdict != UNKNOWN
        self._total = self._sums(self._judged)

    def reached(self, site: int) -> Ints:
        """Buildings within the limit of a candidate."""
        found: Ints = self._buildings[self._start[site] : self._start[site + 1]]
        return found

    def covered_by(self, sites: Sequence[int]) -> Bools:
        """Tell which buildings are covered by what stands and by some candidates."""
        covered: Bools = self.verdict == COVERED
        for site in sites:
            covered[self.reached(site)] = True
        return covered

    def share(self, covered: Bools) -> float:
        """Share of the judged weight that is covered."""
        total = self._total.sum()
        return float(self._sums(covered & self._judged).sum() / total) if total > 0 else np.nan

    def steps(self, sites: Sequence[int]) -> list[Step]:
        """Add sites in their order and say what each brings."""
        covered = self.covered_by(())
        blind = self.blind_groups()
        left = self._left(blind, covered)
        found = []
        for site in sites:
            before = self._sums(covered & self._judged)
            reached = self.reached(site)
            newly = reached[~covered[reached]].astype(np.int64)
            covered[reached] = True
            after = self._sums(covered & self._judged)
            still = self._left(blind, covered)
            gain = after - before
            place = int(np.argmax(gain)) if gain.max(initial=0.0) > 0.0 else -1
            found.append(
                Step(
                    site=int(site),
                    newly=newly,
                    coverage_before=self._of_total(before.sum(), self._total.sum()),
                    coverage_after=self._of_total(after.sum(), self._total.sum()),
                    subdistrict=place,
                    there_before=self._of_total(before[place], self._total[place]),
                    there_after=self._of_total(after[place], self._total[place]),
                    blind_areas=int(((left > 0) & (still == 0)).sum()),
                )
            )
            left = still
        return found

    def blind_groups(self) -> Ints:
        """Number the blind areas of the study as its table does, one entry a building; -1 outside them."""
        kept = self.kept
        at = np.flatnonzero(self.verdict == UNCOVERED).astype(np.int32)
        rows = kept.assessor.demand.rows.for_owners(at, np.arange(len(at), dtype=np.int32), len(at))
        group = np.full(len(self.verdict), -1, dtype=np.int32)
        if len(at):
            group[at] = near_groups(
                kept.assessor.graph.weighted_by_length(),
                rows,
                self._of[at].astype(np.int32),
                kept.assessor.demand.x[at],
                kept.assessor.demand.y[at],
                near_m=NEAR_M,
                wide_m=WIDE_M,
            )
        return group

    def _left(self, blind: Ints, covered: Bools) -> Longs:
        """Count the uncovered buildings of each blind area."""
        at = np.flatnonzero((blind >= 0) & ~covered)
        count = int(blind.max(initial=-1)) + 1
        return np.bincount(blind[at], minlength=count).astype(np.int64)

    def _sums(self, chosen: Bools) -> Floats:
        """Sum the weight of chosen buildings over sub-districts."""
        weight = np.where(chosen, self.weight, 0.0)
        sums = np.bincount(self._of, weights=weight, minlength=len(self.subdistricts))
        return sums.astype(np.float64)

    @staticmethod
    def _of_total(part: float, whole: float) -> float:
        return float(part / whole) if whole > 0 else np.nan

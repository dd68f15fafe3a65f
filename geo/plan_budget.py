"""One budget over stations and links: what to build for it, who gains by which, how good that is at best."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, count

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from geo.plan_tables import PlanTables
from geo.siting.problem import SitingProblem, SitingRules

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
_HAIR = 1e-9  # costs are sums of decimals such as 0.1
MOST_TRIES = 60  # exchanges looked at; the bound says how much they can still bring
SHORT = 8  # measures in a plan of which two at a time are exchanged


@dataclass(frozen=True)
class PlanStep:
    """One measure of a plan, and what it brings on top of those before it.

    Attributes
    ----------
    item
        Place among the sites, or behind them among the links.
    gain
        Weight.
    newly
        Columns of the tables that it covers and nothing before did.
    """

    item: int
    gain: float
    newly: npt.NDArray[np.int64]


@dataclass(frozen=True)
class BudgetPlan:
    """The best choice found for a budget.

    Attributes
    ----------
    steps
        What is built, the measure that brings most for its cost first.
    spent
        What it costs.
    gain, bound
        Weight it covers that was not covered; no choice within the budget covers more than the bound.
    by_links
        Part of the gain that the steps of links bring; the rest is brought by stations.
    """

    steps: tuple[PlanStep, ...]
    spent: float
    gain: float
    bound: float
    by_links: float

    @property
    def optimality_gap_share(self) -> float:
        """How far, at most, the gain lies from the best possible, as a share of the gain; nan where nothing gains."""
        difference = self.bound - self.gain
        if difference <= _HAIR * max(1.0, self.gain):
            return 0.0
        return difference / self.gain if self.gain > 0.0 else np.inf


def plan_budget(
    tables: PlanTables,
    helpful: csr_array,
    weight: npt.ArrayLike,
    cost: npt.ArrayLike,
    budget: float,
    *,
    time_limit: float = 20.0,
) -> BudgetPlan:
    """Choose sites and links for a budget.

    Parameters
    ----------
    helpful
        See `geo.plan_tables.helpful`.
    weight
        One value a column of the tables.
    cost
        One value an item: sites, then links.
    time_limit
        Seconds for the solver; the bound is then the one it has proven by then.

    Notes
    -----
    Strategy:

    * links and stations help each other (a footbridge brings nothing before there is a station behind it), so gains
      do not add up and greedy has no bound of its own; every gain is worked out anew for what is already chosen;
    * a problem that is easier than ours (`helpful` counts whole what may need several measures together) is solved
      by proof; what it can cover at best bounds our answer, and its choice is a place to begin at;
    * the other places to begin at are nothing at all, and each measure that brings most alone;
    * from the best of these, measures are taken out and the room is filled otherwise, as long as that gains.
    """
    search = _Search(tables, np.asarray(weight, np.float64), np.asarray(cost, np.float64), budget)
    easier = SitingProblem.from_cost_matrix(
        _stored_zeros(helpful),
        search.weight,
        limit=0.0,
        model="mclp",
        budget=budget,
        rules=SitingRules(site_cost=search.cost),
    ).solve(time_limit=time_limit)
    begins: list[tuple[int, ...]] = [(), tuple(int(one) for one in easier.chosen)]
    begins += search.best_alone()
    plans = sorted({search.filled(one) for one in begins})
    best = min(plans, key=lambda one: (-search.value(one), search.price(one), one))
    most = float(easier.bound if np.isfinite(easier.bound) else search.weight.sum())
    best = search.improved(best, most)
    gain = search.value(best)
    bound = max(most, gain)
    steps = search.ranked(best)
    sites = tables.site_count
    return BudgetPlan(
        steps=steps,
        spent=search.price(best),
        gain=gain,
        bound=bound,
        by_links=float(sum(one.gain for one in steps if one.item >= sites)),
    )


class _Search:
    """Plans as sorted tuples of items, with everything that was worked out about them."""

    def __init__(self, tables: PlanTables, weight: Floats, cost: Floats, budget: float) -> None:
        self.tables, self.weight, self.cost, self.budget = tables, weight, cost, budget
        self._covered: dict[tuple[int, ...], Bools] = {}
        self._sites = tables.site_count

    def covered(self, plan: Sequence[int]) -> Bools:
        """Tell which columns a plan covers."""
        key = tuple(sorted(plan))
        if key not in self._covered:
            sites = [one for one in key if one < self._sites]
            links = [one - self._sites for one in key if one >= self._sites]
            self._covered[key] = self.tables.covered(sites, links)
        return self._covered[key]

    def value(self, plan: Sequence[int]) -> float:
        """Weight that a plan covers."""
        return float(self.weight[self.covered(plan)].sum())

    def price(self, plan: Sequence[int]) -> float:
        """What a plan costs."""
        return float(self.cost[list(plan)].sum())

    def affordable(self, plan: Sequence[int]) -> Bools:
        """Tell which items there is still money for."""
        free = self.cost <= self.budget - self.price(plan) + _HAIR
        free[list(plan)] = False
        return free

    def gains(self, plan: Sequence[int]) -> Floats:
        """Work out what each affordable item would add to a plan; 0 for the others."""
        covered = self.covered(plan)
        free, left = self.affordable(plan), np.where(covered, 0.0, self.weight)
        gains = np.zeros(len(self.cost))
        gains[: self._sites] = self.tables.site_building @ left
        gains[self._sites :] = self.tables.link_building @ left
        sites = [one for one in plan if one < self._sites]
        links = [one - self._sites for one in plan if one >= self._sites]
        anew = np.flatnonzero(np.concatenate(self.tables.interacting(sites, links)) & free)
        before = self.value(plan)
        for item in anew.tolist():
            gains[item] = self.weight[self._with(sites, links, item)].sum() - before
        return np.where(free, gains, 0.0)

    def _with(self, sites: list[int], links: list[int], item: int) -> Bools:
        if item < self._sites:
            return self.tables.covered([*sites, item], links)
        return self.tables.covered(sites, [*links, item - self._sites])

    def best_alone(self) -> list[tuple[int, ...]]:
        """Return the items that bring most alone, one of the sites and one of the links."""
        gains = self.gains(())
        parts = (np.arange(self._sites), np.arange(self._sites, len(gains)))
        return [
            (int(part[np.argmax(gains[part])]),)
            for part in parts
            if gains[part].max(initial=0.0) > 0.0
        ]

    def filled(self, plan: Sequence[int]) -> tuple[int, ...]:
        """Add what gains most for its cost until nothing gains or fits."""
        chosen = list(plan)
        while True:
            gains = self.gains(chosen)
            if gains.max(initial=0.0) <= 0.0:
                return tuple(sorted(chosen))
            rate = gains / np.maximum(self.cost, _HAIR)
            chosen.append(int(np.argmax(rate)))

    def improved(self, plan: tuple[int, ...], bound: float) -> tuple[int, ...]:
        """Take items out, one and (of short plans) two at a time, and fill the room again, while that gains."""
        tries = count(MOST_TRIES, -1)
        while self.value(plan) < bound * (1.0 - _HAIR):
            better = self._exchanged(plan, tries)
            if better == plan:
                break
            plan = better
        return plan

    def _exchanged(self, plan: tuple[int, ...], tries: Iterator[int]) -> tuple[int, ...]:
        now = (self.value(plan), -self.price(plan))
        for size in (1, 2) if len(plan) <= SHORT else (1,):
            for out in combinations(plan, size):
                rest = tuple(one for one in plan if one not in out)
                if self.value(rest) >= now[0]:
                    return rest  # what is taken out brought nothing
                if next(tries) <= 0:
                    return plan
                other = self._filled_otherwise(rest, out)
                if (self.value(other), -self.price(other)) > (now[0] + _HAIR, now[1]):
                    return other
        return plan

    def _filled_otherwise(self, rest: tuple[int, ...], out: tuple[int, ...]) -> tuple[int, ...]:
        """Fill by gain, not by gain for the cost: that is what greedy has tried before."""
        gains = self.gains(rest)
        gains[list(out)] = 0.0
        if gains.max(initial=0.0) <= 0.0:
            return rest
        return self.filled((*rest, int(np.argmax(gains))))

    def ranked(self, plan: tuple[int, ...]) -> tuple[PlanStep, ...]:
        """Order a plan: what brings most for its cost on top of what stands before it comes first."""
        steps: list[PlanStep] = []
        left, done = list(plan), []  # type: list[int], list[int]
        while left:
            covered = self.covered(done)
            more = {one: self.covered([*done, one]) & ~covered for one in left}
            gain = {one: float(self.weight[more[one]].sum()) for one in left}
            best = min(left, key=lambda one: (-gain[one] / max(float(self.cost[one]), _HAIR), one))
            steps.append(PlanStep(best, gain[best], np.flatnonzero(more[best])))
            done.append(best)
            left.remove(best)
        return tuple(steps)


def _stored_zeros(helpful: csr_array) -> csr_array:
    """Turn items x buildings into buildings x items with zeros stored: within reach at no cost."""
    turned = csr_array(helpful.T)
    return csr_array(
        (np.zeros(len(turned.data)), turned.indices, turned.indptr), shape=turned.shape
    )

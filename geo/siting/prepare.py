"""A siting problem made ready for solving: what is free, what it takes, and what must be reached.

Every site has one yes or no: does it stand in the end. Existing sites that may be closed are ordinary sites that
pay nothing to stay; closing them is accounted for by moving the constant part into count and budget.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array, vstack

from geo.siting.problem import FloatArray, IntArray, Model, SitingProblem, from_entries

BoolArray = npt.NDArray[np.bool_]
UNLIMITED = 1e18
TOLERANCE = 1e-9


@dataclass(frozen=True)
class Need:
    """A least covered weight: of a group of rows, or of all (``name`` empty)."""

    name: str
    rows: BoolArray
    share: float
    weight: float
    tier: str = ""


@dataclass(frozen=True)
class Prepared:
    """A problem ready to solve.

    Attributes
    ----------
    cost, cover
        Demand x site: all entries that may serve; those within the limit (values 1). Forbidden sites have none.
    weight
        Of rows; with tiers, rows are repeated tier by tier.
    free
        Sites that are for the solver to choose; `fixed` stand in any case.
    closable
        Existing sites among the free ones.
    price, slot, offset
        What a standing site takes from budget and count; `offset` is what closing everything closable would cost.
    budget, count
        What the free and forced sites may take together (`UNLIMITED` for no limit).
    least_kept
        How many closable sites must stay.
    cuts
        Earlier answers, and how many of the decisions behind each must be given up.
    must_reach
        Row x site: every one of these rows must have a standing site.
    shared
        What each choice asked about serves within its capacities, kept because several steps ask again.
    """

    model: Model
    cost: csr_array
    cover: csr_array
    weight: FloatArray
    free: BoolArray
    fixed: BoolArray
    existing: BoolArray
    closable: BoolArray
    price: FloatArray
    slot: npt.NDArray[np.int32]
    offset: float
    budget: float
    count: float
    least_kept: int
    needs: tuple[Need, ...]
    clashes: IntArray
    capacity: FloatArray | None
    unserved_cost: float | None
    tiers: tuple[str, ...]
    cuts: tuple[tuple[BoolArray, int], ...] = ()
    must_reach: csr_array | None = None
    shared: dict[tuple[str, int, bytes], tuple[float, FloatArray]] = field(
        default_factory=dict, compare=False, repr=False
    )

    @property
    def simple(self) -> bool:
        """Whether count and budget are the only rules beyond fixed and free sites."""
        kept = self.least_kept == 0 or not self.closable.any()
        return (
            not (self.needs or len(self.clashes) or self.cuts or self.capacity is not None) and kept
        )

    def without(self, chosen: BoolArray, differ: int) -> Prepared:
        """Ask for an answer that gives up at least `differ` of the decisions behind `chosen`."""
        return replace(self, cuts=(*self.cuts, (chosen.copy(), differ)))

    def decisions(self, chosen: BoolArray) -> BoolArray:
        """Return which sites were decided upon: new ones chosen, existing ones closed."""
        return np.where(self.closable, ~chosen, chosen & self.free)

    def counts(self, chosen: BoolArray) -> IntArray:
        """Return how many standing sites cover each row."""
        return np.asarray(self.cover @ chosen.astype(np.float64)).astype(np.int64)


def prepare(problem: SitingProblem) -> Prepared:
    """Make a checked problem ready."""
    rules = problem.rules
    sites = problem.cost.shape[1]
    existing, forced, forbidden = (
        _mask(one, sites) for one in (rules.existing, rules.forced, rules.forbidden)
    )
    closing = np.full(sites, np.nan)
    if rules.closing_cost is not None:
        closing[np.asarray(rules.existing, dtype=np.int64)] = np.asarray(rules.closing_cost)
    closable = existing & ~np.isnan(closing)
    price = np.ones(sites) if rules.site_cost is None else np.array(rules.site_cost, dtype=float)
    price[existing] = 0.0
    price[closable] = -closing[closable]
    slot = (~existing | closable).astype(np.int32)
    offset = float(closing[closable].sum())
    cost, weight, group, tiers = _by_tier(problem, forbidden)
    limit = np.inf if problem.limit is None else problem.limit
    count = UNLIMITED if problem.count is None else float(problem.count + closable.sum())
    moves = int(closable.sum()) if rules.moves is None else rules.moves
    return Prepared(
        model=problem.model,
        cost=cost,
        cover=_within(cost, limit),
        weight=weight,
        free=~forbidden & ~forced & (~existing | closable),
        fixed=forced | (existing & ~closable),
        existing=existing,
        closable=closable,
        price=price,
        slot=slot,
        offset=offset,
        budget=UNLIMITED if problem.budget is None else problem.budget - offset,
        count=count,
        least_kept=max(0, int(closable.sum()) - moves),
        needs=_needs(problem, weight, group, tiers),
        clashes=_clashes(rules.clashes, existing, forbidden),
        capacity=None if rules.capacity is None else np.array(rules.capacity, dtype=np.float64),
        unserved_cost=problem.unserved_cost,
        tiers=tiers,
    )


def _mask(places: npt.ArrayLike, size: int) -> BoolArray:
    mask = np.zeros(size, dtype=bool)
    mask[np.asarray(places, dtype=np.int64)] = True
    return mask


def _by_tier(
    problem: SitingProblem, forbidden: BoolArray
) -> tuple[csr_array, FloatArray, npt.NDArray[np.str_], tuple[str, ...]]:
    """Repeat the rows for each tier, with the sites of that tier only; leave forbidden sites out."""
    rules = problem.rules
    rows, sites = problem.cost.shape
    labels = (
        np.zeros(rows, dtype="U1") if rules.group is None else np.asarray(rules.group).astype(str)
    )
    tier = np.zeros(sites, dtype="U1") if rules.tier is None else np.asarray(rules.tier).astype(str)
    tiers = tuple(sorted(set(tier.tolist())))
    row = np.repeat(np.arange(rows), np.diff(problem.cost.indptr))
    parts = []
    for name in tiers:
        keep = ((tier == name) & ~forbidden)[problem.cost.indices]
        parts.append(
            from_entries(
                row[keep], problem.cost.indices[keep], problem.cost.data[keep], problem.cost.shape
            )
        )
    cost = csr_array(vstack(parts, format="csr")) if len(parts) > 1 else parts[0]
    return cost, np.tile(problem.weight, len(tiers)), np.tile(labels, len(tiers)), tiers


def _within(cost: csr_array, limit: float) -> csr_array:
    keep = cost.data <= limit
    row = np.repeat(np.arange(cost.shape[0]), np.diff(cost.indptr))
    return from_entries(row[keep], cost.indices[keep], np.ones(int(keep.sum())), cost.shape)


def _needs(
    problem: SitingProblem,
    weight: FloatArray,
    group: npt.NDArray[np.str_],
    tiers: tuple[str, ...],
) -> tuple[Need, ...]:
    """Turn target and floors into least weights, one for each tier and group."""
    target = problem.target
    if target is None:
        target = 1.0 if problem.model == "lscp" else 0.0
    tier = np.repeat(np.array(tiers), len(problem.weight))
    floors = problem.rules.floor
    names = sorted(set(group.tolist())) if problem.rules.group is not None else []
    needs = []
    for layer in tiers:
        inside = tier == layer
        wanted = [("", inside, target)]
        for name in names:
            share = floors.get(name, 0.0) if isinstance(floors, Mapping) else floors
            wanted.append((name, inside & (group == name), share))
        for name, rows, share in wanted:
            least = share * float(weight[rows].sum())
            if least > 0.0:
                needs.append(Need(name, rows, share, least, layer))
    return tuple(needs)


def _clashes(given: npt.ArrayLike | None, existing: BoolArray, forbidden: BoolArray) -> IntArray:
    """Sort the pairs; those of two existing sites, or with a forbidden one, ask nothing."""
    if given is None or not np.asarray(given).size:
        return np.empty((0, 2), dtype=np.int64)
    pairs = np.unique(np.sort(np.asarray(given, dtype=np.int64), axis=1), axis=0)
    idle = existing[pairs].all(axis=1) | forbidden[pairs].any(axis=1)
    kept: IntArray = pairs[~idle & (pairs[:, 0] != pairs[:, 1])]
    return kept

"""What a choice of sites is worth and which rules it breaks: the same sums for every solver and for the answer."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

import numpy as np

from geo.errors import Fault, fault
from geo.siting.check import named
from geo.siting.prepare import TOLERANCE, UNLIMITED, BoolArray, Need, Prepared
from geo.siting.problem import FloatArray, IntArray

MAXIMISED = ("mclp", "backup")


@dataclass
class Clock:
    """Seconds that are left."""

    seconds: float
    begun: float = field(default_factory=time.monotonic)

    @property
    def left(self) -> float:
        """Seconds left, not below zero."""
        return max(0.0, self.seconds - self.spent)

    @property
    def spent(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self.begun


@dataclass(frozen=True)
class Found:
    """What a solver hands back: a choice (None: none found) and a bound on the score, which is made small.

    `closest` is a choice that breaks needs only, by little, for when none was found that keeps all rules.
    """

    chosen: BoolArray | None
    bound: float
    infeasible: bool = False
    closest: BoolArray | None = None


def score(prepared: Prepared, chosen: BoolArray) -> float:
    """Return what is made small: the objective, or its negative where much is good."""
    if prepared.model == "lscp":
        return prepared.offset + float(prepared.price[chosen].sum())
    if prepared.model in MAXIMISED:
        return -float(covered_weight(prepared, chosen).sum())
    first, best = nearest(prepared, chosen)
    if prepared.model == "p_center":
        asked = reachable(prepared)
        return float(best[asked].max(initial=0.0))
    if prepared.capacity is not None:
        from geo.siting.assign import shared_out

        return shared_out(prepared, chosen)[0]
    served = np.where(first >= 0, best, prepared.unserved_cost or np.inf)
    if prepared.unserved_cost is not None:
        served = np.minimum(served, prepared.unserved_cost)
    asked = (prepared.weight > 0.0) & (reachable(prepared) | (prepared.unserved_cost is not None))
    return float((prepared.weight[asked] * served[asked]).sum())


def close_enough(prepared: Prepared, chosen: BoolArray, bound: float, gap: float) -> bool:
    """Tell whether a choice is proven to lie within the share `gap` of the best."""
    worth = score(prepared, chosen)
    return worth - bound <= gap * abs(worth)


def reachable(prepared: Prepared) -> BoolArray:
    """Tell which rows with a weight any site could serve."""
    return (prepared.weight > 0.0) & (np.diff(prepared.cost.indptr) > 0)


def covered_weight(prepared: Prepared, chosen: BoolArray) -> FloatArray:
    """Return the weight of each row that the model counts as covered."""
    if prepared.capacity is not None:
        from geo.siting.assign import shared_out

        return shared_out(prepared, chosen)[1]
    times = 2 if prepared.model == "backup" else 1
    return np.where(prepared.counts(chosen) >= times, prepared.weight, 0.0)


def nearest(prepared: Prepared, chosen: BoolArray) -> tuple[IntArray, FloatArray]:
    """Return for each row the nearest standing site (lowest place among equals; -1 none) and its cost (inf)."""
    cost = prepared.cost
    rows = cost.shape[0]
    keep = chosen[cost.indices]
    row = np.repeat(np.arange(rows), np.diff(cost.indptr))[keep]
    site, value = cost.indices[keep], cost.data[keep]
    order = np.lexsort((site, value, row))
    row, site, value = row[order], site[order], value[order]
    head = np.ones(len(row), dtype=bool)
    head[1:] = row[1:] != row[:-1]
    first = np.full(rows, -1, dtype=np.int64)
    best = np.full(rows, np.inf)
    first[row[head]] = site[head]
    best[row[head]] = value[head]
    return first, best


def reached(prepared: Prepared, chosen: BoolArray) -> FloatArray:
    """Return the weight of each row that counts for target and floors: covered once."""
    if prepared.capacity is not None:
        return covered_weight(prepared, chosen)
    return np.where(prepared.counts(chosen) > 0, prepared.weight, 0.0)


def shortfalls(prepared: Prepared, chosen: BoolArray) -> list[tuple[Need, float]]:
    """Return the needs that are not met, with the weight each lacks."""
    if not prepared.needs:
        return []
    weight = reached(prepared, chosen)
    lacking = [(need, need.weight - float(weight[need.rows].sum())) for need in prepared.needs]
    return [(need, lack) for need, lack in lacking if lack > slack(need.weight)]


def slack(weight: float) -> float:
    """Return how far sums may differ from the whole before it means anything."""
    return 1e-7 * max(1.0, abs(weight))


def allowed(prepared: Prepared, chosen: BoolArray) -> bool:
    """Tell whether a choice keeps count, budget, moves, distances and earlier answers."""
    if (prepared.fixed & ~chosen).any() or (chosen & ~(prepared.fixed | prepared.free)).any():
        return False
    if prepared.slot[chosen].sum() > prepared.count:
        return False
    if prepared.price[chosen].sum() > prepared.budget + TOLERANCE * (1.0 + abs(prepared.budget)):
        return False
    if (chosen & prepared.closable).sum() < prepared.least_kept:
        return False
    if chosen[prepared.clashes].all(axis=1).any():
        return False
    made = prepared.decisions(chosen)
    for earlier, differ in prepared.cuts:
        before = prepared.decisions(earlier)
        if (made & before).sum() > before.sum() - differ:
            return False
    return True


def feasible(prepared: Prepared, chosen: BoolArray) -> bool:
    """Tell whether a choice keeps every rule."""
    if not allowed(prepared, chosen) or shortfalls(prepared, chosen):
        return False
    if prepared.must_reach is not None and (prepared.must_reach @ chosen.astype(float) == 0).any():
        return False
    if prepared.model == "p_median" and prepared.unserved_cost is None:
        return bool(np.isfinite(score(prepared, chosen)))
    if prepared.model == "p_center":
        return bool(np.isfinite(score(prepared, chosen)))
    return True


def hard_faults(prepared: Prepared) -> list[Fault]:
    """Find rules that contradict each other whatever is chosen."""
    faults = []
    forced = prepared.fixed & ~prepared.existing
    fewest = prepared.slot[prepared.fixed].sum() + prepared.least_kept
    if fewest > prepared.count:
        room = (
            prepared.count - prepared.closable.sum() if prepared.closable.any() else prepared.count
        )
        faults.append(
            fault("siting_forced_over_count", forced=int(forced.sum()), count=f"{max(room, 0):g}")
        )
    keep = np.sort(prepared.price[prepared.closable & prepared.free])
    closing = keep[: prepared.least_kept].sum() + np.minimum(keep[prepared.least_kept :], 0.0).sum()
    cheapest = float(prepared.price[prepared.fixed].sum() + closing)
    if prepared.budget < UNLIMITED and cheapest > prepared.budget + TOLERANCE:
        faults.append(
            fault(
                "siting_forced_over_budget",
                cost=f"{cheapest + prepared.offset:g}",
                budget=f"{prepared.budget + prepared.offset:g}",
            )
        )
    both = prepared.clashes[prepared.fixed[prepared.clashes].all(axis=1)]
    if len(both):
        faults.append(fault("siting_forced_too_close", pairs=len(both), sites=named(both[0])))
    return faults

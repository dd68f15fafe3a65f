"""p-centre: the least radius within which all demand that can be reached is reached, by halving."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from geo.siting.cover import solve_cover
from geo.siting.judge import Clock, Found, feasible, reachable, score
from geo.siting.prepare import Need, Prepared
from geo.siting.problem import FloatArray, from_entries

ANY_ANSWER = float("inf")


def solve_center(prepared: Prepared, clock: Clock, gap: float) -> Found:
    """Halve the list of possible radii; each trial asks whether all demand can be covered within it.

    A trial is a covering problem: proof that there is no cover raises the bound; a trial that times out ends the search
    with the bound as it stands.
    """
    asked = reachable(prepared)
    radii = np.unique(prepared.cost.data[np.repeat(asked, np.diff(prepared.cost.indptr))])
    if not len(radii):
        return Found(prepared.fixed.copy(), 0.0)
    good = None
    low, high = _lowest(prepared), len(radii)
    low = int(np.searchsorted(radii, low))
    first = low
    while low < high:
        middle = (low + high) // 2 if good is not None else high - 1
        trial = _trial(prepared, float(radii[middle]))
        found = solve_cover(trial, Clock(clock.left), ANY_ANSWER)
        if found.chosen is not None and feasible(prepared, found.chosen):
            if good is None or score(prepared, found.chosen) < score(prepared, good):
                good = found.chosen
            high = int(np.searchsorted(radii, score(prepared, good)))
        elif found.infeasible and middle == len(radii) - 1:
            return Found(None, np.inf, infeasible=True)
        elif found.infeasible:
            low = middle + 1
        else:
            break
        if good is not None and radii[low if low < high else high] >= score(prepared, good) * (
            1 - gap
        ):
            break
        if clock.left <= 0.0:
            break
    bound = float(radii[min(low, len(radii) - 1)]) if low > first or good is not None else 0.0
    return Found(good, bound if good is None else min(bound, score(prepared, good)))


def _lowest(prepared: Prepared) -> float:
    """Return the greatest of all least costs: no radius below it can do."""
    asked = reachable(prepared)
    least = np.full(prepared.cost.shape[0], np.inf)
    row = np.repeat(np.arange(len(least)), np.diff(prepared.cost.indptr))
    np.minimum.at(least, row, prepared.cost.data)
    return float(least[asked].max(initial=0.0))


def _trial(prepared: Prepared, radius: float) -> Prepared:
    """Ask for any choice that reaches everything within `radius`; target and floors keep their own limit."""
    keep = prepared.cost.data <= radius
    row = np.repeat(np.arange(prepared.cost.shape[0]), np.diff(prepared.cost.indptr))
    ones: FloatArray = np.ones(int(keep.sum()))
    within = from_entries(row[keep], prepared.cost.indices[keep], ones, prepared.cost.shape)
    asked = reachable(prepared)
    if prepared.needs:
        return replace(prepared, model="lscp", must_reach=within[np.flatnonzero(asked)])
    everything = Need("", asked, 1.0, float(prepared.weight[asked].sum()))
    return replace(prepared, model="lscp", cover=within, needs=(everything,))

"""Bounds on covering problems that cost next to nothing: often they prove an answer before any solver is started."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array

from geo.siting.cover_bound import stepped_bound
from geo.siting.judge import score, slack
from geo.siting.prepare import TOLERANCE, UNLIMITED, BoolArray, Prepared
from geo.siting.problem import FloatArray, IntArray
from geo.siting.reduce import MergedRows

STEPPED_ENTRIES = 5_000
STEPS = 300


def bound_by_needs(prepared: Prepared, merged: MergedRows) -> float:
    """Bound the score by what the needs take; infinite when no choice meets them, minus infinity when nothing is known.

    Rows that must be covered and share no site need a site each; what a need lacks takes at least as many sites as its
    largest gains add up to.
    """
    if prepared.closable.any() or prepared.must_reach is not None or prepared.model == "backup":
        return -np.inf
    gone = np.asarray(merged.cover @ prepared.fixed.astype(np.float64)) > 0.0
    left = (
        prepared.count - float(prepared.slot[prepared.fixed].sum()),
        prepared.budget - float(prepared.price[prepared.fixed].sum()),
    )
    sites, money = 0.0, 0.0
    if prepared.needs:
        apart = _apart(merged, np.flatnonzero(merged.must & ~gone))
        lack = _for_needs(prepared, merged, gone)
        sites = max(float(len(apart)), lack[0])
        money = max(_cheapest(prepared, merged, apart), lack[1])
        if sites > left[0] or money > left[1] + TOLERANCE * (1.0 + abs(left[1])):
            return np.inf
    if prepared.model == "lscp":
        return float(prepared.offset + prepared.price[prepared.fixed].sum()) + money
    return -np.inf


def bound_by_steps(prepared: Prepared, merged: MergedRows, good: BoolArray) -> float:
    """Bound the score of a small ``mclp`` by subgradient steps; where weights are whole, so is the best."""
    plain = prepared.model == "mclp" and not prepared.closable.any()
    if not plain or merged.cover.nnz > STEPPED_ENTRIES:
        return -np.inf
    bound = stepped_bound(prepared, merged, score(prepared, good), STEPS)
    if (merged.weight == np.rint(merged.weight)).all():
        bound = float(np.ceil(bound - 1e-6))
    return bound


def _apart(merged: MergedRows, rows: IntArray) -> IntArray:
    """Pick rows of which no site covers two, those with the fewest sites first."""
    start, places = merged.cover.indptr, merged.cover.indices
    taken = np.zeros(merged.cover.shape[1], dtype=bool)
    picked = []
    for row in rows[np.argsort(np.diff(start)[rows], kind="stable")].tolist():
        mine = places[start[row] : start[row + 1]]
        if not taken[mine].any():
            taken[mine] = True
            picked.append(row)
    return np.array(picked, dtype=np.int64)


def _cheapest(prepared: Prepared, merged: MergedRows, rows: IntArray) -> float:
    """Return what the cheapest sites of rows that share none cost."""
    part = csr_array(merged.cover[rows])
    if not part.nnz:
        return 0.0
    return float(np.minimum.reduceat(prepared.price[part.indices], part.indptr[:-1]).sum())


def _for_needs(prepared: Prepared, merged: MergedRows, gone: BoolArray) -> tuple[float, float]:
    """Return how many sites, and what cost, every choice takes that meets the need that takes most."""
    weight = merged.weight[:, None] * merged.member
    asked = np.array([need.weight for need in prepared.needs])
    lack = asked - weight[gone].sum(axis=0)
    gains = np.asarray(merged.cover.T @ np.where(gone[:, None], 0.0, weight))
    gains[~prepared.free] = 0.0
    sites = money = 0.0
    for index in np.flatnonzero(lack > [slack(one) for one in asked]):
        missing = float(lack[index]) - slack(asked[index])
        sites = max(sites, _least(gains[:, index], prepared.slot.astype(np.float64), missing))
        if prepared.budget < UNLIMITED or prepared.model == "lscp":
            money = max(money, _least(gains[:, index], prepared.price, missing))
    return sites, money


def _least(gain: FloatArray, price: FloatArray, lack: float) -> float:
    """Return the least price at which gains, taken in parts, add up to `lack`; whole where all prices are."""
    given = gain > 0.0
    order = np.argsort(-gain[given] / np.maximum(price[given], 1e-12), kind="stable")
    total = np.cumsum(gain[given][order])
    last = int(np.searchsorted(total, lack))
    if last == len(total):
        return np.inf
    paid = price[given][order]
    before = float(total[last - 1]) if last else 0.0
    part = float(paid[:last].sum() + paid[last] * (lack - before) / (total[last] - before))
    whole = (price == np.rint(price)).all()
    return float(np.ceil(part - 1e-6)) if whole else part * (1.0 - 1e-9)

"""Good answers to covering problems without proof: needs first, then swaps, with needs as a bonus."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.sparse import csr_array

from geo.kernels.siting import fill, improve, start_state
from geo.siting.judge import Clock, allowed, close_enough, feasible, score, shortfalls
from geo.siting.prepare import UNLIMITED, BoolArray, Prepared
from geo.siting.problem import FloatArray
from geo.siting.reduce import MergedRows, cover_table, entries_left, merge_rows

FIRST_ROUNDS = 400
CHUNK_ROUNDS = 2000
CHUNKS = 12
FEWER_ENTRIES = 5_000
URGENCIES = (3.0, 10.0, 30.0, 100.0, 300.0, 1000.0)


def first_answer(
    prepared: Prepared, merged: MergedRows, closed: BoolArray, clock: Clock
) -> BoolArray | None:
    """Find an answer that keeps every rule, or None."""
    if prepared.model == "backup":
        pairs = greedy_pairs(prepared)
        return pairs if feasible(prepared, pairs) else None
    if not prepared.cuts:
        return _try(prepared, merged, closed, _rounds(prepared), clock)
    best = None
    for site in np.flatnonzero(prepared.decisions(prepared.cuts[-1][0])):
        barred = closed.copy()
        barred[site] = True
        other = _try(prepared, merged, barred, 0, clock)
        if other is not None and (best is None or score(prepared, other) < score(prepared, best)):
            best = other
        if clock.spent > 0.2 * clock.seconds:
            break
    return best


def _rounds(prepared: Prepared) -> int:
    """Return how many rounds a first answer is worth: few where there is little to choose from."""
    return min(FIRST_ROUNDS, 10 * int(prepared.free.sum()))


def _try(
    prepared: Prepared, merged: MergedRows, closed: BoolArray, rounds: int, clock: Clock
) -> BoolArray | None:
    """Choose greedily, needs first; then better by swaps."""
    start = greedy_needs(prepared, merged, closed)
    best = start if feasible(prepared, start) else None
    if prepared.model == "lscp":
        if best is None:
            best = swapped_to_needs(prepared, merged, closed, (start,), (rounds, clock))[0]
        return (
            None
            if best is None
            else _fewer(prepared, merged, closed, thinned(prepared, best), clock)
        )
    if not prepared.needs:
        return _better(prepared, best, swapped(prepared, merged, closed, start, (rounds, 0)))
    other, _ = swapped_to_needs(prepared, merged, closed, (start,), (rounds, clock))
    return best if other is None else _better(prepared, best, other)


def swapped_to_needs(
    prepared: Prepared,
    merged: MergedRows,
    closed: BoolArray,
    starts: tuple[BoolArray, ...],
    limits: tuple[int, Clock],
) -> tuple[BoolArray | None, BoolArray]:
    """Swap with more and more urgency of the needs until all are met; then once more for covered weight.

    Returns
    -------
    tuple
        The best answer that keeps every rule, or None, and the choice that came closest.
    """
    rounds, clock = limits
    best, closest, least = None, starts[0], np.inf
    for turn, urgency in enumerate(URGENCIES):
        start = starts[turn] if turn < len(starts) else closest
        other = swapped(prepared, merged, closed, start, (rounds, turn), urgency)
        met = feasible(prepared, other)
        if met:
            best = _better(prepared, best, other)
        lack = sum(missing for _, missing in shortfalls(prepared, other))
        if lack < least and allowed(prepared, other):
            closest, least = other, lack
        if (best is not None and turn + 1 >= len(starts)) or clock.spent > 0.3 * clock.seconds:
            break
    return best, closest


def _better(prepared: Prepared, one: BoolArray | None, other: BoolArray) -> BoolArray | None:
    """Return the better of an answer and a choice that may break rules."""
    if not feasible(prepared, other):
        return one
    return other if one is None or score(prepared, other) < score(prepared, one) else one


def _fewer(
    prepared: Prepared, merged: MergedRows, closed: BoolArray, best: BoolArray, clock: Clock
) -> BoolArray:
    """Ask again and again for one site less, as a problem of most weight; only where all sites cost the same."""
    price = prepared.price[prepared.free]
    even = len(price) > 0 and float(np.ptp(price)) == 0.0 and not prepared.closable.any()
    if not even or prepared.must_reach is not None or entries_left(merged, closed) < FEWER_ENTRIES:
        return best
    while clock.spent <= 0.3 * clock.seconds:
        slots = float(prepared.slot[best].sum())
        trial = replace(prepared, model="mclp", count=slots - 1.0)
        other = _try(trial, merged, closed, _rounds(trial), clock)
        if other is None:
            return best
        best = thinned(prepared, other)
    return best


def swapped(
    prepared: Prepared,
    merged: MergedRows,
    closed: BoolArray,
    start: BoolArray,
    rounds_seed: tuple[int, int],
    urgency: float = 0.0,
) -> BoolArray:
    """Fill up and improve `start`, needs weighing by their urgency."""
    open_ = ~closed & (prepared.free | prepared.fixed)
    kept = prepared.fixed | (prepared.closable & (prepared.price < 0.0) & start)
    table = cover_table(prepared, _only(merged, open_ | start), kept, urgency)
    state = start_state(table, start, prepared.budget, prepared.count)
    by_price = prepared.budget < UNLIMITED
    fill(table, state, by_price)
    fill(table, state, False)
    better: BoolArray = improve(table, state, rounds_seed[0], by_price, rounds_seed[1])
    return better


def _only(merged: MergedRows, usable: BoolArray) -> MergedRows:
    """Leave the entries of sites out that may not be used."""
    table = merged.cover
    row = np.repeat(np.arange(table.shape[0]), np.diff(table.indptr))
    keep = usable[table.indices]
    start = np.concatenate([[0], np.cumsum(np.bincount(row[keep], minlength=table.shape[0]))])
    cover = csr_array((table.data[keep], table.indices[keep], start), shape=table.shape)
    return replace(merged, cover=cover)


def rounded(prepared: Prepared, part: FloatArray) -> BoolArray:
    """Choose the sites that a relaxed model takes most of, while count, budget and distances hold."""
    chosen = prepared.fixed.copy()
    near = csr_array(
        (
            np.ones(2 * len(prepared.clashes)),
            np.concatenate([prepared.clashes, prepared.clashes[:, ::-1]]).T,
        ),
        shape=(len(chosen), len(chosen)),
    )
    barred = near @ chosen.astype(np.float64) > 0.0
    left = np.array([prepared.budget, prepared.count])
    left -= [prepared.price[chosen].sum(), prepared.slot[chosen].sum()]
    taken = np.flatnonzero(prepared.free & (part > 1e-6))
    for site in taken[np.argsort(-part[taken], kind="stable")].tolist():
        fits = prepared.price[site] <= left[0] + 1e-9 and prepared.slot[site] <= left[1]
        if fits and not barred[site]:
            chosen[site] = True
            left -= [prepared.price[site], prepared.slot[site]]
            barred[near.indices[near.indptr[site] : near.indptr[site + 1]]] = True
    return chosen


def greedy_needs(prepared: Prepared, merged: MergedRows, closed: BoolArray) -> BoolArray:
    """Choose, while needs are not met, the site that brings most of what they lack for its price."""
    chosen = prepared.fixed | (prepared.closable & (prepared.budget >= UNLIMITED))
    if prepared.closable.any() and not allowed(replace(prepared, cuts=()), chosen):
        chosen = prepared.fixed | prepared.closable
    if not prepared.needs:
        return chosen
    columns = csr_array(merged.cover.T.tocsr())
    member = merged.member * merged.weight[:, None]
    needed = np.array([need.weight for need in prepared.needs])
    clash = [np.empty(0, dtype=np.int64)] * len(chosen)
    for one, other in prepared.clashes.tolist():
        clash[one] = np.append(clash[one], other)
        clash[other] = np.append(clash[other], one)
    barred = closed | ~prepared.free
    for site in np.flatnonzero(chosen):
        barred[clash[site]] = True
    left = np.array([prepared.budget, prepared.count])
    left -= [prepared.price[chosen].sum(), prepared.slot[chosen].sum()]
    while True:
        missing = np.asarray(merged.cover @ chosen.astype(np.float64)) == 0.0
        lack = np.maximum(needed - member[~missing].sum(axis=0), 0.0)
        lack[lack <= 1e-9 * needed] = 0.0
        if not lack.any():
            return chosen
        brings = np.minimum(columns @ (member * missing[:, None]), lack).sum(axis=1)
        fits = (prepared.price <= left[0] + 1e-9) & (prepared.slot <= left[1]) & ~barred & ~chosen
        worth = np.where(fits, brings / np.maximum(prepared.price, 1e-9), 0.0)
        site = np.argmax(worth)
        if worth[site] <= 0.0:
            return chosen
        chosen[site] = True
        barred[clash[site]] = True
        left -= [prepared.price[site], prepared.slot[site]]


def greedy_pairs(prepared: Prepared) -> BoolArray:
    """Choose, for cover by two, the site that brings most rows one step nearer to it, the second step counting most."""
    chosen = greedy_needs(prepared, merge_rows(prepared), np.zeros(len(prepared.free), dtype=bool))
    columns = csr_array(prepared.cover.T.tocsr())
    near = csr_array(
        (
            np.ones(2 * len(prepared.clashes)),
            np.concatenate([prepared.clashes, prepared.clashes[:, ::-1]]).T,
        ),
        shape=(len(chosen), len(chosen)),
    )
    while True:
        counts = prepared.counts(chosen)
        step = np.where(counts == 0, 0.4, np.where(counts == 1, 1.0, 0.0)) * prepared.weight
        fits = prepared.free & ~chosen & (near @ chosen.astype(np.float64) == 0.0)
        fits &= prepared.price <= prepared.budget - prepared.price[chosen].sum() + 1e-9
        fits &= prepared.slot <= prepared.count - prepared.slot[chosen].sum()
        gain = np.where(fits, columns @ step, 0.0)
        site = int(np.argmax(gain))
        if gain[site] <= 0.0:
            return chosen
        chosen[site] = True


def thinned(prepared: Prepared, chosen: BoolArray) -> BoolArray:
    """Give up sites that no rule and no covered weight needs, the dearest and last first."""
    chosen = chosen.copy()
    before = score(prepared, chosen)
    mine = np.flatnonzero(chosen & prepared.free & ~prepared.closable)
    for site in mine[np.lexsort((-mine, -prepared.price[mine]))].tolist():
        chosen[site] = False
        if score(prepared, chosen) > before + 1e-12 * abs(before) or not feasible(prepared, chosen):
            chosen[site] = True
        else:
            before = score(prepared, chosen)
    return chosen


def search_on(
    prepared: Prepared,
    merged: MergedRows,
    good: BoolArray,
    bound: float,
    limits: tuple[Clock, float],
) -> BoolArray:
    """Go on by swaps for a fixed number of rounds, or until the gap or the time is reached."""
    clock, gap = limits
    nothing = np.zeros(len(good), dtype=bool)
    urgency = URGENCIES[-1] if prepared.needs else 0.0
    rounds = CHUNK_ROUNDS // 10
    for turn in range(CHUNKS):
        begun = clock.spent
        other = swapped(prepared, merged, nothing, good, (rounds, turn + 1), urgency)
        if feasible(prepared, other) and score(prepared, other) < score(prepared, good):
            good = other
        took = clock.spent - begun
        if close_enough(prepared, good, bound, gap) or clock.left < 12.0 * took:
            break
        rounds = CHUNK_ROUNDS
    return good

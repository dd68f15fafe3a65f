"""Covering problems (mclp, lscp, backup): a good answer by greedy choice and swaps, the proof by linear models."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.sparse import csr_array

from geo.kernels.siting import fill, improve, start_state
from geo.siting.blocks import add_cover, add_needs, add_sites
from geo.siting.cover_bound import priced_out, stepped_bound
from geo.siting.judge import Clock, Found, allowed, feasible, score, shortfalls
from geo.siting.milp import LinearModel
from geo.siting.prepare import UNLIMITED, BoolArray, Prepared
from geo.siting.problem import FloatArray
from geo.siting.reduce import MergedRows, cover_table, dominated, merge_rows

FIRST_ROUNDS = 400
CHUNK_ROUNDS = 2000
CHUNKS = 12
RELAX_ENTRIES = 40_000
FEWER_ENTRIES = 5_000
MODEL_ENTRIES = 250_000


def solve_cover(prepared: Prepared, clock: Clock, gap: float) -> Found:
    """Solve a covering problem.

    Strategy
    --------
    - Rows that no answer tells apart are merged, dominated sites left out.
    - Greedy and swaps give a first answer; the relaxed model, by interior point, a bound.
    - On large tables the bound's prices rule sites out; if little enough is left, whole numbers are tried, else the
      search goes on for a fixed number of rounds.
    """
    merged = merge_rows(prepared)
    closed = dominated(prepared, merged)
    good = _first_answer(prepared, merged, closed, clock)
    bound = -np.inf
    if _entries(merged, closed) > RELAX_ENTRIES:
        bound, out = _relaxed(prepared, merged, closed, good, clock)
        if good is not None and _close(prepared, good, bound, gap):
            return Found(good, bound)
        closed = closed | out
    if good is not None and _entries(merged, closed) > MODEL_ENTRIES:
        return Found(_search_on(prepared, merged, good, bound, (clock, gap)), bound)
    return _exact(prepared, merged, closed, (clock, gap), Found(good, bound))


def _relaxed(
    prepared: Prepared,
    merged: MergedRows,
    closed: BoolArray,
    good: BoolArray | None,
    clock: Clock,
) -> tuple[float, BoolArray]:
    """Bound the score by the relaxed model; for ``mclp`` name sites too that no better answer has."""
    nothing = np.zeros_like(closed)
    relaxed = _model(prepared, merged, closed).relax(seconds=0.5 * clock.left)
    plain = prepared.model == "mclp" and not prepared.closable.any()
    if relaxed.ending != "optimal" or relaxed.row_duals is None:
        if not plain or good is None:
            return -np.inf, nothing
        return stepped_bound(prepared, merged, score(prepared, good)), nothing
    bound = relaxed.bound + _constant(prepared) - 1e-7 * abs(relaxed.bound)
    if not (plain and prepared.simple and good is not None):
        return bound, nothing
    duals = relaxed.row_duals[-len(merged.weight) :]
    lower, out = priced_out(prepared, merged, duals, score(prepared, good))
    return max(bound, lower), out & ~good


def _entries(merged: MergedRows, closed: BoolArray) -> int:
    return int((~closed[merged.cover.indices]).sum())


def _close(prepared: Prepared, chosen: BoolArray, bound: float, gap: float) -> bool:
    worth = score(prepared, chosen)
    return worth - bound <= gap * abs(worth)


def _constant(prepared: Prepared) -> float:
    return prepared.offset if prepared.model == "lscp" else 0.0


def _model(prepared: Prepared, merged: MergedRows, closed: BoolArray) -> LinearModel:
    """Build the model; for ``mclp`` and ``lscp`` the rows that tie covered rows to sites follow those of sites."""
    model = LinearModel()
    price = prepared.price if prepared.model == "lscp" else np.zeros(len(prepared.price))
    add_sites(model, prepared, price, closed)
    if prepared.model == "backup":
        add_cover(model, merged, -merged.weight, times=2)
    if prepared.model != "backup" or prepared.needs:
        gain = -merged.weight if prepared.model == "mclp" else np.zeros(len(merged.weight))
        first = add_cover(model, merged, gain)
        add_needs(model, prepared, merged, first)
    if prepared.must_reach is not None:
        table = prepared.must_reach.tocoo()
        model.add_rows(table.shape[0], (table.row, table.col, table.data), lower=1.0)
    return model


def _exact(
    prepared: Prepared,
    merged: MergedRows,
    closed: BoolArray,
    limits: tuple[Clock, float],
    found: Found,
) -> Found:
    """Settle the problem with whole numbers, from the answer `found` on."""
    clock, gap = limits
    model = _model(prepared, merged, closed)
    good = found.chosen
    start = None if good is None else good.astype(np.float64)
    outcome = model.solve(seconds=clock.left, gap=gap, start=start)
    if outcome.ending == "infeasible":
        if good is not None:
            return Found(good, score(prepared, good))
        return Found(None, np.inf, infeasible=True)
    bound = max(found.bound, outcome.bound + _constant(prepared))
    if outcome.values is not None:
        other = outcome.values[: len(prepared.free)] > 0.5
        if good is None or score(prepared, other) < score(prepared, good):
            good = other
    if good is not None:
        worth = score(prepared, good)
        bound = worth if outcome.ending == "optimal" and gap == 0.0 else min(bound, worth)
    return Found(good, bound)


def _first_answer(
    prepared: Prepared, merged: MergedRows, closed: BoolArray, clock: Clock
) -> BoolArray | None:
    """Find an answer that keeps every rule, or None."""
    if prepared.model == "backup":
        pairs = greedy_pairs(prepared)
        return pairs if feasible(prepared, pairs) else None
    if not prepared.cuts:
        return _try(prepared, merged, closed, FIRST_ROUNDS)
    best = None
    for site in np.flatnonzero(prepared.decisions(prepared.cuts[-1][0])):
        barred = closed.copy()
        barred[site] = True
        other = _try(prepared, merged, barred, 0)
        if other is not None and (best is None or score(prepared, other) < score(prepared, best)):
            best = other
        if clock.spent > 0.2 * clock.seconds:
            break
    return best


def _try(
    prepared: Prepared, merged: MergedRows, closed: BoolArray, rounds: int
) -> BoolArray | None:
    """Choose greedily, needs first; then better by swaps, with more weight where needs are not met."""
    start = greedy_needs(prepared, merged, closed)
    best = start if feasible(prepared, start) else None
    if prepared.model == "lscp":
        return None if best is None else _fewer(prepared, merged, closed, thinned(prepared, best))
    boost = np.zeros(len(prepared.needs))
    for turn in range(1 if not prepared.needs else 6):
        weight = merged.weight * (1.0 + merged.member @ boost)
        other = _swapped(prepared, merged, closed, weight, start, rounds, turn)
        if feasible(prepared, other) and (
            best is None or score(prepared, other) < score(prepared, best)
        ):
            best = other
        lacking = {id(need) for need, _ in shortfalls(prepared, other)}
        if not lacking:
            break
        boost += np.array([0.5 if id(need) in lacking else 0.0 for need in prepared.needs])
        start = other
    return best


def _fewer(prepared: Prepared, merged: MergedRows, closed: BoolArray, best: BoolArray) -> BoolArray:
    """Ask again and again for one site less, as a problem of most weight; only where all sites cost the same."""
    price = prepared.price[prepared.free]
    even = len(price) > 0 and float(np.ptp(price)) == 0.0 and not prepared.closable.any()
    if not even or prepared.must_reach is not None or _entries(merged, closed) < FEWER_ENTRIES:
        return best
    while True:
        slots = float(prepared.slot[best].sum())
        trial = replace(prepared, model="mclp", count=slots - 1.0)
        other = _try(trial, merged, closed, FIRST_ROUNDS)
        if other is None:
            return best
        best = thinned(prepared, other)


def _swapped(
    prepared: Prepared,
    merged: MergedRows,
    closed: BoolArray,
    weight: FloatArray,
    start: BoolArray,
    rounds: int,
    seed: int,
) -> BoolArray:
    """Fill up and improve `start` on the given weights."""
    open_ = ~closed & (prepared.free | prepared.fixed)
    kept = prepared.fixed | (prepared.closable & (prepared.price < 0.0) & start)
    table = cover_table(prepared, _only(merged, open_ | start), weight, kept)
    state = start_state(table, start, prepared.budget, prepared.count)
    fill(table, state, prepared.budget < UNLIMITED)
    fill(table, state, False)
    better: BoolArray = improve(table, state, rounds, prepared.budget < UNLIMITED, seed)
    return better


def _only(merged: MergedRows, usable: BoolArray) -> MergedRows:
    """Leave the entries of sites out that may not be used."""
    table = merged.cover
    row = np.repeat(np.arange(table.shape[0]), np.diff(table.indptr))
    keep = usable[table.indices]
    start = np.concatenate([[0], np.cumsum(np.bincount(row[keep], minlength=table.shape[0]))])
    cover = csr_array((table.data[keep], table.indices[keep], start), shape=table.shape)
    return replace(merged, cover=cover)


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


def _search_on(
    prepared: Prepared,
    merged: MergedRows,
    good: BoolArray,
    bound: float,
    limits: tuple[Clock, float],
) -> BoolArray:
    """Go on by swaps for a fixed number of rounds, or until the gap or the time is reached."""
    clock, gap = limits
    nothing = np.zeros(len(good), dtype=bool)
    rounds = CHUNK_ROUNDS // 10
    for turn in range(CHUNKS):
        begun = clock.spent
        other = _swapped(prepared, merged, nothing, merged.weight, good, rounds, turn + 1)
        if feasible(prepared, other) and score(prepared, other) < score(prepared, good):
            good = other
        took = clock.spent - begun
        if _close(prepared, good, bound, gap) or clock.left < 12.0 * took:
            break
        rounds = CHUNK_ROUNDS
    return good


def solve_greedily(prepared: Prepared) -> Found:
    """Take the best site again and again; the bound is the better of two.

    No answer covers more than what is covered now and the `count` largest gains still open (submodularity), nor
    more than the greedy gain divided by 1 - 1/e (Nemhauser, Wolsey and Fisher 1978).
    """
    merged = merge_rows(prepared)
    table = cover_table(prepared, merged, merged.weight, prepared.fixed)
    state = start_state(table, prepared.fixed, prepared.budget, prepared.count)
    before, room = state.money[0], int(min(state.money[2], len(prepared.free)))
    fill(table, state, False)
    covered = state.money[0]
    open_gain = np.sort(state.gain[prepared.free & ~state.chosen])[::-1][:room].sum()
    most = min(covered + open_gain, before + (covered - before) / (1.0 - np.exp(-1.0)))
    return Found(state.chosen.copy(), -min(most, float(merged.weight.sum())))

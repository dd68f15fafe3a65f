"""Covering problems (mclp, lscp, backup): a good answer by greedy choice and swaps, the proof by linear models."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from geo.kernels.siting import fill, start_state
from geo.siting.blocks import add_cover, add_needs, add_sites
from geo.siting.cover_bound import priced_out, stepped_bound
from geo.siting.cover_search import (
    first_answer,
    greedy_needs,
    rounded,
    search_on,
    swapped_to_needs,
)
from geo.siting.judge import Clock, Found, close_enough, score
from geo.siting.milp import Ending, LinearModel
from geo.siting.prepare import BoolArray, Prepared
from geo.siting.problem import FloatArray
from geo.siting.quick_bound import bound_by_needs, bound_by_steps
from geo.siting.reduce import MergedRows, cover_table, dominated, entries_left, merge_rows

NEED_ROUNDS = 400
RELAX_ENTRIES = 40_000
MODEL_ENTRIES = 250_000


def solve_cover(prepared: Prepared, clock: Clock, gap: float) -> Found:
    """Solve a covering problem.

    Strategy
    --------
    - Rows that no answer tells apart are merged, dominated sites left out.
    - Greedy and swaps give a first answer; the relaxed model, by interior point, a bound.
    - Floors are sought from the relaxed model's sites too, with more and more urgency of what is lacking.
    - On large tables the bound's prices rule sites out; if little enough is left, whole numbers are tried, else the
      search goes on for a fixed number of rounds.
    """
    merged = merge_rows(prepared)
    closed = dominated(prepared, merged)
    bound, closest = bound_by_needs(prepared, merged), None
    if bound == np.inf:
        return Found(None, np.inf, infeasible=True)
    good = first_answer(prepared, merged, closed, clock)
    if good is not None:
        if gap == np.inf:
            return Found(good, bound)
        bound = max(bound, bound_by_steps(prepared, merged, good))
        if close_enough(prepared, good, bound, 1e-12):
            return Found(good, score(prepared, good))
    if entries_left(merged, closed) > RELAX_ENTRIES:
        relaxed = _relaxed(prepared, merged, closed, clock)
        if relaxed.ending == "infeasible" and good is None:
            return Found(None, np.inf, infeasible=True)
        if prepared.needs and prepared.model == "mclp":
            good, closest = _needs_by_rounding(prepared, merged, closed, (relaxed, good), clock)
        lower, out = _bound(prepared, merged, relaxed, good)
        bound = max(bound, lower)
        if good is not None and close_enough(prepared, good, bound, gap):
            return Found(good, bound)
        closed = closed | out
    if good is not None and entries_left(merged, closed) > MODEL_ENTRIES:
        return Found(search_on(prepared, merged, good, bound, (clock, gap)), bound)
    return _exact(prepared, merged, closed, (clock, gap), Found(good, bound, closest=closest))


@dataclass(frozen=True)
class Relaxed:
    """What the relaxed model brought: its bound, the sites in parts, the prices of rows and of needs."""

    ending: Ending
    bound: float = -np.inf
    part: FloatArray | None = None
    row_prices: FloatArray | None = None
    need_prices: FloatArray | None = None


def _relaxed(prepared: Prepared, merged: MergedRows, closed: BoolArray, clock: Clock) -> Relaxed:
    model, first, places = _model(prepared, merged, closed)
    outcome = model.relax(seconds=0.5 * clock.left)
    if outcome.values is None or outcome.row_duals is None:
        return Relaxed(outcome.ending)
    bound = outcome.bound + _constant(prepared) - 1e-7 * abs(outcome.bound)
    part = outcome.values[: len(prepared.free)]
    if prepared.model != "mclp":
        return Relaxed(outcome.ending, bound, part)
    duals = np.abs(outcome.row_duals)
    need_prices = np.array([duals[one] if one >= 0 else 0.0 for one in places])
    rows = duals[first : first + len(merged.weight)]
    return Relaxed(outcome.ending, bound, part, rows, need_prices)


def _bound(
    prepared: Prepared, merged: MergedRows, relaxed: Relaxed, good: BoolArray | None
) -> tuple[float, BoolArray]:
    """Bound the score; for ``mclp`` name sites too that no better answer has."""
    nothing = np.zeros_like(prepared.free)
    plain = prepared.model == "mclp" and not prepared.closable.any() and good is not None
    if not plain or good is None:
        return relaxed.bound, nothing
    worth = score(prepared, good)
    if relaxed.row_prices is None or relaxed.need_prices is None:
        return stepped_bound(prepared, merged, worth), nothing
    prices = (relaxed.row_prices, relaxed.need_prices)
    lower, out = priced_out(prepared, merged, prices, worth)
    return max(relaxed.bound, lower), out & ~good


def _needs_by_rounding(
    prepared: Prepared,
    merged: MergedRows,
    closed: BoolArray,
    known: tuple[Relaxed, BoolArray | None],
    clock: Clock,
) -> tuple[BoolArray | None, BoolArray]:
    """Start the swaps from the sites the relaxed model takes most of; it shares them out between needs best."""
    relaxed, good = known
    start = greedy_needs(prepared, merged, closed)
    if relaxed.part is not None:
        start = rounded(prepared, relaxed.part)
    other, closest = swapped_to_needs(prepared, merged, closed, (start,), (NEED_ROUNDS, clock))
    if other is None or (good is not None and score(prepared, good) <= score(prepared, other)):
        other = good
    return other, closest


def _constant(prepared: Prepared) -> float:
    return prepared.offset if prepared.model == "lscp" else 0.0


def _model(
    prepared: Prepared, merged: MergedRows, closed: BoolArray
) -> tuple[LinearModel, int, list[int]]:
    """Build the model; say where the rows that tie covered rows to sites begin, and where each need's row is."""
    model = LinearModel()
    places: list[int] = []
    price = prepared.price if prepared.model == "lscp" else np.zeros(len(prepared.price))
    add_sites(model, prepared, price, closed)
    tied = model.rows
    if prepared.model == "backup":
        add_cover(model, merged, -merged.weight, times=2)
    if prepared.model != "backup" or prepared.needs:
        gain = -merged.weight if prepared.model == "mclp" else np.zeros(len(merged.weight))
        first = add_cover(model, merged, gain)
        places = add_needs(model, prepared, merged, first)
    if prepared.must_reach is not None:
        table = prepared.must_reach.tocoo()
        model.add_rows(table.shape[0], (table.row, table.col, table.data), lower=1.0)
    return model, tied, places


def _exact(
    prepared: Prepared,
    merged: MergedRows,
    closed: BoolArray,
    limits: tuple[Clock, float],
    found: Found,
) -> Found:
    """Settle the problem with whole numbers, from the answer `found` on."""
    clock, gap = limits
    model, _, _ = _model(prepared, merged, closed)
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
    return Found(good, bound, closest=found.closest)


def solve_greedily(prepared: Prepared) -> Found:
    """Take the best site again and again; the bound is the better of two.

    No answer covers more than what is covered now and the `count` largest gains still open (submodularity), nor
    more than the greedy gain divided by 1 - 1/e (Nemhauser, Wolsey and Fisher 1978).
    """
    merged = merge_rows(prepared)
    table = cover_table(prepared, merged, prepared.fixed)
    state = start_state(table, prepared.fixed, prepared.budget, prepared.count)
    before, room = state.money[0], int(min(state.money[2], len(prepared.free)))
    fill(table, state, False)
    covered = state.money[0]
    open_gain = np.sort(state.gain[prepared.free & ~state.chosen])[::-1][:room].sum()
    most = min(covered + open_gain, before + (covered - before) / (1.0 - np.exp(-1.0)))
    return Found(state.chosen.copy(), -min(most, float(merged.weight.sum())))

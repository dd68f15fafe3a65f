"""p-median: swaps for a good answer, Lagrangian bounds and a branching on sites for the proof."""

from __future__ import annotations

import heapq
from dataclasses import replace
from itertools import count as counter
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from geo.kernels.siting_median import (
    MedianTable,
    improve_median,
    price_rows,
    start_median,
)
from geo.siting.assign import solve_assignment
from geo.siting.judge import Clock, Found, feasible, score
from geo.siting.median_table import Layout, fixings, lay_out
from geo.siting.prepare import BoolArray, Prepared
from geo.siting.problem import FloatArray

ROOT_ROUNDS = 4000
NODE_ROUNDS = 120
SWAP_ROUNDS = 40
MODEL_ENTRIES = 12_000


def solve_median(prepared: Prepared, clock: Clock, gap: float) -> Found:
    """Solve a p-median.

    Strategy
    --------
    - Swaps give an answer, subgradients a bound; what the two rule out is left out for good.
    - With no rule beyond count or budget: best-first branching on sites, each node bounded the same way, unless
      little is left, which a linear model settles faster.
    - With further rules the bound still holds; the linear model on what is left obeys them.
    """
    if prepared.capacity is not None:
        return solve_assignment(prepared, clock, gap, None, -np.inf, None)
    layout = lay_out(prepared)
    if not len(layout.rows) or not len(layout.sites):
        return Found(prepared.fixed.copy(), score(prepared, prepared.fixed))
    limits = (prepared.budget, prepared.count)
    chosen = _first_answer(prepared, layout, clock)
    good = layout.spread(chosen, len(prepared.free))
    usable = feasible(prepared, good)
    best = score(prepared, good) if usable else np.inf
    goal = float(start_median(layout.table, chosen).first_cost.sum())
    bound, multiplier, _ = price_rows(
        layout.table,
        _first_prices(layout, chosen),
        *limits,
        goal,
        _cutoff(best, layout),
        ROOT_ROUNDS,
    )
    if bound >= _cutoff(best, layout) or best - bound <= gap * abs(best):
        return Found(good, min(bound, best) if bound < _cutoff(best, layout) else best)
    if not prepared.simple or not usable:
        closed = None
        if usable:
            _, barred, _ = fixings(layout.table, bound, multiplier, limits, _cutoff(best, layout))
            closed = layout.spread(barred, len(prepared.free))
        return solve_assignment(prepared, clock, gap, good if usable else None, bound, closed)
    return _branch(prepared, clock, gap, Found(good, bound), (layout, multiplier))


def _cutoff(best: float, layout: Layout) -> float:
    """Return the cost from which on an answer is no better than `best`."""
    if not np.isfinite(best):
        return np.inf
    return best - (1.0 - 1e-6 if layout.whole else 1e-9 * max(1.0, abs(best)))


def _first_answer(prepared: Prepared, layout: Layout, clock: Clock) -> BoolArray:
    """Find an answer by swaps; earlier answers are stepped around by barring one of their sites at a time."""
    table = layout.table
    limits = (prepared.budget, prepared.count)
    kept_open = table.fixed | (prepared.closable[layout.sites] & (table.price < 0.0))
    table = table._replace(fixed=kept_open)
    if not prepared.cuts:
        start = kept_open | (prepared.closable[layout.sites] & (prepared.budget > 1e17))
        chosen = start
        for seed in range(4):
            chosen = improve_median(table, chosen, *limits, SWAP_ROUNDS // 4, seed)
            if clock.spent > 0.3 * clock.seconds:
                break
        return chosen
    best, least = kept_open.copy(), np.inf
    made = prepared.decisions(prepared.cuts[-1][0])[layout.sites]
    for site in np.flatnonzero(made):
        barred = table.barred.copy()
        barred[site] = True
        chosen = improve_median(table._replace(barred=barred), kept_open, *limits, 2, 0)
        whole = layout.spread(chosen, len(prepared.free))
        if feasible(prepared, whole) and score(prepared, whole) < least:
            best, least = chosen, score(prepared, whole)
        if clock.spent > 0.3 * clock.seconds:
            break
    return best


def _first_prices(layout: Layout, chosen: BoolArray) -> FloatArray:
    """Start the multipliers at the cost of the second nearest chosen site."""
    table = layout.table
    state = start_median(table, chosen)
    if not len(table.row_costs):
        return np.array(table.fallback)
    last = np.maximum(table.row_start[1:] - 1, 0)
    farthest = np.where(np.diff(table.row_start) > 0, table.row_costs[last], table.fallback)
    prices: FloatArray = np.minimum(state.second_cost, farthest)
    return prices


def _shrink(prepared: Prepared, layout: Layout, barred: BoolArray) -> tuple[Prepared, Layout]:
    """Leave barred sites out for good."""
    keep = np.zeros(len(prepared.free), dtype=bool)
    keep[layout.sites[~barred]] = True
    smaller = replace(prepared, free=prepared.free & keep)
    return smaller, lay_out(smaller)


def _branch(
    prepared: Prepared, clock: Clock, gap: float, found: Found, root: tuple[Layout, FloatArray]
) -> Found:
    """Prove, or better, the answer `found` by branching on sites, the most promising node first."""
    layout, multiplier = root
    limits = (prepared.budget, prepared.count)
    good = found.chosen if found.chosen is not None else prepared.fixed
    best = score(prepared, good)
    _, barred, _ = fixings(layout.table, found.bound, multiplier, limits, _cutoff(best, layout))
    part, layout = _shrink(prepared, layout, barred)
    left = int(
        (layout.table.row_costs < np.repeat(multiplier, np.diff(layout.table.row_start))).sum()
    )
    if left <= MODEL_ENTRIES:
        closed = ~(part.free | part.fixed)
        trial = Clock(min(0.4 * clock.left, 15.0))
        settled = solve_assignment(prepared, trial, gap, good, found.bound, closed)
        if settled.chosen is not None:
            good, best = settled.chosen, score(prepared, settled.chosen)
        if best - settled.bound <= max(gap * abs(best), 1e-9 * abs(best)):
            return Found(good, settled.bound)
    return _search(prepared, clock, gap, Found(good, found.bound), (layout, multiplier))


def _search(
    prepared: Prepared, clock: Clock, gap: float, found: Found, root: tuple[Layout, FloatArray]
) -> Found:
    """Branch, the node with the least bound first, until the bound meets the answer or time is up."""
    layout, multiplier = root
    limits = (prepared.budget, prepared.count)
    good = found.chosen if found.chosen is not None else prepared.fixed
    best = score(prepared, good)
    number = counter()
    first = price_rows(layout.table, multiplier, *limits, best, _cutoff(best, layout), NODE_ROUNDS)
    heap = [_node(max(found.bound, first[0]), next(number), layout.table, *first[1:])]
    while heap:
        bound = heap[0].bound
        if bound >= _cutoff(best, layout):
            return Found(good, best)
        if best - bound <= gap * abs(best) or clock.left <= 0.0:
            return Found(good, bound)
        node = heapq.heappop(heap)
        for child in _children(layout.table, node):
            start = node.prices.astype(np.float64)
            lower, prices, often = price_rows(
                child, start, *limits, best, _cutoff(best, layout), NODE_ROUNDS
            )
            whole = layout.spread(_answer_of(child, often, limits), len(prepared.free))
            if feasible(prepared, whole) and score(prepared, whole) < best:
                good, best = whole, score(prepared, whole)
            if lower < _cutoff(best, layout):
                into, out, _ = fixings(child, lower, prices, limits, _cutoff(best, layout))
                rest = child._replace(fixed=child.fixed | into, barred=child.barred | out)
                if (rest.fixed | rest.barred).all():
                    whole = layout.spread(rest.fixed, len(prepared.free))
                    if feasible(prepared, whole) and score(prepared, whole) < best:
                        good, best = whole, score(prepared, whole)
                    continue
                heapq.heappush(heap, _node(max(lower, bound), next(number), rest, prices, often))
    return Found(good, best)


class Node(NamedTuple):
    """A part of the problem, kept small: bound, order of birth, packed masks, prices, site to branch on (-1: none)."""

    bound: float
    number: int
    fixed: npt.NDArray[np.uint8]
    barred: npt.NDArray[np.uint8]
    prices: npt.NDArray[np.float32]
    site: int


def _node(
    bound: float, number: int, table: MedianTable, prices: FloatArray, often: FloatArray
) -> Node:
    """Pack a node; it will be split at the site the bound is least sure of."""
    free = ~table.fixed & ~table.barred
    doubt = np.where(free, np.minimum(often, 1.0 - often), -1.0)
    site = int(np.argmax(doubt)) if free.any() else -1
    masks = (np.packbits(table.fixed), np.packbits(table.barred))
    return Node(bound, number, *masks, prices.astype(np.float32), site)


def _children(table: MedianTable, node: Node) -> list[MedianTable]:
    """Split a node; one without free sites is a single answer, which its choice of sites has shown already."""
    size = len(table.fixed)
    masks = (node.fixed, node.barred)
    fixed, barred = (np.unpackbits(one, count=size).astype(bool) for one in masks)
    here = table._replace(fixed=fixed, barred=barred)
    if node.site < 0:
        return []
    into, out = fixed.copy(), barred.copy()
    into[node.site] = True
    out[node.site] = True
    return [here._replace(fixed=into), here._replace(barred=out)]


def _answer_of(table: MedianTable, often: FloatArray, limits: tuple[float, float]) -> BoolArray:
    """Make an answer of the sites a node chooses most often, bettered by swaps."""
    budget, count = limits
    chosen = table.fixed.copy()
    left = budget - float(table.price[chosen].sum())
    slots = count - float(table.slot[chosen].sum())
    for site in np.argsort(-often, kind="stable"):
        if slots < 1 or often[site] < 0.3:
            break
        if not chosen[site] and not table.barred[site] and table.price[site] <= left:
            chosen[site] = True
            left -= float(table.price[site])
            slots -= float(table.slot[site])
    bettered: BoolArray = improve_median(table, chosen, budget, count, 0, 0)
    return bettered

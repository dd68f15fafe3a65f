"""Loops of the p-median: swaps that look at all pairs at once, and the Lagrangian bound by subgradients.

Strategy
--------
- Every row knows its nearest and second nearest chosen site; its fall-back cost stands for "nobody".
- What every swap with one new site saves comes out of one pass over that site's column (Whitaker 1983,
  Resende and Werneck 2007).
- The bound prices "every row is served once" (Cornuejols, Fisher and Nemhauser 1977): rows sorted by cost stop early.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

F8 = npt.NDArray[np.float64]


class MedianTable(NamedTuple):
    """Weighted costs by row (ascending) and by site, and what a row costs when nobody serves it.

    Attributes
    ----------
    row_start, row_sites, row_costs
        Entries of a row, cheapest first; all below the row's fall-back.
    site_start, site_rows, site_costs
        The same entries by site.
    fallback
        Cost of a row without a chosen site.
    price, slot
        What a site takes from the budget and from the count.
    fixed, barred
        Sites that stay chosen, and sites that may not be.
    """

    row_start: npt.NDArray[np.int64]
    row_sites: npt.NDArray[np.int32]
    row_costs: F8
    site_start: npt.NDArray[np.int64]
    site_rows: npt.NDArray[np.int32]
    site_costs: F8
    fallback: F8
    price: F8
    slot: npt.NDArray[np.int32]
    fixed: npt.NDArray[np.bool_]
    barred: npt.NDArray[np.bool_]


class MedianState(NamedTuple):
    """What is chosen, the two nearest chosen sites of each row (-1: none) and their costs."""

    chosen: npt.NDArray[np.bool_]
    first: npt.NDArray[np.int32]
    second: npt.NDArray[np.int32]
    first_cost: F8
    second_cost: F8


@njit(cache=True, nogil=True)
def serve(table: MedianTable, state: MedianState, row: int) -> None:
    """Find the two nearest chosen sites of a row."""
    state.first[row] = -1
    state.second[row] = -1
    state.first_cost[row] = table.fallback[row]
    state.second_cost[row] = table.fallback[row]
    for at in range(table.row_start[row], table.row_start[row + 1]):
        site = table.row_sites[at]
        if not state.chosen[site]:
            continue
        if state.first[row] < 0:
            state.first[row] = site
            state.first_cost[row] = table.row_costs[at]
        else:
            state.second[row] = site
            state.second_cost[row] = table.row_costs[at]
            return


@njit(cache=True, nogil=True)
def start_median(table: MedianTable, chosen: npt.NDArray[np.bool_]) -> MedianState:
    """Serve every row by the sites `chosen`."""
    rows = len(table.fallback)
    state = MedianState(
        chosen.copy(),
        np.empty(rows, np.int32),
        np.empty(rows, np.int32),
        np.empty(rows, np.float64),
        np.empty(rows, np.float64),
    )
    for row in range(rows):
        serve(table, state, row)
    return state


@njit(cache=True, nogil=True)
def add_site(table: MedianTable, state: MedianState, site: int) -> None:
    """Choose a site."""
    state.chosen[site] = True
    for at in range(table.site_start[site], table.site_start[site + 1]):
        row = table.site_rows[at]
        cost = table.site_costs[at]
        if cost < state.first_cost[row] or state.first[row] < 0:
            state.second[row] = state.first[row]
            state.second_cost[row] = state.first_cost[row]
            state.first[row] = site
            state.first_cost[row] = cost
        elif cost < state.second_cost[row] or state.second[row] < 0:
            state.second[row] = site
            state.second_cost[row] = cost


@njit(cache=True, nogil=True)
def drop_site(table: MedianTable, state: MedianState, site: int) -> None:
    """Give a chosen site up."""
    state.chosen[site] = False
    for at in range(table.site_start[site], table.site_start[site + 1]):
        row = table.site_rows[at]
        if state.first[row] == site or state.second[row] == site:
            serve(table, state, row)


@njit(cache=True, nogil=True)
def add_greedily(table: MedianTable, state: MedianState, budget: float, count: float) -> None:
    """Add the site that saves most while one fits and saves anything; the lowest index among equals."""
    left = budget - table.price[state.chosen].sum()
    slots = count - table.slot[state.chosen].sum()
    while True:
        best = -1
        best_saving = 0.0
        for site in range(len(table.price)):
            if state.chosen[site] or table.barred[site]:
                continue
            if table.price[site] > left + 1e-9 or table.slot[site] > slots:
                continue
            saving = 0.0
            for at in range(table.site_start[site], table.site_start[site + 1]):
                saving += max(0.0, state.first_cost[table.site_rows[at]] - table.site_costs[at])
            if saving > best_saving * (1.0 + 1e-12):
                best = site
                best_saving = saving
        if best < 0:
            return
        add_site(table, state, best)
        left -= table.price[best]
        slots -= table.slot[best]


@njit(cache=True, nogil=True)
def swap_median(table: MedianTable, state: MedianState, budget: float, begin: int) -> None:
    """Make every swap that saves, site by site from `begin` on, until a whole pass saves nothing."""
    sites = len(table.price)
    left = budget - table.price[state.chosen].sum()
    loss = np.zeros(sites)
    idle = 0
    site = begin % max(sites, 1)
    fresh = False
    while idle < sites:
        if not state.chosen[site] and not table.barred[site]:
            if not fresh:
                loss[:] = 0.0
                for row in range(len(table.fallback)):
                    if state.first[row] >= 0:
                        loss[state.first[row]] += state.second_cost[row] - state.first_cost[row]
                fresh = True
            other = _best_out(table, state, site, loss, left)
            if other >= 0:
                left += table.price[other] - table.price[site]
                drop_site(table, state, other)
                add_site(table, state, site)
                fresh = False
                idle = 0
        idle += 1
        site = site + 1 if site + 1 < sites else 0


@njit(cache=True, nogil=True)
def _best_out(table: MedianTable, state: MedianState, site: int, loss: F8, left: float) -> int:
    """Return the chosen site to give up for `site`; -1 when no swap with it saves."""
    saving = 0.0
    relief = np.zeros(len(loss))
    for at in range(table.site_start[site], table.site_start[site + 1]):
        row = table.site_rows[at]
        cost = table.site_costs[at]
        if cost < state.first_cost[row]:
            saving += state.first_cost[row] - cost
            if state.first[row] >= 0:
                relief[state.first[row]] += state.second_cost[row] - state.first_cost[row]
        elif cost < state.second_cost[row]:
            relief[state.first[row]] += state.second_cost[row] - cost
    best = -1
    best_net = 1e-9 * (1.0 + saving)
    for other in np.flatnonzero(state.chosen):
        if table.fixed[other] or table.slot[other] < table.slot[site]:
            continue
        if table.price[site] - table.price[other] > left + 1e-9:
            continue
        net = saving - loss[other] + relief[other]
        if net > best_net:
            best = int(other)
            best_net = net
    return best


@njit(cache=True, nogil=True)
def improve_median(
    table: MedianTable,
    chosen: npt.NDArray[np.bool_],
    budget: float,
    count: float,
    rounds: int,
    seed: int,
) -> npt.NDArray[np.bool_]:
    """Improve a choice by swaps, then by `rounds` of moving a few sites at random and swapping again."""
    np.random.seed(seed)
    state = start_median(table, chosen)
    add_greedily(table, state, budget, count)
    swap_median(table, state, budget, 0)
    best: npt.NDArray[np.bool_] = state.chosen.copy()
    best_cost = state.first_cost.sum()
    for _ in range(rounds):
        movable = np.flatnonzero(state.chosen & ~table.fixed)
        if len(movable) == 0:
            break
        for _ in range(1 + np.random.randint(min(4, len(movable)))):
            site = movable[np.random.randint(len(movable))]
            if state.chosen[site]:
                drop_site(table, state, site)
        spent = table.price[state.chosen].sum()
        site = np.random.randint(len(table.price))
        if (
            not state.chosen[site]
            and not table.barred[site]
            and spent + table.price[site] <= budget + 1e-9
            and table.slot[state.chosen].sum() + table.slot[site] <= count
        ):
            add_site(table, state, site)
        add_greedily(table, state, budget, count)
        swap_median(table, state, budget, np.random.randint(len(table.price)))
        cost = state.first_cost.sum()
        if cost < best_cost - 1e-9 * (1.0 + abs(best_cost)):
            best_cost = cost
            best[:] = state.chosen
        elif cost > best_cost * (1.0 + 1e-9):
            for one in np.flatnonzero(state.chosen & ~best):
                drop_site(table, state, one)
            for one in np.flatnonzero(best & ~state.chosen):
                add_site(table, state, one)
    return best


@njit(cache=True, nogil=True)
def reduced_costs(table: MedianTable, multiplier: F8) -> F8:
    """Return for each site the sum of ``min(0, cost - multiplier)`` over its rows."""
    worth = np.zeros(len(table.price))
    for row in range(len(multiplier)):
        for at in range(table.row_start[row], table.row_start[row + 1]):
            below = table.row_costs[at] - multiplier[row]
            if below >= 0.0:
                break
            worth[table.row_sites[at]] += below
    return worth


@njit(cache=True, nogil=True)
def choose_cheapest(
    table: MedianTable, worth: F8, budget: float, count: float, choice: F8
) -> float:
    """Fill `choice` with the sites that lower the sum most within count or budget; return that sum.

    The relaxation of one knapsack: fixed sites whole, then by what a site lowers for a unit of the scarcer
    resource, the last one in part.
    """
    by_count = count < 1e17
    left = count if by_count else budget
    choice[:] = 0.0
    total = 0.0
    ratio = np.zeros(len(worth))
    for site in range(len(worth)):
        need = float(table.slot[site]) if by_count else table.price[site]
        if table.barred[site]:
            continue
        if table.fixed[site]:
            choice[site] = 1.0
            total += worth[site]
            left -= need
        elif need < 0.0:
            choice[site] = 1.0
            total += worth[site]
            left -= need
            ratio[site] = 0.0
        elif need <= 1e-12:
            if worth[site] < 0.0:
                choice[site] = 1.0
                total += worth[site]
        else:
            ratio[site] = worth[site] / need
    if left < -1e-9:
        return np.inf
    for site in np.argsort(ratio, kind="mergesort"):
        if ratio[site] >= 0.0 or left <= 1e-12:
            break
        need = float(table.slot[site]) if by_count else table.price[site]
        choice[site] = min(1.0, left / need)
        total += worth[site] * choice[site]
        left -= need * choice[site]
    return total


@njit(cache=True, nogil=True)
def price_rows(
    table: MedianTable,
    start: F8,
    budget: float,
    count: float,
    goal: float,
    stop: float,
    rounds: int,
) -> tuple[float, F8, F8]:
    """Raise the Lagrangian bound by subgradient steps from the multipliers `start`.

    Parameters
    ----------
    goal
        Cost of a known answer, the aim of the steps.
    stop
        A bound that is good enough.

    Returns
    -------
    tuple
        The best bound, its multipliers, and how often each site was chosen of late (0 to 1).
    """
    rows = len(start)
    multiplier = start.copy()
    best = -np.inf
    best_multiplier = start.copy()
    choice = np.zeros(len(table.price))
    often = np.zeros(len(table.price))
    direction = np.zeros(rows)
    step = 1.5
    waited = 0
    for turn in range(rounds):
        worth = reduced_costs(table, multiplier)
        bound = multiplier.sum() + choose_cheapest(table, worth, budget, count, choice)
        if bound == np.inf:
            return np.inf, best_multiplier, choice
        often += max(0.04, 1.0 / (turn + 1)) * (choice - often)
        if bound > best + 1e-7 * abs(best) or best == -np.inf:
            waited = 0
        else:
            waited += 1
        if bound > best:
            best = bound
            best_multiplier[:] = multiplier
        if waited > 25:
            step *= 0.6
            waited = 0
            multiplier[:] = best_multiplier
            direction[:] = 0.0
            if step < 1e-5:
                break
        square = 0.0
        for row in range(rows):
            short = 1.0
            for at in range(table.row_start[row], table.row_start[row + 1]):
                if table.row_costs[at] >= multiplier[row]:
                    break
                short -= choice[table.row_sites[at]]
            direction[row] = short + 0.5 * direction[row]
            square += direction[row] * direction[row]
        if square < 1e-18 or goal - best <= 1e-9 * abs(goal) or best >= stop:
            break
        length = step * max(goal - bound, 1e-6 * abs(goal)) / square
        for row in range(rows):
            moved = multiplier[row] + length * direction[row]
            multiplier[row] = min(table.fallback[row], max(0.0, moved))
    return best, best_multiplier, often

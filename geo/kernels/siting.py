"""Loops of covering problems: dominated sites, and greedy choice improved by taking out and putting back.

Strategy
--------
- ``counts[row]`` chosen sites cover a row; ``gain[site]`` is what one site more would cover, kept up to date in
  integer steps: only rows whose count passes between 0 and 1 touch it.
- A swap is "take one out, put the best one back": a few microseconds, so whole neighbourhoods are searched.
- A round takes a few neighbouring sites out, puts the best back one by one, then tries every swap near by.
- A round that ends a little below the present value is kept now and then, so that the search leaves local peaks.
- Needs (a least covered weight of some rows) count as a bonus: ``urgency`` for each unit of weight that a need lacks.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

SLACK = 1e-9


class CoverTable(NamedTuple):
    """Which site covers which row, both ways, with the rows' weights and the sites' prices.

    Attributes
    ----------
    site_start, site_rows
        Rows of site j are ``site_rows[site_start[j]:site_start[j + 1]]``.
    row_start, row_sites
        Sites of row i are ``row_sites[row_start[i]:row_start[i + 1]]``.
    weight
        A row's weight.
    price, slot
        What a site takes from the budget and from the count.
    clash_start, clash_sites
        Sites that may not be chosen together with site j.
    fixed
        Sites that stay chosen.
    row_need_start, row_needs
        Needs that row i counts for.
    site_need_start, site_needs
        Needs that site j can do something for.
    needed
        Least covered weight of each need.
    urgency
        What a unit of weight that a need lacks counts beyond its own weight.
    """

    site_start: npt.NDArray[np.int64]
    site_rows: npt.NDArray[np.int32]
    row_start: npt.NDArray[np.int64]
    row_sites: npt.NDArray[np.int32]
    weight: npt.NDArray[np.float64]
    price: npt.NDArray[np.float64]
    slot: npt.NDArray[np.int32]
    clash_start: npt.NDArray[np.int64]
    clash_sites: npt.NDArray[np.int32]
    fixed: npt.NDArray[np.bool_]
    row_need_start: npt.NDArray[np.int64]
    row_needs: npt.NDArray[np.int32]
    site_need_start: npt.NDArray[np.int64]
    site_needs: npt.NDArray[np.int32]
    needed: npt.NDArray[np.float64]
    urgency: float


class CoverState(NamedTuple):
    """What is chosen now and what follows from it; ``money`` holds covered weight, budget left and count left.

    Attributes
    ----------
    met
        Covered weight of each need.
    need_gain
        Site x need: what one site more would add to it.
    """

    chosen: npt.NDArray[np.bool_]
    counts: npt.NDArray[np.int32]
    gain: npt.NDArray[np.float64]
    clashes: npt.NDArray[np.int32]
    money: npt.NDArray[np.float64]
    met: npt.NDArray[np.float64]
    need_gain: npt.NDArray[np.float64]


@njit(cache=True, nogil=True)
def kept_sites(table: CoverTable, comparable: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Tell which sites are not dominated: no other covers the same rows or more for the same price or less.

    Of equals the lowest index stays. Sites that are not `comparable` neither dominate nor are dominated.
    """
    count = len(table.price)
    kept = np.ones(count, np.bool_)
    mark = np.full(len(table.weight), -1, np.int32)
    for site in range(count):
        start, end = table.site_start[site], table.site_start[site + 1]
        if start == end or not comparable[site]:
            continue
        rarest = table.site_rows[start]
        for at in range(start, end):
            row = table.site_rows[at]
            mark[row] = site
            if (
                table.row_start[row + 1] - table.row_start[row]
                < table.row_start[rarest + 1] - table.row_start[rarest]
            ):
                rarest = row
        for at in range(table.row_start[rarest], table.row_start[rarest + 1]):
            other = table.row_sites[at]
            size = table.site_start[other + 1] - table.site_start[other]
            if other == site or not kept[other] or not comparable[other]:
                continue
            if size < end - start or table.price[other] > table.price[site]:
                continue
            if size == end - start and table.price[other] == table.price[site] and other > site:
                continue
            common = 0
            for place in range(table.site_start[other], table.site_start[other + 1]):
                if mark[table.site_rows[place]] == site:
                    common += 1
            if common == end - start:
                kept[site] = False
                break
    return kept


@njit(cache=True, nogil=True)
def start_state(
    table: CoverTable, start: npt.NDArray[np.bool_], budget: float, count: float
) -> CoverState:
    """Open the sites of `start` on an empty table."""
    sites = len(table.price)
    state = CoverState(
        np.zeros(sites, np.bool_),
        np.zeros(len(table.weight), np.int32),
        np.zeros(sites, np.float64),
        np.zeros(sites, np.int32),
        np.array([0.0, budget, count]),
        np.zeros(len(table.needed)),
        np.zeros((sites, len(table.needed))),
    )
    for site in range(sites):
        for at in range(table.site_start[site], table.site_start[site + 1]):
            row = table.site_rows[at]
            state.gain[site] += table.weight[row]
            for need in range(table.row_need_start[row], table.row_need_start[row + 1]):
                state.need_gain[site, table.row_needs[need]] += table.weight[row]
    for site in range(sites):
        if start[site] or table.fixed[site]:
            put_in(table, state, site)
    return state


@njit(cache=True, nogil=True)
def pass_row(table: CoverTable, state: CoverState, row: int, weight: float) -> None:
    """Count a row as covered from now on, or with a negative weight as no longer covered."""
    state.money[0] += weight
    for place in range(table.row_start[row], table.row_start[row + 1]):
        state.gain[table.row_sites[place]] -= weight
    for at in range(table.row_need_start[row], table.row_need_start[row + 1]):
        need = table.row_needs[at]
        state.met[need] += weight
        for place in range(table.row_start[row], table.row_start[row + 1]):
            state.need_gain[table.row_sites[place], need] -= weight


@njit(cache=True, nogil=True)
def value_now(table: CoverTable, state: CoverState) -> float:
    """Return the covered weight less what the needs lack, at its urgency."""
    lack = 0.0
    for need in range(len(table.needed)):
        lack += max(0.0, table.needed[need] - state.met[need])
    return float(state.money[0] - table.urgency * lack)


@njit(cache=True, nogil=True)
def worth_of(table: CoverTable, state: CoverState, site: int) -> float:
    """Return what choosing a site adds to the value."""
    worth = state.gain[site]
    for at in range(table.site_need_start[site], table.site_need_start[site + 1]):
        need = table.site_needs[at]
        lack = table.needed[need] - state.met[need]
        if lack > 0.0:
            worth += table.urgency * min(lack, max(0.0, state.need_gain[site, need]))
    return float(worth)


@njit(cache=True, nogil=True)
def put_in(table: CoverTable, state: CoverState, site: int) -> None:
    """Choose a site."""
    state.chosen[site] = True
    state.money[1] -= table.price[site]
    state.money[2] -= table.slot[site]
    for at in range(table.clash_start[site], table.clash_start[site + 1]):
        state.clashes[table.clash_sites[at]] += 1
    for at in range(table.site_start[site], table.site_start[site + 1]):
        row = table.site_rows[at]
        state.counts[row] += 1
        if state.counts[row] == 1:
            pass_row(table, state, row, table.weight[row])


@njit(cache=True, nogil=True)
def take_out(table: CoverTable, state: CoverState, site: int) -> None:
    """Give a chosen site up."""
    state.chosen[site] = False
    state.money[1] += table.price[site]
    state.money[2] += table.slot[site]
    for at in range(table.clash_start[site], table.clash_start[site + 1]):
        state.clashes[table.clash_sites[at]] -= 1
    for at in range(table.site_start[site], table.site_start[site + 1]):
        row = table.site_rows[at]
        state.counts[row] -= 1
        if state.counts[row] == 0:
            pass_row(table, state, row, -table.weight[row])


@njit(cache=True, nogil=True)
def best_site(table: CoverTable, state: CoverState, barred: int, by_price: bool) -> int:
    """Return the site that adds most (for its price), the lowest index among equals; -1 for none."""
    best = -1
    best_worth = 0.0
    least = SLACK * (1.0 + abs(state.money[0]))
    for site in range(len(table.price)):
        if state.gain[site] <= least or state.chosen[site] or site == barred:
            continue
        if state.clashes[site] > 0:
            continue
        if table.price[site] > state.money[1] + SLACK or table.slot[site] > state.money[2]:
            continue
        worth = worth_of(table, state, site)
        if by_price:
            worth /= max(table.price[site], 1e-12)
        if worth > best_worth * (1.0 + 1e-12):
            best = site
            best_worth = worth
    return best


@njit(cache=True, nogil=True)
def fill(table: CoverTable, state: CoverState, by_price: bool) -> None:
    """Put in the best site again and again while one fits and adds something."""
    while True:
        site = best_site(table, state, -1, by_price)
        if site < 0:
            return
        put_in(table, state, site)


@njit(cache=True, nogil=True)
def swap_all(table: CoverTable, state: CoverState) -> None:
    """Take every chosen site out once and put the best back, until nothing gets better."""
    better = True
    while better:
        better = False
        for site in np.flatnonzero(state.chosen):
            if table.fixed[site]:
                continue
            before = value_now(table, state)
            least = before + SLACK * (1.0 + abs(before))
            take_out(table, state, site)
            other = best_site(table, state, site, False)
            if other < 0 or value_now(table, state) + worth_of(table, state, other) <= least:
                put_in(table, state, site)
                continue
            put_in(table, state, other)
            fill(table, state, False)
            better = True


@njit(cache=True, nogil=True)
def neighbour(table: CoverTable, state: CoverState, site: int) -> int:
    """Walk at random from a site over shared rows to a chosen one near by; -1 when none is met."""
    here = site
    for _ in range(4):
        size = table.site_start[here + 1] - table.site_start[here]
        if size == 0:
            return -1
        row = table.site_rows[table.site_start[here] + np.random.randint(size)]
        ways = table.row_start[row + 1] - table.row_start[row]
        here = table.row_sites[table.row_start[row] + np.random.randint(ways)]
        size = table.site_start[here + 1] - table.site_start[here]
        row = table.site_rows[table.site_start[here] + np.random.randint(size)]
        for place in range(table.row_start[row], table.row_start[row + 1]):
            other = table.row_sites[place]
            if state.chosen[other] and not table.fixed[other] and other != site:
                return int(other)
    return -1


@njit(cache=True, nogil=True)
def restore(table: CoverTable, state: CoverState, target: npt.NDArray[np.bool_]) -> None:
    """Go back to the choice `target`."""
    for site in np.flatnonzero(state.chosen & ~target):
        take_out(table, state, site)
    for site in np.flatnonzero(target & ~state.chosen):
        put_in(table, state, site)


@njit(cache=True, nogil=True)
def swap_new(table: CoverTable, state: CoverState, present: npt.NDArray[np.bool_]) -> None:
    """Try to swap only the sites that are not in `present`, once each."""
    for site in np.flatnonzero(state.chosen & ~present):
        if table.fixed[site]:
            continue
        take_out(table, state, site)
        other = best_site(table, state, -1, False)
        put_in(table, state, other if other >= 0 else site)


@njit(cache=True, nogil=True)
def improve(
    table: CoverTable, state: CoverState, rounds: int, by_price: bool, seed: int
) -> npt.NDArray[np.bool_]:
    """Improve a choice by `rounds` of taking neighbouring sites out and putting the best back.

    Returns
    -------
    numpy.ndarray
        The best choice met; `state` is left at it.
    """
    np.random.seed(seed)
    swap_all(table, state)
    best = state.chosen.copy()
    best_value = value_now(table, state)
    present = best.copy()
    present_value = best_value
    present_total = state.money[0]
    for turn in range(rounds):
        movable = np.flatnonzero(state.chosen & ~table.fixed)
        if len(movable) == 0:
            break
        anchor = site = movable[np.random.randint(len(movable))]
        out = 1 + np.random.randint(6)
        while out > 0 and site >= 0:
            follower = neighbour(table, state, site)
            take_out(table, state, site)
            site = follower
            out -= 1
        put_at_random(table, state, anchor)
        if by_price and turn % 2 == 0:
            fill(table, state, True)
        fill(table, state, False)
        swap_new(table, state, present)
        fill(table, state, False)
        value = value_now(table, state)
        temperature = 0.001 * present_total * (1.0 - turn / rounds)
        if value > best_value + SLACK * (1.0 + abs(best_value)):
            best_value = value
            best[:] = state.chosen
        if value >= present_value or np.random.random() * temperature > present_value - value:
            present_value = value
            present_total = state.money[0]
            present[:] = state.chosen
        else:
            restore(table, state, present)
    restore(table, state, best)
    swap_all(table, state)
    return state.chosen.copy()


@njit(cache=True, nogil=True)
def put_at_random(table: CoverTable, state: CoverState, anchor: int) -> None:
    """Put a site in that shares a row with `anchor`, drawn at random, so that rounds differ."""
    size = table.site_start[anchor + 1] - table.site_start[anchor]
    if size == 0:
        return
    for _ in range(5):
        row = table.site_rows[table.site_start[anchor] + np.random.randint(size)]
        ways = table.row_start[row + 1] - table.row_start[row]
        site = table.row_sites[table.row_start[row] + np.random.randint(ways)]
        if (
            not state.chosen[site]
            and state.clashes[site] == 0
            and state.gain[site] > 0.0
            and table.price[site] <= state.money[1] + SLACK
            and table.slot[site] <= state.money[2]
        ):
            put_in(table, state, site)
            return

"""The p-median laid out for its kernels, and what the Lagrangian bound rules out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from geo.kernels.siting_median import (
    MedianTable,
    choose_cheapest,
    reduced_costs,
)
from geo.siting.judge import reachable
from geo.siting.prepare import BoolArray, Prepared
from geo.siting.problem import FloatArray, IndexArray, IntArray


@dataclass(frozen=True)
class Layout:
    """Kernel table and the way back.

    Attributes
    ----------
    rows, sites
        Demand rows and sites of the problem behind those of the table.
    penalty
        Fall-back that stands for "must be served"; infinite when nobody need be.
    whole
        Whether every cost is a whole number, so that a better answer is better by one at least.
    """

    table: MedianTable
    rows: IntArray
    sites: IntArray
    penalty: float
    whole: bool

    def spread(self, chosen: BoolArray, size: int) -> BoolArray:
        """Give a choice in the table's sites as one in the problem's."""
        mask = np.zeros(size, dtype=bool)
        mask[self.sites[chosen]] = True
        return mask


def lay_out(prepared: Prepared, keep: BoolArray | None = None) -> Layout:
    """Lay out the rows that ask for service and the sites that may stand.

    Parameters
    ----------
    keep
        Sites of the problem to lay out; by default all that are free or fixed.
    """
    unserved = prepared.unserved_cost
    usable = prepared.free | prepared.fixed if keep is None else keep
    asked = prepared.weight > 0.0 if unserved is not None else reachable(prepared)
    rows = np.flatnonzero(asked)
    sites = np.flatnonzero(usable)
    part = prepared.cost[rows][:, sites].tocsr()
    row = np.repeat(np.arange(len(rows)), np.diff(part.indptr))
    cost = part.data * prepared.weight[rows][row]
    worst = np.zeros(len(rows))
    np.maximum.at(worst, row, cost)
    penalty = np.inf if unserved is not None else 1.0 + 2.0 * float(worst.sum())
    fallback = np.full(len(rows), penalty)
    if unserved is not None:
        fallback = unserved * prepared.weight[rows]
    below = cost < fallback[row]
    row, site, cost = row[below], part.indices[below], cost[below]
    whole = bool((cost == np.rint(cost)).all() and (np.rint(fallback) == fallback).all())
    table = _table(prepared, sites, row, site, cost, fallback)
    return Layout(table, rows, sites, penalty, whole)


def _table(
    prepared: Prepared,
    sites: IntArray,
    row: IndexArray,
    site: IndexArray,
    cost: FloatArray,
    fallback: FloatArray,
) -> MedianTable:
    by_row = np.lexsort((site, cost, row))
    by_site = np.lexsort((row, site))
    starts = [
        np.concatenate([[0], np.cumsum(np.bincount(key, minlength=size))]).astype(np.int64)
        for key, size in ((row, len(fallback)), (site, len(sites)))
    ]
    return MedianTable(
        starts[0],
        site[by_row].astype(np.int32),
        cost[by_row],
        starts[1],
        row[by_site].astype(np.int32),
        cost[by_site],
        fallback,
        prepared.price[sites].astype(np.float64),
        prepared.slot[sites],
        prepared.fixed[sites],
        np.zeros(len(sites), dtype=bool),
    )


def fixings(
    table: MedianTable,
    bound: float,
    multiplier: FloatArray,
    limits: tuple[float, float],
    cutoff: float,
) -> tuple[BoolArray, BoolArray, FloatArray]:
    """Tell which sites every better answer has, which none has, and what choosing a site adds to the bound.

    Parameters
    ----------
    limits
        Budget and count.
    cutoff
        Answers that cost this or more are of no interest.
    """
    worth = reduced_costs(table, multiplier)
    choice = np.zeros(len(worth))
    choose_cheapest(table, worth, *limits, choice)
    open_ = ~table.fixed & ~table.barred
    by_count = limits[1] < 1e17
    need = table.slot.astype(np.float64) if by_count else table.price
    if (need[open_] <= 0.0).any():
        nothing = np.zeros(len(worth), dtype=bool)
        return nothing, nothing, np.zeros(len(worth))
    inside, outside = open_ & (choice >= 1.0), open_ & (choice <= 0.0)
    part = open_ & ~inside & ~outside
    rate = np.where(open_, worth / np.where(open_, need, 1.0), 0.0)
    edge_in = float(rate[inside | part].max(initial=-np.inf))
    edge_out = float(rate[outside | part].min(initial=np.inf))
    if not np.isfinite(edge_in):
        edge_in = 0.0
    spare = float(limits[1] if by_count else limits[0]) - float(need @ choice)
    if spare > 1e-9:
        edge_in = 0.0
        edge_out = 0.0
    edge_out = min(edge_out, 0.0)
    add = np.where(outside, worth - edge_in * need, 0.0)
    drop = np.where(inside, edge_out * need - worth, 0.0)
    add = np.maximum(add, 0.0)
    barred = outside & (bound + add >= cutoff)
    fixed = inside & (bound + np.maximum(drop, 0.0) >= cutoff)
    return fixed, barred, add

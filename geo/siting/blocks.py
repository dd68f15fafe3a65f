"""Blocks of a linear model that several problems share: sites with their rules, covered rows, needs."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array

from geo.siting.milp import LinearModel
from geo.siting.prepare import UNLIMITED, BoolArray, Prepared
from geo.siting.problem import FloatArray
from geo.siting.reduce import MergedRows


def add_sites(
    model: LinearModel, prepared: Prepared, cost: FloatArray, closed: BoolArray | None = None
) -> None:
    """Add one yes-or-no column a site as the first block, and all rules on sites alone.

    Parameters
    ----------
    closed
        Free sites that may be left out because they cannot make the answer better.
    """
    free = prepared.free if closed is None else prepared.free & ~closed
    model.add_columns(cost, lower=prepared.fixed, upper=prepared.fixed | free, integer=True)
    if prepared.count < UNLIMITED:
        places = np.flatnonzero(prepared.slot)
        model.add_row(places, prepared.slot[places], upper=prepared.count)
    if prepared.budget < UNLIMITED:
        places = np.flatnonzero(prepared.price)
        model.add_row(places, prepared.price[places], upper=prepared.budget)
    if prepared.least_kept:
        model.add_row(np.flatnonzero(prepared.closable), 1.0, lower=prepared.least_kept)
    pairs = prepared.clashes
    if len(pairs):
        row = np.repeat(np.arange(len(pairs)), 2)
        model.add_rows(len(pairs), (row, pairs.ravel(), 1.0), upper=1.0)
    for earlier, differ in prepared.cuts:
        made = prepared.decisions(earlier)
        shut = made & prepared.closable
        places = np.flatnonzero(made)
        sign = np.where(shut[places], -1.0, 1.0)
        model.add_row(places, sign, upper=float(made.sum() - differ - shut.sum()))


def add_cover(model: LinearModel, merged: MergedRows, cost: FloatArray, times: int = 1) -> int:
    """Add one column a merged row, at most 1 and only where `times` sites stand within the limit."""
    rows = merged.cover.shape[0]
    forced = merged.must if times == 1 else np.zeros(rows, dtype=bool)
    first = model.add_columns(cost, lower=forced, integer=times > 1)
    table: csr_array = merged.cover
    row = np.repeat(np.arange(rows), np.diff(table.indptr))
    entries = (
        np.concatenate([row, np.arange(rows)]),
        np.concatenate([table.indices, first + np.arange(rows)]),
        np.concatenate([np.full(len(row), -1.0), np.full(rows, float(times))]),
    )
    model.add_rows(rows, entries, upper=0.0)
    return first


def add_needs(model: LinearModel, prepared: Prepared, merged: MergedRows, first: int) -> list[int]:
    """Ask for the least weights of target and floors from the columns that start at `first`.

    Returns
    -------
    list
        The model's row of each need; -1 where all of its rows must be covered anyway.
    """
    places = []
    for index, need in enumerate(prepared.needs):
        rows = np.flatnonzero(merged.member[:, index])
        values = merged.weight[rows]
        places.append(model.rows)
        if len(rows) and not merged.must[rows].all():
            lower = need.weight - 1e-9 * max(1.0, need.weight)
            model.add_row(first + rows, values, lower=lower)
        elif not len(rows):
            model.add_row([0], [0.0], lower=need.weight)
        else:
            places[-1] = -1
    return places

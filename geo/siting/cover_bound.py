"""What the prices of the relaxed covering model prove: a bound that holds exactly, and sites that cannot help."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array

from geo.kernels.siting_median import MedianTable, price_rows
from geo.siting.prepare import TOLERANCE, UNLIMITED, BoolArray, Prepared
from geo.siting.problem import FloatArray
from geo.siting.reduce import MergedRows


def priced_out(
    prepared: Prepared, merged: MergedRows, duals: tuple[FloatArray, FloatArray], least: float
) -> tuple[float, BoolArray]:
    """Turn the row prices of the relaxed model into a bound and a list of sites no better answer has.

    Any prices between nothing and a row's weight give a bound: what rows keep of their weight, and the best sites
    by the prices of their rows (Church and ReVelle 1974; Galvao and ReVelle 1996). Solver tolerances cannot spoil it.

    Parameters
    ----------
    duals
        Prices of the rows that tie a covered row to its sites, any sign; prices of the needs. What a need asks for is
        taken off, and the weight of its rows raised, by its price: never more than any answer that meets it pays.
    least
        Score of a known answer; a site goes when every answer with it scores as much or more.

    Returns
    -------
    tuple
        The bound on the score (covered weight, negative) and the sites ruled out.
    """
    nothing = np.zeros(len(prepared.free), dtype=bool)
    by_count = prepared.count < UNLIMITED
    if by_count == (prepared.budget < UNLIMITED) or prepared.closable.any():
        return -np.inf, nothing
    row_prices, need_prices = (np.abs(one) for one in duals)
    weight = merged.weight * (1.0 + merged.member @ need_prices)
    asked = float(need_prices @ np.array([need.weight for need in prepared.needs], dtype=float))
    price = np.clip(row_prices, 0.0, weight)
    worth = np.asarray(merged.cover.T @ price)
    need = prepared.slot.astype(np.float64) if by_count else prepared.price
    left = (prepared.count if by_count else prepared.budget) - float(need[prepared.fixed].sum())
    if (need[prepared.free] <= 0.0).any() or left < 0.0:
        return -np.inf, nothing
    sites = np.flatnonzero(prepared.free)
    rate = worth[sites] / need[sites]
    order = np.argsort(-rate, kind="stable")
    used = np.minimum(need[sites][order], np.maximum(left - _before(need[sites][order]), 0.0))
    total = float((weight - price).sum() + worth[prepared.fixed].sum()) - asked
    most = total + float((rate[order] * used).sum())
    full = used >= need[sites][order] - TOLERANCE
    marginal = float(rate[order][~full][0]) if (~full).any() else 0.0
    loss = np.maximum(marginal * need - worth, 0.0)
    most += 1e-12 * (abs(most) + asked)
    out = nothing.copy()
    out[sites[order][used <= 0.0]] = True
    return -most, out & (loss - most >= least)


def _before(values: FloatArray) -> FloatArray:
    return np.cumsum(values) - values


def stepped_bound(
    prepared: Prepared, merged: MergedRows, least: float, rounds: int = 1500
) -> float:
    """Bound the score by subgradient steps alone, for when the relaxed model takes too long.

    The covered weight is what a p-median saves whose pairs cost nothing and whose unserved rows cost their weight.
    """
    rows, columns = merged.cover, csr_array(merged.cover.T.tocsr())
    table = MedianTable(
        rows.indptr.astype(np.int64),
        rows.indices.astype(np.int32),
        np.zeros(rows.nnz),
        columns.indptr.astype(np.int64),
        columns.indices.astype(np.int32),
        np.zeros(rows.nnz),
        merged.weight,
        prepared.price.astype(np.float64),
        prepared.slot,
        prepared.fixed,
        ~(prepared.free | prepared.fixed),
    )
    total = float(merged.weight.sum())
    bound, _, _ = price_rows(
        table, 0.3 * merged.weight, prepared.budget, prepared.count, total + least, np.inf, rounds
    )
    return float(bound - total) * (1.0 - 1e-12)

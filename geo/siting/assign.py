"""The model that says who is served by whom: needed for capacities, and for p-median with further rules."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from geo.siting.blocks import add_cover, add_needs, add_sites
from geo.siting.judge import Clock, Found, reachable, score
from geo.siting.milp import LinearModel
from geo.siting.prepare import BoolArray, Prepared
from geo.siting.problem import FloatArray
from geo.siting.reduce import merge_rows


class Pairs:
    """The (row, site) pairs that may be used, each with its cost and whether it lies within the limit."""

    def __init__(self, prepared: Prepared, usable: BoolArray) -> None:
        table = prepared.cost if prepared.model == "p_median" else prepared.cover
        row = np.repeat(np.arange(table.shape[0]), np.diff(table.indptr))
        keep = usable[table.indices] & (prepared.weight[row] > 0.0)
        unserved = prepared.unserved_cost
        if prepared.model == "p_median" and unserved is not None and not prepared.needs:
            keep &= table.data < unserved
        self.row = row[keep]
        self.site = table.indices[keep].astype(np.int64)
        self.cost = table.data[keep]
        covers = prepared.cover
        key = np.repeat(np.arange(covers.shape[0]), np.diff(covers.indptr)) * covers.shape[1]
        place = self.row * covers.shape[1] + self.site
        self.within = np.isin(place, key + covers.indices)


def solve_assignment(
    prepared: Prepared,
    clock: Clock,
    gap: float,
    start: BoolArray | None,
    bound: float,
    closed: BoolArray | None,
) -> Found:
    """Solve with one column a pair.

    Parameters
    ----------
    start
        A known answer.
    bound
        A known bound.
    closed
        Sites that cannot make the answer better than `start`.
    """
    usable = (prepared.free | prepared.fixed) & ~(
        np.zeros_like(prepared.free) if closed is None else closed
    )
    if start is not None:
        usable = usable | start
    pairs = Pairs(prepared, usable)
    model = LinearModel()
    size = len(prepared.free)
    price = prepared.price if prepared.model == "lscp" else np.zeros(size)
    add_sites(model, prepared, price, ~usable)
    constant = _add_pairs(model, prepared, pairs)
    _add_served(model, prepared, pairs)
    warm = None if start is None else start.astype(np.float64)
    outcome = model.solve(seconds=clock.left, gap=gap, start=warm)
    if outcome.ending == "infeasible":
        if start is not None:
            return Found(start, score(prepared, start))
        return Found(None, np.inf, infeasible=True)
    lower = max(bound, outcome.bound + constant)
    found = None if outcome.values is None else outcome.values[:size] > 0.5
    if found is None or (start is not None and score(prepared, start) <= score(prepared, found)):
        found = start
    if found is not None:
        best = score(prepared, found)
        if outcome.ending == "optimal" and gap == 0.0:
            lower = best
        lower = min(lower, best)
    return Found(found, lower)


def _add_pairs(model: LinearModel, prepared: Prepared, pairs: Pairs) -> float:
    """Add the pairs with what they bring; return the part of the objective that does not depend on them."""
    weight = prepared.weight[pairs.row]
    constant = 0.0
    if prepared.model == "mclp":
        cost = -weight
    elif prepared.model == "lscp":
        cost = np.zeros(len(weight))
        constant = prepared.offset
    else:
        unserved = prepared.unserved_cost or 0.0
        cost = weight * (pairs.cost - unserved)
        constant = float(prepared.weight.sum()) * unserved
    first = model.add_columns(cost)
    columns = first + np.arange(len(cost))
    here = np.arange(len(cost))
    model.add_rows(
        len(cost),
        (
            np.concatenate([here, here]),
            np.concatenate([columns, pairs.site]),
            np.repeat([1.0, -1.0], len(cost)),
        ),
        upper=0.0,
    )
    lower = np.zeros(len(prepared.weight))
    if prepared.model == "p_median" and prepared.unserved_cost is None:
        lower = reachable(prepared).astype(np.float64)
    model.add_rows(len(lower), (pairs.row, columns, 1.0), lower=lower, upper=1.0)
    if prepared.capacity is not None:
        sites = np.arange(len(prepared.capacity))
        model.add_rows(
            len(sites),
            (
                np.concatenate([pairs.site, sites]),
                np.concatenate([columns, sites]),
                np.concatenate([weight, -prepared.capacity]),
            ),
            upper=0.0,
        )
    return constant


def _add_served(model: LinearModel, prepared: Prepared, pairs: Pairs) -> None:
    """Ask for target and floors: by pairs within the limit where capacity binds, else by any site within it."""
    if not prepared.needs:
        return
    if prepared.capacity is None:
        merged = merge_rows(prepared)
        first = add_cover(model, merged, np.zeros(len(merged.weight)))
        add_needs(model, prepared, merged, first)
        return
    first = len(prepared.free)
    for need in prepared.needs:
        inside = np.flatnonzero(need.rows[pairs.row] & pairs.within)
        lower = need.weight - 1e-9 * max(1.0, need.weight)
        if len(inside):
            model.add_row(first + inside, prepared.weight[pairs.row[inside]], lower=lower)
        else:
            model.add_row([0], [0.0], lower=lower)


def shared_out(prepared: Prepared, chosen: BoolArray) -> tuple[float, FloatArray]:
    """Share demand out between standing sites within their capacity.

    Returns
    -------
    tuple
        Sum of weight x cost (inf when demand that must be served is not), and the weight served of each row
        within the limit.
    """
    key = (prepared.model, len(prepared.needs), chosen.tobytes())
    if key not in prepared.shared:
        prepared.shared[key] = _shared_out(prepared, chosen)
    return prepared.shared[key]


def _shared_out(prepared: Prepared, chosen: BoolArray) -> tuple[float, FloatArray]:
    fixed = replace(
        prepared, free=np.zeros_like(chosen), fixed=chosen, cuts=(), clashes=prepared.clashes[:0]
    )
    fixed = replace(fixed, budget=1e18, count=1e18, least_kept=0)
    served = np.zeros(len(prepared.weight))
    pairs = Pairs(fixed, chosen)
    if prepared.model == "lscp":
        fixed = replace(fixed, model="mclp")
    for asked in (prepared.needs, ()) if prepared.needs else ((),):
        model = LinearModel()
        trial = replace(fixed, needs=asked)
        add_sites(model, trial, np.zeros(len(chosen)))
        constant = _add_pairs(model, trial, pairs)
        _add_served(model, trial, pairs)
        outcome = model.solve(seconds=60.0)
        if outcome.values is not None:
            break
    else:
        return np.inf, served
    share = outcome.values[len(chosen) :][: len(pairs.row)]
    np.add.at(served, pairs.row, np.where(pairs.within, share * prepared.weight[pairs.row], 0.0))
    return outcome.bound + constant, served


def solve_missing(prepared: Prepared, clock: Clock) -> BoolArray | None:
    """Choose so that the weight missing from all needs, with capacities kept, is least."""
    pairs = Pairs(prepared, prepared.free | prepared.fixed)
    model = LinearModel()
    size = len(prepared.free)
    add_sites(model, prepared, np.zeros(size))
    _add_pairs(model, replace(prepared, model="lscp"), pairs)
    lack = model.add_columns(np.ones(len(prepared.needs)), upper=np.inf)
    for index, need in enumerate(prepared.needs):
        inside = np.flatnonzero(need.rows[pairs.row] & pairs.within)
        columns = np.append(size + inside, lack + index)
        values = np.append(prepared.weight[pairs.row[inside]], 1.0)
        model.add_row(columns, values, lower=need.weight)
    outcome = model.solve(seconds=max(clock.left, 2.0))
    return None if outcome.values is None else outcome.values[:size] > 0.5

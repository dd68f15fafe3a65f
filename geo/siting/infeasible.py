"""Why no answer exists: which rule cannot be met, and by how much it is missed at least."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from geo.errors import Fault, fault
from geo.siting.blocks import add_cover, add_sites
from geo.siting.judge import (
    Clock,
    allowed,
    hard_faults,
    nearest,
    reachable,
    reached,
    shortfalls,
)
from geo.siting.milp import LinearModel
from geo.siting.prepare import UNLIMITED, BoolArray, Need, Prepared
from geo.siting.reduce import merge_rows


def impossible(prepared: Prepared) -> list[Fault]:
    """Find rules that cannot be met even with every site that is allowed, or that contradict each other."""
    faults = hard_faults(prepared)
    everything = prepared.free | prepared.fixed
    open_all = replace(prepared, model="lscp" if prepared.model != "mclp" else "mclp")
    most = reached(open_all, everything)
    for need in prepared.needs:
        weight = float(most[need.rows].sum())
        if weight < need.weight - 1e-7 * max(1.0, need.weight):
            faults.append(_beyond_reach(need, weight))
    return faults


def _beyond_reach(need: Need, weight: float) -> Fault:
    total = need.weight / need.share
    return fault(
        "siting_floor_beyond_reach" if need.name else "siting_target_beyond_reach",
        group=_label(need),
        asked=_percent(need.share),
        most=_percent(weight / total, up=False),
        missing=_amount(need.weight - weight),
    )


def explain(prepared: Prepared, clock: Clock) -> tuple[list[Fault], BoolArray | None]:
    """Say what is missing at least when the rules on sites hold, and name the choice that misses least."""
    plain = replace(prepared, cuts=())
    if prepared.model in {"p_median", "p_center"} and not prepared.needs:
        asked = reachable(prepared)
        if prepared.capacity is not None:
            return [_over_capacity(prepared, asked)], None
        least = _all_served(plain)
        chosen = _least_missing(least, clock)
        if chosen is None:
            return [fault("siting_no_answer")], None
        unserved = asked & (nearest(plain, chosen)[0] < 0)
        faults = [
            fault(
                "siting_unserved",
                rows=int(unserved.sum()),
                weight=_amount(float(prepared.weight[unserved].sum())),
            )
        ]
        return faults, chosen
    chosen = _least_missing(plain, clock)
    if chosen is None:
        return [fault("siting_no_answer")], None
    return missed(plain, chosen), chosen


def missed(prepared: Prepared, chosen: BoolArray, *, proven: bool = True) -> list[Fault]:
    """Say by how much a choice misses target and floors; `proven` when no choice meets them all."""
    ending = "missed" if proven else "open"
    faults = []
    weight = reached(prepared, chosen)
    for need, lack in shortfalls(prepared, chosen):
        total = need.weight / need.share
        faults.append(
            fault(
                f"siting_floor_{ending}" if need.name else f"siting_target_{ending}",
                group=_label(need),
                asked=_percent(need.share),
                most=_percent(float(weight[need.rows].sum()) / total, up=False),
                missing=_amount(lack),
                limits=_limits(prepared),
            )
        )
    return faults or ([fault("siting_no_answer")] if proven else [])


def _all_served(prepared: Prepared) -> Prepared:
    """Ask for cover of all demand that any site can serve."""
    ones = prepared.cost.copy()
    ones.data = np.ones(len(ones.data))
    asked = reachable(prepared)
    need = Need("", asked, 1.0, float(prepared.weight[asked].sum()))
    return replace(prepared, model="lscp", cover=ones, needs=(need,))


def _over_capacity(prepared: Prepared, asked: BoolArray) -> Fault:
    capacity = np.zeros(0) if prepared.capacity is None else prepared.capacity
    return fault(
        "siting_over_capacity",
        weight=_amount(float(prepared.weight[asked].sum())),
        capacity=_amount(float(capacity[prepared.free | prepared.fixed].sum())),
        limits=_limits(prepared),
    )


def _least_missing(prepared: Prepared, clock: Clock) -> BoolArray | None:
    """Choose so that the weight missing from all needs is least."""
    from geo.siting.assign import solve_missing

    if prepared.capacity is not None:
        return solve_missing(prepared, clock)
    merged = merge_rows(prepared)
    merged = replace(merged, must=np.zeros_like(merged.must))
    model = LinearModel()
    size = len(prepared.free)
    add_sites(model, prepared, np.zeros(size))
    first = add_cover(model, merged, np.zeros(len(merged.weight)))
    lack = model.add_columns(np.ones(len(prepared.needs)), upper=np.inf)
    for index, need in enumerate(prepared.needs):
        rows = np.flatnonzero(merged.member[:, index])
        columns = np.append(first + rows, lack + index)
        values = np.append(merged.weight[rows], 1.0)
        model.add_row(columns, values, lower=need.weight)
    outcome = model.solve(seconds=max(clock.left, 2.0))
    if outcome.values is None:
        return None
    chosen = outcome.values[:size] > 0.5
    return chosen if allowed(prepared, chosen) else None


def _limits(prepared: Prepared) -> str:
    """Name the limits on sites."""
    parts = []
    if prepared.count < UNLIMITED:
        parts.append(f"count = {prepared.count - prepared.closable.sum():g}")
    if prepared.budget < UNLIMITED:
        parts.append(f"budget = {prepared.budget + prepared.offset:g}")
    if len(prepared.clashes):
        parts.append(f"clashes = {len(prepared.clashes)}")
    return "，".join(parts) or "—"


def _label(need: Need) -> str:
    return (
        f"{need.name}（{need.tier}）" if need.tier and need.name else (need.name or need.tier or "")
    )


def _percent(share: float, *, up: bool = True) -> str:
    tenths = 1000.0 * share
    return f"{(np.ceil(tenths - 1e-6) if up else np.floor(tenths + 1e-6)) / 10.0:g}%"


def _amount(weight: float) -> str:
    return f"{np.ceil(weight * 10.0 - 1e-6) / 10.0:,.10g}"

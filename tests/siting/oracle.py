"""Brute force: every choice of sites is tried; the rules are written out anew, nothing of the solvers is used."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import product

import numpy as np
from scipy.optimize import linprog


@dataclass
class Case:
    """A small instance in plain arrays (cost dense, inf: unreachable)."""

    cost: np.ndarray
    weight: np.ndarray
    limit: float
    model: str
    count: int | None = None
    budget: float | None = None
    target: float | None = None
    unserved_cost: float | None = None
    rules: dict = field(default_factory=dict)


def rule(case: Case, name: str, default):
    value = case.rules.get(name)
    return default if value is None else value


def all_choices(case: Case):
    """Yield (standing, objective to be made small) of every choice that keeps the rules."""
    sites = case.cost.shape[1]
    existing = set(rule(case, "existing", []))
    closing = np.array(rule(case, "closing_cost", [np.nan] * len(existing)), dtype=float)
    closing = dict(zip(rule(case, "existing", []), closing, strict=True))
    price = np.array(rule(case, "site_cost", np.ones(sites)), dtype=float)
    for bits in product((False, True), repeat=sites):
        standing = np.array(bits)
        shut = [j for j in existing if not standing[j]]
        new = [j for j in range(sites) if standing[j] and j not in existing]
        if any(np.isnan(closing[j]) for j in shut):
            continue
        if len(shut) > rule(case, "moves", sites):
            continue
        if not set(rule(case, "forced", [])) <= set(new):
            continue
        if set(rule(case, "forbidden", [])) & set(new):
            continue
        if case.count is not None and len(new) - len(shut) > case.count:
            continue
        spent = price[new].sum() + sum(closing[j] for j in shut)
        if case.budget is not None and spent > case.budget + 1e-9:
            continue
        if any(
            standing[a] and standing[b] and not (a in existing and b in existing)
            for a, b in rule(case, "clashes", [])
        ):
            continue
        worth = value(case, standing, spent)
        if worth is not None:
            yield standing, worth


def value(case: Case, standing: np.ndarray, spent: float) -> float | None:
    """Objective, made small; None when a need is not met."""
    tiers = rule(case, "tier", [""] * case.cost.shape[1])
    layers = [np.where(np.array(tiers) == one, case.cost, np.inf) for one in sorted(set(tiers))]
    forbidden = rule(case, "forbidden", [])
    for layer in layers:
        layer[:, forbidden] = np.inf
    if "capacity" in case.rules:
        return with_capacity(case, layers[0], standing, spent)
    total = 0.0
    worst = 0.0
    for layer in layers:
        near = np.where(standing, layer, np.inf)
        times = (near <= case.limit).sum(axis=1)
        if not needs_met(case, times >= 1):
            return None
        least = near.min(axis=1)
        asked = np.isfinite(layer).any(axis=1) & (case.weight > 0)
        if case.model == "mclp":
            total -= case.weight[times >= 1].sum()
        elif case.model == "backup":
            total -= case.weight[times >= 2].sum()
        elif case.model == "p_median":
            if case.unserved_cost is not None:
                least = np.minimum(least, case.unserved_cost)
                asked = case.weight > 0
            total += (case.weight[asked] * least[asked]).sum()
        else:
            worst = max(worst, least[asked].max(initial=0.0))
    if case.model == "lscp":
        return spent
    if case.model == "p_center":
        return worst if np.isfinite(worst) else None
    return total if np.isfinite(total) else None


def needs(case: Case) -> list[tuple[np.ndarray, float]]:
    rows = len(case.weight)
    target = case.target if case.target is not None else (1.0 if case.model == "lscp" else 0.0)
    wanted = [(np.ones(rows, dtype=bool), target)]
    group = rule(case, "group", None)
    if group is not None:
        floor = rule(case, "floor", 0.0)
        for name in sorted(set(group)):
            share = floor.get(name, 0.0) if isinstance(floor, dict) else floor
            wanted.append((np.array(group) == name, share))
    return [(inside, share * case.weight[inside].sum()) for inside, share in wanted]


def needs_met(case: Case, covered: np.ndarray) -> bool:
    return all(case.weight[inside & covered].sum() >= least - 1e-6 for inside, least in needs(case))


def with_capacity(
    case: Case, layer: np.ndarray, standing: np.ndarray, spent: float
) -> float | None:
    """Share demand out by a linear program of its own."""
    usable = np.isfinite(layer) & standing
    if case.model != "p_median":
        usable &= layer <= case.limit
    row, site = np.nonzero(usable)
    served, capacity = [], []
    for i in range(len(case.weight)):
        served.append((row == i) * 1.0)
    for j in range(len(standing)):
        capacity.append((site == j) * case.weight[row])
    upper = np.array([*served, *capacity]).reshape(len(served) + len(capacity), len(row))
    limits = np.concatenate([np.ones(len(case.weight)), np.array(case.rules["capacity"], float)])
    floors = [
        (-1.0 * (inside[row] & (layer[row, site] <= case.limit)) * case.weight[row], -least)
        for inside, least in needs(case)
        if least > 0
    ]
    if floors:
        upper = np.vstack([upper, *[one for one, _ in floors]])
        limits = np.concatenate([limits, [least + 1e-7 for _, least in floors]])
    if case.model == "p_median":
        asked = np.isfinite(layer).any(axis=1) & (case.weight > 0)
        bounds = (np.array(served).reshape(len(served), len(row))[asked], np.ones(int(asked.sum())))
        objective = case.weight[row] * layer[row, site]
    else:
        bounds = (None, None)
        objective = -case.weight[row] if case.model == "mclp" else np.zeros(len(row))
    if not len(row):
        met = all(least <= 1e-6 for _, least in needs(case))
        idle = case.model != "p_median" or not asked.any()
        return (spent if case.model == "lscp" else 0.0) if met and idle else None
    found = linprog(objective, upper, limits, *bounds, bounds=(0, 1))
    if found.status != 0:
        return None
    return spent if case.model == "lscp" else float(found.fun)


def decisions(case: Case, standing: np.ndarray) -> set[int]:
    existing = set(rule(case, "existing", []))
    made = {j for j in range(len(standing)) if standing[j] and j not in existing}
    made -= set(rule(case, "forced", []))
    return made | {j for j in existing if not standing[j]}

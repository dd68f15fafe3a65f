"""Brute force: every choice of sites is tried; the rules are written out anew, nothing of the solvers is used."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import combinations, product

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
    """Share demand out: what can be served is a least cut, only who serves whom at least cost is a linear program."""
    usable = np.isfinite(layer) & standing
    within = usable & (layer <= case.limit)
    groups = [inside for inside, least in needs(case) if least > 0]
    if any(
        most_served(case, within, np.logical_or.reduce(part)) < least - 1e-6
        for part, least in unions(case, groups)
    ):
        return None
    if case.model == "lscp":
        return spent
    if case.model == "mclp":
        return -most_served(case, within, np.ones(len(case.weight), dtype=bool))
    asked = np.isfinite(layer).any(axis=1) & (case.weight > 0)
    if most_served(case, usable, asked) < case.weight[asked].sum() - 1e-6:
        return None
    return transport(case, layer, usable, asked)


def unions(case: Case, groups: list[np.ndarray]):
    """Yield every union of disjoint groups and what they need together (floors can be met when every union can)."""
    least_of = {inside.tobytes(): least for inside, least in needs(case)}
    apart = [one for one in groups if not one.all()]
    for size in range(1, len(apart) + 1):
        for part in combinations(apart, size):
            yield part, sum(least_of[one.tobytes()] for one in part)
    for one in groups:
        if one.all():
            yield (one,), max(least for inside, least in needs(case) if inside.all() and least > 0)


def most_served(case: Case, usable: np.ndarray, inside: np.ndarray) -> float:
    """Most weight of the rows `inside` that can be served: the least cut (Ford and Fulkerson 1956).

    Cut the capacity of some sites; every row that another site can serve is cut at its weight.
    """
    sites = usable.shape[1]
    subsets = (np.arange(2**sites)[:, None] >> np.arange(sites)) & 1
    others = usable[inside].astype(int) @ (1 - subsets).T > 0
    cuts = subsets @ np.array(case.rules["capacity"], float) + case.weight[inside] @ others
    return float(cuts.min())


def transport(case: Case, layer: np.ndarray, usable: np.ndarray, asked: np.ndarray) -> float | None:
    """Least sum of weight x cost with all that is asked served, by a linear program of its own."""
    if not asked.any():
        return 0.0
    rows = np.flatnonzero(asked)
    row, site = np.nonzero(usable[rows])
    served = (row == np.arange(len(rows))[:, None]) * 1.0
    weight = case.weight[rows][row]
    capacity = (site == np.arange(layer.shape[1])[:, None]) * weight
    limits = np.array(case.rules["capacity"], float)
    floors = [(inside, least) for inside, least in needs(case) if least > 0]
    within = layer[rows][row, site] <= case.limit
    for inside, least in floors:
        capacity = np.vstack([capacity, -1.0 * (inside[rows][row] & within) * weight])
        limits = np.append(limits, 1e-9 - least)
    cost = weight * layer[rows][row, site]
    found = linprog(cost, capacity, limits, served, np.ones(len(rows)), bounds=(0, 1))
    return float(found.fun) if found.status == 0 else None


def decisions(case: Case, standing: np.ndarray) -> set[int]:
    existing = set(rule(case, "existing", []))
    made = {j for j in range(len(standing)) if standing[j] and j not in existing}
    made -= set(rule(case, "forced", []))
    return made | {j for j in existing if not standing[j]}

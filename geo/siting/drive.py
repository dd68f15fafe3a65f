"""From a problem to its solution: the solver of each model, the next best answers, what goes wrong in words."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
from scipy.sparse import csr_array

from geo.errors import Fault, fault, raise_if_any
from geo.siting.assign import solve_assignment
from geo.siting.center import solve_center
from geo.siting.cover import solve_cover, solve_greedily
from geo.siting.cover_search import greedy_needs, thinned
from geo.siting.infeasible import explain, impossible, missed
from geo.siting.judge import (
    MAXIMISED,
    Clock,
    Found,
    allowed,
    covered_weight,
    feasible,
    nearest,
    reached,
    score,
)
from geo.siting.median import solve_median
from geo.siting.prepare import BoolArray, Prepared, prepare
from geo.siting.problem import FloatArray, IntArray, Method, SitingProblem
from geo.siting.reduce import merge_rows
from geo.siting.solution import SitingAnswer, SitingSolution, Status


def solve(
    problem: SitingProblem,
    *,
    time_limit: float,
    gap: float,
    answers: int,
    differ: int,
    method: Method,
) -> SitingSolution:
    """Solve a checked problem; see `SitingProblem.solve`."""
    begun = time.monotonic()
    prepared = prepare(problem)
    _check_options(prepared, time_limit, gap, answers, differ, method)
    faults = impossible(prepared)
    if faults:
        return _closing(problem, prepared, "infeasible", [], faults, begun)
    found: list[tuple[BoolArray, float]] = []
    asked = prepared
    for turn in range(answers):
        share = (time_limit - (time.monotonic() - begun)) / (answers - turn)
        one = _solve_one(asked, Clock(max(share, 0.05)), gap, method)
        if one.chosen is None:
            if not found:
                return _nothing(problem, prepared, one, Clock(10.0), begun)
            break
        chosen = _tidied(asked, one.chosen)
        found.append((chosen, min(one.bound, score(prepared, chosen))))
        if prepared.decisions(chosen).sum() < differ:
            break
        asked = asked.without(chosen, differ)
    best, bound = score(prepared, found[0][0]), found[0][1]
    proven = best - bound <= 1e-9 * max(1.0, abs(best))
    return _closing(problem, prepared, "optimal" if proven else "feasible", found, [], begun)


def _solve_one(prepared: Prepared, clock: Clock, gap: float, method: Method) -> Found:
    if method == "greedy":
        return solve_greedily(prepared)
    if prepared.model == "p_center":
        return solve_center(prepared, clock, gap)
    if prepared.model == "p_median":
        return solve_median(prepared, clock, gap)
    if prepared.capacity is not None:
        return solve_assignment(prepared, clock, gap, None, -np.inf, None)
    return solve_cover(prepared, clock, gap)


def _check_options(
    prepared: Prepared, time_limit: float, gap: float, answers: int, differ: int, method: str
) -> None:
    faults = []
    numbers = (
        ("time_limit", time_limit, time_limit > 0.0, "> 0"),
        ("gap", gap, 0.0 <= gap < np.inf, "≥ 0"),
        ("answers", answers, answers >= 1, "≥ 1"),
        ("differ", differ, differ >= 1, "≥ 1"),
    )
    for name, value, good, wanted in numbers:
        if not good:
            faults.append(fault("siting_bad_number", what=name, found=value, wanted=wanted))
    if method not in {"exact", "greedy"}:
        faults.append(
            fault("siting_bad_number", what="method", found=method, wanted="exact、greedy")
        )
    plain = prepared.simple and prepared.model == "mclp" and prepared.budget >= 1e18
    if method == "greedy" and (not plain or answers > 1 or prepared.closable.any()):
        faults.append(fault("siting_greedy_only_count"))
    raise_if_any(faults)


def _tidied(prepared: Prepared, chosen: BoolArray) -> BoolArray:
    """Give up what nothing needs, then prefer the lowest place among equal single swaps."""
    if prepared.model not in {"mclp", "lscp"} or prepared.capacity is not None:
        return chosen
    if not feasible(prepared, chosen):
        return chosen
    chosen = thinned(prepared, chosen)
    worth = score(prepared, chosen)
    cover = prepared.cover
    weight = prepared.weight
    counts = prepared.counts(chosen)
    columns = cover.T.tocsr()
    for site in np.flatnonzero(chosen & prepared.free & ~prepared.closable):
        mine = columns.indices[columns.indptr[site] : columns.indptr[site + 1]]
        sole = mine[(counts[mine] == 1) & (weight[mine] > 0.0)]
        if not len(sole):
            continue
        rivals = cover.indices[cover.indptr[sole[0]] : cover.indptr[sole[0] + 1]]
        for other in rivals[rivals < site]:
            if chosen[other] or not prepared.free[other] or prepared.closable[other]:
                continue
            trial = chosen.copy()
            trial[[site, other]] = False, True
            if score(prepared, trial) <= worth and feasible(prepared, trial):
                chosen = trial
                counts = prepared.counts(chosen)
                break
    return chosen


def _nothing(
    problem: SitingProblem, prepared: Prepared, found: Found, clock: Clock, begun: float
) -> SitingSolution:
    """Say why there is no answer, or that time ran out first, with the choice that comes closest."""
    if found.infeasible:
        faults, closest = explain(prepared, clock)
        kept = [] if closest is None else [(closest, found.bound)]
        return _closing(problem, prepared, "infeasible", kept, faults, begun)
    closest = found.closest
    if closest is None:
        nothing = np.zeros(len(prepared.free), dtype=bool)
        closest = greedy_needs(prepared, merge_rows(prepared), nothing)
    if not allowed(replace(prepared, cuts=()), closest):
        closest = prepared.fixed
    faults = missed(prepared, closest, proven=False)
    return _closing(problem, prepared, "unfinished", [(closest, found.bound)], faults, begun)


def _closing(
    problem: SitingProblem,
    prepared: Prepared,
    status: Status,
    found: list[tuple[BoolArray, float]],
    faults: list[Fault],
    begun: float,
) -> SitingSolution:
    sign = -1.0 if problem.model in MAXIMISED else 1.0
    answers = tuple(_answer(problem, prepared, chosen, sign * bound) for chosen, bound in found)
    bound = answers[0].bound if answers and status in {"optimal", "feasible"} else np.nan
    return SitingSolution(
        status, problem.model, answers, tuple(faults), time.monotonic() - begun, bound
    )


def _answer(
    problem: SitingProblem, prepared: Prepared, chosen: BoolArray, bound: float
) -> SitingAnswer:
    worth = score(prepared, chosen)
    objective = -worth if problem.model in MAXIMISED else worth
    if abs(bound - objective) <= 1e-9 * max(1.0, abs(objective)):
        bound = objective
    weight = (
        covered_weight(prepared, chosen) if problem.model == "backup" else reached(prepared, chosen)
    )
    total = float(prepared.weight.sum())
    ranked, gains = _ranked(prepared, chosen)
    site, cost = nearest(prepared, chosen)
    shape = (len(prepared.tiers), -1) if len(prepared.tiers) > 1 else (-1,)
    return SitingAnswer(
        chosen=np.flatnonzero(chosen & ~prepared.existing),
        ranked=ranked,
        gains=gains,
        closed=np.flatnonzero(prepared.existing & ~chosen),
        objective=objective + 0.0,
        bound=bound + 0.0,
        coverage_share=float(weight.sum()) / total if total else 1.0,
        coverage_by_group=_by_group(problem, prepared, weight),
        assigned_site=site.reshape(shape),
        assigned_cost=cost.reshape(shape),
    )


def _ranked(prepared: Prepared, chosen: BoolArray) -> tuple[IntArray, FloatArray]:
    """Order the new sites by what each adds within the limit to existing sites and those before it."""
    cover = prepared.cover
    done = prepared.counts(chosen & prepared.existing) > 0
    left = np.flatnonzero(chosen & ~prepared.existing)
    columns = csr_array(csr_array(cover.T.tocsr())[left])
    order, gains = [], []
    open_ = np.ones(len(left), dtype=bool)
    for _ in range(len(left)):
        gain = np.where(open_, columns @ np.where(done, 0.0, prepared.weight), -1.0)
        at = int(np.argmax(gain))
        order.append(left[at])
        gains.append(gain[at])
        open_[at] = False
        done[columns.indices[columns.indptr[at] : columns.indptr[at + 1]]] = True
    return np.array(order, dtype=np.int64), np.array(gains, dtype=np.float64)


def _by_group(
    problem: SitingProblem, prepared: Prepared, weight: FloatArray
) -> dict[str | tuple[str, str], float]:
    if problem.rules.group is None:
        return {}
    labels = np.asarray(problem.rules.group).astype(str)
    shares: dict[str | tuple[str, str], float] = {}
    for index, tier in enumerate(prepared.tiers):
        part = slice(index * len(labels), (index + 1) * len(labels))
        for name in sorted(set(labels.tolist())):
            inside = labels == name
            total = float(prepared.weight[part][inside].sum())
            share = float(weight[part][inside].sum()) / total if total else 1.0
            shares[(tier, name) if len(prepared.tiers) > 1 else name] = share
    return shares

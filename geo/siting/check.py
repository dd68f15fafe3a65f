"""Checks of a siting problem: every fault is found before any work is done, and all are said at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import numpy.typing as npt

from geo.errors import Fault, fault, raise_if_any
from geo.siting.problem import MODELS, SitingProblem
from geo.tables import nearest_name


def check_problem(problem: SitingProblem) -> None:
    """Check all parts of a problem.

    Raises
    ------
    InputError
        With every fault found.
    """
    faults = [*_table(problem), *_model(problem)]
    raise_if_any(faults)
    raise_if_any([*_site_lists(problem), *_site_values(problem), *_groups(problem)])


def _table(problem: SitingProblem) -> Iterator[Fault]:
    rows, sites = problem.cost.shape
    if not rows or not sites:
        yield fault("siting_empty", rows=rows, sites=sites)
    if problem.weight.shape != (rows,):
        yield fault("siting_length", what="weight", found=problem.weight.size, wanted=rows)
    bad = int(np.sum(~np.isfinite(problem.weight) | (problem.weight < 0.0)))
    if bad:
        yield fault("siting_bad_values", what="weight", count=bad)
    bad = int(np.sum(~np.isfinite(problem.cost.data) | (problem.cost.data < 0.0)))
    if bad:
        yield fault("siting_bad_values", what="cost", count=bad)
    if problem.limit is not None and not problem.limit >= 0.0:
        yield fault("siting_bad_number", what="limit", found=problem.limit, wanted="≥ 0")


def _model(problem: SitingProblem) -> Iterator[Fault]:
    if problem.model not in MODELS:
        near = nearest_name(str(problem.model), MODELS) or "mclp"
        yield fault("siting_model", found=problem.model, known="、".join(MODELS), nearest=near)
        return
    count, budget = problem.count, problem.budget
    if problem.model != "lscp" and count is None and budget is None:
        yield fault("siting_unlimited", model=problem.model)
    if count is not None and (count < 0 or int(count) != count):
        yield fault("siting_bad_number", what="count", found=count, wanted="0, 1, 2 …")
    if budget is not None and not 0.0 <= budget < np.inf:
        yield fault("siting_bad_number", what="budget", found=budget, wanted="≥ 0")
    if problem.target is not None and not 0.0 <= problem.target <= 1.0:
        yield fault("siting_bad_number", what="target", found=problem.target, wanted="0 … 1")
    unserved = problem.unserved_cost
    if unserved is not None and not (0.0 <= unserved < np.inf and problem.model == "p_median"):
        yield fault(
            "siting_bad_number", what="unserved_cost", found=unserved, wanted="≥ 0 (p_median)"
        )
    if problem.rules.capacity is not None and problem.model in {"p_center", "backup"}:
        yield fault("siting_not_with", rule="capacity", model=problem.model)


def _site_lists(problem: SitingProblem) -> Iterator[Fault]:
    sites = problem.cost.shape[1]
    rules = problem.rules
    lists: dict[str, npt.NDArray[np.int64]] = {}
    for name in ("existing", "forced", "forbidden", "clashes"):
        given = getattr(rules, name)
        values = np.asarray(() if given is None else given)
        if values.dtype == bool or (values.size and not np.issubdtype(values.dtype, np.integer)):
            yield fault("siting_not_places", what=name)
            continue
        lists[name] = values.astype(np.int64)
        outside = values[(values < 0) | (values >= sites)]
        if outside.size:
            yield fault("siting_no_such_site", what=name, found=outside.ravel()[0], last=sites - 1)
    for one, other in (("existing", "forced"), ("existing", "forbidden"), ("forced", "forbidden")):
        both = np.intersect1d(lists.get(one, ()), lists.get(other, ()))
        if both.size:
            yield fault("siting_in_both", one=one, other=other, sites=named(both))
    if lists.get("clashes", np.empty((0, 2))).size and lists["clashes"].shape[1:] != (2,):
        yield fault("siting_length", what="clashes", found=lists["clashes"].shape, wanted="(n, 2)")


def _site_values(problem: SitingProblem) -> Iterator[Fault]:
    sites = problem.cost.shape[1]
    rules = problem.rules
    for name in ("site_cost", "capacity"):
        given = getattr(rules, name)
        if given is None:
            continue
        values = np.asarray(given, dtype=np.float64)
        if values.shape != (sites,):
            yield fault("siting_length", what=name, found=values.size, wanted=sites)
        elif (bad := int(np.sum(~np.isfinite(values) | (values < 0.0)))) > 0:
            yield fault("siting_bad_values", what=name, count=bad)
    if rules.closing_cost is not None:
        wanted = np.asarray(rules.existing).size
        values = np.asarray(rules.closing_cost, dtype=np.float64)
        if values.shape != (wanted,):
            yield fault("siting_length", what="closing_cost", found=values.size, wanted=wanted)
        elif np.isinf(values).any():
            yield fault("siting_bad_values", what="closing_cost", count=int(np.isinf(values).sum()))
    if rules.moves is not None and rules.moves < 0:
        yield fault("siting_bad_number", what="moves", found=rules.moves, wanted="≥ 0")
    if rules.tier is not None and np.asarray(rules.tier).shape != (sites,):
        yield fault("siting_length", what="tier", found=np.asarray(rules.tier).size, wanted=sites)


def _groups(problem: SitingProblem) -> Iterator[Fault]:
    rules = problem.rules
    floors = rules.floor
    shares = list(floors.values()) if isinstance(floors, Mapping) else [floors]
    for share in shares:
        if not 0.0 <= share <= 1.0:
            yield fault("siting_bad_number", what="floor", found=share, wanted="0 … 1")
    if rules.group is None:
        if any(share > 0.0 for share in shares):
            yield fault("siting_floor_without_group")
        return
    labels = np.asarray(rules.group)
    if labels.shape != problem.weight.shape:
        yield fault("siting_length", what="group", found=labels.size, wanted=problem.weight.size)
    elif isinstance(floors, Mapping):
        present = sorted({str(one) for one in labels.tolist()})
        for name in floors:
            if str(name) not in present:
                near = nearest_name(str(name), present) or "—"
                yield fault("siting_no_such_group", found=name, nearest=near)


def named(sites: npt.NDArray[np.int64], most: int = 10) -> str:
    """List sites for a sentence, the first few of them."""
    shown = "、".join(str(one) for one in sites[:most].tolist())
    return shown + ("…" if len(sites) > most else "")

"""What a planner asks for when choosing sites, and its translation into a siting problem."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from geo.choosing.candidates import Candidates
from geo.choosing.costs import SiteTable
from geo.coverage import Demand
from geo.errors import InputError, NotFoundError, fault, raise_if_any
from geo.params import Costs, Rule
from geo.siting import SitingProblem, SitingRules
from geo.siting.problem import Model
from geo.tables import nearest_name

Longs = npt.NDArray[np.int64]
DEFAULT_COUNT = 5
_SHOWN = 12


@dataclass(frozen=True)
class SitesRequest:
    """One question about sites.

    Attributes
    ----------
    rule
        Name of the rule; None for the study's first.
    model
        ``mclp``, ``lscp``, ``p_median``, ``p_center`` or ``backup``.
    count, budget
        At most so many new sites, at most so much for them. Without both, `DEFAULT_COUNT` (``lscp`` needs neither).
    target
        Least coverage of the study; for ``lscp`` the rule's pass mark where it is not given.
    floor
        Least coverage of every sub-district, or of those named.
    force, forbid
        Ids of candidates.
    answers
        How many best answers.
    time_limit
        Seconds.
    weight
        What is counted; None for what the rule measures.
    gap
        Good enough: stop when proven within this share of the best.
    """

    rule: str | None = None
    model: Model = "mclp"
    count: int | None = None
    budget: float | None = None
    target: float | None = None
    floor: float | Mapping[str, float] = 0.0
    force: tuple[str, ...] = ()
    forbid: tuple[str, ...] = ()
    answers: int = 1
    time_limit: float = 60.0
    weight: str | None = None
    gap: float = 0.0


def rule_named(rules: Sequence[Rule], name: str | None) -> Rule:
    """Return the rule of a name, the first without one.

    Raises
    ------
    NotFoundError
        Naming the rules that there are.
    """
    if name is None:
        return rules[0]
    for one in rules:
        if one.name == name:
            return one
    names = [one.name for one in rules]
    raise NotFoundError(
        fault("sites_no_rule", rule=name, known="、".join(names), nearest=_near(name, names))
    )


def weight_named(demand: Demand, rule: Rule, name: str | None) -> str:
    """Return the weight to count by; what the rule measures, else buildings, without a name.

    Raises
    ------
    InputError
        When no building has it.
    """
    if name is None:
        return rule.weight if rule.weight in demand.weights else "count"
    if name not in demand.weights:
        known = list(demand.weights)
        raise InputError(
            fault(
                "sites_no_weight", weight=name, known="、".join(known), nearest=_near(name, known)
            )
        )
    return name


def problem_of(
    request: SitesRequest, candidates: Candidates, table: SiteTable, costs: Costs, cap: float
) -> SitingProblem:
    """State the request as a problem on the table.

    Raises
    ------
    InputError
        Naming ids that are not there or not admitted, sub-districts that are not there, contradicting options.
    NotFoundError
        When no candidate was admitted.
    """
    if candidates.count == 0:
        raise NotFoundError(fault("sites_none_admitted", count=len(candidates.table)))
    forced = _places(candidates, request.force, "--force")
    forbidden = _places(candidates, request.forbid, "--forbid")
    counted = request.model != "lscp" and request.count is None and request.budget is None
    target = request.target
    if request.model == "lscp" and target is None:
        target = table.rule.pass_mark
    return SitingProblem.from_cost_matrix(
        table.cost,
        table.weight,
        limit=table.limit,
        model=request.model,
        count=DEFAULT_COUNT if counted else request.count,
        budget=request.budget,
        target=target,
        unserved_cost=cap if request.model == "p_median" else None,
        rules=SitingRules(
            existing=table.standing,
            forced=forced,
            forbidden=forbidden,
            site_cost=site_costs(candidates, costs, table.standing_count),
            group=table.group,
            floor=request.floor,
        ),
    )


def site_costs(candidates: Candidates, costs: Costs, standing: int = 0) -> npt.NDArray[np.float64]:
    """Return what each admitted candidate costs: as stated, else the study's cost of a station; 0 for what stands."""
    stated = candidates.sites["cost"].to_numpy(dtype=np.float64)
    return np.concatenate((np.where(np.isnan(stated), costs.station, stated), np.zeros(standing)))


def _places(candidates: Candidates, ids: Sequence[str], option: str) -> Longs:
    """Find candidates by id; those considered and refused are told apart from those unknown."""
    every = candidates.table["site_id"].astype(str).tolist()
    place_of = {one: place for place, one in enumerate(candidates.sites["site_id"].astype(str))}
    reason_of = dict(zip(every, candidates.table["reason"], strict=True))
    name_of = dict(zip(every, candidates.table["name"], strict=True))
    faults = []
    for one in ids:
        if one in place_of:
            continue
        if one in reason_of:
            code = f"candidate_{reason_of[one]}"
            faults.append(
                fault("sites_not_admitted", option=option, id=one, name=name_of[one], reason=code)
            )
        else:
            faults.append(
                fault("sites_no_candidate", option=option, id=one, nearest=_near(one, every))
            )
    raise_if_any(faults[:_SHOWN])
    return np.array(sorted({place_of[one] for one in ids}), dtype=np.int64)


def _near(name: str, known: Sequence[str]) -> str:
    return nearest_name(name, known) or "—"

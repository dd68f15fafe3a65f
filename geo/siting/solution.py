"""The answer to a siting problem: chosen sites, what they bring, how good they are at best, in figures and words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from geo.errors import Fault
from geo.messages import say
from geo.siting.problem import FloatArray, IntArray, Model

Status = Literal["optimal", "feasible", "infeasible", "unfinished"]


@dataclass(frozen=True)
class SitingAnswer:
    """One choice of sites.

    Attributes
    ----------
    chosen
        New sites, by their place in the table, ascending.
    ranked
        The same, the one that brings most first.
    gains
        Weight each of `ranked` covers beyond existing sites and those ranked before it.
    closed
        Existing sites given up.
    objective
        Covered weight (``mclp``, ``backup``), price (``lscp``), sum of weight x cost (``p_median``), greatest cost
        (``p_center``).
    bound
        No choice that keeps the rules (and differs from earlier answers) does better than this.
    coverage_share
        Weight within the limit of a standing site / all weight (for ``backup`` of two; with capacities: served).
    coverage_by_group
        The same a group; with tiers, ``(tier, group)`` names both.
    assigned_site, assigned_cost
        Nearest standing site of each demand row (-1: none) and its cost (inf); tier x demand when there are tiers.
    """

    chosen: IntArray
    ranked: IntArray
    gains: FloatArray
    closed: IntArray
    objective: float
    bound: float
    coverage_share: float
    coverage_by_group: Mapping[str | tuple[str, str], float]
    assigned_site: IntArray
    assigned_cost: FloatArray

    @property
    def optimality_gap_share(self) -> float:
        """How far, at most, the objective lies from the best possible, as a share of the objective."""
        difference = abs(self.bound - self.objective)
        if difference <= 1e-9 * max(1.0, abs(self.objective)):
            return 0.0
        return difference / abs(self.objective) if self.objective else np.inf


@dataclass(frozen=True)
class SitingSolution:
    """What solving brought.

    Attributes
    ----------
    status
        ``optimal`` proven best; ``feasible`` all rules kept, bound not met; ``infeasible`` no choice keeps the rules
        (the answer, if any, misses least); ``unfinished`` time ran out before a choice that keeps the rules was found.
    answers
        Best first.
    faults
        Which rules cannot be met, or are not met by the answer shown, and by how much.
    """

    status: Status
    model: Model
    answers: tuple[SitingAnswer, ...]
    faults: tuple[Fault, ...]
    seconds: float
    bound: float

    @property
    def best(self) -> SitingAnswer | None:
        """The first answer, or None."""
        return self.answers[0] if self.answers else None

    @property
    def chosen(self) -> IntArray:
        """New sites of the best answer, ascending."""
        return self.answers[0].chosen if self.answers else np.empty(0, dtype=np.int64)

    @property
    def objective(self) -> float:
        """Objective of the best answer; NaN when no choice keeps the rules."""
        solved = self.answers and self.status in {"optimal", "feasible"}
        return self.answers[0].objective if solved else np.nan

    @property
    def optimality_gap_share(self) -> float:
        """Gap of the best answer; NaN when no choice keeps the rules."""
        solved = self.answers and self.status in {"optimal", "feasible"}
        return self.answers[0].optimality_gap_share if solved else np.nan

    @property
    def coverage_share(self) -> float:
        """Covered share of all weight with the best answer; NaN without one."""
        return self.answers[0].coverage_share if self.answers else np.nan

    @property
    def assigned_site(self) -> IntArray:
        """Nearest standing site of each demand row in the best answer."""
        return self.answers[0].assigned_site if self.answers else np.empty(0, dtype=np.int64)

    def sentences(self, lang: str | None = None) -> list[str]:
        """Say what was found, how good it is, and what could not be met."""
        lines = []
        answer = self.best
        if answer is not None:
            params = {
                "count": len(answer.chosen),
                "closed": len(answer.closed),
                "share": f"{np.floor(answer.coverage_share * 1000.0 + 1e-6) / 10.0:g}%",
                "objective": f"{answer.objective:,.10g}",
            }
            lines.append(say(f"siting_found_{self.model}", params, lang))
            if len(answer.closed):
                lines.append(say("siting_closes", params, lang))
        gap = (
            f"{np.ceil(1000.0 * self.optimality_gap_share - 1e-6) / 10.0:g}%"
            if self._solved
            else ""
        )
        lines.append(say(f"siting_{self.status}", {"gap": gap}, lang))
        return lines + [one.text(lang) for one in self.faults]

    @property
    def _solved(self) -> bool:
        return bool(np.isfinite(self.optimality_gap_share))

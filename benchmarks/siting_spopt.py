"""The same instances given to spopt with CBC, one process of its own, as its documentation shows."""

from __future__ import annotations

import time
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

LIMIT_S = 60


@dataclass(frozen=True)
class SpoptFigure:
    """What spopt and CBC brought: seconds to build and to solve, the objective, whether it was proven best."""

    seconds: float
    objective: float
    proven: bool

    def told(self) -> str:
        """Say it in one line."""
        ending = "proven" if self.proven else f"not proven in {LIMIT_S} s"
        return f"{self.seconds:.1f} s, {self.objective:,.1f}, {ending}"


def spopt_median(distances: npt.NDArray[np.float64], count: int) -> SpoptFigure | None:
    """Solve a p-median; None without spopt (it is in the development extra)."""
    try:
        from spopt.locate import PMedian
    except ImportError:
        return None
    begun = time.perf_counter()
    weight = np.ones(len(distances))
    return _solved(PMedian.from_cost_matrix(distances, weight, p_facilities=count), begun)


def spopt_cover(cost: csr_array, weight: npt.NDArray[np.float64], count: int) -> SpoptFigure | None:
    """Solve an mclp, every stored pair within the limit; None without spopt."""
    try:
        from spopt.locate import MCLP
    except ImportError:
        return None
    dense = np.full(cost.shape, 2.0)
    dense[np.repeat(np.arange(cost.shape[0]), np.diff(cost.indptr)), cost.indices] = 1.0
    begun = time.perf_counter()
    return _solved(MCLP.from_cost_matrix(dense, weight, 1.0, p_facilities=count), begun)


def _solved(model: Any, begun: float) -> SpoptFigure:
    import pulp

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        solver = pulp.PULP_CBC_CMD(msg=False, timeLimit=LIMIT_S, threads=1)
        model.problem.solve(solver)
        proven = model.problem.sol_status == pulp.LpSolutionOptimal
        objective = float(pulp.value(model.problem.objective))
    return SpoptFigure(time.perf_counter() - begun, objective, proven)

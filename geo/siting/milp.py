"""A linear model put together block by block and handed to HiGHS, always with one thread and one seed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import highspy
import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array, csr_array

from geo.siting.problem import FloatArray, IntArray

Ending = Literal["optimal", "infeasible", "limit"]


@dataclass(frozen=True)
class Outcome:
    """How a run of the solver ended: the values (None: none found), their sum and the proven bound."""

    ending: Ending
    values: FloatArray | None
    bound: float
    row_duals: FloatArray | None = None


class LinearModel:
    """Columns and rows, collected in blocks; the objective is always made small."""

    def __init__(self) -> None:
        self._cost: list[FloatArray] = []
        self._lower: list[FloatArray] = []
        self._upper: list[FloatArray] = []
        self._integer: list[npt.NDArray[np.bool_]] = []
        self._entries: list[tuple[IntArray, IntArray, FloatArray]] = []
        self._row_lower: list[FloatArray] = []
        self._row_upper: list[FloatArray] = []
        self.columns = 0
        self.rows = 0

    def add_columns(
        self,
        cost: FloatArray,
        *,
        lower: npt.ArrayLike = 0.0,
        upper: npt.ArrayLike = 1.0,
        integer: bool = False,
    ) -> int:
        """Add a block of columns; return the place of its first."""
        size = len(cost)
        first = self.columns
        self._cost.append(np.asarray(cost, dtype=np.float64))
        self._lower.append(np.broadcast_to(np.asarray(lower, dtype=np.float64), size))
        self._upper.append(np.broadcast_to(np.asarray(upper, dtype=np.float64), size))
        self._integer.append(np.full(size, integer))
        self.columns += size
        return first

    def add_rows(
        self,
        size: int,
        entries: tuple[npt.ArrayLike, npt.ArrayLike, npt.ArrayLike],
        *,
        lower: npt.ArrayLike = -np.inf,
        upper: npt.ArrayLike = np.inf,
    ) -> int:
        """Add a block of rows, its entries as (row in the block, column, value); return the place of its first."""
        row, column, value = (np.asarray(one) for one in entries)
        value = np.broadcast_to(value, row.shape).astype(np.float64)
        first = self.rows
        self._entries.append((row.astype(np.int64) + first, column.astype(np.int64), value))
        self._row_lower.append(np.broadcast_to(np.asarray(lower, dtype=np.float64), size))
        self._row_upper.append(np.broadcast_to(np.asarray(upper, dtype=np.float64), size))
        self.rows += size
        return first

    def add_row(
        self,
        columns: npt.ArrayLike,
        values: npt.ArrayLike,
        *,
        lower: float = -np.inf,
        upper: float = np.inf,
    ) -> None:
        """Add one row."""
        places = np.asarray(columns)
        self.add_rows(1, (np.zeros(len(places)), places, values), lower=lower, upper=upper)

    def _matrix(self) -> csr_array:
        row, column, value = (
            np.concatenate([np.empty(0), *[one[part] for one in self._entries]])
            for part in range(3)
        )
        places = (row.astype(np.int64), column.astype(np.int64))
        return csr_array(coo_array((value, places), shape=(self.rows, self.columns)))

    def load(self, *, relaxed: bool = False) -> Any:
        """Hand the model to a fresh solver."""
        matrix = self._matrix()
        problem = highspy.HighsLp()
        problem.num_col_ = self.columns
        problem.num_row_ = self.rows
        problem.col_cost_ = np.concatenate(self._cost)
        problem.col_lower_ = np.concatenate(self._lower)
        problem.col_upper_ = np.concatenate(self._upper)
        problem.row_lower_ = np.concatenate([np.empty(0), *self._row_lower])
        problem.row_upper_ = np.concatenate([np.empty(0), *self._row_upper])
        problem.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        problem.a_matrix_.start_ = matrix.indptr.astype(np.int32)
        problem.a_matrix_.index_ = matrix.indices.astype(np.int32)
        problem.a_matrix_.value_ = matrix.data
        if not relaxed:
            kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
            problem.integrality_ = [kinds[int(one)] for one in np.concatenate(self._integer)]
        solver: Any = highspy.Highs()  # type: ignore[no-untyped-call, unused-ignore]
        solver.setOptionValue("output_flag", False)
        solver.setOptionValue("threads", 1)
        solver.setOptionValue("parallel", "off")
        solver.setOptionValue("random_seed", 0)
        solver.passModel(problem)
        return solver

    def solve(
        self, *, seconds: float, gap: float = 0.0, start: FloatArray | None = None
    ) -> Outcome:
        """Solve with whole numbers; `start` gives values of the first columns of a known answer."""
        solver = self.load()
        solver.setOptionValue("time_limit", max(0.05, seconds))
        solver.setOptionValue("mip_rel_gap", gap)
        solver.setOptionValue("mip_abs_gap", 1e-9)
        if start is not None:
            places = np.arange(len(start), dtype=np.int32)
            solver.setSolution(len(start), places, start)
        solver.run()
        info = solver.getInfo()
        status = solver.getModelStatus()
        if status == highspy.HighsModelStatus.kInfeasible:
            return Outcome("infeasible", None, np.inf)
        found = info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
        values = np.array(solver.getSolution().col_value) if found else None
        proven = status == highspy.HighsModelStatus.kOptimal and found
        bound = float(info.mip_dual_bound)
        if proven and gap == 0.0:
            bound = float(info.objective_function_value)
        return Outcome("optimal" if proven else "limit", values, bound)

    def relax(self, *, seconds: float) -> Outcome:
        """Solve without whole numbers by interior point; the duals come along, no vertex is sought."""
        solver = self.load(relaxed=True)
        solver.setOptionValue("solver", "ipx")
        solver.setOptionValue("run_crossover", "off")
        solver.setOptionValue("time_limit", max(0.05, seconds))
        solver.run()
        status = solver.getModelStatus()
        if status == highspy.HighsModelStatus.kInfeasible:
            return Outcome("infeasible", None, np.inf)
        if status != highspy.HighsModelStatus.kOptimal:
            return Outcome("limit", None, -np.inf)
        solution = solver.getSolution()
        return Outcome(
            "optimal",
            np.array(solution.col_value),
            float(solver.getInfo().objective_function_value),
            np.array(solution.row_dual),
        )

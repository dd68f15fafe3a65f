"""A siting problem as the user states it: the table, the model, the rules a district has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array, issparse
from scipy.spatial import cKDTree

if TYPE_CHECKING:
    from geo.siting.solution import SitingSolution

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
IndexArray = npt.NDArray[np.signedinteger[Any]]
Model = Literal["lscp", "mclp", "p_median", "p_center", "backup"]
MODELS: tuple[Model, ...] = get_args(Model)
Method = Literal["exact", "greedy"]


@dataclass(frozen=True)
class SitingRules:
    """What an answer must obey. Sites and demand are named by their place in the table.

    Attributes
    ----------
    existing
        Sites that stand already: they serve, cost nothing and do not count.
    closing_cost
        One value an existing site, in the order of `existing`: what closing it costs (negative: saves). NaN: it must
        stay. Without it all must. Each one closed makes room for one new site in the count: that is a move.
    moves
        How many existing sites may be closed at most; None for no limit.
    forced, forbidden
        New sites that must, or must not, be chosen.
    site_cost
        One value a site, 1 by default; what a new site takes from the budget, and what ``lscp`` minimises.
    group
        Label of each demand row, such as its sub-district.
    floor
        Least covered share of every group, or of those named.
    tier
        Label of each site. Demand must then be served in each tier for itself: one row a (tier, demand).
    capacity
        Weight each site can serve; demand may be split between sites.
    clashes
        Pairs of sites that stand too close to each other (see `too_close`), shape (pairs, 2).
    """

    existing: npt.ArrayLike = ()
    closing_cost: npt.ArrayLike | None = None
    moves: int | None = None
    forced: npt.ArrayLike = ()
    forbidden: npt.ArrayLike = ()
    site_cost: npt.ArrayLike | None = None
    group: npt.ArrayLike | None = None
    floor: float | Mapping[str, float] = 0.0
    tier: npt.ArrayLike | None = None
    capacity: npt.ArrayLike | None = None
    clashes: npt.ArrayLike | None = None


@dataclass(frozen=True)
class SitingProblem:
    """One siting problem on a table of costs.

    Attributes
    ----------
    cost
        Demand x site; an absent entry is unreachable, a stored zero costs nothing.
    weight
        One value a demand row, not negative.
    limit
        Greatest cost at which demand counts as covered, inclusive; None when every entry does.
    model
        ``mclp`` most weight covered, ``backup`` most weight covered twice, ``lscp`` least cost for the target share,
        ``p_median`` least sum of weight x cost, ``p_center`` least greatest cost.
    count, budget
        At most so many new sites; at most so much for them. ``lscp`` needs neither.
    target
        Least covered share of all weight; 1 by default for ``lscp``.
    unserved_cost
        For ``p_median``: cost of demand nobody serves; None when all reachable demand must be served.
    rules
        The rest.
    """

    cost: csr_array
    weight: FloatArray
    limit: float | None = None
    model: Model = "mclp"
    count: int | None = None
    budget: float | None = None
    target: float | None = None
    unserved_cost: float | None = None
    rules: SitingRules = field(default_factory=SitingRules)

    @classmethod
    def from_cost_matrix(
        cls,
        cost: csr_array | npt.ArrayLike,
        weight: npt.ArrayLike,
        *,
        limit: float | None = None,
        model: Model = "mclp",
        count: int | None = None,
        budget: float | None = None,
        target: float | None = None,
        unserved_cost: float | None = None,
        rules: SitingRules | None = None,
    ) -> SitingProblem:
        """State a problem on a demand x site matrix, sparse (absent: unreachable) or dense (inf: unreachable).

        Raises
        ------
        InputError
            Naming every fault: negative or missing numbers, unknown names, contradicting options.
        """
        from geo.siting.check import check_problem

        values = np.asarray(weight, dtype=np.float64)
        problem = cls(
            cost=sparse_table(cost),
            weight=values,
            limit=limit,
            model=model,
            count=count,
            budget=budget,
            target=target,
            unserved_cost=unserved_cost,
            rules=rules or SitingRules(),
        )
        check_problem(problem)
        return problem

    def solve(
        self,
        *,
        time_limit: float = 60.0,
        gap: float = 0.0,
        answers: int = 1,
        differ: int = 1,
        method: Method = "exact",
    ) -> SitingSolution:
        """Find the best answer and prove how good it is.

        Parameters
        ----------
        time_limit
            Seconds; when they run out, the best answer so far comes with its bound.
        gap
            Stop when the answer is proven to lie within this share of the best possible.
        answers
            How many best answers; each leaves out at least `differ` choices of every earlier one.
        method
            ``greedy`` takes the best site again and again (``mclp`` with a count and no further rule).

        Raises
        ------
        InputError
            When the options contradict the problem. An infeasible problem is no error: see ``status``.
        """
        from geo.siting.drive import solve

        return solve(
            self, time_limit=time_limit, gap=gap, answers=answers, differ=differ, method=method
        )


def sparse_table(cost: csr_array | npt.ArrayLike) -> csr_array:
    """Copy a table of costs into rows of sorted entries; infinite entries become absent."""
    if issparse(cost):
        table = csr_array(cost.astype(np.float64), copy=True)
        table.sort_indices()
        keep = ~np.isposinf(table.data)
        if keep.all() and table.has_canonical_format:
            return table
        row = np.repeat(np.arange(table.shape[0]), np.diff(table.indptr))
        return least_entries(row[keep], table.indices[keep], table.data[keep], table.shape)
    dense = np.atleast_2d(np.asarray(cost, dtype=np.float64))
    row, column = np.nonzero(~np.isposinf(dense))
    shape = (dense.shape[0], dense.shape[1])
    return from_entries(row, column, dense[row, column], shape)


def least_entries(
    row: IndexArray, column: IndexArray, value: FloatArray, shape: tuple[int, int]
) -> csr_array:
    """Make a table that keeps the least of several entries at one place."""
    order = np.lexsort((value, column, row))
    row, column, value = row[order], column[order], value[order]
    first = np.ones(len(row), dtype=bool)
    first[1:] = (row[1:] != row[:-1]) | (column[1:] != column[:-1])
    return from_entries(row[first], column[first], value[first], shape)


def from_entries(
    row: IndexArray, column: IndexArray, value: FloatArray, shape: tuple[int, int]
) -> csr_array:
    """Make a table from entries sorted by row and column; zeros stay stored."""
    start = np.concatenate([[0], np.cumsum(np.bincount(row, minlength=shape[0]))])
    return csr_array((value, column.astype(np.int32), start), shape=shape)


def too_close(x: npt.ArrayLike, y: npt.ArrayLike, metres: float) -> IntArray:
    """Return the pairs of sites less than `metres` apart, shape (pairs, 2), each pair and the list in order."""
    places = np.column_stack([np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)])
    pairs = cKDTree(places).query_pairs(metres, output_type="ndarray").astype(np.int64)
    apart = np.hypot(*(places[pairs[:, 0]] - places[pairs[:, 1]]).T)
    pairs = np.sort(pairs[apart < metres], axis=1)
    return pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))]

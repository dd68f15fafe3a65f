"""The marginal-gain curve (新增站点—覆盖率曲线): one more site after the other, and what no choice can exceed."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.sparse import csr_array

from geo.choosing.costs import SiteTable
from geo.siting.problem import from_entries

Floats = npt.NDArray[np.float64]
Longs = npt.NDArray[np.int64]
NEVER = -1.0


def greedy_curve(table: SiteTable, most: int, barred: Longs | None = None) -> pd.DataFrame:
    """Add the site that covers most, again and again, until `most` stand or nothing more is gained.

    Parameters
    ----------
    barred
        Candidates not to be used.

    Returns
    -------
    DataFrame
        One row a number of sites, from 0: ``sites_count, site, gain_weight, coverage_share, bound_share``; ``site`` is
        -1 in the first row.

    Notes
    -----
    The curve is nested: each point keeps the sites of the one before. ``bound_share`` is what no choice of so many
    sites can exceed, by submodularity (Nemhauser, Wolsey and Fisher 1978): cover so far plus the greatest single
    gains left, the least of it over all points of the curve.
    """
    reach, standing = _reach(table)
    weight = table.weight.copy()
    total = float(weight.sum())
    covered = standing.copy()
    free = np.ones(table.site_count, dtype=bool)
    if barred is not None:
        free[barred] = False
    sites, gains, covers, tops = [-1], [0.0], [float(weight[covered].sum())], []
    while True:
        gain = np.where(free, reach @ np.where(covered, 0.0, weight), NEVER)
        tops.append(np.sort(gain[gain > 0.0])[::-1][:most])
        site = int(np.argmax(gain)) if len(gain) else -1
        if len(sites) > most or site < 0 or gain[site] <= 0.0:
            break
        free[site] = False
        covered[reach.indices[reach.indptr[site] : reach.indptr[site + 1]]] = True
        sites.append(site)
        gains.append(float(gain[site]))
        covers.append(float(weight[covered].sum()))
    share = np.array(covers) / total if total > 0 else np.full(len(covers), np.nan)
    bound = np.array(_bounds(covers, tops)) / total if total > 0 else share
    return pd.DataFrame(
        {
            "sites_count": np.arange(len(sites)),
            "site": sites,
            "gain_weight": gains,
            "coverage_share": share,
            "bound_share": np.maximum(bound, share),
        }
    )


def _reach(table: SiteTable) -> tuple[csr_array, npt.NDArray[np.bool_]]:
    """Return candidate x row within the limit, and which rows a standing station covers."""
    cost = table.cost
    row = np.repeat(np.arange(cost.shape[0]), np.diff(cost.indptr))
    within = cost.data <= table.limit
    row, column = row[within], cost.indices[within]
    standing = np.zeros(cost.shape[0], dtype=bool)
    standing[row[column == table.site_count]] = True
    new = column < table.site_count
    order = np.lexsort((row[new], column[new]))
    ones = np.ones(int(new.sum()))
    shape = (table.site_count, cost.shape[0])
    return from_entries(column[new][order], row[new][order], ones, shape), standing


def _bounds(covers: list[float], tops: list[Floats]) -> list[float]:
    """Bound the cover of every number of sites by every point of the greedy curve before it."""
    found = []
    for count in range(len(covers)):
        least = np.inf
        for done in range(count + 1):
            least = min(least, covers[done] + float(tops[done][: count - done].sum()))
        found.append(least)
    return found

"""How points enter the walk graph: the table of access rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True)
class AccessRows:
    """How points enter the walk graph, one row a (point, edge), sorted by both.

    Attributes
    ----------
    point, edge
        Indices, int32. A point may meet an edge twice where two places are equally near.
    fraction
        Position along the edge from its tail, 0 to 1.
    walk_m
        Straight walk from the point to the edge, metres.
    x, y
        The point's own end of that walk (metric CRS).
    count
        Number of points, with or without rows.
    """

    point: npt.NDArray[np.int32]
    edge: npt.NDArray[np.int32]
    fraction: npt.NDArray[np.float64]
    walk_m: npt.NDArray[np.float64]
    x: npt.NDArray[np.float64]
    y: npt.NDArray[np.float64]
    count: int

    def take(self, rows: npt.NDArray[np.int64] | npt.NDArray[np.bool_]) -> AccessRows:
        """Keep some rows; points keep their numbers."""
        return AccessRows(
            self.point[rows],
            self.edge[rows],
            self.fraction[rows],
            self.walk_m[rows],
            self.x[rows],
            self.y[rows],
            self.count,
        )

    def joined(self, other: AccessRows) -> AccessRows:
        """Put the rows of the same points together, sorted by point, edge and position."""
        both = AccessRows(
            np.concatenate((self.point, other.point)),
            np.concatenate((self.edge, other.edge)),
            np.concatenate((self.fraction, other.fraction)),
            np.concatenate((self.walk_m, other.walk_m)),
            np.concatenate((self.x, other.x)),
            np.concatenate((self.y, other.y)),
            self.count,
        )
        return both.take(np.lexsort((both.fraction, both.edge, both.point)))

    def for_owners(
        self, point_of: npt.NDArray[np.int32], owner: npt.NDArray[np.int32], count: int
    ) -> AccessRows:
        """Give several owners the rows of one point each: owner k uses those of point ``point_of[k]``."""
        start = np.searchsorted(self.point, np.arange(self.count + 1))
        sizes = (start[1:] - start[:-1])[point_of]
        offset = np.concatenate(([0], np.cumsum(sizes)))
        row = np.arange(offset[-1]) + np.repeat(start[point_of] - offset[:-1], sizes)
        taken = self.take(row)
        return AccessRows(
            np.repeat(owner, sizes).astype(np.int32),
            taken.edge,
            taken.fraction,
            taken.walk_m,
            taken.x,
            taken.y,
            count,
        )

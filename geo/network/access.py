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

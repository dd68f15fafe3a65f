"""Where the network data end: the nodes at which a walk may go on beyond what the files show."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import shapely

from geo.network.graph import WalkGraph

NEAR_EXTENT_M = 50.0


def hull_of(graph: WalkGraph) -> shapely.Geometry:
    """Return the convex hull of the network: the extent that is assumed when none is stated."""
    return shapely.MultiPoint(np.column_stack((graph.x, graph.y))).convex_hull


def cut_nodes(graph: WalkGraph, extent: shapely.Geometry | None) -> npt.NDArray[np.int32]:
    """Return the nodes where ways are cut off.

    A node is cut where the file says that its way goes on (a way of an extract that names nodes the extract lacks),
    and where a dead end lies outside the extent or within 50 m of its outline. ``None`` means complete data: no node
    is cut.

    Parameters
    ----------
    extent
        Polygon in the metric CRS of the graph within which the data are complete.
    """
    if extent is None:
        return np.empty(0, dtype=np.int32)
    degree = np.bincount(graph.tail, minlength=graph.node_count)
    degree += np.bincount(graph.head, minlength=graph.node_count)
    ends = np.flatnonzero(degree == 1)
    points = shapely.points(graph.x[ends], graph.y[ends])
    shapely.prepare(extent)
    outline = shapely.boundary(extent)
    shapely.prepare(outline)
    beyond = ~shapely.intersects(extent, points)
    beyond |= shapely.dwithin(outline, points, NEAR_EXTENT_M)
    flagged = np.flatnonzero(graph.cut) if graph.cut is not None else np.empty(0, dtype=np.int64)
    return np.union1d(ends[beyond], flagged).astype(np.int32)

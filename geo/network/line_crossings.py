"""Places where lines cross or touch at ground level without a common vertex."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

from geo.network.edges import Floats, Longs


@dataclass(frozen=True)
class Strings:
    """Lines as points: those of line i are ``offset[i]:offset[i + 1]``; flags: bridge 1, tunnel 2, ground 0."""

    x: Floats
    y: Floats
    offset: Longs
    flags: Longs

    @property
    def line(self) -> Longs:
        """Line of every point."""
        return np.repeat(np.arange(len(self.offset) - 1), np.diff(self.offset))


@dataclass(frozen=True)
class Crossings:
    """Points to insert: after point `at`, in the segment that starts there, at `x, y`; and how many places they are."""

    at: Longs
    x: Floats
    y: Floats
    count: int


def find_crossings(strings: Strings, vertex: Longs, tolerance_m: float) -> Crossings:
    """Find where two segments at ground level cross or touch (within `tolerance_m`) without a common vertex.

    Parameters
    ----------
    vertex
        Vertex of every point, as joined so far.
    """
    line = strings.line
    start = np.flatnonzero(
        (line[1:] == line[:-1]) & (vertex[1:] != vertex[:-1]) & (strings.flags[line[1:]] == 0)
    )
    xy = np.column_stack([strings.x, strings.y])
    segments = np.asarray(shapely.linestrings(np.stack([xy[start], xy[start + 1]], axis=1)))
    first, second = shapely.STRtree(segments).query(
        segments, predicate="dwithin", distance=tolerance_m
    )
    once = first < second
    first, second = first[once], second[once]
    a, b = start[first], start[second]
    apart = np.ones(len(a), dtype=bool)
    for one in (vertex[a], vertex[a + 1]):
        apart &= (one != vertex[b]) & (one != vertex[b + 1])
    first, second, a, b = first[apart], second[apart], a[apart], b[apart]
    nearest = shapely.get_coordinates(
        shapely.shortest_line(segments[first], segments[second])
    ).reshape(-1, 4)
    # One place for both: where a line ends on another, its end; else where they cross.
    x, y = nearest[:, 0].copy(), nearest[:, 1].copy()
    for end in (b, b + 1):
        touching = np.hypot(xy[end, 0] - nearest[:, 2], xy[end, 1] - nearest[:, 3]) <= tolerance_m
        x[touching], y[touching] = xy[end[touching], 0], xy[end[touching], 1]
    places = np.unique(np.rint(np.column_stack([x, y]) / tolerance_m), axis=0)
    return Crossings(np.concatenate([a, b]), np.tile(x, 2), np.tile(y, 2), len(places))


def insert_vertices(strings: Strings, found: Crossings) -> Strings:
    """Put the points found into the segments, in order along them."""
    step = np.hypot(strings.x[found.at] - found.x, strings.y[found.at] - found.y)
    count = len(strings.x)
    at: npt.NDArray[np.float64] = np.concatenate([np.arange(count), found.at]).astype(np.float64)
    along = np.concatenate([np.zeros(count), np.maximum(step, 1e-9)])
    order = np.lexsort((along, at))
    line = np.concatenate([strings.line, strings.line[found.at]])[order]
    size = np.bincount(line, minlength=len(strings.offset) - 1)
    return Strings(
        np.concatenate([strings.x, found.x])[order],
        np.concatenate([strings.y, found.y])[order],
        np.concatenate([[0], np.cumsum(size)]).astype(np.int64),
        strings.flags,
    )

"""The street fabric in the chart: vertices, straight streets, and where streets end on other streets."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

F = npt.NDArray[np.float64]
I = npt.NDArray[np.int64]  # noqa: E741
B = npt.NDArray[np.bool_]

MERGE_M = 9.0


class Kind(IntEnum):
    """Classes of streets and ways, widest first."""

    PRIMARY = 0
    SECONDARY = 1
    TERTIARY = 2
    RESIDENTIAL = 3
    INNER = 4
    ALLEY = 5
    PATH = 6
    TRAIL = 7
    FOOTBRIDGE = 8
    BORDER = 9  # a line of the chart that is no street: only faces know it


# Sidewalk axis from the road axis (0: walked on the road), and how far blocks keep from the axis.
SIDEWALK_M = np.array([17.0, 11.5, 0, 0, 0, 0, 0, 0, 0, 0])
MARGIN_M = np.array([25.0, 18.0, 12.0, 8.0, 4.0, 1.6, 4.0, 6.0, 0.0, 6.0])


@dataclass(frozen=True)
class Streets:
    """Vertices in the chart and edges between consecutive vertices of one street.

    Attributes
    ----------
    uv
        Chart coordinates of the vertices, (n, 2).
    tail, head, street
        One entry an edge, in order along each street.
    kind, line
        One entry a street: class, and the number of the line whose name it shares.
    """

    uv: F
    tail: I
    head: I
    street: I
    kind: I
    line: I


class Fabric:
    """Grows vertices, streets and hits array by array; `freeze` sorts them into edges."""

    def __init__(self) -> None:
        self._uv: list[F] = []
        self._streets: list[I] = []
        self._hits: list[I] = []
        self.vertices = 0
        self.streets = 0
        self.lines = 0

    def add_vertices(self, uv: F) -> I:
        """Add points (n, 2); return their numbers."""
        self._uv.append(uv)
        self.vertices += len(uv)
        return np.arange(self.vertices - len(uv), self.vertices)

    def add_streets(self, tail: I, head: I, kind: I, line: I | None = None) -> I:
        """Add straight streets between vertices; without `line` each is a line of its own."""
        count = len(tail)
        if line is None:
            line = np.arange(self.lines, self.lines + count)
        self.lines = max(self.lines, int(line.max(initial=-1)) + 1)
        self._streets.append(np.column_stack([tail, head, kind, line]))
        self.streets += count
        ids = np.arange(self.streets - count, self.streets)
        self.add_hits(ids, tail)
        self.add_hits(ids, head)
        return ids

    def add_hits(self, street: I, vertex: I) -> None:
        """Say that `vertex` lies on `street`."""
        self._hits.append(np.column_stack([street, vertex]))

    def kinds(self) -> I:
        """Class of every street so far."""
        return np.concatenate([one[:, 2] for one in self._streets])

    def freeze(self) -> Streets:
        """Sort the vertices along every street and join those less than `MERGE_M` apart."""
        uv = np.concatenate(self._uv)
        streets = np.concatenate(self._streets)
        street, vertex = np.concatenate(self._hits).T
        start = uv[streets[street, 0]]
        along = np.hypot(*(uv[vertex] - start).T)
        order = np.lexsort((vertex, along, street))
        street, vertex, along = street[order], vertex[order], along[order]
        same = street[1:] == street[:-1]
        tail, head, owner = vertex[:-1][same], vertex[1:][same], street[:-1][same]
        close = np.diff(along)[same] < MERGE_M
        pairs = coo_array(
            (np.ones(int(close.sum())), (tail[close], head[close])), shape=(len(uv), len(uv))
        )
        _, group = connected_components(pairs, directed=False)
        first = np.full(int(group.max()) + 1, len(uv))
        np.minimum.at(first, group, np.arange(len(uv)))
        tail, head = first[group[tail]], first[group[head]]
        keep = tail != head
        tail, head, owner = tail[keep], head[keep], owner[keep]
        key = np.minimum(tail, head) * len(uv) + np.maximum(tail, head)
        by_class = np.lexsort((np.arange(len(key)), streets[owner, 2], key))
        double = np.zeros(len(key), dtype=bool)
        double[by_class[1:]] = key[by_class][1:] == key[by_class][:-1]
        return Streets(
            uv, tail[~double], head[~double], owner[~double], streets[:, 2], streets[:, 3]
        )


def with_middles(streets: Streets, pick: I) -> tuple[Streets, I]:
    """Put a vertex in the middle of some edges.

    Returns
    -------
    streets
        With each picked edge replaced, in place, by its two halves.
    middles
        Numbers of the new vertices, in the order of `pick`.
    """
    uv = np.concatenate(
        [streets.uv, (streets.uv[streets.tail[pick]] + streets.uv[streets.head[pick]]) / 2]
    )
    middles = np.arange(len(streets.uv), len(uv))
    tail = np.concatenate([streets.tail, middles])
    head = np.concatenate([streets.head, streets.head[pick]])
    head[pick] = middles
    street = np.concatenate([streets.street, streets.street[pick]])
    order = np.argsort(np.concatenate([np.arange(len(streets.tail)), pick + 0.5]), kind="stable")
    return (
        Streets(uv, tail[order], head[order], street[order], streets.kind, streets.line),
        middles,
    )

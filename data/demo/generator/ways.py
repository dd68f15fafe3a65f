"""Edges of the fabric in the metric plane: shapes, what lies on both sides, which are built."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

from data.demo.generator.fabric import Kind, Streets
from data.demo.generator.subdivide import Quads
from data.demo.generator.warp import Warp

F = npt.NDArray[np.float64]
I = npt.NDArray[np.int64]  # noqa: E741
B = npt.NDArray[np.bool_]

SHAPE_STEP_M = 110.0
TRAIL_STEP_M = 38.0
TRAIL_SWING_M = 11.0


@dataclass(frozen=True)
class Edges:
    """Edges between vertices with their shapes, metric plane.

    Attributes
    ----------
    xy
        Vertices, (n, 2).
    tail, head, street, kind
        One entry an edge.
    offset, shape
        Ragged inner shape points: those of edge e are ``shape[offset[e]:offset[e + 1]]``.
    """

    xy: F
    tail: I
    head: I
    street: I
    kind: I
    offset: I
    shape: F

    def __len__(self) -> int:
        return len(self.tail)

    @property
    def length(self) -> F:
        """Straight lengths between the ends."""
        return np.asarray(np.hypot(*(self.xy[self.head] - self.xy[self.tail]).T))

    def lines(self, pick: B | I | None = None) -> npt.NDArray[np.object_]:
        """Make line strings of all edges or of some."""
        index = np.arange(len(self)) if pick is None else np.arange(len(self))[pick]
        inner = self.offset[index + 1] - self.offset[index]
        owner = np.repeat(np.arange(len(index)), inner)
        rank = np.arange(inner.sum()) - np.repeat(np.cumsum(inner) - inner, inner)
        ids = np.concatenate([np.arange(len(index)), owner, np.arange(len(index))])
        place = np.concatenate([np.full(len(index), -1), rank, np.full(len(index), 10**6)])
        points = np.concatenate(
            [
                self.xy[self.tail[index]],
                self.shape[np.repeat(self.offset[index], inner) + rank],
                self.xy[self.head[index]],
            ]
        )
        order = np.lexsort((place, ids))
        return np.asarray(shapely.linestrings(points[order], indices=ids[order]))

    def take(self, keep: B) -> Edges:
        """Return the edges where `keep` is true; vertices stay."""
        inner = np.diff(self.offset)
        return Edges(
            self.xy,
            self.tail[keep],
            self.head[keep],
            self.street[keep],
            self.kind[keep],
            np.concatenate([[0], np.cumsum(inner[keep])]),
            self.shape[np.repeat(keep, inner)],
        )


def make_edges(streets: Streets, warp: Warp, trail: B | None = None) -> Edges:
    """Bend the edges of the fabric into the metric plane, with a shape point every 110 m or so.

    Parameters
    ----------
    trail
        Edges that are trails whatever their street.
    """
    start, end = streets.uv[streets.tail], streets.uv[streets.head]
    length = np.hypot(*(end - start).T)
    kind = streets.kind[streets.street]
    if trail is not None:
        kind = np.where(trail & (kind != Kind.BORDER), int(Kind.TRAIL), kind)
    step = np.where(kind == Kind.TRAIL, TRAIL_STEP_M, SHAPE_STEP_M)
    inner = np.maximum(np.ceil(length / step).astype(np.int64) - 1, 0)
    owner = np.repeat(np.arange(len(length)), inner)
    rank = np.arange(inner.sum()) - np.repeat(np.cumsum(inner) - inner, inner) + 1
    share = (rank / (inner[owner] + 1))[:, None]
    shape = start[owner] + share * (end[owner] - start[owner])
    # Trails wind.
    wind = (kind[owner] == Kind.TRAIL)[:, None] * np.sin(shape[:, ::-1] / 23.0 + shape / 31.0)
    shape = warp(shape + TRAIL_SWING_M * wind)
    return Edges(
        warp(streets.uv),
        streets.tail,
        streets.head,
        streets.street,
        kind,
        np.concatenate([[0], np.cumsum(inner)]),
        shape,
    )


def quad_polygons(quads: Quads, warp: Warp, middle: bool = True) -> npt.NDArray[np.object_]:
    """Polygons of quads in the metric plane, with a point in the middle of each side."""
    corner = quads.corner
    if middle:
        half = (corner + np.roll(corner, -1, axis=1)) / 2
        corner = np.stack([corner, half], axis=2).reshape(len(quads), 8, 2)
    bent = warp(corner.reshape(-1, 2)).reshape(corner.shape)
    return np.asarray(shapely.polygons(bent))


def sides(edges: Edges, polygons: npt.NDArray[np.object_]) -> tuple[I, I]:
    """Index of the polygon on the left and on the right of each edge, -1 where there is none."""
    middle = (edges.xy[edges.tail] + edges.xy[edges.head]) / 2
    step = edges.xy[edges.head] - edges.xy[edges.tail]
    normal = (
        np.column_stack([-step[:, 1], step[:, 0]]) / np.maximum(np.hypot(*step.T), 1e-9)[:, None]
    )
    tree = shapely.STRtree(polygons)
    found = []
    reach = np.where(edges.kind >= Kind.ALLEY, 2.0, 6.0)[:, None]
    for sign in (1.0, -1.0):
        side = np.full(len(edges), -1, dtype=np.int64)
        point, polygon = tree.query(
            shapely.points(middle + sign * reach * normal), predicate="within"
        )
        side[point[::-1]] = polygon[::-1]
        found.append(side)
    return found[0], found[1]


def built(edges: Edges, left_use: I, right_use: I, on_strip: B) -> B:
    """Which edges become ways: not the lines that are no street, not the outer rim of the chart."""
    rim = (left_use < 0) & (right_use < 0) & ~on_strip
    return np.asarray((edges.kind != Kind.BORDER) & ~rim)

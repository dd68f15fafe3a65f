"""The arms of every junction on a road with sidewalks: order, corners, mouths and crossings."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from data.demo.generator.fabric import SIDEWALK_M, Kind
from data.demo.generator.ways import Edges

F = npt.NDArray[np.float64]
I = npt.NDArray[np.int64]  # noqa: E741
B = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Arms:
    """Half edges at junctions that have at least one road with sidewalks, by node and angle.

    Attributes
    ----------
    node, edge, at_tail
        The junction, its edge, and whether the junction is the edge's tail.
    direction, length
        Unit vector away from the node; straight length of the edge.
    wide, width
        Whether the arm has sidewalks, and how far they are from its axis (0 without).
    following, before
        The next and the previous arm anticlockwise.
    degree, wide_degree
        Arms at the same node.
    """

    node: I
    edge: I
    at_tail: B
    direction: F
    length: F
    wide: B
    width: F
    following: I
    before: I
    degree: I
    wide_degree: I

    def __len__(self) -> int:
        return len(self.node)

    @property
    def left(self) -> F:
        """Unit vectors to the left of each arm."""
        return np.column_stack([-self.direction[:, 1], self.direction[:, 0]])


def make_arms(edges: Edges) -> Arms:
    """Sort the half edges around every junction with a wide road."""
    bent = (np.diff(edges.offset) > 0)[:, None]
    shape = np.concatenate([edges.shape, np.zeros((1, 2))])  # so that every index is one
    first = np.where(bent, shape[edges.offset[:-1]], edges.xy[edges.head])
    last = np.where(bent, shape[edges.offset[1:] - 1], edges.xy[edges.tail])
    node = np.concatenate([edges.tail, edges.head])
    towards = np.concatenate([first - edges.xy[edges.tail], last - edges.xy[edges.head]])
    edge = np.tile(np.arange(len(edges)), 2)
    at_tail = np.arange(len(node)) < len(edges)
    wide = edges.kind[edge] <= Kind.SECONDARY
    near = np.zeros(len(edges.xy), dtype=bool)
    near[node[wide]] = True
    pick = np.flatnonzero(near[node] & (edges.kind[edge] < Kind.BORDER))
    angle = np.arctan2(towards[pick, 1], towards[pick, 0])
    pick = pick[np.lexsort((pick, angle, node[pick]))]
    node, edge, at_tail, wide = node[pick], edge[pick], at_tail[pick], wide[pick]
    direction = towards[pick] / np.maximum(np.hypot(*towards[pick].T), 1e-6)[:, None]
    starts = np.flatnonzero(np.concatenate([[True], node[1:] != node[:-1]]))
    sizes = np.diff(np.concatenate([starts, [len(node)]]))
    group = np.repeat(np.arange(len(starts)), sizes)
    rank = np.arange(len(node)) - starts[group]
    following = starts[group] + (rank + 1) % sizes[group]
    before = starts[group] + (rank - 1) % sizes[group]
    return Arms(
        node,
        edge,
        at_tail,
        direction,
        edges.length[edge],
        wide,
        SIDEWALK_M[edges.kind[edge]],
        following,
        before,
        sizes[group],
        np.bincount(group, weights=wide).astype(np.int64)[group],
    )


@dataclass(frozen=True)
class Corners:
    """Where sidewalks meet.

    Attributes
    ----------
    mouth_m
        For arms without sidewalks: how far out the sidewalk passes across their mouth.
    own
        Whether the corner after an arm is a point of its own (both arms wide).
    point
        That point (n, 2).
    along_left, along_right
        How far along a wide arm its left and right sidewalk begin.
    """

    mouth_m: F
    own: B
    point: F
    along_left: F
    along_right: F


def make_corners(arms: Arms) -> Corners:
    """Meet the sidewalk axes of neighbouring arms.

    Notes
    -----
    Between arm h and the next arm n at angle t anticlockwise, the left axis of h and the right axis of n meet
    ``(w_n + w_h cos t) / sin t`` along h; with nearly straight arms they meet beside the node. Arms without
    sidewalks are axes of width zero, so that the meeting point lies on them: their mouth.
    """
    nxt = arms.following
    cross = (
        arms.direction[:, 0] * arms.direction[nxt, 1]
        - arms.direction[:, 1] * arms.direction[nxt, 0]
    )
    dot = np.sum(arms.direction * arms.direction[nxt], axis=1)
    sharp = np.abs(cross) > 0.3
    safe = np.where(sharp, cross, 1.0)
    limit = 0.4 * arms.length
    along_h = np.where(sharp, (arms.width[nxt] + arms.width * dot) / safe, 0.0)
    along_n = np.where(sharp, (arms.width + arms.width[nxt] * dot) / safe, 0.0)
    along_h = np.clip(along_h, -8.0, np.minimum(limit, 45.0))
    along_n = np.clip(along_n, -8.0, np.minimum(limit[nxt], 45.0))
    own = arms.wide & arms.wide[nxt]
    point = along_h[:, None] * arms.direction + arms.width[:, None] * arms.left

    widest = np.zeros(int(arms.node.max(initial=0)) + 1)
    np.maximum.at(widest, arms.node, arms.width)
    reach_before = np.where(arms.wide[arms.before], along_n[arms.before], 0.0)
    reach_after = np.where(arms.wide[nxt], along_h, 0.0)
    mouth = np.maximum(np.maximum(reach_before, reach_after), 0.75 * widest[arms.node])
    mouth = np.minimum(mouth, np.minimum(1.7 * widest[arms.node], 0.42 * arms.length))

    return Corners(np.where(arms.wide, 0.0, mouth), own, point, along_h, along_n[arms.before])

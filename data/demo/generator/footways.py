"""Sidewalks, crossings, footbridges and underpasses along the wide roads, all junctions at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from data.demo.generator.arms import Arms, make_arms, make_corners
from data.demo.generator.fabric import SIDEWALK_M, Kind
from data.demo.generator.ways import Edges

F = npt.NDArray[np.float64]
I = npt.NDArray[np.int64]  # noqa: E741
B = npt.NDArray[np.bool_]

SIGNAL, MARKED = 1, 2  # how a crossing is regulated


@dataclass(frozen=True)
class Chains:
    """Ways as ragged rows of points: way of each entry, its rank in the way, its point number."""

    way: I
    rank: F
    point: I


@dataclass(frozen=True)
class Footways:
    """What is added beside and across the roads.

    Attributes
    ----------
    points
        New points (n, 2); their numbers follow those of the vertices of the edges.
    on_road
        Crossing nodes and mouths to insert into the roads: edge, metres from its tail, point.
    crossing_point, crossing_kind
        Points that are crossings of a road and how they are regulated.
    chains
        Rows of the new ways.
    role
        One entry a way: ``sidewalk``, ``crossing``, ``marked``, ``signal``, ``steps``, ``bridge``, ``tunnel``.
    edge
        One entry a way: the edge it belongs to.
    """

    points: F
    road_edge: I
    road_at: F
    road_point: I
    crossing_point: I
    crossing_kind: I
    chains: Chains
    role: npt.NDArray[np.str_]
    edge: I


class _Builder:
    """Collects points and ways array by array."""

    def __init__(self, first_point: int) -> None:
        self.next_point = first_point
        self.points: list[F] = []
        self.rows: list[tuple[I, F, I]] = []
        self.roles: list[npt.NDArray[np.str_]] = []
        self.edges: list[I] = []
        self.ways = 0

    def add_points(self, xy: F) -> I:
        self.points.append(np.round(xy, 2))
        self.next_point += len(xy)
        return np.arange(self.next_point - len(xy), self.next_point)

    def add_ways(self, role: npt.NDArray[np.str_], edge: I) -> I:
        self.roles.append(role)
        self.edges.append(edge)
        self.ways += len(role)
        return np.arange(self.ways - len(role), self.ways)

    def add_rows(self, way: I, rank: F, point: I) -> None:
        self.rows.append((way, rank, point))

    def add_lines(self, role: str, edge: I, *points: I) -> None:
        """Add one way an entry of `edge`, through the points in turn."""
        ways = self.add_ways(np.full(len(edge), role), edge)
        for rank, point in enumerate(points):
            self.add_rows(ways, np.full(len(edge), float(rank)), point)


def make_footways(edges: Edges, bridged: B, middle: I, rng: np.random.Generator) -> Footways:
    """Build sidewalks, corners and crossings.

    Parameters
    ----------
    bridged
        Edges over or under a strip: no crossings on them.
    middle
        One entry a vertex: 0 a junction, 1 a crossing between junctions, 2 a footbridge, 3 an underpass.
    """
    arms = make_arms(edges)
    corners = make_corners(arms)
    build = _Builder(len(edges.xy))
    here = edges.xy[arms.node]

    # Mouths: points on the roads without sidewalks, where the sidewalk passes.
    narrow = np.flatnonzero(~arms.wide)
    mouth = np.full(len(arms), -1, dtype=np.int64)
    mouth[narrow] = build.add_points(
        here[narrow] + corners.mouth_m[narrow, None] * arms.direction[narrow]
    )
    # The corner after each arm: a point of its own, the mouth of one of the two arms, or the end of a lone road.
    corner = np.where(arms.wide, mouth[arms.following], mouth)
    lone = arms.degree == 1
    corner[lone] = arms.node[lone]
    own = np.flatnonzero(corners.own & ~lone)
    corner[own] = build.add_points(here[own] + corners.point[own])
    both = np.flatnonzero(~arms.wide & ~arms.wide[arms.following] & ~lone)
    both = both[mouth[both] != mouth[arms.following[both]]]
    build.add_lines("sidewalk", arms.edge[both], mouth[both], mouth[arms.following[both]])

    road = [_on_road(arms, narrow, corners.mouth_m[narrow], mouth[narrow])]
    regulated = _regulated(arms, bridged, middle, rng)
    at = np.maximum(np.maximum(corners.along_left, corners.along_right), 5.0) + 4.5
    regulated[at > 0.38 * arms.length] = 0
    crossed = np.flatnonzero(regulated > 0)
    side = arms.width[crossed, None] * arms.left[crossed]
    out = here[crossed] + at[crossed, None] * arms.direction[crossed]
    landing_left, landing_right = (np.full(len(arms), -1, dtype=np.int64) for _ in range(2))
    landing_left[crossed] = build.add_points(out + side)
    landing_right[crossed] = build.add_points(out - side)
    over = build.add_points(out)
    road.append(_on_road(arms, crossed, at[crossed], over))
    for kind, role in ((SIGNAL, "signal"), (MARKED, "marked")):
        some = regulated[crossed] == kind
        build.add_lines(
            role,
            arms.edge[crossed][some],
            landing_left[crossed][some],
            over[some],
            landing_right[crossed][some],
        )
    _sidewalks(build, edges, arms, corner, (landing_left, landing_right))
    middles, middle_kind = _between(build, edges, arms, corner, middle)
    where, along, point = (np.concatenate(part) for part in zip(*road, strict=True))
    return Footways(
        np.concatenate(build.points),
        where,
        along,
        point,
        np.concatenate([over, middles]),
        np.concatenate([regulated[crossed], middle_kind]),
        Chains(*(np.concatenate(part) for part in zip(*build.rows, strict=True))),
        np.concatenate(build.roles),
        np.concatenate(build.edges),
    )


def _on_road(arms: Arms, pick: I, at: F, point: I) -> tuple[I, F, I]:
    """Say where on its edge a point of an arm lies, measured from the tail."""
    metres = np.where(arms.at_tail[pick], at, arms.length[pick] - at)
    return arms.edge[pick], metres, point


def _regulated(arms: Arms, bridged: B, middle: I, rng: np.random.Generator) -> I:
    """Choose the crossings: nearly all arms at main junctions, one in four small ones elsewhere."""
    draw = rng.random(len(arms))
    main = arms.wide_degree >= 3
    some = (arms.degree >= 3) & ~main & (rng.random(int(arms.node.max()) + 1)[arms.node] < 0.3)
    firsts = np.zeros(len(arms), dtype=bool)
    wide = np.flatnonzero(arms.wide)
    firsts[wide[np.unique(arms.node[wide], return_index=True)[1]]] = True
    kind = np.zeros(len(arms), dtype=np.int64)
    kind[main & (draw < 0.93)] = SIGNAL
    kind[some & firsts] = np.where(draw[some & firsts] < 0.45, SIGNAL, MARKED)
    kind[~arms.wide | bridged[arms.edge] | (middle[arms.node] > 0)] = 0
    return kind


def _sidewalks(
    build: _Builder,
    edges: Edges,
    arms: Arms,
    corner: I,
    landings: tuple[I, I],
) -> None:
    """Add both sidewalks of every wide edge: corner, landing, offset shape points, landing, corner."""
    wide = np.flatnonzero(edges.kind <= Kind.SECONDARY)
    row = np.full(len(edges), -1, dtype=np.int64)
    row[wide] = np.arange(len(wide))
    arm = np.full((len(edges), 2), -1, dtype=np.int64)  # arms at tail and head
    arm[arms.edge, np.where(arms.at_tail, 0, 1)] = np.arange(len(arms))
    first, second = arm[wide, 0], arm[wide, 1]
    inner = np.diff(edges.offset)
    owner = np.repeat(np.arange(len(edges)), inner)
    rank = np.arange(len(owner)) - edges.offset[owner]
    share = (rank + 1) / (inner[owner] + 1)
    fits = np.minimum(share, 1 - share) * edges.length[owner] > 42.0
    use = np.flatnonzero((row[owner] >= 0) & fits)
    step = (edges.xy[edges.head] - edges.xy[edges.tail])[owner[use]]
    normal = np.column_stack([-step[:, 1], step[:, 0]]) / np.hypot(*step.T)[:, None]
    width = SIDEWALK_M[edges.kind[owner[use]]][:, None]
    left, right = corner, corner[arms.before]
    landing_left, landing_right = landings
    sides = (
        (1.0, left[first], landing_left[first], landing_right[second], right[second]),
        (-1.0, right[first], landing_right[first], landing_left[second], left[second]),
    )
    for sign, start, start_landing, end_landing, end in sides:
        ways = build.add_ways(np.full(len(wide), "sidewalk"), wide)
        shape = build.add_points(edges.shape[use] + sign * width * normal)
        build.add_rows(ways[row[owner[use]]], 2.0 + share[use], shape)
        for place, point in ((0.0, start), (1.0, start_landing), (4.0, end_landing), (5.0, end)):
            there = point >= 0
            build.add_rows(ways[there], np.full(int(there.sum()), place), point[there])


def _between(build: _Builder, edges: Edges, arms: Arms, corner: I, middle: I) -> tuple[I, I]:
    """Cross the road between junctions: on the level, by a footbridge, or below."""
    first = np.unique(arms.node, return_index=True)[1]
    first = first[(middle[arms.node[first]] > 0) & (arms.degree[first] == 2)]
    kind = middle[arms.node[first]]
    one, other = corner[first], corner[arms.following[first]]
    level = kind == 1
    node = arms.node[first]
    build.add_lines("signal", arms.edge[first[level]], one[level], node[level], other[level])
    for value, role in ((2, "bridge"), (3, "tunnel")):
        some = first[kind == value]
        side = 0.8 * arms.width[some, None] * arms.left[some]
        out = edges.xy[arms.node[some]] + 15.0 * arms.direction[some]
        high, low = build.add_points(out + side), build.add_points(out - side)
        build.add_lines("steps", arms.edge[some], one[kind == value], high)
        build.add_lines(role, arms.edge[some], high, low)
        build.add_lines("steps", arms.edge[some], low, other[kind == value])
    return node[level], np.full(int(level.sum()), SIGNAL)

"""The walking network as OpenStreetMap has it: points, ways as chains of points, tags."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from data.demo.generator.fabric import Kind
from data.demo.generator.footways import SIGNAL, Footways
from data.demo.generator.landuse import Use
from data.demo.generator.ways import Edges

F = npt.NDArray[np.float64]
I = npt.NDArray[np.int64]  # noqa: E741
B = npt.NDArray[np.bool_]
Tags = dict[str, str]

_SEPARATE = {"foot": "use_sidepath", "sidewalk": "separate"}
_ROADS: dict[Kind, Tags] = {
    Kind.PRIMARY: {"highway": "primary", **_SEPARATE, "lanes": "6"},
    Kind.SECONDARY: {"highway": "secondary", **_SEPARATE, "lanes": "4"},
    Kind.TERTIARY: {"highway": "tertiary", "sidewalk": "both"},
    Kind.RESIDENTIAL: {"highway": "residential"},
    Kind.INNER: {"highway": "service"},
    Kind.ALLEY: {"highway": "footway", "width": "2"},
    Kind.PATH: {"highway": "footway"},
    Kind.TRAIL: {"highway": "path", "surface": "ground"},
}
_STEPS: Tags = {"highway": "steps"}
_LIVING: Tags = {"highway": "living_street"}
_BRIDGE: Tags = {"bridge": "yes", "layer": "1"}
_TUNNEL: Tags = {"tunnel": "yes", "layer": "-1"}
_FOOT: dict[str, Tags] = {
    "sidewalk": {"highway": "footway", "footway": "sidewalk"},
    "signal": {"highway": "footway", "footway": "crossing", "crossing": "traffic_signals"},
    "marked": {"highway": "footway", "footway": "crossing", "crossing": "marked"},
    "steps": {"highway": "steps"},
    "bridge": {"highway": "footway", **_BRIDGE},
    "tunnel": {"highway": "footway", **_TUNNEL},
}
NODE_TAGS: tuple[Tags, ...] = (
    {},
    {"highway": "crossing", "crossing": "traffic_signals"},
    {"highway": "crossing", "crossing": "marked"},
    {"highway": "traffic_signals"},
    {"barrier": "gate"},
)
GATE = 4


@dataclass(frozen=True)
class Network:
    """Ways as ragged chains.

    Attributes
    ----------
    points
        (n, 2), metric plane.
    node_tag
        One entry a point, index into `NODE_TAGS`.
    offset, chain
        Points of way w: ``chain[offset[w]:offset[w + 1]]``.
    tag
        One entry a way, index into `tags`.
    name
        One entry a way, empty where it has none.
    """

    points: F
    node_tag: I
    offset: I
    chain: I
    tag: I
    tags: tuple[Tags, ...]
    name: npt.NDArray[np.str_]


class _TagSets:
    """Numbers distinct sets of tags in the order they come up."""

    def __init__(self) -> None:
        self.sets: list[Tags] = []

    def number(self, tags: Tags) -> int:
        if tags not in self.sets:
            self.sets.append(tags)
        return self.sets.index(tags)


def make_network(
    edges: Edges,
    footways: Footways,
    passage: I,
    use: I,
    line_name: npt.NDArray[np.str_],
    signals: I,
    rng: np.random.Generator,
) -> Network:
    """Put roads and footways together.

    Parameters
    ----------
    passage
        One entry an edge: 0 on the ground, 1 on a bridge, 2 in an underpass.
    use
        Land use beside each edge, to tell inner ways apart.
    line_name
        Name of each edge's street.
    signals
        Vertices with traffic lights.
    """
    sets = _TagSets()
    first_shape = len(edges.xy) + len(footways.points)
    points = [edges.xy, footways.points, edges.shape]
    spans = edges.kind == Kind.FOOTBRIDGE
    way, new_run = _runs(edges, passage, spans)
    rows = _road_rows(edges, footways, way, new_run, first_shape, ~spans)
    first = np.flatnonzero(new_run & ~spans)
    road_tag = _road_tags(edges, passage, use, first, sets, rng)
    chains = [rows]
    tags, names = [road_tag], [line_name[first]]
    # Renumber the road ways without the footbridges.
    count = len(first)
    foot = footways.chains
    chains.append((foot.way + count, foot.rank, foot.point))
    tags.append(_foot_tags(footways, passage, sets))
    names.append(np.full(len(footways.role), "", dtype=line_name.dtype))
    count += len(footways.role)
    bridge_rows, bridge_tags, bridge_points = _footbridges(
        edges, footways, np.flatnonzero(spans), count, first_shape + len(edges.shape), sets
    )
    chains.append(bridge_rows)
    tags.append(bridge_tags)
    names.append(np.full(len(bridge_tags), "", dtype=line_name.dtype))
    points.append(bridge_points)

    ways, rank, point = (np.concatenate(part) for part in zip(*chains, strict=True))
    order = np.lexsort((rank, ways))
    ways, point = ways[order], point[order]
    keep = np.concatenate([[True], (ways[1:] != ways[:-1]) | (point[1:] != point[:-1])])
    ways, point = ways[keep], point[keep]
    xy = np.concatenate(points)
    node_tag = np.zeros(len(xy), dtype=np.int64)
    node_tag[signals] = 3
    node_tag[footways.crossing_point] = np.where(footways.crossing_kind == SIGNAL, 1, 2)
    total = count + len(bridge_tags)
    offset = np.concatenate([[0], np.cumsum(np.bincount(ways, minlength=total))])
    return Network(
        xy, node_tag, offset, point, np.concatenate(tags), tuple(sets.sets), np.concatenate(names)
    )


def _runs(edges: Edges, passage: I, spans: B) -> tuple[I, B]:
    """Join consecutive edges of one street into ways; return way number (no footbridges) and run starts."""
    new = np.ones(len(edges), dtype=bool)
    new[1:] = (
        (edges.street[1:] != edges.street[:-1])
        | (edges.tail[1:] != edges.head[:-1])
        | (passage[1:] != passage[:-1])
        | (edges.kind[1:] != edges.kind[:-1])
        | (edges.kind[1:] == Kind.TRAIL)
    )
    return np.cumsum(new & ~spans) - 1, new


def _road_rows(
    edges: Edges, footways: Footways, way: I, new: B, first_shape: int, keep: B
) -> tuple[I, F, I]:
    """Rows (way, rank, point) of roads: ends, shape points, crossings and mouths by their metres."""
    big = 1.0e5
    base = np.arange(len(edges)) * big
    length = edges.length
    inner = np.diff(edges.offset)
    owner = np.repeat(np.arange(len(edges)), inner)
    rank = np.arange(len(owner)) - edges.offset[owner]
    metres = (rank + 1) / (inner[owner] + 1) * length[owner]
    start = np.flatnonzero(new & keep)
    whole = np.flatnonzero(keep)
    shaped = np.flatnonzero(keep[owner])
    put = np.flatnonzero(keep[footways.road_edge])
    put_edge = footways.road_edge[put]
    return (
        np.concatenate([way[start], way[whole], way[owner[shaped]], way[put_edge]]),
        np.concatenate(
            [
                base[start] - 1.0,
                base[whole] + length[whole] + 1.0,
                (base[owner] + metres)[shaped],
                base[put_edge] + footways.road_at[put],
            ]
        ),
        np.concatenate(
            [
                edges.tail[start],
                edges.head[whole],
                first_shape + shaped,
                footways.road_point[put],
            ]
        ),
    )


def _road_tags(
    edges: Edges, passage: I, use: I, first: I, sets: _TagSets, rng: np.random.Generator
) -> I:
    """Number the tag set of every road way."""
    draw = rng.random(len(first))
    kind, beside, way_passage = edges.kind[first], use[first], passage[first]
    variant = np.zeros(len(first), dtype=np.int64)
    housing = np.isin(beside, [Use.MODERN, Use.OLD])
    variant[(kind == Kind.INNER) & housing & (draw < 0.6)] = 1
    variant[(kind == Kind.ALLEY) & (draw < 0.12)] = 1
    short = edges.length[first] < 90.0
    variant[(kind == Kind.TRAIL) & (edges.length[first] < 240.0) & (draw < 0.4)] = 2
    variant[(kind == Kind.PATH) & short & (draw < 0.12)] = 2
    code = (kind * 3 + variant) * 3 + way_passage
    tag = np.zeros(len(first), dtype=np.int64)
    for value in np.unique(code).tolist():
        road, rest = divmod(value, 9)
        change, over = divmod(rest, 3)
        tags = {0: _ROADS[Kind(road)], 1: _LIVING, 2: _STEPS}[change]
        tag[code == value] = sets.number({**tags, **({}, _BRIDGE, _TUNNEL)[over]})
    return tag


def _foot_tags(footways: Footways, passage: I, sets: _TagSets) -> I:
    """Number the tag set of every footway; sidewalks go over bridges with their road."""
    over = np.where(footways.role == "sidewalk", passage[footways.edge], 0)
    tag = np.zeros(len(footways.role), dtype=np.int64)
    for role, tags in _FOOT.items():
        for value in (0, 1, 2):
            some = (footways.role == role) & (over == value)
            if some.any():
                tag[some] = sets.number({**tags, **({}, _BRIDGE, _TUNNEL)[value]})
    return tag


def _footbridges(
    edges: Edges, footways: Footways, spans: I, first_way: int, first_point: int, sets: _TagSets
) -> tuple[tuple[I, F, I], I, F]:
    """Footbridges over strips: way to the steps, steps up, bridge, steps down, way from the steps."""
    count = len(spans)
    low, high = edges.xy[edges.tail[spans]], edges.xy[edges.head[spans]]
    points = np.round(np.concatenate([low + 0.3 * (high - low), low + 0.7 * (high - low)]), 2)
    up, down = first_point + np.arange(count), first_point + count + np.arange(count)
    row = np.full(len(edges), -1, dtype=np.int64)
    row[spans] = np.arange(count)
    put = np.flatnonzero(row[footways.road_edge] >= 0)
    near_tail = footways.road_at[put] < edges.length[footways.road_edge[put]] / 2
    foot_up, foot_down = edges.tail[spans].copy(), edges.head[spans].copy()
    owner = row[footways.road_edge[put]]
    foot_up[owner[near_tail]] = footways.road_point[put[near_tail]]
    foot_down[owner[~near_tail]] = footways.road_point[put[~near_tail]]
    parts = (
        (edges.tail[spans], foot_up, _ROADS[Kind.PATH]),
        (foot_up, up, _STEPS),
        (up, down, {**_ROADS[Kind.PATH], **_BRIDGE}),
        (down, foot_down, _STEPS),
        (foot_down, edges.head[spans], _ROADS[Kind.PATH]),
    )
    ways, ranks, chain, tags = [], [], [], []
    number = first_way
    for start, end, tag in parts:
        real = np.flatnonzero(start != end)
        ids = number + np.arange(len(real))
        number += len(real)
        ways += [ids, ids]
        ranks += [np.zeros(len(real)), np.ones(len(real))]
        chain += [start[real], end[real]]
        tags.append(np.full(len(real), sets.number(tag)))
    return (
        (np.concatenate(ways), np.concatenate(ranks), np.concatenate(chain)),
        np.concatenate(tags),
        points,
    )

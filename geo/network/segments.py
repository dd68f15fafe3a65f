"""Ways cut into single segments, with the special edges of crossings, lifts and private ways put in."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from geo.network.edges import PUBLIC, Bools, Bytes, Delay, EdgeKind, Floats, Longs
from geo.network.raw import RawNetwork

ON_FOOT = (int(EdgeKind.FOOT), int(EdgeKind.STEPS), int(EdgeKind.PLAZA))
ROAD_WAITS = (int(Delay.CROSSING), int(Delay.SIGNAL))
ORIGINAL, PRIVATE_COPY, ARM = range(3)
HALF = 0.5
ALIKE = ["kind", "highway", "bridge", "tunnel", "enterable", "delay", "private"]


@dataclass(frozen=True)
class Segments:
    """Segments between neighbouring vertices.

    Attributes
    ----------
    x, y, ref, cut, waits
        Vertices, as in `RawNetwork`; copies of a vertex have no ``ref``.
    role, beside, of_way
        Tell vertices at one place apart: what the vertex is, the vertex it leads to (its own number for originals), and
        the ``way_ref`` of the way that an arm belongs to.
    a, b
        Ends of each segment.
    rows
        One row a segment: the columns of the ways with ``highway`` and ``name`` as codes into `highways` and `names`
        (-1 for none), ``delay_share`` and ``private_group``.
    """

    x: Floats
    y: Floats
    ref: Longs
    cut: Bools
    waits: Bytes
    role: Bytes
    beside: Longs
    of_way: Longs
    a: Longs
    b: Longs
    rows: pd.DataFrame
    highways: list[str]
    names: list[str]

    @property
    def length_m(self) -> Floats:
        """Length of every segment."""
        lengths: Floats = np.hypot(self.x[self.a] - self.x[self.b], self.y[self.a] - self.y[self.b])
        return lengths

    def column(self, name: str) -> npt.NDArray[np.generic]:
        """Return one column of `rows` as an array."""
        values: npt.NDArray[np.generic] = self.rows[name].to_numpy()
        return values


def split_ways(raw: RawNetwork) -> Segments:
    """Cut ways into segments; segments without length and exact repeats are left out."""
    way = np.repeat(np.arange(len(raw.ways)), np.diff(raw.offset))
    at = np.flatnonzero((way[1:] == way[:-1]) & (raw.vertex[1:] != raw.vertex[:-1]))
    ways, highways, names = _coded(raw.ways)
    segments = Segments(
        raw.x,
        raw.y,
        raw.vertex_ref,
        raw.cut,
        raw.vertex_delay,
        np.zeros(len(raw.x), np.uint8),
        np.arange(len(raw.x)),
        np.full(len(raw.x), -1, np.int64),
        raw.vertex[at].astype(np.int64),
        raw.vertex[at + 1].astype(np.int64),
        ways.iloc[way[at]].assign(way=way[at]).reset_index(drop=True),
        highways,
        names,
    )
    return _without_repeats(segments)


def _coded(ways: pd.DataFrame) -> tuple[pd.DataFrame, list[str], list[str]]:
    """Replace texts of the ways by codes in alphabetical order."""
    highway = pd.Categorical(ways["highway"])
    name = pd.Categorical(ways["name"])
    coded = ways.assign(
        highway=highway.codes.astype(np.int64),
        name=name.codes.astype(np.int64),
        delay_share=(ways["delay"] != int(Delay.NONE)).astype(np.float64),
        private_group=np.full(len(ways), PUBLIC, np.int32),
    )
    return coded, [str(one) for one in highway.categories], [str(one) for one in name.categories]


def _without_repeats(segments: Segments) -> Segments:
    """Keep one of several segments that join the same vertices and do not differ but in name: that of the lowest way.

    It may be walked in every direction that one of them may.
    """
    flip = segments.a > segments.b
    forward = segments.rows["forward_open"].to_numpy(bool)
    backward = segments.rows["backward_open"].to_numpy(bool)
    ends = {"low": np.minimum(segments.a, segments.b), "high": np.maximum(segments.a, segments.b)}
    number = (
        segments.rows.assign(**ends)
        .groupby([*ALIKE, *ends], sort=False)
        .ngroup()
        .to_numpy(np.int64)
    )
    up, down = np.zeros((2, number.max(initial=-1) + 1), dtype=bool)
    up[number[np.where(flip, backward, forward)]] = True
    down[number[np.where(flip, forward, backward)]] = True
    order = np.argsort(segments.rows["way_ref"].to_numpy(), kind="stable")
    _, first = np.unique(number[order], return_index=True)
    kept = np.sort(order[first])
    up, down, flip = up[number[kept]], down[number[kept]], flip[kept]
    rows = segments.rows.iloc[kept].assign(
        forward_open=np.where(flip, down, up), backward_open=np.where(flip, up, down)
    )
    return replace(
        segments, a=segments.a[kept], b=segments.b[kept], rows=rows.reset_index(drop=True)
    )


def share_delays(segments: Segments) -> Segments:
    """Spread the delay of each crossing way and lift over its segments, and take it off the nodes it passes.

    Strategy
    --------
    - segments of one way are one crossing; so are pieces that meet on a carriageway, at a crossing node, or at a vertex
      where nothing else ends
    - the delay is shared by length along a line; where three or more arms meet in one point each arm carries half
    - signals at any node of the crossing make it a signalled one
    - a node that such a way passes delays nobody a second time
    """
    delay = segments.rows["delay"].to_numpy(np.uint8)
    delayed = np.flatnonzero(delay != Delay.NONE)
    if len(delayed) == 0:
        return segments
    group = _crossing_groups(segments, delayed)
    share = segments.rows["delay_share"].to_numpy(np.float64).copy()
    share[delayed] = _shares(segments, delayed, group)
    new_delay = delay.copy()
    ends = np.concatenate([segments.a[delayed], segments.b[delayed]])
    signalled = np.zeros(group.max() + 1, dtype=bool)
    signalled[group[delay[delayed] == Delay.SIGNAL]] = True
    signalled[np.tile(group, 2)[segments.waits[ends] == Delay.SIGNAL]] = True
    crossing = delayed[signalled[group] & (delay[delayed] == Delay.CROSSING)]
    new_delay[crossing] = int(Delay.SIGNAL)
    waits = segments.waits.copy()
    waits[ends] = int(Delay.NONE)
    return replace(
        segments, waits=waits, rows=segments.rows.assign(delay=new_delay, delay_share=share)
    )


def _crossing_groups(segments: Segments, delayed: Longs) -> Longs:
    """Number the crossings (and lifts) that the `delayed` segments belong to."""
    n, count = len(segments.x), len(delayed)
    kind = segments.rows["kind"].to_numpy(np.uint8)
    on_road = np.zeros(n, dtype=bool)
    road = kind == EdgeKind.ROAD
    on_road[segments.a[road]] = True
    on_road[segments.b[road]] = True
    degree = np.bincount(np.concatenate([segments.a, segments.b]), minlength=n)
    meets = on_road | np.isin(segments.waits, ROAD_WAITS) | (degree == 2)
    way = segments.rows["way"].to_numpy(np.int64)[delayed]
    # Vertices where pieces meet are shared per kind, other vertices are each way's own.
    is_lift = (kind[delayed] == EdgeKind.LIFT).astype(np.int64)
    row, joint = [np.arange(count)], [2 * n + way]
    for end in (segments.a[delayed], segments.b[delayed]):
        at = np.flatnonzero(meets[end])
        row.append(at)
        joint.append(2 * end[at] + is_lift[at])
    _, column = np.unique(np.concatenate(joint), return_inverse=True)
    rows = np.concatenate(row)
    size = count + int(column.max()) + 1
    links = coo_array((np.ones(len(rows)), (rows, count + column)), shape=(size, size))
    _, label = connected_components(links, directed=False)
    _, group = np.unique(label[:count], return_inverse=True)
    return group.astype(np.int64)


def _shares(segments: Segments, delayed: Longs, group: Longs) -> Floats:
    """Return the share of the delay that each delayed segment carries."""
    length = segments.length_m[delayed]
    total = np.bincount(group, weights=length)
    count = np.bincount(group)
    share: Floats = np.where(
        total[group] > 0, length / np.maximum(total[group], 1e-9), 1.0 / count[group]
    )
    a, b = segments.a[delayed], segments.b[delayed]
    ends = np.unique(
        np.column_stack([np.tile(group, 2), np.concatenate([a, b])]), axis=0, return_counts=True
    )
    hubs = ends[0][ends[1] > 2]
    for one, hub in hubs[np.isin(hubs[:, 0], _single(hubs[:, 0]))]:
        inside = np.flatnonzero(group == one)
        arm = _arms_around(a[inside], b[inside], int(hub))
        along = np.bincount(arm, weights=length[inside])[arm]
        share[inside] = HALF * length[inside] / np.maximum(along, 1e-9)
    return share


def _single(values: Longs) -> Longs:
    """Return the values that occur once."""
    found, count = np.unique(values, return_counts=True)
    once: Longs = found[count == 1]
    return once


def _arms_around(a: Longs, b: Longs, hub: int) -> npt.NDArray[np.int32]:
    """Number the pieces into which segments fall apart when `hub` is taken out."""
    ends = np.concatenate([a, b])
    own = ends.max() + 1 + np.arange(len(ends))
    _, code = np.unique(np.where(ends == hub, own, ends), return_inverse=True)
    size = int(code.max()) + 1
    links = coo_array((np.ones(len(a)), (code[: len(a)], code[len(a) :])), shape=(size, size))
    _, label = connected_components(links, directed=False)
    _, arm = np.unique(label[code[: len(a)]], return_inverse=True)
    return arm.astype(np.int32)


def add_exits(segments: Segments) -> Segments:
    """Give private ways their own copy of every public vertex they touch, with an exit open only outwards."""
    private = segments.rows["private"].to_numpy(bool)
    n = len(segments.x)
    used = np.zeros((2, n), dtype=bool)
    for flag in (0, 1):
        chosen = private == bool(flag)
        used[flag, segments.a[chosen]] = True
        used[flag, segments.b[chosen]] = True
    shared = np.flatnonzero(used.all(axis=0))
    if len(shared) == 0:
        return segments
    copy = np.arange(n)
    copy[shared] = n + np.arange(len(shared))
    moved = replace(
        segments,
        a=np.where(private, copy[segments.a], segments.a),
        b=np.where(private, copy[segments.b], segments.b),
    )
    exits = _special_rows(segments, len(shared), EdgeKind.EXIT).assign(
        private=True, backward_open=False
    )
    nobody = np.full(len(shared), -1, np.int64)
    return _extended(moved, shared, PRIVATE_COPY, (shared, nobody), copy[shared], shared, exits)


def add_arms(segments: Segments) -> Segments:
    """Give each arm of a foot path at a crossing node of a road, and each arm at a lift, a vertex of its own.

    A zero-length edge with half the delay joins it to the node, so that passing through costs the delay once.
    """
    kind = np.tile(segments.rows["kind"].to_numpy(np.uint8), 2)
    end = np.concatenate([segments.a, segments.b])
    waits = segments.waits[end]
    arms = (np.isin(waits, ROAD_WAITS) & np.isin(kind, ON_FOOT)) | (
        (waits == Delay.LIFT) & (kind != EdgeKind.EXIT)
    )
    at = np.flatnonzero(arms)
    if len(at) == 0:
        return segments
    # All straight ways over one plaza arrive together: changing between them crosses no road.
    plaza = kind[at] == EdgeKind.PLAZA
    key = np.where(plaza, end[at], len(segments.x) + at)
    _, first, number = np.unique(key, return_index=True, return_inverse=True)
    moved_end = end.copy()
    moved_end[at] = len(segments.x) + number
    half = len(segments.a)
    moved = replace(segments, a=moved_end[:half], b=moved_end[half:])
    node = end[at][first]
    other = np.concatenate([segments.b, segments.a])[at][first]
    private = np.tile(segments.rows["private"].to_numpy(bool), 2)[at][first]
    is_lift = segments.waits[node] == Delay.LIFT
    rows = _special_rows(segments, len(first), EdgeKind.CROSSING).assign(
        kind=np.where(is_lift, int(EdgeKind.LIFT), int(EdgeKind.CROSSING)).astype(np.uint8),
        delay=segments.waits[node],
        delay_share=HALF,
        private=private,
    )
    new = len(segments.x) + np.arange(len(first))
    way = np.tile(segments.rows["way_ref"].to_numpy(np.int64), 2)[at][first]
    return _extended(moved, node, ARM, (other, way), new, node, rows)


def _special_rows(segments: Segments, count: int, kind: EdgeKind) -> pd.DataFrame:
    """Make rows of zero-length edges that no point enters."""
    blank = segments.rows.iloc[np.zeros(count, dtype=np.int64)].reset_index(drop=True)
    return blank.assign(
        bridge=False,
        tunnel=False,
        enterable=False,
        delay=np.zeros(count, np.uint8),
        delay_share=0.0,
        private=False,
        kind=np.full(count, int(kind), np.uint8),
        highway=-1,
        name=-1,
        way=-1,
        way_ref=-1,
        forward_open=True,
        backward_open=True,
        private_group=np.full(count, PUBLIC, np.int32),
    )


def _extended(
    segments: Segments,
    source: Longs,
    role: int,
    beside: tuple[Longs, Longs],
    a: Longs,
    b: Longs,
    rows: pd.DataFrame,
) -> Segments:
    """Add copies of the vertices `source` and segments a-b."""
    columns = segments.rows.dtypes
    return replace(
        segments,
        x=np.concatenate([segments.x, segments.x[source]]),
        y=np.concatenate([segments.y, segments.y[source]]),
        ref=np.concatenate([segments.ref, np.full(len(source), -1, np.int64)]),
        cut=np.concatenate([segments.cut, np.zeros(len(source), bool)]),
        waits=np.concatenate([segments.waits, segments.waits[source]]),
        role=np.concatenate([segments.role, np.full(len(source), role, np.uint8)]),
        beside=np.concatenate([segments.beside, beside[0]]),
        of_way=np.concatenate([segments.of_way, beside[1]]),
        a=np.concatenate([segments.a, a]),
        b=np.concatenate([segments.b, b]),
        rows=pd.concat([segments.rows, rows], ignore_index=True).astype(columns.to_dict()),
    )


def number_private(segments: Segments, rank: Longs) -> Segments:
    """Number the connected private pieces by the rank of their lowest vertex; exits belong to the piece they leave."""
    private = segments.rows["private"].to_numpy(bool)
    exits = segments.rows["kind"].to_numpy(np.uint8) == EdgeKind.EXIT
    inside = private & ~exits
    n = len(segments.x)
    pairs = segments.a[inside], segments.b[inside]
    _, label = connected_components(
        coo_array((np.ones(len(pairs[0])), pairs), shape=(n, n)), directed=False
    )
    used = np.unique(np.concatenate([*pairs, segments.a[exits]]))
    order = used[np.argsort(rank[used], kind="stable")]
    pieces, first = np.unique(label[order], return_index=True)
    number = np.full(int(label.max(initial=-1)) + 1, PUBLIC, np.int32)
    number[pieces[np.argsort(first, kind="stable")]] = np.arange(len(pieces), dtype=np.int32)
    group = np.where(private, number[label[segments.a]], np.int32(PUBLIC)).astype(np.int32)
    return replace(segments, rows=segments.rows.assign(private_group=group))

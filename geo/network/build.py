"""From ways to the walk graph: chains between junctions become edges, numbered along a space-filling curve."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.errors import NetworkError, fault
from geo.kernels.chains import follow_chains
from geo.network.edges import Bools, EdgeTable, Floats, Longs
from geo.network.graph import WalkGraph
from geo.network.pace import cost_of_edges
from geo.network.raw import RawNetwork
from geo.network.segments import (
    Segments,
    add_arms,
    add_exits,
    number_private,
    share_delays,
    split_ways,
)
from geo.params import Pace

CURVE_STEP_M = 0.1
SHARE_DIGITS = 9  # the order in which pieces are summed must not show
SAME = ["kind", "highway", "bridge", "tunnel", "enterable", "delay", "private_group"]


@dataclass(frozen=True)
class _Chains:
    """Chains in their final direction: half segments (``2s`` along, ``2s + 1`` back) between two nodes."""

    offset: Longs
    half: Longs
    source: Longs
    target: Longs

    @property
    def segment(self) -> Longs:
        return self.half >> 1

    @property
    def chain(self) -> Longs:
        return np.repeat(np.arange(len(self.offset) - 1), np.diff(self.offset))


def read_walk_graph(
    path: str | Path,
    crs: object | None = None,
    bbox: tuple[float, float, float, float] | None = None,
    pace: Pace | None = None,
) -> WalkGraph:
    """Build the walk graph of an OpenStreetMap extract.

    Parameters
    ----------
    path
        ``.osm.pbf`` or ``.osm``.
    crs
        Metric CRS; None takes the UTM zone of the data.
    bbox
        West, south, east, north in degrees; None reads all.
    pace
        Of the weights, default standard.

    Raises
    ------
    InputError
        When the file cannot be read.
    NetworkError
        When nothing in it can be walked.
    """
    from geo.network.osm import raw_from_osm
    from geo.read.osm import OsmExtract

    return build_graph(raw_from_osm(OsmExtract(path, bbox), crs), pace)


def build_graph(raw: RawNetwork, pace: Pace | None = None) -> WalkGraph:
    """Build the walk graph of a raw network, weighted by `pace` (default: standard).

    Strategy
    --------
    - cut ways into segments, put in the arms of crossings and lifts and the exits of private ways
    - join segments at vertices where just two of them end and do not differ but in name: chains
    - a ring without a junction starts at its lowest vertex
    - order everything by place (Morton curve), never by the order of the input: nodes, direction and number of edges

    Raises
    ------
    NetworkError
        When no way has any length.
    """
    segments = add_arms(add_exits(share_delays(split_ways(raw))))
    if len(segments.a) == 0:
        raise NetworkError(fault("network_no_walkable", file="", count=len(raw.ways)))
    rank = _rank(segments)
    segments = number_private(segments, rank)
    chains = _directed(_chains(segments, rank), segments, rank)
    nodes = np.unique(
        np.concatenate([chains.source[chains.offset[:-1]], chains.target[chains.offset[1:] - 1]])
    )
    nodes = nodes[np.argsort(rank[nodes], kind="stable")]
    number = np.full(len(segments.x), -1, np.int32)
    number[nodes] = np.arange(len(nodes), dtype=np.int32)
    tail, head = (
        number[chains.source[chains.offset[:-1]]],
        number[chains.target[chains.offset[1:] - 1]],
    )
    edges = _edge_table(chains, segments)
    order = np.lexsort((edges.way_ref, edges.kind, edges.length_m, head, tail))
    edges = edges.take(order)
    costs = cost_of_edges(edges, pace or Pace())
    return WalkGraph(
        segments.x[nodes],
        segments.y[nodes],
        tail[order],
        head[order],
        *costs,
        edges=edges,
        node_ref=segments.ref[nodes],
        cut=segments.cut[nodes],
    )


def _rank(segments: Segments) -> Longs:
    """Number all vertices along the curve; those at one place by id, then by what they are and lead to."""
    code = morton(segments.x, segments.y)
    order = np.lexsort(
        (
            segments.of_way,
            code[segments.beside],
            segments.role,
            segments.ref,
            segments.y,
            segments.x,
            code,
        )
    )
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    return rank


def morton(x: Floats, y: Floats) -> npt.NDArray[np.uint64]:
    """Return the place of each point along a Z-shaped curve over a grid of 0.1 m."""
    codes = []
    for values in (x, y):
        code = np.rint((values - values.min()) / CURVE_STEP_M).astype(np.uint64)
        for shift, mask in (
            (16, 0x0000FFFF0000FFFF),
            (8, 0x00FF00FF00FF00FF),
            (4, 0x0F0F0F0F0F0F0F0F),
            (2, 0x3333333333333333),
            (1, 0x5555555555555555),
        ):
            code = (code | (code << np.uint64(shift))) & np.uint64(mask)
        codes.append(code)
    mixed: npt.NDArray[np.uint64] = codes[0] | (codes[1] << np.uint64(1))
    return mixed


def _chains(segments: Segments, rank: Longs) -> _Chains:
    """Follow the segments from node to node."""
    source = np.column_stack([segments.a, segments.b]).ravel()
    target = np.column_stack([segments.b, segments.a]).ravel()
    following, inner = _following(segments, source)
    offset, half = follow_chains(following, ~inner[source], rank[source])
    return _Chains(offset, half, source[half], target[half])


def _following(segments: Segments, source: Longs) -> tuple[Longs, Bools]:
    """Tell how chains go on at each half segment's end (-1: not), and which vertices lie inside chains."""
    code = segments.rows.groupby(SAME, sort=False).ngroup().to_numpy()
    open_half = segments.rows[["forward_open", "backward_open"]].to_numpy(bool).ravel()
    leaving = np.argsort(source, kind="stable")  # half segments by the vertex they leave
    degree = np.bincount(source, minlength=len(segments.x))
    two = np.flatnonzero((degree == 2) & ~segments.cut)
    at = np.searchsorted(source[leaving], two)
    first, second = leaving[at], leaving[at + 1]
    alike = (
        (code[first >> 1] == code[second >> 1])
        & (open_half[first ^ 1] == open_half[second])
        & (open_half[first] == open_half[second ^ 1])
    )
    inner = np.zeros(len(segments.x), dtype=bool)
    inner[two[alike]] = True
    following = np.full(len(source), -1, np.int64)
    following[first[alike] ^ 1] = second[alike]
    following[second[alike] ^ 1] = first[alike]
    return following, inner


def _directed(chains: _Chains, segments: Segments, rank: Longs) -> _Chains:
    """Turn every chain so that it starts at its lower node; a loop, towards its lower neighbour."""
    start, end = chains.offset[:-1], chains.offset[1:] - 1
    tail, head = rank[chains.source[start]], rank[chains.target[end]]
    after, before = rank[chains.target[start]], rank[chains.source[end]]
    turned = (tail > head) | ((tail == head) & (after > before))
    chain = chains.chain
    place = np.arange(len(chains.half))
    mirrored = start[chain] + end[chain] - place
    place = np.where(turned[chain], mirrored, place)
    half = chains.half[place] ^ turned[chain]
    ends = np.column_stack([segments.a, segments.b]).ravel()
    return _Chains(chains.offset, half, ends[half], ends[half ^ 1])


def _edge_table(chains: _Chains, segments: Segments) -> EdgeTable:
    """Describe the chains as edges."""
    start = chains.offset[:-1]
    length = segments.length_m[chains.segment]
    rows = segments.rows.iloc[chains.segment[start]]
    forward = rows["forward_open"].to_numpy(bool)
    backward = rows["backward_open"].to_numpy(bool)
    turned = (chains.half[start] & 1).astype(bool)
    share = segments.rows["delay_share"].to_numpy(np.float64)[chains.segment]
    carried: Floats = np.add.reduceat(share, start)
    names = _of_longest(
        chains.chain, segments.rows["name"].to_numpy()[chains.segment], length, len(start)
    )
    refs = _of_longest(
        chains.chain, segments.rows["way_ref"].to_numpy()[chains.segment], length, len(start)
    )
    point = np.insert(chains.source, chains.offset[1:], chains.target[chains.offset[1:] - 1])
    return EdgeTable(
        length_m=np.add.reduceat(length, start),
        kind=rows["kind"].to_numpy(np.uint8),
        highway=_labels(rows["highway"].to_numpy(np.int64), segments.highways),
        name=_labels(names, segments.names),
        bridge=rows["bridge"].to_numpy(bool),
        tunnel=rows["tunnel"].to_numpy(bool),
        enterable=rows["enterable"].to_numpy(bool),
        forward_open=np.where(turned, backward, forward),
        backward_open=np.where(turned, forward, backward),
        delay=rows["delay"].to_numpy(np.uint8),
        delay_share=carried.round(SHARE_DIGITS),
        private_group=rows["private_group"].to_numpy(np.int32),
        way_ref=refs,
        shape_offset=chains.offset + np.arange(len(chains.offset)),
        shape_x=segments.x[point],
        shape_y=segments.y[point],
    )


def _labels(codes: Longs, texts: list[str]) -> pd.Categorical:
    """Return texts by code, with only those categories that occur."""
    labels: pd.Categorical = pd.Categorical.from_codes(codes, pd.Index(texts, dtype=object))
    return labels.remove_unused_categories()


def _of_longest(chain: Longs, value: Longs, length: Floats, count: int) -> Longs:
    """Return per chain the value that covers most of its length, the lowest on a tie, -1 where there is none."""
    known = value >= 0
    table = pd.DataFrame({"chain": chain[known], "value": value[known], "length": length[known]})
    total = table.groupby(["chain", "value"], sort=True)["length"].sum().reset_index()
    best = total.sort_values(
        ["chain", "length", "value"], ascending=[True, False, True], kind="stable"
    )
    best = best.drop_duplicates("chain")
    result = np.full(count, -1, np.int64)
    result[best["chain"].to_numpy()] = best["value"].to_numpy()
    return result

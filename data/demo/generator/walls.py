"""Walls round compounds, open where an inner way leads out, and the gates there."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import shapely

from data.demo.generator.buildings import inset
from data.demo.generator.fabric import MARGIN_M, Kind
from data.demo.generator.landuse import WALL_SHARE
from data.demo.generator.network import Network
from data.demo.generator.subdivide import Quads
from data.demo.generator.warp import Warp
from data.demo.generator.ways import Edges

F = npt.NDArray[np.float64]
I = npt.NDArray[np.int64]  # noqa: E741

OPENING_M = 3.5


@dataclass(frozen=True)
class Walls:
    """Walls and gates in the metric plane.

    Attributes
    ----------
    line, block
        Wall of each walled block (gaps left out) and the block's index.
    gate, gate_edge, gate_at, gate_block
        Gates (n, 2), the edge each lies on, metres from its tail, and its block.
    """

    line: npt.NDArray[np.object_]
    block: I
    gate: F
    gate_edge: I
    gate_at: F
    gate_block: I


def make_walls(
    blocks: Quads, street_kind: I, edges: Edges, edge_block: I, warp: Warp, rng: np.random.Generator
) -> Walls:
    """Wall in part of the blocks.

    Parameters
    ----------
    edge_block
        Block in which an edge lies, -1 for edges between blocks.
    """
    # With a point in the middle of each side the wall follows a bent road.
    half = (blocks.corner + np.roll(blocks.corner, -1, axis=1)) / 2
    corner = np.stack([blocks.corner, half], axis=2).reshape(len(blocks), 8, 2)
    corner = warp(corner.reshape(-1, 2)).reshape(corner.shape)
    margin = np.repeat(MARGIN_M[street_kind[blocks.street]], 2, axis=1)
    ring_corner, good = inset(corner, margin - 1.5)
    wanted = good & (rng.random(len(blocks)) < WALL_SHARE[blocks.use])
    inner = np.flatnonzero((edges.kind == Kind.INNER) & (edge_block >= 0))
    inner = inner[wanted[edge_block[inner]]]
    ring = np.empty(len(blocks), dtype=object)
    ring[wanted] = shapely.linearrings(np.round(ring_corner[wanted], 2))
    line = edges.lines(inner)
    meets = shapely.intersection(line, ring[edge_block[inner]])
    point, source = shapely.get_parts(meets, return_index=True)
    dot = shapely.get_type_id(point) == 0
    point, edge = point[dot], inner[source[dot]]
    at = shapely.line_locate_point(line[source[dot]], point)
    block = edge_block[edge]
    # A compound with no way through its wall stays open.
    has_gate = np.zeros(len(blocks), dtype=bool)
    has_gate[block] = True
    walled = np.flatnonzero(wanted & has_gate)
    row = np.full(len(blocks), -1, dtype=np.int64)
    row[walled] = np.arange(len(walled))
    order = np.argsort(block, kind="stable")
    gaps = shapely.multipoints(shapely.get_coordinates(point[order]), indices=row[block[order]])
    left = shapely.difference(ring[walled], shapely.buffer(gaps, OPENING_M, quad_segs=2))
    return Walls(
        shapely.line_merge(left),
        walled,
        np.round(shapely.get_coordinates(point), 2),
        edge,
        np.clip(at, 0.5, edges.length[edge] - 0.5),
        block,
    )


def open_for_ways(walls: Walls, network: Network) -> Walls:
    """Open the walls wherever a way on the ground passes through, also beside its gate."""
    size = np.diff(network.offset)
    ground = np.array([not {"bridge", "tunnel"} & set(tags) for tags in network.tags])
    way = np.repeat(np.arange(len(size)), size)
    joined = np.flatnonzero((way[1:] == way[:-1]) & ground[network.tag[way[1:]]])
    ends = np.stack([network.chain[joined], network.chain[joined + 1]], axis=1)
    segment = np.asarray(shapely.linestrings(network.points[ends]))
    wall, through = shapely.STRtree(segment).query(walls.line, predicate="intersects")
    if not len(wall):
        return walls
    row, first = np.unique(wall, return_index=True)
    met = np.split(segment[through], first[1:])
    cut = np.array([shapely.buffer(shapely.union_all(one), 2.5, quad_segs=2) for one in met])
    line = walls.line.copy()
    line[row] = shapely.difference(line[row], cut)
    return replace(walls, line=line)

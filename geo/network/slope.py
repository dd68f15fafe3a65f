"""Slopes of edges: heights along them, and how much longer a walk up or down takes (Tobler 1993)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely
from scipy.sparse import coo_array, csr_array
from scipy.sparse.linalg import spsolve

from geo.network.edges import EdgeKind, EdgeTable
from geo.network.graph import WalkGraph

Floats = npt.NDArray[np.float64]
Longs = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Heights = Callable[[Floats, Floats], Floats]

PART_M = (
    30.0  # a chain over a hill is no flat street: heights are taken at least this often along it
)
STEEPEST = 0.5  # what is steeper in a height model is a wall beside the street, not the street
_TOBLER, _DOWN = 3.5, 0.05
# stairs have a speed of their own, lifts a wait; links are assumed level
NO_SLOPE = (EdgeKind.STEPS, EdgeKind.LIFT, EdgeKind.EXIT, EdgeKind.LINK)


@dataclass(frozen=True)
class Sloped:
    """A graph that knows its slopes; its costs are those of the flat until it is weighted anew.

    Attributes
    ----------
    known_share
        Share of the walked length whose heights are known.
    steepest
        Largest slope of a part of an edge, a share (0.12 is 12 %).
    """

    graph: WalkGraph
    known_share: float
    steepest: float


def slope_factor(slope: npt.ArrayLike) -> Floats:
    """Return how many times as long as on the flat a walk takes.

    Tobler's hiking function (1993), speed ``6 exp(-3.5 |slope + 0.05|)`` km/h, taken relative to its value on the
    flat, so that the pace of the study stays the pace on the flat. Slopes beyond `STEEPEST` count as that.

    Parameters
    ----------
    slope
        Metres of rise a metre of way, negative downhill.

    Examples
    --------
    >>> slope_factor([0.0, 0.1, -0.05]).round(3).tolist()
    [1.0, 1.419, 0.839]
    """
    bounded = np.clip(np.asarray(slope, np.float64), -STEEPEST, STEEPEST)
    factor: Floats = np.exp(_TOBLER * (np.abs(bounded + _DOWN) - _DOWN))
    return factor


def with_slopes(graph: WalkGraph, edges: EdgeTable, heights: Heights) -> Sloped:
    """Work out the slopes of all edges.

    Strategy
    --------
    * every node has the height of the ground; those on bridges and in tunnels only, of the ends they hang between;
    * edges on the ground are cut into equal parts of at most 30 m, with the ground's height between them;
    * bridges and tunnels rise evenly from end to end;
    * a part without known heights counts as level.

    Parameters
    ----------
    edges
        Edge table of the graph.
    heights
        Heights of points in the graph's CRS, nan where they are not known.
    """
    off_ground = edges.bridge | edges.tunnel
    at_node = node_heights(graph, off_ground, edges.length_m, heights(graph.x, graph.y))
    walked = (edges.length_m > 0.0) & ~np.isin(edges.kind, [int(one) for one in NO_SLOPE])
    chosen = np.flatnonzero(walked)
    length = edges.length_m[chosen]
    count = np.where(off_ground[chosen], 1, np.ceil(length / PART_M)).astype(np.int64)
    part = np.repeat(np.arange(len(chosen)), count)
    number = np.arange(len(part)) - np.repeat(np.cumsum(count) - count, count)
    last = number == count[part] - 1
    ending = np.where(last, at_node[graph.head[chosen]][part], np.nan)
    inner = np.flatnonzero(~last)
    lines = edges.take(chosen).lines()
    points = shapely.line_interpolate_point(
        lines[part[inner]], (number[inner] + 1) / count[part[inner]], normalized=True
    )
    xy = shapely.get_coordinates(points)
    ending[inner] = heights(xy[:, 0].copy(), xy[:, 1].copy())
    starting = np.concatenate(([np.nan], ending[:-1]))
    starting[number == 0] = at_node[graph.tail[chosen]]
    slope = (ending - starting) / (length / count)[part]
    known = np.isfinite(slope)
    slope = np.where(known, slope, 0.0)
    forward, backward = np.ones(len(edges)), np.ones(len(edges))
    forward[chosen] = np.bincount(part, slope_factor(slope), len(chosen)) / count
    backward[chosen] = np.bincount(part, slope_factor(-slope), len(chosen)) / count
    table = edges.with_columns(forward_slope=forward, backward_slope=backward)
    of_part = (length / count)[part]
    share = float(of_part[known].sum() / max(of_part.sum(), 1e-9))
    steepest = float(np.abs(slope).max(initial=0.0))
    sloped = graph.with_costs(graph.forward_cost, graph.backward_cost, edges=table)
    return Sloped(sloped, share, steepest)


def node_heights(graph: WalkGraph, off_ground: Bools, length_m: Floats, ground: Floats) -> Floats:
    """Return the heights of nodes; those that no edge on the ground meets lie on the line between their neighbours.

    Parameters
    ----------
    off_ground
        Which edges are bridges and tunnels.
    ground
        Height of the ground at every node.
    """
    on_ground = np.zeros(graph.node_count, dtype=bool)
    for end in (graph.tail, graph.head):
        on_ground[end[~off_ground]] = True
    # a bridge that ends in the air (the data end there) has only the ground to go by
    degree = np.bincount(np.concatenate((graph.tail, graph.head)), minlength=graph.node_count)
    hanging = np.flatnonzero(~on_ground & (degree > 1) & np.isfinite(ground))
    result = ground.copy()
    if len(hanging) == 0:
        return result
    place = np.full(graph.node_count, -1, np.int64)
    place[hanging] = np.arange(len(hanging))
    pull = 1.0 / np.maximum(length_m, 0.01)
    rows, columns, values, known = _pulls(graph, place, pull, ground)
    size = (len(hanging), len(hanging))
    # a hair of its own height keeps a piece that hangs from nothing solvable
    own = np.full(len(hanging), 1e-9)
    matrix = csr_array(coo_array((values, (rows, columns)), shape=size)) + csr_array(
        coo_array((own, (np.arange(len(hanging)), np.arange(len(hanging)))), shape=size)
    )
    result[hanging] = spsolve(matrix, known + own * ground[hanging])
    return result


def _pulls(
    graph: WalkGraph, place: Longs, pull: Floats, ground: Floats
) -> tuple[Longs, Longs, Floats, Floats]:
    """Let neighbours pull every hanging node, the nearer the stronger; returns a matrix and what is known."""
    rows, columns, values = [], [], []
    known = np.zeros(int((place >= 0).sum()))
    for here, there in ((graph.tail, graph.head), (graph.head, graph.tail)):
        at = np.flatnonzero((place[here] >= 0) & np.isfinite(ground[there]))
        row, other = place[here[at]], place[there[at]]
        rows.append(row)
        columns.append(row)
        values.append(pull[at])
        both = other >= 0
        rows.append(row[both])
        columns.append(other[both])
        values.append(-pull[at][both])
        np.add.at(known, row[~both], pull[at][~both] * ground[there[at][~both]])
    return np.concatenate(rows), np.concatenate(columns), np.concatenate(values), known

"""What an edge costs: seconds by a pace, or metres, rounded once to whole thousandths."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from geo.kernels.labels import CLOSED
from geo.network.edges import Delay, EdgeKind, EdgeTable
from geo.params import Pace

if TYPE_CHECKING:
    from geo.network.graph import WalkGraph

THOUSANDTHS = 1000.0
Costs = tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]


def cost_of_edges(edges: EdgeTable, pace: Pace) -> Costs:
    """Return the walking time of every edge, forward and backward, in milliseconds.

    Length over speed (on stairs over the share of it that is kept), times the effect of the slope where the pace counts
    it, plus the edge's share of the delay; `CLOSED` where the direction may not be walked.
    """
    speed = np.where(edges.kind == EdgeKind.STEPS, pace.stairs_factor, 1.0) * pace.speed_m_per_s
    wait = np.zeros(len(Delay))
    wait[Delay.CROSSING], wait[Delay.SIGNAL], wait[Delay.LIFT] = (
        pace.crossing_s,
        pace.signal_s,
        pace.lift_s,
    )
    level, delay = edges.length_m / speed, wait[edges.delay] * edges.delay_share
    if not pace.slope:
        return _both_ways(edges, level + delay, level + delay)
    return _both_ways(
        edges, level * edges.forward_slope + delay, level * edges.backward_slope + delay
    )


def length_costs(edges: EdgeTable) -> Costs:
    """Return the length of every edge, forward and backward, in millimetres; `CLOSED` where it may not be walked."""
    return _both_ways(edges, edges.length_m, edges.length_m)


def _both_ways(
    edges: EdgeTable, forward: npt.NDArray[np.float64], backward: npt.NDArray[np.float64]
) -> Costs:
    closed = np.int32(CLOSED)
    return (
        np.where(edges.forward_open, _whole(forward), closed),
        np.where(edges.backward_open, _whole(backward), closed),
    )


def _whole(units: npt.NDArray[np.float64]) -> npt.NDArray[np.int32]:
    return np.minimum(np.rint(units * THOUSANDTHS), CLOSED - 1).astype(np.int32)


def weighted(graph: WalkGraph, pace: Pace) -> WalkGraph:
    """Return the same graph with walking times by `pace`; it must know its edges."""
    return graph.with_costs(*cost_of_edges(_edges_of(graph), pace))


def weighted_by_length(graph: WalkGraph) -> WalkGraph:
    """Return the same graph with walking distances; it must know its edges."""
    return graph.with_costs(*length_costs(_edges_of(graph)))


def _edges_of(graph: WalkGraph) -> EdgeTable:
    if graph.edges is None:
        raise ValueError("the graph carries no edge table, so it cannot be weighted")
    return graph.edges

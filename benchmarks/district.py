"""A synthetic district with streets, a river with bridges and a railway, for the benchmarks of isochrones."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from benchmarks.synthetic import lattice
from geo import WalkGraph
from geo.network.edges import Delay, EdgeKind, EdgeTable, enterable_mask
from geo.network.pace import cost_of_edges
from geo.network.snap import AccessFinder, Places, edge_groups
from geo.params import Pace, WalkParams
from geo.seeds import Seeds

RIVER_M = 60.0
BRIDGE_EVERY = 7


@dataclass(frozen=True)
class District:
    """Everything that isochrones need."""

    graph: WalkGraph
    barriers: gpd.GeoDataFrame
    finder: AccessFinder
    groups: npt.NDArray[np.int32]
    seeds: Seeds
    per_metre: float


def district(side: int = 246, stations: int = 398, *, seed: int = 3) -> District:
    """Draw a district of ``side * side`` junctions (246: 16 by 16 km) and place stations in it."""
    pace = Pace()
    graph, barriers = _streets(side, pace)
    finder = AccessFinder(_table(graph), barriers, WalkParams())
    component, nodes = graph.components()
    _, groups = edge_groups(
        component, nodes.astype(np.int32), graph.tail, WalkParams().min_component_nodes
    )
    draw = np.random.default_rng(seed)
    span = float(graph.x.max())
    where = draw.uniform(0.03 * span, 0.97 * span, (2, stations))
    rows = finder.find(Places.from_points(where[0], where[1]), groups).rows
    per_metre = 1000.0 / pace.speed_m_per_s
    walk = np.rint(rows.walk_m * per_metre).astype(np.int32)
    seeds = Seeds(rows.edge, rows.fraction, walk, rows.point, stations)
    return District(graph, barriers, finder, groups, seeds, per_metre)


def _streets(side: int, pace: Pace) -> tuple[WalkGraph, gpd.GeoDataFrame]:
    """Take a lattice, cut it at a river and a railway, leave every seventh way over as a bridge."""
    whole = lattice(side)
    span = float(whole.x.max())
    at = np.linspace(-0.1, 1.1, 60) * span
    bend = 0.05 * span * np.sin(at / span * 9.0)
    river = shapely.LineString(np.column_stack((at, 0.45 * span + bend))).buffer(RIVER_M / 2)
    railway = shapely.LineString(np.column_stack((0.6 * span + 0.5 * bend, at)))
    barriers = gpd.GeoDataFrame({"kind": ["water", "railway"]}, geometry=[river, railway])
    ends = np.stack((whole.tail, whole.head), axis=1)
    xy = np.stack((whole.x[ends], whole.y[ends]), axis=2)
    lines = shapely.linestrings(xy)
    crosses = np.zeros(len(lines), bool)
    for one in barriers.geometry:
        shapely.prepare(one)
        crosses |= shapely.intersects(one, lines)
    bridge = crosses & (np.cumsum(crosses) % BRIDGE_EVERY == 0)
    dry = ~np.isin(np.arange(len(whole.x)), ends[crosses & ~bridge][:, :0])
    kept = ~crosses | bridge
    kept &= dry[whole.tail] & dry[whole.head]
    table = _edge_table(xy[kept], bridge[kept])
    costs = cost_of_edges(table, pace)
    graph = WalkGraph(whole.x, whole.y, whole.tail[kept], whole.head[kept], *costs, edges=table)
    return graph, barriers


def _edge_table(xy: npt.NDArray[np.float64], bridge: npt.NDArray[np.bool_]) -> EdgeTable:
    count = len(xy)
    kind = np.full(count, int(EdgeKind.ROAD), np.uint8)
    none = np.zeros(count, bool)
    return EdgeTable(
        length_m=np.hypot(*(xy[:, 1] - xy[:, 0]).T),
        kind=kind,
        highway=pd.Categorical(["residential"] * count),
        name=pd.Categorical([None] * count),
        bridge=bridge,
        tunnel=none,
        enterable=enterable_mask(kind, bridge, none),
        forward_open=~none,
        backward_open=~none,
        delay=np.full(count, int(Delay.NONE), np.uint8),
        delay_share=np.zeros(count),
        private_group=np.full(count, -1, np.int32),
        way_ref=np.arange(count, dtype=np.int64),
        shape_offset=np.arange(0, 2 * count + 1, 2, dtype=np.int64),
        shape_x=np.ascontiguousarray(xy[:, :, 0].ravel()),
        shape_y=np.ascontiguousarray(xy[:, :, 1].ravel()),
    )


def _table(graph: WalkGraph) -> EdgeTable:
    if graph.edges is None:
        raise ValueError("the district has no edges")
    return graph.edges

"""Small walking networks for the tests of fields and isochrones."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.field_grid import FieldGrid
from geo.isochrone import WalkModel
from geo.network.edges import EdgeTable
from geo.network.graph import WalkGraph
from geo.network.pace import cost_of_edges
from geo.network.snap import AccessFinder, Places
from geo.params import Pace, WalkParams
from geo.seeds import Seeds

PER_METRE = 1000.0 / 1.2


@dataclass(frozen=True)
class Town:
    graph: WalkGraph
    finder: AccessFinder
    groups: np.ndarray
    model: WalkModel

    def seeds(self, *xy: tuple[float, float]) -> Seeds:
        x, y = np.array(xy, dtype=float).T
        rows = self.finder.find(Places.from_points(x, y), self.groups).rows
        walk = np.rint(rows.walk_m * PER_METRE).astype(np.int32)
        return Seeds(rows.edge, rows.fraction, walk, rows.point, len(x))


def town(
    x: np.ndarray,
    y: np.ndarray,
    tail: np.ndarray,
    head: np.ndarray,
    barriers: list[shapely.Geometry] | None = None,
    *,
    step_m: float = 10.0,
    bridges: np.ndarray | None = None,
) -> Town:
    """Straight streets between points, walked both ways at 72 m/min."""
    x, y = np.asarray(x, float), np.asarray(y, float)
    tail, head = np.asarray(tail, np.int32), np.asarray(head, np.int32)
    count = len(tail)
    bridge = np.zeros(count, bool) if bridges is None else bridges
    edges = EdgeTable(
        length_m=np.hypot(x[head] - x[tail], y[head] - y[tail]),
        kind=np.ones(count, np.uint8),
        highway=pd.Categorical(["footway"] * count),
        name=pd.Categorical([None] * count),
        bridge=bridge,
        tunnel=np.zeros(count, bool),
        enterable=~bridge,
        forward_open=np.ones(count, bool),
        backward_open=np.ones(count, bool),
        delay=np.zeros(count, np.uint8),
        delay_share=np.zeros(count),
        private_group=np.full(count, -1, np.int32),
        way_ref=np.arange(count, dtype=np.int64),
        shape_offset=np.arange(0, 2 * count + 1, 2, dtype=np.int64),
        shape_x=np.stack((x[tail], x[head]), axis=1).ravel(),
        shape_y=np.stack((y[tail], y[head]), axis=1).ravel(),
    )
    graph = WalkGraph(x, y, tail, head, *cost_of_edges(edges, Pace()), edges=edges)
    walls = gpd.GeoDataFrame({"kind": ["water"] * len(barriers or [])}, geometry=barriers or [])
    finder = AccessFinder(edges, walls, WalkParams())
    groups = np.zeros(count, np.int32)
    grid = FieldGrid(finder, groups, step_m=step_m)
    return Town(graph, finder, groups, WalkModel(graph, grid, PER_METRE, np.empty(0, np.int32)))


def random_town(seed: int, *, turn: float = 0.0, shift: tuple[float, float] = (0.0, 0.0)) -> Town:
    """Draw a jittered lattice of streets with gaps, a river with one bridge, turned and moved."""
    draw = np.random.default_rng(seed)
    side = 7
    column, row = (one.ravel() for one in np.meshgrid(np.arange(side), np.arange(side)))
    x = column * 90.0 + draw.normal(0.0, 12.0, side * side)
    y = row * 90.0 + draw.normal(0.0, 12.0, side * side)
    grid = np.arange(side * side).reshape(side, side)
    tail = np.concatenate([grid[:, :-1].ravel(), grid[:-1].ravel()])
    head = np.concatenate([grid[:, 1:].ravel(), grid[1:].ravel()])
    at = np.array([-100.0, 150.0, 400.0, 700.0])
    river = shapely.LineString(np.column_stack((at, 310.0 + draw.normal(0.0, 6.0, 4)))).buffer(9.0)
    wet = shapely.intersects(
        river,
        shapely.linestrings(
            np.stack((np.stack((x[tail], x[head]), 1), np.stack((y[tail], y[head]), 1)), 2)
        ),
    )
    kept = (draw.random(len(tail)) > 0.2) & ~wet
    kept[np.flatnonzero(wet)[:1]] = True
    points = np.stack((x, y))
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    moved = rotation @ points + np.array(shift)[:, None]
    bank = shapely.transform(river, lambda xy: xy @ rotation.T + np.array(shift))
    return town(moved[0], moved[1], tail[kept], head[kept], [bank], bridges=wet[kept])

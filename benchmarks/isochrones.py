"""Isochrones: time a station and closeness to the network, beside edge buffers and, where installed, Valhalla.

``python -m benchmarks.isochrones [--pbf FILE] [--valhalla-python PYTHON] [--side 246]``
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from pyproj import Transformer

from benchmarks.district import District, district
from benchmarks.search import Figure
from geo.field_grid import FieldGrid
from geo.isochrone import WalkModel, contours, one_group
from geo.network.build import read_walk_graph
from geo.network.graph import WalkGraph
from geo.network.snap import AccessFinder, Places, edge_groups
from geo.params import PACES, WalkParams
from geo.read.osm import OsmExtract
from geo.seeds import Seeds

LIMITS_S = [300.0, 600.0, 900.0]
MINUTES = [5, 10, 15]
CLOSE_S = 600.0
SAMPLE_M = 1.0
NO_NODES = np.empty(0, np.int32)


@dataclass(frozen=True)
class City:
    """A real network and places where isochrones start."""

    graph: WalkGraph
    finder: AccessFinder
    groups: npt.NDArray[np.int32]
    crs: str
    x: npt.NDArray[np.float64]
    y: npt.NDArray[np.float64]
    per_metre: float

    def seeds(self) -> Seeds:
        """Let every place enter the network by the access rule."""
        rows = self.finder.find(Places.from_points(self.x, self.y), self.groups).rows
        walk = np.rint(rows.walk_m * self.per_metre).astype(np.int32)
        return Seeds(rows.edge, rows.fraction, walk, rows.point, len(self.x))


def run(
    side: int = 246,
    pbf: Path | None = None,
    crs: str = "EPSG:32632",
    valhalla_python: str = sys.executable,
) -> list[Figure]:
    """Measure all; without `pbf` only the synthetic district."""
    figures = on_district(district(side))
    if pbf is not None:
        figures += on_city(city(pbf, crs), pbf, valhalla_python)
    return figures


def on_district(made: District) -> list[Figure]:
    """Measure the once-a-study work, three isochrones a station, and the merged field."""
    name = f"{made.graph.node_count:,} nodes"
    FieldGrid(made.finder, made.groups, step_m=500.0)  # compiles
    once, grid = timed(lambda: FieldGrid(made.finder, made.groups))
    model = WalkModel(made.graph, grid, made.per_metre, NO_NODES)
    single = [one_group(made.seeds, group) for group in range(made.seeds.group_count)]
    contours(model.field(single[0], LIMITS_S[-1]), LIMITS_S)

    def all_stations() -> None:
        for one in single:
            contours(model.field(one, LIMITS_S[-1]), LIMITS_S)

    first, _ = timed(all_stations)
    again, _ = timed(all_stations)
    merged, field = timed(lambda: model.field(made.seeds, LIMITS_S[-1]))
    drawn, _ = timed(lambda: contours(field, LIMITS_S))
    union = edge_buffers(made, single[:10])
    each = again / len(single) * 1e3
    return [
        Figure(name, "cells to edges, once a study", once, "s", "≤ 10", once <= 10.0),
        Figure(name, "their memory", grid.byte_count / 1e6, "MB"),
        Figure(name, "cells with winding barriers", float(len(grid.cells)), "cells"),
        Figure(name, "5/10/15 min a station, first use", first / len(single) * 1e3, "ms"),
        Figure(name, "5/10/15 min a station, cells prepared", each, "ms", "≤ 6", each <= 6.0),
        Figure(name, "union of edge buffers, one ring", union * 1e3, "ms"),
        Figure(name, f"merged field of {len(single)}", merged, "s", "≤ 2", merged <= 2.0),
        Figure(name, "its three contours", drawn, "s"),
    ]


def on_city(made: City, pbf: Path, valhalla_python: str) -> list[Figure]:
    """Measure how far along cut edges the polygons leave them, ours and Valhalla's."""
    narrow = WalkParams(frontage_m=10.0, max_access_m=10.0)
    finder = AccessFinder(edges_of(made.graph), no_barriers(), narrow)
    model = WalkModel(made.graph, FieldGrid(finder, made.groups), made.per_metre, NO_NODES)
    seeds = made.seeds()
    fields = [model.field(one_group(seeds, k), CLOSE_S) for k in range(seeds.group_count)]
    contours(fields[0], [CLOSE_S])
    spent, discs = timed(lambda: [contours(one, [CLOSE_S])[0] for one in fields])
    apart = np.concatenate(
        [overshoot(made.graph, one, disc) for one, disc in zip(fields, discs, strict=True)]
    )
    figures = closeness("ours, frontage of one cell", apart, "≤ 10")
    figures.append(Figure("Monaco", "ours, one contour a station", spent / len(discs) * 1e3, "ms"))
    return figures + valhalla(made, pbf, fields, valhalla_python)


def closeness(what: str, apart: npt.NDArray[np.float64], target: str = "") -> list[Figure]:
    """Sum up the distances along edges."""
    p95 = float(np.percentile(apart, 95))
    met = p95 <= 10.0 if target else None
    return [
        Figure("Monaco", f"{what}: cut edges", float(len(apart)), "edges"),
        Figure("Monaco", f"{what}: median", float(np.median(apart)), "m"),
        Figure("Monaco", f"{what}: 95th percentile", p95, "m", target, met),
    ]


def overshoot(graph: WalkGraph, field: Any, disc: shapely.Geometry) -> npt.NDArray[np.float64]:
    """Return, for every edge that the limit cuts once, how far from the cut the polygon leaves it.

    Only edges that may be entered, walked both ways, and that are cut once are looked at.
    """
    edges = edges_of(graph)
    cost = field.reach.node_cost_int.astype(np.float64) / 1000.0
    tail, head = cost[graph.tail], cost[graph.head]
    limit = CLOSE_S
    once = (tail <= limit) != (head <= limit)
    once &= edges.enterable & edges.forward_open & edges.backward_open & (edges.length_m > 1.0)
    shapely.prepare(disc)
    lines = edges.lines()
    found = []
    for edge in np.flatnonzero(once):
        near = min(tail[edge], head[edge])
        whole = graph.forward_cost[edge] / 1000.0
        exact = (limit - near) / whole * edges.length_m[edge]
        line = lines[edge] if tail[edge] <= limit else shapely.reverse(lines[edge])
        at = np.arange(0.0, edges.length_m[edge], SAMPLE_M)
        inside = shapely.intersects(disc, shapely.line_interpolate_point(line, at))
        outside = np.flatnonzero(~inside)
        leaves = at[outside[0]] if len(outside) else edges.length_m[edge]
        found.append(abs(leaves - exact))
    return np.array(found)


def valhalla(made: City, pbf: Path, fields: list[Any], python: str) -> list[Figure]:
    """Ask Valhalla, in process and on tiles of the same file, for the same isochrones; nothing where it is missing."""
    back = Transformer.from_crs(made.crs, "EPSG:4326", always_xy=True)
    there = Transformer.from_crs("EPSG:4326", made.crs, always_xy=True)
    points = np.column_stack(back.transform(made.x, made.y)).tolist()
    asked = {"pbf": str(pbf), "points": points, "minutes": CLOSE_S / 60.0, "speed_km_h": 4.32}
    worker = Path(__file__).with_name("valhalla_worker.py")
    done = subprocess.run(
        [python, str(worker)],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    if done.returncode != 0:
        print(f"Valhalla left out: {done.stderr.strip().splitlines()[-1]}")
        return []
    answer = json.loads(done.stdout)
    shapes = [shapely.from_geojson(json.dumps(one)) for one in answer["shapes"]]
    discs = shapely.transform(
        np.array(shapes, dtype=object),
        lambda xy: np.column_stack(there.transform(xy[:, 0], xy[:, 1])),
    )
    apart = np.concatenate(
        [
            overshoot(made.graph, one, shapely.make_valid(disc))
            for one, disc in zip(fields, discs, strict=True)
        ]
    )
    each = Figure("Monaco", "Valhalla, one contour a station", answer["seconds_each"] * 1e3, "ms")
    return [*closeness("Valhalla", apart), each]


def edge_buffers(made: District, single: list[Seeds]) -> float:
    """Return the seconds a ring takes when the edges within 10 minutes are buffered and united."""
    lines = edges_of(made.graph).lines()
    grid = FieldGrid(made.finder, made.groups, step_m=500.0)
    model = WalkModel(made.graph, grid, made.per_metre, NO_NODES)
    spent = 0.0
    for one in single:
        cost = model.field(one, CLOSE_S).reach.node_cost_int
        inside = np.maximum(cost[made.graph.tail], cost[made.graph.head]) <= CLOSE_S * 1000
        spent += timed(lambda near=inside: shapely.union_all(shapely.buffer(lines[near], 50.0)))[0]  # type: ignore[misc]
    return spent / len(single)


def city(pbf: Path, crs: str, stations: int = 40) -> City:
    """Read a city without the delays of crossings, so that both sides walk at one speed."""
    graph = read_walk_graph(pbf, crs, pace=PACES["plain"])
    finder = AccessFinder(edges_of(graph), OsmExtract(pbf).barriers().to_crs(crs), WalkParams())
    component, nodes = graph.components()
    _, groups = edge_groups(component, nodes, graph.tail, WalkParams().min_component_nodes)
    draw = np.random.default_rng(0)
    large = np.flatnonzero(np.isin(np.arange(graph.node_count), graph.tail[groups == 0]))
    chosen = np.sort(draw.choice(large, stations, replace=False))
    per_metre = 1000.0 / PACES["plain"].speed_m_per_s
    return City(graph, finder, groups, crs, graph.x[chosen], graph.y[chosen], per_metre)


def no_barriers() -> Any:
    """Return an empty layer."""
    import geopandas as gpd

    return gpd.GeoDataFrame({"kind": []}, geometry=[])


def edges_of(graph: WalkGraph) -> Any:
    """Return the edge table of a graph that has one."""
    if graph.edges is None:
        raise ValueError("the graph has no edge table")
    return graph.edges


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """Return processor seconds and the result."""
    begun = time.process_time()
    result = work()
    return time.process_time() - begun, result


def main() -> int:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pbf", type=Path)
    parser.add_argument(
        "--valhalla-python", default=sys.executable, help="a Python that has pyvalhalla"
    )
    parser.add_argument("--side", type=int, default=246)
    chosen = parser.parse_args()
    figures = run(chosen.side, chosen.pbf, valhalla_python=chosen.valhalla_python)
    for one in figures:
        verdict = "" if one.met is None else ("met" if one.met else "MISSED")
        print(
            f"{one.network:>14}  {one.what:<46}{one.value:>12.4g} {one.unit:<6}{one.target:<6}{verdict}"
        )
    return 1 if any(one.met is False for one in figures) else 0


if __name__ == "__main__":
    sys.exit(main())

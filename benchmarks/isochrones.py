"""Isochrones: time a station and closeness to the network, beside edge buffers and, where installed, Valhalla.

``python -m benchmarks --isochrones [--pbf FILE] [--valhalla-python PYTHON]``
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from pyproj import Transformer

from benchmarks.search import Figure
from geo.assess import Weighting
from geo.audit import audit, point_costs, random_points
from geo.field import SEARCH_MARGIN_M
from geo.field_grid import FieldGrid
from geo.isochrone import WalkModel, contours, one_group
from geo.isochrone_points import rule_for
from geo.isochrone_table import reach_box
from geo.network.build import read_walk_graph
from geo.network.graph import WalkGraph
from geo.network.snap import AccessFinder, Places, edge_groups
from geo.params import PACES, WalkParams
from geo.prepare import Prepared
from geo.read.osm import OsmExtract
from geo.seeds import Seeds
from geo.study_file import read_study_file

LIMITS_S = [300.0, 600.0, 900.0]
MINUTES = [5, 10, 15]
CLOSE_S = 600.0
SAMPLE_M = 0.25
CELL_M = 8.0
NO_NODES = np.empty(0, np.int32)
AUDITED = 100_000
DEMO = Path(__file__).parents[1] / "data" / "demo" / "study.toml"
BEGIN, END = "<!-- isochrones: begin -->", "<!-- isochrones: end -->"


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


@dataclass(frozen=True)
class Demo:
    """The demo district: its network ready for isochrones, and its stations one group each."""

    model: WalkModel
    finder: AccessFinder
    groups: npt.NDArray[np.int32]
    single: list[Seeds]
    together: Seeds
    prepared_s: float


def demo() -> Demo:
    """Read the demo study, and make its lattice."""
    params = read_study_file(DEMO)
    study = Prepared(params)
    weighting = Weighting.of(
        study.entry.graph, rule_for(params, None, None, by_metres=False), params.walk.paces
    )
    points = shapely.get_coordinates(study.stations.geometry.to_numpy())
    x, y = points[:, 0].copy(), points[:, 1].copy()
    rows = study.finder.find(Places.from_points(x, y), study.entry.groups).rows
    walk, nobody = weighting.walk_cost(rows), np.zeros(len(rows.edge), np.int32)
    each = Seeds(rows.edge, rows.fraction, walk, rows.point, len(x))
    together = Seeds(rows.edge, rows.fraction, walk, nobody, 1)
    reach = LIMITS_S[-1] * 1000.0 / weighting.per_metre + SEARCH_MARGIN_M
    box = reach_box(x, y, reach)
    FieldGrid(study.finder, study.entry.groups, box=box, step_m=500.0)  # compiles
    begun = time.perf_counter()
    grid = FieldGrid(study.finder, study.entry.groups, box=box)
    prepared_s = time.perf_counter() - begun
    model = WalkModel(weighting.graph, grid, weighting.per_metre, study.network.cut)
    single = [one_group(each, group) for group in range(each.group_count)]
    return Demo(model, study.finder, study.entry.groups, single, together, prepared_s)


def measure_isochrones(
    pbf: Path | None = None, valhalla_python: str = sys.executable
) -> list[Figure]:
    """Measure all; without `pbf` only the demo."""
    figures = on_demo(demo())
    if pbf is not None:
        figures += on_city(city(pbf, "EPSG:32632"), pbf, valhalla_python)
    return figures


def on_demo(made: Demo) -> list[Figure]:
    """Measure the once-a-study work, three isochrones a station, and those of all stations together."""
    model, grid = made.model, made.model.grid
    contours(model.field(made.single[0], LIMITS_S[-1]), LIMITS_S)

    def all_stations() -> None:
        for one in made.single:
            contours(model.field(one, LIMITS_S[-1]), LIMITS_S)

    each = min(timed(all_stations)[0] for _ in range(3)) / len(made.single) * 1e3
    field = model.field(made.together, LIMITS_S[-1])
    merged = min(timed(lambda: model.field(made.together, LIMITS_S[-1]))[0] for _ in range(3))
    drawn = min(timed(lambda: contours(field, LIMITS_S))[0] for _ in range(3))
    contours(field, LIMITS_S, exact=True)
    finely, discs = timed(lambda: contours(field, LIMITS_S, exact=True))
    wrong, beyond = far_off(made, field, list(discs))
    union = edge_buffers(made)
    name = "demo"
    return [
        Figure(
            name,
            "cells to edges, once a study, by the clock",
            made.prepared_s,
            "s",
            "≤ 10",
            made.prepared_s <= 10.0,
        ),
        Figure(name, "their memory", grid.byte_count / 1e6, "MB"),
        Figure(
            name,
            f"5/10/15 min a station, {len(made.single)} stations",
            each,
            "ms",
            "≤ 6",
            each <= 6.0,
        ),
        Figure(name, "union of edge buffers, one ring a station", union * 1e3, "ms"),
        Figure(name, "field of all stations together", merged, "s", "≤ 2", merged <= 2.0),
        Figure(name, "its three contours", drawn, "s"),
        Figure(name, "its three contours as the study draws them", finely, "s"),
        Figure(
            name, f"{AUDITED:,} random points on the wrong side", wrong, "%", "≤ 0.2", wrong <= 0.2
        ),
        Figure(name, "of them by more than a minute", beyond, "%"),
    ]


def far_off(made: Demo, field: Any, discs: list[shapely.Geometry]) -> tuple[float, float]:
    """Return the shares (in %) of comparisons of random points with outlines that disagree, and by over a minute."""
    lattice = made.model.grid.lattice
    x, y = random_points(
        (
            lattice.origin_x,
            lattice.origin_y,
            lattice.origin_x + lattice.nx * lattice.step,
            lattice.origin_y + lattice.ny * lattice.step,
        ),
        AUDITED,
        seed=1,
    )
    cost = point_costs(field.reach, made.finder, made.groups, field.per_metre, x, y)
    found = audit(discs, LIMITS_S, x, y, cost).limits
    total = AUDITED * len(LIMITS_S) / 100.0
    return (
        sum(one.wrong_count for one in found) / total,
        sum(one.beyond_count for one in found) / total,
    )


def on_city(made: City, pbf: Path, valhalla_python: str) -> list[Figure]:
    """Measure how far along cut edges the polygons leave them, ours and Valhalla's.

    With a frontage of one cell a polygon tells of the edges alone. At 10 m it may still cover an edge beyond its cut
    from a path that runs beside it, by the rule itself; so the cell is a little smaller here.
    """
    narrow = WalkParams(frontage_m=CELL_M, max_access_m=CELL_M)
    finder = AccessFinder(edges_of(made.graph), no_barriers(), narrow)
    grid = FieldGrid(finder, made.groups, step_m=CELL_M)
    model = WalkModel(made.graph, grid, made.per_metre, NO_NODES)
    seeds = made.seeds()
    fields = [model.field(one_group(seeds, k), CLOSE_S) for k in range(seeds.group_count)]
    contours(fields[0], [CLOSE_S])
    single = [one_group(seeds, k) for k in range(seeds.group_count)]
    runs = [
        timed(lambda: [contours(model.field(one, CLOSE_S), [CLOSE_S])[0] for one in single])
        for _ in range(3)
    ]
    discs, ours_ms = runs[0][1], min(spent for spent, _ in runs) / len(single) * 1e3
    apart = np.concatenate(
        [overshoot(made.graph, one, disc) for one, disc in zip(fields, discs, strict=True)]
    )
    figures = closeness(f"ours, cell and frontage {CELL_M:g} m", apart, "≤ 10")
    figures.append(Figure("Monaco", "ours, one contour a station", ours_ms, "ms"))
    return figures + valhalla(made, pbf, fields, valhalla_python, ours_ms)


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


def valhalla(made: City, pbf: Path, fields: list[Any], python: str, ours_ms: float) -> list[Figure]:
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
    theirs = answer["seconds_each"] * 1e3
    return [
        *closeness("Valhalla", apart),
        Figure("Monaco", "Valhalla, one contour a station", theirs, "ms"),
        Figure(
            "Monaco",
            "ours over Valhalla, time a station",
            ours_ms / theirs,
            "×",
            "< 1",
            ours_ms < theirs,
        ),
    ]


def edge_buffers(made: Demo, stations: int = 10) -> float:
    """Return the seconds a ring takes when the edges within 10 minutes are buffered and united."""
    graph = made.model.graph
    lines = edges_of(graph).lines()
    spent = 0.0
    for one in made.single[:stations]:
        cost = made.model.field(one, CLOSE_S).reach.node_cost_int
        inside = np.maximum(cost[graph.tail], cost[graph.head]) <= CLOSE_S * 1000
        spent += timed(lambda near=inside: shapely.union_all(shapely.buffer(lines[near], 50.0)))[0]  # type: ignore[misc]
    return spent / stations


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


def section(figures: list[Figure], machine: Mapping[str, object], command: str) -> str:
    """Write the section in Markdown."""
    lines = [
        BEGIN,
        "## Isochrones",
        "",
        f"Made by `{command}`. Processor time where no clock is named; search, field and contour together.",
        "The union of edge buffers is one ring, without barriers. Closeness: on Monaco, for every edge that the limit",
        "of ten minutes cuts once, how far along the edge from the exact cut the polygon leaves it; Valhalla in",
        "process, on tiles of the same file, neither generalised nor denoised, at the same speed.",
        "",
        " · ".join(f"{name} {value}" for name, value in machine.items()),
        "",
        "| where | what | value | target | |",
        "|---|---|--:|--:|---|",
        *(
            f"| {one.network} | {one.what} | {one.value:,.4g} {one.unit} | {one.target} | "
            f"{'' if one.met is None else ('met' if one.met else '**missed**')} |"
            for one in figures
        ),
        END,
    ]
    return "\n".join(lines)

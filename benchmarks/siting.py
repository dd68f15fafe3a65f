"""Siting beside what is asked of it: p-median on random graphs, covering on a large clustered table.

``python -m benchmarks --siting`` prints one line an instance; every figure is a proven gap, no other solver is needed
to believe it. spopt stands beside it where its dense model can be built.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import cKDTree

from benchmarks.siting_spopt import SpoptFigure, spopt_cover, spopt_median
from geo.siting import SitingProblem
from geo.siting.problem import from_entries
from geo.store import peak_memory_mb

MEDIAN_SIZES = {
    100: (5, 10, 10, 20, 33),
    200: (5, 10, 20, 40, 67),
    300: (5, 10, 30, 60, 100),
    400: (5, 10, 40, 80, 133),
    500: (5, 10, 50, 100, 167),
    600: (5, 10, 60, 120, 200),
    700: (5, 10, 70, 140),
    800: (5, 10, 80),
    900: (5, 10, 90),
}
COVER_SETTINGS = ((7500, 800.0, 1), (7500, 900.0, 2), (8000, 800.0, 3))
TIME_LIMIT_S = 55.0
SPOPT_NODES = 200  # its model has a variable a pair, built in loops
SPOPT_CITY = (1200, 500.0, 4)


@dataclass(frozen=True)
class SitingFigure:
    """One solved instance: seconds by the clock and of processor time; what spopt with CBC made of it, where tried."""

    what: str
    seconds: float
    processor_s: float | None
    objective: float
    bound: float
    gap_share: float
    coverage_share: float
    status: str
    peak_memory_mb: float | None = None
    spopt: SpoptFigure | None = None


def random_graph(nodes: int, seed: int) -> npt.NDArray[np.float64]:
    """Draw a connected graph as Beasley (1985) published them: n²/50 edges, whole lengths 1 to 100; all distances."""
    draw = np.random.default_rng(seed)
    order = draw.permutation(nodes)
    before = order[draw.integers(0, np.arange(1, nodes))]
    tree = np.column_stack([order[1:], before])
    extra = draw.integers(0, nodes, (max(0, nodes * nodes // 50 - nodes + 1), 2))
    edges = np.concatenate([tree, extra[extra[:, 0] != extra[:, 1]]])
    edges = np.unique(np.sort(edges, axis=1), axis=0)
    length = draw.integers(1, 101, len(edges)).astype(np.float64)
    graph = csr_array((length, (edges[:, 0], edges[:, 1])), shape=(nodes, nodes))
    distances: npt.NDArray[np.float64] = dijkstra(graph, directed=False)
    return distances


def clustered_city(
    points: int, radius_m: float, seed: int, *, clusters: int = 60, side_m: float = 20_000.0
) -> tuple[csr_array, npt.NDArray[np.float64]]:
    """Draw as many demand points as sites in clusters, one in seven anywhere; entries within the radius."""
    draw = np.random.default_rng(seed)
    centre = draw.uniform(0.0, side_m, (clusters, 2))
    spread = draw.uniform(300.0, 1500.0, clusters)
    places = []
    for _ in range(2):
        which = draw.integers(0, clusters, points)
        place = centre[which] + draw.normal(0.0, 1.0, (points, 2)) * spread[which, None]
        loose = draw.random(points) < 0.15
        place[loose] = draw.uniform(0.0, side_m, (int(loose.sum()), 2))
        places.append(place)
    demand, sites = places
    weight = np.ceil(draw.lognormal(3.0, 1.0, points))
    near = cKDTree(sites).query_ball_point(demand, radius_m, return_sorted=True)
    row = np.repeat(np.arange(points), [len(one) for one in near])
    column = np.concatenate([np.asarray(one, dtype=np.int64) for one in near])
    metres = np.hypot(*(demand[row] - sites[column]).T)
    return from_entries(row, column, metres, (points, points)), weight


def run(
    *,
    nodes: tuple[int, ...] = tuple(MEDIAN_SIZES),
    covers: int = len(COVER_SETTINGS),
    limit_s: float = TIME_LIMIT_S,
) -> list[SitingFigure]:
    """Solve the first `covers` covering instances, while memory holds nothing else, then the p-medians of `nodes`."""
    warm_up()
    figures = []
    for points, radius_m, seed in COVER_SETTINGS[:covers]:
        cost, weight = clustered_city(points, radius_m, seed)
        what = f"mclp {points} x {points}, {cost.nnz:,} pairs, p = 100"
        figures.append(
            solved(what, SitingProblem.from_cost_matrix(cost, weight, count=100), limit_s)
        )
    for size in nodes:
        for number, count in enumerate(MEDIAN_SIZES[size]):
            distances = random_graph(size, 1000 * size + 10 * number + 1)
            problem = SitingProblem.from_cost_matrix(
                distances, np.ones(size), model="p_median", count=count
            )
            theirs = spopt_median(distances, count) if size <= SPOPT_NODES else None
            figures.append(solved(f"p-median {size} nodes, p = {count}", problem, limit_s, theirs))
    cost, weight = clustered_city(*SPOPT_CITY, clusters=15, side_m=6000.0)
    what = f"mclp {SPOPT_CITY[0]} x {SPOPT_CITY[0]}, {cost.nnz:,} pairs, p = 30"
    problem = SitingProblem.from_cost_matrix(cost, weight, count=30)
    figures.append(solved(what, problem, limit_s, spopt_cover(cost, weight, 30)))
    return figures


def warm_up() -> None:
    """Compile the kernels on small tables."""
    small = np.random.default_rng(0).integers(1, 50, (12, 12)).astype(np.float64)
    for model in ("mclp", "p_median"):
        SitingProblem.from_cost_matrix(small, np.ones(12), limit=15.0, model=model, count=3).solve()


def solved(
    what: str, problem: SitingProblem, limit_s: float, theirs: SpoptFigure | None = None
) -> SitingFigure:
    """Solve one instance.

    Raises
    ------
    ValueError
        When spopt's proven objective is another than ours.
    """
    begun, at_work = time.perf_counter(), time.process_time()
    solution = problem.solve(time_limit=limit_s)
    figure = SitingFigure(
        what,
        time.perf_counter() - begun,
        time.process_time() - at_work,
        solution.objective,
        solution.bound,
        solution.optimality_gap_share,
        solution.coverage_share,
        solution.status,
        peak_memory_mb(),
        theirs,
    )
    print_figure(figure)
    if theirs is not None:
        check_spopt(figure, theirs)
    return figure


def check_spopt(ours: SitingFigure, theirs: SpoptFigure) -> None:
    """Compare what both proved.

    Raises
    ------
    ValueError
        When both proved their answer the best and the objectives differ.
    """
    proven = ours.status == "optimal" and theirs.proven
    if proven and not np.isclose(ours.objective, theirs.objective, rtol=1e-6):
        raise ValueError(f"{ours.what}: spopt found {theirs.objective}, ours {ours.objective}")


def print_figure(figure: SitingFigure) -> None:
    """Print one line."""
    beside = "" if figure.spopt is None else f"  spopt {figure.spopt.told()}"
    print(
        f"{figure.what:<44}{figure.seconds:>7.1f} s ({figure.processor_s or 0.0:.1f} s of processor)  "
        f"objective {figure.objective:>11,.1f}  "
        f"bound {figure.bound:>11,.1f}  gap {figure.gap_share:>8.4%}  "
        f"covered {figure.coverage_share:>6.1%}  {figure.status}{beside}",
        flush=True,
    )


def verdicts(figures: list[SitingFigure]) -> list[tuple[str, bool]]:
    """Say in one line a target whether it was met; a target nothing was measured for is left out."""
    medians = [one for one in figures if one.what.startswith("p-median")]
    covers = [one for one in figures if one.what.startswith("mclp")]
    lines = []
    if medians:
        proven = sum(one.status == "optimal" for one in medians)
        worst = max(one.gap_share for one in medians)
        said = f"p-median: {proven} of {len(medians)} proven optimal (≥ 3 in 4), "
        said += f"largest gap {worst:.3%} (≤ 1 %)"
        lines.append((said, 4 * proven >= 3 * len(medians) and worst <= 0.01))
    if covers:
        worst = max(one.gap_share for one in covers)
        lines.append((f"mclp: largest gap {worst:.3%} (≤ 2 %)", worst <= 0.02))
    slowest = max(one.processor_s or one.seconds for one in figures)
    lines.append((f"slowest answer {slowest:.1f} s of processor time (≤ 60 s)", slowest <= 60.0))
    peaks = [one.peak_memory_mb for one in covers if one.peak_memory_mb and not one.spopt]
    if peaks:
        said = f"mclp: most memory {max(peaks):,.0f} MB (≤ 2,000 MB)"
        lines.append((said, max(peaks) <= 2000.0))
    return lines

"""Siting beside what is asked of it: p-median on random graphs, covering on a large clustered table.

``python -m benchmarks.siting`` prints one line an instance; every figure is a proven gap, no other solver is needed
to believe it.
"""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import cKDTree

from geo.siting import SitingProblem
from geo.siting.problem import from_entries

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


@dataclass(frozen=True)
class SitingFigure:
    """One solved instance."""

    what: str
    seconds: float
    objective: float
    bound: float
    gap_share: float
    coverage_share: float
    status: str


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
    *, nodes: tuple[int, ...] = tuple(MEDIAN_SIZES), covers: int = len(COVER_SETTINGS)
) -> list[SitingFigure]:
    """Solve the p-median instances of the sizes `nodes` and the first `covers` covering ones."""
    warm_up()
    figures = []
    for size in nodes:
        for number, count in enumerate(MEDIAN_SIZES[size]):
            distances = random_graph(size, 1000 * size + 10 * number + 1)
            figures.append(
                solved(
                    f"p-median {size} nodes, p = {count}",
                    SitingProblem.from_cost_matrix(
                        distances, np.ones(size), model="p_median", count=count
                    ),
                )
            )
    for points, radius_m, seed in COVER_SETTINGS[:covers]:
        cost, weight = clustered_city(points, radius_m, seed)
        what = f"mclp {points} x {points}, {cost.nnz:,} pairs, p = 100"
        figures.append(solved(what, SitingProblem.from_cost_matrix(cost, weight, count=100)))
    return figures


def warm_up() -> None:
    """Compile the kernels on small tables."""
    small = np.random.default_rng(0).integers(1, 50, (12, 12)).astype(np.float64)
    for model in ("mclp", "p_median"):
        SitingProblem.from_cost_matrix(small, np.ones(12), limit=15.0, model=model, count=3).solve()


def solved(what: str, problem: SitingProblem) -> SitingFigure:
    """Solve one instance."""
    begun = time.perf_counter()
    solution = problem.solve(time_limit=TIME_LIMIT_S)
    figure = SitingFigure(
        what,
        time.perf_counter() - begun,
        solution.objective,
        solution.bound,
        solution.optimality_gap_share,
        solution.coverage_share,
        solution.status,
    )
    print_figure(figure)
    return figure


def print_figure(figure: SitingFigure) -> None:
    """Print one line."""
    print(
        f"{figure.what:<44}{figure.seconds:>7.1f} s  objective {figure.objective:>11,.1f}  "
        f"bound {figure.bound:>11,.1f}  gap {figure.gap_share:>8.4%}  "
        f"covered {figure.coverage_share:>6.1%}  {figure.status}",
        flush=True,
    )


def main() -> int:
    """Run all and say whether the targets were met."""
    figures = run()
    medians = [one for one in figures if one.what.startswith("p-median")]
    covers = [one for one in figures if one.what.startswith("mclp")]
    proven = sum(one.status == "optimal" for one in medians)
    worst = max(one.gap_share for one in medians)
    print(
        f"p-median: {proven} of {len(medians)} proven optimal (≥ 30), largest gap {worst:.3%} (≤ 1 %)"
    )
    print(f"mclp: largest gap {max(one.gap_share for one in covers):.3%} (≤ 2 %)")
    slowest = max(one.seconds for one in figures)
    met = proven >= 30 and worst <= 0.01 and slowest <= 60.0
    return 0 if met and all(one.gap_share <= 0.02 for one in covers) else 1


if __name__ == "__main__":
    sys.exit(main())

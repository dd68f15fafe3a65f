"""Hand-drawn walking networks, small enough to check every answer on paper. Costs are seconds."""

from __future__ import annotations

from geo import WalkGraph

INF = float("inf")


def street_block() -> WalkGraph:
    """Draw a block with a one-way street and an island.

    ::

        0 ===60=== 1 --30--> 2        5 ===10=== 6
        |          |         |
        40         20        50
        |          |         |
        3 ===25=== 4 ===35== 7

    Edges in reading order: 0 (0-1), 1 (1>2), 2 (0-3), 3 (1-4), 4 (2-7), 5 (3-4), 6 (4-7), 7 (5-6).
    """
    x = [0, 60, 90, 0, 60, 200, 210, 90]
    y = [0, 0, 0, -40, -40, 0, 0, -40]
    tail = [0, 1, 0, 1, 2, 3, 4, 5]
    head = [1, 2, 3, 4, 7, 4, 7, 6]
    forward = [60, 30, 40, 20, 50, 25, 35, 10]
    backward = [60, INF, 40, 20, 50, 25, 35, 10]
    return WalkGraph.from_edges(x, y, tail, head, forward, backward)


def line_of_three() -> WalkGraph:
    """Draw ``0 ===10=== 1 ===10=== 2``: node 1 is equally far from both ends."""
    return WalkGraph.from_edges([0, 10, 20], [0, 0, 0], [0, 1], [1, 2], [10, 10], [10, 10])


def lasso() -> WalkGraph:
    """Draw a loop of 100 s (edge 0) at node 0 and two ways of 4 s and 10 s (edges 1, 2) to node 1.

    ::

         ___           __4__
        (100)=== 0 ===/     \\=== 1
         ‾‾‾          \\__10_/
    """
    return WalkGraph.from_edges([0, 4], [0, 0], [0, 0, 0], [0, 1, 1], [100, 4, 10], [100, 4, 10])


def stairs_without_length() -> WalkGraph:
    """Draw ``0 ===0=== 1 ===5=== 2``: nodes 0 and 1 are one place."""
    return WalkGraph.from_edges([0, 0, 5], [0, 0, 0], [0, 1], [1, 2], [0, 5], [0, 5])

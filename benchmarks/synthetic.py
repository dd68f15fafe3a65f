"""Synthetic walking networks: a perturbed lattice with a quarter of its edges missing."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from geo import WalkGraph

SPACING_M = 65.0
JITTER = 0.18
MISSING_SHARE = 0.25
LONGEST_DETOUR = 1.15


def lattice(side: int, *, seed: int = 0) -> WalkGraph:
    """Draw a network of ``side * side`` nodes, walked both ways, costs in metres.

    Nodes are numbered along a space-filling curve, so that neighbours lie close in memory.
    """
    draw = np.random.default_rng(seed)
    column, row = (axis.ravel() for axis in np.meshgrid(np.arange(side), np.arange(side)))
    place = np.argsort(morton_code(column, row), kind="stable")
    number = np.empty(side * side, np.int64)
    number[place] = np.arange(side * side)
    x = column * SPACING_M + draw.normal(0.0, SPACING_M * JITTER, side * side)
    y = row * SPACING_M + draw.normal(0.0, SPACING_M * JITTER, side * side)
    grid = np.arange(side * side).reshape(side, side)
    tail = np.concatenate([grid[:, :-1].ravel(), grid[:-1].ravel()])
    head = np.concatenate([grid[:, 1:].ravel(), grid[1:].ravel()])
    kept = draw.random(len(tail)) > MISSING_SHARE
    tail, head = tail[kept], head[kept]
    straight = np.hypot(x[tail] - x[head], y[tail] - y[head])
    length = straight * draw.uniform(1.0, LONGEST_DETOUR, len(tail))
    return WalkGraph.from_edges(x[place], y[place], number[tail], number[head], length, length)


def morton_code(column: npt.NDArray[np.int64], row: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Interleave the bits of two coordinates below 2**16."""
    code = np.zeros(len(column), np.int64)
    for bit in range(16):
        code |= ((column >> bit) & 1) << (2 * bit) | ((row >> bit) & 1) << (2 * bit + 1)
    return code

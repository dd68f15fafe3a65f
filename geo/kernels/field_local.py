"""What access rows of the lattice are made of."""

# mypy: disable-error-code="no-untyped-def,untyped-decorator,type-arg,assignment"

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from geo.kernels.snap import BarrierSegments, EdgeSegments, Grid


class Compounds(NamedTuple):
    """Walled compounds: from inside one also walks straight to their gates.

    Attributes
    ----------
    side
        By side of an outline: both ends.
    start
        Sides of compound k are ``start[k]:start[k + 1]``.
    box
        By compound: west, south, east, north.
    gate_start
        Gates of compound k are ``gate_start[k]:gate_start[k + 1]``.
    gate
        By gate: where it is.
    edge
        By gate: an edge that begins there and may be used.
    """

    side: np.ndarray
    start: np.ndarray
    box: np.ndarray
    gate_start: np.ndarray
    gate: np.ndarray
    edge: np.ndarray


class Network(NamedTuple):
    """What access rows are made of: segments of edges and barriers with their index, the two distances, compounds."""

    segments: EdgeSegments
    grid: Grid
    barriers: BarrierSegments
    barrier_grid: Grid
    length: np.ndarray
    frontage: float
    max_access: float
    compounds: Compounds


@njit(cache=True, nogil=True)
def bars_near(x0, y0, x1, y1, grid):
    """Whether any barrier segment is listed in the index cells of a box."""
    i0 = max(0, int(np.floor((x0 - grid.origin_x) / grid.cell)))
    i1 = min(grid.nx - 1, int(np.floor((x1 - grid.origin_x) / grid.cell)))
    j0 = max(0, int(np.floor((y0 - grid.origin_y) / grid.cell)))
    j1 = min(grid.ny - 1, int(np.floor((y1 - grid.origin_y) / grid.cell)))
    for j in range(j0, j1 + 1):
        for i in range(i0, i1 + 1):
            if grid.start[j * grid.nx + i + 1] > grid.start[j * grid.nx + i]:
                return True
    return False


@njit(cache=True, nogil=True)
def longer(values, used, room):
    """Copy the first `used` values into an array of `room`."""
    copy = np.empty(room, values.dtype)
    copy[:used] = values[:used]
    return copy

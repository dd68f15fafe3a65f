"""Cells of the lattice looked at closely: the access rows of the finer points inside them, kept once made."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from geo.kernels import field_rows as kernel
from geo.kernels.field_local import Network

Ints = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]
CELLS_AT_ONCE = 4096


class PreparedCells:
    """Store of fine rows by cell; cells are added when first asked for and never change.

    Parameters
    ----------
    network, lattice
        What the rows are made of, and where.
    fine_steps
        Fine steps in one step of the lattice.

    Attributes
    ----------
    start
        Rows of fine point q of slot s are ``start[s, q]:start[s, q + 1]``.
    edge, fraction, walk_m
        The rows.
    breaks
        By slot and sub-edge, see `geo.kernels.field_rows.NO_BREAK`.
    """

    def __init__(self, network: Network, lattice: kernel.Lattice, fine_steps: int) -> None:
        self._network = network
        self._lattice = lattice
        self.fine_steps = fine_steps
        points = (fine_steps + 1) ** 2
        self._slot = np.full(lattice.nx * lattice.ny, -1, np.int32)
        self._count = 0
        self._row_count = 0
        self.start = np.zeros((0, points + 1), np.int64)
        self.breaks = np.zeros((0, 2 * fine_steps * (fine_steps + 1)), np.uint8)
        self.edge = np.zeros(0, np.int32)
        self.fraction = np.zeros(0, np.float32)
        self.walk_m = np.zeros(0, np.float32)

    def __len__(self) -> int:
        return self._count

    @property
    def byte_count(self) -> int:
        """Memory taken."""
        arrays = (self.start, self.breaks, self.edge, self.fraction, self.walk_m, self._slot)
        return sum(one.nbytes for one in arrays)

    def prepare(self, cells: Longs) -> Ints:
        """Return the slots of `cells` (number of the lower left point), making what is missing."""
        missing = np.unique(cells[self._slot[cells] < 0])
        for begin in range(0, len(missing), CELLS_AT_ONCE):
            self._add(missing[begin : begin + CELLS_AT_ONCE])
        return self._slot[cells]

    def _add(self, cells: Longs) -> None:
        counts, edge, fraction, walk, breaks = kernel.cell_rows(
            self._network, self._lattice, cells, self.fine_steps
        )
        ends = self._row_count + np.cumsum(counts, dtype=np.int64).reshape(counts.shape)
        first = np.concatenate(([self._row_count], ends[:-1, -1]))
        added, rows = len(cells), len(edge)
        slots, room = (
            slice(self._count, self._count + added),
            slice(self._row_count, self._row_count + rows),
        )
        self.start = _roomy(self.start, slots.stop)
        self.breaks = _roomy(self.breaks, slots.stop)
        self.start[slots] = np.column_stack((first, ends))
        self.breaks[slots] = breaks
        for name, values in (("edge", edge), ("fraction", fraction), ("walk_m", walk)):
            column = _roomy(getattr(self, name), room.stop)
            column[room] = values
            setattr(self, name, column)
        self._slot[cells] = np.arange(slots.start, slots.stop, dtype=np.int32)
        self._count, self._row_count = slots.stop, room.stop


def _roomy(values: npt.NDArray[Any], wanted: int) -> npt.NDArray[Any]:
    """Return `values`, or a longer copy with room for `wanted` rows."""
    if wanted <= len(values):
        return values
    longer = np.empty((max(wanted, len(values) * 3 // 2), *values.shape[1:]), values.dtype)
    longer[: len(values)] = values
    return longer

"""Cells of the lattice in which barriers bend, end or meet: the access rows of the finer points inside them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from geo.kernels import field_rows as kernel
from geo.kernels.field_local import Network
from geo.side_by_side import side_by_side

Bools = npt.NDArray[np.bool_]
CELLS_AT_ONCE = 4096


class PreparedCells:
    """Fine rows by cell.

    Parameters
    ----------
    network, lattice
        What the rows are made of, and where.
    chosen
        Which cells, bool[rows, columns]; cells without any row are left out.
    fine_steps
        Fine steps in one step of the lattice.

    Attributes
    ----------
    slot
        By cell, -1 for one that is not prepared.
    start
        Rows of fine point q of slot s are ``start[s, q]:start[s, q + 1]``.
    edge, fraction, walk_m
        The rows.
    breaks
        By slot and sub-edge, see `geo.kernels.field_rows.NO_BREAK`.
    """

    def __init__(
        self, network: Network, lattice: kernel.Lattice, chosen: Bools, fine_steps: int
    ) -> None:
        self.fine_steps = fine_steps
        row, column = np.nonzero(chosen)
        cells = row * lattice.nx + column
        blocks = side_by_side(
            lambda begin, end: kernel.cell_rows(network, lattice, cells[begin:end], fine_steps),
            len(cells),
            CELLS_AT_ONCE,
        )
        counts, self.edge, self.fraction, self.walk_m, self.breaks = (
            np.concatenate(one) for one in zip(*blocks, strict=True)
        )
        ends = np.cumsum(counts, dtype=np.int64).reshape(counts.shape)
        first = np.concatenate((np.zeros(min(1, len(ends)), np.int64), ends[:-1, -1]))
        self.start = np.column_stack((first, ends))
        self.slot = np.full(chosen.shape, -1, np.int32)
        self.slot[row, column] = np.arange(len(cells), dtype=np.int32)

    def __len__(self) -> int:
        return len(self.start)

    @property
    def byte_count(self) -> int:
        """Memory taken."""
        arrays = (self.start, self.breaks, self.edge, self.fraction, self.walk_m, self.slot)
        return sum(one.nbytes for one in arrays)

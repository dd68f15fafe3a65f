"""The field: walking cost on the lattice of a study, read off one search."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.ndimage import binary_dilation

from geo.field_grid import FieldGrid
from geo.kernels import field as kernel
from geo.kernels import fine_cells
from geo.kernels.contour import Refined, Window
from geo.kernels.labels import CLOSED
from geo.network.costs import PER_UNIT
from geo.reach import Reach
from geo.side_by_side import side_by_side

Floats = npt.NDArray[np.float64]
Singles = npt.NDArray[np.float32]
Longs = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

SAMPLE_STEPS, FINE_STEPS = 4, 8  # of a cell: 2.5 and 1.25 m
CLIFF_M = 36.0  # metres of walk between neighbours that make a cliff: 30 s at 72 m/min
CLEAR_M = 36.0  # so far from the limit a point is clearly on one side
CELLS_AT_ONCE = 2048
NEIGHBOURS = np.ones((3, 3), np.bool_)
SEARCH_MARGIN_M = 72.0  # how far beyond the largest limit a search should go: a minute's walk


@dataclass(frozen=True)
class Field:
    """Cost of every lattice point around what one search reached.

    Attributes
    ----------
    grid
        The lattice and its access rows.
    reach
        The search; costs beyond its limit are upper bounds.
    per_metre
        Thousandths that a metre of straight walk costs.
    column, row
        Lattice column and row of the first value; may be -1, the rim is never reached.
    values
        Thousandths of a second or metre, float32[rows, columns], infinite where nothing was reached.
    """

    grid: FieldGrid
    reach: Reach
    per_metre: float
    column: int
    row: int
    values: Singles
    search: kernel.Search

    @classmethod
    def of(cls, grid: FieldGrid, reach: Reach, per_metre: float) -> Field:
        """Read the field off a search.

        Parameters
        ----------
        reach
            Of the graph whose edges `grid` was made of, weighted in any way.
        per_metre
            Thousandths of a second (or metre) that a metre of straight walk costs.
        """
        search = _search(reach)
        active = kernel.active_edges(search)
        boxes = grid.edge_box[active]
        full = boxes[:, 0] <= boxes[:, 2]
        active, boxes = active[full], boxes[full]
        if len(active) == 0:
            nothing = np.full((2, 2), np.inf, np.float32)
            return cls(grid, reach, per_metre, -1, -1, nothing, search)
        i0, j0 = (boxes[:, :2].min(axis=0) - 1).tolist()
        i1, j1 = (boxes[:, 2:].max(axis=0) + 1).tolist()
        values = np.full((j1 - j0 + 1, i1 - i0 + 1), np.inf, np.float32)
        rows = grid.rows
        kernel.spread(
            search, active, rows.start, rows.point, rows.fraction, rows.walk_m, float(per_metre),
            grid.lattice.nx, i0, j0, values,
        )  # fmt: skip
        return cls(grid, reach, per_metre, i0, j0, values, search)

    @property
    def x0(self) -> float:
        """Coordinate of the first column."""
        return float(self.grid.lattice.origin_x + self.column * self.grid.step_m)

    @property
    def y0(self) -> float:
        """Coordinate of the first row."""
        return float(self.grid.lattice.origin_y + self.row * self.grid.step_m)

    def costs(self) -> Floats:
        """Return seconds or metres at the lattice points, infinite beyond the search's limit."""
        costs = self.values.astype(np.float64) / PER_UNIT
        costs[self.values > self.reach.limit] = np.inf
        return costs

    def refine(self, limits: Singles, window: Window) -> FineCells:
        """Look closely at cells that the coarse cut gets wrong at one of `limits` (thousandths).

        Strategy
        --------
        - Looked at: doubtful cells, and cells with a cliff that a contour passes.
        - Wrong: a point of a `SAMPLE_STEPS` lattice in the cell is clearly on the other side of the line than its cost.
        - Round those, finely, as long as more wrong ones are found: a narrow tip goes on from cell to cell.
        """
        shape = self.values.shape[0] - 1, self.values.shape[1] - 1
        suspect, steep = kernel.suspects(
            self.values, limits, self.grid.doubtful, self.column, self.row, CLIFF_M * self.per_metre
        )
        cells = np.flatnonzero(suspect)
        wrong = cells[self._wrong(window, cells, SAMPLE_STEPS, limits)[0]]
        known = np.zeros(shape, np.bool_)
        found: list[tuple[Longs, Singles]] = []
        new = wrong
        while len(new):
            seen = np.zeros(shape, np.bool_)
            seen.ravel()[new] = True
            near = np.flatnonzero(binary_dilation(seen, NEIGHBOURS) & ~known)
            known.ravel()[near] = True
            is_wrong, values = self._wrong(window, near, FINE_STEPS, limits)
            kept = is_wrong | seen.ravel()[near]
            found.append((near[kept], values[kept]))
            new = near[is_wrong & ~seen.ravel()[near]]
        return self._fine_cells(found, steep)

    def coarse(self) -> FineCells:
        """Return no fine cells."""
        nowhere = np.zeros((self.values.shape[0] - 1, self.values.shape[1] - 1), np.bool_)
        return self._fine_cells([], nowhere)

    def _fine_cells(self, found: list[tuple[Longs, Singles]], steep: Bools) -> FineCells:
        cells = np.concatenate([np.empty(0, np.int64), *(one for one, _ in found)])
        blank = np.empty((0, (FINE_STEPS + 1) ** 2), np.float32)
        values = np.concatenate([blank, *(one for _, one in found)])
        number = np.full(steep.shape, -1, np.int32)
        number.ravel()[cells] = np.arange(len(cells), dtype=np.int32)
        kernel.join_corners(values, self.values, cells, FINE_STEPS)
        return FineCells(self, cells, number, values, steep)

    def _wrong(
        self, window: Window, cells: Longs, steps: int, limits: Singles
    ) -> tuple[Bools, Singles]:
        """Tell which window cells the coarse cut gets wrong, with the costs of their points."""
        clear = np.float32(CLEAR_M * self.per_metre)

        def block(begin: int, end: int) -> tuple[Bools, Singles]:
            part = cells[begin:end]
            costs = fine_cells.cell_costs(
                self.grid.network, self.grid.lattice, self.search, float(self.per_metre),
                self.lattice_cells(part), steps,
            )  # fmt: skip
            return fine_cells.wrong_cells(window, part, costs, steps, limits, clear), costs

        blocks = side_by_side(block, len(cells), CELLS_AT_ONCE)
        wrong, costs = (np.concatenate(one) for one in zip(*blocks, strict=True))
        return wrong, costs

    def lattice_cells(self, window_cells: Longs) -> Longs:
        """Return the numbers of window cells in the lattice."""
        wide = self.values.shape[1] - 1
        column, row = window_cells % wide + self.column, window_cells // wide + self.row
        numbers: Longs = row * self.grid.lattice.nx + column
        return numbers

    def window(self) -> Window:
        """Return what contours are drawn from."""
        network = self.grid.network
        return Window(
            self.values, self.column, self.row, self.grid.lattice.nx, self.grid.step_m,
            float(self.per_metre), self.search, self.grid.point_rows, network.frontage,
            network.max_access,
        )  # fmt: skip


@dataclass(frozen=True)
class FineCells:
    """Cells of a field's window that are drawn finely.

    Attributes
    ----------
    cells
        Numbers of window cells.
    number
        By window cell, which of them it is; -1 for none.
    values
        Thousandths at their fine points, float32.
    steep
        By window cell: other cells whose line is to be held against costs.
    """

    field: Field
    cells: Longs
    number: npt.NDArray[np.int32]
    values: Singles
    steep: Bools

    def at(self, limit: np.float32) -> Refined:
        """Find where a limit (thousandths) is passed inside them."""
        field = self.field
        grid = field.grid
        if len(self.cells) == 0:
            none = np.empty((0, 2 * FINE_STEPS * (FINE_STEPS + 1)), np.float32)
            return Refined(self.number, self.values, none, FINE_STEPS)
        shares = fine_cells.fine_crossings(
            grid.network, grid.lattice, field.search, float(field.per_metre),
            field.lattice_cells(self.cells), self.values, FINE_STEPS, limit, kernel.SMOOTH,
        )  # fmt: skip
        return Refined(self.number, self.values, shares, FINE_STEPS)


def _search(reach: Reach) -> kernel.Search:
    graph, seeds = reach.graph, reach.seeds
    forward, backward = graph.costs_away(towards=reach.towards)
    on_edge = np.flatnonzero(seeds.on_edge & (seeds.cost < CLOSED))
    order = on_edge[np.argsort(seeds.edge[on_edge], kind="stable")]
    edge = seeds.edge[order]
    seed_of = np.full(graph.edge_count, -1, np.int32)
    seed_of[edge[::-1]] = np.arange(len(edge), dtype=np.int32)[::-1]
    return kernel.Search(
        reach.label,
        graph.tail,
        graph.head,
        forward,
        backward,
        seed_of,
        edge,
        seeds.fraction[order],
        seeds.cost[order].astype(np.float64),
    )

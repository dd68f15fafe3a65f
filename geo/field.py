"""The field: walking cost on the lattice of a study, read off one search."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from geo.field_grid import FieldGrid
from geo.kernels import field as kernel
from geo.kernels.contour import Refined, Window
from geo.kernels.labels import CLOSED
from geo.network.costs import PER_UNIT
from geo.reach import Reach

Floats = npt.NDArray[np.float64]
Singles = npt.NDArray[np.float32]
Longs = npt.NDArray[np.int64]

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

    def refine(self, limits: Singles) -> Refined:
        """Look closely at cells where barriers bend, end or meet and contours at `limits` (thousandths) may pass."""
        store = self.grid.cells
        cells = kernel.suspects(self.values, limits.max(), store.slot, self.column, self.row)
        slots, values = self._fine(cells)
        kept = kernel.passed(values, limits)
        cells, slots, values = cells[kept], slots[kept], values[kept]
        high, wide = self.values.shape[0] - 1, self.values.shape[1] - 1
        number = np.full((high, wide), -1, np.int32)
        number.ravel()[cells] = np.arange(len(cells), dtype=np.int32)
        kernel.join_sides(values, self.values, number, cells, store.fine_steps)
        return Refined(number, values, store.breaks[slots], store.fine_steps)

    def window(self) -> Window:
        """Return what contours are drawn from."""
        network = self.grid.network
        return Window(
            self.values, self.column, self.row, self.grid.lattice.nx, self.grid.step_m,
            float(self.per_metre), self.search, self.grid.point_rows, network.frontage,
            network.max_access,
        )  # fmt: skip

    def _fine(self, window_cells: Longs) -> tuple[npt.NDArray[np.int32], Singles]:
        """Return slots and fine values of window cells that are prepared."""
        store = self.grid.cells
        wide = self.values.shape[1] - 1
        column, row = window_cells % wide + self.column, window_cells // wide + self.row
        slots = store.slot[row, column]
        values = np.empty((len(slots), (store.fine_steps + 1) ** 2), np.float32)
        kernel.fine_values(
            self.search, slots, store.start, store.edge, store.fraction, store.walk_m,
            float(self.per_metre), values,
        )  # fmt: skip
        return slots, values


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

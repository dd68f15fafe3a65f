"""The lattice of a study: which of its points may use which edge, worked out once and asked by every search."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

from geo.errors import InputError, fault
from geo.kernels import field_rows as kernel
from geo.kernels import snap
from geo.kernels.field_extent import PointRows, extents
from geo.kernels.field_local import Compounds, Network
from geo.kernels.grouping import group_rows
from geo.network.snap import AccessFinder, Hubs
from geo.side_by_side import side_by_side

Floats = npt.NDArray[np.float64]
Singles = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]

STEP_M = 10.0
EDGES_AT_ONCE = 4096
POINTS_AT_ONCE = 65_536
LARGEST_LATTICE = 2**31 - 1
Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class EdgeRows:
    """Rows of lattice points by edge: those of edge e are ``start[e]:start[e + 1]``.

    Attributes
    ----------
    point
        Number of the lattice point, int32.
    fraction
        Position along the edge from its tail.
    walk_m
        Straight walk, metres.
    """

    start: Longs
    point: Ints
    fraction: Singles
    walk_m: Singles


class FieldGrid:
    """Lattice over a network with the access rows of its points, by the rule of buildings and stations.

    Parameters
    ----------
    finder
        Edges and barriers of the study.
    groups
        Per edge, as `AccessFinder.find` takes them.
    step_m
        Distance of lattice points.
    box
        West, south, east, north in metres; by default all places from which the network can be entered.

    Raises
    ------
    InputError
        When the step is not positive or the lattice would have more than two thousand million points.
    """

    def __init__(
        self,
        finder: AccessFinder,
        groups: Ints,
        *,
        step_m: float = STEP_M,
        box: Box | None = None,
    ) -> None:
        self.network, self._edge_start = _network(finder, groups)
        self._finder, self._groups = finder, groups
        self.lattice = _lattice(self.network, step_m, box)
        self.rows = self._lattice_rows()
        self.edge_box = _edge_boxes(self.rows, self.lattice.nx)
        self.point_rows = self._point_rows()
        self.doubtful = self._doubtful()

    @property
    def step_m(self) -> float:
        """Distance of lattice points in metres."""
        return float(self.lattice.step)

    @property
    def point_count(self) -> int:
        """Number of lattice points."""
        return int(self.lattice.nx * self.lattice.ny)

    def covers(self, box: Box) -> bool:
        """Tell whether all places within `box` from which the network can be entered lie on the lattice."""
        whole, lattice = _box_of(self.network), self.lattice
        east = lattice.origin_x + (lattice.nx - 1) * lattice.step
        north = lattice.origin_y + (lattice.ny - 1) * lattice.step
        return (
            max(box[0], whole[0]) >= lattice.origin_x
            and max(box[1], whole[1]) >= lattice.origin_y
            and min(box[2], whole[2]) <= east
            and min(box[3], whole[3]) <= north
        )

    @property
    def byte_count(self) -> int:
        """Memory that the rows take."""
        rows, by_point = self.rows, self.point_rows
        arrays = (rows.start, rows.point, rows.fraction, rows.walk_m, self.edge_box)
        more = (
            by_point.start, by_point.edge, by_point.fraction, by_point.walk, by_point.extent,
        )  # fmt: skip
        return sum(one.nbytes for one in (*arrays, *more, self.doubtful))

    def _doubtful(self) -> npt.NDArray[np.bool_]:
        """Mark cells that barriers touch, and those near the farthest access distance: tips end inside them."""
        doubtful = kernel.touched_cells(self.network.barriers, self.lattice)
        walk = np.full(self.point_count, np.inf, np.float32)
        start = self.point_rows.start
        full = np.flatnonzero(np.diff(start))
        if len(full):
            walk[full] = np.minimum.reduceat(self.point_rows.walk, start[full])
        rim = (walk > self.network.max_access - 1.5 * self.lattice.step) & (walk < np.inf)
        rim = rim.reshape(self.lattice.ny, self.lattice.nx)
        corners = rim[:-1, :-1] | rim[1:, :-1] | rim[:-1, 1:] | rim[1:, 1:]
        return np.asarray(doubtful | corners)

    def _lattice_rows(self) -> EdgeRows:
        """Work out the rows edge by edge; points without any within the frontage distance one by one."""
        served = np.zeros(self.point_count, np.bool_)
        nearby = np.zeros(self.point_count, np.bool_)
        edge_count = len(self._edge_start) - 1
        # blocks side by side only ever set marks, so their order does not matter
        blocks = side_by_side(
            lambda begin, end: kernel.lattice_rows(
                self.network, self.lattice, self._edge_start, begin, end, served, nearby
            ),
            edge_count,
            EDGES_AT_ONCE,
        )
        beyond = np.flatnonzero(nearby & ~served)
        blocks = [tuple(column[served[block[1]]] for column in block) for block in blocks]
        blocks.append(self._rows_beyond(beyond))
        blocks.append(self._rows_to_gates())
        edge, point, fraction, walk = (np.concatenate(one) for one in zip(*blocks, strict=True))
        start, order = group_rows(edge, edge_count)
        return EdgeRows(start.astype(np.int64), point[order], fraction[order], walk[order])

    def _rows_beyond(self, points: Longs) -> tuple[Ints, Ints, Singles, Singles]:
        x, y = self._places(points)
        place, edge, value = _point_rows(self.network, x, y)
        length = self.network.length[edge]
        fraction = np.divide(value[:, 1], length, out=np.zeros(len(edge)), where=length > 0.0)
        return (
            edge,
            points[place].astype(np.int32),
            np.minimum(fraction, 1.0).astype(np.float32),
            value[:, 0].astype(np.float32),
        )

    def _places(self, points: Longs) -> tuple[Floats, Floats]:
        """Return the coordinates of lattice points."""
        column, row = points % self.lattice.nx, points // self.lattice.nx
        return (
            np.asarray(self.lattice.origin_x + column * self.lattice.step, np.float64),
            np.asarray(self.lattice.origin_y + row * self.lattice.step, np.float64),
        )

    def _rows_to_gates(self) -> tuple[Ints, Ints, Singles, Singles]:
        """Let points inside walled compounds walk straight to the gates."""
        inside = np.zeros((self.lattice.ny, self.lattice.nx), np.bool_)
        origin = np.array([self.lattice.origin_x, self.lattice.origin_y] * 2)
        for box in (self.network.compounds.box - origin) / self.lattice.step:
            west, south, east, north = np.clip(box, 0, None).astype(np.int64)
            inside[south : north + 2, west : east + 2] = True
        points = np.flatnonzero(inside)
        x, y = self._places(points)
        rows = self._finder.hub_rows(x, y, self._groups)
        return (
            rows.edge.astype(np.int32),
            points[rows.point].astype(np.int32),
            rows.fraction.astype(np.float32),
            rows.walk_m.astype(np.float32),
        )

    def _point_rows(self) -> PointRows:
        """Index the rows by point, and work out how far towards its neighbours each holds."""
        rows = self.rows
        start, order = group_rows(rows.point, self.point_count)
        edge = np.repeat(np.arange(len(rows.start) - 1, dtype=np.int32), np.diff(rows.start))
        extent = np.empty((len(edge), 4), np.uint8)
        by_point = PointRows(start, edge[order], rows.fraction[order], rows.walk_m[order], extent)
        side_by_side(
            lambda begin, end: extents(
                self.network, self.lattice, self._edge_start, by_point, begin, end
            ),
            self.point_count,
            POINTS_AT_ONCE,
        )
        return by_point


def _network(finder: AccessFinder, groups: Ints) -> tuple[Network, Longs]:
    """Take over the index of `finder`, with the groups of its edges."""
    index = finder.index(groups)
    edge_count = len(index.length_m)
    start = np.searchsorted(index.segments.edge, np.arange(edge_count + 1)).astype(np.int64)
    network = Network(
        index.segments, index.grid, index.barriers, index.barrier_grid, index.length_m,
        float(index.walk.frontage_m), float(index.walk.max_access_m),
        _compounds(index.hubs, groups),
    )  # fmt: skip
    return network, start


def _compounds(hubs: Hubs | None, groups: Ints) -> Compounds:
    """Lay the outlines and the usable gates of walled compounds out for the kernels."""
    shapes = np.empty(0, dtype=object) if hubs is None else hubs.shapes
    rings, of_shape = shapely.get_rings(shapes, return_index=True)
    points, of_ring = shapely.get_coordinates(rings, return_index=True)
    within = of_ring[1:] == of_ring[:-1]
    side = np.column_stack((points[:-1], points[1:]))[within] if len(points) else np.empty((0, 4))
    owner = of_shape[of_ring[1:][within]] if len(points) else np.empty(0, np.int64)
    start = np.searchsorted(owner, np.arange(len(shapes) + 1)).astype(np.int64)
    box = shapely.bounds(shapes).reshape(-1, 4)
    if hubs is None:
        nothing = np.empty(0, np.int32)
        return Compounds(side, start, box, np.zeros(1, np.int64), np.empty((0, 2)), nothing)
    order = np.argsort(hubs.compound, kind="stable")
    order = order[groups[hubs.edge[order]] >= 0]
    gate_start = np.searchsorted(hubs.compound[order], np.arange(len(shapes) + 1))
    gate = np.column_stack((hubs.x[order], hubs.y[order])).astype(np.float64)
    edge = hubs.edge[order].astype(np.int32)
    return Compounds(side, start, box, gate_start.astype(np.int64), gate, edge)


def _lattice(network: Network, step_m: float, box: Box | None) -> kernel.Lattice:
    if not (math.isfinite(step_m) and step_m > 0.0):
        raise InputError(fault("field_step", found=step_m))
    if box is None:
        box = _box_of(network)
    wide, high = box[2] - box[0], box[3] - box[1]
    nx, ny = math.ceil(wide / step_m) + 1, math.ceil(high / step_m) + 1
    if nx * ny > LARGEST_LATTICE:
        raise InputError(fault("field_too_large", step=step_m, count=nx * ny))
    return kernel.Lattice(float(box[0]), float(box[1]), float(step_m), nx, ny)


def _box_of(network: Network) -> Box:
    segments = network.segments
    used = segments.group[segments.edge] >= 0
    if not used.any():
        return (0.0, 0.0, 1.0, 1.0)
    x = np.concatenate((segments.x0[used], segments.x1[used]))
    y = np.concatenate((segments.y0[used], segments.y1[used]))
    margin = network.max_access + 1.0
    return (
        float(np.floor(x.min() - margin)),
        float(np.floor(y.min() - margin)),
        float(x.max() + margin),
        float(y.max() + margin),
    )


def _point_rows(network: Network, x: Floats, y: Floats) -> tuple[Ints, Ints, Floats]:
    """Apply the access rule to points; returns place, edge and the values of `geo.kernels.snap.Rows`."""
    count = len(x)
    near = np.full((len(network.length), 2, 6), np.inf)
    sides = snap.Sides(x, y, x, y, np.arange(count + 1, dtype=np.int64), np.zeros(count, np.bool_))
    done: list[tuple[Ints, Ints, Floats]] = []
    begin, room = 0, 200_000
    while begin < count:
        rows = snap.Rows(np.empty(room, np.int32), np.empty(room, np.int32), np.empty((room, 6)))
        end, used, _ = snap.access_rows(
            begin, rows, network.frontage, network.max_access, sides, network.segments, network.grid,
            network.barriers, network.barrier_grid, near,
        )  # fmt: skip
        done.append((rows.place[:used].copy(), rows.edge[:used].copy(), rows.value[:used].copy()))
        if end == begin:
            room *= 2
        begin = end
    if not done:
        return np.empty(0, np.int32), np.empty(0, np.int32), np.empty((0, 6))
    place, edge, value = (np.concatenate(one) for one in zip(*done, strict=True))
    return place, edge, value


def _edge_boxes(rows: EdgeRows, nx: int) -> Ints:
    """Return the first and last lattice column and row of every edge's points; first > last without any."""
    boxes = np.empty((len(rows.start) - 1, 4), np.int32)
    boxes[:, :2] = LARGEST_LATTICE
    boxes[:, 2:] = -1
    full = np.flatnonzero(np.diff(rows.start))
    if len(full):
        column, row = rows.point % nx, rows.point // nx
        at = rows.start[full]
        for place, values, reduce in (
            (0, column, np.minimum),
            (1, row, np.minimum),
            (2, column, np.maximum),
            (3, row, np.maximum),
        ):
            boxes[full, place] = reduce.reduceat(values, at)
    return boxes

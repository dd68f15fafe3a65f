"""Buildings in the cells of the plan: rows and columns by land use, outlines, levels, names."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

from data.demo.generator.fabric import MARGIN_M
from data.demo.generator.landuse import Use
from data.demo.generator.patterns import PATTERNS, Pattern
from data.demo.generator.shapes import Shape, polygons
from data.demo.generator.subdivide import Quads
from data.demo.generator.warp import Warp

F = npt.NDArray[np.float64]
I = npt.NDArray[np.int64]  # noqa: E741
B = npt.NDArray[np.bool_]
Shapes = npt.NDArray[np.object_]

USES = ("residential", "office", "commercial", "industrial", "public", "other")


@dataclass(frozen=True)
class Buildings:
    """Footprints in the metric plane with their attributes.

    Attributes
    ----------
    footprint, use, levels
        Polygon, index into `USES`, storeys.
    landuse, block, superblock
        Of the block it stands in.
    axis
        Unit vector along its front.
    tower
        Office tower (楼宇).
    """

    footprint: Shapes
    use: I
    levels: I
    landuse: I
    block: I
    superblock: I
    axis: F
    tower: B

    def __len__(self) -> int:
        return len(self.footprint)

    def take(self, index: I | B) -> Buildings:
        """Return some of the buildings."""
        return Buildings(
            self.footprint[index],
            self.use[index],
            self.levels[index],
            self.landuse[index],
            self.block[index],
            self.superblock[index],
            self.axis[index],
            self.tower[index],
        )

    @property
    def floor_area(self) -> F:
        """Footprint times levels, square metres."""
        return np.asarray(shapely.area(self.footprint) * self.levels)

    @staticmethod
    def join(parts: list[Buildings]) -> Buildings:
        """Put sets of buildings one after the other."""
        return Buildings(
            np.concatenate([one.footprint for one in parts]),
            np.concatenate([one.use for one in parts]),
            np.concatenate([one.levels for one in parts]),
            np.concatenate([one.landuse for one in parts]),
            np.concatenate([one.block for one in parts]),
            np.concatenate([one.superblock for one in parts]),
            np.concatenate([one.axis for one in parts]),
            np.concatenate([one.tower for one in parts]),
        )


def inset(corner: F, margin: F) -> tuple[F, B]:
    """Move the sides of polygons inwards.

    Parameters
    ----------
    corner, margin
        (n, k, 2) anticlockwise, and (n, k) metres for the side after each corner. Where two sides are nearly in line
        they must have one margin.

    Returns
    -------
    corner, good
        New corners; whether the polygon is still the right way round.
    """
    side = np.roll(corner, -1, axis=1) - corner
    unit = side / np.maximum(np.linalg.norm(side, axis=2), 1e-9)[:, :, None]
    inward = np.stack([-unit[:, :, 1], unit[:, :, 0]], axis=2)
    start = corner + margin[:, :, None] * inward
    before, before_start = np.roll(unit, 1, axis=1), np.roll(start, 1, axis=1)
    cross = before[:, :, 0] * unit[:, :, 1] - before[:, :, 1] * unit[:, :, 0]
    in_line = np.abs(cross) < 0.2
    gap = start - before_start
    along = gap[:, :, 0] * unit[:, :, 1] - gap[:, :, 1] * unit[:, :, 0]
    along = along / np.where(in_line, 1.0, cross)
    moved = np.where(in_line[:, :, None], start, before_start + along[:, :, None] * before)
    turned = np.roll(moved, -1, axis=1) - moved
    good = (np.sum(turned * unit, axis=2) > 4.0).all(axis=1) & (cross > -0.2).all(axis=1)
    return moved, good


def face_south(corner: F) -> F:
    """Renumber corners so that side 0 runs most nearly to the east."""
    side = np.roll(corner, -1, axis=1) - corner
    first = np.argmax(side[:, :, 0] / np.linalg.norm(side, axis=2), axis=1)
    index = (first[:, None] + np.arange(4)) % 4
    return np.take_along_axis(corner, index[:, :, None], axis=1)


def make_buildings(cells: Quads, street_kind: I, warp: Warp, rng: np.random.Generator) -> Buildings:
    """Build up all cells."""
    corner = warp(cells.corner.reshape(-1, 2)).reshape(cells.corner.shape)
    margin = MARGIN_M[street_kind[cells.street]]
    variant = rng.integers(0, 60, int(cells.block.max()) + 1)[cells.block]
    parts: list[Buildings] = []
    for landuse, patterns in PATTERNS.items():
        for number, pattern in enumerate(patterns):
            here = np.flatnonzero((cells.use == landuse) & (variant % len(patterns) == number))
            if len(here):
                box, good = inset(corner[here], margin[here] + pattern.setback)
                parts.append(_fill(pattern, face_south(box[good]), cells.take(here[good]), rng))
    return _apart(_podium_towers(Buildings.join(parts), rng))


def _fill(pattern: Pattern, box: F, cells: Quads, rng: np.random.Generator) -> Buildings:
    """Fill the boxes with slots of one pattern."""
    width = np.linalg.norm(box[:, 1] - box[:, 0] + box[:, 2] - box[:, 3], axis=1) / 2
    height = np.linalg.norm(box[:, 3] - box[:, 0] + box[:, 2] - box[:, 1], axis=1) / 2
    columns = np.maximum(np.round(width / pattern.pitch[0]), 1).astype(np.int64)
    rows = np.maximum(np.round(height / pattern.pitch[1]), 1).astype(np.int64)
    slots = columns * rows
    cell = np.repeat(np.arange(len(box)), slots)
    place = np.arange(slots.sum()) - np.repeat(np.cumsum(slots) - slots, slots)
    s = (place % columns[cell] + 0.5) / columns[cell]
    t = (place // columns[cell] + 0.5) / rows[cell]
    p0, p1, p2, p3 = (box[cell, k] for k in range(4))
    low, high = p0 + s[:, None] * (p1 - p0), p3 + s[:, None] * (p2 - p3)
    centre = low + t[:, None] * (high - low)
    front_axis = (p1 - p0) * (1 - t[:, None]) + (p2 - p3) * t[:, None]
    axis = front_axis / np.linalg.norm(front_axis, axis=1)[:, None]
    count = len(cell)
    room = np.column_stack([width[cell] / columns[cell], height[cell] / rows[cell]]) - pattern.gap
    # Slabs of one cell are alike: the size is drawn by cell, with a little play by building.
    draw = rng.random((len(box), 2))[cell] * 0.85 + rng.random((count, 2)) * 0.15
    low_size = np.array([pattern.front[0], pattern.depth[0]])
    high_size = np.array([pattern.front[1], pattern.depth[1]])
    size = np.minimum(low_size + draw * (high_size - low_size), room)
    shape = np.array(pattern.shapes)[rng.integers(0, len(pattern.shapes), len(box))][cell]
    odd = rng.random(count) < 0.25
    shape[odd] = np.array(pattern.shapes)[rng.integers(0, len(pattern.shapes), int(odd.sum()))]
    slim = (size.min(axis=1) < 15.0) & np.isin(shape, [Shape.COURT, Shape.RING, Shape.CROSS])
    shape[slim] = Shape.BOX
    flip = np.where(rng.random((count, 2)) < 0.5, -1.0, 1.0)
    flip[shape == Shape.COURT, 1] = 1.0
    level = rng.integers(pattern.levels[0], pattern.levels[1] + 1, len(box))[cell]
    level = np.maximum(level + rng.integers(-1, 2, count), 1)
    keep = (rng.random(count) < pattern.filled) & (size.min(axis=1) >= pattern.smallest)
    shift = rng.uniform(-0.5, 0.5, (count, 2)) * np.minimum(np.maximum(room - size, 0.0), 3.0)
    across = np.column_stack([-axis[:, 1], axis[:, 0]])
    centre = centre + shift[:, :1] * axis + shift[:, 1:] * across
    owner = cell[keep]
    use = np.full(len(owner), pattern.use)
    return Buildings(
        polygons(shape[keep], centre[keep], axis[keep], size[keep], flip[keep]),
        use,
        level[keep],
        cells.use[owner],
        cells.block[owner],
        cells.superblock[owner],
        axis[keep],
        (use == 1) & (level[keep] >= 16),
    )


def _podium_towers(buildings: Buildings, rng: np.random.Generator) -> Buildings:
    """Stand an office tower in the notch of every podium, half a metre off."""
    podium = np.flatnonzero(shapely.get_num_coordinates(buildings.footprint) == 7)
    podium = podium[buildings.landuse[podium] == Use.CBD]
    ring = shapely.get_coordinates(buildings.footprint[podium]).reshape(-1, 7, 2)[:, :6]
    # The notch lies at the corner of the box that the outline leaves out: opposite the inner corner.
    side_in = np.roll(ring, 1, axis=1) - ring
    side_out = np.roll(ring, -1, axis=1) - ring
    turn = side_out[:, :, 0] * side_in[:, :, 1] - side_out[:, :, 1] * side_in[:, :, 0]
    inner = np.argmin(turn, axis=1)
    rows = np.arange(len(podium))
    corner = ring[rows, inner]
    before, after = ring[rows, (inner - 1) % 6], ring[rows, (inner + 1) % 6]
    centre = (before + after) / 2
    size = np.column_stack(
        [np.linalg.norm(before - corner, axis=1), np.linalg.norm(after - corner, axis=1)]
    )
    axis = (before - corner) / size[:, :1]
    square = size - 1.0 - rng.uniform(0.0, 3.0, (len(podium), 1))
    shape = np.where(rng.random(len(podium)) < 0.6, Shape.CUT, Shape.BOX).astype(np.int64)
    towers = Buildings(
        polygons(shape, centre, axis, square, np.ones((len(podium), 2))),
        np.ones(len(podium), dtype=np.int64),
        rng.integers(24, 62, len(podium)),
        buildings.landuse[podium],
        buildings.block[podium],
        buildings.superblock[podium],
        axis,
        np.ones(len(podium), dtype=bool),
    )
    return Buildings.join([buildings, towers])


def _apart(buildings: Buildings) -> Buildings:
    """Leave out buildings that touch one placed earlier."""
    tree = shapely.STRtree(buildings.footprint)
    one, other = tree.query(buildings.footprint, predicate="intersects")
    late = np.unique(np.maximum(one, other)[one != other])
    keep = np.ones(len(buildings), dtype=bool)
    keep[late] = False
    return buildings.take(keep)

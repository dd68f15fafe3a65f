"""Areas one walks over: plazas and platforms are crossed in straight lines, lifts drawn as areas are one lift."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo.network.edges import Bools, Delay, EdgeKind, Floats, Longs
from geo.network.raw import RawNetwork

TOUCH_M = 0.02  # straight ways along an edge may leave the area by rounding
MOST_CORNERS = 150  # of one area; beyond it only entries and the sharpest corners count


@dataclass(frozen=True)
class _Outline:
    """Corners of an area, ring after ring, the outer one first."""

    vertex: npt.NDArray[np.int32]
    x: Floats
    y: Floats
    ring: Longs
    following: Longs

    @classmethod
    def of(cls, raw: RawNetwork, rows: Longs) -> _Outline:
        """Take the rings of one area: the one with the largest box is the outer one."""
        rings = [raw.vertex[raw.offset[row] : raw.offset[row + 1] - 1] for row in rows]
        rings.sort(key=lambda one: -float(np.ptp(raw.x[one]) * np.ptp(raw.y[one])))
        vertex = np.concatenate(rings)
        size = [len(one) for one in rings]
        start = np.cumsum([0, *size[:-1]])
        following = np.concatenate(
            [first + np.roll(np.arange(n), -1) for first, n in zip(start, size, strict=True)]
        )
        ring = np.repeat(np.arange(len(rings)), size)
        return cls(vertex, raw.x[vertex], raw.y[vertex], ring, following)

    @property
    def polygon(self) -> shapely.Polygon:
        """The area itself."""
        rings = [
            np.column_stack([self.x[self.ring == one], self.y[self.ring == one]])
            for one in range(int(self.ring[-1]) + 1)
        ]
        return shapely.Polygon(rings[0], rings[1:])

    def corners(self, entry: Bools) -> Longs:
        """Return where straight ways may end: entries, and corners that stick into the area."""
        before = np.empty_like(self.following)
        before[self.following] = np.arange(len(before))
        ax, ay = self.x - self.x[before], self.y - self.y[before]
        bx, by = self.x[self.following] - self.x, self.y[self.following] - self.y
        turn = ax * by - ay * bx
        twice_area = np.bincount(
            self.ring, weights=self.x * self.y[self.following] - self.x[self.following] * self.y
        )
        inwards = np.where((twice_area[self.ring] > 0) == (self.ring == 0), turn < 0, turn > 0)
        ends = np.flatnonzero(entry | inwards)
        if len(ends) <= MOST_CORNERS:
            return ends
        sharpness = np.abs(turn) / np.maximum(np.hypot(ax, ay) * np.hypot(bx, by), 1e-9)
        value = np.where(entry, 2.0, sharpness)[ends]
        return np.sort(ends[np.argsort(-value, kind="stable")[:MOST_CORNERS]])


def plaza_ways(raw: RawNetwork, area: Longs) -> RawNetwork:
    """Make areas crossable.

    Their rings are walked as a plaza; straight ways are added between vertices where other ways arrive and corners that
    stick into the area (the visibility graph), as far as they stay inside.

    Parameters
    ----------
    area
        Per way, the number of the area whose ring it is, -1 for none; rings that are not closed are no areas.
    """
    first, last = raw.vertex[raw.offset[:-1]], raw.vertex[raw.offset[1:] - 1]
    ring = (area >= 0) & (first == last) & (np.diff(raw.offset) > 3)
    ring &= raw.ways["kind"].isin([int(EdgeKind.ROAD), int(EdgeKind.FOOT)]).to_numpy()
    ring &= ~np.isin(area, area[(area >= 0) & ~ring])
    if not ring.any():
        return raw
    ways = raw.ways.copy()
    ways.loc[ring, "kind"] = int(EdgeKind.PLAZA)
    rings = np.flatnonzero(ring)
    uses = np.bincount(raw.vertex, minlength=len(raw.x))
    # A ring names its first vertex twice.
    np.subtract.at(uses, first[rings], 1)
    pairs = [np.zeros((0, 2), np.int32)]
    owner: list[int] = []
    for one in np.unique(area[rings]):
        rows = rings[area[rings] == one]
        outline = _Outline.of(raw, rows)
        found = _straight_ways(outline, uses[outline.vertex] > 1)
        pairs.append(outline.vertex[found].astype(np.int32))
        owner += [int(rows[0])] * len(found)
    return _with_lines(replace(raw, ways=ways), np.concatenate(pairs), ways.iloc[owner])


def _straight_ways(outline: _Outline, entry: Bools) -> Longs:
    """Return pairs of corners that see each other across the area."""
    nothing = np.zeros((0, 2), dtype=np.int64)
    polygon = outline.polygon
    if not polygon.is_valid or polygon.area == 0:
        return nothing
    ends = outline.corners(entry)
    i, j = np.triu_indices(len(ends), 1)
    a, b = ends[i], ends[j]
    apart = (
        (outline.following[a] != b)
        & (outline.following[b] != a)
        & (outline.vertex[a] != outline.vertex[b])
    )
    a, b = a[apart], b[apart]
    if len(a) == 0:
        return nothing
    x, y = outline.x, outline.y
    lines = shapely.linestrings(
        np.stack([np.column_stack([x[a], y[a]]), np.column_stack([x[b], y[b]])], axis=1)
    )
    room = shapely.buffer(polygon, TOUCH_M, join_style="mitre")
    shapely.prepare(room)
    inside = shapely.covers(room, lines)
    return np.column_stack([a[inside], b[inside]])


def _with_lines(raw: RawNetwork, pairs: npt.NDArray[np.int32], rows: pd.DataFrame) -> RawNetwork:
    """Add ways of two vertices each."""
    return replace(
        raw,
        offset=np.concatenate([raw.offset, raw.offset[-1] + 2 * np.arange(1, len(pairs) + 1)]),
        vertex=np.concatenate([raw.vertex, pairs.ravel()]).astype(np.int32),
        ways=pd.concat([raw.ways, rows], ignore_index=True),
    )


def lift_spokes(raw: RawNetwork) -> RawNetwork:
    """Draw each lift that is mapped as an area as spokes from its corners to a lift node in its middle."""
    first, last = raw.vertex[raw.offset[:-1]], raw.vertex[raw.offset[1:] - 1]
    closed = (raw.ways["kind"] == int(EdgeKind.LIFT)).to_numpy() & (first == last)
    rows = np.flatnonzero(closed & (np.diff(raw.offset) > 3))
    if len(rows) == 0:
        return raw
    corners = [raw.vertex[raw.offset[row] : raw.offset[row + 1] - 1] for row in rows]
    middle = len(raw.x) + np.arange(len(rows))
    count = np.array([len(one) for one in corners])
    pairs = np.column_stack([np.concatenate(corners), np.repeat(middle, count)]).astype(np.int32)
    spokes = _with_lines(
        replace(
            raw,
            x=np.concatenate([raw.x, [raw.x[one].mean() for one in corners]]),
            y=np.concatenate([raw.y, [raw.y[one].mean() for one in corners]]),
            vertex_ref=np.concatenate([raw.vertex_ref, np.full(len(rows), -1, np.int64)]),
            cut=np.concatenate([raw.cut, np.zeros(len(rows), bool)]),
            vertex_delay=np.concatenate(
                [raw.vertex_delay, np.full(len(rows), int(Delay.LIFT), np.uint8)]
            ),
        ),
        pairs,
        raw.ways.iloc[np.repeat(rows, count)].assign(
            kind=np.uint8(EdgeKind.FOOT), delay=np.uint8(Delay.NONE), enterable=False
        ),
    )
    keep = np.ones(len(spokes.ways), dtype=bool)
    keep[rows] = False
    size = np.diff(spokes.offset)
    return replace(
        spokes,
        offset=np.concatenate([[0], np.cumsum(size[keep])]).astype(np.int64),
        vertex=spokes.vertex[np.repeat(keep, size)],
        ways=spokes.ways[keep].reset_index(drop=True),
    )

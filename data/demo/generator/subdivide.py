"""Splitting quads of the chart again and again: every cut is a street, all quads of a round at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from data.demo.generator.fabric import MARGIN_M, Fabric

F = npt.NDArray[np.float64]
I = npt.NDArray[np.int64]  # noqa: E741
B = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Quads:
    """Four-cornered pieces of the chart, anticlockwise.

    Attributes
    ----------
    corner
        (n, 4, 2).
    street
        (n, 4): street under the side from corner k to corner k+1.
    superblock, block
        Number of the piece it was cut from at these two stages, -1 before.
    use
        Land use (`landuse.Use`), -1 before.
    """

    corner: F
    street: I
    superblock: I
    block: I
    use: I

    @classmethod
    def new(cls, corner: F, street: I) -> Quads:
        """Make quads that belong to nothing yet."""
        none = np.full(len(corner), -1, dtype=np.int64)
        return cls(corner, street, none, none.copy(), none.copy())

    def __len__(self) -> int:
        return len(self.corner)

    def take(self, index: I | B) -> Quads:
        """Return some of the quads."""
        return Quads(
            self.corner[index],
            self.street[index],
            self.superblock[index],
            self.block[index],
            self.use[index],
        )

    @staticmethod
    def join(*parts: Quads) -> Quads:
        """Put quads one after the other."""
        return Quads(
            np.concatenate([one.corner for one in parts]),
            np.concatenate([one.street for one in parts]),
            np.concatenate([one.superblock for one in parts]),
            np.concatenate([one.block for one in parts]),
            np.concatenate([one.use for one in parts]),
        )

    @property
    def area(self) -> F:
        """Areas in the chart, square metres."""
        x, y = self.corner[:, :, 0], self.corner[:, :, 1]
        nx, ny = np.roll(x, -1, axis=1), np.roll(y, -1, axis=1)
        return np.asarray(0.5 * np.sum(x * ny - nx * y, axis=1))

    @property
    def centre(self) -> F:
        """Means of the corners, (n, 2)."""
        return np.asarray(self.corner.mean(axis=1))

    def long_side_first(self) -> Quads:
        """Renumber the corners so that sides 0 and 2 are the longer pair."""
        side = np.linalg.norm(np.roll(self.corner, -1, axis=1) - self.corner, axis=2)
        turn = side[:, 1] + side[:, 3] > side[:, 0] + side[:, 2]
        corner = np.where(turn[:, None, None], np.roll(self.corner, -1, axis=1), self.corner)
        street = np.where(turn[:, None], np.roll(self.street, -1, axis=1), self.street)
        return Quads(corner, street, self.superblock, self.block, self.use)


@dataclass(frozen=True)
class Cut:
    """How a round of cuts is made.

    Attributes
    ----------
    kind
        Street class of each cut.
    spread, tilt
        The cut falls at 0.5 ± spread of the long sides, its two ends apart by up to `tilt`.
    outer
        Streets below this number are the outside of a compound; None where there is none.
    gate_share
        Chance that an end on the outside is a gate (else the way stops before the wall).
    stop_m
        How far before the outer street's block margin such a way stops.
    """

    kind: I
    spread: float = 0.12
    tilt: float = 0.05
    outer: int | None = None
    gate_share: F | None = None
    stop_m: float = 5.0


def split(
    fabric: Fabric, quads: Quads, cut: Cut, street_kind: I, rng: np.random.Generator
) -> tuple[Quads, I]:
    """Cut every quad once across its long sides; return both halves (first all left, then all right) and the streets.

    Parameters
    ----------
    street_kind
        Class of every street so far, to know how far from an outer street a closed way stops.
    """
    q = quads.long_side_first()
    count = len(q)
    at = rng.uniform(0.5 - cut.spread, 0.5 + cut.spread, count)
    skew = rng.uniform(-cut.tilt, cut.tilt, count)
    p0, p1, p2, p3 = (q.corner[:, k] for k in range(4))
    a = p0 + (at + skew / 2)[:, None] * (p1 - p0)
    b = p3 + (at - skew / 2)[:, None] * (p2 - p3)
    end_a, end_b = a, b
    open_a = np.ones(count, dtype=bool)
    open_b = np.ones(count, dtype=bool)
    if cut.outer is not None and cut.gate_share is not None:
        outer_a, outer_b = q.street[:, 0] < cut.outer, q.street[:, 2] < cut.outer
        draw = rng.random((count, 2))
        open_a = ~outer_a | (draw[:, 0] < cut.gate_share) | (outer_a & outer_b)
        open_b = ~outer_b | (draw[:, 1] < cut.gate_share)
        length = np.hypot(*(b - a).T)
        stop_a = np.where(open_a, 0.0, MARGIN_M[street_kind[q.street[:, 0]]] + cut.stop_m)
        stop_b = np.where(open_b, 0.0, MARGIN_M[street_kind[q.street[:, 2]]] + cut.stop_m)
        end_a = a + (np.minimum(stop_a / length, 0.45))[:, None] * (b - a)
        end_b = b + (np.minimum(stop_b / length, 0.45))[:, None] * (a - b)
    tail, head = fabric.add_vertices(end_a), fabric.add_vertices(end_b)
    new = fabric.add_streets(tail, head, cut.kind)
    fabric.add_hits(q.street[open_a, 0], tail[open_a])
    fabric.add_hits(q.street[open_b, 2], head[open_b])
    s0, s1, s2, s3 = q.street.T
    left = Quads(
        np.stack([p0, a, b, p3], axis=1),
        np.column_stack([s0, new, s2, s3]),
        q.superblock,
        q.block,
        q.use,
    )
    right = Quads(
        np.stack([a, p1, p2, b], axis=1),
        np.column_stack([s0, s1, s2, new]),
        q.superblock,
        q.block,
        q.use,
    )
    return Quads.join(left, right), new

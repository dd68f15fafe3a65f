"""How well points fit a reference under each reading of their numbers, as likelihood ratios against chance.

Strategy
--------
* A point says one thing: in which class of distance to the reference it lies (inside, within 1 m, 3 m, …).
* Right: the classes are those of places of the reference, blurred by noise; several noises and shares of outliers are
  tried and averaged, so neither must be known.
* Wrong: the classes are those of chance, seen by moving the very points in many directions, farther than any noise.
* The score of a reading is the logarithm of right over wrong. It needs no distance threshold, works for dense and for
  sparse places, and says little where chance looks the same.
* Fields of houses resemble themselves; what chance moves score at best bounds what a reading must score to be believed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
import numpy.typing as npt
import shapely

Floats = npt.NDArray[np.float64]
Bytes = npt.NDArray[np.int8]

_SEED = 20_260
_CELL_M = 100.0
_EDGES = np.array([0.0, 1.0, 3.0, 6.0, 10.0, 15.0, 20.0, 30.0, 45.0, 70.0, 120.0, 250.0])
_CLASSES = len(_EDGES) + 1
_FARTHEST_M = float(_EDGES[-1])
_NOISE_M = (1.0, 6.0, 14.0, 22.0, 40.0)
_LINE_NOISE_M = (3.0, 10.0, 30.0, 80.0)
_OUTLIERS = (0.02, 0.1, 0.2, 0.4, 0.65)
_HIT_SHARES = (0.002, 0.01, 0.03, 0.06)
_FARTHEST_SAID_M = 5_000.0
_SAMPLE = 500
_MOVES, _LEAST_MOVE_M, _LARGEST_MOVE_M = 12, 350.0, 2_500.0


class Evidence(Protocol):
    """A reference to hold points against."""

    measure: str
    classes_count: int
    points: int
    mute: int | None  # class that says nothing

    @property
    def right(self) -> Floats:
        """Shares of the classes where the reading is right, one row a way of being right."""
        ...

    @property
    def outliers(self) -> Sequence[float]:
        """Shares of points that may belong elsewhere."""
        ...

    def classes(self, xy: Floats) -> Bytes:
        """Return the class of every point."""
        ...

    def residual(self, xy: Floats) -> float:
        """Return the figure a person reads: metres, or percent."""
        ...


class AtPlaces:
    """Points that should lie at polygons: stations at buildings.

    Parameters
    ----------
    shapes
        Polygons (lines) in metres, or a tree of them.
    """

    measure = "buildings_m"
    classes_count = _CLASSES
    points = 80  # so many points at most are looked at
    mute: int | None = None
    outliers: Sequence[float] = _OUTLIERS

    def __init__(self, shapes: npt.NDArray[np.object_] | shapely.STRtree) -> None:
        self.tree = shapes if isinstance(shapes, shapely.STRtree) else shapely.STRtree(shapes)

    @cached_property
    def right(self) -> Floats:
        """Classes of places inside the shapes, blurred."""
        rng = np.random.default_rng(_SEED)
        shapes = self.tree.geometries
        some = shapes[rng.integers(0, len(shapes), _SAMPLE)]
        inside = shapely.get_coordinates(shapely.point_on_surface(some))
        blurred = [
            self.classes(inside + rng.normal(0.0, noise, inside.shape)) for noise in _NOISE_M
        ]
        return np.array([_shares(one, self.classes_count) for one in blurred])

    def classes(self, xy: Floats) -> Bytes:
        """Return the class of distance of every point."""
        return _class_of(_distances(self.tree, xy))

    def residual(self, xy: Floats) -> float:
        """Return the median distance in metres."""
        return float(np.median(_distances(self.tree, xy, _FARTHEST_SAID_M)))


class AtLines(AtPlaces):
    """Points that should lie on lines: the outline of one layer on that of another."""

    measure = "outline_m"

    @cached_property
    def right(self) -> Floats:
        """Classes of a normal distance from the line."""
        rng = np.random.default_rng(_SEED)
        away = np.abs(rng.normal(0.0, 1.0, _SAMPLE))
        return np.array([_shares(_class_of(away * noise), _CLASSES) for noise in _LINE_NOISE_M])


class OffPlaces(AtPlaces):
    """Points that should not lie in polygons: roads and boundaries seldom run through buildings.

    Points where nothing is built for 100 m round say nothing: there every reading misses all buildings.
    """

    measure = "inside_percent"
    classes_count = 3
    points = 300
    mute: int | None = 2
    outliers = (0.0,)

    @cached_property
    def right(self) -> Floats:
        """Few are inside."""
        return np.array([[1.0 - share, share, 1.0] for share in _HIT_SHARES])

    @cached_property
    def _built(self) -> npt.NDArray[np.int64]:
        """Cells with a building in them or beside them."""
        cells = _cells(shapely.bounds(self.tree.geometries).reshape(-1, 2, 2).mean(axis=1))
        around = np.stack(np.meshgrid((-1, 0, 1), (-1, 0, 1)), axis=-1).reshape(-1, 2)
        return np.unique(_codes((cells[:, None, :] + around[None, :, :]).reshape(-1, 2)))

    def classes(self, xy: Floats) -> Bytes:
        """Return 1 for points inside a polygon, 0 for points among polygons, 2 for the others."""
        found = np.where(np.isin(_codes(_cells(xy)), self._built), 0, 2).astype(np.int8)
        found[self.tree.query(shapely.points(xy), predicate="intersects")[0]] = 1
        return found

    def residual(self, xy: Floats) -> float:
        """Return the percentage inside."""
        classes = self.classes(xy)
        return float((classes == 1).sum() / max((classes != self.mute).sum(), 1) * 100.0)


@dataclass(frozen=True)
class Scores:
    """Logarithms of likelihood ratios: one a reading, and what chance reaches."""

    readings: Floats
    chance: float


def score(evidence: Evidence, placed: Sequence[Floats]) -> Scores:
    """Score points under several readings.

    Parameters
    ----------
    placed
        The same points in the metres of the reference, once a reading.
    """
    classes = [evidence.classes(xy) for xy in placed]
    start = placed[int(np.argmin([one.mean() for one in classes]))]
    moved = evidence.classes((start[None, :, :] + _moves()[:, None, :]).reshape(-1, 2))
    wrong = _shares(moved, evidence.classes_count)
    ratio = _log_ratio(evidence, wrong)
    by_chance = _mean_of_logs([_total(ratio, one) for one in moved.reshape(_MOVES, -1)])
    return Scores(np.array([_total(ratio, one) for one in classes]), max(by_chance, 0.0))


def _log_ratio(evidence: Evidence, wrong: Floats) -> Floats:
    """Return log right/wrong by class, one row a way of being right."""
    right = evidence.right
    if evidence.mute is not None:
        right = right * (1.0 - wrong[evidence.mute])
        right[:, evidence.mute] = wrong[evidence.mute]
    rows = [
        np.log((1.0 - outliers) * one / wrong + outliers)
        for one in right
        for outliers in evidence.outliers
    ]
    return np.array(rows)


def _total(ratio: Floats, classes: Bytes) -> float:
    counts = np.bincount(classes, minlength=ratio.shape[1])
    return _mean_of_logs(ratio @ counts)


def _mean_of_logs(values: Sequence[float] | Floats) -> float:
    """Return the logarithm of the mean of exponentials."""
    array = np.asarray(values, np.float64)
    top = float(array.max())
    return top + float(np.log(np.exp(array - top).mean()))


def _moves() -> Floats:
    """Return moves in all directions over all lengths at which a wrong datum may lead astray."""
    turn = np.arange(_MOVES) * np.pi * (3.0 - np.sqrt(5.0))  # the golden angle: no direction twice
    length = np.linspace(_LEAST_MOVE_M, _LARGEST_MOVE_M, _MOVES)
    return np.column_stack((length * np.cos(turn), length * np.sin(turn)))


def _shares(classes: Bytes, count: int) -> Floats:
    counts = np.bincount(classes, minlength=count) + 0.5
    return np.asarray(counts / counts.sum(), np.float64)


def _cells(xy: Floats) -> npt.NDArray[np.int64]:
    return np.floor(np.clip(xy, -1e9, 1e9) / _CELL_M).astype(np.int64)


def _codes(cells: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    return cells[:, 0] * 2**32 + cells[:, 1]


def _class_of(distance: Floats) -> Bytes:
    return np.searchsorted(_EDGES, distance, side="left").astype(np.int8)


def _distances(tree: shapely.STRtree, xy: Floats, farthest: float = _FARTHEST_M) -> Floats:
    """Return the distance to the nearest shape, infinite beyond `farthest`."""
    out = np.full(len(xy), np.inf)
    index, distance = tree.query_nearest(
        shapely.points(xy), max_distance=farthest, return_distance=True, all_matches=False
    )
    out[index[0]] = distance
    return out

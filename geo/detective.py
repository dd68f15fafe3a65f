"""The datum detective: which reading of a layer's numbers fits the layers beside it, and how surely."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely
from pyproj import Transformer

from geo.evidence import Evidence, score
from geo.hypotheses import Hypothesis, readings

Floats = npt.NDArray[np.float64]
Pair = tuple[Floats, Floats]

THIN = 0.9  # below this confidence nothing is claimed
SURE = 0.99  # from here on a stated system is contradicted ...
STRONG = 7.0  # ... if the fit is also e^7 times likelier than chance
SHARPNESS = 1.3
_SEED = 5_015
_SAME_PLACE_M = 10.0
_NOTHING_FITS = 0.01  # prior weight: the points have nothing to do with the reference


@dataclass(frozen=True)
class Reading:
    """One reading with what speaks for it.

    Attributes
    ----------
    residual
        Median distance to the reference in metres, or percent of the points inside it.
    confidence
        Probability that this reading is right, from 0 to 1.
    """

    hypothesis: Hypothesis
    residual: float
    confidence: float


@dataclass(frozen=True)
class Finding:
    """What the detective found out about one layer.

    Attributes
    ----------
    measure
        What the residuals are: ``buildings_m``, ``outline_m`` or ``inside_percent``.
    count
        Points looked at.
    best, runner_up
        The two most probable readings; no runner-up where only one leads near the place.
    stated
        The reading that the study or the file states; None where nothing is stated.
    strength
        Logarithm of how much likelier the points are under the best reading than by chance.
    """

    measure: str
    count: int
    best: Reading
    runner_up: Reading | None
    stated: Reading | None
    strength: float

    @property
    def thin(self) -> bool:
        """Whether the evidence allows no claim."""
        return self.best.confidence < THIN

    @property
    def contradicts(self) -> bool:
        """Whether the layer is surely not what it is stated to be."""
        return self.disagrees and self.best.confidence >= SURE and self.strength >= STRONG

    @property
    def disagrees(self) -> bool:
        """Whether another reading than the stated one is the most probable."""
        return self.stated is not None and self.best.hypothesis != self.stated.hypothesis


class Plane:
    """The metric plane of a study, and the place it is about.

    Parameters
    ----------
    crs
        Metric CRS of the reference.
    around
        Points in it; their median is the place.
    """

    def __init__(self, crs: str, around: Floats) -> None:
        self._transformer = Transformer.from_crs(crs, "EPSG:4326", always_xy=True)
        lon, lat = self.degrees(np.median(around, axis=0)[None, :])
        self.lon, self.lat = float(lon[0]), float(lat[0])

    def degrees(self, xy: Floats) -> Pair:
        """Return longitude and latitude of points of the plane."""
        lon, lat = self._transformer.transform(xy[:, 0], xy[:, 1])
        return np.asarray(lon, np.float64), np.asarray(lat, np.float64)

    def metres(self, lon: Floats, lat: Floats) -> Floats:
        """Return points of the plane; what cannot be projected lies far away."""
        xy = np.column_stack(self._transformer.transform(lon, lat, direction="INVERSE"))
        return np.where(np.isfinite(xy), xy, 1e9)


def of_points(
    numbers: Floats,
    evidence: Evidence,
    plane: Plane,
    *,
    stated: Hypothesis | None = None,
    reference_certain: bool = True,
) -> Finding | None:
    """Hold points against a reference.

    Parameters
    ----------
    numbers
        Coordinates as they stand in the file, float64[n, 2].
    evidence
        The reference, in the metres of `plane`.

    Returns
    -------
    Finding or None
        None where no reading leads near the reference.
    """
    x, y = numbers[np.isfinite(numbers).all(axis=1)].T
    if len(x) == 0:
        return None
    candidates = readings(
        x, y, plane.lon, plane.lat, first=stated, reference_certain=reference_certain
    )
    if not candidates:
        return None
    apart = _apart(plane.metres(*candidates[0].to_wgs84(x, y)), evidence.points)
    x, y = x[apart], y[apart]
    placed = [plane.metres(*one.to_wgs84(x, y)) for one in candidates]
    return _judged(evidence, candidates, placed, stated)


def of_shapes(
    numbers: Floats,
    points: Floats,
    evidence: Evidence,
    plane: Plane,
    *,
    stated: Hypothesis,
    reference_certain: bool = True,
) -> Finding | None:
    """Hold a layer of shapes against points that are trusted, by moving the points instead of the shapes.

    Parameters
    ----------
    numbers
        Some coordinates of the layer as they stand in the file, float64[n, 2].
    points
        The trusted points, in the metres of `plane`.
    evidence
        The layer itself, placed in `plane` as stated.
    """
    if len(numbers) == 0 or len(points) == 0:
        return None
    x, y = numbers.T
    candidates = readings(
        x, y, plane.lon, plane.lat, first=stated, reference_certain=reference_certain
    )
    at = plane.degrees(points[_apart(points, evidence.points)])
    placed = [plane.metres(*stated.to_wgs84(*one.from_wgs84(*at))) for one in candidates]
    return _judged(evidence, candidates, placed, stated)


def overlap_share(
    layer: npt.NDArray[np.object_],
    reference: npt.NDArray[np.object_],
    plane: Plane,
    hypothesis: Hypothesis,
) -> float:
    """Return intersection over union of two polygon layers under one reading of the first.

    Parameters
    ----------
    layer
        Polygons with the numbers of the file.
    reference
        Polygons in the metres of `plane`.
    """

    def move(xy: Floats) -> Floats:
        return plane.metres(*hypothesis.to_wgs84(xy[:, 0], xy[:, 1]))

    ours = shapely.union_all(shapely.make_valid(shapely.transform(layer, move)))
    theirs = shapely.union_all(shapely.make_valid(reference))
    either = shapely.area(shapely.union(ours, theirs))
    return float(shapely.area(shapely.intersection(ours, theirs)) / either) if either else 0.0


def outline_points(shapes: npt.NDArray[np.object_], count: int) -> Floats:
    """Return points spread over the outlines of polygons (or over lines), by length; the same ones every time."""
    areal = shapely.get_dimensions(shapes) == 2
    lines = np.where(areal, shapely.boundary(shapes), shapes)
    length = shapely.length(lines)
    if not length.sum() > 0.0:
        return np.empty((0, 2))
    rng = np.random.default_rng(_SEED)
    where = np.sort(rng.random(count)) * length.sum()
    ends = np.cumsum(length)
    line = np.minimum(np.searchsorted(ends, where, side="right"), len(lines) - 1)
    along = where - (ends[line] - length[line])
    return np.asarray(
        shapely.get_coordinates(shapely.line_interpolate_point(lines[line], along)), np.float64
    )


def _apart(xy: Floats, most: int) -> npt.NDArray[np.int64]:
    """Choose points that are not repeats of one another, at most `most` of them."""
    cells = np.floor(xy / _SAME_PLACE_M)
    first = np.sort(np.unique(cells, axis=0, return_index=True)[1])
    if len(first) > most:
        first = np.sort(np.random.default_rng(_SEED).choice(first, most, replace=False))
    return np.asarray(first, np.int64)


def _judged(
    evidence: Evidence,
    candidates: Sequence[Hypothesis],
    placed: Sequence[Floats],
    stated: Hypothesis | None,
) -> Finding:
    scores = score(evidence, placed)
    weights = np.array([*(one.weight for one in candidates), _NOTHING_FITS])
    confidence = calibrated(np.append(scores.readings, scores.chance), weights)
    order = np.argsort(-confidence[:-1], kind="stable")

    def reading(row: int) -> Reading:
        return Reading(candidates[row], evidence.residual(placed[row]), float(confidence[row]))

    return Finding(
        measure=evidence.measure,
        count=len(placed[0]),
        best=reading(int(order[0])),
        runner_up=reading(int(order[1])) if len(order) > 1 else None,
        stated=None if stated is None else reading(0),
        strength=float(scores.readings[order[0]] - scores.chance),
    )


def calibrated(scores: Floats, weights: Floats) -> Floats:
    """Turn scores into probabilities: Bayes' rule over the readings and the chance that none is right.

    Averaging over noises and shares of outliers that the layer does not have makes Bayes' rule too modest. `SHARPNESS`
    makes up for it; it was fitted on the calibration seeds of ``benchmarks/datum.py``, never on those of the tests.
    """
    logs = SHARPNESS * (scores + np.log(weights))
    shares = np.exp(logs - logs.max())
    return np.asarray(shares / shares.sum(), np.float64)

"""The datum detective on seeded random layers: how often it is right, and whether its confidence means what it says."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely

from geo.detective import Plane, of_points
from geo.evidence import AtPlaces
from geo.hypotheses import BAIDU_MERCATOR, WEB_MERCATOR, Hypothesis

DEMO = Path(__file__).resolve().parents[1] / "data" / "demo" / "buildings.parquet"
CRS = "EPSG:4547"
TRUTHS = (
    Hypothesis(),
    Hypothesis(shift="gcj02"),
    Hypothesis(shift="bd09"),
    Hypothesis(BAIDU_MERCATOR, "bd09"),
    Hypothesis(swapped=True),
    Hypothesis("EPSG:4547"),  # without zone prefix
    Hypothesis("EPSG:4526"),  # with
    Hypothesis("EPSG:4548"),  # of the next zone
    Hypothesis(WEB_MERCATOR),
)
NOISE_M, OUTLIERS, CLUSTER_M = 20.0, 0.1, 1_500.0
CALIBRATION_SEEDS, TEST_SEEDS = 1_000_000, 0  # kept apart


@dataclass(frozen=True)
class Town:
    """Buildings of the demo as the reference."""

    evidence: AtPlaces
    plane: Plane
    middles: npt.NDArray[np.float64]

    @classmethod
    def of_demo(cls) -> Town:
        """Read them."""
        shapes = gpd.read_parquet(DEMO).to_crs(CRS).geometry.to_numpy()
        middles = shapely.get_coordinates(shapely.point_on_surface(shapes))
        return cls(AtPlaces(shapes), Plane(CRS, middles), middles)


def random_layer(
    town: Town, seed: int, least: int, most: int
) -> tuple[Hypothesis, npt.NDArray[np.float64]]:
    """Return a datum and the numbers of points near buildings in it; every other layer lies in one quarter."""
    rng = np.random.default_rng(seed)
    truth = TRUTHS[int(rng.integers(len(TRUTHS)))]
    count = int(np.exp(rng.uniform(np.log(least), np.log(most + 1))))
    near = town.middles
    if rng.random() < 0.5:
        middle = near[rng.integers(len(near))]
        near = near[np.hypot(*(near - middle).T) < CLUSTER_M]
    xy = near[rng.integers(0, len(near), count)] + rng.normal(0.0, NOISE_M, (count, 2))
    astray = rng.random(count) < OUTLIERS
    low, high = near.min(axis=0), near.max(axis=0)
    xy[astray] = rng.uniform(low, high, (int(astray.sum()), 2))
    return truth, np.column_stack(truth.from_wgs84(*town.plane.degrees(xy)))


@dataclass(frozen=True)
class Outcome:
    """What became of many layers."""

    confidence: npt.NDArray[np.float64]
    right: npt.NDArray[np.bool_]
    thin: npt.NDArray[np.bool_]

    def bins(self) -> list[tuple[float, float, int]]:
        """Return mean stated confidence, share right and count, for each tenth that occurs."""
        tenth = np.minimum((self.confidence * 10.0).astype(int), 9)
        return [
            (
                float(self.confidence[tenth == one].mean()),
                float(self.right[tenth == one].mean()),
                int((tenth == one).sum()),
            )
            for one in np.unique(tenth)
        ]


def judge_layers(town: Town, first_seed: int, layers: int, least: int, most: int) -> Outcome:
    """Let the detective judge `layers` random layers of `least` to `most` points."""
    rows = []
    for seed in range(first_seed, first_seed + layers):
        truth, numbers = random_layer(town, seed, least, most)
        found = of_points(numbers, town.evidence, town.plane)
        if found is None:
            rows.append((0.0, False, True))
            continue
        best = found.best.hypothesis
        right = (best.name, best.swapped) == (truth.name, truth.swapped)
        rows.append((found.best.confidence, right, found.thin))
    confidence, right, thin = zip(*rows, strict=True)
    return Outcome(np.array(confidence), np.array(right), np.array(thin))


def main() -> None:
    """Print the calibration table of both populations."""
    town = Town.of_demo()
    for least, most, layers in ((15, 200, 1_000), (3, 14, 3_000)):
        outcome = judge_layers(town, TEST_SEEDS, layers, least, most)
        print(
            f"{layers} layers of {least} to {most} points: right {outcome.right.mean():.2%},"
            f" said to be too thin {outcome.thin.mean():.1%}"
        )
        for stated, observed, count in outcome.bins():
            print(f"  stated {stated:.3f}  observed {observed:.3f}  ({count})")


if __name__ == "__main__":
    main()

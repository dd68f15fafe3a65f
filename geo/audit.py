"""The audit of isochrones: how often polygons and costs disagree about points."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import shapely

from geo.errors import Fault, fault
from geo.kernels.labels import CLOSED
from geo.network.access import AccessRows
from geo.network.costs import PER_UNIT
from geo.network.snap import AccessFinder, Places
from geo.reach import PointRows, Reach

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int32]
Unit = Literal["minutes", "metres"]

NEAR_S = 5.0  # so close to the limit, a point may lie on either side of the line
WORST_S = 60.0
ALLOWED_SHARE = 0.002
RANDOM_POINTS = 10_000


@dataclass(frozen=True)
class LimitAudit:
    """Findings at one limit.

    Attributes
    ----------
    limit
        Seconds (or metres).
    points_count
        Points looked at.
    wrong_count, wrong_share
        Points on the wrong side of the line and more than 5 s from the limit.
    beyond_count
        Points among them that are more than 60 s from it.
    worst
        Largest difference between the limit and the cost of a point on the wrong side; None where a point that nobody
        reaches lies inside.
    """

    limit: float
    points_count: int
    wrong_count: int
    wrong_share: float
    beyond_count: int
    worst: float | None

    @property
    def holds(self) -> bool:
        """Whether the polygon agrees with the costs as well as promised."""
        return self.wrong_share <= ALLOWED_SHARE and self.beyond_count == 0


@dataclass(frozen=True)
class Audit:
    """Findings at all limits.

    Attributes
    ----------
    unit
        What a person reads the limits in.
    """

    limits: tuple[LimitAudit, ...]
    unit: Unit = "minutes"

    @property
    def holds(self) -> bool:
        """Whether every limit holds."""
        return all(one.holds for one in self.limits)

    @property
    def points_count(self) -> int:
        """Points looked at, the same at every limit."""
        return max((one.points_count for one in self.limits), default=0)

    @property
    def worst_share(self) -> float:
        """The largest share of points on the wrong side."""
        return max((one.wrong_share for one in self.limits), default=0.0)

    @property
    def worst(self) -> float | None:
        """The largest difference in seconds; None where a point that nobody reaches lies inside."""
        found = [one.worst for one in self.limits]
        return (
            None if None in found else max((one for one in found if one is not None), default=0.0)
        )

    def faults(self, rule: str) -> list[Fault]:
        """Say which limits do not hold, or that all do."""
        failed = [one for one in self.limits if not one.holds]
        if not failed:
            share, worst = f"{self.worst_share:.3%}", _seconds(self.worst)
            return [
                fault(
                    "audit_holds",
                    "info",
                    rule=rule,
                    count=self.points_count,
                    share=share,
                    worst=worst,
                )
            ]
        return [
            fault(
                "audit_mismatch",
                "warning",  # verdicts do not come from the outlines
                rule=rule,
                limit=f"{one.limit / (60.0 if self.unit == 'minutes' else 1.0):g}",
                unit=self.unit,
                share=f"{one.wrong_share:.3%}",
                worst=_seconds(one.worst),
            )
            for one in failed
        ]

    def to_json(self) -> dict[str, object]:
        """Return plain values for ``quality.json`` and ``summary.json``."""
        return {
            "holds": self.holds,
            "points_count": self.points_count,
            "wrong_share": self.worst_share,
            "worst_s": self.worst,
            "unit": self.unit,
            "limits": [asdict(one) | {"holds": one.holds} for one in self.limits],
        }


def audit(
    discs: Sequence[shapely.Geometry],
    limits: Sequence[float],
    x: Floats,
    y: Floats,
    cost: Floats,
    *,
    seconds: float = 1.0,
    unit: Unit = "minutes",
) -> Audit:
    """Compare isochrones with the costs of points.

    Parameters
    ----------
    discs
        One isochrone a limit.
    limits
        Seconds, or metres.
    x, y, cost
        Points and their costs by the access rule, infinite where unreached.
    seconds
        Units that a second is worth: 1, or metres walked in a second where limits are metres.
    unit
        What a person reads the limits in.
    """
    return Audit(
        tuple(
            _audit_limit(disc, limit, x, y, cost, seconds)
            for disc, limit in zip(discs, limits, strict=True)
        ),
        unit,
    )


def point_costs(
    reach: Reach, finder: AccessFinder, groups: Ints, per_metre: float, x: Floats, y: Floats
) -> Floats:
    """Return the costs of points by the access rule, as buildings and stations have them.

    Parameters
    ----------
    reach
        Search whose limit lies a minute or more beyond the limits in question.
    groups
        Per edge, as for the field.
    per_metre
        Thousandths that a metre of straight walk costs.
    """
    rows = finder.find(Places.from_points(x, y), groups).rows
    return access_costs(reach, rows, per_metre)


def access_costs(reach: Reach, rows: AccessRows, per_metre: float) -> Floats:
    """Return the costs of points whose access rows are known, infinite where unreached; see `point_costs`."""
    walk = np.rint(rows.walk_m * per_metre).astype(np.int32)
    cost, _ = reach.of_rows(PointRows(rows.point, rows.edge, rows.fraction, walk, rows.count))
    return np.where(cost == CLOSED, np.inf, cost / PER_UNIT)


def random_points(
    box: tuple[float, float, float, float], count: int = RANDOM_POINTS, *, seed: int = 0
) -> tuple[Floats, Floats]:
    """Draw points from a box with a fixed seed."""
    draw = np.random.default_rng(seed)
    return draw.uniform(box[0], box[2], count), draw.uniform(box[1], box[3], count)


def _audit_limit(
    disc: shapely.Geometry, limit: float, x: Floats, y: Floats, cost: Floats, seconds: float
) -> LimitAudit:
    shapely.prepare(disc)
    inside = shapely.intersects_xy(disc, x, y)
    apart = np.abs(cost - limit) / seconds
    wrong = (inside != (cost <= limit)) & (apart > NEAR_S)
    count = int(wrong.sum())
    worst = float(apart[wrong].max(initial=0.0))
    return LimitAudit(
        limit=float(limit),
        points_count=len(x),
        wrong_count=count,
        wrong_share=count / max(1, len(x)),
        beyond_count=int((apart[wrong] > WORST_S).sum()),
        worst=worst if math.isfinite(worst) else None,
    )


def _seconds(worst: float | None) -> str:
    return "∞" if worst is None else f"{worst:.0f}"

"""Costs as numbers: seconds or metres outside, whole thousandths inside, rounded once."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from geo.errors import Fault, InputError, fault
from geo.kernels.labels import CLOSED, LARGEST_COST
from geo.network.columns import faults_where

PER_UNIT = 1000


def to_thousandths(values: npt.ArrayLike) -> npt.NDArray[np.int32]:
    """Round seconds or metres to whole thousandths; infinity becomes `CLOSED`.

    The values must have passed `cost_faults`.
    """
    scaled = np.rint(np.asarray(values, np.float64) * PER_UNIT)
    return np.where(np.isinf(scaled), CLOSED, scaled).astype(np.int32)


def to_units(thousandths: npt.NDArray[np.int32]) -> npt.NDArray[np.float64]:
    """Turn thousandths back into seconds or metres; `CLOSED` becomes infinity."""
    return np.where(thousandths == CLOSED, np.inf, thousandths / PER_UNIT)


def whole_limit(limit: float) -> int:
    """Round a limit as costs are rounded, so that it stays inclusive; infinity means no limit.

    Raises
    ------
    InputError
        When it is negative or not a number.
    """
    if not limit >= 0.0:
        raise InputError(fault("limit_not_usable", value=limit))
    return LARGEST_COST if math.isinf(limit) else min(round(limit * PER_UNIT), LARGEST_COST)


def cost_faults(what: str, values: npt.NDArray[np.float64]) -> Iterator[Fault]:
    """Find costs that cannot be used: not a number, negative, too large to hold."""
    yield from faults_where("cost_not_a_number", what, values, np.isnan(values))
    yield from negative_faults(what, values)
    too_large = (values * PER_UNIT > LARGEST_COST + 0.5) & np.isfinite(values)
    yield from faults_where("cost_too_large", what, values, too_large)


def negative_faults(what: str, values: npt.NDArray[Any]) -> Iterator[Fault]:
    """Find negative costs."""
    yield from faults_where("cost_negative", what, values, values < 0)

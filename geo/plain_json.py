"""JSON with plain values only: numpy scalars, dates and paths made plain, no NaN, stable bytes."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from datetime import date
from enum import Enum
from pathlib import PurePath

import numpy as np
import pandas as pd


def plain(value: object) -> object:
    """Turn a value into what JSON knows; NaN, NaT and infinities become null."""
    if isinstance(value, Mapping):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, (list, tuple, set, frozenset, np.ndarray)):
        rows = sorted(value, key=str) if isinstance(value, (set, frozenset)) else value
        return [plain(one) for one in rows]
    if isinstance(value, Enum):
        return plain(value.value)
    if isinstance(value, np.generic):
        return plain(value.item())
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is pd.NaT or value is pd.NA:
        return None
    if isinstance(value, date):
        return value.isoformat()
    return value.as_posix() if isinstance(value, PurePath) else str(value)


def to_json(value: object) -> str:
    """Write a value as readable JSON; keys keep their order."""
    return json.dumps(plain(value), ensure_ascii=False, indent=1, allow_nan=False) + "\n"

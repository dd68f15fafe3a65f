"""How figures are rounded where a person reads them: shares down, minutes up."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

# A hair against binary fractions: 0.57 * 1000 is 569.99…, and 7.1 * 10 is 71.00…01.
_SHARE_HAIR = 1e-9
_MINUTES_HAIR = 1e-6


def share_down(share: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Round shares down to 0.1 percentage point (0.001); NaN stays.

    >>> share_down([0.9496, 0.57]).tolist()
    [0.949, 0.57]
    """
    values = np.asarray(share, dtype=np.float64)
    return np.floor(values * 1000.0 + _SHARE_HAIR) / 1000.0


def minutes_up(minutes: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Round minutes up to 0.1; NaN stays.

    >>> minutes_up([9.91, 7.1]).tolist()
    [10.0, 7.1]
    """
    values = np.asarray(minutes, dtype=np.float64)
    return np.ceil(values * 10.0 - _MINUTES_HAIR) / 10.0

"""Labels: a cost and the group of seeds it comes from in one int64, ``cost << 32 | group``."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

CLOSED = 2**31 - 1  # a cost: this way cannot be walked
LARGEST_COST = CLOSED - 1
UNREACHED = 2**63 - 1  # a label: unpacks to CLOSED and group -1
GROUP_MASK = 2**32 - 1
NO_GROUP = -1


def pack(cost: npt.NDArray[np.int64], group: npt.NDArray[np.int32]) -> npt.NDArray[np.int64]:
    """Make labels; costs beyond `LARGEST_COST` become `UNREACHED`."""
    reached = cost <= LARGEST_COST
    label = (np.where(reached, cost, 0).astype(np.int64) << 32) | group.astype(np.int64)
    return np.where(reached, label, UNREACHED)


def cost_of(label: npt.NDArray[np.int64]) -> npt.NDArray[np.int32]:
    """Return the costs in labels, `CLOSED` where unreached."""
    return (label >> 32).astype(np.int32)


def group_of(label: npt.NDArray[np.int64]) -> npt.NDArray[np.int32]:
    """Return the groups in labels, `NO_GROUP` where unreached."""
    return (label & GROUP_MASK).astype(np.uint32).view(np.int32)

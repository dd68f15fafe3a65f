"""Walks from one member of a group to the others, over a graph in which the members are nodes without a way on."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

from geo.kernels.labels import UNREACHED
from geo.kernels.search import Arcs, Entries, Scratch, settle


@njit(cache=True, nogil=True)
def costs_to_members(
    arcs: Arcs,
    entries: Entries,
    source: int,
    members: npt.NDArray[np.int64],
    first: int,
    limit: int,
    scratch: Scratch,
) -> npt.NDArray[np.int64]:
    """Walk from member `source` to `members`; ``2**31 - 1`` beyond `limit`.

    Parameters
    ----------
    first
        Node of member 0; member k is node ``first + k``.
    scratch
        Comes back as it was.
    """
    touched = settle(arcs, entries, source, limit, scratch)
    cost = np.empty(len(members), np.int64)
    for row in range(len(members)):
        cost[row] = 0 if members[row] == source else scratch.label[first + members[row]] >> 32
    for row in range(touched):
        scratch.label[scratch.touched[row]] = UNREACHED
    return cost

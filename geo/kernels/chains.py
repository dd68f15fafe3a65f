"""Chains of segments between junctions, followed over flat arrays."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit


@njit(cache=True, nogil=True)
def follow_chains(
    following: npt.NDArray[np.int64],
    start: npt.NDArray[np.bool_],
    rank: npt.NDArray[np.int64],
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Follow every chain once, from either of its ends, and every ring from its lowest vertex.

    Parameters
    ----------
    following
        For half segment h (``2s`` runs along segment s, ``2s + 1`` back) the half segment that goes on at its end, or
        -1 where the chain ends there.
    start
        Half segments that begin at the end of a chain.
    rank
        Rank of the vertex where each half segment begins.

    Returns
    -------
    offset, half
        Chain i is ``half[offset[i]:offset[i + 1]]``.
    """
    count = len(following) // 2
    half = np.empty(count, np.int64)
    offset = np.zeros(count + 1, np.int64)
    used = np.zeros(count, np.bool_)
    chains = 0
    size = 0
    for first in range(2 * count):
        if not start[first] or used[first >> 1]:
            continue
        here = first
        while here >= 0:
            used[here >> 1] = True
            half[size] = here
            size += 1
            here = following[here]
        chains += 1
        offset[chains] = size
    for first in range(0, 2 * count, 2):
        if used[first >> 1]:
            continue
        lowest = first
        here = following[first]
        while here != first:
            if rank[here] < rank[lowest]:
                lowest = here
            here = following[here]
        here = lowest
        while not used[here >> 1]:
            used[here >> 1] = True
            half[size] = here
            size += 1
            here = following[here]
        chains += 1
        offset[chains] = size
    return offset[: chains + 1], half

"""A 4-ary heap of (key, node) in two flat arrays; four children share a cache line.

Positions are unsigned here: a signed index costs a test for wrap-around at every access, a third of the search.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

ONE = np.uint64(1)
TWO = np.uint64(2)
THREE = np.uint64(3)
FOUR = np.uint64(4)


@njit(cache=True, nogil=True)
def push(
    keys: npt.NDArray[np.int64], nodes: npt.NDArray[np.uint32], size: int, key: int, node: int
) -> int:
    """Add (key, node) to the heap of `size` entries and return its new size."""
    place = np.uint64(size)
    while place:
        parent = (place - ONE) >> TWO
        if keys[parent] <= key:
            break
        keys[place] = keys[parent]
        nodes[place] = nodes[parent]
        place = parent
    keys[place] = key
    nodes[place] = node
    return size + 1


@njit(cache=True, nogil=True)
def drop_least(keys: npt.NDArray[np.int64], nodes: npt.NDArray[np.uint32], size: int) -> int:
    """Remove the entry with the least key, which stands at index 0, and return the new size."""
    last = np.uint64(size - 1)
    key = keys[last]
    node = nodes[last]
    place = np.uint64(0)
    while True:
        child = FOUR * place + ONE
        if child >= last:
            break
        if (
            child + FOUR <= last
        ):  # a full family: chosen without branches, which would be mispredicted
            left = child + np.uint64(keys[child + ONE] < keys[child])
            right = child + TWO + np.uint64(keys[child + THREE] < keys[child + TWO])
            least = left if keys[left] <= keys[right] else right
        else:
            least = child
            other = child + ONE
            while other < last:
                if keys[other] < keys[least]:
                    least = other
                other += ONE
        least_key = keys[least]
        if least_key >= key:
            break
        keys[place] = least_key
        nodes[place] = nodes[least]
        place = least
    keys[place] = key
    nodes[place] = node
    return size - 1

"""Counting sort: which rows belong to each key, in row order."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit


def group_rows(
    key: npt.NDArray[np.int32], count: int
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]:
    """Sort rows by key, stably.

    Parameters
    ----------
    key
        One a row, ``0 <= key < count``.
    count
        Number of keys.

    Returns
    -------
    indptr, order
        Rows with key k are ``order[indptr[k]:indptr[k + 1]]``, in rising order.
    """
    writable = np.array(key, np.int32)  # read-only arrays would compile the kernel once more
    indptr, order = _counting_sort(writable, count)
    return indptr, order


@njit(cache=True, nogil=True)
def _counting_sort(
    key: npt.NDArray[np.int32], count: int
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]:
    indptr = np.zeros(count + 1, np.int32)
    for row in range(len(key)):
        indptr[key[row] + 1] += 1
    for one in range(count):
        indptr[one + 1] += indptr[one]
    place = indptr[:-1].copy()
    order = np.empty(len(key), np.int32)
    for row in range(len(key)):
        order[place[key[row]]] = row
        place[key[row]] += 1
    return indptr, order

"""Blocks of work on several processor cores: for kernels that let go of the interpreter's lock."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Result = TypeVar("Result")


def side_by_side(work: Callable[[int, int], Result], count: int, at_once: int) -> list[Result]:
    """Do work in blocks of consecutive numbers, on as many threads as there are cores.

    Parameters
    ----------
    work
        Takes the first number of a block and the one after its last; must write nothing that blocks share.
    count
        How many numbers there are; at least one block is done, though it may be empty.
    at_once
        Largest size of a block.

    Returns
    -------
    list
        Results in the order of the blocks, whichever was done first.
    """
    blocks = [(begin, min(count, begin + at_once)) for begin in range(0, max(1, count), at_once)]
    if len(blocks) == 1:
        return [work(*blocks[0])]
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        return list(pool.map(lambda one: work(*one), blocks))

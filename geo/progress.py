"""How long work says where it is."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Receives a stage (a code of the catalogue, or text) and how much of it is done."""

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Take note that `done` of `total` parts of `stage` are done."""


def silent(stage: str, done: int, total: int) -> None:
    """Say nothing."""

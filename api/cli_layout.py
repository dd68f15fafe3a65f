"""Figures and tables of plain text: shares rounded down, minutes up, Chinese characters two wide."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pandas as pd
from rich.cells import cell_len

from geo.rounding import minutes_up, share_down


def percent(share: object) -> str:
    """Print a share, rounded down to 0.1 point; a dash where there is none."""
    if share is None or pd.isna(share):  # type: ignore[call-overload]
        return "—"
    return f"{float(share_down(float(str(share)))) * 100:.1f}%"


def minutes(value: object) -> str:
    """Print minutes, rounded up to 0.1; a dash where there are none."""
    if value is None or pd.isna(value):  # type: ignore[call-overload]
        return "—"
    return f"{float(minutes_up(float(str(value)))):.1f}"


def aligned(rows: Sequence[Sequence[str]]) -> Iterable[str]:
    """Align a table whose first column is text and the others are figures; a Chinese character is two wide."""
    widths = [max(cell_len(row[place]) for row in rows) for place in range(len(rows[0]))]
    for row in rows:
        first = row[0] + " " * (widths[0] - cell_len(row[0]))
        rest = [
            " " * (width - cell_len(text)) + text
            for text, width in zip(row[1:], widths[1:], strict=True)
        ]
        yield "  ".join([first, *rest]).rstrip()

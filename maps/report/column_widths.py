"""Widths of the columns of a printed table: numbers whole on a line, words by their length."""

from __future__ import annotations

from unicodedata import east_asian_width

from maps.report.model import Grid

_MOST = 36  # half-width characters after which a text wraps
_LEAST = 10  # of words, so that a date stands whole
_BY_HAND = 12  # of a column to be filled in


def shared_widths(grid: Grid, whole: int, unit: float, padding: float) -> list[int]:
    """Share a width out over the columns of a table.

    Parameters
    ----------
    whole
        Width of the table.
    unit, padding
        Width of a half-width character, and of the air in a cell.
    """
    least, wished = [], []
    for place, (head, figure) in enumerate(zip(grid.headers, grid.figures, strict=True)):
        lengths = [text_length(str(row[place])) for row in grid.rows]
        longest = max(lengths, default=0)
        narrow = min(max(text_length(head) // 2 + 1, 4), 9)
        least.append(max(longest if figure else min(longest, _LEAST), narrow))
        wished.append(max(longest if figure else min(longest, _MOST), narrow))
        if not any(lengths):
            wished[-1] = _BY_HAND
    low = [one * unit + padding for one in least]
    room = whole - sum(low)
    if room <= 0:
        return _of_sum([one * whole / sum(low) for one in low], whole)
    more = [max(wish - need, 0) * unit for wish, need in zip(wished, least, strict=True)]
    if sum(more) > room:
        return _of_sum(
            [one + extra * room / sum(more) for one, extra in zip(low, more, strict=True)], whole
        )
    full = [one + extra for one, extra in zip(low, more, strict=True)]
    return _of_sum([one * whole / sum(full) for one in full], whole)


def text_length(text: str) -> int:
    """Length of a text in half-width characters; a Chinese one is two."""
    return sum(2 if east_asian_width(one) in "WFA" else 1 for one in text)


def _of_sum(widths: list[float], whole: int) -> list[int]:
    rounded = [int(one) for one in widths]
    rounded[-1] += whole - sum(rounded)
    return rounded

"""Small charts of the quality report as inline SVG."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from geo.messages import say

_WIDTH, _HEIGHT = 460, 190
_LEFT, _RIGHT, _TOP, _BOTTOM = 8, 8, 22, 40


def histogram(figures: Mapping[str, object], title: str) -> str:
    """Draw the histogram of `geo.quality_measures.snapping`: bars with their counts, bin edges below."""
    edges, counts = _numbers(figures.get("bin_metres")), _numbers(figures.get("bin_counts"))
    if not counts or len(edges) != len(counts) + 1 or max(counts) <= 0:
        return ""
    wide = (_WIDTH - _LEFT - _RIGHT) / len(counts)
    high, most = _HEIGHT - _TOP - _BOTTOM, max(counts)
    base = _HEIGHT - _BOTTOM
    parts = [
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{escape(title)}">',
        f'<line class="axis" x1="{_LEFT}" y1="{base}" x2="{_WIDTH - _RIGHT}" y2="{base}"/>',
    ]
    for number, count in enumerate(counts):
        tall = high * count / most
        left = _LEFT + number * wide
        if count > 0:
            tall = max(tall, 1.0)
            parts.append(
                f'<rect class="bar" x="{left + 1.5:.1f}" y="{base - tall:.1f}" '
                f'width="{wide - 3:.1f}" height="{tall:.1f}" rx="1.5"/>'
            )
        middle = left + wide / 2
        parts.append(
            f'<text class="count" x="{middle:.1f}" y="{base - tall - 4:.1f}">{count:,.0f}</text>'
        )
    for number, edge in enumerate(edges):
        parts.append(
            f'<text class="tick" x="{_LEFT + number * wide:.1f}" y="{base + 14}">{edge:g}</text>'
        )
    axis = escape(say("quality_snap_axis"))
    parts.append(f'<text class="label" x="{_WIDTH / 2}" y="{_HEIGHT - 8}">{axis}</text></svg>')
    return f"<figure><figcaption>{escape(title)}</figcaption>{''.join(parts)}</figure>"


def bars(rows: Sequence[tuple[str, float, str]]) -> str:
    """Draw labelled horizontal bars: (label, share from 0 to 1, text)."""
    return "".join(
        f'<div class="hbar"><span>{escape(label)}</span><i><b style="width:{100 * share:.1f}%"></b></i>'
        f"<em>{escape(text)}</em></div>"
        for label, share, text in rows
    )


def _numbers(value: object) -> list[float]:
    if not isinstance(value, (list, tuple)):
        return []
    return [float(one) for one in value]

"""The figures a sentence about a finding of the datum detective needs."""

from __future__ import annotations

import math

from geo.datum_layers import Layer
from geo.detective import Finding, Reading


def figures(layer: Layer, found: Finding, reference: str) -> dict[str, object]:
    """Return the parameters of a sentence about a finding."""
    other = found.runner_up
    values: dict[str, object] = {
        "section": layer.section,
        "file": layer.file,
        "group": layer.group,
        "reference": reference,
        "measure": found.measure,
        "count": found.count,
        "confidence": _percent(found.best.confidence),
        **_reading("best", found.best),
        **_reading("stated", found.stated or found.best),
        "runner": "none" if other is None else other.hypothesis.name,
        "runner_order": "" if other is None else other.hypothesis.order,
        "runner_residual": "—" if other is None else _figure(other.residual),
        "reference_shift": found.best.hypothesis.reference_shift,
    }
    return values


def _reading(prefix: str, one: Reading) -> dict[str, object]:
    crs = one.hypothesis.declaration
    return {
        prefix: one.hypothesis.name,
        f"{prefix}_order": one.hypothesis.order,
        f"{prefix}_residual": _figure(one.residual),
        f"{prefix}_crs": f'crs = "{crs}"' if crs else "convert",
    }


def _figure(value: float) -> str:
    return f"{value:.1f}" if value < 10.0 else f"{value:,.0f}"


def _percent(share: float) -> str:
    """Never say 100 %: nothing is that sure."""
    return f"{min(math.floor(share * 1000.0) / 10.0, 99.9):.1f}%"

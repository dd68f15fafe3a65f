"""The figures a page prints: shares as thousandths rounded down, counts, minutes."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

from geo.params import WEIGHTS

if TYPE_CHECKING:
    from geo.result import StudyResult

_COUNTS = (
    "buildings_count", "stations_count", "covered_count", "uncovered_count", "unknown_count", "outside_count",
)  # fmt: skip


def thousandths(row: Mapping[str, object]) -> dict[str, object]:
    """Return one row of coverage as the page shows it.

    Shares become whole thousandths, rounded down; minutes tenths, rounded up; what is missing is null.
    """
    shown: dict[str, object] = {
        "coverage": {name: _share(row.get(f"coverage_{name}_share")) for name in WEIGHTS},
        "floor": {name: _share(row.get(f"floor_{name}_share")) for name in WEIGHTS},
        "unknown_share": _share(row.get("unknown_share"), up=True),
        "overlap": _share(row.get("overlap_share")),
        "minutes_p50": _tenths(row.get("minutes_p50")),
        "minutes_p90": _tenths(row.get("minutes_p90")),
        "passes": _flag(row.get("passes")),
    }
    for name in _COUNTS:
        number = _number(row.get(name))
        shown[name.removesuffix("_count")] = None if number is None else round(number)
    return shown


def headlines(result: StudyResult) -> list[dict[str, object]]:
    """Return the figures of the whole study, one entry a rule, in the order of the study's rules."""
    rules = result.summary.get("rules")
    entries = (
        [one for one in rules if isinstance(one, Mapping)]
        if isinstance(rules, (list, tuple))
        else []
    )
    by_name = {str(one.get("name")): one for one in entries}
    return [thousandths(by_name.get(rule.name, {})) for rule in result.params.rules]


def _number(value: object) -> float | None:
    try:
        number = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return None
    return number if math.isfinite(number) else None


def _share(value: object, up: bool = False) -> int | None:
    number = _number(value)
    if number is None:
        return None
    # a hair against 0.57 * 1000 = 569.99…
    return math.ceil(number * 1000 - 1e-9) if up else math.floor(number * 1000 + 1e-9)


def _tenths(value: object) -> int | None:
    number = _number(value)
    return None if number is None else math.ceil(number * 10 - 1e-6)


def _flag(value: object) -> bool | None:
    return bool(value) if str(value) in ("True", "False") else None

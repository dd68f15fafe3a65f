"""Stations as plain rows: what the database holds and what people write, turned into one another."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from api.register.models import Station
from geo.register_rows import FIELDS, Row

CHECKS = "checks"
COLUMNS = (*FIELDS, CHECKS)
_DATES = frozenset(name for name, one in FIELDS.items() if one.kind == "date")


def plain_row(station: Station) -> Row:
    """Return the columns of a station as JSON has them."""
    row = {name: getattr(station, name) for name in COLUMNS}
    return {
        name: value.isoformat() if isinstance(value, date) else value for name, value in row.items()
    }


def fill(station: Station, row: Mapping[str, object]) -> None:
    """Write the columns of a row into a station."""
    for name, value in row.items():
        if name in _DATES and isinstance(value, str):
            setattr(station, name, date.fromisoformat(value))
        else:
            setattr(station, name, value)


def folded(row: Mapping[str, object]) -> Row:
    """Put the columns of a checklist, which differ from city to city, into one."""
    own = {name: value for name, value in row.items() if name in COLUMNS}
    checks = {
        name: value for name, value in row.items() if name not in COLUMNS and value is not None
    }
    return {**own, CHECKS: checks or None} if CHECKS not in own else own


def unfolded(row: Mapping[str, object]) -> Row:
    """Give the columns of the checklist their own places again."""
    checks = row.get(CHECKS)
    own = {name: value for name, value in row.items() if name != CHECKS}
    return {**checks, **own} if isinstance(checks, Mapping) else own


def differences(old: Mapping[str, object], new: Mapping[str, object]) -> dict[str, list[object]]:
    """Return column -> [old, new] of what a row would change."""
    return {name: [old.get(name), value] for name, value in new.items() if value != old.get(name)}

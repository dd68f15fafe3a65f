"""What a request for features asks, read from its query; anything else in it is refused with a sentence."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

import pyarrow as pa

from api.csv_text import wants_csv
from api.ogc.crs import CRS84, Box, box_to_lonlat
from api.ogc.layers import Layer
from api.problems import BadQueryError
from geo.errors import Fault, fault, raise_if_any

Form = Literal["json", "csv"]
Pairs = Sequence[tuple[str, str]]
DEFAULT_LIMIT, MOST = 1_000, 10_000
ITEMS = ("limit", "offset", "bbox", "bbox-crs", "datetime", "crs", "f", "lang")
ITEM = ("crs", "f", "lang")
PLAIN = ("f", "lang")
_MOST_OFFSET = 2**31
_DAY = re.compile(r"(\d{4}-\d{2}-\d{2})([Tt ]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})?)?")
_WHOLE = re.compile(r"\d{1,12}")


@dataclass(frozen=True)
class ItemsAsked:
    """A page of features.

    Attributes
    ----------
    boxes
        West, south, east, north; two where one crosses the 180th meridian; None for everywhere.
    days
        First and last day, None for open ends; None altogether for any time.
    equals
        Columns and the values they must have.
    crs
        Reference of the CRS of the answer.
    """

    limit: int = DEFAULT_LIMIT
    offset: int = 0
    boxes: tuple[Box, ...] | None = None
    days: tuple[date | None, date | None] | None = None
    equals: tuple[tuple[str, object], ...] = ()
    crs: str = CRS84
    form: Form = "json"


def read_items(pairs: Pairs, layer: Layer, offered: Collection[str], accept: str) -> ItemsAsked:
    """Read the query of ``…/items``.

    Raises
    ------
    BadQueryError
        For every parameter that is unknown, stated twice or has no such value, all at once.
    """
    query, faults = _once(pairs, (*ITEMS, *queryable(layer)))
    reading = _Reading(query, faults)
    asked = ItemsAsked(
        limit=min(reading.whole("limit", DEFAULT_LIMIT, 1), MOST),
        offset=reading.whole("offset", 0, 0),
        boxes=reading.boxes(offered),
        days=reading.days(),
        equals=reading.equals(layer),
        crs=reading.reference("crs", offered),
        form=reading.form(accept, ("json", "csv")),
    )
    raise_if_any(faults, BadQueryError)
    return asked


def read_item(pairs: Pairs, offered: Collection[str]) -> str:
    """Read the query of a single feature: its CRS.

    Raises
    ------
    BadQueryError
        As `read_items`.
    """
    query, faults = _once(pairs, ITEM)
    reading = _Reading(query, faults)
    crs = reading.reference("crs", offered)
    reading.form("", ("json",))
    raise_if_any(faults, BadQueryError)
    return crs


def read_plain(pairs: Pairs, forms: Collection[str] = ("json",)) -> str:
    """Read the query of a resource that takes nothing but ``f`` and ``lang``; return the form.

    Raises
    ------
    BadQueryError
        As `read_items`.
    """
    query, faults = _once(pairs, PLAIN)
    form = query.get("f", next(iter(forms)))
    if form not in forms:
        faults.append(_bad("f", "、".join(forms)))
    raise_if_any(faults, BadQueryError)
    return form


def queryable(layer: Layer) -> list[str]:
    """Return the columns that may be asked for by value."""
    return [
        one.name
        for one in layer.table.schema
        if one.name not in ITEMS and not pa.types.is_nested(one.type)
    ]


def _once(pairs: Pairs, known: Collection[str]) -> tuple[Mapping[str, str], list[Fault]]:
    query: dict[str, str] = {}
    faults = []
    for name, value in pairs:
        if name not in known:
            faults.append(fault("ogc_unknown", name=name[:80], known="、".join(known)))
        elif name in query:
            faults.append(fault("ogc_twice", name=name))
        query[name] = value
    return query, faults


def _bad(name: str, allowed: str) -> Fault:
    return fault("ogc_bad_value", name=name, allowed=allowed)


class _Reading:
    """Reads values one after another and gathers what is wrong with them."""

    def __init__(self, query: Mapping[str, str], faults: list[Fault]) -> None:
        self._query = query
        self._faults = faults

    def whole(self, name: str, default: int, least: int) -> int:
        text = self._query.get(name)
        if text is None:
            return default
        if not _WHOLE.fullmatch(text) or not text.isascii() or int(text) < least:
            self._faults.append(_bad(name, f"≥ {least}"))
            return default
        return min(int(text), _MOST_OFFSET)

    def reference(self, name: str, offered: Collection[str]) -> str:
        found = self._query.get(name, CRS84)
        if found not in offered:
            self._faults.append(_bad(name, "、".join(offered)))
            return CRS84
        return found

    def form(self, accept: str, forms: tuple[Form, ...]) -> Form:
        text = self._query.get("f")
        if text is not None and text not in forms:
            self._faults.append(_bad("f", "、".join(forms)))
        return "csv" if "csv" in forms and wants_csv(text, accept) else "json"

    def boxes(self, offered: Collection[str]) -> tuple[Box, ...] | None:
        text, reference = self._query.get("bbox"), self.reference("bbox-crs", offered)
        if text is None:
            return None
        box = _box(text)
        if box is not None and reference != CRS84:
            box = box_to_lonlat(box, reference)
        if box is None or not all(map(math.isfinite, box)) or box[1] > box[3]:
            self._faults.append(fault("ogc_bad_bbox"))
            return None
        west, south, east, north = box
        if west <= east:
            return (box,)
        if max(abs(west), abs(east)) > 180.0:
            self._faults.append(fault("ogc_bad_bbox"))
            return None
        return (west, south, 180.0, north), (-180.0, south, east, north)

    def days(self) -> tuple[date | None, date | None] | None:
        text = self._query.get("datetime")
        if text is None:
            return None
        ends = text.split("/")
        try:
            if len(ends) == 1:
                day = _day(ends[0])
                return day, day
            first, last = (None if one in ("", "..") else _day(one) for one in ends)
            if (first is None and last is None) or (first and last and first > last):
                raise ValueError(text)
        except ValueError:
            self._faults.append(fault("ogc_bad_datetime"))
            return None
        return first, last

    def equals(self, layer: Layer) -> tuple[tuple[str, object], ...]:
        found = []
        for name in queryable(layer):
            text = self._query.get(name)
            if text is None:
                continue
            kind = layer.table.schema.field(name).type
            try:
                found.append((name, _value(text, kind)))
            except ValueError:
                self._faults.append(_bad(name, str(kind)))
        return tuple(found)


def _box(text: str) -> Box | None:
    try:
        numbers = [float(one) for one in text.split(",")]
    except ValueError:
        return None
    if len(numbers) == 4:
        return numbers[0], numbers[1], numbers[2], numbers[3]
    if len(numbers) == 6:  # heights are of no use here
        return numbers[0], numbers[1], numbers[3], numbers[4]
    return None


def _day(text: str) -> date:
    found = _DAY.fullmatch(text)
    if found is None:
        raise ValueError(text)
    return date.fromisoformat(found[1])


def _value(text: str, kind: pa.DataType) -> object:
    """Read a value as its column has it."""
    if pa.types.is_boolean(kind):
        if text not in ("true", "false"):
            raise ValueError(text)
        return text == "true"
    if pa.types.is_date(kind):
        return _day(text)
    if pa.types.is_integer(kind):
        number = int(text)
        if abs(number) >= 2 ** (kind.bit_width - 1):
            raise ValueError(text)
        return number
    if pa.types.is_floating(kind):
        amount = float(text)
        if not math.isfinite(amount):
            raise ValueError(text)
        return amount
    return text

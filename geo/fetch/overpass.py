"""Overpass: what is asked, how often, and what counts as an answer."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import requests
import shapely

from geo.errors import Fault, FetchError, fault
from geo.fetch.osm_files import day_of
from geo.fetch.patience import AGENT, PassingError, patiently, refuse_busy
from geo.fetch.request import FetchRequest
from geo.fetch.wanted import AREAS, LINES, NODES, Tags

_BLOCK = 1 << 16


class _TooMuchError(Exception):
    """The server could not work out the whole answer: ask for less."""

    def __init__(self, found: Fault) -> None:
        super().__init__(found.code)
        self.found = found


@dataclass(frozen=True)
class Answer:
    """One complete answer: its elements and the day of its data."""

    elements: list[dict[str, Any]]
    osm_date: date | None


@dataclass
class Overpass:
    """Asks an Overpass server, patiently.

    Attributes
    ----------
    retries
        Requests that had to be made again so far.
    """

    request: FetchRequest
    retries: int = field(default=0)

    @property
    def url(self) -> str:
        """Address of the interpreter."""
        base = self.request.overpass_url.rstrip("/")
        return base if base.endswith("/interpreter") else f"{base}/interpreter"

    def ask(self, area: shapely.Polygon, levels: tuple[int, ...]) -> list[Answer]:
        """Return all that a study needs within `area` (degrees); an area too big for the server is asked in four.

        Parameters
        ----------
        levels
            Ask for the boundaries of these levels only; empty asks for everything but boundaries.

        Raises
        ------
        FetchError
            When the server gives no complete answer.
        """
        return self._ask(area, levels, depth=0)

    def _ask(self, area: shapely.Polygon, levels: tuple[int, ...], depth: int) -> list[Answer]:
        seconds = max(1, int(self.request.timeout_s))
        query = boundaries_query(area, levels) if levels else features_query(area)
        try:
            text = f"[out:json][timeout:{seconds}];{query}"
            return [patiently(lambda: self._once(text), self.request, self.url, self._count)]
        except _TooMuchError as error:
            if depth == 2 or levels:
                raise FetchError(error.found) from error
        quarters = [part for box in _quarters(area) for part in parts_of(area & box)]
        return [answer for one in quarters for answer in self._ask(one, levels, depth + 1)]

    def _count(self) -> None:
        self.retries += 1

    def _once(self, query: str) -> Answer:
        status, kind, body = self._post(query)
        if status != 200:
            raise FetchError(fault("fetch_refused", status=status, text=_excerpt(body)))
        return _read(body, kind)

    def _post(self, query: str) -> tuple[int, str, bytes]:
        """Send one request; the whole answer must be there in time, however slowly it trickles in."""
        ends = time.monotonic() + self.request.timeout_s
        waits = (min(10.0, self.request.timeout_s), self.request.timeout_s)
        with requests.post(
            self.url,
            data={"data": query},
            timeout=waits,
            stream=True,
            headers={"User-Agent": AGENT},
        ) as response:
            refuse_busy(response)
            blocks = []
            for block in response.iter_content(_BLOCK):
                blocks.append(block)
                if time.monotonic() > ends:
                    raise requests.Timeout
            return response.status_code, response.headers.get("Content-Type", ""), b"".join(blocks)


def features_query(area: shapely.Polygon) -> str:
    """Ask for ways, areas and nodes of a study, with all nodes they need."""
    inside = _poly(area)
    parts = [
        *(f"way{one}{inside};" for one in _filters(LINES)),
        *(f"relation{one}{inside};" for one in _filters(AREAS)),
        *(f"node{one}{inside};" for one in _filters(NODES)),
    ]
    return f"({''.join(parts)});(._;>;);out body;"


def boundaries_query(area: shapely.Polygon, levels: tuple[int, ...]) -> str:
    """Ask for the administrative boundaries of some levels that meet an area, whole."""
    level = "|".join(str(one) for one in levels)
    tags = f'["boundary"="administrative"]["admin_level"~"^({level})$"]'
    return f"(relation{tags}{_poly(area)};);(._;>;);out body;"


def parts_of(shape: shapely.Geometry) -> list[shapely.Polygon]:
    """Return the polygons a shape consists of."""
    return [one for one in shapely.get_parts(shape) if one.geom_type == "Polygon" and one.area > 0]


def _filters(tags: Tags) -> list[str]:
    return [
        f'["{key}"~"^({"|".join(values)})$"]' if values else f'["{key}"]'
        for key, values in sorted(tags.items())
    ]


def _poly(area: shapely.Polygon) -> str:
    places = shapely.get_coordinates(area.exterior)[:-1]
    return '(poly:"' + " ".join(f"{lat:.6f} {lon:.6f}" for lon, lat in places) + '")'


def _quarters(area: shapely.Polygon) -> list[shapely.Polygon]:
    west, south, east, north = area.bounds
    x, y = (west + east) / 2, (south + north) / 2
    corners = ((west, south, x, y), (x, south, east, y), (west, y, x, north), (x, y, east, north))
    return [shapely.box(*one) for one in corners]


def _read(body: bytes, kind: str) -> Answer:
    """Read an answer; one that is not whole is none."""
    try:
        content = json.loads(body)
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        code = "fetch_cut_off" if body.lstrip()[:1] == b"{" else "fetch_not_json"
        raise PassingError(fault(code, kind=kind or "—", text=_excerpt(body))) from error
    elements = content.get("elements") if isinstance(content, dict) else None
    if not isinstance(elements, list):
        raise PassingError(fault("fetch_not_json", kind=kind or "—", text=_excerpt(body)))
    remark = str(content.get("remark") or "")
    if "error" in remark.lower():
        raise _TooMuchError(fault("fetch_remark", text=remark.strip()))
    _require_whole(elements)
    return Answer(elements, day_of((content.get("osm3s") or {}).get("timestamp_osm_base")))


def _require_whole(elements: list[dict[str, Any]]) -> None:
    """Refuse an answer whose objects lack what makes them objects, or whose ways lack nodes."""
    try:
        nodes = {one["id"] for one in elements if one["type"] == "node" and abs(one["lat"]) <= 90}
        needed = {ref for one in elements if one["type"] == "way" for ref in one["nodes"]}
        for one in elements:
            if one["type"] == "relation":
                [(m["type"], m["ref"], m["role"]) for m in one["members"]]
    except (KeyError, TypeError) as error:
        raise PassingError(fault("fetch_not_json", kind="OSM", text=str(error))) from error
    if not needed <= nodes:
        raise PassingError(fault("fetch_nodes_missing", count=len(needed - nodes)))


def _excerpt(body: bytes) -> str:
    return " ".join(body[:300].decode("utf-8", "replace").split())[:120] or "—"

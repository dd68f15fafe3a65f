"""A map service on loopback: Overpass and Nominatim over a hand-made town, well-behaved or not.

The town lies at 113.3 E, 23.1 N. A district of two sub-districts, the streets 200 m apart:

    23.110 +-----------+-----------+ - - - - - +
           | 东湖街道   | 西湖街道   | 邻街道     |   admin_level 8 (the third lies in another district)
    23.100 +-----------+-----------+ - - - - - +
        113.300      113.310     113.320     113.330
"""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import shapely

Element = dict[str, Any]
WEST, SOUTH = 113.3, 23.1
STEP = 0.002
OSM_BASE = "2026-10-03T04:05:06Z"
_FILTER = re.compile(r'\["([^"]+)"(?:(=|~)"([^"]*)")?\]')
_STATEMENT = re.compile(r'(node|way|relation)((?:\["[^\]]*\])+)\(poly:"([^"]+)"\)')


class Town:
    """Elements of the town as Overpass returns them."""

    def __init__(self) -> None:
        self.elements: list[Element] = []
        self._nodes: dict[tuple[float, float], Element] = {}
        self._next = {"way": 1000, "relation": 5000}

    def node(self, x: float, y: float, **tags: str) -> int:
        """Return the node at a place of the grid (steps of 0.002 degrees), made once."""
        place = (round(WEST + x * STEP, 7), round(SOUTH + y * STEP, 7))
        if place not in self._nodes:
            lon, lat = place
            number = len(self._nodes) + 1
            self._nodes[place] = {"type": "node", "id": number, "lon": lon, "lat": lat, "tags": {}}
            self.elements.append(self._nodes[place])
        self._nodes[place]["tags"].update(tags)
        return int(self._nodes[place]["id"])

    def way(self, *places: tuple[float, float], **tags: str) -> int:
        """Add a way."""
        self._next["way"] += 1
        nodes = [self.node(*place) for place in places]
        number = self._next["way"]
        self.elements.append({"type": "way", "id": number, "nodes": nodes, "tags": tags})
        return number

    def ring(self, x: float, y: float, wide: float, high: float, **tags: str) -> int:
        """Add a rectangle."""
        corners = [(x, y), (x + wide, y), (x + wide, y + high), (x, y + high), (x, y)]
        return self.way(*corners, **tags)

    def relation(self, *ways: int, **tags: str) -> int:
        """Add a relation of outer ways."""
        self._next["relation"] += 1
        members = [{"type": "way", "ref": one, "role": "outer"} for one in ways]
        number = self._next["relation"]
        self.elements.append({"type": "relation", "id": number, "members": members, "tags": tags})
        return number


def make_town() -> Town:
    """Draw the town."""
    town = Town()
    for y in range(-3, 9):
        tags = {"highway": "residential", "name": f"{y}号路"}
        town.way(*[(x, y) for x in range(-4, 16)], **tags)
    for x in range(-4, 16):
        town.way(*[(x, y) for y in range(-3, 9)], highway="footway")
    for x in range(10):
        for y in range(5):
            town.ring(
                x + 0.3, y + 0.3, 0.2, 0.2, building="residential", **{"building:levels": "6"}
            )
    town.way((-4, 2.5), (15, 2.5), waterway="river", name="云水")
    town.way((1.1, 1.1), (1.9, 1.1), barrier="wall")
    town.way((4.1, 1.1), (4.9, 1.1), power="line")
    town.node(0.4, 0.4, amenity="pharmacy", name="药店")
    town.node(0.3, 0.3, entrance="main")
    town.node(0.6, 0.6, natural="tree")
    for number, name in enumerate(("东湖街道", "西湖街道", "邻街道")):
        outline = town.ring(number * 5, 0, 5, 5)
        town.relation(
            outline, type="boundary", boundary="administrative", admin_level="8", name=name
        )
    town.relation(
        town.ring(0, 0, 10, 5),
        type="boundary", boundary="administrative", admin_level="6", name="云湖区",
    )  # fmt: skip
    return town


@dataclass
class FakeService:
    """What the service holds and how it behaves.

    Attributes
    ----------
    moods
        One a request, from the first on: ``429, 504, 400, cut, remark, hang, html, bare, short, drop``; afterwards it
        answers well.
    asked
        Queries and searches that came in.
    """

    elements: list[Element]
    url: str = ""
    moods: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    hang_s: float = 1.5
    search: object = None

    @cached_property
    def known(self) -> dict[tuple[str, int], tuple[Element, list[tuple[str, int]], Any]]:
        """Every element with all that it needs and its shape."""
        known = {(one["type"], one["id"]): one for one in self.elements}
        needed = {key: _with_all(key, known) for key in known}
        return {key: (one, needed[key], _shape(needed[key], known)) for key, one in known.items()}

    def answer(self, query: str) -> dict[str, object]:
        """Answer an Overpass query with all that its objects need."""
        found: dict[tuple[str, int], Element] = {}
        for kind, filters, ring in _STATEMENT.findall(query):
            figures = [float(one) for one in ring.split()]
            area = shapely.Polygon(list(zip(figures[1::2], figures[0::2], strict=True)))
            for key, (one, needed, shape) in self.known.items():
                if key[0] == kind and _meets(one["tags"], filters) and area.intersects(shape):
                    found |= {name: self.known[name][0] for name in needed}
        return {
            "version": 0.6,
            "osm3s": {"timestamp_osm_base": OSM_BASE, "copyright": "ODbL"},
            "elements": list(found.values()),
        }


def _with_all(key: tuple[str, int], known: dict[tuple[str, int], Element]) -> list[tuple[str, int]]:
    one = known[key]
    if key[0] == "way":
        return [key, *(("node", ref) for ref in one["nodes"])]
    if key[0] == "relation":
        members = [(m["type"], m["ref"]) for m in one["members"]]
        return [key, *(name for member in members for name in _with_all(member, known))]
    return [key]


def _shape(
    needed: list[tuple[str, int]], known: dict[tuple[str, int], Element]
) -> shapely.Geometry:
    places = [(known[one]["lon"], known[one]["lat"]) for one in needed if one[0] == "node"]
    return shapely.LineString(places) if len(places) > 1 else shapely.Point(places[0])


def _meets(tags: dict[str, str], filters: str) -> bool:
    for key, sign, value in _FILTER.findall(filters):
        own = tags.get(key)
        if own is None or (sign == "=" and own != value):
            return False
        if sign == "~" and not re.search(value, own):
            return False
    return True


def place_result(west: float, south: float, east: float, north: float) -> list[Element]:
    """Return what Nominatim says of a rectangle."""
    return [
        {
            "place_id": 1, "osm_type": "relation", "osm_id": 5004, "importance": 0.6,
            "display_name": "云湖区, 云州市, 中国", "name": "云湖区", "lat": str(south), "lon": str(west),
            "class": "boundary", "type": "administrative", "addresstype": "city", "place_rank": 12,
            "boundingbox": [str(south), str(north), str(west), str(east)],
            "geojson": json.loads(shapely.to_geojson(shapely.box(west, south, east, north))),
        }
    ]  # fmt: skip


class _Handler(BaseHTTPRequestHandler):
    service: FakeService

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode("utf-8")
        query = parse_qs(body)["data"][0]
        self._reply(query, lambda: self.service.answer(query))

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        self._reply(parse_qs(parts.query).get("q", [""])[0], lambda: self.service.search)

    def _reply(self, asked: str, content: Any) -> None:
        service = self.service
        service.asked.append(asked)
        mood = service.moods.pop(0) if service.moods else ""
        if mood in ("429", "504", "400"):
            self._send(int(mood), b"<html>busy</html>", "text/html", {"Retry-After": "0"})
            return
        if mood == "hang":
            time.sleep(service.hang_s)
            return
        if mood == "html":
            self._send(200, b"<html>log in</html>", "text/html")
            return
        answer = content()
        if mood == "remark":
            answer["remark"] = (
                'runtime error: Query timed out in "query" at line 1 after 2 seconds.'
            )
            answer["elements"] = answer["elements"][:3]
        elif mood == "bare":
            answer["elements"] = []
        elif mood == "short":
            answer["elements"] = [one for one in answer["elements"] if one["type"] != "node"]
        text = json.dumps(answer).encode("utf-8")
        if mood == "cut":
            text = text[: len(text) // 2]
        if mood == "drop":  # the connection ends before the promised length
            self._send(200, text[: len(text) // 2], "application/json", length=len(text))
            return
        self._send(200, text, "application/json")

    def _send(
        self,
        status: int,
        body: bytes,
        kind: str,
        headers: dict[str, str] | None = None,
        length: int | None = None,
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(length or len(body)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def serving(service: FakeService) -> Iterator[FakeService]:
    """Serve on a free port of loopback until the block ends."""
    handler = type("Handler", (_Handler,), {"service": service})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    service.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield service
    finally:
        server.shutdown()
        server.server_close()

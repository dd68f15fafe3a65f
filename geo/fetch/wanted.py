"""Which objects of OpenStreetMap a study needs, in one place for downloads and for cuts."""

from __future__ import annotations

from collections.abc import Mapping

from geo.network.osm import WAYS
from geo.read.osm_barriers import BARRIERS

Tags = Mapping[str, tuple[str, ...]]
WALLS: Tags = {"barrier": ("wall", "city_wall", "retaining_wall", "fence")}
# Service points that a study may take as stations by a tag query.
POINTS: Tags = {
    "amenity": (),
    "office": ("government", "association", "ngo", "political_party"),
}
# Entrances of buildings; all other nodes come with their ways.
NODES: Tags = {"entrance": (), **POINTS}
# Sub-districts have level 8 in China, communities 10; elsewhere wards stand at 9 or 10.
LEVELS = (7, 8, 9, 10)


def _joined(*queries: Tags) -> dict[str, tuple[str, ...]]:
    """Join tag queries; a key that one of them takes with any value is taken with any value."""
    keys = sorted({key for query in queries for key in query})
    joined: dict[str, tuple[str, ...]] = {}
    for key in keys:
        values = [query[key] for query in queries if key in query]
        joined[key] = () if () in values else tuple(sorted({v for one in values for v in one}))
    return joined


AREAS: Tags = _joined({"building": ()}, BARRIERS, POINTS, WAYS)
LINES: Tags = _joined(AREAS, WALLS)

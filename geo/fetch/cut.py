"""Cutting a region out of an OpenStreetMap file, however large: what a study needs of it, whole."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import numpy as np
import numpy.typing as npt
import osmium
import shapely

from geo.errors import InputError, fault
from geo.fetch.osm_files import bounds_of, open_writer, reading, ways_with_places
from geo.fetch.wanted import AREAS, LINES, NODES
from geo.progress import Progress, silent
from geo.read.osm_ways import meets

Longs = npt.NDArray[np.int64]
_CHUNK = 50_000
_PASSES = 5


@dataclass
class _Relations:
    """Wanted relations of the file and the ways they name."""

    ids: list[int] = field(default_factory=list)
    of: list[int] = field(default_factory=list)
    way: list[int] = field(default_factory=list)

    def touched(self, ways: Longs) -> tuple[set[int], Longs]:
        """Return the relations that name one of `ways`, and all ways these name."""
        of, way = np.array(self.of, dtype=np.int64), np.array(self.way, dtype=np.int64)
        kept = np.unique(of[np.isin(way, ways)])
        return set(kept.tolist()), np.unique(way[np.isin(of, kept)])


def cut_region(
    source: Path,
    region: shapely.Geometry,
    target: Path,
    *,
    levels: tuple[int, ...],
    osm_date: date | None = None,
    progress: Progress = silent,
) -> int:
    """Write what a study needs of a region into an ``.osm.pbf`` of its own, sorted, with its box and date.

    Parameters
    ----------
    region
        Polygon in degrees.
    levels
        ``admin_level`` of the boundaries to keep.

    Returns
    -------
    int
        Ways written.

    Raises
    ------
    InputError
        When the file cannot be read, or has nothing in the region.

    Notes
    -----
    Strategy:

    - the wanted relations of the file, by their ways (ids only);
    - all ways as lines, in chunks: which of those that are wanted or named by a relation touch the region?
    - relations with a touched way are kept with all their ways, so that every area closes that closes in the source;
    - the nodes of the kept ways, so that no way is cut open at the edge; wanted nodes inside the region;
    - nodes, ways and relations that are kept are written.

    The sets of ids and the filter by id of pyosmium take 4 MB for every 32 million ids that occur, 1.6 GB for a set
    spread over today's ids. So ids are kept as sorted arrays, and only coordinates in pyosmium's own table.
    """
    shapely.prepare(region)
    with reading(source):
        relations = _wanted_relations(source, levels)
        progress("stage_cut", 1, _PASSES)
        wanted, named, places = _touching(source, region, relations)
        if len(wanted) == 0:
            raise InputError(fault("fetch_pbf_elsewhere", file=source.name, region=_said(region)))
        progress("stage_cut", 2, _PASSES)
        kept_relations, members = relations.touched(np.concatenate((wanted, named)))
        ways = set(np.union1d(wanted, members).tolist())
        nodes = _nodes_of(source, ways)
        progress("stage_cut", 3, _PASSES)
        tags, extra = _tagged_nodes(source, nodes, region)
        progress("stage_cut", 4, _PASSES)
        with open_writer(target, bounds_of(region), osm_date) as writer:
            _write_nodes(writer, np.union1d(nodes, extra), places, tags)
            for one in osmium.FileProcessor(str(source), osmium.osm.WAY):
                if one.id in ways:
                    writer.add(one)
            for one in osmium.FileProcessor(str(source), osmium.osm.RELATION):
                if one.id in kept_relations:
                    writer.add(one)
        progress("stage_cut", _PASSES, _PASSES)
    return len(ways)


def is_wanted_relation(tags: dict[str, str], levels: tuple[int, ...]) -> bool:
    """Tell whether a relation is an area that a study needs, or a boundary of one of `levels`."""
    if tags.get("boundary") == "administrative":
        return tags.get("admin_level") in {str(one) for one in levels}
    return tags.get("type") == "multipolygon" and meets(tags, AREAS)


def _wanted_relations(source: Path, levels: tuple[int, ...]) -> _Relations:
    found = _Relations()
    for one in osmium.FileProcessor(str(source), osmium.osm.RELATION):
        if is_wanted_relation(dict(one.tags), levels):
            found.ids.append(one.id)
            ways = [member.ref for member in one.members if member.type == "w"]
            found.way += ways
            found.of += [one.id] * len(ways)
    return found


def _touching(
    source: Path, region: shapely.Geometry, relations: _Relations
) -> tuple[Longs, Longs, osmium.index.LocationTable]:
    """Return wanted ways and named ways that touch the region, and the table of all coordinates."""
    stream = ways_with_places(source)
    named = frozenset(relations.way)
    make = osmium.geom.WKBFactory()
    chunk = _Chunk(region)
    for way in stream:
        number = way.id
        wanted = meets(dict(way.tags), LINES)
        if not wanted and number not in named:
            continue
        try:
            shape = make.create_linestring(way)
        except (RuntimeError, osmium.InvalidLocationError):
            shape = _what_is_there(way)
        if shape:
            chunk.add(number, wanted, shape)
    chunk.flush()
    ids = np.array(chunk.touched, dtype=np.int64)
    is_wanted = np.array(chunk.is_wanted, dtype=bool)
    return np.unique(ids[is_wanted]), np.unique(ids[~is_wanted]), stream.node_location_storage


class _Chunk:
    """Ways waiting to be compared with the region all at once."""

    def __init__(self, region: shapely.Geometry) -> None:
        self.region = region
        self.touched: list[int] = []
        self.is_wanted: list[bool] = []
        self._waiting: list[tuple[int, bool]] = []
        self._shapes: list[str] = []

    def add(self, number: int, wanted: bool, shape: str) -> None:
        """Keep one way until the chunk is full."""
        self._waiting.append((number, wanted))
        self._shapes.append(shape)
        if len(self._shapes) == _CHUNK:
            self.flush()

    def flush(self) -> None:
        """Compare what waits."""
        if not self._shapes:
            return
        near = shapely.intersects(self.region, shapely.from_wkb(self._shapes))
        for one in np.flatnonzero(near):
            number, wanted = self._waiting[one]
            self.touched.append(number)
            self.is_wanted.append(wanted)
        self._waiting, self._shapes = [], []


def _what_is_there(way: osmium.osm.Way) -> str | None:
    """Draw a way that the source itself has cut: the nodes it still has."""
    places = [(node.lon, node.lat) for node in way.nodes if node.location.valid()]
    if not places:
        return None
    shape = shapely.LineString(places) if len(places) > 1 else shapely.Point(places[0])
    return str(shapely.to_wkb(shape, hex=True))


def _nodes_of(source: Path, ways: set[int]) -> Longs:
    parts: list[Longs] = []
    refs: list[int] = []
    for way in osmium.FileProcessor(str(source), osmium.osm.WAY):
        if way.id in ways:
            refs += [node.ref for node in way.nodes]
            if len(refs) > _CHUNK:
                parts.append(np.unique(np.array(refs, dtype=np.int64)))
                refs = []
    return np.unique(np.concatenate([*parts, np.array(refs, dtype=np.int64)]))


def _tagged_nodes(
    source: Path, nodes: Longs, region: shapely.Geometry
) -> tuple[dict[int, dict[str, str]], Longs]:
    """Return the tags of kept nodes, and the wanted nodes inside the region beside them."""
    known = set(nodes.tolist())
    tags: dict[int, dict[str, str]] = {}
    extra: list[int] = []
    stream = osmium.FileProcessor(str(source), osmium.osm.NODE)
    for one in stream.with_filter(osmium.filter.EmptyTagFilter()):
        number = one.id
        if number in known:
            tags[number] = dict(one.tags)
            continue
        place = one.location
        if (
            place.valid()
            and meets(own := dict(one.tags), NODES)
            and shapely.contains_xy(region, place.lon, place.lat)
        ):
            tags[number] = own
            extra.append(number)
    return tags, np.array(sorted(extra), dtype=np.int64)


def _write_nodes(
    writer: osmium.SimpleWriter,
    nodes: Iterable[int],
    places: osmium.index.LocationTable,
    tags: dict[int, dict[str, str]],
) -> None:
    for one in nodes:
        number = int(one)
        try:
            place = places.get(number)
        except KeyError:  # the source lacks it: the way stays cut there
            continue
        writer.add_node(osmium.osm.mutable.Node(id=number, location=place, tags=tags.get(number)))


def _said(region: shapely.Geometry) -> str:
    return ", ".join(f"{one:.3f}" for one in bounds_of(region))

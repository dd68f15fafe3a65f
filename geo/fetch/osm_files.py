"""OpenStreetMap files as fetch reads and writes them: box, date, header, pieces of a download put together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any

import osmium
import shapely

from geo.errors import InputError, fault

_ORDER = {"node": 0, "way": 1, "relation": 2}
# Where mmap can grow a table, it is not copied while it grows.
_STORES = ("sparse_mmap_array", "sparse_mem_array", "flex_mem")
_DATES = ("osmosis_replication_timestamp", "timestamp")


@contextmanager
def reading(source: Path) -> Iterator[None]:
    """Turn what pyosmium says about a damaged file into our fault.

    Raises
    ------
    InputError
        In its place.
    """
    try:
        yield
    except InputError:
        raise
    except (RuntimeError, ValueError) as error:
        raise InputError(fault("osm_damaged", file=source.name, detail=str(error))) from error


@contextmanager
def open_writer(
    target: Path, bounds: tuple[float, float, float, float], osm_date: date | None
) -> Iterator[osmium.SimpleWriter]:
    """Open a new ``.osm.pbf`` without names of contributors; its header says where and of when the data are."""
    header = osmium.io.Header()
    west, south, east, north = (float(one) for one in bounds)
    header.add_box(osmium.osm.Box(west, south, east, north))
    header.set("generator", "servicecircle")
    header.set("sorting", "Type_then_ID")
    if osm_date is not None:
        header.set("osmosis_replication_timestamp", f"{osm_date:%Y-%m-%d}T00:00:00Z")
    file = osmium.io.File(str(target), "pbf,add_metadata=false")
    with osmium.SimpleWriter(file, header=header) as writer:
        yield writer


def box_of(source: Path) -> shapely.Geometry | None:
    """Return the rectangle the file says it covers, None where it does not say.

    Raises
    ------
    InputError
        When the file cannot be read.
    """
    with reading(source):
        box = osmium.FileProcessor(str(source)).header.box()
    if not box.valid():
        return None
    low, high = box.bottom_left, box.top_right
    covered: shapely.Geometry = shapely.box(low.lon, low.lat, high.lon, high.lat)
    return covered


def date_of(source: Path) -> date:
    """Return the day of the data: as the header says, else the newest street, else the file's own day.

    Raises
    ------
    InputError
        When the file cannot be read.
    """
    with reading(source):
        header = osmium.FileProcessor(str(source)).header
        for key in _DATES:
            found = day_of(header.get(key))
            if found is not None:
                return found
        streets = osmium.FileProcessor(str(source), osmium.osm.WAY).with_filter(
            osmium.filter.KeyFilter("highway")
        )
        newest = max((one.timestamp for one in streets), default=None)
    if newest is not None and newest.year > 1970:
        return date(newest.year, newest.month, newest.day)
    return datetime.fromtimestamp(source.stat().st_mtime).date()


def ways_with_places(source: Path) -> osmium.FileProcessor:
    """Stream all ways with the coordinates of their nodes; the coordinates of all nodes are held, 16 bytes each."""
    store = next(one for one in _STORES if one in osmium.index.map_types())
    stream = osmium.FileProcessor(str(source), osmium.osm.NODE | osmium.osm.WAY)
    return stream.with_locations(store).with_filter(osmium.filter.EntityFilter(osmium.osm.WAY))


def bounds_of(shape: shapely.Geometry) -> tuple[float, float, float, float]:
    """Return west, south, east, north."""
    west, south, east, north = shapely.bounds(shape).tolist()
    return west, south, east, north


def day_of(stamp: object) -> date | None:
    """Return the day of a timestamp such as ``2026-10-03T20:21:02Z``, None for anything else."""
    try:
        return datetime.fromisoformat(str(stamp).replace("Z", "+00:00")).date()
    except ValueError:
        return None


def write_elements(elements: Sequence[Mapping[str, Any]], target: Path) -> None:
    """Write the elements of an Overpass answer (checked before) as a sorted ``.osm.pbf``."""
    mutable = osmium.osm.mutable
    with osmium.SimpleWriter(str(target)) as writer:
        for one in sorted(elements, key=lambda one: (_ORDER[one["type"]], one["id"])):
            number, tags = one["id"], one.get("tags") or {}
            match one["type"]:
                case "node":
                    place = (one["lon"], one["lat"])
                    writer.add_node(mutable.Node(id=number, location=place, tags=tags))
                case "way":
                    writer.add_way(mutable.Way(id=number, nodes=one["nodes"], tags=tags))
                case _:
                    members = [(m["type"][0], m["ref"], m["role"]) for m in one["members"]]
                    writer.add_relation(mutable.Relation(id=number, members=members, tags=tags))


def join_pieces(pieces: Sequence[Path], target: Path) -> None:
    """Put sorted pieces together; an object that stands in several of them is written once."""
    reader = osmium.MergeInputReader()
    for piece in pieces:
        reader.add_file(str(piece))
    with osmium.SimpleWriter(str(target)) as writer:
        reader.apply(writer)

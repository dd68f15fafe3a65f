"""Where a study is: a place name, online or in a local extract, or a boundary file."""

from __future__ import annotations

import re
import tempfile
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import osmium
import shapely

from geo.errors import InputError, fault
from geo.fetch.geocode import geocoded
from geo.fetch.osm_files import reading, ways_with_places
from geo.fetch.request import FetchRequest
from geo.params import Source
from geo.read.osm import OsmExtract
from geo.read.subdistricts import read_subdistricts

WGS84 = "EPSG:4326"
_NAMES = ("name", "name:zh", "name:en", "official_name", "alt_name")


@dataclass(frozen=True)
class Place:
    """A study area.

    Attributes
    ----------
    name
        As a person calls it.
    area
        Polygon in degrees.
    own
        The polygons of a boundary file, None where the area came from OpenStreetMap.
    """

    name: str
    area: shapely.Geometry
    own: gpd.GeoDataFrame | None = None


def find_place(request: FetchRequest) -> Place:
    """Find the study area of a request.

    Raises
    ------
    InputError
        When the boundary file cannot be used, or the extract has no such boundary or several.
    FetchError
        When the place service does not answer, or knows no area of that name.
    """
    name = (request.place or "").strip()
    if request.boundary is not None:
        return _from_file(request.boundary, request.boundary_crs, name)
    if request.pbf is not None:
        return _from_extract(request.pbf, name)
    return Place(_short(name), geocoded(name, request))


def _from_file(file: Path, crs: str | None, name: str) -> Place:
    frame = read_subdistricts(Source("subdistricts", path=file.resolve(), crs=crs)).frame
    if frame.crs is None:
        raise InputError(fault("fetch_boundary_local", file=file.name))
    frame = frame.to_crs(WGS84)
    shapes = shapely.make_valid(frame.geometry.to_numpy())
    return Place(_short(name) or file.stem, shapely.union_all(shapes), frame.set_geometry(shapes))


def _short(name: str) -> str:
    """Return what a person would print of ``云麓区, 广州市, 中国``."""
    return re.split(r"[,，]", name)[0].strip()


def _from_extract(file: Path, name: str) -> Place:
    """Find a boundary by its name or id in a local extract."""
    wanted = int(name[1:]) if re.fullmatch(r"r\d+", name) else None
    with tempfile.TemporaryDirectory() as folder, reading(file):
        small = Path(folder) / "boundaries.osm.pbf"
        chosen: dict[int, set[int]] = {}
        stream = osmium.FileProcessor(str(file), osmium.osm.RELATION)
        for one in stream.with_filter(osmium.filter.TagFilter(("boundary", "administrative"))):
            if one.id == wanted or (wanted is None and _is_named(dict(one.tags), _short(name))):
                chosen[one.id] = {m.ref for m in one.members if m.type == "w"}
        if not chosen:
            raise InputError(fault("fetch_name_unknown", place=name, file=file.name))
        with osmium.SimpleWriter(str(small)) as writer:
            _copy(file, set(chosen), set().union(*chosen.values()), writer)
        found = OsmExtract(small).features(
            {"boundary": ("administrative",)}, nodes=False, lines=False
        )
    frame = found.frame[found.frame["osm_id"].str.startswith("r")]
    if len(frame) == 0:
        raise InputError(fault("fetch_boundary_open", place=name, file=file.name))
    if len(frame) > 1:
        listed = [f"{one.osm_id}（admin_level {one.admin_level}）" for one in frame.itertuples()]
        raise InputError(fault("fetch_name_twice", place=name, found="、".join(listed)))
    title = str(frame["name"].iloc[0]) if wanted is not None and "name" in frame else _short(name)
    return Place(title, frame.geometry.iloc[0])


def _copy(file: Path, relations: set[int], ways: set[int], writer: osmium.SimpleWriter) -> None:
    """Copy some relations with their ways and the nodes of these."""
    places: dict[int, tuple[float, float]] = {}
    kept: list[tuple[int, list[int]]] = []
    for way in ways_with_places(file):
        if way.id in ways:
            kept.append((way.id, [node.ref for node in way.nodes]))
            places |= {n.ref: (n.lon, n.lat) for n in way.nodes if n.location.valid()}
    mutable = osmium.osm.mutable
    for number, place in sorted(places.items()):
        writer.add_node(mutable.Node(id=number, location=place))
    for number, refs in kept:
        writer.add_way(mutable.Way(id=number, nodes=refs))
    for one in osmium.FileProcessor(str(file), osmium.osm.RELATION):
        if one.id in relations:
            writer.add(one)


def _is_named(tags: dict[str, str], name: str) -> bool:
    return any(tags.get(key, "").casefold() == name.casefold() for key in _NAMES)

"""Objects of an OpenStreetMap file that meet a tag query, as points, areas and lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import osmium
import pandas as pd
import shapely

from geo.errors import fault
from geo.read.osm_ways import meets

Tags = Mapping[str, tuple[str, ...]]
AREA_RELATIONS = ("multipolygon", "boundary")
OSM_CRS = "EPSG:4326"
DEGREE_1E7 = 1e7


@dataclass(frozen=True)
class Features:
    """Objects found, and those that could not be drawn.

    Attributes
    ----------
    frame
        ``osm_id`` (``n``, ``w`` or ``r`` and the number), all tags that occur, ``geometry`` (EPSG:4326); nodes first,
        then ways, then relations, by rising id.
    rejects
        ``osm_id, name, fault`` of objects without a usable shape: a boundary that leaves the file.
    """

    frame: gpd.GeoDataFrame
    rejects: Sequence[Mapping[str, Any]] = field(default_factory=tuple)

    def within(self, box: tuple[float, float, float, float]) -> Features:
        """Keep what meets a box (west, south, east, north)."""
        near = shapely.intersects(self.frame.geometry.array, shapely.box(*box))
        return Features(self.frame[near].reset_index(drop=True), self.rejects)

    def only(self, where: Tags) -> Features:
        """Keep what meets another query too."""
        keep = np.zeros(len(self.frame), dtype=bool)
        for key, values in where.items():
            if key in self.frame:
                column = self.frame[key]
                keep |= (column.isin(values) if values else column.notna()).to_numpy()
        rejects = tuple(one for one in self.rejects if meets(one["tags"], where))
        return Features(self.frame[keep].reset_index(drop=True), rejects)

    def as_points(self) -> Features:
        """Replace areas by a point inside them and lines by their middle."""
        return Features(self.frame.set_geometry(centres(self.frame.geometry)), self.rejects)


def centres(shapes: gpd.GeoSeries) -> gpd.GeoSeries:
    """Return one point a shape: the point, a point inside the area, the middle of the line."""
    points = shapely.point_on_surface(shapes.array)
    lines = (shapes.geom_type == "LineString").to_numpy()
    points[lines] = shapely.line_interpolate_point(
        np.asarray(shapes.array)[lines], 0.5, normalized=True
    )
    return gpd.GeoSeries(points, index=shapes.index, crs=shapes.crs)


class _Collector:
    """What one pass has found so far."""

    def __init__(self) -> None:
        self.make = osmium.geom.WKBFactory()
        self.key: list[tuple[int, int]] = []
        self.shape: list[str] = []
        self.tags: list[dict[str, str]] = []
        self.relations: dict[int, dict[str, str]] = {}
        self.drawn: set[int] = set()
        self.broken_ways: dict[int, dict[str, str]] = {}

    def add(self, order: int, number: int, shape: str, tags: dict[str, str]) -> None:
        """Keep one object."""
        self.key.append((order, number))
        self.shape.append(shape)
        self.tags.append(tags)

    def take_area(self, area: osmium.osm.Area, tags: dict[str, str]) -> None:
        """Keep an assembled area, or remember that it could not be assembled."""
        number = area.orig_id()
        if area.num_rings()[0] > 0:
            self.add(1 if area.from_way() else 2, number, self.make.create_multipolygon(area), tags)
            if not area.from_way():
                self.drawn.add(number)
        elif area.from_way():
            self.broken_ways[number] = tags

    def take_line(self, way: osmium.osm.Way, tags: dict[str, str]) -> None:
        """Keep an open way that lies in the file whole."""
        try:
            shape = self.make.create_linestring(way)
        except (
            RuntimeError,
            osmium.InvalidLocationError,
        ):  # one node left, or nodes outside the file
            return
        self.add(1, way.id, shape, tags)


def collect_features(
    processor: osmium.FileProcessor,
    where: Tags,
    *,
    nodes: bool = True,
    areas: bool = True,
    lines: bool = True,
    keys: Sequence[str] | None = None,
) -> Features:
    """Read the objects that meet one key of `where`, with all tags or those of `keys`.

    Closed ways and multipolygon relations are areas (but closed ways with ``area=no`` are lines).
    """
    found = _Collector()
    wanted = osmium.osm.NOTHING
    for asked, entity in (
        (nodes, osmium.osm.NODE),
        (lines, osmium.osm.WAY),
        (areas, osmium.osm.AREA | osmium.osm.RELATION),
    ):
        wanted = wanted | entity if asked else wanted
    asked_keys = osmium.filter.KeyFilter(*sorted(where))
    stream = processor.with_areas(asked_keys) if areas else processor.with_locations()
    stream = stream.with_filter(osmium.filter.EntityFilter(wanted)).with_filter(asked_keys)
    for one in stream:
        # Closed ways come again as areas; most objects are such, so they are passed over before anything is copied.
        if one.is_way() and areas and one.is_closed() and one.tags.get("area") != "no":
            continue
        tags = _tags_of(one, keys)
        if not meets(tags, where):
            continue
        if one.is_area():
            found.take_area(one, tags)
        elif one.is_node():
            found.add(0, one.id, found.make.create_point(one), tags)
        elif one.is_way():
            found.take_line(one, tags)
        elif one.tags.get("type") in AREA_RELATIONS:
            found.relations[one.id] = tags
    _draw_broken(processor, found)
    return _finished(found)


def _tags_of(one: Any, keys: Sequence[str] | None) -> dict[str, str]:
    """Copy the tags of an object, all or those of `keys`."""
    if keys is None:
        return {tag.k: tag.v for tag in one.tags}
    values = [(key, one.tags.get(key)) for key in keys]
    return {key: value for key, value in values if value is not None}


def _draw_broken(processor: osmium.FileProcessor, found: _Collector) -> None:
    """Add closed ways that cross themselves as they were drawn."""
    if not found.broken_ways:
        return
    path = processor._file
    stream = (
        osmium.FileProcessor(path)
        .with_locations()
        .with_filter(osmium.filter.EntityFilter(osmium.osm.WAY))
    )
    for way in stream.with_filter(osmium.filter.IdFilter(found.broken_ways)):
        places = [(node.lon, node.lat) for node in way.nodes if node.location.valid()]
        if len(places) > 3 and places[0] == places[-1]:
            shape = shapely.to_wkb(shapely.Polygon(places), hex=True)
            found.add(1, way.id, shape, found.broken_ways[way.id])


def _finished(found: _Collector) -> Features:
    order = sorted(range(len(found.key)), key=found.key.__getitem__)
    shapes: npt.NDArray[np.object_] = shapely.from_wkb([found.shape[one] for one in order])
    single = shapely.get_type_id(shapes) == shapely.GeometryType.MULTIPOLYGON
    single &= shapely.get_num_geometries(shapes) == 1
    shapes[single] = shapely.get_geometry(shapes[single], 0)
    frame = pd.DataFrame([found.tags[one] for one in order], dtype=object)
    ids = ["nwr"[found.key[one][0]] + str(found.key[one][1]) for one in order]
    frame = frame.drop(columns=["osm_id", "geometry"], errors="ignore")
    frame.insert(0, "osm_id", pd.Series(ids, dtype=object, index=frame.index[: len(ids)]))
    rejects = tuple(
        {
            "osm_id": f"r{number}",
            "name": tags.get("name", ""),
            "tags": tags,
            "fault": _open_fault(number, tags),
        }
        for number, tags in sorted(found.relations.items())
        if number not in found.drawn
    )
    return Features(gpd.GeoDataFrame(frame, geometry=shapes, crs=OSM_CRS), rejects)


def _open_fault(number: int, tags: Mapping[str, str]) -> object:
    """Say why a relation has no area."""
    if "admin_level" in tags or tags.get("type") == "boundary":
        return fault("osm_boundary_open", name=tags.get("name", ""), id=number)
    return fault("osm_area_broken", id=f"r{number}")


def building_outlines(found: Features) -> Features:
    """Keep building areas; outlines that the file does not close become rejects."""
    frame = found.frame
    if "building" not in frame:
        return found
    built = ~frame["building"].isin(["no"])
    areas = frame.geom_type.isin(["Polygon", "MultiPolygon"])
    names = frame["name"] if "name" in frame else pd.Series("", index=frame.index)
    open_ways = [
        {"osm_id": one, "name": name, "tags": {}, "fault": fault("osm_area_broken", id=one)}
        for one, name in zip(
            frame.loc[built & ~areas, "osm_id"], names[built & ~areas].fillna(""), strict=True
        )
    ]
    return Features(frame[built & areas].reset_index(drop=True), (*found.rejects, *open_ways))


def place_entrances(nodes: gpd.GeoDataFrame, buildings: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Find the buildings on whose outline the entrances lie, by exactly equal coordinates (OSM nodes are shared)."""
    xy, building = shapely.get_coordinates(buildings.geometry.array, return_index=True)
    corner = pd.DataFrame(np.rint(xy * DEGREE_1E7).astype(np.int64), columns=["x", "y"])
    corner = corner.assign(building=building).drop_duplicates()
    place = np.rint(shapely.get_coordinates(nodes.geometry.array) * DEGREE_1E7).astype(np.int64)
    left = pd.DataFrame(place, columns=["x", "y"]).assign(node=np.arange(len(nodes)))
    joined = left.merge(corner, on=["x", "y"], how="left").sort_values(["node", "building"])
    frame = nodes.reindex(columns=["osm_id", "entrance", "geometry"]).iloc[
        joined["node"].to_numpy()
    ]
    frame = frame.reset_index(drop=True)
    frame.insert(2, "building", joined["building"].fillna(-1).to_numpy().astype(np.int64))
    return gpd.GeoDataFrame(frame, geometry="geometry", crs=OSM_CRS)

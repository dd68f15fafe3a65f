"""What a file without a usable CRS most likely is: the detective's finding for the sentence that refuses it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely
from pyproj import CRS

from geo.crs import LOCAL, WGS84, metric_crs
from geo.datum_layers import Layer
from geo.datum_words import figures
from geo.detective import Finding, Plane, of_points, of_shapes, outline_points
from geo.errors import Fault, InputError, fault
from geo.evidence import AtPlaces, OffPlaces
from geo.hypotheses import stated
from geo.params import Source, StudyParams
from geo.read.buildings import read_buildings
from geo.read.layers import read_layer
from geo.read.osm import OsmExtract
from geo.read.vector import FORMATS, read_vector
from geo.tables import ReadResult

Reader = Callable[..., ReadResult]
Floats = npt.NDArray[np.float64]
Geometries = npt.NDArray[np.object_]
_ASKED_FOR = ("crs_missing", "too_many_rejected")
_ROADS = {"highway": ("primary", "secondary", "tertiary", "residential", "unclassified", "service")}
# Northings of national grids start where China does; local grids subtract them away.
_NATIONAL_NORTHING = (300_000.0, 6_000_000.0)
_PREFIXED_EASTING = (13_000_000.0, 46_000_000.0)


@dataclass(frozen=True)
class _Known:
    """What the numbers are held against: buildings, or roads where the buildings are in question."""

    plane: Plane
    buildings: Geometries | None
    roads: Floats | None


def with_finding(
    params: StudyParams, section: str, source: Source, reader: Reader, error: InputError
) -> InputError:
    """Add to a refusal what the numbers most likely are.

    Parameters
    ----------
    reader
        Reader of the section, as it was called.
    error
        The refusal; others than a missing CRS or misplaced rows come back as they are.
    """
    if not any(one.code in _ASKED_FOR for one in error.faults):
        return error
    shapes = _raw_shapes(section, source, reader)
    if shapes is None or len(shapes) == 0:
        return error
    found = _finding(params, section, source, shapes)
    return type(error)(*error.faults, found) if found is not None else error


def _raw_shapes(section: str, source: Source, reader: Reader) -> Geometries | None:
    """Read the shapes with their numbers as they stand, whatever the file says about them."""
    try:
        if source.path is not None and source.path.suffix.lower() in FORMATS:
            shapes = read_vector(source.path, source.layer, section).geometry
        else:
            shapes = reader(replace(source, crs=LOCAL), extract=None).frame.geometry.to_numpy()
    except InputError:
        return None
    if shapes is None:
        return None
    usable = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    return np.asarray(shapes[usable], dtype=object)


def _finding(params: StudyParams, section: str, source: Source, shapes: Geometries) -> Fault | None:
    file = source.path.name if source.path else ""
    word = source.crs or ""
    shift = word if word in ("gcj02", "bd09") else "none"
    layer = Layer(section, file, shapes, stated(word if word[:4] == "EPSG" else "", shift), "", "")
    numbers = _numbers(shapes)
    middle = np.median(numbers, axis=0)
    known = _reference(params, section)
    if known is None:
        return _by_numbers(layer, middle)
    found = _held_against(known, layer, numbers)
    if found is None:
        return _by_numbers(layer, middle) or fault(
            "datum_elsewhere",
            section=section,
            file=file,
            x=f"{middle[0]:,.6g}",
            y=f"{middle[1]:,.6g}",
        )
    reference = "network" if known.buildings is None else "buildings"
    code = "datum_guess" if found.thin else "datum_found"
    return Fault(code, figures(layer, found, reference))


def _numbers(shapes: Geometries) -> Floats:
    """Return points of the shapes: points as they are, polygons by their outlines."""
    if (shapely.get_dimensions(shapes) == 0).all():
        return np.asarray(shapely.get_coordinates(shapes), np.float64)
    return outline_points(shapes, OffPlaces.points)


def _held_against(known: _Known, layer: Layer, numbers: Floats) -> Finding | None:
    points = bool((shapely.get_dimensions(layer.shapes) == 0).all())
    if known.buildings is not None:
        evidence = AtPlaces(known.buildings) if points else OffPlaces(known.buildings)
        return of_points(numbers, evidence, known.plane)
    if known.roads is None:
        return None
    # the buildings themselves are in question: place them by the first reading that leads here
    some = of_points(
        numbers, AtPlaces(np.asarray(shapely.points(known.roads), dtype=object)), known.plane
    )
    if some is None:
        return None
    trial = some.best.hypothesis

    def move(xy: Floats) -> Floats:
        return known.plane.metres(*trial.to_wgs84(xy[:, 0], xy[:, 1]))

    placed = OffPlaces(np.asarray(shapely.transform(layer.shapes, move), dtype=object))
    return of_shapes(numbers, known.roads, placed, known.plane, stated=trial)


def _reference(params: StudyParams, section: str) -> _Known | None:
    """Read what the questioned layer can be held against; None where that has no CRS either."""
    buildings = None if section == "buildings" else _buildings(params)
    if buildings is not None:
        shapes = buildings.geometry.to_numpy()
        plane = Plane(str(buildings.crs), shapely.get_coordinates(shapely.centroid(shapes)))
        return _Known(plane, shapes, None)
    roads = _roads(params)
    if roads is None or roads.empty:
        return None
    points = outline_points(roads.geometry.to_numpy(), OffPlaces.points)
    return _Known(Plane(str(roads.crs), points), None, points)


def _buildings(params: StudyParams) -> gpd.GeoDataFrame | None:
    source = params.sources["buildings"]
    extract = OsmExtract(source.osm.file) if source.osm is not None else None
    try:
        return _in_metres(read_buildings(source, extract=extract).frame)
    except InputError:
        return None


def _roads(params: StudyParams) -> gpd.GeoDataFrame | None:
    source = params.sources["network"]
    try:
        if source.osm is None:
            return _in_metres(read_layer(source).frame)
        features = OsmExtract(source.osm.file).features(_ROADS, nodes=False).frame
    except InputError:
        return None
    return _in_metres(features[shapely.get_dimensions(features.geometry.to_numpy()) == 1])


def _in_metres(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame | None:
    if frame.crs is None or frame.empty:
        return None
    return frame.to_crs(metric_crs(tuple(frame.to_crs(WGS84).total_bounds)))


def _by_numbers(layer: Layer, middle: Floats) -> Fault | None:
    """Say what the size of the numbers alone gives away."""
    about: dict[str, Any] = {
        "section": layer.section,
        "file": layer.file,
        "x": f"{middle[0]:,.0f}",
        "y": f"{middle[1]:,.0f}",
    }
    east, north = float(middle[0]), float(middle[1])
    if max(abs(east), abs(north)) <= 180.0:
        return None
    for one, other, order in ((east, north, ""), (north, east, "swapped")):
        if _within(one, _PREFIXED_EASTING) and _within(other, _NATIONAL_NORTHING):
            return fault("datum_zone_prefix", **about, crs=_prefixed(int(one // 1e6)), order=order)
    if any(
        _within(one, _NATIONAL_NORTHING) and _within(other, (100_000.0, 900_000.0))
        for one, other in ((north, east), (east, north))
    ):
        return fault("datum_zone_unknown", **about)
    return fault("datum_local_grid", **about)


def _prefixed(zone: int) -> str:
    """Name the CGCS2000 grid whose eastings start with a zone number."""
    code = 4513 + zone - 25 if zone >= 25 else 4491 + zone - 13
    return f"EPSG:{code}（{CRS.from_epsg(code).name}）"


def _within(value: float, span: tuple[float, float]) -> bool:
    return span[0] <= value <= span[1]

"""``fetch`` from end to end: find the place, get the data, write the study folder, or leave nothing behind."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import geopandas as gpd
import shapely

from geo.crs import metric_crs
from geo.errors import Fault, FetchError, InputError, OutputError, fault
from geo.fetch.cut import cut_region
from geo.fetch.osm_files import bounds_of, box_of, date_of, join_pieces, write_elements
from geo.fetch.overpass import Overpass, parts_of
from geo.fetch.place import WGS84, Place, find_place
from geo.fetch.request import FetchRequest
from geo.fetch.study_text import StudyText
from geo.fetch.units import Units, choose_units, walls_of, wanted_levels, write_geojson
from geo.folder_swap import replacing
from geo.progress import Progress, silent
from geo.read.osm import OsmExtract

EXTRACT = "extract.osm.pbf"
SUBDISTRICTS = "subdistricts.geojson"
EXTENT = "extent.geojson"
WALLS = "walls.geojson"
STUDY = "study.toml"
_TILE_M = 5_000.0
_MOST_KM2 = 3_000.0
_SIMPLER_M = 20.0
_NEVER = ".fetch"  # no folder holds it, so `replacing` takes the place of empty folders only


@dataclass(frozen=True)
class Fetched:
    """What was written.

    Attributes
    ----------
    osm_date
        Day of the OpenStreetMap data.
    units
        The sub-districts and what should be known about them.
    buildings_count, ways_count, walls_count
        Objects in the extract.
    retries
        Requests that had to be repeated.
    notes
        Everything a person should know.
    """

    folder: Path
    name: str
    osm_date: date
    units: Units
    buildings_count: int
    ways_count: int
    walls_count: int
    retries: int
    notes: tuple[Fault, ...]


def fetch(
    request: FetchRequest,
    folder: Path,
    *,
    template: str,
    files: Mapping[str, bytes] | None = None,
    progress: Progress = silent,
) -> Fetched:
    """Write a study folder for a place: boundaries, buildings, walking network and barriers.

    Parameters
    ----------
    template
        Study file to fill in, as ``servicecircle new`` writes it.
    files
        Further files of the folder, e.g. the empty register.

    Raises
    ------
    InputError
        When the request or the local file cannot be used, or there is nothing at the place.
    FetchError
        When a service gives no complete answer; nothing is written then.
    OutputError
        When the folder is not empty or cannot be written.
    """
    request.check()
    _require_free(folder)
    with replacing(folder, _NEVER) as fresh:
        progress("stage_place", 0, 1)
        place = find_place(request)
        crs = metric_crs(bounds_of(place.area))
        region = _region(place, request.margin_m, crs)
        levels = wanted_levels(place, request.admin_level)
        progress("stage_place", 1, 1)
        with tempfile.TemporaryDirectory() as scratch:
            source, osm_date, retries = _source(
                request, place, region, levels, crs, Path(scratch), progress
            )
            region, notes = _within(source, region, place)
            cut_region(
                source,
                region,
                fresh / EXTRACT,
                levels=levels,
                osm_date=osm_date,
                progress=progress,
            )
        done = _write(request, place, fresh, region, osm_date, crs)
        for name, content in (files or {}).items():
            (fresh / name).write_bytes(content)
        title = f"{place.name}十分钟党群服务圈"
        text = StudyText(done.units, osm_date, title, date.today(), done.walls_count > 0)
        (fresh / STUDY).write_text(text.filled(template), encoding="utf-8", newline="\n")
    units, ways, buildings, walls = done.units, done.ways, done.buildings, done.walls_count
    return Fetched(
        folder, place.name, osm_date, units, buildings, ways, walls, retries,
        (*notes, *units.notes, *done.notes),
    )  # fmt: skip


def _require_free(folder: Path) -> None:
    if folder.is_dir() and (present := sorted(one.name for one in folder.iterdir())):
        raise OutputError(fault("fetch_folder_full", folder=folder, files="、".join(present[:5])))


def _region(place: Place, margin_m: float, crs: str) -> shapely.Geometry:
    """Return the area with its margin, in degrees, outlined more simply but nowhere smaller."""
    area = gpd.GeoSeries([place.area], crs=WGS84).to_crs(crs)
    wider = area.buffer(margin_m + _SIMPLER_M).simplify(_SIMPLER_M)
    region: shapely.Geometry = wider.to_crs(WGS84).iloc[0]
    return region


def _source(
    request: FetchRequest,
    place: Place,
    region: shapely.Geometry,
    levels: tuple[int, ...],
    crs: str,
    scratch: Path,
    progress: Progress,
) -> tuple[Path, date, int]:
    """Return the file to cut from, its day and how many requests had to be repeated."""
    if request.pbf is not None:
        return request.pbf, date_of(request.pbf), 0
    tiles = _tiles(region, crs)
    outlines = parts_of(_region(place, 0.0, crs)) if levels else []
    server = Overpass(request)
    pieces: list[Path] = []
    days: list[date] = []
    asked = [*((one, levels) for one in outlines), *((one, ()) for one in tiles)]
    progress("stage_download", 0, len(asked))
    for number, (area, wanted) in enumerate(asked, 1):
        for answer in server.ask(area, wanted):
            piece = scratch / f"{len(pieces)}.osm.pbf"
            write_elements(answer.elements, piece)
            pieces.append(piece)
            days += [answer.osm_date] if answer.osm_date else []
        progress("stage_download", number, len(asked))
    joined = scratch / "joined.osm.pbf"
    join_pieces(pieces, joined)
    return joined, min(days, default=date.today()), server.retries


def _tiles(region: shapely.Geometry, crs: str) -> list[shapely.Polygon]:
    """Cut a region into parts that a public server answers at once.

    Raises
    ------
    InputError
        When it is too large for public servers.
    """
    plane = gpd.GeoSeries([region], crs=WGS84).to_crs(crs).iloc[0]
    if plane.area > _MOST_KM2 * 1e6:
        size = f"{plane.area / 1e6:,.0f}"
        raise InputError(fault("fetch_too_large", size=size, most=f"{_MOST_KM2:,.0f}"))
    west, south, east, north = plane.bounds
    columns, rows = (max(1, round((b - a) / _TILE_M)) for a, b in ((west, east), (south, north)))
    wide, high = (east - west) / columns, (north - south) / rows
    boxes = [
        shapely.box(
            west + i * wide, south + j * high, west + (i + 1) * wide, south + (j + 1) * high
        )
        for j in range(rows)
        for i in range(columns)
    ]
    parts = [part for box in boxes for part in parts_of(shapely.intersection(plane, box))]
    return list(gpd.GeoSeries(parts, crs=crs).to_crs(WGS84))


def _within(
    source: Path, region: shapely.Geometry, place: Place
) -> tuple[shapely.Geometry, tuple[Fault, ...]]:
    """Cut the region to what the source covers; the study must lie in it.

    Raises
    ------
    InputError
        When the source lies elsewhere.
    """
    box = box_of(source)
    if box is None or shapely.covers(box, region):
        return region, ()
    if not shapely.intersects(box, place.area):
        said = [", ".join(f"{one:.3f}" for one in bounds_of(shape)) for shape in (box, place.area)]
        raise InputError(fault("fetch_pbf_box", file=source.name, box=said[0], place=said[1]))
    code = "fetch_margin_cut" if shapely.covers(box, place.area) else "fetch_place_cut"
    return shapely.intersection(region, box), (fault(code, "warning", file=source.name),)


@dataclass(frozen=True)
class _Written:
    units: Units
    buildings: int
    ways: int
    walls_count: int
    notes: tuple[Fault, ...]


def _write(
    request: FetchRequest,
    place: Place,
    fresh: Path,
    region: shapely.Geometry,
    osm_date: date,
    crs: str,
) -> _Written:
    """Write the layers beside the extract.

    Raises
    ------
    InputError
        When nothing can be walked there, or there are no boundaries of the level asked for.
    """
    extract = OsmExtract(fresh / EXTRACT)
    ways = len(extract.ways({"highway": ()}))
    if ways == 0:
        error: Callable[..., Exception] = InputError if request.pbf is not None else FetchError
        raise error(fault("fetch_nothing", place=place.name))
    units = choose_units(extract, place, request.admin_level, crs)
    buildings = len(extract.buildings().frame)
    walls = walls_of(extract)
    write_geojson(units.frame, fresh / SUBDISTRICTS, from_osm=units.from_osm)
    extent = gpd.GeoDataFrame({"name": [place.name]}, geometry=[region], crs=WGS84)
    extent["osm_date"] = osm_date.isoformat()
    write_geojson(extent, fresh / EXTENT, from_osm=False)
    if len(walls):
        write_geojson(walls, fresh / WALLS, from_osm=True)
    notes = () if buildings else (fault("fetch_no_buildings", "warning", place=place.name),)
    return _Written(units, buildings, ways, len(walls), notes)

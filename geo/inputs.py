"""All inputs of a study, read, repaired, in one metric CRS, with what was found on the way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import geopandas as gpd
import pandas as pd
import shapely

from geo.building_zones import shape_building_zones
from geo.check import input_entry, input_faults, repair_polygons
from geo.crs import metric_crs, study_crs
from geo.datum_layers import SOURCE_COLUMN, Geometries, rows_by_source
from geo.datum_missing import with_finding
from geo.errors import CrsError, Fault, InputError, fault
from geo.params import Source, StudyParams
from geo.profiles import profile_of
from geo.progress import Progress, silent
from geo.read.buildings import building_ids, read_buildings
from geo.read.communities import read_communities
from geo.read.layers import read_layer
from geo.read.links import read_links
from geo.read.osm import OsmExtract
from geo.read.raw import RawTable
from geo.read.subdistricts import read_subdistricts
from geo.read.zones import read_zones
from geo.station_register import read_register
from geo.tables import ReadResult, empty_rejects
from geo.topology import fit_boundaries

LOCAL = "local"
WGS84 = "EPSG:4326"
OPTIONAL_LAYERS = (
    "entrances", "barriers", "compounds", "corrections", "candidates", "exclude",
)  # fmt: skip
PARTITIONS = ("subdistricts", "communities")  # zones may overlap
BARRIER_COLUMNS = ("kind", "name", "geometry")
ID_COLUMNS = {
    "subdistricts": "subdistrict_id",
    "communities": "community_id",
    "zones": "zone_id",
    "buildings": "building_id",
}
Box = tuple[float, float, float, float]
Reader = Callable[..., ReadResult]


@dataclass
class Inputs:
    """What a study works on.

    Attributes
    ----------
    crs
        Metric CRS as ``EPSG:…``, or ``local``.
    frames
        By section: ``subdistricts, communities, zones, buildings, stations, entrances, barriers, compounds,
        corrections, exclude``; geometry in `crs`. Only sections that the study has.
    records
        One a section: file, rows read, rows set aside, how its CRS came to be known, SHA-256.
    by_source
        Points of a section by the 坐标来源 of their rows; only sections where rows name one.
    originals
        Tables as they stand in their CSV or Excel file, by section; sections of several files have none.
    """

    crs: str
    frames: dict[str, gpd.GeoDataFrame]
    rejects: pd.DataFrame
    faults: list[Fault]
    records: list[dict[str, object]]
    extracts: dict[Path, OsmExtract]
    by_source: dict[str, dict[str, Geometries]] = field(default_factory=dict)
    originals: dict[str, RawTable] = field(default_factory=dict)

    def get(self, section: str) -> gpd.GeoDataFrame | None:
        """Return the frame of a section, None where the study has none."""
        return self.frames.get(section)

    @property
    def area(self) -> shapely.Geometry:
        """The study area: all sub-districts together."""
        return shapely.union_all(self.frames["subdistricts"].geometry.to_numpy())

    @property
    def is_local(self) -> bool:
        """Whether the study works in an unpublished local grid."""
        return self.crs == LOCAL


class _Gatherer:
    """Reads section after section and keeps what they say."""

    def __init__(self, params: StudyParams, progress: Progress) -> None:
        self.params = params
        self.progress = progress
        self.faults: list[Fault] = []
        self.rejects: list[pd.DataFrame] = []
        self.records: list[dict[str, object]] = []
        self.frames: dict[str, gpd.GeoDataFrame] = {}
        self.extracts: dict[Path, OsmExtract] = {}
        self.by_source: dict[str, dict[str, Geometries]] = {}
        self.originals: dict[str, RawTable] = {}
        self.crs = ""

    def extract(self, source: Source) -> OsmExtract | None:
        """Return the OSM file of a source, opened once for all sections that ask it."""
        if source.osm is None or not source.osm.file.is_file():
            return None
        if source.osm.file not in self.extracts:
            self.extracts[source.osm.file] = OsmExtract(source.osm.file)
        return self.extracts[source.osm.file]

    def read(self, section: str, reader: Reader, source: Source) -> None:
        """Read one source into the study's CRS."""
        self.progress("stage_read", len(self.records), len(self.params.sources))
        self._refuse_place(source)
        try:
            read = reader(source, extract=self.extract(source))
        except InputError as error:
            raise with_finding(self.params, section, source, reader, error) from error
        path = source.path or (source.osm.file if source.osm else None)
        file = path.name if path else ""
        read = repair_polygons(read, section, file)
        self.faults.extend(input_faults(read, section, file))
        if len(read.rejects):
            self.rejects.append(read.rejects)
        if read.original is not None and not source.name:
            self.originals[section] = read.original
        self.records.append({**input_entry(read, section, file), "name": source.name})
        if not self.crs:
            self.crs = self._choose_crs(read.frame)
        frame = self._into_crs(section, read.frame)
        sources = rows_by_source(frame)
        if sources:
            shapes = frame.geometry.to_numpy()
            self.by_source[section] = {word: shapes[rows] for word, rows in sources.items()}
        self.frames[section] = frame.drop(columns=SOURCE_COLUMN, errors="ignore")

    def all_rejects(self) -> pd.DataFrame:
        """Put together what was set aside so far."""
        return pd.concat(self.rejects, ignore_index=True) if self.rejects else empty_rejects()

    def _choose_crs(self, frame: gpd.GeoDataFrame) -> str:
        if self.params.crs:
            chosen = study_crs(self.params.crs)
        else:
            if frame.crs is None:
                raise CrsError(fault("crs_local_undeclared"))
            chosen = metric_crs(tuple(frame.to_crs(WGS84).total_bounds))
            self.faults.append(fault("crs_chosen", "info", crs=chosen))
        return chosen

    def _into_crs(self, section: str, frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
        if not frame.geometry.notna().any():
            return frame
        if self.crs == LOCAL:
            if frame.crs is not None:
                raise CrsError(fault("crs_local_with_other", section=section, found=str(frame.crs)))
            return frame
        if frame.crs is None:
            raise CrsError(fault("crs_local_with_other", section=section, found="local"))
        return frame.to_crs(self.crs)

    @staticmethod
    def _refuse_place(source: Source) -> None:
        if source.place is not None:
            raise InputError(fault("place_not_fetched", section=source.kind, place=source.place))


@dataclass(frozen=True)
class Survey:
    """What is known of the layers of a study that cannot be read as a whole; see `Inputs`."""

    records: list[dict[str, object]]
    faults: list[Fault]
    rejects: pd.DataFrame
    originals: dict[str, RawTable]


def survey(params: StudyParams) -> Survey:
    """Read every layer for itself; what is wrong with one is a finding and stops no other."""
    gather = _Gatherer(params, silent)
    readers = _readers(params, gather.frames)
    asked = [
        (name, one, params.sources[name]) for name, one in readers.items() if name in params.sources
    ]
    asked += [("zones", read_zones, one) for one in params.zones]
    asked += [("lines", read_layer, one) for one in params.lines]
    for section, reader, source in asked:
        if section == "stations" and not {"subdistricts", "buildings"} <= gather.frames.keys():
            continue  # the register is read against these, and what is wrong with them has been said
        try:
            gather.read(section, reader, source)
        except InputError as error:
            gather.faults.extend(error.faults)
    return Survey(gather.records, gather.faults, gather.all_rejects(), gather.originals)


def _readers(params: StudyParams, frames: dict[str, gpd.GeoDataFrame]) -> dict[str, Reader]:
    """Return who reads which section, in the order in which they build on one another's `frames`."""
    profile = profile_of(params.city, params.folder)
    return {
        "subdistricts": read_subdistricts,
        "communities": read_communities,
        "buildings": read_buildings,
        "stations": partial(
            read_register,
            frames=frames,
            aliases=profile.aliases,
            tiers=profile.words(),
            checks=profile.checks,
            default_tier=profile.default_tier,
        ),
        **dict.fromkeys(OPTIONAL_LAYERS, read_layer),
        "links": read_links,
    }


def read_inputs(params: StudyParams, progress: Progress = silent) -> Inputs:
    """Read and repair all layers but the network.

    Raises
    ------
    InputError
        When an input as a whole cannot be used.
    CrsError
        When a CRS is missing or local and other grids are mixed.
    """
    gather = _Gatherer(params, progress)
    for section, reader in _readers(params, gather.frames).items():
        if section in params.sources:
            gather.read(section, reader, params.sources[section])
    zones = []
    for source in params.zones:
        gather.read("zones", read_zones, source)
        zones.append(gather.frames["zones"].assign(zone_layer=source.name))
    if zones:
        gather.frames["zones"] = gpd.GeoDataFrame(
            pd.concat(zones, ignore_index=True), crs=gather.frames["subdistricts"].crs
        )
    lines = []
    for source in params.lines:
        gather.read("lines", read_layer, source)
        read = gather.frames["lines"]
        lines.append(read.assign(name=read["name"].fillna(source.name)))
    if lines:
        gather.frames["lines"] = gpd.GeoDataFrame(
            pd.concat(lines, ignore_index=True), crs=gather.frames["subdistricts"].crs
        )
    inputs = Inputs(
        crs=gather.crs,
        frames=gather.frames,
        rejects=gather.all_rejects(),
        faults=gather.faults,
        records=gather.records,
        extracts=gather.extracts,
        by_source=gather.by_source,
        originals=gather.originals,
    )
    buildings = inputs.frames["buildings"]
    inputs.frames["buildings"] = buildings.assign(building_id=building_ids(buildings))
    if zones:
        with_shapes, faults = shape_building_zones(
            inputs.frames["zones"], inputs.frames["buildings"]
        )
        inputs.frames["zones"] = with_shapes
        inputs.faults.extend(faults)
    progress("stage_read", 1, 1)
    for section, key in ID_COLUMNS.items():
        if section in inputs.frames:
            inputs.frames[section] = _sorted(inputs.frames[section], key)
    for section in PARTITIONS:
        if section in inputs.frames:
            inputs.frames[section], faults = fit_boundaries(inputs.frames[section], section)
            inputs.faults.extend(faults)
    _all_barriers(inputs, params, gather.extract(params.sources["network"]))
    return inputs


def _all_barriers(inputs: Inputs, params: StudyParams, extract: OsmExtract | None) -> None:
    """Put the study's own barriers and those of the OSM network file together.

    A study that names an OSM query as its barriers has said what bars; nothing is added to it.
    """
    own = inputs.get("barriers")
    layers = [] if own is None else [own]
    said = "barriers" in params.sources and params.sources["barriers"].osm is not None
    if extract is not None and not said:
        layers.append(extract.barriers().to_crs(inputs.crs))
    if not layers:
        layers.append(gpd.GeoDataFrame({"kind": [], "name": []}, geometry=[], crs=_crs_of(inputs)))
    barriers = pd.concat([one[list(BARRIER_COLUMNS)] for one in layers], ignore_index=True)
    inputs.frames["barriers"] = gpd.GeoDataFrame(barriers, crs=_crs_of(inputs))


def _crs_of(inputs: Inputs) -> str | None:
    return None if inputs.is_local else inputs.crs


def _sorted(frame: gpd.GeoDataFrame, key: str) -> gpd.GeoDataFrame:
    """Sort by id, so that every later tie is broken the same way whatever the order of the file."""
    return frame.sort_values(key, kind="stable").reset_index(drop=True)


def margin_m(params: StudyParams) -> float:
    """How far beyond the study area the network must be read: no walk within the cap leaves this margin."""
    fastest = max(pace.speed_m_per_s for pace in params.walk.paces.values())
    limits = [rule.limit for rule in params.rules if rule.basis == "walk_distance"]
    return float(max([params.cap_minutes * 60.0 * fastest, *limits])) + params.walk.max_access_m


def limit_m(params: StudyParams) -> float:
    """How far the longest walk within a limit of the study goes."""
    paces = params.walk.paces
    return max(
        rule.limit * (paces[rule.pace].speed_m_per_s if rule.basis == "time" else 1.0)
        for rule in params.rules
    )


def degrees_around(area: shapely.Geometry, crs: str, margin: float) -> Box:
    """Return west, south, east, north of an area and a margin, in degrees."""
    box = gpd.GeoSeries([shapely.box(*shapely.buffer(area, margin).bounds)], crs=crs)
    west, south, east, north = box.segmentize(5_000.0).to_crs(WGS84).total_bounds
    return float(west), float(south), float(east), float(north)

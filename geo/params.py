"""Frozen parameters of a study: paces, rules, inputs, walking rules, costs, output."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Literal

Basis = Literal["time", "walk_distance", "radius"]
BASES: tuple[Basis, ...] = ("time", "walk_distance", "radius")
DEFAULT_TIERS = ("subdistrict", "community", "emerging")
WEIGHTS = ("count", "footprint", "floor_area", "residents", "workers")


@dataclass(frozen=True)
class Pace:
    """How fast people walk and what they wait for.

    Attributes
    ----------
    speed_m_per_min
        Walking speed on the flat.
    signal_s, crossing_s
        Mean delay at a signalled and at an unsignalled crossing, paid once a crossing.
    stairs_factor
        Share of the speed that is kept on stairs (along their horizontal length).
    lift_s
        Wait for a lift, in the network and in buildings.
    slope
        Whether slopes count, where the study has heights.
    floors
        Whether the floors of both ends count (lift wait and ride, or stairs).
    lift_floor_s, stairs_floor_s
        Seconds a floor by lift and on the stairs.
    lift_from_levels
        Buildings of this many levels or more are taken to have a lift.

    Notes
    -----
    The presets are judgements, printed with every figure: 72 m/min lies within the field means of
    1.17-1.29 m/s; 54 m/min is for elderly walkers; lifts and stairs see docs/decisions/0022-height.md.
    """

    speed_m_per_min: float = 72.0
    signal_s: float = 30.0
    crossing_s: float = 5.0
    stairs_factor: float = 0.5
    lift_s: float = 40.0
    floors: bool = False
    lift_floor_s: float = 2.0
    stairs_floor_s: float = 18.0
    lift_from_levels: float = 7.0
    slope: bool = True

    @property
    def speed_m_per_s(self) -> float:
        """Walking speed in metres a second."""
        return self.speed_m_per_min / 60.0


PACES: Mapping[str, Pace] = {
    "standard": Pace(),
    "elderly": Pace(speed_m_per_min=54.0),
    "plain": Pace(signal_s=0.0, crossing_s=0.0, stairs_factor=1.0, lift_s=0.0, slope=False),
}


@dataclass(frozen=True)
class Rule:
    """One standard to judge by (评价标准).

    Attributes
    ----------
    name
        As printed, unique in a study.
    basis
        ``time``, ``walk_distance`` or ``radius``.
    minutes, metres
        The limit, inclusive: minutes for ``time``, metres for the other two.
    pace
        Name of a pace; only ``time`` uses it.
    tiers
        Tiers of stations that count; empty means all.
    weight
        What `pass_mark` measures, see `WEIGHTS` (or a user's column).
    pass_mark
        Share from 0 to 1, or None for no pass mark.
    open
        When a station must be open to count, ``any`` for whenever.
    """

    name: str
    basis: Basis = "time"
    minutes: float | None = 10.0
    metres: float | None = None
    pace: str = "standard"
    tiers: tuple[str, ...] = DEFAULT_TIERS
    weight: str = "residents"
    pass_mark: float | None = None
    open: str = "any"

    @property
    def limit(self) -> float:
        """The limit in seconds (``time``) or metres.

        Raises
        ------
        ValueError
            When the limit that the basis needs is missing.
        """
        value = self.minutes if self.basis == "time" else self.metres
        if value is None:
            raise ValueError(f"rule {self.name!r} has no limit for basis {self.basis!r}")
        return value * 60.0 if self.basis == "time" else value


DEFAULT_RULES = (
    Rule("十分钟党群服务圈"),
    Rule("步行500米", basis="walk_distance", minutes=None, metres=500.0),
    Rule("直线500米", basis="radius", minutes=None, metres=500.0),
)


@dataclass(frozen=True)
class OsmQuery:
    """Objects of an OSM file: a tag query, or boundaries of one admin_level.

    Attributes
    ----------
    file
        ``.osm.pbf``, ``.osm``.
    tags
        key -> accepted values; an empty tuple accepts any value. An object that meets one key is in.
    admin_level
        Boundary relations of this level; excludes `tags`.
    """

    file: Path
    tags: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    admin_level: int | None = None


@dataclass(frozen=True)
class Source:
    """Where one input comes from. Exactly one of `path`, `osm`, `place` is set.

    Attributes
    ----------
    kind
        Section of the study file, e.g. ``buildings``.
    path
        File on disk (absolute).
    layer
        Layer or sheet inside the file; None reads the only one (every sheet of a workbook).
    osm
        Query on an OSM file.
    place
        Place name to fetch through Overpass.
    crs
        Declared CRS: ``EPSG:…``, ``gcj02``, ``bd09``, ``local``; None takes the file's own.
    columns
        Column mapping, ours -> theirs.
    corrected
        Workbooks of corrected rows of a table, see `geo.read.corrected`; the later wins.
    name
        Name of a zone layer.
    osm_date
        Day of the OpenStreetMap data a file was made from; None for files of other origin.
    attribution
        Who made a file in OpenStreetMap's format that is not OpenStreetMap's data; empty: it is.
    """

    kind: str
    path: Path | None = None
    layer: str | None = None
    osm: OsmQuery | None = None
    place: str | None = None
    crs: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    name: str = ""
    osm_date: date | None = None
    corrected: tuple[Path, ...] = ()
    attribution: str = ""


@dataclass(frozen=True)
class WalkParams:
    """The access rule's distances and how far searches go."""

    frontage_m: float = 50.0
    max_access_m: float = 100.0
    cap_minutes: float | None = None
    min_component_nodes: int = 50
    paces: Mapping[str, Pace] = field(default_factory=lambda: dict(PACES))


@dataclass(frozen=True)
class NetworkParams:
    """How the walking network is read.

    Attributes
    ----------
    join
        ``vertices``, or ``crossings`` for line layers not cut at their crossings.
    extent
        ``polygon`` (hull of the file), ``complete``, or the path of a polygon layer.
    """

    join: Literal["vertices", "crossings"] = "vertices"
    extent: str | Path = "polygon"


@dataclass(frozen=True)
class Costs:
    """Relative costs of measures, the user's own."""

    station: float = 1.0
    gate: float = 0.1
    crossing: float = 0.5
    footbridge: float = 5.0


@dataclass(frozen=True)
class Output:
    """What is printed on every product."""

    issuer: str = ""
    audience: Literal["internal", "external"] = "internal"
    map_review_no: str = ""
    map_review_of: str = ""
    simulated: bool = False


@dataclass(frozen=True)
class StudyParams:
    """A whole study file, checked and resolved; paths are absolute."""

    name: str
    folder: Path
    as_of: date
    sources: Mapping[str, Source]
    zones: tuple[Source, ...] = ()
    crs: str | None = None
    city: str | None = None
    rules: tuple[Rule, ...] = DEFAULT_RULES
    walk: WalkParams = field(default_factory=WalkParams)
    network: NetworkParams = field(default_factory=NetworkParams)
    costs: Costs = field(default_factory=Costs)
    output: Output = field(default_factory=Output)
    lines: tuple[Source, ...] = ()

    @property
    def cap_minutes(self) -> float:
        """How far searches go: as set, else three times the largest limit in minutes."""
        if self.walk.cap_minutes is not None:
            return self.walk.cap_minutes
        return 3.0 * max([rule.minutes for rule in self.rules if rule.minutes] or [10.0])

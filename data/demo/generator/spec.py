"""Sizes of a fictional district: everything the generator is told, frozen."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Literal


@dataclass(frozen=True)
class Strip:
    """A long obstacle that runs through the whole chart: river, railway or motorway.

    Attributes
    ----------
    axis
        ``u``: stands at chart coordinate u = `at` and runs along v; ``v``: the other way round.
    width
        Between the axes of the two roads along it, metres.
    """

    kind: Literal["river", "rail", "motorway"]
    axis: Literal["u", "v"]
    at: float
    width: float
    name: str


@dataclass(frozen=True)
class Blob:
    """An oval place of the chart: centre, half axes in metres, name."""

    u: float
    v: float
    ru: float
    rv: float
    name: str = ""


@dataclass(frozen=True)
class StationPlan:
    """How many stations of which sort the register holds.

    Attributes
    ----------
    towers
        Tower stations in each subdistrict of the business district, the largest first.
    park_home
        Stations in the first park.
    park_subdistrict
        Park stations in the first business subdistrict.
    parks, commercial, compounds, elsewhere
        Stations in parks in all, in shopping quarters, in residential compounds, other.
    large, medium
        Stations in the business district with more than 1,000 and more than 300 m² (nested).
    demo
        Demonstration stations (示范站).
    not_open
        Rows with another status than 启用.
    area_floor_m2
        Sum of areas is above this.
    """

    towers: tuple[int, ...]
    parks: int
    park_home: int
    park_subdistrict: int
    commercial: int
    compounds: int
    elsewhere: int
    large: int
    medium: int
    demo: int
    not_open: int
    area_floor_m2: float


@dataclass(frozen=True)
class DistrictSpec:
    """A whole district to draw; lengths in metres, chart coordinates about (0, 0)."""

    key: str
    name: str
    code: str
    seed: int
    lon: float
    lat: float
    outline: Blob
    lobes: tuple[float, ...]
    cbd: Blob
    cbd_area_m2: float
    strips: tuple[Strip, ...]
    hills: tuple[Blob, ...]
    malls: tuple[Blob, ...]
    parks: tuple[Blob, ...]
    villages: int
    campuses: int
    greens: int
    subdistricts: tuple[str, ...]
    communities: tuple[int, ...]
    residents: int
    cbd_workers: int
    stations: StationPlan
    lattice_m: float = 1250.0
    margin_m: float = 2400.0
    crs: str = "EPSG:4547"
    as_of: date = date(2026, 6, 30)
    walls: bool = field(default=True)


SMALL = DistrictSpec(
    key="small",
    name="云麓区（虚构）先行片",
    code="990108",
    seed=20260630,
    lon=113.93,
    lat=24.52,
    outline=Blob(0.0, 0.0, 2000.0, 1550.0),
    lobes=(0.10, 0.09, 0.06),
    cbd=Blob(150.0, -50.0, 520.0, 430.0),
    cbd_area_m2=1.2e6,
    strips=(
        Strip("river", "v", -720.0, 210.0, "澄江"),
        Strip("rail", "u", -900.0, 60.0, "云澄铁路"),
        Strip("motorway", "v", 900.0, 80.0, "麓南快速路"),
    ),
    hills=(Blob(1150.0, 950.0, 620.0, 420.0, "望麓山"),),
    malls=(Blob(-350.0, 250.0, 260.0, 200.0, "星槎里商圈"),),
    parks=(Blob(-1300.0, 300.0, 300.0, 300.0, "澄湾科创园"),),
    villages=3,
    campuses=1,
    greens=2,
    subdistricts=("云岫", "澄浦", "麓前", "松坞", "鹤渚"),
    communities=(6, 5, 5, 4, 4),
    residents=168_000,
    cbd_workers=96_000,
    stations=StationPlan((12, 6), 5, 5, 0, 3, 3, 2, 2, 6, 3, 3, 30_000.0),
)

SPECS = {spec.key: spec for spec in (SMALL,)}

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
    gaps
        Communities without a centre of their own (阵地空白点); another one has two.
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
    gaps: int


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
    residents=196_000,
    cbd_workers=96_000,
    stations=StationPlan((12, 6), 5, 5, 0, 3, 3, 2, 2, 6, 3, 3, 30_000.0, 1),
)

FULL = DistrictSpec(
    key="full",
    name="云麓区（虚构）",
    code="990108",
    seed=20260701,
    lon=113.93,
    lat=24.52,
    outline=Blob(0.0, 200.0, 6300.0, 4700.0),
    lobes=(0.11, 0.08, 0.07, 0.04),
    cbd=Blob(-200.0, -300.0, 1150.0, 820.0),
    cbd_area_m2=12.0e6,
    strips=(
        Strip("river", "v", -2000.0, 270.0, "澄江"),
        Strip("rail", "u", -2700.0, 64.0, "云澄铁路"),
        Strip("motorway", "v", 2250.0, 84.0, "麓南快速路"),
        Strip("motorway", "u", 3300.0, 84.0, "云东高速"),
    ),
    hills=(
        Blob(-1700.0, 4300.0, 2700.0, 1500.0, "云麓山"),
        Blob(4300.0, 3300.0, 1700.0, 1500.0, "望麓山"),
        Blob(-5000.0, -300.0, 800.0, 620.0, "松坞岭"),
    ),
    malls=(
        Blob(-1500.0, 800.0, 420.0, 330.0, "星槎里商圈"),
        Blob(1650.0, -900.0, 420.0, 330.0, "镜湾天地商圈"),
    ),
    parks=(
        Blob(4700.0, 400.0, 800.0, 620.0, "云麓科技园"),
        Blob(350.0, 800.0, 330.0, 260.0, "澄心创意园"),
        Blob(-4300.0, 1500.0, 420.0, 380.0, "麓西智造园"),
        Blob(-3600.0, -3300.0, 420.0, 380.0, "鹤渚生物医药园"),
        Blob(2500.0, -3200.0, 420.0, 380.0, "晴峦软件园"),
        Blob(1700.0, 2900.0, 380.0, 360.0, "松荫数字产业园"),
    ),
    villages=26,
    campuses=6,
    greens=8,
    subdistricts=(
        "云岫", "澄浦", "镜湾", "星槎", "麓前", "松坞", "鹤渚", "棠荫", "枫渡", "望舒", "清砚",
        "竹屿", "桂汀", "蘅洲", "岚桥", "梧冈", "听泉", "白苹", "采薇", "锦澜", "晴峦",
    ),
    communities=(22, 19, 17, 16, 15, 14, 13, 13, 12, 12, 11, 10, 10, 9, 8, 7, 6, 5, 5, 4, 2),
    residents=2_240_000,
    cbd_workers=960_000,
    stations=StationPlan((39, 31, 25, 19), 29, 8, 6, 2, 1, 1, 6, 18, 7, 9, 240_000.0, 3),
    lattice_m=1400.0,
)  # fmt: skip

SPECS = {spec.key: spec for spec in (SMALL, FULL)}

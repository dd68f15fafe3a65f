"""The register of stations: every column that a planner fills in, for hosts already chosen."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from scipy.spatial import cKDTree

from data.demo.generator.attributes import Tables
from data.demo.generator.city import City
from data.demo.generator.hosts import community_centres, emerging, subdistrict_centres
from data.demo.generator.inactive import not_open

F = npt.NDArray[np.float64]
I = npt.NDArray[np.int64]  # noqa: E741
Cells = npt.NDArray[np.object_]

_OFFICE_HOURS = (
    "周一至周五 9:00-18:00",
    "Mo-Fr 08:30-18:00",
    "工作日 9:00-12:00，14:00-18:00",
    "周一至周五 9:00-21:00；周六 10:00-17:00",
    "Mo-Fr 09:00-21:00; Sa-Su 10:00-17:00",
)
_LOCAL_HOURS = (
    "每天 9:00-21:00",
    "周一至周日 8:30-21:30",
    "Mo-Su 09:00-20:00",
    "周一至周五 8:30-17:30",
    "周二至周日 9:00-20:00",
    "24小时",
)
_OPERATORS = ("安和物业服务中心", "同程商务服务中心", "益邻社会工作服务中心", "启明党建服务中心")
_SOURCES = ("区阵地资源库（模拟）", "街道年报（模拟）", "现场核查（模拟）")
_FIRST_DAY = date(2017, 1, 1)
# The floor of the highest station (垂直社区) and its area, as published.
_HIGH_FLOOR, _HIGH_AREA = 46, 558
RIVERSIDE_M = 480.0


def make_register(city: City, tables: Tables, rng: np.random.Generator) -> pd.DataFrame:
    """Choose hosts for all stations and fill the register in.

    Returns
    -------
    DataFrame
        The columns of the register by plain keys, and ``x, y`` in the metric plane.
    """
    parts = [
        subdistrict_centres(city, tables, rng),
        community_centres(city, tables, rng),
        emerging(city, tables, rng),
    ]
    frame = pd.concat(parts, ignore_index=True)
    frame = _sizes(city, tables, frame, rng)
    frame = _service(city, frame, rng)
    frame = _labels(city, tables, frame, rng)
    frame["served"] = _served(tables, frame, rng)
    frame["address"] = addresses(city, frame, rng)
    resting = not_open(city, tables, frame, rng)
    resting["address"] = addresses(city, resting, rng)
    return pd.concat([frame, resting], ignore_index=True)


def _sizes(
    city: City, tables: Tables, frame: pd.DataFrame, rng: np.random.Generator
) -> pd.DataFrame:
    """Floors and areas: the published classes in the business district, the published sum in all.

    Notes
    -----
    The classes (more than 1,000 and 300 m²) hold for the emerging stations of the business district; one tower
    station there has exactly 1,000 m², which is not more than 1,000, and one on floor 46 has 558 m².
    """
    plan, count = city.spec.stations, len(frame)
    tier = frame["tier"].to_numpy(dtype=object)
    new, in_zone = tier == "新兴领域", frame["zone"].to_numpy(dtype=bool)
    area = np.round(rng.gamma(6.0, 26.0, count)) + 60
    area[new] = np.minimum(area[new], 298)
    area[new & ~in_zone] = np.round(rng.uniform(80, 420, int((new & ~in_zone).sum())))
    levels = tables.buildings["levels"].to_numpy()[frame["host"]]
    inside = np.flatnonzero(in_zone & (frame["kind"] == "楼宇").to_numpy())
    tall = inside[np.argsort(-levels[inside], kind="stable")]
    big = rng.permutation(tall[1:])[: plan.medium - 1]
    area[big[: plan.large]] = np.round(rng.uniform(1020, 1680, plan.large), -1)
    area[big[plan.large]] = 1000
    middle = big[plan.large + 1 :]
    area[middle] = np.round(rng.uniform(305, 880, len(middle)))
    area[tall[0]] = _HIGH_AREA
    area[tier == "街道"] = np.round(rng.uniform(900, 2600, int((tier == "街道").sum())), -1)
    homes = tier == "社区"
    lack = 1.006 * plan.area_floor_m2 - area[~homes].sum()
    share = rng.uniform(0.45, 1.55, int(homes.sum()))
    area[homes] = np.round(share / share.sum() * lack)
    floor = np.where(homes, rng.integers(1, 3, count), rng.integers(1, 6, count))
    floor = np.where(frame["kind"] == "楼宇", rng.integers(1, 30, count), floor)
    floor = np.minimum(floor, levels)
    floor[tall[0]] = _HIGH_FLOOR
    return frame.assign(area=area.astype(int), floor=floor, levels=levels)


def _service(city: City, frame: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """When stations open, for whom, and since when; a few will close after the day of the study."""
    as_of, count = city.spec.as_of, len(frame)
    office = frame["kind"].isin(["楼宇", "园区"]).to_numpy()
    new = (frame["tier"] == "新兴领域").to_numpy()
    draw = rng.random((5, count))
    scope = np.full(count, "公众开放", dtype=object)
    scope[office & (draw[0] < 0.24)] = "楼内开放"
    scope[new & (draw[0] > 0.965)] = "组织内"
    hours = np.where(office, _one_of(_OFFICE_HOURS, count, rng), _one_of(_LOCAL_HOURS, count, rng))
    hours[draw[1] < 0.04] = ""
    last = (as_of - _FIRST_DAY).days - 20
    days = np.minimum(rng.gamma(3.2, 420.0, count).astype(int) + 60, last)
    closing = (draw[2] > 0.985) & new
    ahead = (40 + 200 * draw[3]).astype(int)
    closed = [
        as_of + timedelta(days=more) if shuts else None
        for more, shuts in zip(ahead.tolist(), closing.tolist(), strict=True)
    ]
    return frame.assign(
        scope=scope,
        hours=hours,
        booking=np.where(draw[4] < np.where(office, 0.5, 0.12), "是", "否"),
        status="启用",
        opened=[_FIRST_DAY + timedelta(days=day) for day in days.tolist()],
        closed=pd.Series(closed, dtype=object),
    )


def _labels(
    city: City, tables: Tables, frame: pd.DataFrame, rng: np.random.Generator
) -> pd.DataFrame:
    """Programmes, demonstration stations, co-location, operator, and where each row comes from."""
    spec, count = city.spec, len(frame)
    kind, tier = frame["kind"].to_numpy(dtype=object), frame["tier"].to_numpy(dtype=object)
    centre = tier != "新兴领域"
    draw = rng.random((3, count))
    programme = np.full(count, "", dtype=object)
    programme[kind == "楼宇"] = "百楼百站"
    programme[kind == "园区"] = "百园百站"
    programme[(tier == "社区") & _riverside(city, frame)] = "澄江驿站群"
    joint = np.full(count, "", dtype=object)
    joint[centre & (draw[0] < 0.6)] = "新时代文明实践站、政务服务站"
    joint[(tier == "街道") & (draw[0] < 0.9)] = "新时代文明实践所、政务服务中心"
    joint[~centre & (draw[0] < 0.06)] = "图书馆分馆"
    joint[~centre & (draw[0] > 0.95)] = "新时代文明实践站、政务服务站"
    office = tables.subdistricts["name"].to_numpy(dtype=object)[frame["sub"]] + "办事处"
    dated = rng.integers(0, 5, count) * 30
    source = np.searchsorted([0.7, 0.9], draw[1], side="right")
    datum = np.searchsorted([0.9, 0.96], draw[2], side="right")
    return frame.assign(
        demo=np.where(_demo(city, frame), "是", "否"),
        programme=programme,
        joint=joint,
        operator=np.where(centre, office, _one_of(_OPERATORS, count, rng)),
        source=np.array(_SOURCES, dtype=object)[source],
        dated=[spec.as_of - timedelta(days=days) for days in dated.tolist()],
        datum=np.array(["高德", "百度", "天地图"], dtype=object)[datum],
        host_name=tables.buildings["name"].to_numpy(dtype=object)[frame["host"]],
        note="",
    )


def _one_of(values: tuple[str, ...], count: int, rng: np.random.Generator) -> Cells:
    """Draw one of the values for each row."""
    return np.array(values, dtype=object)[rng.integers(0, len(values), count)]


def _demo(city: City, frame: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """Demonstration stations: the largest towers of the business district, a shopping quarter, a park."""
    kind = frame["kind"].to_numpy(dtype=object)
    demo = np.zeros(len(frame), dtype=bool)
    order = np.argsort(-frame["area"].to_numpy(), kind="stable")
    towers = order[(kind[order] == "楼宇") & frame["zone"].to_numpy(dtype=bool)[order]]
    demo[towers[: city.spec.stations.demo - 2]] = True
    for value in ("商圈", "园区"):
        demo[np.flatnonzero(kind == value)[0]] = True
    return demo


def _riverside(city: City, frame: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """Stations near the river: the riverside group (驿站群)."""
    river = [one.xy for one in city.features if one.tags.get("waterway") == "river"]
    lines = np.array([shapely.linestrings(xy) for xy in river], dtype=object)
    gap = shapely.distance(shapely.points(frame[["x", "y"]].to_numpy()), shapely.union_all(lines))
    return np.asarray(gap < RIVERSIDE_M)


def _served(tables: Tables, frame: pd.DataFrame, rng: np.random.Generator) -> list[str]:
    """Some tower stations serve up to three towers nearby that have no station."""
    buildings, count = tables.buildings, len(frame)
    has = np.zeros(len(buildings), dtype=bool)
    has[frame["host"]] = True
    other = np.flatnonzero((buildings["tower"] & buildings["name"].notna()).to_numpy() & ~has)
    if len(other) < 3:
        return [""] * count
    tree = cKDTree(buildings[["x", "y"]].to_numpy()[other])
    found = tree.query(frame[["x", "y"]].to_numpy(), k=3)
    gap, near = np.asarray(found[0]), np.asarray(found[1])
    number = rng.integers(1, 4, count)
    serves = (frame["kind"] == "楼宇").to_numpy() & (rng.random(count) < 0.3)
    counts = serves[:, None] & (np.arange(3) < number[:, None]) & (gap < 260.0)
    names = buildings["name"].to_numpy(dtype=object)[other][near]
    return ["；".join(row[held]) for row, held in zip(names, counts, strict=True)]


def addresses(city: City, frame: pd.DataFrame, rng: np.random.Generator) -> list[str]:
    """Street and number of each station: the nearest named road."""
    named = np.flatnonzero(city.edge_name != "")
    tree = shapely.STRtree(city.edges.lines(named))
    near = named[tree.nearest(shapely.points(frame[["x", "y"]].to_numpy()))]
    number = rng.integers(1, 420, len(frame))
    return [
        f"{street}{value}号"
        for street, value in zip(city.edge_name[near].tolist(), number.tolist(), strict=True)
    ]

"""The register of stations: which buildings host them, and every column of the workbook."""

from __future__ import annotations

import re
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from scipy.spatial import cKDTree

from data.demo.generator.attributes import Tables
from data.demo.generator.city import City
from data.demo.generator.landuse import Use

F = npt.NDArray[np.float64]
I = npt.NDArray[np.int64]  # noqa: E741

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


def make_register(city: City, tables: Tables, rng: np.random.Generator) -> pd.DataFrame:
    """Choose hosts for all stations and fill the register in.

    Returns
    -------
    DataFrame
        The columns of the register by plain keys, and ``x, y`` in the metric plane.
    """
    parts = [
        _subdistrict_centres(city, tables, rng),
        _community_centres(city, tables, rng),
        _emerging(city, tables, rng),
    ]
    frame = pd.concat(parts, ignore_index=True)
    frame = _areas(city, tables, frame, rng)
    frame = _details(city, tables, frame, rng)
    return pd.concat([frame, _not_open(city, tables, frame, rng)], ignore_index=True)


def _rows(tables: Tables, host: I, tier: str, kind: str) -> pd.DataFrame:
    """One row a host building."""
    found = tables.buildings.iloc[host]
    return pd.DataFrame(
        {
            "tier": tier,
            "kind": kind,
            "host": host,
            "sub": found["sub"].to_numpy(),
            "com": found["com"].to_numpy(),
            "zone": found["zone"].to_numpy(),
            "x": found["x"].to_numpy(),
            "y": found["y"].to_numpy(),
        }
    )


def _subdistrict_centres(city: City, tables: Tables, rng: np.random.Generator) -> pd.DataFrame:
    """One centre a sub-district: in a public or commercial building near its middle, else any."""
    middle = shapely.get_coordinates(shapely.centroid(city.areas.subdistrict))
    frame = tables.buildings
    wanted = np.where(frame["landuse"].isin([Use.PUBLIC, Use.MALL]), 0.0, 900.0)
    wanted += np.where(frame["landuse"].isin([Use.VILLAGE, Use.CAMPUS]), 800.0, 0.0)
    gap = np.hypot(*(frame[["x", "y"]].to_numpy() - middle[frame["sub"]]).T)
    host = _best(frame["sub"].to_numpy(), gap + wanted + rng.uniform(0, 300, len(frame)))
    rows = _rows(tables, host, "街道", "独立")
    name = tables.subdistricts["name"].to_numpy(dtype=object)[rows["sub"]]
    rows["name"] = [f"{one}党群服务中心" for one in name]
    return rows


def _community_centres(city: City, tables: Tables, rng: np.random.Generator) -> pd.DataFrame:
    """One centre a community, not always in its middle; a few share the next community's house."""
    frame = tables.buildings
    middle = shapely.get_coordinates(shapely.centroid(city.areas.community))
    reach = np.sqrt(shapely.area(city.areas.community))[frame["com"]]
    gap = np.hypot(*(frame[["x", "y"]].to_numpy() - middle[frame["com"]]).T) / reach
    odd = frame["landuse"].isin([Use.CBD, Use.GREEN, Use.INDUSTRY]).to_numpy() * 0.5
    host = _best(frame["com"].to_numpy(), gap + odd + rng.uniform(0, 0.45, len(frame)))
    if len(host) < len(city.areas.community):
        raise RuntimeError("a community has no building to host its centre")
    # Where a community has none of its own, the nearest other one of its sub-district has two.
    count = len(host)
    lacking = rng.permutation(count)[: city.spec.stations.gaps]
    apart = np.hypot(*(middle[:, None] - middle[lacking][None]).transpose(2, 0, 1))
    of = city.areas.community_of
    apart[of[:, None] != of[lacking][None]] = np.inf
    apart[lacking] = np.inf
    shared = np.argmin(apart, axis=0)
    again = gap + odd
    again[host] = np.inf
    host[lacking] = _best(frame["com"].to_numpy(), again)[shared]
    rows = _rows(tables, host, "社区", "小区")
    name = tables.communities["name"].to_numpy(dtype=object)
    number = np.where(np.isin(np.arange(count), lacking), "第二", "")
    rows["name"] = [
        f"{one}{nth}党群服务中心" for one, nth in zip(name[rows["com"]], number, strict=True)
    ]
    return rows


def _best(group: I, score: F) -> I:
    """Row of the smallest score in each group, by group number."""
    order = np.lexsort((score, group))
    return np.asarray(order[np.unique(group[order], return_index=True)[1]])


def _emerging(city: City, tables: Tables, rng: np.random.Generator) -> pd.DataFrame:
    """Stations of the emerging sectors: towers, parks, shopping quarters, compounds, others."""
    plan, frame = city.spec.stations, tables.buildings
    draw = rng.random(len(frame))
    use = frame["landuse"].to_numpy()
    parts: list[tuple[str, I]] = []
    for index, count in enumerate(plan.towers):
        some = np.flatnonzero(frame["tower"] & (use == Use.CBD) & (frame["sub"] == index))
        parts.append(("楼宇", _spread(some, frame, draw - frame["area"].to_numpy() / 1e5, count)))
    parts.append(("园区", _park_hosts(city, tables, draw)))
    taken = np.concatenate([host for _, host in parts])
    free = ~np.isin(np.arange(len(frame)), taken)
    malls = np.flatnonzero(free & (use == Use.MALL) & (frame["area"] > 6000.0))
    parts.append(("商圈", _spread(malls, frame, draw, plan.commercial)))
    homes = np.flatnonzero(free & (use == Use.MODERN))
    parts.append(("小区", _spread(homes, frame, draw, plan.compounds)))
    rest = np.flatnonzero(free & np.isin(use, [Use.PUBLIC, Use.VILLAGE]))
    parts.append(("其他", _spread(rest, frame, draw, plan.elsewhere)))
    rows = pd.concat(
        [_rows(tables, host, "新兴领域", kind) for kind, host in parts], ignore_index=True
    )
    host_name = frame["name"].to_numpy(dtype=object)[rows["host"]]
    com = tables.communities["name"].to_numpy(dtype=object)[rows["com"]]
    rows["name"] = [
        f"{_place(name or place, kind)}党群服务站"
        for name, place, kind in zip(host_name, com, rows["kind"], strict=True)
    ]
    return rows


def _place(name: str, kind: str) -> str:
    """A station in a compound goes by the compound, not by the number of a house."""
    return re.sub(r"\d+栋$", "", name) if kind == "小区" else name


def _spread(some: I, frame: pd.DataFrame, score: F, count: int) -> I:
    """Take `count` of the rows, the best of every community before any second one."""
    if len(some) < count:
        raise RuntimeError(f"{len(some)} hosts for {count} stations")
    order = some[np.lexsort((score[some], frame["com"].to_numpy()[some]))]
    rank = pd.Series(order).groupby(frame["com"].to_numpy()[order]).cumcount().to_numpy()
    return np.asarray(order[np.lexsort((score[order], rank))][:count])


def _park_hosts(city: City, tables: Tables, draw: F) -> I:
    """Stations in parks: the first park, the business sub-district with most parks, the others in turn."""
    plan, frame = city.spec.stations, tables.buildings
    park, sub = frame["park"].to_numpy(), frame["sub"].to_numpy()
    first = _spread(np.flatnonzero(park == 0), frame, draw, plan.park_home)
    rest = (park > 0) if len(city.spec.parks) > 1 else (park < -1)
    chosen = [first]
    if plan.park_subdistrict:
        inner = rest & (sub < len(plan.towers))
        favourite = int(np.argmax(np.bincount(sub[inner], minlength=1)))
        chosen.append(
            _spread(np.flatnonzero(rest & (sub == favourite)), frame, draw, plan.park_subdistrict)
        )
        rest &= sub != favourite
    left = plan.parks - sum(len(one) for one in chosen)
    if left:
        order = np.flatnonzero(rest)
        order = order[np.lexsort((draw[order], park[order]))]
        rank = pd.Series(order).groupby(park[order]).cumcount().to_numpy()
        chosen.append(order[np.lexsort((draw[order], rank))][:left])
    hosts = np.concatenate(chosen)
    if len(hosts) != plan.parks:
        raise RuntimeError("too few park buildings for the stations planned")
    return hosts


def _areas(
    city: City, tables: Tables, frame: pd.DataFrame, rng: np.random.Generator
) -> pd.DataFrame:
    """Floor areas: the stated classes among the emerging stations of the business district, the stated sum in all."""
    plan = city.spec.stations
    count = len(frame)
    tier = frame["tier"].to_numpy(dtype=object)
    area = np.round(rng.gamma(6.0, 26.0, count)) + 60
    emerging = tier == "新兴领域"
    area[emerging] = np.minimum(area[emerging], 298)
    outside = emerging & ~frame["zone"].to_numpy()
    area[outside] = np.round(rng.uniform(80, 420, int(outside.sum())))
    levels = tables.buildings["levels"].to_numpy()[frame["host"]]
    inside = np.flatnonzero(emerging & frame["zone"].to_numpy() & (frame["kind"] == "楼宇"))
    tall = inside[np.argsort(-levels[inside], kind="stable")]
    high = tall[0]
    big = rng.permutation(tall[1:])[: plan.medium - 1]
    area[big[: plan.large]] = np.round(rng.uniform(1020, 1680, plan.large), -1)
    area[big[plan.large]] = 1000
    middle = big[plan.large + 1 :]
    area[middle] = np.round(rng.uniform(305, 880, len(middle)))
    area[high] = 558
    centres = tier == "街道"
    area[centres] = np.round(rng.uniform(900, 2600, int(centres.sum())), -1)
    homes = tier == "社区"
    lack = 1.006 * plan.area_floor_m2 - area[~homes].sum()
    share = rng.uniform(0.45, 1.55, int(homes.sum()))
    area[homes] = np.round(share / share.sum() * lack)
    floor = np.where(tier == "社区", rng.integers(1, 3, count), rng.integers(1, 6, count))
    floor = np.where(frame["kind"] == "楼宇", rng.integers(1, 30, count), floor)
    floor = np.minimum(floor, levels)
    floor[high] = 46
    return frame.assign(area=area.astype(int), floor=floor, levels=levels)


def _details(
    city: City, tables: Tables, frame: pd.DataFrame, rng: np.random.Generator
) -> pd.DataFrame:
    """Everything else a register says."""
    spec, count = city.spec, len(frame)
    kind, tier = frame["kind"].to_numpy(dtype=object), frame["tier"].to_numpy(dtype=object)
    draw = rng.random((8, count))
    office = np.isin(kind, ["楼宇", "园区"])
    scope = np.full(count, "公众开放", dtype=object)
    scope[office & (draw[0] < 0.24)] = "楼内开放"
    scope[(tier == "新兴领域") & (draw[0] > 0.965)] = "组织内"
    hours = np.where(
        office,
        np.array(_OFFICE_HOURS, dtype=object)[rng.integers(0, len(_OFFICE_HOURS), count)],
        np.array(_LOCAL_HOURS, dtype=object)[rng.integers(0, len(_LOCAL_HOURS), count)],
    )
    hours[draw[1] < 0.04] = ""
    first = date(2017, 1, 1)
    last = (spec.as_of - first).days
    days = np.minimum(rng.gamma(3.2, 420.0, count).astype(int) + 60, last - 20)
    opened = [first + timedelta(days=int(one)) for one in days]
    closing = np.flatnonzero((draw[2] > 0.985) & (tier == "新兴领域"))
    closed: list[date | None] = [None] * count
    for row in closing.tolist():
        closed[row] = spec.as_of + timedelta(days=int(40 + 200 * draw[3, row]))
    programme = np.full(count, "", dtype=object)
    programme[kind == "楼宇"] = "百楼百站"
    programme[kind == "园区"] = "百园百站"
    programme[_line_rows(city, frame)] = "澄江驿站群"
    demo = np.zeros(count, dtype=bool)
    order = np.argsort(-frame["area"].to_numpy(), kind="stable")
    towers = order[(kind[order] == "楼宇") & frame["zone"].to_numpy()[order]]
    demo[towers[: spec.stations.demo - 2]] = True
    for value in ("商圈", "园区"):
        demo[np.flatnonzero(kind == value)[0]] = True
    joint = np.full(count, "", dtype=object)
    centre = tier != "新兴领域"
    joint[centre & (draw[4] < 0.6)] = "新时代文明实践站、政务服务站"
    joint[(tier == "街道") & (draw[4] < 0.9)] = "新时代文明实践所、政务服务中心"
    joint[~centre & (draw[4] < 0.06)] = "图书馆分馆"
    joint[~centre & (draw[4] > 0.95)] = "新时代文明实践站、政务服务站"
    sub = tables.subdistricts["name"].to_numpy(dtype=object)[frame["sub"]]
    operator = np.array(_OPERATORS, dtype=object)[rng.integers(0, len(_OPERATORS), count)]
    operator = np.where(centre, [f"{one}办事处" for one in sub], operator)
    source = np.array(_SOURCES, dtype=object)[np.searchsorted([0.7, 0.9], draw[5], side="right")]
    dated = [spec.as_of - timedelta(days=int(one)) for one in rng.integers(0, 5, count) * 30]
    datum = np.array(["高德", "百度", "天地图"], dtype=object)[
        np.searchsorted([0.9, 0.96], draw[6], side="right")
    ]
    own = frame.assign(
        scope=scope,
        hours=hours,
        booking=np.where(draw[7] < np.where(office, 0.5, 0.12), "是", "否"),
        status="启用",
        opened=opened,
        closed=closed,
        demo=np.where(demo, "是", "否"),
        programme=programme,
        joint=joint,
        operator=operator,
        source=source,
        dated=dated,
        datum=datum,
        note="",
    )
    own["served"] = _served(tables, own, rng)
    own["host_name"] = tables.buildings["name"].to_numpy(dtype=object)[own["host"]]
    own["address"] = _addresses(city, own, rng)
    return own


def _line_rows(city: City, frame: pd.DataFrame) -> I:
    """Community centres and other stations near the river: the riverside group (驿站群)."""
    river = [
        shapely.linestrings(one.xy) for one in city.features if one.tags.get("waterway") == "river"
    ]
    gap = shapely.distance(shapely.points(frame["x"], frame["y"]), shapely.multilinestrings(river))
    near = (gap < 480.0) & frame["tier"].isin(["社区"]).to_numpy()
    return np.flatnonzero(near)


def _served(tables: Tables, frame: pd.DataFrame, rng: np.random.Generator) -> list[str]:
    """Some tower stations serve up to three towers nearby that have no station."""
    buildings = tables.buildings
    has = np.zeros(len(buildings), dtype=bool)
    has[frame["host"]] = True
    other = np.flatnonzero((buildings["tower"] & buildings["name"].notna()).to_numpy() & ~has)
    if len(other) < 3:
        return [""] * len(frame)
    gap, near = cKDTree(buildings[["x", "y"]].to_numpy()[other]).query(
        frame[["x", "y"]].to_numpy(), k=3
    )
    number = rng.integers(1, 4, len(frame))
    serves = (frame["kind"] == "楼宇").to_numpy() & (rng.random(len(frame)) < 0.3)
    names = buildings["name"].to_numpy(dtype=object)[other]
    return [
        "；".join(names[near[row, : number[row]]][gap[row, : number[row]] < 260.0])
        if serves[row]
        else ""
        for row in range(len(frame))
    ]


def _addresses(city: City, frame: pd.DataFrame, rng: np.random.Generator) -> list[str]:
    """Street and number of each station: the nearest named road."""
    named = np.flatnonzero(city.edge_name != "")
    tree = shapely.STRtree(city.edges.lines(named))
    near = named[tree.nearest(shapely.points(frame["x"], frame["y"]))]
    number = rng.integers(1, 420, len(frame))
    return [
        f"{street}{value}号"
        for street, value in zip(city.edge_name[near].tolist(), number.tolist(), strict=True)
    ]


def _not_open(
    city: City, tables: Tables, frame: pd.DataFrame, rng: np.random.Generator
) -> pd.DataFrame:
    """Rows planned, under construction, closed, and moved away from; none of them serves on the day."""
    plan, as_of = city.spec.stations, city.spec.as_of
    buildings = tables.buildings
    free = np.flatnonzero(
        buildings["name"].notna().to_numpy() & ~np.isin(np.arange(len(buildings)), frame["host"])
    )
    host = rng.choice(free, plan.not_open, replace=False)
    template = frame.iloc[rng.choice(len(frame), plan.not_open, replace=False)].reset_index(
        drop=True
    )
    rows = template.assign(
        tier="新兴领域",
        kind="其他",
        host=host,
        x=buildings["x"].to_numpy()[host],
        y=buildings["y"].to_numpy()[host],
        sub=buildings["sub"].to_numpy()[host],
        com=buildings["com"].to_numpy()[host],
        zone=buildings["zone"].to_numpy()[host],
        host_name=buildings["name"].to_numpy(dtype=object)[host],
        served="",
        programme="",
        joint="",
        demo="否",
        scope="公众开放",
        floor=1,
    )
    turn = np.arange(plan.not_open) % 3
    rows["status"] = np.array(["规划", "在建", "停用"], dtype=object)[turn]
    rows["name"] = [f"{one}党群服务站" for one in rows["host_name"]]
    ahead = [as_of + timedelta(days=int(one)) for one in rng.integers(90, 500, len(rows))]
    past = [as_of - timedelta(days=int(one)) for one in rng.integers(60, 900, len(rows))]
    begun = [as_of - timedelta(days=int(one)) for one in rng.integers(1200, 2600, len(rows))]
    rows["opened"] = [
        begun[k] if t == 2 else (ahead[k] if t == 1 else None) for k, t in enumerate(turn)
    ]
    rows["closed"] = [past[k] if t == 2 else None for k, t in enumerate(turn)]
    moved = frame.index[frame["tier"] == "社区"][: max(1, plan.not_open // 4)]
    for row, target in zip(np.flatnonzero(turn == 2).tolist(), moved.tolist(), strict=False):
        rows.loc[row, "tier"] = "社区"
        rows.loc[row, "name"] = f"{frame.loc[target, 'name']}（旧址）"
        rows.loc[row, "sub"] = frame.loc[target, "sub"]
        rows.loc[row, "com"] = frame.loc[target, "com"]
        rows.loc[row, "note"] = f"已迁至{frame.loc[target, 'address']}"
        rows.loc[row, "kind"] = "小区"
        rows.at[row, "closed"] = frame.loc[target, "opened"]
        rows.at[row, "opened"] = frame.loc[target, "opened"] - timedelta(days=1400)
        near = buildings.index[
            (buildings["com"] == frame.loc[target, "com"]) & buildings["name"].notna()
        ]
        old = int(near[-1]) if len(near) else int(rows.loc[row, "host"])
        rows.loc[row, ["x", "y"]] = buildings.loc[old, ["x", "y"]].to_numpy(dtype=float)
        rows.loc[row, "host_name"] = buildings.loc[old, "name"]
    rows["address"] = _addresses(city, rows, rng)
    return rows

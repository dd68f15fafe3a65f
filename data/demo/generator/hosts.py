"""Which buildings host the stations: centres of sub-districts and communities, towers, parks and others."""

from __future__ import annotations

import re

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from data.demo.generator.attributes import Tables
from data.demo.generator.city import City
from data.demo.generator.landuse import Use

F = npt.NDArray[np.float64]
I = npt.NDArray[np.int64]  # noqa: E741


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


def subdistrict_centres(city: City, tables: Tables, rng: np.random.Generator) -> pd.DataFrame:
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


def community_centres(city: City, tables: Tables, rng: np.random.Generator) -> pd.DataFrame:
    """One centre a community, not always in its middle; a few share the next community's house."""
    frame = tables.buildings
    middle = shapely.get_coordinates(shapely.centroid(city.areas.community))
    reach = np.sqrt(shapely.area(city.areas.community))[frame["com"]]
    gap = np.hypot(*(frame[["x", "y"]].to_numpy() - middle[frame["com"]]).T) / reach
    odd = frame["landuse"].isin([Use.CBD, Use.GREEN, Use.INDUSTRY]).to_numpy() * 0.5
    host = _best(frame["com"].to_numpy(), gap + odd + rng.uniform(0, 0.65, len(frame)))
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


def emerging(city: City, tables: Tables, rng: np.random.Generator) -> pd.DataFrame:
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

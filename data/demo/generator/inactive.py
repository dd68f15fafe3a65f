"""Rows of the register that do not serve on the day: planned, under construction, closed, moved away."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pandas as pd

from data.demo.generator.attributes import Tables
from data.demo.generator.city import City

_STATES = ("规划", "在建", "停用")


def not_open(
    city: City, tables: Tables, frame: pd.DataFrame, rng: np.random.Generator
) -> pd.DataFrame:
    """Make the rows that are not open; the last closed ones are old sites of communities that moved."""
    count = city.spec.stations.not_open
    buildings = tables.buildings
    free = buildings["name"].notna().to_numpy() & ~np.isin(np.arange(len(buildings)), frame["host"])
    host = rng.choice(np.flatnonzero(free), count, replace=False)
    like = frame.iloc[rng.choice(len(frame), count, replace=False)].reset_index(drop=True)
    state = [_STATES[row % 3] for row in range(count)]
    name = buildings["name"].to_numpy(dtype=object)[host]
    opened, closed = _dates(city.spec.as_of, state, rng)
    place = {
        key: buildings[key].to_numpy()[host] for key in ("x", "y", "sub", "com", "zone", "levels")
    }
    rows = like.assign(
        **place,
        tier="新兴领域",
        kind="其他",
        host=host,
        host_name=name,
        name=[f"{one}党群服务站" for one in name],
        served="",
        programme="",
        joint="",
        demo="否",
        scope="公众开放",
        floor=1,
        status=state,
        opened=pd.Series(opened, dtype=object),
        closed=pd.Series(closed, dtype=object),
        operator=tables.subdistricts["name"].to_numpy(dtype=object)[place["sub"]] + "办事处",
    )
    return _moved(tables, frame, rows)


def _dates(
    as_of: date, state: list[str], rng: np.random.Generator
) -> tuple[list[date | None], list[date | None]]:
    """Opening and closing dates that agree with the state of each row."""
    ahead, past, begun = (
        rng.integers(low, high, len(state)).tolist()
        for low, high in ((90, 500), (60, 900), (1200, 2600))
    )
    opened: list[date | None] = []
    closed: list[date | None] = []
    for row, word in enumerate(state):
        shut = word == "停用"
        start = {"规划": None, "在建": as_of + timedelta(days=ahead[row])}
        opened.append(as_of - timedelta(days=begun[row]) if shut else start[word])
        closed.append(as_of - timedelta(days=past[row]) if shut else None)
    return opened, closed


def _moved(tables: Tables, frame: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """Turn one closed row in two into the old site of a community centre: closed when the new one opened."""
    centres = frame[frame["tier"] == "社区"]
    closed = rows.index[rows["status"] == "停用"].tolist()
    chosen = closed[: max(1, len(closed) // 2)]
    made = rows.to_dict(orient="records")
    for number, row in enumerate(chosen):
        new = centres.iloc[(number + 1) * len(centres) // 3]
        old = _old_site(tables, int(new["com"]), int(new["host"]))
        made[row] |= {
            **{key: new[key] for key in ("tier", "kind", "sub", "com", "zone", "operator")},
            **{key: old[key] for key in ("x", "y")},
            "name": f"{new['name']}（旧址）",
            "host_name": old["name"],
            "closed": new["opened"],
            "opened": new["opened"] - timedelta(days=1400),
            "note": f"已迁至{new['address']}",
        }
    return pd.DataFrame(made)


def _old_site(tables: Tables, community: int, host: int) -> pd.Series:
    """A named residential building of the community that is not its present host."""
    buildings = tables.buildings
    fits = (buildings["com"] == community) & buildings["name"].notna()
    fits &= buildings.index != host
    homes = buildings[fits & (buildings["use"] == "residential")]
    return (homes if len(homes) else buildings[fits | (buildings.index == host)]).iloc[0]

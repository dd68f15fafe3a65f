"""A made-up finished study for the map: blocks on a grid, three sub-districts, three rules, four verdicts."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.network.access import AccessRows
from geo.network.edges import Delay, EdgeKind, EdgeTable
from geo.network.graph import WalkGraph
from geo.params import DEFAULT_RULES, Output, Source, StudyParams
from geo.result import QualityReport, StudyResult, WalkModel

CRS = "EPSG:4547"
EAST, NORTH = 430_000.0, 2_558_000.0
BLOCK_M = 90.0
SPEED_M_PER_MIN = 72.0
AREAS = (("440199001000", "望江街道"), ("440199002000", "东风街道"), ("440199003000", "西岭街道"))
NASTY = (
    "<script>alert(1)</script>",
    "“引号”与'单引号'和\"双引号\"",
    "表情😀与𠮷字",
    "{{ 7 * 7 }}{% raw %}",
    "</script><img src=x onerror=alert(2)>",
)
RULES = (replace(DEFAULT_RULES[0], weight="count", pass_mark=0.95), *DEFAULT_RULES[1:])
TIERS = ("subdistrict", "community", "emerging")


def study(
    blocks: int = 30, stations: int = 12, *, simulated: bool = True, audience: str = "internal"
) -> StudyResult:
    """Make the study with `blocks` × `blocks` buildings and some stations."""
    grid = np.arange(blocks)
    column, row = (one.ravel() for one in np.meshgrid(grid, grid))
    area = np.minimum(column * 3 // blocks, 2)
    places = _stations(blocks, stations)
    buildings = _buildings(column, row, area, places)
    tables = {
        "subdistricts": _subdistricts(buildings, blocks, len(places)),
        "buildings": buildings.to_crs(4326),
        "stations": places.to_crs(4326),
        "rejects": pd.DataFrame(
            {
                "input": ["stations"] * 2,
                "sheet": ["站点"] * 2,
                "row": [5, 5],
                "column": ["经度", "纬度"],
            }
        ),
    }
    folder = Path("study").resolve()
    named = {
        "subdistricts": "subdistricts.geojson",
        "buildings": "buildings.gpkg",
        "stations": "阵地登记表.xlsx",
    }
    sources = {kind: Source(kind, path=folder / name) for kind, name in named.items()}
    sources["network"] = Source("network", path=folder / "extract.osm.pbf")
    output = Output(issuer="云麓区委组织部", simulated=simulated, audience=audience)  # type: ignore[arg-type]
    params = StudyParams(
        "云麓区十分钟党群服务圈",
        folder,
        date(2026, 6, 30),
        sources,
        crs=CRS,
        rules=RULES,
        output=output,
    )
    return StudyResult(params, tables, _summary(buildings), QualityReport(), walk=_walk(blocks))


def _stations(blocks: int, count: int) -> gpd.GeoDataFrame:
    random = np.random.default_rng(7)
    at = random.integers(1, max(2, blocks - 1), (count, 2)) * BLOCK_M + 45.0
    tier = np.array(TIERS, dtype=object)[np.minimum(np.arange(count) // 3, 2)]
    names = [f"{one}号党群服务站" for one in range(count)]
    names[: len(NASTY)] = NASTY[:count]
    return gpd.GeoDataFrame(
        {
            "station_id": [f"s{one:03d}" for one in range(count)],
            "name": names,
            "tier": tier,
            "status": np.where(np.arange(count) % 11 == 10, "planned", "open"),
            "counts": np.arange(count) % 11 != 10,
            "access_scope": "public",
            "subdistrict_id": [AREAS[0][0]] * count,
            "opening_hours": "周一至周五 9:00-18:00",
            "area_m2": 300.0,
            "phone": "13800000000",
        },
        geometry=gpd.points_from_xy(EAST + at[:, 0], NORTH + at[:, 1]),
        crs=CRS,
    )


def _buildings(
    column: np.ndarray, row: np.ndarray, area: np.ndarray, stations: gpd.GeoDataFrame
) -> gpd.GeoDataFrame:
    random = np.random.default_rng(11)
    west, south = EAST + column * BLOCK_M + 12, NORTH + row * BLOCK_M + 12
    wide, deep = random.uniform(26, 62, (2, len(column)))
    shapes = shapely.box(west, south, west + wide, south + deep)
    court = np.arange(len(column)) % 7 == 3  # every seventh stands round a courtyard
    holes = shapely.box(west + 8, south + 8, west + wide - 8, south + deep - 8)
    shapes = np.where(court, shapely.difference(shapes, holes), shapes)
    base = pd.DataFrame(
        {
            "building_id": [f"b{one:05d}" for one in range(len(column))],
            "name": [f"{one}号楼" if one % 5 == 0 else None for one in range(len(column))],
            "use": np.array(["residential", "office", None], dtype=object)[
                np.arange(len(column)) % 3
            ],
            "levels": random.integers(1, 30, len(column)),
            "subdistrict_id": np.array([code for code, _ in AREAS], dtype=object)[area],
            "floor_area_m2": random.uniform(200, 20_000, len(column)),
            "residents": random.integers(0, 400, len(column)).astype(float),
        }
    )
    middle = np.column_stack([west + wide / 2, south + deep / 2])
    rules = [_judged(base, rule, middle, stations, column, row) for rule in RULES]
    frame = pd.concat(rules, ignore_index=True)
    return gpd.GeoDataFrame(frame, geometry=np.tile(shapes, len(RULES)), crs=CRS)


def _judged(base, rule, middle, stations, column, row):  # type: ignore[no-untyped-def]
    """Judge by walking along the grid, or straight."""
    open_ones = stations[stations["status"] == "open"]
    points = shapely.get_coordinates(np.asarray(open_ones.geometry))
    if not len(points):
        return base.assign(
            rule=rule.name, verdict="uncovered", reason="no_way", minutes=np.nan, metres=np.nan,
            station_id=None, stations_in_reach_count=0,
        )  # fmt: skip
    away = np.abs(middle[:, None, :] - points[None, :, :])
    metres = np.hypot(*np.moveaxis(away, 2, 0)) if rule.basis == "radius" else away.sum(axis=2)
    nearest = metres.argmin(axis=1)
    least = metres.min(axis=1)
    cost = least / SPEED_M_PER_MIN if rule.basis == "time" else least
    limit = rule.minutes if rule.basis == "time" else rule.metres
    covered = cost <= limit
    lost = (rule.basis != "radius") & ((column * 7 + row * 3) % 41 == 0) & ~covered
    edge = (rule.basis != "radius") & (column == column.max()) & ~covered
    verdict = np.select([covered, lost, edge], ["covered", "unknown", "outside"], "uncovered")
    reason = np.select(
        [covered, lost, edge], ["within_limit", "no_edge", "cut_network"], "beyond_limit"
    )
    return base.assign(
        rule=rule.name,
        verdict=verdict.astype(object),
        reason=reason.astype(object),
        minutes=np.where(lost, np.nan, least / SPEED_M_PER_MIN) if rule.basis == "time" else np.nan,
        metres=np.where(lost, np.nan, least),
        station_id=np.where(lost, None, open_ones["station_id"].to_numpy()[nearest]),
        stations_in_reach_count=(
            metres <= limit * (SPEED_M_PER_MIN if rule.basis == "time" else 1)
        ).sum(axis=1),
    )


def coverage(rows: pd.DataFrame) -> dict[str, object]:
    """Coverage by the definition, from the rows of one rule."""
    counts = rows["verdict"].value_counts()
    result: dict[str, object] = {"buildings_count": len(rows)}
    for name in ("covered", "uncovered", "unknown", "outside"):
        result[f"{name}_count"] = int(counts.get(name, 0))
    known = rows[rows["verdict"] != "unknown"]
    for weight, column in (
        ("count", None),
        ("residents", "residents"),
        ("floor_area", "floor_area_m2"),
    ):
        value = pd.Series(1.0, index=rows.index) if column is None else rows[column]
        covered, whole = value[rows["verdict"] == "covered"].sum(), value[known.index].sum()
        result[f"coverage_{weight}_share"] = covered / whole if whole else None
        result[f"floor_{weight}_share"] = covered / value.sum() if value.sum() else None
    result["minutes_p50"] = rows["minutes"].median() if rows["minutes"].notna().any() else None
    result["minutes_p90"] = rows["minutes"].quantile(0.9) if rows["minutes"].notna().any() else None
    return result


def _summary(buildings: gpd.GeoDataFrame) -> dict[str, object]:
    rules = []
    for rule in RULES:
        found = coverage(buildings[buildings["rule"] == rule.name])
        share = found["coverage_count_share"]
        passes = None if rule.pass_mark is None or share is None else bool(share >= rule.pass_mark)
        rules.append({"name": rule.name, "basis": rule.basis, **found, "passes": passes})
    return {"study": "云麓区十分钟党群服务圈", "rules": rules}


def _subdistricts(buildings: gpd.GeoDataFrame, blocks: int, stations: int) -> gpd.GeoDataFrame:
    side = blocks * BLOCK_M
    cuts = np.ceil(np.arange(4) * blocks / 3) * BLOCK_M
    rows, shapes = [], []
    for rule in RULES:
        for number, (code, name) in enumerate(AREAS):
            chosen = (buildings["rule"] == rule.name) & (buildings["subdistrict_id"] == code)
            found = coverage(buildings[chosen])
            rows.append(
                {
                    "subdistrict_id": code,
                    "name": name,
                    "rule": rule.name,
                    "stations_count": stations,
                    **found,
                }
            )
            shapes.append(
                shapely.box(EAST + cuts[number], NORTH, EAST + cuts[number + 1], NORTH + side)
            )
    return gpd.GeoDataFrame(pd.DataFrame(rows), geometry=shapes, crs=CRS).to_crs(4326)


def _walk(blocks: int) -> WalkModel:
    """A lattice of ways, a river across it and a railway beside it."""
    lines = np.arange(0, blocks + 1, 3) * BLOCK_M
    side = blocks * BLOCK_M
    level = [[(EAST, NORTH + at), (EAST + side, NORTH + at)] for at in lines]
    upright = [[(EAST + at, NORTH), (EAST + at, NORTH + side)] for at in lines]
    shape = np.array(level + upright)
    count = len(shape)
    kind = np.where(np.arange(count) % 5 == 4, int(EdgeKind.FOOT), int(EdgeKind.ROAD)).astype(
        np.uint8
    )
    highway = pd.Categorical(np.where(np.arange(count) % 4 == 0, "primary", "residential"))
    yes = np.ones(count, dtype=bool)
    edges = EdgeTable(
        length_m=np.full(count, side), kind=kind, highway=highway, name=pd.Categorical([None] * count),
        bridge=~yes, tunnel=~yes, enterable=yes, forward_open=yes, backward_open=yes,
        delay=np.full(count, int(Delay.NONE), dtype=np.uint8), delay_share=np.zeros(count),
        private_group=np.full(count, -1, dtype=np.int32), way_ref=np.arange(count),
        shape_offset=np.arange(count + 1) * 2, shape_x=shape[:, :, 0].ravel(), shape_y=shape[:, :, 1].ravel(),
    )  # fmt: skip
    cost = np.full(count, 1000.0)
    ends = np.arange(count)
    plain = WalkGraph.from_edges(
        shape[:, :, 0].T.ravel(), shape[:, :, 1].T.ravel(), ends, ends + count, cost, cost
    )
    graph = replace(plain, edges=edges)
    river = shapely.LineString(
        [
            (EAST - 90, NORTH + side * 0.4),
            (EAST + side / 2, NORTH + side * 0.5),
            (EAST + side + 90, NORTH + side * 0.45),
        ]
    )
    railway = shapely.LineString(
        [(EAST + side * 0.1, NORTH - 90), (EAST + side * 0.2, NORTH + side + 90)]
    )
    barriers = gpd.GeoDataFrame(
        {"kind": ["water", "railway"], "name": ["云水河", "广云铁路"]},
        geometry=[river.buffer(35), railway],
        crs=CRS,
    )
    none = np.array([], dtype=object)
    rows = AccessRows(*(np.zeros(0, dtype=np.int32),) * 2, *(np.zeros(0),) * 4, 0)
    return WalkModel(graph, rows, rows, none, none, barriers, CRS)

"""One small finished study, made by hand: two sub-districts, four buildings, two stations, two rules."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.errors import fault
from geo.network.access import AccessRows
from geo.network.graph import WalkGraph
from geo.params import Output, Rule, Source, StudyParams
from geo.result import QualityReport, StudyResult, WalkModel

TIME = Rule("十分钟党群服务圈", pass_mark=0.95)
RADIUS = Rule("直线500米", basis="radius", minutes=None, metres=500.0)
LON, LAT = 113.3, 23.1
STEP = 0.002  # degrees, about 200 m


def box(column: int, row: int, size: float = 0.3) -> shapely.Polygon:
    """A square at a place of a small grid."""
    lon, lat = LON + column * STEP, LAT + row * STEP
    return shapely.box(lon, lat, lon + size * STEP, lat + size * STEP)


def fake_params(folder: Path, *, simulated: bool = True) -> StudyParams:
    """Parameters of the small study."""
    return StudyParams(
        name="云麓区<示例>",
        folder=folder,
        as_of=date(2026, 6, 30),
        sources={
            "subdistricts": Source("subdistricts", path=folder / "subdistricts.geojson"),
            "buildings": Source("buildings", path=folder / "buildings.gpkg"),
            "stations": Source("stations", path=folder / "stations.xlsx", crs="gcj02"),
            "network": Source("network", path=folder / "roads.gpkg"),
        },
        zones=(Source("zones", path=folder / "zones.gpkg", name="中央商务区"),),
        crs="EPSG:4547",
        rules=(TIME, RADIUS),
        output=Output(simulated=simulated),
    )


def fake_result(folder: Path, *, simulated: bool = True) -> StudyResult:
    """The small study, finished. Under the first rule building 3 is uncovered and 4 unknown."""
    quality = QualityReport(
        inputs=[{"input": "stations", "rows": 3, "rejected": 1, "crs_note": "gcj02"}],
        faults=[
            fault("table_missing", "error", table="<b>", present="—"),
            fault("table_missing", "info", table="zones", present="—"),
        ],
        counts={"stations": {"read": 3, "kept": 2}, "buildings": 4},
    )
    return StudyResult(
        params=fake_params(folder, simulated=simulated),
        tables={
            "subdistricts": _subdistricts(),
            "buildings": _buildings(),
            "stations": _stations(),
            "reach_pairs": _pairs(),
            "rejects": _rejects(),
        },
        summary=_summary(),
        quality=quality,
        manifest={"inputs": {"stations": {"sha256": "0" * 64}}, "stages": {"read": 0.1}},
        walk=_walk(),
        inputs={"stations": _stations()[["station_id", "name", "geometry"]]},
    )


def _summary() -> dict[str, object]:
    shares = {
        f"coverage_{weight}_share": value
        for weight, value in {
            "count": 2 / 3, "footprint": 0.6, "floor_area": 0.57, "residents": 0.9496, "workers": None,
        }.items()
    }  # fmt: skip
    time = {"name": TIME.name, "basis": "time", "limit_text": "步行10分钟", "covered_count": 2,
            "uncovered_count": 1, "unknown_count": 1, "outside_count": 0, **shares,
            "floor_count_share": 0.5, "minutes_p50": 6.01, "minutes_p90": 12.3, "passes": False}  # fmt: skip
    radius = {**time, "name": RADIUS.name, "basis": "radius", "limit_text": "直线500米",
              "covered_count": 4, "uncovered_count": 0, "unknown_count": 0,
              "coverage_count_share": 1.0, "coverage_residents_share": 1.0,
              "floor_count_share": 1.0, "minutes_p50": None, "minutes_p90": None, "passes": None}  # fmt: skip
    return {
        "study": "云麓区<示例>", "as_of": "2026-06-30", "buildings_count": 4, "stations_count": 2,
        "stations_open_count": 2, "subdistricts_count": 2, "rules": [time, radius],
    }  # fmt: skip


def _subdistricts() -> gpd.GeoDataFrame:
    rows = [
        ("440106001000", "东风街道", TIME.name, 2, 1, 1.0, 1.0, 0.0, 0.9996, 6.01, True),
        ("440106002000", "西岭街道", TIME.name, 2, 1, 0.0, 0.0, 0.5, 0.57, None, None),
        ("440106001000", "东风街道", RADIUS.name, 2, 1, 1.0, 1.0, 0.0, 1.0, None, None),
        ("440106002000", "西岭街道", RADIUS.name, 2, 1, 1.0, 1.0, 0.0, 1.0, None, None),
    ]
    frame = pd.DataFrame(
        rows,
        columns=[
            "subdistrict_id", "name", "rule", "buildings_count", "stations_count",
            "coverage_count_share", "floor_count_share", "unknown_share", "coverage_residents_share",
            "minutes_p50", "passes",
        ],
    )  # fmt: skip
    counts = pd.DataFrame(
        {
            "covered_count": [2, 0, 2, 2],
            "uncovered_count": [0, 1, 0, 0],
            "unknown_count": [0, 1, 0, 0],
            "outside_count": [0, 0, 0, 0],
        }
    )
    areas = [box(0, 0, 2), box(2, 0, 2)] * 2
    return gpd.GeoDataFrame(pd.concat([frame, counts], axis=1), geometry=areas, crs="EPSG:4326")


def _buildings() -> gpd.GeoDataFrame:
    names = ["富力大厦", "=cmd|' /C calc'!A0", "七号楼", "门房 _x000D_"]
    places = [box(0, 0), box(1, 0), box(2, 0), box(3, 0)]
    common = {
        "building_id": ["b1", "b2", "b3", "b4"],
        "name": names,
        "use": pd.Categorical(["office", "residential", "residential", "other"]),
        "subdistrict_id": ["440106001000"] * 2 + ["440106002000"] * 2,
    }
    time = pd.DataFrame(
        {
            **common,
            "rule": TIME.name,
            "verdict": ["covered", "covered", "uncovered", "unknown"],
            "minutes": [0.0, 6.01, 12.3, np.nan],
            "station_id": ["s1", "s1", "s2", None],
            "residents": [0.0, 120.5, 80.0, 3.0],
        }
    )
    radius = time.assign(rule=RADIUS.name, verdict="covered", minutes=np.nan)
    both = pd.concat([time, radius], ignore_index=True)
    return gpd.GeoDataFrame(both, geometry=places * 2, crs="EPSG:4326")


def _stations() -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {
            "station_id": ["s1", "s2"],
            "name": ["东风街道党群服务中心", "西岭站"],
            "tier": ["subdistrict", "emerging"],
            "status": ["open", "open"],
            "opened_on": [pd.Timestamp("2021-06-30"), pd.NaT],
            "host_building_ids": [["b1"], []],
            "exemplary": [True, None],
        },
        geometry=[shapely.Point(LON, LAT), shapely.Point(LON + 3 * STEP, LAT + STEP)],
        crs="EPSG:4326",
    )


def _pairs() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "building_id": ["b1", "b2"],
            "station_id": "s1",
            "pace": "standard",
            "minutes": [0.0, 6.01],
        }
    )


def _rejects() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "input": ["stations", "buildings"],
            "sheet": ["东风", None],
            "row": [7, 12],
            "column": ["经度", "levels"],
            "value": ["<script>alert(1)</script>", 3.5],
            "reason": ["经度无法识别", "层数不是整数"],
        }
    )


def _walk() -> WalkModel:
    graph = WalkGraph.from_edges(
        np.array([0.0, 100.0, 200.0]),
        np.array([0.0, 0.0, 0.0]),
        np.array([0, 1]),
        np.array([1, 2]),
        np.array([83.3, 83.3]),
        np.array([83.3, np.inf]),
    )
    rows = AccessRows(
        np.array([0, 1], dtype=np.int32),
        np.array([0, 1], dtype=np.int32),
        np.array([0.5, 0.25]),
        np.array([3.0, 4.0]),
        np.array([50.0, 125.0]),
        np.array([3.0, 4.0]),
        2,
    )
    barriers = gpd.GeoDataFrame(
        {"kind": ["water"], "name": ["云水"]},
        geometry=[shapely.LineString([(0, 50), (200, 50)])],
        crs="EPSG:4547",
    )
    buildings = np.array(["b1", "b2"], dtype=object)
    return WalkModel(graph, rows, rows, buildings, buildings, barriers, "EPSG:4547")

"""A study small enough to work out by hand: one street, a side street, five houses, two stations.

    y
    600            o side street
     |             |
     0  o----------+-----------------------o  main street, x = 0 … 2400
        S1                                 (S2 in house e at x = 2300)

Standard pace: 72 m/min = 1.2 m/s. S1 stands 5 m off the street at x = 0.
House a: front 10 m off the street, x = 100 … 110: 5 + 100 + 10 = 115 m.
House b: x = 700 … 710: 715 m = 595.8 s, inside ten minutes. House c: x = 710 … 720: 725 m = 604.2 s, outside.
House d: on the side street, y = 500 … 510, 10 m off: 5 + 1200 + 500 + 10 = 1,715 m; from e 1,615 m.
"""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pandas as pd
import shapely

CRS = "EPSG:4547"
X0, Y0 = 430_000.0, 2_557_000.0

STUDY = """
[study]
name = "手算小区"
as_of = 2026-06-30
[subdistricts]
path = "subdistricts.gpkg"
[buildings]
path = "buildings.gpkg"
[stations]
path = "stations.csv"
crs = "EPSG:4547"
[network]
path = "roads.gpkg"
extent = "complete"
"""


def walled_study(name: str) -> str:
    """The study file of a study with a layer of barriers."""
    more = '[barriers]\npath = "barriers.gpkg"\n[walk]\ncap_minutes = 60\n'
    return STUDY.replace("手算小区", name) + more


def at(*shapes: shapely.Geometry) -> gpd.GeoSeries:
    """Move shapes drawn round the origin to where the study lies."""
    return gpd.GeoSeries([shapely.affinity.translate(one, X0, Y0) for one in shapes], crs=CRS)


def house(x: float, y: float) -> shapely.Polygon:
    """A house of 10 m x 10 m."""
    return shapely.box(x, y, x + 10, y + 10)


def write_small_study(folder: Path, study: str = STUDY) -> Path:
    """Write all files of the study; returns the study file."""
    areas = at(shapely.box(-100, -100, 1000, 700), shapely.box(1000, -100, 2500, 700))
    gpd.GeoDataFrame(
        {
            "code": ["990001001000", "990001002000"],
            "name": ["东街道", "西街道"],
            "residents": [300, 100],
        },
        geometry=areas,
    ).to_file(folder / "subdistricts.gpkg")
    houses = at(house(100, 10), house(700, 10), house(710, 10), house(1210, 500), house(2295, 10))
    gpd.GeoDataFrame(
        {
            "building_id": list("abcde"),
            "name": ["甲", "乙", "丙", "丁", "戊"],
            "use": ["住宅"] * 4 + ["办公"],
            "levels": [1, 1, 2, 1, 3],
        },
        geometry=houses,
    ).to_file(folder / "buildings.gpkg")
    streets = at(
        shapely.LineString([(x, 0) for x in range(0, 2401, 100)]),
        shapely.LineString([(1200, 0), (1200, 600)]),
    )
    gpd.GeoDataFrame(
        {"highway": ["residential", "footway"], "name": ["中山路", None]}, geometry=streets
    ).to_file(folder / "roads.gpkg")
    pd.DataFrame(
        {
            "编号": ["S1", "S2"],
            "名称": ["东站", "西站"],
            "层级": ["社区", "新兴领域"],
            "经度": [X0, X0 + 2300],
            "纬度": [Y0 + 5, Y0 + 15],
            "状态": ["启用", "启用"],
            "开放对象": ["公众开放", "公众开放"],
        }
    ).to_csv(folder / "stations.csv", index=False, encoding="utf-8-sig")
    path = folder / "study.toml"
    path.write_text(study, encoding="utf-8")
    return path

"""A town to count in: two sub-districts of three communities, streets every 200 m, a register one writes oneself.

    y 600 +-------+-------+-------+-------+-------+-------+
          | E1    | E2    | 天雅  | W1    | W2    | 天雅  |   three rows of blocks, 200 m x 200 m
        0 +-------+-------+-------+-------+-------+-------+   x = 0 … 1200
            东风街道 990001001000    西林街道 990001002000

Every block has two houses of 20 m x 20 m, 20 m off its lower street: the first 20 m, the second 100 m from
its left street.
House ``hCR1`` is the first of column C (0 … 5), row R (0 … 2).
"""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pandas as pd
import shapely

from tests.small_study import CRS, X0, Y0, at

STUDY = """
[study]
name = "数数镇"
as_of = 2026-06-30
{city}
[subdistricts]
path = "subdistricts.gpkg"
[communities]
path = "communities.gpkg"
[buildings]
path = "buildings.gpkg"
[stations]
path = "stations.csv"
crs = "EPSG:4547"
[network]
path = "roads.gpkg"
extent = "complete"
"""
COMMUNITIES = ("东一社区", "东二社区", "天雅社区", "西一社区", "西二社区", "天雅社区")
SUBDISTRICTS = ("东风街道", "西林街道")
STEP, COLUMNS, ROWS = 200, 6, 3


def houses() -> pd.DataFrame:
    """One row a house with its lower left corner."""
    return pd.DataFrame(
        [
            {
                "building_id": f"h{column}{row}{number}",
                "name": f"{column}列{row}行{number}号楼",
                "use": "住宅" if number == 1 else "办公",
                "levels": 1,
                "x": column * STEP + (20 if number == 1 else 100),
                "y": row * STEP + 20,
            }
            for column in range(COLUMNS)
            for row in range(ROWS)
            for number in (1, 2)
        ]
    )


def station(
    number: int, tier: str, column: int = 0, row: int = 0, **more: object
) -> dict[str, object]:
    """One row of the register: on the lower street of a block, 60 m from its left end, outside all houses."""
    known = {
        "编号": f"S{number:03d}",
        "名称": f"第{number}站",
        "层级": tier,
        "所属街道": SUBDISTRICTS[column // 3],
        "经度": X0 + column * STEP + 60,
        "纬度": Y0 + row * STEP,
        "状态": "启用",
        "开放对象": "公众开放",
    }
    return known | more


def write_town(
    folder: Path,
    register: list[dict[str, object]],
    *,
    city: str = "",
    more: str = "",
    **columns: dict[str, object],
) -> Path:
    """Write all files; `columns` are columns of the buildings, each house id -> value; returns the study file."""
    width = COLUMNS * STEP / 2
    boxes = [shapely.box(0, 0, width, 600), shapely.box(width, 0, 2 * width, 600)]
    gpd.GeoDataFrame(
        {
            "code": ["990001001000", "990001002000"],
            "name": SUBDISTRICTS,
            "residents": [1800, 900],
            "workers": [900, 450],
            "户数": [600, 300],
        },
        geometry=at(*boxes),
    ).to_file(folder / "subdistricts.gpkg")
    parts = [shapely.box(x * STEP, 0, (x + 1) * STEP, 600) for x in range(COLUMNS)]
    codes = [f"99000100{1 + x // 3}{1 + x % 3:03d}" for x in range(COLUMNS)]
    gpd.GeoDataFrame(
        {"code": codes, "name": COMMUNITIES, "户数": [200, 200, 200, 100, 100, 100]},
        geometry=at(*parts),
    ).to_file(folder / "communities.gpkg")
    table = houses()
    shapes = at(
        *[shapely.box(x, y, x + 20, y + 20) for x, y in zip(table["x"], table["y"], strict=True)]
    )
    for name, values in columns.items():
        table[name] = table["building_id"].map(values)
    gpd.GeoDataFrame(table.drop(columns=["x", "y"]), geometry=shapes).to_file(
        folder / "buildings.gpkg"
    )
    across = [
        shapely.LineString([(x, y) for x in range(0, 1201, STEP)]) for y in range(0, 601, STEP)
    ]
    up = [shapely.LineString([(x, y) for y in range(0, 601, STEP)]) for x in range(0, 1201, STEP)]
    gpd.GeoDataFrame(
        {"highway": "residential"}, index=range(11), geometry=at(*across, *up)
    ).to_file(folder / "roads.gpkg")
    pd.DataFrame(register).to_csv(folder / "stations.csv", index=False, encoding="utf-8-sig")
    path = folder / "study.toml"
    line = f'city = "{city}"' if city else ""
    path.write_text(STUDY.format(city=line) + more, encoding="utf-8")
    return path


def write_zone(folder: Path, name: str, west: float, east: float) -> str:
    """Write a zone over all rows between two x; returns its section of the study file."""
    shape = at(shapely.box(west, 0, east, 600))
    gpd.GeoDataFrame({"name": [name]}, geometry=shape).to_file(folder / f"{name}.gpkg")
    return f'[[zones]]\nname = "{name}"\npath = "{name}.gpkg"\n'


__all__ = ["CRS", "houses", "station", "write_town", "write_zone"]

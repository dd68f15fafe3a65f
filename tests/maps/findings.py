"""The made-up study of `tests.maps.fixture` with isochrones, blind areas, missing stations, sites and a link."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import shapely

from geo.result import StudyResult
from tests.maps.fixture import AREAS, BLOCK_M, CRS, EAST, NASTY, NORTH, RULES, study


def _at(column: float, row: float) -> shapely.Point:
    return shapely.Point(EAST + column * BLOCK_M, NORTH + row * BLOCK_M)


def findings(blocks: int = 30, stations: int = 12, audience: str = "internal") -> StudyResult:
    """Make the study; blind areas: two under the first rule (ranks 2 and 1), one under the second."""
    result = study(blocks, stations, audience=audience)
    tables = {
        "isochrones": _isochrones(),
        "blind_areas": _blind(),
        "communities": _communities(result),
        "gap_units": _gaps(),
        "sites": _sites(),
        "links": _frame(
            {"rank": [1], "name": ["跨河人行桥"], "cost": [5.0]},
            [shapely.LineString([_at(14, 12), _at(16, 12)])],
        ),
    }
    return replace(result, tables={**result.tables, **tables})


def _frame(columns: dict[str, list[object]], shapes: list[shapely.Geometry]) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(columns, geometry=shapes, crs=CRS).to_crs(4326)


def _isochrones() -> gpd.GeoDataFrame:
    middle = _at(15, 15)
    return _frame(
        {
            "station_id": ["all", "all", "all", "s001", "all"],
            "rule": [RULES[0].name] * 4 + [RULES[1].name],
            "minutes": [15.0, 5.0, 10.0, 5.0, None],
            "metres": [None, None, None, None, 500.0],
        },
        [middle.buffer(one) for one in (1000.0, 300.0, 700.0, 100.0, 500.0)],
    )


def _blind() -> gpd.GeoDataFrame:
    return _frame(
        {
            "blind_area_id": ["c", "a", "b"],
            "name": ["另一标准", NASTY[0], "北角一带"],
            "rule": [RULES[1].name, RULES[0].name, RULES[0].name],
            "rank": [1, 2, 1],
            "buildings_count": [3, 9, 12],
            "residents": [50.0, 1234.5, 4321.0],
            "nearest_minutes": [None, 11.02, 14.0],
            "excess_minutes": [None, 1.02, 4.0],
            "cause": ["far", "barrier", "detour"],
        },
        [
            _at(20, 20).buffer(60),
            _at(9, 9).buffer(120, cap_style="square"),
            _at(22, 9).buffer(150, cap_style="square"),
        ],
    )


def _communities(result: StudyResult) -> gpd.GeoDataFrame:
    first = result.subdistricts.drop_duplicates("subdistrict_id").iloc[:1]
    west, south, east, north = first.total_bounds
    middle = (south + north) / 2
    shapes = [shapely.box(west, south, east, middle), shapely.box(west, middle, east, north)]
    return gpd.GeoDataFrame(
        {
            "community_id": ["440199001001", "440199001002"] * len(RULES),
            "name": ["杨桃社区", NASTY[4]] * len(RULES),
            "rule": [rule.name for rule in RULES for _ in range(2)],
            "coverage_count_share": [0.5, 0.97] * len(RULES),
        },
        geometry=shapes * len(RULES),
        crs=4326,
    )


def _gaps() -> gpd.pd.DataFrame:
    return gpd.pd.DataFrame(
        {
            "unit_id": ["440199001002", "440199001099"],
            "kind": ["community", "community"],
            "gap": ["station", "station"],
            "name": ["杨柳社区", "无处社区"],
            "subdistrict_id": [AREAS[0][0]] * 2,
            "expected": [1, 1],
            "actual": [0, 0],
        }
    )


def _sites() -> gpd.GeoDataFrame:
    return _frame(
        {
            "rank": [2, 1],
            "site_id": ["G-2", "G-1"],
            "name": ["二号点", NASTY[1]],
            "gain_residents": [10.4, 2000.0],
            "gain_buildings_count": [3, 40],
            "coverage_after_share": [0.96, 0.95],
            "sentence": ["建议新增二号点。", "建议在此新建党群服务站1处。"],
        },
        [_at(18, 20), _at(12, 20)],
    )

"""Overlays in the packed page: the right rows under the right rule, in order, and nothing for outsiders."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import shapely

from geo.result import StudyResult
from maps.hidden import hidden_area, without_hidden
from maps.overlays import BLIND_FACTS, SITE_FACTS, add_overlays
from maps.packing import Packer, unpack
from maps.plane import Plane
from tests.maps.findings import findings
from tests.maps.fixture import NASTY, study


def packed(result: StudyResult) -> tuple[dict, dict]:  # type: ignore[type-arg]
    packer = Packer()
    add_overlays(packer, result, Plane.around((112.0, 23.0, 112.1, 23.1)), hidden_area(result))
    arrays, texts = unpack(packer.to_base64())
    return dict(arrays), dict(texts)


def test_isochrones_of_all_stations_from_the_narrowest() -> None:
    arrays, texts = packed(findings(8, 3))
    assert [texts[f"iso{rule}.limits"] for rule in range(3)] == [[5.0, 10.0, 15.0], [500.0], []]
    assert arrays["iso0.rings"].tolist() == [1, 1, 1]
    assert arrays["iso2.rings"].tolist() == []


def test_isochrones_lose_vertices_but_not_their_shape() -> None:
    arrays, _ = packed(findings(8, 3))
    circle = findings(8, 3).tables["isochrones"].geometry.iloc[1]
    assert arrays["iso0.sizes"][0] < shapely.get_num_coordinates(circle)
    moved = shapely.simplify(circle, 4e-5)
    assert shapely.symmetric_difference(moved, circle).area < 0.02 * circle.area


def test_blind_areas_by_rank_under_their_rule() -> None:
    _, texts = packed(findings(8, 3))
    rows = texts["blind0.rows"]
    assert [row[:2] for row in rows] == [[1, "北角一带"], [2, NASTY[0]]]
    facts = dict(zip(BLIND_FACTS, rows[1][3:], strict=True))
    assert facts["excess_minutes"] == "1.1分钟"  # rounded up
    assert facts["buildings_count"] == "9栋"
    assert facts["cause"] == "受阻隔"
    assert facts["obstacle_name"] is None
    assert [row[1] for row in texts["blind1.rows"]] == ["另一标准"]
    assert texts["blind2.rows"] == []
    assert len(texts["blind.facts"]) == len(BLIND_FACTS)


def test_sites_by_rank_with_their_sentence() -> None:
    _, texts = packed(findings(8, 3))
    assert [row[:3] for row in texts["site.rows"]] == [
        [1, NASTY[1], "建议在此新建党群服务站1处。"],
        [2, "二号点", "建议新增二号点。"],
    ]
    facts = dict(zip(SITE_FACTS, texts["site.rows"][0][3:], strict=True))
    assert facts["gain_residents"] == "2,000人"
    assert facts["coverage_after_share"] == "95.0%"


def test_a_missing_station_stands_in_its_community_and_without_one_nowhere() -> None:
    result = findings(8, 3)
    _, texts = packed(result)
    assert [row[1] for row in texts["gap.rows"]] == ["杨柳社区"]
    plane = Plane.around((112.0, 23.0, 112.1, 23.1))
    upper = result.tables["communities"].geometry.iloc[1]
    inside = plane.quantise(shapely.get_coordinates(shapely.point_on_surface(upper))).tolist()
    assert texts["gap.xy"] == inside


def test_external_readers_get_neither_blind_areas_nor_missing_stations() -> None:
    arrays, texts = packed(findings(8, 3, audience="external"))
    assert texts["blind0.rows"] == texts["blind1.rows"] == texts["gap.rows"] == []
    assert arrays["blind0.xy"].size == 0
    assert len(texts["site.rows"]) == 2
    assert arrays["iso0.xy"].size


def test_a_result_without_these_tables_packs_empty_layers() -> None:
    arrays, texts = packed(study(3, 2))
    assert (
        texts["site.rows"] == texts["gap.rows"] == texts["link.rows"] == texts["blind0.rows"] == []
    )
    assert texts["iso0.limits"] == []
    assert arrays["link.rings"].size == 0


def test_empty_tables_pack_empty_layers() -> None:
    result = findings(8, 3)
    tables = {name: table.iloc[:0] for name, table in result.tables.items()}
    _, texts = packed(replace(result, tables=tables))
    assert texts["site.rows"] == texts["gap.rows"] == texts["blind0.rows"] == []


def test_nothing_is_drawn_where_the_study_hides() -> None:
    result = findings(8, 3)
    site = result.tables["sites"].geometry.iloc[0]
    layer = gpd.GeoDataFrame({"id": ["x"]}, geometry=[site.buffer(0.002)], crs=4326)
    shut = replace(result, inputs={**result.inputs, "exclude": layer})
    arrays, texts = packed(without_hidden(shut, hidden_area(shut)))
    assert [row[0] for row in texts["site.rows"]] == [1]
    before, _ = packed(result)
    assert arrays["iso0.sizes"].tolist() != before["iso0.sizes"].tolist()

"""Candidates: where they come from, why they are in or out, and what they reach."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from geo.choosing.candidates import CandidateChoice, Candidates, candidates_of
from geo.choosing.costs import candidate_pairs, site_table
from geo.choosing.sentences import reason_sentence
from geo.coverage import FAR
from geo.reassess import Reassessed, reassess
from geo.register import HOST_WITHIN_M
from geo.result import StudyResult
from geo.study import Study
from tests.small_study import CRS, at
from tests.town import station, write_town

RULE = '[[rule]]\nname = "三分钟"\nbasis = "time"\nminutes = 3\nweight = "count"\n'
SPEED = 1.2


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Reassessed:
    """A town with one station, far in the north-east, and a layer of candidates."""
    folder = tmp_path_factory.mktemp("town")
    layer = gpd.GeoDataFrame(
        {
            "编号": ["A1", "A2", "A3", "A4", "A5"],
            "名称": ["一号楼底层", "街角空地", "城外", "一号楼二层", "站点楼"],
            "产权单位": ["区国资公司", "街道办", None, "区国资公司", "区国资公司"],
            "造价": [2, 0.5, None, 1, 1],
            "层级": ["社区", None, None, None, None],
        },
        geometry=at(
            shapely.Point(30, 30),  # in house h001
            shapely.box(250, 5, 260, 15),
            shapely.Point(5000, 5000),
            shapely.Point(35, 35),  # in house h001 too
            shapely.Point(1030, 430),  # in house h521, which holds the station
        ),
    )
    layer.to_file(folder / "candidates.gpkg")
    register = [station(1, "社区", 5, 2, 经度=430_000 + 1030, 纬度=2_557_000 + 430)]
    study = write_town(folder, register, more='[candidates]\npath = "candidates.gpkg"\n' + RULE)
    return reassess(Study.read(study).run())


@pytest.fixture(scope="module")
def from_layer(town: Reassessed) -> Candidates:
    return candidates_of(town, CandidateChoice(uses=(), grid_m=None))


def by_id(candidates: Candidates, column: str) -> dict[str, object]:
    return dict(zip(candidates.table["site_id"], candidates.table[column], strict=True))


def test_each_place_is_in_or_out_for_a_reason(from_layer: Candidates) -> None:
    assert by_id(from_layer, "reason") == {
        "L-A1": "admitted",
        "L-A2": "admitted",
        "L-A3": "outside",
        "L-A4": "same_building",
        "L-A5": "has_station",
    }
    assert from_layer.sites["site_id"].tolist() == ["L-A1", "L-A2"]
    assert reason_sentence("same_building", "zh") == "同一建筑已有另一备选点位。"


def test_a_layer_brings_owner_cost_tier_and_the_size_of_a_lot(from_layer: Candidates) -> None:
    row = from_layer.table.set_index("site_id")
    assert row.loc["L-A2", "area_m2"] == pytest.approx(100.0)
    assert row.loc["L-A1", ["owner", "cost", "tier"]].tolist() == ["区国资公司", 2.0, "community"]
    assert row.loc["L-A1", "host_building_id"] == "h001"
    assert pd.isna(row.loc["L-A2", "host_building_id"])


def test_owners_and_sizes_are_asked_for(town: Reassessed) -> None:
    owned = candidates_of(town, CandidateChoice(uses=(), grid_m=None, owners=("国资",)))
    assert by_id(owned, "reason")["L-A2"] == "owner"
    assert owned.sites["site_id"].tolist() == ["L-A1"]
    large = candidates_of(town, CandidateChoice(uses=(), grid_m=None, least_area_m2=101.0))
    assert by_id(large, "reason")["L-A2"] == "area"


def test_a_candidate_in_a_building_serves_it_at_once_and_its_neighbours_from_its_walls(
    town: Reassessed, from_layer: Candidates
) -> None:
    rule = town.result.params.rules[0]
    pairs = candidate_pairs(town.assessor, from_layer, rule, rule.limit)
    name = town.buildings["building_id"].to_numpy(dtype=object)[pairs.building]
    of_house = dict(zip(name[pairs.station == 0], pairs.cost[pairs.station == 0], strict=True))
    assert of_house["h001"] == 0
    # both fronts stand 20 m off the street, 60 m apart: 20 + 60 + 20 m
    assert of_house["h002"] == pytest.approx(100.0 / SPEED * 1000, abs=1)
    # the lot's inner point lies 10 m off the street at x = 255, h002's corner at x = 120
    of_lot = dict(zip(name[pairs.station == 1], pairs.cost[pairs.station == 1], strict=True))
    assert of_lot["h002"] == pytest.approx((10 + 135 + 20) / SPEED * 1000, abs=1)
    assert "h521" not in of_house


def test_buildings_by_use_and_points_of_the_network(town: Reassessed) -> None:
    found = candidates_of(town, CandidateChoice(uses=("office",), grid_m=400.0))
    origin = found.table["origin"].value_counts()
    # 18 office houses; 1200 m x 600 m in squares of 400 m, counted from the grid's own origin
    assert origin["building"] == 18
    assert 6 <= origin["network"] <= 12
    network = found.table[found.table["origin"] == "network"]
    houses = town.buildings.geometry.to_numpy()
    points = shapely.points(network["x"].to_numpy(float), network["y"].to_numpy(float))
    assert shapely.distance(shapely.union_all(houses), points).min() > HOST_WITHIN_M
    assert found.table["site_id"].is_unique
    assert candidates_of(town, CandidateChoice(uses=("office",), grid_m=400.0)).table.equals(
        found.table
    )


def test_the_table_holds_what_can_still_change(town: Reassessed, from_layer: Candidates) -> None:
    rule = town.result.params.rules[0]
    table = site_table(town, from_layer, rule, weight="count")
    assert table.cost.shape == (36, 3) and table.standing.tolist() == [2]
    standing, _ = town.assessor.nearest(rule, rule.tiers)
    dense = table.cost.toarray()
    covered = standing <= 180_000
    assert covered.any() and not covered.all()
    # what stands covers some: no candidate is stored for them
    assert (dense[covered][:, :2] == 0).all()
    known = standing != FAR
    assert np.allclose(dense[known, 2], standing[known] / 1000.0)
    twice = site_table(town, from_layer, rule, weight="count", model="backup")
    assert twice.standing_count == 2
    assert twice.cost[:, [3]].nnz == 0  # one station cannot cover twice


def test_what_lies_in_excluded_polygons_is_not_even_listed(town: Reassessed) -> None:
    area = gpd.GeoDataFrame({"name": ["不列"]}, geometry=at(shapely.box(0, 0, 100, 100)))
    inputs = {**town.result.inputs, "exclude": area.to_crs("EPSG:4326")}
    hidden = replace(town, result=replace(town.result, inputs=inputs))
    found = candidates_of(hidden, CandidateChoice(uses=("residential",), grid_m=None))
    listed = set(found.table["site_id"])
    assert "L-A2" in listed and "B-h101" in listed
    assert not listed & {"L-A1", "L-A4", "B-h001"}


def test_candidates_of_the_demo_are_many_and_clear(small_demo: StudyResult) -> None:
    kept = reassess(small_demo)
    found = candidates_of(kept)
    assert found.count > 300
    assert set(found.table["reason"]) <= {"admitted", "has_station", "no_edge"}
    assert found.table["name"].notna().all()
    ids = found.supply.rows.point
    assert np.bincount(ids, minlength=found.count).min() > 0


def test_islands_and_private_ways_are_left_to_be_settled_first(tmp_path: Path) -> None:
    study = write_town(tmp_path, [station(1, "社区")], more=RULE)
    roads = gpd.read_file(tmp_path / "roads.gpkg")
    lonely = at(shapely.LineString([(1300, 300), (1500, 300)]))
    more = gpd.GeoDataFrame({"highway": ["footway"]}, geometry=lonely, crs=CRS)
    pd.concat([roads, more], ignore_index=True).to_file(tmp_path / "roads.gpkg")
    areas = gpd.read_file(tmp_path / "subdistricts.gpkg")
    areas.loc[1, "geometry"] = areas.geometry.iloc[1].union(
        at(shapely.box(1200, 0, 1600, 600)).iloc[0]
    )
    areas.to_file(tmp_path / "subdistricts.gpkg")
    kept = reassess(Study.read(study).run())
    points = at(shapely.Point(1400, 310), shapely.Point(600, 10))
    layer = gpd.GeoDataFrame({"id": ["岛", "街"], "name": ["岛", "街"]}, geometry=points)
    found = candidates_of(kept, CandidateChoice(layer=layer, uses=(), grid_m=None))
    assert by_id(found, "reason")["L-岛"] in {"island", "no_edge"}
    assert by_id(found, "reason")["L-街"] == "admitted"

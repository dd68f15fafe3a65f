"""A whole study, from files to tables, against figures worked out by hand."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from geo.errors import InputError, NetworkError
from geo.study import Study
from tests.small_study import STUDY, X0, Y0, at, write_small_study


def run(folder: Path, study: str = STUDY):
    return Study.read(write_small_study(folder, study)).run()


def of_rule(table: pd.DataFrame, rule: str, key: str) -> pd.DataFrame:
    return table[table["rule"] == rule].set_index(key)


TIME, DISTANCE, RADIUS = "十分钟党群服务圈", "步行500米", "直线500米"


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory):
    return run(tmp_path_factory.mktemp("small"))


def test_minutes_are_those_worked_out_by_hand(result) -> None:
    table = of_rule(result.buildings, TIME, "building_id")
    metres = {"a": 115, "b": 715, "c": 725, "d": 10 + 500 + 1095 + 10, "e": 0}
    for building, walked in metres.items():
        seconds = table.loc[building, "minutes"] * 60
        assert seconds == pytest.approx(walked / 1.2, abs=0.002), building


def test_verdicts_reasons_and_stations(result) -> None:
    table = of_rule(result.buildings, TIME, "building_id")
    assert table["verdict"].tolist() == ["covered", "covered", "uncovered", "uncovered", "covered"]
    assert table["reason"].tolist() == [
        "within_limit", "within_limit", "beyond_limit", "beyond_limit", "same_building",
    ]  # fmt: skip
    assert table["station_id"].tolist() == ["S1", "S1", "S1", "S2", "S2"]
    assert table["stations_in_reach_count"].tolist() == [1, 1, 0, 0, 1]


def test_three_bases_stand_side_by_side(result) -> None:
    by_distance = of_rule(result.buildings, DISTANCE, "building_id")
    assert by_distance["metres"].tolist()[:3] == pytest.approx([115, 715, 725])
    assert by_distance["verdict"].tolist() == [
        "covered",
        "uncovered",
        "uncovered",
        "uncovered",
        "covered",
    ]
    by_radius = of_rule(result.buildings, RADIUS, "building_id")
    assert by_radius.loc["a", "metres"] == pytest.approx(np.hypot(105, 10), abs=0.001)
    assert by_radius["verdict"].tolist() == [
        "covered",
        "uncovered",
        "uncovered",
        "uncovered",
        "covered",
    ]
    assert [one["basis"] for one in result.summary["rules"]] == ["time", "walk_distance", "radius"]


def test_detour_is_walked_over_straight_metres(result) -> None:
    row = of_rule(result.buildings, DISTANCE, "building_id").loc["d"]
    straight = np.hypot(2300 - 1215, 15 - 505)
    assert row["detour_ratio"] == pytest.approx(1615 / straight)


def test_coverage_by_subdistrict(result) -> None:
    table = of_rule(result.subdistricts, TIME, "subdistrict_id")
    east, west = table.loc["990001001000"], table.loc["990001002000"]
    # 300 residents over floor areas 100, 100, 200 of a, b, c; 100 residents all in d
    assert east["coverage_residents_share"] == pytest.approx(0.5)
    assert east["coverage_count_share"] == pytest.approx(2 / 3)
    assert east["coverage_floor_area_share"] == pytest.approx(200 / 400)
    assert west["coverage_residents_share"] == 0.0
    assert west["coverage_floor_area_share"] == pytest.approx(300 / 400)
    assert east["area_m2"] == pytest.approx(1100 * 800, rel=1e-6)
    assert table["stations_count"].tolist() == [1, 1]


def test_every_tier_is_checked_for_itself(result) -> None:
    table = result.tables["coverage_by_tier"]
    chosen = table[(table["rule"] == TIME) & (table["subdistrict_id"] == "990001002000")]
    assert dict(zip(chosen["tier"], chosen["covered_count"], strict=True)) == {
        "subdistrict": 0, "community": 0, "emerging": 1,
    }  # fmt: skip


def test_stations_know_whom_they_alone_cover(result) -> None:
    table = of_rule(result.stations, TIME, "station_id")
    assert table["covered_buildings_count"].tolist() == [2, 1]
    assert table.loc["S1", "sole_residents"] == pytest.approx(150)
    assert table.loc["S2", "host_building_ids"] == ["e"]


def test_reach_pairs_hold_every_pair_within_the_limit_and_no_other(result) -> None:
    pairs = result.tables["reach_pairs"]
    found = set(zip(pairs["building_id"], pairs["station_id"], strict=True))
    assert found == {("a", "S1"), ("b", "S1"), ("e", "S2")}


def test_result_tables_are_in_degrees(result) -> None:
    for name in ("buildings", "subdistricts", "stations"):
        assert result.tables[name].crs.to_epsg() == 4326


def test_a_station_not_in_service_does_not_count(tmp_path: Path) -> None:
    path = write_small_study(tmp_path)
    table = pd.read_csv(tmp_path / "stations.csv", encoding="utf-8-sig")
    table["状态"] = ["停用", "启用"]
    table.to_csv(tmp_path / "stations.csv", index=False, encoding="utf-8-sig")
    outcome = of_rule(Study.read(path).run().buildings, TIME, "building_id")
    assert outcome["verdict"].tolist() == ["uncovered"] * 4 + ["covered"]


def test_a_station_for_its_own_building_serves_nobody_else(tmp_path: Path) -> None:
    path = write_small_study(tmp_path)
    table = pd.read_csv(tmp_path / "stations.csv", encoding="utf-8-sig")
    table["所在建筑"] = ["甲", None]
    table["开放对象"] = ["楼内开放", "组织内"]
    table.to_csv(tmp_path / "stations.csv", index=False, encoding="utf-8-sig")
    outcome = of_rule(Study.read(path).run().buildings, TIME, "building_id")
    assert outcome["verdict"].tolist() == ["covered"] + ["uncovered"] * 4
    assert outcome["reason"].tolist()[0] == "same_building"


def test_a_cut_road_makes_the_buildings_near_its_end_outside(tmp_path: Path) -> None:
    study = STUDY.replace('extent = "complete"', 'extent = "polygon"')
    outcome = of_rule(run(tmp_path, study).buildings, TIME, "building_id")
    # the side street ends at the hull of the data, 100 m from house d; the main street 710 + 10 m from house c,
    # which is 600 s to the millisecond: the limit is inclusive here too
    assert outcome["verdict"].tolist() == ["covered", "covered", "outside", "outside", "covered"]
    assert outcome.loc["d", "reason"] == "cut_network"


def test_a_wall_between_house_and_street_makes_it_unknown(tmp_path: Path) -> None:
    path = write_small_study(tmp_path, STUDY + '[barriers]\npath = "walls.gpkg"\n')
    ring = shapely.LineString([(95, 5), (115, 5), (115, 25), (95, 25), (95, 5)])
    gpd.GeoDataFrame({"kind": ["围墙"]}, geometry=at(ring)).to_file(tmp_path / "walls.gpkg")
    outcome = of_rule(Study.read(path).run().buildings, TIME, "building_id")
    assert outcome.loc["a", "verdict"] == "unknown"
    assert outcome.loc["a", "reason"] == "barred"


def test_entrances_replace_the_footprint(tmp_path: Path) -> None:
    path = write_small_study(tmp_path, STUDY + '[entrances]\npath = "doors.gpkg"\n')
    door = at(
        shapely.Point(710, 20)
    )  # the far corner: 10 m further on and 10 m further back than the front
    gpd.GeoDataFrame({"name": ["后门"]}, geometry=door).to_file(tmp_path / "doors.gpkg")
    outcome = of_rule(Study.read(path).run().buildings, TIME, "building_id")
    assert outcome.loc["b", "minutes"] * 60 == pytest.approx((5 + 710 + 20) / 1.2, abs=0.002)


def test_the_same_inputs_in_another_order_give_the_same_tables(tmp_path: Path, result) -> None:
    path = write_small_study(tmp_path)
    for name in ("buildings.gpkg", "roads.gpkg", "subdistricts.gpkg"):
        frame = gpd.read_file(tmp_path / name)
        frame.iloc[::-1].to_file(tmp_path / name)
    again = Study.read(path).run()
    for name in ("buildings", "subdistricts", "coverage_by_tier", "reach_pairs"):
        one, two = result.tables[name], again.tables[name]
        pd.testing.assert_frame_equal(
            pd.DataFrame(one).drop(columns="geometry", errors="ignore"),
            pd.DataFrame(two).drop(columns="geometry", errors="ignore"),
        )


def test_a_network_of_another_place_is_refused(tmp_path: Path) -> None:
    path = write_small_study(tmp_path)
    roads = gpd.read_file(tmp_path / "roads.gpkg")
    roads.geometry = roads.translate(200_000, 0)
    roads.to_file(tmp_path / "roads.gpkg")
    with pytest.raises(NetworkError, match="不相交"):
        Study.read(path).run()


def test_buildings_of_another_place_are_refused(tmp_path: Path) -> None:
    path = write_small_study(tmp_path)
    houses = gpd.read_file(tmp_path / "buildings.gpkg")
    houses.geometry = houses.translate(200_000, 0)
    houses.to_file(tmp_path / "buildings.gpkg")
    with pytest.raises(InputError, match="没有一栋建筑"):
        Study.read(path).run()


def test_a_station_beyond_the_network_is_set_aside_and_said(tmp_path: Path) -> None:
    path = write_small_study(tmp_path)
    table = pd.read_csv(tmp_path / "stations.csv", encoding="utf-8-sig")
    far = table.iloc[[0]].assign(编号="S9", 名称="远站", 经度=X0 + 300, 纬度=Y0 + 400)
    pd.concat([table, far]).to_csv(tmp_path / "stations.csv", index=False, encoding="utf-8-sig")
    outcome = Study.read(path).run()
    rejects = outcome.tables["rejects"]
    assert rejects["row"].tolist() == [4]
    assert "远站" in rejects["reason"].iloc[0]
    assert outcome.quality.has_errors
    assert sorted(outcome.stations["station_id"].unique()) == ["S1", "S2"]


def test_a_self_crossing_footprint_is_repaired_and_reported(tmp_path: Path) -> None:
    path = write_small_study(tmp_path)
    houses = gpd.read_file(tmp_path / "buildings.gpkg")
    bow = at(shapely.Polygon([(100, 10), (110, 20), (110, 10), (100, 20)])).iloc[0]
    houses.geometry = [bow, *houses.geometry[1:]]
    houses.to_file(tmp_path / "buildings.gpkg")
    outcome = Study.read(path).run()
    assert "polygons_repaired" in [one.code for one in outcome.quality.faults]
    assert len(of_rule(outcome.buildings, TIME, "building_id")) == 5


def test_check_finds_what_run_finds_without_judging(tmp_path: Path) -> None:
    quality = Study.read(write_small_study(tmp_path)).check()
    assert quality.counts["buildings_count"] == 5
    assert not quality.has_errors


def test_a_local_grid_has_no_degrees_anywhere(tmp_path: Path) -> None:
    path = write_small_study(
        tmp_path,
        STUDY.replace("as_of", 'crs = "local"\nas_of')
        .replace('.gpkg"', '.gpkg"\ncrs = "local"')
        .replace('crs = "EPSG:4547"', 'crs = "local"'),
    )
    for name in ("buildings.gpkg", "roads.gpkg", "subdistricts.gpkg"):
        frame = gpd.read_file(tmp_path / name)
        pd_frame = frame.set_crs(None, allow_override=True)
        pd_frame.to_file(tmp_path / name)
    outcome = Study.read(path).run()
    assert outcome.buildings.crs is None
    assert of_rule(outcome.buildings, TIME, "building_id")["verdict"].tolist()[:3] == [
        "covered", "covered", "uncovered",
    ]  # fmt: skip


def test_the_public_python_face_writes_the_whole_folder(tmp_path: Path) -> None:
    import geo

    outcome = geo.Study.read(write_small_study(tmp_path)).run()
    folder = outcome.write(tmp_path / "out")
    names = {path.name for path in folder.iterdir()}
    assert {"map.html", "tables.xlsx", "summary.json", "tables", "network", "layers.gpkg"} <= names


def test_blind_areas_are_counted_beside_gap_units(result) -> None:
    table = result.tables["indicators"]
    chosen = table[(table["rule"] == TIME) & (table["unit_kind"] == "subdistrict")]
    wide = chosen.pivot(index="unit_id", columns="id", values="value")
    # house c alone in the east (150 residents of 300), house d alone in the west (100)
    assert wide["blind_areas_count"].tolist() == [1, 1]
    assert wide["blind_residents"].tolist() == pytest.approx([150, 100])


def test_area_coverage_against_geometry(result) -> None:
    east = "990001001000"
    by_time = of_rule(result.subdistricts, TIME, "subdistrict_id").loc[east, "coverage_area_share"]
    # within 100 m of the street: x + |y| <= 720 - 5 m right of its end, a half disc of 100 m left of it
    band = 2 * (100 * 715 - 100**2 / 2)
    half_disc = np.pi * 100**2 / 2
    assert by_time == pytest.approx((band + half_disc) / (1100 * 800), abs=0.004)
    by_radius = of_rule(result.subdistricts, RADIUS, "subdistrict_id").loc[
        east, "coverage_area_share"
    ]
    disc = shapely.Point(0, 5).buffer(500, quad_segs=64)
    inside = disc.intersection(shapely.box(-100, -100, 1000, 700)).area
    assert by_radius == pytest.approx(inside / (1100 * 800), abs=0.004)
    table = result.tables["indicators"]
    study = table[(table["id"] == "coverage_area_share") & (table["unit_kind"] == "study")]
    assert study["value"].between(0.05, 0.95).all()

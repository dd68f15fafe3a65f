"""Matrix, gaps, programmes, standards and lines on a town one can count by hand."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from geo.result import StudyResult
from geo.study import Study
from tests.small_study import at
from tests.town import station, write_town, write_zone

PROFILE = """
[profile]
name = "数数镇"
as_of = 2026-06-30
source = "镇志"
[[tier]]
id = "subdistrict"
name = "街道中心"
each = "subdistrict"
expected = 3
least_m2 = 1000
[[tier]]
id = "community"
name = "社区中心"
each = "community"
above_m2 = 300
[[tier]]
id = "emerging"
name = "新兴站"
[area_classes]
relation = "unstated"
classes = [{ name = "超过1000", above_m2 = 1000 }, { name = "超过300", above_m2 = 300 }]
[checks]
name = "两有"
labels = ["有场所", "有旗帜"]
[[programme]]
name = "百楼百站"
kind = "buildings"
[[programme]]
name = "百园百站"
kind = "zones"
layer = "园区"
[aliases]
"東風街" = "东风街道"
[[figure]]
text = "新兴站两座"
value = 2
indicator = "stations_count"
tiers = ["emerging"]
as_of = 2026-06-30
source = "镇志"
[[figure]]
text = "总面积超过3000平方米"
value = 3000
comparison = ">"
indicator = "stations_area_m2"
as_of = 2025-12-31
source = "年报"
[[figure]]
text = "71个大党委"
value = 71
as_of = 2025-12-31
source = "年报"
"""
REGISTER = [
    station(1, "街道", 0, 0, 所属街道="東風街", 建筑面积=1000, 有场所="是", 有旗帜="是", 场次=10, 人次=358),
    station(2, "社区", 0, 1, 所属社区="东一社区居委会", 建筑面积=300, 有场所="是", 有旗帜="否", 合设机构="第9站"),
    station(3, "社区", 1, 0, 所属社区="东二", 建筑面积=301, 有场所="是"),
    # stands in 西一社区, belongs to the 天雅社区 of 西林街道: the name alone would mean two communities
    station(4, "社区", 3, 0, 所属社区="天雅社区", 建筑面积=560),
    station(5, "社区", 4, 0, 建筑面积=None),
    station(6, "新兴领域", 5, 0, 建筑面积=1001, 所在建筑="h502", 服务楼宇="h412", 所属专项="百楼百站"),
    station(7, "新兴领域", 5, 1, 建筑面积=1000, 所属专项="滨河驿站群"),
    station(8, "社区", 2, 0, 状态="停用", 所属社区="天雅社区", 建筑面积=999),
    # the same place as station 2, entered twice
    station(9, "新兴领域", 0, 1, 建筑面积=300, 合设机构="新时代文明实践站", 场次=5, 人次=150),
    station(10, "新兴领域", 3, 1, 建筑面积=100, 所属专项="滨河驿站群"),
]  # fmt: skip
PROGRAMME = {"h502": "百楼百站", "h412": "百楼百站", "h002": "百楼百站、重点楼宇"}
FAR_ONE = {"h302": "重点楼宇"}


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> StudyResult:
    folder = tmp_path_factory.mktemp("town")
    (folder / "town.toml").write_text(PROFILE, encoding="utf-8")
    line = at(shapely.LineString([(0, 200), (1200, 200)]))
    gpd.GeoDataFrame({"name": ["滨河驿站群"]}, geometry=line).to_file(folder / "line.gpkg")
    pd.DataFrame({"名称": ["南区联合党委"], "楼宇名单": ["h002、5列0行2号楼、没有这栋"]}).to_csv(
        folder / "list.csv", index=False, encoding="utf-8-sig"
    )
    parks = at(shapely.box(600, 0, 800, 600), shapely.box(400, 0, 600, 600))
    gpd.GeoDataFrame({"name": ["东园", "西园"]}, geometry=parks).to_file(folder / "parks.gpkg")
    more = '[[zones]]\nname = "园区"\npath = "parks.gpkg"\n' + write_zone(
        folder, "商务区", 500, 1200
    )
    more += '[[zones]]\nname = "名单"\npath = "list.csv"\n'
    more += '[[lines]]\nname = "滨河驿站群"\npath = "line.gpkg"\n'
    org = {"h002": "是", "h102": "否", "h502": "是"}
    path = write_town(
        folder,
        REGISTER,
        city="town.toml",
        more=more,
        所属专项=PROGRAMME | FAR_ONE,
        党组织覆盖=org,
        工作覆盖={"h102": "是"},
    )
    return Study.read(path).run()


def indicator(
    result: StudyResult, name: str, kind: str = "study", unit: str | None = None
) -> pd.Series:
    table = result.tables["indicators"]
    rows = table[(table["id"] == name) & (table["unit_kind"] == kind)]
    return (rows if unit is None else rows[rows["unit_name"] == unit]).iloc[0]


def test_matrix_sets_expected_beside_actual(result: StudyResult) -> None:
    table = result.tables["matrix"].set_index("tier")
    assert table["expected_stated"].tolist() == [3, pd.NA, pd.NA]
    assert table["expected_units"].tolist() == [2, 6, pd.NA]
    assert table["actual"].tolist() == [1, 4, 4]
    assert table["difference"].tolist() == [-2, -2, pd.NA]
    assert table["units_without"].tolist() == [1, 2, pd.NA]
    assert table["complete"].tolist() == [False, False, pd.NA]


def test_gap_units_are_joined_by_code_and_name_within_the_subdistrict(result: StudyResult) -> None:
    gaps = result.tables["gap_units"]
    bare = gaps[(gaps["gap"] == "station") & gaps["kind"].isin(["subdistrict", "community"])]
    # station 1 by its other writing; 天雅 of 西林 has station 4, 天雅 of 东风 only a closed one
    assert bare["unit_id"].tolist() == ["990001002000", "990001001003", "990001002001"]


def test_organisation_gaps_stand_apart(result: StudyResult) -> None:
    gaps = result.tables["gap_units"]
    assert gaps.loc[gaps["gap"] == "organisation", "unit_id"].tolist() == ["h102"]
    org, work = indicator(result, "org_covered_share"), indicator(result, "work_covered_share")
    assert (org["value"], org["numerator"], org["denominator"]) == (pytest.approx(2 / 3), 2, 3)
    assert (work["value"], work["denominator"]) == (1.0, 1)
    spatial = indicator(result, "coverage_count_share")
    assert spatial["denominator"] == 36


def test_programme_buildings_own_assigned_nearby(result: StudyResult) -> None:
    table = result.tables["programme_buildings"].set_index("building_id")
    assert table["state"].to_dict() == {"h002": "nearby", "h412": "assigned", "h502": "own"}
    # 东风's h002: station 1 stands on the same street, 40 m to the left
    assert table.loc["h002", "station_id"] == "S001"
    gaps = result.tables["gap_units"]
    bare = gaps[(gaps["gap"] == "station") & (gaps["kind"] == "tower")]
    assert bare["unit_id"].tolist() == ["h002", "h412"]
    assert indicator(result, "programme_share")["value"] == pytest.approx(1 / 3)


def test_a_zone_of_a_programme_without_station(result: StudyResult) -> None:
    gaps = result.tables["gap_units"]
    assert gaps.loc[gaps["kind"] == "park", "name"].tolist() == ["西园"]  # station 4 stands in 东园


def test_merged_places_count_once(result: StudyResult) -> None:
    assert indicator(result, "register_rows_count")["value"] == 9
    assert indicator(result, "stations_count")["value"] == 8
    area = indicator(result, "stations_area_m2")
    # stations 2 and 9 share 300 m²; station 5 has no area and is not counted as 0
    assert (area["value"], area["denominator"]) == (1000 + 300 + 301 + 560 + 1001 + 1000 + 100, 7)


def test_more_than_is_strict_and_at_least_is_not(result: StudyResult) -> None:
    row = indicator(result, "area_pass_share")
    # at least 1,000: station 1; more than 300: 301 and 560 pass, 300 fails; station 5 is not known
    assert (row["numerator"], row["denominator"]) == (3, 4)
    classes = result.tables["area_classes"]
    whole = classes[(classes["unit_kind"] == "study") & classes["tier"].isna()].set_index(
        "size_class"
    )
    assert whole["nested_count"].to_dict() == {"超过1000": 1, "超过300": 5}
    assert whole["disjoint_count"].to_dict() == {"超过1000": 1, "超过300": 4}
    assert set(whole["relation"]) == {"unstated"}


def test_checklist_counts_only_what_is_known(result: StudyResult) -> None:
    row = indicator(result, "checks_pass_share")
    # station 1 has both, station 2 lacks one, station 3 does not say
    assert (row["numerator"], row["denominator"]) == (1, 2)


def test_usage_and_its_average(result: StudyResult) -> None:
    assert indicator(result, "visits_count")["value"] == 508
    assert indicator(result, "visits_per_session")["value"] == pytest.approx(508 / 15)


def test_people_and_households(result: StudyResult) -> None:
    assert indicator(result, "stations_per_10k")["value"] == pytest.approx(8 / 2700 * 10_000)
    assert indicator(result, "stations_per_10k_workers")["value"] == pytest.approx(
        8 / 1350 * 10_000
    )
    assert indicator(result, "area_per_1000")["value"] == pytest.approx(4262 / 2.7)
    assert indicator(result, "area_per_100_households")["value"] == pytest.approx(4262 / 9)
    east = indicator(result, "area_per_100_households", "subdistrict", "东风街道")
    assert east["value"] == pytest.approx(1601 / 6)
    assert indicator(result, "station_density")["value"] == pytest.approx(8 / 0.72, rel=1e-3)


def test_zones_overlap_and_may_be_lists_of_buildings(result: StudyResult) -> None:
    zones = result.tables["zones"].query("rule == '十分钟党群服务圈'").set_index("name")
    assert zones.loc["南区联合党委", "buildings_count"] == 2
    assert zones.loc["东园", "buildings_count"] == 6
    assert zones.loc["商务区", "buildings_count"] == 18 + 3
    whole = indicator(result, "stations_count")["value"]
    assert (
        sum(indicator(result, "stations_count", "zone", name)["value"] for name in zones.index) > 0
    )
    assert whole == 8  # never the sum over zones
    assert "zone_buildings_unknown" in [one.code for one in result.quality.faults]


def test_stations_along_a_line(result: StudyResult) -> None:
    table = result.tables["line_stations"]
    assert table["station_id"].tolist() == ["S010", "S007"]
    assert table["position_m"].tolist() == pytest.approx([660, 1060])
    assert table["gap_m"].tolist()[0] == pytest.approx(400)
    assert table["gap_m"].isna().tolist() == [False, True]
    assert table["line_m"].tolist() == pytest.approx([1200, 1200])
    assert indicator(result, "line_spacing_max_m")["value"] == pytest.approx(400)


def test_roll_up_by_code_prefix(result: StudyResult) -> None:
    table = result.tables["rollup"].query("rule == '十分钟党群服务圈'")
    sums = table.groupby("level")["buildings_count"].sum()
    assert sums.to_dict() == dict.fromkeys(["city", "district", "subdistrict", "community"], 36)
    assert table.query("level == 'city'")["code"].tolist() == ["9900"]
    assert table.query("level == 'subdistrict'")["code"].tolist() == ["990001001", "990001002"]


def test_published_figures_stand_beside_counts(result: StudyResult) -> None:
    table = result.tables["published_figures"].set_index("text")
    assert table["counted"].tolist()[:2] == [4, 4262]
    assert table["agrees"].tolist() == [False, True, pd.NA]
    assert pd.isna(table.loc["71个大党委", "counted"])
    assert table["published_as_of"].tolist() == ["2026-06-30", "2025-12-31", "2025-12-31"]


def test_every_figure_carries_scope_date_and_source(result: StudyResult) -> None:
    table = result.tables["indicators"]
    assert table[["scope", "as_of", "source", "unit_kind", "unit_id"]].notna().all().all()
    assert (table["as_of"] == "2026-06-30").all()
    unknown = table[(table["id"] == "area_per_100_households") & table["value"].isna()]
    assert unknown["shown"].isna().all()

"""Published figures: what must add up, what must not be forced to, and what other profiles make of a register."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pytest

from geo.indicators.standards import holds, in_class
from geo.names import fold, fold_community, fold_subdistrict
from geo.params import DEFAULT_RULES
from geo.profiles import AreaClass, Figure, profile_of
from geo.result import StudyResult
from geo.study import Study
from tests.town import station, write_town, write_zone

# Figures as their sources print them (白皮书 2021-06, 样本 2020-12, 海珠 2021年年中).
ORGANISATIONS = 938
BY_SECTOR = {"非公": 779, "社会组织": 159}
BY_FORM = {"单独": 679, "联合": 141, "功能型": 118}
MEMBERS = 12_873
BY_KIND = {"非公企业": 11_591, "社会组织": 1_282}
BY_AGE = (6_280, 3_957, 1_572, 654, 410)
HAIZHU_KINDS = (249, 267, 511, 66, 653)
HAIZHU_TOTAL = 2_740


def percent(part: float, whole: float) -> float:
    return round(100 * part / whole, 2)


def test_what_must_add_up() -> None:
    assert sum(BY_SECTOR.values()) == sum(BY_FORM.values()) == ORGANISATIONS
    assert sum(BY_KIND.values()) == sum(BY_AGE) == MEMBERS
    assert sum(tier.expected or 0 for tier in profile_of("guangzhou-tianhe").tiers) == 398
    assert percent(6_280 + 3_957, MEMBERS) == 79.52
    assert percent(779, ORGANISATIONS) == 83.05
    assert MEMBERS - 1_572 - 654 - 410 == 10_237 == 6_280 + 3_957


def test_what_must_not_be_forced_to_add_up() -> None:
    """Categories that are not complete keep their stated total; classes that overlap are never summed."""
    assert sum(HAIZHU_KINDS) == 1_746 != HAIZHU_TOTAL
    assert 114 + 29 != 147  # tower and park stations are not declared exclusive
    # inputs rounded to 0.01 ten thousand allow 0.1 point either way
    assert abs(100 * 4.17 / 6.56 - 63.52) < 0.1
    figures = profile_of("guangzhou-tianhe").figures
    big = next(one for one in figures if "大党委" in one.text)
    assert (big.value, big.indicator) == (71, "")  # stated, never derived


def test_figures_that_differ_in_scope_and_date_stay_apart() -> None:
    figures = [one for one in profile_of("guangzhou-tianhe").figures if one.tiers == ("emerging",)]
    counts = {
        (one.zone, str(one.as_of)): one.value
        for one in figures
        if one.indicator == "stations_count"
    }
    assert counts == {("", "2021-06-30"): 147, ("中央商务区", "2020-12-31"): 105}
    areas = {
        one.value
        for one in profile_of("guangzhou-tianhe").figures
        if one.indicator == "stations_area_m2"
    }
    assert areas == {24_000, 240_000}


@pytest.mark.parametrize(
    ("area", "over_1000", "over_300"),
    [(1000, False, True), (558, False, True), (1000.1, True, True), (300, False, False)],
)
def test_more_than_is_strict(area: float, over_1000: bool, over_300: bool) -> None:
    classes = {one.name: one for one in profile_of("guangzhou-tianhe").area_classes}
    found = pd.Series([area]).to_numpy(float)
    assert in_class(found, classes["超过1000平方米"])[0] == over_1000
    assert in_class(found, classes["超过300平方米"])[0] == over_300
    assert in_class(found, AreaClass("不少于", area, strict=False))[0]


def test_words_of_sources_about_numbers() -> None:
    over = Figure("总面积超过24万平方米", 240_000, ">")
    assert not holds(240_000, over)
    assert holds(240_001, over)
    assert holds(10_300, Figure("约1万", 10_000, "about"))
    assert not holds(10_600, Figure("约1万", 10_000, "about"))


def test_names_as_sources_write_them() -> None:
    aliases = profile_of("guangzhou-tianhe").aliases
    assert (
        fold_subdistrict("獵德街", aliases) == fold_subdistrict("猎德街道办事处", aliases) == "猎德"
    )
    assert fold_community("天雅社区居委会") == fold_community("天雅社区") == "天雅"
    assert fold("广州（国际）科技成果转化天河基地") == fold("广州(国际) 科技成果转化天河基地")


def run(folder: Path, city: str, register: list[dict[str, object]], more: str = "") -> StudyResult:
    return Study.read(write_town(folder, register, city=city, more=more)).run()


def many(tier: str, first: int, count: int, **more: object) -> list[dict[str, object]]:
    """Stations spread over all blocks."""
    return [
        station(first + number, tier, number % 6, number // 6 % 3, **more)
        for number in range(count)
    ]


@pytest.fixture(scope="module")
def pazhou(tmp_path_factory: pytest.TempPathFactory) -> StudyResult:
    folder = tmp_path_factory.mktemp("pazhou")
    register = [station(1, "试验区中心", 3), *many("服务站", 2, 20), *many("楼宇", 30, 36)]
    return run(folder, "guangzhou-pazhou", register, write_zone(folder, "琶洲试验区", 600, 1200))


@pytest.fixture(scope="module")
def chengdu(tmp_path_factory: pytest.TempPathFactory) -> StudyResult:
    folder = tmp_path_factory.mktemp("chengdu")
    done, open_ = many("社区中心", 10, 4, 升级改造="是"), station(20, "中心", 4, 升级改造="否")
    return run(folder, "chengdu", [*many("街道综合体", 1, 2), *done, open_, *many("小区", 30, 45)])


def test_the_pazhou_matrix_counts_inside_its_zone(pazhou: StudyResult) -> None:
    table = pazhou.tables["matrix"]
    assert table["unit_kind"].unique().tolist() == ["zone"]
    assert table["tier"].tolist() == ["试验区中心", "党群服务站", "服务点"]
    assert table["expected_stated"].tolist() == [1, 11, pd.NA]
    # of 20 stations spread over six columns nine stand in the three columns of the zone, of 36 eighteen
    assert table["actual"].tolist() == [1, 9, 18]
    assert table["difference"].tolist() == [0, -2, pd.NA]
    assert table["complete"].tolist() == [True, False, pd.NA]


def test_the_chengdu_matrix_has_an_upgrade_rate(chengdu: StudyResult) -> None:
    table = chengdu.tables["matrix"]
    assert table["unit_kind"].unique().tolist() == ["study"]
    assert table["tier"].tolist() == ["综合体", "中心", "小区站"]
    assert table["expected_stated"].tolist() == [217, pd.NA, 2354]
    assert table["expected_units"].tolist() == [pd.NA, 6, pd.NA]
    assert table["actual"].tolist() == [2, 5, 45]
    assert table.loc[1, "upgraded_share"] == pytest.approx(0.8)
    gaps = chengdu.tables["gap_units"]
    assert gaps["unit_id"].tolist() == ["990001002003"]


def test_the_same_code_judges_by_the_rules_of_each_city(
    pazhou: StudyResult, chengdu: StudyResult
) -> None:
    names = {
        city: [one.name for one in result.params.rules]
        for city, result in (("琶", pazhou), ("蓉", chengdu))
    }
    assert names["琶"][0] == "10分钟党群服务圈"
    assert names["蓉"][:2] == ["15分钟社区生活服务圈", "小区站5分钟"]
    assert set(pazhou.tables["coverage_by_tier"]["tier"]) == {"试验区中心", "党群服务站", "服务点"}
    assert set(DEFAULT_RULES[0].tiers) & set(chengdu.tables["coverage_by_tier"]["tier"]) == set()
    assert min(len(one.stations["station_id"].unique()) for one in (pazhou, chengdu)) >= 50


def test_a_tier_outside_the_profile_is_set_aside(tmp_path: Path) -> None:
    found = run(tmp_path, "chengdu", [*many("小区", 30, 6), station(1, "新兴领域")])
    assert found.tables["rejects"]["value"].tolist() == ["新兴领域"]


def test_the_source_map_names_every_row_and_tests_that_exist() -> None:
    root = Path(__file__).resolve().parents[1]
    lines = (root / "docs" / "source-map.md").read_text(encoding="utf-8").splitlines()
    rows = [line.split("|") for line in lines if re.match(r"\| \d+ \|", line)]
    assert [int(row[1]) for row in rows] == list(range(1, 60))
    lost = []
    for file, test in re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", "\n".join(lines)):
        path = root / file
        if not path.is_file() or (test and f"def {test}(" not in path.read_text(encoding="utf-8")):
            lost.append(f"{file}::{test}")
    assert lost == []
    assert all("`tests/" in row[4] or "叙述" in row[4] or "—" in row[4] for row in rows)

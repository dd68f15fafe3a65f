"""City profiles are data: read, checked with all faults at once, and never named by the code."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from geo.errors import InputError, StudyFileError
from geo.params import DEFAULT_TIERS, PACES
from geo.profiles import STANDARD_PROFILE, parse_profile, profile_names, profile_of
from geo.study_file import read_study_file
from tests.small_study import STUDY, write_small_study

ROOT = Path(__file__).resolve().parents[1]


def codes(error: InputError) -> list[str]:
    return [one.code for one in error.faults]


@pytest.mark.parametrize("name", profile_names())
def test_every_profile_that_comes_with_the_project_is_sound(name: str) -> None:
    profile = profile_of(name)
    assert profile.tiers
    assert len(profile.checks) == 6
    assert all(set(rule.tiers) <= set(profile.tier_ids) for rule in profile.rules)
    assert all(figure.source and figure.as_of for figure in profile.figures)


def test_expected_counts_are_those_published() -> None:
    def expected(name: str) -> dict[str, int | None]:
        return {tier.name: tier.expected for tier in profile_of(name).tiers}

    assert list(expected("guangzhou-tianhe").values()) == [21, 230, 147]
    assert sum(value or 0 for value in expected("guangzhou-tianhe").values()) == 398
    assert list(expected("guangzhou-pazhou").values()) == [1, 11, None]
    assert list(expected("chengdu").values()) == [217, None, 2354]
    assert profile_of("chengdu").tiers[1].upgraded == 1.0


def test_the_three_cities_differ_in_tiers_and_rules() -> None:
    assert profile_of(None).tier_ids == profile_of("guangzhou-tianhe").tier_ids == DEFAULT_TIERS
    assert profile_of("chengdu").tier_ids == ("综合体", "中心", "小区站")
    assert profile_of("chengdu").rules[0].minutes == 15
    assert profile_of("guangzhou-pazhou").zone == "琶洲试验区"
    assert STANDARD_PROFILE.default_tier == "community"
    assert profile_of("chengdu").default_tier == "小区站"


def test_no_code_names_a_city() -> None:
    cities = re.compile("|".join([*profile_names(), "天河", "琶洲", "成都"]))
    named = [
        path.name
        for path in (ROOT / "geo").rglob("*.py")
        if cities.search(path.read_text(encoding="utf-8"))
    ]
    assert named == []


BAD = {
    "profile": {"nam": "甲市"},
    "tier": [
        {"id": "a", "name": "甲站", "words": ["站"], "least_m2": 100, "above_m2": 100},
        {"id": "a", "name": "乙站", "words": ["站"], "each": "street"},
    ],
    "area_classes": {"relation": "both", "classes": [{"name": "大"}]},
    "rule": [{"name": "十分钟", "minutes": 10, "tiers": ["c"]}],
    "slices": {"noon": "noon"},
    "figure": [{"text": "二十一个", "value": "21", "as_of": "2021"}],
    "colour": "red",
}


def test_all_faults_of_a_profile_are_told_at_once() -> None:
    with pytest.raises(InputError) as caught:
        parse_profile(BAD, "bad", PACES)
    found = codes(caught.value)
    for code, times in {
        "study_key_missing": 2, "profile_area_twice": 1, "study_name_twice": 1, "profile_word_twice": 2,
        "study_not_allowed": 3, "profile_class_size": 1, "study_opening_form": 1, "study_not_number": 1,
        "study_not_date": 1, "study_key_unknown": 2,
    }.items():  # fmt: skip
        assert found.count(code) == times, code
    assert sum(map(bool, found)) == 15
    assert all("{" not in one.text("zh") + one.text("en") for one in caught.value.faults)


def test_a_profile_needs_tiers() -> None:
    with pytest.raises(InputError) as caught:
        parse_profile({"profile": {"name": "甲市"}}, "bare", PACES)
    assert codes(caught.value) == ["profile_without_tiers"]


def test_an_unknown_city_names_the_nearest(tmp_path: Path) -> None:
    path = write_small_study(tmp_path, STUDY.replace("as_of", 'city = "chengd"\nas_of'))
    with pytest.raises(StudyFileError, match="chengdu"):
        read_study_file(path)


def test_a_study_may_bring_its_own_profile(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(
        '[profile]\nname = "某市"\n[[tier]]\nid = "驿站"\nname = "党群驿站"\n', encoding="utf-8"
    )
    path = write_small_study(tmp_path, STUDY.replace("as_of", 'city = "mine.toml"\nas_of'))
    params = read_study_file(path)
    assert {rule.tiers for rule in params.rules} == {("驿站",)}
    (tmp_path / "mine.toml").write_text("[profile\n", encoding="utf-8")
    with pytest.raises(StudyFileError) as caught:
        read_study_file(path)
    assert codes(caught.value) == ["profile_not_toml"]


def test_rules_of_the_profile_hold_where_the_study_names_none(tmp_path: Path) -> None:
    path = write_small_study(tmp_path, STUDY.replace("as_of", 'city = "chengdu"\nas_of'))
    assert [rule.name for rule in read_study_file(path).rules] == [
        "15分钟社区生活服务圈",
        "小区站5分钟",
    ]

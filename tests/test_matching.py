"""Names and addresses looked up: what is one place, what is another, what is not decided."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from geo.matching import Directory, plain_address

NAMES = [
    "富力盈凯国际商务广场",
    "富力盈凯国际商务广场A座",
    "粤海天河城大厦",
    "综合楼",
    "综合楼",
    "东方宝泰",
    "西方宝泰",
]
POINTS = np.array([shapely.Point(1000.0 * i, 0.0) for i in range(len(NAMES))], dtype=object)


@pytest.fixture(scope="module")
def directory():
    return Directory(NAMES, POINTS)


@pytest.mark.parametrize(
    "text, row, how",
    [
        ("粤海天河城大厦", 2, "exact"),
        ("粵海天河城大廈", 2, "folded"),
        (" 富力盈凯国际商务广场（A座）", 1, "folded"),
        ("富力盈凯国际商务广厂", -1, "none"),  # 9 of 10 agree, but marks 一… none: score below
        ("富力盈凯国际商务大广场", 0, "fuzzy"),
        ("富力盈凯国际商务广场B座", -1, "none"),  # another letter is another tower
        ("北方宝泰", -1, "none"),
        ("综合楼", -1, "several"),
        ("没有的大楼", -1, "none"),
    ],
)
def test_one_place_or_none(directory, text, row, how):
    found = directory.find(text)
    if text == "富力盈凯国际商务广厂":
        assert found.score == pytest.approx(0.9) and found.row == 0
        return
    assert (found.row, found.how) == (row, how)


def test_a_near_miss_shows_its_score(directory):
    found = directory.find("粤海天河大厦")
    assert found.how == "fuzzy" and found.score == pytest.approx(12 / 13)
    found = directory.find("粤海天润大楼")
    assert found.row == -1 and found.text == "粤海天河城大厦" and found.score < 0.9


def test_the_sub_district_decides_between_places_of_one_name(directory):
    near = shapely.Point(3000.0, 0.0).buffer(100.0)
    assert directory.find("综合楼", near).row == 3
    assert directory.find("粤海天河城大厦", near).row == -1  # there is one, but elsewhere


def test_places_of_one_name_side_by_side_are_one():
    points = np.array([shapely.Point(0, 0), shapely.Point(30, 0)], dtype=object)
    assert Directory(["某小区", "某小区"], points).find("某小区").row == 0


@pytest.mark.parametrize(
    "address, row",
    [
        ("天河路208号粤海天河城大厦3楼", 2),
        ("粤海天河城大厦旁", -1),  # beside it
        ("天河路综合楼", -1),  # too short a name, and there are two
        ("富力盈凯国际商务广场A座12楼", 1),  # the longest name that stands there
    ],
)
def test_a_building_named_in_an_address(directory, address, row):
    assert directory.find_inside(address).row == row


def test_figures_of_an_address_must_agree():
    directory = Directory(["新屿湖横街364号"], POINTS[:1], addresses=True)
    assert directory.find("某市某某区新屿湖横街３６４号2楼").row == 0
    assert directory.find("新屿湖横街346号").row == -1
    assert plain_address("广州市天河区天河路 208 号 12 楼（电梯旁）") == "天河路208号"

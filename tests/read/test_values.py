"""Cells as people write them."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.read import values
from geo.read.headers import plain_header, unit_factor
from geo.read.words import ACCESS_SCOPES, STATUSES, TIERS, USES


def _one(parse, cell):
    """Parse one cell; return (value, bad)."""
    parsed, bad = parse(pd.Series([cell], dtype=object))
    return parsed[0], bool(bad[0])


@pytest.mark.parametrize(
    "cell, figure",
    [
        ("558", 558.0),
        ("1,000", 1000.0),
        ("约558", 558.0),
        ("558平方米", 558.0),
        ("558㎡", 558.0),
        ("１２．５", 12.5),
        ("1.2万", 12_000.0),
        (" 30 层 ", 30.0),
        (7, 7.0),
        (2.5, 2.5),
    ],
)
def test_figures(cell, figure):
    assert _one(values.as_number, cell) == (figure, False)


@pytest.mark.parametrize("cell", ["五百", "12-15", "3;4", "inf"])
def test_no_figures(cell):
    value, bad = _one(values.as_number, cell)
    assert bad and np.isnan(value)


@pytest.mark.parametrize("cell", ["", "/", "无", "暂无", "待定", "—", None, "NULL"])
def test_nothing_is_missing_not_bad(cell):
    value, bad = _one(values.as_number, cell)
    assert not bad and np.isnan(value)
    assert values.as_text(pd.Series([cell], dtype=object)).isna()[0]


def test_least_figure_and_factor():
    parsed, bad = values.as_number(pd.Series([-1.0, 2.0]), 1e4, 0.0)
    assert bad.tolist() == [True, False] and parsed[1] == 20_000.0


@given(st.floats(0, 1e9, allow_nan=False).map(lambda x: round(x, 3)))
def test_a_written_figure_reads_back(figure):
    assert _one(values.as_number, f"{figure:,.3f}")[0] == pytest.approx(figure, abs=1e-9)


@pytest.mark.parametrize(
    "cell, day",
    [
        ("2021.6", (2021, 6, 1)),
        ("2021年6月", (2021, 6, 1)),
        ("2021年6月15日", (2021, 6, 15)),
        ("2021-06-15", (2021, 6, 15)),
        ("2021/6/15", (2021, 6, 15)),
        ("20210615", (2021, 6, 15)),
        ("44362", (2021, 6, 15)),
        ("2021", (2021, 1, 1)),
        ("2021-06-15 08:30:00", (2021, 6, 15)),
    ],
)
def test_dates(cell, day):
    value, bad = _one(values.as_date, cell)
    assert not bad and value == datetime(*day)


@pytest.mark.parametrize("cell", ["2021-13-01", "2021-02-30", "去年", "21.6"])
def test_no_dates(cell):
    value, bad = _one(values.as_date, cell)
    assert bad and pd.isna(value)


@pytest.mark.parametrize(
    "cell, flag",
    [
        ("是", True),
        ("√", True),
        ("1", True),
        ("否", False),
        ("无", False),
        ("×", False),
        (0, False),
        ("已覆盖", True),
    ],
)
def test_flags(cell, flag):
    assert _one(values.as_flag, cell) == (flag, False)


def test_flags_missing_and_bad():
    parsed, bad = values.as_flag(pd.Series(["", "也许", None], dtype=object))
    assert parsed.isna().all() and bad.tolist() == [False, True, False]


@pytest.mark.parametrize(
    "cell, code, bad",
    [
        (440106001000.0, "440106001000", False),
        ("440106001000", "440106001000", False),
        ("4.40106E+11", None, True),
        ("4.40106001001E+11", "440106001001", False),
        ("007", "007", False),
    ],
)
def test_codes_keep_every_digit_or_are_bad(cell, code, bad):
    value, is_bad = _one(values.as_code, cell)
    assert is_bad == bad and (value == code or (code is None and pd.isna(value)))


def test_codes_of_a_float_column_with_gaps():
    parsed, bad = values.as_code(pd.Series([440106001000.0, np.nan]))
    assert parsed[0] == "440106001000" and pd.isna(parsed[1]) and not bad.any()


@pytest.mark.parametrize(
    "cell, floor",
    [
        ("46楼", 46),
        ("首层", 1),
        ("B1", -1),
        ("负一层", -1),
        ("地下二层", -2),
        ("1-3层", 1),
        ("十二楼", 12),
        ("二十", 20),
        ("3F", 3),
    ],
)
def test_floors(cell, floor):
    assert _one(values.as_floor, cell) == (floor, False)


def test_lists():
    cells = values.as_list(pd.Series(["富力中心、盈凯；盈力", None, "无"], dtype=object))
    assert cells[0] == ["富力中心", "盈凯", "盈力"] and cells[1] is None and cells[2] is None


@pytest.mark.parametrize(
    "words, cell, ours",
    [
        (TIERS, "新兴领域", "emerging"),
        (TIERS, "街道党群服务中心", "subdistrict"),
        (STATUSES, "停用", "closed"),
        (STATUSES, "Open", "open"),
        (ACCESS_SCOPES, "楼内开放", "building"),
        (ACCESS_SCOPES, "组织内", "members"),
        (USES, "apartments", "residential"),
        (USES, "写字楼", "office"),
    ],
)
def test_words(words, cell, ours):
    value, bad = _one(lambda raw: values.as_word(raw, words), cell)
    assert value == ours and not bad
    assert _one(lambda raw: values.as_word(raw, words), "乱写")[1]


@pytest.mark.parametrize(
    "header, plain, factor",
    [
        ("建筑面积（㎡）", "建筑面积", 1.0),
        ("名称*", "名称", 1.0),
        ("坐标来源*（高德/百度/天地图/测绘）", "坐标来源", 1.0),
        ("常住 人口(万人)", "常住人口", 1e4),
        ("常住人口2020_万人", "常住人口2020_万人", 1e4),
        ("面积[公顷]", "面积", 1e4),
        ("Name", "name", 1.0),
    ],
)
def test_headers_and_their_units(header, plain, factor):
    assert (plain_header(header), unit_factor(header)) == (plain, factor)

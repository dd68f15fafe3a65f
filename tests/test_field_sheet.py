"""Walks to be timed: how they are drawn, the sheet that is printed, and what comes back."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.checked import check_study
from geo.errors import InputError
from geo.field_check import BUILDING, MEASURED, STATION, WALKS_SHEET, compared, read_field_sheet
from geo.field_sheet import drawn, field_sheet
from geo.result import StudyResult
from geo.study import Study
from maps.field_sheet import field_page, field_workbook
from tests.small_study import write_small_study


@settings(deadline=None, max_examples=60)
@given(
    units=st.lists(st.sampled_from("甲乙丙丁"), min_size=1, max_size=60),
    close=st.lists(st.booleans(), min_size=60, max_size=60),
    count=st.integers(1, 40),
    seed=st.integers(0, 9),
)
def test_as_many_as_asked_none_twice_and_units_in_turn(units, close, count, seed):
    names, flags = np.array(units, dtype=object), np.array(close[: len(units)])
    rows = drawn(names, flags, count, seed)
    assert len(set(rows.tolist())) == len(rows) == min(count, len(units))
    assert np.array_equal(rows, drawn(names, flags, count, seed))
    near = min((count + 1) // 2, int(flags.sum()))
    assert flags[rows].sum() >= near
    if (
        flags.all() or not flags.any()
    ):  # one lot only: no unit gets a third before another its second
        had = pd.Series(names[rows]).value_counts()
        left = pd.Series(names).value_counts()
        short = [unit for unit in left.index if had.get(unit, 0) < left[unit]]
        assert all(had.max() - had.get(unit, 0) <= 1 for unit in short)


def test_another_seed_draws_others():
    names, flags = np.full(200, "甲", dtype=object), np.zeros(200, dtype=bool)
    assert not np.array_equal(drawn(names, flags, 10, 1), drawn(names, flags, 10, 2))


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    study = Study.read(write_small_study(tmp_path_factory.mktemp("field")))
    checked = check_study(study, walks=True)
    sheet = field_sheet(checked.entered, checked.subdistricts, 20)
    bare = StudyResult(study.params, {}, {}, checked.quality)
    return checked, sheet, bare


def test_the_walks_of_the_small_study(small):
    _, sheet, _ = small
    minutes = {one.building_id: one.predicted_min for one in sheet.walks}
    # a: 115 m, b: 715 m, c: 725 m at 72 m/min; d is beyond twice the limit; e holds a station
    assert minutes == {
        "a": pytest.approx(115 / 72, abs=1e-3),
        "b": pytest.approx(715 / 72, abs=1e-3),
        "c": pytest.approx(725 / 72, abs=1e-3),
    }
    assert {one.station_name for one in sheet.walks} == {"东站"}
    assert all(one.gcj02.count(",") == 1 for one in sheet.walks)


def test_the_page_has_a_picture_a_walk(small):
    checked, sheet, bare = small
    page = field_page(bare, checked.entered, sheet)
    assert page.count("<svg") == len(sheet.walks) == 3
    assert "预测 10.0 分钟，715 米" in page and "实测：" in page and "中山路" in page
    assert "http" not in page


def filled(small, folder: Path, minutes: list[object]) -> Path:
    """Fill the workbook in as somebody would."""
    book = openpyxl.load_workbook(BytesIO(field_workbook(small[2], small[1])))
    page = book[WALKS_SHEET]
    column = [cell.value for cell in page[1]].index(MEASURED) + 1
    for row, value in enumerate(minutes, 2):
        page.cell(row, column, value)
    path = folder / "field_sheet.xlsx"
    book.save(path)
    return path


def test_measured_minutes_come_back(small, tmp_path):
    figures, faults = read_field_sheet(filled(small, tmp_path, ["2分30秒", 11, None]))
    first, second = (one["predicted_min"] for one in figures["rows"])
    difference = [2.5 - first, 11.0 - second]
    assert figures["count"] == 2
    assert figures["bias_min"] == pytest.approx(sum(difference) / 2, abs=0.02)
    # two values: their standard deviation is the distance over the square root of two
    spread = abs(difference[0] - difference[1]) / 2**0.5
    assert figures["spread_min"] == pytest.approx(spread, abs=0.02)
    assert figures["changed_count"] == 1  # b was within ten minutes and took eleven
    assert [one.code for one in faults] == ["field_rows_blank", "field_too_few"]


def test_what_is_no_time_is_left_out_and_said(small, tmp_path):
    figures, faults = read_field_sheet(filled(small, tmp_path, ["很久", 9]))
    assert figures["count"] == 1 and figures["spread_min"] is None
    assert faults[0].code == "field_minutes_bad" and "第 2 行" in faults[0].text()


def test_a_blank_sheet_and_a_foreign_one_are_refused(small, tmp_path):
    with pytest.raises(InputError, match="没有填写"):
        read_field_sheet(filled(small, tmp_path, []))
    book = openpyxl.Workbook()
    book.worksheets[0].title = WALKS_SHEET
    book.worksheets[0].append(["编号", BUILDING])
    book.worksheets[0].append([1, "a"])
    book.save(tmp_path / "foreign.xlsx")
    with pytest.raises(InputError, match=MEASURED):
        read_field_sheet(tmp_path / "foreign.xlsx")


def test_a_bias_is_told_from_scatter():
    predicted = np.array([4.0, 6.0, 8.0, 10.0, 12.0, 14.0])
    rows = pd.DataFrame({BUILDING: list("abcdef"), STATION: "S", "predicted_min": predicted})
    rows["limit_min"] = 10.0
    slow = compared(rows.assign(measured_min=predicted * 1.2))
    assert slow["factor"] == 1.2 and slow["bias_low_min"] > 0.5
    assert slow["bias_min"] == pytest.approx(1.8)
    scatter = np.array([1.0, -1.0, 1.0, -1.0, 1.0, -1.0])
    even = compared(rows.assign(measured_min=predicted + scatter))
    assert even["bias_min"] == 0.0 and even["bias_low_min"] < 0.0 < even["bias_high_min"]
    assert even["within_one_share"] == 1.0 and even["spread_min"] == pytest.approx(1.1, abs=0.005)

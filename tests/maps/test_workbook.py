"""The workbook: Chinese headers, figures as printed, text that stays text, the same bytes again."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest
from openpyxl.workbook.workbook import Workbook

from geo.messages import catalogue
from geo.params import Output
from geo.result import StudyResult
from maps import workbook
from maps.workbook import workbook_bytes
from maps.workbook_cells import sheet_column
from tests.fakes import fake_result


def opened(result: StudyResult) -> Workbook:
    return openpyxl.load_workbook(BytesIO(workbook_bytes(result)))


def frame(result: StudyResult, sheet: str, header: int = 0) -> pd.DataFrame:
    return pd.read_excel(
        BytesIO(workbook_bytes(result)), sheet_name=sheet, header=header, engine="calamine"
    )


@pytest.fixture
def real(tmp_path: Path) -> StudyResult:
    return fake_result(tmp_path, simulated=False)


def test_sheets(real: StudyResult) -> None:
    assert opened(real).sheetnames == [
        "总体情况", "街道覆盖", "站点", "建筑判定", "未采用的记录", "指标说明",
    ]  # fmt: skip


def test_same_bytes_again(tmp_path: Path) -> None:
    assert workbook_bytes(fake_result(tmp_path)) == workbook_bytes(fake_result(tmp_path))


def test_headers_words_and_figures(real: StudyResult) -> None:
    table = frame(real, "建筑判定")
    assert table.columns[:6].tolist() == [
        "建筑编号",
        "名称",
        "用途",
        "街道代码",
        "评价标准",
        "判定结果",
    ]
    first = table[table["评价标准"] == "十分钟党群服务圈"]
    assert first["判定结果"].tolist() == ["已覆盖", "已覆盖", "未覆盖", "数据不足（暂不评价）"]
    assert first["用途"].tolist() == ["办公", "居住", "居住", "其他"]
    minutes = first["步行时间（分钟）"].tolist()
    assert minutes[:3] == [0.0, 6.1, 12.3] and np.isnan(minutes[3])


def test_shares_are_rounded_down_and_formatted(real: StudyResult) -> None:
    page = opened(real)["街道覆盖"]
    heads = [cell.value for cell in page[1]]
    place = next(i for i, head in enumerate(heads) if "人口覆盖率" in str(head)) + 1
    shares = [page.cell(row, place) for row in range(2, 6)]
    assert [cell.value for cell in shares] == [0.999, 0.57, 1, 1]
    assert {cell.number_format for cell in shares} == {"0.0%"}


def test_codes_stay_text_and_lists_are_joined(real: StudyResult) -> None:
    assert opened(real)["街道覆盖"]["A2"].value == "440106001000"
    stations = frame(real, "站点")
    assert "b1" in stations.iloc[0].tolist()
    assert stations.iloc[0]["启用日期"] == pd.Timestamp("2021-06-30")
    assert stations.filter(like="示范").iloc[:, 0].tolist()[0] == "是"


def test_what_looks_like_a_formula_is_text(real: StudyResult) -> None:
    cell = opened(real)["建筑判定"]["B3"]
    assert (cell.value, cell.data_type) == (
        "=cmd|' /C calc'!A0",
        "s",
    ) or cell.data_type == "inlineStr"
    names = frame(real, "建筑判定")["名称"].tolist()
    assert names[1] == "=cmd|' /C calc'!A0"


def test_lists_of_words_and_whole_numbers() -> None:
    tiers = sheet_column("tiers", pd.Series([["community", "emerging"], None])).cells
    assert "社区级、新兴领域" in tiers[0] and tiers[1] == ""
    assert sheet_column("residents", pd.Series([120.0, 0.25])).cells.tolist() == [
        "><v>120</v></c>",
        "><v>0.25</v></c>",
    ]


def test_signs_that_xml_forbids_are_dropped() -> None:
    cells = sheet_column("name", pd.Series(["a\x00b<&>", None, "_x000D_"])).cells
    assert cells.tolist() == [
        ' t="inlineStr"><is><t xml:space="preserve">ab&lt;&amp;&gt;</t></is></c>',
        "",
        ' t="inlineStr"><is><t xml:space="preserve">_x005F_x000D_</t></is></c>',
    ]


def test_print_set_up(real: StudyResult) -> None:
    page = opened(real)["建筑判定"]
    assert page.freeze_panes == "B2"
    assert page.auto_filter.ref == f"A1:{page.cell(1, page.max_column).coordinate[:-1]}9"
    assert page.dimensions.endswith("9")
    assert page.print_title_rows == "$1:$1"
    assert "内部资料" in page.oddFooter.left.text and "不作为划界依据" in page.oddFooter.left.text


def test_simulated_data_say_so_on_every_sheet(tmp_path: Path) -> None:
    book = opened(fake_result(tmp_path))
    for page in book.worksheets:
        assert page["A1"].value == "模拟数据（非真实情况）· 仅供演示 · 不得引用"
        assert "模拟数据" in page.oddHeader.center.text
    assert book["建筑判定"].freeze_panes == "B3"
    assert frame(fake_result(tmp_path), "建筑判定", header=1)["建筑编号"].tolist()[0] == "b1"


def test_external_audience_sees_no_single_building(real: StudyResult) -> None:
    outside = replace(real, params=replace(real.params, output=Output(audience="external")))
    assert "建筑判定" not in opened(outside).sheetnames


def test_empty_tables_say_so(real: StudyResult) -> None:
    tables = {**real.tables, "rejects": real.table("rejects").head(0)}
    page = opened(replace(real, tables=tables))["未采用的记录"]
    assert page["A1"].value == "（无记录）"


def test_tables_longer_than_a_sheet_are_continued(
    real: StudyResult, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workbook, "_MOST_ROWS", 5)
    book = opened(real)
    assert [book[name].max_row - 1 for name in ("建筑判定", "建筑判定 2")] == [5, 3]


def test_every_reason_of_a_verdict_has_a_word() -> None:
    codes = catalogue()
    reasons = {code.removeprefix("reason_") for code in codes if code.startswith("reason_")}
    assert reasons == {code.removeprefix("why_") for code in codes if code.startswith("why_")}
    assert reasons

"""The report says what the tables say, in Chinese, with what must stand on every page."""

from __future__ import annotations

import re
import zlib
from dataclasses import replace

import pandas as pd
import pytest

from geo.store import read_result
from maps.report.chapters import LONGEST, shortened
from maps.report.html import report_html
from maps.report.model import Bullets, Grid, Heading, Paragraph, Picture, Report
from maps.report.pdf import report_pdf
from maps.report.sections import make_report
from tests.maps.findings import findings
from tests.maps.office import foreign_words, full, is_told
from tests.maps.test_one_page import many, pages_of


@pytest.fixture(scope="module")
def report(small_demo) -> Report:
    return make_report(small_demo, pictures=False)


def texts(report: Report) -> list[str]:
    found = []
    for block in report.blocks:
        if isinstance(block, (Heading, Paragraph)):
            found.append(block.text)
        elif isinstance(block, Bullets):
            found.extend(one.text for one in block.items)
        elif isinstance(block, Grid):
            found.extend([block.title, *block.headers, block.note])
    return found


def test_every_figure_is_the_table_cell_it_names(report, small_demo) -> None:
    cells = list(report.cells())
    assert len(cells) > 100
    whole = full(small_demo)
    assert [one for one in cells if not is_told(one, whole)] == []


def test_another_figure_in_a_table_is_another_figure_in_the_report(report, small_demo) -> None:
    table = small_demo.tables["subdistricts"].copy()
    table.loc[table.index[0], "uncovered_count"] = 7_777
    changed = make_report(
        replace(small_demo, tables={**small_demo.tables, "subdistricts": table}), pictures=False
    )
    before, after = [str(one) for one in report.cells()], [str(one) for one in changed.cells()]
    different = [pair for pair in zip(before, after, strict=True) if pair[0] != pair[1]]
    assert different
    assert {new for _, new in different} == {"7,777"}


def test_the_conclusion_comes_first_and_no_foreign_word_leaks(report) -> None:
    lead = next(one for one in report.blocks if isinstance(one, Paragraph))
    assert lead.lead
    assert "覆盖率" in lead.text
    for text in texts(report):
        assert foreign_words(text) == set(), text


def test_simulated_data_and_the_standing_lines_are_on_it(report) -> None:
    page = report_html(report)
    assert page.count("模拟数据（非真实情况）") >= 3
    assert "内部资料" in page
    assert "不作为划界依据" in page
    assert "http" not in page.replace("http-equiv", "")


def test_names_are_shown_as_text(small_demo) -> None:
    table = small_demo.tables["subdistricts"].copy()
    table["name"] = "<script>alert(1)</script>"
    page = report_html(
        make_report(
            replace(small_demo, tables={**small_demo.tables, "subdistricts": table}), pictures=False
        )
    )
    assert "<script>" not in page


def test_a_study_without_blind_areas_and_people_is_whole(small_demo) -> None:
    tables = {
        name: table
        for name, table in small_demo.tables.items()
        if name not in ("accessibility", "matrix", "gap_units")
    }
    tables["blind_areas"] = tables["blind_areas"].iloc[:0]
    made = make_report(replace(small_demo, tables=tables), pictures=False)
    assert any("没有服务盲区" in text for text in texts(made))


def test_long_tables_are_cut_in_print_and_say_so(report) -> None:
    grid = Grid("表", ("名称",), tuple((str(row),) for row in range(LONGEST + 5)), (False,))
    short = shortened(replace(report, blocks=(grid,))).blocks[0]
    assert len(short.rows) == LONGEST
    assert str(LONGEST + 5) in short.note


@pytest.fixture(scope="module")
def pdf(small_demo) -> bytes:
    return report_pdf(make_report(small_demo, pictures=False))


def test_what_must_stand_is_on_every_page_of_the_pdf(pdf, tmp_path) -> None:
    pages = pages_of(pdf, tmp_path)
    assert len(pages) > 5
    for page in ("".join(one.split()) for one in pages):
        assert "模拟数据（非真实情况）" in page
        assert "内部资料" in page
        assert "不作为划界依据" in page


def test_pictures_come_into_the_pdf() -> None:
    made = findings(6, 3)
    with_one = make_report(made)
    shown = [one for one in with_one.blocks if isinstance(one, Picture)]
    assert shown
    only = replace(with_one, blocks=(*shown[:1],))
    assert len(report_pdf(only)) > len(report_pdf(replace(with_one, blocks=()))) + 10_000


def test_studies_of_three_and_of_sixty_subdistricts_are_whole() -> None:
    made = findings(6, 3)
    for result, count in ((made, 3), (many(made, 60), 60)):
        ranking = next(
            one
            for one in make_report(result, pictures=False).blocks
            if isinstance(one, Grid) and "各街道覆盖情况" in one.title
        )
        assert len(ranking.rows) == count


def test_range_critical_stations_and_field_check_are_in_the_appendix(small_demo) -> None:
    rule = small_demo.params.rules[0]
    ranged = pd.DataFrame(
        {
            "unit_kind": ["study"], "unit_id": ["study"], "rule": [rule.name], "weight": [rule.weight],
            "lowest_share": [0.8964], "central_share": [0.9625], "highest_share": [0.9877],
            "lowest_variation": ["speed_slower"], "highest_variation": ["speed_faster"],
        }
    )  # fmt: skip
    critical = pd.DataFrame(
        {
            "rank": [1], "station_id": ["s1"], "name": ["棠岑社区站"], "rule": [rule.name],
            "lost_buildings_count": [68], "lost_residents": [14484.6], "coverage_closed_share": [0.9561],
        }
    )  # fmt: skip
    timed = {
        "count": 20,
        "bias_min": 0.31,
        "largest_min": 1.82,
        "within_one_share": 0.85,
        "changed_count": 1,
    }
    quality = replace(
        small_demo.quality, measures={**small_demo.quality.measures, "field_check": timed}
    )
    tables = {**small_demo.tables, "sensitivity": ranged, "critical_stations": critical}
    made = make_report(replace(small_demo, tables=tables, quality=quality), pictures=False)
    cells = {str(cell) for cell in made.cells()}
    assert {"89.6%", "98.7%", "14,485", "95.6%"} <= cells
    assert any("实地步行核查20条" in text and "1.9分钟" in text for text in texts(made))


def test_the_pdf_has_pages_and_its_own_font(pdf) -> None:
    assert pdf.startswith(b"%PDF")
    packed = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.DOTALL)
    plain = b"".join(_unpacked(one) for one in packed) + pdf
    fonts = set(re.findall(rb"/BaseFont ?/\w+\+([\w-]+)", plain))
    assert fonts, "no font is embedded"
    assert all(b"CJK" not in one for one in fonts), fonts  # those are the machine's, not ours


def _unpacked(data: bytes) -> bytes:
    try:
        return zlib.decompress(data)
    except zlib.error:
        return b""


def test_the_command_writes_it_beside_the_tables(small_demo_folder, tmp_path, capsys) -> None:
    import shutil

    from api.cli import main

    folder = tmp_path / "result"
    shutil.copytree(small_demo_folder, folder)
    with pytest.raises(SystemExit) as stopped:
        main(["report", str(folder), "--form", "html", "--ledger", str(tmp_path / "台账.xlsx")])
    assert stopped.value.code == 0
    assert "report.html" in capsys.readouterr().out
    assert (tmp_path / "台账.xlsx").is_file()
    assert "总体结论" in (folder / "report.html").read_text(encoding="utf-8")
    assert read_result(folder).params.name

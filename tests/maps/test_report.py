"""The report says what the tables say, in Chinese, with what must stand on every page."""

from __future__ import annotations

import re
import zlib
from dataclasses import replace

import pytest

from geo.store import read_result
from maps.printed import printed
from maps.report.html import report_html
from maps.report.model import Bullets, Grid, Heading, Paragraph, Report
from maps.report.pdf import LONGEST, report_pdf, shortened
from maps.report.sections import make_report

FOREIGN = re.compile(r"[A-Za-z]{3,}")
KNOWN_LATIN = {
    "WGS",
    "GCJ",
    "SFCA",
    "OpenStreetMap",
    "ODbL",
    "xlsx",
    "tables",
    "servicecircle",
    "sites",
    "name",
    "bd",
    "gcj",
}


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
    for cell in cells:
        frame = small_demo.tables[cell.table]
        for column, value in cell.keys:
            frame = frame[frame[column].astype(str) == value]
        assert len(frame) == 1, cell
        shown = {
            printed(cell.column, frame.iloc[0][cell.column], unit=unit) for unit in (False, True)
        }
        assert cell.text in shown, cell


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
        without_files = re.sub(
            r"[\w.-]+\.(geojson|parquet|xlsx|pbf|gpkg|csv|toml|json)\b", "", text
        )
        words = set(FOREIGN.findall(without_files))
        assert words <= KNOWN_LATIN, text


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


def test_the_pdf_has_pages_and_its_own_font(small_demo) -> None:
    pdf = report_pdf(make_report(small_demo, pictures=False))
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
        main(["report", str(folder), "--form", "html"])
    assert stopped.value.code == 0
    assert "report.html" in capsys.readouterr().out
    assert "总体结论" in (folder / "report.html").read_text(encoding="utf-8")
    assert read_result(folder).params.name

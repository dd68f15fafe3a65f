"""The Word file says what the report says, looks like an official document, and repeats byte for byte."""

from __future__ import annotations

import zipfile
from dataclasses import replace
from datetime import date
from io import BytesIO

import docx
import pytest
from docx.document import Document
from docx.oxml.ns import qn
from docx.shared import Mm, Pt
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from maps.report.chapters import SIDEWAYS_FROM, shortened
from maps.report.model import (
    Bullets,
    Grid,
    Heading,
    PageBreak,
    Paragraph,
    Picture,
    Report,
)  # fmt: skip
from maps.report.sections import make_report
from maps.report.word import report_docx
from tests.maps.office import foreign_words, full, is_told, numbers, without

DAY = date(2026, 6, 30)


@pytest.fixture(scope="module")
def report(small_demo) -> Report:
    return make_report(small_demo, pictures=False)


@pytest.fixture(scope="module")
def content(report) -> bytes:
    return report_docx(report, DAY)


@pytest.fixture(scope="module")
def document(content) -> Document:
    return docx.Document(BytesIO(content))


def plain(*blocks, label: str = "", title: str = "题") -> Report:
    return Report(title, "报告", ("截至2026年6月30日",), ("内部资料",), label, blocks)


def read(made: Report) -> Document:
    return docx.Document(BytesIO(report_docx(made, DAY)))


def said(report: Report) -> str:
    found = [report.title, report.subtitle, *report.facts]
    for block in shortened(report).blocks:
        if isinstance(block, (Heading, Paragraph)):
            found.append(block.text)
        elif isinstance(block, Bullets):
            found.extend(one.text for one in block.items)
        elif isinstance(block, Grid):
            found.append(block.title)
            found.extend([*block.headers, *(str(one) for row in block.rows for one in row)])
            found.append(block.note)
    return "".join(found)


def written(document: Document, gap: str = "") -> str:
    return gap.join(one.text or "" for one in document.element.body.iter(qn("w:t")))


def test_word_says_all_the_report_says_in_its_order_and_no_more(document, report) -> None:
    assert written(document) == said(report)


def test_every_figure_is_a_cell_of_a_table(report, small_demo) -> None:
    cells = list(report.cells())
    assert len(cells) > 100
    whole = full(small_demo)
    assert [one for one in cells if not is_told(one, whole)] == []


def test_another_figure_in_a_table_changes_that_number_only(small_demo, document) -> None:
    table = small_demo.tables["subdistricts"].copy()
    table.loc[table.index[0], "uncovered_count"] = 7_777
    tables = {**small_demo.tables, "subdistricts": table}
    other = read(make_report(replace(small_demo, tables=tables), pictures=False))
    assert numbers(written(other, " ")) - numbers(written(document, " ")) == {"7,777"}


def test_the_page_is_that_of_an_official_document(document) -> None:
    page = document.sections[0]
    assert [
        round(one.mm)
        for one in (page.top_margin, page.bottom_margin, page.left_margin, page.right_margin)
    ] == [37, 35, 28, 26]
    assert (round(page.page_width.mm), round(page.page_height.mm)) == (210, 297)
    fonts = {
        "Title": "方正小标宋简体",
        "Body Text": "仿宋_GB2312",
        "Heading 1": "黑体",
        "Heading 2": "楷体_GB2312",
    }
    for name, font in fonts.items():
        assert document.styles[name].element.rPr.rFonts.get(qn("w:eastAsia")) == font
    assert document.styles["Title"].font.size == Pt(22)
    assert document.styles["Body Text"].font.size == Pt(16)
    assert document.styles["Normal"].paragraph_format.line_spacing == Pt(28)


def test_headings_are_headings(document, report) -> None:
    real = [one.text for one in document.paragraphs if one.style.name.startswith("Heading")]
    assert real == [one.text for one in report.blocks if isinstance(one, Heading)]


def test_headers_of_tables_repeat_and_rows_stay_whole(document) -> None:
    assert len(document.tables) > 5
    for table in document.tables:
        assert table.rows[0]._tr.trPr.find(qn("w:tblHeader")) is not None
        assert all(row._tr.trPr.find(qn("w:cantSplit")) is not None for row in table.rows)
        widths = [int(one.get(qn("w:w"))) for one in table._tbl.tblGrid]
        sideways = len(widths) >= SIDEWAYS_FROM
        assert min(widths) > 300
        assert sum(widths) <= Mm(297 - 54 if sideways else 210 - 54).twips + 1


def test_a_wide_table_lies_on_its_side_and_the_page_turns_back() -> None:
    wide = Grid("宽表", tuple("甲乙丙丁戊己庚辛壬"), (tuple("123456789"),), (False,) * 9)
    made = read(plain(Heading("一、前"), PageBreak(), Heading("二、宽"), wide, Heading("三、后")))
    assert [one.page_width > one.page_height for one in made.sections] == [False, True, False]
    for section in made.sections:
        assert section.footer.paragraphs[-1].text == "内部资料"


def test_a_page_break_goes_before_what_follows() -> None:
    made = read(plain(Heading("一、前"), PageBreak(), Heading("附录一　后")))
    breaks = {one.text: one.paragraph_format.page_break_before for one in made.paragraphs}
    assert breaks["附录一　后"] is True
    assert not breaks["一、前"]


def test_label_and_standing_lines_are_on_odd_and_even_pages(document, report) -> None:
    assert document.settings.odd_and_even_pages_header_footer
    page = document.sections[0]
    for header, footer in (
        (page.header, page.footer),
        (page.even_page_header, page.even_page_footer),
    ):
        assert header.paragraphs[0].text == report.label != ""
        assert report.label in header._element.xml.split("v:textpath", 1)[1]  # the watermark
        assert [one.text for one in footer.paragraphs[1:]] == list(report.standing)
        assert "PAGE" in footer._element.xml
    assert all(section.header.is_linked_to_previous for section in list(document.sections)[1:])


def test_real_data_bear_no_label() -> None:
    header = read(plain(Heading("一、"))).sections[0].header
    assert header.paragraphs[0].text == ""
    assert "textpath" not in header._element.xml


def test_no_foreign_word_leaks(document) -> None:
    for paragraph in document.paragraphs:
        assert foreign_words(paragraph.text) == set(), paragraph.text
    for table in document.tables:
        for cell in table._tbl.iter(qn("w:t")):
            assert foreign_words(cell.text or "") == set(), cell.text


def test_pictures_have_a_caption_and_a_description() -> None:
    drawn = BytesIO()
    FigureCanvasAgg(Figure((2, 1))).print_png(drawn)
    made = read(plain(Picture(drawn.getvalue(), "图1　示意")))
    shape = made.inline_shapes[0]
    assert shape._inline.docPr.get("descr") == "图1　示意"
    assert abs(shape.width.mm - 156) < 0.1
    assert made.paragraphs[-1].text == "图1　示意"


def test_the_same_report_gives_the_same_bytes(report, content, monkeypatch) -> None:
    monkeypatch.setattr("time.time", lambda: 1_900_000_000.0)
    assert report_docx(report, DAY) == content
    with zipfile.ZipFile(BytesIO(content)) as file:
        assert {one.date_time for one in file.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert b"2026-06-30T00:00:00Z" in file.read("docProps/core.xml")


def test_any_text_is_written_as_text() -> None:
    made = read(
        plain(Heading("a\x0b<b>&\"'"), Grid("\x00表", ("<x>",), (('"&\ud800',),), (False,)))
    )
    assert made.paragraphs[-3].text == "a<b>&\"'"
    assert made.tables[0].cell(1, 0).text == '"&'


def test_a_study_without_blind_areas_sites_and_people_is_whole(small_demo) -> None:
    tables = without(small_demo, "accessibility", "matrix", "gap_units", "sites")
    tables["blind_areas"] = tables["blind_areas"].iloc[:0]
    rule = small_demo.params.rules[0]
    unknown = tables["subdistricts"].drop(columns=f"coverage_{rule.weight}_share", errors="ignore")
    tables["subdistricts"] = unknown
    made = read(make_report(replace(small_demo, tables=tables), pictures=False))
    assert "没有服务盲区" in written(made)
    lead = next(one.text for one in made.paragraphs if one.style.name == "Body Text")
    assert "楼栋覆盖率为" in lead

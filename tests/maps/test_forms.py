"""Every form of the report is whole for every kind of study: pages, letters, words, numbers, what must stand."""

from __future__ import annotations

import re
import shutil
import subprocess
import warnings
from dataclasses import replace
from datetime import date
from io import BytesIO
from pathlib import Path

import docx
import openpyxl
import pptx
import pytest
from docx.oxml.ns import qn

from geo.ledger import Ledger, brought_up_to, empty_ledger
from geo.ledger_read import read_ledger
from geo.result import StudyResult
from maps.captions import captions, standing_lines
from maps.ledger_book import ledger_bytes, save_ledger
from maps.report.against import Against, against
from maps.report.chapters import shortened
from maps.report.html import one_page_html, report_html
from maps.report.model import Bullets, Grid, Heading, Paragraph, Report
from maps.report.one_page import one_page_reports
from maps.report.pdf import html_pdf, report_pdf
from maps.report.sections import make_report
from maps.report.slides import deck_pptx, make_deck
from maps.report.word import report_docx
from tests.maps.findings import findings
from tests.maps.fixture import AREAS, NASTY, RULES
from tests.maps.letters import not_drawn, not_everywhere
from tests.maps.office import deck_texts, foreign_words, full, is_told, numbers
from tests.maps.test_one_page import many, pages_of

DAY = date(2026, 6, 30)
LATE = date(2026, 3, 31)
KINDS = ("three", "sixty", "no blind areas", "against", "overdue", "monaco")
FORMS = ("html", "pdf", "docx", "pptx", "each")
_NOT_SAID = re.compile(r"nan|NaN|None|NaT|<NA>|\{|\}")
_TAG = re.compile(r"<(style|script)\b.*?</\1>|<[^>]+>", re.DOTALL)


class Case:
    """A study with its ledger and, for one kind, an earlier result."""

    def __init__(self, result: StudyResult, ledger: Ledger, last: Against | None = None) -> None:
        self.result, self.ledger, self.last = result, ledger, last
        self.report = make_report(result, pictures=False, ledger=ledger, last=last)
        self.deck = make_deck(result, pictures=False, ledger=ledger)
        self.pages = one_page_reports(result, ledger, pictures=False)
        self.told = full(result, ledger, last)


def base() -> StudyResult:
    """Three sub-districts; names as they are in official lists."""
    made = findings(6, 3)
    tables = dict(made.tables)
    for name in ("blind_areas", "stations", "sites", "buildings", "gap_units", "communities"):
        table = tables[name]
        if "name" in table.columns:
            plain = {nasty: f"第{place}处" for place, nasty in enumerate(NASTY, 1)}
            tables[name] = table.assign(name=table["name"].replace(plain))
    blind = tables["blind_areas"]
    tables["blind_areas"] = blind.assign(subdistrict_id=AREAS[1][0])
    return replace(made, tables=tables)


def overdue(result: StudyResult, folder: Path) -> Ledger:
    """A ledger of last quarter as filled in and sent back: one overdue, one said to be done, brought up to today."""
    before = replace(result, params=replace(result.params, as_of=LATE))
    path = folder / "台账.xlsx"
    save_ledger(path, ledger_bytes(brought_up_to(empty_ledger(), before), before))
    book = openpyxl.load_workbook(path)
    page = book.worksheets[0]
    rows = list(page.iter_rows())
    heads = next(row for row in rows if row[0].value == "编号")
    place = {cell.value: cell.column - 1 for cell in heads}
    entries = (("东风街道办事处", "2026-05-31", "整改中"), ("区住建局", "2026-05-15", "已整改"))
    for row, entry in zip(rows[heads[0].row :], entries, strict=True):
        for name, value in zip(("责任单位", "整改时限", "状态"), entry, strict=True):
            row[place[name]].value = value
    book.save(path)
    return brought_up_to(read_ledger(path), result)


def foreign(result: StudyResult) -> StudyResult:
    """The study under names of Monaco, real data, counted by buildings alone."""
    tables = dict(result.tables)
    names = dict(
        zip(
            (name for _, name in AREAS), ("La Condamine", "Monte-Carlo", "Fontvieille"), strict=True
        )
    )
    table = tables["subdistricts"]
    tables["subdistricts"] = table.assign(name=table["name"].map(names)).drop(
        columns=["coverage_residents_share", "floor_residents_share"]
    )
    for gone in ("gap_units", "sites", "gain_curve", "communities", "links"):
        tables.pop(gone, None)
    tables["blind_areas"] = tables["blind_areas"].assign(residents=float("nan"))
    params = replace(
        result.params, name="摩纳哥", output=replace(result.params.output, simulated=False)
    )
    return replace(result, params=params, tables=tables)


def made(kind: str, folder: Path) -> Case:
    result = base()
    if kind == "sixty":
        result = many(result, 60)
    if kind == "monaco":
        result = foreign(result)
    if kind == "no blind areas":
        tables = {
            name: one
            for name, one in result.tables.items()
            if name not in ("gap_units", "sites", "links")
        }
        tables["blind_areas"] = tables["blind_areas"].iloc[:0]
        result = replace(result, tables=tables)
    ledger = overdue(result, folder) if kind == "overdue" else brought_up_to(empty_ledger(), result)
    if kind != "against":
        return Case(result, ledger)
    blind = result.tables["blind_areas"]
    one = blind[blind["rule"].eq(RULES[0].name)].iloc[:1]
    tables = {**result.tables, "blind_areas": one}
    before = replace(result, params=replace(result.params, as_of=LATE), tables=tables)
    return Case(result, ledger, against(result, before, causes=False))


@pytest.fixture(scope="module")
def cases(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Case]:
    folder = tmp_path_factory.mktemp("ledger")
    return {kind: made(kind, folder) for kind in KINDS}


@pytest.fixture(scope="module")
def said(cases: dict[str, Case]) -> dict[tuple[str, str], list[str]]:
    """All texts of every form, read back from the files."""
    found: dict[tuple[str, str], list[str]] = {}
    for kind, case in cases.items():
        found[kind, "html"] = plain(report_html(case.report))
        found[kind, "pdf"] = plain(report_html(shortened(case.report)))
        found[kind, "docx"] = word_texts(report_docx(case.report, DAY))
        show = pptx.Presentation(BytesIO(deck_pptx(case.deck, DAY)))
        found[kind, "pptx"] = [text for page in show.slides for text in deck_texts(page)]
        found[kind, "each"] = plain(one_page_html(case.pages, "一街一图一表"))
    return found


def plain(page: str) -> list[str]:
    from html import unescape

    return [
        text for text in (unescape(one).strip() for one in _TAG.sub("\n", page).split("\n")) if text
    ]


def word_texts(content: bytes) -> list[str]:
    document = docx.Document(BytesIO(content))
    page = document.sections[0]
    found = [one.text for part in (page.header, page.footer) for one in part.paragraphs]
    lines = document.element.body.iter(qn("w:p"))
    return found + ["".join(one.text or "" for one in line.iter(qn("w:t"))) for line in lines]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("kind", KINDS)
def test_every_form_is_whole(said, cases, kind, form) -> None:
    texts, result = said[kind, form], cases[kind].result
    names = set(result.tables["subdistricts"]["name"].astype(str)) | {result.params.name}
    whole = " ".join(texts).replace("‹#›", "")  # where the number of a slide goes
    assert not_drawn(whole) == set()
    if form in ("docx", "pptx"):
        assert not_everywhere(whole) == set()
    known = {word for name in names for word in re.findall(r"[A-Za-z]{3,}", name)}
    for text in texts:
        assert foreign_words(text) - known == set(), text
        assert not _NOT_SAID.search(text), text
    for line in standing_lines(result):
        assert line in whole
    assert ("模拟数据" in whole) is result.params.output.simulated


@pytest.mark.parametrize("kind", KINDS)
def test_every_number_is_a_cell_a_count_or_an_assumption(cases, kind) -> None:
    case = cases[kind]
    figures = [*case.report.cells(), *(one for slide in case.deck.slides for one in slide.cells())]
    figures += [one for page in case.pages for one in page.cells()]
    assert len(figures) > 40
    assert [one for one in figures if not is_told(one, case.told)] == []
    known = numbers(" ".join([*(str(one) for one in figures), stated(case)]))
    for text, cells in sentences(case.report):
        assert numbers(text) - known - numbers(" ".join(map(str, cells))) == set(), text


def stated(case: Case) -> str:
    """All that a report may say without a table: names, dates, limits, what the check of the data found."""
    params, tables = case.result.params, case.result.tables
    named = ("subdistricts", "blind_areas", "gap_units", "sites", "stations", "communities")
    parts = [
        *(str(one) for one in captions(case.result).values()),
        *(rule.name for rule in params.rules),
        *(f"{rule.pass_mark * 100:g}" for rule in params.rules if rule.pass_mark),
        *(name for table in named if table in tables for name in tables[table]["name"].astype(str)),
        *(one.text() for one in (*case.result.quality.faults, *case.ledger.faults)),
        *(one.text() for one in (case.last.remarks if case.last is not None else ())),
        f"{params.walk.frontage_m:g} {params.walk.max_access_m:g} 72 30 5 10 90 0.1 20 500 2026 3 31",
        " ".join(case.ledger.items["number"].astype(str)),
    ]
    return " ".join(parts)


def sentences(report: Report):
    for block in report.blocks:
        if isinstance(block, Paragraph):
            yield block.text, block.cells
        elif isinstance(block, Bullets):
            for one in block.items:
                yield one.text, one.cells


def test_a_letter_that_no_font_has_is_found() -> None:
    assert not_drawn("覆盖率\U0001f600") == {"\U0001f600"}
    assert not_everywhere("㎡𠮷") == {"𠮷"}


def test_maps_and_charts_draw_every_letter(cases) -> None:
    with warnings.catch_warnings():
        warnings.filterwarnings("error", message=".*[Gg]lyph.*")
        shown = make_report(cases["three"].result)
        make_report(cases["monaco"].result)
    assert any(type(one).__name__ == "Picture" for one in shown.blocks)


def test_the_pdf_of_each_kind_has_what_must_stand_on_every_page(cases, tmp_path) -> None:
    for kind in ("overdue", "monaco"):
        case = cases[kind]
        pages = pages_of(report_pdf(case.report), tmp_path)
        for page in ("".join(one.split()) for one in pages):
            assert "内部资料" in page and "不作为划界依据" in page and "OpenStreetMap" in page
            assert ("模拟数据" in page) is case.result.params.output.simulated


def test_overdue_items_are_said_in_every_form(said) -> None:
    for form in ("html", "docx"):
        whole = " ".join(said["overdue", form])
        assert "台账逾期1项（整改时限已过且未完成）：东风街道办事处1项" in whole
        assert "整改中（逾期）" in whole
        assert "标为已整改、但本期测算仍未解决的有1项" in whole
        for head in ("责任单位", "整改时限", "状态", "备注"):
            assert head in said["overdue", form]
    assert "台账逾期1项，需督办。" in " ".join(said["overdue", "pptx"])
    assert not any("逾期" in text for text in said["three", "pptx"])


def test_a_cut_ledger_points_to_the_ledger_and_other_tables_to_the_workbook(cases) -> None:
    rows = tuple((str(row),) for row in range(80))
    base_report = cases["three"].report
    grids = (
        Grid("台账", ("编号",), rows, (False,), all_in="台账.xlsx"),
        Grid("表", ("编号",), rows, (False,)),
    )
    notes = [one.note for one in shortened(replace(base_report, blocks=grids)).blocks]
    assert [("台账.xlsx" in one, "tables.xlsx" in one) for one in notes] == [
        (True, False),
        (False, True),
    ]
    ledgers = [one for one in base_report.blocks if isinstance(one, Grid) and "台账" in one.title]
    assert ledgers and all(one.all_in == "台账.xlsx" for one in ledgers)


def test_the_ledger_lies_on_its_side_in_the_pdf(cases, tmp_path) -> None:
    if shutil.which("pdfinfo") is None:
        pytest.skip("pdfinfo is missing")
    path = tmp_path / "lying.pdf"
    path.write_bytes(report_pdf(cases["overdue"].report))
    said = subprocess.run(
        ["pdfinfo", "-f", "1", "-l", "99", path], check=True, capture_output=True
    ).stdout.decode()
    sizes = re.findall(r"Page +\d+ size: +([\d.]+) x ([\d.]+)", said)
    assert {float(wide) > float(high) for wide, high in sizes} == {True, False}


def test_no_heading_stands_without_anything_below(cases) -> None:
    for case in cases.values():
        blocks = list(case.report.blocks)
        for one, after in zip(blocks, [*blocks[1:], None], strict=True):
            if isinstance(one, Heading):
                assert after is not None
                assert not isinstance(after, Heading) or after.level > one.level, one.text
            assert not isinstance(one, Bullets) or one.items
            assert not isinstance(one, Grid) or one.rows or one.note, one.title


def test_one_page_of_each_kind_is_set(cases, tmp_path) -> None:
    case = cases["overdue"]
    pages = pages_of(html_pdf(one_page_html(case.pages, "一街一图一表")), tmp_path)
    assert len(pages) == len(AREAS)
    assert any("逾期" in page for page in pages)

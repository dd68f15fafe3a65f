"""The slides: six to eight pages, every figure from a table, what must stand on each, the same bytes twice."""

from __future__ import annotations

import zipfile
from dataclasses import replace
from datetime import date
from io import BytesIO

import pandas as pd
import pptx
import pytest
from pptx.presentation import Presentation
from pptx.util import Inches, Pt

from maps.captions import captions
from maps.report.column_widths import text_length
from maps.report.slides import deck_pptx, make_deck
from maps.report.slides_facts import WORKBOOKS
from maps.report.slides_frame import halves
from maps.report.slides_model import Area, Bars, Deck
from maps.report.slides_pages import SHOWN_BARS
from tests.maps.office import deck_texts as texts
from tests.maps.office import foreign_words, full, is_told, numbers, without

DAY = date(2026, 6, 30)


@pytest.fixture(scope="module")
def deck(small_demo) -> Deck:
    return make_deck(small_demo)


@pytest.fixture(scope="module")
def content(deck) -> bytes:
    return deck_pptx(deck, DAY)


@pytest.fixture(scope="module")
def show(content) -> Presentation:
    return pptx.Presentation(BytesIO(content))


def notes(page) -> str:
    return page.notes_slide.notes_text_frame.text


def made(result) -> Presentation:
    return pptx.Presentation(BytesIO(deck_pptx(make_deck(result, pictures=False), DAY)))


def test_six_to_eight_pages_each_with_a_statement_of_its_own(show, deck) -> None:
    titles = [page.shapes.title.text for page in show.slides]
    assert 6 <= len(titles) <= 8
    assert len(set(titles)) == len(titles)
    assert titles == [one.title.text for one in deck.slides]
    assert "覆盖率" in titles[0]


def test_every_figure_is_in_a_table(deck, small_demo) -> None:
    cells = [cell for slide in deck.slides for cell in slide.cells()]
    assert len(cells) > 60
    whole = full(small_demo)
    assert [one for one in cells if not is_told(one, whole)] == []


def test_no_number_stands_on_a_page_that_is_not_a_figure_or_an_assumption(
    show, deck, small_demo
) -> None:
    params = small_demo.params
    stated = " ".join(
        [
            *(str(one) for one in captions(small_demo).values()),
            *(rule.name for rule in params.rules),
            *(str(rule.pass_mark * 100) for rule in params.rules if rule.pass_mark),
            f"{params.walk.frontage_m:g} {params.walk.max_access_m:g} 72 30 5 10 90 0.1 95",
            f"{params.as_of:%Y %m} 6",
            " ".join(name for table in ("blind_areas", "sites", "gap_units", "subdistricts")
                     if table in small_demo.tables for name in small_demo.tables[table]["name"].astype(str)),
        ]
    )  # fmt: skip
    for page, slide in zip(show.slides, deck.slides, strict=True):
        known = numbers(" ".join(str(cell) for cell in slide.cells())) | numbers(stated)
        count = {
            str(n) for n in range(len(small_demo.subdistricts))
        }  # of sub-districts, of rows shown
        assert numbers(" ".join(texts(page))) - known - count == set(), slide.title.text


def test_another_figure_in_a_table_changes_that_number_only(small_demo) -> None:
    rule = small_demo.params.rules[0].name
    table = small_demo.tables["subdistricts"].copy()
    most = table[table["rule"] == rule]["uncovered_count"].idxmax()
    table.loc[most, "uncovered_count"] = 7_777
    before = " ".join(t for page in made(small_demo).slides for t in texts(page))
    changed = replace(small_demo, tables={**small_demo.tables, "subdistricts": table})
    after = " ".join(t for page in made(changed).slides for t in texts(page))
    assert numbers(after) - numbers(before) == {"7,777"}


def test_label_standing_lines_and_date_are_on_every_page(show, deck) -> None:
    assert deck.label
    assert len(deck.standing) >= 2
    for page in show.slides:
        whole = texts(page)
        assert whole.count(deck.label) == 2  # above, and the watermark
        assert "　".join(deck.standing) in whole
        assert deck.heading in whole
        assert 'type="slidenum"' in page._element.xml


def test_real_data_bear_no_label(small_demo) -> None:
    output = replace(small_demo.params.output, simulated=False)
    real = replace(small_demo, params=replace(small_demo.params, output=output))
    assert "模拟" not in " ".join(" ".join(texts(page)) for page in list(made(real).slides)[:7])


def overhanging(show) -> list[str]:
    """What reaches over the edge of its slide, into the footer, or is wider than its own place."""
    found = []
    for page in show.slides:
        title = page.shapes.title.text
        for shape in page.shapes:
            if shape.left < 0 or shape.left + shape.width > show.slide_width + 1:
                found.append(f"{title}: {shape.name}")
            stands = shape.top > Inches(6.8)  # the footer itself
            rotated = shape.rotation != 0 if hasattr(shape, "rotation") else False
            if not stands and not rotated and shape.top + shape.height > Inches(6.86):
                found.append(f"{title}: {shape.name} below")
            if shape.has_text_frame and not rotated and not shape.text_frame.text.startswith("‹"):
                found += [f"{title}: {one}" for one in too_long(shape)]
    return found


def too_long(shape) -> list[str]:
    """Texts that take more lines, by the width of their letters, than their place is high."""
    lines, size = 0.0, 0.0
    for line in shape.text_frame.paragraphs:
        runs = [one for one in line.runs if one.font.size is not None]
        if runs:
            size = runs[0].font.size.pt
            each = shape.width / 12_700 / (size * 0.56)
            lines += -(-text_length(line.text) // max(int(each), 1)) * size * 1.2
    return [shape.text_frame.text] if lines > shape.height / 12_700 + size * 0.35 else []


@pytest.mark.parametrize("kind", ["demo", "long names"])
def test_nothing_hangs_over_the_edge_or_into_the_footer(show, small_demo, kind) -> None:
    if kind == "demo":
        assert overhanging(show) == []
        return
    table = small_demo.subdistricts
    longer = table.assign(name=table["name"] + "（国际金融商务区管理委员会辖区）")
    areas = small_demo.tables["blind_areas"]
    tables = {
        **small_demo.tables,
        "subdistricts": longer,
        "blind_areas": areas.assign(name=areas["name"] * 2),
    }
    assert overhanging(made(replace(small_demo, tables=tables))) == []


def test_what_hangs_over_is_found() -> None:
    show = pptx.Presentation()
    page = show.slides.add_slide(show.slide_layouts[5])
    page.shapes.title.text = "题"
    box = page.shapes.add_textbox(Inches(1), Inches(1), Inches(1), Inches(0.3))
    run = box.text_frame.paragraphs[0].add_run()
    run.text, run.font.size = "常住人口覆盖率达到百分之九十五", Pt(20)
    assert overhanging(show)


def test_tables_and_charts_can_be_edited_and_pictures_are_described(show) -> None:
    shapes = [shape for page in show.slides for shape in page.shapes]
    assert sum(shape.has_chart for shape in shapes) >= 2
    assert sum(shape.has_table for shape in shapes) >= 2
    told = [one for one in shapes if one.has_chart or one.has_table or one.shape_type == 13]
    assert all(one._element.xpath(".//p:cNvPr")[0].get("descr") for one in told)


def test_notes_tell_where_figures_come_from(show, deck) -> None:
    for page, slide in zip(show.slides, deck.slides, strict=True):
        for cell in slide.title.cells:
            file = WORKBOOKS.get(cell.table, "tables.xlsx")
            assert f"{cell}：{file}" in notes(page)


def test_no_foreign_word_leaks(show) -> None:
    for page in show.slides:
        for text in (*texts(page), notes(page)):
            assert foreign_words(text) == set(), text


def test_the_same_deck_gives_the_same_bytes(deck, content, monkeypatch) -> None:
    monkeypatch.setattr("time.time", lambda: 1_900_000_000.0)
    assert deck_pptx(deck, DAY) == content
    with zipfile.ZipFile(BytesIO(content)) as file:
        inside = [name for name in file.namelist() if name.endswith(".xlsx")]
        assert inside
        for name in inside:
            with zipfile.ZipFile(BytesIO(file.read(name))) as book:
                assert b"2026-06-30T00:00:00Z" in book.read("docProps/core.xml")


def test_without_blind_areas_sites_and_gaps_the_slides_are_whole(small_demo) -> None:
    tables = without(small_demo, "matrix", "gap_units", "sites", "sensitivity")
    tables["blind_areas"] = tables["blind_areas"].iloc[:0]
    titles = [page.shapes.title.text for page in made(replace(small_demo, tables=tables)).slides]
    assert len(titles) == 6
    assert any("没有服务盲区" in one for one in titles)


def test_before_and_after_where_sites_were_chosen(small_demo) -> None:
    rule = small_demo.params.rules[0]
    sites = pd.DataFrame(
        {
            "rank": [1, 2], "name": ["甲处", "乙处"], "rule": rule.name, "weight": rule.weight,
            "gain_residents": [1200.0, 300.0], "gain_buildings_count": [20, 5],
            "coverage_previous_share": [0.9012, 0.9312], "coverage_after_share": [0.9312, 0.9512],
            "there_subdistrict_name": ["东街道", "西街道"], "there_before_share": [0.5, 0.6],
            "there_after_share": [0.8, 0.9],
        }
    )  # fmt: skip
    changed = replace(small_demo, tables={**small_demo.tables, "sites": sites})
    deck = make_deck(changed, pictures=False)
    slide = next(one for one in deck.slides if "新增2处站点" in one.title.text)
    assert "由90.1%提高到95.1%" in slide.title.text
    chart = next(part for _, part in slide.parts if isinstance(part, Bars))
    assert [str(one) for one in chart.cells] == ["90.1%", "93.1%", "95.1%"]
    whole = full(changed)
    assert all(is_told(cell, whole) for cell in slide.cells())


def test_sixty_subdistricts_are_cut_to_the_lowest_and_say_so(small_demo) -> None:
    table = small_demo.tables["subdistricts"]
    rule = small_demo.params.rules[0].name
    mine = table[table["rule"] == rule]
    many = pd.concat([mine] * (60 // len(mine) + 1)).head(60).copy()
    many["subdistrict_id"] = [f"9901{n:08d}" for n in range(60)]
    many["name"] = [f"第{n}街道" for n in range(60)]
    others = table[table["rule"] != rule]
    tables = {**small_demo.tables, "subdistricts": pd.concat([many, others])}
    deck = make_deck(replace(small_demo, tables=tables), pictures=False)
    chart = next(
        p for one in deck.slides for _, p in one.parts if isinstance(p, Bars) and not p.upright
    )
    assert len(chart.names) == SHOWN_BARS
    assert "共60个街道" in chart.note


def test_without_people_the_slides_count_buildings(small_demo) -> None:
    weight = small_demo.params.rules[0].weight
    assert weight != "count"
    tables = dict(small_demo.tables)
    column = f"coverage_{weight}_share"
    tables["subdistricts"] = tables["subdistricts"].drop(columns=column)
    found = tables["indicators"]
    tables["indicators"] = found[found["id"] != column]
    deck = make_deck(replace(small_demo, tables=tables), pictures=False)
    assert deck.slides[0].title.text.startswith("楼栋")


def test_halves_leave_a_gap_and_nothing_over() -> None:
    left, right = halves(4.0, Area(1.0, 2.0, 10.0, 3.0))
    assert right.left > left.left + left.width
    assert right.left + right.width == pytest.approx(11.0)

"""一街一图一表: one page a sub-district, long ledgers on a second one, what must stand on every page of it."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import replace

import pandas as pd
import pytest
from PIL import Image

from geo.ledger import brought_up_to, empty_ledger
from maps.picture import Atlas, View
from maps.report import one_page
from maps.report.html import one_page_html
from maps.report.one_page import file_names, one_page_reports, smaller
from maps.report.pdf import html_pdf
from maps.report.review import reviewed_caption
from tests.maps.findings import findings
from tests.maps.fixture import AREAS, RULES


def pages_of(pdf: bytes, tmp_path) -> list[str]:
    """Text of every page."""
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext is missing")
    path = tmp_path / "pages.pdf"
    path.write_bytes(pdf)
    said = subprocess.run(
        ["pdftotext", "-layout", "-enc", "UTF-8", path, "-"], check=True, capture_output=True
    ).stdout.decode("utf-8")
    return said.split("\f")[:-1]


@pytest.fixture(scope="module")
def result():
    made = findings(8, 4)
    blind = made.tables["blind_areas"]
    mine = blind["rule"].eq(RULES[0].name)
    return replace(
        made,
        tables={
            **made.tables,
            "blind_areas": blind.assign(
                subdistrict_id=mine.map({True: AREAS[1][0], False: AREAS[0][0]})
            ),
        },
    )


def many(result, count: int):
    """The same study with `count` sub-districts of one outline, without pictures."""
    table = result.subdistricts
    first = table[table["subdistrict_id"] == AREAS[0][0]]
    parts = [
        first.assign(subdistrict_id=f"44019{one:07d}", name=f"第{one}街道") for one in range(count)
    ]
    return replace(
        result, tables={**result.tables, "subdistricts": pd.concat(parts, ignore_index=True)}
    )


def test_every_page_bears_what_must_stand_and_a_long_ledger_goes_on(result, tmp_path) -> None:
    blind = result.tables["blind_areas"]
    one = blind[blind["rule"] == RULES[0].name].iloc[:1]
    rows = [
        one.assign(blind_area_id=f"x{n}", name=f"第{n:02d}处一带", rank=n + 1) for n in range(70)
    ]
    long = replace(
        result, tables={**result.tables, "blind_areas": pd.concat(rows, ignore_index=True)}
    )
    reports = one_page_reports(long, brought_up_to(empty_ledger(), long), pictures=False)
    pages = pages_of(html_pdf(one_page_html(reports, "一街一图一表")), tmp_path)
    assert len(pages) > len(reports) == 3
    squeezed = ["".join(page.split()) for page in pages]
    for page in squeezed:
        assert "模拟数据（非真实情况）" in page
        assert "内部资料" in page and "不作为划界依据" in page and "OpenStreetMap" in page
    mine = [page for page in squeezed if "东风街道" in page]
    assert len(mine) >= 2
    assert all("责任单位" in page for page in mine)  # the header is on every page of the list
    assert all(sum(f"第{n:02d}处一带" in page for page in mine) == 1 for n in range(70))


def test_sixty_subdistricts_are_sixty_pages(result, tmp_path) -> None:
    reports = one_page_reports(many(result, 60), pictures=False)
    assert len(reports) == 60
    pages = pages_of(html_pdf(one_page_html(reports[:12], "一街一图一表")), tmp_path)
    assert len(pages) == 12
    assert all(f"第{number}街道" in page for number, page in enumerate(pages))


def test_key_figures_are_of_this_subdistrict_and_follow_its_cells_only(result) -> None:
    before = one_page_reports(result, pictures=False)
    table = result.subdistricts.copy()
    mine = (table["subdistrict_id"] == AREAS[1][0]) & (table["rule"] == RULES[0].name)
    table.loc[mine, "uncovered_count"] = 7_777
    changed = replace(result, tables={**result.tables, "subdistricts": table})
    after = one_page_reports(changed, pictures=False)
    assert before[0] == after[0] and before[2] == after[2]
    figures = after[1].blocks[0]
    assert "7,777" in [str(one) for one in figures.rows[0]]
    different = [
        (str(one), str(two))
        for one, two in zip(before[1].blocks[0].rows[0], figures.rows[0], strict=True)
        if str(one) != str(two)
    ]
    assert len(different) == 1


def test_the_picture_is_the_standard_map_of_the_subdistrict(result, monkeypatch) -> None:
    views: list[View] = []

    class Watched(Atlas):
        def draw(self, view: View) -> bytes:
            views.append(view)
            return super().draw(replace(view, dpi=30))

    monkeypatch.setattr(one_page, "Atlas", Watched)
    reports = one_page_reports(result)
    assert [one.subdistrict_id for one in views] == [code for code, _ in AREAS]
    assert all(type(report.blocks[1]).__name__ == "Picture" for report in reports)


def test_a_smaller_picture_keeps_its_paper_white(result) -> None:
    whole = Atlas(result).draw(View(width_mm=100, height_mm=80, dpi=50))
    from io import BytesIO

    small = Image.open(BytesIO(smaller(whole)))
    assert small.convert("RGB").getpixel((0, 0)) == (255, 255, 255)
    assert small.mode == "P"


def test_the_review_number_is_on_the_reviewed_picture_only(result) -> None:
    import hashlib

    png = b"picture"
    digest = hashlib.sha256(png).hexdigest().upper()
    output = replace(result.params.output, map_review_no="粤S(2026)001号", map_review_of=digest)
    mine = replace(result, params=replace(result.params, output=output))
    assert reviewed_caption(mine, png, "图1").endswith("审图号：粤S(2026)001号")
    assert reviewed_caption(mine, png + b"!", "图1") == "图1"
    assert reviewed_caption(replace(mine, manifest={"scenario_of": {}}), png, "图1") == "图1"


def test_names_of_files_are_fit_for_ntfs() -> None:
    names = file_names(
        ['A<街>:"/\\|?*道', "con", "街道. ", "街道", "STREET", "street", "x" * 300], "pdf"
    )
    assert len({one.casefold() for one in names}) == len(names)
    for name in names:
        assert not re.search(r'[<>:"/\\|?*\x00-\x1f]', name)
        assert not re.search(r"[ .]\.pdf$", name)
        assert name.split(".")[0].casefold() not in {"con", "prn", "aux", "nul"}
        assert len(name) < 100

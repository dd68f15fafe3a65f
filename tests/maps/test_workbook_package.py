"""The workbooks are whole as packages: what makes Excel and WPS offer a repair is not in them."""

from __future__ import annotations

import re
import shutil
import subprocess
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from posixpath import join, normpath
from xml.etree import ElementTree

import openpyxl
import pytest
from openpyxl.utils.cell import coordinate_to_tuple

from geo.ledger import brought_up_to, empty_ledger
from geo.result import StudyResult
from maps.captions import standing_lines
from maps.ledger_book import ledger_bytes
from maps.workbook import workbook_bytes
from tests.maps.findings import findings
from tests.maps.office import foreign_words

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
ORDER = (
    "sheetPr", "dimension", "sheetViews", "sheetFormatPr", "cols", "sheetData", "sheetProtection", "autoFilter",
    "mergeCells", "conditionalFormatting", "dataValidations", "hyperlinks", "printOptions", "pageMargins",
    "pageSetup", "headerFooter", "drawing", "legacyDrawing", "tableParts",
)  # fmt: skip
"""Parts of a sheet in the order that the schema asks for (ECMA-376, CT_Worksheet)."""


@pytest.fixture(scope="module")
def result() -> StudyResult:
    made = findings(6, 3)
    return replace(made, tables={**made.tables, "stations": made.stations.drop(columns="phone")})


@pytest.fixture(scope="module", params=["tables", "ledger"])
def content(request: pytest.FixtureRequest, result: StudyResult) -> bytes:
    if request.param == "tables":
        return workbook_bytes(result)
    return ledger_bytes(brought_up_to(empty_ledger(), result), result)


@pytest.fixture(scope="module")
def parts(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(BytesIO(content)) as file:
        names = file.namelist()
        assert len({one.lower() for one in names}) == len(names)
        assert names[0] == "[Content_Types].xml" or "[Content_Types].xml" in names
        return {name: file.read(name) for name in names}


def sheets(parts: dict[str, bytes]) -> Iterator[tuple[str, ElementTree.Element]]:
    for name in sorted(parts):
        if re.fullmatch(r"xl/worksheets/sheet\d+\.xml", name):
            yield name, ElementTree.fromstring(parts[name])


def faults_of_package(parts: dict[str, bytes]) -> list[str]:
    """What of a package is not as it must be."""
    found = []
    types = ElementTree.fromstring(parts["[Content_Types].xml"])
    named = {one.get("PartName") for one in types if one.tag.endswith("Override")}
    endings = {one.get("Extension") for one in types if one.tag.endswith("Default")}
    found += [f"{one} has no part" for one in named if one and one.lstrip("/") not in parts]
    for name, part in parts.items():
        if f"/{name}" not in named and name.rpartition(".")[2] not in endings:
            found.append(f"{name} has no type")
        if name.endswith(".rels"):
            base = name.replace("_rels/", "").rpartition("/")[0]
            for one in ElementTree.fromstring(part):
                target = one.get("Target", "")
                path = (
                    target.lstrip("/") if target.startswith("/") else normpath(join(base, target))
                )
                if one.get("TargetMode") != "External" and path not in parts:
                    found.append(f"{name} points to {path}")
    return found


def faults_of_sheet(sheet: ElementTree.Element, styles: int) -> list[str]:
    """What of a sheet is not as it must be."""
    found = []
    names = [one.tag.removeprefix(MAIN) for one in sheet]
    places = [ORDER.index(one) for one in names]
    if places != sorted(places):
        found.append(f"order {names}")
    last = 0
    for row in sheet.iter(f"{MAIN}row"):
        number = int(row.get("r", "0"))
        if number <= last:
            found.append(f"row {number} after {last}")
        last, column = number, 0
        for cell in row:
            at, place = coordinate_to_tuple(cell.get("r", ""))
            if at != number or place <= column:
                found.append(f"cell {cell.get('r')} in row {number}")
            column = place
            if int(cell.get("s", "0")) >= styles:
                found.append(f"style of {cell.get('r')}")
    for edge in sheet.iter():
        if edge.tag.endswith(("oddHeader", "oddFooter")) and len(edge.text or "") > 255:
            found.append(f"{edge.tag} is too long")
    return found


def test_every_part_has_a_type_and_every_relation_a_target(parts: dict[str, bytes]) -> None:
    assert faults_of_package(parts) == []


def test_sheets_are_in_the_order_of_the_schema(parts: dict[str, bytes]) -> None:
    looks = ElementTree.fromstring(parts["xl/styles.xml"]).find(f"{MAIN}cellXfs")
    assert looks is not None
    for name, sheet in sheets(parts):
        assert faults_of_sheet(sheet, len(looks)) == [], name


def test_what_is_broken_is_found(parts: dict[str, bytes]) -> None:
    lost = {name: part for name, part in parts.items() if name != "xl/styles.xml"}
    assert faults_of_package(lost)
    text = parts["xl/worksheets/sheet1.xml"].decode("utf-8")
    data = re.search(r"<sheetData.*</sheetData>", text, re.DOTALL)
    assert data
    moved = text.replace(data[0], "").replace("</worksheet>", f"{data[0]}</worksheet>")
    assert faults_of_sheet(ElementTree.fromstring(moved), 99)
    assert faults_of_sheet(ElementTree.fromstring(text), 1)


def test_names_of_sheets_are_fit_and_told_apart(content: bytes) -> None:
    names = openpyxl.load_workbook(BytesIO(content)).sheetnames
    assert len({one.casefold() for one in names}) == len(names)
    assert all(0 < len(one) <= 31 and not re.search(r"[\[\]:*?/\\]", one) for one in names)


def test_every_sheet_prints_with_heads_and_all_that_must_stand(
    content: bytes, result: StudyResult
) -> None:
    book = openpyxl.load_workbook(BytesIO(content))
    for page in book.worksheets:
        if page.sheet_state != "visible":
            continue
        assert page.page_setup.orientation == "landscape" and int(page.page_setup.paperSize) == 9
        assert page.print_title_rows
        for line in standing_lines(result):
            assert line in page.oddFooter.left.text
        assert "\n" in page.oddFooter.left.text and "_x000" not in page.oddFooter.left.text
        assert "模拟数据" in page.oddHeader.center.text


def test_wide_tables_go_over_several_pages_with_their_names_on_each(result: StudyResult) -> None:
    page = openpyxl.load_workbook(BytesIO(workbook_bytes(result)))["街道覆盖"]
    assert page.page_setup.fitToWidth >= 2
    assert page.print_title_cols == "$A:$B"


def test_headers_are_chinese_and_numbers_are_numbers(content: bytes) -> None:
    for page in openpyxl.load_workbook(BytesIO(content)).worksheets:
        if page.sheet_state != "visible" or page.max_row < 3:
            continue
        heads = [str(one.value) for one in page[2] if one.value is not None]
        assert all(foreign_words(one) == set() for one in heads), page.title
        for place, head in enumerate(heads, 1):
            if re.search(r"（(%|分钟|栋|人|座|米|㎡|个)）$", head):
                values = [page.cell(row, place).value for row in range(3, page.max_row + 1)]
                assert all(one is None or isinstance(one, (int, float)) for one in values), head


@pytest.mark.slow
def test_libreoffice_reads_the_same_cells(result: StudyResult, tmp_path: Path) -> None:
    office = shutil.which("soffice") or shutil.which("libreoffice")
    if office is None:
        pytest.skip("LibreOffice is missing")
    few = {
        name: table
        for name, table in result.tables.items()
        if name not in ("buildings", "isochrones")
    }
    source = tmp_path / "tables.xlsx"
    source.write_bytes(
        workbook_bytes(replace(result, tables={**few, "buildings": result.buildings.head(40)}))
    )
    home = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    out = tmp_path / "again"
    command = [
        office,
        home,
        "--headless",
        "--convert-to",
        "xlsx",
        "--outdir",
        str(out),
        str(source),
    ]
    subprocess.run(command, check=True, capture_output=True, timeout=180)
    ours, theirs = (openpyxl.load_workbook(one) for one in (source, out / "tables.xlsx"))
    assert ours.sheetnames == theirs.sheetnames
    for name in ours.sheetnames:
        one, two = (
            [[c.value for c in row] for row in book[name].iter_rows()] for book in (ours, theirs)
        )
        assert [[c for c in row if c is not None] for row in one] == [
            [c for c in row if c is not None] for row in two
        ]

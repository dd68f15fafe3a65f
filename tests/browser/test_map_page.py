"""The briefing map in a real browser, its network cut."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from geo.result import StudyResult
from maps.briefing import build_map
from tests.browser.conftest import open_file
from tests.fakes import fake_result
from tests.maps.fixture import NASTY, RULES, study

pytestmark = pytest.mark.browser
Opener = Callable[..., Page]

FINGERPRINT = """name => {
  const canvas = ServiceCircle.page[name]._container, {width, height} = canvas;
  const copy = document.createElement('canvas');
  copy.width = width; copy.height = height;
  const pen = copy.getContext('2d');
  pen.drawImage(canvas, 0, 0);
  const data = new Uint32Array(pen.getImageData(0, 0, width, height).data.buffer);
  return data.reduce((sum, pixel) => (sum * 31 + pixel) % 4294967291, 7);
}"""
AT_BUILDING = """id => {
  const {state, map} = ServiceCircle.page, i = state.buildings.ids.indexOf(id);
  const b = state.buildings.shapes.boxOf(i), x = (b.west + b.east) / 2, y = (b.north + b.south) / 2;
  const at = map.latLngToContainerPoint(ServiceCircle.latLngOf(map, state.plane, x, y));
  const frame = map.getContainer().getBoundingClientRect();
  return [at.x + frame.left, at.y + frame.top];
}"""
SCALE = """() => {
  const {map} = ServiceCircle.page, bar = document.querySelector('.sc-cells').getBoundingClientRect();
  const {x, y} = map.getSize().divideBy(2);
  const [from, to] = [x, x + bar.width].map(at => map.containerPointToLatLng([at, y]));
  return [Number(document.querySelector('.sc-scale').dataset.metres), map.distance(from, to)];
}"""


@pytest.fixture(scope="module")
def finished() -> StudyResult:
    return study()


def fingerprint(page: Page, canvas: str) -> int:
    return int(page.evaluate(FINGERPRINT, canvas))


def point_at(page: Page, building: str) -> None:
    page.mouse.move(400, 400)
    page.mouse.move(*page.evaluate(AT_BUILDING, building))


def row_of(result: StudyResult, building: str, rule: str):  # type: ignore[no-untyped-def]
    table = result.buildings
    return table[(table["building_id"] == building) & (table["rule"] == rule)].iloc[0]


def in_the_open(result: StudyResult, verdict: str) -> str:
    """A building with a verdict, without a courtyard, away from the panels on the map."""
    table = result.buildings[result.buildings["rule"] == RULES[0].name].reset_index(drop=True)
    inner = table.geometry.apply(lambda one: len(one.interiors) == 0)
    columns = table["building_id"].str[1:].astype(int) % 30
    found = table[(table["verdict"] == verdict) & inner & columns.between(8, 22)]
    return str(found["building_id"].iloc[len(found) // 2])


@pytest.mark.parametrize("verdict", ["covered", "uncovered"])
def test_hover_tells_the_minutes_of_the_building(
    open_map: Opener, finished: StudyResult, verdict: str
) -> None:
    page = open_map(finished)
    building = in_the_open(finished, verdict)
    point_at(page, building)
    minutes = row_of(finished, building, RULES[0].name)["minutes"]
    shown = -(-round(minutes * 10 * 1e6) // 1_000_000) / 10  # up to the next tenth
    expect(page.locator(".sc-note")).to_contain_text(f"{shown:.1f} 分钟")


def test_click_opens_the_card_with_its_sentence(open_map: Opener, finished: StudyResult) -> None:
    page = open_map(finished)
    building = in_the_open(finished, "uncovered")
    page.mouse.click(*page.evaluate(AT_BUILDING, building))
    card = page.locator("#sc-card")
    expect(card).to_contain_text("未覆盖")
    expect(card).to_contain_text("超过 10分钟")
    expect(card).to_contain_text("街道")
    expect(card.locator(".sc-byrule tr")).to_have_count(3)
    page.keyboard.press("Escape")
    expect(card).to_be_hidden()


def test_rule_switch_changes_every_figure(open_map: Opener, finished: StudyResult) -> None:
    page = open_map(finished)
    shares = {}
    for number, rule in enumerate(RULES):
        page.locator(f"#sc-rules [data-rule='{number}']").click()
        share = finished.summary["rules"][number]["coverage_count_share"]  # type: ignore[index,call-overload]
        shares[number] = f"{int(share * 1000 + 1e-9) / 10:.1f}"
        expect(page.locator("#sc-share")).to_contain_text(shares[number])
        expect(page.locator("#sc-standard")).to_contain_text(rule.name)
    assert len(set(shares.values())) == 3
    expect(page.locator("#sc-method")).to_contain_text("直线半径")
    expect(page.locator("#sc-layers")).to_contain_text("直线距离")


def test_counts_are_the_tables(open_map: Opener, finished: StudyResult) -> None:
    page = open_map(finished)
    counts = row_counts(finished)
    for verdict, count in counts.items():
        expect(page.locator(f"[data-verdict='{verdict}'] b")).to_have_text(f"{count:,} 栋")
    assert set(counts) == {"covered", "uncovered", "unknown", "outside"}


def row_counts(result: StudyResult) -> dict[str, int]:
    table = result.buildings
    return table[table["rule"] == RULES[0].name]["verdict"].value_counts().to_dict()  # type: ignore[no-any-return]


def test_every_layer_toggles(open_map: Opener, finished: StudyResult) -> None:
    page = open_map(finished)
    boxes = page.locator("#sc-layers input[type=checkbox]")
    count = boxes.count()
    assert count >= 11
    for number in range(count):
        box = boxes.nth(number)
        before = fingerprint(page, "ground"), fingerprint(page, "marks")
        box.click()
        after = fingerprint(page, "ground"), fingerprint(page, "marks")
        assert before != after, box.get_attribute("value")
        box.click()
        assert (fingerprint(page, "ground"), fingerprint(page, "marks")) == before


def test_themes_and_their_legends(open_map: Opener, finished: StudyResult) -> None:
    page = open_map(finished)
    legend, seen = page.locator("#sc-legend"), set()
    wanted = {
        "verdict": "未覆盖",
        "cost": "5–10 分钟",
        "coverage": "街道覆盖率",
        "none": "街道界线",
    }
    for theme, text in wanted.items():
        page.locator(f"#sc-layers input[value='{theme}']").click()
        expect(legend).to_contain_text(text)
        seen.add(fingerprint(page, "ground"))
    assert len(seen) == 4
    expect(legend).not_to_contain_text("未覆盖")


def test_legend_follows_the_tiers_shown(open_map: Opener, finished: StudyResult) -> None:
    page = open_map(finished)
    legend = page.locator("#sc-legend")
    expect(legend).to_contain_text("新兴领域")
    page.locator("#sc-layers input[value='tier:emerging']").click()
    expect(legend).not_to_contain_text("新兴领域")


def test_ranking_zooms_and_follows_the_weight(open_map: Opener, finished: StudyResult) -> None:
    page = open_map(finished)
    where = "(({lat, lng}) => [lat, lng])(ServiceCircle.page.map.getCenter())"
    before = page.evaluate(where)
    page.locator(".sc-rank").first.click()  # 西岭街道, the eastern third
    after = page.evaluate(where)
    assert after[1] > before[1] + 0.005
    assert after[0] == pytest.approx(before[0], abs=1e-3)
    expect(page.locator("#sc-card")).to_contain_text("覆盖率")
    first = page.locator("#sc-share").inner_text()
    page.locator("[data-weight='residents']").click()
    assert page.locator("#sc-share").inner_text() != first


def test_search_finds_station_building_and_subdistrict(
    open_map: Opener, finished: StudyResult
) -> None:
    page = open_map(finished)
    query = page.locator("#sc-query")
    for text, kind in (("7号党群", "阵地"), ("东风", "街道"), ("245号楼", "建筑")):
        query.fill(text)
        expect(page.locator("#sc-found li").first).to_contain_text(kind)
        query.press("Enter")
        expect(page.locator("#sc-card")).to_contain_text(text[:2])
    query.fill("没有这个地方")
    expect(page.locator("#sc-found")).to_contain_text("没有找到")


@pytest.mark.parametrize("name", NASTY)
def test_names_are_text(open_map: Opener, finished: StudyResult, name: str) -> None:
    """Nothing runs, nothing is swallowed; an alert would be counted as trouble."""
    page = open_map(finished)
    page.locator("#sc-query").fill(name)
    expect(page.locator("#sc-found li b").first).to_have_text(name)
    page.locator("#sc-query").press("Enter")
    expect(page.locator("#sc-card h2")).to_have_text(name)
    assert page.locator("#sc-card img, #sc-card script").count() == 0


def test_study_name_is_text(open_map: Opener, finished: StudyResult) -> None:
    name = "云麓区</title><script>alert(3)</script>{{ 1 }}"
    page = open_map(replace(finished, params=replace(finished.params, name=name)))
    expect(page.locator("h1")).to_have_text(f"{name}覆盖现状图")
    assert page.title() == f"{name}覆盖现状图"


def test_lines_that_must_stand(open_map: Opener, finished: StudyResult) -> None:
    page = open_map(finished)
    body = page.locator("body")
    for text in (
        "内部资料 · 仅供工作汇报使用 · 未经地图审核不得以任何形式公开",
        "图中界线仅供示意，不作为划界依据",
        "© OpenStreetMap 贡献者（ODbL），截至2026年6月30日，非测绘成果",
        "登记13座，上图12座",
        "截至2026年6月30日",
        "步速72米/分钟",
        "阵地登记表.xlsx",
    ):
        expect(body).to_contain_text(text)
    expect(page.locator(".sc-simulated")).to_have_text(
        "模拟数据（非真实情况）· 仅供演示 · 不得引用"
    )
    expect(page.locator(".sc-watermark")).to_be_visible()
    for part in (".sc-north", ".sc-scale", "#sc-legend", "h1"):
        expect(page.locator(part)).to_be_visible()


def test_real_data_carry_no_watermark(open_map: Opener) -> None:
    page = open_map(study(6, 3, simulated=False))
    assert page.locator(".sc-watermark, .sc-simulated").count() == 0


def test_scale_bar_is_true(open_map: Opener, finished: StudyResult) -> None:
    """The bar, measured on the map by the great circle, is as long as it says within half a percent."""
    page = open_map(finished)
    said, measured = page.evaluate(SCALE)
    assert measured == pytest.approx(said, rel=0.005)


def test_print_is_a_whole_sheet_with_its_map(open_map: Opener, finished: StudyResult) -> None:
    page = open_map(finished)
    pdf = page.pdf(prefer_css_page_size=True, print_background=True)
    assert pdf.count(b"/Type /Page\n") == 1
    assert b"/MediaBox [0 0 841" in pdf  # A4 landscape
    assert len(pdf) > 100_000  # the map is in it as vectors
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    for part in (
        ".sc-north",
        ".sc-scale",
        ".sc-ratio",
        "#sc-legend",
        ".sc-watermark",
        ".sc-lines",
        "#sc-ranks",
    ):
        expect(page.locator(part)).to_be_visible()
    for part in (".sc-search", ".sc-layers", ".sc-zoom"):
        expect(page.locator(part)).to_be_hidden()
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    expect(page.locator(".sc-search")).to_be_visible()


def test_without_decompression_stream(open_map: Opener, finished: StudyResult) -> None:
    """Browsers that cannot unzip use the inlined inflate and show the same."""
    page = open_map(finished, "delete window.DecompressionStream;")
    expect(page.locator("[data-verdict='covered'] b")).to_have_text(
        f"{row_counts(finished)['covered']} 栋"
    )


def test_old_browser_gets_a_sentence(open_map: Opener, finished: StudyResult) -> None:
    page = open_map(finished, "CSS.supports = () => false;")
    expect(page.locator(".sc-refused")).to_contain_text("请用 Chrome、Edge")


def test_broken_file_says_so(
    new_page: Opener, tmp_path: Path, finished: StudyResult, trouble: list[str]
) -> None:
    html = build_map(finished)
    start = html.index('id="sc-data">') + 2000
    page = open_file(new_page(), tmp_path, html[:start] + html[start + 400 :])
    expect(page.locator(".sc-refused")).to_contain_text("重新拷贝")
    assert trouble
    trouble.clear()


@pytest.mark.parametrize(
    "result",
    [study(8, 0), study(1, 1), study(8, 3, audience="external")],
    ids=["no stations", "one building", "external"],
)
def test_small_studies_still_give_a_map(open_map: Opener, result: StudyResult) -> None:
    page = open_map(result)
    expect(page.locator("#sc-legend")).to_be_visible()
    page.locator("#sc-rules [data-rule='2']").click()
    page.mouse.move(680, 400)
    page.mouse.click(680, 400)


def test_external_readers_get_no_buildings_and_no_borders(open_map: Opener) -> None:
    page = open_map(study(8, 3, audience="external"))
    held = page.evaluate(
        "(({buildings, areas}) => [buildings.count, areas.outline.x.length, areas.shapes.x.length])"
        "(ServiceCircle.page.state)"
    )
    assert held == [0, 0, 0]
    expect(page.locator("#sc-legend")).not_to_contain_text("界线")


def test_empty_tables_still_give_a_map(open_map: Opener) -> None:
    result = study(4, 2)
    tables = {name: table.iloc[:0] for name, table in result.tables.items()}
    page = open_map(replace(result, tables=tables, summary={}, walk=None))
    expect(page.locator("#sc-side")).to_contain_text("暂不评价")


def test_plain_grid_study(open_map: Opener, tmp_path: Path) -> None:
    """`crs = "local"`: metres on a plane, no lon/lat anywhere; the scale still holds."""
    result = study(12, 4)
    tables = {
        name: table.to_crs("EPSG:4547").set_crs(None, allow_override=True)
        if "geometry" in table
        else table
        for name, table in result.tables.items()
    }
    walk = replace(result.walk, crs="local")  # type: ignore[type-var]
    page = open_map(
        replace(result, params=replace(result.params, crs="local"), tables=tables, walk=walk)
    )
    metres = page.evaluate(
        """() => { const {map} = ServiceCircle.page;
          return map.distance(map.containerPointToLatLng([300, 300]), map.containerPointToLatLng([400, 300])); }"""
    )
    per_pixel = page.evaluate("ServiceCircle.page.ground.view.metresPerPixel")
    assert metres == pytest.approx(100 * per_pixel, rel=1e-6)
    expect(page.locator("[data-verdict='covered'] b")).to_be_visible()


def test_the_small_fake_of_the_other_tests(open_map: Opener, tmp_path: Path) -> None:
    page = open_map(fake_result(tmp_path))
    expect(page.locator("h1")).to_have_text("云麓区<示例>覆盖现状图")
    expect(page.locator("#sc-share")).to_contain_text("94.9")  # of residents: 0.9496 rounds down


def test_the_guard_itself_can_fail(new_page: Opener, tmp_path: Path, trouble: list[str]) -> None:
    """A page that asks for something outside is caught by the cut network."""
    target = tmp_path / "bad.html"
    target.write_text("<img src='http://127.0.0.1:9/a.png'>", encoding="utf-8")
    new_page().goto(target.as_uri())
    assert any("127.0.0.1" in one for one in trouble)
    trouble.clear()

"""Findings, presentation, picture and initials in a real browser, its network cut."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from geo.result import StudyResult
from tests.browser.test_map_page import FINGERPRINT, fingerprint
from tests.maps.findings import findings
from tests.maps.fixture import NASTY

pytestmark = pytest.mark.browser
Opener = Callable[..., Page]

AT = """([kind, index]) => {
  const {state, map} = ServiceCircle.page, all = state.overlays;
  const at = kind === 'blind' ? all.byRule[state.rule].blind.boxOf(index) : null;
  const one = at ? {x: at.west + (at.east - at.west) / 8, y: at.north + (at.south - at.north) / 8} : all[kind][index];
  const place = map.latLngToContainerPoint(ServiceCircle.latLngOf(map, state.plane, one.x, one.y));
  const frame = map.getContainer().getBoundingClientRect();
  return [place.x + frame.left, place.y + frame.top];
}"""
STATE = """() => {
  const {state, map} = ServiceCircle.page, {lat, lng} = map.getCenter();
  return [JSON.stringify([state.rule, state.themeLayer, state.shown, state.area]), lat, lng, map.getZoom()];
}"""


@pytest.fixture(scope="module")
def finished() -> StudyResult:
    return findings()


def test_every_finding_toggles(open_map: Opener, finished: StudyResult) -> None:
    page = open_map(finished)
    page.evaluate(
        "ServiceCircle.page.redraw()"
    )  # a moved canvas has its edges smoothed a little otherwise
    for name in ("blind", "gaps", "sites", "links"):
        box = page.locator(f"#sc-layers input[value='{name}']")
        label = page.locator(f"#sc-legend >> text={LEGEND[name]}")
        before = fingerprint(page, "ground"), fingerprint(page, "marks")
        expect(label).to_be_visible()
        box.click()
        assert (fingerprint(page, "ground"), fingerprint(page, "marks")) != before, name
        expect(label).to_have_count(0)
        box.click()
        assert (fingerprint(page, "ground"), fingerprint(page, "marks")) == before


LEGEND = {
    "blind": "服务盲区（数字为排序）",
    "gaps": "空白点（应建未建）",
    "sites": "建议新增点位",
    "links": "步行连通项目",
}


def test_finding_themes_and_their_legends(open_map: Opener, finished: StudyResult) -> None:
    page = open_map(finished)
    legend, seen = page.locator("#sc-legend"), {page.evaluate(FINGERPRINT, "ground")}
    wanted = {"isochrone": "≤ 15 分钟", "overlap": "可达1座", "communities": "社区覆盖率"}
    for theme, text in wanted.items():
        page.locator(f"#sc-layers input[value='{theme}']").click()
        expect(legend).to_contain_text(text)
        seen.add(page.evaluate(FINGERPRINT, "ground"))
    assert len(seen) == 4
    expect(page.locator("#sc-layers input[value='zones']")).to_have_count(0)  # the study has none


def test_blind_area_and_site_open_their_cards(open_map: Opener, finished: StudyResult) -> None:
    page = open_map(finished)
    card = page.locator("#sc-card")
    page.locator("#sc-layers input[value='none']").click()
    page.mouse.click(*page.evaluate(AT, ["blind", 1]))
    expect(card.locator("h2")).to_have_text(NASTY[0])
    expect(card).to_contain_text("第2位")
    expect(card).to_contain_text("1.1分钟")
    page.keyboard.press("Escape")
    page.mouse.click(*page.evaluate(AT, ["sites", 0]))
    expect(card.locator("h2")).to_have_text(NASTY[1])
    expect(card).to_contain_text("建议在此新建党群服务站1处。")
    page.mouse.click(*page.evaluate(AT, ["gaps", 0]))
    expect(card).to_contain_text("杨柳社区")
    assert page.locator("#sc-card img, #sc-card script").count() == 0


def test_presentation_turns_with_the_keys_and_leaves_all_as_it_was(
    open_map: Opener, finished: StudyResult
) -> None:
    page = open_map(finished)
    page.locator("#sc-rules [data-rule='1']").click()
    before, caption = page.evaluate(STATE), page.locator("#sc-caption")
    page.locator("#sc-present").click()
    expect(caption).to_contain_text("1 /")
    expect(page.locator("#sc-side")).to_be_hidden()
    for part in (".sc-lines", "#sc-legend", ".sc-scale", ".sc-north", ".sc-simulated"):
        expect(page.locator(part)).to_be_visible()
    texts = []
    for _ in range(12):
        texts.append(caption.inner_text())
        page.keyboard.press("ArrowRight")
    assert any("直线500米" in one and "步行" in one for one in texts)
    assert any("第1位：另一标准" in one for one in texts)
    assert texts[-1] == texts[-2]  # the last view stays
    page.keyboard.press("Home")
    expect(caption).to_have_text(texts[0])
    page.keyboard.press("ArrowLeft")
    expect(caption).to_have_text(texts[0])
    page.keyboard.press("Escape")
    expect(caption).to_be_hidden()
    expect(page.locator("#sc-side")).to_be_visible()
    page.wait_for_timeout(400)  # the window gets its size back
    after = page.evaluate(STATE)
    assert after[0] == before[0]
    assert after[1:] == pytest.approx(before[1:], abs=1.5e-4)  # a pixel or two


def test_letters_typed_into_the_search_do_not_present(
    open_map: Opener, finished: StudyResult
) -> None:
    page = open_map(finished)
    page.locator("#sc-query").press_sequentially("df")
    expect(page.locator("#sc-caption")).to_be_hidden()
    expect(page.locator("#sc-found li").first).to_contain_text("东风街道")
    page.locator("#sc-query").fill("YTSQ")
    expect(page.locator("#sc-found li").first).to_contain_text("杨桃社区")
    page.locator("#sc-query").press("Enter")
    expect(page.locator("#sc-card")).to_contain_text("50.0%")


def test_picture_holds_the_map_and_what_must_stand(
    open_map: Opener, finished: StudyResult, tmp_path: Path
) -> None:
    page = open_map(finished)
    page.evaluate(
        """() => {
          window.written = [];
          const write = CanvasRenderingContext2D.prototype.fillText;
          CanvasRenderingContext2D.prototype.fillText = function (text, ...rest) {
            window.written.push(String(text));
            return write.call(this, text, ...rest);
          };
        }"""
    )
    with page.expect_download() as download:
        page.locator("#sc-picture").click()
    assert download.value.suggested_filename == "云麓区十分钟党群服务圈覆盖现状图.png"
    download.value.save_as(tmp_path / "view.png")
    with Image.open(tmp_path / "view.png") as picture:
        frame = page.locator("#sc-frame").bounding_box()
        assert frame is not None
        assert picture.width == round(frame["width"]) * 2
        assert picture.height > round(frame["height"]) * 2 + 100
        colours = picture.convert("RGB").getcolors(1 << 24)
        assert colours is not None
        assert sum(1 for count, _ in colours if count > 200) > 20  # the map is in it
    written = "".join(page.evaluate("window.written"))
    for text in (
        "内部资料 · 仅供工作汇报使用 · 未经地图审核不得以任何形式公开",
        "图中界线仅供示意，不作为划界依据",
        "© OpenStreetMap 贡献者（ODbL）",
        "模拟数据（非真实情况）· 仅供演示 · 不得引用",
        "登记13座，上图12座",
        "步速72米/分钟",
        "图例",
        "已覆盖",
        "阵地登记表.xlsx",
    ):
        assert text in written, text
    assert "审图号" not in written


def test_external_page_has_no_findings_about_single_buildings(open_map: Opener) -> None:
    page = open_map(findings(8, 3, audience="external"))
    values = page.locator("#sc-layers input").evaluate_all("all => all.map(one => one.value)")
    assert {"sites", "links", "isochrone"} <= set(values)
    assert not {"blind", "gaps", "verdict", "cost", "overlap", "coverage", "communities"} & set(
        values
    )
    page.keyboard.press("f")
    expect(page.locator("#sc-caption")).to_contain_text("1 /")


@pytest.mark.parametrize("kept", [(), ("blind_areas",)], ids=["no findings", "no blind areas"])
def test_empty_findings_leave_no_trace(
    open_map: Opener, finished: StudyResult, kept: tuple[str, ...]
) -> None:
    small = findings(4, 2)
    empty = kept or ("blind_areas", "sites", "links", "gap_units", "isochrones", "communities")
    tables = {
        name: table.iloc[:0] if name in empty else table for name, table in small.tables.items()
    }
    page = open_map(replace(small, tables=tables))
    expect(page.locator("#sc-layers input[value='blind']")).to_have_count(0)
    expect(page.locator("#sc-legend")).not_to_contain_text("服务盲区")
    page.keyboard.press("f")
    for _ in range(9):
        page.keyboard.press("ArrowRight")
    expect(page.locator("#sc-caption")).not_to_contain_text("盲区")

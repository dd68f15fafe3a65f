"""Before and after on one map, critical stations, the best spot, what is said where nothing can be tried."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from playwright.sync_api import Page, expect

from geo.result import StudyResult
from maps.briefing import build_map
from tests.browser.conftest import open_file
from tests.browser.test_map_page import AT_BUILDING, fingerprint
from tests.maps.fixture import NASTY, RULES, study

pytestmark = pytest.mark.browser
Opener = Callable[..., Page]

PAST = """() => {
  const {state} = ServiceCircle.page, {byRule} = state.earlier;
  return byRule.map((one) => one && [Array.from(one.verdict), Array.from(one.value)]);
}"""
CLIPS = """() => ['sc-ground', 'sc-past'].map((name) => {
  const pane = ServiceCircle.page.map.getPane(name);
  return pane && pane.style.display !== 'none' ? pane.style.clipPath : null;
})"""
COVERS = """() => {
  const {state, map} = ServiceCircle.page, {outline} = state.areas;
  const frame = document.querySelector('#sc-frame').getBoundingClientRect();
  const legend = document.querySelector('#sc-legend').getBoundingClientRect(), view = ServiceCircle.page.ground.view;
  const shift = map.latLngToContainerPoint(ServiceCircle.latLngOf(map, state.plane, 0, 0));
  return Array.from(outline.x).some((x, k) => {
    const px = x * view.k + shift.x + frame.left, py = outline.y[k] * view.k + shift.y + frame.top;
    return px > legend.left && px < legend.right && py > legend.top && py < legend.bottom;
  });
}"""


@pytest.fixture(scope="module")
def both() -> tuple[StudyResult, StudyResult]:
    """The same buildings half a year apart: seven stations more, one building new, one gone."""
    now, then = study(), study(stations=5)
    then = replace(then, params=replace(then.params, as_of=date(2025, 12, 31)))
    table = then.buildings[then.buildings["building_id"] != "b00100"]
    old = table[table["building_id"] == "b00101"].assign(building_id="gone")
    tables = {**then.tables, "buildings": pd.concat([table, old], ignore_index=True)}
    return now, replace(then, tables=tables)


@pytest.fixture(scope="module")
def compared(both: tuple[StudyResult, StudyResult]) -> str:
    return build_map(*both)


def test_both_sides_are_what_the_tables_say(
    new_page: Opener, both: tuple[StudyResult, StudyResult], compared: str, tmp_path: Path
) -> None:
    page = open_file(new_page(), tmp_path, compared)
    ids, seen = page.evaluate("ServiceCircle.page.state.buildings.ids"), page.evaluate(PAST)
    codes = ["covered", "uncovered", "unknown", "outside"]
    for rule, (verdicts, values) in zip(RULES, seen, strict=True):
        table = both[1].buildings
        old = table[table["rule"] == rule.name].set_index("building_id").reindex(ids)
        expected = [codes.index(one) if isinstance(one, str) else 4 for one in old["verdict"]]
        assert verdicts == expected
        assert verdicts.count(4) == 1
        assert len(set(values)) > 5
    assert "gone" not in ids


def test_the_line_is_dragged_and_moved_by_keys(
    new_page: Opener, compared: str, tmp_path: Path
) -> None:
    page = open_file(new_page(), tmp_path, compared)
    line = page.locator("#sc-divider")
    expect(line).to_be_hidden()
    page.click("#sc-divide")
    expect(line).to_have_attribute("role", "slider")
    expect(line).to_have_attribute("aria-valuenow", "50")
    expect(line).to_contain_text("截至2025年12月31日")
    expect(page.locator("#sc-legend")).to_contain_text("左侧：截至2025年12月31日")
    box = page.locator("#sc-divider i").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 20, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] - 180, box["y"] + 20, steps=3)
    page.mouse.up()
    dragged = int(line.get_attribute("aria-valuenow") or 0)
    assert 25 < dragged < 35
    line.focus()
    page.keyboard.press("ArrowRight")
    expect(line).to_have_attribute("aria-valuenow", str(dragged + 2))
    page.keyboard.press("Home")
    expect(line).to_have_attribute("aria-valuenow", "0")
    page.keyboard.press("End")
    expect(line).to_have_attribute("aria-valuenow", "100")
    ground, past = page.evaluate(CLIPS)
    assert ground.startswith("polygon(")
    assert ground != past
    page.click("#sc-divide")
    expect(line).to_be_hidden()
    assert page.evaluate(CLIPS) == ["", None]


def test_both_sides_look_different_and_hover_tells_both(
    new_page: Opener, compared: str, tmp_path: Path
) -> None:
    page = open_file(new_page(), tmp_path, compared)
    page.click("#sc-divide")
    page.wait_for_timeout(50)
    page.evaluate("{ServiceCircle.page.past = ServiceCircle.page.divider.layers[0]}")
    own = page.evaluate("ServiceCircle.page.state.past.headlines[0].covered")
    assert own < page.evaluate("ServiceCircle.page.state.headlines[0].covered")
    assert fingerprint(page, "past") != fingerprint(page, "ground")
    page.evaluate("ServiceCircle.page.divider.put(0.1)")
    page.mouse.move(*page.evaluate(AT_BUILDING, "b00435"))
    expect(page.locator(".sc-note")).to_contain_text("截至2025年12月31日")
    page.locator("#sc-layers input[value='none']").click()  # nothing to compare there
    expect(page.locator("#sc-divider")).to_be_hidden()


def test_paper_and_slides_with_both_sides(new_page: Opener, compared: str, tmp_path: Path) -> None:
    page = open_file(new_page(), tmp_path, compared)
    page.click("#sc-divide")
    page.evaluate("ServiceCircle.page.printing.enter()")
    expect(page.locator("#sc-divider")).to_be_hidden()
    expect(page.locator("#sc-legend")).to_be_visible()
    expect(page.locator(".sc-sides").first).to_be_hidden()
    assert page.evaluate(CLIPS) == ["", None]  # the present alone
    page.evaluate("ServiceCircle.page.printing.leave()")
    expect(page.locator("#sc-divider")).to_be_visible()
    page.click("#sc-divide")
    page.click("#sc-present")
    expect(page.locator("#sc-caption")).to_contain_text("截至2025年12月31日")
    expect(page.locator("#sc-divider")).to_be_visible()
    page.keyboard.press("ArrowRight")
    expect(page.locator("#sc-caption")).to_contain_text("2 /")
    expect(page.locator("#sc-divider")).to_be_hidden()


BROKEN = "{ServiceCircle.page.snapshot._furniture = () => Promise.reject(Error('broken')); 0}"


def drawn(page: Page) -> str:
    code = "async () => (await ServiceCircle.page.snapshot.draw()).toDataURL()"
    return hashlib.sha256(page.evaluate(code).encode("ascii")).hexdigest()


def test_the_picture_shows_the_present_alone(
    new_page: Opener, compared: str, tmp_path: Path
) -> None:
    page = open_file(new_page(), tmp_path, compared)
    alone = drawn(page)
    page.click("#sc-divide")
    page.wait_for_function("ServiceCircle.page.divider.layers")
    clips = page.evaluate(CLIPS)
    assert drawn(page) == alone
    assert page.evaluate(CLIPS) == clips  # both sides again
    expect(page.locator("#sc-divider")).to_be_visible()
    expect(page.locator(".sc-sides").first).to_be_visible()
    page.evaluate(BROKEN)
    told = page.evaluate("ServiceCircle.page.snapshot.draw().catch((error) => error.message)")
    assert told == "broken"
    assert page.evaluate(CLIPS) == clips
    page.evaluate("ServiceCircle.page.state.set({shown: {roads: false}})")
    page.evaluate("delete ServiceCircle.page.snapshot._furniture")
    assert drawn(page) != alone  # the check can fail


def test_a_trial_beside_the_study(open_map: Opener, small_demo: StudyResult) -> None:
    page = open_map(small_demo)
    page.click("#sc-trial-open")
    expect(page.locator("#sc-divide")).to_be_hidden()
    page.click("#sc-trial-best")
    expect(page.locator(".sc-trial-hint")).to_contain_text("最佳点位已加入方案")
    told = page.locator(".sc-trial-hint").inner_text()
    gained = page.locator("#sc-trial_gained").inner_text()
    assert gained.split("·")[1].strip().removesuffix("人") in told
    page.click("#sc-divide")
    expect(page.locator("#sc-divider")).to_contain_text("推演结果（未经正式测算）")
    name, panel = (
        page.locator(one).bounding_box() for one in ("#sc-divider span:nth-child(2)", "#sc-trial")
    )
    assert name and panel and name["x"] + name["width"] < panel["x"]  # it can be read
    page.click("#sc-present")
    expect(page.locator("#sc-caption")).to_contain_text("推演结果（未经正式测算）")
    expect(page.locator(".sc-trial-ribbon")).to_be_visible()
    page.keyboard.press("Escape")
    page.click("#sc-trial-undo")
    expect(page.locator("#sc-divider")).to_be_hidden()


BEST_BY_HAND = """async () => {
  const {page} = ServiceCircle, {state, trial} = page, size = page.map.getSize();
  trial.set([]);
  const at = (x, y) => ServiceCircle.stepAt(page.map, state.plane, L.point(x, y));
  const from = at(0, 0), to = at(size.x, size.y);
  const view = {west: from.x, north: from.y, east: to.x, south: to.y};
  const found = await new ServiceCircle.BestSpot(state, trial).find(view, 'community', () => {});
  const {points, weights} = trial.plan.model, weight = weights[state.weight], before = trial.plan.before[0].verdict;
  let best = 0;
  for (let i = 0; i < state.buildings.count; i += 9) {
    const b = state.buildings.shapes.boxOf(i), x = (b.west + b.east) / 2, y = (b.north + b.south) / 2;
    if (x < view.west || x > view.east || y < view.north || y > view.south) continue;
    const place = trial.unproject(points[2 * i], points[2 * i + 1]);
    const spot = trial.candidate(ServiceCircle.latLngOf(page.map, state.plane, place.x, place.y), 'community');
    if (!spot) continue;
    const {verdict} = trial.plan.judged([{action: 'add', ...spot}])[0];
    let sum = 0;
    for (let k = 0; k < verdict.length; k++) if (verdict[k] === 0 && before[k] !== 0) sum += weight[k];
    best = Math.max(best, sum);
  }
  trial.place(found.best);
  const {gained} = trial.flips();
  return [found.gain, gained.reduce((sum, i) => sum + weight[i], 0), best, found.tried, found.count];
}"""


def test_no_other_building_beats_the_best_spot(open_map: Opener, small_demo: StudyResult) -> None:
    """Every ninth building in view judged as a plan of its own gains no more than what the search found."""
    tables = {name: one for name, one in small_demo.tables.items() if name != "candidates"}
    page = open_map(replace(small_demo, tables=tables))
    page.evaluate("ServiceCircle.page.trial.enter()")
    page.evaluate("ServiceCircle.page.map.setZoom(15, {animate: false})")
    gain, shown, by_hand, tried, count = page.evaluate(BEST_BY_HAND)
    assert gain == pytest.approx(shown, rel=1e-9)
    assert gain >= by_hand > 0
    assert tried < count


def test_why_nothing_can_be_tried(open_map: Opener) -> None:
    page = open_map(study(6, 4, audience="external"))
    page.click("#sc-trial-absent")
    expect(page.locator("#sc-trial-why")).to_contain_text("对外版本")
    assert page.locator("#sc-trial-open").count() == 0


def test_critical_stations_on_map_and_card(open_map: Opener) -> None:
    result = study()
    row = {
        "rank": [1, 2, 3],
        "station_id": ["s001", "s000", "s002"],
        "name": [NASTY[1], NASTY[0], NASTY[2]],
        "rule": RULES[0].name,
        "lost_buildings_count": [40, 7, 0],
        "lost_residents": [1234.4, 90.0, 0.0],
        "coverage_before_share": 0.9,
        "coverage_closed_share": [0.8512, 0.89, 0.9],
        "worst_subdistrict_id": ["440199002000", None, None],
    }
    page = open_map(
        replace(result, tables={**result.tables, "critical_stations": pd.DataFrame(row)})
    )
    box = page.locator("#sc-layers input[value='critical']")
    before = fingerprint(page, "marks")
    expect(page.locator("#sc-layers")).to_contain_text("关键站点（2）")
    box.click()
    assert fingerprint(page, "marks") != before
    expect(page.locator("#sc-legend")).to_contain_text("关键站点")
    page.evaluate("ServiceCircle.page.goTo('station', 1)")
    expect(page.locator("#sc-critical")).to_have_text(
        "关键站点第1位。停用后40栋失去覆盖，影响最大的是东风街道，全区覆盖率由90.0%降至85.1%。"
    )
    page.evaluate("ServiceCircle.page.goTo('station', 2)")
    expect(page.locator("#sc-critical")).to_have_count(0)


@pytest.mark.parametrize("size", [(1366, 768), (1920, 1080)])
def test_the_legend_covers_no_corner(
    open_map: Opener, small_demo: StudyResult, size: tuple[int, int]
) -> None:
    page = open_map(small_demo, size=size)
    assert page.evaluate(COVERS) is False
    page.evaluate("ServiceCircle.page.map.panBy([300, -200], {animate: false})")
    assert page.evaluate(COVERS) is True  # the check can fail

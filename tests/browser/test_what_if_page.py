"""The what-if of the page against the engine: stations dropped in a browser, judged by both."""

from __future__ import annotations

import base64
import hashlib
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from playwright.sync_api import Page, expect

from geo.coverage import FAR, verdicts_of
from geo.reassess import reassess
from geo.result import StudyResult
from geo.scenario import Trial
from geo.scenario_file import Scenario, parse_scenario
from geo.scenario_inputs import changed_inputs
from geo.study import Study
from maps.briefing import build_map, study_bounds
from tests.browser.conftest import open_file
from tests.conftest import REPOSITORY
from tests.real.test_monaco import RECTANGLE, study_file

pytestmark = pytest.mark.browser
Opener = Callable[..., Page]
CLOSED = 2**31 - 1
TOLERANCE_MS = 10  # 0.01 s; by distance 1 cm
READY = "ServiceCircle.page.trial.enter()"
JUDGE = """changes => {
  const trial = ServiceCircle.page.trial;
  trial.set([]);
  for (const one of changes) {
    if (one.action === 'close') { trial.close(one.place); continue; }
    const there = L.latLng(one.lat, one.lon);
    const done = one.action === 'move' ? trial.move(one.place, there) : trial.add(there, one.tier);
    if (!done) return null;
  }
  const bytes = (array) => {
    const raw = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
    let text = '';
    for (let i = 0; i < raw.length; i += 8192) text += String.fromCharCode(...raw.subarray(i, i + 8192));
    return btoa(text);
  };
  return {
    milliseconds: trial.milliseconds,
    plan: ServiceCircle.scenarioText(trial.state, 'test', trial.changes),
    rules: trial.result.map((one) => ({cost: bytes(one.cost), verdict: bytes(one.verdict), figures:
      Object.fromEntries(Object.keys(one.figures).map((weight) => [weight, trial.state.areas.ids.map((id, i) =>
        ServiceCircle.coverageShare(one.figures, weight, i + 1, false))]))})),
  };
}"""


@dataclass
class Differences:
    """How far page and engine were apart over many plans."""

    plans: int = 0
    refused: int = 0
    hosted: int = 0
    flipped: int = 0
    worst_ms: int = 0
    worst_share: float = 0.0
    wrong_verdicts: int = 0
    slowest_ms: float = 0.0


class Bench:
    """One study open in the page and ready in the engine."""

    def __init__(self, result: StudyResult, page: Page) -> None:
        self.page, self.result = page, result
        self.trial = Trial(reassess(result))
        page.evaluate(READY)
        ids = page.evaluate("ServiceCircle.page.state.buildings.ids")
        index = pd.Index(self.trial.kept.walk.building_ids.astype(str))
        self.order = index.get_indexer(pd.Index(ids))
        self.units = page.evaluate("ServiceCircle.page.state.areas.ids")
        self.seen = Differences()

    def compare(self, changes: list[dict[str, object]]) -> None:
        found = self.page.evaluate(JUDGE, changes)
        if found is None:
            self.seen.refused += 1
            return
        table = tomllib.loads(found["plan"])
        self.seen.plans += 1
        self.seen.hosted += "building" in found["plan"]
        self.seen.slowest_ms = max(self.seen.slowest_ms, found["milliseconds"])
        scenario = parse_scenario(table)
        costs = self._engine(scenario)
        figures = self.trial.applied(scenario).figures
        for rule, one in zip(self.trial.params.rules, found["rules"], strict=True):
            self._rule(rule, one, costs[rule.name], figures[figures["rule"] == rule.name])

    def _engine(self, scenario: Scenario) -> dict[str, tuple[np.ndarray, np.ndarray]]:
        """Cost and verdict of every building in the order of the page; the engine's own searches."""
        trial = self.trial
        changed = changed_inputs(trial.params, *trial.stored, scenario)
        swap = trial._swap.swapped(changed)
        assessor = trial._entered(changed) if swap is None else swap.whole()
        every = {}
        for rule in trial.params.rules:
            cost, _ = assessor.nearest(rule, rule.tiers)
            verdict = verdicts_of(cost <= round(rule.limit * 1000), *assessor.bounds(rule))
            every[rule.name] = (cost[self.order], verdict[self.order])
        return every

    def _rule(self, rule, found, engine, figures) -> None:  # type: ignore[no-untyped-def]
        cost = np.frombuffer(base64.b64decode(found["cost"]), dtype="<i4").astype(np.int64)
        verdict = np.frombuffer(base64.b64decode(found["verdict"]), dtype=np.uint8)
        cost = np.where(cost == CLOSED, FAR, cost)
        expected, judged = engine
        cap = round(self.trial.kept.assessor.cap(rule) * 1000)
        within = np.minimum(cost, expected) < cap - TOLERANCE_MS
        apart = np.abs(np.minimum(cost, 2 * cap) - np.minimum(expected, 2 * cap))
        self.seen.worst_ms = max(self.seen.worst_ms, int(apart[within].max(initial=0)))
        at_limit = np.abs(expected - round(rule.limit * 1000)) <= TOLERANCE_MS
        self.seen.wrong_verdicts += int(((verdict != judged) & ~at_limit).sum())
        self.seen.flipped += int((verdict != judged).sum() == 0)
        areas = figures[figures["unit_kind"] == "subdistrict"]
        for weight, shares in found["figures"].items():
            rows = areas[areas["weight"] == weight].set_index("unit_id")["after"]
            if rows.empty:
                continue
            ours = np.array([np.nan if one is None else one for one in shares])
            theirs = rows.reindex(self.units).to_numpy(dtype=float)
            assert (np.isnan(ours) == np.isnan(theirs)).all()
            # one building within a hundredth of a second of the limit may count here and not there
            loose = float(at_limit.any()) * 0.01
            gap = np.nanmax(np.abs(ours - theirs), initial=0.0)
            self.seen.worst_share = max(self.seen.worst_share, float(gap) - loose)


def clicks(result: StudyResult, count: int, seed: int) -> list[dict[str, object]]:
    """Random places in the study's box."""
    west, south, east, north = study_bounds(result)
    random = np.random.default_rng(seed)
    tiers = ("subdistrict", "community", "emerging")
    return [
        {
            "action": "add",
            "lon": float(random.uniform(west, east)),
            "lat": float(random.uniform(south, north)),
            "tier": str(random.choice(tiers)),
        }
        for _ in range(count)
    ]


def assert_equal(seen: Differences, plans: int, hosted: int = 1) -> None:
    assert seen.plans >= plans
    assert seen.hosted >= hosted
    assert seen.worst_ms <= TOLERANCE_MS
    assert seen.wrong_verdicts == 0
    assert seen.worst_share <= 1e-5  # weights travel rounded


@pytest.fixture
def bench(open_map: Opener, small_demo: StudyResult) -> Bench:
    return Bench(small_demo, open_map(small_demo))


UNEQUAL = """() => {
  const {plan, kept} = ServiceCircle.page.trial;
  return plan.before.map((one, r) => one.verdict.reduce((n, v, i) => n + (v !== kept.byRule[r].verdict[i]), 0));
}"""


def test_random_stations_as_the_engine_judges_them(bench: Bench) -> None:
    assert bench.page.evaluate(UNEQUAL) == [0] * len(bench.trial.params.rules)
    for click in clicks(bench.result, 24, seed=3):
        bench.compare([click])
    assert_equal(bench.seen, 8)


ALLOWED = "one => ServiceCircle.page.trial.candidate(L.latLng(one.lat, one.lon), one.tier) !== null"


def test_closing_and_moving_as_the_engine_judges_them(bench: Bench) -> None:
    places = bench.page.evaluate(
        "ServiceCircle.page.trial.plan.model.stations.filter(s => s.scope === 'public').map(s => s.place)"
    )
    near = [one for one in clicks(bench.result, 40, seed=5) if bench.page.evaluate(ALLOWED, one)]
    plans = [
        [{"action": "close", "place": places[0]}],
        [{"action": "move", "place": places[1], **_there(near[0])}],
        [{"action": "close", "place": places[2]}, near[1], near[2]],
        [near[3], {"action": "close", "place": places[3]}, {"action": "close", "place": places[4]}],
    ]
    for plan in plans:
        bench.compare(plan)
    assert_equal(bench.seen, 4, hosted=0)


def _there(click: dict[str, object]) -> dict[str, object]:
    return {"lon": click["lon"], "lat": click["lat"]}


def test_a_planner_tries_a_station(open_map: Opener, small_demo: StudyResult) -> None:
    page = open_map(small_demo)
    share = page.locator("#sc-share strong").inner_text()
    expect(page.locator(".sc-trial-ribbon")).to_be_hidden()
    page.click("#sc-trial-open")
    page.click("#sc-trial-centre")
    expect(page.locator("#sc-trial-result")).to_contain_text("推演结果（未经正式测算）")
    expect(page.locator(".sc-trial-ribbon")).to_be_visible()
    expect(page.locator(".sc-trial-list li")).to_have_count(1)
    page.click("#sc-trial-undo")
    expect(page.locator("#sc-trial-result")).to_have_count(0)
    expect(page.locator(".sc-trial-ribbon")).to_be_hidden()
    expect(page.locator("#sc-share strong")).to_have_text(share)
    page.click("#sc-trial-leave")
    expect(page.locator("#sc-trial")).to_be_hidden()


def test_a_station_is_closed_from_its_symbol(open_map: Opener, small_demo: StudyResult) -> None:
    page = open_map(small_demo)
    page.click("#sc-trial-open")
    page.wait_for_selector("#sc-trial-centre")
    where = page.evaluate("""() => {
      const {page} = ServiceCircle, {state, map} = page;
      const {place} = page.trial.plan.model.stations.find((one) => one.scope === 'public');
      const one = state.stations[place];
      map.setView(ServiceCircle.latLngOf(map, state.plane, one.x, one.y), 19, {animate: false});
      const at = map.latLngToContainerPoint(ServiceCircle.latLngOf(map, state.plane, one.x, one.y));
      const box = map.getContainer().getBoundingClientRect();
      return {x: box.x + at.x, y: box.y + at.y - 8, name: state.stationName(place)};
    }""")
    page.mouse.click(where["x"], where["y"])
    expect(page.locator(".sc-trial-chosen")).to_contain_text(where["name"])
    page.click("#sc-trial-close")
    expect(page.locator(".sc-trial-list li")).to_contain_text("停用")
    expect(page.locator("#sc-trial-lost")).to_have_count(
        page.evaluate("+(ServiceCircle.page.trial.flips().lost.length > 0)")
    )


def test_the_saved_plan_is_a_scenario(open_map: Opener, small_demo: StudyResult) -> None:
    page = open_map(small_demo)
    page.click("#sc-trial-open")
    page.click("#sc-trial-centre")
    with page.expect_download() as waiting:
        page.click("#sc-trial-save")
    text = waiting.value.path().read_text(encoding="utf-8")
    (station,) = parse_scenario(tomllib.loads(text)).stations
    assert (station.action, station.name, station.tier) == ("add", "推演点1", "community")
    west, south, east, north = study_bounds(small_demo)
    assert west < station.lon < east
    assert south < station.lat < north


def test_no_review_number_after_a_trial(
    new_page: Opener, small_demo: StudyResult, tmp_path: Path
) -> None:
    output = replace(
        small_demo.params.output,
        map_review_no="粤S(2026)001号",
        map_review_of=hashlib.sha256(build_map(small_demo).encode()).hexdigest(),
    )
    reviewed = replace(small_demo, params=replace(small_demo.params, output=output))
    page = open_file(new_page(), tmp_path, build_map(reviewed))
    expect(page.locator("#sc-review")).to_contain_text("粤S(2026)001号")
    page.click("#sc-trial-open")
    page.click("#sc-trial-centre")
    expect(page.locator(".sc-trial-list li")).to_have_count(1)
    expect(page.locator("#sc-review")).to_have_count(0)
    page.evaluate("ServiceCircle.page.printing.enter()")
    expect(page.locator(".sc-trial-ribbon")).to_be_visible()


@pytest.mark.slow
def test_two_hundred_stations_in_the_demo(open_map: Opener) -> None:
    result = Study.read(REPOSITORY / "data/demo/study.toml").run()
    bench = Bench(result, open_map(result))
    for click in clicks(result, 500, seed=1):
        if bench.seen.plans < 200:
            bench.compare([click])
    assert_equal(bench.seen, 200)


@pytest.mark.slow
@pytest.mark.shared
def test_fifty_stations_in_monaco(open_map: Opener, shared_data: Path, tmp_path: Path) -> None:
    extract = shared_data / "monaco" / "monaco.osm.pbf"
    result = Study.read(study_file(tmp_path, extract, RECTANGLE)).run()
    bench = Bench(result, open_map(result))
    for click in clicks(result, 500, seed=1):
        if bench.seen.plans < 50:
            bench.compare([click])
    assert_equal(bench.seen, 50)

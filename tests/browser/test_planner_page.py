"""The planner's page in a browser against a real server: what is shown is what the service answered."""

from __future__ import annotations

import re
import shutil
import socket
import threading
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from playwright.sync_api import Browser, Page, expect

from api.app import create_app
from api.settings import ServiceSettings
from geo.scenario_file import parse_scenario
from tests.api.conftest import until
from tests.api.register_client import bearer
from tests.api.test_studies import NAMES, register_with_a_fault
from tests.conftest import REPOSITORY

pytestmark = pytest.mark.browser
DEMO = REPOSITORY / "data" / "demo" / "small"
CONFIRMED = "#pl-word[data-state=good]"
LONG_MS = 120_000


@dataclass
class Service:
    """A running service: its address, its keys."""

    url: str
    key: str
    other: dict[str, str]


@pytest.fixture(scope="module")
def folder(small_demo_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the small demo's result: it is analysed again here."""
    room = tmp_path_factory.mktemp("planner") / "result"
    return Path(shutil.copytree(small_demo_folder, room))


@contextmanager
def serving(folder: Path, room: Path, host: str = "127.0.0.1") -> Iterator[Service]:
    """Run a service; `host` is what it believes to be bound to, which decides who may read."""
    register = str(room / "register.db")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = ServiceSettings(
        folder, reload_seconds=0.2, warm=False, work=room / "work", register=register, host=host
    )
    key = bearer(register, "韩梅", "editor")["Authorization"].removeprefix("Bearer ")
    app = create_app(settings)
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_config=None, access_log=False))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        until(lambda: server.started and app.state.shelf.ready)
        yield Service(f"http://127.0.0.1:{port}", key, bearer(register, "李雷", "editor"))
    finally:
        app.state.let_go()
        server.should_exit = True
        thread.join(timeout=30)
    assert not thread.is_alive()


@pytest.fixture(scope="module")
def service(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with serving(folder, tmp_path_factory.mktemp("service")) as found:
        yield found


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Open the page of a service; faults of scripts and broken policies fail the test, whatever leaves it too."""
    trouble: list[str] = []
    contexts = []

    def listen(message: Any) -> None:
        # a refusal of the service is logged by the browser too: those the tests provoke are told on the page
        if message.type == "error" and "Failed to load resource" not in message.text:
            trouble.append(message.text)

    def make(service: Service, key: str | None = None, size: tuple[int, int] = (1366, 768)) -> Page:
        context = browser.new_context(
            viewport={"width": size[0], "height": size[1]}, locale="zh-CN"
        )
        contexts.append(context)
        if key:
            context.add_init_script(f"sessionStorage.setItem('servicecircle.key', '{key}')")
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.on("pageerror", lambda error: trouble.append(str(error)))
        page.on("console", listen)
        near = (service.url, "data:", "blob:")
        page.on(
            "request", lambda one: None if one.url.startswith(near) else trouble.append(one.url)
        )
        page.goto(service.url + "/")
        return page

    yield make
    for context in contexts:
        context.close()
    assert trouble == []


def ready(page: Page) -> Page:
    page.wait_for_selector("html.pl-ready")
    return page


def whole(answer: dict[str, Any], rule: str, key: str) -> float:
    """Coverage of residents of the whole study in an answer of ``/what-if``."""
    rows = [one for one in answer["figures"] if (one["unit_kind"], one["rule"]) == ("study", rule)]
    (row,) = [one for one in rows if one["weight"] == "residents"]
    return float(row[key])


def percent(share: float) -> str:
    """As printed: down to 0.1 point."""
    return f"{int(share * 1000 + 1e-9) / 10:.1f}"


def place_station(page: Page) -> dict[str, Any]:
    """Put a station where it helps most; return what the service said of it."""
    page.click("#pl-tab-trial")
    page.wait_for_selector("#sc-trial-best")
    with page.expect_response(re.compile("/what-if$")) as waiting:
        page.click("#sc-trial-best")
    expect(page.locator(CONFIRMED)).to_be_visible()
    return dict(waiting.value.json())


def test_figures_are_those_of_the_service(service: Service, open_page: Callable[..., Page]) -> None:
    page = ready(open_page(service))
    rule = page.evaluate("ServiceCircle.page.state.currentRule().name")
    page.evaluate("ServiceCircle.page.state.set({weight: 'residents'})")
    before = page.locator("#sc-share strong").inner_text()
    answer = place_station(page)
    after = whole(answer, rule, "after")
    assert after > whole(answer, rule, "before")
    assert before == percent(whole(answer, rule, "before")) + "%"
    # at once by the page, then by the service: the same
    word = page.locator(CONFIRMED)
    assert abs(float(word.get_attribute("data-page") or "") - after) < 1e-6
    assert float(word.get_attribute("data-service") or "") == after
    expect(page.locator("#sc-share strong")).to_have_text(percent(after) + "%")
    expect(page.locator("#sc-trial-share")).to_have_text(percent(after) + "%")
    # a link, which only the service can judge
    page.click("[data-link=footbridge]")
    box = page.locator("#sc-frame").bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + 300, box["y"] + 300)
    with page.expect_response(re.compile("/what-if$")) as waiting:
        page.mouse.click(box["x"] + 330, box["y"] + 310)
    linked = waiting.value.json()
    assert [one["kind"] for one in linked["scenario"]["link"]] == ["footbridge"]
    expect(page.locator(CONFIRMED)).to_be_visible()
    expect(page.locator("#sc-share strong")).to_have_text(
        percent(whole(linked, rule, "after")) + "%"
    )
    page.click("#sc-trial-leave")
    expect(page.locator("#sc-share strong")).to_have_text(before)


@pytest.mark.slow
def test_sites_become_a_saved_plan(service: Service, open_page: Callable[..., Page]) -> None:
    page = ready(open_page(service, service.key))
    page.click("#pl-tab-sites")
    page.fill("#pl-count", "2")
    box = page.locator("#sc-frame").bounding_box()
    assert box is not None
    page.click("#pl-force")
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.keyboard.press("Escape")
    expect(page.locator(".pl-picked").first.locator("li")).to_have_count(1)
    with page.expect_response(re.compile("/events$")) as waiting:
        page.click("#pl-sites-run")
    assert waiting.value.headers["content-type"].startswith("text/event-stream")
    page.wait_for_selector("#pl-adopt", timeout=LONG_MS)
    names = page.locator("#pl-sites-list b").all_inner_texts()
    assert len(names) == 2
    shown = page.locator(".pl-figure strong").inner_text()
    with page.expect_response(re.compile("/what-if$")) as waiting:
        page.click("#pl-adopt")
        expect(page.locator(CONFIRMED)).to_be_visible()
    added = [one["name"] for one in waiting.value.json()["scenario"].get("station", [])]
    assert added == [name.partition(". ")[2] for name in names]
    expect(page.locator("#sc-trial-share")).to_have_text(shown)
    page.click("#pl-plan-save")
    page.fill("dialog input", "方案甲")
    page.click("dialog [type=submit]")
    page.wait_for_selector("#pl-plan-update")
    reloaded(page, shown)


def reloaded(page: Page, shown: str) -> None:
    """After a reload the plan is there: compared, loaded, exported, deleted."""
    page.reload()
    ready(page)
    page.click("#pl-tab-plans")
    page.get_by_label("选择“方案甲”参加比较").check()
    with page.expect_response(re.compile("/scenarios/compare")) as waiting:
        page.click("#pl-compare")
    answer = waiting.value.json()
    rows = [one for one in answer["figures"] if one["unit_kind"] == "study"]
    (row,) = [one for one in rows if one["weight"] == "residents"]
    (after,) = row["after"].values()
    cells = page.locator("#pl-compared [data-unit=study] td")
    expect(cells.nth(0)).to_have_text(percent(row["before"]) + "%")
    expect(cells.nth(1)).to_contain_text(percent(after) + "%")
    assert percent(after) + "%" == shown
    page.keyboard.press("Escape")
    expect(page.locator("#pl-sheet")).to_be_hidden()
    with page.expect_download() as download:
        page.get_by_role("button", name="导出 scenario.toml").click()
    text = download.value.path().read_text(encoding="utf-8")
    assert len(parse_scenario(tomllib.loads(text)).stations) == 2
    page.get_by_role("button", name="载入推演").click()
    expect(page.locator(CONFIRMED)).to_be_visible()
    expect(page.locator("#sc-trial-share")).to_have_text(shown)
    page.click("#pl-tab-plans")
    page.locator("[data-plan]").get_by_role("button", name="删除").click()
    page.locator("dialog [type=submit]").click()
    expect(page.locator("[data-plan]")).to_have_count(0)


@pytest.mark.slow
def test_the_register_is_edited_and_the_study_analysed_again(
    service: Service, open_page: Callable[..., Page]
) -> None:
    page = ready(open_page(service, service.key))
    page.click("#pl-tab-register")
    row = page.locator("#pl-register-table tr[data-station]").first
    number = row.get_attribute("data-station") or ""
    path = f"{service.url}/stations/{number}"
    row.get_by_role("button", name="修改").click()
    form = page.locator(".pl-editing")
    form.locator("[data-column=name]").fill("")
    form.locator("[type=submit]").click()
    expect(form.locator("[data-column=name] + .pl-cell-fault")).to_contain_text("“名称”为空")
    # somebody else is faster
    request = page.request
    other = request.patch(
        path, data={"remarks": "李雷核对"}, headers={**service.other, "If-Match": '"v1"'}
    )
    assert other.ok, other.text()
    form.locator("[data-column=name]").fill("改名后的站")
    form.locator("[type=submit]").click()
    expect(form.locator(".pl-conflict")).to_contain_text("李雷核对")
    form.locator("[type=submit]").click()
    expect(row.locator("th")).to_have_text("改名后的站")
    held = request.get(path).json()
    assert (held["name"], held["remarks"], held["version"]) == ("改名后的站", "李雷核对", 3)
    row.get_by_role("button", name="历史").click()
    expect(page.locator("#pl-history")).to_contain_text("李雷")
    page.locator("dialog").get_by_role("button", name="关闭").click()
    row.get_by_role("button", name="删除").click()
    page.locator("dialog [type=submit]").click()
    expect(page.locator(f"tr[data-station='{number}']")).to_have_count(0)
    page.check("#pl-register-gone")
    page.locator(f"tr[data-station='{number}']").get_by_role("button", name="恢复").click()
    expect(
        page.locator(f"tr[data-station='{number}']").get_by_role("button", name="修改")
    ).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#pl-stale")).to_contain_text("台账已有 1 座阵地变动")
    page.click("#pl-reanalyse")
    page.wait_for_selector("#pl-reload", timeout=LONG_MS)
    page.click("#pl-reload")
    page.wait_for_load_state()
    ready(page)
    names = page.evaluate("ServiceCircle.page.state.stations.map((one) => one.name)")
    assert "改名后的站" in names
    expect(page.locator("#pl-stale")).to_be_hidden()


def test_a_place_is_asked_about(service: Service, open_page: Callable[..., Page]) -> None:
    page = ready(open_page(service))
    page.click("#pl-tab-place")
    page.fill("#pl-place-query", "113.9304, 24.5178")
    with page.expect_response(re.compile("/coverage")) as waiting:
        page.click("#pl-place-run")
    expect(page.locator("#pl-place-answer .sc-reason")).to_have_text(
        waiting.value.json()["sentence"]
    )
    address = page.request.get(service.url + "/stations?limit=1").json()["stations"][0]["address"]
    page.fill("#pl-place-query", address)
    page.keyboard.press("Enter")
    page.locator("#pl-place .pl-found").first.click()
    expect(page.locator("#pl-place-answer .sc-chip")).to_have_text("已覆盖")


@pytest.mark.slow
def test_dropped_files_become_the_study_on_show(
    service: Service, open_page: Callable[..., Page], tmp_path: Path
) -> None:
    for name, source in NAMES.items():
        shutil.copy(DEMO / source, tmp_path / name)
    (tmp_path / "阵地.xlsx").write_bytes(register_with_a_fault()[0])
    page = ready(open_page(service, service.key))
    page.click("#pl-tab-studies")
    page.set_input_files("#pl-files", sorted(tmp_path.iterdir()))
    expect(page.locator("#pl-chosen li")).to_have_count(len(NAMES) + 1)
    page.fill("#pl-study-name", "拖入的研究")
    page.fill("#pl-study-date", "2026-06-30")
    page.fill("#pl-study-crs", "EPSG:4547")
    page.check("#pl-study-simulated")
    page.click("#pl-study-send")
    row = page.locator(".pl-aside[data-row='5']")
    expect(row).to_contain_text("天级", timeout=LONG_MS)
    row.locator("input[data-column*=层级]").fill("社区")
    page.locator("[data-correct=stations]").click()
    page.wait_for_selector("#pl-findings", timeout=LONG_MS)
    expect(page.locator(".pl-aside[data-row='5']")).to_have_count(0)
    page.click("#pl-analyse")
    serve = page.locator("#pl-studies-list [data-act=study_serve]")
    serve.wait_for(timeout=LONG_MS)
    serve.click()
    expect(page).to_have_title(re.compile("拖入的研究"), timeout=LONG_MS)
    ready(page)
    expect(page.locator(".sc-title h1")).to_contain_text("拖入的研究")
    page.click("#pl-tab-studies")
    page.locator("[data-act=study_home]").click()
    expect(page).not_to_have_title(re.compile("拖入的研究"), timeout=LONG_MS)


def test_a_key_is_asked_for_once_in_a_tab(
    folder: Path, tmp_path: Path, open_page: Callable[..., Page]
) -> None:
    with serving(folder, tmp_path, host="192.0.2.1") as locked:
        page = open_page(locked)
        assert page.locator("#sc-data").count() == 0
        page.fill("#key", "sc_wrong")
        page.keyboard.press("Enter")
        expect(page.locator("#told")).to_contain_text("密钥不对")
        page.fill("#key", locked.key)
        page.keyboard.press("Enter")
        ready(page)
        page.reload()
        ready(page)
        page.click("#pl-tab-register")
        page.wait_for_selector("#pl-register-table tr[data-station]")


@pytest.mark.parametrize("size", [(1366, 768), (1920, 1080), (1024, 768)])
def test_fits_and_is_worked_by_keyboard(
    service: Service, open_page: Callable[..., Page], size: tuple[int, int]
) -> None:
    page = ready(open_page(service, size=size))
    page.focus("#pl-tab-overview")
    for name in ("trial", "sites", "plans", "register", "place", "studies"):
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        expect(page.locator(f"#pl-tab-{name}")).to_have_attribute("aria-selected", "true")
        page.wait_for_timeout(50)
        assert page.evaluate(CRAMPED) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


CRAMPED = """() => [...document.querySelectorAll('.pl-panel, .pl-sheet, .pl-rail')].filter((box) => !box.hidden)
  .flatMap((box) => [...box.querySelectorAll('button, select, input:not([type=checkbox]):not(.pl-hidden)')])
  .filter((one) => one.offsetParent && one.getBoundingClientRect().height < 39.5)
  .map((one) => one.outerHTML.slice(0, 90))"""

"""A browser without a network: whatever is not file: is refused and fails the test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, sync_playwright

from geo.result import StudyResult
from maps.briefing import build_map

FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update",
]  # fmt: skip
TIMEOUT_MS = 15_000
_made: dict[int, tuple[StudyResult, str]] = {}  # the study is kept, so its id stays its own


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Browser]:
    with (
        sync_playwright() as playwright,
        playwright.chromium.launch(executable_path=chromium, args=FLAGS) as running,
    ):
        yield running


@pytest.fixture
def trouble() -> list[str]:
    """Requests that left the file, errors of the page: must stay empty."""
    return []


@pytest.fixture
def new_page(browser: Browser, trouble: list[str]) -> Iterator[Callable[..., Page]]:
    contexts = []

    def cut(route: Route) -> None:
        if route.request.url.startswith("file:"):
            route.continue_()
        else:
            trouble.append(route.request.url)
            route.abort()

    def make(before: str = "", size: tuple[int, int] = (1366, 768)) -> Page:
        context = browser.new_context(viewport={"width": size[0], "height": size[1]})
        contexts.append(context)
        context.route("**/*", cut)
        if before:
            context.add_init_script(before)
        page = context.new_page()
        page.set_default_timeout(TIMEOUT_MS)
        page.on("pageerror", lambda error: trouble.append(str(error)))
        page.on("dialog", lambda dialog: (trouble.append(dialog.message), dialog.dismiss()))
        page.on(
            "console",
            lambda message: (
                trouble.append(message.text) if message.type in ("error", "warning") else None
            ),
        )
        return page

    yield make
    for context in contexts:
        context.close()
    assert trouble == []


@pytest.fixture
def open_map(new_page: Callable[..., Page], tmp_path: Path) -> Callable[..., Page]:
    """Write a study's map to a file and open it; ready when its legend stands."""

    def open_it(result: StudyResult, before: str = "", size: tuple[int, int] = (1366, 768)) -> Page:
        if id(result) not in _made:
            _made[id(result)] = (result, build_map(result))
        return open_file(new_page(before, size), tmp_path, _made[id(result)][1])

    return open_it


def open_file(page: Page, folder: Path, html: str) -> Page:
    target = folder / "map.html"
    target.write_text(html, encoding="utf-8")
    page.goto(target.as_uri())
    page.wait_for_selector("#sc-legend, .sc-refused")
    return page

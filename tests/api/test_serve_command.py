"""``servicecircle serve``: what it refuses, and the page in a real browser under the policy it is sent with."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
import threading
import time
import urllib.request

import pytest
import uvicorn

from api.app import create_app
from api.cli import main
from api.settings import ServiceSettings
from tests.api.conftest import until
from tests.conftest import REPOSITORY


def call(*words: object) -> int:
    with pytest.raises(SystemExit) as ended:
        main([str(one) for one in words])
    return int(ended.value.code or 0)


def test_refuses_to_serve_others_or_nothing(tmp_path, capsys):
    assert call("serve", tmp_path, "--host", "0.0.0.0") == 2
    assert "127.0.0.1" in capsys.readouterr().err
    assert call("serve", tmp_path) == 2
    assert str(tmp_path) in capsys.readouterr().err


@pytest.fixture
def served_at(small_demo_folder):
    """Address of a server of the small demo."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    app = create_app(ServiceSettings(small_demo_folder, reload_seconds=0.0, warm=False))
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_config=None, access_log=False))
    thread = threading.Thread(target=server.run)
    thread.start()
    until(lambda: server.started and app.state.shelf.ready)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(timeout=20)
    assert not thread.is_alive()


@pytest.mark.browser
def test_pages_meet_the_policy_they_are_sent_with(served_at, chromium):
    from playwright.sync_api import sync_playwright

    trouble: list[str] = []
    with sync_playwright() as playwright:
        flags = ["--no-sandbox", "--disable-gpu"]
        with playwright.chromium.launch(executable_path=chromium, args=flags) as browser:
            page = browser.new_page(viewport={"width": 1366, "height": 768})
            page.on("pageerror", lambda error: trouble.append(str(error)))
            page.on(
                "console",
                lambda message: trouble.append(message.text) if message.type == "error" else None,
            )
            page.on(
                "request",
                lambda request: (
                    None
                    if request.url.startswith((served_at, "data:", "blob:"))
                    else trouble.append(request.url)
                ),
            )
            page.goto(served_at + "/")
            page.wait_for_selector("#sc-legend")
            ran = (
                "() => { const s = document.createElement('script'); s.text = 'window.foreign = 1';"
            )
            ran += " document.body.append(s); return window.foreign === 1; }"
            own = [one for one in trouble if "favicon" not in one]
            assert own == []
            assert page.evaluate(ran) is False  # a script that is not the page's own does not run
            trouble.clear()
            page.goto(served_at + "/docs")
            assert page.locator("h2").count() >= 7
            assert (
                page.locator("h1").evaluate("e => getComputedStyle(e).borderBottomWidth") == "3px"
            )
            assert trouble == []


@pytest.mark.slow
@pytest.mark.xfail(reason="takes longer than 5 s while a job runs and a listener follows it")
@pytest.mark.skipif(sys.platform == "win32", reason="SIGTERM")
def test_a_listener_does_not_hold_up_the_end(small_demo_folder, tmp_path):
    """A job is followed while the service is told to stop: the stream ends, and soon the process."""
    folder = shutil.copytree(small_demo_folder, tmp_path / "result")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "api.cli", "serve", str(folder), "--port", str(port)]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    service = subprocess.Popen(command, cwd=REPOSITORY, **quiet)
    at = f"http://127.0.0.1:{port}"
    try:
        until(lambda: _answers(at), 60)
        body = json.dumps({"count": 1, "candidates": ["network"]}).encode("utf-8")
        asked = urllib.request.Request(
            f"{at}/sites", body, {"Content-Type": "application/json"}, method="POST"
        )
        with urllib.request.urlopen(asked, timeout=10) as answer:
            job_id = json.load(answer)["id"]
        with urllib.request.urlopen(f"{at}/jobs/{job_id}/events", timeout=20) as events:
            assert events.readline().startswith(b"retry:")
            service.terminate()
            begun = time.monotonic()
            service.wait(timeout=30)
    finally:
        service.kill()
        service.wait()
    assert time.monotonic() - begun < 5.0


def _answers(at: str) -> bool:
    try:
        with urllib.request.urlopen(f"{at}/readyz", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False

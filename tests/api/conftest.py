"""The service of the small demo, ready; tests that change files serve a copy of their own."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.settings import ServiceSettings

BASE = "http://127.0.0.1:8000"
HERE = ("127.0.0.1", 50_000)  # callers at this machine: their requests are not counted


def until(done: Callable[[], bool], seconds: float = 30.0) -> None:
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)


@pytest.fixture(scope="session")
def opened() -> Callable[[ServiceSettings], TestClient]:
    def make(settings: ServiceSettings) -> TestClient:
        return TestClient(
            create_app(settings), base_url=BASE, raise_server_exceptions=False, client=HERE
        )

    return make


@pytest.fixture(scope="session")
def client(
    small_demo_folder: Path, opened: Callable[[ServiceSettings], TestClient]
) -> Iterator[TestClient]:
    settings = ServiceSettings(small_demo_folder, reload_seconds=0.0, warm=False)
    with opened(settings) as found:
        until(lambda: found.get("/readyz").status_code == 200)
        yield found

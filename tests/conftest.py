"""Shared fixtures: the real data beside the checkout, or a clear skip."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import geo  # noqa: F401  # settles how openpyxl writes before any test imports it

if TYPE_CHECKING:
    from geo.result import StudyResult

REPOSITORY = Path(__file__).resolve().parents[1]


def _missing(what: str) -> None:
    if os.environ.get("SERVICECIRCLE_REQUIRE_SHARED") == "1":
        pytest.fail(f"{what} is required here and missing")
    pytest.skip(f"{what} is missing")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of the real data (never committed)."""
    folder = REPOSITORY.parent / "shared" / "data"
    if not folder.is_dir():
        _missing("../shared/data")
    return folder


@pytest.fixture(scope="session")
def chromium() -> str:
    """Path of a Chromium for browser tests."""
    import shutil

    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if not found:
        _missing("Chromium")
    return str(found)


@pytest.fixture(scope="session")
def small_demo() -> StudyResult:
    """The small demo district, run once; tests must not change it."""
    from geo.study import Study

    return Study.read(REPOSITORY / "data/demo/small/study.toml").run()


@pytest.fixture(scope="session")
def small_demo_folder(small_demo: StudyResult, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small demo's result as written; tests must not change it but work on a copy."""
    return small_demo.write(tmp_path_factory.mktemp("small_demo") / "result")

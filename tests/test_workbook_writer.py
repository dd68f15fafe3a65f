"""Workbooks are written the same way whether or not lxml is installed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[1]
WRITERS = (
    "maps.workbook",
    "maps.field_sheet",
    "geo.rejected_rows",
    "api.register_sheet",
    "data.demo.generator.workbook",
)


def _uses_lxml(statement: str) -> str:
    code = f"{statement}; import openpyxl; print(openpyxl.LXML)"
    bare = {name: value for name, value in os.environ.items() if name != "OPENPYXL_LXML"}
    ran = subprocess.run(
        [sys.executable, "-c", code],
        cwd=REPOSITORY, env=bare, capture_output=True, text=True, check=True, timeout=120,
    )  # fmt: skip
    return ran.stdout.strip()


@pytest.mark.parametrize("module", WRITERS)
def test_no_writer_of_workbooks_uses_lxml(module: str) -> None:
    assert _uses_lxml(f"import {module}") == "False"


def test_without_us_openpyxl_would_use_it() -> None:
    pytest.importorskip("lxml")
    assert _uses_lxml("pass") == "True"

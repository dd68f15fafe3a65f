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


def _uses_lxml(statements: str) -> list[str]:
    bare = {name: value for name, value in os.environ.items() if name != "OPENPYXL_LXML"}
    ran = subprocess.run(
        [sys.executable, "-c", statements],
        cwd=REPOSITORY, env=bare, capture_output=True, text=True, check=True, timeout=120,
    )  # fmt: skip
    return ran.stdout.split()


def test_no_writer_of_workbooks_uses_lxml() -> None:
    """The packages above each writer settle it, whichever of them is the first to be imported."""
    above = sorted({one.rpartition(".")[0] for one in WRITERS})
    statements = (
        "import sys, importlib, os\n"
        f"for name in {above!r}:\n"
        "    os.environ.pop('OPENPYXL_LXML', None)\n"
        "    for one in [n for n in sys.modules if n.split('.')[0] in ('geo', 'maps', 'api', 'data')]:\n"
        "        del sys.modules[one]\n"
        "    importlib.import_module(name)\n"
        "    assert 'openpyxl' not in sys.modules, name\n"
        "    print(os.environ.get('OPENPYXL_LXML'))\n"
        "import maps.workbook, openpyxl\n"
        "print(openpyxl.LXML)\n"
    )
    assert _uses_lxml(statements) == ["False"] * (len(above) + 1)


def test_without_us_openpyxl_would_use_it() -> None:
    pytest.importorskip("lxml")
    assert _uses_lxml("import openpyxl; print(openpyxl.LXML)") == ["True"]

"""Workbooks of older formats, read in a process of its own: damaged ones make their reader hang or break off."""

from __future__ import annotations

import pickle
import subprocess
import sys
from pathlib import Path

from geo.errors import InputError, fault
from geo.read.limits import MOST_CELLS

FORMATS = (".xls", ".xlsb", ".ods")
PATIENCE_S = 60.0
_TOO_LARGE = 3
_MEMORY_MB = 900
# Runs without this package, so that it starts in a moment.
_CODE = """
import pickle, sys
try:
    import resource
    resource.setrlimit(resource.RLIMIT_AS, (int(sys.argv[3]) << 20,) * 2)
except (ImportError, ValueError, OSError):
    pass
from python_calamine import CalamineWorkbook
book = CalamineWorkbook.from_path(sys.argv[1])
sheets = []
for name in book.sheet_names:
    sheet = book.get_sheet_by_name(name)
    if sheet.total_height * sheet.total_width > int(sys.argv[2]):
        sys.exit(3)
    sheets.append((name, sheet.to_python(skip_empty_area=False), sheet.merged_cell_ranges or ()))
sys.stdout.buffer.write(pickle.dumps(sheets))
"""
Merged = tuple[tuple[int, int], tuple[int, int]]
Sheet = tuple[str, list[list[object]], list[Merged]]


def read_apart(path: Path, section: str) -> list[Sheet]:
    """Read all sheets: name, rows of values, merged blocks.

    Raises
    ------
    InputError
        When the file cannot be read, or not in good time, or is too large.
    """
    command = [sys.executable, "-I", "-c", _CODE, str(path), str(MOST_CELLS), str(_MEMORY_MB)]
    try:
        done = subprocess.run(command, capture_output=True, timeout=PATIENCE_S, check=False)
    except subprocess.TimeoutExpired as error:
        raise _unreadable(path, section, "timeout") from error
    if done.returncode == _TOO_LARGE:
        raise InputError(fault("old_workbook_too_large", section=section, file=path.name))
    if done.returncode != 0:
        lines = done.stderr.decode("utf-8", errors="replace").strip().splitlines()
        raise _unreadable(path, section, lines[-1] if lines else "")
    sheets: list[Sheet] = pickle.loads(done.stdout)  # written by the process above
    return sheets


def _unreadable(path: Path, section: str, found: str) -> InputError:
    words = found.rpartition(": ")[2][:200] or "—"
    return InputError(
        fault("old_workbook_unreadable", section=section, file=path.name, found=words)
    )

"""The quality report as files in a folder, beside what a person may have put there."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from geo.errors import OutputError, fault
from geo.params import StudyParams
from geo.plain_json import to_json
from geo.quality_page import quality_page, quality_to_plain
from geo.result import QualityReport

REPORT, PAGE = "quality.json", "quality.html"


def write_quality(
    params: StudyParams,
    quality: QualityReport,
    rejects: pd.DataFrame,
    folder: Path,
    workbooks: Mapping[str, bytes] | None = None,
) -> list[str]:
    """Write ``quality.json``, ``quality.html`` and the workbooks of rows set aside.

    A workbook that somebody has changed since an earlier check (rows are corrected in it) is left alone: the new one
    gets a number. Workbooks of an earlier check that are still as written and no longer needed are removed.

    Returns
    -------
    list of str
        Names of the files written, the page first.

    Raises
    ------
    OutputError
        When the folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        ours = _written_before(folder)
        names = _place(folder, workbooks or {}, ours)
        page = quality_page(params, quality, rejects, sorted(names))
        report = {
            **quality_to_plain(quality),
            "rejects": rejects.astype(object).to_dict("records"),
            "files": {name: _hash(content) for name, content in names.items()},
        }
        files = {PAGE: page.encode("utf-8"), REPORT: to_json(report).encode("utf-8"), **names}
    except OSError as error:
        why = error.strerror or str(error)
        raise OutputError(fault("quality_files_not_written", folder=folder, why=why)) from error
    return write_files(folder, files)


def write_files(folder: Path, files: Mapping[str, bytes]) -> list[str]:
    """Write files into a folder, each in one step; return their names.

    Raises
    ------
    OutputError
        When the folder cannot be written.
    """
    try:
        for name, content in files.items():
            _replace(folder / name, content)
    except OSError as error:
        why = error.strerror or str(error)
        raise OutputError(fault("quality_files_not_written", folder=folder, why=why)) from error
    return list(files)


def free_name(folder: Path, name: str) -> str:
    """Return the name, with a number where a file of that name is there."""
    free, number = name, 1
    while (folder / free).exists():
        number += 1
        free = f"{Path(name).stem}_{number}{Path(name).suffix}"
    return free


def _written_before(folder: Path) -> dict[str, str]:
    """Return the workbooks that an earlier check wrote: name to hash."""
    try:
        content = json.loads((folder / REPORT).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}  # none yet, or none of ours
    files = content.get("files") if isinstance(content, dict) else None
    return {str(k): str(v) for k, v in files.items()} if isinstance(files, dict) else {}


def _place(
    folder: Path, workbooks: Mapping[str, bytes], ours: Mapping[str, str]
) -> dict[str, bytes]:
    """Give every workbook a name that destroys nobody's work."""
    for name, known in ours.items():
        file = folder / Path(name).name
        if file.is_file() and _hash(file.read_bytes()) == known:
            file.unlink()
    return {free_name(folder, name): content for name, content in workbooks.items()}


def _replace(path: Path, content: bytes) -> None:
    fresh = path.with_name(f".{path.name}.partial")
    try:
        fresh.write_bytes(content)
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()

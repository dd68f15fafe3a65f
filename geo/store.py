"""The result folder: everything a study found, written whole or not at all, and read back."""

from __future__ import annotations

import hashlib
import json
import platform
import sqlite3
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyogrio
from pyogrio.errors import DataSourceError

from geo.errors import NotFoundError, OutputError, fault
from geo.folder_swap import copy_foreign, replacing
from geo.geopackage import write_geopackage
from geo.params_json import params_from_plain, params_to_plain
from geo.plain_json import to_json
from geo.quality_page import quality_from_plain, quality_page, quality_to_plain
from geo.result import StudyResult
from geo.store_network import read_walk, write_walk
from geo.store_tables import read_table, write_table
from geo.tables import empty_rejects

MANIFEST = "manifest.json"
_VERSIONED = (
    "servicecircle", "numpy", "pandas", "geopandas", "shapely", "pyproj", "pyogrio", "pyarrow",
    "numba", "scipy", "osmium", "folium", "openpyxl",
)  # fmt: skip


def write_result(
    result: StudyResult, folder: str | Path, files: Mapping[str, str | bytes] | None = None
) -> Path:
    """Write a result folder in one step.

    Parameters
    ----------
    folder
        Its place; an old result there is replaced when the new one is complete. Files that a person has put
        into the old one are kept.
    files
        More files of the folder, name to content, e.g. ``map.html``.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    OutputError
        When it cannot be written, or `folder` holds something else than a result.
    """
    target = Path(folder)
    try:
        with replacing(target, MANIFEST) as fresh:
            _write_parts(result, fresh)
            for name, content in (files or {}).items():
                raw = content.encode("utf-8") if isinstance(content, str) else content
                (fresh / name).parent.mkdir(parents=True, exist_ok=True)
                (fresh / name).write_bytes(raw)
            _write_manifest(result, fresh)
            if (target / MANIFEST).is_file():
                files_before = _manifest(target).get("files")
                before = {MANIFEST, *(files_before if isinstance(files_before, dict) else ())}
                copy_foreign(target.resolve(), fresh, before.__contains__)
    except OutputError:
        raise
    except (OSError, sqlite3.Error, DataSourceError) as error:
        raise OutputError(fault("result_not_written", folder=target, why=str(error))) from error
    return target


def add_files(folder: str | Path, files: Mapping[str, str | bytes]) -> None:
    """Add files to a finished result or replace them, each in one step; the manifest learns of them.

    Raises
    ------
    OutputError
        When a file cannot be written.
    """
    place = Path(folder)
    manifest = _manifest(place)
    known = manifest.get("files")
    hashes = dict(known) if isinstance(known, dict) else {}
    try:
        for name, content in files.items():
            raw = content.encode("utf-8") if isinstance(content, str) else content
            _replace_file(place / name, raw)
            hashes[name] = hashlib.sha256(raw).hexdigest()
        manifest["files"] = dict(sorted(hashes.items()))
        _replace_file(place / MANIFEST, to_json(manifest).encode("utf-8"))
    except OSError as error:
        raise OutputError(fault("result_not_written", folder=place, why=str(error))) from error


def add_tables(
    folder: str | Path,
    tables: Mapping[str, pd.DataFrame],
    files: Mapping[str, bytes] | None = None,
) -> None:
    """Add tables and other files to a finished result or replace them: all of them, or none.

    Raises
    ------
    NotFoundError
        When there is no result.
    OutputError
        When it cannot be written; the result is then as it was.
    """
    target = Path(folder)
    if not (target / MANIFEST).is_file():
        raise NotFoundError(fault("result_missing", folder=target))
    try:
        with replacing(target, MANIFEST) as fresh:
            copy_foreign(target.resolve(), fresh, lambda _: False)
            names = [*(f"tables/{name}.parquet" for name in tables), *(files or {})]
            for name, frame in tables.items():
                write_table(frame, fresh / "tables" / f"{name}.parquet")
            for name, content in (files or {}).items():
                (fresh / name).write_bytes(content)
            _update_manifest(fresh, names, {name: len(frame) for name, frame in tables.items()})
    except OutputError:
        raise
    except OSError as error:
        raise OutputError(fault("result_not_written", folder=target, why=str(error))) from error


def _update_manifest(folder: Path, names: Sequence[str], rows: Mapping[str, int]) -> None:
    manifest = _manifest(folder)
    for key, fresh in (("rows", rows), ("files", {one: _sha256(folder / one) for one in names})):
        known = manifest.get(key)
        manifest[key] = dict(
            sorted({**(known if isinstance(known, dict) else {}), **fresh}.items())
        )
    (folder / MANIFEST).write_bytes(to_json(manifest).encode("utf-8"))


def read_result(folder: str | Path) -> StudyResult:
    """Read a result folder.

    Raises
    ------
    NotFoundError
        When there is no result, or a part of it is missing.
    """
    place = Path(folder)
    if not (place / MANIFEST).is_file():
        raise NotFoundError(fault("result_missing", folder=place))
    try:
        study = json.loads((place / "inputs" / "study.json").read_text(encoding="utf-8"))
        quality = json.loads((place / "quality.json").read_text(encoding="utf-8"))
        return StudyResult(
            params=params_from_plain(study),
            tables={path.stem: read_table(path) for path in sorted(place.glob("tables/*.parquet"))},
            summary=json.loads((place / "summary.json").read_text(encoding="utf-8")),
            quality=quality_from_plain(quality),
            manifest=_manifest(place),
            walk=read_walk(place / "network") if (place / "network").is_dir() else None,
            inputs={
                path.stem: gpd.GeoDataFrame(read_table(path))
                for path in sorted(place.glob("inputs/*.parquet"))
            },
        )
    except FileNotFoundError as error:
        raise NotFoundError(fault("result_part_missing", folder=place, why=str(error))) from error


def versions() -> dict[str, str]:
    """Return the versions that a result depends on."""
    found = {"python": platform.python_version()}
    for name in _VERSIONED:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    found["gdal"] = ".".join(map(str, pyogrio.__gdal_version__))
    return found


def peak_memory_mb() -> float | None:
    """Return the most memory this process has used, where the system tells."""
    if sys.platform == "win32":
        return None
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak / (1024.0**2 if sys.platform == "darwin" else 1024.0), 1)


def _write_parts(result: StudyResult, folder: Path) -> None:
    tables, inputs = folder / "tables", folder / "inputs"
    tables.mkdir()
    inputs.mkdir()
    for name, workbook in result.reject_files.items():
        (folder / name).write_bytes(workbook)
    for name, frame in result.tables.items():
        write_table(frame, tables / f"{name}.parquet")
    for name, frame in result.inputs.items():
        write_table(frame, inputs / f"{name}.parquet")
    if result.walk is not None:
        write_walk(result.walk, folder / "network")
    rejects = result.tables.get("rejects", empty_rejects())
    for name, text in {
        "inputs/study.json": to_json(params_to_plain(result.params)),
        "summary.json": to_json(result.summary),
        "quality.json": to_json(quality_to_plain(result.quality)),
        "quality.html": quality_page(result.params, result.quality, rejects),
    }.items():
        (folder / name).write_bytes(text.encode("utf-8"))
    write_geopackage(result.tables, folder / "layers.gpkg")


def _write_manifest(result: StudyResult, folder: Path) -> None:
    manifest = {
        "format": 1,
        "study": result.params.name,
        "as_of": result.params.as_of,
        "written_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "versions": versions(),
        "parameters": params_to_plain(result.params),
        "peak_memory_mb": peak_memory_mb(),
        "rows": {name: len(frame) for name, frame in result.tables.items()},
        **result.manifest,
        "files": {
            path.relative_to(folder).as_posix(): _sha256(path)
            for path in sorted(folder.rglob("*"))
            if path.is_file()
        },
    }
    (folder / MANIFEST).write_bytes(to_json(manifest).encode("utf-8"))


def _replace_file(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.partial")
    try:
        fresh.write_bytes(content)
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)


def _manifest(folder: Path) -> dict[str, object]:
    content = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    return content if isinstance(content, dict) else {}


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()

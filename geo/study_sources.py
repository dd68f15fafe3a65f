"""The inputs a study file names: ``path``, ``osm`` or ``place``, with files that must exist."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from geo.errors import Fault, fault
from geo.params import OsmQuery, Source
from geo.study_keys import Section, listed, shown
from geo.tables import nearest_name

_WAYS_IN = ("path", "osm", "place")
_CRS = re.compile(r"(?i)epsg:\d{4,6}|gcj02|bd09|local")
# Without a query an OSM file does not say which boundaries or which points are meant.
_NEEDS_LEVEL = ("subdistricts", "communities")
_NEEDS_TAGS = ("stations", "zones", "lines", "candidates", "exclude", "compounds")


def read_source(kind: str, value: object, folder: Path, faults: list[Fault]) -> Source | None:
    """Read one input section, e.g. ``[buildings]``; None when it names no usable source."""
    return _source(kind, Section(f"[{kind}]", value, faults), folder)


def read_zones(
    value: object, folder: Path, faults: list[Fault], kind: str = "zones"
) -> tuple[Source, ...]:
    """Read the ``[[zones]]`` tables (or ``[[lines]]``); their names must differ."""
    if value is None:
        return ()
    if not isinstance(value, list):
        faults.append(fault("study_not_array", section=kind))
        return ()
    zones: list[Source] = []
    for number, table in enumerate(value, 1):
        section = Section(f"[[{kind}]] #{number}", table, faults)
        source = _source(kind, section, folder)
        if source is not None:
            if source.name in [one.name for one in zones]:
                section.add("study_name_twice", key="name", found=source.name)
            zones.append(source)
    return tuple(zones)


_LONGEST_NAME = 255  # bytes; no file system has longer ones, and some say so with an error


def existing_path(
    section: Section, key: str, text: str, folder: Path, also: Sequence[str] = ()
) -> Path | None:
    """Resolve a path against the study's folder; a missing file is a fault naming the nearest one.

    Parameters
    ----------
    also
        Words that may stand in place of a path and count as near names too.
    """
    if any(ord(sign) < ord(" ") for sign in text):
        # "data\new.gpkg" is valid TOML: \n became a line break.
        section.add("study_backslash_eaten", key=key, found=shown(text))
        return None
    path = folder / text.replace("\\", "/")
    if any(len(os.fsencode(part)) > _LONGEST_NAME for part in path.parts):
        section.add("study_input_missing", key=key, path=shown(text), folder=folder, nearest="—")
        return None
    if path.is_file() or (path.is_dir() and path.suffix.lower() == ".gdb"):
        return path.resolve()
    if path.is_dir():
        section.add("study_input_is_folder", key=key, path=text)
        return None
    parent = path.parent
    present = sorted(one.name for one in parent.iterdir()) if parent.is_dir() else []
    section.add(
        "study_input_missing",
        key=key,
        path=text,
        folder=parent,
        nearest=nearest_name(path.name, [*present, *also]) or "—",
    )
    return None


def _source(kind: str, section: Section, folder: Path) -> Source | None:
    given = [way for way in _WAYS_IN if section.has(way)]
    if len(given) != 1:
        code = "study_source_many" if given else "study_source_none"
        section.add(code, found=listed(given), allowed=listed(_WAYS_IN))
    path = _path(section, folder)
    osm = _osm(kind, section, folder)
    place = section.text("place")
    source = Source(
        kind,
        path,
        section.text("layer") or None,
        osm,
        place,
        _crs(section),
        section.pairs("columns"),
        (section.text("name", required=True) or "") if kind in ("zones", "lines") else "",
        section.day("osm_date") if section.has("osm_date") else None,
        _corrected(section, folder),
        section.text("attribution") or "",
    )
    section.known.append("osm_date")
    if kind == "network":
        section.known += ["join", "extent"]
    section.finish()
    return source if len(given) == 1 and (path or osm or place) else None


def _path(section: Section, folder: Path) -> Path | None:
    text = section.text("path", required=section.has("path"))
    return None if text is None else existing_path(section, "path", text, folder)


def _corrected(section: Section, folder: Path) -> tuple[Path, ...]:
    """Read the workbooks of corrected rows: one name or several."""
    value = section.get("corrected")
    names = [value] if isinstance(value, str) else value
    if names is None:
        return ()
    if not isinstance(names, list) or not all(isinstance(one, str) and one for one in names):
        section.add("study_not_texts", key="corrected", found=shown(value))
        return ()
    paths = [existing_path(section, "corrected", one, folder) for one in names]
    for path in paths:
        # the next run would write its own rejects over the planner's work
        if path is not None and (path.parent / "manifest.json").is_file():
            section.add("study_corrected_in_result", key="corrected", path=path.name)
    return tuple(path for path in paths if path is not None)


def _crs(section: Section) -> str | None:
    crs = section.text("crs") or None
    if crs is None:
        return None
    if not _CRS.fullmatch(crs):
        words = ("gcj02", "bd09", "local")
        section.add(
            "study_source_crs",
            key="crs",
            found=shown(crs),
            allowed='"EPSG:4547"、"gcj02"、"bd09"、"local"',
            nearest=nearest_name(crs.lower().replace("-", ""), words) or "EPSG:…",
        )
        return None
    return crs.upper() if crs.lower().startswith("epsg") else crs.lower()


def _osm(kind: str, section: Section, folder: Path) -> OsmQuery | None:
    value = section.get("osm")
    if value is None:
        return None
    if isinstance(value, str):
        value = {"file": value}
    query = Section(f"{section.where} osm", value, section.faults)
    if not query.table:
        return None
    text = query.text("file", required=True)
    tags = _tags(query)
    level = query.whole("admin_level", 0, least=1) if query.has("admin_level") else None
    query.known.append("admin_level")
    query.finish()
    if level is not None and tags:
        query.add("study_osm_both")
    elif kind in _NEEDS_LEVEL and level is None and not tags:
        query.add("study_osm_needs_level")
    elif kind in _NEEDS_TAGS and level is None and not tags and not query.has("tags"):
        query.add("study_osm_needs_tags")
    file = existing_path(query, "file", text, folder) if text else None
    return OsmQuery(file, tags, level) if file else None


def _tags(query: Section) -> dict[str, tuple[str, ...]]:
    value = query.get("tags")
    if value is None:
        return {}
    if not isinstance(value, Mapping) or not value:
        query.add("study_osm_tags", found=shown(value))
        return {}
    tags: dict[str, tuple[str, ...]] = {}
    for key, accepted in value.items():
        if accepted is True or accepted == "*":
            tags[key] = ()
        elif isinstance(accepted, str) and accepted:
            tags[key] = (accepted,)
        elif isinstance(accepted, list) and accepted and all(isinstance(v, str) for v in accepted):
            tags[key] = tuple(accepted)
        else:
            query.add("study_osm_tags", found=f"{key} = {shown(accepted)}")
    return tags

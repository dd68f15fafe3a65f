"""The resolved study as plain data and back, stored as ``inputs/study.json``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any, cast

from geo.params import (
    Costs,
    NetworkParams,
    OsmQuery,
    Output,
    Pace,
    Rule,
    Source,
    StudyParams,
    WalkParams,
)
from geo.plain_json import plain


def params_to_plain(params: StudyParams) -> dict[str, object]:
    """Return all parameters as JSON values; paths inside the study's folder become relative to it."""
    folder = params.folder
    content = asdict(params)
    content["folder"] = folder.as_posix()
    for source in (*content["sources"].values(), *content["zones"], *content["lines"]):
        source["path"] = _relative(source["path"], folder)
        source["corrected"] = [_relative(path, folder) for path in source["corrected"]]
        if source["osm"]:
            source["osm"]["file"] = _relative(source["osm"]["file"], folder)
    if isinstance(params.network.extent, Path):
        content["network"]["extent"] = {"path": _relative(params.network.extent, folder)}
    return cast(dict[str, object], plain(content))


def params_from_plain(content: Mapping[str, Any]) -> StudyParams:
    """Build the parameters from what `params_to_plain` returned."""
    folder = Path(content["folder"])
    walk, network = dict(content["walk"]), dict(content["network"])
    walk["paces"] = {name: Pace(**constants) for name, constants in walk["paces"].items()}
    if isinstance(network["extent"], Mapping):
        network["extent"] = folder / network["extent"]["path"]
    return StudyParams(
        name=content["name"],
        folder=folder,
        as_of=date.fromisoformat(content["as_of"]),
        sources={kind: _source(one, folder) for kind, one in content["sources"].items()},
        zones=tuple(_source(one, folder) for one in content["zones"]),
        crs=content["crs"],
        city=content["city"],
        rules=tuple(Rule(**{**one, "tiers": tuple(one["tiers"])}) for one in content["rules"]),
        walk=WalkParams(**walk),
        network=NetworkParams(**network),
        costs=Costs(**content["costs"]),
        output=Output(**content["output"]),
        lines=tuple(_source(one, folder) for one in content.get("lines", ())),
    )


def _relative(path: Path | None, folder: Path) -> str | None:
    if path is None:
        return None
    return (path.relative_to(folder) if path.is_relative_to(folder) else path).as_posix()


def _source(content: Mapping[str, Any], folder: Path) -> Source:
    osm = content["osm"]
    query = osm and OsmQuery(
        folder / osm["file"],
        {key: tuple(values) for key, values in osm["tags"].items()},
        osm["admin_level"],
    )
    path = content["path"]
    day = content.get("osm_date")
    return Source(
        **{
            **content,
            "path": path and folder / path,
            "osm": query or None,
            "osm_date": date.fromisoformat(day) if day else None,
            "corrected": tuple(folder / one for one in content.get("corrected", ())),
        }
    )

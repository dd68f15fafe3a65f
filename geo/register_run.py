"""A finished study run again with another register of stations, on the network and the layers that it holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import geopandas as gpd
import pandas as pd

from geo.check import input_entry, input_faults
from geo.datum_layers import SOURCE_COLUMN
from geo.errors import Fault
from geo.params import Source
from geo.profiles import profile_of
from geo.progress import Progress, silent
from geo.reentry import stored
from geo.result import StudyResult
from geo.station_register import read_register
from geo.study import Study
from geo.tables import ReadResult

_SECTION = "stations"


def run_with_register(
    result: StudyResult, source: Source, progress: Progress = silent
) -> StudyResult:
    """Read the register at `source` as the study would, and run the study with it.

    Raises
    ------
    InputError
        When the register as a whole cannot be used.
    NotFoundError
        When the result lacks its network or inputs.
    """
    params = result.params
    inputs, network = stored(result)
    profile = profile_of(params.city, params.folder)
    read = read_register(
        source,
        frames=inputs.frames,
        aliases=profile.aliases,
        tiers=profile.words(),
        checks=profile.checks,
        default_tier=profile.default_tier,
    )
    file = source.path.name if source.path else ""
    frame = read.frame.drop(columns=SOURCE_COLUMN, errors="ignore")
    stations = frame if frame.crs is None or inputs.is_local else frame.to_crs(inputs.crs)
    changed = replace(
        inputs,
        frames={**inputs.frames, _SECTION: stations},
        rejects=read.rejects,
        faults=input_faults(read, _SECTION, file),
    )
    run = Study(params).run(progress, changed, network)
    return replace(
        run,
        tables={**run.tables, "rejects": _rejects(result, run)},
        quality=replace(
            run.quality,
            inputs=_entries(result.quality.inputs, read, file),
            faults=_faults(result, run),
        ),
        manifest={**run.manifest, "inputs": result.manifest.get("inputs", {})},
        # layers that are as they were are kept to the bit
        inputs={**run.inputs, **_same(result.inputs)},
        reject_files={},
    )


def _same(inputs: Mapping[str, gpd.GeoDataFrame]) -> dict[str, gpd.GeoDataFrame]:
    return {name: frame for name, frame in inputs.items() if name != _SECTION}


def _rejects(result: StudyResult, run: StudyResult) -> pd.DataFrame:
    """Keep what was set aside of other inputs; of the stations this run has told everything."""
    before = result.table("rejects")
    return pd.concat([before[before["input"] != _SECTION], run.table("rejects")], ignore_index=True)


def _entries(
    before: Sequence[Mapping[str, object]], read: ReadResult, file: str
) -> list[Mapping[str, object]]:
    own = {**input_entry(read, _SECTION, file), "name": ""}
    return [own if one["input"] == _SECTION else one for one in before]


def _faults(result: StudyResult, run: StudyResult) -> list[Fault]:
    """Join what this run found with what the first one found in the layers it did not read again."""
    old = next((one for one in result.quality.inputs if one["input"] == _SECTION), {})
    again = {one.code for one in run.quality.faults}
    kept = [
        one
        for one in result.quality.faults
        if one.params.get("section") != _SECTION
        and one.params.get("file") != old.get("file", "")
        and (one.code not in again or "section" in one.params)
    ]
    rank = {"error": 0, "warning": 1, "info": 2}
    return sorted([*kept, *run.quality.faults], key=lambda one: rank[one.severity])

"""The small study of `tests.small_study` with more layers, run end to end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import geopandas as gpd
import pandas as pd
import shapely

from geo.result import StudyResult
from geo.study import Study
from tests.small_study import STUDY, at, write_small_study

TIME = "十分钟党群服务圈"


def layer(
    folder: Path, section: str, drawn: Sequence[shapely.Geometry], **columns: Sequence
) -> str:
    """Write one more layer, drawn round the study's origin; returns its section of the study file."""
    gpd.GeoDataFrame(dict(columns), geometry=at(*drawn)).to_file(folder / f"{section}.gpkg")
    return f'[{section}]\npath = "{section}.gpkg"\n'


def run(folder: Path, sections: str = "") -> StudyResult:
    """Run the small study with more sections."""
    return Study.read(write_small_study(folder, STUDY + sections)).run()


def metres(result: StudyResult) -> dict[str, float]:
    """Walking time of every building, as metres on the flat at 72 m/min."""
    return {one: minutes * 72 for one, minutes in of_time(result)["minutes"].items()}


def verdicts(result: StudyResult) -> Mapping[str, str]:
    """Verdict of every building by time."""
    return of_time(result)["verdict"].to_dict()


def of_time(result: StudyResult) -> pd.DataFrame:
    """Rows of the ten-minute rule, by building."""
    table = result.buildings
    return table[table["rule"] == TIME].set_index("building_id")


def finding(result: StudyResult, code: str) -> Mapping[str, object]:
    """Parameters of a finding that must be there once."""
    (found,) = [one for one in result.quality.faults if one.code == code]
    return found.params

"""The layers of a study as the datum detective sees them: what each is stated to be, and on whose word."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely

from geo.hypotheses import Hypothesis, stated

if TYPE_CHECKING:
    from geo.inputs import Inputs
    from geo.params import StudyParams

Floats = npt.NDArray[np.float64]
Geometries = npt.NDArray[np.object_]
SOURCE_COLUMN = "coordinate_source"
_SHIFTED = ("gcj02", "bd09")


@dataclass(frozen=True)
class Layer:
    """One file of a study, or the rows of one that name the same 坐标来源.

    Attributes
    ----------
    shapes
        In the metric CRS of the study.
    reading
        What its numbers are stated to be.
    group
        坐标来源 of the rows: ``gcj02``, ``bd09``, ``survey``; empty for a whole file.
    word
        On whose word: ``assumed`` (GeoJSON), ``file``, ``declared`` (study file or 坐标来源), ``osm``.
    """

    section: str
    file: str
    shapes: Geometries
    reading: Hypothesis
    group: str
    word: str

    @property
    def certain(self) -> bool:
        """Whether the datum is beyond doubt."""
        return self.word == "osm"


def rows_by_source(frame: gpd.GeoDataFrame) -> dict[str, npt.NDArray[np.bool_]]:
    """Return which rows of a table name which 坐标来源; empty where none does."""
    if SOURCE_COLUMN not in frame.columns:
        return {}
    named = frame[SOURCE_COLUMN].astype(object).fillna("").to_numpy(dtype=object)
    words = sorted({str(one) for one in named})
    return {} if words in ([], [""]) else {one: np.asarray(named == one, bool) for one in words}


def layers_of(inputs: Inputs, params: StudyParams) -> Iterator[Layer]:
    """List the layers with shapes, in the order of the study file."""
    for record in inputs.records:
        section, name = str(record["input"]), str(record.get("name") or "")
        frame = inputs.get(section)
        if frame is None:
            continue
        if section == "zones":
            frame = frame[frame["zone_layer"] == name]
        shapes = frame.geometry.to_numpy()
        if shapely.is_missing(shapes).all():
            continue
        yield from _parts(section, record, shapes, inputs, params)


def _parts(
    section: str,
    record: Mapping[str, object],
    shapes: Geometries,
    inputs: Inputs,
    params: StudyParams,
) -> Iterator[Layer]:
    note, file = str(record["crs_note"]), str(record["file"])
    groups = inputs.by_source.get(section, {})
    source = params.sources.get(section)
    declared = source.crs if source is not None else None
    whole = stated(str(record["crs"]), note if note in _SHIFTED else "none")
    for group, points in groups.items():
        reading = _of_group(group, declared, whole)
        yield Layer(section, file, points, reading, group, "declared")
    if not groups:
        word = {"geojson": "assumed", "osm": "osm", "file": "file"}.get(note, "declared")
        yield Layer(section, file, shapes, whole, "", word)


def _of_group(group: str, declared: str | None, whole: Hypothesis) -> Hypothesis:
    if group in _SHIFTED:
        return Hypothesis(shift=group)
    if declared in _SHIFTED:
        return Hypothesis(shift=str(declared)) if group == "" else Hypothesis()
    return whole

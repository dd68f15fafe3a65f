"""A check of a study: the quality report, what was set aside, and the study ready for walks to be told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import geopandas as gpd
import pandas as pd

from geo.entered import Entered
from geo.prepare import Prepared
from geo.progress import Progress, silent
from geo.rejected_rows import rejected_workbooks
from geo.result import QualityReport
from geo.study import Study


@dataclass(frozen=True)
class Checked:
    """What a check found.

    Attributes
    ----------
    reject_files
        Workbooks in which to correct the rows set aside: name to content.
    subdistricts
        As read, in the metric CRS.
    entered
        The study ready to be searched, where that was asked for.
    """

    quality: QualityReport
    rejects: pd.DataFrame
    reject_files: Mapping[str, bytes]
    subdistricts: gpd.GeoDataFrame
    entered: Entered | None = None


def check_study(study: Study, progress: Progress = silent, *, walks: bool = False) -> Checked:
    """Check a study as `Study.check` does, and keep the rows set aside.

    Parameters
    ----------
    walks
        Whether to make it searchable too.

    Raises
    ------
    InputError
        When an input as a whole cannot be used.
    """
    inputs = study.load(progress)
    prepared = Prepared(study.params, progress, inputs)
    rejects = prepared.inputs.rejects
    books = rejected_workbooks(inputs.originals, rejects)
    entered = study.entered(inputs, prepared.network) if walks else None
    units = inputs.frames["subdistricts"]
    return Checked(prepared.quality(), rejects, books, units, entered)

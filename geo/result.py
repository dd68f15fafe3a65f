"""What a study hands over: tables, summary, quality report, walking model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import entry_points
from pathlib import Path

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.errors import Fault, NotFoundError, fault
from geo.network.access import AccessRows
from geo.network.graph import WalkGraph
from geo.network.snap import Hubs
from geo.params import StudyParams

PRODUCTS = "servicecircle.products"


@dataclass(frozen=True)
class WalkModel:
    """All that a later search needs, stored under ``network/``; geometry in the metric CRS.

    Attributes
    ----------
    graph
        Weighted by the standard pace, private pieces with a station opened.
    buildings, stations
        Access rows, in the row order of `building_ids` and `station_ids`.
    barriers
        ``kind, name, geometry``.
    cut
        Nodes where the data end; none in results written before this was kept.
    hubs
        Walled compounds and their gates; None without any.
    """

    graph: WalkGraph
    buildings: AccessRows
    stations: AccessRows
    building_ids: npt.NDArray[np.object_]
    station_ids: npt.NDArray[np.object_]
    barriers: gpd.GeoDataFrame
    crs: str
    cut: npt.NDArray[np.int32] = field(default_factory=lambda: np.empty(0, np.int32))
    hubs: Hubs | None = None


@dataclass(frozen=True)
class QualityReport:
    """What is known of the inputs.

    Attributes
    ----------
    inputs, counts
        Counts by input and by stage.
    faults
        Findings with severity and advice.
    audit
        How well isochrones hold, rule by rule.
    measures
        Figures by subject, plain JSON values: ``snapping, pieces, cover, filled`` (see `geo.quality_measures`) and,
        where walks were timed, ``field_check`` (see `geo.field_check`).
    """

    inputs: Sequence[Mapping[str, object]] = ()
    faults: Sequence[Fault] = ()
    counts: Mapping[str, object] = field(default_factory=dict)
    audit: Mapping[str, object] = field(default_factory=dict)
    measures: Mapping[str, object] = field(default_factory=dict)

    @property
    def has_errors(self) -> bool:
        """Whether ``--strict`` must fail."""
        return any(one.severity == "error" for one in self.faults)


@dataclass(frozen=True)
class StudyResult:
    """A finished study.

    Attributes
    ----------
    tables
        By the names of the result folder: ``subdistricts, communities, zones, coverage_by_tier, buildings, stations,
        reach_pairs, rejects``. Frames with geometry are in EPSG:4326 (no CRS for ``local`` studies), tables long by
        ``rule``.
    summary
        Headline figures: ``{"study": …, "rules": [{name, basis, …}], …}``, plain JSON values.
    reject_files
        ``rejects_<input>.xlsx`` -> content: rows set aside, to be corrected and read back; empty once read from disk.
    """

    params: StudyParams
    tables: Mapping[str, pd.DataFrame]
    summary: Mapping[str, object]
    quality: QualityReport
    manifest: Mapping[str, object] = field(default_factory=dict)
    walk: WalkModel | None = None
    inputs: Mapping[str, gpd.GeoDataFrame] = field(default_factory=dict)
    reject_files: Mapping[str, bytes] = field(default_factory=dict)

    def write(self, folder: str | Path) -> Path:
        """Write the whole result folder, map and workbook included.

        What the other packages of the project make of a result (``map.html``, ``tables.xlsx``) is found by the entry
        points ``servicecircle.products``, so that the engine imports none of them.

        Raises
        ------
        OutputError
            When it cannot be written; what stood there before is still whole.
        """
        from geo.store import write_result

        makers = entry_points(group=PRODUCTS)
        return write_result(self, folder, {one.name: one.load()(self) for one in makers})

    def table(self, name: str) -> pd.DataFrame:
        """Return one table.

        Raises
        ------
        NotFoundError
            For a table that this result does not have.
        """
        if name not in self.tables:
            raise NotFoundError(fault("table_missing", table=name, present="、".join(self.tables)))
        return self.tables[name]

    @property
    def buildings(self) -> pd.DataFrame:
        """Verdicts, one row a (building, rule)."""
        return self.table("buildings")

    @property
    def subdistricts(self) -> pd.DataFrame:
        """Coverage, one row a (subdistrict, rule)."""
        return self.table("subdistricts")

    @property
    def stations(self) -> pd.DataFrame:
        """Stations with what each serves."""
        return self.table("stations")

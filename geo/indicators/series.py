"""A series of dates: coverage as of each, and which stations opened, closed and moved in between."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd

from geo.names import fold
from geo.register import open_on

if TYPE_CHECKING:
    from geo.study import Study

MOVED_M = 20.0
_FIGURES = (
    "coverage_count_share",
    "coverage_residents_share",
    "coverage_workers_share",
    "stations_count",
)


@dataclass(frozen=True)
class Series:
    """What `coverage_series` found.

    Attributes
    ----------
    coverage
        ``as_of, rule, id, value``: indicators of the whole study at each date.
    changes
        ``from, to, change`` (opened, closed, moved), ``station_id, name, metres``.
    """

    coverage: pd.DataFrame
    changes: pd.DataFrame


def coverage_series(study: Study, dates: Sequence[date]) -> Series:
    """Run a study as of each date on one reading of its inputs.

    The dates of the register rule which stations serve; its other figures (population, network) are today's.

    Raises
    ------
    InputError
        When the study cannot be run.
    """
    ordered = sorted(set(dates))
    coverage, changes = [], []
    stations: gpd.GeoDataFrame | None = None
    for day in ordered:
        inputs = study.load()
        stations = inputs.frames["stations"]
        result = type(study)(replace(study.params, as_of=day)).run(inputs=inputs)
        table = result.table("indicators")
        rows = table[(table["unit_kind"] == "study") & table["id"].isin(_FIGURES)]
        coverage.append(rows[["rule", "id", "value"]].assign(as_of=day.isoformat()))
    for before, after in pairwise(ordered):
        if stations is not None:
            changes.append(station_changes(stations, before, after))
    return Series(
        pd.concat(coverage, ignore_index=True)[["as_of", "rule", "id", "value"]],
        pd.concat(changes, ignore_index=True) if changes else pd.DataFrame(columns=_COLUMNS),
    )


_COLUMNS = ["from", "to", "change", "station_id", "name", "metres"]


def station_changes(stations: gpd.GeoDataFrame, before: date, after: date) -> pd.DataFrame:
    """List what opened, closed and moved between two dates, by the dates of the register.

    A station that closes while one of the same name and tier opens more than 20 m away has moved, by `metres`.
    Stations are in a metric CRS.
    """
    then, now = open_on(stations, before), open_on(stations, after)
    key = [
        (fold(str(name)), tier)
        for name, tier in zip(stations["name"], stations["tier"], strict=True)
    ]
    opened = {key[row]: row for row in np.flatnonzero(now & ~then)}
    closed = {key[row]: row for row in np.flatnonzero(then & ~now)}
    both = [one for one in closed if one in opened]
    gaps = {
        one: float(
            stations.geometry.iloc[closed[one]].distance(stations.geometry.iloc[opened[one]])
        )
        for one in both
    }
    records = [("moved", opened[one], gaps[one]) for one in both if gaps[one] > MOVED_M]
    records += [("opened", row, np.nan) for one, row in opened.items() if one not in gaps]
    records += [("closed", row, np.nan) for one, row in closed.items() if one not in gaps]
    return pd.DataFrame(
        [
            {
                "from": before.isoformat(),
                "to": after.isoformat(),
                "change": change,
                "station_id": stations["station_id"].iloc[row],
                "name": stations["name"].iloc[row],
                "metres": metres,
            }
            for change, row, metres in sorted(records, key=lambda one: (one[0], one[1]))
        ],
        columns=_COLUMNS,
    )

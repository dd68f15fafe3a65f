"""Table schemas: column names, headers, units and types, and the tables of rejected rows."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

import geopandas as gpd
import pandas as pd

from geo.errors import Fault

if TYPE_CHECKING:
    from geo.read.raw import RawTable

REJECT_COLUMNS = ("input", "sheet", "row", "column", "value", "reason")
VERDICTS = ("covered", "uncovered", "unknown", "outside")
USES = ("residential", "office", "commercial", "industrial", "public", "other")
HOST_KINDS = ("tower", "park", "commercial", "compound", "standalone", "other")
ACCESS_SCOPES = ("public", "building", "members")
STATUSES = ("planned", "building", "open", "closed")


@dataclass(frozen=True)
class Column:
    """What one column means: Chinese and English header, unit, kind of value."""

    name: str
    zh: str
    en: str
    unit: str = ""
    kind: str = "text"  # text | number | count | share | minutes | date | flag | list


@dataclass(frozen=True)
class ReadResult:
    """One input as read: our column names, a known CRS, bad rows set aside.

    Attributes
    ----------
    frame
        Good rows. Geometry in the declared projected CRS, or EPSG:4326 (GCJ-02 and BD-09 are converted), or no CRS
        when the study is ``local``.
    rejects
        Rows set aside, columns `REJECT_COLUMNS`; ``reason`` is a sentence.
    faults
        Findings that do not stop the run.
    rows
        Rows in the file, good and bad.
    sha256
        Of the file's bytes.
    crs_note
        How the CRS came to be known: ``declared``, ``file``, ``gcj02``, ``bd09``, ``geojson``, ``osm``, ``local``.
    original
        The rows as they stand in a CSV or Excel file; None for other formats.
    """

    frame: gpd.GeoDataFrame
    rejects: pd.DataFrame
    faults: tuple[Fault, ...] = ()
    rows: int = 0
    sha256: str = ""
    crs_note: str = ""
    mapping: dict[str, str] = field(default_factory=dict)
    original: RawTable | None = None


@cache
def columns() -> dict[str, Column]:
    """Read ``geo/columns.toml``: every column of every table, by name."""
    text = files("geo").joinpath("columns.toml").read_text(encoding="utf-8")
    return {name: Column(name, **entry) for name, entry in tomllib.loads(text).items()}


def header(name: str, lang: str = "zh") -> str:
    """Return the printed header of a column with its unit; unknown (user) columns print as they are."""
    column = columns().get(name)
    if column is None:
        return name
    label = column.zh if lang == "zh" else column.en
    return (
        f"{label}（{column.unit}）"
        if column.unit and lang == "zh"
        else (f"{label} ({column.unit})" if column.unit else label)
    )


def nearest_name(wanted: str, present: Iterable[str]) -> str:
    """Return the name in `present` that `wanted` most likely means, or an empty string."""
    close = difflib.get_close_matches(wanted, [str(one) for one in present], n=1, cutoff=0.5)
    return close[0] if close else ""


def empty_rejects() -> pd.DataFrame:
    """Return a table of rejects without rows."""
    return pd.DataFrame({name: pd.Series(dtype="object") for name in REJECT_COLUMNS})


def reject_rows(records: Iterable[dict[str, object]]) -> pd.DataFrame:
    """Make a table of rejects from records with the keys of `REJECT_COLUMNS`."""
    frame = pd.DataFrame(list(records), columns=list(REJECT_COLUMNS))
    return frame if len(frame) else empty_rejects()

"""All tables that a judged study adds: time, height, matrix, gaps, programmes, roll-up, indicators."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.indicators.by_height import height_tables
from geo.indicators.by_time import coverage_by_time, hours_faults, hours_table
from geo.indicators.catalogue import BASES, Indicator, entry_of
from geo.indicators.findings import Findings, Floats
from geo.indicators.matrix import matrix_table
from geo.indicators.programmes import gap_units, line_stations, programme_buildings
from geo.indicators.rollup import rollup_table
from geo.indicators.standards import area_classes, published_figures
from geo.indicators.values import Extra, all_values
from geo.rounding import minutes_up, share_down


def indicator_tables(findings: Findings) -> dict[str, pd.DataFrame]:
    """Make the tables; those without rows that only some studies have are left out."""
    programmes = programme_buildings(findings)
    lines = line_stations(findings)
    gaps = gap_units(findings, programmes)
    extra = Extra(gaps, programmes, lines)
    findings.faults.extend(hours_faults(findings.stations))
    tables = {
        "indicators": indicator_table(findings, extra),
        "matrix": matrix_table(findings),
        "gap_units": gaps,
        "coverage_by_time": coverage_by_time(findings),
        "rollup": rollup_table(findings),
        "station_hours": hours_table(findings.stations),
        **height_tables(findings),
    }
    some = {
        "programme_buildings": programmes,
        "line_stations": lines,
        "area_classes": area_classes(findings),
        "published_figures": published_figures(findings),
    }
    return tables | {name: table for name, table in some.items() if len(table)}


def indicator_table(findings: Findings, extra: Extra) -> pd.DataFrame:
    """Long table of indicators, one row an (id, unit, rule); a value nobody knows is null, never zero."""
    whence = {basis: _provenance(findings, basis) for basis in BASES}
    parts = [
        (scope, one)
        for scope in findings.scopes.values()
        for one in all_values(findings, scope, extra)
    ]
    counts = [scope.count for scope, _ in parts]
    entries = [entry_of(one.id) for _, one in parts]

    def each(values: Sequence[object]) -> npt.NDArray[np.object_]:
        repeated = np.empty(len(values), dtype=object)
        repeated[:] = values
        return np.repeat(repeated, counts)

    table = {
        "id": each([one.id for _, one in parts]),
        "unit_kind": each([scope.kind for scope, _ in parts]),
        "unit_id": np.concatenate([scope.ids for scope, _ in parts]),
        "unit_name": np.concatenate([scope.names for scope, _ in parts]),
        "rule": each([one.rule for _, one in parts]),
        "name": each(
            [one.name or entry.zh for (_, one), entry in zip(parts, entries, strict=True)]
        ),
        "value": np.concatenate([one.value for _, one in parts]),
        "shown": np.concatenate(
            [printed(one.value, entry) for (_, one), entry in zip(parts, entries, strict=True)]
        ),
        "unit": each([entry.unit for entry in entries]),
        "numerator": np.concatenate([one.numerator for _, one in parts]),
        "denominator": np.concatenate([one.denominator for _, one in parts]),
        "scope": each([entry.counts for entry in entries]),
        "as_of": each([whence[entry.basis][0] for entry in entries]),
        "source": each([whence[entry.basis][1] for entry in entries]),
    }
    return pd.DataFrame(table)


def printed(values: Floats, entry: Indicator) -> npt.NDArray[np.object_]:
    """Write values as a person reads them: shares down and minutes up to 0.1; what is not known stays empty."""
    if entry.kind == "share":
        texts = [f"{100.0 * value:.1f}%" for value in share_down(values)]
    elif entry.kind == "minutes":
        texts = [f"{value:.1f}{entry.unit}" for value in minutes_up(values)]
    elif entry.kind == "count":
        texts = [f"{value:,.0f}{entry.unit}" for value in values]
    else:
        texts = [f"{value:,.{_digits(value)}f}{entry.unit}" for value in values]
    shown = np.array(texts, dtype=object)
    shown[~np.isfinite(values)] = None
    return shown


def _digits(value: float) -> int:
    return 0 if abs(value) >= 100 else 2


def _provenance(findings: Findings, basis: str) -> tuple[str, str]:
    """Date and source of a figure: usage has its own, all else is as of the study's day."""
    day = findings.params.as_of.isoformat()
    files = {kind: one.path.name for kind, one in findings.params.sources.items() if one.path}
    register = _said(findings.stations, "source") or files.get("stations", "")
    if basis == "usage":
        dates = findings.stations.get("usage_date")
        latest = dates.max() if dates is not None else pd.NaT
        own = _said(findings.stations, "usage_source")
        return (
            day if pd.isna(latest) else pd.Timestamp(latest).date().isoformat()
        ), own or register
    if basis == "register":
        return day, register
    if basis == "buildings":
        return day, files.get("buildings", "")
    return day, "、".join(dict.fromkeys(one for one in (*files.values(), register) if one))


def _said(stations: pd.DataFrame, column: str) -> str:
    """Name the sources a column states, the most frequent first, at most three."""
    if column not in stations.columns:
        return ""
    counts = stations[column].dropna().astype(str).value_counts()
    order = np.lexsort((counts.index.to_numpy(dtype=str), -counts.to_numpy()))
    return "、".join(counts.index[order][:3])

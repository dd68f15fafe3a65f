"""Standards of a profile: areas, area classes, checklist, and published figures beside what is counted."""

from __future__ import annotations

import numpy as np
import pandas as pd

from geo.indicators.findings import Bools, Findings, Floats, zone_row
from geo.profiles import AreaClass, Figure


def area_passes(findings: Findings) -> Floats:
    """Tell of every station whether it meets the area standard of its tier: 1, 0, nan without standard or area.

    A standard of "more than" is strict: exactly 1,000 m² is not more than 1,000 m².
    """
    area = findings.stations["area_m2"].to_numpy(dtype=np.float64)
    passes = np.full(len(area), np.nan)
    for tier in findings.profile.tiers:
        if tier.least_m2 is None:
            continue
        chosen = (findings.tier == tier.id) & np.isfinite(area)
        enough = area > tier.least_m2 if tier.strict else area >= tier.least_m2
        passes[chosen] = enough[chosen]
    return passes


def check_passes(findings: Findings) -> Floats:
    """Tell of every station whether it has all items of the checklist: 1, 0, nan where that is not known.

    One item that is missing settles it; otherwise one that nobody states leaves it open.
    """
    present = [one for one in findings.profile.checks if one in findings.stations.columns]
    count = len(findings.stations)
    if not present:
        return np.full(count, np.nan)
    flags = findings.stations[present].astype("Float64").to_numpy(dtype=np.float64, na_value=np.nan)
    lacks = (flags == 0).any(axis=1)
    unstated = np.isnan(flags).any(axis=1) | (len(present) < len(findings.profile.checks))
    return np.where(lacks, 0.0, np.where(unstated, np.nan, 1.0))


def in_class(area: Floats, one: AreaClass) -> Bools:
    """Tell which areas are in a class, larger ones included; an unknown area is in none."""
    known = np.nan_to_num(area, nan=-1.0)
    return known > one.size_m2 if one.strict else known >= one.size_m2


def area_classes(findings: Findings) -> pd.DataFrame:
    """Count stations by size, in the study and in every zone, both ways of reading the classes.

    Returns
    -------
    DataFrame
        ``unit_kind, unit_id, name, tier, size_class, comparison, size_m2, nested_count`` (larger classes included),
        ``disjoint_count`` (each station in its largest class only), ``area_unknown_count, relation``.
    """
    area = findings.stations["area_m2"].to_numpy(dtype=np.float64)
    parts = []
    tiers = [None, *findings.profile.tier_ids]
    for kind in ("study", "zone"):
        scope = findings.scopes.get(kind)
        for tier in tiers if scope is not None else ():
            of_tier = np.ones(len(area), bool) if tier is None else findings.tier == tier
            larger = np.zeros(len(area), dtype=bool)
            for one in findings.profile.area_classes:  # largest first
                nested = in_class(area, one) & of_tier
                if scope is None:
                    continue
                frame = scope.head().assign(
                    tier=tier,
                    size_class=one.name,
                    comparison=">" if one.strict else ">=",
                    size_m2=one.size_m2,
                    nested_count=scope.sum_stations(nested).astype(np.int64),
                    disjoint_count=scope.sum_stations(nested & ~larger).astype(np.int64),
                    area_unknown_count=scope.sum_stations(np.isnan(area) & of_tier).astype(
                        np.int64
                    ),
                    relation=findings.profile.area_relation,
                )
                larger |= nested
                parts.append(frame)
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()


def published_figures(findings: Findings) -> pd.DataFrame:
    """Set every published figure beside what this study counts; neither replaces the other.

    Returns
    -------
    DataFrame
        ``text, unit_kind, unit_id, indicator, comparison, published, counted, agrees, published_as_of, as_of, source``;
        ``counted`` and ``agrees`` are null for figures that nothing here counts.
    """
    records = []
    for one in findings.profile.figures:
        counted, kind, unit = _count(findings, one)
        records.append(
            {
                "text": one.text,
                "unit_kind": kind,
                "unit_id": unit,
                "indicator": one.indicator or None,
                "comparison": one.comparison,
                "published": one.value,
                "counted": counted,
                "agrees": None if counted is None else holds(counted, one),
                "published_as_of": one.as_of.isoformat() if one.as_of else None,
                "as_of": findings.params.as_of.isoformat(),
                "source": one.source,
            }
        )
    columns = [
        *(
            "text",
            "unit_kind",
            "unit_id",
            "indicator",
            "comparison",
            "published",
            "counted",
            "agrees",
        ),
        *("published_as_of", "as_of", "source"),
    ]
    return pd.DataFrame(records, columns=columns).astype(
        {"agrees": "boolean", "counted": "float64"}
    )


def holds(counted: float, figure: Figure) -> bool:
    """Tell whether a count bears out what a source says; 约 allows 5 %, 超过 (>) is strict."""
    value = figure.value
    return {
        "=": counted == value,
        ">": counted > value,
        ">=": counted >= value,
        "<": counted < value,
        "<=": counted <= value,
        "about": abs(counted - value) <= 0.05 * abs(value),
    }[figure.comparison]


def _count(findings: Findings, figure: Figure) -> tuple[float | None, str, str | None]:
    scope, row = findings.scopes["study"], 0
    if figure.zone:
        zones = findings.scopes.get("zone")
        found = zone_row(zones, figure.zone)
        if zones is None or found is None:
            return None, "zone", figure.zone
        scope, row = zones, found
    tiers = figure.tiers or findings.profile.tier_ids
    values = station_values(findings, figure.indicator, np.isin(findings.tier, list(tiers)))
    if values is None or not np.isfinite(values).any():
        return None, scope.kind, str(scope.ids[row])
    return float(scope.sum_stations(values)[row]), scope.kind, str(scope.ids[row])


def station_values(findings: Findings, indicator: str, chosen: Bools) -> Floats | None:
    """Return what each of the chosen stations adds to an indicator that is a plain sum; None for any other.

    A merged place counts once among the chosen: a place with stations of two tiers counts for each tier.
    """
    if indicator == "stations_count":
        return _first(findings, chosen).astype(np.float64)
    if indicator == "stations_area_m2":
        return place_area(findings, chosen)
    if indicator in ("sessions_count", "visits_count") and indicator in findings.stations.columns:
        values = findings.stations[indicator].to_numpy(dtype=np.float64)
        return np.where(chosen, values, np.nan)
    return None


def place_area(findings: Findings, chosen: Bools | None = None) -> Floats:
    """Area of every place, given to its first station; of merged places the largest area stated, counted once."""
    chosen = np.ones(len(findings.stations), dtype=bool) if chosen is None else chosen
    frame = pd.DataFrame(findings.stations)[["place_id", "area_m2"]]
    area = frame["area_m2"].where(chosen)
    largest = area.groupby(frame["place_id"]).transform("max").to_numpy(dtype=np.float64)
    return np.where(_first(findings, chosen), largest, np.nan)


def _first(findings: Findings, chosen: Bools) -> Bools:
    """Mark the first chosen station of every place."""
    first = np.zeros(len(chosen), dtype=bool)
    rows = np.flatnonzero(chosen)
    first[rows[~findings.stations["place_id"].iloc[rows].duplicated().to_numpy()]] = True
    return first

"""The matrix of a profile: how many stations of each tier there should be and are, and who has none (阵地空白点)."""

from __future__ import annotations

import numpy as np
import pandas as pd

from geo.errors import fault
from geo.indicators.belonging import station_communities, station_subdistricts
from geo.indicators.findings import Bools, Findings, Ints, Scope, zone_row
from geo.profiles import TierSpec

GAP_COLUMNS = ("unit_id", "kind", "gap", "name", "subdistrict_id", "tier", "expected", "actual")


def matrix_table(findings: Findings) -> pd.DataFrame:
    """Set expected beside actual counts, tier by tier.

    Returns
    -------
    DataFrame
        ``unit_kind, unit_id, name, tier, tier_name, expected_stated`` (what the source says, null for an open N),
        ``expected_units`` (one each of the units the study has), ``actual`` (places, merged ones once),
        ``stations_count`` (rows of the register), ``difference`` (actual less stated, else less units),
        ``units_without`` (units that have none), ``complete`` (enough in number, and no unit without),
        ``upgraded_count, upgraded_share, as_of, source``. Both expectations stay side by side.
    """
    scope, row = _scope(findings)
    inside = _inside(scope, row, len(findings.stations))
    profile = findings.profile
    records = []
    for tier in profile.tiers:
        of_tier = inside & (findings.tier == tier.id)
        actual = int(findings.stations["place_id"][of_tier].nunique())
        units = _unit_count(findings, tier)
        without = _without(findings, tier)
        expected = tier.expected if tier.expected is not None else units
        upgraded, known = _upgraded(findings, of_tier)
        records.append(
            {
                "unit_kind": scope.kind,
                "unit_id": scope.ids[row],
                "name": scope.names[row],
                "tier": tier.id,
                "tier_name": tier.name,
                "expected_stated": tier.expected,
                "expected_units": units,
                "actual": actual,
                "stations_count": int(of_tier.sum()),
                "difference": None if expected is None else actual - expected,
                "units_without": without,
                "complete": None if expected is None else actual >= expected and not without,
                "upgraded_count": upgraded if known else None,
                "upgraded_share": upgraded / known if known else None,
                "as_of": profile.as_of.isoformat() if profile.as_of else None,
                "source": profile.source or None,
            }
        )
    table = pd.DataFrame(records)
    for name in (
        "expected_stated",
        "expected_units",
        "difference",
        "units_without",
        "upgraded_count",
    ):
        table[name] = table[name].astype("Int64")
    return table.astype({"complete": "boolean", "upgraded_share": "float64"})


def _scope(findings: Findings) -> tuple[Scope, int]:
    """The zone that the expected counts hold for, else the whole study."""
    study, zone = findings.scopes["study"], findings.profile.zone
    if not zone:
        return study, 0
    zones = findings.scopes.get("zone")
    row = zone_row(zones, zone)
    if zones is None or row is None:
        findings.faults.append(fault("profile_zone_missing", "warning", zone=zone))
        return study, 0
    return zones, row


def _inside(scope: Scope, row: int, count: int) -> Bools:
    station, group = scope.unit.stations
    inside = np.zeros(count, dtype=bool)
    inside[station[group == row]] = True
    return inside


def _unit_count(findings: Findings, tier: TierSpec) -> int | None:
    if tier.each == "subdistrict":
        return len(findings.subdistricts)
    if tier.each == "community" and findings.communities is not None:
        return len(findings.communities)
    return None


def _upgraded(findings: Findings, of_tier: Bools) -> tuple[int, int]:
    """Count stations rebuilt, and those of which it is known."""
    if "upgraded" not in findings.stations.columns:
        return 0, 0
    said = findings.stations["upgraded"][of_tier]
    return int(said.fillna(False).sum()), int(said.notna().sum())


def unit_gaps(findings: Findings) -> pd.DataFrame:
    """List sub-districts and communities without the station that each of them must have."""
    parts = []
    for tier in findings.profile.tiers:
        found = _bare(findings, tier)
        if found is None:
            continue
        frame, bare = found
        above = frame["subdistrict_id"]
        parts.append(
            pd.DataFrame(
                {
                    "unit_id": frame[f"{tier.each}_id"].to_numpy(dtype=object)[bare],
                    "kind": tier.each,
                    "gap": "station",
                    "name": frame["name"].to_numpy(dtype=object)[bare],
                    "subdistrict_id": above.to_numpy(dtype=object)[bare],
                    "tier": tier.id,
                    "expected": 1,
                    "actual": 0,
                }
            )
        )
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=list(GAP_COLUMNS))


def _bare(findings: Findings, tier: TierSpec) -> tuple[pd.DataFrame, Ints] | None:
    """Return the units that must each have one of `tier`, and the rows of those that have none."""
    if tier.each == "subdistrict":
        frame, rows = findings.subdistricts, station_subdistricts(findings)
    elif tier.each == "community" and findings.communities is not None:
        frame, rows = findings.communities, station_communities(findings)
    else:
        return None
    of_tier = (findings.tier == tier.id) & (rows >= 0)
    has = np.bincount(rows[of_tier], minlength=len(frame))
    return pd.DataFrame(frame), np.flatnonzero(has == 0).astype(np.int32)


def _without(findings: Findings, tier: TierSpec) -> int | None:
    found = _bare(findings, tier)
    return None if found is None else len(found[1])

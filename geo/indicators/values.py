"""The values of all indicators, unit by unit, each with its numerator and denominator."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.coverage import COVERED, MAX_UNKNOWN_SHARE, UNKNOWN
from geo.indicators.belonging import station_communities
from geo.indicators.catalogue import entry_of, indicators
from geo.indicators.findings import KINDS, Bools, Findings, Floats, Scope, share
from geo.indicators.standards import area_passes, check_passes, place_area
from geo.tabulate import Judged, unit_figures

_OWN_WEIGHTS = ("count", "floor_area", "residents", "workers", "footprint")
_LEAST_SHOWN = 10.0  # smaller counts of a user's column may point at persons


@dataclass(frozen=True)
class Values:
    """One indicator for all units of one scope; nan where it is not known."""

    id: str
    value: Floats
    numerator: Floats
    denominator: Floats
    rule: str | None = None
    name: str | None = None


@dataclass(frozen=True)
class Extra:
    """What other tables of the study contribute."""

    gaps: pd.DataFrame
    programme_buildings: pd.DataFrame
    lines: pd.DataFrame


def all_values(findings: Findings, scope: Scope, extra: Extra) -> Iterator[Values]:
    """Compute every indicator that is reported for this kind of unit."""
    makers = [
        *(_of_rule(findings, scope, one) for one in findings.judged),
        *(_of_area(findings, scope, one) for one in findings.judged),
        *(_of_blind_areas(findings, scope, one) for one in findings.judged),
        _of_register(findings, scope),
        _of_people(findings, scope),
        _of_standards(findings, scope),
        _of_buildings(findings, scope, extra),
        _of_usage(findings, scope),
        _of_lines(scope, extra),
    ]
    for maker in makers:
        for one in maker:
            listed = one.id in indicators() or one.name is not None
            if listed and scope.kind in entry_of(one.id).units and np.isfinite(one.value).any():
                yield one


def _ratio(
    id_: str, above: Floats, below: Floats, times: float = 1.0, **more: str | None
) -> Values:
    return Values(id_, share(above, below) * times, above, below, **more)


def _plain(id_: str, value: Floats, rule: str | None = None) -> Values:
    empty = np.full(len(value), np.nan)
    return Values(id_, np.asarray(value, dtype=np.float64), empty, empty, rule)


def _of_rule(findings: Findings, scope: Scope, one: Judged) -> Iterator[Values]:
    rule = one.rule.name
    covered, judged = one.verdict == COVERED, one.verdict != UNKNOWN
    for weight, values in findings.demand.weights.items():
        above = scope.sum_buildings(values * covered)
        below = scope.sum_buildings(values * judged)
        if weight in _OWN_WEIGHTS:
            yield _ratio(f"coverage_{weight}_share", above, below, rule=rule)
            yield _ratio(f"floor_{weight}_share", above, scope.sum_buildings(values), rule=rule)
        else:
            yield _guarded(weight, above, below, rule)
    figures = unit_figures(scope.unit, one, findings.demand, scope.count)
    for name in ("unknown_share", "overlap_share", "minutes_mean", "minutes_p50", "minutes_p90"):
        yield _plain(name, figures[name].to_numpy(dtype=np.float64), rule)
    yield from _detour(findings, scope, one)
    yield from _communities(findings, scope, one)
    if scope.kind == "study":
        yield from _spread(findings, one)


def _guarded(weight: str, above: Floats, below: Floats, rule: str) -> Values:
    """Coverage by a user's column (party members, elderly): counts under ten are not shown."""
    few = (above < _LEAST_SHOWN) | (below < _LEAST_SHOWN)
    return Values(
        f"coverage_{weight}_share",
        share(above, below),
        np.where(few, np.nan, above),
        np.where(few, np.nan, below),
        rule,
        f"覆盖率（{weight}）",
    )


def _detour(findings: Findings, scope: Scope, one: Judged) -> Iterator[Values]:
    """Mean of walked over straight metres to the nearest station, by the rule's weight."""
    if one.rule.basis == "radius":
        return
    supply, demand, reach = findings.assessor.supply, findings.assessor.demand, one.reach
    weight = findings.demand.weights.get(one.rule.weight, findings.demand.weights["count"])
    ratio = np.full(demand.count, np.nan)
    at = np.flatnonzero((reach.station >= 0) & (reach.metres > 0))
    station = reach.station[at]
    straight = np.hypot(demand.x[at] - supply.x[station], demand.y[at] - supply.y[station])
    ratio[at] = reach.metres[at] / np.maximum(straight, 1.0)
    weight = np.where(np.isfinite(ratio), weight, 0.0)
    yield _ratio(
        "detour_mean",
        scope.sum_buildings(ratio * weight),
        scope.sum_buildings(weight),
        rule=one.rule.name,
    )


def _communities(findings: Findings, scope: Scope, one: Judged) -> Iterator[Values]:
    """Share of communities that reach the pass mark, of those that can be judged."""
    communities = findings.scopes.get("community")
    mark = one.rule.pass_mark
    if mark is None:
        mark = findings.profile.community_pass_share
    weight = one.rule.weight
    if communities is None or mark is None or weight not in findings.demand.weights:
        return
    figures = unit_figures(communities.unit, one, findings.demand, communities.count)
    found = figures[f"coverage_{weight}_share"].to_numpy(dtype=np.float64)
    fit = np.isfinite(found) & (figures["unknown_share"].to_numpy() <= MAX_UNKNOWN_SHARE)
    group = community_groups(findings, scope)
    passes = fit & (found >= mark)
    yield _ratio(
        "community_pass_share",
        _count(group, passes, scope.count),
        _count(group, fit, scope.count),
        rule=one.rule.name,
    )


def community_groups(findings: Findings, scope: Scope) -> npt.NDArray[np.int64]:
    """Row of the unit of `scope` (study or sub-district) that each community belongs to, -1 for none."""
    if findings.communities is None:
        return np.empty(0, dtype=np.int64)
    if scope.kind != "subdistrict":
        return np.zeros(len(findings.communities), dtype=np.int64)
    row_of = {str(one): row for row, one in enumerate(scope.ids)}
    above = findings.communities["subdistrict_id"]
    return np.array([row_of.get(str(one), -1) for one in above], dtype=np.int64)


def _count(group: npt.NDArray[np.int64], chosen: Bools, count: int) -> Floats:
    held = chosen & (group >= 0)
    return np.bincount(group[held], minlength=count).astype(np.float64)


def _spread(findings: Findings, one: Judged) -> Iterator[Values]:
    """Gap between the best and the worst sub-district, and the Gini coefficient; sub-districts unknown are left out."""
    weight = one.rule.weight if one.rule.weight in findings.demand.weights else "count"
    scope, values = findings.scopes["subdistrict"], findings.demand.weights[weight]
    found = share(
        scope.sum_buildings(values * (one.verdict == COVERED)),
        scope.sum_buildings(values * (one.verdict != UNKNOWN)),
    )
    found = found[np.isfinite(found)]
    if len(found) == 0:
        return
    yield _plain("spread_points", np.array([100.0 * (found.max() - found.min())]), one.rule.name)
    yield _plain("gini", np.array([gini(found)]), one.rule.name)


def gini(values: Floats) -> float:
    """Mean difference of all pairs over twice the mean; nan where all are zero.

    Examples
    --------
    >>> gini(np.array([1.0, 1.0]))
    0.0
    >>> gini(np.array([0.0, 1.0]))
    0.5
    """
    mean = float(values.mean())
    apart = float(np.abs(values[:, None] - values[None, :]).sum())
    return apart / (2.0 * len(values) ** 2 * mean) if mean > 0 else float("nan")


def _of_register(findings: Findings, scope: Scope) -> Iterator[Values]:
    first = findings.first_of_place()
    places = scope.sum_stations(first)
    yield _plain("stations_count", places)
    yield _plain("register_rows_count", scope.sum_stations(np.ones(len(first))))
    exemplary = findings.stations["exemplary"]
    if exemplary.notna().any():
        yield _plain("exemplary_count", scope.sum_stations(exemplary.fillna(False).to_numpy(bool)))
    yield _ratio("station_density", places, scope.area_m2 / 1e6)
    area = place_area(findings)
    known = scope.sum_stations(np.isfinite(area))
    total = np.where(known > 0, scope.sum_stations(area), np.nan)
    yield Values("stations_area_m2", total, total, known)
    yield _ratio("stations_area_mean_m2", total, known)
    yield _ratio("area_per_100_households", total, scope.households, 100.0)
    yield from _households(findings, scope, area)


def _households(findings: Findings, scope: Scope, area: Floats) -> Iterator[Values]:
    communities = findings.scopes.get("community")
    if communities is None or scope.kind not in ("study", "subdistrict"):
        return
    rows = station_communities(findings)
    held = (rows >= 0) & np.isfinite(area)
    total = np.bincount(rows[held], weights=area[held], minlength=communities.count)
    known = communities.households > 0
    enough = known & (
        share(total, communities.households) * 100.0 >= findings.profile.households_m2
    )
    group = community_groups(findings, scope)
    yield _ratio(
        "households_pass_share",
        _count(group, enough, scope.count),
        _count(group, known, scope.count),
    )


def _of_people(findings: Findings, scope: Scope) -> Iterator[Values]:
    places = scope.sum_stations(findings.first_of_place())
    area = place_area(findings)
    total = np.where(scope.sum_stations(np.isfinite(area)) > 0, scope.sum_stations(area), np.nan)
    weights = findings.demand.weights
    if "residents" in weights:
        residents = scope.sum_buildings(weights["residents"])
        yield _ratio("stations_per_10k", places, residents, 10_000.0)
        yield _ratio("area_per_1000", total, residents, 1_000.0)
    if "workers" in weights:
        workers = scope.sum_buildings(weights["workers"])
        yield _ratio("stations_per_10k_workers", places, workers, 10_000.0)


def _of_standards(findings: Findings, scope: Scope) -> Iterator[Values]:
    flags = {"area_pass_share": area_passes(findings), "checks_pass_share": check_passes(findings)}
    if "upgraded" in findings.stations.columns:
        said = findings.stations["upgraded"].astype("Float64")
        flags["upgraded_share"] = said.to_numpy(dtype=np.float64, na_value=np.nan)
    for name, passes in flags.items():
        yield _ratio(name, scope.sum_stations(passes), scope.sum_stations(np.isfinite(passes)))


def _of_buildings(findings: Findings, scope: Scope, extra: Extra) -> Iterator[Values]:
    for name in ("org", "work"):
        said = findings.buildings[f"{name}_covered"].astype("Float64")
        flags = said.to_numpy(dtype=np.float64, na_value=np.nan)
        if np.isfinite(flags).any():
            known = scope.sum_buildings(np.isfinite(flags).astype(np.float64))
            yield _ratio(f"{name}_covered_share", scope.sum_buildings(flags), known)
    if len(extra.programme_buildings):
        listed = extra.programme_buildings.drop_duplicates("building_id").set_index("building_id")
        state = findings.buildings["building_id"].map(listed["state"])
        yield _ratio(
            "programme_share",
            scope.sum_buildings((state == "own").to_numpy(np.float64)),
            scope.sum_buildings(state.notna().to_numpy(np.float64)),
        )
    yield from _gaps(scope, extra.gaps)


def _of_area(findings: Findings, scope: Scope, one: Judged) -> Iterator[Values]:
    for table, shares in findings.area_shares.items():
        if KINDS.get(table, table) == scope.kind:
            yield _plain("coverage_area_share", shares[one.rule.name], one.rule.name)


def _of_blind_areas(findings: Findings, scope: Scope, one: Judged) -> Iterator[Values]:
    """Count blind areas (服务盲区) and the residents in them; a study without blind areas has 0 of them."""
    if findings.blind_areas is None or scope.kind not in ("study", "subdistrict"):
        return
    areas, rule = findings.blind_areas, one.rule.name
    rows = areas[areas["rule"] == rule] if len(areas) else areas
    unit = np.zeros(len(rows), dtype=np.int64)
    if scope.kind == "subdistrict":
        unit = (
            pd.Index(scope.ids).get_indexer(pd.Index(rows["subdistrict_id"])) if len(rows) else unit
        )
    found = np.bincount(unit, minlength=scope.count).astype(np.float64)
    yield _plain("blind_areas_count", found, rule)
    if "residents" in findings.demand.weights:
        people = np.nan_to_num(rows["residents"].to_numpy(np.float64)) if len(rows) else np.empty(0)
        sums = np.bincount(unit, people, minlength=scope.count).astype(np.float64)
        yield _plain("blind_residents", sums, rule)


def _gaps(scope: Scope, gaps: pd.DataFrame) -> Iterator[Values]:
    for name, gap in (("gap_units_count", "station"), ("org_gap_units_count", "organisation")):
        rows = gaps[gaps["gap"] == gap]
        if scope.kind == "study":
            found = np.array([float(len(rows))])
        else:
            of_unit = rows["subdistrict_id"].value_counts()
            found = pd.Series(scope.ids).map(of_unit).fillna(0).to_numpy(np.float64)
        if gap == "station" or len(rows):
            yield _plain(name, found)


def _of_usage(findings: Findings, scope: Scope) -> Iterator[Values]:
    values = {}
    for name in ("sessions_count", "visits_count"):
        if name in findings.stations.columns:
            values[name] = findings.stations[name].to_numpy(dtype=np.float64)
            known = scope.sum_stations(np.isfinite(values[name]))
            total = np.where(known > 0, scope.sum_stations(values[name]), np.nan)
            yield Values(name, total, total, known)
    if len(values) == 2:
        both = np.isfinite(values["sessions_count"]) & np.isfinite(values["visits_count"])
        sums = [scope.sum_stations(np.where(both, one, np.nan)) for one in values.values()]
        yield _ratio("visits_per_session", sums[1], sums[0])


def _of_lines(scope: Scope, extra: Extra) -> Iterator[Values]:
    if scope.kind != "study" or len(extra.lines) == 0:
        return
    gaps = extra.lines["gap_m"].to_numpy(dtype=np.float64)
    if np.isfinite(gaps).any():
        known = np.array([float(np.isfinite(gaps).sum())])
        yield _ratio("line_spacing_m", np.array([np.nansum(gaps)]), known)
        yield _plain("line_spacing_max_m", np.array([np.nanmax(gaps)]))

"""Coverage by time of the week: a station counts when it is known to be open during the whole slice."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.coverage import COVERED, FAR, UNKNOWN, Demand, verdicts
from geo.errors import Fault, fault
from geo.indicators.findings import Bools, Findings, Floats, Scope, share
from geo.messages import catalogue, say
from geo.opening import CLOSED, OPEN, TimeSlice, open_states, parse_hours, read_slice
from geo.opening import UNKNOWN as HOURS_UNKNOWN
from geo.params import Rule
from geo.tabulate import Judged

_KINDS = ("study", "subdistrict", "zone")


def open_masks(
    rules: tuple[Rule, ...], stations: pd.DataFrame
) -> tuple[dict[str, Bools], list[Fault]]:
    """Tell for every ``Rule.open`` which stations are known to be open then; unknown hours do not count."""
    masks: dict[str, Bools] = {}
    faults: list[Fault] = []
    for rule in rules:
        when = read_slice(rule.open)
        if when is None:
            continue
        states = open_states(stations["opening_hours"], when)
        masks[rule.open] = states == OPEN
        unknown = int((states == HOURS_UNKNOWN).sum())
        if unknown:
            faults.append(
                fault(
                    "rule_hours_unknown", "warning", rule=rule.name, open=rule.open, count=unknown
                )
            )
    return masks, faults


def hours_table(stations: pd.DataFrame) -> pd.DataFrame:
    """Write the week of every station, as it was understood."""
    rows = []
    for station, name, text in zip(
        stations["station_id"], stations["name"], stations["opening_hours"], strict=True
    ):
        week = None if pd.isna(text) else parse_hours(str(text))
        texts = {} if week is None else week.texts()
        rows.append(
            {
                "station_id": station,
                "name": name,
                "opening_hours": None if pd.isna(text) else text,
                "hours_known": week is not None,
                **{day: texts.get(day) for day in _DAYS},
            }
        )
    columns = ["station_id", "name", "opening_hours", "hours_known", *_DAYS]
    return pd.DataFrame(rows, columns=columns)


_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun", "holiday")


def hours_faults(stations: pd.DataFrame) -> list[Fault]:
    """Count the stations whose hours are missing or cannot be read."""
    texts = stations["opening_hours"].astype(object)
    bad = [text for text in texts if pd.isna(text) or parse_hours(str(text)) is None]
    if not bad:
        return []
    examples = sorted({str(text) for text in bad if not pd.isna(text)})[:3]
    shown = "、".join(f"“{one}”" for one in examples) or "—"
    return [fault("hours_unknown", "info", count=len(bad), examples=shown)]


def coverage_by_time(findings: Findings) -> pd.DataFrame:
    """Report coverage at each slice of the profile, for the study, its sub-districts and its zones.

    Returns
    -------
    DataFrame
        ``unit_kind, unit_id, name, rule, slice, slice_hours, stations_count, stations_open_count,
        stations_hours_unknown_count``, then for each weight ``coverage_W_share`` (hours unknown: not open) and
        ``most_W_share`` (hours unknown: open); the truth lies between. No search: the pairs within the limit are known.
    """
    parts = []
    for name, text in findings.profile.slices.items():
        when = read_slice(text)
        if when is None:
            continue
        states = open_states(findings.stations["opening_hours"], when)
        for one in findings.judged:
            if one.rule.open == "any":
                parts.append(
                    _slice(findings, one, states, slice_name(name)).assign(slice_hours=text)
                )
    table = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()
    head = ["unit_kind", "unit_id", "name", "rule", "slice", "slice_hours"]
    return table[[*head, *(one for one in table.columns if one not in head)]] if parts else table


def slice_name(name: str) -> str:
    """Return how a slice is printed; one a profile names itself keeps its name."""
    code = f"slice_{name}"
    return say(code) if code in catalogue() else name


def _slice(
    findings: Findings, one: Judged, states: npt.NDArray[np.int8], name: str
) -> pd.DataFrame:
    counting = findings.assessor.counting(one.rule, one.rule.tiers)
    at_least = verdicts_when(one, states == OPEN)
    at_most = verdicts_when(one, states != CLOSED)
    parts = []
    for scope in (findings.scopes[kind] for kind in _KINDS if kind in findings.scopes):
        frame = scope.head().assign(rule=one.rule.name, slice=name)
        frame["stations_count"] = _whole(scope.sum_stations(counting))
        frame["stations_open_count"] = _whole(scope.sum_stations(counting & (states == OPEN)))
        unknown = counting & (states == HOURS_UNKNOWN)
        frame["stations_hours_unknown_count"] = _whole(scope.sum_stations(unknown))
        least, most = (shares(scope, findings.demand, each) for each in (at_least, at_most))
        for weight in least:
            frame[f"coverage_{weight}_share"] = least[weight]
            frame[f"most_{weight}_share"] = most[weight]
        parts.append(frame)
    return pd.concat(parts, ignore_index=True)


def verdicts_when(one: Judged, mask: Bools) -> npt.NDArray[np.int8]:
    """Judge again with some of the stations only."""
    pairs = one.pairs.where(mask[one.pairs.station])
    reached = np.bincount(pairs.building, minlength=len(one.verdict)) > 0
    return verdicts(replace(one.reach, cost=np.where(reached, np.int64(0), FAR)))


def shares(scope: Scope, demand: Demand, verdict: npt.NDArray[np.int8]) -> dict[str, Floats]:
    """Coverage of every unit by every weight; unknown left out."""
    judged = verdict != UNKNOWN
    return {
        name: share(
            scope.sum_buildings(values * (verdict == COVERED)), scope.sum_buildings(values * judged)
        )
        for name, values in demand.weights.items()
    }


def _whole(values: Floats) -> npt.NDArray[np.int64]:
    return np.rint(values).astype(np.int64)


__all__ = [
    "TimeSlice", "coverage_by_time", "hours_faults", "hours_table", "open_masks", "shares", "slice_name",
    "verdicts_when",
]  # fmt: skip

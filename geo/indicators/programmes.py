"""Programmes: buildings that should have a station (有楼无站), parks (有园无站), and stations along a line (驿站群)."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.coverage import COVERED, FAR
from geo.errors import fault
from geo.indicators.findings import Bools, Findings
from geo.indicators.matrix import GAP_COLUMNS, unit_gaps
from geo.names import fold
from geo.profiles import Programme

_KIND_OF_USE = {"office": "tower", "commercial": "commercial", "industrial": "park"}


def tagged(cells: pd.Series, name: str) -> Bools:
    """Tell which rows name a programme."""
    wanted = fold(name)
    return np.array(
        [
            isinstance(cell, list | tuple | np.ndarray)
            and any(fold(str(one)) == wanted for one in cell)
            for cell in cells
        ],
        dtype=bool,
    )


def programme_buildings(findings: Findings) -> pd.DataFrame:
    """Say of every building a programme names whether it has a station of its own, is served by name, or nearby.

    Returns
    -------
    DataFrame
        ``programme, building_id, name, subdistrict_id, use, stations_count`` (inside), ``serving_count`` (stations
        elsewhere that name it), ``state`` (own, assigned, nearby, none), ``station_id, minutes`` (nearest under
        the study's first rule).
    """
    columns = [
        *(
            "programme",
            "building_id",
            "name",
            "subdistrict_id",
            "use",
            "stations_count",
            "serving_count",
        ),
        *("state", "station_id", "minutes"),
    ]
    parts = [
        _of_programme(findings, one)
        for one in findings.profile.programmes
        if one.kind == "buildings" and "programmes" in findings.buildings.columns
    ]
    parts = [one for one in parts if len(one)]
    return pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)


def _of_programme(findings: Findings, programme: Programme) -> pd.DataFrame:
    rows = np.flatnonzero(tagged(findings.buildings["programmes"], programme.name))
    count = len(findings.buildings)
    own = np.bincount(findings.host[findings.host >= 0], minlength=count)
    named = np.bincount(findings.served[:, 1], minlength=count) - own
    one = findings.headline
    reach = one.reach
    state = np.select(
        [own[rows] > 0, named[rows] > 0, one.verdict[rows] == COVERED],
        ["own", "assigned", "nearby"],
        default="none",
    )
    ids = findings.stations["station_id"].to_numpy(dtype=object)
    nearest = reach.station[rows]
    found = np.full(len(rows), None, dtype=object)
    found[nearest >= 0] = ids[nearest[nearest >= 0]]
    minutes = np.where(reach.cost[rows] == FAR, np.nan, reach.cost[rows] / 60_000.0)
    frame = pd.DataFrame(findings.buildings)[["building_id", "name", "subdistrict_id", "use"]].iloc[
        rows
    ]
    return frame.reset_index(drop=True).assign(
        programme=programme.name,
        stations_count=own[rows],
        serving_count=np.maximum(named[rows], 0),
        state=state,
        station_id=found,
        minutes=minutes if one.rule.basis == "time" else np.nan,
    )


def gap_units(findings: Findings, programme_rows: pd.DataFrame) -> pd.DataFrame:
    """List who has none: sub-districts, communities, buildings and zones of programmes; buildings without organisation.

    ``gap`` tells 阵地空白点 (``station``) from 组织空白点 (``organisation``); blind areas are neither.
    """
    parts = [unit_gaps(findings), _bare_buildings(programme_rows), _bare_zones(findings)]
    parts.append(_without_organisation(findings))
    filled = [one[list(GAP_COLUMNS)] for one in parts if len(one)]
    if not filled:
        return pd.DataFrame(columns=list(GAP_COLUMNS))
    return pd.concat(filled, ignore_index=True)


def _bare_buildings(rows: pd.DataFrame) -> pd.DataFrame:
    bare = rows[rows["state"] != "own"]
    kinds = bare["use"].map(lambda use: _KIND_OF_USE.get(str(use), "building")).astype(object)
    return bare.assign(
        unit_id=bare["building_id"], kind=kinds, gap="station", tier=None, expected=1, actual=0
    ).drop_duplicates("unit_id")


def _bare_zones(findings: Findings) -> pd.DataFrame:
    """Parks of a programme that names a layer of zones."""
    zones, frames = findings.scopes.get("zone"), []
    for one in findings.profile.programmes:
        if one.kind != "zones" or zones is None:
            continue
        layer = zones.unit.frame.get("zone_layer")
        of_layer = np.ones(zones.count, bool) if layer is None else (layer == one.layer).to_numpy()
        has = zones.sum_stations(np.ones(len(findings.stations)))
        bare = np.flatnonzero(of_layer & (has == 0))
        frames.append(
            pd.DataFrame({"unit_id": zones.ids[bare], "name": zones.names[bare]}).assign(
                kind="park", gap="station", subdistrict_id=None, tier=None, expected=1, actual=0
            )
        )
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()


def _without_organisation(findings: Findings) -> pd.DataFrame:
    said = findings.buildings["org_covered"]
    bare = pd.DataFrame(findings.buildings)[(said == False).fillna(False).to_numpy(bool)]  # noqa: E712
    return pd.DataFrame(
        {
            "unit_id": bare["building_id"],
            "kind": bare["use"].map(lambda use: _KIND_OF_USE.get(str(use), "building")),
            "gap": "organisation",
            "name": bare["name"],
            "subdistrict_id": bare["subdistrict_id"],
            "tier": None,
            "expected": 1,
            "actual": 0,
        }
    )


def line_stations(findings: Findings) -> pd.DataFrame:
    """Order the stations of every line group along its line, with the gap to the next.

    Returns
    -------
    DataFrame
        ``programme, order, station_id, name, position_m, offset_m`` (from the line), ``gap_m`` (to the next, null for
        the last), ``line_m``. A group belongs to the line of its name.
    """
    columns = [
        "programme",
        "order",
        "station_id",
        "name",
        "position_m",
        "offset_m",
        "gap_m",
        "line_m",
    ]
    lines, parts = findings.lines, []
    if lines is None or len(lines) == 0:
        return pd.DataFrame(columns=columns)
    for name in dict.fromkeys(lines["name"].dropna().astype(str)):
        rows = np.flatnonzero(tagged(findings.stations["programmes"], name))
        if len(rows) == 0:
            findings.faults.append(fault("line_without_stations", "warning", name=name))
            continue
        parts.append(
            _along(findings.stations.iloc[rows], _line(lines, name)).assign(programme=name)
        )
    return pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)


def _line(lines: gpd.GeoDataFrame, name: str) -> shapely.Geometry:
    """Join the pieces of one line; of several that do not meet the longest counts."""
    merged = shapely.line_merge(shapely.union_all(lines.geometry[lines["name"] == name].to_numpy()))
    pieces = np.asarray(shapely.get_parts(merged), dtype=object)
    longest: shapely.Geometry = pieces[int(np.argmax(shapely.length(pieces)))]
    return longest


def _along(stations: gpd.GeoDataFrame, line: shapely.Geometry) -> pd.DataFrame:
    points = np.asarray(stations.geometry.to_numpy(), dtype=object)
    lines = np.full(len(points), line, dtype=object)
    position = np.asarray(shapely.line_locate_point(lines, points), dtype=np.float64)
    ids = stations["station_id"].to_numpy(dtype=object).astype(str)
    order = np.lexsort((ids, position))
    along = position[order]
    return pd.DataFrame(
        {
            "order": np.arange(1, len(order) + 1),
            "station_id": ids[order],
            "name": stations["name"].to_numpy(dtype=object)[order],
            "position_m": along,
            "offset_m": shapely.distance(points, lines)[order],
            "gap_m": np.append(np.diff(along), np.nan),
            "line_m": float(shapely.length(line)),
        }
    )

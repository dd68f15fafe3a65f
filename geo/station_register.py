"""The register as a study understands it: areas by official name, stations without coordinates found by name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.area_names import Areas, Named, with_official_names
from geo.errors import Fault, InputError, fault
from geo.matching import NOTHING, THRESHOLD, Directory, Found, plain_address
from geo.messages import say
from geo.params import Source
from geo.read.headers import plain_header
from geo.read.stations import read_stations
from geo.read.values import TEXT
from geo.tables import ReadResult, reject_rows

if TYPE_CHECKING:
    from geo.read.osm import OsmExtract

_SECTION = "stations"
_ADDRESS_HEADERS = (
    "address",
    "地址",
    "详细地址",
    "门牌地址",
    "门牌",
    "楼宇地址",
    "建筑地址",
    "addr:full",
)
_TOO_MANY = 0.5
LOCATED_COLUMNS = ("located_by", "located_at", "located_score")


def read_register(
    source: Source,
    *,
    frames: Mapping[str, gpd.GeoDataFrame],
    aliases: Mapping[str, str],
    tiers: Mapping[str, str],
    checks: tuple[str, ...] = (),
    default_tier: str = "community",
    extract: OsmExtract | None = None,
) -> ReadResult:
    """Read the stations of a study.

    Parameters
    ----------
    frames
        ``subdistricts``, ``buildings`` and perhaps ``communities``, in the study's CRS.
    aliases
        Other writings of areas -> official name, of the city profile.

    Returns
    -------
    ReadResult
        As `read_stations` gives it, with official names of sub-district and community, and a place for stations
        without coordinates whose building or address the study knows; those carry `LOCATED_COLUMNS`. The rest
        of them is set aside, and so are rows whose community could be one of two.

    Raises
    ------
    InputError
        See `read_stations`; also when more than half of the rows are set aside in the end.
    """
    read = read_stations(
        source,
        tiers=tiers,
        checks=checks,
        default_tier=default_tier,
        placed_later=True,
        extract=extract,
    )
    file = source.path.name if source.path else ""
    areas = Areas(frames["subdistricts"], frames.get("communities"), aliases)
    points = _in_crs_of(read.frame, frames["subdistricts"])
    named = with_official_names(read.frame, points, areas, file)
    placed = _Locator(named, points, frames["buildings"], areas).placed()
    frame, faults = _with_places(named.frame, placed, frames["buildings"], file)
    reasons = _reasons(named, frame, placed)
    read = replace(read, frame=frame, faults=(*read.faults, *named.faults, *faults))
    return _set_aside(read, reasons, file)


def _in_crs_of(frame: gpd.GeoDataFrame, other: gpd.GeoDataFrame) -> np.ndarray:
    """Return the points of a frame in the CRS of another, where both have one."""
    if frame.crs is None or other.crs is None:
        return np.asarray(frame.geometry.to_numpy(), dtype=object)
    return np.asarray(frame.geometry.to_crs(other.crs).to_numpy(), dtype=object)


@dataclass(frozen=True)
class _Place:
    """Where a station without coordinates was found: how, by what, and the point."""

    found: Found
    by: str
    point: shapely.Point | None = None


class _Locator:
    """Looks stations up among the study's buildings and the stations that have coordinates."""

    def __init__(
        self, named: Named, points: np.ndarray, buildings: gpd.GeoDataFrame, areas: Areas
    ) -> None:
        self._stations = named.frame
        self._missing = np.flatnonzero(shapely.is_missing(points))
        self._within = [
            areas.subdistricts.geometry.iloc[row] if row >= 0 else None for row in named.subdistrict
        ]
        if not len(self._missing):
            return
        inner = np.asarray(shapely.point_on_surface(buildings.geometry.to_numpy()), dtype=object)
        self._names = _directory(buildings["name"], inner)
        self._ids = _directory(buildings["building_id"], inner)
        column = _address_column(buildings)
        none = pd.Series(None, index=buildings.index, dtype=object)
        self._addresses = _directory(buildings[column] if column else none, inner, addresses=True)
        known = np.flatnonzero(~shapely.is_missing(points))
        others = self._stations.iloc[known]
        self._other_addresses = _directory(others["address"], points[known], addresses=True)
        hosts = others["host_building_ids"].map(_first_of)
        self._other_hosts = _directory(hosts, points[known])

    def placed(self) -> dict[int, _Place]:
        """Return the place of every station without coordinates, found or not."""
        return {int(row): self._place(int(row)) for row in self._missing}

    def _place(self, row: int) -> _Place:
        best = _Place(NOTHING, "")
        for by, directory, found in self._tries(row):
            if found.row >= 0:
                return _Place(found, by, directory.points[found.row])
            if found.score > best.found.score:
                best = _Place(found, by)
        return best

    def _tries(self, row: int) -> Iterator[tuple[str, _Known, Found]]:
        """Look a station up by its building, then by its address; among buildings, then among stations."""
        within = self._within[row]
        hosts = self._stations["host_building_ids"].iloc[row]
        for name in hosts if isinstance(hosts, list) else ():
            yield "building_id", self._ids, self._ids.directory.find_written(name, within)
            for by, known in (
                ("building_name", self._names),
                ("station_building", self._other_hosts),
            ):
                yield by, known, known.directory.find(name, within)
        address = self._stations["address"].iloc[row]
        if isinstance(address, str) and plain_address(address):
            for by, known in (
                ("building_address", self._addresses),
                ("station_address", self._other_addresses),
            ):
                yield by, known, known.directory.find(address, within)
            yield "name_in_address", self._names, self._names.directory.find_inside(address, within)


@dataclass(frozen=True)
class _Known:
    """A directory with the points of its places."""

    directory: Directory
    points: np.ndarray


def _directory(texts: pd.Series, points: np.ndarray, *, addresses: bool = False) -> _Known:
    given = texts.notna().to_numpy(bool)
    words = texts[given].astype(str).tolist()
    return _Known(Directory(words, points[given], addresses=addresses), points[given])


def _first_of(names: object) -> str | None:
    return str(names[0]) if isinstance(names, list) and names else None


def _address_column(buildings: gpd.GeoDataFrame) -> str | None:
    wanted = {plain_header(one) for one in _ADDRESS_HEADERS}
    found = [str(name) for name in buildings.columns if plain_header(str(name)) in wanted]
    return next(iter(found), None)


def _with_places(
    frame: gpd.GeoDataFrame, placed: Mapping[int, _Place], buildings: gpd.GeoDataFrame, file: str
) -> tuple[gpd.GeoDataFrame, list[Fault]]:
    """Put the points found into the register, with how they were found."""
    good = {row: one for row, one in placed.items() if one.point is not None}
    if not good:
        return frame, []
    rows = list(good)
    series = gpd.GeoSeries([good[row].point for row in rows], crs=buildings.crs)
    if frame.crs is not None and buildings.crs is not None:
        series = series.to_crs(frame.crs)
    shapes = frame.geometry.to_numpy().copy()
    shapes[rows] = series.to_numpy()
    columns = {name: pd.Series(None, index=frame.index, dtype=object) for name in LOCATED_COLUMNS}
    columns["located_by"].iloc[rows] = [f"{good[row].by}" for row in rows]
    columns["located_at"].iloc[rows] = [good[row].found.text for row in rows]
    columns["located_score"].iloc[rows] = [round(good[row].found.score, 3) for row in rows]
    texts = {name: columns[name].astype(TEXT) for name in LOCATED_COLUMNS[:2]}
    score = pd.to_numeric(columns["located_score"]).astype(np.float64)
    frame = frame.assign(**texts, located_score=score)
    frame = frame.set_geometry(gpd.GeoSeries(shapes, index=frame.index, crs=frame.crs))
    nearly = [row for row in rows if good[row].found.how == "fuzzy"]
    faults = [fault("stations_located", "warning", file=file, count=len(rows), nearly=len(nearly))]
    if nearly:
        pairs = "、".join(
            f"{frame['name'].iloc[row]}→{good[row].found.text}（{good[row].found.score:.2f}）"
            for row in nearly[:8]
        )
        limit = f"{THRESHOLD:.2f}"
        faults.append(
            fault("stations_located_nearly", "warning", file=file, pairs=pairs, threshold=limit)
        )
    return frame, faults


def _reasons(
    named: Named, frame: gpd.GeoDataFrame, placed: Mapping[int, _Place]
) -> dict[int, dict[str, object]]:
    """Return row -> column, value and reason of the stations that cannot be used."""
    reasons: dict[int, dict[str, object]] = {}
    for row, one in placed.items():
        if one.point is not None:
            continue
        found = one.found
        params = {"nearest": found.text, "score": f"{found.score:.2f}"}
        code = "reject_no_coordinates"
        if found.how == "several":
            code = "reject_place_several"
        elif found.text:
            code = "reject_place_unsure"
        reason = say(code, {**params, "threshold": f"{THRESHOLD:.2f}"})
        address = frame["address"].iloc[row]
        value = address if isinstance(address, str) else ""
        reasons[row] = {"column": "", "value": value, "reason": reason}
    for row, candidates in named.ambiguous.items():
        name = str(frame["community_name"].iloc[row])
        reason = say("reject_community_ambiguous", {"value": name, "candidates": candidates})
        reasons[row] = {"column": "community_name", "value": name, "reason": reason}
    return reasons


def _set_aside(
    read: ReadResult, reasons: Mapping[int, Mapping[str, object]], file: str
) -> ReadResult:
    if not reasons:
        return read
    frame = read.frame
    records = [
        {
            "input": _SECTION,
            "sheet": frame["source_sheet"].iloc[row] or "",
            "row": int(frame["source_row"].iloc[row]),
            **one,
            "column": read.mapping.get(str(one["column"]), str(one["column"])),
        }
        for row, one in sorted(reasons.items())
    ]
    lost = read.rows - len(frame) + len(records)
    if lost > _TOO_MANY * read.rows:
        first = records[0]["reason"]
        raise InputError(
            fault(
                "too_many_rejected",
                section=_SECTION,
                file=file,
                rows=read.rows,
                rejected=lost,
                reason=first,
                count=len(records),
            )
        )
    keep = np.ones(len(frame), dtype=bool)
    keep[list(reasons)] = False
    return replace(
        read,
        frame=frame[keep].reset_index(drop=True),
        rejects=pd.concat([read.rejects, reject_rows(records)], ignore_index=True),
    )

"""Which sub-district and community a register means: codes win over names, a name that two bear is never guessed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.errors import Fault, fault
from geo.names import fold_community, fold_subdistrict
from geo.read.values import TEXT
from geo.tables import nearest_name

AREA_COLUMNS = ("subdistrict_code", "subdistrict_name", "community_code", "community_name")
ELSEWHERE_M = 100.0
_SHOWN = 5


@dataclass(frozen=True)
class Meant:
    """What one row means.

    Attributes
    ----------
    subdistrict, community
        Rows of the study's tables, -1 for none.
    candidates
        Communities that the name could mean, where it is ambiguous.
    unknown
        Stated names or codes that the study does not have, as (column, value).
    """

    subdistrict: int = -1
    community: int = -1
    candidates: tuple[int, ...] = ()
    unknown: tuple[tuple[str, str], ...] = ()


class Areas:
    """Sub-districts and communities of a study by code and by folded name.

    Parameters
    ----------
    subdistricts, communities
        Tables of the study in one CRS; communities may lack polygons or be missing altogether.
    aliases
        Other writings -> official name, of the city profile.
    """

    def __init__(
        self,
        subdistricts: gpd.GeoDataFrame,
        communities: gpd.GeoDataFrame | None,
        aliases: Mapping[str, str] | None = None,
    ) -> None:
        self.subdistricts = subdistricts
        self.communities = communities
        self._aliases = aliases or {}
        self._subdistrict_codes = _rows_by(subdistricts["subdistrict_id"])
        self._subdistrict_names = _rows_by(self._folded(subdistricts["name"]))
        self.parents = np.empty(0, dtype=np.int32)
        self._community_codes: dict[str, list[int]] = {}
        self._community_names: dict[str, list[int]] = {}
        if communities is not None:
            self._community_codes = _rows_by(communities["community_id"])
            folded = [fold_community(str(one), self._aliases) for one in communities["name"]]
            self._community_names = _rows_by(folded)
            self.parents = self._parents(communities)

    def meant(
        self, subdistrict_code: object, subdistrict: object, community_code: object, name: object
    ) -> Meant:
        """Tell what the four cells of one row mean; missing cells say nothing."""
        unknown: list[tuple[str, str]] = []
        by_code = self._by_code(community_code, self._community_codes, "community_code", unknown)
        if by_code >= 0:
            parent = int(self.parents[by_code])
            if parent < 0:
                parent = self._subdistrict(subdistrict_code, subdistrict, unknown)
            return Meant(parent, by_code, (), tuple(unknown))
        own = self._subdistrict(subdistrict_code, subdistrict, unknown)
        if self.communities is None or not isinstance(name, str):
            return Meant(own, -1, (), tuple(unknown))
        found = self._community_names.get(fold_community(name, self._aliases), [])
        if own >= 0:
            found = [row for row in found if self.parents[row] in (own, -1)]
        if not found:
            unknown.append(("community_name", name))
        if len(found) > 1:
            return Meant(own, -1, tuple(found), tuple(unknown))
        community = found[0] if found else -1
        if own < 0 and community >= 0:
            own = int(self.parents[community])
        return Meant(own, community, (), tuple(unknown))

    def describe(self, community: int) -> str:
        """Name one community so that nobody takes it for another: 车陂街道天雅社区（440106003016）."""
        if self.communities is None:
            return ""
        row = self.communities.iloc[community]
        parent = int(self.parents[community])
        above = self.subdistricts["name"].iloc[parent] if parent >= 0 else ""
        return f"{above}{row['name']}（{row['community_id']}）"

    def nearest(self, column: str, value: str) -> str:
        """Return the official name that a stated one most likely means, for a message."""
        table = self.communities if column.startswith("community") else self.subdistricts
        if table is None:
            return "—"
        known = table["name"] if column.endswith("name") else table[f"{column[:-5]}_id"]
        return nearest_name(value, known.astype(str)) or "—"

    def _folded(self, names: pd.Series) -> list[str]:
        return [fold_subdistrict(str(one), self._aliases) for one in names]

    def _parents(self, communities: gpd.GeoDataFrame) -> np.ndarray:
        """Row of the sub-district of every community: by code, then by name."""
        names = communities.get("subdistrict_name", pd.Series(None, index=communities.index))
        rows = [
            self._subdistrict(code, name, [])
            for code, name in zip(communities["subdistrict_id"], names, strict=True)
        ]
        return np.array(rows, dtype=np.int32)

    def _subdistrict(self, code: object, name: object, unknown: list[tuple[str, str]]) -> int:
        row = self._by_code(code, self._subdistrict_codes, "subdistrict_code", unknown)
        if row >= 0 or not isinstance(name, str):
            return row
        found = self._subdistrict_names.get(fold_subdistrict(name, self._aliases), [])
        if len(found) != 1:
            unknown.append(("subdistrict_name", name))
        return found[0] if len(found) == 1 else -1

    @staticmethod
    def _by_code(
        code: object, rows: Mapping[str, list[int]], column: str, unknown: list[tuple[str, str]]
    ) -> int:
        if not isinstance(code, str) or not rows:
            return -1
        found = rows.get(code) or rows.get(f"{code}000") or []
        if len(found) != 1:
            unknown.append((column, code))
        return found[0] if len(found) == 1 else -1


def _rows_by(keys: Iterable[object]) -> dict[str, list[int]]:
    rows: dict[str, list[int]] = {}
    for row, key in enumerate(keys):
        rows.setdefault(str(key), []).append(row)
    return rows


@dataclass(frozen=True)
class Named:
    """A register whose areas bear their official names.

    Attributes
    ----------
    subdistrict
        Row of the sub-district each station states, -1 for none.
    ambiguous
        Row of the register -> communities its name could mean.
    """

    frame: gpd.GeoDataFrame
    subdistrict: np.ndarray
    ambiguous: Mapping[int, str]
    faults: tuple[Fault, ...]


def with_official_names(
    stations: gpd.GeoDataFrame, points: np.ndarray, areas: Areas, file: str
) -> Named:
    """Write the official names of the areas that stations state, and say what does not fit.

    Parameters
    ----------
    points
        Points of the stations in the CRS of `areas`, None where there is none. Where they lie tells two communities of
        one name apart; without it the row is listed as ambiguous.
    """
    cells = pd.DataFrame({name: stations.get(name) for name in AREA_COLUMNS}, index=stations.index)
    keys = list(map(tuple, cells.astype(object).where(cells.notna(), None).to_numpy()))
    known = {key: areas.meant(*key) for key in dict.fromkeys(keys)}
    meant = [known[key] for key in keys]
    subdistrict = np.array([one.subdistrict for one in meant], dtype=np.int32)
    community = np.array([one.community for one in meant], dtype=np.int32)
    ambiguous: dict[int, str] = {}
    for row, one in enumerate(meant):
        if one.candidates:
            inside = _holds(areas, one.candidates, points[row])
            if len(inside) == 1:
                community[row] = inside[0]
                subdistrict[row] = areas.parents[inside[0]]
            else:
                ambiguous[row] = "、".join(areas.describe(place) for place in one.candidates)
    frame, faults = _renamed(stations, areas, subdistrict, community, file)
    faults += _unknown(meant, areas, file)
    faults += _elsewhere(frame, points, areas, subdistrict, file)
    return Named(frame, subdistrict, ambiguous, tuple(faults))


def _holds(areas: Areas, candidates: Sequence[int], point: object) -> list[int]:
    if areas.communities is None or point is None:
        return []
    shapes = areas.communities.geometry.to_numpy()
    return [one for one in candidates if shapes[one] is not None and shapes[one].covers(point)]


def _renamed(
    stations: gpd.GeoDataFrame,
    areas: Areas,
    subdistrict: np.ndarray,
    community: np.ndarray,
    file: str,
) -> tuple[gpd.GeoDataFrame, list[Fault]]:
    frame = stations.copy()
    changed: dict[str, None] = {}
    for column, rows, table in (
        ("subdistrict_name", subdistrict, areas.subdistricts),
        ("community_name", community, areas.communities),
    ):
        if table is None:
            continue
        official = table["name"].to_numpy(dtype=object)[np.maximum(rows, 0)]
        before = frame[column].astype(object)
        now = before.where(rows < 0, official)
        for old, new in zip(before, now, strict=True):
            if isinstance(old, str) and old != new:
                changed.setdefault(f"“{old}”→“{new}”")
        frame[column] = now.astype(TEXT)
    if not changed:
        return frame, []
    pairs = "、".join(list(changed)[:_SHOWN])
    return frame, [fault("area_names_unified", "info", file=file, count=len(changed), pairs=pairs)]


def _unknown(meant: Sequence[Meant], areas: Areas, file: str) -> list[Fault]:
    counts = pd.Series([one for row in meant for one in row.unknown], dtype=object).value_counts()
    faults = []
    for column in AREA_COLUMNS:
        values = sorted(value for found, value in counts.index if found == column)
        if values:
            names = "、".join(f"{one}（{areas.nearest(column, one)}）" for one in values[:_SHOWN])
            faults.append(
                fault(
                    "area_unknown",
                    "warning",
                    file=file,
                    column=column,
                    count=len(values),
                    names=names,
                )
            )
    return faults


def _elsewhere(
    frame: gpd.GeoDataFrame, points: np.ndarray, areas: Areas, subdistrict: np.ndarray, file: str
) -> list[Fault]:
    """List stations that lie far outside the sub-district their row states."""
    shapes = areas.subdistricts.geometry.to_numpy()
    stated = np.flatnonzero((subdistrict >= 0) & ~shapely.is_missing(points))
    gaps = shapely.distance(points[stated], shapes[subdistrict[stated]])
    far = stated[gaps > ELSEWHERE_M]
    if not len(far):
        return []
    names = "、".join(
        f"{frame['name'].iloc[row]}（{frame['subdistrict_name'].iloc[row]}）"
        for row in far[:_SHOWN]
    )
    metres = f"{ELSEWHERE_M:.0f}"
    return [
        fault(
            "stations_elsewhere", "warning", file=file, count=len(far), names=names, metres=metres
        )
    ]

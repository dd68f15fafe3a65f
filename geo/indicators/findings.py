"""What every indicator is made from: a study that has been judged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo.assess import Assessor
from geo.coverage import Demand
from geo.errors import Fault
from geo.params import StudyParams
from geo.profiles import Profile
from geo.tabulate import Judged, Unit

Ints = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
KINDS = {"subdistricts": "subdistrict", "communities": "community", "zones": "zone"}


@dataclass(frozen=True)
class Scope:
    """One kind of unit with its members.

    Attributes
    ----------
    kind
        ``study, subdistrict, community, zone``.
    ids, names
        One a unit.
    area_m2, households
        nan where unknown.
    unit
        Members, as for the tables of coverage.
    """

    kind: str
    ids: npt.NDArray[np.object_]
    names: npt.NDArray[np.object_]
    area_m2: Floats
    households: Floats
    unit: Unit

    @property
    def count(self) -> int:
        """Number of units."""
        return len(self.ids)

    def head(self) -> pd.DataFrame:
        """Start a table: kind, id and name of every unit."""
        return pd.DataFrame({"unit_kind": self.kind, "unit_id": self.ids, "name": self.names})

    def sum_buildings(self, values: Floats) -> Floats:
        """Sum a value of buildings over the units; nan counts as nothing."""
        building, group = self.unit.members
        sums = np.bincount(group, weights=np.nan_to_num(values[building]), minlength=self.count)
        return sums.astype(np.float64)

    def sum_stations(self, values: npt.NDArray[np.generic]) -> Floats:
        """Sum a value of stations (those in service) over the units; nan counts as nothing."""
        station, group = self.unit.stations
        weights = np.nan_to_num(np.asarray(values, dtype=np.float64)[station])
        return np.bincount(group, weights=weights, minlength=self.count).astype(np.float64)


@dataclass(frozen=True)
class Findings:
    """A judged study.

    Attributes
    ----------
    buildings
        Of the study area, metric CRS, in the order of all arrays of buildings.
    stations
        In service on the day, metric CRS, in the order of all arrays of stations; with ``place_id``.
    scopes
        Study, sub-districts, communities, zones: those the study has.
    served
        Pairs (station, building): host or named as served.
    host
        Row of the building each station is in, -1 for none.
    lines
        Lines of station groups, metric CRS; ``name, geometry``.
    blind_areas
        The table of that name, long by rule.
    area_shares
        Kind of unit (as the tables are named, or ``study``) -> rule -> share of every unit's area that is covered.
    faults
        Receives what is worth saying.
    """

    params: StudyParams
    profile: Profile
    assessor: Assessor
    judged: Sequence[Judged]
    demand: Demand
    buildings: gpd.GeoDataFrame
    stations: gpd.GeoDataFrame
    scopes: Mapping[str, Scope]
    subdistricts: gpd.GeoDataFrame
    communities: gpd.GeoDataFrame | None
    host: Ints
    served: Ints
    lines: gpd.GeoDataFrame | None = None
    blind_areas: pd.DataFrame | None = None
    area_shares: Mapping[str, Mapping[str, Floats]] = field(default_factory=dict)
    people_basis: Mapping[str, str] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    @property
    def headline(self) -> Judged:
        """The first rule of the study."""
        return self.judged[0]

    @property
    def tier(self) -> npt.NDArray[np.object_]:
        """Tier of every station in service."""
        return np.asarray(self.stations["tier"].to_numpy(dtype=object), dtype=object)

    def first_of_place(self) -> Bools:
        """Mark one station of every place: merged places (三合一) count once."""
        return ~np.asarray(self.stations["place_id"].duplicated().to_numpy(), dtype=bool)


def zone_row(zones: Scope | None, name: str) -> int | None:
    """Return the row of a zone by its name, or by the name of a layer that holds only this zone; None for none."""
    if zones is None:
        return None
    found = np.flatnonzero(zones.names == name)
    if len(found) == 0 and "zone_layer" in zones.unit.frame.columns:
        found = np.flatnonzero((zones.unit.frame["zone_layer"] == name).to_numpy())
    return int(found[0]) if len(found) == 1 else None


def scopes_of(
    name: str, units: Mapping[str, Unit], buildings_count: int, stations_count: int
) -> dict[str, Scope]:
    """Make the scopes of a study: the study as a whole, then the units it has."""
    scopes = {"study": _whole(name, units["subdistricts"], buildings_count, stations_count)}
    for section, unit in units.items():
        frame = unit.frame
        scopes[KINDS[section]] = Scope(
            KINDS[section],
            frame[unit.id_column].to_numpy(dtype=object),
            frame["name"].to_numpy(dtype=object),
            frame["area_m2"].to_numpy(dtype=np.float64),
            _numbers(frame, "households"),
            unit,
        )
    return scopes


def _whole(name: str, subdistricts: Unit, buildings: int, stations: int) -> Scope:
    """All buildings and all stations; a station beyond the border counts for no sub-district and not here either."""
    inside = np.unique(subdistricts.stations[0])
    frame = subdistricts.frame
    households = _numbers(frame, "households")
    unit = Unit(
        "study_id",
        frame.iloc[:0],
        (np.arange(buildings, dtype=np.int32), np.zeros(buildings, dtype=np.int32)),
        (inside[inside < stations].astype(np.int32), np.zeros(len(inside), dtype=np.int32)),
    )
    area = np.array([frame["area_m2"].sum()], dtype=np.float64)
    ids, names = np.array(["study"], dtype=object), np.array([name], dtype=object)
    return Scope("study", ids, names, area, np.array([households.sum()]), unit)


def _numbers(frame: pd.DataFrame, column: str) -> Floats:
    if column not in frame.columns:
        return np.full(len(frame), np.nan)
    return pd.to_numeric(frame[column], errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)


def share(part: npt.ArrayLike, whole: npt.ArrayLike) -> Floats:
    """Divide; a share of nothing is nan."""
    above, below = np.asarray(part, dtype=np.float64), np.asarray(whole, dtype=np.float64)
    found: Floats = np.divide(above, below, out=np.full(len(below), np.nan), where=below > 0)
    return found


def xy_of(frame: gpd.GeoDataFrame) -> npt.NDArray[np.float64]:
    """Return the coordinates of points."""
    return np.asarray(shapely.get_coordinates(frame.geometry.to_numpy()))

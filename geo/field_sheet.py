"""A sample of walks to be timed on foot: buildings drawn by lot, spread over sub-districts and round the limit."""

from __future__ import annotations

from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo.coverage import FAR, RuleReach
from geo.datum import wgs84_to_gcj02
from geo.entered import Entered
from geo.errors import InputError, fault
from geo.params import Rule
from geo.rounding import minutes_up
from geo.way_there import WayThere, way_there

WGS84 = "EPSG:4326"
SEED = 20_260_630
MOST = 500
# A walk counts as close to the limit within this share of it: there a wrong minute changes the verdict.
_CLOSE_SHARE = 0.2
# Shorter walks tell nothing about the network; longer ones nobody times.
_SHORTEST_MIN, _LONGEST_LIMITS = 1.0, 2.0
Longs = npt.NDArray[np.int64]


@dataclass(frozen=True)
class FieldWalk:
    """One walk of the sample.

    Attributes
    ----------
    number
        From 1, in the order of the sheet.
    gcj02
        ``lon,lat`` of the building as the map apps of the mainland take it; empty in a local grid.
    footprint, station
        Where the walk begins and ends; metric CRS.
    """

    number: int
    building_id: str
    building_name: str
    subdistrict: str
    gcj02: str
    station_id: str
    station_name: str
    predicted_min: float
    way: WayThere
    footprint: shapely.Geometry
    station: shapely.Point


@dataclass(frozen=True)
class FieldSheet:
    """Walks to be timed under one rule, and the seed they were drawn with."""

    rule: Rule
    seed: int
    walks: tuple[FieldWalk, ...]


def field_sheet(
    entered: Entered, subdistricts: gpd.GeoDataFrame, count: int, *, seed: int = SEED
) -> FieldSheet:
    """Draw walks by lot.

    Half of them take about as long as the limit allows, where a wrong minute changes the verdict; all are spread over
    the sub-districts as evenly as can be. The same study and seed give the same sample.

    Parameters
    ----------
    subdistricts
        With ``subdistrict_id`` and ``name``.
    count
        How many; fewer where the study has no more.

    Raises
    ------
    InputError
        When no building has a walk to be timed.
    """
    rule = time_rule(entered)
    reach, _ = entered.assessor.reach(rule)
    minutes = predicted_minutes(reach)
    limit = rule.limit / 60.0
    fit = (minutes >= _SHORTEST_MIN) & (minutes <= _LONGEST_LIMITS * limit)
    at = np.flatnonzero(fit)
    if len(at) == 0:
        raise InputError(fault("field_no_walks", rule=rule.name))
    units = entered.buildings["subdistrict_id"].astype(str).to_numpy(dtype=object)[at]
    close = np.abs(minutes[at] - limit) <= _CLOSE_SHARE * limit
    chosen = at[drawn(units, close, min(count, MOST), seed)]
    names = dict(zip(subdistricts["subdistrict_id"].astype(str), subdistricts["name"], strict=True))
    told = _Teller(entered, reach, minutes, {key: str(name) for key, name in names.items()})
    walks = [walk for row in chosen.tolist() if (walk := told.walk(row)) is not None]
    walks.sort(key=lambda one: (one.subdistrict, one.building_id))
    numbered = (_numbered(walk, number) for number, walk in enumerate(walks, 1))
    return FieldSheet(rule, seed, tuple(numbered))


def time_rule(entered: Entered) -> Rule:
    """Return the first rule by walking time; every study has one, if only for comparison."""
    return next(rule for rule in entered.assessor.rules if rule.basis == "time")


def predicted_minutes(reach: RuleReach) -> npt.NDArray[np.float64]:
    """Return minutes to the nearest station, nan where there is no way."""
    return np.where(reach.cost == FAR, np.nan, reach.cost / 60_000.0)


def drawn(
    units: npt.NDArray[np.object_], close: npt.NDArray[np.bool_], count: int, seed: int
) -> Longs:
    """Draw rows by lot: half of them of those `close` to the limit, the units in turn.

    Where one half has too few rows the other fills up.
    """
    generator = np.random.default_rng(seed)
    frame = pd.DataFrame({"unit": units, "close": close, "lot": generator.permutation(len(units))})
    names = np.unique(units.astype(str))
    turn = dict(zip(names.tolist(), generator.permutation(len(names)).tolist(), strict=True))
    frame["turn"] = frame["unit"].map(turn)
    half = (count + 1) // 2
    near = _in_turn(frame[frame["close"]], half, {})
    rest = _in_turn(frame[~frame["close"]], count - len(near), _tally(frame, near))
    more = frame[frame["close"]].drop(index=near)
    last = _in_turn(more, count - len(near) - len(rest), _tally(frame, near + rest))
    return np.array(sorted(near + rest + last), dtype=np.int64)


def _in_turn(frame: pd.DataFrame, count: int, before: dict[str, int]) -> list[int]:
    """Take rows by lot, those units first that have had the fewest."""
    frame = frame.sort_values("lot")
    had = frame["unit"].map(before).fillna(0).astype(int)
    round_of = frame.groupby("unit").cumcount() + had
    order = np.lexsort((frame["turn"], round_of))
    return [int(row) for row in frame.index[order[: max(count, 0)]]]


def _tally(frame: pd.DataFrame, rows: list[int]) -> dict[str, int]:
    return {str(unit): int(n) for unit, n in frame.loc[rows, "unit"].value_counts().items()}


class _Teller:
    """Tells the walk of a building."""

    def __init__(
        self,
        entered: Entered,
        reach: RuleReach,
        minutes: npt.NDArray[np.float64],
        names: dict[str, str],
    ) -> None:
        self.entered, self.reach, self.minutes, self.names = entered, reach, minutes, names
        middles = gpd.GeoSeries(
            shapely.points(entered.assessor.demand.x, entered.assessor.demand.y),
            crs=entered.buildings.crs,
        )
        self.degrees = None if middles.crs is None else middles.to_crs(WGS84)

    def walk(self, row: int) -> FieldWalk | None:
        """Tell the walk of one building; None where it has none on foot."""
        way = way_there(self.entered.assessor, self.reach, row)
        if way is None or way.minutes is None:
            return None
        building = self.entered.buildings.iloc[row]
        station = self.entered.stations.iloc[int(self.reach.station[row])]
        name = building.get("name")
        return FieldWalk(
            number=0,
            building_id=str(building["building_id"]),
            building_name=name if isinstance(name, str) else "",
            subdistrict=self.names.get(str(building["subdistrict_id"]), ""),
            gcj02=self._gcj02(row),
            station_id=str(station["station_id"]),
            station_name=str(station["name"]),
            predicted_min=round(way.minutes, 3),
            way=way,
            footprint=building.geometry,
            station=station.geometry,
        )

    def _gcj02(self, row: int) -> str:
        if self.degrees is None:
            return ""
        point = self.degrees.iloc[row]
        lon, lat = wgs84_to_gcj02([point.x], [point.y])
        return f"{lon[0]:.6f},{lat[0]:.6f}"


def _numbered(walk: FieldWalk, number: int) -> FieldWalk:
    return replace(walk, number=number)


def printed_minutes(minutes: float) -> str:
    """Print predicted minutes as everywhere: rounded up to 0.1."""
    return f"{float(minutes_up(minutes)):.1f}"

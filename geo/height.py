"""Height (垂直社区): lift wait and ride, or stairs, at either end of a walk."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from geo.params import Pace

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int32]


def floor_seconds(floors: npt.ArrayLike, has_lift: npt.ArrayLike, pace: Pace) -> Floats:
    """Seconds between the ground and a floor so many floors away: the quicker of lift and stairs.

    Parameters
    ----------
    floors
        Floors travelled, 0 for none (the ground floor is floor 1, so floor 46 is 45 floors away).
    has_lift
        Whether there is a lift to take.
    """
    number = np.asarray(floors, dtype=np.float64)
    stairs = number * pace.stairs_floor_s
    lift = np.where(number > 0, pace.lift_s + number * pace.lift_floor_s, 0.0)
    quickest: Floats = np.where(np.asarray(has_lift, dtype=bool), np.minimum(stairs, lift), stairs)
    return quickest


@dataclass(frozen=True)
class Heights:
    """Levels of buildings and floors of stations.

    Attributes
    ----------
    levels
        Of each study building, nan where unknown: it then counts as one level.
    floor
        Of each station, nan where unknown: it then stands on the ground.
    host
        Row of the building a station is in, -1 for none.
    """

    levels: Floats
    floor: Floats
    host: Ints

    def building_ms(self, pace: Pace) -> Ints:
        """Thousandths of a second from a building's levels to its door, the mean over them."""
        return self._of_levels(pace)[self._storeys()]

    def station_ms(self, pace: Pace) -> Ints:
        """Thousandths of a second from the door to a station's floor; floors below ground count like those above."""
        away = self._floors_away()
        host_levels = np.where(self.host >= 0, self._storeys()[self.host], 1)
        lift = np.maximum(host_levels, away + 1) >= pace.lift_from_levels
        return _ms(floor_seconds(away, lift, pace))

    def home_ms(self, pace: Pace) -> Ints:
        """Thousandths of a second from the levels of the own building straight to the station, the mean over them.

        One ride between the two floors, no walk; 0 for stations that stand alone.
        """
        inside = np.flatnonzero(self.host >= 0)
        mean = np.zeros(len(self.host))
        storeys = self._storeys()
        for station in inside.tolist():  # some hundred stations at most
            levels = int(storeys[self.host[station]])
            floor = 1 if np.isnan(self.floor[station]) else self.floor[station]
            level = np.arange(1, levels + 1)
            # below ground, floor -1 is one floor away from floor 1
            away = np.abs(level - (floor + 1 if floor < 0 else floor))
            lift = max(levels, floor) >= pace.lift_from_levels
            mean[station] = floor_seconds(away, np.full(levels, lift), pace).mean()
        return _ms(mean)

    def _storeys(self) -> Ints:
        known = np.where(np.isnan(self.levels), 1.0, self.levels)
        return np.maximum(1, np.rint(known)).astype(np.int32)

    def _floors_away(self) -> Floats:
        floor = np.where(np.isnan(self.floor), 1.0, self.floor)
        return np.where(floor < 0, -floor, np.maximum(floor - 1, 0.0))

    def _of_levels(self, pace: Pace) -> Ints:
        """Mean seconds by number of levels, from 0 to the highest building."""
        most = int(self._storeys().max(initial=1))
        table = np.zeros(most + 1, dtype=np.int32)
        for lift in (False, True):
            sums = np.cumsum(floor_seconds(np.arange(most), np.full(most, lift), pace))
            mean = _ms(sums / np.arange(1, most + 1))
            levels = np.arange(1, most + 1)
            chosen = (levels >= pace.lift_from_levels) == lift
            table[levels[chosen]] = mean[chosen]
        return table


def _ms(seconds: Floats) -> Ints:
    return np.rint(seconds * 1000.0).astype(np.int32)

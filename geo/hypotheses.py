"""What a pair of numbers may mean: degrees, shifted degrees, metres of several grids, axes in either order."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError as ProjCrsError

from geo.datum import bd09_to_wgs84, gcj02_to_wgs84, wgs84_to_bd09, wgs84_to_gcj02

Floats = npt.NDArray[np.float64]
Pair = tuple[Floats, Floats]

DEGREES = "degrees"
WEB_MERCATOR = "EPSG:3857"
BAIDU_MERCATOR = "bd09mc"
# Baidu publishes its metres as a table of polynomials; they are the Mercator projection of the Clarke 1866 ellipsoid
# to within 12 mm between 2 and 43 degrees north.
_BAIDU_PLANE = "+proj=merc +a=6378206.4 +b=6356583.8 +units=m +no_defs"
_TO_WGS84: dict[str, Callable[[Floats, Floats], Pair]] = {
    "gcj02": gcj02_to_wgs84,
    "bd09": bd09_to_wgs84,
}
_FROM_WGS84: dict[str, Callable[[Floats, Floats], Pair]] = {
    "gcj02": wgs84_to_gcj02,
    "bd09": wgs84_to_bd09,
}
SHIFTS = ("none", "gcj02", "bd09")
# Prior weights: a plain reading against one that needs two accidents at once.
_PLAIN, _ODD = 1.0, 0.02
_NEAR_PLACE_M = 30_000.0
_METRES_A_DEGREE = 111_320.0


@dataclass(frozen=True)
class Hypothesis:
    """One reading of the numbers of a layer.

    Attributes
    ----------
    plane
        ``degrees``, ``EPSG:…`` of a grid in metres, or ``bd09mc``.
    shift
        ``none``, ``gcj02`` or ``bd09``: what the degrees behind the numbers are.
    swapped
        Whether the first number is the northing (latitude).
    reference_shift
        Datum in which the layers it is compared with would have to be.
    weight
        Prior weight among the readings of a layer.
    """

    plane: str = DEGREES
    shift: str = "none"
    swapped: bool = False
    reference_shift: str = "none"
    weight: float = _PLAIN

    @property
    def name(self) -> str:
        """Word for a message: ``wgs84``, ``gcj02``, ``bd09``, ``bd09mc``, ``EPSG:4547``, ``EPSG:4547+gcj02``."""
        if self.plane == DEGREES:
            return "wgs84" if self.shift == "none" else self.shift
        if self.plane == BAIDU_MERCATOR or self.shift == "none":
            return self.plane
        return f"{self.plane}+{self.shift}"

    @property
    def order(self) -> str:
        """``swapped`` or nothing, for a message."""
        return "swapped" if self.swapped else ""

    @property
    def declaration(self) -> str | None:
        """What to write as ``crs`` in the study file; None where no declaration says it."""
        if self.swapped or self.reference_shift != "none" or self.name == BAIDU_MERCATOR:
            return None
        if self.plane == DEGREES:
            return "EPSG:4326" if self.shift == "none" else self.shift
        return self.plane if self.shift == "none" else None

    def to_wgs84(self, x: Floats, y: Floats) -> Pair:
        """Read numbers as longitude and latitude; beside layers of another datum, as they would lie there."""
        lon, lat = (y, x) if self.swapped else (x, y)
        if self.plane != DEGREES:
            lon, lat = _degrees_of(self.plane, lon, lat)
        if self.shift != "none":
            lon, lat = _TO_WGS84[self.shift](lon, lat)
        if self.reference_shift != "none":
            lon, lat = _FROM_WGS84[self.reference_shift](lon, lat)
        return lon, lat

    def from_wgs84(self, lon: Floats, lat: Floats) -> Pair:
        """Write longitude and latitude as the numbers that this reading turns into them."""
        if self.reference_shift != "none":
            lon, lat = _TO_WGS84[self.reference_shift](lon, lat)
        if self.shift != "none":
            lon, lat = _FROM_WGS84[self.shift](lon, lat)
        if self.plane != DEGREES:
            lon, lat = _numbers_of(self.plane, lon, lat)
        return (lat, lon) if self.swapped else (lon, lat)


def stated(crs: str, shift: str = "none") -> Hypothesis:
    """Return the reading that a CRS states; degrees of any datum count as WGS 84."""
    if not crs:
        return Hypothesis()
    try:
        known = CRS.from_user_input(crs)
    except ProjCrsError:
        return Hypothesis()
    if known.is_geographic:
        return Hypothesis(shift=shift)
    code = known.to_epsg()
    return Hypothesis(plane=f"EPSG:{code}" if code else crs)


def readings(
    x: Floats,
    y: Floats,
    lon: float,
    lat: float,
    *,
    first: Hypothesis | None = None,
    reference_certain: bool = True,
) -> list[Hypothesis]:
    """List the readings under which numbers lie near a place.

    Parameters
    ----------
    x, y
        Numbers as they stand in the file.
    lon, lat
        Middle of the layers they are compared with (WGS 84, or what these say it is).
    first
        The reading that is stated; it heads the list wherever it leads.
    reference_certain
        Whether these layers are WGS 84 beyond doubt; if not, the fault may be theirs.

    Returns
    -------
    list
        In a fixed order, plain readings first.
    """
    mx, my = np.array([np.median(x)]), np.array([np.median(y)])
    found = [] if first is None else [first]
    in_degrees = max(abs(mx[0]), abs(my[0])) <= 180.0
    with np.errstate(all="ignore"):
        for one in _all_readings(lon, in_degrees, reference_certain):
            at_lon, at_lat = one.to_wgs84(mx, my)
            if _metres_between(at_lon[0], at_lat[0], lon, lat) < _NEAR_PLACE_M:
                found.append(one)
    return _without_twins(found, mx, my)


def _without_twins(found: list[Hypothesis], x: Floats, y: Floats) -> list[Hypothesis]:
    """Drop readings that lead to the same place: outside the box GCJ-02 is WGS 84."""
    kept: list[Hypothesis] = []
    places: list[tuple[float, float]] = []
    for one in found:
        lon, lat = (float(part[0]) for part in one.to_wgs84(x, y))
        if all(_metres_between(lon, lat, *other) > 1.0 for other in places):
            kept.append(one)
            places.append((lon, lat))
    return kept


def _all_readings(lon: float, in_degrees: bool, reference_certain: bool) -> Iterable[Hypothesis]:
    planes = [DEGREES] if in_degrees else [BAIDU_MERCATOR, WEB_MERCATOR, *grids_near(lon)]
    for swapped in (False, True):
        for plane in planes:
            for shift in ("bd09",) if plane == BAIDU_MERCATOR else SHIFTS:
                usual = plane in (DEGREES, BAIDU_MERCATOR) or shift == "none"
                usual = usual or plane == WEB_MERCATOR
                weight = _PLAIN if usual and not (swapped and shift != "none") else _ODD
                yield Hypothesis(plane, shift, swapped, weight=weight)
    if reference_certain or not in_degrees:
        return
    for shift in SHIFTS:
        for other in SHIFTS[1:]:
            if shift != other:
                yield Hypothesis(shift=shift, reference_shift=other, weight=_ODD)


def grids_near(lon: float) -> list[str]:
    """List the CGCS2000 Gauss-Kruger grids in use at a longitude: 3- and 6-degree, with and without zone prefix."""
    three = [zone for zone in range(25, 46) if abs(3.0 * zone - lon) <= 4.6]
    six = [zone for zone in range(13, 24) if abs(6.0 * zone - 3.0 - lon) <= 4.6]
    codes = [4534 + zone - 25 for zone in three] + [4513 + zone - 25 for zone in three]
    codes += [4491 + zone - 13 for zone in six]  # 6 degrees without prefix: as 3 degrees
    return [f"EPSG:{code}" for code in codes]


@functools.lru_cache(maxsize=32)
def _transformer(plane: str) -> Transformer:
    source = CRS.from_proj4(_BAIDU_PLANE) if plane == BAIDU_MERCATOR else CRS.from_user_input(plane)
    base = source.geodetic_crs  # datum shifts of a metre or so are none of our business
    return Transformer.from_crs(source, base, always_xy=True)


def _degrees_of(plane: str, x: Floats, y: Floats) -> Pair:
    lon, lat = _transformer(plane).transform(x, y)
    return np.asarray(lon, np.float64), np.asarray(lat, np.float64)


def _numbers_of(plane: str, lon: Floats, lat: Floats) -> Pair:
    x, y = _transformer(plane).transform(lon, lat, direction="INVERSE")
    return np.asarray(x, np.float64), np.asarray(y, np.float64)


def _metres_between(lon: float, lat: float, other_lon: float, other_lat: float) -> float:
    if not (np.isfinite(lon) and np.isfinite(lat)) or abs(lat) > 90.0:
        return float("inf")
    wide = (lon - other_lon) * np.cos(np.radians(other_lat))
    return float(np.hypot(wide, lat - other_lat) * _METRES_A_DEGREE)

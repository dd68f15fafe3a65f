"""Coordinate systems: the gate at the door, the metric system to work in, GCJ-02 and BD-09."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError as ProjCrsError

from geo.datum import bd09_to_wgs84, gcj02_to_wgs84, wgs84_to_bd09, wgs84_to_gcj02
from geo.errors import CrsError, Fault, fault

__all__ = [
    "LOCAL",
    "WGS84",
    "InputCrs",
    "bd09_to_wgs84",
    "gcj02_to_wgs84",
    "metric_crs",
    "place",
    "plausible_bounds",
    "resolve_crs",
    "study_crs",
    "wgs84_to_bd09",
    "wgs84_to_gcj02",
]

LOCAL = "local"
WGS84 = "EPSG:4326"
Shift = Literal["none", "gcj02", "bd09"]
Bounds = tuple[float, float, float, float]

# Inside this box the 3-degree zones are as good outside the border as inside: one box is enough.
_CHINA = (73.4, 3.4, 135.2, 53.7)
_ZONE_75E = 4534
# Codes under which the spherical web projection goes about.
_WEB_MERCATOR_NAMES = ("pseudo-mercator", "web mercator", "google maps global mercator")


@dataclass(frozen=True)
class InputCrs:
    """How the coordinates of one input are to be understood.

    Attributes
    ----------
    crs
        The system of the numbers as they stand; None for ``local``.
    shift
        ``gcj02`` or ``bd09`` when the degrees are shifted ones.
    note
        How it came to be known, see `geo.tables.ReadResult`.
    faults
        Findings that do not stop the run.
    """

    crs: CRS | None
    note: str
    shift: Shift = "none"
    faults: tuple[Fault, ...] = ()

    @property
    def is_degrees(self) -> bool:
        """Whether the numbers are longitude and latitude."""
        return self.crs is not None and bool(self.crs.is_geographic)


def resolve_crs(
    declared: str | None,
    file_crs: str | None,
    *,
    file: str,
    section: str,
    format: str = "",
) -> InputCrs:
    """Decide what the coordinates of a file mean, or refuse with the way to fix it.

    Parameters
    ----------
    declared
        ``EPSG:…``, ``gcj02``, ``bd09``, ``local`` as the study file says it; None when it says nothing.
    file_crs
        What the file itself says (authority code or WKT).
    file, section
        Names for the message: the file and its section of the study file.
    format
        ``geojson`` is WGS 84 unless something else is declared; ``osm`` always is.

    Raises
    ------
    CrsError
        Nothing is known, or the declaration cannot be read or used.
    """
    known = _usable(file_crs)
    if declared is None:
        if known is None:
            raise CrsError(fault("crs_missing", file=file, section=section))
        return InputCrs(known, format if format in ("geojson", "osm") else "file")
    word = declared.strip().lower().replace("-", "")
    own = None if format == "geojson" else known  # every GeoJSON claims to be WGS 84
    if word == LOCAL:
        if own is not None:
            raise CrsError(fault("crs_local_mixed", file=file, section=section, found=own.name))
        return InputCrs(None, LOCAL)
    if word in ("gcj02", "bd09"):
        if own is not None and not own.is_geographic:
            raise CrsError(
                fault("crs_shift_projected", file=file, declared=declared, found=own.name)
            )
        return InputCrs(
            CRS.from_user_input(WGS84), word, shift="gcj02" if word[0] == "g" else "bd09"
        )
    crs = _parse(declared, file=file, section=section)
    faults: tuple[Fault, ...] = ()
    if own is not None and not own.equals(crs, ignore_axis_order=True):
        faults = (
            fault("crs_contradicts", "warning", file=file, declared=declared, found=own.name),
        )
    return InputCrs(crs, "declared", faults=faults)


def _parse(text: str, *, file: str, section: str) -> CRS:
    try:
        crs = CRS.from_user_input(text.strip())
    except ProjCrsError as error:
        raise CrsError(fault("crs_unknown", file=file, section=section, declared=text)) from error
    return crs


def _usable(file_crs: str | None) -> CRS | None:
    """Read the CRS a file names; ungeoreferenced ones (MapInfo's NonEarth) count as none."""
    if not file_crs:
        return None
    try:
        crs = CRS.from_user_input(file_crs)
    except ProjCrsError:
        return None
    return None if crs.is_engineering else crs


def study_crs(text: str) -> str:
    """Check the CRS a study works in: projected, in metres, honest about distance.

    Returns
    -------
    str
        `text` in one spelling (``EPSG:4547``), or ``local``.

    Raises
    ------
    CrsError
        For degrees, other units, Web Mercator, or a name nobody knows.
    """
    if text.strip().lower() == LOCAL:
        return LOCAL
    crs = _parse(text, file="study.toml", section="study")
    if crs.is_geographic:
        raise CrsError(fault("crs_study_degrees", declared=text, name=crs.name))
    if any(name in crs.name.lower() for name in _WEB_MERCATOR_NAMES):
        raise CrsError(fault("crs_study_web_mercator", declared=text))
    units = {axis.unit_name for axis in crs.axis_info[:2]}
    if not crs.is_projected or units != {"metre"}:
        found = "、".join(sorted(units)) or crs.type_name
        raise CrsError(fault("crs_study_units", declared=text, name=crs.name, found=found))
    authority = crs.to_authority()
    return ":".join(authority) if authority else str(crs.to_string())


def metric_crs(bounds: Sequence[float]) -> str:
    """Choose the metric CRS for an area: in China the CGCS2000 3-degree zone, elsewhere UTM.

    Parameters
    ----------
    bounds
        West, south, east, north in degrees (WGS 84); the zone of the middle is taken.

    Examples
    --------
    >>> metric_crs((113.3, 23.1, 113.4, 23.2)), metric_crs((7.40, 43.72, 7.44, 43.75))
    ('EPSG:4547', 'EPSG:32632')
    """
    west, south, east, north = (float(value) for value in bounds)
    lon, lat = (west + east) / 2.0, (south + north) / 2.0
    if _CHINA[0] <= lon <= _CHINA[2] and _CHINA[1] <= lat <= _CHINA[3]:
        zone = min(max(int(np.floor((lon + 1.5) / 3.0)), 25), 45)
        return f"EPSG:{_ZONE_75E + zone - 25}"
    utm = min(int((lon + 180.0) // 6.0) + 1, 60)
    return f"EPSG:{(32600 if lat >= 0 else 32700) + utm}"


@functools.lru_cache(maxsize=64)
def plausible_bounds(crs: CRS) -> Bounds:
    """Return where coordinates of `crs` may lie: its area of use, twice as wide on each side.

    The margin lets whole provinces be drawn in one zone, and still tells swapped axes.
    """
    if crs.is_geographic:
        return (-180.0, -90.0, 180.0, 90.0)
    area = crs.area_of_use
    if area is None:
        return (-np.inf, -np.inf, np.inf, np.inf)
    to_crs = Transformer.from_crs(WGS84, crs, always_xy=True)
    west, south, east, north = to_crs.transform_bounds(*area.bounds)
    wide, high = 2.0 * (east - west), 0.2 * (north - south)
    return (west - wide, south - high, east + wide, north + high)


def place(geometry: npt.NDArray[np.object_], known: InputCrs) -> gpd.GeoSeries:
    """Give raw geometry its CRS: shifted degrees become WGS 84, other degrees WGS 84, metres stay."""
    if known.shift != "none":
        to_wgs84 = gcj02_to_wgs84 if known.shift == "gcj02" else bd09_to_wgs84
        return gpd.GeoSeries(_through(geometry, to_wgs84), crs=WGS84)
    series = gpd.GeoSeries(geometry, crs=known.crs)
    return series.to_crs(WGS84) if known.is_degrees else series


def _through(geometry: npt.NDArray[np.object_], convert: object) -> npt.NDArray[np.object_]:
    def move(xy: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        return np.column_stack(convert(xy[:, 0], xy[:, 1]))  # type: ignore[operator]

    return np.asarray(shapely.transform(geometry, move), dtype=object)

"""What requests state in common: the result in service, a rule, a place with its datum."""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np
import numpy.typing as npt
import shapely
from fastapi import Depends, Query, Request

from api.served import Served
from api.settings import Limits
from api.state import Shelf
from api.workers import Workers
from geo.crs import bd09_to_wgs84, gcj02_to_wgs84
from geo.errors import CrsError, fault
from geo.messages import language

Floats = npt.NDArray[np.float64]
Datum = Literal["wgs84", "gcj02", "bd09", "local"]
_MOST_LON, _MOST_LAT = 180.0, 85.0
_BACK = {"gcj02": gcj02_to_wgs84, "bd09": bd09_to_wgs84}


# coroutines, because FastAPI sends plain functions to a thread, which costs more than they do
async def _shelf(request: Request) -> Shelf:
    found: Shelf = request.app.state.shelf
    return found


async def _served(request: Request) -> Served:
    found: Shelf = request.app.state.shelf
    return found.served


async def _workers(request: Request) -> Workers:
    found: Workers = request.app.state.workers
    return found


async def _limits(request: Request) -> Limits:
    found: Limits = request.app.state.settings.limits
    return found


ShelfDep = Annotated[Shelf, Depends(_shelf)]
ServedDep = Annotated[Served, Depends(_served)]
WorkersDep = Annotated[Workers, Depends(_workers)]
LimitsDep = Annotated[Limits, Depends(_limits)]
Lon = Annotated[
    float,
    Query(
        description="经度（十进制度）；地方坐标系的研究为东坐标（米）。Longitude in degrees.",
        examples=[113.93],
        allow_inf_nan=False,
    ),
]
Lat = Annotated[
    float,
    Query(
        description="纬度（十进制度）；地方坐标系的研究为北坐标（米）。Latitude in degrees.",
        examples=[24.52],
        allow_inf_nan=False,
    ),
]
RuleName = Annotated[
    str | None,
    Query(
        description="评价标准名称，默认第一个。Name of a rule; the first by default.",
        max_length=100,
    ),
]
CrsName = Annotated[
    Datum,
    Query(
        description="坐标是什么：wgs84、gcj02（高德、腾讯）、bd09（百度）、local（地方坐标系）。"
    ),
]


def check_places(served: Served, lon: Floats, lat: Floats, crs: Datum) -> None:
    """Refuse places that are none.

    Raises
    ------
    CrsError
        When the datum does not fit the study, or a coordinate is none.
    """
    _check_datum(served, crs)
    if served.to_metric is None:
        return
    bad = np.flatnonzero(~((np.abs(lon) <= _MOST_LON) & (np.abs(lat) <= _MOST_LAT)))
    if len(bad):
        raise CrsError(fault("service_not_degrees", count=len(bad), first=int(bad[0]) + 1))


def check_place(served: Served, lon: float, lat: float, crs: Datum) -> None:
    """Refuse a single place as `check_places` does, without arrays: it is asked for hundreds of times a second."""
    _check_datum(served, crs)
    if served.to_metric is not None and not (abs(lon) <= _MOST_LON and abs(lat) <= _MOST_LAT):
        raise CrsError(fault("service_not_degrees", count=1, first=1))


def _check_datum(served: Served, crs: Datum) -> None:
    if (crs == "local") != (served.to_metric is None):
        raise CrsError(fault("service_local" if served.to_metric is None else "service_not_local"))


def metric_places(served: Served, lon: Floats, lat: Floats, crs: Datum) -> tuple[Floats, Floats]:
    """Turn places as stated into the metric CRS of the study.

    Raises
    ------
    CrsError
        As `check_places`.
    """
    check_places(served, lon, lat, crs)
    if served.to_metric is None:
        return lon, lat
    if crs in _BACK:
        lon, lat = _BACK[crs](lon, lat)
    x, y = served.to_metric.transform(lon, lat)
    return np.ascontiguousarray(x, dtype=np.float64), np.ascontiguousarray(y, dtype=np.float64)


def hidden_places(served: Served, x: Floats, y: Floats) -> npt.NDArray[np.bool_]:
    """Tell which places (metric CRS) the study excludes."""
    if served.hidden is None:
        return np.zeros(len(x), dtype=bool)
    return np.asarray(shapely.intersects_xy(served.hidden, x, y), dtype=bool)


def standing(served: Served) -> dict[str, object]:
    """Return what stands at the head of every answer with figures."""
    params = served.result.params
    return {
        "study": params.name,
        "as_of": params.as_of.isoformat(),
        "notices": list(served.notices[language()]),
    }

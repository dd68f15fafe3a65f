"""Coordinate systems by reference, with the axes in the order of their authority."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt
import shapely
from pyproj import CRS, Transformer

CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
_EPSG = "http://www.opengis.net/def/crs/EPSG/0/{}"
_ALWAYS = (4326, 3857)
Objects = npt.NDArray[np.object_]
Box = tuple[float, float, float, float]


def offered(study_crs: str) -> list[str]:
    """Return the references that requests may name, the default first.

    Parameters
    ----------
    study_crs
        The metric CRS of the study, e.g. ``EPSG:4547``; one without a code is not offered.
    """
    code = CRS.from_user_input(study_crs).to_epsg()
    codes = [*_ALWAYS, *([code] if code is not None and code not in _ALWAYS else [])]
    return [CRS84, *(_EPSG.format(one) for one in codes)]


def to_crs(shapes: Objects, reference: str) -> Objects:
    """Turn shapes in longitude and latitude into a CRS; the order of the axes is that of its authority."""
    if reference == CRS84:
        return shapes
    transformer = _transformer(reference)

    def turned(xy: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        first, second = transformer.transform(xy[:, 0], xy[:, 1])
        decimals = 7 if reference == _EPSG.format(4326) else 3
        return np.round(np.column_stack((first, second)), decimals)

    moved: Objects = shapely.transform(shapes, turned)
    return moved


def box_to_lonlat(box: Box, reference: str) -> Box:
    """Turn a box into longitude and latitude: the least that holds it."""
    if reference == CRS84:
        return box
    if reference == _EPSG.format(4326):
        return box[1], box[0], box[3], box[2]
    west, south, east, north = _transformer(reference).transform_bounds(*box, direction="INVERSE")
    return west, south, east, north


@lru_cache(maxsize=8)
def _transformer(reference: str) -> Transformer:
    # CRS84 states longitude first, every other reference its own order
    code = reference.rpartition("/")[2]
    return Transformer.from_crs("OGC:CRS84", f"EPSG:{code}")

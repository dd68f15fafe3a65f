"""Ground heights of a raster (GeoTIFF and the like), read where the study needs them."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import rasterio
from affine import Affine
from pyproj import CRS, Transformer
from rasterio.errors import NotGeoreferencedWarning, RasterioError
from rasterio.windows import Window

from geo.crs import InputCrs, resolve_crs
from geo.errors import CrsError, InputError, fault
from geo.params import Source
from geo.read.raw import digest

Floats = npt.NDArray[np.float64]
Box = tuple[float, float, float, float]
AROUND = 2  # pixels read beyond the box, so that its edge is interpolated like its middle
MOST_PIXELS = 100_000_000
_METRES = ("", "m", "metre", "metres", "meter", "meters", "米")


@dataclass(frozen=True)
class Elevation:
    """Heights above sea level on a regular grid.

    Attributes
    ----------
    values
        Metres, by row and column of pixels; nan where the raster says nothing.
    to_pixel
        From coordinates of the raster to (column, row) of `values`, whole numbers at corners of pixels.
    crs
        Of the raster; None for the study's own local grid.
    note
        How the CRS came to be known, see `geo.tables.ReadResult`.
    """

    values: npt.NDArray[np.float32]
    to_pixel: Affine
    crs: CRS | None
    note: str
    file: str
    sha256: str

    def heights(self, x: Floats, y: Floats, crs: str | None) -> Floats:
        """Interpolate heights between the four nearest pixels.

        Parameters
        ----------
        x, y
            Points in `crs`; None is the study's own local grid.

        Returns
        -------
        numpy.ndarray
            Metres; nan beyond the raster and next to pixels without a value.
        """
        if crs is not None and self.crs is not None:
            x, y = Transformer.from_crs(crs, self.crs, always_xy=True).transform(x, y)
        column, row = _applied(self.to_pixel, np.asarray(x), np.asarray(y))
        return _bilinear(self.values, column - 0.5, row - 0.5)


def read_elevation(source: Source, box: Box, crs: str | None) -> Elevation:
    """Read the heights of a raster inside a box.

    Parameters
    ----------
    source
        Its file and, where the file says nothing, its CRS.
    box
        Least x and y, largest x and y in `crs`.
    crs
        The study's CRS, None for a local grid.

    Raises
    ------
    InputError
        When the file is missing or no raster of heights in metres, or holds nothing of the box.
    CrsError
        When its CRS is missing or does not fit the study's.
    """
    path = source.path
    if path is None:
        raise InputError(fault("source_without_file", section=source.kind))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", NotGeoreferencedWarning)
            with rasterio.open(path) as raster:
                known = _known_crs(raster, source, path, crs)
                values, to_pixel = _window(raster, known.crs, box, crs, path.name)
    except (RasterioError, OSError) as error:
        raise InputError(
            fault("file_unreadable", section=source.kind, file=path.name, found=str(error))
        ) from error
    return Elevation(values, to_pixel, known.crs, known.note, path.name, digest(path))


def _known_crs(
    raster: rasterio.DatasetReader, source: Source, path: Path, study: str | None
) -> InputCrs:
    """Decide what the raster's coordinates mean; shifted ones have no regular grid."""
    own = raster.crs.to_wkt() if raster.crs else None
    known = resolve_crs(source.crs, own, file=path.name, section=source.kind)
    if known.shift != "none":
        raise CrsError(fault("elevation_shifted", file=path.name, declared=source.crs))
    if (known.crs is None) != (study is None):
        found = str(known.crs.name) if known.crs is not None else "local"
        raise CrsError(fault("crs_local_with_other", section=source.kind, found=found))
    unit = (raster.units[0] or "").strip().lower()
    if unit not in _METRES:
        raise InputError(fault("elevation_unit", file=path.name, found=unit))
    return known


def _window(
    raster: rasterio.DatasetReader, own: CRS | None, box: Box, crs: str | None, file: str
) -> tuple[npt.NDArray[np.float32], Affine]:
    """Read the first band round the box; returns it and the way from coordinates to its pixels."""
    if own is not None and crs is not None:
        box = Transformer.from_crs(crs, own, always_xy=True).transform_bounds(*box, densify_pts=21)
    corners = np.array([box[0], box[2], box[0], box[2]]), np.array([box[1], box[1], box[3], box[3]])
    column, row = _applied(~raster.transform, *corners)
    first = np.floor([column.min(), row.min()]).astype(int) - AROUND
    last = np.ceil([column.max(), row.max()]).astype(int) + AROUND
    first = np.maximum(first, 0)
    wide, high = np.minimum(last, (raster.width, raster.height)) - first
    if wide <= 0 or high <= 0:
        raise InputError(fault("elevation_elsewhere", file=file))
    if int(wide) * int(high) > MOST_PIXELS:
        raise InputError(
            fault("elevation_too_fine", file=file, count=int(wide) * int(high), most=MOST_PIXELS)
        )
    window = Window(int(first[0]), int(first[1]), int(wide), int(high))
    read = raster.read(1, window=window, masked=True).astype(np.float32)
    values = read.filled(np.nan) * np.float32(raster.scales[0]) + np.float32(raster.offsets[0])
    return values, ~raster.window_transform(window)


def _applied(affine: Affine, x: Floats, y: Floats) -> tuple[Floats, Floats]:
    return affine.a * x + affine.b * y + affine.c, affine.d * x + affine.e * y + affine.f


def _bilinear(values: npt.NDArray[np.float32], column: Floats, row: Floats) -> Floats:
    """Interpolate between the middles of pixels; within half a pixel of the border the border's value holds."""
    high, wide = values.shape
    inside = (column >= -0.5) & (row >= -0.5) & (column <= wide - 0.5) & (row <= high - 0.5)
    column = np.clip(np.where(inside, column, 0.0), 0.0, wide - 1.0)
    row = np.clip(np.where(inside, row, 0.0), 0.0, high - 1.0)
    left, top = np.floor(column).astype(np.int64), np.floor(row).astype(np.int64)
    right, low = np.minimum(left + 1, wide - 1), np.minimum(top + 1, high - 1)
    u, v = column - left, row - top
    found = np.zeros(len(column))
    for at_row, at_column, weight in (
        (top, left, (1 - u) * (1 - v)),
        (top, right, u * (1 - v)),
        (low, left, (1 - u) * v),
        (low, right, u * v),
    ):
        # a pixel without a value matters only where it has a say
        found += np.where(weight > 0.0, values[at_row, at_column] * weight, 0.0)
    found[~inside] = np.nan
    return found

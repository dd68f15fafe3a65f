"""Raw geometry at the door: right kind, not empty, where its CRS can be, longitude before latitude."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo.crs import InputCrs, plausible_bounds
from geo.errors import Fault, InputError, fault
from geo.messages import say
from geo.read.rejects import Rejects
from geo.read.schema import Schema, Shape

Geometries = npt.NDArray[np.object_]
_TYPES: dict[Shape, tuple[int, ...]] = {"point": (0, 4), "line": (1, 2, 5), "polygon": (3, 6)}
# An outlier this far from the middle of its layer, whose swapped twin lies this near, was written the wrong way round.
_FAR_DEGREES, _NEAR_DEGREES = 5.0, 2.0


def close_cad_outlines(geometry: Geometries) -> tuple[Geometries, int]:
    """Make polygons of closed lines: a CAD file has no polygons, a closed polyline is meant as one.

    Returns
    -------
    array, int
        The shapes, and how many were closed lines.
    """
    lines = shapely.get_type_id(geometry) == 1
    closed = lines & shapely.is_closed(geometry) & (shapely.get_num_points(geometry) >= 4)
    out = geometry.copy()
    if closed.any():
        coords, index = shapely.get_coordinates(geometry[closed], return_index=True)
        out[closed] = shapely.polygons(shapely.linearrings(coords, indices=index))
    return out, int(closed.sum())


def check_shapes(geometry: Geometries, schema: Schema, rejects: Rejects) -> None:
    """Set rows without usable geometry aside.

    Raises
    ------
    InputError
        When no row at all has the kind of geometry that is needed.
    """
    kinds = shapely.get_type_id(geometry)
    empty = shapely.is_missing(geometry) | shapely.is_empty(geometry)
    allowed = np.isin(kinds, [one for shape in schema.shapes for one in _TYPES[shape]])
    if not allowed.any() and not empty.all():
        raise InputError(
            fault(
                "wrong_geometry",
                section=schema.section,
                file=rejects.raw.file,
                wanted=shape_names(schema.shapes),
                found=_found(kinds[~empty]),
            )
        )
    rejects.rows(empty, "reject_no_geometry")
    wrong = ~allowed & ~empty
    names = pd.Series(kinds).map({kind: _kind_name(int(kind)) for kind in np.unique(kinds)})
    rejects.rows(wrong, "reject_wrong_geometry", value=names)
    finite = np.isfinite(_bounds(geometry)).all(axis=1)
    rejects.rows(~finite & ~empty, "reject_no_coordinates")


def check_places(geometry: Geometries, known: InputCrs, rejects: Rejects) -> None:
    """Set rows aside whose coordinates cannot be, or are swapped; in the CRS of the file."""
    if known.crs is None:
        return
    x, y = _middles(geometry)
    good = rejects.good & np.isfinite(x) & np.isfinite(y)
    swapped, far, zero = misplaced(x, y, known, good)
    shown = pd.Series("", index=range(len(x)), dtype=object)
    for i in np.flatnonzero(swapped | far | zero):
        shown.iloc[int(i)] = f"{x[i]:.6f}, {y[i]:.6f}"
    rejects.rows(zero, "reject_zero_coordinates", value=shown)
    code = "reject_swapped_degrees" if known.is_degrees else "reject_swapped_metres"
    rejects.rows(swapped, code, value=shown)
    code = "reject_far_degrees" if known.is_degrees else "reject_far_metres"
    rejects.rows(far, code, value=shown)


def misplaced(
    x: npt.NDArray[np.float64],
    y: npt.NDArray[np.float64],
    known: InputCrs,
    good: npt.NDArray[np.bool_],
) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Tell swapped, impossible and zero coordinates among the `good` rows."""
    crs = known.crs
    if crs is None:
        nothing = np.zeros(len(x), bool)
        return nothing, nothing, nothing
    bounds = plausible_bounds(crs)
    inside, inside_swapped = _within(x, y, bounds), _within(y, x, bounds)
    zero = good & (x == 0.0) & (y == 0.0)
    good = good & ~zero
    swapped = good & ~inside & inside_swapped
    far = good & ~inside & ~inside_swapped
    if known.is_degrees and (good & inside).sum() >= 3:
        mx, my = np.median(x[good & inside]), np.median(y[good & inside])
        off = np.maximum(np.abs(x - mx), np.abs(y - my)) > _FAR_DEGREES
        twin = np.maximum(np.abs(y - mx), np.abs(x - my)) < _NEAR_DEGREES
        swapped |= good & inside & off & twin
    return swapped, far, zero


def _within(
    x: npt.NDArray[np.float64],
    y: npt.NDArray[np.float64],
    bounds: tuple[float, float, float, float],
) -> npt.NDArray[np.bool_]:
    return np.asarray(
        (x >= bounds[0]) & (x <= bounds[2]) & (y >= bounds[1]) & (y <= bounds[3]), dtype=bool
    )


def _bounds(geometry: Geometries) -> npt.NDArray[np.float64]:
    return np.asarray(shapely.bounds(geometry), dtype=np.float64).reshape(-1, 4)


def _middles(geometry: Geometries) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    box = _bounds(geometry)
    return (box[:, 0] + box[:, 2]) / 2.0, (box[:, 1] + box[:, 3]) / 2.0


def shape_names(shapes: Sequence[Shape]) -> str:
    """Name kinds of geometry for a message."""
    return say("word_or").join(say(f"shape_{shape}") for shape in shapes)


def _kind_name(kind: int) -> str:
    for shape, ids in _TYPES.items():
        if kind in ids:
            return say(f"shape_{shape}")
    return say("shape_other")


def _found(kinds: npt.NDArray[np.int32]) -> str:
    names = pd.Series([_kind_name(int(kind)) for kind in np.unique(kinds)]).unique()
    return "、".join(names)


def report_closed(count: int, file: str) -> list[Fault]:
    """Say how many closed CAD lines were taken as polygons."""
    return [fault("cad_lines_closed", "info", file=file, count=count)] if count else []

"""Demand: which polygon a building belongs to, its floor area, and the people spread over buildings."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo.errors import Fault, fault

METRES_A_LEVEL = 3.0
SLIVER_M = 2.0  # a building this close to a polygon stands in a hairline gap, not outside
MAX_WITHOUT_LEVELS_SHARE = 0.5
WORK_USES = ("office", "commercial")


def members(
    points: npt.NDArray[np.object_], polygons: gpd.GeoDataFrame, sliver_m: float = SLIVER_M
) -> npt.NDArray[np.int32]:
    """Return the row of the polygon that holds each point, -1 for none.

    Where polygons overlap the first row wins (rows are sorted by id); a point in a gap narrower than `sliver_m`
    goes to the nearest polygon.
    """
    found = np.full(len(points), -1, dtype=np.int32)
    if len(points) == 0 or len(polygons) == 0:
        return found
    tree = shapely.STRtree(polygons.geometry.to_numpy())
    point, polygon = tree.query(points, predicate="intersects")
    order = np.lexsort((polygon, point))
    first = np.unique(point[order], return_index=True)[1]
    found[point[order][first]] = polygon[order][first]
    if sliver_m > 0.0:
        lost = np.flatnonzero(found < 0)
        near_lost, near = tree.query_nearest(points[lost], max_distance=sliver_m, all_matches=False)
        found[lost[near_lost]] = near
    return found


@dataclass(frozen=True)
class SpreadResult:
    """People per building and how they came there: ``building``, ``community``, ``subdistrict`` or ``none``."""

    people: npt.NDArray[np.float64]
    basis: str
    faults: tuple[Fault, ...] = ()


def floor_areas(buildings: gpd.GeoDataFrame) -> tuple[pd.DataFrame, list[Fault]]:
    """Measure footprint and floor area.

    Levels come from the data, else from the height (3 m a level), else 1. Where more than half of the footprint has
    neither, floor area stays empty: a made-up figure would look like a measured one.

    Returns
    -------
    (frame, faults)
        Columns ``levels, footprint_m2, floor_area_m2``, aligned with `buildings`.
    """
    footprint = buildings.geometry.area.to_numpy()
    levels = _numbers(buildings, "levels")
    height = _numbers(buildings, "height_m")
    from_height = np.isnan(levels) & (height > 0)
    levels = np.where(from_height, np.maximum(1.0, np.round(height / METRES_A_LEVEL)), levels)
    missing = np.isnan(levels)
    share = footprint[missing].sum() / max(footprint.sum(), 1e-9)
    counts = {"missing": int(missing.sum()), "height": int(from_height.sum()), "total": len(levels)}
    faults: list[Fault] = []
    if share > MAX_WITHOUT_LEVELS_SHARE:
        floor = np.full(len(levels), np.nan)
        faults.append(fault("levels_mostly_missing", "warning", **counts))
    else:
        floor = footprint * np.where(missing, 1.0, levels)
        if missing.any() or from_height.any():
            faults.append(fault("levels_filled", "info", **counts))
    frame = pd.DataFrame(
        {"levels": levels, "footprint_m2": footprint, "floor_area_m2": floor}, index=buildings.index
    )
    return frame, faults


def spread(
    kind: str,
    buildings: pd.DataFrame,
    size: npt.NDArray[np.float64],
    units: list[tuple[str, npt.NDArray[np.int32], pd.DataFrame]],
) -> SpreadResult:
    """Give every building its people.

    Parameters
    ----------
    kind
        ``residents`` or ``workers``.
    buildings
        With ``use``, and perhaps the column `kind` itself, which then is taken as it is.
    size
        Floor area (footprint where that is unknown), one value a building.
    units
        (name, unit row of every building, unit table) from fine to coarse; the first whose totals of `kind` are
        all stated is spread over its buildings by `size`: residents over residential buildings, workers over
        office and commercial ones. Nothing is spread that was not stated.
    """
    own = _numbers(buildings, kind)
    if np.isfinite(own).any():
        gaps = int(np.isnan(own).sum())
        notes = (fault("people_gaps", "warning", kind=kind, count=gaps),) if gaps else ()
        return SpreadResult(np.nan_to_num(own), "building", notes)
    use = buildings["use"].to_numpy(dtype=object)
    wanted = np.isin(use, ("residential",) if kind == "residents" else WORK_USES)
    for name, unit_of, table in units:
        totals = _numbers(table, kind)
        if len(totals) == 0 or not np.isfinite(totals).all():
            continue
        inside = wanted & (unit_of >= 0)
        base = np.bincount(unit_of[inside], weights=size[inside], minlength=len(totals))
        people = np.zeros(len(buildings))
        per_m2 = np.divide(totals, base, out=np.zeros(len(totals)), where=base > 0)
        people[inside] = size[inside] * per_m2[unit_of[inside]]
        lost = np.flatnonzero((base <= 0) & (totals > 0))
        faults = [
            fault("people_spread", "info", kind=kind, unit=name, total=f"{totals.sum():,.0f}")
        ]
        if len(lost):
            names = "、".join(table["name"].to_numpy(dtype=object)[lost].astype(str))
            faults.append(
                fault(
                    "people_without_buildings",
                    "warning",
                    kind=kind,
                    units=names,
                    total=f"{totals[lost].sum():,.0f}",
                )
            )
        return SpreadResult(people, name, tuple(faults))
    return SpreadResult(np.full(len(buildings), np.nan), "none")


def _numbers(frame: pd.DataFrame, column: str) -> npt.NDArray[np.float64]:
    if column not in frame.columns:
        return np.full(len(frame), np.nan)
    return pd.to_numeric(frame[column], errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)

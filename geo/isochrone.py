"""Isochrones: polygons of the places within a limit, read off the field."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo.errors import InputError, fault
from geo.field import SEARCH_MARGIN_M, Field, FineCells
from geo.field_grid import FieldGrid
from geo.kernels import contour as kernel
from geo.kernels.bends import bend, settle_crossings
from geo.kernels.field import SMOOTH
from geo.network.costs import PER_UNIT
from geo.network.graph import WalkGraph
from geo.reach import Reach
from geo.seeds import Seeds
from geo.side_by_side import side_by_side

SLIVER_M2 = 0.25  # rings smaller than a paving slab are left out
ALL = "all"
Geometries = npt.NDArray[np.object_]


@dataclass(frozen=True)
class WalkModel:
    """What isochrones are made with.

    Attributes
    ----------
    graph
        Weighted by time or by length.
    grid
        Lattice over its edges.
    per_metre
        Thousandths that a metre of straight walk costs.
    cut
        Nodes where the data end.
    basis
        ``time``: limits are minutes; ``walk_distance``: metres.
    """

    graph: WalkGraph
    grid: FieldGrid
    per_metre: float
    cut: npt.NDArray[np.int32]
    basis: Literal["time", "walk_distance"] = "time"

    @property
    def unit(self) -> tuple[str, float]:
        """Column of limits, and how many seconds or metres one of them is."""
        return ("minutes", 60.0) if self.basis == "time" else ("metres", 1.0)

    def field(self, seeds: Seeds, limit: float) -> Field:
        """Search towards `seeds` as far as contours up to `limit` (seconds or metres) need, and read the field."""
        thousandths = round(limit * PER_UNIT + SEARCH_MARGIN_M * self.per_metre)
        reach = Reach.search(self.graph, seeds, thousandths, towards=True)
        return Field.of(self.grid, reach, self.per_metre)

    def data_end(self, field: Field, limits: Sequence[float]) -> list[bool]:
        """Tell for every limit whether a place where the data end lies within it: there the isochrone is cut off."""
        nearest = field.reach.node_cost_int[self.cut].min(initial=np.iinfo(np.int32).max)
        return [bool(nearest <= limit * PER_UNIT) for limit in limits]


def contours(
    field: Field, limits: Sequence[float], *, bands: bool = False, exact: bool = False
) -> Geometries:
    """Draw the isochrones of a field.

    Parameters
    ----------
    limits
        Seconds or metres, in any order; the field's search must have gone a minute's walk beyond the largest.
    bands
        Rings between one limit and the next smaller one instead of discs.
    exact
        Draw cells finely that the coarse cut gets wrong by half a minute or more; several times slower.

    Returns
    -------
    numpy.ndarray
        One MultiPolygon a limit, in the order given; empty where nothing is within it. Valid, with holes; the disc of a
        smaller limit lies within that of a larger one.

    Raises
    ------
    InputError
        When there are no limits or one is not positive.
    """
    check_limits(limits)
    whole = np.array([limit * PER_UNIT for limit in limits], np.float32)
    window = field.window()
    fine = field.refine(np.unique(whole), window) if exact else field.coarse()
    at_once = 1 if exact else len(whole)  # threads cost more than a coarse cut
    blocks = side_by_side(
        lambda begin, end: [_disc(window, fine, one, exact) for one in whole[begin:end]],
        len(whole),
        at_once,
    )
    discs = np.array([one for block in blocks for one in block], dtype=object)
    if exact:
        broken = ~shapely.is_valid(discs)
        discs[broken] = [polygons_of(shapely.make_valid(one)) for one in discs[broken]]
        _nest(discs, whole)
    return _bands(discs, whole) if bands else discs


def isochrones(
    model: WalkModel,
    seeds: Seeds,
    minutes: Sequence[float],
    *,
    station_ids: Sequence[str],
    crs: object,
    bands: bool = False,
    exact: bool = False,
) -> gpd.GeoDataFrame:
    """Draw the isochrones of every station.

    Parameters
    ----------
    seeds
        One group a station.
    minutes
        Limits; metres where the basis is walk distance.
    station_ids
        One a group.
    crs
        Of the model's coordinates.

    Returns
    -------
    geopandas.GeoDataFrame
        ``station_id, minutes`` (or ``metres``), ``data_end, geometry``,
        by group and rising limit;
        stations that nobody can walk to have none. ``data_end``: the data
        end within the limit, so the isochrone may reach farther.
    """
    limits = _limits(model, minutes)
    tables = (
        _table(model, field, name, minutes, limits, bands, exact)
        for name, field in zip(station_ids, _fields(model, seeds, max(limits)), strict=True)
    )
    return _frame(tables, crs)


def merged_isochrones(
    model: WalkModel, seeds: Seeds, minutes: Sequence[float], *, crs: object, bands: bool = False
) -> gpd.GeoDataFrame:
    """Draw the isochrones of all stations together, exactly; see `isochrones`, the ``station_id`` is ``all``."""
    limits = _limits(model, minutes)
    field = model.field(seeds, max(limits))
    return _frame([_table(model, field, ALL, minutes, limits, bands, True)], crs)


def check_limits(limits: Sequence[float]) -> None:
    """Raise unless there are limits and all are positive.

    Raises
    ------
    InputError
        With the limits found.
    """
    values = np.asarray(limits, np.float64)
    if values.ndim != 1 or len(values) == 0 or not (np.isfinite(values) & (values > 0.0)).all():
        raise InputError(fault("isochrone_limits", found=", ".join(str(one) for one in limits)))


def one_group(seeds: Seeds, group: int) -> Seeds:
    """Return the seeds of one group alone, as group 0."""
    rows = np.flatnonzero(seeds.group == group)
    return Seeds(
        seeds.edge[rows],
        seeds.fraction[rows],
        seeds.cost[rows],
        np.zeros(len(rows), np.int32),
        1,
        None if seeds.node is None else seeds.node[rows],
    )


def _limits(model: WalkModel, minutes: Sequence[float]) -> list[float]:
    check_limits(minutes)
    return [float(one) * model.unit[1] for one in minutes]


def _fields(model: WalkModel, seeds: Seeds, limit: float) -> Iterator[Field]:
    for group in range(seeds.group_count):
        yield model.field(one_group(seeds, group), limit)


def _table(
    model: WalkModel,
    field: Field,
    name: str,
    minutes: Sequence[float],
    limits: list[float],
    bands: bool,
    exact: bool,
) -> pd.DataFrame:
    order = np.argsort(limits, kind="stable")
    table = pd.DataFrame(
        {
            "station_id": name,
            model.unit[0]: np.asarray(minutes, np.float64)[order],
            "data_end": np.asarray(model.data_end(field, limits))[order],
            "geometry": contours(field, limits, bands=bands, exact=exact)[order],
        }
    )
    return table[~shapely.is_empty(table["geometry"].to_numpy())]


def _frame(tables: Iterable[pd.DataFrame], crs: object) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        pd.concat(list(tables), ignore_index=True), geometry="geometry", crs=crs
    )


def _disc(
    window: kernel.Window, fine: FineCells, limit: np.float32, exact: bool
) -> shapely.MultiPolygon:
    field, refined = fine.field, fine.at(limit)
    key, to, xy, row_start = kernel.segments(window, refined, limit)
    if len(key) == 0:
        return shapely.MultiPolygon()
    if exact:
        grid = field.grid
        where = (
            grid.network, grid.lattice, field.search, float(field.per_metre), float(limit), SMOOTH,
            field.column, field.row, refined.number,
        )  # fmt: skip
        settle_crossings(*where, fine.steep, key, xy)
        key, to, xy, row_start = bend(*where, refined.n, fine.steep, key, to, xy, row_start)
    offset, order, area, parent = kernel.rings(key, to, xy, row_start)
    step = field.grid.step_m
    size = np.diff(offset)
    kept = np.abs(area) * step * step >= SLIVER_M2
    is_hole = area < 0.0
    kept &= ~is_hole | (parent >= 0)
    kept[is_hole] &= kept[parent[is_hole]]
    new = np.cumsum(kept) - 1
    chosen = np.repeat(kept, size)
    points = order[chosen]
    coords = xy[points] * step + (field.x0, field.y0)
    ring = np.repeat(new, size)[chosen]
    lines = shapely.linearrings(coords, indices=ring)
    return _assembled(lines, is_hole[kept], new[parent[kept]])


def _assembled(
    lines: Geometries, is_hole: npt.NDArray[np.bool_], shell: npt.NDArray[np.int64]
) -> shapely.MultiPolygon:
    """Give every hole to its shell."""
    polygons = np.empty(len(lines), dtype=object)
    polygons[~is_hole] = shapely.polygons(lines[~is_hole])
    holes = np.flatnonzero(is_hole)
    if len(holes) == 0:
        return shapely.MultiPolygon(list(polygons))
    holes = holes[np.argsort(shell[holes], kind="stable")]
    owners, first = np.unique(shell[holes], return_index=True)
    for owner, begin, end in zip(owners, first, np.append(first[1:], len(holes)), strict=True):
        own = holes[begin:end]
        polygons[owner] = shapely.Polygon(lines[owner], list(lines[own]))
    return shapely.MultiPolygon(list(polygons[~is_hole]))


def _nest(discs: Geometries, limits: npt.NDArray[np.float32]) -> None:
    """Keep every disc within the next larger one: bends of two contours in one fine cell may cross by centimetres."""
    order = np.argsort(limits, kind="stable")[::-1]
    for larger, smaller in pairwise(order):
        if not shapely.covers(discs[larger], discs[smaller]):
            discs[smaller] = polygons_of(shapely.intersection(discs[smaller], discs[larger]))


def _bands(discs: Geometries, limits: npt.NDArray[np.float32]) -> Geometries:
    """Take the next smaller disc out of every disc."""
    order = np.argsort(limits, kind="stable")
    bands = discs.copy()
    for smaller, larger in pairwise(order):
        bands[larger] = polygons_of(shapely.difference(discs[larger], discs[smaller]))
    return bands


def polygons_of(geometry: shapely.Geometry) -> shapely.MultiPolygon:
    """Keep the areas of what an operation on outlines gave: points and lines where they touched are left out."""
    parts = shapely.get_parts(shapely.get_parts(geometry))  # of a collection of multipolygons, too
    is_area = shapely.get_type_id(parts) == shapely.GeometryType.POLYGON
    return shapely.MultiPolygon(list(parts[is_area]))

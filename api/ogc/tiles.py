"""Layers cut into vector tiles: found by place, generalised to the zoom, clipped, brought to the tile's grid."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import shapely

from api.ogc.layers import Layer, kind_of
from api.ogc.mvt import (
    EXTENT,
    LINE,
    POINT,
    POLYGON,
    Geometry,
    Values,
    commands,
    joined,
    layer_bytes,
    values_of,
    values_of_floats,
)
from api.ogc.tile_grid import Box, tile_box, to_plane
from geo.rounding import minutes_up, share_down

Floats = npt.NDArray[np.float64]
Longs = npt.NDArray[np.int64]
Objects = npt.NDArray[np.object_]
_MARGIN = 64  # units around a tile, so that outlines do not show at its edge
_PIXEL = EXTENT / 256
_KINDS = {0: POINT, 1: LINE, 2: POLYGON}
_SIMPLE_POINTS = 8  # shapes with fewer vertices are not worth simplifying
_POLYGON_TYPE = 3  # of GEOS; above it come the multipart types
_AT_HOME = ("lon", "lat")  # the geometry says it
CACHE_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True)
class TileSource:
    """A layer ready to be cut.

    Attributes
    ----------
    parts
        Points, lines and polygons of all features in Web Mercator, apart.
    row
        Feature of every part, ascending.
    points
        Vertices of every part.
    area
        Of every part; not a measure, only to tell what is too small to see.
    columns
        Values as they are printed: minutes to 0.1 upwards, shares to 0.1 point downwards, numbers to 0.01.
    """

    name: str
    parts: Objects
    row: Longs
    bounds: Floats
    area: Floats
    dimension: Longs
    points: Longs
    tree: shapely.STRtree
    columns: tuple[Values, ...]

    @classmethod
    def of(cls, layer: Layer) -> TileSource:
        """Prepare a layer."""
        parts, row = shapely.get_parts(to_plane(layer.shapes), return_index=True)
        parts = shapely.orient_polygons(parts, exterior_cw=True)
        return cls(
            name=layer.id,
            parts=parts,
            row=row.astype(np.int64),
            bounds=shapely.bounds(parts),
            area=shapely.area(parts),
            dimension=shapely.get_dimensions(parts).astype(np.int64),
            points=shapely.get_num_coordinates(parts).astype(np.int64),
            tree=shapely.STRtree(parts),
            columns=_columns(layer.table),
        )

    def tile(self, z: int, y: int, x: int) -> bytes:
        """Cut one tile; empty bytes where nothing lies.

        Strategy
        --------
        * polygons below a quarter of a pixel are left out, others lose what a quarter of a pixel would show;
        * only what crosses the edge is clipped;
        * vertices are brought to the grid of the tile; repeats go, then rings that have no area left.
        """
        box = tile_box(z, y, x)
        unit = (box[2] - box[0]) / EXTENT
        margin = _MARGIN * unit
        wide = (box[0] - margin, box[1] - margin, box[2] + margin, box[3] + margin)
        at = np.sort(self.tree.query(shapely.box(*wide)))
        seen = (self.dimension[at] < 2) | (self.area[at] >= (_PIXEL * unit / 2.0) ** 2)
        at = at[seen]
        drawn = []
        for dimension, kind in _KINDS.items():
            some = at[self.dimension[at] == dimension]
            if len(some):
                parts, row = self._cut(some, wide, dimension, _PIXEL * unit / 4.0)
                drawn.append(_drawn(parts, row, kind, box, unit))
        if not sum(len(one.feature) for one in drawn):
            return b""
        geometry = joined(drawn)
        return layer_bytes(self.name, geometry, geometry.feature, self.columns)

    def _cut(self, at: Longs, wide: Box, dimension: int, tolerance: float) -> tuple[Objects, Longs]:
        """Simplify and clip parts; what falls apart is taken apart."""
        parts, row, bounds = self.parts[at], self.row[at], self.bounds[at]
        many = self.points[at] > _SIMPLE_POINTS
        if many.any():
            parts[many] = shapely.simplify(parts[many], tolerance, preserve_topology=False)
        across = (bounds[:, :2] < wide[:2]).any(axis=1) | (bounds[:, 2:] > wide[2:]).any(axis=1)
        if across.any():
            clipped = shapely.clip_by_rect(parts[across], *wide)
            # clipping keeps no promise about the order of rings
            parts[across] = shapely.orient_polygons(clipped, exterior_cw=True)
        if (across | many).any():
            parts, row = _apart(parts, row, dimension)
        return parts, row


def _apart(parts: Objects, row: Longs, dimension: int) -> tuple[Objects, Longs]:
    """Take apart what has fallen into pieces, and leave out what is of another kind now, or nothing."""
    fallen = shapely.get_type_id(parts) > _POLYGON_TYPE
    pieces, which = shapely.get_parts(parts[fallen], return_index=True)
    parts = np.concatenate((parts[~fallen], pieces))
    row = np.concatenate((row[~fallen], row[fallen][which]))
    same = (shapely.get_dimensions(parts) == dimension) & ~shapely.is_empty(parts)
    order = np.argsort(row[same], kind="stable")
    return parts[same][order], row[same][order]


class _Vertices(NamedTuple):
    xy: Longs
    path: Longs


def _drawn(parts: Objects, row: Longs, kind: int, box: Box, unit: float) -> Geometry:
    """Bring shapes to the grid and write them as commands."""
    if kind == POLYGON:
        paths, part = shapely.get_rings(parts, return_index=True)
        owner = row[part]
    else:
        paths, part, owner = parts, np.arange(len(parts)), row
    xy, path = shapely.get_coordinates(paths, return_index=True)
    grid = np.rint((xy - (box[0], box[3])) * (1.0 / unit, -1.0 / unit)).astype(np.int64)
    if kind == POINT:
        owner, path = np.unique(owner[path], return_inverse=True)
        return commands(grid, path, owner, kind)
    kept = _without_repeats(grid, path, closed=kind == POLYGON)
    count = np.bincount(kept.path, minlength=len(paths))
    good = count >= (3 if kind == POLYGON else 2)
    if kind == POLYGON:
        good &= _well_turned(kept, part, len(paths))
    return _commands_of(kept, good, owner, kind)


def _without_repeats(xy: Longs, path: Longs, *, closed: bool) -> _Vertices:
    first = np.ones(len(xy), dtype=bool)
    first[1:] = path[1:] != path[:-1]
    kept = first.copy()
    kept[1:] |= (xy[1:] != xy[:-1]).any(axis=1)
    xy, path = xy[kept], path[kept]
    if closed and len(xy):
        last = np.ones(len(xy), dtype=bool)
        last[:-1] = path[1:] != path[:-1]
        xy, path = xy[~last], path[~last]
    return _Vertices(xy, path)


def _well_turned(kept: _Vertices, part: Longs, count: int) -> npt.NDArray[np.bool_]:
    """Tell which rings still turn as they must: outer ones with area, holes against them and in one that is left."""
    xy, path = kept
    following = np.roll(np.arange(len(xy)), -1)
    last = np.ones(len(xy), dtype=bool)
    last[:-1] = path[1:] != path[:-1]
    begins = np.roll(last, 1)
    following[last] = np.flatnonzero(begins)
    cross = xy[:, 0] * xy[following, 1] - xy[following, 0] * xy[:, 1]
    area = np.bincount(path, weights=cross, minlength=count)
    outer = np.ones(count, dtype=bool)
    outer[1:] = part[1:] != part[:-1]
    good = np.where(outer, area > 0, area < 0)
    return good & good[np.maximum.accumulate(np.where(outer, np.arange(count), 0))]


def _commands_of(kept: _Vertices, good: npt.NDArray[np.bool_], owner: Longs, kind: int) -> Geometry:
    number = np.cumsum(good) - 1
    stays = good[kept.path]
    return commands(kept.xy[stays], number[kept.path[stays]], owner[good], kind)


def _columns(table: pa.Table) -> tuple[Values, ...]:
    names = [one for one in table.column_names if one not in _AT_HOME]
    made = (_values(name, table.column(name)) for name in names)
    return tuple(one for one in made if one is not None)


def _values(name: str, column: pa.ChunkedArray) -> Values | None:
    kind = column.type
    if pa.types.is_nested(kind):
        return None
    if pa.types.is_floating(kind):
        return values_of_floats(name, _printed(name, column.to_numpy().astype(np.float64)))
    if pa.types.is_date(kind):
        column = column.cast(pa.string())
    coded = pc.dictionary_encode(column.combine_chunks())
    code = coded.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int32)
    return values_of(name, code, coded.dictionary.to_pylist())


def _printed(name: str, value: Floats) -> Floats:
    kind = kind_of(name)
    if kind == "minutes":
        found = minutes_up(value)
    elif kind == "share":
        found = share_down(value)
    else:
        found = np.round(value, 2)
    return np.asarray(found + 0.0, dtype=np.float64)


class TileCache:
    """The tiles asked for last, up to so many bytes; used on the event loop only."""

    def __init__(self, most_bytes: int = CACHE_BYTES) -> None:
        self._most = most_bytes
        self._held: OrderedDict[Sequence[object], bytes] = OrderedDict()
        self._bytes = 0

    def get(self, key: Sequence[object]) -> bytes | None:
        """Return a tile that is held."""
        found = self._held.get(key)
        if found is not None:
            self._held.move_to_end(key)
        return found

    def put(self, key: Sequence[object], tile: bytes) -> None:
        """Hold a tile, and give up those longest unasked."""
        if key in self._held:
            return
        self._held[key] = tile
        self._bytes += len(tile)
        while self._bytes > self._most:
            _, gone = self._held.popitem(last=False)
            self._bytes -= len(gone)

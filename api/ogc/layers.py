"""The layers of a result as collections: one a table and rule, ready to be searched, paged and cut into tiles."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import shapely

from geo.geopackage import has_geometry
from geo.table_titles import table_title
from geo.tables import columns
from maps.hidden import cut_hidden, hidden_area, without_hidden

if TYPE_CHECKING:
    from api.ogc.tiles import TileSource
    from geo.result import StudyResult

Objects = npt.NDArray[np.object_]
DECIMALS = 7  # of a degree: a centimetre
# what an external reader does not get: boundaries, and whatever tells of single buildings
_INTERNAL = frozenset({"subdistricts", "communities", "zones", "buildings", "blind_areas"})
_ID_OF = {
    "subdistricts": "subdistrict_id",
    "communities": "community_id",
    "zones": "zone_id",
    "buildings": "building_id",
    "stations": "station_id",
    "blind_areas": "blind_area_id",
    "sites": "site_id",
    "candidates": "site_id",
    "links": "link_id",
}
_FIRST = ("subdistricts", "communities", "zones", "buildings", "stations", "blind_areas")
# when a feature of a table began and ended to be
_LIVES = {"stations": ("opened_on", "closed_on")}


@dataclass(frozen=True)
class Layer:
    """One collection; rows in the order of its table.

    Attributes
    ----------
    id
        Of the collection: the table's name, with a number for every rule but the first.
    rule
        Whose verdicts it shows; None where the table has no rule.
    ids
        Of the features, unique.
    shapes
        Longitude and latitude (no CRS in a local grid), to seven decimals; None where a row has no place.
    table
        Properties of the features.
    lives
        Columns with the first and last day of a feature; None where features have no time of their own.
    """

    id: str
    name: str
    rule: str | None
    ids: list[str]
    shapes: Objects
    table: pa.Table
    lives: tuple[str, str] | None

    @property
    def count(self) -> int:
        """How many features it has."""
        return len(self.ids)

    @cached_property
    def row_of(self) -> Mapping[str, int]:
        """Row of every id."""
        return {one: row for row, one in enumerate(self.ids)}

    @cached_property
    def tree(self) -> shapely.STRtree:
        """Finds features by place."""
        return shapely.STRtree(self.shapes)

    @cached_property
    def bounds(self) -> tuple[float, float, float, float] | None:
        """West, south, east, north; None without any place."""
        found = shapely.total_bounds(self.shapes)
        if not np.isfinite(found).all():
            return None
        west, south, east, north = found.tolist()
        return west, south, east, north

    @cached_property
    def tiles(self) -> TileSource:
        """Cuts it into tiles."""
        from api.ogc.tiles import TileSource

        return TileSource.of(self)

    def prepare(self) -> None:
        """Make what the first request for features or a tile would wait for."""
        _ = self.row_of, self.tree, self.bounds, self.kind, self.tiles

    @cached_property
    def kind(self) -> str:
        """What its geometry is: ``Point``, ``LineString``, ``Polygon`` or their ``Multi…``, else ``any``."""
        kinds = set(shapely.get_type_id(self.shapes).tolist()) - {-1}
        for name, allowed in _KINDS.items():
            if kinds and kinds <= allowed:
                return name
        return "any"

    def title(self, lang: str | None = None) -> str:
        """Return its title as a person reads it."""
        title = table_title(self.name, lang)
        return f"{title}（{self.rule}）" if self.rule else title


_KINDS = {
    "Point": {0},
    "LineString": {1},
    "Polygon": {3},
    "MultiPoint": {0, 4},
    "MultiLineString": {1, 5},
    "MultiPolygon": {3, 6},
}
Layers = Mapping[str, Layer]


def layers_of(result: StudyResult) -> Layers:
    """Return the collections of a result, by id; none for a study in a local grid, which no client could place."""
    if result.params.crs == "local":
        return {}
    hidden = hidden_area(result)
    shown = without_hidden(result, hidden)
    names = [one for one in _FIRST if one in shown.tables]
    names += sorted(set(shown.tables) - set(names))
    external = result.params.output.audience == "external"
    found: dict[str, Layer] = {}
    for name in names:
        frame = shown.tables[name]
        if not has_geometry(frame) or not len(frame) or (external and name in _INTERNAL):
            continue
        for layer_id, rule, part in _by_rule(name, frame, shown):
            shapes = np.asarray(part.geometry.to_numpy(), dtype=object)
            if name not in _INTERNAL:
                shapes = cut_hidden(shapes, hidden)
            found[layer_id] = _layer(layer_id, name, rule, part, shapes)
    return found


def _by_rule(
    name: str, frame: pd.DataFrame, result: StudyResult
) -> Iterator[tuple[str, str | None, gpd.GeoDataFrame]]:
    if "rule" not in frame.columns:
        yield name, None, gpd.GeoDataFrame(frame)
        return
    present = set(frame["rule"])
    rules = [one.name for one in result.params.rules]
    for number, rule in enumerate(rules, 1):
        if rule in present:
            alone = number == 1 or len(present) == 1
            part = gpd.GeoDataFrame(frame[frame["rule"] == rule])
            yield name if alone else f"{name}_{number}", rule, part


def _layer(
    layer_id: str, name: str, rule: str | None, part: gpd.GeoDataFrame, shapes: Objects
) -> Layer:
    plain = pd.DataFrame(part.drop(columns=part.active_geometry_name)).reset_index(drop=True)
    lives = _LIVES.get(name)
    if lives is not None and not set(lives) <= set(plain.columns):
        lives = None
    placed = shapely.transform(shapes, lambda xy: np.round(xy, DECIMALS))
    return Layer(layer_id, name, rule, _ids(name, plain), placed, _arrow(plain), lives)


def _ids(name: str, frame: pd.DataFrame) -> list[str]:
    """Name the features by the id of their table, by place and limit, else by their number."""
    column = _ID_OF.get(name)
    if column in frame.columns:
        ids = frame[column].astype(str)
        if ids.is_unique:
            return [str(one) for one in ids]
    if {"station_id", "minutes", "metres"} <= set(frame.columns):
        limit = frame["minutes"].map("{:g}min".format).where(frame["minutes"].notna())
        limit = limit.fillna(frame["metres"].map("{:g}m".format))
        ids = frame["station_id"].astype(str) + "-" + limit
        if ids.is_unique:
            return [str(one) for one in ids]
    return [str(number) for number in range(1, len(frame) + 1)]


def _arrow(frame: pd.DataFrame) -> pa.Table:
    """Keep the properties in columns; days are days, missing is null."""
    arrays, names = [], []
    for name in frame.columns:
        array = pa.array(frame[name], from_pandas=True)
        if isinstance(array, pa.ChunkedArray):
            array = array.combine_chunks()
        if pa.types.is_dictionary(array.type):
            array = array.dictionary_decode()
        if pa.types.is_null(array.type) or pa.types.is_large_string(array.type):
            array = array.cast(pa.string())
        if pa.types.is_timestamp(array.type):
            array = array.cast(pa.date32(), safe=False)
        arrays.append(array)
        names.append(str(name))
    return pa.table(arrays, names=names)


def kind_of(name: str) -> str:
    """Return the kind of a column's values; text for a user's own."""
    column = columns().get(name)
    return "text" if column is None else column.kind

"""The raw network of a line layer: ways joined where they share vertices, never by mere crossing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from geo.errors import Fault, NetworkError, fault
from geo.network.edges import Bools, Floats, Longs
from geo.network.line_crossings import Strings, find_crossings, insert_vertices
from geo.network.line_tags import line_tags
from geo.network.raw import WAY_DEFAULTS, RawNetwork, dropped_table, way_frame
from geo.network.walkfilter import decide

JOIN_M = 0.1
MOSTLY = 0.5
FEW_CROSSINGS = 10  # below it a share says nothing
FLAG_CLASSES = 4  # bridge and tunnel, yes or no


@dataclass(frozen=True)
class LineNetwork:
    """A line layer as a network.

    Attributes
    ----------
    raw
        Ways over shared vertices.
    faults
        A layer not cut at its crossings, or how many crossings were joined.
    crossings, uncut
        Places where walked lines meet at ground level, and how many of them have no common vertex in the file.
    """

    raw: RawNetwork
    faults: tuple[Fault, ...]
    crossings: int
    uncut: int


def raw_from_lines(
    layer: gpd.GeoDataFrame,
    *,
    join: Literal["vertices", "crossings"] = "vertices",
    columns: Mapping[str, str] | None = None,
    name: str = "",
) -> LineNetwork:
    """Read the walking network of a line layer.

    Parameters
    ----------
    layer
        Lines in a metric CRS (or without one, in metres); columns see `geo.network.line_tags.line_tags`.
    join
        ``vertices``: ways join at common vertices (within 0.1 m), ends and interior ones alike, two interior ones only
        with equal bridge and tunnel flags. ``crossings``: besides, where ways cross or touch at ground level.
    columns
        Column mapping of the study, ours -> theirs.
    name
        File name for messages.

    Raises
    ------
    NetworkError
        When the layer is not in metres, holds no lines, or nothing in it can be walked.
    """
    _require_metric_lines(layer)
    shapes = np.asarray(layer.geometry.array)
    decided = _decided(
        pd.DataFrame(layer.drop(columns=layer.geometry.name)).reset_index(drop=True), columns
    )
    lines, row = shapely.get_parts(shapes, return_index=True)
    usable = (shapely.get_type_id(lines) == shapely.GeometryType.LINESTRING) & ~shapely.is_empty(
        lines
    )
    decided.loc[np.setdiff1d(np.arange(len(layer)), row[usable]), "reason"] = "not_a_line"
    reason = decided["reason"].to_numpy()
    out = reason != ""
    if out.all():
        raise NetworkError(fault("network_no_walkable", file=name, count=len(layer)))
    walked = usable & ~out[row]
    ways = decided.iloc[row[walked]].reset_index(drop=True)
    strings = _strings(shapely.force_2d(lines[walked]), ways)
    vertex = _join(strings)
    uncut = find_crossings(strings, vertex, JOIN_M)
    dropped = dropped_table(reason[out], shapely.length(shapes)[out])
    raw = _raw(strings, vertex, ways, dropped)
    crossings = _meeting_places(raw) + uncut.count
    if join == "crossings":
        strings = insert_vertices(strings, uncut)
        raw = _raw(strings, _join(strings), ways, dropped)
    return LineNetwork(raw, _report(join, uncut.count, crossings), crossings, uncut.count)


def _decided(layer: pd.DataFrame, columns: Mapping[str, str] | None) -> pd.DataFrame:
    """Judge the lines and add what they are called."""
    tags = line_tags(layer, columns)
    highway = pd.Series(None, index=tags.index, dtype=object)
    for key in ("highway", "man_made"):
        if key in tags:
            highway = highway.where(highway.notna(), tags[key])
    return decide(tags).assign(name=tags.get("name"), highway=highway, way_ref=np.arange(len(tags)))


def _require_metric_lines(layer: gpd.GeoDataFrame) -> None:
    """Refuse degrees and other geometries."""
    if layer.crs is not None and (
        not layer.crs.is_projected or layer.crs.axis_info[0].unit_conversion_factor != 1.0
    ):
        raise NetworkError(fault("network_needs_metres", crs=str(layer.crs.name)))
    kinds = sorted(set(layer.geom_type.dropna()))
    if not {"LineString", "MultiLineString"} & set(kinds):
        raise NetworkError(fault("network_not_lines", found="、".join(kinds) or "—"))


def _strings(lines: npt.NDArray[np.object_], ways: pd.DataFrame) -> Strings:
    """Take the lines apart."""
    xy, line = shapely.get_coordinates(lines, return_index=True)
    offset = np.concatenate([[0], np.cumsum(np.bincount(line, minlength=len(lines)))]).astype(
        np.int64
    )
    flags = ways["bridge"].to_numpy(bool) + 2 * ways["tunnel"].to_numpy(bool).astype(np.int64)
    return Strings(xy[:, 0].copy(), xy[:, 1].copy(), offset, flags.astype(np.int64))


def _join(strings: Strings) -> Longs:
    """Return the vertex that each point of the lines is.

    Strategy
    --------
    - points within 0.1 m of each other are one place
    - at a place, line ends meet each other; a line passing through meets ends of its own bridge and tunnel flags, and
      others only if these pass nothing of their own kind there (the end of a bridge in the middle of a street)
    - lines passing through with different flags stay apart
    """
    place = _places(strings.x, strings.y)
    flag = strings.flags[strings.line]
    end = np.zeros(len(place), dtype=bool)
    end[strings.offset[:-1]] = True
    end[strings.offset[1:] - 1] = True
    count = int(place.max()) + 1
    ends = np.zeros((count, FLAG_CLASSES), dtype=bool)
    through = np.zeros((count, FLAG_CLASSES), dtype=bool)
    ends[place[end], flag[end]] = True
    through[place[~end], flag[~end]] = True
    homeless = (ends & ~through).any(axis=1, keepdims=True)
    meets = through & (ends | homeless)
    own = ~end & ~meets[place, flag]
    key = place * (FLAG_CLASSES + 1) + np.where(own, flag + 1, 0)
    _, vertex = np.unique(key, return_inverse=True)
    return vertex.astype(np.int64)


def _places(x: Floats, y: Floats) -> Longs:
    """Number places: points within 0.1 m (directly or through others) are one, in the order of their coordinates."""
    points, point = np.unique(np.column_stack([x, y]), axis=0, return_inverse=True)
    pairs = cKDTree(points).query_pairs(JOIN_M, output_type="ndarray")
    links = coo_array(
        (np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(len(points), len(points))
    )
    _, label = connected_components(links, directed=False)
    _, first, number = np.unique(label, return_index=True, return_inverse=True)
    rank = np.empty(len(first), np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    places: Longs = rank[number[point]]
    return places


def _raw(strings: Strings, vertex: Longs, ways: pd.DataFrame, dropped: pd.DataFrame) -> RawNetwork:
    """Put the lines over their vertices; a vertex lies at the lowest of its points."""
    order = np.lexsort((strings.y, strings.x, vertex))
    _, first = np.unique(vertex[order], return_index=True)
    at = order[first]
    n = len(at)
    frame = way_frame(**{one: ways[one].to_numpy() for one in WAY_DEFAULTS})
    return RawNetwork(
        strings.x[at],
        strings.y[at],
        np.full(n, -1, np.int64),
        np.zeros(n, bool),
        np.zeros(n, np.uint8),
        strings.offset,
        vertex.astype(np.int32),
        frame,
        dropped,
    )


def _meeting_places(raw: RawNetwork) -> int:
    """Count vertices at ground level where three or more segments meet."""
    ground = ~(raw.ways["bridge"] | raw.ways["tunnel"]).to_numpy(bool)
    way = raw.vertex_way
    joined = (way[1:] == way[:-1]) & (raw.vertex[1:] != raw.vertex[:-1]) & ground[way[1:]]
    ends = np.concatenate([raw.vertex[:-1][joined], raw.vertex[1:][joined]])
    meets: Bools = np.bincount(ends, minlength=len(raw.x)) > 2
    return int(meets.sum())


def _report(join: str, uncut: int, crossings: int) -> tuple[Fault, ...]:
    """Say what was found about the crossings."""
    if join == "crossings":
        return (fault("network_joined", "info", count=uncut),)
    if crossings >= FEW_CROSSINGS and uncut / crossings > MOSTLY:
        return (fault("network_uncut", crossings=crossings, share=f"{uncut / crossings:.0%}"),)
    return ()

"""Ways of an OpenStreetMap file over their shared nodes, as arrays."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import osmium
import pandas as pd
import shapely

Floats = npt.NDArray[np.float64]
Longs = npt.NDArray[np.int64]
Tags = Mapping[str, tuple[str, ...]]
NO_AREA = -1


@dataclass(frozen=True)
class OsmWays:
    """Ways over shared nodes.

    Attributes
    ----------
    node_ref, lon, lat
        Nodes that the ways use, by rising OSM id.
    cut
        Nodes at which the data end although the way goes on.
    offset, node
        Nodes of way i are ``node[offset[i]:offset[i + 1]]``.
    way_id
        OSM id; a way that leaves the data and comes back is in pieces of the same id. Rings of a multipolygon carry the
        relation's tags and minus its id.
    area
        Number of the polygon whose ring the way is, -1 for ordinary ways.
    tags
        One row a way, one column a key that occurs.
    node_tags
        Tags of the nodes that were asked for, by OSM id.
    """

    node_ref: Longs
    lon: Floats
    lat: Floats
    cut: npt.NDArray[np.bool_]
    offset: Longs
    node: Longs
    way_id: Longs
    area: Longs
    tags: pd.DataFrame
    node_tags: Mapping[int, Mapping[str, str]]

    def __len__(self) -> int:
        return len(self.way_id)


def meets(tags: Mapping[str, str], where: Tags) -> bool:
    """Tell whether an object meets one of the keys of a query (an empty tuple accepts any value)."""
    for key, values in where.items():
        value = tags.get(key)
        if value is not None and (not values or value in values):
            return True
    return False


_Place = tuple[int, float, float]


@dataclass
class _Piece:
    """A way, a part of one or a ring that is taken node by node."""

    way_id: int
    places: list[_Place]
    tags: dict[str, str]
    cut: list[int]
    area: int = NO_AREA


class _Collector:
    """What the pass has found so far: whole ways as shapes, all else node by node."""

    def __init__(self) -> None:
        self.make = osmium.geom.WKBFactory()
        self.ids: list[int] = []
        self.refs: list[list[int]] = []
        self.shapes: list[str] = []
        self.tags: list[dict[str, str]] = []
        self.pieces: list[_Piece] = []
        self.areas = 0
        self.node_tags: dict[int, dict[str, str]] = {}

    def take_way(self, way: osmium.osm.Way, tags: dict[str, str]) -> None:
        """Keep a way, in pieces where the file lacks nodes of it."""
        try:
            shape = self.make.create_linestring(way, use_nodes=osmium.geom.ALL)
        except (RuntimeError, osmium.InvalidLocationError):
            self.pieces += _runs(way.id, _places(way.nodes), tags)
            return
        self.shapes.append(shape)
        self.ids.append(way.id)
        self.refs.append([node.ref for node in way.nodes])
        self.tags.append(tags)

    def take_rings(self, area: osmium.osm.Area, tags: dict[str, str]) -> None:
        """Keep the rings of a multipolygon, numbered by polygon."""
        for outer in area.outer_rings():
            for ring in (outer, *area.inner_rings(outer)):
                places = [place for place in _places(ring) if place is not None]
                self.pieces.append(_Piece(-area.orig_id(), places, tags, [], self.areas))
            self.areas += 1

    def finished(self) -> OsmWays:
        """Number the nodes by rising id."""
        flat = [place for piece in self.pieces for place in piece.places]
        xy = shapely.get_coordinates(shapely.from_wkb(self.shapes))
        xy = np.vstack(
            [xy, np.array([place[1:] for place in flat], dtype=np.float64).reshape(-1, 2)]
        )
        refs = [ref for one in self.refs for ref in one] + [place[0] for place in flat]
        counts = [len(one) for one in self.refs] + [len(piece.places) for piece in self.pieces]
        node_ref, first, node = np.unique(
            np.array(refs, np.int64), return_index=True, return_inverse=True
        )
        cut = sorted({ref for piece in self.pieces for ref in piece.cut})
        return OsmWays(
            node_ref,
            xy[first, 0],
            xy[first, 1],
            np.isin(node_ref, np.array(cut, dtype=np.int64)),
            np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
            node.astype(np.int64),
            np.array(self.ids + [piece.way_id for piece in self.pieces], dtype=np.int64),
            np.array(
                [NO_AREA] * len(self.ids) + [piece.area for piece in self.pieces], dtype=np.int64
            ),
            pd.DataFrame(self.tags + [piece.tags for piece in self.pieces], dtype=object),
            self.node_tags,
        )


def collect_ways(processor: osmium.FileProcessor, where: Tags, nodes: Tags) -> OsmWays:
    """Read the ways that meet `where`, the rings of multipolygons that do, and the tags of nodes that meet `nodes`."""
    wanted = osmium.osm.WAY | osmium.osm.AREA
    wanted = wanted | osmium.osm.NODE if nodes else wanted
    stream = processor.with_areas(osmium.filter.KeyFilter(*sorted(where)))
    stream = stream.with_filter(osmium.filter.EntityFilter(wanted))
    found = _Collector()
    for one in stream.with_filter(osmium.filter.KeyFilter(*sorted({*where, *nodes}))):
        if one.is_area() and one.from_way():
            continue
        tags = {tag.k: tag.v for tag in one.tags}
        if one.is_node():
            if meets(tags, nodes):
                found.node_tags[one.id] = tags
        elif not meets(tags, where):
            continue
        elif one.is_way():
            found.take_way(one, tags)
        else:
            found.take_rings(one, tags)
    return found.finished()


def _places(nodes: Iterable[osmium.osm.NodeRef]) -> list[_Place | None]:
    """Return id and place of every node, None where the file lacks the node."""
    return [
        (node.ref, node.location.lon, node.location.lat) if node.location.valid() else None
        for node in nodes
    ]


def _runs(way_id: int, places: list[_Place | None], tags: dict[str, str]) -> list[_Piece]:
    """Split a way that lacks nodes into pieces; the data end where one was cut off."""
    pieces: list[_Piece] = []
    run: list[_Place] = []
    starts_cut = False
    for at, place in enumerate([*places, None]):
        if place is not None:
            run.append(place)
            continue
        if len(run) > 1:
            ends = [run[0][0]] if starts_cut else []
            ends += [run[-1][0]] if at < len(places) else []
            pieces.append(_Piece(way_id, run, tags, ends))
        run, starts_cut = [], True
    return pieces


def clip_to_box(ways: OsmWays, box: tuple[float, float, float, float]) -> OsmWays:
    """Keep the segments with an end in the box; nodes outside it are cut.

    Parameters
    ----------
    box
        West, south, east, north in degrees.
    """
    west, south, east, north = box
    inside = (ways.lon >= west) & (ways.lon <= east) & (ways.lat >= south) & (ways.lat <= north)
    way = np.repeat(np.arange(len(ways)), np.diff(ways.offset))
    a, b = ways.node[:-1], ways.node[1:]
    kept = (way[1:] == way[:-1]) & (inside[a] | inside[b])
    at = np.flatnonzero(kept)
    starts = np.flatnonzero(kept & ~np.concatenate([[False], kept[:-1] & (way[1:-1] == way[:-2])]))
    piece = np.searchsorted(starts, at, side="right") - 1
    count = np.bincount(piece, minlength=len(starts)) + 1
    offset = np.concatenate([[0], np.cumsum(count)]).astype(np.int64)
    entry = np.arange(offset[-1]) + np.repeat(starts - offset[:-1], count)
    used, node = np.unique(ways.node[entry], return_inverse=True)
    of_way = way[starts]
    return replace(
        ways,
        node_ref=ways.node_ref[used],
        lon=ways.lon[used],
        lat=ways.lat[used],
        cut=ways.cut[used] | ~inside[used],
        offset=offset,
        node=node.astype(np.int64),
        way_id=ways.way_id[of_way],
        area=ways.area[of_way],
        tags=ways.tags.iloc[of_way].reset_index(drop=True),
    )

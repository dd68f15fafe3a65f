"""The raw network of an OpenStreetMap extract: ways judged by the walk filter, joined by shared node ids."""

from __future__ import annotations

from collections.abc import Mapping

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.errors import NetworkError, fault
from geo.network.edges import Bools, Bytes, Delay, EdgeKind, Floats, Longs
from geo.network.plazas import lift_spokes, plaza_ways
from geo.network.raw import WAY_DEFAULTS, RawNetwork, dropped_table, way_frame, way_lengths
from geo.network.walkfilter import OTHER_WALKED, decide, is_carriageway, node_delay
from geo.read.osm import OsmExtract
from geo.read.osm_ways import OsmWays

WAYS = {"highway": (), **{tag.key: tag.values for tag in OTHER_WALKED}}
NODES = {"highway": ("crossing", "traffic_signals", "elevator")}


def raw_from_osm(extract: OsmExtract, crs: object | None = None) -> RawNetwork:
    """Read the walking network of an extract.

    Parameters
    ----------
    extract
        Open extract; only its box if it has one.
    crs
        Metric CRS, None for the UTM zone of the ways.

    Raises
    ------
    InputError
        When the file cannot be read.
    NetworkError
        When no way in it can be walked, or `crs` is not in metres.
    """
    ways = extract.ways(WAYS, NODES)
    if len(ways) == 0:
        raise NetworkError(fault("network_no_walkable", file=extract.path.name, count=0))
    x, y = _projected(ways, crs)
    decided = decide(ways.tags)
    length = way_lengths(x, y, ways.offset, ways.node)
    out = (decided["reason"] != "").to_numpy()
    if out.all():
        raise NetworkError(fault("network_no_walkable", file=extract.path.name, count=len(ways)))
    decided["name"] = ways.tags.get("name")
    decided["highway"] = _label(ways.tags)
    decided["way_ref"] = ways.way_id
    kept = np.flatnonzero(~out)
    offset, vertex = _taken(ways.offset, ways.node, kept)
    raw = RawNetwork(
        x,
        y,
        ways.node_ref,
        ways.cut,
        _waits(ways, decided),
        offset,
        vertex.astype(np.int32),
        way_frame(**{name: decided[name].to_numpy()[kept] for name in WAY_DEFAULTS}),
        dropped_table(decided["reason"].to_numpy()[out], length[out]),
    )
    # Closed ways that are areas get numbers of their own, beside those of relations.
    own = ways.area.max(initial=-1) + 1 + np.arange(len(ways))
    area = np.where((ways.area < 0) & decided["area"].to_numpy(), own, ways.area)
    return lift_spokes(plaza_ways(raw, area[kept]))


def _label(tags: pd.DataFrame) -> npt.NDArray[np.object_]:
    """Return the ``highway`` value of each way, or what else it is walked as (platform, pier)."""
    label = (
        tags["highway"].astype(object)
        if "highway" in tags
        else pd.Series(None, index=tags.index, dtype=object)
    )
    for tag in OTHER_WALKED:
        if tag.key in tags:
            label = label.where(label.notna() | ~tags[tag.key].isin(tag.values), tag.values[0])
    values: npt.NDArray[np.object_] = label.to_numpy(dtype=object)
    return values


def _projected(ways: OsmWays, crs: object | None) -> tuple[Floats, Floats]:
    """Return the nodes in metres."""
    points = gpd.GeoSeries(gpd.points_from_xy(ways.lon, ways.lat), crs="EPSG:4326")
    target = points.estimate_utm_crs() if crs is None else crs
    moved = points.to_crs(target)
    if not moved.crs.is_projected or moved.crs.axis_info[0].unit_conversion_factor != 1.0:
        raise NetworkError(fault("network_needs_metres", crs=str(crs)))
    return moved.x.to_numpy(), moved.y.to_numpy()


def _taken(offset: Longs, node: Longs, rows: Longs) -> tuple[Longs, Longs]:
    """Return the node lists of some ways."""
    count = np.diff(offset)[rows]
    new = np.concatenate([[0], np.cumsum(count)]).astype(np.int64)
    entry = np.arange(new[-1]) + np.repeat(offset[rows] - new[:-1], count)
    return new, node[entry]


def _waits(ways: OsmWays, decided: pd.DataFrame) -> Bytes:
    """Return the delay of every node: crossings where they lie on a road (walked or not), and lifts."""
    delay = np.zeros(len(ways.node_ref), dtype=np.uint8)
    tagged: Mapping[int, Mapping[str, str]] = ways.node_tags
    if not tagged:
        return delay
    ids = np.array(sorted(tagged), dtype=np.int64)
    values = np.array([int(node_delay(tagged[int(one)])) for one in ids], dtype=np.uint8)
    at = np.searchsorted(ways.node_ref, ids)
    used = at < len(ways.node_ref)
    used[used] = ways.node_ref[at[used]] == ids[used]
    delay[at[used]] = values[used]
    delay[(delay != Delay.LIFT) & ~_on_road(ways, decided)] = int(Delay.NONE)
    return delay


def _on_road(ways: OsmWays, decided: pd.DataFrame) -> Bools:
    """Tell which nodes lie on a carriageway that is there, walked or not."""
    highway = (
        ways.tags["highway"] if "highway" in ways.tags else pd.Series(None, index=ways.tags.index)
    )
    road = is_carriageway(highway) & ~decided["reason"].isin(["not_built", "not_a_way"]).to_numpy()
    road &= decided["kind"].to_numpy() == EdgeKind.ROAD
    entries = np.repeat(road, np.diff(ways.offset))
    found = np.zeros(len(ways.node_ref), dtype=bool)
    found[ways.node[entries]] = True
    return found

"""The walking network of the demo districts: in one piece, and cut where a city is cut."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

# Largest limit as a walk: 30 minutes at 72 m a minute, and some more.
BEYOND_M = 2200.0


def pieces(walk: Any, ends: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Number of the connected piece of each node."""
    count = len(walk.xy)
    links = coo_array((np.ones(len(ends)), tuple(ends.T)), shape=(count, count))
    return np.asarray(connected_components(links, directed=False)[1])


def lengths(walk: Any, ends: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """Length of each segment."""
    return np.asarray(np.hypot(*(walk.xy[ends[:, 0]] - walk.xy[ends[:, 1]]).T))


def aloft(walk: Any) -> npt.NDArray[np.bool_]:
    """Ways on a bridge or in a tunnel."""
    return np.asarray(walk.tags["bridge"].notna() | walk.tags["tunnel"].notna())


def test_network_is_in_one_piece(district: Any) -> None:
    walk = district.walk
    ends, _ = walk.segments(walk.walked)
    piece = pieces(walk, ends)[ends[:, 0]]
    size = np.bincount(piece, weights=lengths(walk, ends))
    assert size.max() / size.sum() >= 0.97


def test_river_separates_its_banks_but_for_bridges(district: Any) -> None:
    walk = district.walk
    river = shapely.union_all(walk.lines((walk.tags["waterway"] == "river").to_numpy()))
    ends, owner = walk.segments(walk.walked)
    middle = shapely.points((walk.xy[ends[:, 0]] + walk.xy[ends[:, 1]]) / 2)
    away = shapely.distance(middle, river) > 60.0
    over = shapely.intersects(shapely.linestrings(walk.xy[ends]), river)
    assert aloft(walk)[owner[over]].all(), "whoever crosses the river is on a bridge"
    places = shapely.buffer(shapely.linestrings(walk.xy[ends[over]]), 60.0)
    assert 2 <= len(shapely.get_parts(shapely.union_all(places))) <= 30, "a few bridges"
    dry = pieces(walk, ends[~over])
    size = np.bincount(dry[ends[away, 0]])
    first, second = np.argsort(-size)[:2]
    assert size[second] > 0.1 * size[first], "two banks, both large, with no way between them"


def test_railway_and_motorway_are_crossed_only_above_or_below(district: Any) -> None:
    walk = district.walk
    rail = (walk.tags["railway"] == "rail").to_numpy()
    motorway = (walk.tags["highway"] == "motorway").to_numpy()
    ends, owner = walk.segments(walk.walked)
    segments = shapely.linestrings(walk.xy[ends])
    tree = shapely.STRtree(segments)
    for kind in (rail, motorway):
        ground = walk.lines(kind & ~aloft(walk))
        crossing = np.unique(tree.query(ground, predicate="crosses")[1])
        assert len(crossing) >= 4, "there are ways over and under"
        assert aloft(walk)[owner[crossing]].all()


def test_nobody_walks_on_water_or_through_walls(district: Any) -> None:
    walk = district.walk
    ends, _ = walk.segments(walk.walked & ~aloft(walk))
    segments = shapely.linestrings(walk.xy[ends])
    assert not shapely.intersects(segments, district.walk_water).any()
    walls = shapely.union_all(district.walls)
    assert walls.length > 5_000.0
    tree = shapely.STRtree(segments)
    through = np.unique(tree.query(shapely.get_parts(walls), predicate="crosses")[1])
    assert len(through) == 0


def test_gates_open_the_walls(district: Any) -> None:
    walk = district.walk
    gate = np.flatnonzero([tags.get("barrier") == "gate" for tags in walk.node_tags])
    gap = shapely.distance(shapely.points(walk.xy[gate]), shapely.union_all(district.walls))
    assert len(gate) > 100
    assert gap.min() > 2.0 and np.quantile(gap, 0.9) < 8.0


def test_roads_go_on_beyond_the_outline(district: Any) -> None:
    walk = district.walk
    ends, _ = walk.segments(walk.walked)
    hull = shapely.convex_hull(shapely.multipoints(walk.xy[np.unique(ends)]))
    outline = district.subdistricts.geometry.union_all()
    assert outline.within(hull)
    assert outline.distance(hull.boundary) >= BEYOND_M


def test_network_has_what_a_city_has(district: Any) -> None:
    tags, node_tags = district.walk.tags, district.walk.node_tags
    classes = {"primary", "secondary", "tertiary", "residential", "service", "footway", "steps"}
    assert classes <= set(tags["highway"].dropna())
    assert (tags["footway"] == "crossing").sum() > 500
    on_road = sum(
        one.get("highway") == "crossing" and one.get("crossing") == "traffic_signals"
        for one in node_tags
    )
    assert on_road > 300
    assert (tags["highway"] == "steps").sum() > 50
    assert ((tags["highway"] == "footway") & tags["bridge"].notna()).sum() > 5
    assert ((tags["highway"] == "footway") & tags["tunnel"].notna()).sum() > 2
    wide = tags["highway"].isin(["primary", "secondary"])
    assert (tags.loc[wide, "sidewalk"] == "separate").all()


def test_crossing_ways_pass_a_crossing_node_of_a_road(district: Any) -> None:
    walk = district.walk
    crossing = np.flatnonzero((walk.tags["footway"] == "crossing").to_numpy())
    node = np.array([walk.ways[row][1] for row in crossing])
    assert all(len(walk.ways[row]) == 3 for row in crossing)
    assert all(walk.node_tags[one].get("highway") == "crossing" for one in node)
    roads, _ = walk.segments(walk.tags["highway"].isin(["primary", "secondary"]).to_numpy())
    assert np.isin(node, roads).all()


def test_whole_district_has_a_large_network(full: Any) -> None:
    ends, _ = full.walk.segments(full.walk.walked)
    degree = np.bincount(np.unique(np.sort(ends, axis=1), axis=0).ravel())
    assert (degree > 0).sum() >= 60_000
    assert ((degree > 0) & (degree != 2)).sum() >= 40_000


@pytest.mark.parametrize("missing", ["bridge", "tunnel"])
def test_without_bridges_or_underpasses_the_district_falls_apart(full: Any, missing: str) -> None:
    walk = full.walk
    ends, _ = walk.segments(walk.walked & walk.tags[missing].isna().to_numpy())
    whole, _ = walk.segments(walk.walked)
    assert pieces(walk, ends).max() > pieces(walk, whole).max()

"""What lies in the strips and on the hills: river, railway, motorway, forest, park lakes."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

from data.demo.generator.lattice import StripLine
from data.demo.generator.warp import Warp

F = npt.NDArray[np.float64]

BANK_M = 36.0
_STEP_M = 60.0


@dataclass(frozen=True)
class Feature:
    """One thing to draw besides the walking network; a ring when its ends are equal."""

    xy: F
    tags: dict[str, str]


def _dense(line: F, step: float = _STEP_M) -> F:
    """Put points on a chart line every `step` metres, keeping its own."""
    length = np.hypot(*np.diff(line, axis=0).T)
    parts = np.maximum(np.ceil(length / step).astype(np.int64), 1)
    owner = np.repeat(np.arange(len(parts)), parts)
    rank = np.arange(parts.sum()) - np.repeat(np.cumsum(parts) - parts, parts)
    share = (rank / parts[owner])[:, None]
    inner = line[owner] + share * (line[owner + 1] - line[owner])
    return np.concatenate([inner, line[-1:]])


def strip_features(lines: tuple[StripLine, ...], warp: Warp) -> list[Feature]:
    """Draw every strip."""
    features: list[Feature] = []
    rivers = [one for one in lines if one.strip.kind == "river"]
    passed: list[StripLine] = list(rivers)
    for line in sorted(lines, key=lambda one: ("river", "rail", "motorway").index(one.strip.kind)):
        low, high = _dense(line.low), _dense(line.high)
        name = line.strip.name
        if line.strip.kind == "river":
            wave = np.arange(len(low))
            cut = (BANK_M + 6.0 * np.sin(wave / 4.1) + 3.0 * np.sin(wave / 1.7)) / line.strip.width
            bank = low + cut[:, None] * (high - low)
            other = high - (cut[:, None] - 0.01) * (high - low)
            ring = np.concatenate([bank, other[::-1], bank[:1]])
            features.append(
                Feature(warp(ring), {"natural": "water", "water": "river", "name": name})
            )
            features.append(Feature(warp((low + high) / 2), {"waterway": "river", "name": name}))
            continue
        tags = (
            {"railway": "rail", "name": name}
            if line.strip.kind == "rail"
            else {"highway": "motorway", "oneway": "yes", "lanes": "3", "name": name}
        )
        for share in (0.46, 0.54) if line.strip.kind == "rail" else (0.38, 0.62):
            track = low + share * (high - low)
            if share > 0.5:
                track = track[::-1]
            features += _bridged(warp(track), tags, passed, warp)
        passed.append(line)
    return features


def _bridged(track: F, tags: dict[str, str], passed: list[StripLine], warp: Warp) -> list[Feature]:
    """Cut a line where it passes over a strip drawn before and mark that piece as a bridge."""
    wet = np.zeros(len(track), dtype=bool)
    for strip in passed:
        ring = np.concatenate([_dense(strip.low), _dense(strip.high)[::-1]])
        wet |= shapely.contains_xy(shapely.polygons(warp(ring)), track[:, 0], track[:, 1])
    # Every segment with an end over the water is part of the bridge.
    over = wet[:-1] | wet[1:]
    cuts = np.concatenate([[0], np.flatnonzero(np.diff(over.astype(int))) + 1, [len(over)]])
    pieces = []
    for start, end in itertools.pairwise(cuts):
        more = {"bridge": "yes", "layer": "2"} if over[start] else {}
        pieces.append(Feature(track[start : end + 1], {**tags, **more}))
    return pieces


def woods(hills: npt.NDArray[np.object_], names: list[tuple[F, str]]) -> list[Feature]:
    """Draw forest over the hill polygons, rounded off; named after the nearest hill."""
    if not len(hills):
        return []
    body = shapely.union_all(hills)
    whole = shapely.buffer(body, 30.0, join_style="mitre")  # over the roads that are trails here
    soft = shapely.buffer(shapely.buffer(whole, -150.0, quad_segs=3), 95.0, quad_segs=3)
    parts = shapely.get_parts(shapely.simplify(soft, 6.0))
    features = []
    for part in parts[shapely.area(parts) > 2.0e4]:
        middle = shapely.get_coordinates(shapely.centroid(part))[0]
        gap = [float(np.hypot(*(place - middle))) for place, _ in names]
        ring = shapely.get_coordinates(shapely.segmentize(shapely.get_exterior_ring(part), 45.0))
        ring = np.round(ring + 17.0 * np.sin(ring[:, ::-1] / 57.0) + 8.0 * np.sin(ring / 29.0), 2)
        features.append(Feature(ring, {"natural": "wood", "name": names[int(np.argmin(gap))][1]}))
    return features


def lakes(
    cells: npt.NDArray[np.object_], names: npt.NDArray[np.str_], buildings: npt.NDArray[np.object_]
) -> list[Feature]:
    """Lay a lake into each of the given park cells that has no building."""
    tree = shapely.STRtree(buildings)
    dry = np.unique(tree.query(cells, predicate="intersects")[0])
    cells, names = np.delete(cells, dry), np.delete(names, dry)
    soft = shapely.buffer(shapely.buffer(cells, -44.0, quad_segs=3), 18.0, quad_segs=3)
    features = []
    for shape, name in zip(soft, names.tolist(), strict=True):
        if shapely.area(shape) > 1500.0 and shapely.get_type_id(shape) == 3:
            ring = np.round(shapely.get_coordinates(shapely.simplify(shape, 1.0)), 2)
            features.append(Feature(ring, {"natural": "water", "water": "lake", "name": name}))
    return features

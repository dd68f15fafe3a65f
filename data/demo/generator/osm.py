"""Writes the network and the landscape as an OpenStreetMap extract with fixed ids."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import osmium
from osmium.osm import mutable

from data.demo.generator.landscape import Feature
from data.demo.generator.network import NODE_TAGS, Network
from data.demo.generator.warp import Frame

F = npt.NDArray[np.float64]
I = npt.NDArray[np.int64]  # noqa: E741

FIRST_NODE = 900_000_001
FIRST_WAY = 90_000_001


def write_osm(path: Path, network: Network, features: list[Feature], frame: Frame) -> None:
    """Write nodes, then ways, each sorted by id; only points that a way uses become nodes."""
    used = np.unique(network.chain)
    number = np.full(len(network.points), -1, dtype=np.int64)
    number[used] = np.arange(len(used))
    drawn = [feature.xy[:-1] if _closed(feature) else feature.xy for feature in features]
    xy = np.concatenate([network.points[used], *drawn])
    lonlat = np.round(frame.lonlat(xy), 7)
    tag = np.concatenate([network.node_tag[used], np.zeros(len(xy) - len(used), dtype=np.int64)])
    header = osmium.io.Header()
    header.set("generator", "fictional district generator")
    path.unlink(missing_ok=True)
    with osmium.SimpleWriter(osmium.io.File(str(path), "pbf"), header=header) as writer:
        for row, (lon, lat) in enumerate(lonlat.tolist()):
            writer.add_node(
                mutable.Node(
                    id=FIRST_NODE + row, location=(lon, lat), tags=NODE_TAGS[tag[row]], version=1
                )
            )
        chain = (number[network.chain] + FIRST_NODE).tolist()
        offset = network.offset.tolist()
        names, tags = network.name.tolist(), network.tag.tolist()
        way = FIRST_WAY
        for row, name in enumerate(names):
            nodes = chain[offset[row] : offset[row + 1]]
            if len(nodes) < 2:
                continue
            both = network.tags[tags[row]]
            writer.add_way(
                mutable.Way(
                    id=way, nodes=nodes, tags={**both, "name": name} if name else both, version=1
                )
            )
            way += 1
        start = FIRST_NODE + len(used)
        for feature, part in zip(features, drawn, strict=True):
            nodes = list(range(start, start + len(part)))
            start += len(part)
            if _closed(feature):
                nodes.append(nodes[0])
            writer.add_way(mutable.Way(id=way, nodes=nodes, tags=feature.tags, version=1))
            way += 1


def _closed(feature: Feature) -> bool:
    return bool((feature.xy[0] == feature.xy[-1]).all())

"""Small OpenStreetMap files drawn in metres."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from xml.sax.saxutils import quoteattr

import numpy as np
import pytest
from pyproj import Transformer

from geo.network.build import read_walk_graph
from geo.network.graph import WalkGraph

CRS = "EPSG:32651"
ORIGIN = (355_000.0, 3_457_000.0)
Nodes = Mapping[int, tuple[float, ...] | tuple[float, float, Mapping[str, str]]]
Ways = Mapping[int, tuple[Sequence[int], Mapping[str, str]]]


def _tags(tags: Mapping[str, str]) -> str:
    return "".join(f"<tag k={quoteattr(k)} v={quoteattr(v)}/>" for k, v in tags.items())


def write_osm(
    path: Path, nodes: Nodes, ways: Ways, relations: Mapping[int, tuple] | None = None
) -> Path:
    """Write nodes (x, y in metres from the origin, tags), ways (nodes, tags), relations (members, tags)."""
    to_degrees = Transformer.from_crs(CRS, "EPSG:4326", always_xy=True)
    parts = ["<?xml version='1.0' encoding='UTF-8'?>", "<osm version='0.6'>"]
    for number, (x, y, *rest) in sorted(nodes.items()):
        lon, lat = to_degrees.transform(ORIGIN[0] + x, ORIGIN[1] + y)
        tags = _tags(rest[0]) if rest else ""
        parts.append(
            f"<node id='{number}' version='1' lon='{lon:.7f}' lat='{lat:.7f}'>{tags}</node>"
        )
    for number, (refs, tags) in sorted(ways.items()):
        members = "".join(f"<nd ref='{ref}'/>" for ref in refs)
        parts.append(f"<way id='{number}' version='1'>{members}{_tags(tags)}</way>")
    for number, (members, tags) in sorted((relations or {}).items()):
        inner = "".join(f"<member type='way' ref='{ref}' role='{role}'/>" for ref, role in members)
        parts.append(f"<relation id='{number}' version='1'>{inner}{_tags(tags)}</relation>")
    path.write_text("\n".join([*parts, "</osm>"]), encoding="utf-8")
    return path


@pytest.fixture
def osm_file(tmp_path: Path) -> Callable[..., Path]:
    """Write an .osm file and return its path."""

    def write(nodes: Nodes, ways: Ways, relations: Mapping[int, tuple] | None = None) -> Path:
        return write_osm(tmp_path / "small.osm", nodes, ways, relations)

    return write


@pytest.fixture
def walk_graph(osm_file: Callable[..., Path]) -> Callable[..., WalkGraph]:
    """Write an .osm file and build its graph in the CRS of the drawing."""

    def build(nodes: Nodes, ways: Ways, relations: Mapping[int, tuple] | None = None) -> WalkGraph:
        return read_walk_graph(osm_file(nodes, ways, relations), CRS)

    return build


@pytest.fixture(scope="session")
def seconds() -> Callable[[WalkGraph, int, int], float]:
    """Walking time between two OSM nodes that are nodes of the graph."""

    def walk(graph: WalkGraph, start: int, end: int) -> float:
        a, b = (int(np.flatnonzero(graph.node_ref == one)[0]) for one in (start, end))
        return float(graph.reach([a]).cost_of_nodes[b])

    return walk

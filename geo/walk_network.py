"""The walk graph of a study: read around the study area, checked against it, with its cut ends."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo.errors import CrsError, Fault, NetworkError, fault
from geo.inputs import WGS84, Inputs, degrees_around, margin_m
from geo.network.build import build_graph
from geo.network.extent import cut_nodes, hull_of
from geo.network.graph import WalkGraph
from geo.network.lines import raw_from_lines
from geo.network.osm import raw_from_osm
from geo.network.raw import RawNetwork
from geo.params import PACES, Source, StudyParams
from geo.read.layers import read_layer
from geo.read.osm import OsmExtract
from geo.read.raw import digest


@dataclass(frozen=True)
class WalkNetwork:
    """What the network input became.

    Attributes
    ----------
    graph
        Weighted by the standard pace.
    cut
        Nodes where the data end.
    dropped
        Ways nobody walks: ``reason, count, length_m``.
    """

    graph: WalkGraph
    cut: npt.NDArray[np.int32]
    dropped: pd.DataFrame
    faults: tuple[Fault, ...]
    record: dict[str, object]


def read_network(params: StudyParams, inputs: Inputs) -> WalkNetwork:
    """Read the walking network around the study area.

    Raises
    ------
    NetworkError
        When nothing can be walked, or the network does not touch the study area.
    CrsError
        When its CRS does not fit the study's.
    """
    source = params.sources["network"]
    record: dict[str, object]
    if source.osm is not None:
        raw, box, record = _from_osm(params, inputs, source)
        faults: tuple[Fault, ...] = ()
    else:
        raw, faults, record = _from_lines(params, inputs, source)
        box = None
    graph = build_graph(raw, params.walk.paces.get("standard", PACES["standard"]))
    _require_touching(graph, inputs)
    extent = _extent(params, inputs, graph, box)
    notes = [*faults, *_dropped_note(raw.dropped), *_island_note(graph, params)]
    return WalkNetwork(graph, cut_nodes(graph, extent), raw.dropped, tuple(notes), record)


def _from_osm(
    params: StudyParams, inputs: Inputs, source: Source
) -> tuple[RawNetwork, shapely.Geometry | None, dict[str, object]]:
    if source.osm is None or inputs.is_local:
        raise CrsError(fault("crs_local_with_other", section="network", found=WGS84))
    extract = OsmExtract(source.osm.file)
    covered = extract.box
    around = degrees_around(inputs.area, inputs.crs, margin_m(params))
    if covered is None or not shapely.box(*around).covers(shapely.box(*covered)):
        extract = OsmExtract(source.osm.file, around)
    raw = raw_from_osm(extract, inputs.crs)
    box = None
    if covered is not None:
        outline = gpd.GeoSeries([shapely.box(*covered)], crs=WGS84).segmentize(0.01)
        box = outline.to_crs(inputs.crs).iloc[0]
    record = {
        "input": "network",
        "file": source.osm.file.name,
        "rows": len(raw.ways),
        "crs_note": "osm",
        "sha256": digest(source.osm.file),
    }
    return raw, box, record


def _from_lines(
    params: StudyParams, inputs: Inputs, source: Source
) -> tuple[RawNetwork, tuple[Fault, ...], dict[str, object]]:
    from geo.check import input_entry, input_faults

    read = read_layer(source)
    file = source.path.name if source.path else ""
    lines = read.frame
    if (lines.crs is None) != inputs.is_local:
        raise CrsError(
            fault("crs_local_with_other", section="network", found=str(lines.crs or "local"))
        )
    if not inputs.is_local:
        lines = lines.to_crs(inputs.crs)
    around = shapely.box(*shapely.buffer(inputs.area, margin_m(params)).bounds)
    near = shapely.intersects(around, lines.geometry.to_numpy())
    if not near.any():
        _refuse(shapely.box(*lines.total_bounds), inputs)
    network = raw_from_lines(
        lines[near], join=params.network.join, columns=dict(source.columns), name=file
    )
    faults = (*input_faults(read, "network", file), *network.faults)
    return network.raw, faults, input_entry(read, "network", file)


def _extent(
    params: StudyParams, inputs: Inputs, graph: WalkGraph, box: shapely.Geometry | None
) -> shapely.Geometry | None:
    """Return the polygon within which the data are complete; None for complete data."""
    stated = params.network.extent
    if stated == "complete":
        return None
    if isinstance(stated, Path):
        frame = read_layer(Source("extent", path=stated)).frame
        frame = frame if inputs.is_local else frame.to_crs(inputs.crs)
        return shapely.union_all(frame.geometry.to_numpy())
    return box if box is not None else hull_of(graph)


def _require_touching(graph: WalkGraph, inputs: Inputs) -> None:
    """Refuse a network of another place."""
    bounds = graph.x.min(), graph.y.min(), graph.x.max(), graph.y.max()
    box = shapely.box(*bounds)
    if not shapely.intersects(box, inputs.area):
        _refuse(box, inputs)


def _refuse(box: shapely.Geometry, inputs: Inputs) -> None:
    def said(shape: shapely.Geometry) -> str:
        return "、".join(f"{one:.0f}" for one in shapely.bounds(shape))

    raise NetworkError(fault("network_not_touching", network=said(box), study=said(inputs.area)))


def _dropped_note(dropped: pd.DataFrame) -> list[Fault]:
    if len(dropped) == 0:
        return []
    reasons = list(zip(dropped["reason"].tolist(), dropped["count"].tolist(), strict=True))
    return [fault("network_dropped", "info", count=int(dropped["count"].sum()), reasons=reasons)]


def _island_note(graph: WalkGraph, params: StudyParams) -> list[Fault]:
    if graph.edges is None:
        return []
    piece, sizes = graph.components()
    length = np.bincount(piece[graph.tail], weights=graph.edges.length_m, minlength=len(sizes))
    share = float(length.max() / max(length.sum(), 1e-9))
    small = int((sizes < params.walk.min_component_nodes).sum())
    return [
        fault(
            "network_islands",
            "info" if share >= 0.9 else "warning",
            share=f"{share:.1%}",
            count=small,
            nodes=params.walk.min_component_nodes,
        )
    ]

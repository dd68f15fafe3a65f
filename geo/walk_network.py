"""The walk graph of a study: read around the study area, checked against it, with its cut ends."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo.errors import CrsError, Fault, NetworkError, fault
from geo.inputs import WGS84, Inputs, degrees_around, margin_m
from geo.messages import say
from geo.network.build import build_graph
from geo.network.compounds import Walled, enclose, gates_on, is_gate, no_hubs
from geo.network.corrections import HALF_M, POINT_M, REACH_M, correct
from geo.network.extent import cut_nodes, hull_of
from geo.network.graph import WalkGraph
from geo.network.lines import raw_from_lines
from geo.network.osm import raw_from_osm
from geo.network.raw import RawNetwork
from geo.network.slope import with_slopes
from geo.network.snap import Hubs
from geo.params import PACES, Pace, Source, StudyParams
from geo.read.layers import read_layer
from geo.read.osm import OsmExtract
from geo.read.raw import digest
from geo.tables import empty_rejects, reject_rows

Bools = npt.NDArray[np.bool_]
HEIGHTS_KNOWN = 0.99  # share of the network's length; below it the quality report warns


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
    record, more_records
        Lines of the quality report: the network, the heights.
    rejects
        Corrections that could not be applied.
    hubs, walls
        Walled compounds: where walks inside end, and their outlines as barriers.
    """

    graph: WalkGraph
    cut: npt.NDArray[np.int32]
    dropped: pd.DataFrame
    faults: tuple[Fault, ...]
    record: dict[str, object]
    more_records: tuple[dict[str, object], ...] = ()
    rejects: pd.DataFrame | None = None
    hubs: Hubs = field(default_factory=no_hubs)
    walls: gpd.GeoDataFrame | None = None


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
    pace = params.walk.paces.get("standard", PACES["standard"])
    graph = build_graph(raw, pace)
    _require_touching(graph, inputs)
    # where the data end is a matter of the data, not of what was found on site
    cut = cut_nodes(graph, _extent(params, inputs, graph, box))
    graph, rejects, noted = _corrected(graph, inputs, pace)
    walled = _walled(graph, params, inputs, pace)
    bars = pd.concat([walled.walls, _closing_lines(inputs)], ignore_index=True)
    graph, heights, sloped = _sloped(walled.graph, params, inputs, pace)
    notes = [*faults, *noted, *walled.faults, *sloped, *_dropped_note(raw.dropped)]
    notes += _island_note(graph, params)
    return WalkNetwork(
        graph,
        cut,
        raw.dropped,
        tuple(notes),
        record,
        heights,
        rejects,
        walled.hubs,
        gpd.GeoDataFrame(bars, crs=walled.walls.crs),
    )


def entrance_gates(inputs: Inputs) -> Bools:
    """Tell which rows of the entrances are gates of walled compounds: not those that name a building."""
    entrances, compounds = inputs.get("entrances"), inputs.get("compounds")
    if entrances is None or len(entrances) == 0:
        return np.zeros(0, dtype=bool)
    if compounds is None or len(compounds) == 0:
        return np.zeros(len(entrances), dtype=bool)
    houses = inputs.frames["buildings"].geometry.to_numpy()
    gates = is_gate(_shapes(entrances), _shapes(compounds), np.asarray(houses, dtype=object))
    return np.asarray(gates & entrances["building_id"].isna().to_numpy(dtype=bool))


def _shapes(frame: gpd.GeoDataFrame) -> npt.NDArray[np.object_]:
    return np.asarray(frame.geometry.to_numpy(), dtype=object)


def _wall_gates(inputs: Inputs) -> Bools:
    """Tell which corrections are gates in the wall of a compound."""
    corrections, compounds = inputs.get("corrections"), inputs.get("compounds")
    if corrections is None or len(corrections) == 0:
        return np.zeros(0, dtype=bool)
    points = (shapely.get_type_id(_shapes(corrections)) == shapely.GeometryType.POINT) & (
        corrections["kind"] != "closure"
    ).to_numpy(dtype=bool)
    if compounds is None or len(compounds) == 0:
        return np.zeros(len(corrections), dtype=bool)
    found: Bools = np.zeros(len(corrections), dtype=bool)
    found[points] = is_gate(
        _shapes(corrections)[points], _shapes(compounds), np.empty(0, dtype=object)
    )
    return found


def _corrected(
    graph: WalkGraph, inputs: Inputs, pace: Pace
) -> tuple[WalkGraph, pd.DataFrame, list[Fault]]:
    """Apply what was found on site; gates in the walls of compounds are left to these."""
    corrections = inputs.get("corrections")
    if corrections is None or len(corrections) == 0:
        return graph, empty_rejects(), []
    rest = corrections[~_wall_gates(inputs)].reset_index(drop=True)
    done = correct(graph, rest, pace)
    figures = {"metres": f"{REACH_M:.0f}", "point": f"{POINT_M:.0f}", "half": f"{HALF_M:.0f}"}
    rejects = reject_rows(
        {
            "input": "corrections",
            "sheet": rest["source_sheet"].iloc[row],
            "row": rest["source_row"].iloc[row],
            "column": "geometry",
            "value": rest["name"].iloc[row],
            "reason": say(code, figures),
        }
        for row, code in sorted(done.refused)
    )
    return done.graph, rejects, done.faults()


def _closing_lines(inputs: Inputs) -> gpd.GeoDataFrame:
    """Return closures drawn as lines as barriers: nobody walks round a closed gate across the forecourt either."""
    nothing = inputs.frames["barriers"].iloc[:0]
    corrections = inputs.get("corrections")
    if corrections is None or len(corrections) == 0:
        return nothing
    closures = (corrections["kind"] == "closure").to_numpy(dtype=bool)
    rows = corrections[closures & (shapely.get_dimensions(_shapes(corrections)) == 1)]
    return gpd.GeoDataFrame(
        {"kind": ["wall"] * len(rows), "name": rows["name"].astype(object).to_list()},
        geometry=_shapes(rows),
        crs=nothing.crs,
    )


def _walled(graph: WalkGraph, params: StudyParams, inputs: Inputs, pace: Pace) -> Walled:
    """Put the walled compounds in, with their gates from the entrances and the corrections."""
    compounds = inputs.get("compounds")
    if compounds is None or len(compounds) == 0:
        return Walled(graph, no_hubs(), inputs.frames["barriers"].iloc[:0], ())
    points = [
        _shapes(frame)[chosen]
        for name, chosen in (
            ("entrances", entrance_gates(inputs)),
            ("corrections", _wall_gates(inputs)),
        )
        if (frame := inputs.get(name)) is not None and len(frame)
    ]
    gates = gates_on(np.concatenate([np.empty(0, dtype=object), *points]), _shapes(compounds))
    return enclose(graph, compounds, gates, inputs.frames["barriers"], params.walk, pace)


def _sloped(
    graph: WalkGraph, params: StudyParams, inputs: Inputs, pace: Pace
) -> tuple[WalkGraph, tuple[dict[str, object], ...], list[Fault]]:
    """Give the edges the slopes of the ground."""
    source = params.sources.get("elevation")
    if source is None or graph.edges is None:
        return graph, (), []
    from geo.read.elevation import (
        read_elevation,
    )  # loads GDAL a second time: only where it is wanted

    crs = None if inputs.is_local else inputs.crs
    box = (graph.x.min(), graph.y.min(), graph.x.max(), graph.y.max())
    ground = read_elevation(source, box, crs)
    sloped = with_slopes(graph, graph.edges, lambda x, y: ground.heights(x, y, crs))
    record: dict[str, object] = {
        "input": "elevation",
        "file": ground.file,
        "crs": ground.crs.to_string() if ground.crs is not None else "",
        "crs_note": ground.note,
        "sha256": ground.sha256,
    }
    share = f"{sloped.known_share:.1%}"
    notes = [
        fault(
            "elevation_used",
            "info",
            file=ground.file,
            share=share,
            steepest=f"{sloped.steepest:.0%}",
        )
    ]
    if sloped.known_share < HEIGHTS_KNOWN:
        notes = [fault("elevation_missing", "warning", file=ground.file, share=share)]
    return sloped.graph.weighted(pace), (record,), notes


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

"""Every layer of a study held against its neighbours: what its numbers are, said in findings or as a refusal."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import shapely

from geo.datum_layers import Layer, layers_of
from geo.datum_words import figures
from geo.detective import Finding, Plane, of_points, of_shapes, outline_points
from geo.errors import CrsError, Fault, fault
from geo.evidence import AtPlaces, OffPlaces
from geo.inputs import Inputs
from geo.network.edges import EdgeKind
from geo.network.graph import WalkGraph
from geo.params import StudyParams

Floats = npt.NDArray[np.float64]
_POINT_SECTIONS = ("stations", "entrances")
_OUTLINE_SECTIONS = ("subdistricts", "communities", "zones")
_ROADS, _MIDDLES = 2_000, 1_000  # stretches of road and buildings that stand for all


def examine(params: StudyParams, inputs: Inputs, graph: WalkGraph) -> list[Fault]:
    """Test what every layer is stated to be against the buildings, and these against the roads.

    Returns
    -------
    list of Fault
        One finding a layer; nothing in a local grid, which fits no reading by definition.

    Raises
    ------
    CrsError
        When layers that nobody declared (GeoJSON) surely are something else.
    """
    if inputs.is_local:
        return []
    case = _Case(params, inputs, graph)
    faults = [*case.findings()]
    stops = [one for one in faults if one.code == "datum_stops"]
    if stops:
        raise CrsError(*stops)
    return faults


class _Case:
    """The layers of one study, and what they are held against."""

    def __init__(self, params: StudyParams, inputs: Inputs, graph: WalkGraph) -> None:
        layers = list(layers_of(inputs, params))
        self.buildings = next(one for one in layers if one.section == "buildings")
        self.others = [one for one in layers if one is not self.buildings]
        self.network_certain = params.sources["network"].osm is not None
        shapes = self.buildings.shapes
        self.tree = shapely.STRtree(shapes)
        self.roads = _road_points(graph)
        some = shapes[:: max(len(shapes) // _MIDDLES, 1)]
        middles = shapely.get_coordinates(shapely.centroid(some))
        self.plane = Plane(inputs.crs, middles)
        self.middles = middles

    def findings(self) -> Iterator[Fault]:
        """Say what was found, layer by layer, the buildings first: all others are held against them."""
        first = self._of_buildings()
        if first is not None:
            yield _said(self.buildings, first, "network")
            if first.contradicts:
                yield fault("datum_not_tested", "warning", file=self.buildings.file)
                return
        agree = first is not None and not first.thin
        certain = self.buildings.certain or (self.network_certain and agree)
        at, off = AtPlaces(self.tree), OffPlaces(self.tree)
        for layer in self.others:
            found = None
            if layer.section in _POINT_SECTIONS:
                points = shapely.get_coordinates(shapely.point_on_surface(layer.shapes))
                found = self._of_points(layer, points, at, certain)
            elif layer.section in _OUTLINE_SECTIONS:
                points = outline_points(layer.shapes, off.points)
                found = self._of_points(layer, points, off, certain)
            if found is not None:
                yield _said(layer, found, "buildings")
        if not certain and not any(one.word in ("osm", "declared") for one in self.others):
            yield fault("datum_all_alike", "info")

    def _of_buildings(self) -> Finding | None:
        numbers = _numbers(self.buildings, self.plane, self.middles)
        return of_shapes(
            numbers,
            self.roads,
            OffPlaces(self.tree),
            self.plane,
            stated=self.buildings.reading,
            reference_certain=self.network_certain,
        )

    def _of_points(
        self, layer: Layer, points: Floats, evidence: AtPlaces, certain: bool
    ) -> Finding | None:
        numbers = _numbers(layer, self.plane, points)
        return of_points(
            numbers, evidence, self.plane, stated=layer.reading, reference_certain=certain
        )


def _numbers(layer: Layer, plane: Plane, points: Floats) -> Floats:
    """Return points of a layer as its file has them."""
    return np.column_stack(layer.reading.from_wgs84(*plane.degrees(points)))


def _road_points(graph: WalkGraph) -> Floats:
    """Return points on stretches of road at ground level; foot paths do run through buildings."""
    edges = graph.edges
    if edges is None:
        return np.empty((0, 2))
    usable = (edges.kind == EdgeKind.ROAD) & ~edges.tunnel & ~edges.bridge & (edges.length_m > 0.0)
    rows = np.flatnonzero(usable)
    rows = rows[:: max(len(rows) // _ROADS, 1)]
    return (
        outline_points(edges.take(rows).lines(), OffPlaces.points)
        if len(rows)
        else np.empty((0, 2))
    )


def _said(layer: Layer, found: Finding, reference: str) -> Fault:
    """Put a finding about a stated layer into words."""
    values = figures(layer, found, reference)
    if not found.contradicts:
        code = "datum_thin" if found.thin or found.disagrees else "datum_agrees"
        return Fault(code, values, "info")
    if found.best.hypothesis.reference_shift != "none":
        return Fault("datum_either", values)
    return Fault("datum_stops" if layer.word == "assumed" else "datum_contradicts", values)

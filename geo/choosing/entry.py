"""How candidates enter the walk graph: as stations of a run would, and which of them would change it for others."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt

from geo.entry import building_places, match_entrances, no_entrances
from geo.errors import NotFoundError, fault
from geo.network.access import AccessRows
from geo.network.edges import EdgeTable
from geo.network.snap import Places, edge_groups
from geo.reassess import Reassessed

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int32]


@dataclass(frozen=True)
class Entered:
    """Access of places, one entry a place where not said otherwise.

    Attributes
    ----------
    rows
        Access rows, sorted by place and edge.
    reached
        Whether there is any usable edge.
    opens_private, serves_island
        Whether a station there would open private ways that are closed now, or serve an island that nobody serves.
    in_compound
        Whether it lies in a walled compound: there a station becomes a place that all inside walk straight to.
    """

    rows: AccessRows
    reached: Bools
    opens_private: Bools
    serves_island: Bools
    in_compound: Bools


def enter_places(
    kept: Reassessed, x: Floats, y: Floats, study_row: Ints, input_row: Ints
) -> Entered:
    """Apply the access rule to places.

    Parameters
    ----------
    study_row, input_row
        Row of the building a place is in, among the buildings of the study and of the inputs; -1 for none.

    Notes
    -----
    Rows of hosts in the study are those that the run has stored; the rule is applied again only to see which pieces
    of the network a station there may enter, for it may enter more than a building.
    """
    x, y = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    graph, edges = kept.walk.graph, kept.walk.graph.edges
    if not isinstance(edges, EdgeTable):
        raise NotFoundError(fault("graph_has_no_edge_table"))
    component, sizes = graph.components()
    least = kept.result.params.walk.min_component_nodes
    groups, _ = edge_groups(component, sizes, graph.tail, least)
    every = _rows_of(kept, x, y, input_row, groups)
    count = len(x)
    stations = kept.assessor.supply.rows.edge
    island, private = groups[every.edge], edges.private_group[every.edge]
    new_island = (island > 0) & ~np.isin(island, groups[stations])
    new_private = (private >= 0) & ~np.isin(private, edges.private_group[stations])
    in_compound = np.zeros(count, dtype=bool)
    if kept.walk.hubs is not None:
        in_compound[kept.walk.hubs.holding(x, y)[0]] = True
    return Entered(
        rows=_stored(kept, every, study_row),
        reached=np.bincount(every.point, minlength=count) > 0,
        opens_private=np.bincount(every.point[new_private], minlength=count) > 0,
        serves_island=np.bincount(every.point[new_island], minlength=count) > 0,
        in_compound=in_compound,
    )


def _rows_of(kept: Reassessed, x: Floats, y: Floats, input_row: Ints, groups: Ints) -> AccessRows:
    """Enter places at the access points of their building, else at their own point."""
    inputs, finder, count = kept.result.inputs, kept.obstacles.finder, len(x)
    alone = np.flatnonzero(input_row < 0).astype(np.int32)
    own = finder.find(Places.from_points(x[alone], y[alone], alone, count), groups).rows
    housed = np.flatnonzero(input_row >= 0).astype(np.int32)
    if len(housed) == 0:
        return own
    inner, place = np.unique(input_row[housed], return_inverse=True)
    houses = _metric(kept, inputs["buildings"]).iloc[inner].reset_index(drop=True)
    layer = inputs.get("entrances")
    doors = no_entrances()
    if layer is not None and len(layer):
        doors = match_entrances(_metric(kept, layer), houses)
    inside = finder.find(building_places(houses, doors), groups).rows
    return own.joined(inside.for_owners(place.astype(np.int32), housed, count))


def _metric(kept: Reassessed, frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    return frame if frame.crs is None else frame.to_crs(kept.walk.crs)


def _stored(kept: Reassessed, every: AccessRows, study_row: Ints) -> AccessRows:
    """Take the rows of hosts in the study from the stored ones of the buildings."""
    housed = np.flatnonzero(study_row >= 0).astype(np.int32)
    own = kept.assessor.demand.rows.for_owners(study_row[housed], housed, every.count)
    return every.take(study_row[every.point] < 0).joined(own)

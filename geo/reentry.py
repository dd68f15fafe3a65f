"""A stored study entered into its walking network once more: other frontages, or other stations in service."""

from __future__ import annotations

from collections.abc import Sequence

import geopandas as gpd
import numpy as np

from geo.assess import Assessor
from geo.errors import NotFoundError, fault
from geo.inputs import Inputs
from geo.kernels.labels import CLOSED
from geo.network.compounds import no_hubs
from geo.network.edges import PUBLIC, EdgeKind, EdgeTable
from geo.network.graph import WalkGraph
from geo.params import StudyParams
from geo.reassess import Reassessed
from geo.result import StudyResult
from geo.study import PLACE_COLUMNS, Study
from geo.tables import empty_rejects
from geo.walk_network import WalkNetwork


class Reentry:
    """Inputs and network of a finished result, as its run had them before they met.

    Parameters
    ----------
    kept
        The result, searchable.
    """

    def __init__(self, kept: Reassessed) -> None:
        self._building_ids = kept.walk.building_ids.astype(str)
        self._inputs, self._network = stored(kept.result)

    def entered(self, params: StudyParams, closed: Sequence[str] = ()) -> Assessor:
        """Apply the access rule of `params` again and return what searches from it.

        Parameters
        ----------
        closed
            Ids of stations that are out of service.

        Raises
        ------
        NotFoundError
            When the stored inputs do not give the buildings of the tables.
        """
        entered = Study(params).entered(self._inputs, self._network, closed)
        if not np.array_equal(entered.building_ids.astype(str), self._building_ids):
            raise NotFoundError(fault("sensitivity_inputs_differ"))
        return entered.assessor


def stored(result: StudyResult) -> tuple[Inputs, WalkNetwork]:
    """Return inputs and network of a finished result, in its metric CRS, as its run had them before they met.

    Raises
    ------
    NotFoundError
        When it has no walking network or no inputs.
    """
    walk = result.walk
    if walk is None or "buildings" not in result.inputs:
        part = "network" if walk is None else "inputs"
        raise NotFoundError(fault("table_missing", table=part, present="—"))
    inputs = Inputs(walk.crs, _metric_frames(result, walk.crs), empty_rejects(), [], [], {})
    network = WalkNetwork(
        closed_again(walk.graph),
        walk.cut,
        empty_rejects(),
        (),
        {"input": "network"},
        hubs=walk.hubs or no_hubs(),
    )
    return inputs, network


def _metric_frames(result: StudyResult, crs: str) -> dict[str, gpd.GeoDataFrame]:
    """Bring the stored inputs back into the metric CRS; where their rows stood in a file is not kept."""
    frames = {}
    for name, frame in result.inputs.items():
        metric = frame if frame.crs is None else frame.to_crs(crs)
        frames[name] = metric.assign(**dict.fromkeys(PLACE_COLUMNS))
    return frames


def closed_again(graph: WalkGraph) -> WalkGraph:
    """Make every exit of private ways one-way again, outwards, whichever of them a run has opened."""
    edges = graph.edges
    if not isinstance(edges, EdgeTable):
        raise NotFoundError(fault("graph_has_no_edge_table"))
    exits = edges.kind == EdgeKind.EXIT
    if not exits.any():
        return graph
    # a private copy of a vertex meets private ways and exits only; the other end of its exit is public
    ways = ~exits & (edges.private_group == PUBLIC)
    public = np.zeros(graph.node_count, dtype=bool)
    public[graph.tail[ways]] = True
    public[graph.head[ways]] = True
    inwards_ahead = exits & public[graph.tail] & ~public[graph.head]
    inwards_back = exits & public[graph.head] & ~public[graph.tail]
    shut = edges.with_columns(
        forward_open=edges.forward_open & ~inwards_ahead,
        backward_open=edges.backward_open & ~inwards_back,
    )
    return graph.with_costs(
        np.where(inwards_ahead, np.int32(CLOSED), graph.forward_cost),
        np.where(inwards_back, np.int32(CLOSED), graph.backward_cost),
        edges=shut,
    )

"""The packed walk model: all that the page needs to judge a station that somebody drops on the map."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.height import Heights
from geo.network.access import AccessRows
from geo.network.edges import EdgeKind, EdgeTable
from geo.network.snap import edge_groups
from geo.reassess import Reassessed, reassess
from geo.reentry import closed_again
from maps.model_geometry import Origin, add_barriers, add_edges, fit_transform
from maps.packing import Packer
from maps.plane import Plane

if TYPE_CHECKING:
    from geo.params import Rule, StudyParams
    from geo.result import StudyResult

STEP_MM = 2
"""Access rows travel in steps of 2 mm: both ends together are off by less than 10 ms, on stairs too."""
POINT_STEP_MM = 10
WEIGHT_SCALE = {"footprint": 10, "floor_area": 10}
OTHER_SCALE = 100
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


def model_text(
    result: StudyResult, plane: Plane, building_ids: Sequence[str], station_ids: Sequence[str]
) -> str:
    """Pack the walk model of a study for the page, base64; empty where the page must do without.

    Strategy
    --------
    * costs are whole thousandths as the engine has them: lengths in millimetres, times as what differs from
      length over speed;
    * an access row at the end of an edge is a row of that node, and one row a (building, node) is enough;
    * buildings stand in the order of the page (`building_ids`), stations too (`station_ids`).

    `reason_without_model` says when and why.
    """
    if reason_without_model(result, building_ids):
        return ""
    kept = reassess(result)
    packer = Packer()
    packing = _Packing(kept, packer, _positions(kept.walk.building_ids, building_ids))
    origin = Origin.of(kept.walk.graph.x, kept.walk.graph.y)
    packer.add_text("transform", fit_transform(result, plane, origin))
    packing.graph(origin)
    packing.buildings(origin)
    packing.stations(origin, station_ids)
    packing.rules()
    return packer.to_base64()


def reason_without_model(result: StudyResult, building_ids: Sequence[str]) -> str:
    """Return the code of the sentence why the page must do without what-if; empty where it need not.

    An external reader gets nothing about single buildings, and a study with hidden places would give them away.
    Inside a walled compound buildings are reached through its gates, which the page's search does not know.
    """
    if result.params.output.audience == "external":
        return "trial_none_external"
    if result.walk is None or not isinstance(result.walk.graph.edges, EdgeTable):
        return "trial_none_network"
    if not building_ids:
        return "trial_none_buildings"
    if result.walk.hubs is not None:
        return "trial_none_compounds"
    if len(building_ids) != len(result.walk.building_ids):
        return "trial_none_hidden"
    return ""


def _positions(ids: npt.NDArray[np.object_], wanted: Sequence[str]) -> Ints:
    """Return, for every wanted id, its row."""
    index = pd.Index(ids.astype(str))
    return np.asarray(index.get_indexer(pd.Index(list(wanted))), dtype=np.int64)


@dataclass(frozen=True)
class _Packing:
    """One model on its way into a packer; `order` gives the row of every building of the page."""

    kept: Reassessed
    packer: Packer
    order: Ints

    def graph(self, origin: Origin) -> None:
        """Nodes, edges, their costs by weighting, what opens and closes, barriers."""
        walk, packer = self.kept.walk, self.packer
        graph = closed_again(walk.graph)
        edges = graph.edges
        if not isinstance(edges, EdgeTable):
            raise ValueError("the walk graph must know what its edges are")
        add_edges(packer, graph, edges, origin)
        component, sizes = graph.components()
        every, _ = edge_groups(component, sizes, graph.tail, self._params.walk.min_component_nodes)
        usable = edges.enterable & (edges.forward_open | edges.backward_open)
        exits = edges.kind == EdgeKind.EXIT
        flags = (
            edges.forward_open.astype(np.uint8)
            | edges.backward_open.astype(np.uint8) << 1
            | usable.astype(np.uint8) << 2
            | exits.astype(np.uint8) << 3
        )
        packer.add("edge.flags", flags, "u1")
        packer.add("edge.group", every, "uv")
        packer.add("edge.private", edges.private_group + 1, "uv")
        millimetres = np.rint(edges.length_m * 1000.0).astype(np.int64)
        weightings = []
        for rule in self._networked():
            weighting = self.kept.assessor.weighting(rule)
            name = f"cost.{weighting.name}"
            weightings.append([weighting.name, weighting.per_metre])
            expected = np.rint(millimetres * (weighting.per_metre / 1000.0)).astype(np.int64)
            for way, costs, is_open in (
                ("forward", weighting.graph.forward_cost, edges.forward_open),
                ("backward", weighting.graph.backward_cost, edges.backward_open),
            ):
                packer.add(f"{name}.{way}", np.where(is_open, costs - expected, 0), "sv")
        packer.add_text("weightings", weightings)
        add_barriers(packer, walk.barriers, origin)

    def buildings(self, origin: Origin) -> None:
        """Access rows, representative points, weights, floors of the buildings in the order of the page."""
        kept, packer, order = self.kept, self.packer, self.order
        demand = kept.assessor.demand
        place = np.full(demand.count, -1, dtype=np.int64)
        place[order] = np.arange(len(order))
        add_rows(packer, "building", self._all_rows(), place, self._edges, STEP_MM, self._ends)
        points = np.column_stack((demand.x, demand.y))[order]
        steps = np.rint((points - origin.xy) * (1000.0 / POINT_STEP_MM)).astype(np.int64)
        packer.add("building.points", np.diff(steps, axis=0, prepend=0).ravel(), "sv")
        self._weights()
        table = kept.result.tables["buildings"].drop_duplicates("building_id")
        units = kept.result.tables["subdistricts"]["subdistrict_id"].astype(str).drop_duplicates()
        own = table.set_index(table["building_id"].astype(str))["subdistrict_id"]
        of_building = own.loc[kept.walk.building_ids.astype(str)[order]].astype(object)
        ranked = pd.Index(np.sort(units.to_numpy(dtype=object)))
        packer.add("building.unit", ranked.get_indexer(pd.Index(of_building)) + 1, "uv")

    def _weights(self) -> None:
        names = [name for name in self.kept.demand.weights if name != "count"]
        scales = {name: WEIGHT_SCALE.get(name, OTHER_SCALE) for name in names}
        for name in names:
            values = self.kept.demand.weights[name][self.order]
            whole = np.rint(np.nan_to_num(values) * scales[name]).astype(np.int64)
            self.packer.add(f"weight.{name}", whole, "uv")
        self.packer.add_text("weights", scales)

    def stations(self, origin: Origin, station_ids: Sequence[str]) -> None:
        """Access rows and hosts of the stations that count, and for whom they serve."""
        kept, packer = self.kept, self.packer
        supply = kept.assessor.supply
        row_of = {str(one): row for row, one in enumerate(station_ids)}
        place = np.array([row_of.get(str(one), -1) for one in kept.stations["station_id"]])
        packer.add("station.place", place + 1, "uv")
        packer.add_text("station.tier", supply.tier.astype(str).tolist())
        packer.add_text("station.scope", supply.scope.astype(str).tolist())
        every = np.arange(supply.count, dtype=np.int64)
        add_rows(packer, "station", supply.rows, every, self._edges, 1, self._ends)
        page_of = np.full(kept.assessor.demand.count + 1, -1, dtype=np.int64)
        page_of[self.order] = np.arange(len(self.order))
        packer.add("station.host", page_of[supply.host] + 1, "uv")
        xy = np.column_stack((supply.x, supply.y))
        packer.add("station.points", np.rint((xy - origin.xy) * 1000.0).ravel(), "sv")

    def rules(self) -> None:
        """What every rule asks, which stations count for it, what stations open to their own building give."""
        kept, packer = self.kept, self.packer
        assessor = kept.assessor
        page_of = np.empty(len(self.order), dtype=np.int64)
        page_of[self.order] = np.arange(len(self.order))
        entries = []
        for number, rule in enumerate(assessor.rules):
            key = rule.basis if rule.basis == "radius" else assessor.weighting(rule).name
            counting = assessor.counting(rule, rule.tiers)
            packer.add(f"rule{number}.counting", counting, "u1")
            packer.add(f"rule{number}.near_cut", assessor.bounds(rule)[1][self.order], "u1")
            pace = assessor.paces.get(rule.pace) if rule.basis == "time" else None
            floors = bool(pace and pace.floors and assessor.heights)
            entries.append(
                {
                    "key": key,
                    "limit": round(rule.limit * 1000),
                    "cap": round(assessor.cap(rule) * 1000),
                    "tiers": list(rule.tiers),
                    "always": rule.open == "any",
                    "weight": rule.weight,
                    "pass_mark": rule.pass_mark,
                    "floors": floors,
                }
            )
            own = assessor._own_pairs(rule)
            packer.add(f"rule{number}.own_building", page_of[own.building], "uv")
            packer.add(f"rule{number}.own_station", own.station, "uv")
            packer.add(f"rule{number}.own_cost", own.cost, "uv")
            if floors and pace is not None and assessor.heights is not None:
                heights = assessor.heights
                inside = np.arange(assessor.demand.count, dtype=np.int32)
                ground = Heights(heights.levels, np.full(len(inside), np.nan), inside)
                packer.add(f"rule{number}.rise", heights.building_ms(pace)[self.order], "uv")
                packer.add(f"rule{number}.home", ground.home_ms(pace)[self.order], "uv")
                packer.add(f"rule{number}.station_rise", heights.station_ms(pace), "uv")
                packer.add(f"rule{number}.station_home", heights.home_ms(pace), "uv")
        packer.add_text("rules", entries)
        walk = self._params.walk
        packer.add_text("walk", {"frontage_m": walk.frontage_m, "max_access_m": walk.max_access_m})
        packer.add_text("steps", {"row": STEP_MM, "point": POINT_STEP_MM})

    @property
    def _params(self) -> StudyParams:
        return self.kept.result.params

    @property
    def _edges(self) -> EdgeTable:
        edges = self.kept.walk.graph.edges
        if not isinstance(edges, EdgeTable):
            raise ValueError("the walk graph must know what its edges are")
        return edges

    @property
    def _ends(self) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]:
        graph = self.kept.walk.graph
        return graph.tail, graph.head

    def _networked(self) -> list[Rule]:
        """One rule a weighting."""
        by_name = {
            self.kept.assessor.weighting(rule).name: rule
            for rule in self.kept.assessor.rules
            if rule.basis != "radius"
        }
        return list(by_name.values())

    def _all_rows(self) -> AccessRows:
        return self.kept.assessor.demand.rows


def add_rows(
    packer: Packer,
    name: str,
    rows: AccessRows,
    place: Ints,
    edges: EdgeTable,
    step_mm: int,
    ends: tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]],
) -> None:
    """Pack access rows: those at nodes apart from those along edges, in the order that `place` gives points.

    A row at the end of an edge costs what its node costs, so of several at one node only the nearest travels.
    """
    point = place[rows.point]
    length = np.rint(edges.length_m[rows.edge] * 1000.0)
    along = np.rint(rows.fraction * length / step_mm).astype(np.int64)
    walk = np.rint(rows.walk_m * 1000.0 / step_mm).astype(np.int64)
    tail, head = ends
    at_tail, at_head = rows.fraction <= 0.0, rows.fraction >= 1.0
    at_node = at_tail | at_head
    node = np.where(at_tail, tail[rows.edge], head[rows.edge])[at_node].astype(np.int64)
    count = int(place.max(initial=-1)) + 1
    _add_node_rows(packer, f"{name}.node", point[at_node], node, walk[at_node], count)
    inner = np.flatnonzero(~at_node)
    inner = inner[np.lexsort((along[inner], rows.edge[inner], point[inner]))]
    packer.add(f"{name}.edge.count", np.bincount(point[inner], minlength=count), "uv")
    packer.add(f"{name}.edge.edge", _steps(rows.edge[inner].astype(np.int64)), "sv")
    packer.add(f"{name}.edge.along", along[inner], "uv")
    packer.add(f"{name}.edge.walk", walk[inner], "uv")


def _add_node_rows(
    packer: Packer, name: str, point: Ints, node: Ints, walk: Ints, count: int
) -> None:
    order = np.lexsort((walk, node, point))
    point, node, walk = point[order], node[order], walk[order]
    first = np.ones(len(point), dtype=bool)
    first[1:] = (point[1:] != point[:-1]) | (node[1:] != node[:-1])
    packer.add(f"{name}.count", np.bincount(point[first], minlength=count), "uv")
    packer.add(f"{name}.node", _steps(node[first]), "sv")
    packer.add(f"{name}.walk", walk[first], "uv")


def _steps(values: Ints) -> Ints:
    return np.diff(values, prepend=0)

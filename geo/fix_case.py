"""One uncovered building whose verdict somebody would change, and what lies around it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo.assess import Weighting
from geo.messages import say
from geo.network.edges import EdgeKind
from geo.params import Rule
from geo.placenames import NamedRoads, road_names
from geo.reach import Reach, Seeds
from geo.reassess import Reassessed
from geo.routes import edges_of

Longs = npt.NDArray[np.int64]
Objects = npt.NDArray[np.object_]
# roads that nobody crosses but at a crossing
BUSY = ("trunk", "primary", "secondary", "tertiary")
ROAD_WITHIN_M = 300.0  # a road further away says nothing about where something is


@dataclass(frozen=True, eq=False)
class Surroundings:
    """Footprints, busy roads and names of a study, indexed once for many cases."""

    now: Reassessed

    @cached_property
    def footprints(self) -> shapely.STRtree:
        """Of all buildings, in the order of the assessor."""
        return shapely.STRtree(self.now.buildings.geometry.to_numpy())

    @cached_property
    def busy_roads(self) -> tuple[shapely.STRtree, Objects]:
        """Carriageways at ground level with much traffic, and their names (None for none)."""
        edges = edges_of(self.now.assessor.graph)
        classes = [*BUSY, *(f"{one}_link" for one in BUSY)]
        busy = (edges.kind == EdgeKind.ROAD) & edges.highway.isin(classes)
        chosen = edges.subset(busy & ~edges.bridge & ~edges.tunnel)
        names = np.asarray(chosen.name, dtype=object)
        names[pd.isna(names)] = None
        return shapely.STRtree(chosen.lines()), names

    @cached_property
    def _road_of(self) -> Objects:
        return road_names(self.now.assessor)

    @cached_property
    def _roads(self) -> NamedRoads:
        return NamedRoads(self.now.assessor.graph)

    @cached_property
    def _names(self) -> Objects:
        frame = self.now.buildings
        names = np.full(len(frame), None, dtype=object)
        if "name" in frame.columns:
            known = (frame["name"].notna() & (frame["name"] != "")).to_numpy(dtype=bool)
            names[known] = frame["name"].to_numpy(dtype=object)[known]
        return names

    def building_name(self, building: int) -> str | None:
        """Return the name of a building, None for none."""
        name = self._names[building]
        return None if name is None else str(name)

    def road_of(self, building: int) -> str | None:
        """Return the road a building stands on, or else the nearest one with a name."""
        own = self._road_of[building]
        if isinstance(own, str):
            return own
        shape = self.now.buildings.geometry.to_numpy()[[building]]
        found = self._roads.near(shape, ROAD_WITHIN_M)[0]
        return None if found is None else str(found)

    def host_words(self, building: int) -> str:
        """Say a building so that somebody finds it: by name, or by road and id."""
        name, road = self.building_name(building), self.road_of(building)
        number = str(self.now.buildings["building_id"].iloc[building])
        if name is not None:
            return say("place_building", {"name": name, "id": number})
        return say(
            "place_nameless_on_road" if road else "place_nameless", {"road": road, "id": number}
        )

    def place_words(self, point: shapely.Point) -> str | None:
        """Say a point by the road and the named building next to it; None where neither is near."""
        road = self._roads.near(np.array([point], dtype=object), ROAD_WITHIN_M)[0]
        around = np.sort(self.footprints.query(point, predicate="dwithin", distance=ROAD_WITHIN_M))
        named = around[pd.notna(self._names[around])]
        if len(named) == 0:
            return None if road is None else say("place_road_only", {"road": road})
        gap = shapely.distance(self.footprints.geometries[named], point)
        building = self.building_name(int(named[int(np.argmin(gap))]))
        code = "place_building_only" if road is None else "place_road_and_building"
        return say(code, {"road": road, "building": building})


@dataclass(frozen=True)
class Case:
    """An uncovered building under a rule: costs of all buildings, and which are uncovered."""

    around: Surroundings
    rule: Rule
    building: int
    cost: Longs
    uncovered: npt.NDArray[np.bool_]

    @property
    def now(self) -> Reassessed:
        """The result that is asked about."""
        return self.around.now

    @property
    def limit(self) -> int:
        """Thousandths."""
        return round(self.rule.limit * 1000)

    def away(self, weighting: Weighting, limit: int) -> Reach:
        """Search from the building away, with what it costs to get out of it."""
        rows = self.now.assessor.point_rows(weighting)
        mine = rows.point == self.building
        none = np.zeros(int(mine.sum()), np.int32)
        seeds = Seeds(rows.edge[mine], rows.fraction[mine], rows.cost[mine], none, 1)
        return Reach.search(weighting.graph, seeds, limit)

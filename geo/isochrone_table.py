"""The isochrones of a study: of all stations together, rule by rule, with their audit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo.assess import Assessor
from geo.audit import NEAR_S, Audit, access_costs, audit, point_costs, random_points
from geo.errors import Fault
from geo.field import SEARCH_MARGIN_M, Field
from geo.field_grid import FieldGrid
from geo.isochrone import ALL, WalkModel, contours
from geo.network.access import AccessRows
from geo.network.snap import AccessFinder, Places
from geo.outline_repair import repaired
from geo.params import Pace, Rule
from geo.seeds import Seeds

SHARES_OF_LIMIT = (0.5, 1.0, 1.5)  # 5, 10 and 15 minutes of a rule of ten
COLUMNS = ("station_id", "rule", "minutes", "metres", "data_end", "geometry")
ARC_SEGMENTS = 64  # a quarter of a disc: its area is right to 0.01 %

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int32]
Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Ground:
    """Where isochrones are drawn.

    Attributes
    ----------
    finder, groups
        The access rule, and which edges it may enter.
    area
        The study area, metric CRS.
    crs
        Its CRS; None for a local grid.
    """

    finder: AccessFinder
    groups: Ints
    area: shapely.Geometry
    crs: str | None


@dataclass(frozen=True)
class StudyIsochrones:
    """Isochrones of a study.

    Attributes
    ----------
    table
        `COLUMNS`, metric CRS, by rule and rising limit. Rules by straight radius and rules that no public
        station counts under have no rows.
    within
        Rule name -> all places within its limit; for a rule by radius the discs about its stations.
    audits
        Rule name -> how well outlines and costs agree.
    """

    table: gpd.GeoDataFrame
    within: Mapping[str, shapely.Geometry]
    audits: Mapping[str, Audit]

    def faults(self) -> list[Fault]:
        """Say of every rule whether its isochrones hold."""
        return [one for rule, found in self.audits.items() for one in found.faults(rule)]

    def figures(self) -> dict[str, object]:
        """Return the audits as plain values, rule by rule."""
        return {rule: found.to_json() for rule, found in self.audits.items()}


def study_isochrones(assessor: Assessor, ground: Ground) -> StudyIsochrones:
    """Draw the isochrones of all public stations together at half, the whole and one and a half of every limit.

    Strategy
    --------
    - one lattice for all rules, over the places that the farthest isochrone can reach
    - one search a rule from the stations that count under it, by the ground: floors are not counted
    - the audit looks at every place where a building is entered and at random points of the study area; how these
      enter the network is worked out once
    """
    rules = [one for one in assessor.rules if one.basis != "radius"]
    public = {one.name: public_stations(assessor, one) for one in assessor.rules}
    within = {
        one.name: _discs(assessor, public[one.name], one.limit)
        for one in assessor.rules
        if one.basis == "radius"
    }
    audits: dict[str, Audit] = {}
    frames = []
    drawn = [one for one in rules if public[one.name].any()]
    within |= {one.name: shapely.MultiPolygon() for one in rules if one not in drawn}
    if drawn:
        grid = FieldGrid(ground.finder, ground.groups, box=_box(assessor, drawn, public))
        witnesses = _witnesses(assessor, ground)
        for rule in drawn:
            model = walk_model(assessor, rule, grid)
            limits = [share * rule.limit for share in SHARES_OF_LIMIT]
            field = model.field(_seeds(assessor, rule, public[rule.name]), max(limits))
            drawn_finely = contours(field, limits, exact=True)
            discs = _repaired(rule, ground, field, drawn_finely, limits, witnesses)
            within[rule.name] = discs[SHARES_OF_LIMIT.index(1.0)]
            audits[rule.name] = _audited(rule, field, discs, limits, witnesses)
            frames.append(isochrone_rows(model, field, discs, limits, rule=rule.name))
    parts = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=[*COLUMNS])
    table = gpd.GeoDataFrame(parts[[*COLUMNS]], geometry="geometry", crs=ground.crs)
    return StudyIsochrones(table, within, audits)


def public_stations(assessor: Assessor, rule: Rule) -> npt.NDArray[np.bool_]:
    """Tell which stations anybody may walk to count under a rule."""
    public = assessor.supply.scope == "public"
    return np.asarray(public & assessor.counting(rule, rule.tiers))


def walk_model(assessor: Assessor, rule: Rule, grid: FieldGrid) -> WalkModel:
    """Return what the isochrones of a rule are made with."""
    weighting = assessor.weighting(rule)
    return WalkModel(
        weighting.graph,
        grid,
        weighting.per_metre,
        assessor.cut,
        "walk_distance" if rule.basis == "walk_distance" else "time",
    )


def isochrone_rows(
    model: WalkModel,
    field: Field,
    shapes: npt.NDArray[np.object_],
    limits: list[float],
    *,
    rule: str,
    station_id: str = ALL,
) -> pd.DataFrame:
    """Make the rows of one field; limits in minutes or metres, the other column is missing."""
    unit, size = model.unit
    values = np.asarray(limits) / size
    table = pd.DataFrame(
        {
            "station_id": station_id,
            "rule": rule,
            "minutes": values if unit == "minutes" else np.nan,
            "metres": values if unit == "metres" else np.nan,
            "data_end": np.asarray(model.data_end(field, limits), dtype=bool),
            "geometry": shapes,
        }
    )
    return table[~shapely.is_empty(shapes)]


def reach_box(x: Floats, y: Floats, metres: float) -> Box:
    """Return the box of all places within a walk of `metres` of some points."""
    return (
        float(np.floor(x.min() - metres)),
        float(np.floor(y.min() - metres)),
        float(np.ceil(x.max() + metres)),
        float(np.ceil(y.max() + metres)),
    )


def metres_within(rule: Rule, assessor: Assessor, limit: float) -> float:
    """Return how many metres can be walked at most within a limit of a rule (seconds or metres)."""
    if rule.basis == "walk_distance":
        return limit
    return limit * assessor.paces[rule.pace].speed_m_per_s


def _box(assessor: Assessor, rules: list[Rule], public: Mapping[str, npt.NDArray[np.bool_]]) -> Box:
    farthest = max(SHARES_OF_LIMIT)
    metres = max(metres_within(one, assessor, farthest * one.limit) for one in rules)
    counting = np.logical_or.reduce([public[one.name] for one in rules])
    rows = assessor.supply.rows  # a station in a building starts at the doors, not at its point
    doors = counting[rows.point]
    x = np.concatenate((assessor.supply.x[counting], rows.x[doors]))
    y = np.concatenate((assessor.supply.y[counting], rows.y[doors]))
    return reach_box(x, y, metres + SEARCH_MARGIN_M)


def _seeds(assessor: Assessor, rule: Rule, chosen: npt.NDArray[np.bool_]) -> Seeds:
    """Start at the doors of stations, on the ground, all in one group."""
    rows = assessor.supply.rows
    rows = rows.take(chosen[rows.point])
    cost = assessor.weighting(rule).walk_cost(rows)
    return Seeds(rows.edge, rows.fraction, cost, np.zeros(len(rows.edge), np.int32), 1)


def _discs(assessor: Assessor, chosen: npt.NDArray[np.bool_], radius: float) -> shapely.Geometry:
    points = shapely.points(assessor.supply.x[chosen], assessor.supply.y[chosen])
    return shapely.union_all(shapely.buffer(points, radius, quad_segs=ARC_SEGMENTS))


@dataclass(frozen=True)
class Witnesses:
    """Places whose cost is known exactly: doors of buildings first, then random ones."""

    x: Floats
    y: Floats
    rows: AccessRows
    doors_count: int


def _witnesses(assessor: Assessor, ground: Ground) -> Witnesses:
    """Gather the points that the audit looks at, with how they enter the network."""
    rows = assessor.demand.rows
    doors = np.unique(np.column_stack((rows.x, rows.y)), axis=0)
    west, south, east, north = shapely.bounds(ground.area).tolist()
    x, y = random_points((west, south, east, north))
    x, y = np.concatenate((doors[:, 0], x)), np.concatenate((doors[:, 1], y))
    found = ground.finder.find(Places.from_points(x, y), ground.groups).rows
    return Witnesses(x, y, found, len(doors))


def _repaired(
    rule: Rule,
    ground: Ground,
    field: Field,
    discs: npt.NDArray[np.object_],
    limits: list[float],
    witnesses: Witnesses,
) -> npt.NDArray[np.object_]:
    """Redraw what the outlines get wrong about doors of buildings."""
    doors = slice(0, witnesses.doors_count)

    def cost_at(x: Floats, y: Floats) -> Floats:
        return point_costs(field.reach, ground.finder, ground.groups, field.per_metre, x, y)

    cost = access_costs(field.reach, witnesses.rows, field.per_metre)[doors]
    x, y = witnesses.x[doors], witnesses.y[doors]
    return repaired(discs, limits, x, y, cost, cost_at, NEAR_S * _second(rule))[0]


def _second(rule: Rule) -> float:
    """How many units of its limit a second is worth under a rule: 1, or metres walked."""
    return 1.0 if rule.basis == "time" else Pace().speed_m_per_s


def _audited(
    rule: Rule,
    field: Field,
    discs: npt.NDArray[np.object_],
    limits: list[float],
    witnesses: Witnesses,
) -> Audit:
    cost = access_costs(field.reach, witnesses.rows, field.per_metre)
    return audit(
        list(discs),
        limits,
        witnesses.x,
        witnesses.y,
        cost,
        seconds=_second(rule),
        unit="minutes" if rule.basis == "time" else "metres",
    )

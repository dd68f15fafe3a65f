"""Isochrones of any points: on the network of a finished result, or of a study that nobody has judged yet."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo.assess import Weighting
from geo.errors import Fault, InputError, NotFoundError, fault, raise_if_any
from geo.field import SEARCH_MARGIN_M
from geo.field_grid import STEP_M, FieldGrid
from geo.inputs import LOCAL, WGS84
from geo.isochrone import WalkModel, check_limits, contours, one_group
from geo.isochrone_table import SHARES_OF_LIMIT, isochrone_rows, reach_box
from geo.network.access import AccessRows
from geo.network.edges import EdgeTable
from geo.network.graph import WalkGraph
from geo.network.snap import Access, AccessFinder, Places, edge_groups
from geo.params import Rule, StudyParams
from geo.params_json import params_from_plain
from geo.prepare import Prepared
from geo.progress import Progress, silent
from geo.seeds import Seeds
from geo.store_network import read_walk
from geo.study import with_comparisons
from geo.study_file import read_study_file

COLUMNS = ("point_id", "name", "rule", "minutes", "metres", "data_end", "geometry")
MOST_READY_POINTS = 6_000_000  # of a lattice kept for all that is asked: half a gigabyte
Ints = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Terrain:
    """A walking network ready for isochrones.

    Attributes
    ----------
    groups
        Per edge, see `AccessFinder.find`.
    barriers
        ``kind, name, geometry``, as the finder knows them.
    cut
        Nodes where the data end.
    crs
        Metric CRS, or ``local``.
    """

    params: StudyParams
    graph: WalkGraph
    finder: AccessFinder
    groups: Ints
    barriers: gpd.GeoDataFrame
    cut: Ints
    crs: str

    @property
    def is_local(self) -> bool:
        """Whether coordinates are those of an unpublished local grid."""
        return self.crs == LOCAL


def terrain_of(target: str | Path, progress: Progress = silent) -> Terrain:
    """Take the network of a result folder, or make it from a study file.

    Raises
    ------
    InputError
        When an input of the study cannot be used.
    NotFoundError
        When a folder holds no result, or one without its network.
    """
    place = Path(target)
    return _stored(place) if place.is_dir() else _prepared(place, progress)


def rule_for(params: StudyParams, name: str | None, pace: str | None, by_metres: bool) -> Rule:
    """Choose the rule whose way of walking isochrones follow.

    Parameters
    ----------
    name
        Of a rule; by default the first by time (or by walk distance).
    pace
        Name of a pace, in place of the rule's.
    by_metres
        Whether limits are metres walked.

    Raises
    ------
    NotFoundError
        There is no such rule or pace.
    InputError
        The rule goes by straight radius, or limits are in the other unit.
    """
    basis = "walk_distance" if by_metres else "time"
    rules = with_comparisons(params.rules)
    if pace is not None and pace not in params.walk.paces:
        allowed = "、".join(params.walk.paces)
        raise NotFoundError(fault("isochrones_no_pace", name=pace, allowed=allowed))
    if name is None:
        chosen = next(one for one in rules if one.basis == basis)
    else:
        named = [one for one in rules if one.name == name]
        if not named:
            allowed = "、".join(one.name for one in rules)
            raise NotFoundError(fault("isochrones_no_rule", name=name, allowed=allowed))
        chosen = named[0]
        if chosen.basis == "radius":
            raise InputError(fault("isochrones_of_radius", name=name))
        if by_metres and chosen.basis != basis:
            raise InputError(fault("isochrones_unit", name=name))
    if pace is None or chosen.basis != "time":
        return chosen
    return Rule(pace, minutes=chosen.minutes, pace=pace)


def limits_of(rule: Rule, stated: Sequence[float]) -> list[float]:
    """Return limits in seconds or metres, rising: as stated in minutes or metres, else about the rule's own limit.

    Raises
    ------
    InputError
        When one is not positive.
    """
    if not stated:
        return [share * rule.limit for share in SHARES_OF_LIMIT]
    check_limits(stated)
    return sorted({one * (60.0 if rule.basis == "time" else 1.0) for one in stated})


def point_isochrones(
    terrain: Terrain,
    points: gpd.GeoDataFrame,
    rule: Rule,
    limits: Sequence[float],
    *,
    bands: bool = False,
    exact: bool = True,
    ready: FieldGrid | None = None,
) -> gpd.GeoDataFrame:
    """Draw the places from which a point is walked to within limits.

    Parameters
    ----------
    points
        ``point_id, name`` and geometry in the terrain's CRS.
    limits
        Seconds or metres, rising.
    bands
        Rings instead of discs.
    exact
        As `geo.isochrone.contours` takes it.
    ready
        A lattice of this terrain (see `ready_grid`), used where it covers what is asked for.

    Returns
    -------
    geopandas.GeoDataFrame
        `COLUMNS`, in EPSG:4326 (a local grid keeps its plane), by point and limit.

    Raises
    ------
    InputError
        Naming every point that cannot enter the network.
    """
    xy = shapely.get_coordinates(points.geometry.to_numpy())
    x, y = xy[:, 0].copy(), xy[:, 1].copy()
    access = terrain.finder.find(Places.from_points(x, y), terrain.groups)
    raise_if_any(_lost(terrain, points, x, y, access))
    weighting = Weighting.of(terrain.graph, rule, terrain.params.walk.paces)
    rows = access.rows
    seeds = Seeds(rows.edge, rows.fraction, weighting.walk_cost(rows), rows.point, len(points))
    by_metres = rule.basis == "walk_distance"
    metres = max(limits) * (1.0 if by_metres else 1000.0 / weighting.per_metre) + SEARCH_MARGIN_M
    tables = []
    for group in _near_groups(x, y, metres):
        box = reach_box(x[group], y[group], metres)
        grid = ready
        if grid is None or not grid.covers(box):
            grid = FieldGrid(terrain.finder, terrain.groups, box=box)
        model = WalkModel(
            weighting.graph,
            grid,
            weighting.per_metre,
            terrain.cut,
            "walk_distance" if by_metres else "time",
        )
        for one in group.tolist():
            field = model.field(one_group(seeds, one), max(limits))
            shapes = contours(field, limits, bands=bands, exact=exact)
            frame = isochrone_rows(model, field, shapes, list(limits), rule=rule.name)
            tables.append(frame.assign(at=one))
    table = pd.concat(tables, ignore_index=True).sort_values("at", kind="stable")
    at = table["at"].to_numpy()
    table["point_id"] = points["point_id"].to_numpy(dtype=object)[at]
    table["name"] = points["name"].to_numpy(dtype=object)[at]
    crs = None if terrain.is_local else terrain.crs
    frame = gpd.GeoDataFrame(table[[*COLUMNS]].reset_index(drop=True), geometry="geometry", crs=crs)
    return frame if crs is None else frame.to_crs(WGS84)


def ready_grid(terrain: Terrain) -> FieldGrid | None:
    """Make the lattice of a whole terrain, for who draws many isochrones; None where that is too large to keep."""
    graph = terrain.graph
    if graph.node_count == 0:
        return None
    margin = 2.0 * terrain.params.walk.max_access_m
    wide, high = (float(np.ptp(one)) + margin for one in (graph.x, graph.y))
    if wide * high / STEP_M**2 > MOST_READY_POINTS:
        return None
    return FieldGrid(terrain.finder, terrain.groups)


def _stored(folder: Path) -> Terrain:
    manifest, network = folder / "manifest.json", folder / "network"
    if not manifest.is_file():
        raise NotFoundError(fault("result_missing", folder=folder))
    if not network.is_dir():
        raise NotFoundError(fault("result_part_missing", folder=folder, why="network"))
    study = json.loads((folder / "inputs" / "study.json").read_text(encoding="utf-8"))
    params = params_from_plain(study)
    walk = read_walk(network)
    edges = walk.graph.edges
    if not isinstance(edges, EdgeTable):
        raise NotFoundError(fault("graph_has_no_edge_table"))
    stations = pd.read_parquet(
        folder / "tables" / "stations.parquet", columns=["station_id", "counts"]
    ).drop_duplicates("station_id")
    serving = set(stations["station_id"][stations["counts"]].astype(str))
    counts = np.array([str(one) in serving for one in walk.station_ids], dtype=bool)
    groups = _groups(walk.graph, params, walk.stations, counts)
    finder = AccessFinder(edges, walk.barriers, params.walk, walk.hubs)
    return Terrain(params, walk.graph, finder, groups, walk.barriers, walk.cut, walk.crs)


def _groups(
    graph: WalkGraph, params: StudyParams, rows: AccessRows, counts: npt.NDArray[np.bool_]
) -> Ints:
    """Let points enter large pieces and the islands that a station in service stands on."""
    component, sizes = graph.components()
    every, large = edge_groups(component, sizes, graph.tail, params.walk.min_component_nodes)
    served = np.unique(every[rows.edge[counts[rows.point]]])
    return np.where(np.isin(every, served[served > 0]), every, large).astype(np.int32)


def _prepared(path: Path, progress: Progress) -> Terrain:
    params = read_study_file(path)
    study = Prepared(params, progress)
    return Terrain(
        params,
        study.entry.graph,
        study.finder,
        study.entry.groups,
        study.inputs.frames["barriers"],
        study.network.cut,
        study.inputs.crs,
    )


def _lost(
    terrain: Terrain, points: gpd.GeoDataFrame, x: Floats, y: Floats, access: Access
) -> list[Fault]:
    """Say of every point without access why: outside the data, in water, behind a barrier, too far from any way."""
    rows = np.bincount(access.rows.point, minlength=len(points))
    lost = np.flatnonzero(rows == 0)
    if len(lost) == 0:
        return []
    graph, within = terrain.graph, terrain.params.walk.max_access_m
    data = shapely.box(
        graph.x.min() - within,
        graph.y.min() - within,
        graph.x.max() + within,
        graph.y.max() + within,
    )
    barriers = terrain.barriers
    shapes = np.asarray(barriers.geometry.to_numpy(), dtype=object)
    wet = shapes[(barriers["kind"] == "water").to_numpy(dtype=bool)]
    faults = []
    for one in lost.tolist():
        at = shapely.Point(x[one], y[one])
        params = {"name": points["name"].iloc[one], "metres": f"{within:.0f}"}
        if not shapely.intersects(data, at):
            away = shapely.distance(data, at) / 1000.0
            faults.append(
                fault("point_outside_data", away=f"{away + within / 1000.0:.1f}", **params)
            )
        elif shapely.intersects(wet, at).any():
            faults.append(fault("point_in_water", **params))
        elif access.barred_by[one] >= 0:
            kind = str(barriers["kind"].iloc[int(access.barred_by[one])])
            faults.append(fault("point_barred", obstacle=kind, **params))
        else:
            faults.append(fault("point_off_network", **params))
    return faults


def _near_groups(x: Floats, y: Floats, metres: float) -> list[npt.NDArray[np.int64]]:
    """Put points together whose boxes share a lattice for less than one each would cost."""
    side = 2.0 * metres
    joint = (np.ptp(x) + side) * (np.ptp(y) + side)
    every = np.arange(len(x))
    return [every] if joint <= len(x) * side**2 else [every[[one]] for one in every]

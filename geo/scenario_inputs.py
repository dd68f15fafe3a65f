"""What a scenario makes of a study's inputs: other stations, another walking network, other paces."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo.errors import Fault, InputError, fault, raise_if_any
from geo.inputs import WGS84, Inputs
from geo.network.corrections import correct
from geo.network.graph import WalkGraph
from geo.network.links import links_between, with_links
from geo.network.pace import cost_of_edges
from geo.params import DEFAULT_TIERS, PACES, Pace, StudyParams
from geo.read.stations import station_ids
from geo.register import open_on
from geo.scenario_file import LinkChange, Point, Scenario, StationChange
from geo.study_keys import listed
from geo.tables import nearest_name
from geo.units import ids_of, locate
from geo.walk_network import WalkNetwork

Objects = npt.NDArray[np.object_]
LINK_REACH_M = 50.0  # so far a new link may begin or end from the way it shall join
_NO_LON_LAT = (-180.0, -90.0, 180.0, 90.0)


@dataclass(frozen=True)
class ChangedInputs:
    """The inputs of a changed study.

    Attributes
    ----------
    touched
        Ids of the stations that were added, moved, closed or changed.
    """

    params: StudyParams
    inputs: Inputs
    network: WalkNetwork
    touched: Objects


def changed_inputs(
    params: StudyParams, inputs: Inputs, network: WalkNetwork, scenario: Scenario
) -> ChangedInputs:
    """Apply a scenario; what was handed in stays as it is.

    Raises
    ------
    InputError
        Carrying every fault found: stations that are not there, points off the map, links that join nothing.
    """
    faults: list[Fault] = []
    paces = _paces(params, scenario, faults)
    stations, touched = _stations(params, inputs, scenario.stations, faults)
    ends = _ends(scenario.links, inputs, faults)
    raise_if_any(faults, InputError)
    changed = replace(params, walk=replace(params.walk, paces=paces))
    frames = {**inputs.frames, "stations": stations}
    graph = _graph(changed, network.graph, scenario.links, ends, faults)
    raise_if_any(faults, InputError)
    walls = _walls(scenario.links, ends, inputs)
    if walls is not None:
        frames["barriers"] = walls
    return ChangedInputs(
        changed, replace(inputs, frames=frames), replace(network, graph=graph), touched
    )


def with_station_ids(inputs: Inputs) -> gpd.GeoDataFrame:
    """Return the stations of a study with the ids a run gives them, so that no change can shift these."""
    stations = inputs.frames["stations"]
    if stations["station_id"].notna().all():
        return stations
    where = locate(np.asarray(stations.geometry.to_numpy(), dtype=object), inputs)
    communities = ids_of(inputs.get("communities"), "community_id", where.community)
    ids = station_ids(stations, pd.Series(communities, index=stations.index))
    return stations.assign(station_id=ids)


def _paces(params: StudyParams, scenario: Scenario, faults: list[Fault]) -> dict[str, Pace]:
    paces = dict(params.walk.paces)
    for name, constants in scenario.paces.items():
        if name not in paces:
            nearest = nearest_name(name, paces) or "—"
            faults.append(
                fault("scenario_no_pace", name=name, nearest=nearest, known=listed(paces))
            )
            continue
        paces[name] = replace(paces[name], **constants)  # type: ignore[arg-type]
    return paces


def _stations(
    params: StudyParams, inputs: Inputs, changes: Sequence[StationChange], faults: list[Fault]
) -> tuple[gpd.GeoDataFrame, Objects]:
    """Return the changed register and the ids of what changed."""
    frame = with_station_ids(inputs) if changes else inputs.frames["stations"]
    points = _projected([_place(one) for one in changes], inputs)
    known = {
        *DEFAULT_TIERS,
        *(tier for rule in params.rules for tier in rule.tiers),
        *frame["tier"].dropna().astype(str),
    }
    register = _Register(frame, params, known, faults)
    for change, point in zip(changes, points, strict=True):
        register.apply(change, point)
    return register.frame, np.array(register.touched, dtype=object)


class _Register:
    """The stations, changed one by one."""

    def __init__(
        self, frame: gpd.GeoDataFrame, params: StudyParams, tiers: set[str], faults: list[Fault]
    ) -> None:
        self.frame = frame
        self.touched: list[str] = []
        self._params = params
        self._tiers = tiers
        self._faults = faults

    def apply(self, change: StationChange, point: shapely.Point | None) -> None:
        """Apply one change, or note why it cannot be."""
        label = change.name or change.id or ""
        if change.tier is not None and change.tier not in self._tiers:
            self._note("scenario_tier", name=label, tier=change.tier, known=listed(self._tiers))
            return
        if point is None and change.action in ("add", "move"):
            self._note("scenario_off_map", name=label, lon=change.lon, lat=change.lat)
            return
        if change.action == "add":
            self._add(change, point)
            return
        row = self._row(change)
        if row is None:
            return
        values = self._qualities(change)
        if change.action == "close":
            values = {"status": "closed", "closed_on": pd.Timestamp(self._params.as_of)}
            if not open_on(self.frame.iloc[[row]], self._params.as_of)[0]:
                self._note("scenario_already_closed", name=label)
                return
        if change.action == "move":
            values["geometry"] = point
            # it leaves the building it was registered in
            values["host_building_ids"] = [change.building] if change.building else None
        self._write(row, values)
        self.touched.append(str(self.frame["station_id"].iloc[row]))

    def _note(self, code: str, **params: object) -> None:
        self._faults.append(Fault(code, params))

    def _row(self, change: StationChange) -> int | None:
        """Find a station by its id, else by its name."""
        column, wanted = ("station_id", change.id) if change.id else ("name", change.name)
        values = self.frame[column].astype("string").fillna("")
        rows = np.flatnonzero((values == str(wanted)).to_numpy(dtype=bool))
        if len(rows) == 1:
            return int(rows[0])
        if len(rows) == 0:
            self._note(
                "scenario_no_station",
                name=wanted,
                nearest=nearest_name(str(wanted), values.tolist()) or "—",
            )
        else:
            ids = listed(self.frame["station_id"].iloc[rows].tolist())
            self._note("scenario_stations_several", name=wanted, count=len(rows), ids=ids)
        return None

    def _qualities(self, change: StationChange) -> dict[str, object]:
        named = ("tier", "access_scope", "opening_hours", "floor", "area_m2")
        values = {
            one: getattr(change, one) for one in named if getattr(change, one) not in (None, "")
        }
        if change.opening_hours == "":
            values["opening_hours"] = None
        if "access_scope" in values:
            values["access_scope_stated"] = True
        return values

    def _add(self, change: StationChange, point: shapely.Point | None) -> None:
        ids = self.frame["station_id"].astype(str)
        if change.id is not None and change.id in set(ids):
            self._note("scenario_id_taken", name=change.name, id=change.id)
            return
        made = change.id or _free_id(set(ids))
        values = {
            "access_scope": "public",
            "access_scope_stated": False,
            **self._qualities(change),
            "station_id": made,
            "name": change.name,
            "status": "open",
            "host_building_ids": [change.building] if change.building else None,
            "geometry": point,
        }
        row = len(self.frame)
        flags = [name for name, kind in self.frame.dtypes.items() if str(kind) == "bool"]
        longer = self.frame.reindex(range(row + 1))
        # a new row is empty, and an empty flag is no
        self.frame = longer.assign(
            **{name: longer[name].eq(True).to_numpy(dtype=bool) for name in flags}
        )
        self._write(row, values)
        self.touched.append(made)

    def _write(self, row: int, values: dict[str, object]) -> None:
        """Write cells of one row; columns that the register lacks are made where they are needed."""
        frame = self.frame.copy(deep=False)
        for name, value in values.items():
            if name not in frame.columns:
                if value is None:
                    continue
                frame[name] = None
            column = frame[name]
            # (a cell of a list takes the list as it is only in an array of objects)
            cells = column.to_numpy(dtype=object) if isinstance(value, list) else column.array
            cells = cells.copy()
            cells[row] = value
            frame[name] = pd.Series(cells, index=frame.index)
        self.frame = frame


def _free_id(taken: set[str]) -> str:
    """Return the first free id of planned stations, P0001 on: never one the register may give."""
    number = 1
    while f"P{number:04d}" in taken:
        number += 1
    return f"P{number:04d}"


def _place(change: StationChange) -> Point | None:
    if change.lon is None or change.lat is None:
        return None
    return change.lon, change.lat


def _projected(points: Sequence[Point | None], inputs: Inputs) -> list[shapely.Point | None]:
    """Bring points into the study's grid; None where there is none or it cannot be on the map."""
    west, south, east, north = _NO_LON_LAT
    good = [
        row
        for row, one in enumerate(points)
        if one is not None
        and (inputs.is_local or (west <= one[0] <= east and south <= one[1] <= north))
    ]
    made: list[shapely.Point | None] = [None] * len(points)
    series = gpd.GeoSeries(
        [shapely.Point(*points[row]) for row in good],  # type: ignore[misc]
        crs=None if inputs.is_local else WGS84,
    )
    if not inputs.is_local and good:
        series = series.to_crs(inputs.crs)
    for row, shape in zip(good, series, strict=True):
        if np.isfinite(shapely.get_coordinates(shape)).all():
            made[row] = shape
    return made


def _ends(links: Sequence[LinkChange], inputs: Inputs, faults: list[Fault]) -> Objects:
    """Return the lines from end to end of all links, in the study's grid."""
    points = _projected([end for one in links for end in (one.start, one.end)], inputs)
    lines = np.full(len(links), None, dtype=object)
    for row in range(len(links)):
        start, end = points[2 * row], points[2 * row + 1]
        if start is None or end is None:
            faults.append(fault("scenario_link_off_map", number=row + 1))
            continue
        lines[row] = shapely.LineString([start, end])
    return lines


def _graph(
    params: StudyParams,
    graph: WalkGraph,
    links: Sequence[LinkChange],
    lines: Objects,
    faults: list[Fault],
) -> WalkGraph:
    """Cut ways, then add links, so that a link may lead over a cut; weighted by the standard pace."""
    pace = params.walk.paces.get("standard", PACES["standard"])
    actions = np.array([one.action for one in links], dtype=object)
    graph = graph.weighted(pace)
    cuts = np.flatnonzero(actions == "cut")
    if len(cuts):
        closures = gpd.GeoDataFrame(
            {"kind": ["closure"] * len(cuts), "name": [None] * len(cuts)}, geometry=lines[cuts]
        )
        done = correct(graph, closures, pace)
        faults.extend(
            fault("scenario_cut_nothing", number=int(cuts[row]) + 1) for row, _ in done.refused
        )
        graph = done.graph
    added = np.flatnonzero(actions == "add")
    if len(added):
        ends = shapely.get_coordinates(lines[added]).reshape(-1, 2, 2)
        kinds = [str(links[row].kind) for row in added.tolist()]
        found = links_between(graph, kinds, ends[:, 0], ends[:, 1])
        shape = shapely.get_coordinates(found.shape).reshape(-1, 4, 2)
        gaps = np.hypot(*(shape[:, 1::2] - shape[:, 0::2]).transpose(2, 0, 1)).max(axis=1)
        faults.extend(
            fault(
                "scenario_link_far",
                number=int(added[row]) + 1,
                metres=f"{gaps[row]:.0f}",
                most=f"{LINK_REACH_M:.0f}",
            )
            for row in np.flatnonzero(gaps > LINK_REACH_M)
        )
        graph = with_links(graph, found, lambda edges: cost_of_edges(edges, pace)).graph
    return graph


def _walls(links: Sequence[LinkChange], lines: Objects, inputs: Inputs) -> gpd.GeoDataFrame | None:
    """Put cuts among the barriers: nobody walks round a closed gate across the forecourt either."""
    cuts = np.array([one.action == "cut" for one in links], dtype=bool)
    if not cuts.any():
        return None
    barriers = inputs.frames["barriers"]
    walls = gpd.GeoDataFrame(
        {"kind": ["wall"] * int(cuts.sum()), "name": [None] * int(cuts.sum())},
        geometry=lines[cuts],
        crs=barriers.crs,
    )
    return gpd.GeoDataFrame(pd.concat([barriers, walls], ignore_index=True), crs=barriers.crs)

"""Candidates (备选点位): places of a layer, buildings and points of the network, each with why it is in or out."""

from __future__ import annotations

from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo.assess import Supply
from geo.choosing.entry import Entered, enter_places
from geo.choosing.places import building_places, layer_places, network_places
from geo.network.access import AccessRows
from geo.reassess import Reassessed
from geo.register import match_hosts

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]
Objects = npt.NDArray[np.object_]
ADMITTED = "admitted"
DEFAULT_USES = ("public", "commercial", "office")
ORIGINS = ("layer", "building", "network")


@dataclass(frozen=True)
class CandidateChoice:
    """Which places are considered.

    Attributes
    ----------
    layer
        Places of the user's own, columns of the layer ``candidates`` in any CRS; None takes the study's, if it has one.
    uses
        Uses of buildings to consider; none leaves buildings out.
    owners
        Only buildings and places of these owners (a part of the name is enough); none asks for nothing.
    least_area_m2
        Least floor area of a building, or area of a place that states one.
    grid_m
        One point of the network a square of this side, clear of buildings; None leaves them out.
    tier
        Of new stations whose candidate states none.
    """

    layer: gpd.GeoDataFrame | None = None
    uses: tuple[str, ...] = DEFAULT_USES
    owners: tuple[str, ...] = ()
    least_area_m2: float = 0.0
    grid_m: float | None = 300.0
    tier: str = "community"


@dataclass(frozen=True)
class Candidates:
    """All places considered.

    Attributes
    ----------
    table
        One row a place, by origin and id: ``site_id, origin, name, owner, cost, tier, area_m2, use, host_building_id,
        subdistrict_id, community_id, x, y, admitted, reason``; metric CRS. ``cost`` is missing where nothing states it.
    supply
        The admitted ones as stations open to the public, in the order of `admitted`.
    admitted
        Their rows in `table`.
    """

    table: pd.DataFrame
    supply: Supply
    admitted: Longs

    @property
    def count(self) -> int:
        """Number of admitted candidates."""
        return len(self.admitted)

    @property
    def sites(self) -> pd.DataFrame:
        """Rows of the admitted ones, in order."""
        return self.table.iloc[self.admitted].reset_index(drop=True)

    def with_rows(self, rows: AccessRows) -> Candidates:
        """Give the admitted candidates other access rows, such as those of a network with links."""
        return replace(self, supply=replace(self.supply, rows=rows))


def candidates_of(kept: Reassessed, choice: CandidateChoice | None = None) -> Candidates:
    """Gather and judge the candidates of a result.

    Strategy
    --------
    * places in a building, or within 15 m of one, are matched to it as stations of the register are;
    * a place uses the access points of its building, else its own point, as a station would;
    * one that would open private ways or an island of the network is left out: what it brings would hang on
      ways nobody has been shown to be able to use;
    * of several places in one building the first counts: layer before buildings before network.
    """
    chosen = choice or CandidateChoice()
    table = _gathered(kept, chosen)
    table, study_row, input_row = _hosted(kept, table)
    entered = enter_places(kept, table["x"].to_numpy(), table["y"].to_numpy(), study_row, input_row)
    table["reason"] = _reasons(kept, chosen, table, study_row, input_row, entered)
    table["admitted"] = (table["reason"] == ADMITTED).to_numpy(dtype=bool)
    admitted = np.flatnonzero(table["admitted"].to_numpy()).astype(np.int64)
    return Candidates(table, _supply(table, admitted, study_row, entered), admitted)


def _gathered(kept: Reassessed, choice: CandidateChoice) -> pd.DataFrame:
    layer = kept.result.inputs.get("candidates") if choice.layer is None else choice.layer
    parts = []
    if layer is not None and len(layer):
        parts.append(layer_places(kept, layer))
    if choice.uses:
        parts.append(building_places(kept, choice.uses))
    if choice.grid_m is not None:
        parts.append(network_places(kept, choice.grid_m))
    columns = ["site_id", "origin", "name", "owner", "cost", "tier", "area_m2", "use",
               "host_building_id", "x", "y"]  # fmt: skip
    if not parts:
        return pd.DataFrame({name: pd.Series(dtype=object) for name in columns})
    table = pd.concat([part[columns] for part in parts], ignore_index=True)
    table["tier"] = table["tier"].where(table["tier"].notna(), choice.tier)
    # what lies in polygons of [exclude] is not listed anywhere, not even as refused
    return table[~_in_excluded(kept, table)].reset_index(drop=True)


def _hosted(kept: Reassessed, table: pd.DataFrame) -> tuple[pd.DataFrame, Ints, Ints]:
    """Match places to buildings and polygons; return the rows of their hosts in the study and in the inputs."""
    every = _metric(kept, "buildings")
    points = _points(table)
    stations = gpd.GeoDataFrame(
        {
            "name": table["name"].astype(object),
            "host_building_ids": [
                [one] if isinstance(one, str) else [] for one in table["host_building_id"]
            ],
        },
        geometry=points,
        crs=every.crs,
    )
    input_row = match_hosts(stations, every).building
    ids = every["building_id"].astype(str).to_numpy(dtype=object)
    row_of = {str(one): row for row, one in enumerate(kept.buildings["building_id"])}
    study_row = np.array([row_of.get(ids[row], -1) if row >= 0 else -1 for row in input_row])
    host = ids[input_row]
    host[input_row < 0] = None
    table = table.assign(
        host_building_id=host,
        subdistrict_id=_unit_ids(kept, "subdistricts", "subdistrict_id", points),
        community_id=_unit_ids(kept, "communities", "community_id", points),
    )
    return _named(kept, table), study_row.astype(np.int32), input_row


def _named(kept: Reassessed, table: pd.DataFrame) -> pd.DataFrame:
    """Call places without a name, on no named road, after their community or sub-district."""
    name = table["name"].astype(object)
    for section, column in (("communities", "community_id"), ("subdistricts", "subdistrict_id")):
        units = kept.result.inputs.get(section)
        if units is None:
            continue
        called = dict(zip(units[column].astype(str), units["name"].astype(object), strict=True))
        name = name.where(name.notna(), table[column].map(called))
    return table.assign(name=name.where(name.notna(), table["site_id"]))


def _points(table: pd.DataFrame) -> Objects:
    x, y = table["x"].to_numpy(np.float64), table["y"].to_numpy(np.float64)
    return np.asarray(shapely.points(x, y), dtype=object)


def _metric(kept: Reassessed, section: str) -> gpd.GeoDataFrame:
    frame = kept.result.inputs[section]
    return frame if frame.crs is None else frame.to_crs(kept.walk.crs)


def _unit_ids(kept: Reassessed, section: str, column: str, points: Objects) -> Objects:
    """Return the polygon that holds each point, the first of several; None outside all."""
    found = np.full(len(points), None, dtype=object)
    units = kept.result.inputs.get(section)
    if units is None or not units.geometry.notna().any():
        return found
    shapes = _metric(kept, section).geometry.to_numpy()
    at, unit = shapely.STRtree(shapes).query(points, predicate="intersects")
    order = np.lexsort((unit, at))
    first = order[np.unique(at[order], return_index=True)[1]]
    found[at[first]] = units[column].astype(str).to_numpy(dtype=object)[unit[first]]
    return found


def _reasons(
    kept: Reassessed,
    choice: CandidateChoice,
    table: pd.DataFrame,
    study_row: Ints,
    input_row: Ints,
    entered: Entered,
) -> Objects:
    """Name why each place is in (``admitted``) or out (sentences: ``candidate_*`` of the catalogue)."""
    size = pd.to_numeric(table["area_m2"], errors="coerce").to_numpy(dtype=float)
    owner = table["owner"].fillna("").astype(str)
    asked = [owner.str.contains(one, regex=False).to_numpy(dtype=bool) for one in choice.owners]
    owned = np.logical_or.reduce(asked) if asked else np.ones(len(table), dtype=bool)
    supply = kept.assessor.supply
    taken = np.zeros(kept.demand.count + 1, dtype=bool)  # the last: no host
    taken[supply.host[(supply.scope == "public") & (supply.host >= 0)]] = True
    small = (size < choice.least_area_m2) & (choice.least_area_m2 > 0.0)
    outside = table["subdistrict_id"].isna().to_numpy(dtype=bool)
    in_question = (input_row >= 0) & ~(outside | ~owned | small)
    twice = in_question & pd.Series(np.where(in_question, input_row, -1)).duplicated().to_numpy()
    conditions = [
        outside,
        ~owned,
        small,
        taken[study_row],
        twice,
        entered.in_compound,
        ~entered.reached,
        entered.opens_private,
        entered.serves_island,
    ]
    codes = [
        "outside", "owner", "area", "has_station", "same_building", "compound", "no_edge",
        "private", "island",
    ]  # fmt: skip
    return np.asarray(np.select(conditions, codes, default=ADMITTED), dtype=object)


def _in_excluded(kept: Reassessed, table: pd.DataFrame) -> Bools:
    inside = np.zeros(len(table), dtype=bool)
    if "exclude" not in kept.result.inputs or len(kept.result.inputs["exclude"]) == 0:
        return inside
    points = _points(table)
    tree = shapely.STRtree(_metric(kept, "exclude").geometry.to_numpy())
    inside[tree.query(points, predicate="intersects")[0]] = True
    return inside


def _supply(table: pd.DataFrame, admitted: Longs, study_row: Ints, entered: Entered) -> Supply:
    new = np.full(len(table), -1, dtype=np.int32)
    new[admitted] = np.arange(len(admitted), dtype=np.int32)
    rows = entered.rows.take(new[entered.rows.point] >= 0)
    host = study_row[admitted]
    inside = np.flatnonzero(host >= 0).astype(np.int32)
    return Supply(
        x=table["x"].to_numpy(dtype=np.float64)[admitted],
        y=table["y"].to_numpy(dtype=np.float64)[admitted],
        tier=table["tier"].to_numpy(dtype=object)[admitted],
        scope=np.full(len(admitted), "public", dtype=object),
        rows=replace(rows, point=new[rows.point], count=len(admitted)),
        host=host,
        served=np.column_stack((inside, host[inside])).astype(np.int32),
    )

"""The regions that figures of a finished result are told for: the study, its sub-districts, its zones."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo.reassess import Reassessed

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Ints32 = npt.NDArray[np.int32]
Objects = npt.NDArray[np.object_]


@dataclass(frozen=True)
class Regions:
    """Regions and the buildings in each; a building may be in several.

    Attributes
    ----------
    kind, id, name
        One a region: ``study`` first, then ``subdistrict``, then ``zone``.
    building, region
        Pairs, sorted by building within each kind.
    """

    kind: Objects
    id: Objects
    name: Objects
    building: Ints
    region: Ints

    def head(self) -> pd.DataFrame:
        """Begin a table with one row a region."""
        return pd.DataFrame({"unit_kind": self.kind, "unit_id": self.id, "name": self.name})

    @property
    def count(self) -> int:
        """Number of regions."""
        return len(self.id)

    def sums_by(self, group: npt.NDArray[np.integer], groups: int, values: Floats) -> Floats:
        """Sum a value of buildings over regions (rows) and groups of buildings (columns); nan counts as nothing."""
        cell = self.region * groups + group[self.building]
        weights = np.nan_to_num(values[self.building])
        sums = np.bincount(cell, weights=weights, minlength=self.count * groups)
        return sums.astype(np.float64).reshape(self.count, groups)

    def of_buildings(self, building: Ints32) -> tuple[Ints, Ints]:
        """Return, for a list of buildings, pairs (place in the list, region), sorted by the first."""
        order = np.argsort(self.building, kind="stable")
        owner = self.building[order]
        start = np.searchsorted(owner, building)
        sizes = np.searchsorted(owner, building, side="right") - start
        row = np.repeat(np.arange(len(building)), sizes)
        within = np.arange(len(row)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        return row, self.region[order][start[row] + within]


def share(part: Floats, whole: Floats) -> Floats:
    """Divide; a share of nothing is nan."""
    found: Floats = np.divide(part, whole, out=np.full(len(whole), np.nan), where=whole > 0)
    return found


def regions_of(kept: Reassessed) -> Regions:
    """Gather the regions of a result with the buildings it counted in each."""
    count = kept.demand.count
    kinds, ids, names = ["study"], ["study"], [kept.result.params.name]
    building = [np.arange(count, dtype=np.int64)]
    region = [np.zeros(count, dtype=np.int64)]
    subdistricts = kept.result.subdistricts.drop_duplicates("subdistrict_id")
    row_of = {str(one): row for row, one in enumerate(subdistricts["subdistrict_id"])}
    own = np.array([row_of.get(str(one), -1) for one in kept.buildings["subdistrict_id"]])
    building.append(np.flatnonzero(own >= 0))
    region.append(own[own >= 0] + 1)
    kinds += ["subdistrict"] * len(subdistricts)
    ids += subdistricts["subdistrict_id"].astype(str).tolist()
    names += subdistricts["name"].astype(str).tolist()
    zones = kept.result.inputs.get("zones")
    if zones is not None and len(zones):
        metric = zones if zones.crs is None else zones.to_crs(kept.walk.crs)
        points = shapely.points(kept.assessor.demand.x, kept.assessor.demand.y)
        inside, zone = shapely.STRtree(metric.geometry.to_numpy()).query(
            points, predicate="intersects"
        )
        order = np.lexsort((zone, inside))
        building.append(inside[order])
        region.append(zone[order] + len(ids))
        kinds += ["zone"] * len(zones)
        ids += zones["zone_id"].astype(str).tolist()
        names += zones["name"].astype(str).tolist()
    return Regions(
        np.array(kinds, dtype=object),
        np.array(ids, dtype=object),
        np.array(names, dtype=object),
        np.concatenate(building),
        np.concatenate(region),
    )

"""A study ready to be searched."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt

from geo.assess import Assessor

Objects = npt.NDArray[np.object_]


@dataclass(frozen=True)
class Entered:
    """The assessor of a study with its buildings and stations that count, in its order; metric CRS."""

    assessor: Assessor
    buildings: gpd.GeoDataFrame
    stations: gpd.GeoDataFrame

    @property
    def building_ids(self) -> Objects:
        """Ids of the buildings."""
        ids: Objects = self.buildings["building_id"].to_numpy(dtype=object)
        return ids

    @property
    def station_ids(self) -> Objects:
        """Ids of the stations."""
        ids: Objects = self.stations["station_id"].to_numpy(dtype=object)
        return ids

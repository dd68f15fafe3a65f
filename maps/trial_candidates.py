"""Where the page's what-if may look for the best spot: the candidates that the study's siting admitted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from maps.packing import Packer
from maps.plane import Plane
from maps.shapes import is_placed, shapes_of

if TYPE_CHECKING:
    from geo.result import StudyResult


def add_candidates(
    packer: Packer, result: StudyResult, building_ids: Sequence[str], plane: Plane
) -> None:
    """Pack admitted candidates: positions of host buildings in the page's order, places of the others.

    Without such a table nothing travels, and the page tries every building in view.
    """
    table = result.tables.get("candidates")
    if table is None or not len(table) or not building_ids:
        return
    rows = table[table["admitted"].astype(bool).to_numpy() & is_placed(table)]
    rows = rows.drop_duplicates("site_id").sort_values("site_id", kind="stable")
    hosts = rows["host_building_id"].astype(object).where(rows["host_building_id"].notna(), "")
    at = pd.Index(list(building_ids), dtype=object).get_indexer(pd.Index(hosts.astype(str)))
    packer.add("candidate.building", np.unique(at[at >= 0]), "uv")
    points = shapely.point_on_surface(shapes_of(rows[at < 0]))
    xy = plane.quantise(shapely.get_coordinates(points))
    packer.add("candidate.xy", np.diff(xy, axis=0, prepend=0).ravel(), "sv")

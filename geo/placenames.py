"""Names by which a place is found: the road it stands on, the compound it belongs to, whose wall a wall is."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo.assess import Assessor
from geo.network.edges import EdgeTable
from geo.network.graph import WalkGraph

Floats = npt.NDArray[np.float64]
Objects = npt.NDArray[np.object_]
# what a layer of walls writes where it has no name to give
_ONLY_A_WALL = ("", "围墙", "院墙", "墙", "wall", "fence", "barrier")
# "镜岫庭院1栋", "松荫数字产业园25号楼", "科技园A座": the number of one building of several
_ONE_OF_SEVERAL = (
    r"\s*[（(]?[0-9０-９A-Za-z一二三四五六七八九十-]+\s*(?:栋|幢|座|号楼|号|楼)[)）]?$"
)


def compound_names(names: Objects) -> Objects:
    """Take the number of the building off names such as 镜岫庭院1栋; None stays None."""
    text = pd.Series(names, dtype=object)
    known = text.map(lambda one: isinstance(one, str) and one != "")
    short = text[known].astype(str).str.replace(_ONE_OF_SEVERAL, "", regex=True)
    result = np.full(len(text), None, dtype=object)
    whole = text[known].to_numpy(dtype=object)
    result[known.to_numpy(dtype=bool)] = np.where(short.to_numpy() == "", whole, short.to_numpy())
    return result


def named_walls(barriers: gpd.GeoDataFrame, buildings: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Call walls without a name of their own after the compound that most named buildings inside belong to."""
    if len(barriers) == 0 or "name" not in buildings.columns:
        return barriers
    name = barriers["name"].to_numpy(dtype=object).copy()
    plain = barriers["name"].isna() | barriers["name"].isin(_ONLY_A_WALL)
    walls = np.flatnonzero((barriers["kind"] == "wall").to_numpy() & plain.to_numpy())
    compound = compound_names(buildings["name"].to_numpy(dtype=object))
    known = np.flatnonzero(pd.notna(compound))
    inside = shapely.point_on_surface(buildings.geometry.to_numpy()[known])
    hulls = shapely.convex_hull(barriers.geometry.to_numpy()[walls])
    wall, building = shapely.STRtree(inside).query(hulls, predicate="contains")
    found = pd.DataFrame({"wall": walls[wall], "name": compound[known[building]]})
    counts = found.groupby(["wall", "name"], as_index=False).size()
    counts = counts.sort_values(["wall", "size", "name"], ascending=[True, False, True])
    first = counts.drop_duplicates("wall")
    total = counts.groupby("wall")["size"].sum().loc[first["wall"]].to_numpy()
    first = first[2 * first["size"].to_numpy() > total]
    name[first["wall"].to_numpy(dtype=np.int64)] = first["name"].to_numpy(dtype=object)
    return barriers.assign(name=name)


def road_names(assessor: Assessor) -> Objects:
    """Return the name of the road nearest to each building among those it may enter; None without a name."""
    rows, edges = assessor.demand.rows, assessor.graph.edges
    roads = np.full(assessor.demand.count, None, dtype=object)
    if not isinstance(edges, EdgeTable):
        return roads
    named = np.flatnonzero(edges.name.codes[rows.edge] >= 0)
    order = named[np.lexsort((rows.edge[named], rows.walk_m[named], rows.point[named]))]
    first = order[np.unique(rows.point[order], return_index=True)[1]]
    names = np.asarray(edges.name.categories, dtype=object)
    roads[rows.point[first]] = names[edges.name.codes[rows.edge[first]]]
    return roads


class NamedRoads:
    """The named roads of a network, to be found from any point.

    Parameters
    ----------
    graph
        Without a table of edges there are none.
    """

    def __init__(self, graph: WalkGraph) -> None:
        edges = graph.edges
        self._tree = shapely.STRtree([])
        self._names = np.empty(0, dtype=object)
        if isinstance(edges, EdgeTable):
            named = edges.subset(np.asarray(edges.name.codes) >= 0)
            self._tree = shapely.STRtree(named.lines())
            self._names = np.asarray(named.name, dtype=object)

    def near(self, shapes: Objects, within_m: float) -> Objects:
        """Return the name of the road nearest to each shape; of two as near, the first by name."""
        result = np.full(len(shapes), None, dtype=object)
        if len(shapes) == 0 or len(self._names) == 0:
            return result
        shape, road = self._tree.query_nearest(shapes, max_distance=within_m)
        found = pd.DataFrame({"shape": shape, "name": self._names[road]})
        first = found.sort_values(["shape", "name"]).drop_duplicates("shape")
        result[first["shape"].to_numpy()] = first["name"].to_numpy(dtype=object)
        return result

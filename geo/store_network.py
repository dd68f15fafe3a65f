"""``network/``: the walk graph with access rows and barriers, as later commands need them."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.network.access import AccessRows
from geo.network.files import load_graph, save_graph
from geo.network.snap import Hubs
from geo.result import WalkModel
from geo.store_tables import read_table, write_table

_CUT = "cut_nodes.parquet"
_COMPOUNDS, _HUBS = "compounds.parquet", "hubs.parquet"
_ROW_COLUMNS = ("point", "edge", "fraction", "walk_m", "x", "y")
_HUB_COLUMNS = ("compound", "edge", "x", "y")


def write_walk(walk: WalkModel, folder: Path) -> None:
    """Write a walking model into `folder`."""
    folder.mkdir(parents=True)
    save_graph(walk.graph, folder)
    for name, rows, ids in (
        ("buildings", walk.buildings, walk.building_ids),
        ("stations", walk.stations, walk.station_ids),
    ):
        columns = {column: getattr(rows, column) for column in _ROW_COLUMNS}
        write_table(pd.DataFrame(columns), folder / f"access_{name}.parquet")
        write_table(pd.DataFrame({"id": ids.astype(str)}), folder / f"points_{name}.parquet")
    write_table(walk.barriers, folder / "barriers.parquet")
    write_table(pd.DataFrame({"node": walk.cut}), folder / _CUT)
    if walk.hubs is not None and len(walk.hubs.shapes):
        shapes = gpd.GeoDataFrame(geometry=walk.hubs.shapes, crs=walk.barriers.crs)
        write_table(shapes, folder / _COMPOUNDS)
        columns = {column: getattr(walk.hubs, column) for column in _HUB_COLUMNS}
        write_table(pd.DataFrame(columns), folder / _HUBS)
    (folder / "crs.txt").write_text(walk.crs, encoding="utf-8")


def read_walk(folder: Path) -> WalkModel:
    """Read what `write_walk` wrote."""
    building_ids, station_ids = _ids(folder, "buildings"), _ids(folder, "stations")
    barriers = read_table(folder / "barriers.parquet")
    return WalkModel(
        load_graph(folder),
        _rows(folder, "buildings", len(building_ids)),
        _rows(folder, "stations", len(station_ids)),
        building_ids,
        station_ids,
        gpd.GeoDataFrame(barriers),
        (folder / "crs.txt").read_text(encoding="utf-8"),
        _cut(folder),
        _hubs(folder),
    )


def _rows(folder: Path, name: str, count: int) -> AccessRows:
    frame = pd.read_parquet(folder / f"access_{name}.parquet")
    columns = {column: frame[column].to_numpy() for column in _ROW_COLUMNS}
    return AccessRows(**columns, count=count)


def _cut(folder: Path) -> npt.NDArray[np.int32]:
    """Read the nodes where the data end; folders written before they were kept have none."""
    if not (folder / _CUT).is_file():
        return np.empty(0, np.int32)
    return pd.read_parquet(folder / _CUT)["node"].to_numpy(dtype=np.int32)


def _hubs(folder: Path) -> Hubs | None:
    """Read the walled compounds; a study may have none."""
    if not (folder / _HUBS).is_file():
        return None
    shapes = gpd.GeoDataFrame(read_table(folder / _COMPOUNDS)).geometry.to_numpy()
    frame = pd.read_parquet(folder / _HUBS)
    columns = {column: frame[column].to_numpy() for column in _HUB_COLUMNS}
    return Hubs(np.asarray(shapes, dtype=object), **columns)


def _ids(folder: Path, name: str) -> npt.NDArray[np.object_]:
    frame = pd.read_parquet(folder / f"points_{name}.parquet")
    return frame["id"].to_numpy(dtype=object)

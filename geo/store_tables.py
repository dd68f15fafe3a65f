"""Tables on disk: Parquet, GeoParquet where there is geometry, the same bytes for the same table."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyarrow.parquet as pq

from geo.geopackage import has_geometry, joined


def write_table(frame: pd.DataFrame, path: Path) -> None:
    """Write one table; a geometry column makes it GeoParquet."""
    ready = _storable(frame)
    ready.to_parquet(path, index=False, compression="zstd")


def read_table(path: Path) -> pd.DataFrame:
    """Read one table; a GeoDataFrame where it has geometry."""
    if b"geo" in (pq.read_schema(path).metadata or {}):
        spatial: pd.DataFrame = gpd.read_parquet(path)
        return spatial
    return pd.read_parquet(path)


def _storable(frame: pd.DataFrame) -> pd.DataFrame:
    ready = frame.copy(deep=False)
    ready.attrs = {}
    spatial = has_geometry(frame)
    for name in ready.columns:
        if ready[name].dtype != object:
            continue
        kind = pd.api.types.infer_dtype(ready[name], skipna=True)
        if kind.startswith("mixed") and not _all_lists(ready[name]):
            # a rejected value may be of any type; Parquet wants one
            ready[name] = ready[name].map(joined, na_action="ignore")
    return ready if spatial else pd.DataFrame(ready)


def _all_lists(column: pd.Series) -> bool:
    return all(isinstance(one, (list, tuple)) or hasattr(one, "tolist") for one in column.dropna())

"""A walk graph in a folder: ``nodes.parquet`` and ``edges.parquet``, the same bytes for the same graph."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from geo.errors import InputError, fault
from geo.network.edges import ROW_COLUMNS, EdgeTable
from geo.network.graph import WalkGraph

NODES, EDGES = "nodes.parquet", "edges.parquet"
TEXTS = ("highway", "name")
COMPRESSION = "zstd"


def save_graph(graph: WalkGraph, folder: str | Path) -> None:
    """Write a graph and, if it has one, its edge table into `folder` (made if missing)."""
    place = Path(folder)
    place.mkdir(parents=True, exist_ok=True)
    _write(
        {"x": graph.x, "y": graph.y, "node_ref": graph.node_ref, "cut": graph.cut},
        place / NODES,
    )
    columns: dict[str, object] = {
        "tail": graph.tail,
        "head": graph.head,
        "forward_cost": graph.forward_cost,
        "backward_cost": graph.backward_cost,
    }
    if graph.edges is not None:
        columns |= {name: getattr(graph.edges, name) for name in ROW_COLUMNS}
        offset = pa.array(graph.edges.shape_offset)
        for name in ("shape_x", "shape_y"):
            columns[name] = pa.LargeListArray.from_arrays(
                offset, pa.array(getattr(graph.edges, name))
            )
    _write(columns, place / EDGES)


def load_graph(folder: str | Path) -> WalkGraph:
    """Read a graph that `save_graph` wrote; exactly what was saved.

    Raises
    ------
    InputError
        When a file is missing or damaged.
    """
    place = Path(folder)
    nodes, edges = _read(place / NODES), _read(place / EDGES)
    try:
        return WalkGraph(
            _column(nodes, "x"),
            _column(nodes, "y"),
            _column(edges, "tail"),
            _column(edges, "head"),
            _column(edges, "forward_cost"),
            _column(edges, "backward_cost"),
            edges=_edge_table(edges) if "length_m" in edges.column_names else None,
            node_ref=_column(nodes, "node_ref") if "node_ref" in nodes.column_names else None,
            cut=_column(nodes, "cut") if "cut" in nodes.column_names else None,
        )
    except KeyError as error:
        raise InputError(
            fault("network_file_damaged", file=str(place), detail=str(error))
        ) from error


def _write(columns: dict[str, object], path: Path) -> None:
    """Write one table as a single row group."""
    arrays = {
        name: pa.array(values.astype(object), type=pa.string(), from_pandas=True)
        if isinstance(values, pd.Categorical)
        else pa.array(values)
        for name, values in columns.items()
        if values is not None
    }
    table = pa.table(arrays)
    pq.write_table(table, path, compression=COMPRESSION, row_group_size=max(len(table), 1))


def _read(path: Path) -> pa.Table:
    try:
        return pq.read_table(path).combine_chunks()
    except (OSError, pa.ArrowException) as error:
        raise InputError(
            fault("network_file_damaged", file=path.name, detail=str(error))
        ) from error


def _column(table: pa.Table, name: str) -> npt.NDArray[Any]:
    values: npt.NDArray[Any] = table.column(name).combine_chunks().to_numpy(zero_copy_only=False)
    return values


def _labels(values: list[str | None]) -> pd.Categorical:
    """Return texts as a category, as `build_graph` makes it."""
    kinds = sorted({one for one in values if one is not None})
    return pd.Categorical(values, categories=pd.Index(kinds, dtype=object))


def _edge_table(table: pa.Table) -> EdgeTable:
    columns: dict[str, Any] = {
        name: _column(table, name)
        for name in ROW_COLUMNS
        if name not in TEXTS and name in table.column_names
    }
    texts: dict[str, Any] = {name: _labels(table.column(name).to_pylist()) for name in TEXTS}
    shapes = [table.column(name).combine_chunks() for name in ("shape_x", "shape_y")]
    return EdgeTable(
        **columns,
        **texts,
        shape_offset=np.asarray(shapes[0].offsets, dtype=np.int64),
        shape_x=np.asarray(shapes[0].values),
        shape_y=np.asarray(shapes[1].values),
    )

"""Edges put into a finished walk graph: tables joined, new edges between nodes old and new."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo.network.edges import PUBLIC, ROW_COLUMNS, Delay, EdgeKind, EdgeTable
from geo.network.graph import WalkGraph
from geo.network.pace import cost_of_edges
from geo.params import Pace

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int32]
Bools = npt.NDArray[np.bool_]
Objects = npt.NDArray[np.object_]
_TEXTS = ("highway", "name")


@dataclass(frozen=True)
class NewEdges:
    """Edges without delay, walked both ways unless said.

    Attributes
    ----------
    tail, head
        Nodes; those from ``graph.node_count`` on are new.
    shape
        Line strings from tail to head; walked as long as they are.
    kind
        What they are to a walker.
    enterable
        Whether they may be entered between their ends.
    name
        None where there is none.
    x, y
        The new nodes.
    forward_open, backward_open
        Which may be walked from tail to head and back; None for all.
    """

    tail: Ints
    head: Ints
    shape: Objects
    kind: EdgeKind
    enterable: bool
    name: Sequence[str | None]
    x: Floats
    y: Floats
    forward_open: Bools | None = None
    backward_open: Bools | None = None


def with_edges(graph: WalkGraph, edges: EdgeTable, new: NewEdges, pace: Pace) -> WalkGraph:
    """Add edges behind the last one; `edges` is the table of the graph, `pace` weights the new ones."""
    table = _table(new)
    forward, backward = cost_of_edges(table, pace)
    count = len(new.x)
    refs, cut = graph.node_ref, graph.cut
    return replace(
        graph,
        x=np.concatenate((graph.x, new.x)),
        y=np.concatenate((graph.y, new.y)),
        tail=np.concatenate((graph.tail, new.tail)),
        head=np.concatenate((graph.head, new.head)),
        forward_cost=np.concatenate((graph.forward_cost, forward)),
        backward_cost=np.concatenate((graph.backward_cost, backward)),
        edges=joined_tables(edges, table),
        node_ref=None if refs is None else np.concatenate((refs, np.full(count, -1, np.int64))),
        cut=None if cut is None else np.concatenate((cut, np.zeros(count, dtype=bool))),
    )


def joined_tables(one: EdgeTable, two: EdgeTable) -> EdgeTable:
    """Put the rows of two tables one after the other."""
    columns: dict[str, Any] = {
        name: np.concatenate((getattr(one, name), getattr(two, name)))
        for name in (*ROW_COLUMNS, "shape_x", "shape_y")
        if name not in _TEXTS
    }
    for name in _TEXTS:
        columns[name] = pd.Categorical(
            np.concatenate((_texts(getattr(one, name)), _texts(getattr(two, name)))),
            categories=_words(getattr(one, name), getattr(two, name)),
        )
    offset = np.concatenate((one.shape_offset, one.shape_offset[-1] + two.shape_offset[1:]))
    return EdgeTable(**columns, shape_offset=offset)


def closed_pieces(graph: WalkGraph, edges: EdgeTable, rows: npt.NDArray[np.integer]) -> WalkGraph:
    """Close edges in both directions."""
    from geo.kernels.labels import CLOSED

    open_ = np.ones(len(edges), dtype=bool)
    open_[rows] = False
    table = replace(
        edges,
        forward_open=edges.forward_open & open_,
        backward_open=edges.backward_open & open_,
    )
    return graph.with_costs(
        np.where(open_, graph.forward_cost, np.int32(CLOSED)),
        np.where(open_, graph.backward_cost, np.int32(CLOSED)),
        edges=table,
    )


def _texts(values: pd.Categorical) -> Objects:
    return np.asarray(values.astype(object), dtype=object)


def _words(one: pd.Categorical, two: pd.Categorical) -> pd.Index:
    words: pd.Index = pd.Index(sorted({*one.categories, *two.categories}), dtype=object)
    return words


def _table(new: NewEdges) -> EdgeTable:
    count = len(new.tail)
    none, yes = np.zeros(count, dtype=bool), np.ones(count, dtype=bool)
    xy, edge = shapely.get_coordinates(new.shape, return_index=True)
    return EdgeTable(
        length_m=np.asarray(shapely.length(new.shape), np.float64),
        kind=np.full(count, int(new.kind), np.uint8),
        highway=pd.Categorical([None] * count, categories=pd.Index([], dtype=object)),
        name=pd.Categorical(
            list(new.name),
            categories=pd.Index(sorted({one for one in new.name if one}), dtype=object),
        ),
        bridge=none,
        tunnel=none,
        enterable=np.full(count, new.enterable),
        forward_open=yes if new.forward_open is None else new.forward_open,
        backward_open=yes if new.backward_open is None else new.backward_open,
        delay=np.full(count, int(Delay.NONE), np.uint8),
        delay_share=np.zeros(count),
        private_group=np.full(count, PUBLIC, np.int32),
        way_ref=np.full(count, -1, np.int64),
        shape_offset=np.searchsorted(edge, np.arange(count + 1)).astype(np.int64),
        shape_x=xy[:, 0].copy(),
        shape_y=xy[:, 1].copy(),
    )

"""The table of edges of a walk graph: what each stretch of way is, who may walk it, and its shape."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from enum import IntEnum
from functools import cached_property

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Bytes = npt.NDArray[np.uint8]
Ints = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]
PUBLIC = -1


class EdgeKind(IntEnum):
    """What an edge is to a walker."""

    ROAD = 0
    FOOT = 1
    STEPS = 2
    PLAZA = 3
    CROSSING = 4
    LIFT = 5
    LINK = 6
    EXIT = 7


class Delay(IntEnum):
    """What a walker waits for; `Pace` says how long."""

    NONE = 0
    CROSSING = 1
    SIGNAL = 2
    LIFT = 3


ENTERED_AT_ENDS_ONLY = (EdgeKind.CROSSING, EdgeKind.LIFT, EdgeKind.LINK, EdgeKind.EXIT)


def _not_given() -> Floats:
    return np.empty(0)


@dataclass(frozen=True)
class EdgeTable:
    """One row an edge of the walk graph, row i describing edge i; lengths in metres.

    Attributes
    ----------
    length_m
        Length along the shape; 0 for the special edges of crossings, lifts and private ways.
    kind
        `EdgeKind`.
    highway, name
        OSM ``highway`` value and name of the way (of the longest one in the chain); missing where unknown.
    bridge, tunnel
        Off the ground: such an edge is met by what it passes over or under at its ends only.
    enterable
        May be entered between its ends from a building, station or grid point.
    forward_open, backward_open
        May be walked tail to head, head to tail.
    delay, delay_share
        `Delay`, and the share of it that this edge carries.
    private_group
        Number of the connected private piece the edge belongs to, -1 for public edges.
    way_ref
        OSM way id or row of the line layer (of the longest way in the chain), -1 where there is none.
    shape_offset, shape_x, shape_y
        Points of edge i are ``shape_x[shape_offset[i]:shape_offset[i + 1]]``, tail to head, ends included.
    forward_slope, backward_slope
        How many times as long as on the flat the walk takes, tail to head and back; 1 where heights are not known.
    """

    length_m: Floats
    kind: Bytes
    highway: pd.Categorical
    name: pd.Categorical
    bridge: Bools
    tunnel: Bools
    enterable: Bools
    forward_open: Bools
    backward_open: Bools
    delay: Bytes
    delay_share: Floats
    private_group: Ints
    way_ref: Longs
    shape_offset: Longs
    shape_x: Floats
    shape_y: Floats
    forward_slope: Floats = field(default_factory=_not_given)
    backward_slope: Floats = field(default_factory=_not_given)

    def __post_init__(self) -> None:
        for name in ("forward_slope", "backward_slope"):
            if len(getattr(self, name)) == 0:
                object.__setattr__(self, name, np.ones(len(self)))

    def __len__(self) -> int:
        return len(self.length_m)

    @cached_property
    def shape_edge(self) -> Longs:
        """Edge of every shape point."""
        return np.repeat(np.arange(len(self), dtype=np.int64), np.diff(self.shape_offset))

    def take(self, rows: npt.ArrayLike) -> EdgeTable:
        """Return the edges of `rows` (indices, in that order)."""
        chosen = np.asarray(rows, dtype=np.int64)
        start, count = self.shape_offset[chosen], np.diff(self.shape_offset)[chosen]
        offset = np.concatenate([[0], np.cumsum(count)]).astype(np.int64)
        point = np.arange(offset[-1]) + np.repeat(start - offset[:-1], count)
        columns = {name: getattr(self, name)[chosen] for name in ROW_COLUMNS}
        return EdgeTable(
            **columns,
            shape_offset=offset,
            shape_x=self.shape_x[point],
            shape_y=self.shape_y[point],
        )

    def subset(self, mask: Bools) -> EdgeTable:
        """Return the edges where `mask` is true, in order."""
        return self.take(np.flatnonzero(mask))

    def with_columns(self, **columns: npt.NDArray[np.generic]) -> EdgeTable:
        """Return the same edges with some columns replaced."""
        return replace(self, **columns)  # type: ignore[arg-type]

    def to_frame(self) -> pd.DataFrame:
        """Return all columns but the shape."""
        return pd.DataFrame({name: getattr(self, name) for name in ROW_COLUMNS})

    def lines(self) -> npt.NDArray[np.object_]:
        """Return the shapes as line strings, one an edge."""
        xy = np.column_stack([self.shape_x, self.shape_y])
        lines: npt.NDArray[np.object_] = np.asarray(
            shapely.linestrings(xy, indices=self.shape_edge)
        )
        return lines

    def to_geodataframe(self, crs: object | None = None) -> gpd.GeoDataFrame:
        """Return all columns with the shapes as line strings in `crs`."""
        return gpd.GeoDataFrame(self.to_frame(), geometry=self.lines(), crs=crs)


ROW_COLUMNS = tuple(one.name for one in fields(EdgeTable) if not one.name.startswith("shape_"))


def enterable_mask(kind: Bytes, bridge: Bools, tunnel: Bools) -> Bools:
    """Tell which edges may be entered between their ends.

    Not bridges, tunnels, crossings, lifts, links and exits: those are entered at their ends.
    """
    only_ends = np.isin(kind, [int(one) for one in ENTERED_AT_ENDS_ONLY])
    mask: Bools = ~(only_ends | bridge | tunnel)
    return mask

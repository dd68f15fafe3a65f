"""Ways over shared vertices: what every reader of networks hands to `build`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo.network.edges import Delay, EdgeKind

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Bytes = npt.NDArray[np.uint8]
Ints = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]

# One row a way; the defaults are an ordinary public street.
WAY_DEFAULTS: dict[str, Any] = {
    "kind": int(EdgeKind.ROAD),
    "highway": None,
    "name": None,
    "bridge": False,
    "tunnel": False,
    "enterable": True,
    "forward_open": True,
    "backward_open": True,
    "delay": int(Delay.NONE),
    "private": False,
    "way_ref": -1,
}
WAY_TYPES = {
    "kind": "uint8",
    "highway": "object",
    "name": "object",
    "bridge": "bool",
    "tunnel": "bool",
    "enterable": "bool",
    "forward_open": "bool",
    "backward_open": "bool",
    "delay": "uint8",
    "private": "bool",
    "way_ref": "int64",
}
DROPPED_COLUMNS = ("reason", "count", "length_m")


def way_frame(**columns: object) -> pd.DataFrame:
    """Make the table of ways from some columns; the others get the values of an ordinary public street.

    At least one column must be an array, it gives the number of rows.
    """
    frame = pd.DataFrame(columns)
    missing = {name: value for name, value in WAY_DEFAULTS.items() if name not in frame.columns}
    return frame.assign(**missing)[list(WAY_DEFAULTS)].astype(WAY_TYPES)


def dropped_table(reason: npt.ArrayLike, length_m: npt.ArrayLike) -> pd.DataFrame:
    """Count left-out ways and their length per reason, sorted by reason."""
    frame = pd.DataFrame({"reason": np.asarray(reason, dtype=object), "length_m": length_m})
    grouped = frame.groupby("reason", sort=True)["length_m"].agg(["size", "sum"]).reset_index()
    grouped.columns = list(DROPPED_COLUMNS)
    return grouped.astype({"count": "int64", "length_m": "float64"})


@dataclass(frozen=True)
class RawNetwork:
    """Ways over shared vertices. Two ways join where they name the same vertex, nowhere else.

    Attributes
    ----------
    x, y
        Vertices in a metric CRS.
    vertex_ref
        OSM node id, or -1.
    cut
        The data end at this vertex, the way goes on.
    vertex_delay
        `geo.network.edges.Delay` of the vertex: a crossing node of a road, or a lift node.
    offset, vertex
        Vertices of way i are ``vertex[offset[i]:offset[i + 1]]``.
    ways
        One row a way: ``kind, highway, name, bridge, tunnel, enterable, forward_open, backward_open, delay, private,
        way_ref`` as in `geo.network.edges.EdgeTable`; ``private`` ways are numbered by connected piece when built.
    dropped
        Ways that nobody walks: ``reason, count, length_m``.
    """

    x: Floats
    y: Floats
    vertex_ref: Longs
    cut: Bools
    vertex_delay: Bytes
    offset: Longs
    vertex: Ints
    ways: pd.DataFrame
    dropped: pd.DataFrame = field(default_factory=lambda: dropped_table([], []))

    @classmethod
    def from_ways(
        cls,
        x: npt.ArrayLike,
        y: npt.ArrayLike,
        vertices: Sequence[Sequence[int]],
        ways: pd.DataFrame,
        *,
        vertex_ref: npt.ArrayLike | None = None,
        vertex_delay: npt.ArrayLike | None = None,
        cut: npt.ArrayLike | None = None,
    ) -> RawNetwork:
        """Make a small network by hand: one list of vertex indices a way."""
        n = np.asarray(x).size
        return cls(
            np.asarray(x, dtype=np.float64),
            np.asarray(y, dtype=np.float64),
            np.full(n, -1, np.int64) if vertex_ref is None else np.asarray(vertex_ref, np.int64),
            np.zeros(n, bool) if cut is None else np.asarray(cut, bool),
            np.zeros(n, np.uint8) if vertex_delay is None else np.asarray(vertex_delay, np.uint8),
            np.concatenate([[0], np.cumsum([len(one) for one in vertices])]).astype(np.int64),
            np.concatenate([np.asarray(one) for one in vertices]).astype(np.int32),
            ways,
        )

    @property
    def vertex_way(self) -> Ints:
        """Way of every entry of `vertex`."""
        return np.repeat(np.arange(len(self.ways), dtype=np.int32), np.diff(self.offset))

    def lines(self) -> npt.NDArray[np.object_]:
        """Return the ways as line strings ."""
        way = self.vertex_way
        xy = np.column_stack([self.x[self.vertex], self.y[self.vertex]])
        lines: npt.NDArray[np.object_] = np.asarray(shapely.linestrings(xy, indices=way))
        return lines


def way_lengths(x: Floats, y: Floats, offset: Longs, vertex: npt.NDArray[np.integer]) -> Floats:
    """Return the length of every way, 0 for ways of fewer than two vertices."""
    if len(vertex) == 0:
        return np.zeros(len(offset) - 1)
    step = np.hypot(np.diff(x[vertex]), np.diff(y[vertex]))
    way = np.repeat(np.arange(len(offset) - 1), np.diff(offset))
    inside = way[1:] == way[:-1]
    lengths: Floats = np.bincount(
        way[1:][inside], weights=step[inside], minlength=len(offset) - 1
    ).astype(np.float64)
    return lengths

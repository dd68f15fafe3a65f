"""What moved a figure between two results: data, network, stations or rules, each on top of the last."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo.errors import InputError, fault
from geo.inputs import Inputs
from geo.network.edges import ROW_COLUMNS, EdgeTable
from geo.network.graph import WalkGraph
from geo.params import StudyParams
from geo.progress import Progress, silent
from geo.reentry import stored
from geo.result import StudyResult
from geo.study import Study
from geo.walk_network import WalkNetwork

CAUSES = ("data", "network", "stations", "rules")  # the printed order: each on top of those before
_FRAMES = {
    "data": ("subdistricts", "communities", "zones", "buildings", "lines", "exclude"),
    "network": ("barriers", "entrances", "compounds", "corrections"),
    "stations": ("stations",),
}
SAME_M = 1e-3
Objects = npt.NDArray[np.object_]
Figures = Mapping[str, pd.DataFrame]


@dataclass(frozen=True)
class _State:
    """A study between two results: some of it as before, the rest as after."""

    params: StudyParams
    inputs: Inputs
    network: WalkNetwork

    def with_part(self, cause: str, other: _State) -> _State:
        """Take over from `other` all that belongs to a cause."""
        frames = {
            name: frame for name, frame in self.inputs.frames.items() if name not in _FRAMES[cause]
        }
        taken = {
            name: frame for name, frame in other.inputs.frames.items() if name in _FRAMES[cause]
        }
        inputs = replace(self.inputs, frames={**frames, **taken})
        network = other.network if cause == "network" else self.network
        params = self.params
        if cause == "stations":
            params = replace(params, as_of=other.params.as_of)
        return _State(params, inputs, network)

    def differs(self, cause: str, other: _State) -> bool:
        """Whether what belongs to a cause is not the same in `other`."""
        if cause == "rules":
            return _judging(self.params) != _judging(other.params)
        if cause == "stations" and self.params.as_of != other.params.as_of:
            return True
        if cause == "network" and not _same_network(self.network, other.network):
            return True
        one, two = self.inputs.frames, other.inputs.frames
        return any(not _same(one.get(name), two.get(name)) for name in _FRAMES[cause])


def changed_causes(before: StudyResult, after: StudyResult) -> tuple[str, ...]:
    """Tell which of `CAUSES` differ between two results.

    Raises
    ------
    NotFoundError
        When a result lacks its network or inputs.
    """
    one, two = _state(before), _state(after)
    return tuple(cause for cause in CAUSES if one.differs(cause, two))


def staged(
    before: StudyResult,
    after: StudyResult,
    figures: Callable[[Figures], pd.Series],
    first: pd.Series,
    last: pd.Series,
    progress: Progress = silent,
) -> pd.DataFrame:
    """Attribute what changed to its causes; columns `CAUSES`, which sum to the whole difference.

    Strategy
    --------
    * the study is taken over from `after` cause by cause, in the order of `CAUSES`, and judged anew after each;
    * a cause that does not differ moves nothing, and after the last that differs all is as in `after`: neither is run;
    * where nothing of the inputs differs but figures do, another version of the method does, told with the rules.

    Parameters
    ----------
    figures
        Turns the tables of `Study.figures` into one value a key.
    first, last
        The same of the two results; the index is that of the answer.

    Raises
    ------
    InputError
        When the two results were worked out in different grids.
    NotFoundError
        When a result lacks its network or inputs.
    """
    one, two = _state(before), _state(after)
    if one.inputs.crs != two.inputs.crs:
        raise InputError(fault("compare_crs", before=one.inputs.crs, after=two.inputs.crs))
    causes = [cause for cause in CAUSES if one.differs(cause, two)] or [CAUSES[-1]]
    parts = pd.DataFrame(0.0, index=first.index, columns=list(CAUSES))
    state, value = one, first
    for number, cause in enumerate(causes):
        progress("stage_attribution", number, len(causes))
        if cause == causes[-1]:
            found = last
        else:
            state = state.with_part(cause, two)
            tables = Study(state.params).figures(state.inputs, state.network)
            found = figures(tables).reindex(first.index)
        parts[cause] = found.to_numpy(dtype=np.float64) - value.to_numpy(dtype=np.float64)
        value = found
    progress("stage_attribution", 1, 1)
    # a figure that one of the stages does not have cannot be told apart
    parts[parts.isna().any(axis=1)] = np.nan
    return parts


def _state(result: StudyResult) -> _State:
    return _State(result.params, *stored(result))


def _judging(params: StudyParams) -> tuple[object, ...]:
    return params.rules, params.walk, params.network, params.cap_minutes, params.city


def _same(one: gpd.GeoDataFrame | None, two: gpd.GeoDataFrame | None) -> bool:
    """Whether two layers say the same; a layer without rows says nothing."""
    if one is None or two is None:
        rest = one if two is None else two
        return rest is None or len(rest) == 0
    if len(one) != len(two) or set(one.columns) != set(two.columns):
        return False
    shapes = (np.asarray(each.geometry.to_numpy(), dtype=object) for each in (one, two))
    if not _same_shapes(*shapes):
        return False
    columns = [name for name in one.columns if name != "geometry"]
    return all(
        one[name].astype(str).to_numpy().tolist() == two[name].astype(str).to_numpy().tolist()
        for name in columns
    )


def _same_shapes(one: Objects, two: Objects) -> bool:
    """Whether shapes lie within a millimetre: what was brought into degrees and back is the same."""
    missing = shapely.is_missing(one)
    if not np.array_equal(missing, shapely.is_missing(two)):
        return False
    return bool(shapely.equals_exact(one[~missing], two[~missing], tolerance=SAME_M).all())


def _same_network(one: WalkNetwork, two: WalkNetwork) -> bool:
    return _same_graph(one.graph, two.graph) and np.array_equal(one.cut, two.cut)


def _same_graph(one: WalkGraph, two: WalkGraph) -> bool:
    if (one.node_count, one.edge_count) != (two.node_count, two.edge_count):
        return False
    pairs = [(one.x, two.x), (one.y, two.y), (one.tail, two.tail), (one.head, two.head)]
    if isinstance(one.edges, EdgeTable) and isinstance(two.edges, EdgeTable):
        # costs are not compared: they are the paces', which are told with the rules
        pairs += [(getattr(one.edges, name), getattr(two.edges, name)) for name in ROW_COLUMNS]
        pairs += [(one.edges.shape_x, two.edges.shape_x), (one.edges.shape_y, two.edges.shape_y)]
    return all(_equal(a, b) for a, b in pairs)


def _equal(one: object, two: object) -> bool:
    if isinstance(one, pd.Categorical) and isinstance(two, pd.Categorical):
        return bool(one.astype(object).tolist() == two.astype(object).tolist())
    return bool(np.array_equal(np.asarray(one), np.asarray(two)))

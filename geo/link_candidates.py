"""Candidate links: those of a layer, or proposed from what shuts blind areas in, each with why it is in or out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo.coverage import UNCOVERED, verdicts
from geo.fix_case import Case, Surroundings
from geo.fix_links import Plan, link_plans
from geo.link_values import blind_members
from geo.messages import say
from geo.network.links import Links, links_between
from geo.params import Costs, Rule
from geo.progress import Progress, silent
from geo.reassess import Reassessed

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]
Objects = npt.NDArray[np.object_]
ADMITTED = "admitted"
MOST_PROPOSED = 200
CASES_EACH = 4  # buildings of one blind area that are asked what would help them
MOST_CASES = 300
SAME_M = 20.0  # links of one kind whose ends lie this near to each other are one
LEAST_M = 1.0
COLUMNS = (
    "link_id", "origin", "name", "kind", "cost", "length_m", "obstacle_kind", "obstacle_name", "admitted", "reason",
)  # fmt: skip


@dataclass(frozen=True)
class LinkCandidates:
    """All links considered.

    Attributes
    ----------
    table
        `COLUMNS`, one row a link; ``origin`` is ``layer`` or ``blind_area``.
    links
        The admitted ones, in the order of `admitted`.
    admitted
        Their rows in `table`.
    """

    table: pd.DataFrame
    links: Links
    admitted: Longs

    @property
    def count(self) -> int:
        """Number of admitted links."""
        return len(self.admitted)

    @property
    def rows(self) -> pd.DataFrame:
        """Rows of the admitted ones, in order."""
        return self.table.iloc[self.admitted].reset_index(drop=True)


def layer_links(now: Reassessed, layer: gpd.GeoDataFrame, costs: Costs) -> LinkCandidates:
    """Take the links of a layer: lines from end to end, or two points.

    Parameters
    ----------
    layer
        ``id, name, kind, cost`` and geometry, see `geo.read.links`.

    Notes
    -----
    Either end leads on to the nearest way that may be entered; a link is left out when there is none within the
    access distance of the study, when it is not one line or two points, when both ends are one place, and when
    another of its kind has the same ends.
    """
    metric = layer if layer.crs is None else layer.to_crs(now.walk.crs)
    shapes = _as_lines(np.asarray(metric.geometry.to_numpy(), dtype=object))
    whole = ~shapely.is_missing(shapes)
    drawn = shapes.copy()
    drawn[~whole] = shapely.LineString([(0.0, 0.0), (1.0, 0.0)])
    start = shapely.get_coordinates(shapely.get_point(drawn, 0))
    end = shapely.get_coordinates(shapely.get_point(drawn, -1))
    kind = metric["kind"].astype(str).tolist()
    found = links_between(now.assessor.graph, kind, start, end)
    shape = np.array(
        [_along(led, one) for led, one in zip(found.shape, drawn, strict=True)], dtype=object
    )
    links = Links(
        found.kind, found.from_edge, found.from_fraction, found.to_edge, found.to_fraction, shape
    )
    off = _ends(links) - np.column_stack((start, end))
    gap = np.maximum(np.hypot(off[:, 0], off[:, 1]), np.hypot(off[:, 2], off[:, 3]))
    reason = np.select(
        [
            ~whole,
            gap > now.result.params.walk.max_access_m,
            shapely.length(drawn) < LEAST_M,
            _repeats(links),
        ],
        ["not_a_line", "far_from_ways", "no_length", "twice"],
        default=ADMITTED,
    )
    price = pd.to_numeric(metric["cost"], errors="coerce").to_numpy(np.float64, na_value=np.nan)
    usual = np.array([float(getattr(costs, one)) for one in kind])
    table = pd.DataFrame(
        {
            "link_id": _ids(metric["id"]),
            "origin": "layer",
            "name": _names(metric["name"], kind),
            "kind": kind,
            "cost": np.where(np.isnan(price), usual, price),
            "length_m": shapely.length(shape),
            "obstacle_kind": None,
            "obstacle_name": None,
            "admitted": reason == ADMITTED,
            "reason": reason.astype(object),
        }
    )
    admitted = np.flatnonzero(table["admitted"].to_numpy()).astype(np.int64)
    return LinkCandidates(table[list(COLUMNS)], taken(links, admitted), admitted)


def proposed_links(
    now: Reassessed,
    rule: Rule,
    costs: Costs,
    most: int = MOST_PROPOSED,
    progress: Progress = silent,
) -> LinkCandidates:
    """Propose links from what shuts blind areas in.

    Strategy
    --------
    * of every blind area some buildings behind a barrier are asked what would help them (see `geo.fix_links`: places
      along the obstacle at several spacings, the best of each kind); all areas their first building, then their
      second, so that small areas have their turn;
    * links of one kind with nearly the same ends are one.
    """
    around, cases = Surroundings(now), _cases(now, rule)
    plans: list[Plan] = []
    ends = np.empty((0, 4))
    for number, case in enumerate(_each(around, rule, cases)):
        progress("stage_links", number, len(cases))
        for plan in link_plans(case, costs):
            place = _ends(plan.links)[0]
            if not _is_known(plan.kind, place, plans, ends):
                plans.append(plan)
                ends = np.vstack((ends, place))
        if len(plans) >= most:
            break
    progress("stage_links", 1, 1)
    return _of_plans(around, plans[:most])


def joined(links: list[Links]) -> Links:
    """Put links one after the other."""
    if not links:
        return taken(_NONE, np.empty(0, np.int64))
    return Links(*(np.concatenate([getattr(one, name) for one in links]) for name in _FIELDS))


def taken(links: Links, chosen: Longs) -> Links:
    """Take some links, in the order given."""
    return Links(*(getattr(links, name)[chosen] for name in _FIELDS))


_FIELDS = ("kind", "from_edge", "from_fraction", "to_edge", "to_fraction", "shape")
_NONE = Links(
    np.empty(0, object), np.empty(0, np.int32), np.empty(0), np.empty(0, np.int32), np.empty(0),
    np.empty(0, object),
)  # fmt: skip


def _cases(now: Reassessed, rule: Rule) -> Ints:
    """List the buildings to ask: those behind barriers, blind area by blind area, people first."""
    reach = now.assessor.reach(rule)[0]
    causes = now.obstacles.causes(now.assessor, reach, verdicts(reach) == UNCOVERED)
    members = blind_members(now, rule)
    at = np.flatnonzero((causes.cause == "barrier") & (members.area >= 0))
    people = np.nan_to_num(now.demand.weights.get("residents", np.zeros(now.demand.count)))[at]
    order = at[np.lexsort((at, -people, members.area[at]))]
    area = members.area[order]
    turn = np.arange(len(order)) - np.searchsorted(area, area)
    several = turn < CASES_EACH
    order, area, turn = order[several], area[several], turn[several]
    return order[np.lexsort((area, turn))][:MOST_CASES].astype(np.int32)


def _each(around: Surroundings, rule: Rule, buildings: Ints) -> Iterator[Case]:
    reach = around.now.assessor.reach(rule)[0]
    uncovered = verdicts(reach) == UNCOVERED
    for building in buildings.tolist():
        yield Case(around, rule, building, reach.cost, uncovered)


def _is_known(kind: str, place: Floats, plans: list[Plan], ends: Floats) -> bool:
    same = np.array([one.kind == kind for one in plans], dtype=bool)
    return bool((same & _near(ends, place)).any()) if len(plans) else False


def _near(ends: Floats, place: Floats) -> npt.NDArray[np.bool_]:
    """Tell which links have both ends near those of `place`, either way round."""
    turned = place[[2, 3, 0, 1]]
    found = np.zeros(len(ends), dtype=bool)
    for one in (place, turned):
        off = ends - one
        found |= (np.hypot(off[:, 0], off[:, 1]) <= SAME_M) & (
            np.hypot(off[:, 2], off[:, 3]) <= SAME_M
        )
    return found


def _ends(links: Links) -> Floats:
    """Return x, y of both ends of each link, one row a link."""
    first, last = shapely.get_point(links.shape, 0), shapely.get_point(links.shape, -1)
    return np.column_stack((shapely.get_coordinates(first), shapely.get_coordinates(last)))


def _repeats(links: Links) -> npt.NDArray[np.bool_]:
    """Tell which links have an earlier one of their kind with the same ends."""
    ends = np.rint(_ends(links) / LEAST_M)
    swapped = (ends[:, 0] > ends[:, 2]) | ((ends[:, 0] == ends[:, 2]) & (ends[:, 1] > ends[:, 3]))
    ends[swapped] = ends[swapped][:, [2, 3, 0, 1]]
    return pd.DataFrame(ends).assign(kind=links.kind).duplicated().to_numpy(dtype=bool)


def _of_plans(around: Surroundings, plans: list[Plan]) -> LinkCandidates:
    obstacles = around.now.obstacles
    rows = []
    for number, plan in enumerate(plans, 1):
        shape = plan.links.shape[0]
        where = around.place_words(shapely.line_interpolate_point(shape, 0.5, normalized=True))
        met = plan.kind != "crossing" and plan.feature >= 0
        named = obstacles.name[plan.feature] if met else plan.road
        rows.append(
            {
                "link_id": f"K-{number:03d}",
                "origin": "blind_area",
                "name": say(
                    "link_name_at" if where else "link_name", {"where": where, "kind": plan.kind}
                ),
                "kind": plan.kind,
                "cost": plan.cost,
                "length_m": float(shapely.length(shape)),
                "obstacle_kind": str(obstacles.kind[plan.feature]) if met else "road",
                "obstacle_name": named if isinstance(named, str) and named else None,
                "admitted": True,
                "reason": ADMITTED,
            }
        )
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    return LinkCandidates(table, joined([one.links for one in plans]), np.arange(len(plans)))


def _as_lines(shapes: Objects) -> Objects:
    """Make one line of what was drawn: a line, several that run on from each other, or two points; None of the rest."""
    kind = shapely.get_type_id(shapes)
    lines: Objects = shapes.copy()
    several = kind == shapely.GeometryType.MULTILINESTRING
    lines[several] = shapely.line_merge(shapes[several])
    two = (kind == shapely.GeometryType.MULTIPOINT) & (shapely.get_num_geometries(shapes) == 2)
    for row in np.flatnonzero(two).tolist():
        lines[row] = shapely.LineString(shapely.get_coordinates(shapes[row]))
    lines[shapely.get_type_id(lines) != shapely.GeometryType.LINESTRING] = None
    flat: Objects = np.asarray(shapely.force_2d(lines), dtype=object)
    return flat


def _along(led: shapely.LineString, drawn: shapely.LineString) -> shapely.LineString:
    """Let a link follow its drawing between the ways it leads to."""
    ends = shapely.get_coordinates(led)
    return shapely.LineString(np.vstack((ends[:1], shapely.get_coordinates(drawn), ends[-1:])))


def _ids(column: pd.Series) -> Objects:
    """Take the ids of a layer; those without get a serial, the second of two gets a number."""
    serial = pd.Series([f"{one:03d}" for one in range(1, len(column) + 1)], dtype=object)
    label = column.reset_index(drop=True).astype(object)
    label = "K-" + label.where(label.notna(), serial).astype(str)
    again = label.groupby(label, sort=False).cumcount()
    return np.asarray(label.where(again == 0, label + "#" + (again + 1).astype(str)), dtype=object)


def _names(column: pd.Series, kind: list[str]) -> list[str]:
    return [
        one if isinstance(one, str) and one else say("link_name", {"kind": what})
        for one, what in zip(column.tolist(), kind, strict=True)
    ]

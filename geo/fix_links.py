"""Links that would shorten the walk of one building: a gate in a wall, a crossing over a road, a footbridge."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo.assess import Weighting
from geo.fix_case import Case
from geo.kernels.labels import CLOSED
from geo.network.links import Links
from geo.obstacles import Hurdles, Lines, lines_to_stations, straight_limit_m
from geo.params import Costs
from geo.reach import PointRows, Reach

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int32]
Objects = npt.NDArray[np.object_]
# From way to way: a wall has a yard and a pavement on either side; a carriageway is no wider than this, kerb to kerb
# with its verges; footbridges over railways and rivers are, ramps not counted. Nobody builds longer ones for a station.
LONGEST_M = {"gate": 60.0, "crossing": 60.0, "footbridge": 150.0}
MOST_GATES = 2  # a link through more walls is no single measure
MOST_TRIES = 4000  # links whose surroundings are looked at, those with the shortest walk
ASIDE_M = np.array(
    [0, -25, 25, -50, 50, -100, 100, -150, 150, -200, 200, -300, 300], dtype=np.float64
)
_CLEAR_M = 0.5  # the ends of a link lie on ways, which they do not cross


@dataclass(frozen=True)
class Plan:
    """One link.

    Attributes
    ----------
    kind, cost
        ``gate``, ``crossing`` or ``footbridge``; by the study's relative costs, with the gates it needs.
    gates
        Walls it passes.
    feature, road
        Row of the barrier it passes, -1 for none; name of the road it crosses, None for none.
    """

    kind: str
    cost: float
    gates: int
    feature: int
    road: str | None
    links: Links


def link_plans(case: Case, costs: Costs) -> list[Plan]:
    """Find the best link of every kind.

    Strategy
    --------
    * lines to the nearest stations, and parallels to either side, meet walls, other obstacles and busy roads;
    * before and behind each of these the network may be entered at some places: every pair of them is a link;
    * the walk over a link is known without adding it: from the building to its near end, over it, and on from its
      far end to the nearest station;
    * what a link passes, as a straight line, says what it is: water, railway and motorway ask for a footbridge, a
      busy road for a crossing, walls for gates; nothing goes through buildings;
    * of each kind those that suffice go before the others, then the cheapest, then the shortest walk and link.
    """
    if case.rule.basis == "radius":
        return []
    lines = _lines_aside(case)
    if len(lines.building) == 0:
        return []
    weighting = case.now.assessor.weighting(case.rule)
    tries = _tries(case, weighting, *_sides(case, lines))
    tries = _judged(case, costs, tries)
    enough = tries["total"] > case.limit
    order = np.lexsort((tries.index, tries["score"], tries["cost"], enough, tries["kind"]))
    best = tries.iloc[order].drop_duplicates("kind")
    return [
        _plan({str(name): value for name, value in row.items()}) for row in best.to_dict("records")
    ]


def _plan(row: dict[str, object]) -> Plan:
    """Make a plan of a row of the table of tries."""
    shape = np.array([row["shape"]], dtype=object)
    links = Links(
        np.array([row["kind"]], dtype=object),
        np.array([row["edge_near"]], np.int32), np.array([row["fraction_near"]], np.float64),
        np.array([row["edge_far"]], np.int32), np.array([row["fraction_far"]], np.float64), shape,
    )  # fmt: skip
    road = row["road"] if isinstance(row["road"], str) else None
    cost, gates, feature = float(str(row["cost"])), int(str(row["gates"])), int(str(row["feature"]))
    return Plan(str(row["kind"]), cost, gates, feature, road, links)


def _lines_aside(case: Case) -> Lines:
    """Draw the lines to the nearest stations, and parallels to either side, where a link may be better."""
    lines = lines_to_stations(case.now.assessor, case.rule, np.array([case.building], np.int32))
    length = np.maximum(lines.length, 1.0)
    aside = ASIDE_M[np.abs(ASIDE_M) <= straight_limit_m(case.now.assessor, case.rule) / 2.0]
    right = np.multiply.outer(-(lines.by - lines.ay) / length, aside).ravel()
    up = np.multiply.outer((lines.bx - lines.ax) / length, aside).ravel()
    row = np.repeat(np.arange(len(length)), len(aside))
    return Lines(
        lines.building[row], lines.station[row],
        lines.ax[row] + right, lines.ay[row] + up, lines.bx[row] + right, lines.by[row] + up,
    )  # fmt: skip


def _sides(case: Case, lines: Lines) -> tuple[Floats, Floats]:
    """Return points just before and just behind everything that a link may pass."""
    obstacles = case.now.obstacles
    whole = obstacles.hurdles(lines)
    short = (whole.end - whole.start) * lines.length[whole.line] <= LONGEST_M["footbridge"]
    line, _, at = obstacles.finder.crossings(lines.ax, lines.ay, lines.bx, lines.by)
    road_line, road_at = _busy_on(case, lines)
    line = np.concatenate((whole.line[short], line, road_line)).astype(np.int32)
    start = np.concatenate((whole.start[short], at, road_at))
    end = np.concatenate((whole.end[short], at, road_at))
    return obstacles.sides(lines, Hurdles(line, np.full(len(line), -1, np.int32), start, end))


def _busy_on(case: Case, lines: Lines) -> tuple[Ints, Floats]:
    """List where lines cross busy roads: line and share along it."""
    tree, _ = case.around.busy_roads
    drawn = _segments(np.column_stack((lines.ax, lines.ay)), np.column_stack((lines.bx, lines.by)))
    line, road = tree.query(drawn, predicate="crosses")
    meet, owner = shapely.get_parts(
        shapely.intersection(drawn[line], tree.geometries[road]), return_index=True
    )
    points = shapely.get_dimensions(meet) == 0
    at = shapely.line_locate_point(drawn[line[owner[points]]], meet[points], normalized=True)
    return line[owner[points]].astype(np.int32), np.asarray(at, dtype=np.float64)


def _tries(case: Case, weighting: Weighting, before: Floats, behind: Floats) -> pd.DataFrame:
    """Pair the places before an obstacle with those behind it where the walk gets shorter by that."""
    assessor, rule = case.now.assessor, case.rule
    away = case.away(weighting, round(assessor.cap(rule) * 1000))
    near = _entered(away, case.now.obstacles.rows_near(before, weighting))
    far = _entered(assessor.towards(rule), case.now.obstacles.rows_near(behind, weighting))
    tries = near.merge(far, on="point", suffixes=("_near", "_far"))
    tries["length"] = np.hypot(tries["x_far"] - tries["x_near"], tries["y_far"] - tries["y_near"])
    over = tries["length"] * weighting.per_metre
    tries["total"] = tries["cost_near"] + tries["cost_far"] + np.rint(over)
    tries["score"] = tries["total"] + over
    tries = tries[
        (tries["total"] < case.cost[case.building])
        & tries["length"].between(2.0 * _CLEAR_M, max(LONGEST_M.values()), inclusive="right")
    ]
    tries = tries.sort_values(["score", "point", "edge_near", "edge_far"], kind="stable")
    tries = tries.drop_duplicates(["edge_near", "fraction_near", "edge_far", "fraction_far"])
    result: pd.DataFrame = tries.head(MOST_TRIES).reset_index(drop=True)
    return result


def _entered(reach: Reach, rows: PointRows) -> pd.DataFrame:
    """Table the places on the network that points may enter at, with the cost of the walk there."""
    alone = replace(rows, point=np.arange(len(rows.point), dtype=np.int32),
                    cost=np.zeros_like(rows.cost), point_count=len(rows.point))  # fmt: skip
    cost = reach.of_rows(alone)[0]
    known = np.flatnonzero(cost != CLOSED)
    edges = reach.graph.edges
    xy = np.zeros((len(known), 2))
    if edges is not None and len(known):
        lines = edges.take(rows.edge[known]).lines()
        at = shapely.line_interpolate_point(lines, rows.fraction[known], normalized=True)
        xy = shapely.get_coordinates(at)
    return pd.DataFrame(
        {"point": rows.point[known], "edge": rows.edge[known], "fraction": rows.fraction[known],
         "cost": cost[known].astype(np.float64), "x": xy[:, 0], "y": xy[:, 1]}
    )  # fmt: skip


def _judged(case: Case, costs: Costs, tries: pd.DataFrame) -> pd.DataFrame:
    """Say of every link what it is and costs, and drop those that cannot be built."""
    obstacles, around = case.now.obstacles, case.around
    start, end = tries[["x_near", "y_near"]].to_numpy(), tries[["x_far", "y_far"]].to_numpy()
    shape = _segments(start, end)
    line, feature, _ = obstacles.finder.crossings(*start.T, *end.T)
    wall = np.isin(obstacles.kind[feature], ("wall", "gate"))
    gates = np.bincount(line[wall], minlength=len(tries))
    inside = _segments(*_drawn_in(start, end))
    tree, names = around.busy_roads
    crossing, road = tree.query(inside, predicate="crosses")
    busy = np.bincount(crossing, minlength=len(tries)) > 0
    bridge = np.bincount(line[~wall], minlength=len(tries)) > 0
    kind = np.where(bridge, "footbridge", np.where(busy, "crossing", "gate")).astype(object)
    built = np.bincount(
        around.footprints.query(inside, predicate="intersects")[0], minlength=len(tries)
    )
    longest = np.array([LONGEST_M[one] for one in kind], dtype=np.float64)
    possible = (built == 0) & (gates <= MOST_GATES) & (tries["length"].to_numpy() <= longest)
    possible &= bridge | busy | (gates > 0)
    price = np.array([float(getattr(costs, one)) for one in kind], dtype=np.float64)
    price = np.where(kind == "gate", 0.0, price) + gates * costs.gate
    waits = np.where(kind == "crossing", _signal(case), 0.0)
    named = np.full(len(tries), None, dtype=object)
    named[crossing[::-1]] = names[road[::-1]]
    first = np.full(len(tries), -1, dtype=np.int64)
    # what makes it a footbridge goes before walls
    order = np.lexsort((feature, wall))[::-1]
    first[line[order]] = feature[order]
    table = tries.assign(kind=kind, cost=price, gates=gates, feature=first, road=named, shape=shape,
                         total=tries["total"] + waits, score=tries["score"] + waits)  # fmt: skip
    useful = table["total"].to_numpy() < case.cost[case.building]
    result: pd.DataFrame = table[possible & useful]
    return result


def _signal(case: Case) -> float:
    """Return the delay at a new crossing, in thousandths of what the rule counts."""
    if case.rule.basis != "time":
        return 0.0
    return case.now.assessor.paces[case.rule.pace].signal_s * 1000.0


def _drawn_in(start: Floats, end: Floats) -> tuple[Floats, Floats]:
    """Draw both ends of segments in a little."""
    length = np.maximum(np.hypot(*(end - start).T), 4.0 * _CLEAR_M)
    off = ((end - start).T * (_CLEAR_M / length)).T
    return start + off, end - off


def _segments(start: Floats, end: Floats) -> Objects:
    return np.asarray(shapely.linestrings(np.stack((start, end), axis=1)), dtype=object)

"""Groups of buildings by walking nearness: neighbours within a short walk, no group wider than a given walk."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from geo.kernels.grouping import group_rows
from geo.kernels.labels import cost_of, group_of, pack
from geo.kernels.nearness import costs_to_members
from geo.kernels.search import Arcs, Entries, Scratch, scratch_for, settle
from geo.network.access import AccessRows
from geo.network.graph import WalkGraph
from geo.network.links import split_edges

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]
MM = 1000


@dataclass(frozen=True)
class _Plan:
    """The walking network with the members in it, in millimetres, walked both ways wherever anybody may walk.

    Member k is node ``first + k``; arcs lead into it from its places, none out of it. `entries` lets a search start
    from any member.
    """

    graph: WalkGraph
    arcs: Arcs
    entries: Entries
    place: Ints
    member: Ints
    walk: Longs
    first: int


def near_groups(
    graph: WalkGraph,
    rows: AccessRows,
    part: Ints,
    x: Floats,
    y: Floats,
    *,
    near_m: float,
    wide_m: float,
) -> Ints:
    """Group members (buildings) by walking distance.

    Parameters
    ----------
    graph
        With lengths, see `WalkGraph.weighted_by_length`.
    rows
        Access rows of the members.
    part
        Members of different parts are never grouped.
    x, y
        Where members lie.
    near_m
        Members within this walk of each other are of one group, and so on from neighbour to neighbour.
    wide_m
        Groups wider than this walk are divided.

    Members without access rows join the nearest other by straight line.

    Returns
    -------
    numpy.ndarray
        Group of every member, numbered by their lowest member.

    Notes
    -----
    Neighbours are found in one search from all members of a part: two members are connected by a chain of short walks
    exactly if they are by such walks between the areas nearest to each (Mehlhorn 1988). The width of a group is
    measured by walking from one end to the other and back, twice; it may be a little wider than measured.
    """
    if rows.count == 0:
        return np.empty(0, np.int32)
    plan = _plan(graph, rows)
    scratch = scratch_for(plan.arcs, plan.entries)
    group = _components(plan, part, round(near_m * MM))
    group = _divided_roughly(plan, group, x, y, wide_m)
    group = _divided(plan, group, round(wide_m * MM), scratch)
    return _renumbered(_with_wayless(group, rows, part, x, y, near_m))


def _plan(graph: WalkGraph, rows: AccessRows) -> _Plan:
    length = np.minimum(graph.forward_cost, graph.backward_cost)
    bare = replace(graph, forward_cost=length, backward_cost=length, edges=None)
    split = split_edges(bare, rows.edge, rows.fraction)
    whole, first = split.graph, split.graph.node_count
    walk = np.rint(rows.walk_m * MM).astype(np.int64)
    tail = np.concatenate((whole.tail, whole.head, split.node))
    head = np.concatenate((whole.head, whole.tail, first + rows.point)).astype(np.int32)
    cost = np.concatenate((whole.forward_cost, whole.forward_cost, walk)).astype(np.int32)
    indptr, order = group_rows(tail.astype(np.int32), first + rows.count)
    arcs = Arcs(indptr, head[order].view(np.uint32), cost[order], order)
    start, by_member = group_rows(rows.point, rows.count)
    label = pack(walk, rows.point)[by_member]
    entries = Entries(start, split.node[by_member].view(np.uint32), label)
    return _Plan(whole, arcs, entries, split.node, rows.point, walk, first)


def _components(plan: _Plan, part: Ints, near: int) -> Ints:
    """Connect members by chains of walks no longer than `near`, part by part."""
    count = len(part)
    one: list[npt.NDArray[np.integer]] = []
    other: list[npt.NDArray[np.integer]] = []
    graph = plan.graph
    for number in np.unique(part):
        mine = part[plan.member] == number
        label = _search(plan, mine, near)
        cost, nearest = cost_of(label).astype(np.int64), group_of(label)
        ends = nearest[graph.tail], nearest[graph.head]
        across = cost[graph.tail] + cost[graph.head] + graph.forward_cost
        meet = (across <= near) & (ends[0] != ends[1])
        one.append(ends[0][meet])
        other.append(ends[1][meet])
        place, member = plan.place[mine], plan.member[mine]
        meet = (cost[place] + plan.walk[mine] <= near) & (nearest[place] != member)
        one.append(nearest[place][meet])
        other.append(member[meet])
    a, b = np.concatenate(one), np.concatenate(other)
    links = coo_array((np.ones(len(a)), (a, b)), shape=(count, count))
    return connected_components(links, directed=False)[1].astype(np.int32)


def _search(plan: _Plan, rows: npt.NDArray[np.bool_], limit: int) -> Longs:
    """Search from the members of some rows at once; labels carry the member."""
    place, member, walk = plan.place[rows], plan.member[rows], plan.walk[rows]
    indptr = np.array([0, len(place)], np.int32)
    entries = Entries(indptr, place.view(np.uint32), pack(walk, member))
    scratch = scratch_for(plan.arcs, entries)
    settle(plan.arcs, entries, 0, limit, scratch)
    return scratch.label


def _divided_roughly(plan: _Plan, group: Ints, x: Floats, y: Floats, wide_m: float) -> Ints:
    """Divide groups that are too wide even by straight line: everybody goes to the nearest of some centres on foot.

    There is one centre to every square of 0.7 times the width that a group has members in.
    """
    low = [np.full(group.max() + 1, np.inf) for _ in range(2)]
    high = [np.full(group.max() + 1, -np.inf) for _ in range(2)]
    for axis, values in enumerate((x, y)):
        np.minimum.at(low[axis], group, values)
        np.maximum.at(high[axis], group, values)
    large = np.hypot(high[0] - low[0], high[1] - low[1]) > wide_m
    at = np.flatnonzero(large[group])
    if len(at) == 0:
        return group
    side = 0.7 * wide_m
    column = np.floor((x[at] - low[0][group[at]]) / side).astype(np.int64)
    line = np.floor((y[at] - low[1][group[at]]) / side).astype(np.int64)
    square = np.unique(np.column_stack((group[at], column, line)), axis=0, return_inverse=True)[
        1
    ].ravel()
    count = np.bincount(square)
    gap = np.hypot(
        x[at] - (np.bincount(square, x[at]) / count)[square],
        y[at] - (np.bincount(square, y[at]) / count)[square],
    )
    order = np.lexsort((at, gap, square))
    centre = at[order[np.unique(square[order], return_index=True)[1]]]
    label = _search(plan, np.isin(plan.member, centre), round(wide_m * MM))
    nearest = group_of(label[plan.first + at])
    nearest[np.isin(at, centre)] = at[np.isin(at, centre)]
    lost = nearest < 0
    nearest[lost] = centre[square[lost]]
    pair = np.column_stack((group[at], nearest))
    number = np.unique(pair, axis=0, return_inverse=True)[1].ravel()
    divided = group.astype(np.int32).copy()
    divided[at] = group.max() + 1 + number
    return divided


def _divided(plan: _Plan, group: Ints, wide: int, scratch: Scratch) -> Ints:
    """Divide groups wider than `wide` between their far ends, again and again."""
    starts, order = group_rows(group, int(group.max()) + 1)
    parts = np.split(order.astype(np.int64), starts[1:-1])
    waiting = [members for members in parts if len(members)]
    result = np.empty(len(group), np.int32)
    number = 0
    while waiting:
        members = waiting.pop()
        ends = _far_ends(plan, members, wide, scratch) if len(members) > 1 else None
        if ends is None:
            result[members] = number
            number += 1
            continue
        left = ends[0] <= ends[1]
        waiting += [members[left], members[~left]]
    return result


def _far_ends(
    plan: _Plan, members: Longs, wide: int, scratch: Scratch
) -> tuple[Longs, Longs] | None:
    """Return the walks from two members further apart than `wide` to all members, None where none are found."""

    def walks(source: int) -> Longs:
        cost: Longs = costs_to_members(
            plan.arcs, plan.entries, source, members, plan.first, 3 * wide // 2, scratch
        )
        return cost

    one = int(members[int(np.argmax(walks(int(members[0]))))])
    for _ in range(2):
        from_one = walks(one)
        other = int(members[int(np.argmax(from_one))])
        if from_one.max() > wide:
            return from_one, walks(other)
        if from_one.max() < wide // 2:
            return None  # nobody is further from anybody than twice this
        # from the middle of the way the furthest member may be an end that was not seen
        middle = int(members[int(np.argmin(np.maximum(from_one, walks(other))))])
        one = int(members[int(np.argmax(walks(middle)))])
    return None


def _with_wayless(
    group: Ints, rows: AccessRows, part: Ints, x: Floats, y: Floats, near_m: float
) -> Ints:
    """Put members that no way leads to with the nearest one (by straight line) that has a way."""
    has = np.bincount(rows.point, minlength=rows.count) > 0
    joined = group.copy()
    for number in np.unique(part[~has]):
        lost, others = (np.flatnonzero((part == number) & one) for one in (~has, has))
        if len(others):
            tree = cKDTree(np.column_stack((x[others], y[others])))
            found: Any = tree.query(np.column_stack((x[lost], y[lost])))
            close = found[0] <= near_m
            joined[lost[close]] = group[others[found[1][close]]]
    return joined


def _renumbered(group: Ints) -> Ints:
    _, first, inverse = np.unique(group, return_index=True, return_inverse=True)
    rank = np.empty(len(first), np.int32)
    rank[np.argsort(first)] = np.arange(len(first), dtype=np.int32)
    return rank[inverse.ravel()]

"""Whether the route of an explanation is a walk on the graph that costs what it says."""

from __future__ import annotations

import numpy as np
import pytest

from geo.explain import Explainer, Explanation
from geo.kernels.labels import CLOSED


def check_walk(explainer: Explainer, found: Explanation) -> int:
    """Walk a route edge by edge, add its cost up again, and return the number of stretches."""
    way = found.route
    assert way is not None
    graph = explainer.now.assessor.weighting(found.rule).graph
    route = way.route
    count = len(route.edge)
    for one in range(count - 1):
        ends: list[tuple[int, float]] = []
        for row, share in ((one, route.end[one]), (one + 1, route.start[one + 1])):
            edge = int(route.edge[row])
            if share in (0.0, 1.0):
                ends.append((-1, float((graph.tail, graph.head)[int(share)][edge])))
            else:
                ends.append((edge, float(share)))
        assert ends[0] == ends[1], f"{found.building_id} jumps after stretch {one}"
    forward = route.end > route.start
    whole = np.where(forward, graph.forward_cost[route.edge], graph.backward_cost[route.edge])
    assert (whole[route.start != route.end] < CLOSED).all()
    spent = np.abs(np.rint(route.end * whole) - np.rint(route.start * whole)).sum()
    doors = sum(round((leg.minutes or 0.0) * 60_000) for leg in (way.legs[0], way.legs[-1]))
    assert (
        abs(spent + doors - route.cost) <= 2
    )  # a part of an edge at either end is rounded for itself
    assert route.cost / 60_000 == pytest.approx(found.minutes, abs=1e-9)
    assert way.geometry.length == pytest.approx(way.metres, abs=0.05)
    return count

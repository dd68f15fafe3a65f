"""Corrections found on site: each kind changes a verdict of the small study, and undoing one restores it."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
from shapely import LineString, Point

from geo.network.corrections import correct
from geo.network.graph import WalkGraph
from geo.network.pace import cost_of_edges
from geo.params import Pace
from tests.network.test_links import two_streets
from tests.planner_layers import finding, layer, metres, run, verdicts


def at_pace(graph: WalkGraph) -> WalkGraph:
    return graph.with_costs(*cost_of_edges(graph.edges, Pace()))


def rows(*drawn: tuple[str, shapely.Geometry]) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {"kind": [kind for kind, _ in drawn], "name": [None] * len(drawn)},
        geometry=[shape for _, shape in drawn],
    )


def costs_between(graph: WalkGraph, nodes: int) -> np.ndarray:
    return np.array([graph.reach([node]).cost_of_nodes[:nodes] for node in range(nodes)])


def test_a_passage_shortens_the_walk_and_covers_a_house(tmp_path: Path) -> None:
    """From house d (10 m off the side street at y = 500) a lane to the main street near S2, drawn 10 m short."""
    lane = LineString([(1205, 500), (1700, 10)])
    section = layer(tmp_path, "corrections", [lane], kind=["通道"], name=["小巷"])
    result = run(tmp_path, section)
    walked = 10 + 5 + lane.length + 10 + 595 + 10
    # house d may walk to the lane straight; its corner is (1210, 500)
    assert metres(result)["d"] == pytest.approx(
        Point(1210, 500).distance(lane) + walked - 15 - lane.project(Point(1210, 500)), abs=0.01
    )
    assert finding(result, "corrections_applied")["passages"] == 1
    assert metres(result)["d"] < 1615


def test_closing_the_street_uncovers_and_opening_it_again_covers(tmp_path: Path) -> None:
    closed, opened = LineString([(400, -60), (400, 60)]), LineString([(397, 0), (403, 0)])
    for name, drawn, kinds in (
        ("closed", [closed], ["封闭"]),
        ("opened", [closed, opened], ["封闭", "打通"]),
    ):
        (tmp_path / name).mkdir()
        section = layer(tmp_path / name, "corrections", drawn, kind=kinds, name=["x"] * len(kinds))
        result = run(tmp_path / name, section)
        if name == "closed":
            assert verdicts(result)["b"] == "uncovered"
            assert metres(result)["b"] == pytest.approx(10 + 1595 - 0, abs=0.01)  # to S2 in house e
            assert finding(result, "corrections_applied")["closed_m"] == "4"
        else:
            assert verdicts(result)["b"] == "covered"
            assert metres(result)["b"] == pytest.approx(715, abs=0.01)


def test_what_cannot_be_applied_is_a_reject_with_its_reason(tmp_path: Path) -> None:
    drawn = [
        LineString([(5000, 50), (5000, 0)]),
        shapely.box(0, 0, 5, 5),
        Point(500, 300),
        Point(800, 5),
        Point(900, 0),
    ]
    kinds = ["通道", "通道", "封闭", "大门", "随便"]
    section = layer(tmp_path, "corrections", drawn, kind=kinds, name=list("abcde"))
    result = run(tmp_path, section)
    rejects = result.tables["rejects"]
    reasons = dict(zip(rejects["row"], rejects["reason"], strict=True))
    assert (rejects["input"] == "corrections").all()
    assert sorted(reasons) == [1, 2, 3, 4, 5]
    assert "20 米" in reasons[1]
    assert "画成线或点" in reasons[2]
    assert "10 米" in reasons[3]
    assert "不足两条" in reasons[4]
    assert metres(result)["a"] == pytest.approx(115, abs=0.01)


def test_a_gate_joins_the_ways_on_both_sides_of_it() -> None:
    """A gate between two streets that come within 20 m of it."""
    graph = at_pace(two_streets())
    far = correct(graph, rows(("gate", Point(300, 50))), Pace())
    assert far.refused == [(0, "correction_joins_nothing")]
    side = LineString([(300, 0), (300, 45)])
    both = LineString([(300, 100), (300, 55)])
    done = correct(
        graph, rows(("passage", side), ("passage", both), ("gate", Point(300, 50))), Pace()
    )
    assert (done.passages, done.gates, done.refused) == (2, 1, [])
    before = graph.reach([1]).cost_of_nodes[3]
    after = done.graph.reach([1]).cost_of_nodes[3]
    # from 1 (600, 0) west 300, north 100, east 300: the signal on the north street is shared by length
    assert after < before
    assert after == pytest.approx((300 + 100 + 300) / 1.2 + 15, abs=0.01)


def test_passages_drawn_in_pieces_lead_to_each_other() -> None:
    graph = at_pace(two_streets())
    lower, upper = LineString([(500, 0), (520, 50)]), LineString([(520, 50), (500, 100)])
    middle = LineString([(520, 50), (400, 50)])  # a dead end off the other two
    done = correct(graph, rows(("passage", middle), ("passage", upper), ("passage", lower)), Pace())
    assert (done.passages, done.refused) == (3, [])
    length = lower.length + upper.length
    cost = done.graph.reach([1]).cost_of_nodes[3]
    assert cost == pytest.approx((100 + length + 100) / 1.2 + 30 * 100 / 600, abs=0.01)


@pytest.mark.parametrize("place", [(200.0, 0.0), (333.3, 6.0), (599.5, 0.0)])
def test_closing_then_opening_gives_the_original(place: tuple[float, float]) -> None:
    graph = at_pace(two_streets())
    closed = correct(graph, rows(("closure", Point(place))), Pace())
    shut = closed.graph.reach([0]).cost_of_nodes[1]
    assert np.isinf(shut)
    x = place[0]
    way = LineString([(max(x - 2, 0), 0), (min(x + 2, 600), 0)])
    again = correct(graph, rows(("closure", Point(place)), ("passage", way)), Pace())
    if x + 2 < 600:
        assert costs_between(again.graph, 4) == pytest.approx(costs_between(graph, 4), abs=0.004)
    assert again.closed_m == closed.closed_m == pytest.approx(min(4, 2 + 600 - x), abs=0.05)


def test_a_closure_means_the_ground_where_there_is_any() -> None:
    graph = at_pace(two_streets())
    bridge = np.array([False, False, True])
    off = graph.edges.with_columns(bridge=bridge, enterable=~bridge)
    graph = graph.with_costs(graph.forward_cost, graph.backward_cost, edges=off)
    area = shapely.box(-10, -10, 10, 110)
    done = correct(graph, rows(("closure", area)), Pace())
    assert np.isfinite(done.graph.reach([0]).cost_of_nodes[2])  # the bridge passes over
    assert np.isinf(done.graph.reach([0]).cost_of_nodes[1])
    done = correct(graph, rows(("closure", LineString([(-5, 50), (5, 50)]))), Pace())
    assert np.isinf(done.graph.reach([0]).cost_of_nodes[2])  # it touches nothing but the bridge

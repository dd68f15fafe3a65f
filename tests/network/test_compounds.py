"""Walled compounds: in and out by the gates only, for buildings, stations, points and the field alike."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from shapely import Point

from geo.explain import Explainer
from geo.network.compounds import enclose, gates_on, is_gate, with_points_inside
from geo.network.snap import AccessFinder, Places
from geo.params import Pace, WalkParams
from geo.reach import PointRows, Reach, Seeds
from geo.reassess import reassess
from geo.store import read_result
from tests.network.test_links import two_streets
from tests.planner_layers import finding, layer, metres, run, verdicts

YARD = shapely.box(600, 5, 800, 200)  # houses b and c are inside


def objects(*shapes: shapely.Geometry) -> np.ndarray:
    return np.array(shapes, dtype=object)


def walled(folder: Path, gate: Point | None, more: str = "", yard=YARD):
    sections = layer(folder, "compounds", [yard], name=["翠苑"]) + more
    if gate is not None:
        sections += layer(folder, "entrances", [gate], name=["大门"])
    return run(folder, sections)


def test_a_gate_on_the_far_side_uncovers_a_house(tmp_path: Path) -> None:
    """House b (700, 10) is 715 m from S1 by the street; the gate stands at x = 790."""
    result = walled(tmp_path, Point(790, 5))
    straight = np.hypot(790 - 710, 10 - 5)
    assert metres(result)["b"] == pytest.approx(straight + 5 + 790 + 5, abs=0.01)
    assert verdicts(result)["b"] == "uncovered"
    assert metres(result)["a"] == pytest.approx(115, abs=0.01)  # outside nothing changes
    assert finding(result, "compounds_used") == {"count": 1, "gates": 1}
    row = result.buildings.set_index("building_id").loc["b"].iloc[0]
    assert row["stations_in_reach_count"] == 0


def test_without_a_gate_the_compound_is_left_open_and_said(tmp_path: Path) -> None:
    result = walled(tmp_path, None)
    assert metres(result)["b"] == pytest.approx(715, abs=0.01)
    assert finding(result, "compounds_without_gate")["names"] == "翠苑"


def test_a_gate_found_on_site_counts_like_one_of_the_entrances(tmp_path: Path) -> None:
    correction = layer(tmp_path, "corrections", [Point(790, 4)], kind=["大门"], name=["南门"])
    result = walled(tmp_path, None, correction)
    assert metres(result)["b"] == pytest.approx(np.hypot(80, 5) + 5 + 790 + 5, abs=0.01)


def test_a_station_inside_serves_its_neighbours_straight_and_others_by_the_gate(
    tmp_path: Path,
) -> None:
    """S1 moves into the yard, beside houses b and c; house a walks to the gate at x = 610."""
    (tmp_path / "yard").mkdir()
    folder = tmp_path / "yard"
    sections = layer(folder, "compounds", [YARD], name=["翠苑"])
    sections += layer(folder, "entrances", [Point(610, 5)], name=["大门"])
    from geo.study import Study
    from tests.small_study import STUDY, X0, Y0, write_small_study

    path = write_small_study(folder, STUDY + sections)
    table = pd.read_csv(folder / "stations.csv", encoding="utf-8-sig")
    table.loc[0, ["经度", "纬度"]] = [X0 + 740, Y0 + 100]
    table.to_csv(folder / "stations.csv", index=False, encoding="utf-8-sig")
    result = Study.read(path).run()
    found = metres(result)
    assert found["b"] == pytest.approx(np.hypot(740 - 710, 100 - 20), abs=0.01)
    assert found["c"] == pytest.approx(np.hypot(740 - 720, 100 - 20), abs=0.01)
    assert found["a"] == pytest.approx(10 + 500 + 5 + np.hypot(740 - 610, 100 - 5), abs=0.01)


def test_a_stored_result_knows_the_rule_too(tmp_path: Path) -> None:
    result = walled(tmp_path, Point(790, 5))
    result.write(tmp_path / "out")
    again = read_result(tmp_path / "out")
    told = Explainer(again).explain("b")
    assert told.minutes == pytest.approx(metres(result)["b"] / 72)
    # the route leaves by the gate
    gate = told.route.geometry.intersection(
        gpd.GeoSeries([YARD.boundary]).translate(430_000, 2_557_000).iloc[0]
    )
    assert shapely.get_coordinates(gate)[:, 0] == pytest.approx(430_790.0)
    assert (told.obstacle_kind, told.obstacle_name) == ("wall", "翠苑")
    now = reassess(again)
    rule = now.assessor.rules[0]
    assert now.assessor.reach(rule)[0].cost[1] == round(metres(result)["b"] / 72 * 60_000)


def test_outlines_know_the_gates(tmp_path: Path) -> None:
    """Inside the yard one walks to the gate at x = 790, also where the street is 30 m away through the wall."""
    result = walled(tmp_path, Point(790, 5))
    audits = result.quality.audit
    assert audits
    assert all(one["holds"] and one["wrong_share"] == 0.0 for one in audits.values())
    # 12 m from the street, but 80 m from the gate and 790 m further to the station: in ten minutes not, in fifteen yes
    place = shapely.Point(430_720, 2_557_012)
    table = result.tables["isochrones"].to_crs("EPSG:4547")
    held = {
        minutes: shapely.contains(shape, place)
        for minutes, shape in zip(table["minutes"], table.geometry, strict=True)
    }
    assert (held[10.0], held[15.0]) == (False, True)


def test_gates_are_told_from_entrances_of_buildings() -> None:
    yards, houses = objects(YARD), objects(shapely.box(700, 6, 710, 16))
    points = objects(Point(790, 2), Point(705, 5.6), Point(790, -1), Point(690, 100))
    assert is_gate(points, yards, houses).tolist() == [True, False, False, False]
    gates = gates_on(points[:1], yards)
    assert (gates.x.tolist(), gates.y.tolist()) == ([790.0], [5.0])


def town():
    """Two streets 100 m apart (see `two_streets`) with a yard between them from x = 100 to 300, gate in the south."""
    from geo.network.pace import cost_of_edges

    graph = two_streets()
    graph = graph.with_costs(*cost_of_edges(graph.edges, Pace()))
    yards = gpd.GeoDataFrame({"name": ["院"]}, geometry=[shapely.box(100, 20, 300, 80)])
    none = gpd.GeoDataFrame({"kind": [], "name": []}, geometry=[])
    gates = gates_on(objects(Point(110, 20)), objects(*yards.geometry))
    return enclose(graph, yards, gates, none, WalkParams(), Pace())


def cost_at(result, x: float, y: float, seed: int = 1) -> float:
    """Metres from a point to a node, by the access rule."""
    finder = AccessFinder(result.graph.edges, result.walls, WalkParams(), result.hubs)
    groups = np.zeros(result.graph.edge_count, np.int32)
    rows = finder.find(Places.from_points(np.array([x]), np.array([y])), groups).rows
    walk = np.rint(rows.walk_m / 1.2 * 1000).astype(np.int32)
    points = PointRows(rows.point, rows.edge, rows.fraction, walk, 1)
    reach = Reach.search(result.graph, Seeds.of(result.graph, [seed]), 10_000_000, towards=True)
    return float(reach.of_rows(points)[0][0]) / 1000 * 1.2


def test_points_inside_walk_to_the_gate_however_far() -> None:
    """From the far corner to the gate 181 m, 20 m to the street, east to node 1."""
    inside = cost_at(town(), 290, 30)
    assert inside == pytest.approx(np.hypot(180, 10) + 20 + 490, abs=0.01)
    outside = cost_at(town(), 290, 19)
    assert outside == pytest.approx(19 + 310, abs=0.01)


def test_nobody_walks_across_the_forecourt_of_a_gate() -> None:
    """A gate within 50 m of both streets joins neither to the other."""
    from geo.network.pace import cost_of_edges

    graph = two_streets()
    graph = graph.with_costs(*cost_of_edges(graph.edges, Pace()))
    strip = gpd.GeoDataFrame(
        {"name": ["院"]}, geometry=[shapely.Polygon([(550, 50), (585, 40), (620, 50), (585, 60)])]
    )
    none = gpd.GeoDataFrame({"kind": [], "name": []}, geometry=[])
    gates = gates_on(objects(Point(550, 50)), objects(*strip.geometry))
    result = enclose(graph, strip, gates, none, WalkParams(), Pace())
    before, after = graph.reach([1]).cost_of_nodes, result.graph.reach([1]).cost_of_nodes
    assert after[:4] == pytest.approx(before, abs=0.01)
    # but from inside both streets are one gate away
    assert cost_at(result, 580, 50, seed=1) == pytest.approx(30 + 50 + 50, abs=0.01)
    assert cost_at(result, 580, 50, seed=3) < 30 + 50 + 50 + 40


def test_a_way_through_the_wall_is_closed_but_at_a_gate() -> None:
    from geo.network.pace import cost_of_edges

    graph = two_streets()
    graph = graph.with_costs(*cost_of_edges(graph.edges, Pace()))
    yard = gpd.GeoDataFrame({"name": ["院"]}, geometry=[shapely.box(200, -30, 400, 30)])
    none = gpd.GeoDataFrame({"kind": [], "name": []}, geometry=[])
    one = gates_on(objects(Point(200, 2)), objects(*yard.geometry))
    result = enclose(graph, yard, one, none, WalkParams(), Pace())
    assert np.isinf(result.graph.reach([0]).cost_of_nodes[1])
    assert [f.params["count"] for f in result.faults if f.code == "ways_through_walls"] == [1]
    both = gates_on(objects(Point(200, 2), Point(400, 2)), objects(*yard.geometry))
    result = enclose(graph, yard, both, none, WalkParams(), Pace())
    assert result.graph.reach([0]).cost_of_nodes[1] == pytest.approx(500.0, abs=0.01)
    assert "ways_through_walls" not in [f.code for f in result.faults]


def test_a_way_along_the_outline_stays_open() -> None:
    """Parcels are often drawn to the middle of the road."""
    from geo.network.pace import cost_of_edges

    graph = two_streets()
    graph = graph.with_costs(*cost_of_edges(graph.edges, Pace()))
    yard = gpd.GeoDataFrame({"name": ["院"]}, geometry=[shapely.box(200, 0, 400, 30)])
    none = gpd.GeoDataFrame({"kind": [], "name": []}, geometry=[])
    gates = gates_on(objects(Point(300, 0)), objects(*yard.geometry))
    result = enclose(graph, yard, gates, none, WalkParams(), Pace())
    assert result.graph.reach([0]).cost_of_nodes[1] == pytest.approx(500.0, abs=0.01)


def test_a_gate_that_leads_nowhere_leaves_the_compound_open() -> None:
    from geo.network.pace import cost_of_edges

    graph = two_streets()
    graph = graph.with_costs(*cost_of_edges(graph.edges, Pace()))
    yards = gpd.GeoDataFrame(
        {"name": ["远", "近"]},
        geometry=[shapely.box(2000, 2000, 2100, 2100), shapely.box(100, 20, 300, 80)],
    )
    none = gpd.GeoDataFrame({"kind": [], "name": []}, geometry=[])
    gates = gates_on(objects(Point(2000, 2050), Point(110, 20)), objects(*yards.geometry))
    result = enclose(graph, yards, gates, none, WalkParams(), Pace())
    assert len(result.hubs.shapes) == len(result.walls) == 1
    assert [f.params["names"] for f in result.faults if f.code == "compounds_without_gate"] == [
        "远"
    ]


def test_stations_become_hubs_of_their_compound_only() -> None:
    result = town()
    graph, hubs = with_points_inside(
        result.graph, result.hubs, np.array([200.0, 400.0]), np.array([50.0, 50.0]), Pace()
    )
    assert len(hubs.edge) == len(result.hubs.edge) + 1
    assert graph.node_count == result.graph.node_count + 2
    assert graph.edges.length_m[hubs.edge[-1]] == 0.0

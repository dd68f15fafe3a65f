"""Routes and walked metres: hand-drawn cases, hosts, own stations, and every tenth building of Monaco."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from geo.coverage import FAR
from geo.routes import cost_of_stretches, line_of
from geo.study import Study, _Run
from geo.ways import Ways
from tests.real.test_monaco import RECTANGLE, study_file
from tests.small_study import X0, Y0, write_small_study

TIME = "十分钟党群服务圈"


def ways_of(study: Study) -> Ways:
    run = _Run(study.params, lambda *_: None, None)
    assessor = run.assessor()
    rule = run.params.rules[0]
    return Ways(assessor, assessor.reach(rule)[0])


def check_routes(ways: Ways, every: int) -> int:
    """Re-add the cost of routes and hold their drawn length against the totals; return how many there were."""
    assessor, reach = ways.assessor, ways.reach
    weighting = assessor.weighting(reach.rule)
    count = 0
    for building in np.flatnonzero(reach.cost < FAR)[::every].tolist():
        found = ways.route(building)
        if found is None:
            assert ways.totals.metres[building] == 0.0
            assert assessor.supply.host[reach.station[building]] == building
            continue
        route, stations = found
        rows = assessor.demand.rows
        assert rows.point[route.row] == building
        assert stations.point[route.seed] == reach.station[building]
        graph = weighting.graph
        assert len(route.edge) == 1 or (route.start != route.end).all()
        forward = route.end > route.start
        moving = route.end != route.start
        both = graph.edges.forward_open[route.edge], graph.edges.backward_open[route.edge]
        assert np.where(forward, *both)[moving].all()
        ends = weighting.walk_cost(rows)[route.row] + weighting.walk_cost(stations)[route.seed]
        assert cost_of_stretches(graph, route).sum() + ends == reach.cost[building]
        xy = line_of(graph, route)
        walked = np.hypot(*np.diff(xy, axis=0).T).sum() if len(xy) else 0.0
        walked += rows.walk_m[route.row] + stations.walk_m[route.seed]
        assert walked == pytest.approx(ways.totals.metres[building], abs=0.05)
        count += 1
    return count


def test_metres_by_hand(tmp_path: Path) -> None:
    """House a: 115 m, b: 715 m, c: 725 m, d: 1,615 m to e, e has its station inside (see `tests.small_study`)."""
    result = Study.read(write_small_study(tmp_path)).run()
    table = result.buildings[result.buildings["rule"] == TIME].set_index("building_id")
    assert table["metres"].round(6).to_dict() == {"a": 115, "b": 715, "c": 725, "d": 1615, "e": 0}
    # the walk begins at the corner (100, 10) of house a; the station lies at (0, 5)
    assert table["detour_ratio"]["a"] == pytest.approx(115 / np.hypot(100, 5))
    assert np.isnan(table["detour_ratio"]["e"])


def test_the_drawn_route_goes_by_the_junction(tmp_path: Path) -> None:
    ways = ways_of(Study.read(write_small_study(tmp_path)))
    house_d = 3
    route, _ = ways.route(house_d)
    xy = line_of(ways.assessor.weighting(ways.reach.rule).graph, route) - [X0, Y0]
    assert xy.round(6).tolist()[0] == [1200, 500]
    assert [1200, 0] in xy.round(6).tolist()
    assert xy.round(6).tolist()[-1] == [2295, 0]
    assert ways.totals.signals.tolist() == [0, 0, 0, 0, 0]


def test_a_station_open_to_its_own_building_only_has_a_way_too(tmp_path: Path) -> None:
    path = write_small_study(tmp_path)
    register = (tmp_path / "stations.csv").read_text(encoding="utf-8-sig").splitlines()
    register[0] += ",服务楼宇"
    register[1] += ","
    register[2] = register[2].replace("公众开放", "本楼") + ",丁"
    (tmp_path / "stations.csv").write_text("\n".join(register), encoding="utf-8-sig")
    ways = ways_of(Study.read(path))
    assert ways.assessor.supply.scope.tolist() == ["public", "building"]
    # house d may walk to S2 inside house e; houses a, b, c go to S1
    assert ways.reach.station.tolist() == [0, 0, 0, 1, 1]
    assert ways.totals.metres.round(6).tolist() == [115, 715, 725, 1615, 0]
    assert check_routes(ways, 1) == 4


def test_routes_of_the_small_demo_add_up() -> None:
    study = Study.read(Path(__file__).parents[1] / "data/demo/small/study.toml")
    ways = ways_of(study)
    assert check_routes(ways, 5) > 500
    totals = ways.totals
    assert np.nanmax(totals.signals) > 1
    assert np.nanmax(totals.steps_m) > 0


@pytest.mark.shared
def test_routes_of_monaco_add_up(tmp_path: Path, shared_data: Path) -> None:
    extract = shared_data / "monaco" / "monaco.osm.pbf"
    ways = ways_of(Study.read(study_file(tmp_path, extract, RECTANGLE)))
    assert check_routes(ways, 40) > 400
    assert np.nanmax(ways.totals.steps_m) > 100
    assert np.nanmax(ways.totals.crossings) >= 2

"""The audit: it holds on real cities, and it fails where a field or a polygon is spoiled."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely

from geo.audit import NEAR_S, audit, point_costs, random_points
from geo.field_grid import FieldGrid
from geo.isochrone import WalkModel, contours
from geo.network.snap import AccessFinder, Places, edge_groups
from geo.outline_repair import repaired
from geo.params import WalkParams
from geo.seeds import Seeds
from tests.walking import PER_METRE, random_town

LIMITS = [300.0, 600.0, 900.0]


def examined(spoil=None):
    one = random_town(4)
    field = one.model.field(one.seeds((100, 80)), 900)
    drawn = field if spoil is None else replace(field, values=spoil(field.values))
    discs = contours(drawn, LIMITS, exact=spoil is None)
    box = (
        one.graph.x.min() - 120,
        one.graph.y.min() - 120,
        one.graph.x.max() + 120,
        one.graph.y.max() + 120,
    )
    x, y = random_points(box, 20_000)
    cost = point_costs(field.reach, one.finder, one.groups, PER_METRE, x, y)
    return audit(discs, LIMITS, x, y, cost)


def test_holds_on_a_random_town_with_a_river():
    result = examined()
    assert [one.points_count for one in result.limits] == [20_000] * 3
    assert result.holds, str(result)
    assert [one.severity for one in result.faults("甲")] == ["info"]
    assert json.loads(json.dumps(result.to_json()))["holds"] is True


def test_fails_when_a_patch_of_the_field_is_wrong():
    def spoil(values: np.ndarray) -> np.ndarray:
        worse = values.copy()
        worse[20:40, 20:40] += 150_000
        return worse

    result = examined(spoil)
    assert not result.holds
    assert any(one.beyond_count for one in result.limits)
    said = result.faults("甲")[0]
    assert said.severity == "warning"  # verdicts do not come from the outlines
    assert "“甲”等时圈与逐点测算核对未通过：5 分钟圈" in said.text("zh")


def test_fails_when_all_costs_are_off_by_ten_seconds():
    result = examined(lambda values: values + np.float32(10_000))
    assert not result.holds
    assert max(one.wrong_share for one in result.limits) > 0.002


def test_counts_by_hand():
    square = shapely.box(0, 0, 10, 10)
    x = np.array([1.0, 2.0, 3.0, 4.0, 20.0, 21.0])
    cost = np.array(
        [90.0, 104.0, 130.0, np.inf, 150.0, 30.0]
    )  # limit 100: fine, near, wrong, worst, fine, wrong
    found = audit([square], [100.0], x, np.ones(6), cost).limits[0]
    assert (found.wrong_count, found.beyond_count, found.worst) == (3, 2, None)
    assert found.wrong_share == 0.5
    assert not found.holds


@pytest.mark.shared
def test_holds_in_monaco(shared_data: Path):
    from geo.network.build import read_walk_graph
    from geo.read.osm import OsmExtract

    crs = "EPSG:32632"
    file = shared_data / "monaco" / "monaco.osm.pbf"
    extract = OsmExtract(file)
    graph = read_walk_graph(file, crs)
    wanted = {"amenity": ("pharmacy", "post_office", "townhall")}
    stations = extract.places(wanted).frame.to_crs(crs)
    buildings = extract.buildings().frame.to_crs(crs)
    result = audit_of(graph, extract.barriers().to_crs(crs), stations.geometry, buildings)
    assert all(one.points_count > 100_000 for one in result.limits)
    assert result.holds, str(result)


@pytest.mark.shared
def test_holds_in_lujiazui(shared_data: Path):
    from geo.network.build import build_graph
    from geo.network.lines import raw_from_lines

    crs = "EPSG:32651"
    folder = shared_data / "shanghai-lujiazui"
    layer = {
        name: gpd.read_file(folder / f"{name}.geojson").to_crs(crs)
        for name in ("roads", "water", "pois", "buildings")
    }
    graph = build_graph(raw_from_lines(layer["roads"]).raw)
    pois = layer["pois"]
    kinds = ("museum", "police", "post_office", "government", "hospital")
    chosen = pois[pois.apply(lambda row: any(str(value) in kinds for value in row), axis=1)]
    assert len(chosen) > 3
    water = layer["water"][layer["water"].geom_type.isin(["Polygon", "MultiPolygon"])]
    result = audit_of(graph, water, chosen.representative_point(), layer["buildings"])
    assert result.holds, str(result)


def audit_of(graph, barriers, stations, buildings):
    finder = AccessFinder(graph.edges, barriers.reset_index(drop=True), WalkParams())
    component, nodes = graph.components()
    _, groups = edge_groups(component, nodes, graph.tail, WalkParams().min_component_nodes)
    grid = FieldGrid(finder, groups)
    at = finder.find(Places.from_points(stations.x.to_numpy(), stations.y.to_numpy()), groups).rows
    walk = np.rint(at.walk_m * PER_METRE).astype(np.int32)
    seeds = Seeds(at.edge, at.fraction, walk, at.point, at.count)
    model = WalkModel(graph, grid, PER_METRE, np.flatnonzero(graph.cut).astype(np.int32))
    field = model.field(seeds, max(LIMITS))
    doors = finder.find(Places.from_polygons(buildings.geometry.to_numpy()), groups).rows

    def cost_at(x, y):
        return point_costs(field.reach, finder, groups, PER_METRE, x, y)

    # as in every study: redrawn where a door of a building is on the wrong side
    known = cost_at(doors.x, doors.y)
    discs = contours(field, LIMITS, exact=True)
    discs, _ = repaired(discs, LIMITS, doors.x, doors.y, known, cost_at, NEAR_S)
    assert shapely.is_valid(discs).all()
    lattice = grid.lattice
    box = (
        lattice.origin_x,
        lattice.origin_y,
        lattice.origin_x + lattice.nx * lattice.step,
        lattice.origin_y + lattice.ny * lattice.step,
    )
    x, y = random_points(box)
    x, y = np.concatenate((x, doors.x)), np.concatenate((y, doors.y))
    cost = cost_at(x, y)
    return audit(discs, LIMITS, x, y, cost)

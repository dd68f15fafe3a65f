"""Tables into layers: figures as printed, places and order."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import shapely

from geo.network.edges import EdgeKind
from maps.basemap import add_basemap
from maps.figures import headlines, thousandths
from maps.layers import NO_VALUE, add_areas, add_buildings, add_outline, add_stations, shown_cost
from maps.packing import Packer, unpack
from maps.plane import STEPS, Plane
from maps.theme import band_limits
from tests.maps.fixture import AREAS, RULES, study

PLANE = Plane.around((113.0, 23.0, 114.0, 24.0))
TIME, WALK, STRAIGHT = RULES


def test_minutes_round_up_to_a_tenth_and_metres_to_one() -> None:
    rows = pd.DataFrame(
        {
            "minutes": [0.0, 10.0, 10.000001, 9.91, 0.1 * 3, np.nan],
            "metres": [0.0, 500, 500.01, 1, 2, np.nan],
        }
    )
    assert shown_cost(rows, TIME).tolist() == [0, 100, 101, 100, 3, NO_VALUE]
    assert shown_cost(rows, WALK).tolist() == [0, 500, 501, 1, 2, NO_VALUE]


def test_covered_never_prints_beyond_the_limit() -> None:
    """600,000 ms is inside; as minutes in binary it must print 10.0, not 10.1."""
    milliseconds = np.arange(599_000, 600_001)
    rows = pd.DataFrame({"minutes": milliseconds / 60_000})
    assert shown_cost(rows, TIME).max() == 100


def test_shares_round_down_and_missing_stays_missing() -> None:
    row = {
        "coverage_count_share": 0.57,
        "coverage_residents_share": 0.94999,
        "floor_count_share": np.nan,
        "unknown_share": 0.0501,
        "minutes_p50": 6.01,
        "passes": pd.NA,
        "covered_count": 3,
    }
    shown = thousandths(row)
    assert shown["coverage"] == {
        "count": 570,
        "footprint": None,
        "floor_area": None,
        "residents": 949,
        "workers": None,
    }
    assert shown["floor"]["count"] is None  # type: ignore[index]
    assert shown["unknown_share"] == 51
    assert shown["minutes_p50"] == 61
    assert shown["passes"] is None
    assert shown["covered"] == 3
    assert thousandths({"passes": np.bool_(True)})["passes"] is True


def test_headlines_follow_the_rules_and_survive_a_short_summary() -> None:
    result = study(6, 4)
    assert [one["buildings"] for one in headlines(result)] == [36, 36, 36]
    empty = type(result)(result.params, result.tables, {}, result.quality)
    assert headlines(empty)[0]["coverage"] == dict.fromkeys(headlines(result)[0]["coverage"])  # type: ignore[call-overload]


def test_bands_are_of_the_limit() -> None:
    assert band_limits(TIME) == [5.0, 10.0, 15.0]
    assert band_limits(STRAIGHT) == [250.0, 500.0, 750.0]


def test_buildings_keep_their_own_figures() -> None:
    result = study(5, 3)
    packer = Packer()
    areas, stations = [code for code, _ in AREAS], [f"s{one:03d}" for one in range(3)]
    add_buildings(packer, result.buildings, RULES, PLANE, areas, stations)
    arrays, texts = unpack(packer.to_base64())
    ids = str(texts["building.id"]).split("\n")
    assert sorted(ids) == sorted(set(result.buildings["building_id"]))
    ends = np.cumsum(arrays["building.xy"].reshape(-1, 2), axis=0)
    ring, at = 0, 0
    table = result.buildings.set_index(["building_id", "rule"])
    for index, building in enumerate(ids):
        for number, rule in enumerate(RULES):
            row = table.loc[(building, rule.name)]
            assert arrays[f"rule{number}.value"][index] == shown_cost(row.to_frame().T, rule)[0]
            assert stations[arrays[f"rule{number}.station"][index] - 1] == row["station_id"]
        count = sum(arrays["building.sizes"][ring : ring + arrays["building.rings"][index]])
        corner = PLANE.quantise(np.array([row.geometry.bounds[:2]]))[0]
        assert (
            ends[at : at + count].min(axis=0)[0],
            ends[at : at + count].max(axis=0)[1],
        ) == tuple(corner)
        ring, at = ring + arrays["building.rings"][index], at + count


def test_neighbours_lie_together() -> None:
    """Along the curve the mean step between buildings is a few blocks, not half the district."""
    packer = Packer()
    add_buildings(packer, study(30, 3).buildings, RULES, PLANE, [], [])
    xy = np.cumsum(unpack(packer.to_base64())[0]["building.xy"].reshape(-1, 2), axis=0)
    block = 90 / PLANE.metres_per_world * STEPS
    assert np.abs(np.diff(xy, axis=0)).sum(axis=1).mean() < 2 * block


def test_missing_columns_and_unknown_ids_become_unknown() -> None:
    bare = study(3, 2).buildings[["building_id", "rule", "verdict", "geometry"]]
    packer = Packer()
    add_buildings(packer, bare, RULES, PLANE, [], [])
    arrays, _ = unpack(packer.to_base64())
    assert set(arrays["building.use"]) == set(arrays["building.area"]) == {0}
    assert set(arrays["rule0.value"]) == {NO_VALUE}


def test_areas_in_order_of_their_codes_with_figures_by_rule() -> None:
    table = study(6, 4).subdistricts
    packer = Packer()
    assert add_areas(packer, "subdistrict", table, RULES, "subdistrict_id", PLANE) == [
        code for code, _ in AREAS
    ]
    _, texts = unpack(packer.to_base64())
    assert texts["subdistrict.name"] == [name for _, name in AREAS]
    counts = [[one["buildings"] for one in rule] for rule in texts["subdistrict.figures"]]  # type: ignore[union-attr]
    assert counts == [[12, 12, 12]] * 3


def test_outline_closes_hairlines_between_neighbours() -> None:
    left = shapely.box(113.0, 23.0, 113.01, 23.01)
    right = shapely.box(113.010005, 23.0, 113.02, 23.01)  # half a metre apart
    table = pd.DataFrame({"subdistrict_id": ["a", "b"], "geometry": [left, right]})
    packer = Packer()
    add_outline(packer, table, "subdistrict_id", PLANE)
    arrays, _ = unpack(packer.to_base64())
    assert arrays["outline.rings"].tolist() == [1]


def test_stations_by_rule_and_without_a_place() -> None:
    result = study(6, 3)
    table = pd.concat(
        [
            result.stations.assign(rule=rule.name, covered_buildings_count=number)
            for number, rule in enumerate(RULES)
        ],
        ignore_index=True,
    )
    table.loc[table["station_id"] == "s001", "geometry"] = None
    packer = Packer()
    changed = type(result)(result.params, dict(result.tables, stations=table), {}, result.quality)
    assert add_stations(packer, changed, PLANE, [AREAS[0][0]]) == ["s000", "s002"]
    _, texts = unpack(packer.to_base64())
    assert [[row[0] for row in rule] for rule in texts["station.served"]] == [
        [0, 0],
        [1, 1],
        [2, 2],
    ]  # type: ignore[union-attr]


@pytest.mark.parametrize("inside", [True, False])
def test_basemap_keeps_to_the_frame(inside: bool) -> None:
    result = study(9, 3)
    bounds = tuple(shapely.total_bounds(np.asarray(result.subdistricts.geometry)))
    if not inside:
        bounds = tuple(one + 1.0 for one in bounds)
    packer = Packer()
    add_basemap(packer, result.walk, PLANE, bounds)  # type: ignore[arg-type]
    arrays, texts = unpack(packer.to_base64())
    assert (len(arrays["road.rings"]) > 0) is inside
    assert texts["water.kind"] == (["water"] if inside else [])
    assert texts["barrier.kind"] == (["railway"] if inside else [])
    if inside:
        kinds = result.walk.graph.edges.kind  # type: ignore[union-attr]
        assert (arrays["road.class"] == 2).sum() == (kinds == EdgeKind.FOOT).sum()


def test_no_network_no_basemap() -> None:
    packer = Packer()
    add_basemap(packer, None, PLANE, (113.0, 23.0, 113.1, 23.1))
    arrays, _ = unpack(packer.to_base64())
    assert len(arrays["road.rings"]) == 0

"""``/isochrones`` and ``/what-if``: what they say agrees with the engine."""

from __future__ import annotations

import pandas as pd
import pytest
import shapely

from geo.reassess import reassess
from geo.scenario import Trial, applied, parse_scenario


@pytest.fixture(scope="module")
def station(small_demo):
    stations = small_demo.stations.drop_duplicates("station_id")
    public = stations[stations["counts"] & (stations["access_scope"] == "public")]
    return public.iloc[0]


def test_isochrones_grow_and_hold_their_point(client, station):
    ask = {"lon": station["lon"], "lat": station["lat"], "minutes": [10, 5]}
    answer = client.get("/isochrones", params=ask)
    assert answer.headers["content-type"] == "application/geo+json"
    features = answer.json()["features"]
    assert [one["properties"]["minutes"] for one in features] == [5.0, 10.0]
    small, large = (shapely.geometry.shape(one["geometry"]) for one in features)
    assert large.area > small.area > 0.0
    assert large.buffer(1e-6).covers(small)
    assert small.distance(shapely.Point(ask["lon"], ask["lat"])) < 0.001
    assert answer.json()["notices"]


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"minutes": [61]}, 413),
        ({"minutes": ["inf"]}, 413),
        ({"minutes": [0]}, 422),
        ({"minutes": [1, 2, 3, 4, 5, 6, 7]}, 413),
        ({"lon": 0.0, "lat": 0.0}, 422),
        ({"rule": "无此标准"}, 404),
        ({"rule": "直线500米"}, 422),
        ({"rule": "步行500米", "minutes": [5]}, 422),
        ({"pace": "fast"}, 404),
    ],
)
def test_isochrones_refuse(client, station, change, status):
    ask = {"lon": station["lon"], "lat": station["lat"], **change}
    answer = client.get("/isochrones", params=ask)
    assert answer.status_code == status, answer.text
    assert answer.json()["errors"][0]["detail"]


def test_a_ready_lattice_draws_what_a_lattice_of_its_own_draws(client, station):
    """Lattices begin at other places, so outlines differ by what 10 m leave open: never by area or place."""
    served = client.app.state.shelf.served
    ask = {"lon": station["lon"], "lat": station["lat"], "minutes": [10]}

    def drawn(**more):
        features = client.get("/isochrones", params={**ask, **more}).json()["features"]
        return shapely.geometry.shape(features[0]["geometry"])

    assert served.ready_lattice is None
    alone, exact = drawn(), drawn(exact=True)
    assert served.lattice is not None and served.ready_lattice is served.lattice
    ready = drawn()
    assert ready.symmetric_difference(alone).area < 0.03 * alone.area
    assert 0.0 < exact.symmetric_difference(alone).area < 0.1 * alone.area


def test_an_added_station_changes_what_a_search_of_all_stations_changes(small_demo):
    table = small_demo.buildings
    table = table[
        (table["rule"] == small_demo.params.rules[0].name) & (table["reason"] == "beyond_limit")
    ]
    at = shapely.point_on_surface(table.geometry.iloc[0])
    plan = {
        "name": "新增",
        "station": [
            {"action": "add", "name": "甲", "tier": "community", "lon": at.x, "lat": at.y}
        ],
    }  # fmt: skip
    trial = Trial(reassess(small_demo))
    quick = trial.applied(parse_scenario(plan))
    # with a pace stated as it is, every station is searched anew
    pace = small_demo.params.walk.paces["standard"]
    plan["pace"] = {"standard": {"speed_m_per_min": pace.speed_m_per_min}}
    whole = trial.applied(parse_scenario(plan))
    assert len(quick.flips) > 0
    pd.testing.assert_frame_equal(quick.figures, whole.figures)
    pd.testing.assert_frame_equal(quick.flips, whole.flips)


def test_what_if_says_what_the_engine_says(client, small_demo, station):
    plan = {"name": "停用一处", "station": [{"action": "close", "id": station["station_id"]}]}
    answer = client.post("/what-if", json=plan).json()
    found = applied(small_demo, parse_scenario(plan))
    assert answer["flips_count"] == len(found.flips)
    assert len(answer["figures"]) == len(found.figures)
    assert answer["figures"][0]["after"] == pytest.approx(found.figures["after"].iloc[0])
    assert answer["scenario"] == plan
    again = client.post("/what-if", json=plan).json()
    assert again == answer  # one plan leaves nothing behind for the next


def test_nothing_changed_changes_nothing(client):
    answer = client.post("/what-if", json={"name": "不变"}).json()
    assert answer["flips_count"] == 0
    assert {one["change"] for one in answer["figures"]} <= {0.0, None}


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"\xff\xfe", 400),
        (b'{"station": [{"action": "add", "lon": NaN}]}', 400),
        (b'{"station": [{"action": "add", "lon": 1e999}]}', 400),
        (b"[" * 100_000, 400),
        (b"[]", 422),
        (b'{"stations": []}', 422),
        (b'{"station": [{"action": "close", "id": "nobody"}]}', 422),
        (b'{"station": [' + b",".join([b"{}"] * 51) + b"]}", 413),
    ],
)
def test_what_if_refuses(client, body, status):
    answer = client.post("/what-if", content=body)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"

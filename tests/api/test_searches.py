"""``/isochrones`` and ``/what-if``: what they say agrees with the engine."""

from __future__ import annotations

import pytest
import shapely

from geo.scenario import applied, parse_scenario


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

"""``/coverage`` agrees with the tables of the result, building by building, and with the access rule elsewhere."""

from __future__ import annotations

import math

import numpy as np
import pytest
import shapely

from geo.crs import wgs84_to_gcj02
from geo.params import DEFAULT_RULES


@pytest.fixture(scope="module")
def inside(small_demo):
    """Buildings of the first rule with a point that lies in no other building."""
    table = small_demo.buildings
    table = table[table["rule"] == table["rule"].iloc[0]].reset_index(drop=True)
    shapes = table.geometry.to_numpy()
    points = shapely.point_on_surface(shapes)
    point, _ = shapely.STRtree(shapes).query(points, predicate="intersects")
    alone = np.bincount(point, minlength=len(points)) == 1
    return table[alone].assign(at=points[alone]).reset_index(drop=True)


def test_points_in_buildings_have_the_verdicts_of_the_buildings(client, small_demo, inside):
    points = [{"lon": one.x, "lat": one.y, "id": row} for row, one in enumerate(inside["at"])]
    for rule in small_demo.params.rules:
        table = small_demo.buildings
        table = table[table["rule"] == rule.name].set_index("building_id")
        table = table.loc[inside["building_id"]]
        answer = client.post("/coverage", json={"points": points, "rule": rule.name}).json()
        found = answer["points"]
        assert [one["id"] for one in found] == list(range(len(points)))
        assert [one["building"]["building_id"] for one in found] == table.index.tolist()
        assert [one["verdict"] for one in found] == table["verdict"].tolist()
        assert [one["reason"] for one in found] == table["reason"].tolist()
        if rule.basis == "time":
            minutes = [math.nan if one["minutes"] is None else one["minutes"] for one in found]
            assert minutes == pytest.approx(table["minutes"].tolist(), abs=1e-4, nan_ok=True)
    assert set(table["verdict"]) >= {"covered", "uncovered"}


def test_points_outside_buildings_walk_by_the_access_rule(client, small_demo):
    """At a public station, on its very spot, only its own way to the network is left to walk: a few metres each way."""
    stations = small_demo.stations.drop_duplicates("station_id")
    chosen = stations[stations["counts"] & (stations["access_scope"] == "public")]
    points = [{"lon": x, "lat": y} for x, y in zip(chosen["lon"], chosen["lat"], strict=True)]
    found = client.post("/coverage", json={"points": points}).json()["points"]
    free = [one for one in found if one["building"] is None]
    assert {one["verdict"] for one in found} == {"covered"}
    assert all(one["minutes"] < 3.0 for one in free)
    assert all(one["minutes"] == 0.0 for one in found if one["reason"] == "same_building")


def test_radius_is_the_straight_line(client, small_demo):
    rule = next(one for one in small_demo.params.rules if one.basis == "radius")
    stations = small_demo.stations.drop_duplicates("station_id")
    public = stations[stations["counts"] & (stations["access_scope"] == "public")]
    metric = small_demo.walk.crs
    west, south, east, north = small_demo.subdistricts.total_bounds
    ask = {"lon": (west + east) / 2, "lat": (south + north) / 2, "rule": rule.name}
    answer = client.get("/coverage", params=ask).json()
    import geopandas as gpd

    here = gpd.GeoSeries.from_xy([ask["lon"]], [ask["lat"]], crs=4326).to_crs(metric).iloc[0]
    gaps = public.to_crs(metric).geometry.distance(here)
    if answer["building"] is None:
        assert answer["metres"] == pytest.approx(float(gaps.min()), abs=0.06)
    assert answer["verdict"] == ("covered" if gaps.min() <= rule.limit else "uncovered")


def test_gcj02_is_moved_back(client, inside):
    at = inside["at"].iloc[0]
    lon, lat = wgs84_to_gcj02(at.x, at.y)
    plain = client.get("/coverage", params={"lon": at.x, "lat": at.y}).json()
    moved = client.get("/coverage", params={"lon": float(lon), "lat": float(lat), "crs": "gcj02"})
    wrong = client.get("/coverage", params={"lon": float(lon), "lat": float(lat)}).json()
    assert moved.json() == plain
    assert (wrong["building"] or {}).get("building_id") != plain["building"]["building_id"]


def test_sub_district_and_notices(client, inside, small_demo):
    row = inside.iloc[0]
    answer = client.get("/coverage", params={"lon": row["at"].x, "lat": row["at"].y}).json()
    assert answer["subdistrict"]["subdistrict_id"] == row["subdistrict_id"]
    assert "模拟数据" in answer["notices"][0]
    assert answer["rule"] == small_demo.params.rules[0].name
    english = client.get(
        "/coverage", params={"lon": row["at"].x, "lat": row["at"].y, "lang": "en"}
    ).json()
    assert english["notices"][0].startswith("Simulated")


def test_near_stations_and_the_walk_to_the_nearest(client, small_demo):
    stations = small_demo.stations.drop_duplicates("station_id").set_index("station_id")
    west, south, east, north = small_demo.subdistricts.total_bounds
    draw = np.random.default_rng(3)
    drawn = 0
    for lon, lat in zip(draw.uniform(west, east, 20), draw.uniform(south, north, 20), strict=True):
        answer = client.get("/coverage", params={"lon": lon, "lat": lat}).json()
        near = answer["stations"]
        assert (near[0]["station_id"] if near else None) == (answer["station"] or {}).get(
            "station_id"
        )
        assert [one["minutes"] for one in near] == sorted(one["minutes"] for one in near)
        if answer["route"] is None or answer["building"] is not None:
            continue
        drawn += 1
        line = shapely.geometry.shape(answer["route"])
        assert line.coords[0] == pytest.approx((lon, lat), abs=2e-6)
        end = stations.loc[near[0]["station_id"]]
        if not len(end["host_building_ids"]):
            assert line.coords[-1] == pytest.approx((end["lon"], end["lat"]), abs=2e-6)
    assert drawn > 3


def test_far_away_nothing_is_known(client):
    answer = client.get("/coverage", params={"lon": 0.0, "lat": 0.0}).json()
    assert (answer["verdict"], answer["reason"]) == ("unknown", "no_edge")
    assert answer["station"] is None and answer["subdistrict"] is None
    assert "100" in answer["sentence"]


@pytest.mark.parametrize(
    ("asked", "status", "said"),
    [
        ({"lon": 1}, 422, "query.lat"),
        ({"lon": "nan", "lat": 1}, 422, "query.lon"),
        ({"lon": "一", "lat": 1}, 422, "query.lon"),
        ({"lon": 24.0, "lat": 113.0}, 422, "写反"),
        ({"lon": 1, "lat": 1, "crs": "mars"}, 422, "gcj02"),
        ({"lon": 1, "lat": 1, "crs": "local"}, 422, "crs=local"),
        ({"lon": 1, "lat": 1, "rule": "十分钟"}, 404, DEFAULT_RULES[0].name),
    ],
)
def test_faults_are_problems(client, asked, status, said):
    answer = client.get("/coverage", params=asked)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == status
    assert said in answer.text


def test_every_bad_field_is_named(client):
    body = {"points": [{"lon": "x"}, {"lon": 1, "lat": 2, "height": 3}]}
    answer = client.post("/coverage", json=body).json()
    assert [one["field"] for one in answer["errors"]] == [
        "body.points.0.lon",
        "body.points.0.lat",
        "body.points.1.height",
    ]


def test_at_most_ten_thousand_points(client):
    point = {"lon": 113.9, "lat": 24.5}
    assert client.post("/coverage", json={"points": [point] * 10_001}).status_code == 413
    assert client.post("/coverage", json={"points": []}).status_code == 422

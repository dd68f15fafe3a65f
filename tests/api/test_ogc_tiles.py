"""Vector tiles read by another library and held against the tables; the encoder on shapes one can draw by hand."""

from __future__ import annotations

import mapbox_vector_tile
import numpy as np
import pytest
import shapely
from fastapi.testclient import TestClient
from shapely.geometry import shape

from api.ogc.mvt import POLYGON, commands, joined, layer_bytes, values_of, values_of_floats
from api.ogc.tile_grid import is_tile, tile_box, tiles_of, to_plane
from api.ogc.tiles import TileCache
from geo.rounding import minutes_up
from tests.api.conftest import BASE

HERE = "/ogc/collections/{}/tiles/WebMercatorQuad"


@pytest.fixture(scope="module")
def here(client):
    return TestClient(client.app, base_url=BASE, client=("127.0.0.1", 50000))


def test_a_square_with_a_hole_is_written_as_the_standard_says():
    # the square of the specification's own example, chapter 4.3.5.5, with an id and two values
    xy = np.array(
        [
            [0, 0],
            [10, 0],
            [10, 10],
            [0, 10],
            [11, 11],
            [20, 11],
            [20, 20],
            [11, 20],
            [13, 13],
            [13, 17],
            [17, 17],
            [17, 13],
        ]
    )
    path = np.repeat([0, 1, 2], 4)
    geometry = commands(xy, path, np.array([0, 0, 0]), POLYGON)
    stated = [
        9,
        0,
        0,
        26,
        20,
        0,
        0,
        20,
        19,
        0,
        15,
        9,
        22,
        2,
        26,
        18,
        0,
        0,
        18,
        17,
        0,
        15,
        9,
        4,
        13,
        26,
        0,
        8,
        8,
        0,
        0,
        7,
        15,
    ]
    assert geometry.stream.tolist() == stated
    columns = (
        values_of("verdict", np.array([-1, 0], dtype=np.int32), ["已覆盖"]),
        values_of_floats("minutes", np.array([1.0, np.nan])),
        values_of("count", np.array([0, 1], dtype=np.int32), [-3, 300]),
        values_of("flag", np.array([0, 1], dtype=np.int32), [False, True]),
    )
    raw = layer_bytes("甲", joined([geometry]), np.array([1]), columns)
    (feature,) = mapbox_vector_tile.decode(raw, default_options={"y_coord_down": True})["甲"][
        "features"
    ]
    assert feature["id"] == 1
    assert feature["properties"] == {"verdict": "已覆盖", "count": 300, "flag": True}
    assert shape(feature["geometry"]).area == 100 + 81 - 16


def test_tiles_of_a_zoom_hold_every_building_once_and_in_its_place(here, client, small_demo):
    table = small_demo.buildings
    table = table[table["rule"] == small_demo.params.rules[0].name].set_index("building_id")
    z = 16
    north, south, west, east = tiles_of(tuple(table.total_bounds), z)
    found, area = {}, dict.fromkeys(table.index, 0.0)
    for y in range(north, south + 1):
        for x in range(west, east + 1):
            answer = here.get(f"{HERE.format('buildings')}/{z}/{y}/{x}")
            if answer.status_code == 204:
                assert answer.content == b""
                continue
            assert answer.headers["content-type"] == "application/vnd.mapbox-vector-tile"
            box = tile_box(z, y, x)
            side = (box[2] - box[0]) / 4096
            inside = shapely.box(0, 0, 4096, 4096)
            layer = mapbox_vector_tile.decode(answer.content)["buildings"]
            for feature in layer["features"]:
                key = feature["properties"]["building_id"]
                found[key] = feature["properties"]
                drawn = shape(feature["geometry"]).buffer(0)
                area[key] += drawn.intersection(inside).area * side**2
    true = dict(zip(table.index, shapely.area(to_plane(table.geometry.to_numpy())), strict=True))
    assert set(found) == set(table.index)
    assert [found[key]["verdict"] for key in table.index] == table["verdict"].tolist()
    minutes = table["minutes"].dropna()
    assert [found[key]["minutes"] for key in minutes.index] == minutes_up(minutes).tolist()
    gone = [key for key in table.index if abs(area[key] - true[key]) > 0.05 * true[key] + 4.0]
    assert gone == []


def test_low_zooms_leave_out_what_cannot_be_seen(here, small_demo):
    bounds = tuple(small_demo.subdistricts.total_bounds)
    sizes = []
    for z in (8, 12, 14):
        north, _, west, _ = tiles_of(bounds, z)
        answer = here.get(f"{HERE.format('buildings')}/{z}/{north}/{west}")
        sizes.append(len(answer.content))
        areas = here.get(f"{HERE.format('subdistricts')}/{z}/{north}/{west}")
        assert areas.status_code == 200
    assert sizes[0] == 0 < max(sizes[1:])


def test_points_and_every_other_layer_can_be_read(here, small_demo):
    stations = small_demo.stations.drop_duplicates("station_id")
    north, _, west, _ = tiles_of(tuple(small_demo.subdistricts.total_bounds), 6)
    answer = here.get(f"{HERE.format('stations')}/6/{north}/{west}")
    features = mapbox_vector_tile.decode(answer.content)["stations"]["features"]
    assert {one["properties"]["station_id"] for one in features} == set(stations["station_id"])
    for one in here.get("/ogc/collections").json()["collections"]:
        tile = here.get(f"{HERE.format(one['id'])}/6/{north}/{west}")
        assert tile.status_code in (200, 204)
        if tile.content:
            assert list(mapbox_vector_tile.decode(tile.content)) == [one["id"]]


def test_tiles_are_packed_tagged_and_sent_once(here, small_demo):
    north, _, west, _ = tiles_of(tuple(small_demo.subdistricts.total_bounds), 13)
    path = f"{HERE.format('subdistricts')}/13/{north}/{west}"
    packed = here.get(path)
    assert packed.headers["content-encoding"] == "gzip"
    plain = here.get(path, headers={"Accept-Encoding": "identity"})
    assert plain.content == packed.content and plain.headers["etag"] != packed.headers["etag"]
    again = here.get(path, headers={"If-None-Match": packed.headers["etag"]})
    assert again.status_code == 304 and again.content == b""


@pytest.mark.parametrize(
    "place", ["23/0/0", "2/4/0", "2/0/4", "a/0/0", "1/-1/0", "1/٣/0", "99999999999/0/0"]
)
def test_places_that_are_none(here, place):
    answer = here.get(f"{HERE.format('buildings')}/{place}")
    assert answer.status_code == 404 and answer.json()["errors"][0]["code"] == "ogc_no_tile"


def test_descriptions_agree_with_each_other(here):
    about = here.get(HERE.format("buildings")).json()
    (item,) = [one for one in about["links"] if one["rel"] == "item"]
    assert item["templated"] is True and "{tileMatrix}/{tileRow}/{tileCol}" in item["href"]
    json_ = here.get(HERE.format("buildings"), params={"f": "tilejson"}).json()
    assert json_["tilejson"] == "3.0.0"
    fields = json_["vector_layers"][0]["fields"]
    assert set(fields) == set(about["layers"][0]["propertiesSchema"]["properties"])
    limits = {one["tileMatrix"]: one for one in about["tileMatrixSetLimits"]}
    north, _, _, east = tiles_of(tuple(json_["bounds"]), 14)
    assert limits["14"]["minTileRow"] == north and limits["14"]["maxTileCol"] == east
    matrices = here.get("/ogc/tileMatrixSets/WebMercatorQuad").json()["tileMatrices"]
    assert matrices[0]["scaleDenominator"] == pytest.approx(559082264.028717)
    assert here.get("/ogc/tileMatrixSets/Other").status_code == 404
    assert here.get("/ogc/tileMatrixSets").json()["tileMatrixSets"][0]["id"] == "WebMercatorQuad"


def test_the_cache_gives_up_what_was_longest_unasked():
    cache = TileCache(most_bytes=10)
    for key in ("a", "b"):
        cache.put((key,), b"12345")
    assert cache.get(("a",)) == b"12345"
    cache.put(("c",), b"123")
    assert cache.get(("b",)) is None and cache.get(("a",)) is not None


def test_there_are_so_many_tiles_and_no_more():
    assert is_tile(0, 0, 0) and not is_tile(0, 1, 0) and not is_tile(23, 0, 0)
    assert tile_box(1, 0, 1) == pytest.approx((0, 0, 20037508.342789, 20037508.342789))

"""OGC API - Features: the requirements of Core, CRS and queryables one by one, and features against the tables."""

from __future__ import annotations

import csv
import io
import json

import pytest
import shapely
from fastapi.testclient import TestClient
from openapi_spec_validator import OpenAPIV30SpecValidator
from pyproj import Transformer

from tests.api.conftest import BASE

CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
EPSG = "http://www.opengis.net/def/crs/EPSG/0/{}"
CORE = "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/"


@pytest.fixture(scope="module")
def ogc(client):
    """Ask under ``/ogc`` from this machine."""
    here = TestClient(client.app, base_url=BASE, client=("127.0.0.1", 50000))

    def ask(path="", status=200, headers=None, **query):
        answer = here.get(f"/ogc{path}", params=query, headers=headers)
        assert answer.status_code == status, answer.text
        return answer

    return ask


@pytest.fixture(scope="module")
def buildings(small_demo):
    table = small_demo.buildings
    return table[table["rule"] == small_demo.params.rules[0].name].reset_index(drop=True)


def links(content, rel):
    return [one for one in content["links"] if one["rel"] == rel]


def test_req_1_2_landing_page_links_everything(ogc):
    content = ogc().json()
    for rel in ("self", "service-desc", "conformance", "data"):
        assert links(content, rel), rel
    assert ogc("", f="json").json() == {**content}


def test_req_3_4_definition_is_true_openapi_30(ogc):
    answer = ogc("/api")
    assert answer.headers["content-type"] == "application/vnd.oai.openapi+json;version=3.0"
    document = answer.json()
    assert document["openapi"] == "3.0.3"
    OpenAPIV30SpecValidator(document).validate()
    names = [
        one["name"]
        for one in document["paths"]["/collections/buildings/items"]["get"]["parameters"]
        if "name" in one
    ]
    assert {"verdict", "minutes"} <= set(names)


def test_req_5_6_conformance_classes(ogc):
    stated = ogc("/conformance").json()["conformsTo"]
    assert {CORE + one for one in ("core", "oas30", "geojson")} <= set(stated)


@pytest.mark.parametrize(
    "path",
    ["", "/conformance", "/collections", "/collections/buildings", "/collections/buildings/items"],
)
def test_req_8_unknown_parameters_are_refused(ogc, path):
    answer = ogc(path, 400, nonsense="1")
    assert answer.headers["content-type"] == "application/problem+json"
    assert "nonsense" in answer.text


def test_req_11_to_16_collections(ogc):
    content = ogc("/collections").json()
    assert links(content, "self")
    ids = [one["id"] for one in content["collections"]]
    assert {"subdistricts", "buildings", "stations", "blind_areas", "isochrones"} <= set(ids)
    for one in content["collections"]:
        assert {"id", "title", "extent", "links", "crs", "storageCrs"} <= set(one)
        assert links(one, "items")[0]["type"] == "application/geo+json"
        west, south, east, north = one["extent"]["spatial"]["bbox"][0]
        assert west < east and south < north
        assert ogc(f"/collections/{one['id']}").json() == one


def test_req_17_unknown_resources_are_404(ogc):
    for path in ("/collections/nix", "/collections/nix/items", "/collections/buildings/items/nix"):
        assert "nix" in ogc(path, 404).json()["detail"]


def test_req_18_to_22_limit_and_pages(ogc, buildings):
    seen, answer = [], ogc("/collections/buildings/items", limit=400).json()
    while True:
        assert answer["numberMatched"] == len(buildings)
        assert answer["numberReturned"] == len(answer["features"]) <= 400
        seen += [one["id"] for one in answer["features"]]
        following = links(answer, "next")
        if not following:
            break
        path, _, query = following[0]["href"].removeprefix(f"{BASE}/ogc").partition("?")
        answer = ogc(path, **dict(one.split("=") for one in query.split("&"))).json()
    assert seen == buildings["building_id"].tolist()
    assert links(answer, "prev")
    assert not links(ogc("/collections/buildings/items", limit=1).json(), "prev")
    assert ogc("/collections/stations/items", limit=99_999_999).json()["numberReturned"] == 63


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ({"limit": 0}, "limit"),
        ({"limit": "ten"}, "limit"),
        ({"limit": "²"}, "limit"),
        ({"offset": -1}, "offset"),
        ({"bbox": "1,2,3"}, "bbox"),
        ({"bbox": "1,2,3,nan"}, "bbox"),
        ({"bbox": "1,3,2,2"}, "bbox"),
        ({"bbox": "200,1,190,2"}, "bbox"),
        ({"bbox-crs": EPSG.format(1)}, "bbox-crs"),
        ({"crs": "EPSG:4547"}, "crs"),
        ({"datetime": "yesterday"}, "datetime"),
        ({"datetime": "2026-13-01T00:00:00Z"}, "datetime"),
        ({"datetime": "2026-02-01/2026-01-01"}, "datetime"),
        ({"datetime": "../.."}, "datetime"),
        ({"datetime": "1/2/3"}, "datetime"),
        ({"f": "html"}, "f"),
        ({"minutes": "ten"}, "minutes"),
        ({"org_covered": "yes"}, "org_covered"),
        ({"stations_in_reach_count": str(2**31)}, "stations_in_reach_count"),
    ],
)
def test_values_that_cannot_be_are_400(ogc, query, named):
    assert named in ogc("/collections/buildings/items", 400, **query).json()["detail"]


def test_all_faults_are_told_at_once(ogc):
    answer = ogc("/collections/buildings/items", 400, limit=0, nix=1, bbox="1").json()
    assert [one["code"] for one in answer["errors"]] == [
        "ogc_unknown",
        "ogc_bad_value",
        "ogc_bad_bbox",
    ]


def test_req_23_bbox_finds_what_touches_it(ogc, buildings):
    west, south, east, north = buildings.total_bounds
    box = ((west * 2 + east) / 3, (south * 2 + north) / 3, (west + east) / 2, (south + north) / 2)
    found = ogc("/collections/buildings/items", bbox=",".join(map(str, box)), limit=10_000).json()
    expected = buildings[buildings.intersects(shapely.box(*box))]["building_id"].tolist()
    assert [one["id"] for one in found["features"]] == expected
    assert 0 < len(expected) < len(buildings)
    high = f"{box[0]},{box[1]},0,{box[2]},{box[3]},99"
    assert ogc("/collections/buildings/items", bbox=high).json()["numberMatched"] == len(expected)
    swapped = f"{box[1]},{box[0]},{box[3]},{box[2]}"
    turned = ogc("/collections/buildings/items", **{"bbox": swapped, "bbox-crs": EPSG.format(4326)})
    assert turned.json()["numberMatched"] == len(expected)
    around = ogc("/collections/buildings/items", bbox="170,-80,-170,80").json()
    assert around["numberMatched"] == 0


def test_req_25_26_datetime(ogc, small_demo):
    stations = small_demo.stations.drop_duplicates("station_id")
    day = stations["opened_on"].dropna().median()
    there = ~(stations["opened_on"] > day) & ~(stations["closed_on"] < day)
    asked = f"{day:%Y-%m-%d}T12:00:00Z"
    found = ogc("/collections/stations/items", datetime=asked).json()
    assert found["numberMatched"] == int(there.sum())
    assert 0 < int(there.sum()) < len(stations)
    later = ogc("/collections/stations/items", datetime=f"{asked}/..").json()["numberMatched"]
    assert later == int((~(stations["closed_on"] < day)).sum())
    # buildings have no time of their own
    everything = ogc("/collections/buildings/items").json()["numberMatched"]
    assert (
        ogc("/collections/buildings/items", datetime="1900-01-01").json()["numberMatched"]
        == everything
    )


def test_values_of_columns_are_asked_for(ogc, buildings):
    chosen = buildings[(buildings["verdict"] == "uncovered") & (buildings["use"] == "residential")]
    found = ogc(
        "/collections/buildings/items", verdict="uncovered", use="residential", limit=10_000
    )
    assert [one["id"] for one in found.json()["features"]] == chosen["building_id"].tolist()
    assert 0 < len(chosen) < len(buildings)
    row = buildings[buildings["minutes"].notna()].iloc[0]
    exact = ogc("/collections/buildings/items", minutes=repr(float(row["minutes"]))).json()
    assert row["building_id"] in [one["id"] for one in exact["features"]]


def test_req_30_to_32_single_feature_equals_its_row(ogc, buildings):
    row = buildings.iloc[5]
    answer = ogc(f"/collections/buildings/items/{row['building_id']}")
    assert answer.headers["content-type"] == "application/geo+json"
    feature = answer.json()
    assert feature["type"] == "Feature" and feature["id"] == row["building_id"]
    assert feature["properties"]["minutes"] == pytest.approx(row["minutes"], nan_ok=True)
    assert set(feature["properties"]) == set(buildings.columns) - {"geometry"}
    assert (
        shapely.hausdorff_distance(
            shapely.from_geojson(json.dumps(feature["geometry"])), row.geometry
        )
        < 1e-7
    )
    assert links(feature, "self") and links(feature, "collection")
    assert "模拟数据" in feature["notices"][0]


def test_crs_by_reference_keeps_the_order_of_its_axes(ogc, buildings, small_demo):
    code = int(small_demo.walk.crs.rpartition(":")[2])
    key = buildings["building_id"].iloc[0]
    plain = ogc(f"/collections/buildings/items/{key}")
    assert plain.headers["content-crs"] == f"<{CRS84}>"
    lon, lat = plain.json()["geometry"]["coordinates"][0][0]
    turned = ogc(f"/collections/buildings/items/{key}", crs=EPSG.format(code))
    assert turned.headers["content-crs"] == f"<{EPSG.format(code)}>"
    expected = Transformer.from_crs("EPSG:4326", f"EPSG:{code}").transform(lat, lon)
    assert turned.json()["geometry"]["coordinates"][0][0] == pytest.approx(expected, abs=0.001)
    degrees = ogc(f"/collections/buildings/items/{key}", crs=EPSG.format(4326)).json()
    assert degrees["geometry"]["coordinates"][0][0] == pytest.approx([lat, lon])
    page = ogc("/collections/buildings/items", crs=EPSG.format(code), limit=1)
    assert page.headers["content-crs"] == f"<{EPSG.format(code)}>"
    first, second = expected
    box = f"{first - 1},{second - 1},{first + 1},{second + 1}"
    found = ogc(
        "/collections/buildings/items", **{"bbox": box, "bbox-crs": EPSG.format(code)}
    ).json()
    assert key in [one["id"] for one in found["features"]]


def test_nothing_known_is_sent_twice(ogc):
    for path in (
        "",
        "/collections",
        "/collections/buildings/items",
        "/collections/buildings/schema",
    ):
        tag = ogc(path).headers["etag"]
        assert ogc(path, 304, {"If-None-Match": f"W/{tag}"}).content == b""
    other = ogc("/collections/buildings/items", limit=2).headers["etag"]
    assert other != ogc("/collections/buildings/items", limit=3).headers["etag"]


def test_titles_are_the_headers_of_the_columns(ogc):
    schema = ogc("/collections/buildings/queryables").json()
    assert schema["properties"]["minutes"]["title"] == "步行时间（分钟）"
    assert "covered 已覆盖" in schema["properties"]["verdict"]["description"]
    assert schema["properties"]["verdict"]["enum"] == sorted(
        schema["properties"]["verdict"]["enum"]
    )
    english = ogc("/collections/buildings/queryables", lang="en").json()
    assert english["properties"]["minutes"]["title"].startswith("walking time")


def test_csv_has_the_same_rows(ogc, buildings):
    answer = ogc("/collections/buildings/items", f="csv", limit=50)
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["ogc-numbermatched"] == str(len(buildings))
    assert 'rel="next"' in answer.headers["link"]
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [one["id"] for one in rows] == buildings["building_id"].head(50).tolist()
    assert shapely.from_wkt(rows[3]["geometry"]).distance(buildings.geometry.iloc[3]) == 0.0
    assert "模拟数据" in rows[0]["notices"]
    by_accept = ogc("/collections/buildings/items", headers={"Accept": "text/csv"}, limit=50)
    assert by_accept.text == answer.text

"""``POST /coverage`` as CSV says what it says as JSON; rows that are none are named."""

from __future__ import annotations

import csv
import io

import pytest
from fastapi.testclient import TestClient

from api.csv_text import csv_text
from tests.api.conftest import BASE

TEXT = {"Content-Type": "text/csv"}


@pytest.fixture
def here(client):
    return TestClient(client.app, base_url=BASE, client=("127.0.0.1", 50000))


def test_csv_and_json_agree(here, small_demo):
    stations = small_demo.stations.drop_duplicates("station_id").head(20)
    places = list(zip(stations["lon"].tolist(), stations["lat"].tolist(), strict=True))
    rows = "\r\n".join(f"{number},{lon},{lat}" for number, (lon, lat) in enumerate(places))
    body = f"编号,经度,纬度\r\n{rows}\r\n"
    points = [
        {"id": str(number), "lon": lon, "lat": lat} for number, (lon, lat) in enumerate(places)
    ]
    plain = here.post("/coverage", json={"points": points}).json()
    for raw in (body.encode("utf-8-sig"), body.encode("gb18030")):
        assert here.post("/coverage", content=raw, headers=TEXT).json() == plain
    answer = here.post("/coverage?f=csv", json={"points": points})
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    found = list(csv.DictReader(io.StringIO(answer.text)))
    assert [one["id"] for one in found] == [one["id"] for one in plain["points"]]
    assert [one["verdict"] for one in found] == [one["verdict"] for one in plain["points"]]
    assert [one["station_id"] or None for one in found] == [
        (one["station"] or {}).get("station_id") for one in plain["points"]
    ]
    assert "模拟数据" in found[0]["notices"]
    rule = small_demo.params.rules[1].name
    by_query = here.post("/coverage", content=body.encode(), headers=TEXT, params={"rule": rule})
    assert by_query.json()["rule"] == rule


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"", "service_csv_header"),
        (b"id,lon\n1,2\n", "service_csv_header"),
        (b"lon,lat\n", "service_csv_empty"),
        (b"lon,lat\n1,2\n1,x\n1\nnan,2\n", "service_csv_row"),
        (b"lon,lat\n\xff\xff,1\n", "service_csv_unreadable"),
        (b'lon,lat\n"' + b"1" * 200_000 + b'",2\n', "service_csv_unreadable"),
    ],
)
def test_faults_name_their_rows(here, raw, code):
    answer = here.post("/coverage", content=raw, headers=TEXT)
    assert answer.status_code == 422
    errors = answer.json()["errors"]
    assert {one["code"] for one in errors} == {code}
    if code == "service_csv_row":
        assert [one["detail"].split("第 ")[1][0] for one in errors] == ["3", "4", "5"]


def test_nothing_runs_as_a_formula():
    text = csv_text(["a", "b"], [["=1+1", -1.5], ["甲,乙", True]]).decode("utf-8")
    assert text == 'a,b\r\n\'=1+1,-1.5\r\n"甲,乙",true\r\n'

"""The service itself: readiness, a new or damaged result, the page, limits, headers, what is logged."""

from __future__ import annotations

import json
import logging
import shutil

import pytest

from api.problems import STATUS, status_of
from api.served import page_of
from api.settings import Limits, ServiceSettings
from geo.errors import CrsError, ServiceCircleError
from geo.store import add_files
from tests.api.conftest import until


@pytest.fixture
def copy(small_demo_folder, tmp_path):
    return shutil.copytree(small_demo_folder, tmp_path / "result")


def test_not_ready_until_there_is_a_result(opened, small_demo_folder, tmp_path):
    folder = tmp_path / "later"
    with opened(ServiceSettings(folder, reload_seconds=0.05, warm=False)) as client:
        assert client.get("/healthz").json() == {"status": "ok"}
        until(lambda: "result_missing" in client.get("/readyz").text)
        refused = client.get("/coverage", params={"lon": 1, "lat": 1})
        assert refused.status_code == 503 and refused.headers["retry-after"]
        shutil.copytree(small_demo_folder, tmp_path / "moved")
        (tmp_path / "moved").rename(folder)
        until(lambda: client.get("/readyz").status_code == 200)
        assert client.get("/coverage", params={"lon": 1, "lat": 1}).status_code == 200


def test_a_damaged_result_is_told_and_the_old_one_stays(opened, copy):
    with opened(ServiceSettings(copy, reload_seconds=0.05, warm=False)) as client:
        until(lambda: client.get("/readyz").status_code == 200)
        before = client.get("/readyz").json()
        table = copy / "tables" / "buildings.parquet"
        good = table.read_bytes()
        table.write_bytes(good[:1000])
        add_files(copy, {"note.txt": b"1"})  # the manifest is another now
        until(lambda: client.get("/readyz").json()["faults"] != [])
        now = client.get("/readyz")
        assert now.status_code == 200 and now.json()["result"] == before["result"]
        assert now.json()["faults"][0]["code"] == "service_file_changed"
        assert "tables/buildings.parquet" in now.json()["faults"][0]["detail"]
        assert client.get("/coverage", params={"lon": 1, "lat": 1}).status_code == 200
        table.write_bytes(good)
        add_files(copy, {"note.txt": b"2"})
        until(lambda: client.get("/readyz").json()["result"] != before["result"])
        assert client.get("/readyz").json()["faults"] == []


def test_unreadable_manifest_is_told(opened, copy):
    (copy / "manifest.json").write_text("{", encoding="utf-8")
    with opened(ServiceSettings(copy, reload_seconds=0.05, warm=False)) as client:
        until(lambda: "service_result_damaged" in client.get("/readyz").text)
        assert client.get("/readyz").status_code == 503


def test_the_page_comes_packed_and_once(client):
    answer = client.get("/")
    # the map of the folder, made live
    assert answer.content == client.app.state.shelf.served.page.plain
    assert b"sc-legend" in answer.content
    assert answer.headers["content-encoding"] == "gzip"
    again = client.get("/", headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304 and again.content == b""
    plain = client.get("/", headers={"Accept-Encoding": "identity"})
    assert plain.headers["etag"] != answer.headers["etag"]
    assert plain.content == answer.content


def test_policy_names_exactly_the_scripts_of_the_page():
    # the hash of alert(1) as the standard's own examples are made: SHA-256 in base64
    page = page_of(b'<script>alert(1)</script><script type="application/json">{}</script>')
    scripts = page.policy.partition("script-src ")[2].partition(";")[0]
    assert scripts == "'sha256-bhHHL3z2vDgxUt0W3dWQOrprscmda2Y5pLsLg4GF+pI='"
    assert "script-src 'none'" in page_of(b"<p>").policy


def test_headers_and_request_ids(client):
    answer = client.get("/healthz", headers={"X-Request-ID": "abc-1"})
    assert answer.headers["x-request-id"] == "abc-1"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    strange = client.get("/healthz", headers={"X-Request-ID": "<script>"})
    assert strange.headers["x-request-id"] != "<script>"


def test_places_asked_for_are_not_logged(client, caplog):
    with caplog.at_level(logging.INFO, logger="servicecircle.requests"):
        client.get("/coverage", params={"lon": 113.987654, "lat": 24.512345})
        client.get("/nowhere/113.987654")
    lines = [json.loads(one.message) for one in caplog.records if one.name.endswith("requests")]
    assert [one["route"] for one in lines] == ["/coverage", "—"]
    assert [one["status"] for one in lines] == [200, 404]
    assert "987654" not in caplog.text and "512345" not in caplog.text


def test_foreign_hosts_and_origins_get_nothing(client):
    assert client.get("/healthz", headers={"Host": "evil.example"}).status_code == 421
    answer = client.get("/healthz", headers={"Origin": "http://evil.example"})
    assert "access-control-allow-origin" not in answer.headers


def test_docs_need_nothing_from_elsewhere(client):
    answer = client.get("/docs")
    assert "http" not in answer.text.replace("http-equiv", "")
    assert "<script" not in answer.text
    for path in client.get("/openapi.json").json()["paths"]:
        assert f"<code>{path}</code>" in answer.text


def test_unknown_places_and_methods(client):
    for answer, status in ((client.get("/nix"), 404), (client.put("/coverage"), 405)):
        assert answer.status_code == answer.json()["status"] == status
        assert answer.headers["content-type"] == "application/problem+json"


def test_bodies_have_a_limit(opened, small_demo_folder):
    settings = ServiceSettings(
        small_demo_folder, reload_seconds=0.0, warm=False, limits=Limits(body_bytes=100)
    )
    with opened(settings) as client:
        until(lambda: client.get("/readyz").status_code == 200)
        assert client.post("/what-if", content=b" " * 101).status_code == 413
        parts = (b" " * 60 for _ in range(2))  # sent in chunks, no length stated
        answer = client.post("/what-if", content=parts)
        assert answer.status_code == 413
        assert answer.headers["content-type"] == "application/problem+json"


def test_slow_answers_are_given_up(opened, small_demo_folder):
    limits = Limits(work_seconds=0.0)
    settings = ServiceSettings(small_demo_folder, reload_seconds=0.0, warm=False, limits=limits)
    with opened(settings) as client:
        until(lambda: client.get("/readyz").status_code == 200)
        answer = client.post("/what-if", json={"name": "a"})
        assert answer.status_code == 504
        assert answer.json()["errors"][0]["code"] == "service_too_long"


def test_a_fault_of_ours_is_a_problem_too(client, monkeypatch):
    shelf = client.app.state.shelf
    monkeypatch.setattr(type(shelf), "ready", property(lambda _: 1 // 0))
    answer = client.get("/readyz", headers={"X-Request-ID": "r7"})
    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["x-request-id"] == "r7"
    assert "division" not in answer.text


def test_every_error_class_has_a_status():
    def below(kind: type[ServiceCircleError]) -> set[type[ServiceCircleError]]:
        return {kind}.union(*(below(one) for one in kind.__subclasses__()))

    ours = {one for one in below(ServiceCircleError) if one.__module__.startswith(("geo", "api"))}
    assert ours <= set(STATUS)
    assert status_of(CrsError()) == 422
    assert status_of(KeyError()) == 500

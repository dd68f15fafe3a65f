"""Other people's clients against a real server: OWSLib walks ``/ogc``, Schemathesis asks what no one thought of."""

from __future__ import annotations

import json
import re
import socket
import threading

import hypothesis
import pytest
import schemathesis
import uvicorn
from owslib.ogcapi.features import Features
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import status_code_conformance

from api.app import create_app
from api.settings import Limits, ServiceSettings
from tests.api.conftest import until
from tests.api.register_client import bearer

# what is asked for at random may be real work: little of it, and not for long
_LITTLE = Limits(jobs_each=1, job_seconds=1.0, studies=2, scenarios=5)


@schemathesis.serializer(
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "application/zip"
)
def _as_it_is(_, value):
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "replace")


@pytest.fixture(scope="module")
def room(tmp_path_factory):
    return tmp_path_factory.mktemp("clients")


@pytest.fixture(scope="module")
def address(small_demo_folder, room):
    """Address of a server of the small demo."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = ServiceSettings(
        small_demo_folder,
        reload_seconds=0.0,
        warm=False,
        register=str(room / "register.db"),
        work=room / "work",
        limits=_LITTLE,
    )
    app = create_app(settings)
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_config=None, access_log=False))
    thread = threading.Thread(target=server.run)
    thread.start()
    until(lambda: server.started and app.state.shelf.ready)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(timeout=20)
    assert not thread.is_alive()


def test_owslib_walks_collections_items_pages_boxes_and_features(address, small_demo):
    service = Features(f"{address}/ogc/")
    assert {"buildings", "stations", "isochrones"} <= set(service.feature_collections())
    assert any(
        one.endswith("ogcapi-features-1/1.0/conf/core")
        for one in service.conformance()["conformsTo"]
    )
    assert service.api()["openapi"] == "3.0.3"
    about = service.collection("buildings")
    assert "verdict" in service.collection_queryables("buildings")["properties"]
    first = service.collection_items("buildings", limit=5)
    second = service.collection_items("buildings", limit=5, offset=5)
    ids = [one["id"] for one in (*first["features"], *second["features"])]
    table = small_demo.buildings
    table = table[table["rule"] == small_demo.params.rules[0].name]
    assert ids == table["building_id"].head(10).tolist()
    assert first["numberMatched"] == len(table)
    west, south, east, north = about["extent"]["spatial"]["bbox"][0]
    half = service.collection_items(
        "buildings", bbox=[west, south, (west + east) / 2, north], limit=1
    )
    assert 0 < half["numberMatched"] < len(table)
    uncovered = service.collection_items("buildings", verdict="uncovered", limit=1)
    assert uncovered["numberMatched"] == int((table["verdict"] == "uncovered").sum())
    assert service.collection_item("buildings", ids[3])["id"] == ids[3]


@pytest.fixture(scope="module")
def document(address):
    return schemathesis.openapi.from_url(f"{address}/openapi.json")


@pytest.fixture(scope="module")
def editor(address, room):
    return bearer(str(room / "register.db"), "试验", "editor")


def test_every_reference_of_the_document_leads_somewhere(document):
    schemas = document.raw_schema["components"]["schemas"]
    found = set(
        re.findall(r"#/components/schemas/([A-Za-z0-9_-]+)", json.dumps(document.raw_schema))
    )
    assert found and found <= set(schemas)


def _tried(document, headers, examples: int) -> int:
    """Try every operation with drawn requests; return how many operations there were."""
    count = 0
    for found in document.get_all_operations():
        operation = found.ok()
        count += 1

        @hypothesis.settings(
            max_examples=examples,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(hypothesis.HealthCheck),
        )
        @hypothesis.given(case=operation.as_strategy())
        def tried(case):
            case.call_and_validate(
                checks=[not_a_server_error, status_code_conformance], headers=headers
            )

        tried()
    return count


def test_no_request_is_answered_by_a_fault_or_an_unknown_status(document, editor):
    assert _tried(document, editor, 3) >= 50


@pytest.mark.slow
def test_no_request_is_answered_by_a_fault_tried_long(document, editor):
    assert _tried(document, editor, 50) >= 50

"""``/metrics``: counted by route as declared, never by what was asked for."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families

from tests.api.conftest import BASE


@pytest.fixture
def here(client):
    return TestClient(client.app, base_url=BASE, client=("127.0.0.1", 50000))


def samples(client: TestClient, name: str) -> dict[tuple[str, ...], float]:
    families = text_string_to_metric_families(client.get("/metrics").text)
    return {
        tuple(sorted(one.labels.values())): one.value
        for family in families
        for one in family.samples
        if one.name == name
    }


def test_requests_are_counted_by_route(here):
    key = ("/coverage", "200", "GET")
    before = samples(here, "servicecircle_requests_total").get(key, 0.0)
    for _ in range(3):
        here.get("/coverage", params={"lon": 113.987654, "lat": 24.512345})
    assert samples(here, "servicecircle_requests_total")[key] == before + 3
    assert samples(here, "servicecircle_request_seconds_count")[("/coverage",)] >= 3
    assert samples(here, "servicecircle_ready") == {(): 1.0}
    assert samples(here, "process_resident_memory_bytes")[()] > 1e6


def test_labels_do_not_grow_with_what_is_asked(here):
    here.get("/nowhere/113.987654")
    here.get("/ogc/collections/secret-113.987654/items")
    here.request("BREW", "/coverage")
    text = here.get("/metrics").text
    assert "987654" not in text and "BREW" not in text
    assert 'method="OTHER"' in text
    assert 'route="/ogc/collections/{collection_id}/items"' in text

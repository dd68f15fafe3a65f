"""The hand-made town as a service and as a local extract."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib.resources import files
from pathlib import Path
from types import SimpleNamespace

import osmium
import pytest

from geo.fetch import Fetched, FetchRequest, fetch
from geo.fetch.osm_files import write_elements
from geo.messages import _language
from tests.fake_overpass import SOUTH, WEST, FakeService, make_town, place_result, serving

AREA = (WEST, SOUTH, WEST + 0.02, SOUTH + 0.01)
Fetch = Callable[..., Fetched]


@pytest.fixture(autouse=True)
def chinese() -> Iterator[None]:
    token = _language.set("zh")
    yield
    _language.reset(token)


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeService]:
    # OSMnx sleeps a second before every name it looks up.
    monkeypatch.setattr("osmnx._nominatim.time", SimpleNamespace(sleep=lambda _: None))
    town = FakeService(make_town().elements, search=place_result(*AREA))
    with serving(town) as running:
        yield running


@pytest.fixture
def extract(tmp_path: Path) -> Path:
    """The whole town as a local file."""
    path = tmp_path / "town.osm.pbf"
    write_elements(make_town().elements, path)
    return path


@pytest.fixture
def template() -> str:
    return files("api").joinpath("templates/study.toml").read_text(encoding="utf-8")


@pytest.fixture
def get(tmp_path: Path, template: str) -> Fetch:
    """Fetch into a folder of `tmp_path`."""

    def run(folder: str = "study", **asked: object) -> Fetched:
        given: dict[str, object] = {"margin_m": 300.0, "timeout_s": 20.0, "pause_s": 0.01}
        request = FetchRequest(**{**given, **asked})
        return fetch(request, tmp_path / folder, template=template)

    return run


@pytest.fixture
def online(service: FakeService, get: Fetch) -> Fetch:
    """Fetch by name through the fake services."""

    def run(folder: str = "study", **asked: object) -> Fetched:
        urls = {"overpass_url": f"{service.url}/api", "nominatim_url": service.url}
        return get(folder, **{"place": "云湖区, 云州市, 中国", **urls, **asked})

    return run


def objects(file: Path) -> dict[str, dict[int, tuple[object, dict[str, str]]]]:
    """Everything in an OSM file: by type and id, what it is made of and its tags."""
    found: dict[str, dict[int, tuple[object, dict[str, str]]]] = {"n": {}, "w": {}, "r": {}}
    for one in osmium.FileProcessor(str(file)):
        if one.is_node():
            made_of: object = (one.location.x, one.location.y)
        elif one.is_way():
            made_of = [node.ref for node in one.nodes]
        else:
            made_of = [(m.type, m.ref, m.role) for m in one.members]
        found[one.type_str()][one.id] = (made_of, dict(one.tags))
    return found

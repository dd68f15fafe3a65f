"""Downloading: a study folder from a service that answers, a clear refusal from one that does not."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import geopandas as gpd
import osmnx
import pytest

from geo.errors import FetchError, InputError, OutputError
from geo.fetch import folder as folder_module
from tests.fake_overpass import FakeService, place_result
from tests.fetch.conftest import AREA, Fetch, objects


def test_a_place_becomes_a_study_folder(online: Fetch, tmp_path: Path) -> None:
    done = online()
    assert sorted(one.name for one in (tmp_path / "study").iterdir()) == [
        "extent.geojson", "extract.osm.pbf", "study.toml", "subdistricts.geojson", "walls.geojson",
    ]  # fmt: skip
    assert (done.name, done.osm_date, done.retries) == ("云湖区", date(2026, 10, 3), 0)
    assert (done.buildings_count, done.walls_count) == (50, 1)
    units = gpd.read_file(tmp_path / "study" / "subdistricts.geojson")
    assert units["name"].tolist() == ["东湖街道", "西湖街道"]  # not the neighbour's
    assert units["note"].str.contains("非法定界线").all()
    assert done.notes == ()


def test_only_what_a_study_needs_is_kept_and_ways_stay_whole(online: Fetch, tmp_path: Path) -> None:
    online()
    found = objects(tmp_path / "study" / "extract.osm.pbf")
    tags = [tags for _, tags in found["w"].values()]
    assert not any("power" in one for one in tags)
    assert any(one.get("waterway") == "river" for one in tags)
    nodes = [one for _, one in found["n"].values()]
    assert {"amenity": "pharmacy", "name": "药店"} in nodes
    assert {"entrance": "main"} in nodes
    assert {"natural": "tree"} not in nodes
    refs = {ref for made_of, _ in found["w"].values() for ref in made_of}  # type: ignore[attr-defined]
    assert refs <= set(found["n"])
    streets = [
        made_of for made_of, tags in found["w"].values() if "name" in tags and "highway" in tags
    ]
    assert {len(one) for one in streets} == {20}  # type: ignore[arg-type]


def test_tiles_give_the_same_folder_as_one_request(
    online: Fetch, service: FakeService, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    online("one")
    once = len(service.asked)
    monkeypatch.setattr(folder_module, "_TILE_M", 700.0)
    online("many")
    assert len(service.asked) - once == 2 + 4 * 3  # name, boundaries, 2.6 km x 1.7 km in tiles
    for name in ("extract.osm.pbf", "subdistricts.geojson", "study.toml", "extent.geojson"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "many" / name).read_bytes()


@pytest.mark.parametrize("mood", ["429", "504", "cut", "hang", "html", "short", "drop"])
def test_a_failure_that_passes_is_asked_again(
    online: Fetch, service: FakeService, mood: str
) -> None:
    service.moods = ["", mood]  # the name is found, the first download fails
    done = online(timeout_s=1.0 if mood == "hang" else 20.0)
    assert done.retries == 1
    assert done.buildings_count == 50


REFUSALS = {
    "429": "额度",
    "504": "繁忙",
    "400": "拒绝了请求（状态 400）",
    "cut": "传到一半断了",
    "remark": "Query timed out",
    "hang": "0.5 秒内没有答完",
    "html": "登录页",
    "short": "缺少",
    "drop": "连不上",
}


@pytest.mark.parametrize("mood", REFUSALS)
def test_a_failure_that_stays_is_told_and_leaves_nothing(
    online: Fetch, service: FakeService, tmp_path: Path, mood: str
) -> None:
    service.moods = ["", *[mood] * 200]
    with pytest.raises(FetchError, match=REFUSALS[mood]):
        online(timeout_s=0.5 if mood == "hang" else 20.0, tries=2)
    assert list(tmp_path.iterdir()) == []


def test_a_server_that_cannot_finish_is_asked_for_less(online: Fetch, service: FakeService) -> None:
    service.moods = ["", "", "remark"]  # name, boundaries, then a part only
    done = online()
    assert done.buildings_count == 50
    assert len(service.asked) == 3 + 4


def test_an_empty_answer_is_no_study(online: Fetch, service: FakeService, tmp_path: Path) -> None:
    service.moods = ["", "bare", "bare"]
    with pytest.raises(InputError, match="没有道路和建筑"):
        online()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("mood", ["429", "504", "hang", "html", "cut"])
def test_the_place_service_may_fail_once(online: Fetch, service: FakeService, mood: str) -> None:
    service.moods = [mood]
    assert online(timeout_s=1.0 if mood == "hang" else 20.0).buildings_count == 50


def test_a_busy_place_service_is_not_asked_for_ever(online: Fetch, service: FakeService) -> None:
    service.moods = ["429"] * 50
    with pytest.raises(FetchError, match="额度"):
        online(tries=2)
    assert len(service.asked) == 2


def test_an_unknown_place_and_one_without_area(online: Fetch, service: FakeService) -> None:
    service.search = []
    with pytest.raises(FetchError, match="找不到“云湖区, 云州市, 中国”"):
        online()
    point = place_result(*AREA)
    point[0]["geojson"] = {"type": "Point", "coordinates": [113.3, 23.1]}
    service.search = point
    with pytest.raises(FetchError, match="没有界线"):
        online()


def test_osmnx_is_left_as_it_was(online: Fetch) -> None:
    before = dict(vars(osmnx.settings))
    online()
    assert dict(vars(osmnx.settings)) == before


def test_nobody_listens(get: Fetch, tmp_path: Path) -> None:
    with pytest.raises(FetchError, match=r"连不上 http://127\.0\.0\.1:9"):
        get(place="云湖区", nominatim_url="http://127.0.0.1:9", tries=1)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_with_files_is_never_touched(
    online: Fetch, service: FakeService, tmp_path: Path
) -> None:
    (tmp_path / "study").mkdir()
    (tmp_path / "study" / "stations.xlsx").write_bytes(b"mine")
    with pytest.raises(OutputError, match=r"stations\.xlsx"):
        online()
    assert (tmp_path / "study" / "stations.xlsx").read_bytes() == b"mine"
    assert service.asked == []


def test_a_region_too_large_for_public_servers(online: Fetch, service: FakeService) -> None:
    service.search = place_result(112.0, 22.0, 114.0, 24.0)
    with pytest.raises(InputError, match="--pbf"):
        online()
    assert len(service.asked) == 1

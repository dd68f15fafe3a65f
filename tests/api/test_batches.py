"""Places asked for at the same moment: each gets its own answer, and a fault reaches every caller."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from geo.point_verdicts import PointJudge


@pytest.fixture
def places(small_demo):
    west, south, east, north = small_demo.subdistricts.total_bounds
    draw = np.random.default_rng(7)
    lon, lat = draw.uniform(west, east, 60), draw.uniform(south, north, 60)
    return [{"lon": x, "lat": y} for x, y in zip(lon.tolist(), lat.tolist(), strict=True)]


def test_each_caller_gets_its_own_answer(client, places, monkeypatch):
    sizes = []
    judge = PointJudge.judge

    def watched(self, x, y, rule):
        sizes.append(len(x))
        return judge(self, x, y, rule)

    together = client.post("/coverage", json={"points": places}).json()["points"]
    monkeypatch.setattr(PointJudge, "judge", watched)
    with ThreadPoolExecutor(12) as callers:
        alone = list(callers.map(lambda one: client.get("/coverage", params=one).json(), places))
    for one, many in zip(alone, together, strict=True):
        assert {key: one[key] for key in many if key != "id"} == {
            key: value for key, value in many.items() if key != "id"
        }
    assert sum(sizes) == len(places)
    assert len({one["verdict"] for one in alone}) > 1


def test_languages_do_not_mix(client, places):
    def ask(number: int) -> tuple[str, str]:
        lang = "en" if number % 2 else "zh"
        answer = client.get("/coverage", params={**places[number], "lang": lang}).json()
        return lang, answer["sentence"]

    with ThreadPoolExecutor(12) as callers:
        for lang, sentence in callers.map(ask, range(len(places))):
            assert sentence.endswith("。") == (lang == "zh")


def test_a_fault_reaches_every_caller_and_passes(client, places, monkeypatch):
    with monkeypatch.context() as broken:
        broken.setattr(PointJudge, "judge", lambda *_: 1 // 0)
        with ThreadPoolExecutor(4) as callers:
            found = callers.map(lambda one: client.get("/coverage", params=one), places[:8])
            assert {one.status_code for one in found} == {500}
    assert client.get("/coverage", params=places[0]).status_code == 200

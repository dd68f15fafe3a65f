"""Scenarios over HTTP: saved by version, tried, compared, exported as the file that the command reads."""

from __future__ import annotations

import string
import tomllib
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.toml_text import toml_text
from geo.scenario_file import read_scenario, scenario_to_plain
from tests.api.register_client import serving

PLAN = {
    "name": "“甲”方案\\n=1",
    "station": [{"action": "add", "name": "建议点1", "lon": 113.93, "lat": 24.52, "tier": "community"}],
    "link": [{"action": "add", "kind": "crossing", "from": [113.93, 24.52], "to": [113.931, 24.52]}],
    "pace": {"standard": {"crossing_s": 20}},
}  # fmt: skip
CLOSING = {"name": "乙", "station": []}


@pytest.fixture(scope="module")
def served(small_demo_folder, tmp_path_factory):
    register = tmp_path_factory.mktemp("scenarios") / "register.db"
    with serving(small_demo_folder, str(register)) as found:
        yield found


def saved(served, plan):
    answer = served.client.post("/scenarios", json=plan, headers=served.editor)
    assert answer.status_code == 201, answer.text
    return answer.json()["id"], answer.headers["etag"]


def test_saved_changed_and_deleted_by_version(served):
    client, editor = served.client, served.editor
    key, tag = saved(served, PLAN)
    path = f"/scenarios/{key}"
    assert tag == '"v1"' and client.get(path).json()["scenario"]["link"] == PLAN["link"]
    assert client.put(path, json=PLAN, headers=editor).status_code == 428
    changed = client.put(path, json={**PLAN, "name": "改"}, headers={**editor, "If-Match": tag})
    assert changed.headers["etag"] == '"v2"' and changed.json()["who"] == "韩梅"
    second = client.put(path, json=PLAN, headers={**editor, "If-Match": tag})
    assert second.status_code == 412 and "第 2 版" in second.json()["detail"]
    assert client.delete(path, headers={**editor, "If-Match": tag}).status_code == 412
    assert key in [one["id"] for one in client.get("/scenarios").json()["scenarios"]]
    assert client.delete(path, headers={**editor, "If-Match": '"v2"'}).status_code == 204
    assert client.get(path).status_code == 404


def test_only_editors_save_and_bad_plans_are_told_whole(served):
    client = served.client
    assert client.post("/scenarios", json=PLAN).status_code == 401
    assert client.post("/scenarios", json=PLAN, headers=served.reader).status_code == 403
    for plan in ({"station": []}, {"name": " "}, {"name": "长" * 101}):
        answer = client.post("/scenarios", json=plan, headers=served.editor)
        assert answer.json()["errors"][0]["code"] == "saved_no_name"
    bad = {"name": "坏", "station": [{"action": "fly"}, {"action": "add"}], "nix": 1}
    answer = client.post("/scenarios", json=bad, headers=served.editor)
    assert answer.status_code == 422 and len(answer.json()["errors"]) >= 3
    many = {"name": "多", "station": [PLAN["station"][0]] * 51}
    assert client.post("/scenarios", json=many, headers=served.editor).status_code == 413
    assert client.post("/scenarios", content=b"{", headers=served.editor).status_code == 400


def test_figures_are_those_of_what_if(served):
    client = served.client
    plan = {"name": "只加一处", "station": PLAN["station"]}
    key, _ = saved(served, plan)
    run = client.post(f"/scenarios/{key}/run")  # computing only: anybody who may read
    asked = client.post("/what-if", json=plan)
    assert run.status_code == 200 and run.json()["figures"] == asked.json()["figures"]
    closed = client.get("/stations?limit=1").json()["stations"][0]["station_id"]
    other, _ = saved(served, {"name": "关一处", "station": [{"action": "close", "id": closed}]})
    found = client.get("/scenarios/compare", params={"id": [key, other]}).json()
    assert [one["name"] for one in found["scenarios"]] == ["只加一处", "关一处"]
    whole = next(
        one
        for one in found["figures"]
        if one["unit_kind"] == "study" and one["weight"] == "residents"
    )
    assert whole["after"][other] <= whole["before"] <= whole["after"][key]
    figure = next(
        one for one in run.json()["figures"]
        if (one["unit_kind"], one["weight"], one["rule"]) == ("study", "residents", found["rule"])
    )  # fmt: skip
    assert (figure["before"], figure["after"]) == (whole["before"], whole["after"][key])
    assert client.get("/scenarios/compare", params={"id": [key, "nix"]}).status_code == 404
    assert client.get("/scenarios/compare").status_code == 422
    assert client.get("/scenarios/compare", params={"id": ["a"] * 7}).status_code == 422


def test_the_export_is_read_by_the_command(served, tmp_path):
    key, _ = saved(served, PLAN)
    answer = served.client.get(f"/scenarios/{key}/export")
    file = tmp_path / "scenario.toml"
    file.write_bytes(answer.content)
    assert (
        scenario_to_plain(read_scenario(file))
        == served.client.get(f"/scenarios/{key}").json()["scenario"]
    )
    assert read_scenario(file).name == PLAN["name"]


TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=8)
PLAIN = st.one_of(
    TEXT, st.booleans(), st.integers(-(2**53), 2**53), st.floats(allow_nan=False, allow_infinity=False),
    st.dates(date(1970, 1, 1)), st.lists(st.integers(0, 9), max_size=3),
)  # fmt: skip
TABLE = st.recursive(
    st.dictionaries(TEXT, PLAIN, max_size=3),
    lambda inner: st.dictionaries(
        st.one_of(TEXT, st.text(string.ascii_letters, min_size=1, max_size=3)),
        st.one_of(PLAIN, inner, st.lists(inner, min_size=1, max_size=2)), max_size=3,
    ),
    max_leaves=6,
)  # fmt: skip


@given(TABLE)
def test_what_is_written_as_toml_reads_as_it_was(table):
    assert tomllib.loads(toml_text(table)) == table

"""Who may pass the gate: keys, roles, a proxy, other sites, how often; what the log says and what it does not."""

from __future__ import annotations

import json
import logging

import pytest

from api.cli import main
from api.keys import Keys, add_key, keys, revoke_key
from api.rates import Rates
from api.register.database import Database
from api.register.errors import ConflictError
from api.settings import Limits, Proxy
from geo.errors import InputError, NotFoundError
from tests.api.register_client import STATION, serving

ELSEWHERE = ("192.0.2.7", 40_000)


@pytest.fixture
def database(tmp_path):
    found = Database(str(tmp_path / "register.db"))
    found.migrate()
    yield found
    found.close()


@pytest.fixture(scope="module")
def served(small_demo_folder, tmp_path_factory):
    register = tmp_path_factory.mktemp("keys") / "register.db"
    with serving(small_demo_folder, str(register)) as found:
        yield found


@pytest.fixture(scope="module")
def public(small_demo_folder, tmp_path_factory):
    """Bound to an address that others reach, called from elsewhere."""
    register = tmp_path_factory.mktemp("public") / "register.db"
    limits = Limits(requests_per_second=0.001, requests_burst=40)
    with serving(
        small_demo_folder, str(register), host="192.0.2.1", limits=limits, client=ELSEWHERE
    ) as found:
        yield found


def refusals(caplog):
    return [json.loads(one.message) for one in caplog.records if one.name == "servicecircle.gate"]


def test_keys_are_kept_as_hashes_and_end_when_revoked(database):
    key = add_key(database, "张三", "editor")
    assert len(key) == 46 and key != add_key(database, "李四", "reader")
    person = Keys(database).person(key)
    assert person is not None and person.name == "张三"
    assert person.may("reader") and person.may("editor") and not person.may("admin")
    assert key.encode() not in database.path.read_bytes()
    revoke_key(database, "张三")
    assert Keys(database).person(key) is None
    assert [name for name, *_ in keys(database)] == ["张三", "李四"]
    with pytest.raises(ConflictError):
        add_key(database, "张三", "reader")  # history would not tell the two apart
    with pytest.raises(InputError):
        add_key(database, "a'; DROP TABLE keys;--", "reader")
    with pytest.raises(NotFoundError):
        revoke_key(database, "nobody")


def test_no_key_wrong_key_and_a_reader_change_nothing(served, caplog):
    before = served.client.get("/stations").json()
    wrong = {"Authorization": "Bearer sc_" + "A" * 43}
    for headers, status, why in (
        ({}, 401, "gate_no_key"),
        (wrong, 401, "gate_wrong_key"),
        ({"Authorization": "Basic YTpi"}, 401, "gate_wrong_key"),
        (served.reader, 403, "gate_role"),
    ):
        for method, path in (
            ("POST", "/stations"), ("PATCH", "/stations/S0001"), ("DELETE", "/stations/S0001"),
            ("POST", "/stations/import"), ("POST", "/stations/S0001/restore"), ("PUT", "/scenarios"),
        ):  # fmt: skip
            caplog.clear()
            with caplog.at_level(logging.WARNING, logger="servicecircle.gate"):
                answer = served.client.request(method, path, json=STATION, headers=headers)
            assert answer.status_code == status, (method, path)
            assert answer.headers["content-type"] == "application/problem+json"
            assert ("www-authenticate" in answer.headers) == (status == 401)
            (line,) = refusals(caplog)
            assert line["refused"] == why and line["method"] == method
            assert "sc_" not in caplog.text
    assert served.client.get("/stations").json() == before
    # a wrong key is told even where everybody may read
    assert served.client.get("/stations", headers=wrong).status_code == 401


def test_other_sites_cannot_make_a_browser_write(served):
    for headers in (
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:9999"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ):
        sent = {**served.editor, **headers}
        assert served.client.post("/stations", json=STATION, headers=sent).status_code == 403
        assert served.client.post("/coverage", json={}, headers=headers).status_code == 403
    own = {**served.editor, "Origin": "http://127.0.0.1:8000", "Sec-Fetch-Site": "same-origin"}
    answer = served.client.post("/stations", json=STATION, headers=own)
    assert answer.status_code == 201
    assert (
        "set-cookie" not in answer.headers and "access-control-allow-origin" not in answer.headers
    )
    preflight = served.client.options(
        "/stations",
        headers={"Origin": "http://evil.example", "Access-Control-Request-Method": "POST"},
    )
    assert "access-control-allow-origin" not in preflight.headers


def test_reading_from_elsewhere_needs_a_key(public):
    assert public.client.get("/healthz").status_code == 200
    assert public.client.get("/coverage", params={"lon": 113.93, "lat": 24.52}).status_code == 401
    answer = public.client.get("/stations", headers=public.reader)
    assert answer.status_code == 200


def test_who_asks_too_often_waits(public, caplog):
    statuses = []
    for _ in range(60):
        answer = public.client.get("/stations/nobody", headers=public.editor)
        statuses.append(answer.status_code)
    assert statuses.count(404) == 40 and statuses[-1] == 429
    assert int(answer.headers["retry-after"]) > 0
    # another key has a bucket of its own; guessing keys empties the address's ten times as fast
    assert public.client.get("/stations/nobody", headers=public.reader).status_code == 404
    guesses = [
        public.client.get("/readyz", headers={"Authorization": f"Bearer sc_{'B' * 42}{n}"})
        for n in range(6)
    ]
    assert guesses[-1].status_code == 429
    assert len([one for one in guesses if one.status_code == 401]) <= 4


def test_buckets_fill_again():
    now = [0.0]
    rates = Rates(2.0, 3.0, lambda: now[0])
    assert [rates.wait("a") for _ in range(4)] == [0.0, 0.0, 0.0, 0.5]
    assert rates.wait("b") == 0.0
    now[0] = 0.5
    assert rates.wait("a") == 0.0 and rates.wait("a") == 0.5


def test_a_proxys_word_counts_only_from_where_the_proxy_is(small_demo_folder, tmp_path):
    proxy = Proxy("X-Remote-User", "X-Remote-Role", addresses=("192.0.2.7",))
    said = {"X-Remote-User": "wang", "X-Remote-Role": "editor"}
    for address, status, name in ((ELSEWHERE[0], 201, "proxy:wang"), ("192.0.2.8", 401, "")):
        register = str(tmp_path / f"{status}.db")
        with serving(small_demo_folder, register, proxy=proxy, client=(address, 40_000)) as served:
            answer = served.client.post("/stations", json=STATION, headers=said)
            assert answer.status_code == status
            # with a proxy before it, nobody is at this machine
            assert served.client.get("/stations").status_code == 401
            if name:
                path = f"/stations/{answer.json()['station_id']}/history"
                change = served.client.get(path, headers=said).json()["changes"][0]
                assert change["who"] == name
                reader = {"X-Remote-User": "li", "X-Remote-Role": "king"}
                refused = served.client.post("/stations", json=STATION, headers=reader)
                assert refused.status_code == 403


def call(*words: object) -> int:
    with pytest.raises(SystemExit) as ended:
        main([str(one) for one in words])
    return int(ended.value.code or 0)


def test_the_command_line_makes_shows_and_revokes_keys(tmp_path, capsys, monkeypatch):
    monkeypatch.delenv("SERVICECIRCLE_REGISTER", raising=False)
    where = tmp_path / "register.db"
    assert call("keys", "list") == 2  # where?
    assert call("keys", "list", "--register", where) == 2  # there is none
    assert call("keys", "add", "张三", "--role", "editor", "--register", where) == 0
    printed = capsys.readouterr().out.strip()
    assert printed.startswith("sc_") and "\n" not in printed
    assert call("keys", "list", "--register", where) == 0
    assert printed not in capsys.readouterr().out
    assert call("keys", "revoke", "张三", "--register", where) == 0
    monkeypatch.setenv("SERVICECIRCLE_REGISTER", str(where))
    assert call("keys", "list") == 0
    assert "撤销" in capsys.readouterr().out


def test_the_command_line_imports_exports_and_copies(tmp_path, capsys):
    where, copy = tmp_path / "register.db", tmp_path / "copy.db"
    table = tmp_path / "stations.csv"
    table.write_text("编号,名称,层级,状态\nA1,甲站,社区,启用\nA2,乙站,社区,啥\n", encoding="utf-8")
    assert call("register", "import", table, "--register", where, "--crs", "gcj02", "--yes") == 0
    out = capsys.readouterr().out
    assert "新增 1" in out and "啥" in out
    assert call("register", "export", tmp_path / "out.xlsx", "--register", where) == 0
    assert call("register", "backup", copy, "--register", where) == 0
    assert call("register", "backup", copy, "--register", where) == 2  # not over another file
    assert call("register", "export", tmp_path / "again.xlsx", "--register", copy) == 0
    assert call("serve", tmp_path) == 2  # no result there

"""What must not hurt the register: kills, a full disk, a database that goes away, hostile requests, slow clients."""

from __future__ import annotations

import random
import shutil
import socket
import sqlite3
import subprocess
import sys
import threading
import time
import zipfile
from io import BytesIO
from pathlib import Path

import pytest
import uvicorn

from api import connections
from api.app import create_app
from api.connections import PatientProtocol
from api.register.database import Database
from api.register.errors import FullError
from api.register.store import Register, Words
from api.settings import ServiceSettings
from tests.api.conftest import until
from tests.api.register_client import STATION, serving
from tests.conftest import REPOSITORY, _missing

HOSTILE = (
    "'; DROP TABLE stations; --",
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
)
TEXTS = (
    "name", "subdistrict_name", "community_name", "address", "opening_hours", "operator", "source", "remarks",
    "activities", "usage_period", "usage_source",
)  # fmt: skip


def replayed(register: Register) -> dict[str, dict[str, object]]:
    """Make the stations from their history alone."""
    rows: dict[str, dict[str, object]] = {}
    for one in register.history():
        row = rows.setdefault(str(one["station_id"]), {})
        assert one["version"] == row.get("version", 0) + 1, "a change without history"
        row["version"] = one["version"]
        for name, (old, new) in one["changes"].items():
            assert row.get(name) == old, "history contradicts itself"
            row[name] = new
    return rows


def killed_while_writing(path: Path, seconds: float) -> dict[str, tuple[int, str]]:
    """Kill a writer after some time of writing; return what it had acknowledged: id -> last version and remark."""
    script = Path(__file__).with_name("register_writer.py")
    writer = subprocess.Popen(
        [sys.executable, str(script), str(path)], stdout=subprocess.PIPE, cwd=REPOSITORY,
        env=_environment(),
    )  # fmt: skip
    assert writer.stdout is not None
    lines = [writer.stdout.readline()]
    timer = threading.Timer(seconds, writer.kill)
    timer.start()
    lines += writer.stdout.readlines()
    writer.wait()
    last: dict[str, tuple[int, str]] = {}
    for line in lines:
        words = line.decode("utf-8").split()
        if len(words) == 3 and line.endswith(b"\n"):
            last[words[0]] = (int(words[1]), words[2])
    assert last, "it never wrote"
    return last


def _environment() -> dict[str, str]:
    import os

    return {**os.environ, "PYTHONPATH": str(REPOSITORY)}


def survives(path: Path, times: int, seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(times):
        acknowledged = killed_while_writing(path, chance.uniform(0.05, 1.0))
        with sqlite3.connect(path) as raw:
            assert raw.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        database = Database(str(path))
        database.migrate()
        register = Register(database)
        rows = replayed(register)
        for entry in register.entries(deleted=True):
            told = rows[entry.station_id]
            assert told.pop("version") == entry.version
            assert {n: v for n, v in entry.row.items() if v is not None} == {
                n: v for n, v in told.items() if v is not None
            }
        remarks = {
            (one["station_id"], one["version"]): one["changes"].get("remarks", [None, None])[1]
            for one in register.history()
        }
        for station_id, (version, remark) in acknowledged.items():
            assert remarks[station_id, version] == remark
        database.close()


def test_no_acknowledged_change_is_lost_when_killed(tmp_path):
    survives(tmp_path / "register.db", 2, seed=1)


@pytest.mark.slow
def test_no_acknowledged_change_is_lost_when_killed_thirty_times(tmp_path):
    survives(tmp_path / "register.db", 30, seed=2)


def test_a_full_disk_is_told_and_nothing_is_lost(tmp_path):
    database = Database(str(tmp_path / "register.db"))
    database.migrate()
    register = Register(database)
    first = register.add(STATION, "a", Words())
    with database.engine.connect() as connection:
        # the pool hands this one connection out again
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        connection.exec_driver_sql(f"PRAGMA max_page_count={pages + 4}")
    with pytest.raises(FullError):
        for number in range(500):
            register.add({**STATION, "name": f"站{number}", "remarks": "很" * 400}, "a", Words())
    assert register.entry(first.station_id) == first
    held = register.entries()
    assert len(replayed(register)) == len(held)
    with database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count=100000")
    assert register.add({**STATION, "name": "后来"}, "a", Words()).version == 1
    database.close()


@pytest.fixture(scope="module")
def served(small_demo_folder, tmp_path_factory):
    register = tmp_path_factory.mktemp("faults") / "register.db"
    with serving(small_demo_folder, str(register)) as found:
        yield found


def test_a_full_disk_over_http(served, monkeypatch):
    def full(*_: object, **__: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr("api.register.store.written", full)
    answer = served.client.post("/stations", json=STATION, headers=served.editor)
    assert answer.status_code == 507
    assert answer.json()["errors"][0]["code"] == "register_full"


@pytest.mark.parametrize("text", HOSTILE)
def test_sql_and_html_stay_text_everywhere(served, text):
    values = {**STATION, **dict.fromkeys(TEXTS, text), "services": [text.replace("/", "")]}
    answer = served.client.post("/stations", json=values, headers=served.editor)
    assert answer.status_code == 201
    assert {answer.json()[name] for name in TEXTS} == {text}
    again = served.client.get(f"/stations/{answer.json()['station_id']}")
    assert again.headers["content-type"] == "application/json"
    assert again.headers["x-content-type-options"] == "nosniff"
    assert again.json()["remarks"] == text
    for path in (f"/stations/{text}", "/stations/..%2f..%2fetc%2fpasswd", "/stations/%00"):
        refused = served.client.get(path)
        assert refused.status_code in (404, 405)
        assert "<script>" not in refused.text or refused.headers["content-type"].endswith("+json")
    for name in ("tier", "status", "coordinate_source", "opened_on", "station_id"):
        wrong = {**STATION, name: text}
        refused = served.client.post("/stations", json=wrong, headers=served.editor)
        assert refused.status_code == 422
    assert served.client.get("/stations").json()["count"] > 60


def test_huge_and_deep_json_are_refused(served):
    deep = b"[" * 200_000 + b"]" * 200_000
    sent = {**served.editor, "Content-Type": "application/json"}
    assert served.client.post("/stations", content=deep, headers=sent).status_code in (400, 422)
    huge = b'{"name": "' + b"a" * 5_000_000 + b'"}'
    assert served.client.post("/stations", content=huge, headers=sent).status_code == 413
    long = {**STATION, "remarks": "a" * 501}
    assert served.client.post("/stations", json=long, headers=sent).status_code == 422
    nan = b'{"name": "a", "tier": "community", "status": "open", "lon": NaN, "lat": 1}'
    assert served.client.post("/stations", content=nan, headers=sent).status_code in (400, 422)


def bomb() -> bytes:
    """Make a workbook whose sheet unpacks to 600 MB."""
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
            for _ in range(60):
                sheet.write(b" " * 10_000_000)
    return out.getvalue()


def test_zip_bombs_are_refused_before_they_unpack(served):
    content = bomb()
    assert len(content) < 1_000_000
    begun = time.monotonic()
    answer = served.client.post("/stations/import", content=content, headers=served.editor)
    assert answer.status_code == 422
    assert time.monotonic() - begun < 10.0


@pytest.fixture
def listening(small_demo_folder, tmp_path, monkeypatch):
    """Port of a server that waits one second for the head of a request."""
    monkeypatch.setattr(connections, "HEAD_SECONDS", 1.0)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    app = create_app(ServiceSettings(small_demo_folder, reload_seconds=0.0, warm=False))
    config = uvicorn.Config(
        app,
        port=port,
        log_config=None,
        access_log=False,
        http=PatientProtocol,
        timeout_keep_alive=5,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    until(lambda: server.started)
    yield port
    server.should_exit = True
    thread.join(timeout=20)


def test_a_client_that_sends_its_head_letter_by_letter_is_cut_off(listening):
    begun = time.monotonic()
    with socket.create_connection(("127.0.0.1", listening), timeout=10) as slow:
        slow.sendall(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ")
        with pytest.raises((ConnectionError, TimeoutError)):
            while time.monotonic() - begun < 8:
                slow.sendall(b"a")
                time.sleep(0.1)
            raise TimeoutError("it was never cut off")
    assert 0.9 < time.monotonic() - begun < 5
    with socket.create_connection(("127.0.0.1", listening), timeout=10) as quick:
        for _ in range(2):  # a connection may be used again after the wait of its first request
            quick.sendall(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
            assert b"200 OK" in quick.recv(4096)
            time.sleep(1.3)


@pytest.fixture(scope="module")
def postgres(tmp_path_factory):
    """A PostgreSQL of our own, run by another user than root: its address, and a way to call pg_ctl."""
    import os

    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    if not folders or sys.platform == "win32":
        _missing("PostgreSQL")
    tools = folders[-1]
    place = Path("/tmp") / f"servicecircle-pg-{os.getpid()}"
    place.mkdir()
    user = None
    if os.geteuid() == 0:
        user = "postgres"
        shutil.chown(place, user)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

    def call(*words: str) -> None:
        subprocess.run(
            [str(tools / words[0]), *words[1:]], user=user, cwd=place, check=True, timeout=60,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip

    data = str(place / "data")
    call("initdb", "-D", data, "-U", "sc", "-A", "trust", "-E", "UTF8", "--locale=C")
    options = f"-p {port} -k {place} -c listen_addresses=127.0.0.1"

    def control(action: str) -> None:
        more = (
            ("-o", options, "-l", str(place / "log")) if action == "start" else ("-m", "immediate")
        )
        call("pg_ctl", action, "-D", data, "-w", *more)

    control("start")
    try:
        yield f"postgresql://sc@127.0.0.1:{port}/postgres", control
    finally:
        control("stop")
        shutil.rmtree(place)


def test_postgresql_goes_away_under_load_and_comes_back(small_demo_folder, postgres):
    where, control = postgres
    with serving(small_demo_folder, where) as served:
        client, editor = served.client, served.editor
        made = client.post("/stations", json=STATION, headers=editor)
        assert made.status_code == 201
        path = f"/stations/{made.json()['station_id']}"
        seen: list[int] = []
        acknowledged: dict[int, str] = {}
        done = threading.Event()

        def load() -> None:
            number, version = 0, 1
            while not done.is_set():
                number += 1
                answer = client.patch(
                    path,
                    json={"remarks": f"第{number}次"},
                    headers={**editor, "If-Match": f'"v{version}"'},
                )
                seen.append(answer.status_code)
                if answer.status_code == 200:
                    version = answer.json()["version"]
                    acknowledged[version] = f"第{number}次"
                elif (
                    answer.status_code == 412
                ):  # written, but the server died before it could say so
                    version = client.get(path).json().get("version", version)
                else:
                    assert answer.json()["errors"][0]["code"] == "register_unavailable"
                    time.sleep(0.05)

        thread = threading.Thread(target=load)
        thread.start()
        until(lambda: seen.count(200) > 5)
        control("stop")
        until(lambda: seen[-1] == 503)
        # places are still judged while the register is away
        assert client.get("/coverage", params={"lon": 113.93, "lat": 24.52}).status_code == 200
        before = seen.count(200)
        control("start")
        until(lambda: seen.count(200) > before + 5)
        done.set()
        thread.join()
        assert set(seen) <= {200, 412, 503}
        history = client.get(f"{path}/history").json()["changes"]
        written = {
            one["version"]: one["changes"].get("remarks", [None, None])[1] for one in history
        }
        assert acknowledged.items() <= written.items()
        content = client.get("/stations/export").content
        seen_again = client.post("/stations/import", content=content, headers=editor).json()
        assert seen_again["add_count"] == seen_again["change_count"] == 0
        token = client.post(
            "/stations/import", content="名称,层级,状态\n己站,社区,启用\n".encode(), headers=editor,
            params={"crs": "gcj02"},
        ).json()["token"]  # fmt: skip
        taken = client.post(
            "/stations/import", content="名称,层级,状态\n己站,社区,启用\n".encode(), headers=editor,
            params={"crs": "gcj02", "dry_run": False, "token": token},
        )  # fmt: skip
        assert taken.json()["add_count"] == 1

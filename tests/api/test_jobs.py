"""Jobs over HTTP: done, followed, cancelled, limited, cut off and taken up again; no process outlives its service."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.jobs.store import Asker, Jobs
from api.jobs.stream import Streams
from api.jobs.workspace import Workspace
from api.problems import BusyError
from api.register.errors import ConflictError
from api.settings import Limits, ServiceSettings
from tests.api.conftest import BASE, HERE, until
from tests.api.register_client import bearer
from tests.conftest import REPOSITORY

ASKER = Asker("anonymous", "zh")
QUICK = {"count": 2, "candidates": ["network"], "grid_m": 400}


@contextmanager
def working(folder, work, **limits):
    register = str(work.parent / "register.db")
    keys = {one: bearer(register, f"{one}{time.time_ns()}", one) for one in ("editor", "reader")}
    settings = ServiceSettings(
        folder, reload_seconds=0.0, warm=False, work=work, register=register,
        limits=replace(Limits(), **limits),
    )  # fmt: skip
    app = create_app(settings)
    with TestClient(app, base_url=BASE, raise_server_exceptions=False, client=HERE) as client:
        until(lambda: app.state.shelf.ready)
        client.keys = keys
        yield client


@pytest.fixture(scope="module")
def client(small_demo_folder, tmp_path_factory):
    with working(small_demo_folder, tmp_path_factory.mktemp("jobs") / "work") as found:
        yield found


def ended(client, job_id, seconds=180.0):
    found = {}

    def done():
        found.update(client.get(f"/jobs/{job_id}").json())
        return found["state"] not in ("queued", "running")

    until(done, seconds)
    return found


def events_of(text):
    out = []
    for block in text.split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines() if ": " in line)
        if "id" in fields:
            out.append((int(fields["id"]), fields["event"], json.loads(fields["data"])))
    return out


@pytest.fixture(scope="module")
def chosen(client):
    """A finished choice of sites."""
    answer = client.post("/sites", json=QUICK)
    assert answer.status_code == 202, answer.text
    assert answer.headers["location"] == f"/jobs/{answer.json()['id']}"
    return ended(client, answer.json()["id"])


def test_anybody_who_may_read_may_ask_for_sites(client, chosen, small_demo):
    assert chosen["state"] == "done", chosen
    assert chosen["files"] == ["gain_curve.png", "sites.json", "sites.xlsx"]
    found = client.get(f"/jobs/{chosen['id']}/files/sites.json").json()
    assert len(found["sites"]) == 2 == chosen["result"]["sites_count"]
    assert found["proof"] == "optimal" and found["result"] == client.get("/readyz").json()["result"]
    gain = [one["coverage_after_share"] for one in found["sites"]]
    assert gain == sorted(gain) and found["sites"][0]["coverage_previous_share"] < gain[0]
    assert all(113 < one["lon"] < 115 for one in found["sites"])
    assert "sites" not in small_demo.tables  # the result in service is as it was
    book = client.get(f"/jobs/{chosen['id']}/files/sites.xlsx")
    assert book.content[:2] == b"PK" and "attachment" in book.headers["content-disposition"]


@pytest.mark.slow
def test_every_rule_of_the_command_is_heard(client, chosen):
    best = client.get(f"/jobs/{chosen['id']}/files/sites.json").json()["sites"][0]
    first, place = best["site_id"], {"id": "甲", "name": "甲地", "cost": 2.0}
    place |= {"lon": best["lon"], "lat": best["lat"]}
    asked = {
        **QUICK,
        "forbid": [first],
        "force": ["L-甲"],
        "places": [place],
        "answers": 2,
        "budget": 3.0,
    }
    job = ended(client, client.post("/sites", json=asked).json()["id"])
    found = client.get(f"/jobs/{job['id']}/files/sites.json").json()
    ids = [one["site_id"] for one in found["sites"]]
    assert "L-甲" in ids and first not in ids
    assert sum(one["cost"] for one in found["sites"]) <= 3.0
    assert {one["answer"] for one in found["answers"]} == {1, 2}


def test_progress_is_sent_and_resumed(client, chosen):
    path = f"/jobs/{chosen['id']}/events"
    answer = client.get(path)
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert answer.text.startswith("retry: ")
    events = events_of(answer.text)
    assert [one[0] for one in events] == list(range(1, len(events) + 1))
    states = [one[2]["state"] for one in events if one[1] == "state"]
    assert states == ["queued", "running", "done"]
    stages = [one[2]["stage"] for one in events if one[1] == "progress"]
    assert "stage_solve" in stages and "stage_" not in events[-2][2]["text"]
    later = client.get(path, headers={"Last-Event-ID": "2"})
    assert events_of(later.text) == events[2:]
    end = client.get(path, headers={"Last-Event-ID": str(len(events))})
    assert end.status_code == 204  # or a browser would come again for ever
    assert client.get(path, headers={"Last-Event-ID": "x"}).status_code == 422


def test_refused_with_the_sentence_of_the_command(client):
    assert client.post("/sites", json={"rule": "没有"}).status_code == 404
    bad = client.post("/sites", json={"model": "nix", "time_limit_s": -1})
    assert {one["field"] for one in bad.json()["errors"]} == {"body.model", "body.time_limit_s"}
    asked = {**QUICK, "force": ["没有这个"]}
    job = ended(client, client.post("/sites", json=asked).json()["id"])
    assert job["state"] == "failed" and job["problem"]["status"] == 422
    assert "没有这个" in job["problem"]["detail"] and job["files"] == []
    assert client.get(f"/jobs/{job['id']}/files/sites.json").status_code == 404


@pytest.mark.slow
def test_two_at_once_run_one_after_the_other_and_one_is_cancelled(client):
    one, two, three = (client.post("/sites", json=QUICK).json()["id"] for _ in range(3))
    until(lambda: client.get(f"/jobs/{one}").json()["state"] == "running", 90)
    assert client.get(f"/jobs/{two}").json()["state"] == "queued"
    assert client.get(f"/jobs/{three}").json()["ahead_count"] == 2
    assert client.delete(f"/jobs/{three}").json()["state"] == "cancelled"
    begun = time.monotonic()
    assert client.delete(f"/jobs/{one}").status_code == 202
    assert ended(client, one)["state"] == "cancelled" and time.monotonic() - begun < 20
    assert ended(client, two)["state"] == "done"
    assert client.delete(f"/jobs/{two}").json()["state"] == "done"
    assert [one["id"] for one in client.get("/jobs?limit=3").json()["jobs"]] == [three, two, one]


def test_who_may_cancel_what(client):
    reader, editor = client.keys["reader"], client.keys["editor"]
    job = client.post("/sites", json=QUICK, headers=editor).json()["id"]
    assert client.delete(f"/jobs/{job}", headers=reader).status_code == 403
    assert client.delete(f"/jobs/{job}").status_code == 403
    assert client.delete(f"/jobs/{job}", headers=editor).status_code == 202
    other = client.post("/sites", json=QUICK, headers=reader).json()["id"]
    assert client.delete(f"/jobs/{other}", headers=editor).status_code == 202
    assert client.get("/jobs/nix").status_code == 404
    foreign = client.post("/sites", json=QUICK, headers={"Origin": "http://elsewhere.test"})
    assert foreign.status_code == 403
    for name in ("..%2F..%2Fwork.db", "log.txt"):
        assert client.get(f"/jobs/{job}/files/{name}").status_code == 404


@pytest.fixture
def jobs(tmp_path):
    workspace = Workspace(tmp_path / "work")
    yield Jobs(workspace, replace(Limits(), jobs_waiting=3, jobs_each=2, jobs_kept=1))
    workspace.close()


def test_queues_have_ends(jobs):
    from api.jobs.errors import TooManyJobsError

    jobs.add("check", {}, ASKER, about="a")
    with pytest.raises(ConflictError):
        jobs.add("check", {}, Asker("乙", "zh"), about="a")
    jobs.add("check", {}, ASKER)
    with pytest.raises(TooManyJobsError):
        jobs.add("check", {}, ASKER)
    jobs.add("check", {}, Asker("乙", "zh"))
    with pytest.raises(BusyError):
        jobs.add("check", {}, Asker("丙", "zh"))


def test_what_was_cut_off_runs_once_more_and_then_fails(jobs):
    job_id = jobs.add("check", {}, ASKER)
    for state in ("queued", "failed"):
        assert jobs.claim().job_id == job_id
        jobs.recover({"detail": "中断"})
        assert jobs.job(job_id).state == state
    assert jobs.job(job_id).problem == {"detail": "中断"} and jobs.claim() is None
    states = [one.data["state"] for one in jobs.events(job_id, 0)[0]]
    assert states == [
        "queued",
        "running",
        "interrupted",
        "queued",
        "running",
        "interrupted",
        "failed",
    ]


def test_old_jobs_are_cleared_away(jobs):
    ids = []
    for _ in range(3):
        ids.append(jobs.add("check", {}, ASKER))
        jobs.claim()
        jobs.workspace.job_room(ids[-1]).mkdir(parents=True)
        jobs.end(ids[-1], "done", result={})
    jobs.forget_old()
    assert [one.job_id for one in jobs.jobs()] == ids[-1:]
    rooms = jobs.workspace.job_room("x").parent
    assert [one.name for one in rooms.iterdir()] == ids[-1:]
    assert jobs.events(ids[0], 0) == ([], True)


def test_a_job_that_takes_too_long_is_ended(small_demo_folder, tmp_path):
    with working(small_demo_folder, tmp_path / "work", job_seconds=0.5) as client:
        job = ended(client, client.post("/sites", json=QUICK).json()["id"])
    assert job["state"] == "failed" and job["problem"]["errors"][0]["code"] == "job_too_long"


def children_of(pid):
    listed = subprocess.run(
        ["ps", "-o", "pid=,args=", "--ppid", str(pid)], capture_output=True, text=True, check=False
    ).stdout
    return [int(line.split()[0]) for line in listed.splitlines() if "api.jobs.child" in line]


def alive(pid):
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
    return state != "Z"


@pytest.mark.slow
@pytest.mark.skipif(
    not shutil.which("ps") or not Path("/proc").is_dir(), reason="needs ps and /proc"
)
def test_a_killed_service_leaves_no_process_and_the_next_one_goes_on(small_demo_folder, tmp_path):
    work = tmp_path / "work"
    script = (
        "import sys, time\nfrom pathlib import Path\nfrom api.jobs.desk import WorkDesk\n"
        "from api.jobs.store import Asker\nfrom api.settings import ServiceSettings\n"
        "class Shelf: folder = Path(sys.argv[1])\n"
        "desk = WorkDesk(ServiceSettings(Shelf.folder, work=Path(sys.argv[2])), Shelf)\n"
        "print(desk.jobs.add('check', {}, Asker('甲', 'zh')), flush=True)\n"
        "desk.runner.wake()\ntime.sleep(60)\n"
    )
    service = subprocess.Popen(
        [sys.executable, "-c", script, str(small_demo_folder), str(work)],
        stdout=subprocess.PIPE, cwd=REPOSITORY, text=True,
    )  # fmt: skip
    job_id = service.stdout.readline().strip()
    until(lambda: children_of(service.pid), 90)
    (child,) = children_of(service.pid)
    service.kill()
    service.wait()
    service.stdout.close()
    until(lambda: not alive(child), 60)
    with sqlite3.connect(work / "work.db") as database:
        assert database.execute("SELECT state FROM jobs").fetchone() == ("running",)
    with working(small_demo_folder, work) as client:
        job = ended(client, job_id, 180)
        assert job["attempts_count"] == 2
        states = [
            one[2].get("state") for one in events_of(client.get(f"/jobs/{job_id}/events").text)
        ]
    assert states[:5] == ["queued", "running", "interrupted", "queued", "running"]


def test_a_slow_listener_holds_nobody_up_and_misses_nothing(jobs):
    job_id = jobs.add("check", {}, ASKER)
    jobs.claim()
    streams = Streams(2, heartbeat_seconds=0.05)

    async def listen():
        slow, quick = (streams.events(jobs, job_id, 0) for _ in range(2))
        assert (await anext(slow)).startswith(b"retry: ")
        first = await anext(slow)
        for number in range(300):
            jobs.told(job_id, "stage_read", number, 300)
        with pytest.raises(BusyError):
            _ = await anext(quick), streams.require_room()
        jobs.end(job_id, "done", result={})
        heard = [one async for one in quick]
        return heard, [first, *[one async for one in slow]]

    quick, slow = asyncio.run(listen())
    assert quick == slow and len(quick) == 2 + 300 + 1
    assert streams.open_count == 0


def test_a_silent_stream_says_that_it_lives_and_ends_with_the_service(jobs):
    job_id = jobs.add("check", {}, ASKER)
    streams = Streams(2, heartbeat_seconds=0.05)

    async def listen():
        said = []
        async for one in streams.events(jobs, job_id, 0):
            said.append(one)
            if said.count(b": alive\n\n") == 2:
                streams.stop()
        return said

    said = asyncio.run(asyncio.wait_for(listen(), 10))
    assert events_of(b"".join(said[:2]).decode())[0][2]["state"] == "queued"
    short = Streams(2, longest_seconds=0.0)

    async def none():
        return [one async for one in short.events(jobs, job_id, 0)]

    assert len(asyncio.run(none())) == 1  # the reader comes back with the number of its last event

"""Runs the queue: one process at a time, watched by one thread; to cancel or stop is to end the process."""

from __future__ import annotations

import contextlib
import json
import logging
import queue
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import IO, Any

from api.jobs.models import JobRow
from api.jobs.store import Jobs
from api.problems import problem_content
from api.settings import Limits
from geo.errors import Fault, ServiceCircleError

log = logging.getLogger("servicecircle.jobs")
_COMMAND = (sys.executable, "-P", "-X", "utf8", "-m", "api.jobs.child")
_LOOK_SECONDS = 0.25
_TELL_SECONDS = 0.3
_END_SECONDS = 6.0
_PAUSE_SECONDS = 2.0
_LOCK = "runner.lock"


class Runner:
    """A thread that runs jobs as long as the service lives.

    Strategy
    --------
    * a process a job, so that nothing it does can hold up or bring down the service, and it can be ended at any time;
    * the process ends by itself when the service is no more: its standard input ends;
    * one runner a workspace: it holds a lock that the system takes back when its process ends, however it ends;
    * all that others may know goes through the database, so several services may share a workspace.

    Parameters
    ----------
    places
        What jobs need to know of the service: result folder, register.
    """

    def __init__(self, jobs: Jobs, limits: Limits, places: Callable[[], Mapping[str, str]]) -> None:
        self._jobs, self._limits, self._places = jobs, limits, places
        self._thread: threading.Thread | None = None
        self._stopping, self._awake = threading.Event(), threading.Event()
        self._starting = threading.Lock()

    def wake(self) -> None:
        """Look for work now; the first call starts the thread."""
        with self._starting:
            if self._thread is None and not self._stopping.is_set():
                self._thread = threading.Thread(target=self._live, name="jobs", daemon=True)
                self._thread.start()
        self._awake.set()

    def stop(self) -> None:
        """End the running job, which will run again at the next start, and the thread."""
        with self._starting:
            self._stopping.set()
        self._awake.set()
        if self._thread is not None:
            self._thread.join()

    def _live(self) -> None:
        while not self._stopping.is_set():
            with _locked(self._jobs.workspace.folder / _LOCK) as ours:
                if ours:
                    self._serve_queue()
            self._stopping.wait(2.0)

    def _serve_queue(self) -> None:
        """Run jobs until stopped, or until the database does not answer."""
        try:
            self._jobs.recover(_content("job_interrupted"))
            while not self._stopping.is_set():
                self._awake.clear()
                job = self._jobs.claim()
                if job is None:
                    # others that share the workspace cannot wake this thread
                    self._awake.wait(2.0)
                    continue
                self._run(job)
                self._jobs.forget_old()
        except (ServiceCircleError, OSError) as error:
            # the job at hand is taken up again by `recover`, once
            log.error("jobs wait: %s", error)

    def _run(self, job: JobRow) -> None:
        room = self._jobs.workspace.job_room(job.job_id)
        shutil.rmtree(room, ignore_errors=True)
        room.mkdir(parents=True)
        task = {"kind": job.kind, "asked": job.asked, "lang": job.lang, "room": str(room)}
        begun = time.monotonic()
        with (room / "log.txt").open("wb") as printed:
            child = subprocess.Popen(
                _COMMAND,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=printed,
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            )
            try:
                last = self._follow(job, child, {**task, **self._places()})
            finally:
                _end_process(child)
        _remove_parts((self._places().get("folder"), job.asked.get("out")), child.pid)
        self._conclude(job, last, child.returncode)
        seconds = round(time.monotonic() - begun, 1)
        log.info("job %s (%s) ended after %s s", job.job_id, job.kind, seconds)

    def _follow(
        self, job: JobRow, child: subprocess.Popen[bytes], task: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Take what the process says until it ends or must end; return the last word."""
        with contextlib.suppress(OSError):  # it may have died already
            _write(child.stdin, task)
        lines: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        threading.Thread(target=_read, args=(child.stdout, lines), daemon=True).start()
        until = time.monotonic() + self._limits.job_seconds
        teller = _Teller(self._jobs, job.job_id)
        looked = 0.0
        while True:
            with contextlib.suppress(queue.Empty):
                line = lines.get(timeout=_LOOK_SECONDS)
                if not line:
                    return {}
                said: dict[str, Any] = json.loads(line)
                if "stage" not in said:
                    return said
                teller.tell(said["stage"], said["done"], said["total"])
            if self._stopping.is_set():
                return {"interrupted": True}
            now = time.monotonic()
            if now > until:
                seconds = f"{self._limits.job_seconds:g}"
                return {"problem": _content("job_too_long", seconds=seconds)}
            if now - looked >= _LOOK_SECONDS:
                looked = now
                if self._jobs.wants_cancel(job.job_id):
                    return {"cancelled": True}

    def _conclude(self, job: JobRow, last: Mapping[str, Any], status: int) -> None:
        if "result" in last:
            self._jobs.end(job.job_id, "done", result=last["result"])
        elif "problem" in last:
            self._jobs.end(job.job_id, "failed", problem=last["problem"])
        elif "cancelled" in last:
            self._jobs.end(job.job_id, "cancelled")
        elif "interrupted" in last or status == -signal.SIGTERM:
            self._jobs.interrupted(job.job_id, _content("job_interrupted"))
            # whoever ends a whole group of processes ends this service next
            self._stopping.wait(_PAUSE_SECONDS)
        else:
            log.error("job %s died with status %s", job.job_id, status)
            self._jobs.end(job.job_id, "failed", problem=_content("job_died", status=status))
        if "result" not in last:
            self._sweep(job)

    def _sweep(self, job: JobRow) -> None:
        """Remove what a job left half done; why it died stays in its log."""
        for path in self._jobs.workspace.job_room(job.job_id).iterdir():
            if path.name != "log.txt":
                shutil.rmtree(path) if path.is_dir() else path.unlink()


class _Teller:
    """Notes progress, not more often than anybody looks; a new stage at once."""

    def __init__(self, jobs: Jobs, job_id: str) -> None:
        self._jobs, self._job_id = jobs, job_id
        self._stage, self._at = "", 0.0

    def tell(self, stage: str, done: int, total: int) -> None:
        """Note how far a stage is."""
        now = time.monotonic()
        if stage != self._stage or done >= total or now - self._at >= _TELL_SECONDS:
            self._stage, self._at = stage, now
            self._jobs.told(self._job_id, stage, done, total)


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[bool]:
    """Hold a lock that ends with this process; gives False where another holds it."""
    with contextlib.closing(sqlite3.connect(path, timeout=0.0, isolation_level=None)) as held:
        try:
            held.execute("BEGIN EXCLUSIVE")
            ours = True
        except sqlite3.OperationalError:
            ours = False
        yield ours


def _remove_parts(targets: Iterable[object], pid: int) -> None:
    """Remove the half folders of a process that had to be killed; see `geo.folder_swap`."""
    for one in targets:
        if isinstance(one, str) and one:
            path = Path(one)
            part = path.with_name(f".{path.name}.partial-{pid}")
            shutil.rmtree(part, ignore_errors=True)


def _write(stream: IO[bytes] | None, task: Mapping[str, Any]) -> None:
    if stream is not None:
        stream.write(json.dumps(task, ensure_ascii=False).encode("utf-8") + b"\n")
        stream.flush()


def _read(stream: IO[bytes], lines: queue.SimpleQueue[bytes]) -> None:
    with stream:
        for line in stream:
            lines.put(line)
    lines.put(b"")


def _end_process(child: subprocess.Popen[bytes]) -> None:
    """Let a process that has said its last word end, and make any other end."""
    with contextlib.suppress(OSError):
        if child.stdin is not None:
            child.stdin.close()
    if child.poll() is None:
        child.terminate()
    try:
        child.wait(_END_SECONDS)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


def _content(code: str, **params: object) -> dict[str, Any]:
    return problem_content(ServiceCircleError(Fault(code, params)))

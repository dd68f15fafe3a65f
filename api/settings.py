"""Settings of the service: what it serves, to whom, and its limits; handed to `create_app`, read from nowhere else."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True)
class Limits:
    """How much one request may ask for.

    Attributes
    ----------
    points
        Of one ``POST /coverage``.
    minutes, contours
        The largest limit of an isochrone, and how many of them.
    changes
        Stations and links of one scenario.
    flips
        Buildings listed by ``POST /what-if``; all of them are counted.
    body_bytes, body_seconds
        Size of a request, and how long it may take to arrive.
    work_seconds
        How long an answer may take.
    workers, waiting
        Searches at a time, and how many may wait for their turn.
    requests_per_second, requests_burst
        Of one key or address; callers on this machine are not counted.
    jobs_waiting, jobs_each
        Jobs that may wait or run, of all callers and of one.
    jobs_kept
        Ended jobs kept with what they made.
    job_seconds
        How long a job may run.
    streams
        Listeners to the progress of jobs at a time.
    upload_bytes, upload_seconds, upload_files
        Size of the files of a study as they come (unpacked, four times as much), how long they may take to arrive,
        how many they may be.
    studies, scenarios
        How many are kept.
    """

    points: int = 10_000
    minutes: float = 60.0
    contours: int = 6
    changes: int = 50
    flips: int = 1_000
    body_bytes: int = 4 * 1024 * 1024
    body_seconds: float = 20.0
    work_seconds: float = 60.0
    workers: int = 2
    waiting: int = 32
    requests_per_second: float = 20.0
    requests_burst: float = 100.0
    jobs_waiting: int = 20
    jobs_each: int = 4
    jobs_kept: int = 50
    job_seconds: float = 3_600.0
    streams: int = 64
    upload_bytes: int = 512 * 1024 * 1024
    upload_seconds: float = 600.0
    upload_files: int = 200
    studies: int = 30
    scenarios: int = 500


@dataclass(frozen=True)
class Proxy:
    """A reverse proxy that has asked its users who they are.

    Attributes
    ----------
    user_header, role_header
        Headers it sets on every request, and removes where callers send them; without a role header, or with a role
        nobody knows, its users are `role`.
    addresses
        Where it calls from; from elsewhere these headers mean nothing.
    """

    user_header: str
    role_header: str = ""
    role: Literal["reader", "editor", "admin"] = "reader"
    addresses: tuple[str, ...] = ("127.0.0.1", "::1")


@dataclass(frozen=True)
class ServiceSettings:
    """What `create_app` needs.

    Attributes
    ----------
    folder
        Result folder.
    hosts
        Names the service may be called by; any other ``Host`` is refused, so that no foreign page reads it by a name
        that it points here.
    host
        Address it is bound to.
    register
        Where the register is kept: a SQLite file or ``postgresql://…``; empty for a service without one.
    proxy
        Reverse proxy whose word on its users is taken; None for none.
    work
        Where jobs, scenarios and studies are kept; None for beside the result (``RESULT.work``).
    study_folders
        Folders of this machine from which a study may be started where it lies, itself and all below; none by default.
    reload_seconds
        How often to look for a new result in the folder; 0 never looks again.
    warm
        Whether to search once after loading, so that the first caller need not wait for it.
    """

    folder: Path
    hosts: tuple[str, ...] = LOOPBACK
    reload_seconds: float = 2.0
    warm: bool = True
    limits: Limits = field(default_factory=Limits)
    host: str = "127.0.0.1"
    register: str = ""
    proxy: Proxy | None = None
    work: Path | None = None
    study_folders: tuple[Path, ...] = ()

    @property
    def workspace(self) -> Path:
        """Where jobs, scenarios and studies are kept."""
        return self.work or self.folder.with_name(self.folder.name + ".work")

    @property
    def open_reading(self) -> bool:
        """Whether anybody who can reach the service may read: only people at this machine can."""
        return self.host in LOOPBACK and self.proxy is None

"""Settings of the service: what it serves, to whom, and its limits; handed to `create_app`, read from nowhere else."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

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

"""The queue: jobs entered, claimed, followed and ended, all of it on disk so that a restart forgets nothing."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.orm import Session

from api.jobs.errors import TooManyJobsError
from api.jobs.models import EventRow, JobRow
from api.jobs.workspace import Workspace
from api.problems import BusyError
from api.register.errors import ConflictError
from api.settings import Limits
from geo.errors import NotFoundError, fault

Kind = Literal["sites", "reanalysis", "check", "analysis"]
State = Literal["queued", "running", "done", "failed", "cancelled"]
OPEN = ("queued", "running")
ENDED = ("done", "failed", "cancelled")
MOST_ATTEMPTS = 2
_EVENTS_AT_ONCE = 200


@dataclass(frozen=True)
class Asker:
    """Who asks, and in which language answers are to be."""

    name: str
    lang: str


@dataclass(frozen=True)
class Event:
    """One event of a job."""

    number: int
    name: str
    data: Mapping[str, Any]


class Jobs:
    """Jobs of one service.

    Parameters
    ----------
    workspace
        Where they are kept.
    limits
        How many may wait, of all and of each.
    """

    def __init__(self, workspace: Workspace, limits: Limits) -> None:
        self.workspace = workspace
        self._limits = limits

    def add(
        self,
        kind: Kind,
        asked: Mapping[str, Any],
        asker: Asker,
        *,
        about: str = "",
    ) -> str:
        """Enter a job and return its id.

        Parameters
        ----------
        about
            What it works on; while one about the same waits or runs, another is refused.

        Raises
        ------
        BusyError
            When too many wait.
        TooManyJobsError
            When too many of this caller do.
        ConflictError
            When one about the same is open.
        """
        job_id = secrets.token_hex(8)
        with self.workspace.database.writing() as session:
            waiting = session.scalars(sa.select(JobRow).where(JobRow.state.in_(OPEN))).all()
            if about and any(one.about == about for one in waiting):
                raise ConflictError(fault("job_same_open"))
            if len(waiting) >= self._limits.jobs_waiting:
                raise BusyError(fault("job_queue_full", most=self._limits.jobs_waiting))
            if sum(one.who == asker.name for one in waiting) >= self._limits.jobs_each:
                raise TooManyJobsError(fault("job_too_many", most=self._limits.jobs_each))
            row = JobRow(
                job_id=job_id, kind=kind, state="queued", who=asker.name, lang=asker.lang,
                about=about, asked=dict(asked), made_at=datetime.now(UTC), attempts=0,
                cancelling=False,
            )  # fmt: skip
            session.add(row)
            session.flush()
            _happened(session, job_id, "state", {"state": "queued"})
        return job_id

    def job(self, job_id: str) -> JobRow:
        """Return one job.

        Raises
        ------
        NotFoundError
            When there is none of this id.
        """
        if self.workspace.present:
            with self.workspace.database.reading() as session:
                found = _found(session, job_id)
                if found is not None:
                    session.expunge(found)
                    return found
        raise NotFoundError(fault("job_unknown", id=job_id[:64]))

    def jobs(self, most: int = 50) -> list[JobRow]:
        """Return the latest jobs, the newest first."""
        if not self.workspace.present:
            return []
        with self.workspace.database.reading() as session:
            newest = sa.select(JobRow).order_by(JobRow.number.desc()).limit(most)
            rows = list(session.scalars(newest))
            session.expunge_all()
            return rows

    def latest(self, kind: Kind) -> JobRow | None:
        """Return the newest job of a kind."""
        if not self.workspace.present:
            return None
        with self.workspace.database.reading() as session:
            newest = sa.select(JobRow).where(JobRow.kind == kind).order_by(JobRow.number.desc())
            found = session.scalars(newest.limit(1)).first()
            if found is not None:
                session.expunge(found)
            return found

    def latest_about(self, about: str) -> JobRow | None:
        """Return the newest job about something."""
        if not self.workspace.present:
            return None
        with self.workspace.database.reading() as session:
            newest = sa.select(JobRow).where(JobRow.about == about).order_by(JobRow.number.desc())
            found = session.scalars(newest.limit(1)).first()
            if found is not None:
                session.expunge(found)
            return found

    def is_open(self, about: str) -> bool:
        """Whether a job about something waits or runs."""
        found = self.latest_about(about)
        return found is not None and found.state in OPEN

    def ahead(self, job: JobRow) -> int:
        """Count the jobs before one that waits."""
        with self.workspace.database.reading() as session:
            before = sa.select(sa.func.count()).where(
                JobRow.state.in_(OPEN), JobRow.number < job.number
            )
            return int(session.scalar(before) or 0)

    def events(self, job_id: str, after: int) -> tuple[list[Event], bool]:
        """Return the events after a number, the oldest first, and whether there will be no more after these."""
        with self.workspace.database.reading() as session:
            found = _found(session, job_id)
            later = (
                sa.select(EventRow)
                .where(EventRow.job_id == job_id, EventRow.number > after)
                .order_by(EventRow.number)
                .limit(_EVENTS_AT_ONCE)
            )
            events = [Event(one.number, one.name, one.data) for one in session.scalars(later)]
            ended = found is None or found.state in ENDED
            return events, ended and len(events) < _EVENTS_AT_ONCE

    def cancel(self, job_id: str) -> JobRow:
        """Cancel a job: at once where it waits; one that runs is ended by its runner.

        Raises
        ------
        NotFoundError
            When there is none of this id.
        """
        self.job(job_id)
        with self.workspace.database.writing() as session:
            found = _found(session, job_id)
            if found is not None and found.state == "queued":
                _end(session, found, "cancelled")
            elif found is not None and found.state == "running":
                found.cancelling = True
        return self.job(job_id)

    def claim(self) -> JobRow | None:
        """Take the first job that waits; from now on it runs."""
        with self.workspace.database.writing() as session:
            first = sa.select(JobRow).where(JobRow.state == "queued").order_by(JobRow.number)
            found = session.scalars(first.limit(1)).first()
            if found is None:
                return None
            found.state, found.begun_at = "running", datetime.now(UTC)
            found.attempts += 1
            _happened(session, found.job_id, "state", {"state": "running"})
            session.flush()
            session.refresh(found)
            session.expunge(found)
            return found

    def told(self, job_id: str, stage: str, done: int, total: int) -> None:
        """Note how far a job is."""
        progress = {"stage": stage, "done": done, "total": total}
        with self.workspace.database.writing() as session:
            found = _found(session, job_id)
            if found is not None and found.state == "running":
                found.progress = progress
                _happened(session, job_id, "progress", progress)

    def wants_cancel(self, job_id: str) -> bool:
        """Whether somebody wants a running job to end."""
        with self.workspace.database.reading() as session:
            found = _found(session, job_id)
            return found is None or found.cancelling

    def end(
        self,
        job_id: str,
        state: State,
        result: Mapping[str, Any] | None = None,
        problem: Mapping[str, Any] | None = None,
    ) -> None:
        """Note how a job ended."""
        with self.workspace.database.writing() as session:
            found = _found(session, job_id)
            if found is not None:
                found.result = dict(result) if result is not None else None
                found.problem = dict(problem) if problem is not None else None
                _end(session, found, state)

    def interrupted(self, job_id: str, problem: Mapping[str, Any]) -> None:
        """Let a job that was cut off wait again; one cut off for the second time has failed with `problem`."""
        with self.workspace.database.writing() as session:
            found = _found(session, job_id)
            if found is not None:
                _cut_off(session, found, problem)

    def recover(self, problem: Mapping[str, Any]) -> None:
        """Take care of what a service that is no more left running; see `interrupted`."""
        with self.workspace.database.writing() as session:
            for one in session.scalars(sa.select(JobRow).where(JobRow.state == "running")):
                _cut_off(session, one, problem)

    def forget_old(self) -> None:
        """Drop all but the latest jobs, with what they made."""
        with self.workspace.database.writing() as session:
            old = (
                sa.select(JobRow)
                .where(JobRow.state.in_(ENDED))
                .order_by(JobRow.number.desc())
                .offset(self._limits.jobs_kept)
            )
            rows = list(session.scalars(old))
            for one in rows:
                session.execute(sa.delete(EventRow).where(EventRow.job_id == one.job_id))
                session.delete(one)
        for one in rows:
            shutil.rmtree(self.workspace.job_room(one.job_id), ignore_errors=True)


def _found(session: Session, job_id: str) -> JobRow | None:
    return session.scalars(sa.select(JobRow).where(JobRow.job_id == job_id)).first()


def _happened(session: Session, job_id: str, name: str, data: Mapping[str, Any]) -> None:
    last = session.scalar(sa.select(sa.func.max(EventRow.number)).where(EventRow.job_id == job_id))
    session.add(EventRow(job_id=job_id, number=(last or 0) + 1, name=name, data=dict(data)))


def _end(session: Session, job: JobRow, state: State) -> None:
    job.state, job.ended_at, job.cancelling = state, datetime.now(UTC), False
    _happened(session, job.job_id, "state", {"state": state})


def _cut_off(session: Session, job: JobRow, problem: Mapping[str, Any]) -> None:
    _happened(session, job.job_id, "state", {"state": "interrupted"})
    if job.cancelling:
        _end(session, job, "cancelled")
    elif job.attempts >= MOST_ATTEMPTS:
        job.problem = dict(problem)
        _end(session, job, "failed")
    else:
        job.state, job.begun_at, job.progress = "queued", None, None
        session.flush()
        _happened(session, job.job_id, "state", {"state": "queued"})

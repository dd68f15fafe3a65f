"""Jobs and their progress as answers; sentences in the language of whoever reads."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from api.jobs.models import JobRow
from api.jobs.store import Jobs
from geo.errors import NotFoundError, fault
from geo.messages import catalogue, say


def job_content(job: JobRow, jobs: Jobs) -> dict[str, object]:
    """Return a job as its document describes it."""
    return {
        "id": job.job_id,
        "kind": job.kind,
        "state": job.state,
        "ahead_count": jobs.ahead(job) if job.state == "queued" else 0,
        "attempts_count": job.attempts,
        "progress": progress_content(job.progress) if job.progress else None,
        "made_at": moment(job.made_at),
        "begun_at": moment(job.begun_at),
        "ended_at": moment(job.ended_at),
        "result": job.result,
        "files": job_files(jobs, job.job_id) if job.state == "done" else [],
        "problem": job.problem,
    }


def progress_content(progress: Mapping[str, Any]) -> dict[str, object]:
    """Return a stage with its words."""
    stage = str(progress["stage"])
    return {**progress, "text": say(stage) if stage in catalogue() else stage}


def event_content(name: str, data: Mapping[str, Any]) -> dict[str, object]:
    """Return an event with its words."""
    if name == "progress":
        return progress_content(data)
    return {**data, "text": say(f"job_state_{data['state']}")}


def job_files(jobs: Jobs, job_id: str) -> list[str]:
    """Return the names of what a job made."""
    folder = jobs.workspace.job_room(job_id) / "files"
    return sorted(one.name for one in folder.iterdir()) if folder.is_dir() else []


def job_file(jobs: Jobs, job_id: str, name: str) -> Path:
    """Return the place of a file that a job made.

    Raises
    ------
    NotFoundError
        When it made none of this name.
    """
    names = job_files(jobs, job_id)
    if name not in names:
        raise NotFoundError(fault("work_no_file", name=name[:100], names="、".join(names) or "—"))
    return jobs.workspace.job_room(job_id) / "files" / name


def moment(at: datetime | None) -> str | None:
    """Write a moment; SQLite forgets that it is UTC."""
    return None if at is None else at.replace(tzinfo=UTC).isoformat(timespec="seconds")

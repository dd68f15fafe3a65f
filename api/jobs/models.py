"""Tables of the work database: jobs and their events, saved scenarios, studies, notes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, DateTime, ForeignKey, Integer, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

Record = dict[str, Any]


class WorkBase(DeclarativeBase):
    """What all tables share."""

    type_annotation_map = {Record: JSON(none_as_null=True)}  # noqa: RUF012


class JobRow(WorkBase):
    """One job; ``number`` is its place in the queue."""

    __tablename__ = "jobs"
    __table_args__ = ({"sqlite_autoincrement": True},)

    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    job_id: Mapped[str] = mapped_column(String(32), unique=True)
    kind: Mapped[str] = mapped_column(String(16))
    state: Mapped[str] = mapped_column(String(16), index=True)
    who: Mapped[str]
    lang: Mapped[str] = mapped_column(String(2))
    about: Mapped[str]  # what it works on, so that two do not work on the same
    asked: Mapped[Record]
    made_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    begun_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    ended_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    attempts: Mapped[int] = mapped_column(default=0)
    cancelling: Mapped[bool] = mapped_column(default=False)
    progress: Mapped[Record | None]
    result: Mapped[Record | None]
    problem: Mapped[Record | None]


class EventRow(WorkBase):
    """Something that happened to a job; numbered within it from 1."""

    __tablename__ = "events"

    job_id: Mapped[str] = mapped_column(
        String(32), ForeignKey("jobs.job_id", ondelete="CASCADE"), primary_key=True
    )
    number: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(16))
    data: Mapped[Record]


class ScenarioRow(WorkBase):
    """A saved scenario."""

    __tablename__ = "scenarios"

    scenario_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    name: Mapped[str]
    plan: Mapped[Record]
    version: Mapped[int]
    who: Mapped[str]
    made_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    changed_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class StudyRow(WorkBase):
    """A study begun through the service; its files lie in a folder of its own, or where `base` says."""

    __tablename__ = "studies"

    study_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    name: Mapped[str]
    version: Mapped[int]
    who: Mapped[str]
    base: Mapped[str | None]
    made_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class NoteRow(WorkBase):
    """What the service remembers about itself, such as which study it serves."""

    __tablename__ = "notes"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    value: Mapped[str]

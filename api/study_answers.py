"""Studies as answers."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence

from api.jobs.answers import job_content, moment
from api.jobs.desk import WorkDesk
from api.jobs.models import StudyRow
from api.studies import Studies, StudyPlace
from geo.errors import NotFoundError, fault

HOME = "study"
_PARTS = ("findings", "inputs", "counts", "measures", "rejects")


def studies_of(work: WorkDesk) -> Studies:
    """Return the studies of a service."""
    return Studies(work.workspace, work.settings.limits.studies)


def study_content(
    work: WorkDesk, study: StudyRow, ignored: Sequence[str] = ()
) -> dict[str, object]:
    """Return a study as its document describes it; its job is the latest about it."""
    place = studies_of(work).place(study)
    job = work.jobs.latest_about(f"study:{study.study_id}")
    files = place.files()
    return {
        "id": study.study_id,
        "name": study.name,
        "version": study.version,
        "who": study.who,
        "made_at": moment(study.made_at),
        "folder": study.base,
        "inputs": _inputs(place),
        "ignored": list(ignored),
        "checked": place.quality() is not None,
        "analysed": bool(files),
        "served": work.serving == study.study_id,
        "files": files,
        "job": job_content(job, work.jobs) if job is not None else None,
    }


def quality_content(study: StudyRow, place: StudyPlace) -> dict[str, object]:
    """Return the quality report of a study.

    Raises
    ------
    NotFoundError
        Before the first check has ended.
    """
    found = place.quality()
    if found is None:
        raise NotFoundError(fault("study_not_checked"))
    parts = {name: found[name] for name in _PARTS}
    return {"version": study.version, **parts, "correctable": place.all_aside()}


def _inputs(place: StudyPlace) -> list[str]:
    table = tomllib.loads((place.room / "study.toml").read_text(encoding="utf-8"))
    given = [one for one in table.values() if isinstance(one, dict)]
    given += [one for one in table.get("zones", []) if isinstance(one, dict)]
    names = [one.get("path") or one.get("osm") for one in given]
    return sorted(one for one in names if isinstance(one, str))

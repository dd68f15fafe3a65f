"""``/sites`` and ``/jobs``: site selection asked for, jobs followed, fetched, cancelled."""

from __future__ import annotations

import mimetypes
import re
from typing import Annotated

from fastapi import APIRouter, Body, Header, Query, Request
from fastapi.responses import FileResponse, Response, StreamingResponse
from starlette.concurrency import run_in_threadpool

from api.answers import json_response
from api.asked import ServedDep
from api.jobs.answers import job_content, job_file
from api.jobs.desk import AskerDep, WorkDep, require_own
from api.jobs.documents import JobAnswer, JobList, SitesAsked
from api.jobs.store import ENDED
from geo.choosing.request import rule_named
from geo.errors import InputError, fault

router = APIRouter(tags=["jobs"])
_EXAMPLE = {"count": 3, "floor": 0.1, "candidates": ["buildings", "network"]}
_NUMBER = re.compile(r"\d{1,9}")


@router.post(
    "/sites",
    response_model=JobAnswer,
    status_code=202,
    summary="选址：提交计算",
    openapi_extra={"requestBody": {"content": {"application/json": {"example": _EXAMPLE}}}},
)
def sites(
    work: WorkDep, served: ServedDep, who: AskerDep, asked: Annotated[SitesAsked, Body()]
) -> Response:
    """Ask where new stations should go; the answer comes as a job. The result in service is not changed."""
    rule_named(served.result.params.rules, asked.rule)
    values = asked.model_dump(mode="json")
    values["time_limit"] = values.pop("time_limit_s")
    return accepted(work, work.jobs.add("sites", values, who))


@router.get("/jobs", response_model=JobList, summary="最近的任务")
def jobs(work: WorkDep, limit: Annotated[int, Query(ge=1, le=200)] = 50) -> Response:
    """List the latest jobs, the newest first."""
    return json_response({"jobs": [job_content(one, work.jobs) for one in work.jobs.jobs(limit)]})


@router.get("/jobs/{job_id}", response_model=JobAnswer, summary="任务进行得如何")
def job(work: WorkDep, job_id: str) -> Response:
    """Return the state of a job."""
    return json_response(job_content(work.jobs.job(job_id), work.jobs))


@router.delete("/jobs/{job_id}", response_model=JobAnswer, status_code=202, summary="取消任务")
def cancel(request: Request, work: WorkDep, job_id: str) -> Response:
    """Cancel a job of one's own; editors cancel anybody's. One that has ended stays as it is."""
    require_own(request, work.jobs.job(job_id).who)
    found = work.jobs.cancel(job_id)
    work.runner.wake()
    return json_response(job_content(found, work.jobs), 202)


@router.get(
    "/jobs/{job_id}/events",
    summary="任务进度（服务器推送事件）",
    response_class=Response,
    responses={200: {"content": {"text/event-stream": {}}}, 204: {"description": "Nothing more."}},
)
async def events(
    work: WorkDep,
    job_id: str,
    last_event_id: Annotated[
        str | None, Header(alias="Last-Event-ID", description="断线前收到的最后一个编号。")
    ] = None,
) -> Response:
    """Send the events of a job as they happen; a reader who was cut off goes on after ``Last-Event-ID``."""
    if last_event_id is not None and not _NUMBER.fullmatch(last_event_id.strip()):
        raise InputError(fault("job_bad_event_id"))
    after = int(last_event_id or 0)
    found = await run_in_threadpool(work.jobs.job, job_id)
    if found.state in ENDED and last_event_id is not None:
        later, _ = await run_in_threadpool(work.jobs.events, job_id, after)
        if not later:
            return Response(status_code=204)  # which tells a browser not to come again
    work.streams.require_room()
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    content = work.streams.events(work.jobs, job_id, after)
    return StreamingResponse(content, 200, headers, "text/event-stream; charset=utf-8")


@router.get("/jobs/{job_id}/files/{name}", summary="任务的成果文件", response_class=Response)
def fetch(work: WorkDep, job_id: str, name: str) -> Response:
    """Send a file that a job made, such as ``sites.json``."""
    path = job_file(work.jobs, work.jobs.job(job_id).job_id, name)
    media = mimetypes.guess_type(name)[0] or "application/octet-stream"
    shown = "inline" if name.endswith(".json") else "attachment"
    return FileResponse(path, media_type=media, filename=name, content_disposition_type=shown)


def accepted(work: WorkDep, job_id: str) -> Response:
    """Answer that a job was entered, and let it begin."""
    work.runner.wake()
    answer = json_response(job_content(work.jobs.job(job_id), work.jobs), 202)
    answer.headers["Location"] = f"/jobs/{job_id}"
    return answer

"""``/studies``: files uploaded, checked, corrected, analysed, their result fetched or served."""

from __future__ import annotations

import mimetypes
from typing import Annotated

from fastapi import APIRouter, Body, Request
from fastapi.responses import FileResponse, Response
from starlette.concurrency import run_in_threadpool

from api.answers import json_response
from api.if_match import IfMatch, tagged, version_of
from api.jobs.desk import AskerDep, WorkDep, WorkDesk
from api.jobs.store import Asker, Kind
from api.register.errors import ConflictError
from api.routes_register import EditorDep
from api.study_answers import HOME, quality_content, studies_of, study_content
from api.study_documents import (
    AnalysisAsked,
    RowsCorrected,
    Serving,
    ServingAsked,
    StudyAnswer,
    StudyList,
    StudyQuality,
)
from api.study_intake import receive
from geo.errors import NotFoundError, fault

router = APIRouter(prefix="/studies", tags=["studies"])
_FILES = {"type": "array", "items": {"type": "string", "format": "binary"}}
_FOLDER = {
    "type": "object",
    "properties": {"folder": {"type": "string"}, "settings": {"type": "object"}},
    "required": ["folder"],
}
_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "properties": {"files": _FILES, "settings": {"type": "string"}},
                }
            },
            "application/zip": {"schema": {"type": "string", "format": "binary"}},
            "application/json": {"schema": _FOLDER, "example": {"folder": "D:/数据/天河"}},
        },
    }
}


@router.get("", response_model=StudyList, summary="研究列表")
def studies(work: WorkDep) -> Response:
    """List the studies begun here, the newest first."""
    found = [study_content(work, one) for one in studies_of(work).all()]
    return json_response({"studies": found})


@router.post(
    "",
    response_model=StudyAnswer,
    status_code=201,
    summary="上传一项研究的数据",
    openapi_extra=_BODY,
)
async def upload(request: Request, work: WorkDep, person: EditorDep, who: AskerDep) -> Response:
    """Take files with known names (街道.*, 建筑.*, 阵地.xlsx, 路网.*), as parts or a zip, and begin to check them."""
    study, received = await receive(request, work, person.name)
    await run_in_threadpool(_begin, work, study.study_id, "check", who)
    content = await run_in_threadpool(study_content, work, study, received.ignored)
    return tagged(json_response(content, 201), study.version)


@router.get("/serving", response_model=Serving, summary="正在提供哪项研究的结果")
def serving(work: WorkDep) -> Response:
    """Tell whether the result of a study is served, and of which."""
    return json_response({"study": work.serving})


@router.put("/serving", response_model=Serving, summary="换用一项研究的结果")
async def serve(work: WorkDep, _: EditorDep, asked: Annotated[ServingAsked, Body()]) -> Response:
    """Serve the result of a study from now on, also after a restart; requests under way are not disturbed."""
    folder = work.home
    if asked.study is not None:
        kept = studies_of(work)
        place = kept.place(await run_in_threadpool(kept.get, asked.study))
        if not place.files():
            raise NotFoundError(fault("study_no_result"))
        folder = place.result
    await work.serve(folder, asked.study)
    return json_response({"study": work.serving})


@router.get("/{study_id}", response_model=StudyAnswer, summary="一项研究")
def study(work: WorkDep, study_id: str) -> Response:
    """Return a study; its version is the ``ETag``."""
    found = studies_of(work).get(study_id)
    return tagged(json_response(study_content(work, found)), found.version)


@router.get("/{study_id}/quality", response_model=StudyQuality, summary="数据质量报告")
def quality(work: WorkDep, study_id: str) -> Response:
    """Return what the last check found, and the rows that can be corrected in place."""
    kept = studies_of(work)
    found = kept.get(study_id)
    content = quality_content(found, kept.place(found))
    return tagged(json_response(content), found.version)


@router.patch(
    "/{study_id}/rejects/{section}", response_model=StudyAnswer, status_code=202,
    summary="改正退回的记录",
)  # fmt: skip
def correct(
    work: WorkDep,
    _: EditorDep,
    who: AskerDep,
    study_id: str,
    section: str,
    asked: Annotated[RowsCorrected, Body()],
    if_match: IfMatch = None,
) -> Response:
    """Correct rows that were set aside, and check the study again; the files that were sent stay as they are."""
    kept = studies_of(work)
    place = kept.place(kept.get(study_id))
    if work.jobs.is_open(_about(study_id)):
        raise ConflictError(fault("job_same_open"))
    changes = [one.model_dump() for one in asked.rows]
    place.require_correctable(section, changes)
    found = kept.touch(study_id, version_of(if_match))
    place.correct(section, changes)
    _begin(work, study_id, "check", who)
    return tagged(json_response(study_content(work, found), 202), found.version)


@router.post("/{study_id}/check", response_model=StudyAnswer, status_code=202, summary="重新检查")
def check(work: WorkDep, _: EditorDep, who: AskerDep, study_id: str) -> Response:
    """Check the study again, as a job."""
    found = studies_of(work).get(study_id)
    _begin(work, study_id, "check", who)
    return json_response(study_content(work, found), 202)


@router.post(
    "/{study_id}/analysis", response_model=StudyAnswer, status_code=202, summary="开始分析"
)
def analyse(
    work: WorkDep,
    _: EditorDep,
    who: AskerDep,
    study_id: str,
    asked: Annotated[AnalysisAsked | None, Body()] = None,
) -> Response:
    """Analyse the study, as a job; its map, tables and reports can then be fetched, and its result be served."""
    found = studies_of(work).get(study_id)
    forms = (asked or AnalysisAsked()).forms
    _begin(work, study_id, "analysis", who, list(dict.fromkeys(forms)))
    return json_response(study_content(work, found), 202)


@router.get("/{study_id}/files/{name}", summary="研究的成果文件", response_class=Response)
def fetch(work: WorkDep, study_id: str, name: str) -> Response:
    """Send a finished product, such as ``map.html``."""
    kept = studies_of(work)
    path = kept.place(kept.get(study_id)).file(name)
    media = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return FileResponse(path, media_type=media, filename=name)


@router.delete("/{study_id}", status_code=204, summary="删除研究", response_class=Response)
def delete(work: WorkDep, _: EditorDep, study_id: str) -> Response:
    """Delete a study and what was uploaded; what was written into a folder of this machine stays there."""
    kept = studies_of(work)
    kept.get(study_id)
    if work.jobs.is_open(_about(study_id)):
        raise ConflictError(fault("job_same_open"))
    if work.serving == study_id:
        raise ConflictError(fault("study_is_served"))
    kept.delete(study_id)
    return Response(status_code=204)


def _about(study_id: str) -> str:
    return f"study:{study_id}"


def _begin(
    work: WorkDesk, study_id: str, kind: Kind, who: Asker, forms: list[str] | None = None
) -> None:
    """Enter a job about a study; one at a time."""
    kept = studies_of(work)
    place = kept.place(kept.get(study_id))
    asked = {
        HOME: study_id, "room": str(place.room), "base": str(place.base), "out": str(place.result),
        "forms": forms or [],
    }  # fmt: skip
    work.jobs.add(kind, asked, who, about=_about(study_id))
    work.runner.wake()

"""``/stations``: the register read, changed, imported, exported; who changed what."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

from fastapi import APIRouter, Body, Depends, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from api.answers import json_response
from api.asked import ServedDep, standing
from api.desk import DeskDep, staleness, tier_names, words_of
from api.gate import editor
from api.if_match import IfMatch, tagged, version_of
from api.jobs.answers import job_content
from api.jobs.desk import AskerDep, WorkDep, WorkDesk
from api.jobs.store import OPEN
from api.keys import Person
from api.register import imports
from api.register.sheets import export_bytes
from api.register.store import Entry, Register
from api.register_answers import import_answer, records
from api.register_models import (
    AnalysisState,
    Changes,
    History,
    ImportAnswer,
    StationRecord,
    Stations,
    StationValues,
)
from geo.errors import InputError, fault

WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
router = APIRouter(prefix="/stations", tags=["stations"])
EditorDep = Annotated[Person, Depends(editor)]


def _register(desk: DeskDep, served: ServedDep) -> Register:
    return desk.register(served)


RegisterDep = Annotated[Register, Depends(_register)]


@router.get("", response_model=Stations, summary="台账：全部站点")
def stations(
    register: RegisterDep,
    limit: Annotated[int, Query(ge=1, le=10_000)] = 1_000,
    offset: Annotated[int, Query(ge=0, le=10_000_000)] = 0,
    deleted: Annotated[bool, Query(description="连同已删除的。Deleted ones too.")] = False,
) -> Response:
    """List the stations of the register by id."""
    revision, entries = register.state(deleted=deleted)
    part = records(entries[offset : offset + limit])
    return json_response({"revision": revision, "count": len(entries), "stations": part})


@router.post("", response_model=StationRecord, status_code=201, summary="登记一座站点")
def add(
    register: RegisterDep,
    served: ServedDep,
    who: EditorDep,
    asked: Annotated[StationValues, Body()],
) -> Response:
    """Enter a station; without an id it is numbered."""
    words = words_of(served.result)
    values = _values(asked, words.checks)
    return _answer(register.add(values, who.name, words), 201)


@router.get("/export", summary="导出台账（Excel）", response_class=Response)
def export(register: RegisterDep, served: ServedDep) -> Response:
    """Send the register as an Excel file that can be imported again."""
    rows = [one.row for one in register.entries()]
    headers = {"Content-Disposition": 'attachment; filename="stations.xlsx"'}
    return Response(export_bytes(rows, tier_names(served.result)), 200, headers, WORKBOOK)


@router.get("/changes", response_model=Changes, summary="结果之后台账有何变动")
def changes(register: RegisterDep, served: ServedDep) -> Response:
    """Tell what has changed since the result in service was made."""
    found = staleness(register, served.result)
    content = {
        **standing(served),
        "stale": found.is_stale,
        "since_revision": found.since,
        "changed_stations": list(found.changed_stations),
        "changes": register.history(since=found.since),
    }
    return json_response(content)


@router.post(
    "/import",
    response_model=ImportAnswer,
    summary="导入台账（先预览，再确认）",
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {WORKBOOK: {"schema": {"type": "string", "format": "binary"}}},
        }
    },
)
async def import_(
    request: Request,
    register: RegisterDep,
    served: ServedDep,
    who: EditorDep,
    dry_run: Annotated[bool, Query(description="只预览，不写入。Preview only.")] = True,
    token: Annotated[
        str, Query(max_length=64, description="预览给出的 token。As the preview gave it.")
    ] = "",
    crs: Annotated[
        Literal["gcj02", "bd09", "EPSG:4326", "EPSG:4490"] | None,
        Query(description="没有填坐标来源的行按此坐标系。Of rows without a 坐标来源."),
    ] = None,
    missing: Annotated[
        Literal["keep", "delete"],
        Query(description="文件中没有的站点：保留或删除。Stations that the file lacks."),
    ] = "keep",
) -> Response:
    """Tell what the file (the body itself) would change; with ``dry_run=false`` and the preview's token, change it."""
    content = await request.body()

    def work() -> Response:
        words = words_of(served.result)
        if dry_run:
            found = imports.preview(register, content, words, crs, missing)
        else:
            found = imports.take(register, content, words, crs, missing, token=token, who=who.name)
        return json_response(import_answer(found, written=not dry_run))

    return await run_in_threadpool(work)


@router.get("/reanalysis", response_model=AnalysisState, summary="重新分析进行得如何")
def analysis_state(work: WorkDep) -> Response:
    """Tell whether the study is being analysed again."""
    return json_response(_analysis_content(work))


@router.post(
    "/reanalysis", response_model=AnalysisState, status_code=202, summary="用现在的台账重新分析"
)
def analyse(work: WorkDep, _: RegisterDep, __: EditorDep, who: AskerDep) -> Response:
    """Analyse the study again, as a job, with the register as it stands."""
    work.jobs.add("reanalysis", {}, who, about="reanalysis")
    work.runner.wake()
    return json_response(_analysis_content(work), 202)


@router.get("/{station_id}", response_model=StationRecord, summary="一座站点")
def station(register: RegisterDep, station_id: str) -> Response:
    """Return one station with its version, deleted or not."""
    return _answer(register.entry(station_id))


@router.patch("/{station_id}", response_model=StationRecord, summary="修改一座站点")
def change(
    register: RegisterDep,
    served: ServedDep,
    who: EditorDep,
    station_id: str,
    asked: Annotated[StationValues, Body()],
    if_match: IfMatch = None,
) -> Response:
    """Change the columns that are sent; null empties one."""
    words = words_of(served.result)
    values = _values(asked, words.checks)
    return _answer(register.change(station_id, values, version_of(if_match), who.name, words))


@router.delete("/{station_id}", response_model=StationRecord, summary="删除一座站点（可恢复）")
def delete(
    register: RegisterDep, who: EditorDep, station_id: str, if_match: IfMatch = None
) -> Response:
    """Take a station out of the register; its history stays."""
    return _answer(register.delete(station_id, version_of(if_match), who.name))


@router.post("/{station_id}/restore", response_model=StationRecord, summary="恢复已删除的站点")
def restore(
    register: RegisterDep, who: EditorDep, station_id: str, if_match: IfMatch = None
) -> Response:
    """Take a deleted station back."""
    return _answer(register.restore(station_id, version_of(if_match), who.name))


@router.get("/{station_id}/history", response_model=History, summary="一座站点的改动记录")
def history(register: RegisterDep, station_id: str) -> Response:
    """Return every change of a station: who, when, old and new."""
    return json_response({"changes": register.history(station_id)})


def _answer(entry: Entry, status: int = 200) -> Response:
    return tagged(json_response(records([entry])[0], status), entry.version)


def _values(asked: StationValues, known: Sequence[str]) -> dict[str, object]:
    values: dict[str, object] = asked.model_dump(exclude_unset=True)
    unknown = sorted(set(asked.checks or ()) - set(known))
    if unknown:
        raise InputError(
            fault("register_no_check", name=unknown[0][:100], known="、".join(known) or "—")
        )
    return values


def _analysis_content(work: WorkDesk) -> dict[str, object]:
    """Tell how the latest re-analysis is getting on."""
    job = work.jobs.latest("reanalysis")
    if job is None:
        return {"state": "idle", "revision": None, "detail": "", "job": None}
    state = "running" if job.state in OPEN else "done" if job.state == "done" else "failed"
    problem, result = job.problem or {}, job.result or {}
    return {
        "state": state,
        "revision": result.get("revision"),
        "detail": str(problem.get("detail", "")),
        "job": job_content(job, work.jobs),
    }

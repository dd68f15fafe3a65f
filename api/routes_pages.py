"""The pages of the service and whether it is alive: ``/``, ``/docs``, ``/healthz``, ``/readyz``."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool

from api.answers import json_response
from api.asked import ServedDep, ShelfDep
from api.desk import DeskDep
from api.docs_page import docs_page
from api.gate import WHO
from api.models import Readiness
from api.problems import CHALLENGE
from api.served import Page, page_of
from api.settings import ServiceSettings
from geo.errors import NotFoundError, fault
from geo.messages import language
from maps.planner import door_page

HTML = "text/html; charset=utf-8"
router = APIRouter(tags=["service"])


@router.get("/", summary="规划人员页面", response_class=Response, responses={304: {}})
async def page(request: Request, served: ServedDep) -> Response:
    """Send the planner's page of the result in service; whoever must bring a key first, the page that asks for it."""
    found = served.page
    if found is None:
        raise NotFoundError(fault("service_no_map", folder=served.folder))
    settings: ServiceSettings = request.app.state.settings
    if not settings.open_reading and request.scope.get(WHO) is None:
        return _door(found)
    packed = "gzip" in request.headers.get("accept-encoding", "")
    tag = f'"{found.tag}{"-gz" if packed else ""}"'
    headers = {
        "ETag": tag,
        "Vary": "Accept-Encoding",
        "Cache-Control": "no-cache",
        "Content-Security-Policy": found.policy,
    }
    known = [one.strip().removeprefix("W/") for one in _tags(request)]
    if tag in known or "*" in known:
        return Response(status_code=304, headers=headers)
    if packed:
        headers["Content-Encoding"] = "gzip"
    return Response(found.gzipped if packed else found.plain, 200, headers, HTML)


@router.get("/docs", summary="接口说明", response_class=Response)
async def docs(request: Request) -> Response:
    """Describe the interface on one page that needs nothing from elsewhere."""
    html, policy = docs_page(request.app.openapi())
    return Response(html, 200, {"Content-Security-Policy": policy}, HTML)


@router.get("/healthz", summary="进程是否正常")
async def healthz() -> dict[str, str]:
    """Say that the process answers."""
    return {"status": "ok"}


@router.get(
    "/readyz",
    response_model=Readiness,
    responses={503: {"model": Readiness}},
    summary="结果是否已载入",
)
async def readyz(shelf: ShelfDep, desk: DeskDep) -> Response:
    """Say whether a result is served, of a newer one that is not, why, and whether the register has gone on."""
    params = shelf.served.result.params if shelf.ready else None
    old = await run_in_threadpool(desk.staleness, shelf.served) if shelf.ready else None
    content = {
        "ready": shelf.ready,
        "study": params.name if params else None,
        "as_of": params.as_of.isoformat() if params else None,
        "result": shelf.served.stamp if shelf.ready else None,
        "stale": old.is_stale if old is not None else None,
        "changed_stations_count": len(old.changed_stations) if old is not None else None,
        "faults": [{"code": one.code, "detail": one.text()} for one in shelf.faults],
    }
    return json_response(content, 200 if shelf.ready else 503)


def _door(page: Page) -> Response:
    """Send the page that asks for a key; the planner's page, once fetched, runs in its place."""
    found = page_of(door_page(language()).encode("utf-8"), page.scripts)
    headers = {"Content-Security-Policy": found.policy, "Cache-Control": "no-store", **CHALLENGE}
    return Response(found.plain, 401, headers, HTML)


def _tags(request: Request) -> list[str]:
    return request.headers.get("if-none-match", "").split(",")

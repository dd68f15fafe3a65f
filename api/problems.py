"""Errors as `application/problem+json`: one table from class to status, one shape for all of them."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Mapping
from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from api.jobs.errors import TooManyJobsError
from api.keys import ForbiddenError, UnknownCallerError
from api.register.errors import (
    ConflictError,
    FullError,
    NoRegisterError,
    NoVersionError,
    StaleVersionError,
    UnavailableError,
)
from geo.errors import (
    CrsError,
    Fault,
    FetchError,
    InputError,
    NetworkError,
    NotFoundError,
    OutputError,
    ServiceCircleError,
    StudyFileError,
)
from geo.messages import catalogue, say
from geo.plain_json import plain

PROBLEM_JSON = "application/problem+json"
REQUEST_ID = "servicecircle.request_id"
SECURITY = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
}
CHALLENGE = {"WWW-Authenticate": 'Bearer realm="servicecircle"'}
log = logging.getLogger("servicecircle")


class NotReadyError(ServiceCircleError):
    """No result is loaded."""


class TooMuchError(ServiceCircleError, ValueError):
    """A request asks for more than it may."""


class BadQueryError(ServiceCircleError, ValueError):
    """A query has parameters that are unknown, or values that they cannot have."""


class BusyError(ServiceCircleError):
    """Too many requests are waiting."""


class TooLongError(ServiceCircleError, TimeoutError):
    """The answer took too long."""


STATUS: Mapping[type[Exception], int] = {
    InputError: 422,
    StudyFileError: 422,
    CrsError: 422,
    NetworkError: 422,
    NotFoundError: 404,
    FetchError: 502,
    OutputError: 500,
    TooMuchError: 413,
    BadQueryError: 400,
    NotReadyError: 503,
    BusyError: 503,
    TooManyJobsError: 429,
    TooLongError: 504,
    UnknownCallerError: 401,
    ForbiddenError: 403,
    NoRegisterError: 404,
    ConflictError: 409,
    StaleVersionError: 412,
    NoVersionError: 428,
    UnavailableError: 503,
    FullError: 507,
    ServiceCircleError: 500,
}
_RETRY = {503: "5", 504: "30"}
# what pydantic calls a fault -> the end of the code of our sentence; others are said to be bad
_FIELD = {
    "missing": "missing",
    "float_parsing": "number",
    "float_type": "number",
    "finite_number": "number",
    "int_parsing": "number",
    "int_type": "number",
    "greater_than_equal": "range",
    "less_than_equal": "range",
    "greater_than": "range",
    "literal_error": "choice",
    "extra_forbidden": "unknown",
    "json_invalid": "json",
    "too_short": "empty",
    "too_long": "long",
    "string_too_long": "long",
}


def status_of(error: Exception) -> int:
    """Return the status of the nearest class in the table."""
    return next((STATUS[one] for one in type(error).__mro__ if one in STATUS), 500)


def problem(
    status: int,
    detail: str,
    errors: Iterable[Mapping[str, object]] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Make the answer to a request that cannot be met."""
    content: dict[str, object] = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
    }
    if found := [dict(one) for one in errors]:
        content["errors"] = found
    more = dict(headers or {})
    if status in _RETRY:
        more["Retry-After"] = _RETRY[status]
    raw = json.dumps(plain(content), ensure_ascii=False).encode("utf-8")
    return Response(raw, status, more, PROBLEM_JSON)


def install(app: FastAPI) -> None:
    """Let `app` answer every error as a problem."""
    app.add_exception_handler(ServiceCircleError, _on_ours)
    app.add_exception_handler(RequestValidationError, _on_fields)
    app.add_exception_handler(HTTPException, _on_http)
    app.add_exception_handler(Exception, _on_fault)


async def _on_ours(_: Request, error: Exception) -> Response:
    return problem_of(error)


def problem_of(error: Exception) -> Response:
    """Make the answer to an error of ours."""
    status = status_of(error)
    faults: tuple[Fault, ...] = error.faults if isinstance(error, ServiceCircleError) else ()
    if status == 500:
        log.error("failed", exc_info=error)
    listed = [_listed(one) for one in faults]
    headers = CHALLENGE if status == 401 else None
    return problem(status, str(error), listed, headers)


def problem_content(error: ServiceCircleError) -> dict[str, object]:
    """Return the content of a problem, for work whose answer comes later."""
    status = status_of(error)
    return {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": str(error),
        "errors": [plain(_listed(one)) for one in error.faults],
    }


def _listed(one: Fault) -> dict[str, object]:
    found: dict[str, object] = {"code": one.code, "detail": one.text()}
    return {"field": one.params["field"], **found} if "field" in one.params else found


async def _on_fields(_: Request, error: Exception) -> Response:
    found = error.errors() if isinstance(error, RequestValidationError) else []
    errors = [_field(one) for one in found]
    detail = say("service_bad_fields", {"count": len(errors)})
    return problem(422, detail, errors)


def _field(one: Mapping[str, object]) -> dict[str, object]:
    """Say one fault of a field; what was sent is not repeated, for it may be a place somebody asks for."""
    kind = str(one.get("type"))
    where = one.get("loc")
    name = ".".join(map(str, where)) if isinstance(where, list | tuple) else ""
    context = one.get("ctx")
    limits = context if isinstance(context, Mapping) else {}
    allowed = limits.get("expected") or ", ".join(
        f"{sign} {limits[key]}"
        for key, sign in (("ge", "≥"), ("gt", ">"), ("le", "≤"))
        if key in limits
    )
    code = f"service_field_{_FIELD.get(kind, 'bad')}"
    return {"field": name, "code": kind, "detail": say(code, {"name": name, "allowed": allowed})}


async def _on_http(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    code = f"service_http_{status}"
    values = {"path": request.url.path, "method": request.method}
    detail = say(code if code in catalogue() else "service_http_other", values)
    headers = error.headers if isinstance(error, HTTPException) else None
    return problem(status, detail, headers=headers)


async def _on_fault(request: Request, error: Exception) -> Response:
    """Answer a fault of ours; this is outside `Frame`, so the headers are set here."""
    request_id = str(request.scope.get(REQUEST_ID, "-"))
    log.error("fault of ours in request %s", request_id, exc_info=error)
    headers = {**SECURITY, "X-Request-ID": request_id}
    return problem(500, say("service_our_fault"), headers=headers)

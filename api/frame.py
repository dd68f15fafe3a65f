"""What stands around every request: its id, language, host and size, the headers of its answer, one line of log."""

from __future__ import annotations

import asyncio
import itertools
import json
import logging
import re
import time
import uuid
from collections.abc import Mapping

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.metrics import Metrics
from api.problems import REQUEST_ID, SECURITY, problem
from api.settings import ServiceSettings
from geo.messages import LANGUAGES, say, set_language

log = logging.getLogger("servicecircle.requests")
_SECURITY = [(one.lower().encode("ascii"), said.encode("ascii")) for one, said in SECURITY.items()]
_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
# the files of a study; who may send them is asked before their body is read
_UPLOADS = "/studies"


class Frame:
    """ASGI middleware; the outermost but for the one that turns faults into answers.

    Strategy
    --------
    * one language a request: ``?lang=``, else ``Accept-Language``, else that of the service;
    * a foreign ``Host`` is refused;
    * bodies are counted and timed as they arrive;
    * the log names the route, never the query: places somebody asks for are nobody's business.
    """

    def __init__(self, app: ASGIApp, settings: ServiceSettings, metrics: Metrics) -> None:
        self._app = app
        self._settings = settings
        self._metrics = metrics
        # chance once a run: asking the system for it anew costs more than the rest of what stands here
        self._run, self._numbers = uuid.uuid4().hex[:16], itertools.count(1)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        given = headers.get("x-request-id", "")
        request_id = given if _ID.fullmatch(given) else f"{self._run}-{next(self._numbers):x}"
        if lang := _language(scope, headers):
            set_language(lang)
        scope[REQUEST_ID] = request_id
        begun, status = time.perf_counter(), 500

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                # as bytes: this runs for every answer
                out = list(message.get("headers", ()))
                stated = {one[0] for one in out}
                out += [one for one in _SECURITY if one[0] not in stated]
                out.append((b"x-request-id", request_id.encode("ascii")))
                message["headers"] = out
            await send(message)

        try:
            if self._stranger(headers):
                await problem(421, say("service_http_421"))(scope, receive, answer)
            elif self._too_large(scope, headers):
                await problem(413, say("service_http_413"))(scope, receive, answer)
            else:
                await self._app(scope, self._counted(scope, receive), answer)
        finally:
            seconds = time.perf_counter() - begun
            route = getattr(scope.get("route"), "path", None) or "—"
            self._metrics.count(scope["method"], route, status, seconds)
            _write_line(scope["method"], route, request_id, status, seconds)

    def _stranger(self, headers: Headers) -> bool:
        host = headers.get("host", "")
        name = host[1:].partition("]")[0] if host.startswith("[") else host.partition(":")[0]
        return name.lower() not in self._settings.hosts

    def _most(self, scope: Scope) -> tuple[int, float]:
        """Return how large a body may be and how long it may take to arrive."""
        limits = self._settings.limits
        if scope["method"] == "POST" and scope["path"] == _UPLOADS:
            return limits.upload_bytes, limits.upload_seconds
        return limits.body_bytes, limits.body_seconds

    def _too_large(self, scope: Scope, headers: Headers) -> bool:
        stated = headers.get("content-length", "0")
        return stated.isdecimal() and int(stated) > self._most(scope)[0]

    def _counted(self, scope: Scope, receive: Receive) -> Receive:
        size, more = 0, True
        most, seconds = self._most(scope)
        by = time.monotonic() + seconds

        async def counted() -> Message:
            nonlocal size, more
            if not more:
                return await receive()
            try:
                message = await asyncio.wait_for(receive(), max(by - time.monotonic(), 0.0))
            except TimeoutError:
                raise HTTPException(408) from None
            size += len(message.get("body", b""))
            more = bool(message.get("more_body", False))
            if size > most:
                raise HTTPException(413)
            return message

        return counted


def _language(scope: Scope, headers: Headers) -> str:
    query = scope.get("query_string", b"")
    for part in query.split(b"&"):
        if part.startswith(b"lang="):
            asked = part[5:].decode("ascii", "replace")
            return asked if asked in LANGUAGES else ""
    for part in headers.get("accept-language", "").split(","):
        asked = part.strip()[:2].lower()
        if asked in LANGUAGES:
            return asked
    return ""


def _write_line(method: str, route: str, request_id: str, status: int, seconds: float) -> None:
    line: Mapping[str, object] = {
        "request_id": request_id,
        "method": method,
        "route": route,
        "status": status,
        "ms": round(seconds * 1000.0, 1),
    }
    log.info(json.dumps(line, ensure_ascii=False))

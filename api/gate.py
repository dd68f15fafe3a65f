"""Who may pass: keys or a trusted proxy, roles, requests that other sites make browsers send, how often."""

from __future__ import annotations

import asyncio
import ipaddress
import json
import logging
import math
import re
from urllib.parse import urlsplit

from fastapi import Request
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from api.keys import ROLES, ForbiddenError, Keys, Person, Role, UnknownCallerError
from api.problems import CHALLENGE, REQUEST_ID, problem, problem_of
from api.rates import Rates
from api.settings import LOOPBACK, ServiceSettings
from geo.errors import ServiceCircleError, fault
from geo.messages import say

log = logging.getLogger("servicecircle.gate")
WHO = "servicecircle.who"
NOBODY = "anonymous"
_SAFE = ("GET", "HEAD", "OPTIONS")
_OPEN = ("/healthz",)
# a browser that brings no key is sent the page that asks for one; nothing of the study is in it
_DOOR = "/"
# what is sent here is a question; anything else that is sent may change something
_ASKING = ("/coverage", "/what-if", "/sites")
# trying a saved scenario computes only; whose job may be cancelled by whom, its route says
_ASKING_TOO = re.compile(r"POST /scenarios/[^/]+/run|DELETE /jobs/[^/]+")
_PLAIN = re.compile(r"[^A-Za-z0-9_.-]")
_WRONG_KEY_TOKENS = 10.0


class Gate:
    """ASGI middleware inside `Frame`.

    Strategy
    --------
    * a key in ``Authorization: Bearer``, else the names a trusted proxy sends, else nobody;
    * no cookies anywhere, so no other site can make a browser act for its user; besides, a browser that says where a
      changing request comes from is refused when that is not here;
    * nobody may read only where the service is bound to this machine and has no proxy before it;
    * whatever may change something takes an editor, before its body is read; routes ask again: see `require`;
    * refusals are logged with who and why, never with what was asked.
    """

    def __init__(self, app: ASGIApp, settings: ServiceSettings, keys: Keys | None) -> None:
        self._app, self._settings, self._keys = app, settings, keys
        self._rates = Rates(settings.limits.requests_per_second, settings.limits.requests_burst)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http" or scope["path"] in _OPEN:
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        if scope["method"] not in _SAFE and self._from_elsewhere(headers):
            await self._refuse(403, "gate_origin", scope, receive, send)
            return
        try:
            person, told = await self._who(scope, headers)
        except ServiceCircleError as error:
            await problem_of(error)(scope, receive, send)
            return
        if wait := self._wait(scope, person, wrong=told is not None):
            seconds = str(math.ceil(wait))
            await self._refuse(429, "gate_rate", scope, receive, send, {"Retry-After": seconds})
        elif told is not None:
            await self._refuse(401, told, scope, receive, send, CHALLENGE)
        elif person is None and not (
            (self._settings.open_reading and _only_reads(scope)) or _at_the_door(scope, headers)
        ):
            await self._refuse(401, "gate_no_key", scope, receive, send, CHALLENGE)
        elif person is not None and not (_only_reads(scope) or person.may("editor")):
            tell(scope, "gate_role", person)
            refused = ForbiddenError(fault("gate_role", role=person.role, needed="editor"))
            await problem_of(refused)(scope, receive, send)
        else:
            scope[WHO] = person
            await self._app(scope, receive, send)

    async def _who(self, scope: Scope, headers: Headers) -> tuple[Person | None, str | None]:
        """Return who asks, or why that is not believed."""
        given = headers.get("authorization")
        if given is not None:
            scheme, _, key = given.partition(" ")
            if scheme.lower() != "bearer" or self._keys is None:
                return None, "gate_wrong_key"
            found = await asyncio.to_thread(self._keys.person, key.strip())
            return found, None if found is not None else "gate_wrong_key"
        return self._from_proxy(scope, headers), None

    def _from_proxy(self, scope: Scope, headers: Headers) -> Person | None:
        proxy = self._settings.proxy
        if proxy is None or _address(scope) not in proxy.addresses:
            return None
        name = _once(headers, proxy.user_header)
        if not name:
            return None
        stated = (_once(headers, proxy.role_header) or "").lower()
        role = next((one for one in ROLES if one == stated), proxy.role)
        return Person(f"proxy:{name[:100]}", role)

    def _from_elsewhere(self, headers: Headers) -> bool:
        if headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
            return True
        origin = headers.get("origin")
        if origin is None:
            return False
        try:
            return urlsplit(origin).netloc.lower() != headers.get("host", "").lower()
        except ValueError:
            return True

    def _wait(self, scope: Scope, person: Person | None, *, wrong: bool) -> float:
        address = _address(scope)
        if _is_loopback(address) and self._settings.proxy is None:
            return 0.0
        who = person.name if person is not None else f"address:{address}"
        return self._rates.wait(who, _WRONG_KEY_TOKENS if wrong else 1.0)

    async def _refuse(
        self,
        status: int,
        code: str,
        scope: Scope,
        receive: Receive,
        send: Send,
        headers: dict[str, str] | None = None,
    ) -> None:
        tell(scope, code, scope.get(WHO))
        listed = [{"code": code, "detail": say(code)}]
        await problem(status, say(code), listed, headers)(scope, receive, send)


def require(request: Request, role: Role) -> Person:
    """Return who asks, where that role may.

    Raises
    ------
    UnknownCallerError
        When nobody said who they are.
    ForbiddenError
        When their role does not allow it.
    """
    person: Person | None = request.scope.get(WHO)
    if person is None:
        tell(request.scope, "gate_no_key", None)
        raise UnknownCallerError(fault("gate_no_key"))
    if not person.may(role):
        tell(request.scope, "gate_role", person)
        raise ForbiddenError(fault("gate_role", role=person.role, needed=role))
    return person


def editor(request: Request) -> Person:
    """Return who asks, an editor or admin.

    Raises
    ------
    UnknownCallerError, ForbiddenError
        As `require`.
    """
    return require(request, "editor")


def tell(scope: Scope, why: str, person: Person | None) -> None:
    """Write down what was refused: who, why, the first word of the path; nothing a place could stand in."""
    line = {
        "request_id": scope.get(REQUEST_ID, "-"),
        "refused": why,
        "method": scope["method"],
        "at": "/" + _PLAIN.sub("", scope["path"].split("/")[1])[:40],
        "who": person.name if person is not None else NOBODY,
        "address": _address(scope),
    }
    log.warning(json.dumps(line, ensure_ascii=False))


def _only_reads(scope: Scope) -> bool:
    if scope["method"] in _SAFE or scope["path"] in _ASKING:
        return True
    return _ASKING_TOO.fullmatch(f"{scope['method']} {scope['path']}") is not None


def _at_the_door(scope: Scope, headers: Headers) -> bool:
    at_it = scope["path"] == _DOOR and scope["method"] in _SAFE
    return at_it and "text/html" in headers.get("accept", "")


def _address(scope: Scope) -> str:
    client = scope.get("client")
    return str(client[0]) if client else ""


def _is_loopback(address: str) -> bool:
    if address in LOOPBACK:
        return True
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def _once(headers: Headers, name: str) -> str | None:
    """Return a header that came once; two of a name are somebody's trick."""
    found = headers.getlist(name) if name else []
    return found[0].strip() if len(found) == 1 else None

"""How routes under ``/ogc`` stand in the document of the whole service."""

from __future__ import annotations

from typing import Any

from fastapi.responses import Response

from api.ogc.parameters import Parameter

_OBJECT = {"schema": {"type": "object"}}
_BYTES = {"schema": {"type": "string", "format": "binary"}}
_TEXT = {"schema": {"type": "string"}}


def documented(*media: str, parameters: list[Parameter], empty: bool = False) -> dict[str, Any]:
    """Describe what a route takes and sends; `empty` for one that may have nothing to send."""
    content = {one: _schema(one) for one in media}
    responses: dict[int, dict[str, Any]] = {200: {"content": content}, 304: {}}
    if empty:
        responses[204] = {}
    return {
        "response_class": Response,
        "responses": responses,
        "openapi_extra": {"parameters": parameters},
    }


def _schema(media: str) -> dict[str, Any]:
    if media.startswith("text/"):
        return _TEXT
    return _OBJECT if "json" in media else _BYTES

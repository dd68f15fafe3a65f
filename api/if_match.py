"""Optimistic locking over HTTP: versions as ``ETag`` and ``If-Match``."""

from __future__ import annotations

import re
from typing import Annotated

from fastapi import Header
from fastapi.responses import Response

from geo.errors import InputError, fault

IfMatch = Annotated[
    str | None,
    Header(alias="If-Match", description="读取时得到的 ETag。The ETag as read."),
]
_TAG = re.compile(r'(?:W/)?"v(\d{1,9})"')


def version_of(if_match: str | None) -> int | None:
    """Return the version that the caller has seen; None where nothing was said.

    Raises
    ------
    InputError
        When what was said is no tag of ours.
    """
    if if_match is None:
        return None
    found = _TAG.fullmatch(if_match.strip())
    if found is None:
        raise InputError(fault("register_bad_version"))
    return int(found.group(1))


def tagged(answer: Response, version: int) -> Response:
    """Put the version on an answer."""
    answer.headers["ETag"] = f'"v{version}"'
    return answer

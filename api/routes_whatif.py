"""``POST /what-if``: a plan tried on the result in service."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import cast

from fastapi import APIRouter, Request
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from api.answers import json_response, records
from api.asked import LimitsDep, ServedDep, WorkersDep, standing
from api.models import WhatIf
from api.problems import TooMuchError
from api.served import Served
from api.settings import Limits
from geo.errors import InputError, fault
from geo.plain_json import plain
from geo.scenario import Changed, parse_scenario, scenario_to_plain

router = APIRouter(tags=["what-if"])
_EXAMPLE = {
    "name": "新增1处",
    "station": [
        {"action": "add", "name": "建议点1", "lon": 113.93, "lat": 24.52, "tier": "community"}
    ],
}


@router.post(
    "/what-if",
    response_model=WhatIf,
    summary="设想方案：覆盖率前后对比",
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": {"type": "object"}, "example": _EXAMPLE}},
        }
    },
)
async def what_if(
    request: Request, served: ServedDep, workers: WorkersDep, limits: LimitsDep
) -> Response:
    """Try stations added, moved, closed or changed, links and paces; keys as in a scenario file."""
    plan = plan_of(await request.body())
    require_few_changes(plan, limits)

    def work() -> bytes:
        changed = served.trial.applied(parse_scenario(plan))
        return bytes(json_response(what_if_content(served, changed, limits.flips)).body)

    return Response(await workers.run(work), media_type="application/json")


def plan_of(raw: bytes) -> Mapping[str, object]:
    """Read the body of a plan, refusing numbers that are none.

    Raises
    ------
    HTTPException
        When it is no JSON.
    InputError
        When it is no object.
    """
    try:
        plan = json.loads(raw, parse_constant=_refused, parse_float=_finite)
    except (ValueError, RecursionError):
        raise HTTPException(400) from None
    if not isinstance(plan, dict):
        raise InputError(fault("service_plan_no_object"))
    return cast(Mapping[str, object], plan)


def require_few_changes(plan: Mapping[str, object], limits: Limits) -> None:
    """Refuse a plan that changes more than one request may.

    Raises
    ------
    TooMuchError
        Naming the limit.
    """
    for key in ("station", "link"):
        rows = plan.get(key)
        if isinstance(rows, list) and len(rows) > limits.changes:
            raise TooMuchError(fault("service_too_many_changes", most=limits.changes))


def _refused(text: str) -> float:
    raise ValueError(text)


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(text)
    return value


def what_if_content(served: Served, changed: Changed, most: int) -> dict[str, object]:
    """Return what a plan changes as an answer; at most so many buildings are listed."""
    flips = changed.flips
    if served.result.params.output.audience == "external":
        flips = flips.iloc[:0]
    return {
        **standing(served),
        "scenario": plain(scenario_to_plain(changed.scenario)),
        "figures": records(changed.figures),
        "flips_count": len(changed.flips),
        "flips": records(flips.head(most)),
        "searched_anew": changed.searched_anew,
    }

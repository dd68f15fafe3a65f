"""``/coverage``: is this place covered, and why."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from fastapi import APIRouter, Body, Depends, Request
from fastapi.responses import Response

from api.answers import json_response
from api.asked import (
    CrsName,
    Lat,
    LimitsDep,
    Lon,
    RuleName,
    ServedDep,
    WorkersDep,
    check_places,
    standing,
)
from api.batches import Batches
from api.models import Coverage, CoverageMany, PointsAsked
from api.place_answers import answers
from api.problems import TooMuchError
from geo.errors import fault
from geo.params import Rule
from geo.summary import limit_text

router = APIRouter(tags=["coverage"])


def _batches(request: Request) -> Batches:
    found: Batches = request.app.state.batches
    return found


BatchesDep = Annotated[Batches, Depends(_batches)]


@router.get("/coverage", response_model=Coverage, summary="某处是否覆盖，为什么")
async def coverage(
    served: ServedDep,
    batches: BatchesDep,
    lon: Lon,
    lat: Lat,
    rule: RuleName = None,
    crs: CrsName = "wgs84",
) -> Response:
    """Judge one place by the access rule; in a building, by that building."""
    chosen = served.judge.rule(rule)
    check_places(served, np.array([lon]), np.array([lat]), crs)
    found = await batches.ask(served, chosen, (lon, lat), crs)
    return json_response({**standing(served), **_rule_of(chosen), **found})


@router.post("/coverage", response_model=CoverageMany, summary="一批点位是否覆盖")
async def coverage_of_many(
    served: ServedDep,
    workers: WorkersDep,
    limits: LimitsDep,
    asked: Annotated[PointsAsked, Body()],
) -> Response:
    """Judge up to 10,000 places at once; answers come in the order of the points."""
    if len(asked.points) > limits.points:
        count, most = len(asked.points), limits.points
        raise TooMuchError(fault("service_too_many_points", count=count, most=most))
    chosen = served.judge.rule(asked.rule)

    def work() -> bytes:
        lon, lat = [one.lon for one in asked.points], [one.lat for one in asked.points]
        found = answers(served, chosen, lon, lat, asked.crs)
        for one, answer in zip(asked.points, found, strict=True):
            answer["id"] = one.id
        content = {**standing(served), **_rule_of(chosen), "points": found}
        return bytes(json_response(content).body)

    return Response(await workers.run(work), media_type="application/json")


def _rule_of(rule: Rule) -> dict[str, object]:
    return {"rule": rule.name, "limit_text": limit_text(rule)}

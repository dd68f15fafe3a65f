"""``/coverage``: is this place covered, and why."""

from __future__ import annotations

import math
from typing import Annotated

import numpy as np
import numpy.typing as npt
from fastapi import APIRouter, Body
from fastapi.responses import Response

from api.answers import json_response
from api.asked import (
    CrsName,
    Datum,
    Lat,
    LimitsDep,
    Lon,
    RuleName,
    ServedDep,
    WorkersDep,
    hidden_places,
    metric_places,
    standing,
)
from api.models import Coverage, CoverageMany, PointsAsked
from api.problems import TooMuchError
from api.served import Served
from geo.errors import fault
from geo.messages import say
from geo.params import Rule
from geo.point_verdicts import PointVerdicts
from geo.summary import limit_text

Floats = npt.NDArray[np.float64]
router = APIRouter(tags=["coverage"])


@router.get("/coverage", response_model=Coverage, summary="某处是否覆盖，为什么")
async def coverage(
    served: ServedDep,
    workers: WorkersDep,
    lon: Lon,
    lat: Lat,
    rule: RuleName = None,
    crs: CrsName = "wgs84",
) -> Response:
    """Judge one place by the access rule; in a building, by that building."""
    chosen = served.judge.rule(rule)

    def work() -> dict[str, object]:
        return _answers(served, chosen, np.array([lon]), np.array([lat]), crs)[0]

    found = await workers.run(work)
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
        lon = np.array([one.lon for one in asked.points], dtype=np.float64)
        lat = np.array([one.lat for one in asked.points], dtype=np.float64)
        found = _answers(served, chosen, lon, lat, asked.crs)
        for one, answer in zip(asked.points, found, strict=True):
            answer["id"] = one.id
        content = {**standing(served), **_rule_of(chosen), "points": found}
        return bytes(json_response(content).body)

    return Response(await workers.run(work), media_type="application/json")


def _rule_of(rule: Rule) -> dict[str, object]:
    return {"rule": rule.name, "limit_text": limit_text(rule)}


def _answers(
    served: Served, rule: Rule, lon: Floats, lat: Floats, crs: Datum
) -> list[dict[str, object]]:
    x, y = metric_places(served, lon, lat, crs)
    found = served.judge.judge(x, y, rule)
    hidden = hidden_places(served, x, y)
    return [_untold() if hidden[one] else _answer(served, found, one) for one in range(len(x))]


def _untold() -> dict[str, object]:
    """Answer for a place that the study excludes: nothing but that."""
    nothing = dict.fromkeys(("minutes", "metres", "station", "building", "subdistrict"))
    return {
        "verdict": "unknown",
        "reason": "hidden",
        "sentence": say("service_hidden"),
        **nothing,
    }


def _answer(served: Served, found: PointVerdicts, one: int) -> dict[str, object]:
    judge = served.judge
    timed = found.rule.basis == "time"
    amount = float(found.amount[one])
    known = not math.isnan(amount)
    return {
        "verdict": str(found.verdict[one]),
        "reason": str(found.reason[one]),
        "sentence": judge.sentence(found, one),
        "minutes": round(amount / 60.0, 4) if timed and known else None,
        "metres": round(amount, 1) if known and not timed else None,
        "station": _station(served, int(found.station[one])),
        "building": _building(served, int(found.building[one])),
        "subdistrict": _subdistrict(served, int(found.subdistrict[one])),
    }


def _station(served: Served, row: int) -> dict[str, object] | None:
    if row < 0:
        return None
    return {
        "station_id": served.names.station_ids[row],
        "name": str(served.judge.station_names[row]),
    }


def _building(served: Served, row: int) -> dict[str, object] | None:
    if row < 0 or served.result.params.output.audience == "external":
        return None
    return {"building_id": served.names.building_ids[row], "name": served.names.buildings[row]}


def _subdistrict(served: Served, row: int) -> dict[str, object] | None:
    if row < 0:
        return None
    return {"subdistrict_id": served.names.area_ids[row], "name": served.names.areas[row]}

"""``/coverage``: is this place covered, and why."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from pydantic import ValidationError

from api.answers import json_response
from api.asked import CrsName, Lat, Lon, RuleName, check_place, standing
from api.batches import Batches
from api.coverage_csv import read_points, write_answers
from api.csv_text import CSV, wants_csv
from api.models import Coverage, CoverageMany, PointsAsked
from api.place_answers import answers
from api.problems import TooMuchError
from api.served import Served
from api.state import Shelf
from api.workers import Workers
from geo.errors import fault
from geo.messages import language
from geo.params import Rule
from geo.summary import limit_text

router = APIRouter(tags=["coverage"])
Form = Annotated[
    Literal["json", "csv"] | None, Query(description="返回格式，默认依 Accept。Form of the answer.")
]


def _asked_schema() -> dict[str, Any]:
    schema = PointsAsked.model_json_schema()
    schema["properties"]["points"]["items"] = schema.pop("$defs")["PointAsked"]
    return schema


_CSV_EXAMPLE = "id,lon,lat\r\n甲,113.93,24.52\r\n"
_BODY = {
    "required": True,
    "content": {
        "application/json": {"schema": _asked_schema()},
        "text/csv": {"schema": {"type": "string"}, "example": _CSV_EXAMPLE},
    },
}


# What routes share comes from the application and not as dependencies: each of those is solved anew for every
# request, and this is the one that other systems ask most.
@router.get("/coverage", response_model=Coverage, summary="某处是否覆盖，为什么")
async def coverage(
    request: Request, lon: Lon, lat: Lat, rule: RuleName = None, crs: CrsName = "wgs84"
) -> Response:
    """Judge one place by the access rule; in a building, by that building."""
    shelf: Shelf = request.app.state.shelf
    batches: Batches = request.app.state.batches
    served = shelf.served
    chosen = served.judge.rule(rule)
    check_place(served, lon, lat, crs)
    found = await batches.ask(served, chosen, (lon, lat), crs)
    return json_response({**standing(served), **_rule_of(chosen), **found})


@router.post(
    "/coverage",
    response_model=CoverageMany,
    summary="一批点位是否覆盖",
    openapi_extra={"requestBody": _BODY},
    responses={200: {"content": {"text/csv": {"schema": {"type": "string"}}}}},
)
async def coverage_of_many(
    request: Request, rule: RuleName = None, crs: CrsName = "wgs84", f: Form = None
) -> Response:
    """Judge up to 10,000 places at once; answers come in the order of the points.

    JSON names rule and crs in the body; with CSV (columns lon, lat, id) they stand in the query.
    """
    shelf: Shelf = request.app.state.shelf
    workers: Workers = request.app.state.workers
    served, most = shelf.served, request.app.state.settings.limits.points
    raw, as_csv = await request.body(), _is_csv(request)
    packed = wants_csv(f, request.headers.get("accept", ""))

    def work() -> bytes:
        asked = _from_csv(raw, rule, crs) if as_csv else _from_json(raw)
        return _answered(served, asked, most, packed)

    return Response(await workers.run(work), media_type=CSV if packed else "application/json")


def _answered(served: Served, asked: PointsAsked, most: int, packed: bool) -> bytes:
    if len(asked.points) > most:
        raise TooMuchError(fault("service_too_many_points", count=len(asked.points), most=most))
    chosen = served.judge.rule(asked.rule)
    lon, lat = [one.lon for one in asked.points], [one.lat for one in asked.points]
    found = answers(served, chosen, lon, lat, asked.crs)
    if packed:
        return write_answers(asked.points, found, served.notices[language()])
    for one, answer in zip(asked.points, found, strict=True):
        answer["id"] = one.id
    content = {**standing(served), **_rule_of(chosen), "points": found}
    return bytes(json_response(content).body)


def _is_csv(request: Request) -> bool:
    stated = request.headers.get("content-type", "")
    return stated.partition(";")[0].strip().lower() == "text/csv"


def _from_json(raw: bytes) -> PointsAsked:
    try:
        return PointsAsked.model_validate_json(raw)
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False)
        raise RequestValidationError(
            [{**one, "loc": ("body", *one["loc"])} for one in found]
        ) from error


def _from_csv(raw: bytes, rule: str | None, crs: CrsName) -> PointsAsked:
    return PointsAsked.model_construct(points=read_points(raw), rule=rule, crs=crs)


def _rule_of(rule: Rule) -> dict[str, object]:
    return {"rule": rule.name, "limit_text": limit_text(rule)}

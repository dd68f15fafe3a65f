"""``/scenarios``: plans saved, tried, compared, exported."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool

from api.answers import json_response
from api.asked import LimitsDep, RuleName, ServedDep, WorkersDep, standing
from api.if_match import IfMatch, tagged, version_of
from api.jobs.desk import WorkDep
from api.models import Standing, WhatIf
from api.routes_register import EditorDep
from api.routes_whatif import plan_of, require_few_changes, what_if_content
from api.scenarios import Saved, Scenarios
from api.served import Served
from geo.choosing.request import rule_named
from geo.plain_json import plain

router = APIRouter(prefix="/scenarios", tags=["scenarios"])
_MOST_COMPARED = 6
_TOML = "application/toml; charset=utf-8"
_PLAN = {
    "name": "新增1处",
    "station": [
        {"action": "add", "name": "建议点1", "lon": 113.93, "lat": 24.52, "tier": "community"}
    ],
}
_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": {"type": "object"}, "example": _PLAN}},
    }
}


class SavedScenario(BaseModel):
    """A saved scenario; ``scenario`` has the keys of a scenario file."""

    id: str
    name: str
    version: int
    who: str
    made_at: str
    changed_at: str
    stations_count: int
    links_count: int
    scenario: dict[str, Any]


class SavedScenarios(BaseModel):
    """All saved scenarios, the last changed first."""

    scenarios: list[SavedScenario]


class ComparedFigure(BaseModel):
    """Coverage of one region today and under each plan, by id of the plan; shares from 0 to 1."""

    unit_kind: str
    unit_id: str
    name: str
    rule: str
    weight: str
    before: float | None
    after: dict[str, float | None]


class ComparedPlan(BaseModel):
    """One of the plans compared; ``flips_count`` counts buildings whose verdict changes under the rule."""

    id: str
    name: str
    version: int
    flips_count: int


class Comparison(Standing):
    """Several plans side by side, under one rule."""

    rule: str
    scenarios: list[ComparedPlan]
    figures: list[ComparedFigure]


@router.get("", response_model=SavedScenarios, summary="已保存的方案")
def scenarios(work: WorkDep, limits: LimitsDep) -> Response:
    """List the saved scenarios."""
    found = Scenarios(work.workspace, limits.scenarios).all()
    return json_response({"scenarios": [one.content() for one in found]})


@router.post(
    "", response_model=SavedScenario, status_code=201, summary="保存方案", openapi_extra=_BODY
)
async def save(request: Request, work: WorkDep, limits: LimitsDep, who: EditorDep) -> Response:
    """Save a scenario; the body has the keys of a scenario file, and a name."""
    plan = plan_of(await request.body())
    require_few_changes(plan, limits)
    kept = Scenarios(work.workspace, limits.scenarios)
    return _answer(await run_in_threadpool(kept.add, plan, who.name), 201)


@router.get("/compare", response_model=Comparison, summary="几个方案并列比较")
async def compare(
    work: WorkDep,
    served: ServedDep,
    workers: WorkersDep,
    limits: LimitsDep,
    ids: Annotated[
        list[str],
        Query(
            alias="id", min_length=1, max_length=_MOST_COMPARED, description="方案编号，可重复。"
        ),
    ],
    rule: RuleName = None,
) -> Response:
    """Try several scenarios on the result in service and set their figures side by side."""
    kept = Scenarios(work.workspace, limits.scenarios)
    plans = [await run_in_threadpool(kept.get, one) for one in dict.fromkeys(ids)]
    content = await workers.run(lambda: _compared(served, plans, rule))
    return json_response(content)


@router.get("/{scenario_id}", response_model=SavedScenario, summary="一个方案")
def scenario(work: WorkDep, limits: LimitsDep, scenario_id: str) -> Response:
    """Return one saved scenario; its version is the ``ETag``."""
    return _answer(Scenarios(work.workspace, limits.scenarios).get(scenario_id))


@router.put("/{scenario_id}", response_model=SavedScenario, summary="修改方案", openapi_extra=_BODY)
async def change(
    request: Request,
    work: WorkDep,
    limits: LimitsDep,
    who: EditorDep,
    scenario_id: str,
    if_match: IfMatch = None,
) -> Response:
    """Put another plan in the place of a saved one."""
    plan = plan_of(await request.body())
    require_few_changes(plan, limits)
    kept, version = Scenarios(work.workspace, limits.scenarios), version_of(if_match)
    return _answer(await run_in_threadpool(kept.change, scenario_id, plan, version, who.name))


@router.delete("/{scenario_id}", status_code=204, summary="删除方案", response_class=Response)
def delete(
    work: WorkDep, limits: LimitsDep, _: EditorDep, scenario_id: str, if_match: IfMatch = None
) -> Response:
    """Delete a saved scenario for good."""
    Scenarios(work.workspace, limits.scenarios).delete(scenario_id, version_of(if_match))
    return Response(status_code=204)


@router.post("/{scenario_id}/run", response_model=WhatIf, summary="方案前后对比")
async def run(
    work: WorkDep, served: ServedDep, workers: WorkersDep, limits: LimitsDep, scenario_id: str
) -> Response:
    """Try a saved scenario on the result in service, as ``POST /what-if`` does."""
    kept = Scenarios(work.workspace, limits.scenarios)
    found = await run_in_threadpool(kept.get, scenario_id)

    def trying() -> bytes:
        changed = served.trial.applied(found.scenario)
        return bytes(json_response(what_if_content(served, changed, limits.flips)).body)

    return Response(await workers.run(trying), media_type="application/json")


@router.get("/{scenario_id}/export", summary="导出为 scenario.toml", response_class=Response)
def export(work: WorkDep, limits: LimitsDep, scenario_id: str) -> Response:
    """Send a scenario as the file that ``servicecircle what-if`` reads."""
    found = Scenarios(work.workspace, limits.scenarios).get(scenario_id)
    headers = {"Content-Disposition": 'attachment; filename="scenario.toml"'}
    return Response(found.text.encode("utf-8"), 200, headers, _TOML)


def _compared(served: Served, plans: list[Saved], rule: str | None) -> dict[str, object]:
    name = rule_named(served.result.params.rules, rule).name
    rows: dict[tuple[str, str, str], dict[str, Any]] = {}
    listed = []
    for plan in plans:
        changed = served.trial.applied(plan.scenario)
        flips = int((changed.flips["rule"] == name).sum())
        about = {"id": plan.scenario_id, "name": plan.name, "version": plan.version}
        listed.append({**about, "flips_count": flips})
        figures = changed.figures[changed.figures["rule"] == name]
        for record in figures.to_dict("records"):
            one = {str(key): value for key, value in record.items()}
            key = (one["unit_kind"], one["unit_id"], one["weight"])
            after = one.pop("after")
            one.pop("change")
            row = rows.setdefault(key, {**one, "after": {}})
            row["after"][plan.scenario_id] = after
    return {
        **standing(served),
        "rule": name,
        "scenarios": listed,
        "figures": [plain(one) for one in rows.values()],
    }


def _answer(saved: Saved, status: int = 200) -> Response:
    return tagged(json_response(saved.content(), status), saved.version)

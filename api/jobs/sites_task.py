"""Site selection as a job: the ``sites`` command without touching the result, its answer as JSON, workbook, picture."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from api.answers import records
from api.cli_sites import MAP, PICTURE, WORKBOOK, choice_of, proposal_lines
from api.jobs.tasks import Task, as_json
from api.served import stamp_of
from geo.choosing.candidates import candidates_of
from geo.choosing.proposals import Proposal, proposal_tables, propose
from geo.choosing.request import SitesRequest, rule_named
from geo.progress import Progress
from geo.reassess import reassess
from geo.result import StudyResult
from geo.store import read_result
from maps.briefing import build_map
from maps.captions import standing_lines
from maps.gain_curve import gain_curve_png
from maps.workbook import workbook_bytes

ANSWER = "sites.json"
_LAYER = "places.geojson"
_REQUEST = (
    "rule", "model", "count", "budget", "target", "floor", "answers", "time_limit", "weight", "gap",
)  # fmt: skip


def choose(task: Task, progress: Progress) -> dict[str, Any]:
    """Choose sites by all rules of the command.

    Raises
    ------
    InputError, NotFoundError
        As the command.
    """
    asked = task.asked
    stamp = stamp_of(task.folder)
    result = read_result(task.folder)
    request = SitesRequest(
        **{name: asked[name] for name in _REQUEST},
        force=tuple(asked["force"]),
        forbid=tuple(asked["forbid"]),
    )
    rule = rule_named(result.params.rules, request.rule)
    kept = reassess(result)
    progress("stage_read", 1, 1)
    candidates = candidates_of(kept, choice_of(result, rule, _options(asked, task.room, result)))
    proposal = propose(kept, candidates, request, progress)
    progress("stage_write", 0, 1)
    tables = proposal_tables(proposal)
    whole = replace(result, tables={**result.tables, **tables})
    files = {
        ANSWER: as_json({"result": stamp, **_answer(proposal, result)}),
        WORKBOOK: workbook_bytes(replace(result, tables=dict(tables))),
        PICTURE: gain_curve_png(whole),
    }
    if asked["map"]:
        files[MAP] = build_map(whole).encode("utf-8")
    task.write(files)
    progress("stage_write", 1, 1)
    solution = proposal.solution
    return {"sites_count": len(proposal.steps), "proof": solution.status, "result": stamp}


def _options(asked: Mapping[str, Any], room: Path, result: StudyResult) -> dict[str, Any]:
    """Turn what was asked for into the options of the command; places of the caller's own become a layer."""
    sources = list(asked["candidates"])
    crs = None
    if asked["places"]:
        path = room / _LAYER
        path.write_bytes(_layer(asked["places"]))
        sources.append(str(path))
        crs = "local" if result.params.crs == "local" else "EPSG:4326"
    return {
        "sources": sources, "crs": crs, "uses": tuple(asked["uses"]), "owners": tuple(asked["owners"]),
        "min_area": asked["min_area_m2"], "grid": asked["grid_m"], "tier": asked["tier"],
    }  # fmt: skip


def _layer(places: list[dict[str, Any]]) -> bytes:
    features = [
        {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [one["lon"], one["lat"]]},
            "properties": {key: value for key, value in one.items() if key not in ("lon", "lat")},
        }
        for one in places
    ]
    return as_json({"type": "FeatureCollection", "features": features})


def _answer(proposal: Proposal, result: StudyResult) -> dict[str, object]:
    """Return the plan with its proof, every answer, the curve and the sentences of the command."""
    tables = proposal_tables(proposal)
    sites = tables["sites"]
    shown = result.params.output
    hidden = ["geometry", *(["host_building_id"] if shown.audience == "external" else [])]
    solution = proposal.solution
    return {
        "study": result.params.name,
        "as_of": result.params.as_of,
        "notices": list(standing_lines(result)),
        "simulated": shown.simulated,
        "rule": proposal.rule.name,
        "weight": proposal.weight,
        "model": solution.model,
        "proof": solution.status,
        "optimality_gap_share": proposal.gap_share,
        "candidates_count": proposal.candidates.count,
        "sites": records(sites.drop(columns=hidden)),
        "answers": records(tables["site_answers"]),
        "gain_curve": records(tables["gain_curve"]),
        "faults": [{"code": one.code, "detail": one.text()} for one in solution.faults],
        "text": [one for one in proposal_lines(proposal) if one],
    }

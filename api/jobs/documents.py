"""Requests and answers about jobs, as the API's document describes them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat

from api.models import Problem

Share = Annotated[float, Field(ge=0.0, le=1.0, allow_inf_nan=False)]
_Id = Annotated[str, Field(min_length=1, max_length=200)]
_Text = Annotated[str | None, Field(max_length=200)]
Use = Literal["residential", "office", "commercial", "industrial", "public", "other"]


class PlaceAsked(BaseModel):
    """A place of the caller's own to consider; its id becomes ``L-`` + id."""

    model_config = ConfigDict(extra="forbid")

    id: _Id
    name: _Text = None
    lon: FiniteFloat
    lat: FiniteFloat
    owner: _Text = None
    cost: Annotated[float | None, Field(ge=0.0, allow_inf_nan=False)] = None
    tier: _Text = None
    area_m2: Annotated[float | None, Field(ge=0.0, allow_inf_nan=False)] = None


class SitesAsked(BaseModel):
    """A question about sites; rules as those of the command ``sites``."""

    model_config = ConfigDict(extra="forbid")

    rule: _Text = None
    model: Literal["mclp", "lscp", "p_median", "p_center", "backup"] = "mclp"
    count: Annotated[int | None, Field(ge=0, le=1_000, examples=[3])] = None
    budget: Annotated[float | None, Field(ge=0.0, allow_inf_nan=False)] = None
    target: Share | None = None
    floor: Annotated[
        Share | dict[str, Share],
        Field(
            description="各街道覆盖率底线：一个数，或 街道名 → 数。Least coverage of every sub-district."
        ),
    ] = 0.0
    force: Annotated[list[_Id], Field(max_length=200)] = []
    forbid: Annotated[list[_Id], Field(max_length=10_000)] = []
    answers: Annotated[int, Field(ge=1, le=20)] = 1
    time_limit_s: Annotated[float, Field(gt=0.0, le=600.0)] = 60.0
    gap: Share = 0.0
    weight: _Text = None
    candidates: Annotated[
        list[Literal["layer", "buildings", "network"]],
        Field(max_length=3, description="备选点位来自哪里；不写：备选点位图层、建筑、路网。"),
    ] = []
    places: Annotated[list[PlaceAsked], Field(max_length=2_000)] = []
    uses: Annotated[list[Use], Field(max_length=6)] = []
    owners: Annotated[list[_Id], Field(max_length=50)] = []
    min_area_m2: Annotated[float, Field(ge=0.0, allow_inf_nan=False)] = 0.0
    grid_m: Annotated[float, Field(ge=20.0, le=10_000.0)] = 300.0
    tier: _Text = None
    map: bool = Field(default=False, description="另画一张汇报图。The briefing map too.")


class JobProgress(BaseModel):
    """Where a job is."""

    stage: str
    done: int
    total: int
    text: str


class JobAnswer(BaseModel):
    """A job; when it is done, ``files`` may be fetched, when it failed, ``problem`` says why."""

    id: str
    kind: Literal["sites", "reanalysis", "check", "analysis"]
    state: Literal["queued", "running", "done", "failed", "cancelled"]
    ahead_count: int
    attempts_count: int
    progress: JobProgress | None
    made_at: str
    begun_at: str | None
    ended_at: str | None
    result: dict[str, Any] | None
    files: list[str]
    problem: Problem | None


class JobList(BaseModel):
    """The latest jobs, the newest first."""

    jobs: list[JobAnswer]

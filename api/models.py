"""Requests and answers as the API's document describes them; units stand in the names."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat

from api.asked import Datum

Verdict = Literal["covered", "uncovered", "unknown", "outside"]


class _Asked(BaseModel):
    """What is sent: an unknown field is a fault."""

    model_config = ConfigDict(extra="forbid")


class PointAsked(_Asked):
    """One place."""

    lon: FiniteFloat = Field(examples=[113.93])
    lat: FiniteFloat = Field(examples=[24.52])
    id: str | int | None = Field(default=None, description="原样带回。Comes back as it is.")


class PointsAsked(_Asked):
    """Places to judge."""

    points: list[PointAsked] = Field(min_length=1)
    rule: str | None = Field(default=None, max_length=100)
    crs: Datum = "wgs84"


class StationNear(BaseModel):
    """The nearest station that counts."""

    station_id: str
    name: str


class BuildingHere(BaseModel):
    """The building that holds the place."""

    building_id: str
    name: str | None


class SubdistrictHere(BaseModel):
    """The sub-district that holds the place."""

    subdistrict_id: str
    name: str | None


class Judged(BaseModel):
    """The answer for one place."""

    verdict: Verdict
    reason: str
    sentence: str
    minutes: float | None = Field(description="步行分钟数，仅按时间测算时有。By time only.")
    metres: float | None = Field(description="步行或直线米数。By distance or radius only.")
    station: StationNear | None
    building: BuildingHere | None
    subdistrict: SubdistrictHere | None


class Standing(BaseModel):
    """What stands beside every figure."""

    study: str
    as_of: str
    notices: list[str]


class StationAway(StationNear):
    """A station near the place, with the walk to it (straight line by radius)."""

    minutes: float | None
    metres: float | None


class Line(BaseModel):
    """A GeoJSON line in WGS 84 (in the study's plane for a local grid)."""

    type: Literal["LineString"]
    coordinates: list[tuple[float, float]]


class Coverage(Standing, Judged):
    """One place judged."""

    rule: str
    limit_text: str
    stations: list[StationAway] = Field(
        description="最近的至多3处阵地，由近及远；其余的只列时限1.5倍以内的。The nearest first."
    )
    route: Line | None = Field(
        description="步行到最近阵地的路线；按半径测算、阵地就在本建筑内或仅对本建筑开放时为空。"
    )


class JudgedPoint(Judged):
    """The answer for one of many places."""

    id: str | int | None


class CoverageMany(Standing):
    """Many places judged, in the order they were sent."""

    rule: str
    limit_text: str
    points: list[JudgedPoint]


class Figure(BaseModel):
    """Coverage of one region before and after a plan; shares from 0 to 1."""

    unit_kind: str
    unit_id: str
    name: str
    rule: str
    weight: str
    before: float | None
    after: float | None
    change: float | None


class WhatIf(Standing):
    """What a plan changes."""

    scenario: dict[str, object]
    figures: list[Figure]
    flips_count: int
    flips: list[dict[str, object]]
    searched_anew: bool


class ProblemError(BaseModel):
    """One fault of a request."""

    field: str | None = None
    code: str
    detail: str


class Problem(BaseModel):
    """An error (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[ProblemError] | None = None


class Readiness(BaseModel):
    """Whether requests are answered, and why a result is not served."""

    ready: bool
    study: str | None
    as_of: str | None
    result: str | None = Field(description="结果清单的指纹。Hash of the manifest.")
    stale: bool | None = Field(
        default=None,
        description="结果之后台账有变动；没有台账时为空。The register has changed since.",
    )
    changed_stations_count: int | None = None
    faults: list[ProblemError]

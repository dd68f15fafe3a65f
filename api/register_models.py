"""Requests and answers about the register, as the API's document describes them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat

from api.jobs.documents import JobAnswer
from api.models import Standing

_TEXT = Field(default=None, max_length=500)
Text = Annotated[str | None, _TEXT]
Names = Annotated[list[Annotated[str, Field(max_length=200)]] | None, Field(max_length=100)]
Date = Annotated[str | None, Field(max_length=20, examples=["2026-06-30"])]
Figure = FiniteFloat | None


class StationValues(BaseModel):
    """Columns of a station; words may be ours (``community``) or the register's (社区)."""

    model_config = ConfigDict(extra="forbid")

    station_id: Annotated[str | None, Field(max_length=64)] = None
    name: Annotated[str | None, Field(max_length=500, examples=["东风社区党群服务站"])] = None
    tier: Annotated[str | None, Field(max_length=100, examples=["community"])] = None
    subdistrict_name: Text = None
    community_name: Text = None
    subdistrict_code: Text = None
    community_code: Text = None
    address: Text = None
    lon: Annotated[Figure, Field(examples=[113.9301])] = None
    lat: Annotated[Figure, Field(examples=[24.5201])] = None
    coordinate_source: Annotated[
        str | None,
        Field(
            max_length=20,
            description="坐标来源：gcj02（高德、腾讯）、bd09（百度）、survey（天地图、测绘、GPS）。",
            examples=["gcj02"],
        ),
    ] = None
    host_kind: Text = None
    host_building_ids: Names = None
    served_building_ids: Names = None
    floor: Figure = None
    area_m2: Figure = None
    access_scope: Text = None
    opening_hours: Text = None
    booking_required: bool | None = None
    status: Annotated[str | None, Field(max_length=20, examples=["open"])] = None
    opened_on: Date = None
    closed_on: Date = None
    exemplary: bool | None = None
    programmes: Names = None
    co_located: Names = None
    paired_branches: Names = None
    services: Names = None
    activities: Text = None
    sessions_count: Figure = None
    visits_count: Figure = None
    usage_period: Text = None
    usage_source: Text = None
    usage_date: Date = None
    upgraded: bool | None = None
    operator: Text = None
    source: Text = None
    source_date: Date = None
    remarks: Text = None
    checks: Annotated[dict[str, bool] | None, Field(max_length=50)] = None


class StationRecord(StationValues):
    """A station as the register holds it."""

    model_config = ConfigDict(extra="ignore")

    version: int
    deleted: bool
    lon_wgs84: float | None
    lat_wgs84: float | None


class Stations(BaseModel):
    """Stations of the register, by id."""

    revision: int
    count: int
    stations: list[StationRecord]


class ChangeRecord(BaseModel):
    """One change; ``changes`` is column -> [old, new]."""

    revision: int
    station_id: str
    version: int
    action: Literal["add", "change", "delete", "restore"]
    who: str
    at: str
    changes: dict[str, list[object]]


class History(BaseModel):
    """Changes, the oldest first."""

    changes: list[ChangeRecord]


class Changes(Standing, History):
    """What has changed since the result in service was made."""

    stale: bool
    since_revision: int
    changed_stations: list[str]


class PlannedChange(BaseModel):
    """One station that an import touches."""

    station_id: str
    name: str
    action: Literal["add", "change", "delete", "restore"]
    changes: dict[str, list[object]]


class RejectRecord(BaseModel):
    """One row or value that cannot be taken."""

    sheet: str
    row: int
    column: str
    value: str
    reason: str


class MissingStation(BaseModel):
    """A station of the register that the file does not name."""

    station_id: str
    name: str


class ImportAnswer(BaseModel):
    """What an import would do, or has done."""

    written: bool
    token: str
    rows_count: int
    add_count: int
    change_count: int
    delete_count: int
    unchanged_count: int
    missing_count: int
    rejects_count: int
    plans: list[PlannedChange]
    missing: list[MissingStation]
    rejects: list[RejectRecord]
    private_columns: list[str]


class AnalysisState(BaseModel):
    """Whether the study is being analysed again, and how the last time ended."""

    state: Literal["idle", "running", "done", "failed"]
    revision: int | None
    detail: str
    job: JobAnswer | None = None

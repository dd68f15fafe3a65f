"""Requests and answers about studies, as the API's document describes them."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from api.jobs.documents import JobAnswer

_Crs = Annotated[str, Field(max_length=20, examples=["gcj02", "EPSG:4547"])]
_Name = Annotated[str, Field(min_length=1, max_length=200)]


class _Asked(BaseModel):
    model_config = ConfigDict(extra="forbid")


class StudySettings(_Asked):
    """What the files do not say; keys and words as in a study file."""

    name: Annotated[str, Field(min_length=1, max_length=100)] = "十分钟党群服务圈"
    as_of: date | None = Field(
        default=None, description="数据截止日期，默认今天。Today by default."
    )
    crs: _Crs | None = None
    city: Annotated[str, Field(pattern=r"^[a-z0-9-]{1,50}$")] | None = None
    crs_of: Annotated[dict[_Name, _Crs], Field(max_length=20)] = {}
    columns_of: Annotated[dict[_Name, dict[_Name, _Name]], Field(max_length=20)] = {}
    rule: Annotated[list[dict[str, Any]], Field(max_length=20)] = []
    join: Literal["vertices", "crossings"] | None = None
    extent: Literal["polygon", "complete"] | None = None
    issuer: Annotated[str, Field(max_length=100)] = ""
    audience: Literal["internal", "external"] = "internal"
    simulated: bool = False


class FolderAsked(_Asked):
    """A study that lies in a folder of the service's machine."""

    folder: Annotated[str, Field(min_length=1, max_length=1_000)]
    settings: StudySettings = StudySettings()


class RowCorrected(_Asked):
    """New values of one row that was set aside; columns as the table names them, null empties one."""

    sheet: Annotated[str, Field(max_length=200)] = ""
    row: Annotated[int, Field(ge=1, le=10_000_000)]
    values: Annotated[
        dict[_Name, Annotated[str | None, Field(max_length=500)]],
        Field(min_length=1, max_length=100),
    ]


class RowsCorrected(_Asked):
    """Rows corrected together."""

    rows: Annotated[list[RowCorrected], Field(min_length=1, max_length=1_000)]


class AnalysisAsked(_Asked):
    """What to make besides tables and map."""

    forms: Annotated[list[Literal["html", "pdf", "docx", "pptx"]], Field(max_length=4)] = ["html"]


class ServingAsked(_Asked):
    """Which result to serve: that of a study, or null for the one the service was started with."""

    study: Annotated[str, Field(max_length=64)] | None


class Serving(BaseModel):
    """Which result is served."""

    study: str | None


class StudyAnswer(BaseModel):
    """A study: what was received, how far it is, what may be fetched."""

    id: str
    name: str
    version: int
    who: str
    made_at: str
    folder: str | None
    inputs: list[str]
    ignored: list[str] = Field(
        default=[], description="不认识的文件名，未采用。Names nobody knows."
    )
    checked: bool
    analysed: bool
    served: bool
    files: list[str]
    job: JobAnswer | None


class StudyList(BaseModel):
    """All studies, the newest first."""

    studies: list[StudyAnswer]


class AsideRow(BaseModel):
    """A row that was set aside, or lost a value, and can be corrected in place."""

    input: str
    sheet: str
    row: int
    reason: str
    values: dict[str, str | None]


class StudyQuality(BaseModel):
    """The quality report of a study, as ``quality.json``, and the rows that can be corrected."""

    version: int
    findings: list[dict[str, Any]]
    inputs: list[dict[str, Any]]
    counts: dict[str, Any]
    measures: dict[str, Any]
    rejects: list[dict[str, Any]]
    correctable: list[AsideRow]

"""A study on its way in: parts of a form, a zip, or a folder of this machine, made into a study file that holds."""

from __future__ import annotations

import tempfile
import tomllib
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile

from api.jobs.desk import WorkDesk
from api.jobs.models import StudyRow
from api.keys import ForbiddenError
from api.problems import TooMuchError
from api.settings import ServiceSettings
from api.studies import Studies, StudyPlace
from api.study_answers import studies_of
from api.study_documents import FolderAsked, StudySettings
from api.toml_text import toml_text
from api.uploads import Intake, Received, known_files, remove, require_all, sources
from geo.errors import InputError, NotFoundError, fault
from geo.study_file import parse_study, read_study_file

_Asked = TypeVar("_Asked", bound=BaseModel)
_OWN = "study.toml"
_MOST_SETTINGS = 100_000


async def receive(request: Request, work: WorkDesk, who: str) -> tuple[StudyRow, Received]:
    """Take a study in.

    Raises
    ------
    InputError
        When files are missing, twice there or broken, or the settings do not hold.
    TooMuchError
        When it is more than may be.
    ForbiddenError
        When a folder is named that the service may not read.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "application/json":
        asked = _read(FolderAsked, await request.body())
        return await run_in_threadpool(_from_folder, work, asked, who)
    if kind == "multipart/form-data":
        return await _from_form(request, work, who)
    return await _from_zip(request, work, who)


async def _from_form(request: Request, work: WorkDesk, who: str) -> tuple[StudyRow, Received]:
    limits = work.settings.limits
    # one more than may be, so that our own words tell of it
    async with request.form(
        max_files=limits.upload_files + 1, max_fields=10, max_part_size=_MOST_SETTINGS
    ) as form:
        parts = [one for _, one in form.multi_items() if isinstance(one, UploadFile)]
        settings = _read(StudySettings, form.get("settings") or "{}")

        def fill(intake: Intake) -> None:
            for part in parts:
                intake.take(part.filename or "", part.file)

        return await run_in_threadpool(_taken, work, fill, settings, who)


async def _from_zip(request: Request, work: WorkDesk, who: str) -> tuple[StudyRow, Received]:
    settings = _read(StudySettings, request.query_params.get("settings") or "{}")
    with tempfile.TemporaryFile(prefix="servicecircle-") as kept:
        async for chunk in request.stream():
            await run_in_threadpool(kept.write, chunk)
        if not kept.tell():
            raise InputError(fault("upload_empty"))
        kept.seek(0)
        return await run_in_threadpool(
            _taken, work, lambda intake: intake.take("upload.zip", kept), settings, who
        )


def _taken(
    work: WorkDesk, fill: Callable[[Intake], None], settings: StudySettings, who: str
) -> tuple[StudyRow, Received]:
    """Keep the files of an upload, or nothing of it."""
    limits = work.settings.limits
    kept = studies_of(work)
    study_id, place = kept.room()
    whole = False
    try:
        intake = Intake(place.base, 4 * limits.upload_bytes, limits.upload_files)
        fill(intake)
        study = _entered(kept, study_id, place, intake.received, settings, who)
        whole = True
        return study, intake.received
    finally:
        if not whole:
            remove(place.room)


def _from_folder(work: WorkDesk, asked: FolderAsked, who: str) -> tuple[StudyRow, Received]:
    """Begin a study where its files lie; its own ``study.toml`` counts where there is one."""
    base = _allowed(work.settings, asked.folder)
    kept = studies_of(work)
    study_id, made = kept.room()
    place = StudyPlace(made.room, base)
    whole = False
    try:
        own = base / _OWN
        if own.is_file():
            params = read_study_file(own)
            text = own.read_bytes().decode(_encoding(own))
            study, received = kept.add(study_id, place, text, params.name, who), Received()
        else:
            received = known_files(base)
            study = _entered(kept, study_id, place, received, asked.settings, who)
        whole = True
        return study, received
    finally:
        if not whole:
            remove(place.room)


def _entered(
    kept: Studies,
    study_id: str,
    place: StudyPlace,
    received: Received,
    settings: StudySettings,
    who: str,
) -> StudyRow:
    require_all(received)
    text = toml_text(_table(received, settings))
    # what holds as a table must hold as the text that is kept
    parse_study(tomllib.loads(text), place.base)
    return kept.add(study_id, place, text, settings.name, who)


def _table(received: Received, settings: StudySettings) -> dict[str, object]:
    head: dict[str, object] = {
        "name": settings.name, "as_of": settings.as_of or date.today(), "crs": settings.crs, "city": settings.city,
    }  # fmt: skip
    inputs = sources(received)
    for key, given in (("crs", settings.crs_of), ("columns", settings.columns_of)):
        for section, value in given.items():
            one = inputs.get(section)
            if not isinstance(one, dict):
                raise InputError(fault("upload_no_section", section=section))
            one[key] = value
    network = inputs["network"]
    if isinstance(network, dict):
        network |= {
            key: value
            for key, value in (("join", settings.join), ("extent", settings.extent))
            if value is not None
        }
    output = {
        "issuer": settings.issuer, "audience": settings.audience, "simulated": settings.simulated,
    }  # fmt: skip
    rules = {"rule": settings.rule} if settings.rule else {}
    study = {key: value for key, value in head.items() if value is not None}
    return {"study": study, **inputs, **rules, "output": output}


def _allowed(settings: ServiceSettings, folder: str) -> Path:
    path = Path(folder)
    try:
        base = path.resolve()
        allowed = any(base.is_relative_to(one.resolve()) for one in settings.study_folders)
    except (OSError, ValueError):
        allowed = False
    if not allowed:
        raise ForbiddenError(fault("study_folder_forbidden"))
    if not base.is_dir():
        raise NotFoundError(fault("study_folder_missing", folder=folder))
    return base


def _encoding(path: Path) -> str:
    try:
        path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        return "gb18030"
    return "utf-8-sig"


def _read(model: type[_Asked], raw: Any) -> _Asked:
    if not isinstance(raw, str | bytes) or len(raw) > _MOST_SETTINGS:
        raise TooMuchError(fault("upload_settings_long"))
    try:
        return model.model_validate_json(raw)
    except ValidationError as error:
        # said as any other fault of a body
        raise RequestValidationError(error.errors()) from None

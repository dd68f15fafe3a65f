"""Studies begun through the service, checked and analysed in a process of their own, as the commands do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from api.cli_report_ledger import kept_ledger
from api.jobs.tasks import Task
from api.report_forms import report_content, report_file
from api.studies import StudyPlace
from geo.checked import check_study
from geo.errors import Fault, InputError
from geo.inputs import survey
from geo.plain_json import plain
from geo.progress import Progress
from geo.quality_files import write_quality
from geo.rejected_rows import rejected_workbooks
from geo.result import QualityReport
from geo.store import add_files, read_result, write_result
from geo.study import Study

_RANK = {"error": 0, "warning": 1, "info": 2}


def check(task: Task, progress: Progress) -> dict[str, Any]:
    """Write the quality report; a study that cannot be used as a whole has one too.

    Raises
    ------
    StudyFileError
        When an input file has gone.
    OutputError
        When the report cannot be written.
    """
    place = _place(task)
    params = place.params()
    try:
        found = check_study(Study(params), progress)
        quality, rejects, books, usable = found.quality, found.rejects, found.reject_files, True
    except InputError as error:
        seen = survey(params)
        known = [(one.code, one.params) for one in seen.faults]
        more = [one for one in error.faults if (one.code, one.params) not in known]
        faults = sorted([*more, *seen.faults], key=lambda one: _RANK[one.severity])
        quality, rejects = QualityReport(inputs=seen.records, faults=faults), seen.rejects
        books, usable = rejected_workbooks(seen.originals, seen.rejects), False
    write_quality(params, quality, rejects, place.check, books)
    return {
        "usable": usable,
        "errors_count": _count(quality.faults, "error"),
        "warnings_count": _count(quality.faults, "warning"),
        "rejects_count": len(rejects),
    }


def analyse(task: Task, progress: Progress) -> dict[str, Any]:
    """Run the whole analysis and write its result folder with map, workbook and the reports asked for.

    Raises
    ------
    InputError, OutputError
        As the commands ``run`` and ``report``.
    """
    from maps.briefing import build_map
    from maps.report.sections import make_report
    from maps.workbook import workbook_bytes

    place = _place(task)
    forms = list(task.asked["forms"])
    result = Study(place.params()).run(progress)
    progress("stage_map", 0, 1)
    files: dict[str, str | bytes] = {"map.html": build_map(result)}
    progress("stage_map", 1, 1)
    progress("stage_write", 0, 2)
    files["tables.xlsx"] = workbook_bytes(result)
    write_result(result, place.result, files)
    progress("stage_write", 1, 2)
    if forms:
        written = read_result(place.result)
        report = make_report(written, ledger=kept_ledger(written, place.result, None).ledger)
        add_files(
            place.result,
            {report_file(form): report_content(form, report, written) for form in forms},
        )
    progress("stage_write", 2, 2)
    return {"rules": plain(result.summary.get("rules", [])), "files": place.files()}


def _place(task: Task) -> StudyPlace:
    return StudyPlace(Path(task.asked["room"]), Path(task.asked["base"]))


def _count(faults: object, severity: str) -> int:
    found = faults if isinstance(faults, list | tuple) else []
    return sum(isinstance(one, Fault) and one.severity == severity for one in found)

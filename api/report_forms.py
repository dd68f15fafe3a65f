"""The forms of the report: which file each makes, and how."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from geo.ledger import Ledger
    from geo.result import StudyResult
    from maps.report.model import Report

FORMS = ("html", "pdf", "docx", "pptx", "xlsx", "word", "slides")
"""As they may be asked for; the last two are other names."""
_OTHER_NAMES = {"word": "docx", "slides": "pptx"}


def report_file(form: str) -> str:
    """Return the name of the file of a form."""
    return "tables.xlsx" if form == "xlsx" else f"report.{_OTHER_NAMES.get(form, form)}"


def report_content(
    form: str, written: Report, result: StudyResult, ledger: Ledger | None = None
) -> str | bytes:
    """Make the file of a form from the report as written; slides are written from result and ledger themselves."""
    kind, day = _OTHER_NAMES.get(form, form), result.params.as_of
    if kind == "html":
        from maps.report.html import report_html

        return report_html(written)
    if kind == "pdf":
        from maps.report.pdf import report_pdf

        return report_pdf(written)
    if kind == "docx":
        from maps.report.word import report_docx

        return report_docx(written, day)
    if kind == "xlsx":
        from maps.workbook import workbook_bytes

        return workbook_bytes(result)
    from maps.report.slides import deck_pptx, make_deck

    return deck_pptx(make_deck(result, ledger=ledger), day)

"""The report as a Word file in the style of an official document, to be edited, stamped and sent on."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from io import BytesIO

import docx
from docx.document import Document
from docx.enum.section import WD_SECTION
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.shared import Mm, Pt
from docx.text.paragraph import Paragraph as WordParagraph

from maps.report.chapters import chapters, lies, shortened
from maps.report.model import (
    Block,
    Bullets,
    Grid,
    Heading,
    PageBreak,
    Paragraph,
    Picture,
    Report,
)
from maps.report.office_zip import fit, repacked
from maps.report.word_page import BODY_FONT, lay, set_font, set_up, text_width_mm
from maps.report.word_table import word_table

_LONG_WORD = re.compile(r"[!-~]{12,}")
_NARROW_MM = 110.0  # of a picture that does not take the whole width


def report_docx(report: Report, day: date) -> bytes:
    """Write the report as a .docx file, long tables cut as in print; the same report gives the same bytes.

    Parameters
    ----------
    day
        Date of the study: what the file says it was made on.
    """
    document = docx.Document()
    document._body.clear_content()
    set_up(document, report)
    _properties(document, report, day)
    _opening(document, report)
    lying = turned = False
    for chapter in chapters(shortened(report).blocks):
        wide = lies(chapter)
        fresh = wide != lying
        if fresh:
            lay(document.add_section(WD_SECTION.NEW_PAGE), sideways=wide)
            lying = wide
        for block in chapter:
            if isinstance(block, PageBreak):
                turned = not fresh  # a new section is a new page already
                continue
            before = len(document.paragraphs) if turned else 0
            _put(document, block, text_width_mm(lying))
            if turned:
                document.paragraphs[before].paragraph_format.page_break_before = True
                turned = False
    out = BytesIO()
    document.save(out)
    return repacked(out.getvalue(), f"{day.isoformat()}T00:00:00Z")


def _properties(document: Document, report: Report, day: date) -> None:
    core = document.core_properties
    core.title = fit(f"{report.title}{report.subtitle}")
    core.author = core.last_modified_by = fit(report.facts[-1]) if len(report.facts) > 1 else ""
    core.comments = fit(report.label)
    core.keywords, core.subject, core.language = "", fit(report.subtitle), "zh-CN"
    core.created = core.modified = datetime(day.year, day.month, day.day, tzinfo=UTC)
    core.revision = 1


def _opening(document: Document, report: Report) -> None:
    """Put title, subtitle and date on top of the first page: an official document has no cover."""
    document.add_paragraph(fit(report.title), style="Title")
    document.add_paragraph(fit(report.subtitle), style="Title")
    for fact in report.facts:
        document.add_paragraph(fit(fact), style="Subtitle")
    document.add_paragraph(style="Subtitle")


def _put(document: Document, block: Block, width_mm: float) -> None:
    if isinstance(block, Heading):
        document.add_paragraph(fit(block.text), style=f"Heading {min(block.level, 2)}")
    elif isinstance(block, Paragraph):
        _words(document, block)
    elif isinstance(block, Bullets):
        for one in block.items:
            _words(document, one)
    elif isinstance(block, Grid):
        _table(document, block, width_mm)
    elif isinstance(block, Picture):
        _picture(document, block, width_mm)


def _words(document: Document, paragraph: Paragraph) -> None:
    line = document.add_paragraph(style="Body Text")
    if _LONG_WORD.search(
        paragraph.text
    ):  # file names do not break: justified, all else is torn apart
        line.alignment = WD_ALIGN_PARAGRAPH.LEFT
    line.add_run(fit(paragraph.text)).bold = paragraph.lead or None


def _table(document: Document, grid: Grid, width_mm: float) -> None:
    caption = document.add_paragraph(fit(grid.title), style="Caption")
    caption.paragraph_format.keep_with_next = True
    document._body._element._insert_tbl(word_table(grid, width_mm))
    after = document.add_paragraph()
    if grid.note:
        set_font(after.add_run(fit(grid.note)), BODY_FONT, 10.5)
        after.paragraph_format.line_spacing = Pt(20)
    else:  # tables that touch would become one
        after.paragraph_format.line_spacing = Pt(10)


def _picture(document: Document, picture: Picture, width_mm: float) -> None:
    line = document.add_paragraph()
    _for_picture(line)
    width = width_mm if picture.wide else min(_NARROW_MM, width_mm)
    shape = line.add_run().add_picture(BytesIO(picture.png), width=Mm(width))
    shape._inline.docPr.set("descr", fit(picture.caption))
    document.add_paragraph(fit(picture.caption), style="Caption")


def _for_picture(line: WordParagraph) -> None:
    """Let the line grow with its picture; a fixed line would cut it."""
    line.alignment = WD_ALIGN_PARAGRAPH.CENTER
    line.paragraph_format.line_spacing_rule = WD_LINE_SPACING.SINGLE
    line.paragraph_format.keep_with_next = True

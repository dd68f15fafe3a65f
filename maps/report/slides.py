"""Six to eight slides for the meeting, from the same figures as the report: tables and charts can be edited."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from io import BytesIO
from typing import TYPE_CHECKING

import pptx
from pptx.opc.constants import RELATIONSHIP_TYPE
from pptx.presentation import Presentation
from pptx.slide import Slide as Page
from pptx.util import Inches

from geo.messages import say
from maps.captions import captions, printed_date
from maps.report.book import Book
from maps.report.ledger_part import with_ledger
from maps.report.model import Grid, Picture
from maps.report.office_zip import fit, repacked
from maps.report.slides_facts import sources
from maps.report.slides_frame import (
    HEIGHT,
    WIDTH,
    points_size,
    put_bars,
    put_figures,
    put_frame,
    put_grid,
    put_picture,
    put_points,
    put_title,
)
from maps.report.slides_model import Area, Bars, Deck, Figures, Part, Points, Slide
from maps.report.slides_pages import pages

if TYPE_CHECKING:
    from geo.ledger import Ledger
    from geo.result import StudyResult

_FONT = "Microsoft YaHei"
_TITLE_ONLY = "Title Only"


def make_deck(result: StudyResult, *, pictures: bool = True, ledger: Ledger | None = None) -> Deck:
    """Write the slides of a finished study.

    Parameters
    ----------
    ledger
        As brought up to this result: what is overdue in it is said.
    pictures
        Whether to draw map and charts; without them the words, tables and figures alone.
    """
    book = Book(with_ledger(result, ledger))
    lines = captions(result)
    standing = lines["lines"]
    date_of = {"name": result.params.name, "date": printed_date(result.params.as_of)}
    return Deck(
        say("slides_heading", date_of),
        str(lines["simulated"]),
        tuple(str(one) for one in standing) if isinstance(standing, list) else (),
        tuple(replace(one, notes=sources(one, book)) for one in pages(book, pictures)),
    )


def deck_pptx(deck: Deck, day: date) -> bytes:
    """Lay the slides out as a .pptx file; the same deck gives the same bytes.

    Parameters
    ----------
    day
        Date of the study: what the file says it was made on.
    """
    show = pptx.Presentation()
    show.slide_width, show.slide_height = Inches(WIDTH), Inches(HEIGHT)
    layout = _only_layout(show)
    _fonts(show)
    for slide in deck.slides:
        _page(show.slides.add_slide(layout), slide, deck)
    core = show.core_properties
    core.title, core.comments, core.author = fit(deck.heading), fit(deck.label), ""
    core.last_modified_by, core.revision = "", 1
    core.created = core.modified = datetime(day.year, day.month, day.day, tzinfo=UTC)
    out = BytesIO()
    show.save(out)
    return repacked(out.getvalue(), f"{day.isoformat()}T00:00:00Z")


def _page(page: Page, slide: Slide, deck: Deck) -> None:
    put_frame(page, deck.heading, deck.label, deck.standing)
    put_title(page, slide.title.text)
    sizes = [points_size(area, part) for area, part in slide.parts if isinstance(part, Points)]
    for area, part in slide.parts:
        _put(page, area, part, min(sizes, default=0.0))
    lines = [slide.title.text, say("slides_note_heading"), *(one.text for one in slide.notes)]
    frame = page.notes_slide.notes_text_frame
    if frame is not None:
        frame.text = fit("\n".join(lines))


def _put(page: Page, area: Area, part: Part, size: float) -> None:
    if isinstance(part, Figures):
        put_figures(page, area, part)
    elif isinstance(part, Bars):
        put_bars(page, area, part)
    elif isinstance(part, Grid):
        put_grid(page, area, part)
    elif isinstance(part, Picture):
        put_picture(page, area, part)
    else:
        put_points(page, area, part, size)


def _only_layout(show: Presentation) -> object:
    """Keep the one layout that is used; the others are drawn for another paper."""
    kept = None
    for layout in list(show.slide_layouts):
        if layout.name == _TITLE_ONLY:
            kept = layout
        else:
            show.slide_layouts.remove(layout)
    for holder in (kept, show.slide_master):
        for shape in list(holder.placeholders) if holder is not None else []:
            shape.left = round(shape.left * WIDTH / 10.0)
            shape.width = round(shape.width * WIDTH / 10.0)
    return kept


def _fonts(show: Presentation) -> None:
    """Set the fonts of the theme, for Chinese too; tables, charts and notes follow it."""
    part = show.slide_master.part.part_related_by(RELATIONSHIP_TYPE.THEME)
    text = part.blob.decode("utf-8")
    for old in ('<a:latin typeface="Calibri"/>', '<a:ea typeface=""/>'):
        kind = old.split(" ", 1)[0]
        text = text.replace(old, f'{kind} typeface="{_FONT}"/>')
    part._blob = text.encode("utf-8")

"""How a report is parted for paper: chapters, those that lie on their side, tables cut to what print can bear."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from geo.messages import say
from maps.report.model import Block, Grid, Heading, PageBreak, Report

LONGEST = 60
"""Rows of a table in print; the workbook has all. Setting hundreds of rows takes longer than all the rest."""
SIDEWAYS_FROM = 9
"""Columns of a table from which its chapter lies on its side."""


def chapters(blocks: Sequence[Block]) -> Iterator[list[Block]]:
    """Part blocks before every heading of the first level; a page break goes with what follows it."""
    chapter: list[Block] = []
    for block in blocks:
        begins = isinstance(block, Heading) and block.level == 1
        turned = all(isinstance(one, PageBreak) for one in chapter)
        if (begins or isinstance(block, PageBreak)) and not turned:
            yield chapter
            chapter = []
        chapter.append(block)
    if chapter:
        yield chapter


def lies(chapter: Sequence[Block]) -> bool:
    """Tell whether a chapter needs a page on its side."""
    return any(isinstance(one, Grid) and len(one.headers) >= SIDEWAYS_FROM for one in chapter)


def shortened(report: Report) -> Report:
    """Return the report with long tables cut for print, each with a line that says so and where the rest is."""
    return replace(report, blocks=tuple(_cut(one) for one in report.blocks))


def _cut(block: Block) -> Block:
    if not isinstance(block, Grid) or len(block.rows) <= LONGEST:
        return block
    return replace(block, rows=block.rows[:LONGEST], note=rest_note(block, LONGEST))


def rest_note(grid: Grid, shown: int) -> str:
    """Say how many rows there are in all, how many of them stand here, and which file has the rest."""
    count = {"count": grid.whole or len(grid.rows), "shown": shown, "file": grid.all_in}
    note = say("report_rows_cut", count)
    kept = "" if grid.whole > len(grid.rows) else grid.note
    return kept + note

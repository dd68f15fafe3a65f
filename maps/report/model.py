"""What a report is made of, whatever form it takes; every figure knows the table cell it came from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Cell:
    """A figure as printed, and where it stands in the tables.

    Attributes
    ----------
    table, column
        Of the result; a count of rows has no column.
    keys
        Column and value pairs that name the row, or all rows that are counted.
    text
        As printed.
    """

    table: str
    column: str
    keys: tuple[tuple[str, str], ...]
    text: str

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class Heading:
    """A heading; level 1 is a chapter."""

    text: str
    level: int = 1


@dataclass(frozen=True)
class Paragraph:
    """A sentence or more; `cells` are the figures in it. `lead` marks the conclusion."""

    text: str
    cells: tuple[Cell, ...] = ()
    lead: bool = False


@dataclass(frozen=True)
class Bullets:
    """Several short paragraphs of one rank."""

    items: tuple[Paragraph, ...]


@dataclass(frozen=True)
class Grid:
    """A table: headers, rows of cells or words, a note below.

    Attributes
    ----------
    figures
        Which columns are numbers.
    whole
        How many rows there are in all where only the first are here; 0 where all are.
    all_in
        The file that has all of them.
    """

    title: str
    headers: tuple[str, ...]
    rows: tuple[tuple[Cell | str, ...], ...]
    figures: tuple[bool, ...]
    note: str = ""
    whole: int = 0
    all_in: str = "tables.xlsx"


@dataclass(frozen=True)
class Picture:
    """A picture with its caption; `wide` ones take the width of the page."""

    png: bytes = field(repr=False)
    caption: str
    wide: bool = True


@dataclass(frozen=True)
class PageBreak:
    """A new page."""


Block = Heading | Paragraph | Bullets | Grid | Picture | PageBreak


@dataclass(frozen=True)
class Report:
    """A whole report.

    Attributes
    ----------
    title, subtitle
        On the cover.
    facts
        Lines of the cover: scope, date, issuer.
    standing
        Lines that stand on every page.
    label
        Label of simulated data, empty for real data.
    """

    title: str
    subtitle: str
    facts: tuple[str, ...]
    standing: tuple[str, ...]
    label: str
    blocks: tuple[Block, ...]

    def cells(self) -> Iterator[Cell]:
        """Go through every figure of the report."""
        for block in self.blocks:
            yield from _cells(block)


def _cells(block: Block) -> Iterator[Cell]:
    if isinstance(block, Paragraph):
        yield from block.cells
    elif isinstance(block, Bullets):
        for one in block.items:
            yield from one.cells
    elif isinstance(block, Grid):
        for row in block.rows:
            yield from (one for one in row if isinstance(one, Cell))


def cells_in(values: Sequence[object]) -> tuple[Cell, ...]:
    """Pick the figures among values."""
    return tuple(one for one in values if isinstance(one, Cell))

"""What a slide is made of: a statement, parts in places of one grid, the figures behind them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from maps.report.model import Cell, Grid, Paragraph, Picture


@dataclass(frozen=True)
class Area:
    """A place on the slide, in inches."""

    left: float
    top: float
    width: float
    height: float


@dataclass(frozen=True)
class Figure:
    """One big figure with its name; `alarm` ones stand in the colour of what is wanting."""

    cell: Cell
    name: str
    alarm: bool = False


@dataclass(frozen=True)
class Figures:
    """Big figures side by side, or below each other where the place is narrow."""

    items: tuple[Figure, ...]


@dataclass(frozen=True)
class Points:
    """Short sentences under a heading."""

    heading: str
    items: tuple[Paragraph, ...]


@dataclass(frozen=True)
class Bars:
    """A chart of shares that can be edited: one bar a name, drawn from the figures as printed.

    Attributes
    ----------
    good
        Which bars stand in the colour of what is met, which in that of what is wanting; None: neither.
    upright
        Columns instead of lying bars.
    """

    name: str
    names: tuple[str, ...]
    cells: tuple[Cell, ...]
    good: tuple[bool | None, ...]
    note: str = ""
    upright: bool = False


Part = Figures | Points | Bars | Grid | Picture


@dataclass(frozen=True)
class Slide:
    """One page: its statement is its title."""

    title: Paragraph
    parts: tuple[tuple[Area, Part], ...]
    notes: tuple[Paragraph, ...] = ()

    def cells(self) -> Iterator[Cell]:
        """Go through every figure of the page."""
        yield from self.title.cells
        for _, part in self.parts:
            yield from _cells(part)
        for note in self.notes:
            yield from note.cells


@dataclass(frozen=True)
class Deck:
    """All pages and what stands on each; `heading` is the name of the study and its date."""

    heading: str
    label: str
    standing: tuple[str, ...]
    slides: tuple[Slide, ...]


def _cells(part: Part) -> Iterator[Cell]:
    if isinstance(part, Figures):
        yield from (one.cell for one in part.items)
    elif isinstance(part, Points):
        for item in part.items:
            yield from item.cells
    elif isinstance(part, Bars):
        yield from part.cells
    elif isinstance(part, Grid):
        for row in part.rows:
            yield from (one for one in row if isinstance(one, Cell))

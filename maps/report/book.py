"""Looking figures up in a result, so that each keeps its origin."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from geo.errors import NotFoundError, fault
from geo.messages import say
from geo.tables import columns as all_columns
from geo.tables import header
from maps.printed import printed
from maps.report.known_weights import with_known_weights
from maps.report.model import Cell, Grid, Paragraph, cells_in

if TYPE_CHECKING:
    from geo.params import Rule
    from geo.result import StudyResult


class Book:
    """The tables of a result, read for a report."""

    def __init__(self, result: StudyResult, rule: Rule | None = None) -> None:
        self.result = with_known_weights(result)
        known = {one.name: one for one in self.result.params.rules}
        self.rule = known[rule.name] if rule is not None else self.result.params.rules[0]

    def has(self, table: str) -> bool:
        """Whether the result has rows of this table."""
        return table in self.result.tables and len(self.result.tables[table]) > 0

    def rows(self, table: str, **keys: object) -> pd.DataFrame:
        """Return the rows of a table that have these values; an empty frame where there is no such table."""
        frame = self.result.tables.get(table)
        if frame is None:
            return pd.DataFrame()
        for column, value in keys.items():
            frame = frame[frame[column].astype(str) == str(value)]
        return frame

    def cell(self, table: str, column: str, *, unit: bool = False, **keys: object) -> Cell:
        """Return one figure.

        Raises
        ------
        NotFoundError
            When the keys do not name exactly one row.
        """
        found = self.rows(table, **keys)
        if len(found) != 1 or column not in found.columns:
            wanted = "、".join(f"{name}={value}" for name, value in keys.items())
            raise NotFoundError(fault("report_no_cell", table=table, column=column, keys=wanted))
        return self.of_row(table, column, found.iloc[0], tuple(keys), unit=unit)

    def of_row(
        self,
        table: str,
        column: str,
        row: Mapping[Any, Any] | pd.Series,
        keys: Sequence[str],
        *,
        unit: bool = False,
    ) -> Cell:
        """Return the figure of a row at hand; `keys` are the columns that name it."""
        named = tuple((name, str(row[name])) for name in keys if pd.notna(row[name]))
        return Cell(table, column, named, printed(column, row[column], unit=unit))

    def count(
        self, table: str, *, at_least: Mapping[str, float] | None = None, **keys: object
    ) -> Cell:
        """Return how many rows of a table have these values (and no less than those); its column is empty."""
        found = self.rows(table, **keys)
        named = [(name, str(value)) for name, value in keys.items()]
        for name, least in (at_least or {}).items():
            found = found[pd.to_numeric(found[name], errors="coerce") >= least]
            named.append((name, f">={least!r}"))
        return Cell(table, "", tuple(named), f"{len(found):,}")

    def indicator(self, name: str, rule: str | None = None) -> Cell | None:
        """Return an indicator of the whole study as it is shown, None where it does not exist."""
        chosen = self.rule.name if rule is None else rule
        found = self.rows("indicators", id=name, unit_kind="study")
        if len(found):
            mine = found[found["rule"].fillna("").astype(str).isin([chosen, ""])]
            if len(mine) == 1 and pd.notna(mine.iloc[0]["value"]):
                return self.of_row("indicators", "shown", mine.iloc[0], ("id", "unit_kind", "rule"))
        return None

    def grid(
        self,
        table: str,
        frame: pd.DataFrame,
        columns: Sequence[str],
        keys: Sequence[str],
        title: str,
        headers: Sequence[str],
        note: str = "",
    ) -> Grid:
        """Lay rows of a table out as a grid; text columns stay words, all else keeps its origin.

        Columns that the table does not have are left out.
        """
        there = [place for place, name in enumerate(columns) if name in frame.columns]
        columns, headers = [columns[one] for one in there], [headers[one] for one in there]
        known = all_columns()
        numeric = tuple(
            name in known and known[name].kind in ("share", "minutes", "count", "number")
            for name in columns
        )
        rows = tuple(
            tuple(
                self.of_row(table, name, row, keys) if number else printed(name, row[name])
                for name, number in zip(columns, numeric, strict=True)
            )
            for row in frame.to_dict("records")
        )
        return Grid(title, tuple(headers), rows, numeric, note)


def sentence(code: str, *, lead: bool = False, **values: object) -> Paragraph:
    """Make a paragraph of a catalogue sentence and keep the figures in it; a part of it may be a paragraph itself."""
    text = say(code, {name: _plain(value) for name, value in values.items()})
    figures: list[Cell] = []
    for value in values.values():
        figures.extend(value.cells if isinstance(value, Paragraph) else cells_in([value]))
    return Paragraph(text, tuple(figures), lead)


def listed(parts: Iterable[Paragraph]) -> Paragraph:
    """Join short parts to one, with the comma of lists."""
    found = list(parts)
    text = say("report_comma").join(one.text for one in found)
    return Paragraph(text, tuple(cell for one in found for cell in one.cells))


def _plain(value: object) -> str:
    return value.text if isinstance(value, Paragraph) else str(value)


def head(column: str) -> str:
    """Return the header of a column; percent stands with every figure and not here."""
    return header(column).replace("（%）", "")

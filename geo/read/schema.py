"""What a reader looks for: fields with their headers, kinds of value and words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from geo.tables import columns

Kind = Literal["text", "code", "number", "date", "flag", "list", "word", "floor", "degrees"]
Shape = Literal["point", "line", "polygon"]


@dataclass(frozen=True)
class Field:
    """One column of ours.

    Attributes
    ----------
    name
        Ours.
    kind
        How its values are read, see `geo.read.values`.
    aliases
        Headers it goes by, the most certain first.
    words
        For ``word``: what people write -> our value.
    sets_row_aside
        A value that cannot be read costs the row; otherwise only the value is left empty.
    required
        Where the column is there, an empty cell costs the row.
    least
        Figures below it cannot be right.
    """

    name: str
    kind: Kind = "text"
    aliases: tuple[str, ...] = ()
    words: Mapping[str, str] = field(default_factory=dict)
    sets_row_aside: bool = False
    required: bool = False
    least: float | None = None

    @property
    def headers(self) -> tuple[str, ...]:
        """Every header it goes by: its own name, the printed one, the aliases."""
        known = columns().get(self.name)
        printed = (known.zh, known.en) if known is not None else ()
        return (self.name, *self.aliases, *printed)


@dataclass(frozen=True)
class Schema:
    """What one kind of input holds.

    Attributes
    ----------
    section
        Its section of the study file.
    id_column
        Name of the id among `fields`.
    fields
        In the order of the result.
    shapes
        Kinds of geometry it may have; the first is what the message asks for.
    needs_geometry
        Whether a table without geometry is refused.
    takes_coordinates
        Whether points may come as columns ``lon`` and ``lat`` (which then stand among `fields`).
    keeps_others
        Whether the user's other columns are kept.
    reserved
        Names that later stages give to columns: a user's column of such a name is renamed.
    unique_ids
        Whether the second row of one id is set aside.
    identity
        Fields that tell a row from all others when its code has lost digits, the name last.
    placed_later
        Whether rows without coordinates are kept, to be found by name or address.
    """

    section: str
    id_column: str
    fields: tuple[Field, ...]
    shapes: tuple[Shape, ...]
    needs_geometry: bool = True
    takes_coordinates: bool = False
    keeps_others: bool = False
    reserved: tuple[str, ...] = ()
    unique_ids: bool = True
    identity: tuple[str, ...] = ()
    placed_later: bool = False

    def without(self, *names: str) -> Schema:
        """Return the schema without some fields."""
        return replace(self, fields=tuple(one for one in self.fields if one.name not in names))

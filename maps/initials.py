"""Pinyin initials of names, so that a search for ``jtbh`` finds 霁台百货."""

from __future__ import annotations

from collections.abc import Sequence

from pypinyin import Style, lazy_pinyin


def initials(name: str) -> str:
    """Return the first letters of a name's characters, read as words are; other signs stay, in lower case.

    Examples
    --------
    >>> initials("重庆路2号A座")
    'cql2haz'
    """
    return "".join(lazy_pinyin(name, style=Style.FIRST_LETTER)).lower()


def initials_text(names: Sequence[str]) -> str:
    """Return the initials of many names, one a line; an empty line where they say no more than the name."""
    return "\n".join("" if name.isascii() else initials(name).replace("\n", " ") for name in names)

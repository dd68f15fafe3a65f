"""Which letters a form of the report may use: those of its fonts, or those every Chinese office has."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from fontTools.ttLib import TTFont
from pylopdf_fonts_zh_cn import sans_path, serif_path

_SPACES = set("\n\r\t\v\f")


@cache
def letters_of(path: Path) -> frozenset[str]:
    """Letters that a font draws."""
    with TTFont(path, fontNumber=0, lazy=True) as font:
        return frozenset(map(chr, font.getBestCmap()))


def not_drawn(text: str) -> set[str]:
    """Letters of a text that the fonts of PDF and pictures lack."""
    drawn = letters_of(Path(sans_path())) & letters_of(Path(serif_path()))
    return set(text) - drawn - _SPACES


def not_everywhere(text: str) -> set[str]:
    """Letters of a text that the fonts of Office lack: those beyond GBK and Latin-1."""
    return {one for one in set(text) - _SPACES if not _in(one, "gbk") and not _in(one, "latin-1")}


def _in(letter: str, encoding: str) -> bool:
    try:
        letter.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True

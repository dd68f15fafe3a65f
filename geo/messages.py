"""The one catalogue of sentences, Chinese and English, for terminal, page, report and API."""

from __future__ import annotations

import os
import string
import tomllib
from collections.abc import Mapping
from contextvars import ContextVar
from functools import cache
from importlib.resources import files

LANGUAGES = ("zh", "en")
_language: ContextVar[str] = ContextVar("servicecircle_language", default="")


def set_language(lang: str) -> None:
    """Choose the language of this run, ``zh`` or ``en``.

    Raises
    ------
    ValueError
        For any other language.
    """
    if lang not in LANGUAGES:
        raise ValueError(f"language must be one of {LANGUAGES}, not {lang!r}")
    _language.set(lang)


def language() -> str:
    """Return the language of this run: set, else ``SERVICECIRCLE_LANG``, else Chinese."""
    chosen = _language.get() or os.environ.get("SERVICECIRCLE_LANG", "")
    return chosen if chosen in LANGUAGES else "zh"


@cache
def catalogue() -> dict[str, dict[str, str]]:
    """Read ``geo/catalogue/*.toml``: code -> {zh, en}.

    Raises
    ------
    ValueError
        When one code stands in two files.
    """
    sentences: dict[str, dict[str, str]] = {}
    folder = files("geo").joinpath("catalogue")
    for entry in sorted(folder.iterdir(), key=lambda item: item.name):
        if not entry.name.endswith(".toml"):
            continue
        for code, texts in tomllib.loads(entry.read_text(encoding="utf-8")).items():
            if code in sentences:
                raise ValueError(f"message code {code!r} is defined twice ({entry.name})")
            sentences[code] = texts
    return sentences


def say(code: str, params: Mapping[str, object] | None = None, lang: str | None = None) -> str:
    """Make the sentence of `code` with `params` filled in.

    A placeholder may say how its value is to be read: ``{kind:@header}`` prints the header of a column,
    ``{unit:@unit_}`` the sentence with code ``unit_`` + value, and ``{reasons:@way_}`` likewise for a list of
    (value, count), so that parameters stay data and a person reads words.

    Raises
    ------
    KeyError
        For a code that is not in the catalogue, or a placeholder without a value.
    """
    chosen = lang or language()
    return _Sentence(chosen).vformat(catalogue()[code][chosen], (), dict(params or {}))


class _Sentence(string.Formatter):
    """Fills placeholders in one language."""

    def __init__(self, lang: str) -> None:
        self._lang = lang

    def format_field(self, value: object, format_spec: str) -> str:
        """Format one value; see `say` for ``@``."""
        if not format_spec.startswith("@"):
            return str(super().format_field(value, format_spec))
        if isinstance(value, (list, tuple)):
            comma, gap = ("、", "") if self._lang == "zh" else ("; ", ": ")
            return comma.join(
                f"{self._word(one, format_spec[1:])}{gap} {count}" for one, count in value
            )
        return self._word(value, format_spec[1:])

    def _word(self, value: object, prefix: str) -> str:
        if prefix == "header":
            from geo.tables import header

            return header(str(value), self._lang)
        texts = catalogue().get(f"{prefix}{value}")
        return texts[self._lang] if texts else str(value)

"""Plain values as the text of a TOML file: studies and scenarios as the commands read them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import date

_BARE = re.compile(r"[A-Za-z0-9_-]+")


def toml_text(table: Mapping[str, object]) -> str:
    """Write a table: its plain values first, then tables and lists of tables, each under its header."""
    lines: list[str] = []
    _write(table, (), lines)
    return "\n".join(lines).strip() + "\n"


def _write(table: Mapping[str, object], path: tuple[str, ...], lines: list[str]) -> None:
    inner = {key: value for key, value in table.items() if _is_table(value) or _are_tables(value)}
    lines += [f"{_key(key)} = {_value(one)}" for key, one in table.items() if key not in inner]
    for key, value in inner.items():
        name = ".".join(_key(one) for one in (*path, key))
        many = _are_tables(value)
        for one in value if isinstance(value, Sequence) else [value]:
            if isinstance(one, Mapping):
                lines += ["", f"[[{name}]]" if many else f"[{name}]"]
                _write(one, (*path, key), lines)


def _is_table(value: object) -> bool:
    return isinstance(value, Mapping)


def _are_tables(value: object) -> bool:
    return isinstance(value, list | tuple) and bool(value) and all(map(_is_table, value))


def _key(key: str) -> str:
    return key if _BARE.fullmatch(key) else _text(key)


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_value(one) for one in value) + "]"
    return _text(str(value))


def _text(text: str) -> str:
    # a basic string of TOML escapes as JSON does, and DEL besides; halves of a character pair it does not know
    safe = text.encode("utf-8", "replace").decode("utf-8")
    return json.dumps(safe, ensure_ascii=False).replace("\x7f", "\\u007f")

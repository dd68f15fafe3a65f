"""Reading the keys of one TOML table: types, limits and unknown keys, every fault collected."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime

from geo.errors import Fault
from geo.tables import nearest_name

_LONGEST = 60


def shown(value: object) -> str:
    """Write a value as it stands in a TOML file, shortened."""
    if isinstance(value, bool):
        text = "true" if value else "false"
    elif isinstance(value, str):
        text = json.dumps(value, ensure_ascii=False)
    elif isinstance(value, Mapping):
        text = "{ " + ", ".join(f"{key} = {shown(one)}" for key, one in value.items()) + " }"
    elif isinstance(value, (list, tuple)):
        text = "[" + ", ".join(shown(one) for one in value) + "]"
    else:
        text = str(value)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def listed(names: Iterable[object]) -> str:
    """Join names for a sentence."""
    return "、".join(str(one) for one in names) or "—"


class Section:
    """One table of the study file; faults go to a list that all sections share.

    Parameters
    ----------
    where
        How the section is named in a fault, e.g. ``[walk]``.
    table
        Its keys; anything but a table counts as a fault and reads as empty.
    faults
        Receives what is wrong.
    """

    def __init__(self, where: str, table: object, faults: list[Fault]) -> None:
        self.where = where
        self.faults = faults
        self.known: list[str] = []
        self.table: Mapping[str, object] = {}
        if isinstance(table, Mapping):
            self.table = table
        elif table is not None:
            self.add("study_not_table", found=shown(table))

    def add(self, code: str, **params: object) -> None:
        """Note a fault of this section."""
        self.faults.append(Fault(code, {"where": self.where, **params}))

    def get(self, key: str) -> object:
        """Return a value, or None; the key counts as known from now on."""
        self.known.append(key)
        return self.table.get(key)

    def has(self, key: str) -> bool:
        """Whether the key is written in the file."""
        return key in self.table

    def text(self, key: str, default: str | None = None, *, required: bool = False) -> str | None:
        """Read a text; blank counts as missing where it is required."""
        value = self.get(key)
        if value is None or (required and isinstance(value, str) and not value.strip()):
            if required:
                self.add("study_key_missing", key=key)
            return default
        if not isinstance(value, str):
            self.add("study_not_text", key=key, found=shown(value))
            return default
        return value.strip()

    def choice(self, key: str, allowed: Sequence[str], default: str) -> str:
        """Read one of the words in `allowed`."""
        value = self.get(key)
        if value is None:
            return default
        if value not in allowed:
            self.add(
                "study_not_allowed",
                key=key,
                found=shown(value),
                allowed=listed(allowed),
                nearest=nearest_name(str(value), allowed) or "—",
            )
            return default
        return str(value)

    def number(
        self,
        key: str,
        default: float | None,
        *,
        above: float | None = None,
        least: float | None = None,
        most: float | None = None,
    ) -> float | None:
        """Read a number within limits: greater than `above`, at least `least`, at most `most`."""
        value = self.get(key)
        if value is None:
            return default
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            self.add("study_not_number", key=key, found=shown(value))
            return default
        inside = (
            math.isfinite(value)
            and (above is None or value > above)
            and (least is None or value >= least)
            and (most is None or value <= most)
        )
        if not inside:
            self.add(
                "study_out_of_range",
                key=key,
                found=shown(value),
                allowed=_limits(above, least, most),
            )
            return default
        return float(value)

    def whole(self, key: str, default: int, *, least: int = 0) -> int:
        """Read a whole number that is at least `least`."""
        value = self.table.get(key)
        if isinstance(value, float) and not value.is_integer():
            self.get(key)
            self.add("study_not_whole", key=key, found=shown(value))
            return default
        number = self.number(key, default, least=least)
        return default if number is None else int(number)

    def flag(self, key: str, default: bool) -> bool:
        """Read true or false."""
        value = self.get(key)
        if value is None:
            return default
        if not isinstance(value, bool):
            self.add("study_not_flag", key=key, found=shown(value))
            return default
        return value

    def day(self, key: str) -> date | None:
        """Read a required date, written without quotes and without a time."""
        value = self.get(key)
        if value is None:
            self.add("study_key_missing", key=key)
            return None
        if isinstance(value, datetime) or not isinstance(value, date):
            self.add("study_not_date", key=key, found=shown(value))
            return None
        return value

    def texts(self, key: str, default: tuple[str, ...]) -> tuple[str, ...]:
        """Read a list of texts without repeats."""
        value = self.get(key)
        if value is None:
            return default
        good = isinstance(value, list) and all(isinstance(one, str) and one for one in value)
        if not isinstance(value, list) or not good or len(set(value)) != len(value):
            self.add("study_not_texts", key=key, found=shown(value))
            return default
        return tuple(value)

    def pairs(self, key: str) -> dict[str, str]:
        """Read a table of text to text."""
        value = self.get(key)
        if value is None:
            return {}
        good = isinstance(value, Mapping) and all(isinstance(one, str) for one in value.values())
        if not isinstance(value, Mapping) or not good:
            self.add("study_not_pairs", key=key, found=shown(value))
            return {}
        return {str(name): str(one) for name, one in value.items()}

    def finish(self) -> None:
        """Report the keys that nobody asked for, each with the nearest one that is allowed."""
        for key in self.table:
            if key not in self.known:
                self.add(
                    "study_key_unknown",
                    key=key,
                    nearest=nearest_name(key, self.known) or "—",
                    allowed=listed(dict.fromkeys(self.known)),
                )


def _limits(above: float | None, least: float | None, most: float | None) -> str:
    parts = []
    if above is not None:
        parts.append(f"> {above:g}")
    if least is not None:
        parts.append(f"≥ {least:g}")
    if most is not None:
        parts.append(f"≤ {most:g}")
    return listed(parts)

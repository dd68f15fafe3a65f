"""Which of their columns is which of ours: declared mapping first, then the headers planners use."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from geo.errors import Fault, InputError, fault
from geo.read.schema import Field, Schema
from geo.tables import nearest_name

_NOTE = re.compile(r"[(\[【].*$")
# Units that a header may carry and what they make of the figure; without an entry a note changes nothing.
_FACTORS = {
    "万": 1e4,
    "万人": 1e4,
    "万户": 1e4,
    "万m2": 1e4,
    "万平方米": 1e4,
    "万平米": 1e4,
    "km2": 1e6,
    "平方公里": 1e6,
    "公顷": 1e4,
    "ha": 1e4,
}
_SHAPEFILE_BYTES = (
    9,
    10,
)  # a DBF field name ends after ten bytes, or nine where a character would be cut


@dataclass(frozen=True)
class Match:
    """Columns found.

    Attributes
    ----------
    theirs
        ours -> theirs.
    factors
        ours -> what to multiply figures by, where the header states a unit other than ours.
    """

    theirs: dict[str, str]
    factors: dict[str, float]
    faults: tuple[Fault, ...] = ()


def plain_header(text: str) -> str:
    """Reduce a header to what it says: full width to half, no blanks, no star, no unit or note.

    Examples
    --------
    >>> plain_header(" 建筑面积（㎡） "), plain_header("坐标来源*（高德/百度/天地图/测绘）")
    ('建筑面积', '坐标来源')
    """
    flat = re.sub(r"[\s\u200b\ufeff]+", "", unicodedata.normalize("NFKC", str(text))).lower()
    return (_NOTE.sub("", flat) or flat).strip("*＊:：_")


def unit_factor(header: str) -> float:
    """Return what figures under `header` are multiplied by: 10,000 for ``（万人）`` or ``_万人``."""
    flat = re.sub(r"\s+", "", unicodedata.normalize("NFKC", str(header))).lower()
    note = re.search(r"[(\[【]([^)\]】]*)", flat)
    words = [note.group(1)] if note else [flat.rpartition("_")[2]]
    return _FACTORS.get(words[0].removeprefix("单位:"), 1.0)


def known_headers(schema: Schema, mapping: Mapping[str, str]) -> frozenset[str]:
    """Return every plain header that means something, to find the header row of a sheet."""
    ours = {plain_header(word) for field in schema.fields for word in field.headers}
    return frozenset(ours | {plain_header(theirs) for theirs in mapping.values()})


def match_columns(
    present: Sequence[str],
    schema: Schema,
    mapping: Mapping[str, str],
    *,
    file: str,
    cut_names: bool = False,
) -> Match:
    """Find our columns among theirs.

    Parameters
    ----------
    present
        Their columns that hold anything at all.
    mapping
        Declared: ours -> theirs; ``id`` stands for the id column.
    cut_names
        Names may be cut after ten bytes, as in a Shapefile.

    Raises
    ------
    InputError
        For every declared name that is unknown, with the nearest one.
    """
    theirs = _declared(present, schema, mapping, file)
    taken = set(theirs.values())
    by_plain: dict[str, list[str]] = {}
    for name in present:
        if name not in taken:
            by_plain.setdefault(plain_header(name), []).append(name)
    faults: list[Fault] = []
    for field in schema.fields:
        if field.name in theirs:
            continue
        found = [one for one in _named_so(field, by_plain, cut_names) if one not in taken]
        if not found:
            continue
        theirs[field.name] = found[0]
        taken.add(found[0])
        if len(found) > 1:
            choice = {"column": field.name, "used": found[0], "others": "、".join(found[1:])}
            faults.append(Fault("columns_ambiguous", {"file": file, **choice}, "info"))
    numeric = {field.name for field in schema.fields if field.kind == "number"}
    factors = {ours: unit_factor(name) for ours, name in theirs.items() if ours in numeric}
    return Match(theirs, {k: v for k, v in factors.items() if v != 1.0}, tuple(faults))


def _named_so(field: Field, by_plain: Mapping[str, Sequence[str]], cut_names: bool) -> list[str]:
    """List their headers that mean `field`, the most certain first, each once."""
    found = [name for word in field.headers for name in by_plain.get(plain_header(word), ())]
    if not found and cut_names:
        cut = [plain for plain in by_plain if _is_cut_from(plain, field.headers)]
        found = [name for plain in cut for name in by_plain[plain]]
    return list(dict.fromkeys(found))


def _declared(
    present: Sequence[str], schema: Schema, mapping: Mapping[str, str], file: str
) -> dict[str, str]:
    faults: list[Fault] = []
    theirs: dict[str, str] = {}
    allowed = [field.name for field in schema.fields]
    for key, name in mapping.items():
        ours = schema.id_column if key == "id" else key
        if ours not in allowed:
            faults.append(
                fault(
                    "column_not_ours",
                    section=schema.section,
                    column=key,
                    nearest=nearest_name(key, allowed) or "—",
                    allowed="、".join(allowed),
                )
            )
            continue
        found = _lookup(name, present)
        if found is None:
            faults.append(
                fault(
                    "column_not_theirs",
                    file=file,
                    section=schema.section,
                    column=name,
                    ours=key,
                    nearest=nearest_name(name, present) or "—",
                    present="、".join(present),
                )
            )
            continue
        theirs[ours] = found
    if faults:
        raise InputError(*faults)
    return theirs


def _lookup(name: str, present: Iterable[str]) -> str | None:
    """Find a declared header: as written, else the same once blanks and widths are ignored."""
    names = list(present)
    if name in names:
        return name
    flat = re.sub(r"\s+", "", unicodedata.normalize("NFKC", name))
    same = [one for one in names if re.sub(r"\s+", "", unicodedata.normalize("NFKC", one)) == flat]
    return same[0] if same else None


def _is_cut_from(plain: str, headers: Iterable[str]) -> bool:
    sizes = (len(plain.encode("gb18030")), len(plain.encode("utf-8")))
    if not any(size in _SHAPEFILE_BYTES for size in sizes):
        return False
    return any(plain_header(word).startswith(plain) for word in headers)

"""Which of their columns is which of ours: declared mapping first, then the headers planners use."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from geo.errors import Fault, InputError, fault
from geo.names import simplified
from geo.read.schema import Field, Schema
from geo.tables import header, nearest_name

_NOTE = re.compile(r"[(\[【].*$")
# a unit written without brackets: 建筑面积㎡, 建筑面积/万平方米, 人数/人
_BARE_UNIT = re.compile(r"(?:[/:]?(万?(?:m2|平方米|平米))|[/:](万?[人户]|公顷|km2|ha|层|度|°))$")
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
    also
        ours -> more of their columns that mean the same, from sheets that call it otherwise.
    """

    theirs: dict[str, str]
    factors: dict[str, float]
    faults: tuple[Fault, ...] = ()
    also: dict[str, tuple[str, ...]] = field(default_factory=dict)


def plain_header(text: str) -> str:
    """Reduce a header to what it says: full width to half, no blanks, no star, no unit or note.

    Examples
    --------
    >>> plain_header(" 建筑面积（㎡） "), plain_header("坐标来源*（高德/百度/天地图/测绘）")
    ('建筑面积', '坐标来源')
    """
    flat = unicodedata.normalize("NFKC", simplified(str(text)))
    flat = re.sub(r"[\s\u200b\ufeff]+", "", flat).lower()
    plain = (_NOTE.sub("", flat) or flat).strip("*＊:：_")
    return _BARE_UNIT.sub("", plain) or plain


def unit_factor(header: str) -> float:
    """Return what figures under `header` are multiplied by: 10,000 for ``（万人）`` or ``_万人``."""
    flat = re.sub(r"\s+", "", unicodedata.normalize("NFKC", str(header))).lower()
    note = re.search(r"[(\[【]([^)\]】]*)", flat)
    bare = _BARE_UNIT.search(flat)
    if note:
        unit = note.group(1)
    elif bare:
        unit = bare.group(1) or bare.group(2)
    else:
        unit = flat.rpartition("_")[2]
    return _FACTORS.get(unit.removeprefix("单位:"), 1.0)


def known_headers(schema: Schema, mapping: Mapping[str, str]) -> frozenset[str]:
    """Return every plain header that means something, to find the header row of a sheet."""
    ours = {plain_header(word) for one in schema.fields for word in one.headers}
    return frozenset(ours | {plain_header(theirs) for theirs in mapping.values()})


def match_columns(
    present: Sequence[str],
    schema: Schema,
    mapping: Mapping[str, str],
    *,
    file: str,
    cut_names: bool = False,
    apart: Callable[[str, str], bool] | None = None,
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
    apart
        Whether two of their columns are never filled in one row: sheets that call one thing by two names.

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
    also: dict[str, tuple[str, ...]] = {}
    for wanted in schema.fields:
        if wanted.name in theirs:
            continue
        found = [one for one in _named_so(wanted, by_plain, cut_names) if one not in taken]
        if not found:
            continue
        theirs[wanted.name] = found[0]
        joined = _apart_from_all(found, apart)
        also |= {wanted.name: tuple(joined)} if joined else {}
        taken.update((found[0], *joined))
        others = [one for one in found[1:] if one not in joined]
        if others:
            choice = {"column": wanted.name, "used": found[0], "others": "、".join(others)}
            faults.append(Fault("columns_ambiguous", {"file": file, **choice}, "info"))
    numeric = {one.name for one in schema.fields if one.kind == "number"}
    factors = {ours: unit_factor(name) for ours, name in theirs.items() if ours in numeric}
    return Match(theirs, {k: v for k, v in factors.items() if v != 1.0}, tuple(faults), also)


def _apart_from_all(found: Sequence[str], apart: Callable[[str, str], bool] | None) -> list[str]:
    """Choose the further columns that never meet those before them, and state the same unit."""
    joined = [found[0]]
    for name in found[1:]:
        same_unit = unit_factor(name) == unit_factor(found[0])
        if apart is not None and same_unit and all(apart(name, other) for other in joined):
            joined.append(name)
    return joined[1:]


def recognised(match: Match, schema: Schema, file: str) -> list[Fault]:
    """Say which of their headers were taken for which of ours, where they are written otherwise."""
    aliases = {one.name: one.aliases[:1] for one in schema.fields}
    pairs: list[str] = []
    for ours, first in match.theirs.items():
        printed = header(ours).partition("（")[0]
        name = next(iter(aliases.get(ours, ())), printed)  # as the register's own column is headed
        own = {ours, plain_header(printed), plain_header(name)}
        for theirs in (first, *match.also.get(ours, ())):
            if plain_header(theirs) not in own:
                pairs.append(f"“{theirs}”→“{name}”")
    if not pairs:
        return []
    return [
        fault(
            "columns_recognised", "info", section=schema.section, file=file, pairs="、".join(pairs)
        )
    ]


def _named_so(wanted: Field, by_plain: Mapping[str, Sequence[str]], cut_names: bool) -> list[str]:
    """List their headers that mean `wanted`, the most certain first, each once."""
    found = [name for word in wanted.headers for name in by_plain.get(plain_header(word), ())]
    if not found and cut_names:
        cut = [plain for plain in by_plain if _is_cut_from(plain, wanted.headers)]
        found = [name for plain in cut for name in by_plain[plain]]
    return list(dict.fromkeys(found))


def _declared(
    present: Sequence[str], schema: Schema, mapping: Mapping[str, str], file: str
) -> dict[str, str]:
    faults: list[Fault] = []
    theirs: dict[str, str] = {}
    allowed = [one.name for one in schema.fields]
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

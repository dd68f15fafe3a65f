"""The study file: ``study.toml`` to `StudyParams`, with every fault reported at once."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from geo.errors import Fault, InputError, StudyFileError, fault, raise_if_any
from geo.params import PACES, Costs, NetworkParams, Output, Pace, StudyParams, WalkParams
from geo.profiles import STANDARD_PROFILE, Profile, profile_of
from geo.study_keys import Section, listed, shown
from geo.study_rules import read_rules
from geo.study_sources import existing_path, read_source, read_zones
from geo.tables import nearest_name

INPUTS = (
    "subdistricts", "communities", "buildings", "stations", "network", "entrances", "barriers",
    "compounds", "corrections", "candidates", "links", "elevation", "exclude",
)  # fmt: skip
REQUIRED = ("study", "subdistricts", "buildings", "stations", "network")
SECTIONS = ("study", *INPUTS, "zones", "lines", "walk", "rule", "costs", "output")
_SHA256 = re.compile(r"[0-9a-fA-F]{64}")


def read_study_file(path: str | Path) -> StudyParams:
    """Read and check a study file.

    Raises
    ------
    StudyFileError
        Carrying every fault found: in the file's text, its keys and the input files it names.
    """
    file = Path(path)
    table = _parse(_text(file), file.name)
    return parse_study(table, file.resolve().parent)


def parse_study(table: Mapping[str, object], folder: Path) -> StudyParams:
    """Check the tables of a study file; relative paths are taken from `folder`.

    Raises
    ------
    StudyFileError
        Carrying every fault found.
    """
    faults: list[Fault] = []
    _check_sections(table, faults)
    head = Section("[study]", table.get("study"), faults)
    name = head.text("name", required="study" in table)
    as_of = head.day("as_of") if "study" in table else None
    crs = _study_crs(head)
    city = head.text("city") or None
    head.finish()
    sources = {
        kind: source
        for kind in INPUTS
        if kind in table and (source := read_source(kind, table[kind], folder, faults)) is not None
    }
    network = _network(table.get("network"), folder, faults)
    walk = _walk(table.get("walk"), faults)
    zones = read_zones(table.get("zones"), folder, faults)
    lines = read_zones(table.get("lines"), folder, faults, kind="lines")
    profile = _profile(city, folder, faults)
    rules = read_rules(table.get("rule"), walk.paces, profile.tier_ids, faults, profile.rules)
    costs = _costs(table.get("costs"), faults)
    output = _output(table.get("output"), faults)
    raise_if_any(faults, StudyFileError)
    if name is None or as_of is None:  # both are reported as missing above
        raise StudyFileError(fault("study_section_missing", section="[study]"))
    return StudyParams(
        name, folder, as_of, sources, zones, crs, city, rules, walk, network, costs, output, lines
    )


def _profile(city: str | None, folder: Path, faults: list[Fault]) -> Profile:
    """Read the city profile; what is wrong with it is told with the rest of the study file."""
    try:
        return profile_of(city, folder)
    except InputError as error:
        faults.extend(error.faults)
        return STANDARD_PROFILE


def _text(file: Path) -> str:
    if not file.is_file():
        siblings = file.parent.glob("*.toml") if file.parent.is_dir() else ()
        near = nearest_name(file.name, sorted(one.name for one in siblings))
        if file.is_dir():
            raise StudyFileError(
                fault("study_file_is_folder", path=file, nearest=near or "study.toml")
            )
        raise StudyFileError(fault("study_file_missing", path=file, nearest=near or "—"))
    try:
        content = file.read_bytes()
    except OSError as error:
        raise StudyFileError(fault("study_file_unreadable", path=file, why=str(error))) from error
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise StudyFileError(fault("study_file_encoding", path=file.name))


def _parse(text: str, name: str) -> dict[str, object]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        place = re.search(r"line (\d+)", str(error))
        number = int(place[1]) if place else text.count("\n") + 1
        lines = text.splitlines() or [""]
        line = lines[min(number, len(lines)) - 1].strip()
        code = "study_backslash" if re.search(r'"[^"]*\\', line) else "study_not_toml"
        raise StudyFileError(
            fault(
                code,
                path=name,
                line=number,
                text=line,
                why=str(error),
                fixed=line.replace("\\", "/"),
            )
        ) from error


def _check_sections(table: Mapping[str, object], faults: list[Fault]) -> None:
    for name in table:
        if name not in SECTIONS:
            near = nearest_name(name, SECTIONS)
            faults.append(
                fault(
                    "study_section_unknown",
                    section=name,
                    nearest=near or "—",
                    allowed=listed(SECTIONS),
                )
            )
    missing = [name for name in REQUIRED if name not in table]
    faults.extend(fault("study_section_missing", section=f"[{name}]") for name in missing)


def _study_crs(head: Section) -> str | None:
    crs = head.text("crs") or None
    if crs is None or crs.lower() == "local":
        return crs and "local"
    if not re.fullmatch(r"(?i)epsg:\d{4,6}", crs):
        head.add("study_crs_form", key="crs", found=shown(crs), allowed='"EPSG:4547"、"local"')
        return None
    return crs.upper()


def _network(value: object, folder: Path, faults: list[Fault]) -> NetworkParams:
    # `read_source` reports all other keys of [network], known or not.
    section = Section("[network]", value if isinstance(value, Mapping) else {}, faults)
    join = section.choice("join", ("vertices", "crossings"), "vertices")
    extent: str | Path = section.text("extent") or "polygon"
    if extent not in ("polygon", "complete"):
        found = existing_path(section, "extent", str(extent), folder, also=("polygon", "complete"))
        extent = found or "polygon"
    return NetworkParams("crossings" if join == "crossings" else "vertices", extent)


def _walk(value: object, faults: list[Fault]) -> WalkParams:
    section = Section("[walk]", value, faults)
    usual = WalkParams()
    frontage = section.number("frontage_m", usual.frontage_m, above=0)
    access = section.number("max_access_m", usual.max_access_m, above=0)
    cap = section.number("cap_minutes", None, above=0)
    nodes = section.whole("min_component_nodes", usual.min_component_nodes)
    paces = dict(PACES)
    table = Section("[walk.pace]", section.get("pace"), faults).table
    for name, constants in table.items():
        stated = Section(f"[walk.pace.{name}]", constants, faults)
        paces[name] = read_pace(stated, paces.get(name, Pace()))
    section.finish()
    return WalkParams(frontage or usual.frontage_m, access or usual.max_access_m, cap, nodes, paces)


def read_pace(section: Section, base: Pace) -> Pace:
    """Read the constants of a pace; what is not written stays as in `base`."""
    changed: dict[str, Any] = {}
    for one in fields(Pace):
        if one.name in ("floors", "slope"):
            changed[one.name] = section.flag(one.name, bool(getattr(base, one.name)))
            continue
        usual = float(getattr(base, one.name))
        if one.name == "speed_m_per_min":
            read = section.number(one.name, usual, above=0, most=300)
        elif one.name == "stairs_factor":
            read = section.number(one.name, usual, above=0, most=1)
        else:
            read = section.number(one.name, usual, least=0)
        changed[one.name] = usual if read is None else read
    section.finish()
    return replace(base, **changed)


def _costs(value: object, faults: list[Fault]) -> Costs:
    section = Section("[costs]", value, faults)
    usual = Costs()
    costs = {
        one.name: section.number(one.name, float(getattr(usual, one.name)), least=0)
        for one in fields(Costs)
    }
    section.finish()
    return Costs(**{name: number for name, number in costs.items() if number is not None})


def _output(value: object, faults: list[Fault]) -> Output:
    section = Section("[output]", value, faults)
    issuer = section.text("issuer") or ""
    audience = section.choice("audience", ("internal", "external"), "internal")
    number = section.text("map_review_no") or ""
    picture = section.text("map_review_of") or ""
    if picture and not _SHA256.fullmatch(picture):
        section.add("study_not_sha256", key="map_review_of", found=shown(picture))
    elif bool(number) != bool(picture):
        section.add("study_review_alone", key="map_review_no")
    simulated = section.flag("simulated", False)
    section.finish()
    return Output(
        issuer, "external" if audience == "external" else "internal", number, picture, simulated
    )

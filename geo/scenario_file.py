"""Scenarios as they are written: stations and links to be changed, walking speeds; every fault reported at once."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Literal, cast

from geo.errors import Fault, InputError, fault, raise_if_any
from geo.network.links import LINK_KINDS
from geo.opening import parse_hours
from geo.params import Pace
from geo.plain_json import plain
from geo.read.values import fold_word
from geo.read.words import ACCESS_SCOPES, TIERS
from geo.study_file import read_pace
from geo.study_keys import Section, listed, shown
from geo.tables import nearest_name

StationAction = Literal["add", "move", "close", "change"]
LinkAction = Literal["add", "cut"]
STATION_ACTIONS: tuple[StationAction, ...] = ("add", "move", "close", "change")
LINK_ACTIONS: tuple[LinkAction, ...] = ("add", "cut")
SECTIONS = ("name", "station", "link", "pace")
_CHANGEABLE = ("tier", "access_scope", "opening_hours", "floor", "area_m2")
Point = tuple[float, float]


@dataclass(frozen=True)
class StationChange:
    """One station to be added, moved, closed or changed; None is: as it is.

    Attributes
    ----------
    id, name
        Of a station that is there: either will do. Of a new one: its name, and its id where it shall have one.
    lon, lat
        WGS 84; metres of the study's grid in a ``local`` study.
    building
        Id or name of the building it is in.
    """

    action: StationAction
    id: str | None = None
    name: str | None = None
    lon: float | None = None
    lat: float | None = None
    tier: str | None = None
    access_scope: str | None = None
    opening_hours: str | None = None
    building: str | None = None
    floor: float | None = None
    area_m2: float | None = None


@dataclass(frozen=True)
class LinkChange:
    """A way to be added between two points, or a line that cuts the ways it crosses; coordinates as of stations.

    Attributes
    ----------
    kind
        ``gate``, ``crossing`` or ``footbridge``; a cut needs none.
    """

    action: LinkAction
    start: Point
    end: Point
    kind: str | None = None


@dataclass(frozen=True)
class Scenario:
    """A plan to be tried on a finished result (设想方案).

    Attributes
    ----------
    paces
        Name of a pace -> constant -> value; constants not named stay.
    """

    name: str = ""
    stations: tuple[StationChange, ...] = ()
    links: tuple[LinkChange, ...] = ()
    paces: Mapping[str, Mapping[str, float | bool]] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        """Whether it changes nothing."""
        return not (self.stations or self.links or any(self.paces.values()))


def read_scenario(path: str | Path) -> Scenario:
    """Read and check a scenario file.

    Raises
    ------
    InputError
        Carrying every fault found.
    """
    file = Path(path)
    try:
        content = file.read_bytes()
    except OSError as error:
        raise InputError(fault("scenario_unreadable", path=file, why=str(error))) from error
    try:
        return parse_scenario(tomllib.loads(_decoded(content, file.name)))
    except tomllib.TOMLDecodeError as error:
        raise InputError(fault("scenario_not_toml", path=file.name, why=str(error))) from error


def parse_scenario(table: Mapping[str, object]) -> Scenario:
    """Check the tables of a scenario, from a file or a request.

    Raises
    ------
    InputError
        Carrying every fault found.
    """
    faults: list[Fault] = []
    for key in table:
        if key not in SECTIONS:
            nearest, allowed = nearest_name(key, SECTIONS) or "—", listed(SECTIONS)
            faults.append(
                fault("scenario_section_unknown", section=key, nearest=nearest, allowed=allowed)
            )
    name = table.get("name", "")
    if not isinstance(name, str):
        faults.append(fault("scenario_name", found=shown(name)))
    stations = [
        _station(Section(f"[[station]] {number}", one, faults))
        for number, one in enumerate(_rows(table, "station", faults), 1)
    ]
    links = [
        _link(Section(f"[[link]] {number}", one, faults))
        for number, one in enumerate(_rows(table, "link", faults), 1)
    ]
    paces = _paces(table.get("pace"), faults)
    raise_if_any(faults, InputError)
    return Scenario(
        str(name).strip(),
        tuple(one for one in stations if one is not None),
        tuple(one for one in links if one is not None),
        paces,
    )


def scenario_to_plain(scenario: Scenario) -> dict[str, object]:
    """Return a scenario as the JSON or TOML values `parse_scenario` reads."""
    stations = [
        {key: value for key, value in asdict(one).items() if value is not None}
        for one in scenario.stations
    ]
    links = [
        {
            "action": one.action,
            **({"kind": one.kind} if one.kind else {}),
            "from": list(one.start),
            "to": list(one.end),
        }
        for one in scenario.links
    ]
    content = {"name": scenario.name, "station": stations, "link": links, "pace": scenario.paces}
    return cast(dict[str, object], plain({key: value for key, value in content.items() if value}))


def _decoded(content: bytes, name: str) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise InputError(fault("scenario_encoding", path=name))


def _rows(table: Mapping[str, object], key: str, faults: list[Fault]) -> Sequence[object]:
    rows = table.get(key, [])
    if isinstance(rows, list | tuple):
        return rows
    faults.append(fault("scenario_not_list", key=key))
    return ()


def _action(section: Section, allowed: Sequence[str]) -> str | None:
    """Read what is to be done; nothing else of the row can be judged without it."""
    if not section.table:
        return None
    if not section.has("action"):
        section.get("action")
        section.add("study_key_missing", key=f"action（{listed(allowed)}）")
        return None
    found = section.choice("action", allowed, "")
    return found or None


def _station(section: Section) -> StationChange | None:
    action = _action(section, STATION_ACTIONS)
    if action is None:
        return None
    new = action == "add"
    given: dict[str, object] = {
        "id": section.text("id"),
        "name": section.text("name", required=new),
    }
    if not new and not given["id"] and not given["name"]:
        section.add("scenario_station_unnamed")
    if action in ("add", "move"):
        for key in ("lon", "lat"):
            if not section.has(key):
                section.add("study_key_missing", key=key)
            given[key] = section.number(key, None)
        given["building"] = section.text("building") or None
    if action in ("add", "change"):
        given |= _qualities(section, new)
    section.finish()
    changed = any(given.get(key) is not None for key in _CHANGEABLE)
    if action == "change" and not changed and not any(map(section.has, _CHANGEABLE)):
        section.add("scenario_changes_nothing", allowed=listed(_CHANGEABLE))
    return StationChange(cast(StationAction, action), **given)  # type: ignore[arg-type]


def _qualities(section: Section, new: bool) -> dict[str, object]:
    """Read what a station is like; words as planners write them are taken too."""
    if new and not section.has("tier"):
        section.add("study_key_missing", key="tier")
    tier, scope = section.text("tier"), section.text("access_scope")
    folded = {fold_word(one): value for one, value in ACCESS_SCOPES.items()}
    chosen = folded.get(fold_word(scope)) if scope else None
    if scope and chosen is None:
        words = dict.fromkeys(ACCESS_SCOPES.values())
        section.add(
            "study_not_allowed",
            key="access_scope",
            found=shown(scope),
            allowed=listed(words),
            nearest=nearest_name(scope, ACCESS_SCOPES) or "—",
        )
    tiers = {fold_word(one): value for one, value in TIERS.items()}
    hours = section.text("opening_hours")
    if hours and parse_hours(hours) is None:
        section.add("scenario_hours", found=shown(hours))
    return {
        # tiers that only a city profile knows are checked against the study
        "tier": tiers.get(fold_word(tier), tier) if tier else None,
        "access_scope": chosen,
        "opening_hours": hours,
        "floor": section.number("floor", None),
        "area_m2": section.number("area_m2", None, least=0),
    }


def _link(section: Section) -> LinkChange | None:
    action = _action(section, LINK_ACTIONS)
    if action is None:
        return None
    kind = section.choice("kind", LINK_KINDS, "") or None
    if action == "add" and not section.has("kind"):
        section.add("study_key_missing", key=f"kind（{listed(LINK_KINDS)}）")
    start, end = _point(section, "from"), _point(section, "to")
    section.finish()
    if start is not None and start == end:
        section.add("scenario_link_no_length")
    return LinkChange(cast(LinkAction, action), start or (0.0, 0.0), end or (0.0, 0.0), kind)


def _point(section: Section, key: str) -> Point | None:
    value = section.get(key)
    if value is None:
        section.add("study_key_missing", key=key)
        return None
    good = (
        isinstance(value, list | tuple)
        and len(value) == 2
        and all(isinstance(one, int | float) and not isinstance(one, bool) for one in value)
    )
    if not good or not isinstance(value, list | tuple):
        section.add("scenario_not_point", key=key, found=shown(value))
        return None
    return float(value[0]), float(value[1])


def _paces(value: object, faults: list[Fault]) -> dict[str, dict[str, float | bool]]:
    """Read the constants that change; which paces there are is checked against the study."""
    found: dict[str, dict[str, float | bool]] = {}
    for name, constants in Section("[pace]", value, faults).table.items():
        section = Section(f"[pace.{name}]", constants, faults)
        pace = read_pace(section, Pace())
        found[name] = {
            one.name: getattr(pace, one.name) for one in fields(Pace) if section.has(one.name)
        }
    return found

"""The study file of a fetched place: the template of ``new`` with its sources filled in."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from geo.fetch.units import Units
from geo.messages import say

_SECTION = r"(?ms)^(\[{name}\][^\n]*)\n.*?(?=\n\s*\n|\Z)"
_OSM = 'osm = "extract.osm.pbf"'


@dataclass(frozen=True)
class StudyText:
    """What goes into the study file.

    Attributes
    ----------
    name
        Title of the study.
    today
        Day of which the register is to tell.
    has_walls
        Whether there is a layer of walls to switch on.
    """

    units: Units
    osm_date: date
    name: str
    today: date
    has_walls: bool

    def filled(self, template: str) -> str:
        """Return the study file.

        Raises
        ------
        ValueError
            When the template lacks a part that must be filled in.
        """
        day = self.osm_date.isoformat()
        boundary = ['path = "subdistricts.geojson"', 'crs = "EPSG:4326"']
        if self.units.from_osm:
            boundary += [f"osm_date = {day}", f"# {say('fetch_toml_not_statutory')}"]
        network = [_OSM, f"osm_date = {day}", 'extent = "extent.geojson"']
        network.append(f"# {say('fetch_toml_extent')}")
        text = _replaced(template, r"(?m)^name = .*$", f"name = {_quoted(self.name)}")
        text = _replaced(text, r"(?m)^as_of = \S+", f"as_of = {self.today.isoformat()}")
        text = _section(text, "subdistricts", boundary)
        text = _section(text, "buildings", [_OSM, f"osm_date = {day}"])
        text = _section(text, "network", network)
        if self.has_walls:
            walls = ["# [barriers]", '# path = "walls.geojson"', f"# {say('fetch_toml_walls')}"]
            text = _replaced(text, r"(?m)^# \[barriers\][^\n]*\n# path[^\n]*", "\n".join(walls))
        return f"# {say('fetch_toml_head', {'date': day})}\n{text}"


def _quoted(text: str) -> str:
    plain = re.sub(r"[\x00-\x1f\x7f]", " ", text)
    return '"' + plain.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _section(text: str, name: str, lines: list[str]) -> str:
    pattern = _SECTION.format(name=name)
    body = "\n".join(lines)
    return _replaced(text, pattern, lambda found: f"{found[1]}\n{body}")


def _replaced(text: str, pattern: str, by: object) -> str:
    """Replace the one place a pattern matches."""
    new = by if callable(by) else (lambda _: str(by))
    changed, count = re.subn(pattern, new, text, count=1)
    if count != 1:
        raise ValueError(f"the study template has nothing like {pattern!r}")
    return changed

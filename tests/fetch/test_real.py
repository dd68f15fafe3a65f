"""Monaco out of its own extract: cut from a larger file, the figures stay."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from geo.study import Study
from tests.fetch.conftest import Fetch

pytestmark = [pytest.mark.shared, pytest.mark.slow]
STATIONS = 'tags = { amenity = ["pharmacy", "post_office", "townhall"] }'
TIME = "十分钟党群服务圈"


def minutes(study: Path) -> dict[str, tuple[str, float]]:
    table = Study.read(study).run().buildings
    table = table[table["rule"] == TIME].fillna({"minutes": -1.0})
    rows = zip(table["building_id"], table["verdict"], table["minutes"], strict=True)
    return {building: (verdict, value) for building, verdict, value in rows}


def test_every_building_has_the_minutes_of_the_whole_extract(
    get: Fetch, shared_data: Path, tmp_path: Path
) -> None:
    whole = shared_data / "monaco" / "monaco.osm.pbf"
    done = get(place="r2220322", pbf=whole, margin_m=1300.0)
    assert (len(done.units.frame), done.units.level) == (9, 10)
    cut = tmp_path / "study" / "study.toml"
    text = cut.read_text(encoding="utf-8")
    pattern = r"(?s)(\[stations\][^\n]*)\n.*?(?=\n\n)"
    query = f'osm = {{ file = "extract.osm.pbf", {STATIONS} }}'
    text, count = re.subn(pattern, rf"\1\n{query}", text)
    assert count == 1
    cut.write_text(text, encoding="utf-8")
    reference = tmp_path / "study" / "whole.toml"
    assert text.count('"extract.osm.pbf"') == 3
    text = text.replace('"extract.osm.pbf"', f'"{whole.as_posix()}"')
    reference.write_text(text.replace('extent = "extent.geojson"\n', ""), encoding="utf-8")
    found = minutes(cut)
    assert len(found) == 1006
    assert found == minutes(reference)

"""Scenario files: read as written, every fault at once."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from geo.errors import InputError
from geo.scenario_file import (
    LinkChange,
    Scenario,
    StationChange,
    parse_scenario,
    read_scenario,
    scenario_to_plain,
)

CONTRACT = """
name = "新增2处"
[[station]]
action = "add"
name = "建议点1"
lon = 113.33
lat = 23.12
tier = "community"
[[link]]
action = "add"
kind = "crossing"
from = [113.331, 23.121]
to = [113.332, 23.121]
[pace.standard]
crossing_s = 20
"""
AS_READ = Scenario(
    "新增2处",
    (StationChange("add", name="建议点1", lon=113.33, lat=23.12, tier="community"),),
    (LinkChange("add", (113.331, 23.121), (113.332, 23.121), "crossing"),),
    {"standard": {"crossing_s": 20.0}},
)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_the_file_of_the_contract(tmp_path: Path, encoding: str) -> None:
    file = tmp_path / "plan.toml"
    file.write_bytes(CONTRACT.encode(encoding))
    assert read_scenario(file) == AS_READ


def test_a_scenario_written_is_the_scenario_read() -> None:
    assert parse_scenario(scenario_to_plain(AS_READ)) == AS_READ
    assert scenario_to_plain(Scenario()) == {}


def test_words_of_planners_and_empty_scenarios() -> None:
    row = {"action": "change", "name": "东站", "tier": "社区级", "access_scope": "楼内开放"}
    read = parse_scenario({"station": [row]})
    assert (read.stations[0].tier, read.stations[0].access_scope) == ("community", "building")
    assert not read.is_empty
    assert parse_scenario({"name": "无", "pace": {"standard": {}}}).is_empty


def test_every_fault_is_told_at_once() -> None:
    table = {
        "stations": [],
        "station": [
            {"action": "add", "name": "甲", "lat": 23.1, "tier": "社区"},
            {"action": "shut", "name": "乙"},
            {"action": "close"},
            {"action": "change", "id": "S1"},
            {"action": "change", "id": "S1", "opening_hours": "随缘"},
            {"action": "move", "id": "S1", "lon": "东", "lat": 23.1, "colour": "red"},
        ],
        "link": [
            {"action": "add", "from": [1, 2], "to": [1, 2]},
            {"action": "cut", "from": [1, 2, 3], "to": "x"},
        ],
        "pace": {"standard": {"speed_m_per_min": -3}},
    }
    with pytest.raises(InputError) as error:
        parse_scenario(table)
    assert [one.code for one in error.value.faults] == [
        "scenario_section_unknown",
        "study_key_missing",  # lon
        "study_not_allowed",  # shut
        "scenario_station_unnamed",
        "scenario_changes_nothing",
        "scenario_hours",
        "study_not_number",  # 东
        "study_key_unknown",  # colour
        "study_key_missing",  # kind
        "scenario_link_no_length",
        "scenario_not_point",
        "scenario_not_point",
        "study_out_of_range",
    ]
    for one in error.value.faults:
        # nothing of a template is left over, in either language
        assert not re.search(r"\{[a-z_]+\}", one.text("zh") + one.text("en"))


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"name = ", "scenario_not_toml"),
        (b"\xff\xff\xff\xff\xff", "scenario_encoding"),
        (b"name = 3", "scenario_name"),
        (b"station = 3", "scenario_not_list"),
        (None, "scenario_unreadable"),
    ],
)
def test_files_that_are_none(tmp_path: Path, content: bytes | None, code: str) -> None:
    file = tmp_path / "plan.toml"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(InputError) as error:
        read_scenario(file)
    assert [one.code for one in error.value.faults] == [code]

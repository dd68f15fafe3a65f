"""The walk filter tag by tag, and its page in the docs."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from geo.messages import catalogue
from geo.network.edges import Delay, EdgeKind
from geo.network.walkfilter import (
    RULES,
    as_markdown,
    decide,
    decide_one,
    is_carriageway,
    node_delay,
)

PAGE = Path(__file__).parents[2] / "docs" / "walk-filter.md"


@pytest.mark.parametrize(
    ("tags", "reason"),
    [
        ("highway=motorway", "motorway"),
        ("highway=motorway_link foot=yes", "motorway"),
        ("highway=primary motorroad=yes", "motorroad"),
        ("highway=trunk", "trunk"),
        ("highway=trunk sidewalk=separate", "trunk"),
        ("highway=trunk sidewalk=both", ""),
        ("highway=trunk sidewalk:left=yes", ""),
        ("highway=trunk_link foot=designated", ""),
        ("highway=primary", ""),
        ("highway=primary tunnel=yes", "road_tunnel"),
        ("highway=primary tunnel=yes sidewalk=right", ""),
        ("highway=residential tunnel=building_passage", ""),
        ("highway=residential covered=yes", ""),
        ("highway=footway tunnel=yes", ""),
        ("highway=service tunnel=yes", "service_tunnel"),
        ("highway=service location=underground", "service_tunnel"),
        ("highway=service", ""),
        ("highway=construction construction=footway", "not_built"),
        ("highway=proposed", "not_built"),
        ("highway=raceway", "raceway"),
        ("highway=busway", "bus_road"),
        ("highway=cycleway", "cycleway"),
        ("highway=cycleway foot=yes", ""),
        ("highway=cycleway foot=designated segregated=yes", ""),
        ("highway=cycleway segregated=no", ""),
        ("highway=bridleway", "bridleway"),
        ("highway=bridleway foot=permissive", ""),
        ("highway=service access=no", "access_no"),
        ("highway=service access=no foot=yes", ""),
        ("highway=service access=private", ""),
        ("highway=footway foot=no", "foot_no"),
        ("highway=secondary foot=use_sidepath", "foot_no"),
        ("highway=residential railway=tram", ""),
        ("railway=rail", "rail"),
        ("railway=subway", "subway"),
        ("railway=funicular", "funicular"),
        ("railway=platform", ""),
        ("route=ferry", "ferry"),
        ("waterway=river", "not_a_way"),
        ("man_made=pier", ""),
        ("highway=track", ""),
        ("highway=living_street", ""),
        ("highway=corridor", ""),
        ("highway=elevator", ""),
        ("", ""),
    ],
)
def test_who_walks_where(tags, reason):
    assert decide_one(dict(one.split("=") for one in tags.split()))["reason"] == reason


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        (
            {"highway": "residential"},
            {"kind": EdgeKind.ROAD, "delay": Delay.NONE, "enterable": True, "private": False},
        ),
        ({"highway": "steps"}, {"kind": EdgeKind.STEPS}),
        (
            {"highway": "path", "path": "crossing"},
            {"kind": EdgeKind.CROSSING, "delay": Delay.CROSSING},
        ),
        (
            {"highway": "footway", "footway": "crossing", "crossing:signals": "yes"},
            {"delay": Delay.SIGNAL, "enterable": False},
        ),
        ({"highway": "footway", "footway": "crossing", "crossing": "no"}, {"delay": Delay.NONE}),
        ({"highway": "elevator"}, {"kind": EdgeKind.LIFT, "delay": Delay.LIFT, "enterable": False}),
        ({"highway": "footway", "bridge": "viaduct"}, {"bridge": True, "enterable": False}),
        ({"highway": "footway", "bridge": "no"}, {"bridge": False, "enterable": True}),
        ({"highway": "footway", "tunnel": "yes"}, {"tunnel": True, "enterable": False}),
        (
            {"highway": "footway", "tunnel": "building_passage"},
            {"tunnel": False, "enterable": True},
        ),
        ({"highway": "corridor", "level": "2"}, {"enterable": False, "bridge": False}),
        ({"highway": "corridor", "level": "0"}, {"enterable": True}),
        ({"highway": "service", "access": "private"}, {"private": True}),
        ({"highway": "service", "access": "private", "foot": "destination"}, {"private": False}),
        ({"highway": "service", "foot": "private"}, {"private": True}),
        ({"highway": "pedestrian", "area": "yes"}, {"area": True}),
        ({"highway": "pedestrian"}, {"area": False}),
        ({"railway": "platform"}, {"area": True, "kind": EdgeKind.FOOT}),
    ],
)
def test_what_a_way_is(tags, expected):
    found = decide_one(tags)
    assert {key: found[key] for key in expected} == expected


def test_a_table_of_tags_is_judged_row_by_row_like_single_ways():
    rows = [
        {"highway": "motorway"},
        {"highway": "steps", "conveying": "forward"},
        {"railway": "subway"},
        {},
    ]
    table = decide(pd.DataFrame(rows, index=[7, 5, 3, 1]))
    assert table.index.tolist() == [7, 5, 3, 1]
    for at, tags in enumerate(rows):
        assert table.iloc[at].to_dict() == decide_one(tags)


def test_a_layer_without_any_tag_column_is_walked():
    assert decide(pd.DataFrame(index=range(3)))["reason"].tolist() == ["", "", ""]


@pytest.mark.parametrize(
    ("tags", "delay"),
    [
        ({"highway": "crossing"}, Delay.CROSSING),
        ({"highway": "crossing", "crossing": "zebra"}, Delay.CROSSING),
        ({"highway": "crossing", "crossing": "traffic_signals"}, Delay.SIGNAL),
        ({"highway": "crossing", "crossing:signals": "yes"}, Delay.SIGNAL),
        ({"highway": "crossing", "crossing": "no"}, Delay.NONE),
        ({"highway": "traffic_signals"}, Delay.NONE),
        ({"highway": "traffic_signals", "crossing": "traffic_signals"}, Delay.SIGNAL),
        ({"highway": "elevator"}, Delay.LIFT),
        ({"highway": "bus_stop"}, Delay.NONE),
    ],
)
def test_what_a_node_makes_one_wait_for(tags, delay):
    assert node_delay(tags) == delay


def test_carriageways_are_roads_for_vehicles():
    assert is_carriageway(["primary", "trunk", "footway", None, "cycleway"]).tolist() == [
        True,
        True,
        False,
        False,
        False,
    ]


def test_every_rule_has_its_sentence_and_the_page_is_current():
    assert {f"way_{rule.code}" for rule in RULES} <= set(catalogue())
    assert PAGE.read_text(encoding="utf-8") == as_markdown(), (
        "write as_markdown() to docs/walk-filter.md"
    )

"""Station area a thousand residents can reach: worked out by hand, and nothing is lost on the way."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.accessibility import DECAY, METHODS, Catchments, catchments
from geo.pairs import Pairs
from geo.params import Rule
from geo.tabulate import Judged

RULE = Rule("十分钟", "time", minutes=10)


def judged_with(pairs: Pairs) -> Judged:
    nothing = np.zeros(0, dtype=np.int8)
    return Judged(RULE, None, pairs, nothing, nothing.astype(object))  # type: ignore[arg-type]


def pairs_of(*rows: tuple[int, int, float]) -> Pairs:
    building, station, minutes = (np.array(one) for one in zip(*rows, strict=True))
    return Pairs(building, station, np.rint(minutes * 60_000).astype(np.int64))


def test_two_houses_share_one_station_and_one_has_another_to_itself() -> None:
    pairs = pairs_of((0, 0, 2.0), (1, 0, 9.0), (1, 1, 4.0))
    people, area = np.array([100.0, 300.0]), np.array([200.0, 600.0])
    # station 0: 200 / 400 = 0.5 m2 a person, station 1: 600 / 300 = 2
    got = catchments(judged_with(pairs), "2sfca").access(people, area)
    assert got.tolist() == [500.0, 2500.0]


def test_the_enhanced_method_weighs_thirds_of_the_limit() -> None:
    at_the_edge = 10 / 3
    pairs = pairs_of((0, 0, at_the_edge), (1, 0, 5.0), (2, 0, 10.0))
    assert catchments(judged_with(pairs), "e2sfca").decay.tolist() == DECAY.tolist()
    got = catchments(judged_with(pairs), "e2sfca").access(np.full(3, 100.0), np.array([190.0]))
    # asked: 100 + 68 + 22 = 190, so 1 m2 a weighted person
    assert got == pytest.approx([1000.0, 680.0, 220.0])


def test_who_reaches_nothing_gets_nothing_and_unknown_area_is_no_supply() -> None:
    found = Catchments(np.array([0]), np.array([0]), np.array([1.0]))
    assert found.access(np.array([10.0, 10.0]), np.array([np.nan])).tolist() == [0.0, 0.0]


@given(
    rows=st.lists(
        st.tuples(st.integers(0, 5), st.integers(0, 3), st.floats(0, 10)),
        min_size=1,
        unique_by=lambda row: row[:2],
    ),
    people=st.lists(st.integers(0, 500), min_size=6, max_size=6),
)
def test_all_area_that_somebody_reaches_is_shared_out_whole(rows, people) -> None:
    pairs, crowd, area = pairs_of(*rows), np.array(people, float), np.array([50.0, 80, 120, 700])
    for method in METHODS:
        got = catchments(judged_with(pairs), method).access(crowd, area)
        reached = np.unique(pairs.station[crowd[pairs.building] > 0])
        assert (crowd * got).sum() / 1000 == pytest.approx(area[reached].sum())


def test_a_study_has_the_table(small_demo) -> None:
    result = small_demo
    table = result.tables["accessibility"]
    study = table[(table["unit_kind"] == "study") & (table["method"] == "2sfca")]
    assert len(study) == len(result.params.rules)
    buildings = result.tables["building_accessibility"]
    assert set(buildings["method"]) == set(METHODS)
    # residents' mean of the buildings is the study's figure
    rule = result.params.rules[0].name
    people = result.buildings.query("rule == @rule").set_index("building_id")["residents"]
    mine = buildings.query("rule == @rule and method == '2sfca'").set_index("building_id")
    weight = people.reindex(mine.index).to_numpy(float)
    mean = (mine["area_m2_per_thousand"] * weight).sum() / weight.sum()
    got = study.set_index("rule").loc[rule, "area_m2_per_thousand"]
    assert got == pytest.approx(mean)

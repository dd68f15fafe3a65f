"""Verdicts and coverage against figures worked out by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.coverage import (
    COVERED,
    FAR,
    OUTSIDE,
    UNCOVERED,
    UNKNOWN,
    Demand,
    RuleReach,
    coverage_table,
    reasons,
    verdicts,
)
from geo.params import Rule

LIMIT = 600_000  # ten minutes in milliseconds


def reach_of(cost: list[int], rule: Rule | None = None, **columns: list) -> RuleReach:
    """Make a reach; everything not named is harmless."""
    count = len(cost)

    def flags(name: str, default: bool) -> np.ndarray:
        return np.array(columns.get(name, [default] * count), dtype=bool)

    return RuleReach(
        rule=rule or Rule("十分钟", weight="residents"),
        cost=np.array(cost, dtype=np.int64),
        station=np.array(
            columns.get("station", [0 if c != FAR else -1 for c in cost]), dtype=np.int32
        ),
        metres=np.full(count, np.nan),
        in_reach=np.array(columns.get("in_reach", [int(c <= LIMIT) for c in cost]), dtype=np.int32),
        enterable=flags("enterable", True),
        connected=flags("connected", True),
        in_host=flags("in_host", False),
        near_cut=flags("near_cut", False),
        barred=flags("barred", False),
    )


def test_the_limit_is_inclusive_to_the_millisecond() -> None:
    assert verdicts(reach_of([LIMIT, LIMIT + 1])).tolist() == [COVERED, UNCOVERED]


def test_verdicts_and_reasons_in_their_order() -> None:
    reach = reach_of(
        [0, LIMIT, LIMIT + 1, LIMIT + 1, FAR, FAR, FAR, FAR],
        enterable=[True, True, True, True, True, True, False, False],
        connected=[True, True, True, True, True, False, False, False],
        in_host=[True] + [False] * 7,
        near_cut=[False, True, True, False, False, False, True, False],
        barred=[False] * 7 + [True],
    )
    verdict = verdicts(reach)
    assert verdict.tolist() == [
        COVERED, COVERED, OUTSIDE, UNCOVERED, UNCOVERED, UNCOVERED, UNKNOWN, UNKNOWN,
    ]  # fmt: skip
    assert reasons(reach, verdict).tolist() == [
        "same_building", "within_limit", "cut_network", "beyond_limit", "beyond_cap", "no_way", "no_edge", "barred",
    ]  # fmt: skip


def test_a_building_with_a_station_inside_is_covered_even_without_a_way() -> None:
    assert verdicts(reach_of([0], enterable=[False], in_host=[True])).tolist() == [COVERED]


def test_shares_leave_unknown_out_and_the_floor_counts_it_in() -> None:
    # group 0: 30 covered, 10 uncovered, 20 unknown, 40 outside; group 1: nobody lives there; group 2: no building
    reach = reach_of(
        [LIMIT, LIMIT + 1, FAR, LIMIT + 1, LIMIT],
        enterable=[True, True, False, True, True],
        near_cut=[False, False, False, True, False],
        in_reach=[2, 0, 0, 0, 1],
    )
    residents = np.array([30.0, 10.0, 20.0, 40.0, 0.0])
    demand = Demand({"count": np.ones(5), "residents": residents}, 5)
    table = coverage_table(demand, reach, verdicts(reach), np.array([0, 0, 0, 0, 1], np.int32), 3)
    first = table.iloc[0]
    assert first["coverage_residents_share"] == pytest.approx(30 / 80)
    assert first["floor_residents_share"] == pytest.approx(30 / 100)
    assert first["coverage_count_share"] == pytest.approx(1 / 3)
    assert first["floor_count_share"] == pytest.approx(1 / 4)
    assert first["unknown_share"] == pytest.approx(0.2)
    assert first["outside_share"] == pytest.approx(0.4)
    assert first["overlap_share"] == 1.0
    assert table["covered_count"].tolist() == [1, 1, 0]
    assert np.isnan(table["coverage_residents_share"].iloc[1])
    assert table["coverage_count_share"].iloc[1] == 1.0
    assert table.iloc[2][["coverage_count_share", "overlap_share", "minutes_p50"]].isna().all()


def test_minutes_are_weighted_and_null_where_they_are_not_known() -> None:
    reach = reach_of([60_000, 120_000, 180_000, FAR])
    residents = np.array([1.0, 2.0, 3.0, 4.0])
    demand = Demand({"residents": residents}, 4)
    group = np.zeros(4, np.int32)
    row = coverage_table(demand, reach, verdicts(reach), group, 1).iloc[0]
    # running shares 1, 3, 6 of 10: the median falls on 3 minutes, nine tenths beyond the cap
    assert row["minutes_p50"] == 3.0
    assert np.isnan(row["minutes_p90"])
    assert np.isnan(row["minutes_mean"])
    near = coverage_table(
        Demand({"residents": residents[:3]}, 3),
        reach_of([60_000, 120_000, 180_000]),
        np.zeros(3, np.int8),
        group[:3],
        1,
    ).iloc[0]
    assert near["minutes_mean"] == pytest.approx((1 * 1 + 2 * 2 + 3 * 3) / 6)
    assert near["minutes_p50"] == 2.0
    assert near["minutes_p90"] == 3.0


@pytest.mark.parametrize(
    ("covered", "uncovered", "unknown", "expected"),
    [(95, 5, 0, True), (94, 6, 0, False), (95, 0, 5, True), (94, 0, 6, None)],
)
def test_a_pass_is_declared_only_where_at_most_five_percent_is_unknown(
    covered: int, uncovered: int, unknown: int, expected: bool | None
) -> None:
    rule = Rule("十分钟", weight="residents", pass_mark=0.95)
    reach = reach_of([LIMIT, FAR, FAR], rule, enterable=[True, True, False])
    weights = np.array([covered, uncovered, unknown], float)
    table = coverage_table(
        Demand({"residents": weights}, 3), reach, verdicts(reach), np.zeros(3, np.int32), 1
    )
    passes = table["passes"].tolist()[0]
    assert passes is pd.NA if expected is None else passes == expected


def test_a_pass_needs_the_weight_it_measures() -> None:
    rule = Rule("十分钟", weight="workers", pass_mark=0.5)
    reach = reach_of([LIMIT], rule)
    table = coverage_table(
        Demand({"count": np.ones(1)}, 1), reach, verdicts(reach), np.zeros(1, np.int32), 1
    )
    assert table["passes"].isna().all()


@given(
    st.lists(
        st.tuples(st.integers(0, 2 * LIMIT), st.booleans(), st.booleans(), st.integers(-1, 3)),
        min_size=1,
        max_size=60,
    )
)
def test_the_four_verdicts_make_the_whole(rows: list[tuple[int, bool, bool, int]]) -> None:
    cost, enterable, near_cut, group = (list(column) for column in zip(*rows, strict=True))
    reach = reach_of(cost, enterable=enterable, near_cut=near_cut)
    verdict = verdicts(reach)
    groups = np.array(group, np.int32)
    table = coverage_table(
        Demand({"count": np.ones(len(rows))}, len(rows)), reach, verdict, groups, 4
    )
    parts = table[["covered_count", "uncovered_count", "unknown_count", "outside_count"]].sum(
        axis=1
    )
    assert (parts == table["buildings_count"]).all()
    assert table["buildings_count"].sum() == (groups >= 0).sum()
    floor, share = table["floor_count_share"], table["coverage_count_share"]
    assert (floor[share.notna()] <= share[share.notna()]).all()
    assert share.dropna().between(0, 1).all()

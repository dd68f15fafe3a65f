"""The earlier result beside the present one: who may stand together, what travels."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from geo.errors import InputError
from maps.briefing import build_map
from tests.maps.fixture import RULES, study
from tests.maps.test_briefing import packed


def test_an_unchanged_study_travels_as_zeros() -> None:
    arrays, texts = packed(build_map(study(6, 4), study(6, 4)))
    assert not any(
        arrays[f"earlier{r}.{name}"].any() for r in range(3) for name in ("verdict", "value")
    )
    told = texts["earlier"]
    assert (told["gone"], told["stations"], told["rules"]) == ([], [], [True] * 3)
    assert (told["name"], told["now"]) == ("前一结果", "本次结果")


def test_stations_that_came_and_went() -> None:
    now, then = study(6, 5), study(6, 5)
    moved = then.stations[then.stations["station_id"] != "s000"].copy()
    moved.loc[moved["station_id"] == "s002", "status"] = "planned"
    then = replace(then, tables={**then.tables, "stations": moved})
    _, texts = packed(build_map(now, then))
    assert texts["earlier"]["gone"] == [0, 2]
    assert [row[3] for row in texts["earlier"]["stations"]] == ["planned"]


def test_verdicts_and_costs_come_back() -> None:
    now, then = study(6, 5), study(6, 2)
    arrays, texts = packed(build_map(now, then))
    ids = str(texts["building.id"]).split("\n")
    rows = then.buildings[then.buildings["rule"] == RULES[1].name].set_index("building_id").loc[ids]
    codes = rows["verdict"].map({"covered": 0, "uncovered": 1, "unknown": 2, "outside": 3})
    old = arrays["earlier1.verdict"] ^ arrays["rule1.verdict"]
    assert np.array_equal(old, codes.to_numpy())
    metres = arrays["earlier1.value"] + arrays["rule1.value"].astype(int)
    known = rows["metres"].notna().to_numpy()
    assert known.any()
    assert np.allclose(metres[known], np.ceil(rows["metres"].to_numpy()[known] - 1e-6))


def test_a_scenario_is_called_by_what_it_adds() -> None:
    now, then = study(6, 4), study(6, 4)
    name = f"{then.params.name}（设想方案：新增2处）"
    _, texts = packed(build_map(replace(now, params=replace(now.params, name=name)), then))
    assert texts["earlier"]["now"] == "设想方案：新增2处"


def test_the_date_tells_two_periods_apart() -> None:
    then = study(6, 4)
    then = replace(then, params=replace(then.params, as_of=date(2025, 12, 31)))
    _, texts = packed(build_map(study(6, 4), then))
    assert texts["earlier"]["name"] == "截至2025年12月31日"


def test_a_rule_without_a_partner_has_no_earlier_side() -> None:
    then = study(6, 4)
    rules = (replace(RULES[0], name="另一标准"), *RULES[1:])
    _, texts = packed(
        build_map(study(6, 4), replace(then, params=replace(then.params, rules=rules)))
    )
    assert texts["earlier"]["rules"] == [False, True, True]


def test_who_may_not_stand_together() -> None:
    now, then = study(6, 4), study(6, 4)
    with pytest.raises(InputError, match="对外版本"):
        build_map(study(6, 4, audience="external"), then)
    with pytest.raises(InputError, match="坐标系"):
        build_map(now, replace(then, params=replace(then.params, crs="local")))
    other = replace(then.params, rules=(replace(RULES[0], name="另一标准"),))
    with pytest.raises(InputError, match="另一标准"):
        build_map(now, replace(then, params=other))


def test_simulated_data_on_one_side_mark_the_whole_map() -> None:
    real = study(6, 4, simulated=False)
    assert "模拟数据" in str(packed(build_map(real, study(6, 4)))[1]["page"]["captions"])
    assert "模拟数据" not in str(packed(build_map(real, real))[1]["page"]["captions"])

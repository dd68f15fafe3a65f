"""Scenarios: worked out by hand, equal to fresh runs of the changed inputs, and laws that hold for any plan."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.coverage import VERDICT_NAMES
from geo.errors import InputError
from geo.reassess import reassess
from geo.result import StudyResult
from geo.scenario import Changed, Trial, applied, parse_scenario, rerun, scenario_to_plain
from geo.scenario_inputs import changed_inputs
from geo.sensitivity import outcome
from geo.store import read_result, write_result
from geo.study import Study
from geo.walk_network import read_network
from tests.small_study import CRS, STUDY, X0, Y0, at, write_small_study

TIME = "十分钟党群服务圈"
NOON = """
[[rule]]
name = "十分钟党群服务圈"
minutes = 10
[[rule]]
name = "午间十分钟"
minutes = 10
open = "weekday 12:00-14:00"
"""
HOURS = {"开放时间": ["周一至周五 9:00-12:00", "周一至周五 9:00-18:00"]}


def lon_lat(x: float, y: float) -> list[float]:
    """A place of the small study in degrees."""
    point = gpd.GeoSeries([shapely.Point(X0 + x, Y0 + y)], crs=CRS).to_crs("EPSG:4326").iloc[0]
    return [point.x, point.y]


def placed(x: float, y: float) -> dict[str, float]:
    lon, lat = lon_lat(x, y)
    return {"lon": lon, "lat": lat}


def stations(folder: Path, **columns: list[object]) -> pd.DataFrame:
    """Change columns of the register of the small study."""
    file = folder / "stations.csv"
    table = pd.read_csv(file).assign(**columns)
    table.to_csv(file, index=False, encoding="utf-8-sig")
    return table


def fresh(folder: Path) -> StudyResult:
    return Study.read(folder / "study.toml").run()


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> StudyResult:
    """The small study as read back from its folder, with hours and a rule for noon."""
    folder = tmp_path_factory.mktemp("scenario")
    write_small_study(folder, STUDY + NOON)
    stations(folder, **HOURS)
    return read_result(write_result(fresh(folder), folder / "out"))


@pytest.fixture(scope="module")
def trial(stored: StudyResult) -> Trial:
    return Trial(reassess(stored))


@pytest.fixture
def again(tmp_path: Path) -> Path:
    """The files of the small study, to be changed by hand."""
    write_small_study(tmp_path, STUDY + NOON)
    stations(tmp_path, **HOURS)
    return tmp_path


def verdicts(result: StudyResult) -> dict[tuple[str, str], str]:
    table = result.buildings
    keys = zip(table["building_id"], table["rule"], strict=True)
    return dict(zip(keys, table["verdict"], strict=True))


def flipped(changed: Changed, rule: str = TIME) -> dict[str, str]:
    table = changed.flips[changed.flips["rule"] == rule]
    return dict(zip(table["building_id"], table["verdict_after"], strict=True))


def as_fresh(trial: Trial, changed: Changed, folder: Path) -> None:
    """Assert that a plan gives the verdicts of the files changed by hand, read and searched from scratch."""
    study = Study.read(folder / "study.toml")
    inputs = study.load()
    entered = study.entered(inputs, read_network(study.params, inputs))
    expected = {}
    for rule in entered.assessor.rules:
        names = VERDICT_NAMES[outcome(entered.assessor, rule).verdict]
        expected |= {(one, rule.name): name for one, name in zip("abcde", names, strict=True)}
    flips = changed.flips
    keys = zip(flips["building_id"], flips["rule"], strict=True)
    after = verdicts(trial.kept.result) | dict(zip(keys, flips["verdict_after"], strict=True))
    assert after == expected


def same(one: StudyResult, two: StudyResult) -> None:
    """Assert the same verdicts, minutes and shares; the ids of new stations may differ."""
    assert verdicts(one) == verdicts(two)
    for name in ("subdistricts", "buildings", "coverage_by_tier"):
        numbers = one.tables[name].select_dtypes("number").columns
        left, right = one.tables[name][numbers], two.tables[name][numbers]
        pd.testing.assert_frame_equal(left, right, check_dtype=False, atol=1e-5)


def test_a_station_added_is_a_run_with_it(trial: Trial, stored: StudyResult, again: Path) -> None:
    # on the side street, 200 m from the front of house d
    plan = {"station": [{"action": "add", "name": "新", "tier": "社区", **placed(1200, 300)}]}
    changed = applied(trial, parse_scenario(plan))
    assert flipped(changed) == {"d": "covered"}
    assert not changed.searched_anew
    row = changed.flips.set_index(["building_id", "rule"]).loc[("d", TIME)]
    assert row["minutes_after"] == pytest.approx(210 / 72, abs=1e-4)
    figures = changed.figures
    whole = figures[(figures["unit_id"] == "study") & (figures["weight"] == "count")]
    whole = whole.set_index("rule").loc[TIME]
    assert (whole["before"], whole["after"]) == (pytest.approx(3 / 5), pytest.approx(4 / 5))
    table = stations(again)
    new = {"编号": "N", "名称": "新", "层级": "社区", "经度": X0 + 1200, "纬度": Y0 + 300}
    rows = pd.concat([table, pd.DataFrame([{**new, "状态": "启用"}])])
    rows.to_csv(again / "stations.csv", index=False, encoding="utf-8-sig")
    output = replace(stored.params.output, map_review_no="GS(2026)1", map_review_of="0" * 64)
    reviewed = replace(stored, params=replace(stored.params, output=output))
    run = rerun(reviewed, changed.scenario)
    same(run, fresh(again))
    # a plan is named as one, and bears no number of a reviewed map
    assert run.params.output.map_review_no == run.params.output.map_review_of == ""
    assert run.summary["study"] == run.params.name != stored.params.name
    assert run.manifest["scenario"] == scenario_to_plain(changed.scenario)
    assert run.manifest["inputs"] == stored.manifest["inputs"]
    codes = [sorted(one.code for one in each.quality.faults) for each in (stored, run)]
    # the new station's hours are not known, and the rule that asks for them says so
    assert set(codes[1]) - set(codes[0]) == {"hours_unknown", "rule_hours_unknown"}
    assert set(codes[0]) <= set(codes[1])


@pytest.mark.parametrize(
    ("change", "columns", "flips"),
    [
        ({"action": "close"}, {"状态": ["停用", "启用"]}, {"a": "uncovered", "b": "uncovered"}),
        (
            {"action": "move", **placed(1200, 300)},
            {"经度": [X0 + 1200, X0 + 2300], "纬度": [Y0 + 300, Y0 + 15]},
            {"a": "uncovered", "b": "uncovered", "d": "covered"},
        ),
        (
            {"action": "change", "access_scope": "组织内"},
            {"开放对象": ["组织内", "公众开放"]},
            {"a": "uncovered", "b": "uncovered"},
        ),
    ],
)
def test_a_station_changed_is_a_run_with_it_changed(
    trial: Trial,
    again: Path,
    change: dict[str, object],
    columns: dict[str, list[object]],
    flips: dict[str, str],
) -> None:
    changed = trial.applied(parse_scenario({"station": [{"id": "S1", **change}]}))
    assert flipped(changed) == flips
    stations(again, **columns)
    as_fresh(trial, changed, again)


def test_hours_change_only_the_rule_that_asks_for_them(trial: Trial) -> None:
    plan = {"action": "change", "name": "东站", "opening_hours": "周一至周五 9:00-18:00"}
    changed = trial.applied(parse_scenario({"station": [plan]}))
    assert flipped(changed) == {}
    assert flipped(changed, "午间十分钟") == {"a": "covered", "b": "covered"}


def test_a_tier_changed_counts_for_its_rule(tmp_path: Path) -> None:
    rule = '[[rule]]\nname = "社区圈"\nminutes = 10\ntiers = ["community"]\n'
    write_small_study(tmp_path, STUDY + rule)
    result = read_result(write_result(fresh(tmp_path), tmp_path / "out"))
    plan = {"station": [{"action": "change", "id": "S1", "tier": "街道"}]}
    changed = applied(result, parse_scenario(plan))
    assert flipped(changed, "社区圈") == {"a": "uncovered", "b": "uncovered"}


def test_a_speed_changed_is_a_run_with_it(trial: Trial, again: Path) -> None:
    # at 60 m/min the 715 m of house b take 11.9 minutes
    changed = trial.applied(parse_scenario({"pace": {"standard": {"speed_m_per_min": 60}}}))
    assert flipped(changed) == {"b": "uncovered"}
    study = (again / "study.toml").read_text(encoding="utf-8")
    study += "[walk.pace.standard]\nspeed_m_per_min = 60\n"
    (again / "study.toml").write_text(study, encoding="utf-8")
    as_fresh(trial, changed, again)


def test_a_way_cut_is_a_run_with_it_closed(trial: Trial, again: Path) -> None:
    plan = {"link": [{"action": "cut", "from": lon_lat(650, -20), "to": lon_lat(650, 20)}]}
    changed = trial.applied(parse_scenario(plan))
    assert flipped(changed) == {"b": "uncovered"}
    assert changed.searched_anew
    wall = at(shapely.LineString([(650, -20), (650, 20)]))
    gpd.GeoDataFrame({"kind": ["closure"], "name": ["施工"]}, geometry=wall).to_file(
        again / "corrections.gpkg"
    )
    study = (again / "study.toml").read_text(encoding="utf-8")
    study += '[corrections]\npath = "corrections.gpkg"\n'
    (again / "study.toml").write_text(study, encoding="utf-8")
    as_fresh(trial, changed, again)


def test_a_link_added_is_walked(trial: Trial) -> None:
    # 5 + 100 metres to the link, 300 by 400 metres of it, 100 up and 10 off; without it 915 m
    link = {"action": "add", "kind": "footbridge"}
    link |= {"from": lon_lat(900, 0), "to": lon_lat(1200, 400)}  # type: ignore[dict-item]
    moved = {"action": "move", "id": "S1", **placed(800, 5)}
    without = trial.applied(parse_scenario({"station": [moved]}))
    assert "d" not in flipped(without)
    changed = trial.applied(parse_scenario({"station": [moved], "link": [link]}))
    row = changed.flips.set_index(["building_id", "rule"]).loc[("d", TIME)]
    assert row["minutes_after"] == pytest.approx(715 / 72, abs=2e-4)


def test_an_empty_scenario_changes_nothing(
    trial: Trial, stored: StudyResult, tmp_path: Path
) -> None:
    nothing = parse_scenario({"name": "无"})
    assert len(trial.applied(nothing).flips) == 0
    one = write_result(stored, tmp_path / "one")
    two = write_result(rerun(stored, nothing), tmp_path / "two")
    names = sorted(path.name for path in (one / "tables").iterdir())
    assert len(names) > 10
    for name in names:
        assert (one / "tables" / name).read_bytes() == (two / "tables" / name).read_bytes()


def test_plans_that_do_not_fit_are_told_with_every_fault(trial: Trial) -> None:
    plan = {
        "station": [
            {"action": "close", "name": "东"},
            {"action": "add", "name": "新", "tier": "五级", **placed(0, 0)},
            {"action": "add", "name": "新", "tier": "社区", "lon": 23.1, "lat": 113.3},
            {"action": "add", "id": "S1", "name": "新", "tier": "社区", **placed(0, 0)},
        ],
        "pace": {"quick": {"crossing_s": 1}},
    }
    with pytest.raises(InputError) as error:
        trial.applied(parse_scenario(plan))
    assert [one.code for one in error.value.faults] == [
        "scenario_no_pace", "scenario_no_station", "scenario_tier", "scenario_off_map", "scenario_id_taken",
    ]  # fmt: skip
    assert "东站" in error.value.faults[1].text("zh")


@pytest.mark.parametrize(
    ("plan", "code"),
    [
        ({"station": [{"action": "add", "name": "远", "tier": "社区"}]}, "scenario_unusable"),
        (
            {"station": [{"action": "close", "id": "S1"}, {"action": "close", "id": "S1"}]},
            "scenario_already_closed",
        ),
        ({"link": [{"action": "cut"}]}, "scenario_cut_nothing"),
        ({"link": [{"action": "add", "kind": "gate"}]}, "scenario_link_far"),
    ],
)
def test_plans_off_the_ways_are_refused(
    trial: Trial, plan: dict[str, list[dict[str, object]]], code: str
) -> None:
    for one in plan.get("station", []):
        one.update(placed(300, 400) if one["action"] == "add" else {})
    for one in plan.get("link", []):
        one.update({"from": lon_lat(300, 300), "to": lon_lat(400, 400)})
    with pytest.raises(InputError) as error:
        trial.applied(parse_scenario(plan))
    assert [one.code for one in error.value.faults] == [code]


@pytest.fixture(scope="module")
def demo(small_demo_folder: Path) -> Trial:
    return Trial(reassess(read_result(small_demo_folder)))


def spot(demo: Trial, share: float, aside: float) -> dict[str, float]:
    """A place beside a building of the demo."""
    count = demo.kept.assessor.demand.count
    row = min(int(share * count), count - 1)
    x, y = demo.kept.assessor.demand.x[row] + aside, demo.kept.assessor.demand.y[row] + aside
    point = gpd.GeoSeries([shapely.Point(x, y)], crs=demo.kept.walk.crs).to_crs("EPSG:4326")
    return {"lon": float(point.iloc[0].x), "lat": float(point.iloc[0].y)}


@settings(max_examples=8, deadline=None)
@given(st.lists(st.tuples(st.floats(0, 1), st.floats(-40, 40)), min_size=1, max_size=3))
def test_adding_stations_never_lowers_coverage(
    demo: Trial, places: list[tuple[float, float]]
) -> None:
    rows = [
        {"action": "add", "name": f"点{number}", "tier": "社区", **spot(demo, *one)}
        for number, one in enumerate(places)
    ]
    try:
        changed = demo.applied(parse_scenario({"station": rows}))
    except InputError as error:
        assert {one.code for one in error.faults} == {"scenario_unusable"}
        return
    assert (changed.figures["change"].dropna() >= 0).all()
    assert (changed.flips["verdict_after"] == "covered").all()


def test_stations_swapped_are_stations_entered_anew(demo: Trial) -> None:
    ids = demo.kept.stations["station_id"].astype(str).tolist()
    plan = parse_scenario(
        {
            "station": [
                {"action": "close", "id": ids[0]},
                {"action": "move", "id": ids[1], **spot(demo, 0.3, 5.0)},
                {"action": "add", "name": "新一", "tier": "社区", **spot(demo, 0.7, 5.0)},
                {"action": "change", "id": ids[2], "access_scope": "building"},
            ]
        }
    )
    changed = demo.applied(plan)
    anew = changed_inputs(demo.params, *demo.stored, plan)
    entered = Study(anew.params).entered(anew.inputs, anew.network)
    expected = {}
    for rule in demo.params.rules:
        before, after = demo.today[rule.name], outcome(entered.assessor, rule)
        at = np.flatnonzero(before.verdict != after.verdict)
        ids = demo.kept.walk.building_ids[at].astype(str)
        names = VERDICT_NAMES[after.verdict[at]]
        expected |= {(one, rule.name): name for one, name in zip(ids, names, strict=True)}
    flips = changed.flips
    keys = zip(flips["building_id"], flips["rule"], strict=True)
    assert dict(zip(keys, flips["verdict_after"], strict=True)) == expected
    assert len(expected) > 5

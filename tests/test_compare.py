"""Two results compared: figures, flips, and causes that sum to the whole, worked out by hand."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from api import cli
from geo.attribution import CAUSES, changed_causes
from geo.compare import Comparison, compare, most_changed, printed
from geo.errors import InputError
from geo.result import StudyResult
from geo.store import read_result, write_result
from geo.study import Study
from tests.small_study import STUDY, X0, Y0, at, write_small_study

TIME = "十分钟党群服务圈"
RULE = '[[rule]]\nname = "十分钟党群服务圈"\nminutes = {minutes}\n'


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The small study as it was, and with everything changed: see `test_causes_worked_out_by_hand`."""
    one, two = tmp_path_factory.mktemp("before"), tmp_path_factory.mktemp("after")
    write_small_study(one, STUDY + RULE.format(minutes=10))
    closure = '[corrections]\npath = "corrections.gpkg"\n'
    write_small_study(two, STUDY + closure + RULE.format(minutes=12))
    houses = gpd.read_file(two / "buildings.gpkg")
    houses[houses["building_id"] != "c"].to_file(two / "buildings.gpkg")
    wall = at(shapely.LineString([(650, -20), (650, 20)]))
    gpd.GeoDataFrame({"kind": ["closure"], "name": ["施工"]}, geometry=wall).to_file(
        two / "corrections.gpkg"
    )
    register = pd.read_csv(two / "stations.csv")
    register = register.assign(经度=[X0 + 1200, X0 + 2300], 纬度=[Y0 + 300, Y0 + 15])
    register.to_csv(two / "stations.csv", index=False, encoding="utf-8-sig")
    results = [Study.read(folder / "study.toml").run() for folder in (one, two)]
    return write_result(results[0], one / "out"), write_result(results[1], two / "out")


@pytest.fixture(scope="module")
def results(folders: tuple[Path, Path]) -> tuple[StudyResult, StudyResult]:
    return read_result(folders[0]), read_result(folders[1])


@pytest.fixture(scope="module")
def found(results: tuple[StudyResult, StudyResult]) -> Comparison:
    return compare(*results)


def row_of(table: pd.DataFrame, unit: str, figure: str) -> pd.Series:
    rows = table[(table["rule"] == TIME) & (table["unit_id"] == unit) & (table["figure"] == figure)]
    assert len(rows) == 1
    return rows.iloc[0]


def test_causes_worked_out_by_hand(found: Comparison) -> None:
    # a, b, e of five; c is gone: three of four; the street is closed west of b: two;
    # S1 goes to the side street: it covers d, and a stands on an island without a station (unknown): two of three;
    # twelve minutes instead of ten: 800 m take b in again
    row = row_of(found.change, "study", "coverage_count_share")
    assert (row["before"], row["after"]) == (pytest.approx(3 / 5), pytest.approx(1.0))
    parts = {cause: row[f"by_{cause}"] for cause in CAUSES}
    expected = {"data": 0.15, "network": -0.25, "stations": 1 / 6, "rules": 1 / 3}
    assert parts == pytest.approx(expected)
    assert found.causes == CAUSES
    # d instead of a
    assert row_of(found.change, "study", "covered_count")["by_stations"] == 0.0


def test_causes_sum_to_the_whole(found: Comparison) -> None:
    table = found.change
    parts = table[[f"by_{cause}" for cause in CAUSES]]
    told = parts.notna().all(axis=1)
    assert told.sum() > 100
    whole = parts[told].sum(axis=1).to_numpy()
    np.testing.assert_allclose(whole, table.loc[told, "change"].to_numpy(), rtol=0, atol=1e-9)
    # all but what is read off isochrones, and what one of the stages does not have
    missing = set(table.loc[~told & table["change"].notna(), "figure"])
    some = {"coverage_area_share", "overlap_share", "minutes_mean", "minutes_p50", "minutes_p90"}
    assert missing <= some


def test_printed_parts_add_up_as_printed(found: Comparison) -> None:
    table = printed(found.change)
    parts = table[[f"by_{cause}" for cause in CAUSES]]
    told = parts.notna().all(axis=1)
    whole = parts[told].sum(axis=1).to_numpy()
    np.testing.assert_allclose(whole, table.loc[told, "change"].to_numpy(), atol=1e-6)
    share = table[(table["figure"] == "楼栋覆盖率") & (table["unit_kind"] == "study")]
    assert share["figure_unit"].eq("%").all()
    assert share.set_index("rule").loc[TIME, "change"] == pytest.approx(40.0)


def test_buildings_flip_with_a_direction(found: Comparison) -> None:
    flips = found.flips[found.flips["rule"] == TIME].set_index("building_id")["direction"]
    assert flips.to_dict() == {"a": "lost", "d": "gained"}
    assert (found.buildings_new_count, found.buildings_gone_count) == (0, 1)


def test_places_that_change_most_come_first(found: Comparison) -> None:
    worst = most_changed(found.change, TIME, "coverage_count_share", 5)
    # east: a, b of a, b, c, then b alone (a is unknown); west: e of d, e, then both
    assert worst["name"].tolist() == ["西街道", "东街道"]
    assert worst["change"].tolist() == pytest.approx([1 / 2, 1 / 3])


def test_a_result_is_as_it_is(results: tuple[StudyResult, StudyResult]) -> None:
    same = compare(results[0], results[0])
    assert same.causes == ()
    assert (same.change["change"].dropna() == 0).all()
    assert len(same.flips) == 0


def test_each_cause_is_told_by_what_belongs_to_it(
    results: tuple[StudyResult, StudyResult],
) -> None:
    one = results[0]
    params = one.params
    later = replace(one, params=replace(params, as_of=date(2027, 1, 1)))
    assert changed_causes(one, later) == ("stations",)
    frontage = replace(params, walk=replace(params.walk, frontage_m=30.0))
    assert changed_causes(one, replace(one, params=frontage)) == ("rules",)
    moved = one.inputs["buildings"].assign(use="office")
    assert changed_causes(one, replace(one, inputs={**one.inputs, "buildings": moved})) == ("data",)
    wall = results[1].inputs["barriers"]
    assert len(wall) == 1
    walled = replace(one, inputs={**one.inputs, "barriers": wall})
    assert changed_causes(one, walled) == ("network",)


def test_results_of_two_grids_are_refused(results: tuple[StudyResult, StudyResult]) -> None:
    walk = results[1].walk
    assert walk is not None
    with pytest.raises(InputError) as error:
        compare(results[0], replace(results[1], walk=replace(walk, crs="EPSG:4526")))
    assert [one.code for one in error.value.faults] == ["compare_crs"]


def test_the_two_commands(
    folders: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plan = tmp_path / "plan.toml"
    plan.write_text('name = "停用"\n[[station]]\naction = "close"\nid = "S1"\n', encoding="utf-8")
    out = tmp_path / "plan"
    with pytest.raises(SystemExit) as done:
        cli.main(["what-if", str(folders[0]), str(plan), "--out", str(out)])
    assert done.value.code == 0
    said = capsys.readouterr().out
    assert "停用 1 座" in said
    # a and b of five lose cover
    assert "失去覆盖 2 栋" in said
    assert json.loads((out / "inputs" / "scenario.json").read_text("utf-8"))["name"] == "停用"
    assert {"map.html", "tables.xlsx", "change.xlsx"} <= {one.name for one in out.iterdir()}
    assert set(read_result(out).tables) > {"change", "change_buildings"}
    with pytest.raises(SystemExit) as done:
        cli.main(["compare", str(folders[0]), str(out)])
    assert done.value.code == 0
    said = capsys.readouterr().out
    assert "较前一结果" in said
    assert "个百分点" in said
    for words in (
        ["compare", str(out), str(out)],
        ["what-if", str(out), str(plan), "--out", str(out)],
    ):
        with pytest.raises(SystemExit) as done:
            cli.main(words)
        assert done.value.code == 2

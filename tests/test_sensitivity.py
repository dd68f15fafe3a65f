"""Coverage as a range: worked out by hand, equal to fresh runs, and laws that hold for any assumption."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api import cli
from geo.coverage import COVERED, VERDICT_NAMES
from geo.errors import NotFoundError, OutputError
from geo.reassess import Reassessed, reassess
from geo.reentry import Reentry
from geo.sensitivity import Sensitivity, outcome, sensitivity, varied
from geo.store import add_tables, read_result, write_result
from geo.study import Study
from geo.variations import VARIATIONS, Variation
from tests.small_study import write_small_study

REPOSITORY = Path(__file__).resolve().parents[1]
TIME = "十分钟党群服务圈"
LAWS = settings(max_examples=15, deadline=None)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The result folder of the small demo district, without map and workbook."""
    folder = tmp_path_factory.mktemp("small") / "out"
    study = Study.read(REPOSITORY / "data" / "demo" / "small" / "study.toml")
    return write_result(study.run(), folder)


@pytest.fixture(scope="module")
def kept(small: Path) -> Reassessed:
    """The same, searchable again."""
    return reassess(read_result(small))


@pytest.fixture(scope="module")
def found(kept: Reassessed) -> Sensitivity:
    """Its range."""
    return sensitivity(kept)


@pytest.fixture
def by_hand(tmp_path: Path) -> Reassessed:
    """House b is 715 m (595.8 s) from its station, house c 725 m (604.2 s), d 1,615 m; a is near, e at home."""
    write_small_study(tmp_path)
    folder = write_result(Study.read(tmp_path / "study.toml").run(), tmp_path / "out")
    return reassess(read_result(folder))


def test_speed_flips_the_two_houses_at_the_limit(by_hand: Reassessed) -> None:
    found = sensitivity(by_hand)
    flips = found.flips[found.flips["rule"] == TIME].set_index(["building_id", "variation"])
    assert sorted(flips.index) == [("b", "speed_slower"), ("c", "speed_faster")]
    slower = flips.loc[("b", "speed_slower")]
    assert (slower["verdict_before"], slower["verdict_after"]) == ("covered", "uncovered")
    assert slower["minutes_before"] == pytest.approx(715 / 72, abs=1e-4)
    assert slower["minutes_after"] == pytest.approx(715 / (72 * 0.85), abs=1e-4)
    ranges = found.ranges[(found.ranges["rule"] == TIME) & (found.ranges["weight"] == "count")]
    whole = ranges.set_index("unit_id").loc["study"]
    # a, b and e of five; without b; with c
    assert (whole["lowest_share"], whole["central_share"], whole["highest_share"]) == (
        pytest.approx(2 / 5), pytest.approx(3 / 5), pytest.approx(4 / 5),
    )  # fmt: skip
    assert (whole["lowest_variation"], whole["highest_variation"]) == (
        "speed_slower",
        "speed_faster",
    )


def test_central_is_what_the_tables_hold(kept: Reassessed, found: Sensitivity) -> None:
    central = found.variations[found.variations["variation"] == "central"]
    weights = list(kept.demand.weights)
    assert weights == ["count", "footprint", "floor_area", "residents", "workers"]
    for table, kind in (("subdistricts", "subdistrict"), ("zones", "zone")):
        stored = kept.result.table(table)
        for weight in weights:
            here = central[(central["unit_kind"] == kind) & (central["weight"] == weight)]
            both = here.merge(
                stored, left_on=["unit_id", "rule"], right_on=[f"{kind}_id", "rule"], how="outer"
            )
            assert len(both) == len(stored) == len(here)
            np.testing.assert_array_equal(both["coverage_share"], both[f"coverage_{weight}_share"])
    for rule in kept.result.params.rules:
        stored = kept.result.buildings[kept.result.buildings["rule"] == rule.name]
        verdict = VERDICT_NAMES[outcome(kept.assessor, rule).verdict]
        np.testing.assert_array_equal(verdict, stored["verdict"].to_numpy(dtype=object))


def test_verdict_outside_is_known_to_a_stored_result(tmp_path: Path) -> None:
    study = write_small_study(tmp_path)
    text = study.read_text(encoding="utf-8").replace('extent = "complete"', 'extent = "polygon"')
    study.write_text(text, encoding="utf-8")
    result = Study.read(study).run()
    stored = result.buildings[result.buildings["rule"] == TIME]["verdict"].to_numpy(dtype=object)
    assert "outside" in stored
    kept = reassess(read_result(write_result(result, tmp_path / "out")))
    again = outcome(kept.assessor, result.params.rules[0]).verdict
    np.testing.assert_array_equal(VERDICT_NAMES[again], stored)


def test_the_range_holds_the_central_figure(found: Sensitivity) -> None:
    ranges = found.ranges.dropna(subset="central_share")
    assert (ranges["lowest_share"] <= ranges["central_share"]).all()
    assert (ranges["central_share"] <= ranges["highest_share"]).all()
    assert (ranges["width_points"] > 0).any()
    beside = found.variations[~found.variations["in_range"].astype(bool)]
    assert set(beside["variation"]) == {"elderly", "walk_500", "radius_500"}
    assert not set(beside["variation"]) & set(found.flips["variation"])


@pytest.mark.parametrize("code", ["frontage_30_100", "frontage_70_150"])
def test_other_frontages_equal_a_fresh_run(code: str, kept: Reassessed) -> None:
    variation = next(one for one in VARIATIONS if one.code == code)
    study = Study.read(REPOSITORY / "data" / "demo" / "small" / "study.toml")
    walk = replace(
        study.params.walk,
        frontage_m=variation.frontage_m,
        max_access_m=variation.max_access_m,
    )
    fresh = Study(replace(study.params, walk=walk)).run().buildings
    assessor = varied(kept, variation, Reentry(kept))
    changed = 0
    for rule in kept.result.params.rules:
        ours = VERDICT_NAMES[outcome(assessor, rule).verdict]
        theirs = fresh[fresh["rule"] == rule.name]["verdict"].to_numpy(dtype=object)
        np.testing.assert_array_equal(ours, theirs)
        before = VERDICT_NAMES[outcome(kept.assessor, rule).verdict]
        changed += int((before != theirs).sum())
    assert changed > 10


def test_an_unstated_scope_is_read_as_own_building_only(tmp_path: Path) -> None:
    """S2 stands in house e, S1 alone: unstated, S2 would serve e only; d loses a station it reaches by radius."""
    study = write_small_study(tmp_path)
    register = pd.read_csv(tmp_path / "stations.csv", encoding="utf-8-sig")
    more = '\n[[rule]]\nname = "远"\nminutes = 30\n'
    study.write_text(study.read_text(encoding="utf-8") + more, encoding="utf-8")
    register.assign(开放对象=None).to_csv(
        tmp_path / "stations.csv", index=False, encoding="utf-8-sig"
    )
    kept = reassess(read_result(write_result(Study.read(study).run(), tmp_path / "out")))
    found = sensitivity(kept)
    assert (found.scope_missing_count, found.scope_own_count) == (2, 1)
    assessor = varied(kept, Variation("own_building", own_building=True), None)
    far = kept.result.params.rules[0]
    before, after = outcome(kept.assessor, far), outcome(assessor, far)
    register.assign(开放对象=["公众开放", "楼内开放"]).to_csv(
        tmp_path / "stations.csv", index=False, encoding="utf-8-sig"
    )
    fresh = Study.read(study).run().buildings
    fresh = fresh[fresh["rule"] == far.name]
    np.testing.assert_array_equal(VERDICT_NAMES[after.verdict], fresh["verdict"].to_numpy())
    assert after.cost.tolist() != before.cost.tolist()


@given(st.floats(0.5, 2.0), st.floats(0.5, 2.0))
@LAWS
def test_walking_faster_never_lowers_coverage(kept: Reassessed, one: float, other: float) -> None:
    slow, fast = (_covered(kept, Variation("speed", speed=by)) for by in sorted((one, other)))
    assert not (slow & ~fast).any()


@given(st.floats(0, 120), st.floats(0, 120))
@LAWS
def test_waiting_longer_never_raises_coverage(kept: Reassessed, one: float, other: float) -> None:
    short, long = (
        _covered(kept, Variation("wait", waits_s=(by, by / 6))) for by in sorted((one, other))
    )
    assert not (long & ~short).any()


def _covered(kept: Reassessed, variation: Variation) -> np.ndarray:
    rule = kept.result.params.rules[0]
    return outcome(varied(kept, variation, None), rule).verdict == COVERED


def _hashes(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_tables_are_added_whole_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = write_small_study(tmp_path)
    folder = write_result(Study.read(study).run(), tmp_path / "out")
    (folder / "批注.txt").write_text("手写", encoding="utf-8")
    before = _hashes(folder)
    import geo.store as store

    written: list[str] = []

    def fails_at_the_second(frame: pd.DataFrame, path: Path) -> None:
        if written:
            raise OSError("disk full")
        written.append(path.name)
        frame.to_parquet(path)

    tables = {"one": pd.DataFrame({"a": [1]}), "two": pd.DataFrame({"a": [2]})}
    with monkeypatch.context() as patched:
        patched.setattr(store, "write_table", fails_at_the_second)
        with pytest.raises(OutputError):
            add_tables(folder, tables)
    assert written == ["one.parquet"]
    assert _hashes(folder) == before
    assert sorted(one.name for one in tmp_path.iterdir() if one.name.startswith(".")) == []
    add_tables(folder, tables, {"更多.xlsx": b"x"})
    after = _hashes(folder)
    assert set(after) - set(before) == {
        "tables/one.parquet",
        "tables/two.parquet",
        "更多.xlsx",
    }
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["rows"]["two"] == 1
    assert manifest["files"]["更多.xlsx"] == after["更多.xlsx"]


def test_tables_are_added_to_results_only(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError):
        add_tables(tmp_path, {})


def test_the_command_prints_and_keeps_the_range(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    study = write_small_study(tmp_path)
    folder = write_result(Study.read(study).run(), tmp_path / "out")
    with pytest.raises(SystemExit) as ended:
        cli.main(["sensitivity", str(folder)])
    assert ended.value.code == 0
    printed = capsys.readouterr().out
    assert "不同假设下的结果区间：十分钟党群服务圈（步行10分钟），按常住人口" in printed
    assert "结论最不稳的街道：" in printed and "关键站点（逐座关停，共试 2 座" in printed
    assert "步行速度慢 15%" in printed and "variation" not in printed
    first = _hashes(folder)
    tables = read_result(folder).tables
    assert {"sensitivity", "sensitivity_variations", "flips"} <= set(tables)
    assert {"critical_stations", "critical_regions"} <= set(tables)
    with pytest.raises(SystemExit):
        cli.main(["sensitivity", str(folder)])
    assert _hashes(folder) == first
    with pytest.raises(SystemExit) as refused:
        cli.main(["sensitivity", str(folder), "--rule", "没有"])
    assert refused.value.code == 2
    assert "没有名为“没有”的评价标准" in capsys.readouterr().err

"""The ledger keeps what people filled in with its blind area, closes what is covered and loses nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import geopandas as gpd
import openpyxl
import pandas as pd
import pytest
import shapely

from api.cli_report_ledger import kept_ledger
from geo.errors import InputError
from geo.ledger import BLIND, GAP, Ledger, brought_up_to, empty_ledger
from geo.ledger_read import deadline_of, read_ledger
from maps.ledger_book import ledger_bytes, save_ledger
from tests.fakes import TIME, fake_result

FIRST, SECOND = date(2026, 6, 30), date(2026, 9, 30)


def study(day: date, areas: dict[str, list[int]], *, other: dict[int, str] | None = None, gaps=()):
    """A result with six buildings in a row, b0 to b5; `areas` are blind areas by building, the rest is covered."""
    blind = {one for each in areas.values() for one in each}
    verdicts = {one: "uncovered" if one in blind else "covered" for one in range(6)} | (other or {})
    verdicts = {one: what for one, what in verdicts.items() if what != "gone"}
    shape = [shapely.box(one * 10, 0, one * 10 + 5, 5) for one in range(6)]
    buildings = gpd.GeoDataFrame(
        {
            "building_id": [f"b{one}" for one in verdicts],
            "rule": TIME.name,
            "verdict": list(verdicts.values()),
            "subdistrict_id": "440106001000",
        },
        geometry=[shape[one] for one in verdicts],
    )
    outline = [shapely.union_all([shape[one].buffer(1) for one in each]) for each in areas.values()]
    table = gpd.GeoDataFrame(
        {
            "blind_area_id": [f"B{place}" for place in range(len(areas))],
            "name": list(areas),
            "rank": range(1, len(areas) + 1),
            "rule": TIME.name,
            "subdistrict_id": "440106001000",
            "buildings_count": [len(each) for each in areas.values()],
            "residents": 120.0,
            "nearest_minutes": 11.01,
            "cause": "barrier",
        },
        geometry=outline,
    )
    missing = pd.DataFrame(
        {
            "unit_id": list(gaps),
            "kind": "community",
            "gap": "station",
            "name": [f"{one}社区" for one in gaps],
        }
    )
    communities = pd.DataFrame({"community_id": ["c1", "c2"], "name": ["一", "二"]})
    base = fake_result(Path("study"), simulated=False)
    tables = {
        **base.tables, "buildings": buildings, "blind_areas": table, "gap_units": missing, "communities": communities,
    }  # fmt: skip
    return replace(base, params=replace(base.params, as_of=day), tables=tables)


def filled(result, tmp_path: Path, entries: dict[str, dict[str, object]]) -> Ledger:
    """The ledger of a first report with cells filled in by hand, read back."""
    path = tmp_path / "台账.xlsx"
    save_ledger(path, ledger_bytes(brought_up_to(empty_ledger(), result), result))
    book = openpyxl.load_workbook(path)
    for page in book.worksheets[:2]:
        heads = [cell.value for cell in page[1]]
        for row in page.iter_rows(min_row=2):
            for head, value in entries.get(row[0].value, {}).items():
                row[heads.index(head)].value = value
    book.save(path)
    return read_ledger(path)


def numbers(ledger: Ledger) -> dict[str, str]:
    return dict(zip(ledger.open["name"], ledger.open["number"], strict=True))


def test_entries_stay_with_the_area_that_shares_most_buildings(tmp_path) -> None:
    entries = {
        "M0001": {
            "责任单位": "望江街道",
            "整改时限": "2026-08-31",
            "状态": "整改中",
            "备注": "等批复",
        }
    }
    old = filled(study(FIRST, {"甲": [0, 1, 2], "乙": [4]}), tmp_path, entries)
    # another name, another order, one building less
    new = brought_up_to(old, study(SECOND, {"丙": [4], "丁": [1, 2]}))
    assert numbers(new) == {"丙": "M0002", "丁": "M0001"}
    kept = new.open.set_index("number").loc["M0001"]
    assert (kept["responsible"], kept["remarks"], kept["situation"]) == (
        "望江街道",
        "等批复",
        "kept",
    )
    assert kept["entered_on"] == pd.Timestamp(FIRST)
    assert new.overdue(SECOND)["number"].tolist() == ["M0001"]
    assert new.overdue(date(2026, 8, 31)).empty  # the day itself is in time


def test_a_covered_area_is_closed_with_its_date_and_comes_back_with_its_entries(tmp_path) -> None:
    old = filled(
        study(FIRST, {"甲": [0, 1], "乙": [4]}), tmp_path, {"M0001": {"责任单位": "望江街道"}}
    )
    closed = brought_up_to(old, study(SECOND, {"乙": [4]}))
    row = closed.closed.iloc[0]
    assert (row["number"], row["closed_why"], row["responsible"]) == (
        "M0001",
        "covered",
        "望江街道",
    )
    assert row["closed_on"] == pd.Timestamp(SECOND)
    back = brought_up_to(closed, study(date(2026, 12, 31), {"甲": [0], "乙": [4]}))
    again = back.open.set_index("number").loc["M0001"]
    assert (again["situation"], again["responsible"]) == ("again", "望江街道")
    assert back.closed.empty


@pytest.mark.parametrize(
    ("other", "state"), [({0: "gone"}, "gone"), ({0: "unknown"}, None), ({0: "outside"}, None)]
)
def test_an_area_without_verdict_is_not_closed_as_covered(tmp_path, other, state) -> None:
    old = filled(study(FIRST, {"甲": [0]}), tmp_path, {})
    new = brought_up_to(old, study(SECOND, {}, other=other))
    if state is None:
        assert new.open["situation"].tolist() == ["unjudged"]
    else:
        assert new.closed["closed_why"].tolist() == [state]


def test_split_and_merged_areas(tmp_path) -> None:
    old = filled(
        study(FIRST, {"甲": [0, 1, 2], "乙": [4]}), tmp_path, {"M0001": {"责任单位": "望江街道"}}
    )
    split = brought_up_to(old, study(SECOND, {"甲": [0, 1], "丙": [2], "乙": [4]}))
    rows = split.open.set_index("number")
    assert rows.loc["M0003", ["situation", "related_number", "responsible"]].tolist() == [
        "split", "M0001", "望江街道",
    ]  # fmt: skip
    merged = brought_up_to(split, study(date(2026, 12, 31), {"甲": [0, 1, 2, 4]}))
    assert numbers(merged) == {"甲": "M0001"}
    assert merged.closed.set_index("number")["closed_why"].to_dict() == {
        "M0002": "merged",
        "M0003": "merged",
    }
    assert set(merged.closed["related_number"]) == {"M0001"}


def test_the_same_result_again_changes_nothing_and_numbers_are_not_used_twice(tmp_path) -> None:
    one = study(FIRST, {"甲": [0], "乙": [4]}, gaps=["c1"])
    ledger = brought_up_to(empty_ledger(), one)
    assert ledger_bytes(brought_up_to(ledger, one), one) == ledger_bytes(ledger, one)
    later = brought_up_to(ledger, study(SECOND, {"甲": [0]}, gaps=["c1"]))
    new = brought_up_to(later, study(date(2026, 12, 31), {"甲": [0], "丙": [2]}, gaps=["c1"]))
    assert numbers(new)["丙"] == "M0003"


def test_missing_stations_are_known_by_their_unit(tmp_path) -> None:
    old = filled(study(FIRST, {}, gaps=["c1", "c9"]), tmp_path, {"K0002": {"责任单位": "西岭街道"}})
    assert old.of_kind(GAP)["number"].tolist() == ["K0001", "K0002"]
    new = brought_up_to(old, study(SECOND, {}, gaps=[]))
    # c1 is still a community and has its station now; c9 is no unit of the study any more
    assert new.closed.set_index("number")["closed_why"].to_dict() == {
        "K0001": "built",
        "K0002": "gone",
    }
    assert new.closed.set_index("number").loc["K0002", "responsible"] == "西岭街道"


def test_odd_entries_are_told_with_row_and_remedy_and_kept(tmp_path) -> None:
    entries = {"M0001": {"整改时限": "9月底", "状态": "差不多了"}, "M0002": {"整改时限": "长期"}}
    result = study(FIRST, {"甲": [0], "乙": [4]})
    ledger = filled(result, tmp_path, entries)
    assert [one.code for one in ledger.faults] == ["ledger_deadline_bad", "ledger_state_bad"]
    text = ledger.faults[0].text()
    assert "第 2 行" in text and "9月底" in text and "2026-09-30" in text
    again = tmp_path / "again.xlsx"
    save_ledger(again, ledger_bytes(brought_up_to(ledger, result), result))
    row = read_ledger(again).open.set_index("number").loc["M0001"]
    assert (row["deadline"], row["state"], row["state_code"]) == ("9月底", "差不多了", "pending")


def test_rows_copied_added_or_without_the_hidden_sheet_are_kept(tmp_path) -> None:
    result = study(FIRST, {"甲": [0], "乙": [4]})
    path = tmp_path / "台账.xlsx"
    save_ledger(path, ledger_bytes(brought_up_to(empty_ledger(), result), result))
    book = openpyxl.load_workbook(path)
    page = book.worksheets[0]
    page.cell(1, page.max_column + 1, "联系处室")
    page.cell(2, page.max_column, "组织科")
    page.append(["M0001", "甲"])
    page.append([None, "自行登记的一处"])
    book.create_sheet("会议纪要")["A1"] = "请保留"
    del book["建筑对照"]
    book.save(path)
    old = read_ledger(path)
    assert {one.code for one in old.faults} == {"ledger_double", "ledger_unnumbered"}
    new = brought_up_to(old, study(SECOND, {"甲": [0]}))
    assert len(new.items) == len(old.items) == 4  # nothing is lost
    assert new.open.set_index("number").loc["M0001", "situation"] == "kept"  # by its name
    assert (new.open["situation"] == "manual").sum() == 3
    save_ledger(path, ledger_bytes(new, result, path))
    book = openpyxl.load_workbook(path)
    assert book["会议纪要"]["A1"].value == "请保留"
    heads = [cell.value for cell in book.worksheets[0][1]]
    assert book.worksheets[0].cell(2, heads.index("联系处室") + 1).value == "组织科"
    assert (tmp_path / "台账（上一版）.xlsx").is_file()


def test_a_list_begun_as_csv_is_taken_over(tmp_path) -> None:
    path = tmp_path / "台账.csv"
    path.write_bytes(
        "名称,街道,责任单位,整改时限\n甲,东风街道,东风街道办,2026年5月底\n".encode("gb18030")
    )
    result = study(FIRST, {"甲": [0]})
    new = brought_up_to(read_ledger(path), result)
    assert new.open[["number", "responsible", "situation"]].to_numpy().tolist() == [
        ["M0001", "东风街道办", "kept"]
    ]
    assert len(new.overdue(FIRST)) == 1


def test_what_is_no_ledger_is_refused(tmp_path) -> None:
    path = tmp_path / "台账.csv"
    path.write_text("甲,乙\n1,2\n", encoding="utf-8")
    with pytest.raises(InputError, match="编号"):
        read_ledger(path)


def test_scenarios_and_older_results_leave_the_file_alone(tmp_path) -> None:
    path = tmp_path / "台账.xlsx"
    now = study(SECOND, {"甲": [0]})
    kept_ledger(now, tmp_path, path)
    before = path.read_bytes()
    older = kept_ledger(study(FIRST, {}), tmp_path, path)
    plan = kept_ledger(replace(study(SECOND, {}), manifest={"scenario_of": {}}), tmp_path, path)
    assert path.read_bytes() == before
    assert "不更新" in older.lines[0] and "不更新" in plan.lines[0]
    assert len(plan.ledger.of_kind(BLIND)) == 1


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-09-30", date(2026, 9, 30)), ("2026年9月30日前", date(2026, 9, 30)),
        ("2026年9月", date(2026, 9, 30)), ("2026.2", date(2026, 2, 28)), ("2026年底", date(2026, 12, 31)),
        ("46295", date(2026, 9, 30)), ("9月30日", None), ("尽快", None), (None, None),
    ],
)  # fmt: skip
def test_deadlines_as_people_write_them(text, day) -> None:
    assert deadline_of(text) == day


def test_it_stands_beside_the_result_and_never_with_a_study_elsewhere(tmp_path) -> None:
    home, results = tmp_path / "study", tmp_path / "results"
    (home / "out").mkdir(parents=True)
    (results / "out").mkdir(parents=True)
    made = study(FIRST, {"甲": [0]})
    mine = replace(made, params=replace(made.params, folder=home))
    kept_ledger(mine, results / "out", None)
    assert (results / "台账.xlsx").is_file() and not list(home.glob("台账*"))
    kept_ledger(mine, home / "out", None)
    assert (home / "台账.xlsx").is_file()
    # another study with its result in the same folder
    houses = made.buildings.assign(building_id="x" + made.buildings["building_id"])
    other = replace(mine, tables={**made.tables, "buildings": houses})
    before = (results / "台账.xlsx").read_bytes()
    lines = kept_ledger(other, results / "out2", None).lines
    assert (results / "台账.xlsx").read_bytes() == before
    assert (results / "台账（云麓区_示例_）.xlsx").is_file()
    assert "别处的建筑" in lines[0] and "--ledger" in lines[0]

"""Against last time: what is not the same is said first, differences are those of the figures shown."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path

import geopandas as gpd
import openpyxl
import pandas as pd
import pytest
import shapely

from geo.attribution import CAUSES
from geo.compare import Comparison
from geo.errors import InputError
from geo.store import read_result, write_result
from geo.study import Study
from maps.printed import share_text, tenths
from maps.report.against import against
from maps.report.model import Bullets, Grid, Heading, Paragraph
from maps.report.sections import make_report
from maps.report.wording import change_text, points_text, stated_text
from tests.maps.findings import findings
from tests.maps.fixture import AREAS, RULES
from tests.maps.office import full, is_told
from tests.small_study import STUDY, at, write_small_study

DEMO = Path(__file__).resolve().parents[2] / "data/demo/small"


@pytest.fixture(scope="module")
def now():
    made = findings(8, 4)
    blind = made.tables["blind_areas"].assign(subdistrict_id=AREAS[1][0])
    return replace(made, tables={**made.tables, "blind_areas": blind})


def earlier(now, **params):
    return replace(now, params=replace(now.params, as_of=date(2026, 3, 31), **params))


def with_rule(now, **changed):
    return earlier(now, rules=(replace(RULES[0], **changed), *RULES[1:]))


def texts(report) -> str:
    said: list[str] = []
    for block in report.blocks:
        if isinstance(block, (Heading, Paragraph)):
            said.append(block.text)
        elif isinstance(block, Bullets):
            said += [one.text for one in block.items]
        elif isinstance(block, Grid):
            said += [
                block.title,
                *block.headers,
                *(str(cell) for row in block.rows for cell in row),
            ]
    return "\n".join(said)


def grid(report, title: str) -> Grid:
    return next(one for one in report.blocks if isinstance(one, Grid) and title in one.title)


def test_points_are_the_difference_of_the_figures_shown() -> None:
    # 94.9 and 95.0 are shown, so a reader subtracts 0.1, whatever the digits behind say
    assert points_text(0.9499, 0.9501) == "+0.1"
    assert points_text(0.9501, 0.9509) == "0.0"
    assert change_text(0.57, 0.5) == "降低7.0个百分点"
    assert change_text(0.5, 0.5004) == "持平"
    assert change_text(None, 0.5) == "无上期可比"
    assert share_text(0.9999) == "99.9%" and tenths(float("nan")) is None


def test_figures_of_others_keep_their_word() -> None:
    assert stated_text(">", 240_000) == "超过240,000"
    assert stated_text("about", 400, "近400座") == "近400"
    assert stated_text("about", 400, "约400座") == "约400"
    assert stated_text("=", 12.5) == "12.5"


def test_a_report_without_an_earlier_result_says_nothing_of_one(now) -> None:
    assert "较上期" not in texts(make_report(now, pictures=False))


def test_coverage_by_subdistrict_is_compared(now) -> None:
    table = now.subdistricts.copy()
    mine = (table["subdistrict_id"] == AREAS[0][0]) & (table["rule"] == RULES[0].name)
    table["coverage_count_share"] = 0.5
    table.loc[mine, "coverage_count_share"] = 0.4999
    before = earlier(replace(now, tables={**now.tables, "subdistricts": table}))
    after = replace(
        now, tables={**now.tables, "subdistricts": table.assign(coverage_count_share=0.5621)}
    )
    last = against(after, before, causes=False)
    rows = grid(make_report(after, pictures=False, last=last), "各街道较上期").rows
    assert [[str(cell) for cell in row] for row in rows] == [
        ["东风街道", "50.0%", "56.2%", "+6.2"],
        ["西岭街道", "50.0%", "56.2%", "+6.2"],
        ["望江街道", "49.9%", "56.2%", "+6.3"],
    ]


def test_blind_areas_new_closed_and_kept(now) -> None:
    blind = now.tables["blind_areas"]
    one = blind[blind["name"] == "北角一带"]
    before = earlier(replace(now, tables={**now.tables, "blind_areas": one}))
    last = against(now, before, causes=False)
    said = texts(make_report(now, pictures=False, last=last))
    # the other area of this rule has no uncovered building in it or is new: either way it was not there
    assert "服务盲区上期1处、本期2处" in said
    assert "本期新增服务盲区（" in said


@pytest.mark.parametrize(
    ("changed", "compared", "word"),
    [
        ({"minutes": 15.0}, False, "标准不同"),
        ({"basis": "radius", "minutes": None, "metres": 500.0}, False, "标准不同"),
        ({"weight": "residents"}, False, "标准不同"),
        ({"pace": "elderly"}, True, "步速"),
        ({"tiers": ("community",)}, True, "计入层级"),
        ({"pass_mark": 0.9}, True, "达标线由90%改为95%"),
        ({"name": "别的标准"}, False, "上期没有"),
    ],
)
def test_another_rule_is_said_and_not_compared_in_silence(now, changed, compared, word) -> None:
    last = against(now, with_rule(now, **changed), causes=False)
    assert last.figures is compared
    said = texts(make_report(now, pictures=False, last=last))
    assert word in said
    assert ("各街道较上期" in said) is compared


def test_another_scope_is_said_and_the_whole_is_not_compared(now) -> None:
    table = now.subdistricts
    fewer = table[table["subdistrict_id"] != AREAS[0][0]]
    before = earlier(replace(now, tables={**now.tables, "subdistricts": fewer}))
    said = texts(make_report(now, pictures=False, last=against(now, before, causes=False)))
    assert "评价范围不同：本期新增望江街道，减少—" in said
    assert "由上期" not in said


def test_an_earlier_result_that_is_later_is_refused(now) -> None:
    with pytest.raises(InputError, match="写反"):
        against(earlier(now), now, causes=False)


def test_what_moved_the_figures_adds_up_as_printed(now) -> None:
    parts = {"by_data": 0.0, "by_network": 0.0104, "by_stations": 0.0217, "by_rules": 0.0}
    row = {
        "unit_kind": "study", "unit_id": "study", "name": "全区", "rule": RULES[0].name,
        "figure": "coverage_count_share", "before": 0.5, "after": 0.5321, "change": 0.0321, **parts,
    }  # fmt: skip
    found = Comparison(pd.DataFrame([row]), pd.DataFrame(), ("network", "stations"), 0, 0, (), ())
    last = replace(against(now, earlier(now), causes=False), found=found)
    cells = [
        str(one)
        for one in grid(make_report(now, pictures=False, last=last), "变化来自哪里").rows[0]
    ]
    assert cells == ["全区", "0.0", "+1.0", "+2.2", "0.0", "+3.2"]
    assert len(cells) == len(CAUSES) + 2
    assert sum(round(float(one) * 10) for one in cells[1:5]) == round(float(cells[5]) * 10)


def test_an_earlier_result_without_its_network_is_compared_but_for_the_causes(now) -> None:
    last = against(now, earlier(now))
    assert last.found is None
    assert "无法逐项区分" in last.remarks[-1].text()


@pytest.fixture(scope="module")
def real_change(tmp_path_factory):
    """Two runs that differ by inputs: the street is closed west of house b, and one station is put out of service."""
    one, two = (tmp_path_factory.mktemp(name) for name in ("before", "after"))
    rule = '[[rule]]\nname = "十分钟党群服务圈"\nminutes = 10\nweight = "count"\n[walk]\nmin_component_nodes = 0\n'
    write_small_study(one, STUDY.replace("2026-06-30", "2026-03-31") + rule)
    write_small_study(two, STUDY + '[corrections]\npath = "corrections.gpkg"\n' + rule)
    wall = at(shapely.LineString([(650, -20), (650, 20)]))
    shut = gpd.GeoDataFrame({"kind": ["closure"], "name": ["施工"]}, geometry=wall)
    shut.to_file(two / "corrections.gpkg")
    register = pd.read_csv(two / "stations.csv")
    register["状态"] = ["启用", "停用"]
    register.to_csv(two / "stations.csv", index=False, encoding="utf-8-sig")
    results = [Study.read(folder / "study.toml").run() for folder in (one, two)]
    return tuple(
        read_result(write_result(each, home / "out"))
        for each, home in zip(results, (one, two), strict=True)
    )


def test_a_street_and_a_station_closed_are_told_apart(real_change) -> None:
    before, after = real_change
    last = against(after, before)
    report = make_report(after, pictures=False, last=last)
    # a, b, e of five before; b is cut off by the closed street; e has lost the station in its own house
    said = texts(report)
    assert "按楼栋计的覆盖率由上期60.0%变为20.0%，降低40.0个百分点" in said
    rows = {str(row[0]): [str(one) for one in row[1:]] for row in grid(report, "变化来自哪里").rows}
    whole = next(iter(rows.values()))
    assert dict(zip(CAUSES, whole, strict=False)) == {
        "data": "0.0", "network": "-20.0", "stations": "-20.0", "rules": "0.0",
    }  # fmt: skip
    assert whole[-1] == "-40.0"
    assert "因取位，分项之和可能不等于总数" in grid(report, "变化来自哪里").note
    whole_result = full(after, None, last)
    assert [one for one in report.cells() if not is_told(one, whole_result)] == []


@pytest.mark.slow
def test_causes_of_the_demo_with_a_station_and_a_way_closed(
    small_demo, small_demo_folder, tmp_path
) -> None:
    folder = tmp_path / "later"
    shutil.copytree(DEMO, folder)
    stations = small_demo.stations.drop_duplicates("station_id").set_index("station_id")
    lost = str(pd.to_numeric(stations["sole_residents"], errors="coerce").idxmax())
    book = openpyxl.load_workbook(folder / "stations.xlsx")
    page = book.worksheets[0]
    rows = list(page.iter_rows())
    place = next(one.column - 1 for one in rows[0] if str(one.value).startswith("状态"))
    for row in rows[1:]:
        if str(row[0].value) == lost:
            row[place].value = "停用"
    book.save(folder / "stations.xlsx")
    point = stations.loc[lost]
    x, y = float(point["lon"]), float(point["lat"])
    walls = [
        shapely.LineString([(x + at, y - 0.004), (x + at, y + 0.004)]) for at in (-0.002, 0.002)
    ]
    names = {"kind": ["closure"] * 2, "name": ["施工"] * 2}
    gpd.GeoDataFrame(names, geometry=walls, crs=4326).to_file(folder / "shut.geojson")
    study = (folder / "study.toml").read_text(encoding="utf-8").replace("2026-06-30", "2026-09-30")
    (folder / "study.toml").write_text(
        study + '\n[corrections]\npath = "shut.geojson"\n', encoding="utf-8"
    )
    after = Study.read(folder / "study.toml").run()
    last = against(after, read_result(small_demo_folder))
    assert last.found is not None
    assert set(last.found.causes) == {"network", "stations"}
    cells = [
        str(one)
        for one in grid(make_report(after, pictures=False, last=last), "变化来自哪里").rows[0]
    ]
    moved = dict(zip(CAUSES, (float(one) for one in cells[1:-1]), strict=True))
    assert moved["network"] < 0 and moved["stations"] < 0
    assert moved["data"] == moved["rules"] == 0
    assert round(sum(moved.values()), 1) == float(cells[-1])

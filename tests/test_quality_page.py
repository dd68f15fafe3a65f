"""The quality report: its figures, what each finding asks for, the page and its files."""

from __future__ import annotations

import json
import re
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from geo.checked import check_study
from geo.errors import OutputError, fault
from geo.inputs import survey
from geo.messages import catalogue
from geo.network.access import AccessRows
from geo.quality_charts import histogram
from geo.quality_files import write_quality
from geo.quality_measures import filled_in, snapping
from geo.quality_page import quality_from_plain, quality_page, quality_to_plain
from geo.quality_topics import TOPICS, advice_of, topic_of
from geo.result import QualityReport
from geo.study import Study
from geo.tables import empty_rejects, reject_rows
from tests.fakes import fake_params
from tests.small_study import STUDY, write_small_study

ROOT = Path(__file__).resolve().parents[1]


def rows(*walks: tuple[int, float]) -> AccessRows:
    count = len(walks)
    zeros = np.zeros(count)
    return AccessRows(
        np.array([one for one, _ in walks], np.int32),
        np.zeros(count, np.int32),
        zeros,
        np.array([metres for _, metres in walks]),
        zeros,
        zeros,
        max((one for one, _ in walks), default=0) + 1,
    )


def test_a_point_counts_once_with_its_shortest_walk():
    found = snapping(rows((0, 40.0), (0, 4.0), (1, 12.0), (3, 100.0)), 4, 100.0)
    assert found["bin_counts"] == [1, 1, 0, 0, 0, 0, 0, 0, 0, 1]
    assert found["without_count"] == 1
    assert (found["metres_p50"], found["metres_max"]) == (12.0, 100.0)


def test_no_point_at_all_has_no_distance():
    found = snapping(rows(), 2, 100.0)
    assert found["metres_p50"] is None and found["without_count"] == 2
    assert histogram(found, "t") == ""


def test_levels_and_people_are_told_by_where_they_came_from():
    raw = pd.DataFrame({"levels": [3, None, None, None], "height_m": [None, 9.0, 0.0, None]})
    measured = raw.assign(floor_area_m2=[1.0] * 4, residents=[5.0, 0.0, 7.0, 0.0], workers=np.nan)
    found = filled_in(raw, measured, {"residents": "subdistrict", "workers": "none"})
    assert found["levels"] == {
        "total": 4,
        "stated_count": 1,
        "from_height_count": 1,
        "assumed_count": 2,
        "floor_area_known": True,
    }
    assert found["people"]["residents"] == {
        "basis": "subdistrict",
        "stated_count": 0,
        "filled_count": 2,
        "empty_count": 2,
        "total": 12,
    }
    assert found["people"]["workers"]["total"] is None


def severe_codes() -> set[str]:
    """Codes that are said as a warning anywhere in the engine."""
    said: set[str] = set()
    for path in (ROOT / "geo").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        said |= set(re.findall(r'[Ff]ault\(\s*"(\w+)",\s*"warning"', text))
    return said & catalogue().keys()


def test_every_warning_says_what_to_do():
    codes = severe_codes()
    assert len(codes) > 25
    mute = {
        code
        for code in codes
        if "请" not in catalogue()[code]["zh"] and f"advice_{code}" not in catalogue()
    }
    assert mute == set()


def test_every_topic_has_a_name_and_findings_land_in_it():
    assert all(f"quality_topic_{topic}" in catalogue() for topic in TOPICS)
    assert topic_of("polygons_repaired") == "repairs" and topic_of("rows_rejected") == "rejects"
    assert topic_of("nothing_we_know") == "other"
    assert advice_of(fault("people_none", kind="residents")).endswith("。")
    assert advice_of(fault("polygons_repaired")) == ""


@pytest.fixture(scope="module")
def checked(tmp_path_factory):
    return check_study(Study.read(write_small_study(tmp_path_factory.mktemp("small"))))


def test_a_check_measures_what_the_page_shows(checked):
    measures = checked.quality.measures
    # house d stands 10 m off the side street's end, all others 10 m off the main street
    assert measures["snapping"]["buildings"]["bin_counts"][1] == 5
    assert measures["snapping"]["stations"]["count"] == 2
    assert measures["pieces"] == {"count": 1, "small_count": 0, "largest_share": 1.0, "pieces": []}
    first, second = measures["cover"]["subdistricts"]
    # main street to x = 1000 within the first, the rest and the side street within the second
    assert (first["network_km"], second["network_km"]) == (1.2, 1.8) or (
        first["network_km"] + second["network_km"] == 3.0
    )
    assert measures["filled"]["levels"]["stated_count"] == 5


def test_the_hull_of_three_streets_does_not_cover_the_study(checked):
    assert "network_covers_part" in [one.code for one in checked.quality.faults]


def test_the_report_survives_being_stored(checked):
    again = quality_from_plain(json.loads(json.dumps(quality_to_plain(checked.quality))))
    assert again.measures == checked.quality.measures
    assert [one.code for one in again.faults] == [one.code for one in checked.quality.faults]


def test_the_page_says_what_is_wrong_and_what_to_do(tmp_path):
    quality = QualityReport(
        inputs=[{"input": "stations", "file": "<s>.xlsx", "rows": 3, "crs": "EPSG:4326"}],
        faults=[fault("people_none", "warning", kind="residents")],
        measures={"snapping": {"buildings": snapping(rows((0, 4.0)), 1, 100.0)}},
    )
    rejects = reject_rows(
        [
            {
                "input": "stations",
                "sheet": "登记",
                "row": 9,
                "column": "经度",
                "value": "<x>",
                "reason": "错",
            },
        ]
    )
    page = quality_page(fake_params(tmp_path), quality, rejects, ["rejects_stations.xlsx"])
    for words in (
        "做法：如需按人口评价",
        "登记",
        "&lt;x&gt;",
        "rejects_stations.xlsx",
        "<svg",
        "模拟数据",
    ):
        assert words in page
    assert "<x>" not in page and "<s>.xlsx" not in page
    assert "http" not in re.sub(r"<svg.*?</svg>", "", page, flags=re.S)


def test_a_workbook_that_was_corrected_is_not_overwritten(tmp_path):
    params, quality = fake_params(tmp_path), QualityReport()

    def write(content: bytes) -> list[str]:
        books = {"rejects_stations.xlsx": content}
        return write_quality(params, quality, empty_rejects(), tmp_path / "c", books)

    assert "rejects_stations.xlsx" in write(b"one")
    assert "rejects_stations.xlsx" in write(b"two")  # untouched since: replaced
    (tmp_path / "c" / "rejects_stations.xlsx").write_bytes(b"corrected by hand")
    assert "rejects_stations_2.xlsx" in write(b"three")
    assert (tmp_path / "c" / "rejects_stations.xlsx").read_bytes() == b"corrected by hand"
    write_quality(params, quality, empty_rejects(), tmp_path / "c")
    left = sorted(path.name for path in (tmp_path / "c").iterdir())
    assert left == ["quality.html", "quality.json", "rejects_stations.xlsx"]


def test_a_folder_that_cannot_be_written_is_said(tmp_path):
    (tmp_path / "c").write_text("a file", encoding="utf-8")
    with pytest.raises(OutputError, match="--out"):
        write_quality(fake_params(tmp_path), QualityReport(), empty_rejects(), tmp_path / "c")


def test_an_empty_register_is_said_and_the_other_inputs_are_reported(tmp_path):
    study = write_small_study(tmp_path)
    (tmp_path / "stations.csv").write_text("编号,名称,层级,经度,纬度,状态\n", encoding="utf-8-sig")
    found = survey(Study.read(study).params)
    (error,) = [one for one in found.faults if one.severity == "error"]
    assert error.code == "register_empty" and "还没有填写" in error.text()
    assert [one["input"] for one in found.records] == ["subdistricts", "buildings"]


def test_a_survey_goes_on_after_the_first_bad_layer(tmp_path):
    (tmp_path / "zones.gpkg").write_bytes(b"broken too")
    study = write_small_study(tmp_path, STUDY + '[[zones]]\nname = "片"\npath = "zones.gpkg"\n')
    (tmp_path / "buildings.gpkg").write_bytes(b"broken")
    found = survey(Study.read(study).params)
    files = [one.params["file"] for one in found.faults if one.severity == "error"]
    assert files == ["buildings.gpkg", "zones.gpkg"]


def test_pieces_are_listed_by_length(tmp_path):
    study = write_small_study(tmp_path)
    roads = gpd.read_file(tmp_path / "roads.gpkg")
    x, y = roads.total_bounds[0], roads.total_bounds[3]
    lone = shapely.LineString([(x, y + 200), (x + 300, y + 200)])
    more = gpd.GeoDataFrame(
        {"highway": ["footway"], "name": [None]}, geometry=[lone], crs=roads.crs
    )
    (tmp_path / "roads.gpkg").unlink()
    pd.concat([roads, more], ignore_index=True).to_file(tmp_path / "roads.gpkg")
    (piece,) = check_study(Study.read(study)).quality.measures["pieces"]["pieces"]
    assert (piece["length_m"], piece["nodes_count"], piece["entered"]) == (300, 2, False)

"""Monaco and the French hillside round it, from one OpenStreetMap extract alone."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import osmium
import pandas as pd
import pytest
import shapely

from geo.result import StudyResult
from geo.study import Study

pytestmark = pytest.mark.shared
TIME = "十分钟党群服务圈"
WARDS = 'osm = {{ file = "{file}", admin_level = 10 }}'
COMMUNES = 'osm = {{ file = "{file}", admin_level = 8 }}'
RECTANGLE = 'path = "rectangle.geojson"'


@pytest.fixture(scope="module")
def extract(shared_data: Path) -> Path:
    return shared_data / "monaco" / "monaco.osm.pbf"


def study_file(folder: Path, extract: Path, areas: str, network: Path | None = None) -> Path:
    """Write a study of the whole extract: its pharmacies, post offices and town halls are the stations."""
    box = gpd.GeoDataFrame(
        {"code": ["990000000000"], "name": ["全域"]},
        geometry=[shapely.box(7.349, 43.71, 7.491, 43.77)],
        crs=4326,
    )
    box.to_file(folder / "rectangle.geojson")
    path = folder / "study.toml"
    path.write_text(
        f"""
[study]
name = "摩纳哥"
as_of = 2026-06-30
[subdistricts]
{areas.format(file=extract.as_posix())}
[buildings]
osm = "{extract.as_posix()}"
[stations]
osm = {{ file = "{extract.as_posix()}", tags = {{ amenity = ["pharmacy", "post_office", "townhall"] }} }}
[network]
osm = "{(network or extract).as_posix()}"
""",
        encoding="utf-8",
    )
    return path


def minutes(result: StudyResult) -> pd.Series:
    table = result.buildings
    return table[table["rule"] == TIME].set_index("building_id")["minutes"]


def changed(before: StudyResult, after: StudyResult) -> int:
    """Count buildings whose minutes change by more than one, or that gain or lose a way at all."""
    one, two = minutes(before), minutes(after)
    return int((((two - one).abs() > 1.0) | (one.isna() != two.isna())).sum())


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, extract: Path) -> tuple[Study, StudyResult]:
    study = Study.read(study_file(tmp_path_factory.mktemp("whole"), extract, RECTANGLE))
    return study, study.run()


def test_nine_wards_and_every_building_has_a_verdict(tmp_path: Path, extract: Path) -> None:
    result = Study.read(study_file(tmp_path, extract, WARDS)).run()
    table = result.buildings[result.buildings["rule"] == TIME]
    assert result.summary["subdistricts_count"] == 9
    assert len(table) == 1006
    assert table["verdict"].isin(["covered", "uncovered", "unknown", "outside"]).all()
    assert result.stations["station_id"].nunique() == 23 + 18 + 5


def test_four_communes_close_and_seven_are_set_aside_by_name(tmp_path: Path, extract: Path) -> None:
    result = Study.read(study_file(tmp_path, extract, COMMUNES)).run()
    assert set(result.subdistricts["name"]) == {"Monaco", "Beausoleil", "Cap-d'Ail", "La Turbie"}
    rejects = result.tables["rejects"]
    cut = rejects[rejects["input"] == "subdistricts"]["value"]
    assert len(cut) == 7
    assert cut.str.contains("Menton").any()
    assert result.summary["buildings_count"] == 10_219


def test_the_whole_extract_has_a_verdict_for_all_its_buildings(
    whole: tuple[Study, StudyResult],
) -> None:
    _, result = whole
    first = result.summary["rules"][0]
    counts = [first[f"{name}_count"] for name in ("covered", "uncovered", "unknown", "outside")]
    assert sum(counts) == result.summary["buildings_count"] == 23_329
    assert min(counts) > 0


def test_leaving_out_the_steps_makes_thousands_walk_further(
    whole: tuple[Study, StudyResult], extract: Path, tmp_path: Path
) -> None:
    _, before = whole
    flat = tmp_path / "nosteps.osm.pbf"
    steps = 0
    with osmium.SimpleWriter(str(flat)) as writer:
        for entity in osmium.FileProcessor(str(extract)):
            if entity.is_way() and entity.tags.get("highway") == "steps":
                steps += 1
            else:
                writer.add(entity)
    after = Study.read(study_file(tmp_path, extract, RECTANGLE, flat)).run()
    assert steps == 259
    assert changed(before, after) == 3947
    # a few get nearer: without steps in frontage the next road within 100 m is theirs to use
    gain = minutes(before) - minutes(after)
    assert (gain < -1.0).sum() > 10 * (gain > 1.0).sum()


def test_leaving_out_the_railway_lets_the_beach_of_cap_d_ail_walk_across_it(
    whole: tuple[Study, StudyResult],
) -> None:
    study, before = whole
    inputs = study.load()
    barriers = inputs.frames["barriers"]
    inputs.frames["barriers"] = barriers[barriers["kind"] != "railway"].reset_index(drop=True)
    after = study.run(inputs=inputs)
    assert changed(before, after) == 137
    # cabins between railway and sea, looked at on the map: eleven minutes round, one across the tracks
    for building in ("w62656219", "w62656250", "w62656236"):
        assert minutes(before)[building] > 10
        assert minutes(after)[building] < 1.5


def test_nobody_walks_less_than_the_straight_line(whole: tuple[Study, StudyResult]) -> None:
    _, result = whole
    houses = (
        result.buildings[(result.buildings["rule"] == "步行500米")]
        .to_crs(32632)
        .set_index("building_id")
    )
    stations = result.stations.drop_duplicates("station_id").set_index("station_id")
    walked = houses[houses["metres"] > 0]
    # every station here is in a building and is entered at its outline
    hosts = stations["host_building_ids"].str[0].loc[walked["station_id"]]
    assert hosts.notna().all()
    straight = shapely.distance(walked.geometry.to_numpy(), houses.geometry.loc[hosts].to_numpy())
    assert np.all(walked["metres"].to_numpy() >= straight - 0.01)

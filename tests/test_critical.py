"""Critical stations: every closure equals a run without the station, on plain towns, private ways and islands."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from geo.coverage import UNKNOWN, VERDICT_NAMES
from geo.critical import Critical, critical_stations, keystones
from geo.reassess import Reassessed, reassess
from geo.result import StudyResult
from geo.store import read_result, write_result
from geo.study import Study
from tests.small_study import X0, Y0, at, house, write_small_study
from tests.town import station, write_town

TIERS = ("街道", "社区", "新兴领域")
SCOPES = ("公众开放", "公众开放", "公众开放", "楼内开放", "组织内")
RULES = """
[[rule]]
name = "五分钟"
minutes = 5
weight = "residents"
[[rule]]
name = "社区三分钟"
minutes = 3
tiers = ["community"]
weight = "count"
[[rule]]
name = "步行300米"
basis = "walk_distance"
metres = 300
[[rule]]
name = "直线250米"
basis = "radius"
metres = 250
"""


def _kept(study: Path, out: Path) -> Reassessed:
    return reassess(read_result(write_result(Study.read(study).run(), out)))


def _ids(kept: Reassessed) -> list[str]:
    """Ids of the stations in service."""
    return kept.stations["station_id"].astype(str).tolist()


def _without(study: Path, number: str) -> StudyResult:
    """Run the study with one station of its register out of service."""
    path = study.parent / "stations.csv"
    before = path.read_bytes()
    register = pd.read_csv(path, encoding="utf-8-sig", dtype=str)
    register.loc[register["编号"] == number, "状态"] = "停用"
    register.to_csv(path, index=False, encoding="utf-8-sig")
    try:
        return Study.read(study).run()
    finally:
        path.write_bytes(before)


def _agrees(kept: Reassessed, found: Critical, number: str, fresh: StudyResult) -> int:
    """Compare one closure with a run without the station; returns how many buildings lose cover."""
    before, after = kept.result.buildings, fresh.buildings
    lost_in_all = 0
    for rule in kept.result.params.rules:
        row = found.stations[
            (found.stations["rule"] == rule.name) & (found.stations["station_id"] == number)
        ].iloc[0]
        was = before[before["rule"] == rule.name].set_index("building_id")
        now = after[after["rule"] == rule.name].set_index("building_id").loc[was.index]
        lost = (was["verdict"] == "covered") & (now["verdict"] != "covered")
        assert row["lost_buildings_count"] == lost.sum()
        assert row["lost_residents"] == pytest.approx(was.loc[lost, "residents"].sum())
        weight = was["residents"] if row["weight"] == "residents" else was["residents"] * 0 + 1
        judged = now["verdict"] != "unknown"
        share = weight[now["verdict"] == "covered"].sum() / weight[judged].sum()
        assert row["coverage_closed_share"] == pytest.approx(share, abs=1e-12)
        lost_in_all += int(lost.sum())
        _regions_agree(found, rule.name, number, fresh, lost.groupby(was["subdistrict_id"]).sum())
    return lost_in_all


def _regions_agree(
    found: Critical, rule: str, number: str, fresh: StudyResult, lost: pd.Series
) -> None:
    table = found.regions
    here = table[(table["rule"] == rule) & (table["station_id"] == number)]
    here = here[here["unit_kind"] == "subdistrict"].set_index("unit_id")
    counts = here["lost_buildings_count"].reindex(lost.index).fillna(0)
    assert counts.tolist() == lost.tolist()
    shares = fresh.subdistricts[fresh.subdistricts["rule"] == rule].set_index("subdistrict_id")
    for region, row in here.iterrows():
        share = shares.loc[region, f"coverage_{row['weight']}_share"]
        assert row["coverage_closed_share"] == pytest.approx(share, abs=1e-12)


@pytest.mark.parametrize("seed", [1, 2])
def test_random_towns_equal_runs_without_each_station(tmp_path: Path, seed: int) -> None:
    random = np.random.default_rng(seed)
    register = []
    for number in range(1, 7):
        column, row = int(random.integers(6)), int(random.integers(3))
        one = station(
            number, str(random.choice(TIERS)), column, row, 开放对象=random.choice(SCOPES)
        )
        if random.random() < 0.6:  # in the first house of the block
            one |= {"经度": X0 + column * 200 + 30, "纬度": Y0 + row * 200 + 30}
        elif one["开放对象"] == "楼内开放":
            one["开放对象"] = "公众开放"
        register.append(one)
    study = write_town(tmp_path, register, more=RULES)
    kept = _kept(study, tmp_path / "out")
    found = critical_stations(kept)
    assert found.searched_anew_count == 0
    ids = _ids(kept)
    assert len(ids) == len(register)
    assert len(found.stations) == len(ids) * len(kept.result.params.rules)
    lost = [_agrees(kept, found, one, _without(study, one)) for one in ids]
    assert max(lost) > 0


def test_rank_follows_the_weight_of_the_rule(tmp_path: Path) -> None:
    register = [station(1, "社区", 0, 0), station(2, "社区", 5, 2), station(3, "社区", 5, 1)]
    kept = _kept(write_town(tmp_path, register, more=RULES), tmp_path / "out")
    table = critical_stations(kept).stations
    first = table[table["rule"] == "五分钟"]
    assert first["rank"].tolist() == [1, 2, 3]
    assert first["lost_residents"].is_monotonic_decreasing
    assert first["station_id"].iloc[0] == "S001"
    assert first["worst_subdistrict_id"].iloc[0] == "990001001000"


def behind_a_gate(folder: Path) -> Path:
    """The small study with an estate road (private) and an island, each with a station of its own.

    ::

        y=300          o--P--o  private, x = 300 … 420: house f at (400, 310)
                       |        private, x = 300
        y=0    o-S1----+--------------------------- main street
                                                    island at y = 620: house g, station I
    """
    study = write_small_study(folder)
    roads = gpd.read_file(folder / "roads.gpkg")
    added = at(
        shapely.LineString([(300, 0), (300, 300), (420, 300)]),
        shapely.LineString([(1500, 620), (1700, 620)]),
    )
    more = gpd.GeoDataFrame(
        {"highway": ["service", "footway"], "access": ["private", None]}, geometry=added
    )
    both = pd.concat([roads.assign(access=None), more], ignore_index=True)
    gpd.GeoDataFrame(both, crs=roads.crs).to_file(folder / "roads.gpkg")
    houses = gpd.read_file(folder / "buildings.gpkg")
    extra = gpd.GeoDataFrame(
        {"building_id": ["f", "g"], "name": ["己", "庚"], "use": ["住宅"] * 2, "levels": [1, 1]},
        geometry=at(house(400, 310), house(1600, 630)),
    )
    both = pd.concat([houses, extra], ignore_index=True)
    gpd.GeoDataFrame(both, crs=houses.crs).to_file(folder / "buildings.gpkg")
    register = pd.read_csv(folder / "stations.csv", encoding="utf-8-sig")
    added_stations = register.assign(
        编号=["S3", "S4"],
        名称=["院内站", "孤路站"],
        经度=[X0 + 380, X0 + 1520],
        纬度=[Y0 + 295, Y0 + 615],
    )
    pd.concat([register, added_stations]).to_csv(
        folder / "stations.csv", index=False, encoding="utf-8-sig"
    )
    return study


def test_a_station_behind_a_gate_and_one_on_an_island(tmp_path: Path) -> None:
    study = behind_a_gate(tmp_path)
    kept = _kept(study, tmp_path / "out")
    names = kept.stations["name"].to_numpy(dtype=object)
    assert names[keystones(kept)].tolist() == ["院内站", "孤路站"]
    found = critical_stations(kept)
    assert found.searched_anew_count == 2
    lost = {one: _agrees(kept, found, one, _without(study, one)) for one in _ids(kept)}
    assert min(lost["S3"], lost["S4"]) > 0
    rule = kept.result.params.rules[0].name
    fresh = _without(study, "S4").buildings
    alone = fresh[(fresh["rule"] == rule) & (fresh["building_id"] == "g")]["verdict"].iloc[0]
    assert alone == VERDICT_NAMES[UNKNOWN]

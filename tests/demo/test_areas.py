"""Sub-districts, communities, zones and buildings of the demo districts fit together."""

from __future__ import annotations

import csv
import tomllib
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pytest
import shapely

BOUNDARIES = Path(__file__).resolve().parents[2] / "data" / "boundaries"
# By district: sub-districts, communities, least buildings, residents, workers and km² of the business
# district.
SIZES = {
    "small": (5, 24, 3_000, 196_000, 96_000, 1.2),
    "full": (21, 230, 30_000, 2_240_000, 960_000, 12.0),
}


def holder(points: gpd.GeoSeries, areas: gpd.GeoDataFrame) -> npt.NDArray[np.int64]:
    """Row of the one area that holds each point; fails when there is none or more than one."""
    at, area = shapely.STRtree(areas.geometry.to_numpy()).query(
        points.to_numpy(), predicate="within"
    )
    assert len(at) == len(points) and len(np.unique(at)) == len(points)
    found = np.empty(len(points), dtype=np.int64)
    found[at] = area
    return found


def test_numbers_and_codes(district: Any) -> None:
    subdistricts, communities, buildings, residents, _, _ = SIZES[district.key]
    assert len(district.subdistricts) == subdistricts
    assert len(district.communities) == communities
    assert len(district.buildings) >= buildings
    assert district.subdistricts["residents"].sum() == residents
    for frame in (district.subdistricts, district.communities):
        assert frame["id"].str.fullmatch(r"99\d{10}").all() and frame["id"].is_unique
        assert frame["name"].is_unique
    own = district.communities["id"].str[:9] + "000"
    assert (own == district.communities["subdistrict_id"]).all()
    assert set(own) == set(district.subdistricts["id"])


def test_areas_share_their_borders_without_gap_or_overlap(district: Any) -> None:
    for frame in (district.subdistricts, district.communities):
        shapes = frame.geometry.to_numpy()
        assert shapely.is_valid(shapes).all()
        assert shapely.coverage_is_valid(shapes)
        assert (shapely.get_type_id(shapes) == 3).all(), "every area is in one piece"
    whole = district.subdistricts.geometry.union_all()
    parts = district.communities.geometry.union_all()
    assert whole.symmetric_difference(parts).area < 1.0


def test_every_community_lies_in_its_subdistrict(district: Any) -> None:
    found = holder(district.communities.representative_point(), district.subdistricts)
    ids = district.subdistricts["id"].to_numpy()[found]
    assert (ids == district.communities["subdistrict_id"].to_numpy()).all()


def test_every_building_is_in_one_area_and_touches_no_other(district: Any) -> None:
    buildings = district.buildings
    assert buildings["building_id"].is_unique and buildings.geometry.is_valid.all()
    middle = buildings.representative_point()
    holder(middle, district.subdistricts)
    community = holder(middle, district.communities)
    assert len(np.unique(community)) == len(district.communities)
    shapes = shapely.buffer(buildings.geometry.to_numpy(), -0.1)
    one, other = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    assert (one == other).all()
    assert not shapely.intersects(
        district.walk_water, shapely.union_all(buildings.geometry.to_numpy())
    )


def test_buildings_have_known_uses_and_sensible_levels(district: Any) -> None:
    uses = {"residential", "office", "commercial", "industrial", "public", "other"}
    assert set(district.buildings["use"]) == uses
    assert district.buildings["levels"].between(1, 70).all()
    named = district.buildings["name"].dropna()
    assert named.is_unique and len(named) > 0.3 * len(district.buildings)


def test_business_district_cuts_subdistricts_and_holds_its_workers(district: Any) -> None:
    *_, workers, km2 = SIZES[district.key]
    zone = district.cbd.geometry.iloc[0]
    assert zone.area / 1e6 == pytest.approx(km2, rel=0.01)
    shares = district.subdistricts.geometry.intersection(zone).area / district.subdistricts.area
    assert ((shares > 0.02) & (shares < 0.98)).sum() >= 3
    frame = district.buildings
    work = frame["use"].isin(["office", "commercial"]).to_numpy()
    floor = np.where(work, frame.area * frame["levels"], 0.0)
    middle = frame.representative_point()
    sub = holder(middle, district.subdistricts)
    total = np.bincount(sub, weights=floor)
    assert (total > 0).all(), "every sub-district has places of work to spread its workers over"
    spread = floor / total[sub] * district.subdistricts["workers"].to_numpy()[sub]
    inside = shapely.within(middle.to_numpy(), zone)
    assert spread[inside].sum() == pytest.approx(workers, rel=0.005)


def test_entrances_lie_on_their_buildings(district: Any) -> None:
    entrances = gpd.read_file(district.folder / "entrances.geojson").to_crs(district.buildings.crs)
    rings = district.buildings.set_index("building_id").geometry.boundary
    gap = entrances.distance(rings.loc[entrances["building_id"]].reset_index(drop=True))
    assert len(entrances) > 0.08 * len(district.buildings)
    assert gap.max() < 0.1


def test_study_file_is_marked_as_simulated_and_names_existing_files(district: Any) -> None:
    study = tomllib.loads((district.folder / "study.toml").read_text(encoding="utf-8"))
    assert study["output"]["simulated"] is True
    assert "虚构" in study["study"]["name"]
    assert [rule["basis"] for rule in study["rule"]] == ["time", "walk_distance", "radius"]
    sections = [*study["zones"], *(one for one in study.values() if isinstance(one, dict))]
    paths = [one.get("path") or one.get("osm") for one in sections]
    assert len([path for path in paths if path]) == 10
    assert all((district.folder / path).is_file() for path in paths if path)


def test_boundaries_are_those_of_the_whole_district(full: Any) -> None:
    outline = gpd.read_file(BOUNDARIES / "yunlu_district.geojson").to_crs(full.subdistricts.crs)
    whole = full.subdistricts.geometry.union_all()
    assert outline.geometry.iloc[0].symmetric_difference(whole).area < 1.0
    for name, ours in (("subdistricts", full.subdistricts), ("communities", full.communities)):
        shipped = gpd.read_file(BOUNDARIES / f"yunlu_{name}.geojson")
        assert shipped["id"].tolist() == ours["id"].tolist()
        assert not {"residents", "workers"} & set(shipped.columns)
    assert "CC0" in (BOUNDARIES / "README.md").read_text(encoding="utf-8")


@pytest.mark.shared
def test_no_name_is_one_of_the_real_district(district: Any, shared_data: Path) -> None:
    text = (shared_data / "tianhe" / "tianhe_communities.csv").read_text(encoding="utf-8-sig")
    rows = list(csv.DictReader(text.splitlines()))
    real = {row["街道"].removesuffix("街道") for row in rows}
    real |= {row["社区"].split("社区")[0] for row in rows}
    ours = district.subdistricts["name"].str.removesuffix("街道").tolist()
    ours += district.communities["name"].str.removesuffix("社区").tolist()
    assert len(real) > 200
    assert not real & set(ours)


@pytest.mark.shared
def test_outline_resembles_no_real_district(full: Any, shared_data: Path) -> None:
    real = gpd.read_file(shared_data / "tianhe" / "tianhe_streets.json").to_crs("EPSG:4547")
    shapes = [full.subdistricts.geometry.union_all(), real.geometry.union_all()]
    sized = []
    for one in shapes:
        moved = shapely.affinity.translate(one, -one.centroid.x, -one.centroid.y)
        grow = 1e3 / float(np.sqrt(one.area))
        sized.append(shapely.affinity.scale(moved, grow, grow, origin=(0, 0)))
    ours, theirs = sized
    assert ours.intersection(theirs).area / ours.union(theirs).area < 0.8

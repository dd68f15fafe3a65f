"""Cutting from a local extract: the same study as a download, whole objects, a stated end of the data."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import geopandas as gpd
import osmium
import pytest
import shapely

from geo.errors import InputError
from geo.fetch.cut import cut_region
from geo.fetch.osm_files import box_of, date_of, join_pieces, write_elements
from geo.fetch.request import DEFAULT_MARGIN_M
from geo.inputs import margin_m
from geo.study_file import read_study_file
from tests.fake_overpass import SOUTH, WEST, Town, make_town
from tests.fetch.conftest import Fetch, objects
from tests.small_study import write_small_study


def test_a_download_and_a_cut_give_the_same_study(
    online: Fetch, get: Fetch, extract: Path, tmp_path: Path
) -> None:
    online("downloaded")
    done = get("cut", place="云湖区", pbf=extract)
    assert (done.name, done.buildings_count, done.units.level) == ("云湖区", 50, 8)
    one, two = tmp_path / "downloaded", tmp_path / "cut"
    assert objects(one / "extract.osm.pbf") == objects(two / "extract.osm.pbf")
    assert (one / "subdistricts.geojson").read_bytes() == (
        two / "subdistricts.geojson"
    ).read_bytes()
    again = get("again", place="云湖区", pbf=extract)
    assert again.osm_date == done.osm_date
    assert (two / "extract.osm.pbf").read_bytes() == (
        tmp_path / "again" / "extract.osm.pbf"
    ).read_bytes()


def test_a_cut_says_where_and_of_when_it_is(tmp_path: Path, extract: Path) -> None:
    region = shapely.box(WEST, SOUTH, WEST + 0.01, SOUTH + 0.005)
    target = tmp_path / "cut.osm.pbf"
    cut_region(extract, region, target, levels=(8,), osm_date=date(2026, 10, 3))
    assert date_of(target) == date(2026, 10, 3)
    assert shapely.equals_exact(box_of(target), region, tolerance=1e-6, normalize=True)
    order = [("nwr".index(one.type_str()), one.id) for one in osmium.FileProcessor(str(target))]
    assert order == sorted(order)


def test_ways_and_areas_that_touch_the_region_are_whole(tmp_path: Path) -> None:
    town = Town()
    town.way((0, 0), (10, 0), highway="residential")  # passes through without a node inside
    town.way((20, 0), (30, 0), highway="residential")
    west = town.way((4, -1), (4, 1), (9, 1))
    east = town.way((9, 1), (9, -1), (4, -1))  # out of the region
    lake = town.relation(west, east, type="multipolygon", natural="water")
    town.relation(west, east, type="multipolygon", landuse="forest")
    write_elements(town.elements, tmp_path / "a.osm.pbf")
    region = shapely.box(WEST + 0.007, SOUTH - 0.001, WEST + 0.011, SOUTH + 0.001)  # x 3.5 … 5.5
    cut_region(tmp_path / "a.osm.pbf", region, tmp_path / "b.osm.pbf", levels=())
    found = objects(tmp_path / "b.osm.pbf")
    assert set(found["w"]) == {1001, west, east}
    assert set(found["r"]) == {lake}
    assert len(found["n"]) == 2 + 4


def test_a_way_that_the_source_cut_stays_cut(tmp_path: Path) -> None:
    town = Town()
    town.way((0, 0), (1, 0), (2, 0), highway="footway")
    kept = [one for one in town.elements if one["id"] != 3]
    write_elements(kept, tmp_path / "a.osm.pbf")
    region = shapely.box(WEST - 0.001, SOUTH - 0.001, WEST + 0.003, SOUTH + 0.001)
    cut_region(tmp_path / "a.osm.pbf", region, tmp_path / "b.osm.pbf", levels=())
    found = objects(tmp_path / "b.osm.pbf")
    assert found["w"][1001][0] == [1, 2, 3]
    assert set(found["n"]) == {1, 2}


def test_pieces_that_overlap_are_joined_once(tmp_path: Path) -> None:
    elements = make_town().elements
    for name, part in (("a", elements), ("b", elements[::-1])):
        write_elements(part, tmp_path / f"{name}.osm.pbf")
    join_pieces([tmp_path / "a.osm.pbf", tmp_path / "b.osm.pbf"], tmp_path / "c.osm.pbf")
    order = [(one.type_str(), one.id) for one in osmium.FileProcessor(str(tmp_path / "c.osm.pbf"))]
    assert len(order) == len(set(order)) == len(elements)


def test_the_margin_reaches_as_far_as_a_search(tmp_path: Path) -> None:
    study = read_study_file(write_small_study(tmp_path))
    assert margin_m(study) <= DEFAULT_MARGIN_M < margin_m(study) + 100


def test_the_extent_is_the_place_with_its_margin(get: Fetch, extract: Path, tmp_path: Path) -> None:
    get(place="云湖区", pbf=extract)
    frame = gpd.read_file(tmp_path / "study" / "extent.geojson").to_crs("EPSG:32649")
    town = gpd.GeoSeries([shapely.box(WEST, SOUTH, WEST + 0.02, SOUTH + 0.01)], crs=4326)
    town = town.to_crs("EPSG:32649")
    assert frame.covers(town.buffer(300).iloc[0]).all()
    assert town.buffer(345).covers(frame.geometry.iloc[0]).all()


def test_an_extract_that_ends_inside_the_margin_says_so(
    get: Fetch, extract: Path, tmp_path: Path
) -> None:
    small = tmp_path / "small.osm.pbf"
    region = shapely.box(WEST - 0.001, SOUTH - 0.001, WEST + 0.021, SOUTH + 0.011)
    cut_region(extract, region, small, levels=(6, 8))
    done = get(place="云湖区", pbf=small)
    assert [one.code for one in done.notes] == ["fetch_margin_cut"]
    frame = gpd.read_file(tmp_path / "study" / "extent.geojson")
    assert region.buffer(1e-6).covers(frame.geometry.iloc[0])


def test_an_extract_of_another_region(get: Fetch, extract: Path, tmp_path: Path) -> None:
    far = gpd.GeoDataFrame(
        {"name": ["远方"]}, geometry=[shapely.box(120, 30, 120.1, 30.1)], crs=4326
    )
    far.to_file(tmp_path / "far.geojson")
    with pytest.raises(InputError, match="没有道路和建筑"):
        get(boundary=tmp_path / "far.geojson", pbf=extract)
    cut_region(extract, shapely.box(113.3, 23.1, 113.31, 23.11), tmp_path / "b.osm.pbf", levels=())
    with pytest.raises(InputError, match="不含所取范围"):
        get(boundary=tmp_path / "far.geojson", pbf=tmp_path / "b.osm.pbf")
    assert not (tmp_path / "study").exists()


def test_names_in_an_extract(get: Fetch, extract: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="没有名为“云海区”"):
        get(place="云海区", pbf=extract)
    town = make_town()
    outline = town.ring(11, 0, 2, 2)
    town.relation(
        outline, type="boundary", boundary="administrative", admin_level="9", name="云湖区"
    )
    write_elements(town.elements, tmp_path / "two.osm.pbf")
    with pytest.raises(InputError, match=r"r5004（admin_level 6）、r5005（admin_level 9）"):
        get(place="云湖区", pbf=tmp_path / "two.osm.pbf")
    assert get(place="r5004", pbf=tmp_path / "two.osm.pbf").name == "云湖区"


def test_a_damaged_extract(get: Fetch, extract: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.osm.pbf"
    broken.write_bytes(extract.read_bytes()[:-200])
    with pytest.raises(InputError, match=r"broken\.osm\.pbf"):
        get(place="云湖区", pbf=broken)
    assert not (tmp_path / "study").exists()

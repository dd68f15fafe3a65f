"""Who belongs where, floor areas, and people spread over buildings."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from geo.demand import floor_areas, members, spread


def test_points_belong_to_the_first_polygon_that_holds_them_or_the_nearest_within_a_sliver() -> (
    None
):
    polygons = gpd.GeoDataFrame(
        geometry=[shapely.box(0, 0, 10, 10), shapely.box(9, 0, 20, 10), shapely.box(21, 0, 30, 10)]
    )
    points = shapely.points([[5, 5], [9.5, 5], [10, 5], [20.4, 5], [32.5, 5], [31.5, 5]])
    assert members(points, polygons).tolist() == [0, 0, 0, 1, -1, 2]


def houses(**columns: list) -> gpd.GeoDataFrame:
    count = len(next(iter(columns.values())))
    shapes = [shapely.box(20 * n, 0, 20 * n + 10, 10) for n in range(count)]
    return gpd.GeoDataFrame(columns, geometry=shapes)


def test_levels_come_from_the_data_then_the_height_then_one_and_it_is_said() -> None:
    frame, faults = floor_areas(houses(levels=[6, None, None], height_m=[99.0, 10.0, None]))
    assert frame["levels"].tolist()[:2] == [6, 3]
    assert frame["floor_area_m2"].tolist() == [600, 300, 100]
    assert [one.code for one in faults] == ["levels_filled"]


def test_floor_area_stays_empty_where_most_of_the_footprint_has_no_levels() -> None:
    frame, faults = floor_areas(houses(levels=[6, None, None], height_m=[None, None, None]))
    assert frame["floor_area_m2"].isna().all()
    assert [one.code for one in faults] == ["levels_mostly_missing"]


USES = pd.DataFrame({"use": ["residential", "residential", "office", "residential", "commercial"]})
SIZE = np.array([100.0, 300.0, 500.0, 50.0, 500.0])
UNIT = np.array([0, 0, 0, 1, 1], np.int32)


def test_residents_go_to_residential_floor_area_and_workers_to_offices_and_shops() -> None:
    totals = pd.DataFrame({"name": ["甲", "乙"], "residents": [400, 70], "workers": [10, 20]})
    units = [("subdistrict", UNIT, totals)]
    assert spread("residents", USES, SIZE, units).people == pytest.approx([100, 300, 0, 70, 0])
    assert spread("workers", USES, SIZE, units).people.tolist() == [0, 0, 10, 0, 20]


def test_the_finest_unit_whose_totals_are_all_stated_is_used() -> None:
    coarse = pd.DataFrame({"name": ["甲", "乙"], "residents": [400, 70]})
    fine = pd.DataFrame({"name": ["一", "二", "三"], "residents": [40, 60, np.nan]})
    of_fine = np.array([0, 1, 1, 2, 2], np.int32)
    units = [("community", of_fine, fine), ("subdistrict", UNIT, coarse)]
    assert spread("residents", USES, SIZE, units).basis == "subdistrict"
    fine.loc[2, "residents"] = 7
    result = spread("residents", USES, SIZE, units)
    assert result.basis == "community"
    assert result.people == pytest.approx([40, 60, 0, 7, 0])


def test_what_nobody_stated_stays_empty() -> None:
    result = spread(
        "workers", USES, SIZE, [("subdistrict", UNIT, pd.DataFrame({"name": ["甲", "乙"]}))]
    )
    assert result.basis == "none"
    assert np.isnan(result.people).all()


def test_people_without_a_building_to_live_in_are_said_not_moved() -> None:
    totals = pd.DataFrame({"name": ["甲", "乙"], "residents": [400, 70]})
    uses = USES.assign(use=["residential", "residential", "office", "office", "office"])
    result = spread("residents", uses, SIZE, [("subdistrict", UNIT, totals)])
    assert result.people.sum() == 400
    lost = [one for one in result.faults if one.code == "people_without_buildings"]
    assert "乙" in lost[0].text("zh")
    assert "70" in lost[0].text("zh")


def test_buildings_own_figures_are_taken_as_they_are() -> None:
    own = USES.assign(residents=[1, None, 3, 4, 5])
    result = spread("residents", own, SIZE, [])
    assert result.people.tolist() == [1, 0, 3, 4, 5]
    assert result.basis == "building"
    assert [one.code for one in result.faults] == ["people_gaps"]


@pytest.mark.parametrize("kind", ["residents", "workers"])
def test_spreading_keeps_the_stated_total(kind: str) -> None:
    totals = pd.DataFrame({"name": ["甲", "乙"], kind: [12_345, 678]})
    assert spread(kind, USES, SIZE, [("subdistrict", UNIT, totals)]).people.sum() == pytest.approx(
        13_023
    )

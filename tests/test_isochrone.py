"""Isochrones of networks small enough to know their outline."""

from __future__ import annotations

import math

import numpy as np
import pytest
import shapely

from geo.errors import InputError
from geo.isochrone import contours, isochrones, merged_isochrones
from tests.walking import random_town, town

CRS = "EPSG:32632"


def test_disc_on_one_street_is_a_diamond():
    """From the middle of a long street 60 s reach 72 m: |x| + |y| <= 72, up to 50 m from the street and beyond."""
    one = town([-500, 500], [0, 0], [0], [1])
    disc = contours(one.model.field(one.seeds((0, 0)), 60), [60])[0]
    diamond = shapely.Polygon([(72, 0), (0, 72), (-72, 0), (0, -72)])
    assert disc.is_valid
    assert disc.symmetric_difference(diamond).area < 0.01 * diamond.area


def test_end_of_a_dead_end_is_round():
    one = town([0, 500], [0, 0], [0], [1])
    disc = contours(one.model.field(one.seeds((0, 0)), 50), [50])[0]
    west = disc.intersection(shapely.box(-100, -100, 0, 100))
    assert west.area == pytest.approx(0.5 * math.pi * 60**2, rel=0.01)


def test_nobody_is_reached_farther_than_the_access_distance():
    one = town([0, 100], [0, 0], [0], [1])
    disc = contours(one.model.field(one.seeds((50, 0)), 3600), [3600])[0]
    reach = shapely.LineString([(0, 0), (100, 0)]).buffer(100, quad_segs=64)
    assert disc.symmetric_difference(reach).area < 0.002 * reach.area  # chords of its arcs


def test_hole_round_an_enclosed_block_is_kept():
    """Nothing within 100 m of the middle of a 260 m block."""
    one = town([0, 260, 260, 0], [0, 0, 260, 260], [0, 1, 2, 3], [1, 2, 3, 0])
    disc = contours(one.model.field(one.seeds((0, 0)), 1800), [1800], exact=True)[0]
    assert len(disc.geoms) == 1
    assert len(disc.geoms[0].interiors) == 1
    hole = shapely.Polygon(disc.geoms[0].interiors[0])
    assert hole.area == pytest.approx(60 * 60, rel=0.01)


def test_a_wall_is_followed_to_the_centimetre():
    wall = shapely.LineString([(-50, 13.37), (460, 21.11)])
    one = town([0, 400], [0, 0], [0], [1], [wall])
    disc = contours(one.model.field(one.seeds((200, 0)), 900), [900])[0]
    strip = shapely.box(5, 5, 395, 30)
    below = shapely.Polygon([(-50, 0), (-50, 13.37), (460, 21.11), (460, 0)]).intersection(strip)
    apart = disc.intersection(strip).symmetric_difference(below)
    assert apart.area < 390 * 0.08  # who stands within 5 cm of a wall leans on it


def test_bands_and_discs_tile():
    one = random_town(5)
    field = one.model.field(one.seeds((300, 150)), 480)
    discs = contours(field, [480, 120, 240])
    bands = contours(field, [480, 120, 240], bands=True)
    assert all(one.is_valid and one.geom_type == "MultiPolygon" for one in [*discs, *bands])
    assert bands[1].equals(discs[1])
    assert bands[0].intersection(bands[2]).area == pytest.approx(0.0, abs=1e-6)
    assert sum(one.area for one in bands) == pytest.approx(discs[0].area)


def test_tables():
    one = random_town(6)
    seeds = one.seeds((100, 100), (500, 500))
    each = isochrones(one.model, seeds, [10, 5], station_ids=["甲", "乙"], crs=CRS)
    assert each["station_id"].tolist() == ["甲", "甲", "乙", "乙"]
    assert each["minutes"].tolist() == [5, 10, 5, 10]
    assert not each["data_end"].any()
    merged = merged_isochrones(one.model, seeds, [10], crs=CRS)
    assert merged["station_id"].tolist() == ["all"]
    ten = each[each["minutes"] == 10].union_all()
    assert merged.geometry[0].symmetric_difference(ten).area < 0.01 * ten.area
    assert each.crs == CRS


def test_places_where_the_data_end_are_told():
    from dataclasses import replace

    one = town([0, 400], [0, 0], [0], [1])
    model = replace(one.model, cut=np.array([1], np.int32))
    table = isochrones(model, one.seeds((0, 0)), [5, 6], station_ids=["a"], crs=CRS)
    assert table["data_end"].tolist() == [False, True]  # 400 m are 333 s


@pytest.mark.parametrize("limits", [[], [0], [5, -1], [float("nan")]])
def test_limits_must_be_positive(limits):
    one = town([0, 100], [0, 0], [0], [1])
    with pytest.raises(InputError, match="等时圈时限"):
        contours(one.model.field(one.seeds((0, 0)), 60), limits)

"""The CRS gate with its sentences, the metric CRS, and the shifted degrees of Chinese web maps."""

from __future__ import annotations

import math

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import CRS

from geo.crs import (
    bd09_to_wgs84,
    gcj02_to_wgs84,
    metric_crs,
    place,
    plausible_bounds,
    resolve_crs,
    study_crs,
    wgs84_to_bd09,
    wgs84_to_gcj02,
)
from geo.errors import CrsError

WEST, SOUTH, EAST, NORTH = 72.004, 0.8293, 137.8347, 55.8271
CM_DEGREES = 0.01 / 111_320.0
inside = st.tuples(st.floats(WEST, EAST), st.floats(SOUTH, NORTH))
anywhere = st.tuples(st.floats(-179.0, 179.0), st.floats(-85.0, 85.0))


def _textbook_gcj02(lon: float, lat: float) -> tuple[float, float]:
    """The published formula, sine by sine, for one point inside the box."""
    x, y, pi = lon - 105.0, lat - 35.0, math.pi
    north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * math.sqrt(abs(x))
    east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * math.sqrt(abs(x))
    ripple = (20 * math.sin(6 * x * pi) + 20 * math.sin(2 * x * pi)) * 2 / 3
    north += ripple + (20 * math.sin(y * pi) + 40 * math.sin(y / 3 * pi)) * 2 / 3
    north += (160 * math.sin(y / 12 * pi) + 320 * math.sin(y * pi / 30)) * 2 / 3
    east += ripple + (20 * math.sin(x * pi) + 40 * math.sin(x / 3 * pi)) * 2 / 3
    east += (150 * math.sin(x / 12 * pi) + 300 * math.sin(x / 30 * pi)) * 2 / 3
    a, ee, phi = 6378245.0, 0.00669342162296594323, math.radians(lat)
    magic = 1 - ee * math.sin(phi) ** 2
    north = math.degrees(north / (a * (1 - ee) / (magic * math.sqrt(magic))))
    east = math.degrees(east / (a / math.sqrt(magic) * math.cos(phi)))
    return lon + east, lat + north


def _textbook_bd09(lon: float, lat: float) -> tuple[float, float]:
    x_pi = math.pi * 3000 / 180
    z = math.hypot(lon, lat) + 0.00002 * math.sin(lat * x_pi)
    theta = math.atan2(lat, lon) + 0.000003 * math.cos(lon * x_pi)
    return z * math.cos(theta) + 0.0065, z * math.sin(theta) + 0.006


@given(inside)
def test_gcj02_is_the_published_formula(point):
    assert np.allclose(
        np.array(wgs84_to_gcj02(*point)), _textbook_gcj02(*point), rtol=0, atol=1e-11
    )


@given(anywhere)
def test_bd09_is_gcj02_plus_its_offset_everywhere(point):
    gcj = [float(one) for one in wgs84_to_gcj02(*point)]
    assert np.allclose(np.array(wgs84_to_bd09(*point)), _textbook_bd09(*gcj), rtol=0, atol=1e-11)


@settings(max_examples=400)
@given(inside)
def test_inverses_come_back_within_a_centimetre(point):
    for there, back in ((wgs84_to_gcj02, gcj02_to_wgs84), (wgs84_to_bd09, bd09_to_wgs84)):
        assert np.abs(np.subtract(back(*there(*point)), point)).max() < CM_DEGREES


@pytest.mark.parametrize(
    "there, back", [(wgs84_to_gcj02, gcj02_to_wgs84), (wgs84_to_bd09, bd09_to_wgs84)]
)
def test_inverses_hold_on_the_very_edge_of_the_box(there, back):
    t = np.linspace(0.0, 1.0, 20_001)
    lon = np.concatenate(
        [
            np.full(t.size, WEST),
            np.full(t.size, EAST),
            WEST + (EAST - WEST) * t,
            WEST + (EAST - WEST) * t,
        ]
    )
    lat = np.concatenate(
        [
            SOUTH + (NORTH - SOUTH) * t,
            SOUTH + (NORTH - SOUTH) * t,
            np.full(t.size, SOUTH),
            np.full(t.size, NORTH),
        ]
    )
    shifted = there(lon, lat)
    assert (shifted[0] > EAST + 0.001).any()  # some edge points do leave the box on the way
    assert np.abs(np.subtract(back(*shifted), (lon, lat))).max() < CM_DEGREES


def test_inverses_hold_on_a_grid_over_the_whole_box():
    lon, lat = (
        one.ravel()
        for one in np.meshgrid(np.linspace(72.01, 137.83, 300), np.linspace(0.83, 55.82, 300))
    )
    for there, back in ((wgs84_to_gcj02, gcj02_to_wgs84), (wgs84_to_bd09, bd09_to_wgs84)):
        x, y = back(*there(lon, lat))
        metres = np.hypot((x - lon) * np.cos(np.radians(lat)), y - lat) * 111_320
        assert metres.max() < 0.01


def test_gcj02_is_the_identity_outside_the_box():
    lon, lat = np.array([7.42, 139.7, 100.0, 71.9]), np.array([43.73, 35.7, 56.5, 30.0])
    for convert in (wgs84_to_gcj02, gcj02_to_wgs84):
        assert np.array_equal(convert(lon, lat), (lon, lat))
    assert (
        np.abs(np.subtract(bd09_to_wgs84(*wgs84_to_bd09(lon, lat)), (lon, lat))).max() < CM_DEGREES
    )


def test_shift_in_zhujiang_new_town_is_625_m_and_1272_m():
    lon, lat = 113.3205, 23.1193
    metres = 111_320.0 * np.array([math.cos(math.radians(lat)), 1.0])
    assert np.hypot(*(np.subtract(wgs84_to_gcj02(lon, lat), (lon, lat)) * metres)) == pytest.approx(
        625, abs=8
    )
    assert np.hypot(*(np.subtract(wgs84_to_bd09(lon, lat), (lon, lat)) * metres)) == pytest.approx(
        1272, abs=15
    )


def test_missing_coordinates_stay_missing_and_shapes_are_kept():
    lon, lat = gcj02_to_wgs84([[113.3, np.nan]], 23.1)
    assert lon.shape == lat.shape == (1, 2)
    assert np.isnan(lon[0, 1]) and np.isfinite(lon[0, 0])


@pytest.mark.parametrize(
    "lon, code",
    [(75.0, 4534), (102.1, 4543), (104.06, 4544), (113.33, 4547), (121.4, 4549), (134.9, 4554)],
)
def test_metric_crs_is_the_three_degree_zone_in_china(lon, code):
    crs = CRS.from_user_input(metric_crs((lon - 0.05, 30.0, lon + 0.05, 30.1)))
    assert crs.to_epsg() == code
    assert crs.name.startswith("CGCS2000") and "zone" not in crs.name  # no zone prefix in eastings


def test_metric_crs_is_utm_elsewhere():
    assert metric_crs((7.40, 43.72, 7.44, 43.75)) == "EPSG:32632"
    assert metric_crs((151.1, -33.9, 151.3, -33.8)) == "EPSG:32756"


@pytest.mark.parametrize(
    "text, words",
    [
        ("EPSG:4490", ["经纬度", "EPSG:4547"]),
        ("EPSG:3857", ["网络墨卡托", "8.7%"]),
        ("EPSG:2263", ["US survey foot", "米"]),
        ("EPSG:99999999", ["无法识别", "EPSG:99999999"]),
    ],
)
def test_study_crs_is_refused_with_the_way_to_fix_it(text, words):
    with pytest.raises(CrsError) as refused:
        study_crs(text)
    assert all(word in str(refused.value) for word in words)


def test_study_crs_is_spelled_one_way():
    assert study_crs("epsg:4547") == "EPSG:4547"
    assert study_crs("local") == "local"


def _resolve(declared, found, **options):
    return resolve_crs(declared, found, file="楼.shp", section="buildings", **options)


def test_gate_takes_what_is_known():
    assert _resolve(None, "EPSG:4547").note == "file"
    assert _resolve(None, "EPSG:4326", format="geojson").note == "geojson"
    assert _resolve("EPSG:4490", None).note == "declared"
    assert (_resolve("GCJ-02", "EPSG:4326").shift, _resolve("bd09", None).shift) == (
        "gcj02",
        "bd09",
    )
    assert _resolve("local", None).crs is None


def test_gate_follows_the_declaration_and_reports_the_contradiction():
    known = _resolve("EPSG:4547", "EPSG:4549")
    assert known.crs.to_epsg() == 4547
    assert "CGCS2000 / 3-degree Gauss-Kruger CM 120E" in known.faults[0].text()
    assert _resolve("EPSG:4547", "EPSG:4547").faults == ()


@pytest.mark.parametrize(
    "declared, found, words",
    [
        (None, None, ["[buildings]", "楼.shp", "没有坐标系", "gcj02", "坐标来源"]),
        ("EPSG:1", None, ["无法识别坐标系", "EPSG:1"]),
        ("gcj02", "EPSG:4547", ["米制", "CGCS2000"]),
        ("local", "EPSG:4547", ["local", "混用"]),
        (None, 'LOCAL_CS["Nonearth",UNIT["Meter",1]]', ["没有坐标系"]),
    ],
)
def test_gate_refuses_with_the_way_to_fix_it(declared, found, words):
    with pytest.raises(CrsError) as refused:
        _resolve(declared, found)
    assert all(word in str(refused.value) for word in words)


def test_place_puts_shifted_points_where_they_are():
    lon, lat = wgs84_to_gcj02(113.33, 23.12)
    raw = np.array([shapely.Point(lon, lat), None], dtype=object)
    placed = place(raw, _resolve("gcj02", None))
    assert placed.crs.to_epsg() == 4326
    assert (placed[0].x, placed[0].y) == pytest.approx((113.33, 23.12), abs=1e-8)
    assert placed[1] is None


def test_plausible_bounds_tell_a_zone_prefix_and_swapped_axes():
    west, south, east, north = plausible_bounds(CRS.from_epsg(4547))
    assert west < 430_345 < east and south < 2_557_989 < north
    assert not west < 38_430_345 < east
    assert not west < 2_557_989 < east

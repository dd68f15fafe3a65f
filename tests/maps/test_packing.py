"""Packing: hand-made bytes, and everything that goes in comes out."""

from __future__ import annotations

import base64
import gzip
from itertools import pairwise

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from maps.packing import (
    Packer,
    add_codes,
    add_lines,
    add_points,
    add_polygons,
    unpack,
    varint,
    zigzag,
)
from maps.plane import EQUATOR_M, STEPS, Plane

PLANE = Plane.around((113.0, 23.0, 113.1, 23.1))
LOCAL = Plane(0.5, 0.5, EQUATOR_M, local=True)
METRE = STEPS / EQUATOR_M


def test_varint_of_known_numbers() -> None:
    assert varint(np.array([0, 1, 127, 128, 300, 2**32 - 1])) == bytes(
        [0, 1, 127, 0x80, 1, 0xAC, 2, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F]
    )
    assert zigzag(np.array([0, -1, 1, -2, 2])).tolist() == [0, 1, 2, 3, 4]


def test_varint_refuses_what_the_page_cannot_read() -> None:
    with pytest.raises(ValueError, match="32 bits"):
        varint(np.array([2**32]))


@given(hnp.arrays(np.int64, st.integers(0, 60), elements=st.integers(-(2**31) + 1, 2**31 - 1)))
def test_signed_numbers_come_back(values: np.ndarray) -> None:
    packer = Packer()
    packer.add("values", values, "sv")
    assert unpack(packer.to_base64())[0]["values"].tolist() == values.tolist()


def test_raw_kinds_and_texts_come_back() -> None:
    packer = Packer()
    packer.add("flags", np.array([1, 2, 255]), "u1")
    packer.add("tall", np.array([65535, 0]), "u2")
    packer.add_text("name", "</script>😀“”")
    add_codes(packer, "use", ["b", "a", "b"])
    arrays, texts = unpack(packer.to_base64())
    assert arrays["flags"].tolist() == [1, 2, 255]
    assert arrays["tall"].tolist() == [65535, 0]
    assert texts["name"] == "</script>😀“”"
    assert [texts["use"][index] for index in arrays["use"]] == ["b", "a", "b"]  # type: ignore[index]


def test_same_bytes_and_no_time_stamp() -> None:
    packer = Packer()
    packer.add("values", np.arange(1000), "uv")
    text = packer.to_base64()
    raw = base64.b64decode(text)
    assert text == packer.to_base64()
    assert raw[4:8] == b"\0\0\0\0"
    assert raw[:4] == b"\x1f\x8b\x08\x00"  # no name, no extra: the page skips ten bytes
    assert gzip.decompress(raw)[:4] == b"SCM1"


def _features(name: str, text: str) -> list[list[list[tuple[int, int]]]]:
    arrays, _ = unpack(text)
    xy = np.cumsum(arrays[f"{name}.xy"].reshape(-1, 2), axis=0)
    points = [tuple(int(one) for one in pair) for pair in xy]
    sizes, out = iter(arrays[f"{name}.sizes"]), []
    for rings in arrays[f"{name}.rings"]:
        out.append([[points.pop(0) for _ in range(next(sizes))] for _ in range(rings)])
    return out


def _steps(*pairs: tuple[float, float]) -> list[tuple[int, int]]:
    return [(round(x * METRE), round(-y * METRE)) for x, y in pairs]


def test_polygon_with_hole_multipolygon_and_none() -> None:
    holed = shapely.Polygon(
        [(0, 0), (100, 0), (100, 100), (0, 100)], [[(20, 20), (40, 20), (40, 40), (20, 40)]]
    )
    two = shapely.MultiPolygon([shapely.box(200, 200, 300, 300), shapely.box(400, 400, 500, 500)])
    packer = Packer()
    add_polygons(packer, "area", [holed, None, two], LOCAL)
    first, empty, second = _features("area", packer.to_base64())
    assert empty == []
    assert [len(ring) for ring in first] == [4, 4]  # the closing vertex does not travel
    assert set(first[0]) == set(_steps((0, 0), (100, 0), (100, 100), (0, 100)))
    assert set(first[1]) == set(_steps((20, 20), (40, 20), (40, 40), (20, 40)))
    assert _turn(first[0]) * _turn(first[1]) < 0  # hole against exterior
    assert len(second) == 2


def _turn(ring: list[tuple[int, int]]) -> int:
    closed = [*ring, ring[0]]
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in pairwise(closed))


def test_double_vertices_go_but_a_tiny_ring_stays() -> None:
    tiny = shapely.Polygon([(0, 0), (0.01, 0), (0.01, 0.01), (0, 0.01)])
    double = shapely.Polygon([(0, 0), (50, 0), (50.01, 0), (50, 50), (0, 50)])
    packer = Packer()
    add_polygons(packer, "area", [tiny, double], LOCAL)
    first, second = _features("area", packer.to_base64())
    assert len(first[0]) == 4
    assert len(second[0]) == 4


def test_lines_and_points() -> None:
    packer = Packer()
    lines = [
        shapely.LineString([(0, 0), (10, 0), (10, 0), (20, 5)]),
        shapely.MultiLineString([[(1, 1), (2, 2)], [(3, 3), (4, 4)]]),
    ]
    add_lines(packer, "road", lines, LOCAL)
    add_points(packer, "station", np.array([[5.0, 5.0], [7.0, 9.0]]), LOCAL)
    text = packer.to_base64()
    assert [[len(part) for part in line] for line in _features("road", text)] == [[3], [2, 2]]
    xy = np.cumsum(unpack(text)[0]["station.xy"].reshape(-1, 2), axis=0)
    assert [tuple(one) for one in xy.tolist()] == _steps((5, 5), (7, 9))


def test_nothing_packs() -> None:
    packer = Packer()
    add_polygons(packer, "area", [], PLANE)
    add_lines(packer, "road", [], PLANE)
    assert _features("area", packer.to_base64()) == []


@given(
    st.lists(
        st.tuples(st.floats(113.0, 113.1), st.floats(23.0, 23.1)),
        min_size=1,
        max_size=30,
        unique=True,
    )
)
def test_places_come_back_within_a_step(places: list[tuple[float, float]]) -> None:
    """Half a step of the plane is 7 cm: nothing on the map is further off."""
    xy = np.array(places)
    back = PLANE.quantise(xy) / STEPS + (PLANE.origin_x, PLANE.origin_y)
    lon = back[:, 0] * 360 - 180
    lat = np.rad2deg(np.arctan(np.sinh(np.pi * (1 - 2 * back[:, 1]))))
    metres = np.hypot((lon - xy[:, 0]) * 102_500, (lat - xy[:, 1]) * 110_800)
    assert metres.max() < 0.1


def test_scale_of_the_plane() -> None:
    """A degree of latitude is about 110.8 km at 23° N, whatever Mercator says."""
    a, b = PLANE.quantise(np.array([[113.0, 23.04], [113.0, 23.06]]))
    metres = abs(int(b[1] - a[1])) / STEPS * PLANE.metres_per_world
    assert metres == pytest.approx(0.02 * 110_800, rel=0.01)

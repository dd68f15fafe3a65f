"""Coverage of area: shares of polygons within an outline, however many vertices it has."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from geo.area import MOST_VERTICES, Cover, _tiles


def test_shares_by_hand():
    cover = Cover(shapely.box(0, 0, 100, 100).difference(shapely.box(40, 40, 60, 60)))
    polygons = np.array(
        [
            shapely.box(0, 0, 100, 100),
            shapely.box(50, 0, 150, 40),
            shapely.box(45, 45, 55, 55),
            shapely.box(200, 0, 300, 10),
            shapely.Polygon(),
            None,
        ],
        dtype=object,
    )
    shares = cover.shares(polygons)
    assert shares[:4] == pytest.approx([0.96, 0.5, 0.0, 0.0])
    assert np.isnan(shares[4:]).all()


def test_nothing_within_covers_nothing():
    shares = Cover(shapely.MultiPolygon()).shares(np.array([shapely.box(0, 0, 1, 1)]))
    assert shares.tolist() == [0.0]


def test_tiles_make_up_the_whole():
    draw = np.random.default_rng(3)
    dots = shapely.buffer(shapely.points(draw.uniform(0, 3000, (700, 2))), 60.0)
    shape = shapely.union_all(dots)
    tiles = _tiles(shape)
    assert shapely.get_num_coordinates(shape) > 3 * MOST_VERTICES
    assert len(tiles) > 3
    assert shapely.get_num_coordinates(tiles).max() <= MOST_VERTICES
    assert shapely.area(tiles).sum() == pytest.approx(shape.area, rel=1e-9)
    whole = shapely.box(500, 700, 2100, 1900)
    expected = whole.intersection(shape).area / whole.area
    assert Cover(shape).shares(np.array([whole]))[0] == pytest.approx(expected, rel=1e-9)

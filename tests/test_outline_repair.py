"""Outlines are redrawn round places they put on the wrong side, and nowhere else."""

from __future__ import annotations

import numpy as np
import shapely

from geo.outline_repair import repaired

LIMITS = (100.0, 200.0)


def cost_at(x, y):
    """The distance from the origin; but nobody reaches a pocket 1 m wide at (50, 0)."""
    cost = np.hypot(x, y)
    return np.where(np.hypot(x - 50.0, y) < 0.5, np.inf, cost)


def discs():
    return np.array(
        [shapely.MultiPolygon([shapely.Point(0, 0).buffer(one, quad_segs=256)]) for one in LIMITS]
    )


def test_a_pocket_that_a_place_lies_in_is_cut_out_of_every_outline():
    x, y = np.array([50.0, 20.0, 150.0]), np.zeros(3)
    found, count = repaired(discs(), LIMITS, x, y, cost_at(x, y), cost_at, 5.0)
    assert count == 1
    for one, whole in zip(found, discs(), strict=True):
        assert shapely.is_valid(one)
        assert not shapely.intersects_xy(one, 50.0, 0.0)
        assert abs(whole.area - one.area - np.pi / 4) < 0.2  # the pocket, in squares of 20 cm
    assert shapely.covers(found[1], found[0])


def test_a_place_left_outside_is_taken_in():
    small = np.array([shapely.MultiPolygon([shapely.box(0, 0, 10, 10)])])
    x, y = np.array([12.0]), np.array([5.0])
    found, count = repaired(small, (100.0,), x, y, cost_at(x, y), cost_at, 5.0)
    assert count == 1
    assert shapely.intersects_xy(found[0], 12.0, 5.0)


def test_outlines_that_agree_are_left_as_they_are():
    x, y = np.array([20.0, 150.0, 101.0]), np.zeros(3)  # the last is too near to the limit to count
    drawn = discs()
    found, count = repaired(drawn, LIMITS, x, y, cost_at(x, y), cost_at, 5.0)
    assert count == 0
    assert all(one is other for one, other in zip(found, drawn, strict=True))

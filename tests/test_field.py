"""The field against hand-derived costs, and against the access rule asked point by point."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from geo.audit import point_costs
from geo.errors import InputError
from geo.field_grid import FieldGrid
from geo.isochrone import contours
from geo.kernels.fine_cells import cell_costs
from tests.walking import PER_METRE, random_town, town


def lattice_points(field):
    high, wide = field.values.shape
    step = field.grid.step_m
    return np.meshgrid(field.x0 + step * np.arange(wide), field.y0 + step * np.arange(high))


def test_costs_beside_one_street():
    """A street from (0, 0) to (400, 0), the station at (200, 0): along, then straight to the point."""
    one = town([0, 400], [0, 0], [0], [1])
    field = one.model.field(one.seeds((200, 0)), 600)
    x, y = lattice_points(field)
    beyond = np.maximum(np.maximum(-x, x - 400), 0)
    walk = np.hypot(beyond, y)
    expected = (np.abs(np.clip(x, 0, 400) - 200) + walk) / 1.2
    expected[walk > 100] = np.inf
    assert np.isinf(expected).any()
    assert np.isfinite(expected).sum() > 1000
    np.testing.assert_allclose(field.costs(), expected, atol=0.002)


def test_a_barrier_stops_the_straight_walk():
    one = town([0, 400], [0, 0], [0], [1], [shapely.LineString([(-200, 20), (600, 20)])])
    field = one.model.field(one.seeds((200, 0)), 600)
    _, y = lattice_points(field)
    assert np.isinf(field.costs()[y > 20.5]).all()
    assert np.isfinite(field.costs()[(y < 19.5) & (y > -90)]).sum() > 500


@pytest.mark.parametrize("seed", [1, 2])
def test_every_point_costs_what_the_access_rule_says(seed):
    one = random_town(seed)
    field = one.model.field(one.seeds((100, 80), (500, 500)), 900)
    x, y = lattice_points(field)
    cost = point_costs(field.reach, one.finder, one.groups, PER_METRE, x.ravel(), y.ravel())
    ours = field.costs().ravel()
    assert np.isinf(cost).any()
    assert np.isfinite(cost).sum() > 2000
    np.testing.assert_array_equal(np.isinf(ours), np.isinf(cost))
    reached = np.isfinite(cost)
    np.testing.assert_allclose(ours[reached], cost[reached], atol=0.01)


@pytest.mark.parametrize("seed", [3, 4])
def test_points_of_a_close_look_cost_what_the_access_rule_says(seed):
    one = random_town(seed)
    field = one.model.field(one.seeds((100, 80)), 900)
    grid, steps = one.model.grid, 5
    row, column = np.nonzero(grid.doubtful)
    cells = row * grid.lattice.nx + column
    values = cell_costs(grid.network, grid.lattice, field.search, PER_METRE, cells, steps)
    k, m = np.meshgrid(np.arange(steps + 1), np.arange(steps + 1))
    x = grid.lattice.origin_x + grid.step_m * (column[:, None] + k.ravel() / steps)
    y = grid.lattice.origin_y + grid.step_m * (row[:, None] + m.ravel() / steps)
    cost = point_costs(field.reach, one.finder, one.groups, PER_METRE, x.ravel(), y.ravel())
    ours = np.where(values.ravel() > field.reach.limit, np.inf, values.ravel() / 1000.0)
    assert len(cells) > 50
    assert np.isinf(cost).any()
    agree = np.isclose(ours, cost, atol=0.01) | (np.isinf(ours) & np.isinf(cost))
    assert agree.mean() > 0.9999  # a point to the last bit on a barrier may fall to either side


def test_a_pocket_between_lattice_points_is_found():
    """Two walls 4 m apart run slantwise between the lattice points of a served street: nobody gets in between."""
    walls = [
        shapely.LineString([(100, 13), (300, 15)]),
        shapely.LineString([(100, 17), (300, 19)]),
        shapely.LineString([(100, 13), (100, 17)]),
        shapely.LineString([(300, 15), (300, 19)]),
    ]
    one = town([0, 400, 0, 400], [0, 0, 32, 32], [0, 2, 0], [1, 3, 2], walls)
    field = one.model.field(one.seeds((200, 0)), 900)
    pocket = shapely.Polygon([(101, 13.6), (299, 15.6), (299, 18.4), (101, 16.4)])
    coarse, fine = (contours(field, [900.0], exact=exact)[0] for exact in (False, True))
    assert shapely.intersects(coarse, pocket)
    assert shapely.area(shapely.intersection(fine, pocket)) < 1.0
    assert shapely.covers(fine, shapely.Point(200, 10))
    assert shapely.covers(fine, shapely.Point(200, 25))


@pytest.mark.parametrize("step", [0.0, -1.0, float("nan")])
def test_a_step_must_be_positive(step):
    one = town([0, 100], [0, 0], [0], [1])
    with pytest.raises(InputError, match="网格间距"):
        FieldGrid(one.finder, one.groups, step_m=step)


def test_a_lattice_that_cannot_be_held_is_refused():
    one = town([0, 100], [0, 0], [0], [1])
    with pytest.raises(InputError, match="网格点"):
        FieldGrid(one.finder, one.groups, step_m=0.001)

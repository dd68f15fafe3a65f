"""The field against hand-derived costs, and against the access rule asked point by point."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from geo.audit import point_costs
from geo.errors import InputError
from geo.field_grid import FieldGrid
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


def test_fine_points_cost_what_the_access_rule_says():
    one = random_town(3)
    field = one.model.field(one.seeds((100, 80)), 900)
    grid = one.model.grid
    row, column = np.nonzero(grid.cells.slot >= 0)
    row, column = row - field.row, column - field.column
    inside = (
        (row >= 0)
        & (column >= 0)
        & (row < field.values.shape[0] - 1)
        & (column < field.values.shape[1] - 1)
    )
    cells = (row * (field.values.shape[1] - 1) + column)[inside]
    _, values = field._fine(cells)
    steps = grid.cells.fine_steps
    k, m = np.meshgrid(np.arange(steps + 1), np.arange(steps + 1))
    x = field.x0 + grid.step_m * (column[inside][:, None] + k.ravel() / steps)
    y = field.y0 + grid.step_m * (row[inside][:, None] + m.ravel() / steps)
    cost = point_costs(field.reach, one.finder, one.groups, PER_METRE, x.ravel(), y.ravel())
    ours = np.where(values.ravel() > field.reach.limit, np.inf, values.ravel() / 1000.0)
    assert len(cells) > 5
    agree = np.isclose(ours, cost, atol=0.01) | (np.isinf(ours) & np.isinf(cost))
    assert agree.mean() > 0.9999  # a point to the last bit on a barrier may fall to either side


@pytest.mark.parametrize("step", [0.0, -1.0, float("nan")])
def test_a_step_must_be_positive(step):
    one = town([0, 100], [0, 0], [0], [1])
    with pytest.raises(InputError, match="网格间距"):
        FieldGrid(one.finder, one.groups, step_m=step)


def test_a_lattice_that_cannot_be_held_is_refused():
    one = town([0, 100], [0, 0], [0], [1])
    with pytest.raises(InputError, match="网格点"):
        FieldGrid(one.finder, one.groups, step_m=0.001)

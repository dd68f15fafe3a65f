"""Laws of isochrones on random towns."""

from __future__ import annotations

import itertools
import math

import numpy as np
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.audit import audit, point_costs
from geo.isochrone import contours, one_group
from tests.walking import PER_METRE, random_town

TOWNS = st.integers(0, 10_000)
PLACES = st.tuples(st.floats(60, 500), st.floats(60, 500))
few = settings(max_examples=12, deadline=None)


def disc_of(town, seeds, limit):
    return contours(town.model.field(seeds, limit), [limit])[0]


@few
@given(TOWNS, PLACES, st.lists(st.integers(40, 700), min_size=2, max_size=4, unique=True))
def test_nested_valid_and_without_slivers(seed, place, limits):
    town = random_town(seed)
    limits = sorted(float(one) for one in limits)
    discs = contours(town.model.field(town.seeds(place), limits[-1]), limits)
    for disc in discs:
        assert disc.is_valid
        assert all(part.area >= 0.2 for part in disc.geoms)
    for small, large in itertools.pairwise(discs):
        assert small.difference(large).area <= 1e-6 * max(1.0, small.area)


@few
@given(TOWNS, PLACES, st.floats(60, 700))
def test_inside_if_and_only_if_within_the_limit(seed, place, limit):
    town = random_town(seed)
    field = town.model.field(town.seeds(place), limit)
    disc = contours(field, [limit], exact=True)[0]  # as the audit of a study draws it
    draw = np.random.default_rng(seed)
    x, y = draw.uniform(-120, 680, (2, 4000))
    cost = point_costs(field.reach, town.finder, town.groups, PER_METRE, x, y)
    found = audit([disc], [limit], x, y, cost).limits[0]
    assert found.wrong_share <= 0.002
    assert (
        found.beyond_count <= 1
    )  # a point in the bend of a cliff, a few centimetres from the line


@few
@given(TOWNS, PLACES, PLACES, st.floats(60, 600))
def test_union_of_stations_is_the_merged_isochrone(seed, first, second, limit):
    town = random_town(seed)
    seeds = town.seeds(first, second)
    merged = disc_of(town, seeds, limit)
    alone = [disc_of(town, one_group(seeds, k), limit) for k in range(2)]
    union = shapely.union_all(alone)
    lattice = town.model.grid.lattice
    x, y = np.meshgrid(
        lattice.origin_x + lattice.step * np.arange(lattice.nx),
        lattice.origin_y + lattice.step * np.arange(lattice.ny),
    )
    inside = shapely.intersects_xy(merged, x, y)
    assert (
        inside == shapely.intersects_xy(union, x, y)
    ).all()  # so they differ within single cells
    assert shapely.symmetric_difference(union, merged).buffer(-0.75 * lattice.step).area <= 1e-6
    for one in alone:  # another station never shrinks it
        assert not (shapely.intersects_xy(one, x, y) & ~inside).any()


@few
@given(TOWNS, PLACES, st.floats(0.0, 2 * math.pi), PLACES)
def test_moving_and_turning_changes_little(seed, place, turn, shift):
    here, there = random_town(seed), random_town(seed, turn=turn, shift=shift)
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    moved = rotation @ np.array(place) + np.array(shift)
    first = disc_of(here, here.seeds(place), 400.0)
    second = disc_of(there, there.seeds((moved[0], moved[1])), 400.0)
    back = shapely.transform(second, lambda xy: (xy - np.array(shift)) @ rotation)
    assert first.symmetric_difference(back).area <= 0.02 * max(first.area, 2500.0)

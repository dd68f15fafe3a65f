"""Pieces of the generator against answers derived by hand."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from data.demo.generator.arms import make_arms, make_corners
from data.demo.generator.buildings import face_south, inset
from data.demo.generator.fabric import MERGE_M, SIDEWALK_M, Fabric, Kind, with_middles
from data.demo.generator.shapes import Shape, polygons
from data.demo.generator.spec import SPECS
from data.demo.generator.subdivide import Cut, Quads, split
from data.demo.generator.warp import Frame, make_warp
from data.demo.generator.ways import Edges

SQUARE = np.array([[[0.0, 0.0], [100.0, 0.0], [100.0, 100.0], [0.0, 100.0]]])


def square_fabric(width: float = 300.0, depth: float = 100.0) -> tuple[Fabric, Quads]:
    """One block between four streets."""
    fabric = Fabric()
    corner = np.array([[0.0, 0.0], [width, 0.0], [width, depth], [0.0, depth]])
    vertex = fabric.add_vertices(corner)
    kind = np.full(4, int(Kind.RESIDENTIAL))
    streets = fabric.add_streets(vertex, np.roll(vertex, -1), kind)
    return fabric, Quads.new(corner[None], streets[None])


def test_a_cut_halves_the_long_side_and_joins_both_streets() -> None:
    fabric, quads = square_fabric()
    cut = Cut(np.array([int(Kind.TERTIARY)]), spread=0.0, tilt=0.0)
    halves, new = split(fabric, quads, cut, fabric.kinds(), np.random.default_rng(1))
    assert halves.area.tolist() == [15_000.0, 15_000.0]
    streets = fabric.freeze()
    ends = streets.uv[np.array([streets.tail, streets.head])][:, streets.street == new[0]]
    assert sorted(ends[:, 0, 1].tolist()) == [0.0, 100.0]
    assert set(ends[:, 0, 0].tolist()) == {150.0}
    assert np.bincount(streets.street).tolist() == [2, 1, 2, 1, 1]


def test_areas_are_kept_by_any_number_of_cuts() -> None:
    fabric, quads = square_fabric()
    rng = np.random.default_rng(7)
    for _ in range(5):
        cut = Cut(np.full(len(quads), int(Kind.INNER)), spread=0.2, tilt=0.15)
        quads, _ = split(fabric, quads, cut, fabric.kinds(), rng)
    assert len(quads) == 32
    assert quads.area.sum() == pytest.approx(30_000.0)
    assert (quads.area > 0).all()


def test_a_closed_way_stops_before_the_wall_and_one_end_stays_open() -> None:
    fabric, quads = square_fabric()
    outer = fabric.streets
    cut = Cut(
        np.array([int(Kind.INNER)]), 0.0, 0.0, outer=outer, gate_share=np.zeros(1), stop_m=5.0
    )
    _, new = split(fabric, quads, cut, fabric.kinds(), np.random.default_rng(3))
    streets = fabric.freeze()
    own = np.flatnonzero(streets.street == new[0])
    ends = streets.uv[[streets.tail[own[0]], streets.head[own[0]]]]
    assert sorted(ends[:, 1].tolist()) == [0.0, 100.0 - 8.0 - 5.0]
    assert np.bincount(streets.street).tolist() == [2, 1, 1, 1, 1], "the far street is not touched"


def test_ends_closer_than_the_limit_become_one_junction() -> None:
    fabric, quads = square_fabric()
    close = np.array([[150.0, 0.0], [150.0 + MERGE_M - 1.0, 0.0], [200.0, 0.0]])
    fabric.add_hits(quads.street[0, [0, 0, 0]], fabric.add_vertices(close))
    streets = fabric.freeze()
    on_street = streets.street == quads.street[0, 0]
    assert on_street.sum() == 3
    assert streets.uv[streets.head[on_street], 0].tolist() == [150.0, 200.0, 300.0]


def test_a_middle_splits_one_edge_in_place() -> None:
    fabric, _ = square_fabric()
    streets, middles = with_middles(fabric.freeze(), np.array([0]))
    assert streets.uv[middles[0]].tolist() == [150.0, 0.0]
    assert streets.street.tolist() == [0, 0, 1, 2, 3]
    assert streets.head[0] == middles[0] == streets.tail[1]


def test_inset_moves_each_side_by_its_own_margin() -> None:
    corner, good = inset(SQUARE, np.array([[10.0, 20.0, 30.0, 5.0]]))
    assert good.all()
    assert corner[0].tolist() == [[5.0, 10.0], [80.0, 10.0], [80.0, 70.0], [5.0, 70.0]]
    _, good = inset(SQUARE, np.full((1, 4), 60.0))
    assert not good.any(), "nothing is left of a block thinner than its margins"


def test_first_side_faces_south() -> None:
    turned = np.roll(SQUARE, 1, axis=1)
    assert face_south(turned)[0].tolist() == SQUARE[0].tolist()


def cross(kind: Kind) -> Edges:
    """Four arms of 200 m that meet at the origin: east, north, west, south."""
    xy = np.array([[0.0, 0.0], [200, 0], [0, 200], [-200, 0], [0, -200]])
    kinds = np.array([int(kind), int(Kind.PRIMARY), int(kind), int(Kind.PRIMARY)])
    none = np.zeros((0, 2))
    return Edges(xy, np.zeros(4, int), np.arange(1, 5), np.arange(4), kinds, np.zeros(5, int), none)


def test_sidewalks_of_a_main_junction_meet_at_its_four_corners() -> None:
    edges = cross(Kind.PRIMARY)
    arms = make_arms(edges)
    corners = make_corners(arms)
    centre = arms.node == 0
    width = SIDEWALK_M[Kind.PRIMARY]
    assert corners.own[centre].all()
    found = {tuple(point) for point in np.round(corners.point[centre], 6).tolist()}
    assert found == {(width, width), (-width, width), (-width, -width), (width, -width)}


def test_the_sidewalk_passes_across_the_mouth_of_a_side_street() -> None:
    arms = make_arms(cross(Kind.RESIDENTIAL))
    corners = make_corners(arms)
    mouth = (arms.node == 0) & ~arms.wide
    assert corners.mouth_m[mouth].tolist() == [SIDEWALK_M[Kind.PRIMARY]] * 2
    assert (corners.mouth_m[arms.wide] == 0).all()


def test_footprints_have_the_area_of_their_templates() -> None:
    share = {Shape.BOX: 1.0, Shape.ELL: 0.7, Shape.RING: 1 - 0.48 * 0.44}
    for shape, part in share.items():
        made = polygons(
            np.array([int(shape)]),
            np.array([[10.0, 20.0]]),
            np.array([[0.6, 0.8]]),
            np.array([[40.0, 30.0]]),
            np.array([[1.0, -1.0]]),
        )
        assert shapely.is_valid(made).all()
        assert shapely.area(made)[0] == pytest.approx(1200.0 * part, rel=0.002)


@pytest.mark.parametrize("key", sorted(SPECS))
def test_the_chart_never_folds(key: str) -> None:
    spec = SPECS[key]
    warp = make_warp(spec, np.random.default_rng(spec.seed))
    half = 1.2 * max(spec.outline.ru, spec.outline.rv) + spec.margin_m
    u, v = (one.ravel() for one in np.meshgrid(*2 * [np.linspace(-half, half, 120)]))
    step = 5.0
    here = warp(np.column_stack([u, v]))
    du = (warp(np.column_stack([u + step, v])) - here) / step
    dv = (warp(np.column_stack([u, v + step])) - here) / step
    assert (du[:, 0] * dv[:, 1] - du[:, 1] * dv[:, 0]).min() > 0.2


def test_the_frame_puts_the_middle_at_the_stated_place() -> None:
    spec = SPECS["full"]
    lonlat = Frame.of(spec).lonlat(np.zeros((1, 2)))[0]
    assert lonlat == pytest.approx([spec.lon, spec.lat], abs=1e-4)

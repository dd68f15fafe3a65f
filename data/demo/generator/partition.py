"""The district divided: sub-districts, communities and the business district that cuts them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

from data.demo.generator.areas import Faces, dissolve, districts, only, strip_faces_to
from data.demo.generator.buildings import Buildings
from data.demo.generator.landuse import oval
from data.demo.generator.plan import Plan
from data.demo.generator.spec import DistrictSpec
from data.demo.generator.warp import Warp

F = npt.NDArray[np.float64]
I = npt.NDArray[np.int64]  # noqa: E741
B = npt.NDArray[np.bool_]
Shapes = npt.NDArray[np.object_]

# Divisions drawn until every community has a building.
_ATTEMPTS = 30
# Forest and water count a little, so that empty land is shared out too.
_LAND_WEIGHT = 0.06
_EMPTY_WEIGHT = 0.002


@dataclass(frozen=True)
class Areas:
    """Partition of the district; sub-districts are sorted by office towers, the most first.

    Attributes
    ----------
    outline
        The district.
    subdistrict, community
        Polygons.
    community_of
        Index of the subdistrict of each community.
    zone
        The business district (it cuts sub-districts).
    block_subdistrict, block_community
        One entry a block, -1 outside.
    """

    outline: BaseGeometry
    subdistrict: Shapes
    community: Shapes
    community_of: I
    zone: BaseGeometry
    block_subdistrict: I
    block_community: I


def divide(
    spec: DistrictSpec,
    plan: Plan,
    faces: Faces,
    buildings: Buildings,
    warp: Warp,
    rng: np.random.Generator,
) -> Areas:
    """Divide the district into sub-districts of similar weight and these into communities."""
    count = len(spec.subdistricts)
    area = shapely.area(faces.polygon)
    home = _by_block(plan, buildings, buildings.floor_area * np.where(buildings.use == 0, 1.0, 0.2))
    housed = _of_faces(faces, home)
    floor = _of_faces(faces, _by_block(plan, buildings, buildings.floor_area))
    superblock = np.where(faces.block >= 0, plan.blocks.superblock[faces.block], -1)
    _, group = np.unique(strip_faces_to(faces, superblock), return_inverse=True)
    label = districts(
        faces, group, count, floor + _LAND_WEIGHT * area, rng, anchors=_anchors(spec, warp)
    )
    towers = _of_faces(faces, _by_block(plan, buildings, buildings.tower))
    tall = np.bincount(label, weights=towers, minlength=count).astype(np.float64)
    label = _by_towers(label, tall)
    number = _community_counts(spec, label, housed + _EMPTY_WEIGHT * area)
    community = _communities(faces, label, number, housed, rng)
    block_sub, block_com = (np.full(len(plan.blocks), -1, dtype=np.int64) for _ in range(2))
    known = faces.block >= 0
    block_sub[faces.block[known]] = label[known]
    block_com[faces.block[known]] = community[known]
    return Areas(
        shapely.coverage_union_all(faces.polygon),
        dissolve(faces, label, count),
        dissolve(faces, community, int(number.sum())),
        np.repeat(np.arange(count), number),
        _zone(spec, plan, faces),
        block_sub,
        block_com,
    )


def _by_block(plan: Plan, buildings: Buildings, value: F | B) -> F:
    """Sum a value of the buildings over each block."""
    total = np.bincount(buildings.block, weights=value, minlength=len(plan.blocks))
    return total.astype(np.float64)


def _of_faces(faces: Faces, value: F) -> F:
    """Look a value of blocks up for the faces; pieces of strips have none."""
    return np.where(faces.block >= 0, value[faces.block], 0.0)


def _by_towers(label: I, towers: F) -> I:
    """Renumber the sub-districts, the one with most office towers first."""
    rank = np.empty(len(towers), dtype=np.int64)
    rank[np.argsort(-towers, kind="stable")] = np.arange(len(towers))
    return rank[label]


def _communities(faces: Faces, label: I, number: I, housed: F, rng: np.random.Generator) -> I:
    """Divide every sub-district until each of its communities has a building."""
    weight = housed + _EMPTY_WEIGHT * shapely.area(faces.polygon)
    community = np.zeros(len(faces), dtype=np.int64)
    first = np.cumsum(number) - number
    for index, wanted in enumerate(number.tolist()):
        here = np.flatnonzero(label == index)
        part, own = only(faces, label == index), np.arange(len(here))
        for _ in range(_ATTEMPTS):
            split = districts(part, own, wanted, weight[here], rng, power=0.75)
            if (np.bincount(split, weights=housed[here] > 0, minlength=wanted) > 0).all():
                break
        community[here] = first[index] + split
    return community


def _anchors(spec: DistrictSpec, warp: Warp) -> F:
    """Points round the centre, one for each sub-district that shares the business district."""
    number = len(spec.stations.towers)
    turn = 2 * np.pi * (np.arange(number) + 0.35) / number
    around = np.column_stack([np.cos(turn), np.sin(turn)]) * 0.62
    return warp(np.array([spec.cbd.u, spec.cbd.v]) + around * [spec.cbd.ru, spec.cbd.rv])


def _community_counts(spec: DistrictSpec, label: I, weight: F) -> I:
    """Hand the stated numbers of communities to the sub-districts, the largest number to the heaviest."""
    load = np.bincount(label, weights=weight, minlength=len(spec.subdistricts))
    number = np.zeros(len(load), dtype=np.int64)
    number[np.argsort(-load, kind="stable")] = np.sort(spec.communities)[::-1]
    return number


def _zone(spec: DistrictSpec, plan: Plan, faces: Faces) -> BaseGeometry:
    """Unite the blocks nearest to the centre until the business district has its stated area."""
    near = np.where(faces.block >= 0, oval(plan.blocks.centre[faces.block], spec.cbd), np.inf)
    order = np.argsort(near, kind="stable")
    total = np.cumsum(shapely.area(faces.polygon[order]))
    last = int(np.argmin(np.abs(total - spec.cbd_area_m2)))
    body = shapely.union_all(faces.polygon[order[: last + 1]])
    parts = shapely.get_parts(
        shapely.buffer(shapely.buffer(body, 20.0, join_style="mitre"), -20.0, join_style="mitre")
    )
    zone: BaseGeometry = parts[np.argmax(shapely.area(parts))]
    return zone

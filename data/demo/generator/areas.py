"""Sub-districts, communities and zones as unions of faces of the street network, so that they share their borders."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

F = npt.NDArray[np.float64]
I = npt.NDArray[np.int64]  # noqa: E741
B = npt.NDArray[np.bool_]
Shapes = npt.NDArray[np.object_]


@dataclass(frozen=True)
class Faces:
    """Faces of the street network inside the district.

    Attributes
    ----------
    polygon, centre
        Metric plane.
    block
        Block of the plan, -1 for pieces of strips.
    pairs, shared
        Neighbours (k, 2) and the length of their common border.
    """

    polygon: Shapes
    centre: F
    block: I
    pairs: I
    shared: F

    def __len__(self) -> int:
        return len(self.polygon)


def make_faces(lines: Shapes, blocks: Shapes, inside: B) -> Faces:
    """Cut the plane along `lines` and keep what belongs to the district.

    Parameters
    ----------
    blocks, inside
        Polygons of the plan's blocks and whether each is in the district. Pieces of strips belong to it
        where it lies on both sides.
    """
    noded = shapely.get_parts(shapely.union_all(lines))
    polygon = shapely.get_parts(shapely.polygonize(noded))
    polygon = polygon[shapely.area(polygon) > 1.0]
    point = shapely.point_on_surface(polygon)
    at, found = shapely.STRtree(blocks).query(point, predicate="within")
    block = np.full(len(polygon), -1, dtype=np.int64)
    block[at[::-1]] = found[::-1]
    one, other = shapely.STRtree(polygon).query(polygon, predicate="touches")
    first = one < other
    one, other = one[first], other[first]
    shared = shapely.length(shapely.intersection(polygon[one], polygon[other]))
    long = shared > 0.5
    pairs, shared = np.column_stack([one[long], other[long]]), shared[long]
    ours = (block >= 0) & inside[block]
    for _ in range(3):  # strips, and then where strips meet
        border = np.bincount(
            pairs.ravel(),
            weights=np.column_stack(
                [shared * ours[pairs[:, 1]], shared * ours[pairs[:, 0]]]
            ).ravel(),
            minlength=len(polygon),
        )
        ours |= (block < 0) & (border > 0.6 * shapely.length(polygon))
    faces = Faces(polygon, shapely.get_coordinates(point), block, pairs, shared)
    return _in_one_piece(only(faces, ours))


def _in_one_piece(faces: Faces) -> Faces:
    """Keep the largest connected set of faces."""
    label = pieces(faces, np.zeros(len(faces), dtype=np.int64))
    size = np.bincount(label, weights=shapely.area(faces.polygon))
    return only(faces, label == np.argmax(size))


def only(faces: Faces, keep: B) -> Faces:
    """Some of the faces, with the borders between them."""
    number = np.cumsum(keep) - 1
    held = keep[faces.pairs].all(axis=1)
    return Faces(
        faces.polygon[keep],
        faces.centre[keep],
        faces.block[keep],
        number[faces.pairs[held]],
        faces.shared[held],
    )


def pieces(faces: Faces, label: I) -> I:
    """Number the connected pieces of equal label."""
    same = label[faces.pairs[:, 0]] == label[faces.pairs[:, 1]]
    links = coo_array(
        (np.ones(int(same.sum())), tuple(faces.pairs[same].T)), shape=(len(faces), len(faces))
    )
    return np.asarray(connected_components(links, directed=False)[1], dtype=np.int64)


def districts(
    faces: Faces,
    group: I,
    count: int,
    weight: F,
    rng: np.random.Generator,
    *,
    power: float = 0.6,
    anchors: F | None = None,
) -> I:
    """Divide the faces into `count` connected areas of similar weight.

    Parameters
    ----------
    group
        Faces of one group stay together (superblocks); every face has one.
    weight
        One entry a face; areas even out ``weight ** power``.
    anchors
        First seeds, which do not move.

    Notes
    -----
    Lloyd's iteration on the groups, seeds far apart first; a piece cut off from its area joins the
    neighbour with which it shares most border.
    """
    total = np.bincount(group, weights=weight)
    area = np.maximum(np.bincount(group), 1)
    centre = np.column_stack(
        [np.bincount(group, weights=faces.centre[:, k]) / area for k in (0, 1)]
    )
    mass = np.maximum(total, total.max() * 1e-9) ** power
    fixed = 0 if anchors is None else len(anchors)
    seed = _far_apart(centre, mass, count, rng, anchors)
    push = np.zeros(count)
    for _ in range(60):
        gap = np.hypot(*(centre[:, None, :] - seed[None, :, :]).transpose(2, 0, 1)) + push
        label = np.argmin(gap, axis=1)
        load = np.bincount(label, weights=mass, minlength=count)
        held = (load > 0) & (np.arange(count) >= fixed)
        for k in (0, 1):
            mean = np.bincount(label, weights=mass * centre[:, k], minlength=count)
            seed[held, k] = mean[held] / load[held]
        push += 60.0 * np.tanh((load / mass.sum() * count - 1.0) * 0.5)
        push -= push.min()
    return _mend(faces, label[group], weight)


def _far_apart(centre: F, mass: F, count: int, rng: np.random.Generator, anchors: F | None) -> F:
    """Choose seeds: each next one where weight times squared distance to the others is largest."""
    first = rng.choice(len(centre), p=mass / mass.sum())
    seeds = [centre[first]] if anchors is None else list(anchors)
    gap = np.min([np.hypot(*(centre - one).T) for one in seeds], axis=0)
    while len(seeds) < count:
        seeds.append(centre[int(np.argmax(gap**2 * mass))])
        gap = np.minimum(gap, np.hypot(*(centre - seeds[-1]).T))
    return np.array(seeds, dtype=np.float64)


def _mend(faces: Faces, label: I, weight: F) -> I:
    """Hand every cut-off piece to the neighbour with the longest common border, until there is none."""
    for _ in range(20):
        piece = pieces(faces, label)
        size = np.bincount(piece, weights=weight + 1.0)
        owner = np.zeros(len(size), dtype=np.int64)
        owner[piece] = label
        order = np.lexsort((-size, owner))
        main = np.zeros(len(size), dtype=bool)
        main[order[np.unique(owner[order], return_index=True)[1]]] = True
        loose = np.flatnonzero(~main)
        if not len(loose):
            break
        ends = np.concatenate([faces.pairs, faces.pairs[:, ::-1]])
        length = np.tile(faces.shared, 2)
        out = ~main[piece[ends[:, 0]]] & (piece[ends[:, 0]] != piece[ends[:, 1]])
        key = piece[ends[out, 0]] * (label.max() + 1) + label[ends[out, 1]]
        values, back = np.unique(key, return_inverse=True)
        border = np.bincount(back, weights=length[out])
        source, target = np.divmod(values, label.max() + 1)
        best = np.lexsort((target, -border, source))
        best = best[np.unique(source[best], return_index=True)[1]]
        new = np.arange(len(size)) * 0 + owner
        new[source[best]] = target[best]
        label = new[piece]
    return label


def strip_faces_to(faces: Faces, group: I) -> I:
    """Give pieces of strips (group -1) the group of the nearest other face."""
    known = group >= 0
    _, near = cKDTree(faces.centre[known]).query(faces.centre[~known])
    filled = group.copy()
    filled[~known] = group[known][near]
    return filled


def dissolve(faces: Faces, label: I, count: int) -> Shapes:
    """Unite the faces of each label; exact borders, no slivers."""
    order = np.argsort(label, kind="stable")
    bounds = np.searchsorted(label[order], np.arange(count + 1))
    return np.array(
        [
            shapely.coverage_union_all(faces.polygon[order[a:b]])
            for a, b in itertools.pairwise(bounds)
        ]
    )

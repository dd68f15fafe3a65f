"""The first lattice: main roads with uneven spacing, and the strips of river, railway and motorway between them."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from data.demo.generator.fabric import Fabric, Kind
from data.demo.generator.spec import DistrictSpec, Strip
from data.demo.generator.subdivide import Quads

F = npt.NDArray[np.float64]
I = npt.NDArray[np.int64]  # noqa: E741

# Share of lattice lines that go over (or under) a strip, and class of the roads along it.
CROSSED = {"river": 0.62, "rail": 0.7, "motorway": 0.75}
ALONG = {"river": Kind.SECONDARY, "rail": Kind.TERTIARY, "motorway": Kind.SECONDARY}


@dataclass(frozen=True)
class StripLine:
    """One strip in the chart: its two sides as rows of points from end to end."""

    strip: Strip
    low: F
    high: F


@dataclass(frozen=True)
class Lattice:
    """What the first lattice hands on.

    Attributes
    ----------
    quads
        Cells to subdivide.
    strips
        Sides of the strips.
    crossing
        Street number -> index of the strip it crosses, else -1; covers the streets made here.
    """

    quads: Quads
    strips: tuple[StripLine, ...]
    crossing: I


def _marks(
    half: float, step: float, strips: list[Strip], rng: np.random.Generator
) -> tuple[F, list[Strip | None]]:
    """Place lines from -half to half; return positions and, per gap after each line, its strip."""
    marks: list[float] = []
    gaps: list[Strip | None] = []
    bounds = [(-half, None), *((one.at, one) for one in strips), (half, None)]
    for (low, before), (high, after) in itertools.pairwise(bounds):
        start = low + (before.width / 2 if before else 0.0)
        end = high - (after.width / 2 if after else 0.0)
        pieces = max(1, round((end - start) / step))
        share = np.cumsum(rng.uniform(0.72, 1.28, pieces))
        inner = start + (end - start) * share[:-1] / share[-1]
        marks += [start, *inner.tolist(), end]
        gaps += [None] * pieces + [after]
    return np.array(marks), gaps


def _jitter(
    gaps_u: list[Strip | None], gaps_v: list[Strip | None], size: float, rng: np.random.Generator
) -> F:
    """Draw one shift a lattice point; both sides of a strip share it, so strips keep their width."""
    shift = rng.uniform(-size, size, (len(gaps_u), len(gaps_v), 2))
    for i, strip in enumerate(gaps_u):
        if strip:
            shift[i + 1] = shift[i]
    for j, strip in enumerate(gaps_v):
        if strip:
            shift[:, j + 1] = shift[:, j]
    return shift


def make_lattice(spec: DistrictSpec, fabric: Fabric, rng: np.random.Generator) -> Lattice:
    """Lay the main lattice of the district and its surroundings into `fabric`."""
    reach = spec.margin_m + 900.0
    half = [spec.outline.ru * 1.2 + reach, spec.outline.rv * 1.2 + reach]
    by_axis = {
        axis: sorted((s for s in spec.strips if s.axis == axis), key=lambda s: s.at)
        for axis in "uv"
    }
    u, gaps_u = _marks(half[0], spec.lattice_m, by_axis["u"], rng)
    v, gaps_v = _marks(half[1], spec.lattice_m, by_axis["v"], rng)
    point = np.stack(np.meshgrid(u, v, indexing="ij"), axis=-1)
    point = point + _jitter(gaps_u, gaps_v, 0.13 * spec.lattice_m, rng)
    nu, nv = len(u), len(v)
    vertex = fabric.add_vertices(point.reshape(-1, 2)).reshape(nu, nv)
    index = {strip: number for number, strip in enumerate(spec.strips)}

    class_u = _classes(gaps_u, rng)
    class_v = _classes(gaps_v, rng)
    # Streets along u (rows) and along v (columns); the gap they span says whether they cross a strip.
    span_u = np.array([index[s] if s else -1 for s in gaps_u[:-1]])
    span_v = np.array([index[s] if s else -1 for s in gaps_v[:-1]])
    rows, cross_rows = _streets(fabric, vertex, class_v, span_u, spec, rng)
    cols, cross_cols = _streets(fabric, vertex.T, class_u, span_v, spec, rng)
    cols = cols.T
    bridges = [
        _footbridges(fabric, point, rows if strip.axis == "v" else cols, gaps, strip, rng)
        for strip in spec.strips
        if strip.kind != "river"
        for gaps in [gaps_v if strip.axis == "v" else gaps_u]
    ]
    cross_bridges = np.concatenate(
        [
            np.full(count, index[strip])
            for count, strip in zip(
                bridges, (s for s in spec.strips if s.kind != "river"), strict=True
            )
        ]
        or [np.empty(0, dtype=np.int64)]
    ).astype(np.int64)

    free = (span_u[:, None] < 0) & (span_v[None, :] < 0)
    i, j = np.nonzero(free)
    corner = np.stack([point[i, j], point[i + 1, j], point[i + 1, j + 1], point[i, j + 1]], axis=1)
    street = np.column_stack([rows[i, j], cols[i + 1, j], rows[i, j + 1], cols[i, j]])
    lines = tuple(
        StripLine(
            strip,
            *(
                (point[gaps_u.index(strip)], point[gaps_u.index(strip) + 1])
                if strip.axis == "u"
                else (point[:, gaps_v.index(strip)], point[:, gaps_v.index(strip) + 1])
            ),
        )
        for strip in spec.strips
    )
    return Lattice(
        Quads.new(corner, street), lines, np.concatenate([cross_rows, cross_cols, cross_bridges])
    )


def _classes(gaps: list[Strip | None], rng: np.random.Generator) -> I:
    """Class of every lattice line: what the strip beside it asks for, else mostly primary."""
    classes = np.where(rng.random(len(gaps)) < 0.68, Kind.PRIMARY, Kind.SECONDARY).astype(np.int64)
    for position, strip in enumerate(gaps):
        if strip:
            classes[position : position + 2] = ALONG[strip.kind]
    return classes


def _streets(
    fabric: Fabric,
    vertex: I,
    classes: I,
    span: I,
    spec: DistrictSpec,
    rng: np.random.Generator,
) -> tuple[I, I]:
    """Add the lattice streets that run along the first axis; BORDER where a strip is not crossed."""
    steps, lines = len(span), vertex.shape[1]
    kind = np.tile(classes, (steps, 1))
    crossing = np.tile(span[:, None], (1, lines))
    share = np.array([CROSSED[strip.kind] for strip in spec.strips])
    # Which lines cross is drawn; those at the middle of the chart always do.
    order = rng.permuted(np.tile(np.arange(1.0, lines + 1.0), (steps, 1)), axis=1)
    order[:, lines // 2 - 1 : lines // 2 + 1] = 0.0
    barred = (span[:, None] >= 0) & (order >= share[span][:, None] * lines)
    kind[barred] = Kind.BORDER
    line = np.tile(np.arange(fabric.lines, fabric.lines + lines), (steps, 1))
    ids = fabric.add_streets(vertex[:-1].ravel(), vertex[1:].ravel(), kind.ravel(), line.ravel())
    return ids.reshape(steps, lines), crossing.ravel()


def _footbridges(
    fabric: Fabric,
    point: F,
    along: I,
    gaps: list[Strip | None],
    strip: Strip,
    rng: np.random.Generator,
) -> int:
    """Lead footbridges over a strip between its two roads, in two of three lattice cells; return how many."""
    gap = gaps.index(strip)
    if strip.axis == "v":
        low, high, ids = point[:, gap], point[:, gap + 1], along[:, gap : gap + 2]
    else:
        low, high, ids = point[gap], point[gap + 1], along[gap : gap + 2].T
    cells = np.flatnonzero(rng.random(len(low) - 1) < 0.66)
    share = rng.uniform(0.35, 0.65, len(cells))[:, None]
    tail = fabric.add_vertices(low[cells] + share * (low[cells + 1] - low[cells]))
    head = fabric.add_vertices(high[cells] + share * (high[cells + 1] - high[cells]))
    fabric.add_streets(tail, head, np.full(len(cells), int(Kind.FOOTBRIDGE)))
    fabric.add_hits(ids[cells, 0], tail)
    fabric.add_hits(ids[cells, 1], head)
    return len(cells)

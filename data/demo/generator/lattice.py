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
    u, gaps_u = _marks(spec.outline.ru * 1.2 + reach, spec.lattice_m, _strips(spec, "u"), rng)
    v, gaps_v = _marks(spec.outline.rv * 1.2 + reach, spec.lattice_m, _strips(spec, "v"), rng)
    point = np.stack(np.meshgrid(u, v, indexing="ij"), axis=-1)
    point = point + _jitter(gaps_u, gaps_v, 0.13 * spec.lattice_m, rng)
    vertex = fabric.add_vertices(point.reshape(-1, 2)).reshape(point.shape[:2])
    index = {strip: number for number, strip in enumerate(spec.strips)}

    class_u, class_v = _classes(gaps_u, rng), _classes(gaps_v, rng)
    # Streets along u (rows) and along v (columns); the gap they span says whether they cross a strip.
    span_u, span_v = (
        np.array([index[s] if s else -1 for s in gaps[:-1]]) for gaps in (gaps_u, gaps_v)
    )
    rows, cross_rows = _streets(fabric, vertex, class_v, span_u, spec, rng)
    cols, cross_cols = _streets(fabric, vertex.T, class_u, span_v, spec, rng)
    cols = cols.T
    over = [strip for strip in spec.strips if strip.kind != "river"]
    counts = [
        _footbridges(fabric, point, rows, (gaps_v, gaps_u), strip, rng)
        if strip.axis == "v"
        else _footbridges(fabric, point.swapaxes(0, 1), cols.T, (gaps_u, gaps_v), strip, rng)
        for strip in over
    ]
    cross_bridges = np.repeat([index[strip] for strip in over], counts).astype(np.int64)
    free = (span_u[:, None] < 0) & (span_v[None, :] < 0)
    return Lattice(
        _cells(point, rows, cols, free),
        tuple(_sides(point, gaps_u, gaps_v, strip) for strip in spec.strips),
        np.concatenate([cross_rows, cross_cols, cross_bridges]),
    )


def _strips(spec: DistrictSpec, axis: str) -> list[Strip]:
    """Strips across one axis, in order."""
    return sorted((one for one in spec.strips if one.axis == axis), key=lambda one: one.at)


def _cells(point: F, rows: I, cols: I, free: npt.NDArray[np.bool_]) -> Quads:
    """Cells of the lattice that are no strip."""
    i, j = np.nonzero(free)
    corner = np.stack([point[i, j], point[i + 1, j], point[i + 1, j + 1], point[i, j + 1]], axis=1)
    street = np.column_stack([rows[i, j], cols[i + 1, j], rows[i, j + 1], cols[i, j]])
    return Quads.new(corner, street)


def _sides(
    point: F, gaps_u: list[Strip | None], gaps_v: list[Strip | None], strip: Strip
) -> StripLine:
    """Both sides of a strip from end to end."""
    if strip.axis == "u":
        gap = gaps_u.index(strip)
        return StripLine(strip, point[gap], point[gap + 1])
    gap = gaps_v.index(strip)
    return StripLine(strip, point[:, gap], point[:, gap + 1])


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
    gaps: tuple[list[Strip | None], list[Strip | None]],
    strip: Strip,
    rng: np.random.Generator,
) -> int:
    """Lead footbridges over a strip between its two roads, in two of three lattice cells; return how many.

    Parameters
    ----------
    point, along
        Lattice points and the streets along the strip; the first axis runs along it.
    gaps
        Strips across and along: where another strip passes there is no footbridge.
    """
    gap = gaps[0].index(strip)
    low, high, ids = point[:, gap], point[:, gap + 1], along[:, gap : gap + 2]
    clear = np.array([other is None for other in gaps[1][:-1]])
    cells = np.flatnonzero((rng.random(len(low) - 1) < 0.66) & clear)
    share = rng.uniform(0.35, 0.65, len(cells))[:, None]
    tail = fabric.add_vertices(low[cells] + share * (low[cells + 1] - low[cells]))
    head = fabric.add_vertices(high[cells] + share * (high[cells + 1] - high[cells]))
    fabric.add_streets(tail, head, np.full(len(cells), int(Kind.FOOTBRIDGE)))
    fabric.add_hits(ids[cells, 0], tail)
    fabric.add_hits(ids[cells, 1], head)
    return len(cells)

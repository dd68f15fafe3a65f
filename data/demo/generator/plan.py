"""From the lattice to superblocks, blocks and cells: three stages of cuts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from data.demo.generator.fabric import Fabric, Kind
from data.demo.generator.landuse import (
    BLOCK_AREA,
    BLOCK_KIND,
    GATE_SHARE,
    INNER_AREA,
    INNER_KIND,
    Fields,
    Use,
    assign,
    oval,
)
from data.demo.generator.spec import DistrictSpec
from data.demo.generator.subdivide import Cut, Quads, split

F = npt.NDArray[np.float64]
I = npt.NDArray[np.int64]  # noqa: E741


@dataclass(frozen=True)
class Plan:
    """The three stages of the plan; `inner_from` is the first street number inside compounds."""

    superblocks: Quads
    blocks: Quads
    cells: Quads
    inner_from: int


def make_plan(
    spec: DistrictSpec,
    fields: Fields,
    fabric: Fabric,
    quads: Quads,
    rng: np.random.Generator,
) -> Plan:
    """Cut the lattice cells into superblocks, give them uses, and cut on."""
    superblocks = _superblocks(spec, fields, fabric, quads, rng)
    use = assign(spec, fields, superblocks.centre, rng)
    numbers = np.arange(len(superblocks))
    superblocks = Quads(superblocks.corner, superblocks.street, numbers, superblocks.block, use)
    blocks = _blocks(fabric, superblocks, rng)
    inner_from = fabric.streets
    return Plan(superblocks, blocks, _cells(fabric, blocks, rng), inner_from)


def _superblocks(
    spec: DistrictSpec, fields: Fields, fabric: Fabric, quads: Quads, rng: np.random.Generator
) -> Quads:
    """Cut until every piece is as small as its distance from the centre asks for."""
    done: list[Quads] = []
    while len(quads):
        reach = np.sqrt(oval(quads.centre, spec.cbd))
        target = np.interp(reach, [0.0, 1.0, 3.0, 6.0], [1.0e5, 1.5e5, 2.6e5, 3.4e5])
        target *= rng.uniform(0.75, 1.5, len(quads))
        more = quads.area > target
        done.append(quads.take(~more))
        quads = quads.take(more)
        area, draw = quads.area, rng.random(len(quads))
        kind = np.where(
            area > 6.5e5,
            np.where(draw < 0.45, Kind.PRIMARY, Kind.SECONDARY),
            np.where(
                area > 2.8e5, np.where(draw < 0.75, Kind.SECONDARY, Kind.TERTIARY), Kind.TERTIARY
            ),
        ).astype(np.int64)
        # Roads through forest stay small.
        kind = np.where(fields.hill(quads.centre) > 0.05, Kind.TERTIARY, kind)
        quads, _ = split(fabric, quads, Cut(kind, spread=0.14, tilt=0.16), fabric.kinds(), rng)
    return Quads.join(*done)


def _blocks(fabric: Fabric, quads: Quads, rng: np.random.Generator) -> Quads:
    """Cut superblocks into blocks; a few blocks among housing become schools, shops and greens."""
    done: list[Quads] = []
    while len(quads):
        target = BLOCK_AREA[quads.use] * rng.uniform(0.8, 1.7, len(quads))
        more = (quads.area > target) & (target > 0)
        done.append(quads.take(~more))
        quads = quads.take(more)
        kind = BLOCK_KIND[quads.use]
        kind = np.where(
            (kind == Kind.RESIDENTIAL) & (rng.random(len(quads)) < 0.25), Kind.TERTIARY, kind
        )
        quads, _ = split(fabric, quads, Cut(kind, spread=0.13, tilt=0.09), fabric.kinds(), rng)
    blocks = Quads.join(*done)
    use, draw = blocks.use.copy(), rng.random(len(blocks))
    housing = np.isin(use, [Use.MODERN, Use.OLD])
    use[housing & (draw < 0.075)] = Use.PUBLIC
    use[housing & (draw > 0.955)] = Use.GREEN
    use[housing & (draw > 0.075) & (draw < 0.14) & (blocks.area < 7e4)] = Use.MALL
    use[(use == Use.CBD) & (draw < 0.05)] = Use.GREEN
    return Quads(blocks.corner, blocks.street, blocks.superblock, np.arange(len(blocks)), use)


def _cells(fabric: Fabric, quads: Quads, rng: np.random.Generator) -> Quads:
    """Cut blocks by their inner ways; ends at the outside are gates or stop before it."""
    outer = fabric.streets
    done: list[Quads] = []
    while len(quads):
        target = INNER_AREA[quads.use] * rng.uniform(0.85, 1.6, len(quads))
        more = (quads.area > target) & (target > 0)
        done.append(quads.take(~more))
        quads = quads.take(more)
        cut = Cut(
            INNER_KIND[quads.use],
            spread=0.08,
            tilt=0.05,
            outer=outer,
            gate_share=GATE_SHARE[quads.use],
        )
        quads, _ = split(fabric, quads, cut, fabric.kinds(), rng)
    return Quads.join(*done)
